//! The files that were read, and what became of their rows.

use rust_xlsxwriter::XlsxError;

use super::Book;
use super::cell::{Entry, follows};
use super::grid::Grid;
use crate::i18n::catalogue::translated;
use crate::report::Input;
use crate::report::table::{self, Cell};

/// The count of a column.
type Count = fn(&Input) -> u64;

/// The columns of the counts, and what they count.
pub(super) const COUNTS: [(&str, Count); 5] = [
    ("B", |input| input.rows),
    ("C", |input| input.used),
    ("D", |input| input.excluded),
    ("E", |input| input.duplicate),
    ("F", |input| input.rejected),
];

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let words = report.words();
    let extent = book.extents.inputs.clone();
    let inputs = table::inputs(report);
    let titles = inputs.columns.iter().map(|name| words.column(name).to_owned()).collect();
    let mut grid = Grid::new(&mut book.paper, extent.clone(), titles)?;
    for row in inputs.rows {
        let cell = |cell| match cell {
            Cell::Text(text) => Entry::Is(Cell::Text(translated(report.lang, &text).into())),
            other => Entry::Is(other),
        };
        grid.row(&row.into_iter().map(cell).collect::<Vec<_>>())?;
    }
    let sum = |(column, of): (&str, fn(&Input) -> u64)| {
        let all: u64 = report.inputs.iter().map(of).sum();
        follows(extent.over("SUM", column), table::count(all.into()))
    };
    let mut total: Vec<Entry<'_>> = vec![table::text(&texts.says.total).into()];
    total.extend(COUNTS.map(sum));
    total.resize(inputs.columns.len(), Cell::Empty.into());
    grid.finish(&[total], &[], |_, _| Ok(()))
}
