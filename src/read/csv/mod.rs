//! CSV: our own strict reader. What other readers mend in silence (an open
//! quote, a short row, text behind a quote) is refused here with its place.
//!
//! A file is never held whole: it is read in blocks that are cut between
//! records and folded side by side.

mod blocks;
mod dialect;
mod fast_path;
mod row_template;
mod scan;
mod streaming_checks;

use super::encoding::{Decoding, Text, TextFault, survey};
use super::row_buffer::Batch;
use super::source::{Bytes, unreadable};
use super::table::{Alike, Body, Reading, Used, Wanted, Width, refused};
use super::{HEAD_ROWS, HeadRow, Opened, ReadOptions, Row, Table, TableIds};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use blocks::{Block, BlockFault, Blocks};
use dialect::Dialect;
use rayon::prelude::*;
use scan::{Fault, FaultKind, LONGEST_FIELD, MOST_COLUMNS, Record, Scanner};
use std::sync::Arc;
use streaming_checks::LateText;

/// So many blocks are folded side by side at most, whatever the number of threads.
const MOST_AT_ONCE: usize = 8;
/// So many findings are told of one table; a file that is wrong throughout is
/// understood by then.
const MOST_FINDINGS: usize = 20;
/// So much of the text decides on the delimiter.
const SAMPLE: usize = 256 << 10;
/// Exports stop at these numbers of rows, which are the limits of Excel.
const CUT_AT: [u64; 2] = [65_536, 1_048_576];

/// A CSV file that was surveyed and can be read.
#[derive(Debug)]
pub(super) struct Csv {
    bytes: Bytes,
    decoding: Decoding,
    dialect: Dialect,
    /// Of a file that was not read to its end yet: what is told when it was.
    late: Option<Arc<LateText>>,
}

/// Reads a CSV file: one table.
pub(super) fn open(path: &str, bytes: &Bytes, ids: &mut TableIds<'_>, options: &ReadOptions) -> Opened {
    let mut opened = Opened::of(path);
    if options.late
        && let Some(late) = LateText::of(path, bytes, options.encoding)
        && let Ok((csv, head)) = Csv::read(&At::file(path), bytes, late.decoding())
    {
        let (dialect, late) = (csv.dialect.name(), Arc::new(late));
        opened.read_as = format!("csv, {}, {dialect}", late.decoding().name());
        opened.late = Some(late.clone());
        return with_table(opened, path, ids, head, Csv { late: Some(late), ..csv });
    }
    let survey = match survey(path, bytes, options.encoding, options.sha256) {
        Ok(survey) => survey,
        Err(diagnostic) => return opened.refuse(diagnostic),
    };
    opened.digests.clone_from(&survey.digests);
    let decoding = match survey.decoding {
        Ok(decoding) => decoding,
        Err(diagnostic) => return opened.refuse(diagnostic),
    };
    let (csv, head) = match Csv::read(&At::file(path), bytes, decoding) {
        Ok(read) => read,
        Err(diagnostic) => return opened.refuse(diagnostic),
    };
    opened.read_as = format!("csv, {}, {}", decoding.name(), csv.dialect.name());
    opened.diagnostics.extend(super::maybe_cut(&At::file(path), survey.lines));
    with_table(opened, path, ids, head, csv)
}

fn with_table(mut opened: Opened, path: &str, ids: &mut TableIds<'_>, head: Vec<HeadRow>, csv: Csv) -> Opened {
    match ids.next(path) {
        Ok(id) => opened.tables.push(Table {
            id,
            file: path.to_owned(),
            sheet: None,
            hidden: false,
            date1904: false,
            head,
            body: Body::Csv(csv),
        }),
        Err(diagnostic) => return opened.refuse(diagnostic),
    }
    opened
}

/// Returns true if a number of rows is one at which exports stop.
pub(super) fn is_cut_at(rows: u64) -> bool {
    CUT_AT.contains(&rows)
}

