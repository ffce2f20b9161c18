//! reconciliation.xlsx: the tables as sheets behind a cover.
//!
//! A figure is a number where a spreadsheet can hold it, which is 15
//! significant digits; a longer one is written as text, so that none is
//! rounded in silence. Ids and names are texts, whatever they look like: no
//! cell of the workbook is a formula or a link.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, IgnoreError, Workbook, Worksheet, XlsxError,
};
use unicode_width::UnicodeWidthStr as _;

use super::csv::reads_as_formula;
use super::table::{self, Cell, Measure, Table};
use super::{Report, cover, summary};
use crate::domain::number::plain;
use crate::domain::{Day, Rounding, Stamp};

/// The rows of a sheet, the header included.
const ROWS: u32 = 1_048_576;
/// The UTF-16 units of a cell.
const CELL: usize = 32_767;
/// The widest column; longer texts wrap.
const WIDEST: usize = 60;
/// What stands at the end of a text that does not fit a cell.
const CUT: &str = "… [cut; whole in the csv]";
/// The days from the first one of a spreadsheet to 1970-01-01.
const SERIAL_OF_EPOCH: i32 = 25_569;

/// The bytes of reconciliation.xlsx. The error is the writer's own, for a
/// workbook beyond what its format can hold.
pub fn render(report: &Report) -> Result<Vec<u8>, XlsxError> {
    render_with(report, ROWS)
}

/// [`render`] with sheets of so many rows.
pub(super) fn render_with(report: &Report, rows: u32) -> Result<Vec<u8>, XlsxError> {
    let title = format!("{} {}", summary::visible(&report.account), report.period);
    let mut book = Book::new(&title, &report.currency, rows)?;
    cover::write(&mut book, report)?;
    if let Some(comparison) = &report.comparison {
        book.table("Discrepancies", table::discrepancies(report, comparison))?;
    }
    book.table("Charges", table::charges(report))?;
    book.table("Drawdown", table::drawdown(report))?;
    book.table("Grants", table::grants(report))?;
    book.table("Inputs", table::inputs(report))?;
    book.workbook.save_to_buffer()
}

