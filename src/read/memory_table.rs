//! A table held in memory, compact: a JSON response, or a sheet that a child
//! process read.

use super::row_assembler::{Gather, Head, Merge, Unusable, Value};
use super::table::Used;
use super::{HeadRow, Row};
use crate::model::diagnostic::Diagnostics;

/// The cells of a table, in order of rows, then columns.
#[derive(Debug, Default)]
pub(super) struct Memory {
    text: String,
    cells: Vec<Stored>,
    pub(super) merges: Vec<Merge>,
}

/// A cell and where its text lies.
#[derive(Debug, Clone, Copy)]
struct Stored {
    row: u32,
    column: u32,
    start: usize,
    end: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    Unusable(Unusable),
}

impl Memory {
    /// Adds a cell behind those that are there; false if it does not lie behind them.
    #[must_use]
    pub(super) fn push(&mut self, row: u32, column: u32, value: Value<'_>) -> bool {
        let behind = self.cells.last().is_none_or(|last| (last.row, last.column) < (row, column));
        let (kind, text) = match value {
            Value::Text(text) => (Kind::Text, text),
            Value::Number(text) => (Kind::Number, text),
            Value::Unusable(why, text) => (Kind::Unusable(why), text),
        };
        let start = self.text.len();
        self.text.push_str(text);
        self.cells.push(Stored { row, column, start, end: self.text.len(), kind });
        behind
    }

    /// Returns the number of the last row.
    pub(super) fn last_row(&self) -> u32 {
        self.cells.last().map_or(0, |cell| cell.row)
    }

    fn value(&self, cell: &Stored) -> Value<'_> {
        let text = &self.text[cell.start..cell.end];
        match cell.kind {
            Kind::Text => Value::Text(text),
            Kind::Number => Value::Number(text),
            Kind::Unusable(why) => Value::Unusable(why, text),
        }
    }

    /// Returns the first rows that are not blank.
    pub(super) fn head(&self) -> Vec<HeadRow> {
        let mut head = Head::default();
        let _ = self.cells.iter().all(|cell| head.cell(cell.row, cell.column, self.value(cell)));
        head.finish()
    }

    /// See [`super::Table::row`].
    pub(super) fn row(&self, number: u32) -> Option<Vec<String>> {
        let mut cells = Vec::new();
        for cell in self.cells.iter().filter(|cell| cell.row == number) {
            cells.resize(cell.column as usize, String::new());
            cells.push(self.text[cell.start..cell.end].to_owned());
        }
        (!cells.is_empty()).then_some(cells)
    }

    /// See [`super::Table::fold`].
    pub(super) fn fold<A>(
        &self,
        used: &Used<'_>,
        init: impl Fn() -> A,
        step: impl Fn(&mut A, Row<'_>),
    ) -> Result<Vec<A>, Diagnostics> {
        let mut state = init();
        let mut gather = Gather::new(used, |batch| batch.flush("", used.columns.len(), |row| step(&mut state, row)));
        let _ = self.cells.iter().all(|cell| gather.cell(cell.row, cell.column, self.value(cell)));
        gather.finish(&self.merges)?;
        Ok(vec![state])
    }
}
