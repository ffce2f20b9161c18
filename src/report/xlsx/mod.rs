//! reconciliation.xlsx: what a controller signs. One file a sheet.
//!
//! A figure is a number where a spreadsheet can hold it, which is 15
//! significant digits; a longer one is written as text, so that none is
//! rounded in silence. What follows from other cells is a formula that comes
//! to the engine's figure, which stands in the cell as its result. Ids and
//! names are texts, whatever they look like. No macro, no link out of the
//! file.
//!
//! A formula multiplies in doubles. Where these could round a line otherwise
//! than the engine (`lines` decides it line by line), the figure itself
//! stands in the cell instead.

mod applications;
mod assumptions;
mod bridge;
mod cell;
mod charges;
mod charts;
mod checks;
mod cover;
mod days;
mod discrepancies;
mod drawdown;
mod grants;
mod grid;
mod history;
mod inputs;
mod items;
mod listing;
mod ranges;
mod rates;
mod style;
mod texts;
mod totals;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

pub(super) use history::render_history;
pub(super) use listing::heading;

use super::table::Table;
use super::{Lang, Report, summary};
use ranges::{Extent, Extents};
use style::Styles;
use texts::Texts;
use totals::Sums;

/// The rows of a sheet, the header included.
const ROWS: u32 = 1_048_576;

/// Returns the bytes of reconciliation.xlsx. The error is the writer's own, for a
/// workbook beyond what its format can hold.
pub fn render(report: &Report) -> Result<Vec<u8>, XlsxError> {
    render_with(report, ROWS)
}

/// [`render`] with sheets of so many rows.
pub(super) fn render_with(report: &Report, rows: u32) -> Result<Vec<u8>, XlsxError> {
    let mut book = Book::new(report, rows)?;
    cover::write(&mut book)?;
    if let Some(comparison) = &report.comparison {
        bridge::write(&mut book, comparison)?;
    }
    applications::write(&mut book)?;
    items::write(&mut book)?;
    days::write(&mut book)?;
    if let Some(comparison) = &report.comparison {
        discrepancies::write(&mut book, comparison)?;
        if let Some(followup) = &report.followup {
            listing::followup(&mut book, followup)?;
        }
    }
    charges::write(&mut book)?;
    drawdown::write(&mut book)?;
    grants::write(&mut book)?;
    if !report.asserted.is_empty() {
        listing::balances(&mut book)?;
    }
    rates::write(&mut book)?;
    assumptions::write(&mut book)?;
    inputs::write(&mut book)?;
    checks::write(&mut book)?;
    book.paper.workbook.save_to_buffer()
}

/// The workbook while it is written, and what its sheets say together.
pub(super) struct Book<'a> {
    paper: Paper,
    report: &'a Report,
    texts: &'static Texts,
    sums: Sums,
    ledger: drawdown::Ledger,
    extents: Extents,
    rows: u32,
}

impl<'a> Book<'a> {
    fn new(report: &'a Report, rows: u32) -> Result<Self, XlsxError> {
        let whose = format!("{} {}", summary::visible(&report.account), report.period);
        let paper = Paper::new(whose, &report.currency, report.lang)?;
        let texts = Texts::of(report.lang);
        let sums = Sums::of(report);
        let ledger = drawdown::Ledger::of(report);
        let extents = Extents::new(report, texts, &sums, &ledger, rows);
        Ok(Self { paper, report, texts, sums, ledger, extents, rows })
    }
}

/// The workbook to which sheets are written: all that a table needs that belongs to no report.
struct Paper {
    workbook: Workbook,
    styles: Styles,
    /// The account and month, in the head of a printed page.
    whose: String,
}

impl Paper {
    fn new(whose: String, currency: &str, lang: Lang) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        // The only clock of the workbook, stopped: the same result gives the same bytes.
        let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_title(&whose).set_creation_datetime(&made));
        Ok(Self { workbook, styles: Styles::new(currency, lang), whose })
    }
}

/// Returns the bytes of a workbook of plain tables, one each on its sheet.
pub(super) fn render_tables(title: String, tables: Vec<(&str, Table<'_>)>) -> Result<Vec<u8>, XlsxError> {
    let mut paper = Paper::new(title, "", Lang::En)?;
    for (name, table) in tables {
        let titles = table.columns.iter().map(|name| listing::heading(name)).collect();
        listing::write(&mut paper, name, titles, table, ROWS)?;
    }
    paper.workbook.save_to_buffer()
}