/// The bytes of a workbook of plain tables, one sheet each.
pub(super) fn render_tables(title: &str, tables: Vec<(&str, Table<'_>)>) -> Result<Vec<u8>, XlsxError> {
    let mut book = Book::new(title, "", ROWS)?;
    for (name, table) in tables {
        book.table(name, table)?;
    }
    book.workbook.save_to_buffer()
}

/// The workbook while it is written.
pub(super) struct Book {
    pub(super) workbook: Workbook,
    pub(super) styles: Styles,
    rows: u32,
}

/// The formats of the cells.
pub(super) struct Styles {
    pub(super) title: Format,
    pub(super) header: Format,
    pub(super) wrapped: Format,
    text: Format,
    long_figure: Format,
    day: Format,
    time: Format,
    whole: Format,
    fraction: Format,
    money: Format,
    price: Format,
}

impl Styles {
    fn new(currency: &str) -> Self {
        let symbol = match currency {
            "USD" => "[$$-409]",
            "CNY" => "[$¥-804]",
            _ => "",
        };
        let signed = |digits: &str| format!("{symbol}{digits};[Red]-{symbol}{digits}");
        let body = || Format::new().set_align(FormatAlign::Top);
        let figure = |code: &str| body().set_align(FormatAlign::Right).set_num_format(code);
        let header = body().set_bold().set_text_wrap().set_background_color(0x00E7_ECF3);
        Self {
            title: body().set_bold().set_font_size(14).set_text_wrap(),
            header: header.set_border_bottom(FormatBorder::Thin),
            wrapped: body().set_text_wrap(),
            text: body(),
            long_figure: figure("@"),
            day: figure("yyyy-mm-dd"),
            time: figure("yyyy-mm-dd hh:mm:ss"),
            whole: figure("#,##0"),
            fraction: figure("#,##0.0###########"),
            money: figure(&signed("#,##0.00######")),
            price: figure(&signed("#,##0.00##########")),
        }
    }
}

impl Book {
    /// A workbook without sheets.
    fn new(title: &str, currency: &str, rows: u32) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        // The only clock of the workbook, stopped: the same result gives the same bytes.
        let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
        Ok(Self { workbook, styles: Styles::new(currency), rows })
    }

    /// A table as one sheet, or as many as its rows need.
    fn table(&mut self, name: &str, table: Table<'_>) -> Result<(), XlsxError> {
        let Table { columns, rows } = table;
        let mut rows = rows.peekable();
        for number in 1.. {
            let mut sheet = Worksheet::new();
            sheet.set_name(if number == 1 { name.to_owned() } else { format!("{name} {number}") })?;
            let mut widths: BTreeMap<u16, usize> = BTreeMap::new();
            for (column, title) in (0..).zip(&columns) {
                let title = heading(title);
                sheet.write_string_with_format(0, column, &title, &self.styles.header)?;
                // Room for the arrow of the filter.
                widths.insert(column, title.width() + 3);
            }
            let mut last = 0;
            while last + 1 < self.rows
                && let Some(row) = rows.next()
            {
                last += 1;
                for (column, cell) in (0..).zip(&row) {
                    let width = self.put(&mut sheet, last, column, cell)?;
                    widths.entry(column).and_modify(|widest| *widest = width.max(*widest));
                }
            }
            finish(&mut sheet, last, &widths)?;
            self.workbook.push_worksheet(sheet);
            if rows.peek().is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Writes a cell; returns how wide it is shown.
    pub(super) fn put(
        &self,
        sheet: &mut Worksheet,
        row: u32,
        column: u16,
        cell: &Cell<'_>,
    ) -> Result<usize, XlsxError> {
        let styles = &self.styles;
        match cell {
            Cell::Empty => Ok(0),
            Cell::Text(text) => self.put_text(sheet, row, column, text),
            Cell::Day(day) => {
                put_number(sheet, row, column, day_serial(*day), &styles.day)?;
                Ok("2024-10-01".len())
            }
            Cell::Time(time) => {
                put_number(sheet, row, column, time_serial(*time), &styles.time)?;
                Ok("2024-10-01 00:00:00".len())
            }
            Cell::Figure(value, measure) => {
                let style = match measure {
                    Measure::Count if value.is_integer() => &styles.whole,
                    Measure::Count => &styles.fraction,
                    Measure::Money => &styles.money,
                    Measure::Price => &styles.price,
                };
                if fits_a_number(*value) {
                    put_number(sheet, row, column, *value, style)?;
                } else {
                    sheet.write_string_with_format(row, column, plain(*value), &styles.long_figure)?;
                }
                // The sign, the currency, the separators and two decimals come on top of the digits.
                Ok(plain(*value).len() * 4 / 3 + 4)
            }
        }
    }

    fn put_text(&self, sheet: &mut Worksheet, row: u32, column: u16, text: &str) -> Result<usize, XlsxError> {
        let text = fitting(summary::visible(text));
        let width = text.width();
        let style = if width > WIDEST { &self.styles.wrapped } else { &self.styles.text };
        if reads_as_formula(&text) {
            // Keeps it a text also when someone edits the cell.
            sheet.write_string_with_format(row, column, &text, &style.clone().set_quote_prefix())?;
        } else {
            sheet.write_string_with_format(row, column, &text, style)?;
        }
        Ok(width)
    }
}

fn finish(sheet: &mut Worksheet, last: u32, widths: &BTreeMap<u16, usize>) -> Result<(), XlsxError> {
    for (column, width) in widths {
        let width = u32::try_from((*width + 1).clamp(8, WIDEST)).unwrap_or_else(|_| unreachable!("at most the widest"));
        sheet.set_column_width(*column, width)?;
    }
    let last_column = widths.keys().next_back().copied().unwrap_or_else(|| unreachable!("a table has columns"));
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofilter(0, 0, last, last_column)?;
    sheet.set_repeat_rows(0, 0)?;
    // An id is a text on purpose; without this a spreadsheet flags each of them.
    sheet.ignore_error_range(0, 0, last, last_column, IgnoreError::NumberStoredAsText)?;
    print_setup(sheet);
    Ok(())
}

/// A4 across, as wide as one page, numbered.
pub(super) fn print_setup(sheet: &mut Worksheet) {
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_footer("&L&A&R&P / &N");
}

/// `expected_unit_price` as people write it.
fn heading(column: &str) -> String {
    match column {
        "id" => "ID".to_owned(),
        "sdk_app_id" => "SDKAppID".to_owned(),
        "sha256" => "SHA-256".to_owned(),
        _ => {
            let words = column.replace('_', " ");
            let (first, rest) = words.split_at(1);
            first.to_uppercase() + rest
        }
    }
}

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

fn fits_a_number(value: Decimal) -> bool {
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
