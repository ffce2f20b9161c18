//! Workbooks: xlsx, streamed cell by cell. Declared dimensions are not
//! believed; every position is checked.
#![allow(
    clippy::disallowed_types,
    reason = "a spreadsheet stores its numbers as binary floats; here, and only here, they become decimal text"
)]

use super::gather::{Gather, Head, Merge, Unusable, Value};
use super::guard::Parts;
use super::input::{Bytes, Source};
use super::table::{Body, Used, refused};
use super::{Opened, Row, Table, TableIds, csv, maybe_cut};
use crate::diagnostic::{At, Diagnostic, Diagnostics};
use calamine::{DataRef, Reader, Sheet as SheetInfo, SheetType, SheetVisible, Xlsx, XlsxError};
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::fmt::Write as _;
use std::io::BufReader;

type Workbook = Xlsx<BufReader<Box<dyn Source>>>;

const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: u32 = 16_384;
/// 9999-12-31 in the 1900 system: no later serial number is a date.
const LAST_DAY: i64 = 2_958_465;
const DAY_SECONDS: i64 = 86_400;
/// A number has 15 digits: this one has a digit more.
const LONG: f64 = 1e15;

/// A sheet of a workbook that was checked.
#[derive(Debug)]
pub(super) struct Sheet {
    bytes: Bytes,
    name: String,
    date1904: bool,
    merges: Vec<Merge>,
}

/// Reads a workbook: a table for each sheet that holds something.
pub(super) fn open(mut opened: Opened, bytes: &Bytes, ids: &mut TableIds<'_>, parts: &Parts) -> Opened {
    let at = At::file(&opened.path);
    let mut workbook = match open_workbook(bytes) {
        Ok(workbook) => workbook,
        Err(error) => return opened.refuse(unreadable(&at, &error)),
    };
    let sheets: Vec<SheetInfo> = workbook.sheets_metadata().to_vec();
    for sheet in sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        match open_sheet(&mut workbook, bytes, &at, sheet, parts) {
            Ok(Some((body, head))) => match ids.next(&opened.path) {
                Ok(id) => opened.tables.push(Table {
                    id,
                    file: opened.path.clone(),
                    sheet: Some(sheet.name.clone()),
                    hidden: sheet.visible != SheetVisible::Visible,
                    date1904: body.date1904,
                    head,
                    body: Body::Sheet(body),
                }),
                Err(diagnostic) => return opened.refuse(diagnostic),
            },
            Ok(None) => {}
            Err(diagnostic) => return opened.refuse(diagnostic),
        }
        if parts.rows.iter().any(|rows| csv::is_cut_at(*rows)) {
            let at = at.clone().sheet(Some(&sheet.name));
            let rows = last_row(&mut workbook, &sheet.name, &at);
            opened.diagnostics.extend(maybe_cut(&at, u64::from(rows)));
        }
    }
    if !parts.hidden.is_empty() {
        let message = format!("hidden rows or columns: {}", parts.hidden.join("; "));
        let help = "they are read like any other; an export hides none: somebody has worked on this file";
        opened.diagnostics.push(Diagnostic::note("excel-hidden-rows", at, message, help));
    }
    opened.note_workbook("xlsx", sheets.len(), parts.formulas)
}

fn open_workbook(bytes: &Bytes) -> Result<Workbook, XlsxError> {
    Xlsx::new(BufReader::new(bytes.open()?))
}

fn open_sheet(
    workbook: &mut Workbook,
    bytes: &Bytes,
    at: &At,
    sheet: &SheetInfo,
    parts: &Parts,
) -> Result<Option<(Sheet, Vec<super::HeadRow>)>, Diagnostic> {
    let at = at.clone().sheet(Some(&sheet.name));
    let date1904 = workbook.has_1904_epoch();
    let mut head = Head::default();
    stream(workbook, &sheet.name, &at, |cell| {
        head.cell(cell.row, cell.column, cell.value(date1904, &mut String::new()))
    })?;
    let head = head.finish();
    if head.is_empty() {
        return Ok(None);
    }
    let merges = if parts.merges == 0 {
        Vec::new()
    } else {
        let merges = workbook.merge_cells_by_sheet_name(&sheet.name).map_err(|error| unreadable(&at, &error))?;
        merges.iter().map(|area| Merge(area.start.0 + 1, area.start.1, area.end.0 + 1, area.end.1)).collect()
    };
    Ok(Some((Sheet { bytes: bytes.clone(), name: sheet.name.clone(), date1904, merges }, head)))
}

/// The last row with a cell; 0 where the sheet cannot be read, which reading it will say.
fn last_row(workbook: &mut Workbook, sheet: &str, at: &At) -> u32 {
    let mut last = 0;
    let read = stream(workbook, sheet, at, |cell| {
        last = cell.row;
        true
    });
    if read.is_ok() { last } else { 0 }
}

