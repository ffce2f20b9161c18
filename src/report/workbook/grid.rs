//! One table as a sheet, or as many as its rows need: header, filter, widths
//! that fit, print set-up; and the one place that writes a cell.

use rust_decimal::Decimal;
use rust_xlsxwriter::{DataValidation, Format, Formula, IgnoreError, Url, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr as _;

use super::style::Kit;
use super::{Book, Extent, Styles};
use crate::domain::number::plain;
use crate::domain::{Day, Rounding, Stamp};
use crate::report::csv::reads_as_formula;
use crate::report::summary;
use crate::report::table::{Cell, Measure};

/// The UTF-16 units of a cell.
const CELL: usize = 32_767;
/// The widest column; longer texts wrap.
pub(super) const WIDEST: usize = 60;
/// The days from the first one of a spreadsheet to 1970-01-01.
const SERIAL_OF_EPOCH: i32 = 25_569;

/// What stands in a cell.
#[derive(Debug, Clone)]
pub(super) enum Entry<'a> {
    /// A value.
    Is(Cell<'a>),
    /// A formula and the figure that it comes to; `{row}` and `{above}` stand for its row and the one before.
    Follows(String, Cell<'a>),
    /// A statement, and whether it is true.
    Holds(String, bool),
    /// A text that leads to another sheet: its text, the sheet.
    Leads(&'a str, &'a str),
    /// For people to fill in; empty or filled.
    Open(&'a str),
}

impl<'a> From<Cell<'a>> for Entry<'a> {
    fn from(cell: Cell<'a>) -> Self {
        Self::Is(cell)
    }
}

/// A formula where its figure is one that a spreadsheet can hold, else the figure.
pub(super) fn follows<'a>(formula: Option<String>, shown: Cell<'a>) -> Entry<'a> {
    match (formula, &shown) {
        (Some(formula), Cell::Figure(value, _)) if fits_a_number(*value) => Entry::Follows(formula, shown),
        _ => Entry::Is(shown),
    }
}

/// A table while it is written.
pub(super) struct Grid<'b, 'a> {
    book: &'b mut Book<'a>,
    extent: Extent,
    titles: Vec<String>,
    lists: Vec<(u16, DataValidation)>,
    filtered: bool,
    part: usize,
    row: u32,
    sheet: Worksheet,
    widths: Vec<usize>,
}

impl<'b, 'a> Grid<'b, 'a> {
    /// Begins a table with the rows that its extent has.
    pub fn new(book: &'b mut Book<'a>, extent: Extent, titles: Vec<String>) -> Result<Self, XlsxError> {
        let (sheet, widths) = (Worksheet::new(), Vec::new());
        let mut grid = Self { book, extent, titles, lists: Vec::new(), filtered: true, part: 0, row: 0, sheet, widths };
        grid.begin()?;
        Ok(grid)
    }

    /// The cells of a column take only what a list has.
    pub fn only(&mut self, column: u16, list: DataValidation) {
        self.lists.push((column, list));
    }

    /// The rows have their order and no other: no filter.
    pub const fn unfiltered(&mut self) {
        self.filtered = false;
    }

    fn begin(&mut self) -> Result<(), XlsxError> {
        self.sheet = Worksheet::new();
        self.sheet.set_name(&self.extent.parts()[self.part].0)?;
        // Room for the arrow of the filter.
        self.widths = self.titles.iter().map(|title| widest_word(title) + 3).collect();
        for (column, title) in (0..).zip(&self.titles).filter(|(_, title)| !title.is_empty()) {
            self.sheet.write_string_with_format(0, column, title, &self.book.styles.header)?;
        }
        self.row = 0;
        Ok(())
    }

