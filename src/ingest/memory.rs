//! A table held in memory, compact: a JSON response, or a sheet that a child
//! process read.

use super::batch::Batch;
use super::{HEAD_ROWS, HeadRow, Row};
use crate::diagnostic::{At, Diagnostics};

/// The cells of a table, in order of rows, then columns.
#[derive(Debug, Default)]
pub(super) struct Memory {
    text: String,
    cells: Vec<Stored>,
}

/// A cell and where its text lies.
#[derive(Debug, Clone, Copy)]
struct Stored {
    row: u32,
    column: u32,
    start: usize,
    end: usize,
    numeric: bool,
}

impl Memory {
    /// Adds a cell behind those that are there; rows and columns must not fall.
    pub(super) fn push(&mut self, row: u32, column: u32, text: &str, numeric: bool) {
        let start = self.text.len();
        self.text.push_str(text);
        self.cells.push(Stored { row, column, start, end: self.text.len(), numeric });
    }

    fn rows(&self) -> impl Iterator<Item = &[Stored]> {
        self.cells.chunk_by(|a, b| a.row == b.row)
    }

    fn text_of(&self, cell: &Stored) -> &str {
        &self.text[cell.start..cell.end]
    }

    fn is_blank(&self, row: &[Stored]) -> bool {
        row.iter().all(|cell| self.text_of(cell).trim().is_empty())
    }

    fn whole(&self, row: &[Stored]) -> Vec<String> {
        let mut cells: Vec<String> = Vec::new();
        for cell in row {
            cells.resize(cell.column as usize, String::new());
            cells.push(self.text_of(cell).to_owned());
        }
        cells
    }

    /// The first rows that are not blank.
    pub(super) fn head(&self) -> Vec<HeadRow> {
        self.rows()
            .filter(|row| !self.is_blank(row))
            .take(HEAD_ROWS)
            .map(|row| HeadRow { number: row[0].row, cells: self.whole(row) })
            .collect()
    }

    /// See [`super::Table::row`].
    pub(super) fn row(&self, number: u32) -> Option<Vec<String>> {
        self.rows().find(|row| row[0].row == number).map(|row| self.whole(row))
    }

    /// See [`super::Table::fold`].
    pub(super) fn fold<A>(
        &self,
        _at: &At,
        header_row: u32,
        columns: &[usize],
        init: impl Fn() -> A,
        step: impl Fn(&mut A, Row<'_>),
    ) -> Result<Vec<A>, Diagnostics> {
        let mut state = init();
        let mut batch = Batch::default();
        for row in self.rows().filter(|row| row[0].row > header_row && !self.is_blank(row)) {
            for column in columns {
                match row.iter().find(|cell| cell.column as usize == *column) {
                    Some(cell) => batch.write(cell.numeric, |text| text.push_str(self.text_of(cell))),
                    None => batch.write(false, |_| ()),
                }
            }
            batch.end_row(row[0].row);
            if batch.is_full() {
                batch.flush("", columns.len(), |row| step(&mut state, row));
            }
        }
        batch.flush("", columns.len(), |row| step(&mut state, row));
        Ok(vec![state])
    }
}