impl Sheet {
    /// See [`Table::fold`].
    pub(super) fn fold<A>(
        &self,
        used: &Used<'_>,
        init: impl Fn() -> A,
        step: impl Fn(&mut A, Row<'_>),
    ) -> Result<Vec<A>, Diagnostics> {
        let mut workbook = open_workbook(&self.bytes).map_err(|error| refused(unreadable(used.at, &error)))?;
        let mut gather = Gather::new(used, init(), step);
        let mut text = String::new();
        let streamed = stream(&mut workbook, &self.name, used.at, |cell| {
            let wanted = gather.wants(cell.row, cell.column);
            let value = if wanted { cell.value(self.date1904, &mut text) } else { cell.presence() };
            gather.cell(cell.row, cell.column, value)
        });
        if let Err(diagnostic) = streamed {
            gather.find(diagnostic);
        }
        gather.finish(&self.merges)
    }

    /// See [`Table::row`].
    pub(super) fn row(&self, at: &At, number: u32) -> Option<Vec<String>> {
        let mut workbook = open_workbook(&self.bytes).ok()?;
        let mut cells = Vec::new();
        let mut text = String::new();
        let streamed = stream(&mut workbook, &self.name, at, |cell| {
            if cell.row == number {
                cells.resize(cell.column as usize, String::new());
                let (Value::Text(text) | Value::Number(text) | Value::Unusable(_, text)) =
                    cell.value(self.date1904, &mut text);
                cells.push(text.to_owned());
            }
            cell.row <= number
        });
        (streamed.is_ok() && !cells.is_empty()).then_some(cells)
    }
}

/// A cell as the workbook has it.
struct RawCell<'a> {
    /// From 1.
    row: u32,
    /// From 0.
    column: u32,
    data: DataRef<'a>,
    formula: bool,
}

/// Shows the cells of a sheet in order, until the visitor has enough.
fn stream(
    workbook: &mut Workbook,
    sheet: &str,
    at: &At,
    mut visit: impl FnMut(&RawCell<'_>) -> bool,
) -> Result<(), Diagnostic> {
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(|error| unreadable(at, &error))?;
    let mut last: Option<(u32, u32)> = None;
    loop {
        let near = || last.map_or(at.clone(), |(row, column)| at.clone().row(row + 1).column(column as usize));
        let Some(cell) = reader.next_cell_with_formula_metadata().map_err(|error| unreadable(&near(), &error))? else {
            return Ok(());
        };
        let (row, column) = cell.pos;
        if row >= MOST_ROWS || column >= MOST_COLUMNS {
            let message = format!("a cell stands in row {} and column {}", u64::from(row) + 1, u64::from(column) + 1);
            let help =
                format!("a sheet has at most {MOST_ROWS} rows and {MOST_COLUMNS} columns: export the file again");
            return Err(Diagnostic::error("excel-bounds", near(), message, help));
        }
        if last.is_some_and(|last| last >= cell.pos) {
            let here = at.clone().row(row + 1).column(column as usize);
            let message = "the cell stands behind one that should follow it, or a second time";
            return Err(Diagnostic::error(
                "excel-order",
                here,
                message,
                "open the workbook in Excel and save it again",
            ));
        }
        last = Some(cell.pos);
        let raw = RawCell { row: row + 1, column, data: cell.value, formula: cell.formula.is_some() };
        if !visit(&raw) {
            return Ok(());
        }
    }
}

impl RawCell<'_> {
    /// Its value as text, written to `text` where it does not lie ready.
    fn value<'t>(&'t self, date1904: bool, text: &'t mut String) -> Value<'t> {
        text.clear();
        value_of(&self.data, self.formula, date1904, text)
    }

    /// Whether it holds something, for cells that are not asked for.
    fn presence(&self) -> Value<'_> {
        match &self.data {
            DataRef::String(text) => Value::Text(text),
            DataRef::SharedString(text) => Value::Text(text),
            DataRef::Empty if !self.formula => Value::Text(""),
            _ => Value::Text("present"),
        }
    }
}