impl Csv {
    /// Finds the delimiter and reads the first rows.
    pub(super) fn read(at: &At, bytes: &Bytes, decoding: Decoding) -> Result<(Self, Vec<HeadRow>), Diagnostic> {
        let csv = Self::detect(bytes, decoding).map_err(|fault| csv_fault(at, &BlockFault::Text(fault)))?;
        let head = csv.head().map_err(|fault| csv_fault(at, &fault))?;
        if head.is_empty() {
            let help = "export it again; if the period has no usage, take the file away";
            return Err(Diagnostic::error("table-blank", at.clone(), "the file holds no row of text", help));
        }
        Ok((csv, head))
    }

    fn detect(bytes: &Bytes, decoding: Decoding) -> Result<Self, TextFault> {
        let mut start = Vec::new();
        Text::open(bytes, decoding).map_err(TextFault::Io)?.fill(&mut start, SAMPLE)?;
        let text = start.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        Ok(Self { bytes: bytes.clone(), decoding, dialect: Dialect::detect(text), late: None })
    }

    /// Returns how the bytes are decoded, as far as it is known.
    fn decoding(&self) -> Decoding {
        self.late.as_ref().map_or(self.decoding, |late| late.decoding())
    }

    /// See [`Table::fold_alike`].
    pub(super) fn fold_alike<A: Send, Q, L, S, I>(
        &self,
        used: &Used<'_>,
        width: Width,
        reading: &Reading<'_, Q, L, S, I>,
        absorb: impl FnMut(&mut A) + Send,
    ) -> bool
    where
        Q: Fn(&mut A, &Alike<'_>) -> bool + Sync,
        L: Fn(&mut A, usize) + Sync,
        S: Fn(&mut A, Row<'_>) + Sync,
        I: Fn() -> A + Sync,
    {
        if self.decoding().encoding != super::Encoding::Utf8 {
            return false;
        }
        let hashed = self.late.as_ref().is_some_and(|late| !late.is_told());
        let Some(told) = fast_path::fold(self, used, width, reading, hashed, absorb) else { return false };
        if let (Some(late), Some(blake3)) = (&self.late, told.blake3) {
            late.tell(blake3, told.lines);
        }
        true
    }

    fn scanner<'a>(&self, block: &'a Block) -> Scanner<'a> {
        Scanner::new(&block.text, block.line, self.dialect.delimiter)
    }

    fn head(&self) -> Result<Vec<HeadRow>, BlockFault> {
        let mut blocks = Blocks::open(self)?;
        let mut head = Vec::new();
        while let Some(block) = blocks.next()? {
            let mut scanner = self.scanner(&block);
            while head.len() < HEAD_ROWS {
                let Some((record, cells)) = whole(&mut scanner, &block).map_err(|fault| quote(fault, &block))? else {
                    break;
                };
                if !record.blank {
                    head.push(HeadRow { number: record.line, cells });
                }
            }
            if head.len() == HEAD_ROWS {
                break;
            }
        }
        Ok(head)
    }

    /// See [`Table::row`].
    pub(super) fn row(&self, number: u32) -> Option<Vec<String>> {
        let mut blocks = Blocks::open(self).ok()?;
        let mut block = blocks.next().ok()??;
        while let Some(next) = blocks.next().ok()? {
            if next.line > number {
                break;
            }
            block = next;
        }
        let mut scanner = self.scanner(&block);
        while let Some((record, cells)) = whole(&mut scanner, &block).ok()? {
            if record.line == number {
                return Some(cells);
            }
        }
        None
    }

