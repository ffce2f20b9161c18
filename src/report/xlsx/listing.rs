//! Tables that stand in the workbook as they stand in csv: what became of
//! earlier findings, what the vendor says of the packages.

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::cell::Entry;
use super::grid::Grid;
use super::{Book, Extent, Paper, Styles};
use crate::i18n::fill;
use crate::report::table::{self, Cell, Table};
use crate::tools::followup::Followup;

/// Returns what became of the findings of an earlier report. Notes are read back from
/// the discrepancies alone, so here they have other titles.
pub(super) fn followup(book: &mut Book<'_>, followup: &Followup) -> Result<(), XlsxError> {
    let (words, texts) = (book.report.words(), book.texts);
    let title = |name: &&str| match *name {
        "status" | "owner" | "comment" => fill(&texts.columns.earlier, &[("column", words.column(name))]),
        _ => heading(words.column(name)),
    };
    let table = table::followup(followup);
    let titles = table.columns.iter().map(title).collect();
    write(&mut book.paper, &texts.sheets.followup, titles, table, book.rows)
}

/// Returns what the vendor says of the packages.
pub(super) fn balances(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let table = table::balances(report);
    let titles = table.columns.iter().map(|name| heading(report.words().column(name))).collect();
    write(&mut book.paper, &texts.sheets.balances, titles, table, book.rows)
}

/// Returns a name of a column that has no text of its own, as people write it.
pub(in crate::report) fn heading(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Writes a table on sheets of so many rows.
pub(super) fn write(
    paper: &mut Paper,
    name: &str,
    titles: Vec<String>,
    table: Table<'_>,
    room: u32,
) -> Result<(), XlsxError> {
    write_dressed(paper, name, titles, table, room, |_, _| Ok(()))
}

/// As [`write`], with what else is on the last sheet.
pub(super) fn write_dressed(
    paper: &mut Paper,
    name: &str,
    titles: Vec<String>,
    table: Table<'_>,
    room: u32,
    dress: impl FnOnce(&mut Worksheet, &Styles) -> Result<(), XlsxError>,
) -> Result<(), XlsxError> {
    let rows: Vec<Vec<Cell<'_>>> = table.rows.collect();
    let mut grid = Grid::new(paper, Extent::new(name, rows.len(), room), titles)?;
    grid.broad();
    for row in rows {
        grid.row(&row.into_iter().map(Entry::Is).collect::<Vec<_>>())?;
    }
    grid.finish(&[], &[], dress)
}
