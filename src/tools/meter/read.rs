//! A file of call records becomes [`Calls`].

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use super::cells::{self, Fault};
use super::findings::Findings;
use super::record::{CallRecord, Source, Streams};
use crate::digest::Digests;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::normalise::header::{Header, Layout, Recognised, recognise};
use crate::normalise::text::is_missing;
use crate::read::{self, Cell, InputFile, ReadOptions, Row, Table};

/// The contents of a file of call records.
#[derive(Debug, Default)]
pub struct Calls {
    /// The rows that last at least a second, in the order of the file.
    pub records: Vec<CallRecord>,
    /// Where they were read.
    pub source: Source,
    /// The number of rows under the header.
    pub rows: u64,
    /// Rows whose start is their end: nothing ran.
    pub empty: u64,
    /// The format that the file was read as, for people: `csv, UTF-8, comma`.
    pub read_as: String,
    /// The digests of the file.
    pub digests: Digests,
    /// The diagnostics of the file; with an error among them the records are not whole.
    pub findings: Diagnostics,
}

static LAYOUT: LazyLock<Vec<Layout>> = LazyLock::new(|| Layout::load(include_str!("calls.toml")));

/// Reads a file of call records.
#[must_use]
pub fn read(path: &Path, options: &ReadOptions) -> Calls {
    let file = InputFile { path: path.display().to_string(), location: path.to_owned() };
    let mut calls = Calls::default();
    let mut tables = Vec::new();
    for opened in read::open(&file, &mut 0, options) {
        if calls.digests.blake3.is_empty() {
            (calls.digests, calls.read_as) = (opened.digests, opened.read_as);
        }
        calls.findings.extend(opened.diagnostics);
        tables.extend(opened.tables);
    }
    if calls.findings.has_errors() {
        return calls;
    }
    match the_table(&tables, &file.path) {
        Ok((table, header)) => calls.take(table, &header),
        Err(diagnostic) => calls.findings.push(*diagnostic),
    }
    calls
}

/// Returns the one table that holds call records, and its header.
fn the_table<'a>(tables: &'a [Table], file: &str) -> Result<(&'a Table, Header<'static>), Box<Diagnostic>> {
    let mut found = Vec::new();
    let mut nearly = None;
    for table in tables {
        match recognise(table, &LAYOUT) {
            Recognised::As(header) => found.push((table, header)),
            Recognised::Incomplete(diagnostic) => nearly = nearly.or(Some(diagnostic)),
            Recognised::Nothing => {}
        }
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(nearly.unwrap_or_else(|| {
            let message = "no header of call records was found";
            let help = "Its columns are: sdk_app_id, room_id, actor_id, activity, start, end, streams; output, \
                        copies and kbps may follow.";
            Box::new(Diagnostic::error("meter-layout", At::file(file), message, help))
        })),
        (Some(_), false) => {
            let message = "more than one table of call records was found";
            let help = "Meter one table at a time: rows of different tables are not held against each other.";
            Err(Box::new(Diagnostic::error("meter-layout", At::file(file), message, help)))
        }
    }
}

impl Calls {
    fn take(&mut self, table: &Table, header: &Header<'_>) {
        self.source = Source { table: table.at(), streams: header.column("streams") };
        self.findings.extend(header.unknown_columns(table));
        let reader = Reader::new(table, header);
        match table.fold(header.row, &header.columns(), Piece::default, |piece, row| reader.row(piece, row)) {
            Ok(pieces) => self.join(pieces),
            Err(diagnostics) => self.findings.extend(diagnostics),
        }
    }

    /// Joins the pieces of the file, with one number for each name.
    fn join(&mut self, pieces: Vec<Piece>) {
        self.records.reserve_exact(pieces.iter().map(|piece| piece.records.len()).sum());
        let mut names = Names::default();
        let mut refused = Findings::default();
        let mut with_point = 0;
        for piece in pieces {
            let numbers: Vec<u32> = piece.names.in_order().into_iter().map(|name| names.own(name)).collect();
            self.records.extend(piece.records.into_iter().map(|record| CallRecord {
                room: numbers[record.room as usize],
                actor: numbers[record.actor as usize],
                ..record
            }));
            self.rows += piece.rows;
            self.empty += piece.empty;
            with_point += piece.with_point;
            refused.append(piece.refused);
        }
        self.findings.extend(refused.told());
        self.remark(with_point);
    }

    fn remark(&mut self, with_point: u64) {
        let mut warn = |code, message: String, help: &str| {
            self.findings.push(Diagnostic::warning(code, self.source.table.clone(), message, help));
        };
        if with_point > 0 {
            let message = format!("in {with_point} rows the SDKAppID stands as a number with a decimal point");
            warn(
                "meter-app-with-point",
                message,
                "It is taken. A spreadsheet may have changed the file: store ids as text.",
            );
        }
        if self.empty > 0 {
            let message = format!("{} rows start and end in the same second: nothing ran", self.empty);
            warn(
                "meter-no-time",
                message,
                "They are left out. If times were cut to the minute, export them to the second.",
            );
        }
        if self.rows == 0 {
            let message = "there is no row under the header".to_owned();
            warn("meter-no-rows", message, "The usage is empty. Export the records again if there were calls.");
        }
    }
}

