//! .xls and .xlsb, read by a child process of the same program: their reader
//! may fail for good on damaged bytes, and then only the child dies. It gets
//! the bytes on its standard input and answers line by line; it has a limit
//! of memory and of time.

use super::memory_table::Memory;
use super::row_assembler::{Merge, Unusable, Value};
use super::source::Bytes;
use super::table::Body;
use super::{Opened, ReadOptions, Table, TableIds, holds_formulas, maybe_cut, xls_streams, xlsb_records};
use crate::model::diagnostic::{At, Diagnostic, shown};
use crate::read::xlsx::value::value_of;
use calamine::{Data, DataRef, Dimensions, Reader as _, Sheet, SheetType, SheetVisible, Xls, Xlsb};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::fmt::Display;
use std::io::{self, BufRead, BufReader, BufWriter, Cursor, Read, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The hidden subcommand under which the child is started.
pub const SUBCOMMAND: &str = "read-legacy-sheet";

const MEMORY: u64 = 2 << 30;
const TIME: Duration = Duration::from_mins(2);
/// The texts of all sheets, which the parent keeps.
const LARGEST_TEXT: usize = 512 << 20;
const LARGEST_FILE: u64 = 256 << 20;
/// A line that is longer is none of ours.
const LONGEST_LINE: u64 = 4 << 20;
const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: u32 = 16_384;

/// The formulas of a workbook, as its records tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Formulas {
    pub(super) count: u64,
    /// The number of formulas with the result 0.
    pub(super) zeros: u64,
    /// True if the workbook says that not all were calculated.
    pub(super) uncalculated: bool,
}

impl Formulas {
    /// Returns why the workbook is refused, if formulas have a result that was never calculated.
    const fn refused(&self) -> Option<&'static str> {
        let reason = "it holds formulas that were never calculated, so that their results are no figures";
        if self.uncalculated && self.zeros > 0 { Some(reason) } else { None }
    }
}

/// The data of a workbook, as the child sends it.
#[derive(Debug, Default)]
struct Sent {
    formulas: u64,
    sheets: Vec<SentSheet>,
}

/// The data of a sheet, as the child sends it.
#[derive(Debug, Default)]
struct SentSheet {
    name: String,
    hidden: bool,
    date1904: bool,
    memory: Memory,
}

/// Reads an old workbook: a table for each sheet that holds something.
pub(super) fn open(mut opened: Opened, bytes: &Bytes, ids: &mut TableIds<'_>, options: &ReadOptions) -> Opened {
    let at = At::file(&opened.path);
    let Sent { formulas, sheets } = match ask_child(bytes, options) {
        Ok(sent) => sent,
        Err(reason) => {
            let message = format!("the workbook cannot be read: {reason}");
            let help = "it may be damaged; open it in Excel and save it as .xlsx";
            return opened.refuse(Diagnostic::error("excel-legacy-unreadable", at, message, help));
        }
    };
    opened.diagnostics.extend(holds_formulas(&opened.path, formulas));
    let count = sheets.len();
    for sheet in sheets {
        let at = at.clone().sheet(Some(&sheet.name));
        opened.diagnostics.extend(maybe_cut(&at, u64::from(sheet.memory.last_row())));
        let head = sheet.memory.head();
        if head.is_empty() {
            continue;
        }
        let id = match ids.next(&opened.path) {
            Ok(id) => id,
            Err(diagnostic) => return opened.refuse(diagnostic),
        };
        let SentSheet { name, hidden, date1904, memory } = sheet;
        let (file, body) = (opened.path.clone(), Body::Memory(memory));
        opened.tables.push(Table { id, file, sheet: Some(name), hidden, date1904, head, body });
    }
    opened.note_workbook("xls/xlsb", count)
}

/// Starts a child, feeds it and listens; the reason if it fails.
fn ask_child(bytes: &Bytes, options: &ReadOptions) -> Result<Sent, String> {
    let mut content = Vec::new();
    let mut source = bytes.open().map_err(|error| error.to_string())?.take(LARGEST_FILE + 1);
    source.read_to_end(&mut content).map_err(|error| error.to_string())?;
    if content.len() as u64 > LARGEST_FILE {
        return Err(format!("it is larger than {LARGEST_FILE} bytes"));
    }
    let program = match &options.reader {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(|error| error.to_string())?,
    };
    let mut command = Command::new(program);
    command.arg(SUBCOMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|error| format!("the reading process cannot be started: {error}"))?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("the reading process cannot be talked to".to_owned());
    };
    let child = &Mutex::new(child);
    let (done, waiting) = mpsc::channel::<()>();
    let (heard, late) = std::thread::scope(|scope| {
        // A child that dies early does not take all; what it says counts. The input is closed at the end.
        scope.spawn(move || input.write_all(&content));
        let watch = scope.spawn(move || {
            let late = waiting.recv_timeout(TIME) == Err(mpsc::RecvTimeoutError::Timeout);
            if late { stop(child) } else { Ok(()) }.map(|()| late)
        });
        let heard = listen(&mut BufReader::new(output));
        drop(done);
        let late = watch.join().is_ok_and(|late| late.unwrap_or(true));
        // It has told everything, or nothing more of use; the feeding thread must not wait for it.
        stop(child).map(|()| (heard, late)).map_err(|error| error.to_string())
    })?;
    if late { Err(format!("it took longer than {} seconds", TIME.as_secs())) } else { heard }
}