    /// Adds a row.
    pub fn row(&mut self, entries: &[Entry<'_>]) -> Result<(), XlsxError> {
        if usize::try_from(self.row).is_ok_and(|row| row >= self.extent.parts()[self.part].1) {
            self.end_part()?;
            self.part += 1;
            self.begin()?;
        }
        self.row += 1;
        self.put(self.row, entries, false)
    }

    fn put(&mut self, row: u32, entries: &[Entry<'_>], sums: bool) -> Result<(), XlsxError> {
        let styles = &self.book.styles;
        let kit = if sums { &styles.sums } else { &styles.body };
        for (column, entry) in (0..).zip(entries) {
            let width = put(&mut self.sheet, row, column, entry, kit, styles)?;
            if let Some(widest) = self.widths.get_mut(usize::from(column)) {
                *widest = width.max(*widest);
            }
        }
        Ok(())
    }

    /// Filter, widths, print set-up of the sheet that is full or the last.
    fn end_part(&mut self) -> Result<(), XlsxError> {
        let last_column = u16::try_from(self.titles.len() - 1).unwrap_or(u16::MAX);
        let rows = u32::try_from(self.extent.parts()[self.part].1).unwrap_or(u32::MAX);
        for (column, width) in (0..).zip(&self.widths) {
            self.sheet.set_column_width(column, column_width(*width))?;
        }
        for (column, list) in &self.lists {
            self.sheet.add_data_validation(1, *column, rows.max(1), *column, list)?;
        }
        self.sheet.set_freeze_panes(1, 0)?;
        if self.filtered {
            self.sheet.autofilter(0, 0, rows, last_column)?;
        }
        self.sheet.set_repeat_rows(0, 0)?;
        // An id is a text on purpose; without this a spreadsheet flags each of them.
        self.sheet.ignore_error_range(0, 0, rows, last_column, IgnoreError::NumberStoredAsText)?;
        print_setup(&mut self.sheet, self.book.report);
        let sheet = std::mem::replace(&mut self.sheet, Worksheet::new());
        self.book.workbook.push_worksheet(sheet);
        Ok(())
    }

    /// Ends the table with its sums (below the filter, so that sorting leaves
    /// them there) and remarks.
    pub fn finish(
        mut self,
        sums: &[Vec<Entry<'_>>],
        remarks: &[String],
        dress: impl FnOnce(&mut Worksheet, &Styles) -> Result<(), XlsxError>,
    ) -> Result<(), XlsxError> {
        for entries in sums {
            self.row += 1;
            self.put(self.row, entries, true)?;
        }
        for remark in remarks {
            self.row += 1;
            self.sheet.write_string_with_format(self.row + 1, 0, fitting(remark.clone()), &self.book.styles.remark)?;
        }
        dress(&mut self.sheet, &self.book.styles)?;
        self.end_part()
    }
}

/// The width of a column for its widest text.
pub(super) fn column_width(width: usize) -> u32 {
    u32::try_from((width + 1).clamp(8, WIDEST)).unwrap_or_else(|_| unreachable!("at most the widest"))
}

/// A header wraps between words; characters that fill two columns have no words.
fn widest_word(title: &str) -> usize {
    title.split(' ').map(unicode_width::UnicodeWidthStr::width).max().unwrap_or_default()
}

/// A4 across, as wide as one page, numbered, with whose it is.
pub(super) fn print_setup(sheet: &mut Worksheet, report: &crate::report::Report) {
    // A lone & begins a code.
    let whose = format!("{} {}", summary::visible(&report.account), report.period).replace('&', "&&");
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_header(format!("&L{whose}&R&A")).set_footer("&Ltrtc-recon&R&P / &N");
}

/// Writes a cell; returns how wide it is shown.
pub(super) fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    entry: &Entry<'_>,
    kit: &Kit,
    styles: &Styles,
) -> Result<usize, XlsxError> {
    match entry {
        Entry::Is(cell) => put_cell(sheet, row, column, cell, kit),
        Entry::Follows(formula, shown) => {
            let formula = formula.replace("{row}", &(row + 1).to_string()).replace("{above}", &row.to_string());
            let formula = Formula::new(formula).set_result(shown.plain());
            sheet.write_formula_with_format(row, column, formula, figure_style(shown, kit))?;
            Ok(figure_width(shown))
        }
        Entry::Holds(statement, holds) => {
            let shown = if *holds { "TRUE" } else { "FALSE" };
            let formula = Formula::new(statement.replace("{row}", &(row + 1).to_string())).set_result(shown);
            sheet.write_formula_with_format(row, column, formula, &kit.truth)?;
            Ok(shown.len())
        }
        Entry::Leads(text, target) => {
            let place = Url::new(format!("internal:{}!A1", super::extent::quoted(target))).set_text(*text);
            sheet.write_url_with_format(row, column, place, &styles.link)?;
            Ok(text.width())
        }
        Entry::Open(text) if text.is_empty() => {
            sheet.write_blank(row, column, &styles.blank)?;
            Ok(0)
        }
        Entry::Open(text) => put_text(sheet, row, column, text, &styles.blank, &styles.blank),
    }
}

fn put_cell(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell<'_>, kit: &Kit) -> Result<usize, XlsxError> {
    match cell {
        Cell::Empty => {
            // Only a row of sums shows where it is empty.
            sheet.write_blank(row, column, &kit.text)?;
            Ok(0)
        }
        Cell::Text(text) => put_text(sheet, row, column, text, &kit.text, &kit.wrapped),
        Cell::Day(day) => {
            put_number(sheet, row, column, day_serial(*day), &kit.day)?;
            Ok("2024-10-01".len())
        }
        Cell::Time(time) => {
            put_number(sheet, row, column, time_serial(*time), &kit.time)?;
            Ok("2024-10-01 00:00:00".len())
        }
        Cell::Figure(value, _) => {
            if fits_a_number(*value) {
                put_number(sheet, row, column, *value, figure_style(cell, kit))?;
            } else {
                sheet.write_string_with_format(row, column, plain(*value), &kit.long_figure)?;
            }
            Ok(figure_width(cell))
        }
    }
}

fn figure_style<'k>(cell: &Cell<'_>, kit: &'k Kit) -> &'k Format {
    match cell {
        Cell::Figure(_, Measure::Money) => &kit.money,
        Cell::Figure(_, Measure::Price) => &kit.price,
        Cell::Figure(value, Measure::Count) if !value.is_integer() => &kit.fraction,
        _ => &kit.whole,
    }
}

/// Sign, currency, separators, and the places that the format keeps free.
fn figure_width(cell: &Cell<'_>) -> usize {
    let Cell::Figure(value, measure) = cell else { return 0 };
    let whole = plain(value.trunc()).len();
    let places = match measure {
        Measure::Count => usize::try_from(value.normalize().scale()).unwrap_or_default(),
        Measure::Money => 8,
        Measure::Price => 12,
    };
    whole + whole / 3 + 1 + places + 3
}

fn put_text(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    text: &str,
    short: &Format,
    long: &Format,
) -> Result<usize, XlsxError> {
    let text = fitting(summary::visible(text));
    let width = text.width();
    let style = if width > WIDEST { long } else { short };
    if reads_as_formula(&text) {
        // Keeps it a text also when someone edits the cell.
        sheet.write_string_with_format(row, column, &text, &style.clone().set_quote_prefix())?;
    } else {
        sheet.write_string_with_format(row, column, &text, style)?;
    }
    Ok(width)
}

/// What stands at the end of a text that does not fit a cell.
const CUT: &str = "… [cut; whole in the csv]";

/// A text that a cell can hold, cut visibly where it is longer.
pub(super) fn fitting(text: String) -> String {
    if text.encode_utf16().count() <= CELL {
        return text;
    }
    let room = CELL - CUT.encode_utf16().count();
    let mut used = 0;
    let kept = text.chars().take_while(|character| {
        used += character.len_utf16();
        used <= room
    });
    kept.chain(CUT.chars()).collect()
}

/// Whether a figure survives a spreadsheet's 15 significant digits.
pub(super) fn fits_a_number(value: Decimal) -> bool {
    let digits = value.mantissa().unsigned_abs().to_string();
    digits.trim_end_matches('0').len() <= 15
}

fn day_serial(day: Day) -> Decimal {
    Decimal::from(day.number() + SERIAL_OF_EPOCH)
}

fn time_serial(time: Stamp) -> Decimal {
    let seconds = Decimal::from(time - time.day().start());
    // Ten decimals of a day are nine microseconds.
    day_serial(time.day()) + Rounding::HalfUp(10).apply(seconds / Decimal::from(86_400))
}

/// Writes a decimal of at most 15 significant digits as a spreadsheet's number.
#[allow(clippy::disallowed_types, reason = "a spreadsheet has no other number; 15 digits survive it")]
fn put_number(sheet: &mut Worksheet, row: u32, column: u16, value: Decimal, style: &Format) -> Result<(), XlsxError> {
    let text = plain(value);
    let number: f64 = text.parse().map_err(|_| XlsxError::ParameterError(format!("{text} is no number")))?;
    sheet.write_number_with_format(row, column, number, style)?;
    Ok(())
}