/// The text of a cell.
pub(super) fn value_of<'t>(data: &'t DataRef<'_>, formula: bool, date1904: bool, text: &'t mut String) -> Value<'t> {
    let written = match data {
        DataRef::Empty if formula => return Value::Unusable(Unusable::NoResult, ""),
        DataRef::Empty => return Value::Text(""),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => return Value::Text(text),
        DataRef::SharedString(text) => return Value::Text(text),
        DataRef::Bool(truth) => return Value::Text(if *truth { "TRUE" } else { "FALSE" }),
        DataRef::Error(error) => {
            let _ = write!(text, "{error}");
            Err(Unusable::Error)
        }
        DataRef::Int(number) => {
            let _ = write!(text, "{number}");
            let long = number.unsigned_abs() >= 1_000_000_000_000_000;
            if long { Err(Unusable::LongNumber) } else { Ok(true) }
        }
        DataRef::Float(number) => write_number(*number, text).map(|()| true),
        DataRef::DateTime(moment) if moment.is_duration() => write_duration(moment.as_f64(), text).map(|()| false),
        DataRef::DateTime(moment) => write_moment(moment.as_f64(), date1904, text).map(|()| false),
    };
    match written {
        Ok(true) => Value::Number(text),
        Ok(false) => Value::Text(text),
        Err(why) => Value::Unusable(why, text),
    }
}

/// Writes a number as the decimal of its 15 significant digits, which is what
/// Excel shows and keeps; the binary tail behind them is no part of it.
fn write_number(number: f64, text: &mut String) -> Result<(), Unusable> {
    if !number.is_finite() {
        let _ = write!(text, "{number}");
        return Err(Unusable::BadNumber);
    }
    if number.fract() == 0.0 && number.abs() < LONG {
        #[allow(clippy::cast_possible_truncation, reason = "a whole number of at most 15 digits")]
        let whole = number as i64;
        let _ = write!(text, "{whole}");
        return Ok(());
    }
    let scientific = format!("{:.14e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').ok_or(Unusable::BadNumber)?;
    let exponent: i32 = exponent.parse().map_err(|_| Unusable::BadNumber)?;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        text.push('0');
        return Ok(());
    }
    if number.is_sign_negative() {
        text.push('-');
    }
    if exponent < 0 {
        text.push_str("0.");
        (1..exponent.unsigned_abs()).for_each(|_| text.push('0'));
        text.push_str(digits);
        return Ok(());
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    if whole > 15 {
        let _ = write!(text, "{digits}E+{exponent}");
        return Err(Unusable::LongNumber);
    }
    match digits.split_at_checked(whole) {
        Some((whole, "")) => text.push_str(whole),
        Some((whole, fraction)) => {
            let _ = write!(text, "{whole}.{fraction}");
        }
        None => {
            let _ = write!(text, "{digits:0<whole$}");
        }
    }
    Ok(())
}

/// A serial number in whole seconds: rounded, since 00:05:00 is stored as a
/// fraction of a day that falls short of it.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked before")]
fn seconds(serial: f64, text: &mut String) -> Result<i64, Unusable> {
    if !(0.0..3_000_000.0).contains(&serial) {
        let _ = write!(text, "{serial}");
        return Err(Unusable::BadDate);
    }
    Ok((serial * 86_400.0).round() as i64)
}

/// Writes a date and time; a serial number below one is a time alone.
fn write_moment(serial: f64, date1904: bool, text: &mut String) -> Result<(), Unusable> {
    let seconds = seconds(serial, text)?;
    let (day, time) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    // Day 60 of the 1900 system is 29 February 1900, which never was.
    let first = match (date1904, day) {
        (true, _) => Date::constant(1904, 1, 1),
        (false, ..60) => Date::constant(1899, 12, 31),
        (false, _) => Date::constant(1899, 12, 30),
    };
    let date = first.checked_add(day.days()).ok().filter(|_| day <= LAST_DAY && (date1904 || day != 60));
    let Some(date) = date else {
        let _ = write!(text, "{serial}");
        return Err(Unusable::BadDate);
    };
    if day > 0 {
        let _ = write!(text, "{date} ");
    }
    write_time(time, text);
    Ok(())
}

/// Writes a length of time: `25:00:00`.
fn write_duration(serial: f64, text: &mut String) -> Result<(), Unusable> {
    write_time(seconds(serial, text)?, text);
    Ok(())
}

fn write_time(seconds: i64, text: &mut String) {
    let _ = write!(text, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

fn unreadable(at: &At, error: &XlsxError) -> Diagnostic {
    let behind = if at.row.is_some() { " behind this cell" } else { "" };
    let why = match error {
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => "a part of it is missing",
        XlsxError::Io(_) | XlsxError::Zip(_) | XlsxError::XmlEof(_) => "it is damaged or cut short",
        XlsxError::Password => "it is protected by a password",
        _ => "what stands there is not what Excel writes",
    };
    let message = format!("the workbook cannot be read{behind}: {why}");
    let help = "open it in Excel and save it again, or export it again";
    Diagnostic::error("excel-unreadable", at.clone(), message, help)
}

#[cfg(test)]
#[path = "excel_tests.rs"]
mod tests;