/// Ends the child, if it still lives, and waits for its end.
fn stop(child: &Mutex<Child>) -> io::Result<()> {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    child.kill()?;
    child.wait().map(|_| ())
}

/// Hears what the child says, line by line, down to its last word.
fn listen(output: &mut impl BufRead) -> Result<Sent, String> {
    let mut sent = Sent::default();
    let mut size = 0;
    loop {
        let mut line = Vec::new();
        output.take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|error| error.to_string())?;
        let line = line.strip_suffix(b"\n").and_then(|line| std::str::from_utf8(line).ok());
        let Some(line) = line else {
            return Err("the reading process died before it had told everything".to_owned());
        };
        size += line.len();
        if size > LARGEST_TEXT {
            return Err(format!("its cells hold more than {LARGEST_TEXT} bytes"));
        }
        let parts: Vec<&str> = line.split('\t').collect();
        match parts.as_slice() {
            ["end"] => return Ok(sent),
            ["failed", reason] => return Err(shown(&unescape(reason))),
            ["formulas", count] => sent.formulas = count.parse().unwrap_or(u64::MAX),
            ["sheet", hidden, date1904, name] => sent.sheets.push(SentSheet {
                name: unescape(name),
                hidden: *hidden == "true",
                date1904: *date1904 == "true",
                memory: Memory::default(),
            }),
            [kind, rest @ ..] => {
                let taken = sent.sheets.last_mut().and_then(|sheet| take(sheet, kind, rest));
                taken.ok_or_else(|| format!("its cells make no sense at {}", shown(line)))?;
            }
            [] => {}
        }
    }
}

/// Takes a cell or a merge; `None` if it is none, or out of order.
fn take(sheet: &mut SentSheet, kind: &str, rest: &[&str]) -> Option<()> {
    let number = |text: &str| text.parse::<u32>().ok();
    if let ("merge", [a, b, c, d]) = (kind, rest) {
        sheet.memory.merges.push(Merge(number(a)?, number(b)?, number(c)?, number(d)?));
        return Some(());
    }
    let [row, column, text] = rest else { return None };
    let (row, column, text) = (number(row)?, number(column)?, unescape(text));
    let known = [Unusable::Error, Unusable::NoResult, Unusable::LongNumber, Unusable::BadNumber, Unusable::BadDate];
    let value = match kind {
        "text" => Value::Text(&text),
        "number" => Value::Number(&text),
        _ => Value::Unusable(*known.iter().find(|why| name_of(**why) == kind)?, &text),
    };
    let bounds = (1..=MOST_ROWS).contains(&row) && column < MOST_COLUMNS;
    (bounds && sheet.memory.push(row, column, value)).then_some(())
}

const fn name_of(why: Unusable) -> &'static str {
    match why {
        Unusable::Error => "error",
        Unusable::NoResult => "no-result",
        Unusable::LongNumber => "long-number",
        Unusable::BadNumber => "bad-number",
        Unusable::BadDate => "bad-date",
    }
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n")
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, if character == '\\' { characters.next() } else { None }) {
            (_, Some('t')) => out.push('\t'),
            (_, Some('n')) => out.push('\n'),
            (character, _) => out.push(character),
        }
    }
    out
}