/// The contents of one piece of the file.
#[derive(Default)]
struct Piece {
    records: Vec<CallRecord>,
    names: Names,
    /// Each distinct text of streams, read once.
    streams: HashMap<Box<str>, Result<Arc<Streams>, Fault>>,
    refused: Findings,
    rows: u64,
    empty: u64,
    with_point: u64,
}

/// Names as numbers.
#[derive(Default)]
struct Names(HashMap<Box<str>, u32>);

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        match self.0.get(name) {
            Some(number) => *number,
            None => self.own(name.into()),
        }
    }

    fn own(&mut self, name: Box<str>) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or_else(|_| unreachable!("a file has fewer lines"));
        *self.0.entry(name).or_insert(next)
    }

    /// The names, by their numbers.
    fn in_order(self) -> Vec<Box<str>> {
        let mut names: Vec<_> = self.0.into_iter().collect();
        names.sort_unstable_by_key(|(_, number)| *number);
        names.into_iter().map(|(name, _)| name).collect()
    }
}

/// Reads rows under one header.
struct Reader<'a> {
    table: &'a Table,
    header: &'a Header<'a>,
    app: usize,
    room: usize,
    actor: usize,
    activity: usize,
    start: usize,
    end: usize,
    streams: usize,
    output: Option<usize>,
    copies: Option<usize>,
    kbps: Option<usize>,
}

impl<'a> Reader<'a> {
    fn new(table: &'a Table, header: &'a Header<'a>) -> Self {
        let required = |field| header.slot(field).unwrap_or_else(|| unreachable!("a header lacks nothing required"));
        Self {
            table,
            header,
            app: required("app"),
            room: required("room"),
            actor: required("actor"),
            activity: required("activity"),
            start: required("start"),
            end: required("end"),
            streams: required("streams"),
            output: header.slot("output"),
            copies: header.slot("copies"),
            kbps: header.slot("kbps"),
        }
    }

    fn row(&self, piece: &mut Piece, row: Row<'_>) {
        piece.rows += 1;
        match self.record(piece, row) {
            Ok(record) if record.span.from == record.span.until => piece.empty += 1,
            Ok(record) => piece.records.push(record),
            Err(fault) => piece.refused.add(|| self.refusal(row, fault)),
        }
    }

    fn record(&self, piece: &mut Piece, row: Row<'_>) -> Result<CallRecord, Fault> {
        const NOTHING: Cell<'_> = Cell { text: "", numeric: false };
        let cell = |slot: usize| row.cells[slot];
        let perhaps = |slot: Option<usize>| slot.map_or(NOTHING, cell);
        let (app, with_point) = cells::app(cell(self.app))?;
        let room = cells::name(cell(self.room), "room", "room")?;
        let actor = cells::name(cell(self.actor), "actor", "actor")?;
        let activity = cells::activity(cell(self.activity))?;
        let span = cells::span(cell(self.start), cell(self.end), self.table.date1904)?;
        let streams = piece.streams(cell(self.streams).text)?;
        let output = cells::output(perhaps(self.output), activity)?;
        let copies = cells::copies(perhaps(self.copies), activity)?;
        let kbps = cells::kbps(perhaps(self.kbps), activity)?;
        piece.with_point += u64::from(with_point);
        let (room, actor) = (piece.names.number(room), piece.names.number(actor));
        Ok(CallRecord { app, room, actor, activity, span, streams, output, copies, kbps, row: row.number })
    }

    fn refusal(&self, row: Row<'_>, fault: Fault) -> Diagnostic {
        let at = At { column: self.header.column(fault.field), ..self.table.at().row(row.number) };
        let mut cells: Vec<_> = self.header.columns().into_iter().zip(row.cells).collect();
        cells.sort_unstable_by_key(|(column, _)| *column);
        let text: Vec<&str> = cells.iter().map(|(_, cell)| cell.text).collect();
        Diagnostic::error(fault.code, at, fault.message, fault.help).with_excerpt(shown(&text.join(",")))
    }
}

impl Piece {
    fn streams(&mut self, text: &str) -> Result<Arc<Streams>, Fault> {
        if let Some(known) = self.streams.get(text) {
            return known.clone();
        }
        let read = if is_missing(text) { Ok(Streams::default()) } else { Streams::parse(text) };
        let read = read.map(Arc::new).map_err(|part| cells::not_streams(text, part));
        self.streams.insert(text.into(), read.clone());
        read
    }
}
