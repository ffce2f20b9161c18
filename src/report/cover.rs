//! The first sheet of the workbook: the verdict and what it rests on.

use rust_xlsxwriter::{Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr as _;

use super::table::{self, Cell};
use super::xlsx::{Book, fitting, print_setup};
use super::{Report, summary};
use crate::diagnostic::Severity;

/// The widths of the columns; a text of a whole line is merged over them.
const WIDTHS: [u32; 6] = [34, 22, 22, 22, 22, 22];
/// The height of one line of text, in points.
const LINE: u32 = 15;

/// Writes the cover.
pub(super) fn write(book: &mut Book, report: &Report) -> Result<(), XlsxError> {
    let mut sheet = Worksheet::new();
    sheet.set_name("Verdict")?;
    for (column, width) in (0..).zip(WIDTHS) {
        sheet.set_column_width(column, width)?;
    }
    let mut cover = Cover { book, sheet: &mut sheet, row: 0 };
    cover.title(&summary::sentence(report))?;
    cover.identity(report)?;
    cover.totals(report)?;
    cover.bridge(report)?;
    cover.items(report)?;
    cover.remarks(report)?;
    cover.inputs(report)?;
    print_setup(&mut sheet);
    book.workbook.push_worksheet(sheet);
    Ok(())
}

struct Cover<'a> {
    book: &'a Book,
    sheet: &'a mut Worksheet,
    row: u32,
}

impl Cover<'_> {
    fn title(&mut self, text: &str) -> Result<(), XlsxError> {
        let text = fitting(text.to_owned());
        self.sheet.merge_range(0, 0, 0, 5, &text, &self.book.styles.title)?;
        self.sheet.set_row_height(0, 3 * LINE)?;
        self.row = 1;
        Ok(())
    }

    fn section(&mut self, columns: &[&str]) -> Result<(), XlsxError> {
        self.row += 1;
        for (column, name) in (0..).zip(columns) {
            self.sheet.write_string_with_format(self.row, column, *name, &self.book.styles.header)?;
        }
        self.row += 1;
        Ok(())
    }

    fn line(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        for (column, cell) in (0..).zip(cells) {
            self.book.put(self.sheet, self.row, column, cell)?;
        }
        self.row += 1;
        Ok(())
    }

    /// A text over the whole width. A merged cell does not grow by itself.
    fn note(&mut self, text: &str) -> Result<(), XlsxError> {
        let text = fitting(summary::visible(text));
        let room: u32 = WIDTHS.iter().sum::<u32>() - 8;
        let lines = u32::try_from(text.width()).unwrap_or(u32::MAX).div_ceil(room).clamp(1, 20);
        self.sheet.merge_range(self.row, 0, self.row, 5, &text, &self.book.styles.wrapped)?;
        self.sheet.set_row_height(self.row, lines * LINE)?;
        self.row += 1;
        Ok(())
    }

    fn identity(&mut self, report: &Report) -> Result<(), XlsxError> {
        let verdict = report.comparison.as_ref().map_or("rated", |comparison| comparison.verdict.name());
        let period = report.period.to_string();
        self.section(&["Case", ""])?;
        let lines = [
            ("Account", &report.account as &str),
            ("Period", &period),
            ("Currency", &report.currency),
            ("Verdict", verdict),
        ];
        for (name, value) in lines {
            self.line(&[table::text(name), table::text(value)])?;
        }
        for card in &report.cards {
            let card = format!("{}: {}", card.id, card.reason);
            self.line(&[table::text("Rate card"), table::text(&card)])?;
        }
        Ok(())
    }

    fn totals(&mut self, report: &Report) -> Result<(), XlsxError> {
        self.section(&["Totals", &report.currency])?;
        for (name, money) in summary::totals(report) {
            self.line(&[table::text(name), table::money(money)])?;
        }
        Ok(())
    }

    fn bridge(&mut self, report: &Report) -> Result<(), XlsxError> {
        let Some(comparison) = &report.comparison else { return Ok(()) };
        self.section(&["From expected to billed", "Amount", "Lines"])?;
        for step in &comparison.bridge {
            self.line(&[table::text(&step.cause), table::money(step.amount), table::count(step.count.into())])?;
        }
        self.line(&[table::text("difference"), table::money(comparison.difference)])
    }

    fn items(&mut self, report: &Report) -> Result<(), XlsxError> {
        self.section(&["By item", "Amount", "Billable", "Covered", "Charged", "Unit"])?;
        for sum in summary::by_item(report) {
            self.line(&[
                table::text(sum.item.id()),
                table::money(sum.amount),
                table::count(sum.billable.decimal()),
                table::count(sum.covered.decimal()),
                table::count(sum.charged.decimal()),
                table::text(sum.item.unit().name()),
            ])?;
        }
        Ok(())
    }

    fn remarks(&mut self, report: &Report) -> Result<(), XlsxError> {
        self.section(&["Completeness", "", "", "", "", ""])?;
        self.note(&summary::completeness(report))?;
        self.section(&["Assumptions", "", "", "", "", ""])?;
        for assumption in summary::assumptions(report) {
            self.note(&assumption)?;
        }
        self.section(&["Warnings and notes about the inputs", "", "", "", "", ""])?;
        for found in report.diagnostics.iter().filter(|found| found.severity != Severity::Error) {
            self.note(&summary::finding(report, found))?;
        }
        Ok(())
    }

    fn inputs(&mut self, report: &Report) -> Result<(), XlsxError> {
        self.section(&["Inputs, by SHA-256", "", "", "", "", ""])?;
        for input in &report.inputs {
            self.note(&format!("{}  {}", input.sha256, input.path))?;
        }
        Ok(())
    }
}