    /// See [`Table::fold`].
    pub(super) fn fold<A: Send>(
        &self,
        used: &Used<'_>,
        width: Width,
        init: impl Fn() -> A + Sync,
        step: impl Fn(&mut A, Row<'_>) + Sync,
    ) -> Result<Vec<A>, Diagnostics> {
        if let Some(late) = &self.late {
            late.survey().map_err(refused)?;
        }
        let at_once = rayon::current_num_threads().clamp(1, MOST_AT_ONCE);
        let mut blocks = Blocks::open(self).map_err(|fault| refused(csv_fault(used.at, &fault)))?;
        let (mut folded, mut findings) = (Vec::new(), Vec::new());
        let (mut group, mut fault) = blocks.group(at_once);
        while !group.is_empty() && findings.len() < MOST_FINDINGS {
            let fold = || {
                let pieces = group.par_iter().map(|block| self.fold_block(used, width, block, &init, &step));
                pieces.collect::<Vec<_>>()
            };
            // A file is not read beyond its first fault.
            let ahead = || if fault.is_some() { (Vec::new(), None) } else { blocks.group(at_once) };
            let (pieces, next) = rayon::join(fold, ahead);
            for piece in pieces {
                match piece {
                    Ok(state) => folded.push(state),
                    Err(found) => findings.extend(found),
                }
            }
            group = next.0;
            fault = fault.or(next.1);
        }
        findings.extend(fault.map(|fault| csv_fault(used.at, &fault)));
        if findings.is_empty() {
            return Ok(folded);
        }
        findings.truncate(MOST_FINDINGS);
        Err(grouped(findings))
    }

    fn fold_block<A>(
        &self,
        used: &Used<'_>,
        width: Width,
        block: &Block,
        init: &impl Fn() -> A,
        step: &impl Fn(&mut A, Row<'_>),
    ) -> Result<A, Vec<Diagnostic>> {
        let (mut state, mut batch, mut findings) = (init(), Batch::default(), Vec::new());
        let mut scanner = self.scanner(block);
        let mut picked = Picked::new(used.columns);
        while findings.len() < MOST_FINDINGS {
            picked.clear();
            let (mut first, mut last) = (None, None);
            let see = |index, field: scan::Field| {
                first = first.or(Some(field));
                last = Some(field);
                picked.see(index, field);
            };
            let record = match scanner.record(see) {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(fault) => {
                    findings.push(csv_fault(used.at, &quote(fault, block)));
                    break;
                }
            };
            if record.blank || record.line <= used.header_row {
                continue;
            }
            let text = |field: Option<scan::Field>| field.map_or("", |field| &block.text[field.start..field.end]);
            let is_note = || record.fields < width.all && super::is_note(text(first));
            if !width.fits(record.fields, text(last).trim().is_empty()) && !is_note() {
                findings.push(wrong_width(used, width, record, &block.text[record.start..scanner.position()]));
                continue;
            }
            picked.hand_on(&block.text, &mut batch);
            batch.end_row(record.line);
            if batch.is_full() {
                batch.flush(&block.text, used.columns.len(), |row| step(&mut state, row));
            }
        }
        batch.flush(&block.text, used.columns.len(), |row| step(&mut state, row));
        if findings.is_empty() { Ok(state) } else { Err(findings) }
    }
}

/// The fields of a record that were asked for, in the order of the asking.
struct Picked {
    wanted: Wanted,
    fields: Vec<Option<scan::Field>>,
}

impl Picked {
    fn new(columns: &[usize]) -> Self {
        Self { wanted: Wanted::new(columns), fields: vec![None; columns.len()] }
    }

    fn clear(&mut self) {
        self.fields.fill(None);
    }

    fn see(&mut self, index: usize, field: scan::Field) {
        for place in self.wanted.places(index) {
            self.fields[*place] = Some(field);
        }
    }

    fn hand_on(&self, text: &str, batch: &mut Batch) {
        for field in &self.fields {
            match field {
                Some(field) if field.doubled => batch.write(false, |out| field.write(text, out)),
                Some(field) => batch.borrow(field.start, field.end),
                None => batch.write(false, |_| ()),
            }
        }
    }
}

/// Returns a record with all its fields.
fn whole(scanner: &mut Scanner<'_>, block: &Block) -> Result<Option<(Record, Vec<String>)>, Fault> {
    let mut cells = Vec::new();
    let record = scanner.record(|_, field| cells.push(field.to_string(&block.text)))?;
    Ok(record.map(|record| (record, cells)))
}

/// Returns a fault with the start of its record.
fn quote(fault: Fault, block: &Block) -> BlockFault {
    BlockFault::Record(fault, block.text[fault.start..].chars().take(200).collect())
}

/// Returns the findings, those that say the same once with their number.
fn grouped(findings: Vec<Diagnostic>) -> Diagnostics {
    let all = findings.len();
    let mut groups: Vec<(Diagnostic, usize)> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|(first, _)| (first.code, &first.message) == (finding.code, &finding.message)) {
            Some((_, count)) => *count += 1,
            None => groups.push((finding, 1)),
        }
    }
    let counted = |(mut first, count): (Diagnostic, usize)| {
        if count > 1 {
            let more = if all == MOST_FINDINGS { " or more" } else { "" };
            first.message = format!("{} ({count}{more} such rows, this is the first)", first.message);
        }
        first
    };
    groups.into_iter().map(counted).collect()
}

