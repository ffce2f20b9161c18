//! The one place that writes a cell: a value, a formula with its figure, a
//! statement, a link within the file, or a blank to fill in.

use rust_decimal::Decimal;
use rust_xlsxwriter::{Format, Formula, Url, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr as _;

use super::Styles;
use super::style::Kit;
use crate::model::number::plain;
use crate::model::{Day, Rounding, Stamp};
use crate::report::csv::reads_as_formula;
use crate::report::summary;
use crate::report::table::{Cell, Measure};

/// The UTF-16 units of a cell.
const CELL: usize = 32_767;
/// The widest column, in which a SHA-256 stands on one line; longer texts wrap.
pub(super) const WIDEST: usize = 66;
/// The days from the first one of a spreadsheet to 1970-01-01.
const SERIAL_OF_EPOCH: i32 = 25_569;

/// The content of a cell.
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

/// Returns a formula where its figure is one that a spreadsheet can hold, else the figure.
pub(super) fn follows(formula: Option<String>, shown: Cell<'_>) -> Entry<'_> {
    match (formula, &shown) {
        (Some(formula), Cell::Figure(value, _)) if fits_a_number(*value) => Entry::Follows(formula, shown),
        _ => Entry::Is(shown),
    }
}

/// Writes a cell; returns how wide it is shown.
pub(super) fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    entry: &Entry<'_>,
    kit: &Kit,
    styles: &Styles,
    widest: usize,
) -> Result<usize, XlsxError> {
    match entry {
        Entry::Is(cell) => put_cell(sheet, row, column, cell, kit, widest),
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
            let place = Url::new(format!("internal:{}!A1", super::ranges::quoted(target))).set_text(*text);
            sheet.write_url_with_format(row, column, place, &styles.link)?;
            Ok(text.width())
        }
        Entry::Open("") => {
            sheet.write_blank(row, column, &styles.blank)?;
            Ok(0)
        }
        Entry::Open(text) => put_text(sheet, row, column, text, &styles.blank),
    }
}

fn put_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell<'_>,
    kit: &Kit,
    widest: usize,
) -> Result<usize, XlsxError> {
    match cell {
        Cell::Empty => {
            // Only a row of sums shows where it is empty.
            sheet.write_blank(row, column, &kit.text)?;
            Ok(0)
        }
        Cell::Text(text) if summary::visible(text).width() > widest => put_text(sheet, row, column, text, &kit.wrapped),
        Cell::Text(text) => put_text(sheet, row, column, text, &kit.text),
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
        Cell::Figure(value, Measure::Money) if below_cents(*value) => &kit.small_money,
        Cell::Figure(_, Measure::Money) => &kit.money,
        Cell::Figure(_, Measure::Price) => &kit.price,
        Cell::Figure(value, Measure::Count) if !value.is_integer() => &kit.fraction,
        _ => &kit.whole,
    }
}

/// Returns true if two decimals would show nothing of an amount.
fn below_cents(value: Decimal) -> bool {
    !value.is_zero() && value.abs() < Decimal::new(1, 2)
}

/// Sign, currency, separators, the places that the format keeps free, and the room behind them.
fn figure_width(cell: &Cell<'_>) -> usize {
    let Cell::Figure(value, measure) = cell else { return 0 };
    let whole = plain(value.trunc()).len();
    let places = match measure {
        Measure::Count => usize::try_from(value.normalize().scale()).unwrap_or_default(),
        Measure::Money if below_cents(*value) => 8,
        Measure::Money => 2,
        Measure::Price => 12,
    };
    whole + whole / 3 + 1 + places + 4
}

fn put_text(sheet: &mut Worksheet, row: u32, column: u16, text: &str, style: &Format) -> Result<usize, XlsxError> {
    let text = fitting(summary::visible(text));
    let width = text.width();
    if reads_as_formula(&text) {
        // Keeps it a text also when someone edits the cell.
        sheet.write_string_with_format(row, column, &text, &style.clone().set_quote_prefix())?;
    } else {
        sheet.write_string_with_format(row, column, &text, style)?;
    }
    Ok(width)
}

/// The end of a text that does not fit a cell.
const CUT: &str = "… [cut; whole in the csv]";

/// Returns a text that a cell can hold, cut visibly where it is longer.
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

/// Returns true if a figure survives a spreadsheet's 15 significant digits.
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