/// Returns the child's whole life: limits itself, reads a workbook from its standard
/// input, says what it holds on its standard output. `main` calls it under
/// [`SUBCOMMAND`] before anything else.
#[must_use]
pub fn child_main() -> ExitCode {
    let limit = |most| Rlimit { current: Some(most), maximum: Some(most) };
    let limited = setrlimit(Resource::As, limit(MEMORY)).and_then(|()| setrlimit(Resource::Core, limit(0)));
    let mut content = Vec::new();
    if limited.is_err() || io::stdin().lock().read_to_end(&mut content).is_err() {
        return ExitCode::FAILURE;
    }
    match tell(content, &mut BufWriter::new(io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Says what a workbook holds.
fn tell(content: Vec<u8>, out: &mut impl Write) -> io::Result<()> {
    let told = if content.starts_with(b"PK") { tell_xlsb(content, out)? } else { tell_xls(content, out)? };
    match told {
        Ok(()) => writeln!(out, "end")?,
        Err(reason) => writeln!(out, "failed\t{}", escape(&reason))?,
    }
    out.flush()
}

/// Within: what is wrong with the workbook. Without: with the pipe.
type Told = io::Result<Result<(), String>>;

fn tell_xls(content: Vec<u8>, out: &mut impl Write) -> Told {
    let (content, told) = match xls_streams::root_workbook(content) {
        Ok(Some(found)) => found,
        Ok(None) => return Ok(Err("its container holds no workbook".to_owned())),
        Err(error) => return failed(&error),
    };
    if let Some(reason) = told.refused() {
        return Ok(Err(reason.to_owned()));
    }
    writeln!(out, "formulas\t{}", told.count)?;
    let mut workbook = match Xls::new(Cursor::new(content)) {
        Ok(workbook) => workbook,
        Err(error) => return failed(&error),
    };
    let date1904 = workbook.has_1904_epoch();
    for sheet in worksheets(workbook.sheets_metadata()) {
        tell_sheet(&sheet, date1904, out)?;
        #[allow(deprecated, reason = "the form that replaces it looks the sheet up by the same name")]
        for area in workbook.worksheet_merge_cells(&sheet.name).unwrap_or_default() {
            tell_merge(area, out)?;
        }
        let range = match workbook.worksheet_range(&sheet.name) {
            Ok(range) => range,
            Err(error) => return failed(&error),
        };
        let Some((first_row, first_column)) = range.start() else { continue };
        for (row, column, data) in range.used_cells() {
            let column = u32::try_from(column).map_or(u32::MAX, |column| column.saturating_add(first_column));
            let row = u32::try_from(row).map_or(u32::MAX, |row| row.saturating_add(first_row));
            tell_cell((row, column), &borrowed(data), date1904, out)?;
        }
    }
    Ok(Ok(()))
}

fn tell_xlsb(content: Vec<u8>, out: &mut impl Write) -> Told {
    let (content, told) = match xlsb_records::whole(content) {
        Ok(whole) => whole,
        Err(error) => return failed(&error),
    };
    if let Some(reason) = told.refused() {
        return Ok(Err(reason.to_owned()));
    }
    writeln!(out, "formulas\t{}", told.count)?;
    let mut workbook = match Xlsb::new(Cursor::new(content)) {
        Ok(workbook) => workbook,
        Err(error) => return failed(&error),
    };
    let date1904 = workbook.has_1904_epoch();
    for sheet in worksheets(workbook.sheets_metadata()) {
        tell_sheet(&sheet, date1904, out)?;
        let mut cells = match workbook.worksheet_cells_reader(&sheet.name) {
            Ok(cells) => cells,
            Err(error) => return failed(&error),
        };
        loop {
            match cells.next_cell() {
                Ok(Some(cell)) => tell_cell(cell.get_position(), cell.get_value(), date1904, out)?,
                Ok(None) => break,
                Err(error) => return failed(&error),
            }
        }
    }
    Ok(Ok(()))
}

#[allow(clippy::unnecessary_wraps, reason = "the shape in which the callers return it")]
fn failed(error: &impl Display) -> Told {
    // The reader speaks of records and streams; two things matter here.
    let password = error.to_string().to_lowercase().contains("password");
    Ok(Err(if password {
        "it is protected by a password"
    } else {
        "its contents are damaged, or not what Excel writes"
    }
    .to_owned()))
}

fn worksheets(sheets: &[Sheet]) -> Vec<Sheet> {
    sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).cloned().collect()
}

fn tell_sheet(sheet: &Sheet, date1904: bool, out: &mut impl Write) -> io::Result<()> {
    let hidden = sheet.visible != SheetVisible::Visible;
    writeln!(out, "sheet\t{hidden}\t{date1904}\t{}", escape(&sheet.name))
}

fn tell_merge(area: Dimensions, out: &mut impl Write) -> io::Result<()> {
    let ((first_row, first_column), (last_row, last_column)) = (area.start, area.end);
    writeln!(
        out,
        "merge\t{}\t{first_column}\t{}\t{last_column}",
        first_row.saturating_add(1),
        last_row.saturating_add(1)
    )
}

fn tell_cell((row, column): (u32, u32), data: &DataRef<'_>, date1904: bool, out: &mut impl Write) -> io::Result<()> {
    let mut text = String::new();
    let (kind, text) = match value_of(data, false, date1904, &mut text) {
        Value::Text("") => return Ok(()),
        Value::Text(text) => ("text", text),
        Value::Number(text) => ("number", text),
        Value::Unusable(why, text) => (name_of(why), text),
    };
    writeln!(out, "{kind}\t{}\t{column}\t{}", row.saturating_add(1), escape(text))
}

fn borrowed(data: &Data) -> DataRef<'_> {
    match data {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(truth) => DataRef::Bool(*truth),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

#[cfg(test)]
#[path = "xls_tests.rs"]
mod tests;