fn wrong_width(used: &Used<'_>, width: Width, record: Record, text: &str) -> Diagnostic {
    let (found, expected) = (record.fields, width.all);
    let message = format!(
        "the row has {found} fields, the header (row {}) has {expected}: it cannot be said which figure stands in which column",
        used.header_row
    );
    let help = if found > expected {
        "put fields that hold the delimiter into quotes; a figure such as 1,234.50 without quotes counts as two fields"
    } else {
        "the row may be cut, or a line break within a field is not in quotes: export the file again"
    };
    Diagnostic::error("csv-row-width", used.at.clone().row(record.line), message, help)
        .with_excerpt(shown(text.trim_end()))
}

fn csv_fault(at: &At, fault: &BlockFault) -> Diagnostic {
    let (fault, text) = match fault {
        BlockFault::Text(TextFault::Io(error)) => return unreadable(&at.file, error),
        BlockFault::Text(TextFault::Malformed(_)) => return super::changed(at),
        BlockFault::Record(fault, text) => (fault, text),
    };
    let (code, message, help) = explain(fault.kind);
    let at = at.clone().row(fault.line).column(fault.column);
    Diagnostic::error(code, at, message, help).with_excerpt(shown(text.lines().next().unwrap_or_default()))
}

fn explain(kind: FaultKind) -> (&'static str, String, &'static str) {
    match kind {
        FaultKind::OpenQuote => (
            "csv-open-quote",
            "a field starts with a quote that is never closed".to_owned(),
            "close the quote; a quote that belongs to the text is written twice, in a field that is in quotes",
        ),
        FaultKind::TextAfterQuote => (
            "csv-text-after-quote",
            "text follows the closing quote of a field, where the delimiter or the end of the line is expected"
                .to_owned(),
            "write a quote that belongs to the text twice: \"say \"\"yes\"\"\"",
        ),
        FaultKind::FieldTooLong => (
            "csv-field-too-long",
            format!("a field holds more than {LONGEST_FIELD} bytes"),
            "a quote may be missing; no field of an export is so long",
        ),
        FaultKind::TooManyColumns => (
            "csv-too-many-columns",
            format!("a row has more than {MOST_COLUMNS} fields"),
            "line ends may be missing: export the file again",
        ),
        FaultKind::RecordTooLong => (
            "csv-row-too-long",
            "a row holds more than 4 MiB".to_owned(),
            "line ends may be missing: export the file again",
        ),
        FaultKind::TooManyLines => {
            ("csv-too-many-rows", "the file has more than 4,294,967,295 lines".to_owned(), "split it")
        }
    }
}

#[cfg(test)]
mod tests;
