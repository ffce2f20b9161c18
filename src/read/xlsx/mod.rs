//! Workbooks: xlsx, streamed cell by cell. Declared dimensions are not
//! believed; every position is checked.

use super::archive_limits::Told;
use super::row_assembler::{Gather, Head, Merge, Value};
use super::row_buffer::Batch;
use super::table::{Body, Used, refused};
use super::{Late, Opened, Row, Table, TableIds, csv, maybe_cut};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::read::xlsx::validated_archive::{Checks, Unpacked, Unpacking};
use crate::read::xlsx::value::value_of;
use calamine::{DataRef, Reader, Sheet as SheetInfo, SheetType, SheetVisible, Xlsx, XlsxError};
use std::io::BufReader;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

type Workbook = Xlsx<BufReader<Unpacking>>;

/// So many batches of rows may wait to be folded.
const WAITING: usize = 8;
/// The buffer before the reader of workbooks; of a sheet that asks for more at once, which goes past it.
const BUFFER: usize = 4 << 10;
const MOST_ROWS: u32 = 1_048_576;
const MOST_COLUMNS: u32 = 16_384;

/// A sheet of a workbook.
#[derive(Debug)]
pub(super) struct Sheet {
    book: Arc<Unpacked>,
    name: String,
    date1904: bool,
    /// True if the workbook asks that its formulas be calculated: a result 0 may then be none.
    uncalculated: bool,
}

/// A workbook, some sheets of which may be checked only when they are read.
#[derive(Debug)]
struct Book {
    path: String,
    sheets: Vec<String>,
    unpacked: Arc<Unpacked>,
}

/// Reads a workbook: a table for each sheet that holds something.
pub(super) fn open(mut opened: Opened, ids: &mut TableIds<'_>, book: &Arc<Unpacked>) -> Opened {
    let at = At::file(&opened.path);
    // What is wrong is said by the guard, if it knows.
    let refused = |why: Diagnostic| book.finish().err().unwrap_or(why);
    let mut workbook = match open_workbook(book, false) {
        Ok((workbook, _)) => workbook,
        Err(error) => return opened.refuse(refused(unreadable(&at, &error))),
    };
    let sheets: Vec<SheetInfo> = workbook.sheets_metadata().to_vec();
    let uncalculated = book.told().is_ok_and(|told| told.iter().any(|part| part.uncalculated));
    for sheet in sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet) {
        let at = at.clone().sheet(Some(&sheet.name));
        let head = match head(&mut workbook, &at, &sheet.name) {
            Ok(head) if head.is_empty() => continue,
            Ok(head) => head,
            Err(why) => return opened.refuse(refused(why)),
        };
        let date1904 = workbook.has_1904_epoch();
        match ids.next(&opened.path) {
            Ok(id) => opened.tables.push(Table {
                id,
                file: opened.path.clone(),
                sheet: Some(sheet.name.clone()),
                hidden: sheet.visible != SheetVisible::Visible,
                date1904,
                head,
                body: Body::Sheet(Sheet { book: Arc::clone(book), name: sheet.name.clone(), date1904, uncalculated }),
            }),
            Err(diagnostic) => return opened.refuse(diagnostic),
        }
    }
    let worksheets = opened.tables.iter().filter_map(|table| table.sheet.clone()).collect();
    opened.late = Some(Arc::new(Book { path: opened.path.clone(), sheets: worksheets, unpacked: Arc::clone(book) }));
    if book.is_told() {
        opened.finish();
    }
    opened.note_workbook("xlsx", sheets.len())
}

impl Late for Book {
    fn finish(&self, _: &mut String) -> Diagnostics {
        match self.unpacked.finish() {
            Ok(told) => self.findings(&told),
            Err(why) => refused(why),
        }
    }

    fn blake3(&self) -> Option<&str> {
        None
    }
}

impl Book {
    fn findings(&self, told: &[Told]) -> Diagnostics {
        let (mut found, at) = (Diagnostics::default(), At::file(&self.path));
        if told.iter().any(|sheet| csv::is_cut_at(sheet.rows)) {
            for sheet in &self.sheets {
                let at = at.clone().sheet(Some(sheet));
                let rows = last_row(&self.unpacked, sheet, &at);
                found.extend(maybe_cut(&at, u64::from(rows)));
            }
        }
        let hidden: Vec<&str> = told.iter().filter_map(|sheet| sheet.hidden.as_deref()).collect();
        if !hidden.is_empty() {
            let message = format!("hidden rows or columns: {}", hidden.join("; "));
            let help = "they are read like any other; an export hides none: somebody has worked on this file";
            found.push(Diagnostic::note("excel-hidden-rows", at, message, help));
        }
        found.extend(super::holds_formulas(&self.path, told.iter().map(|sheet| sheet.formulas).sum()));
        found
    }
}

/// Opens a workbook; with `whole` the sheets that are read are checked to their end.
fn open_workbook(book: &Arc<Unpacked>, whole: bool) -> Result<(Workbook, Arc<Checks>), XlsxError> {
    let reader = Unpacking::new(book, whole);
    let checks = reader.checks();
    Ok((Xlsx::new(BufReader::with_capacity(BUFFER, reader))?, checks))
}

fn head(workbook: &mut Workbook, at: &At, sheet: &str) -> Result<Vec<super::HeadRow>, Diagnostic> {
    let date1904 = workbook.has_1904_epoch();
    let mut head = Head::default();
    stream(workbook, sheet, at, false, |cell| {
        head.cell(cell.row, cell.column, cell.value(date1904, &mut String::new()))
    })?;
    Ok(head.finish())
}

/// Returns the last row with a cell; 0 where the sheet cannot be read, which reading it will say.
fn last_row(book: &Arc<Unpacked>, sheet: &str, at: &At) -> u32 {
    let mut last = 0;
    let read = open_workbook(book, false).map(|(mut workbook, _)| {
        stream(&mut workbook, sheet, at, false, |cell| {
            last = cell.row;
            true
        })
    });
    if matches!(read, Ok(Ok(()))) { last } else { 0 }
}

impl Sheet {
    /// See [`Table::fold`].
    pub(super) fn fold<A: Send>(
        &self,
        used: &Used<'_>,
        init: impl Fn() -> A + Sync,
        step: impl Fn(&mut A, Row<'_>) + Sync,
    ) -> Result<Vec<A>, Diagnostics> {
        // Formulas are asked for where there are any; mostly that is told last, and there are none.
        let formulas = |told: &[Told]| told.iter().any(|part| part.formulas > 0);
        let known = formulas(&self.book.told().map_err(refused)?);
        let (folded, told) = self.read(used, known, &init, &step)?;
        if known || !formulas(&told) {
            return Ok(vec![folded]);
        }
        Ok(vec![self.read(used, true, &init, &step)?.0])
    }

    /// Cells are read by one thread, rows folded by another.
    fn read<A: Send>(
        &self,
        used: &Used<'_>,
        formulas: bool,
        init: &(impl Fn() -> A + Sync),
        step: &(impl Fn(&mut A, Row<'_>) + Sync),
    ) -> Result<(A, Vec<Told>), Diagnostics> {
        thread::scope(|scope| {
            let (send, batches) = sync_channel::<Batch>(WAITING);
            let folding = scope.spawn(|| {
                let mut state = init();
                for mut batch in batches {
                    batch.flush("", used.columns.len(), |row| step(&mut state, row));
                }
                state
            });
            let told = self.gather(used, formulas, |batch| {
                // Nobody listens only after a panic, which is passed on below.
                let _ = send.send(std::mem::take(batch));
            });
            drop(send);
            let folded = folding.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            told.map(|told| (folded, told))
        })
    }

    fn gather(
        &self,
        used: &Used<'_>,
        formulas: bool,
        hand_on: impl FnMut(&mut Batch),
    ) -> Result<Vec<Told>, Diagnostics> {
        let (mut workbook, checks) =
            open_workbook(&self.book, true).map_err(|error| refused(unreadable(used.at, &error)))?;
        let mut gather = Gather::new(used, hand_on);
        let mut text = String::new();
        let streamed = stream(&mut workbook, &self.name, used.at, formulas, |cell| {
            let wanted = gather.wants(cell.row, cell.column);
            let value = match cell.data {
                DataRef::Int(_) | DataRef::Float(_) if wanted && self.uncalculated && cell.formula => {
                    cell.value(self.date1904, &mut text).calculated()
                }
                _ if wanted => cell.value(self.date1904, &mut text),
                _ => cell.presence(),
            };
            gather.cell(cell.row, cell.column, value)
        });
        drop(workbook);
        checks.wait();
        // What the guard refuses counts before what its reader makes of it.
        let told = self.book.told().map_err(refused)?;
        if let Err(diagnostic) = streamed {
            gather.find(diagnostic);
        }
        let merges = if told.iter().any(|sheet| sheet.merges > 0) { self.merges(used.at)? } else { Vec::new() };
        gather.finish(&merges).map(|()| told)
    }

    fn merges(&self, at: &At) -> Result<Vec<Merge>, Diagnostics> {
        let read = open_workbook(&self.book, false)
            .and_then(|(mut workbook, _)| workbook.merge_cells_by_sheet_name(&self.name));
        let merges = read.map_err(|error| refused(unreadable(at, &error)))?;
        let rows_from_1 = |row: u32| row.saturating_add(1);
        let merge = |area: &calamine::Dimensions| {
            Merge(rows_from_1(area.start.0), area.start.1, rows_from_1(area.end.0), area.end.1)
        };
        Ok(merges.iter().map(merge).collect())
    }

    /// See [`Table::row`].
    pub(super) fn row(&self, at: &At, number: u32) -> Option<Vec<String>> {
        let (mut workbook, _) = open_workbook(&self.book, false).ok()?;
        let mut cells = Vec::new();
        let mut text = String::new();
        let streamed = stream(&mut workbook, &self.name, at, false, |cell| {
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
    data: &'a DataRef<'a>,
    formula: bool,
}

/// Shows the cells of a sheet in order, until the visitor has enough. Without
/// `formulas` a cell does not know that it has one, which is faster.
fn stream(
    workbook: &mut Workbook,
    sheet: &str,
    at: &At,
    formulas: bool,
    mut visit: impl FnMut(&RawCell<'_>) -> bool,
) -> Result<(), Diagnostic> {
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(|error| unreadable(at, &error))?;
    let mut order = Order { at, last: None };
    loop {
        let more = if formulas {
            let next = reader.next_cell_with_formula_metadata();
            let Some(cell) = next.map_err(|error| unreadable(&order.near(), &error))? else { return Ok(()) };
            visit(&order.next(cell.pos, &cell.value, cell.formula.is_some())?)
        } else {
            let next = reader.next_cell();
            let Some(cell) = next.map_err(|error| unreadable(&order.near(), &error))? else { return Ok(()) };
            visit(&order.next(cell.get_position(), cell.get_value(), false)?)
        };
        if !more {
            return Ok(());
        }
    }
}

/// The cells of a sheet, each behind the one before.
struct Order<'a> {
    at: &'a At,
    last: Option<(u32, u32)>,
}

impl Order<'_> {
    /// Returns the last cell, if there was one.
    fn near(&self) -> At {
        self.last.map_or(self.at.clone(), |(row, column)| self.at.clone().row(row + 1).column(column as usize))
    }

    fn next<'c>(
        &mut self,
        position: (u32, u32),
        data: &'c DataRef<'c>,
        formula: bool,
    ) -> Result<RawCell<'c>, Diagnostic> {
        let (row, column) = position;
        if row >= MOST_ROWS || column >= MOST_COLUMNS {
            let message = format!("a cell stands in row {} and column {}", u64::from(row) + 1, u64::from(column) + 1);
            let help =
                format!("a sheet has at most {MOST_ROWS} rows and {MOST_COLUMNS} columns: export the file again");
            return Err(Diagnostic::error("excel-bounds", self.near(), message, help));
        }
        if self.last.is_some_and(|last| last >= position) {
            let here = self.at.clone().row(row + 1).column(column as usize);
            let message = "the cell stands behind one that should follow it, or a second time";
            let help = "open the workbook in Excel and save it again";
            return Err(Diagnostic::error("excel-order", here, message, help));
        }
        self.last = Some(position);
        Ok(RawCell { row: row + 1, column, data, formula })
    }
}

impl RawCell<'_> {
    /// Its value as text, written to `text` where it does not lie ready.
    fn value<'t>(&'t self, date1904: bool, text: &'t mut String) -> Value<'t> {
        text.clear();
        value_of(self.data, self.formula, date1904, text)
    }

    /// Returns true if it holds something, for cells that are not asked for.
    fn presence(&self) -> Value<'_> {
        match self.data {
            DataRef::String(text) => Value::Text(text),
            DataRef::SharedString(text) => Value::Text(text),
            DataRef::Empty if !self.formula => Value::Text(""),
            _ => Value::Text("present"),
        }
    }
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

mod part_repair;
pub mod sheet_xml_check;
#[cfg(test)]
mod tests;
pub mod validated_archive;
pub mod value;
mod zip_layout;
