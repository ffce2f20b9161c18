//! 1 READ: a file becomes tables of text cells with row numbers.
//!
//! Owns containers and encodings: CSV, xlsx, xls, JSON, Parquet, zip; the guard through which
//! a workbook is unpacked; strict decoding. Knows nothing of billing: which
//! table is which, and what a text means, is for [`crate::normalise`].

#![allow(clippy::result_large_err, reason = "a finding is made once per file and handed on a few times")]

mod archive_limits;
mod csv;
mod deferred;
mod encoding;
mod file_fingerprint;
mod json;
mod memory_table;
mod overlay;
#[cfg(feature = "polars")]
mod parquet;
#[cfg(feature = "polars")]
mod parquet_column;
mod row_assembler;
mod row_buffer;
mod sniff;
mod source;
mod source_locations;
mod table;
mod workbook;
pub mod xls;
mod xls_streams;
mod xlsb_records;
mod xlsx;
mod zip_file;

pub use deferred::Late;
pub use file_fingerprint::Identity;
pub use json::{AllPages, Announced};
pub use source_locations::Places;
pub use table::{Alike, Reading, Table};

use crate::digest::Digests;
use crate::model::TableRef;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use source::Bytes;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So many rows that are not blank are kept in [`Table::head`].
pub const HEAD_ROWS: usize = 40;

/// The endings of the vendor's downloads, and of Parquet, in which others keep usage.
pub const ENDINGS: [&str; 11] = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "xlsb", "et", "json", "parquet", "zip"];

/// Every code that reading may give, and what it means.
pub const CODES: &[(&str, &str)] = &[
    ("csv-field-too-long", "a field of more than 1 MiB"),
    ("csv-open-quote", "a quote that is never closed"),
    ("csv-row-too-long", "a row of more than 4 MiB"),
    ("csv-row-width", "a row with more or fewer fields than the header"),
    ("csv-text-after-quote", "text between a closing quote and the delimiter"),
    ("csv-too-many-columns", "a row of more than 4,096 fields"),
    ("csv-too-many-rows", "more lines than can be numbered"),
    ("encoding-invalid", "bytes that the encoding does not know"),
    ("encoding-mixed", "good UTF-8 with other bytes among it"),
    ("excel-bad-date", "a serial number in a date cell that is no date"),
    ("excel-bad-number", "a number cell that holds no number"),
    ("excel-bounds", "a cell beyond the last row or column of Excel"),
    ("excel-encrypted", "a workbook with a password"),
    ("excel-error-cell", "#REF! and its like in a column that is used"),
    ("excel-formula-no-value", "a formula without its result in a column that is used"),
    ("excel-formulas", "warning: a workbook that holds formulas"),
    ("excel-hidden-rows", "note: hidden rows or columns, which are read like any other"),
    ("excel-hidden-sheet", "note: a hidden sheet"),
    ("excel-legacy-unreadable", "an .xls or .xlsb that its reader cannot read"),
    ("excel-lock-file", "the lock file of an open workbook"),
    ("excel-long-number", "a whole number of more than the 15 digits that Excel keeps"),
    ("excel-merged", "merged cells among the data"),
    ("excel-not-a-workbook", "another kind of file named like a workbook"),
    ("excel-odd-cell", "a cell that is not written as Excel writes it"),
    ("excel-order", "cells out of order, or one twice"),
    ("excel-unreadable", "a workbook that its reader cannot read"),
    ("file-changed", "the file was changed while it was read"),
    ("file-dangling-link", "a link that leads nowhere"),
    ("file-empty", "a file of no bytes"),
    ("file-not-plain", "a folder, device, pipe or socket"),
    ("file-other-kind", "a file that holds something else than its ending says"),
    ("file-text-named-workbook", "note: a table of text named like a workbook, read as text"),
    ("file-unknown-kind", "a file whose ending is not known; a note where a member of a zip is left out"),
    ("file-unreadable", "a file that the system does not let read"),
    ("json-api-error", "the API answered with an error"),
    ("json-invalid", "a text that is no JSON"),
    ("json-no-table", "a response without a row"),
    ("json-odd-shape", "a list whose entries are not as documented"),
    ("json-pages-missing", "warning: responses that say of more entries than the files hold"),
    ("json-too-large", "a response of more than 256 MiB"),
    ("maybe-cut", "warning: just as many rows as Excel can hold"),
    ("parquet-column-type", "a column that is used, of a type that is not taken"),
    ("parquet-damaged", "a Parquet file that is damaged or cut, or none"),
    ("parquet-not-built-in", "Parquet, in a program that was built without its reader"),
    ("parquet-time-unclear", "a column of times that do not say what they count from"),
    ("parquet-time-without-zone", "note: times without a zone, taken as Beijing time"),
    ("parquet-too-large", "more rows, or more in one row group, than is read"),
    ("table-blank", "a file without a row of text"),
    ("text-nul", "a NUL byte in a text file"),
    ("too-many-tables", "more tables than can be numbered"),
    ("zip-bomb", "a zip or workbook beyond the limits of an export"),
    ("zip-damaged", "a zip or workbook that is damaged or cut"),
    ("zip-duplicate-name", "two entries of one name"),
    ("zip-empty", "a zip without a file"),
    ("zip-encrypted", "an entry with a password"),
    ("zip-method", "an entry compressed by a method that is not read"),
    ("zip-nested", "a zip within a zip"),
    ("zip-odd-name", "a member whose name leads out of the zip"),
];

/// A file that the case names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Relative to the case, with `/`.
    pub path: String,
    /// Where it lies.
    pub location: PathBuf,
}

/// An encoding of text files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without byte-order mark.
    Utf8,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// GB18030, which includes GBK and GB2312.
    Gb18030,
}

/// The options of reading files.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Overrides the detected encoding of text files.
    pub encoding: Option<Encoding>,
    /// True if a large file may be read to its end only with its rows: until
    /// then [`Opened::late`] stands for its digest.
    pub late: bool,
    /// True if SHA-256 is wanted too: one chain, so no file of it is read late.
    pub sha256: bool,
    /// The program that reads old workbooks in a process of its own; this one, if not given.
    pub reader: Option<PathBuf>,
}

/// The result of reading one file.
#[derive(Debug)]
pub struct Opened {
    /// The file, relative to the case; of a member of a zip `bills/pack.zip/member.csv`.
    pub path: String,
    /// The digests of the bytes that were read; empty where they could
    /// not be read, and then there is an error among the findings.
    pub digests: Digests,
    /// The format that it was read as, for people: `csv, GB18030, comma`.
    pub read_as: String,
    /// Its tables; none if it was refused.
    pub tables: Vec<Table>,
    /// The diagnostics of the file.
    pub diagnostics: Diagnostics,
    /// The number of entries of each list of a response, as the response states it.
    pub announced: Vec<Announced>,
    /// The results known only when the rows were read; digests and diagnostics lack them until then.
    pub late: Option<Arc<dyn Late>>,
}

/// A cell as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// Its text; of a spreadsheet's number the exact decimal of its 15
    /// significant digits, of a date cell `YYYY-MM-DD HH:MM:SS`.
    pub text: &'a str,
    /// True if it was a number in a spreadsheet (not a text that looks like
    /// one): only then may it be a serial date.
    pub numeric: bool,
}

/// A row under a table's header, projected to the columns that were asked for.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its number, from 1, as a spreadsheet or an editor shows it: in a CSV the line on which it starts.
    pub number: u32,
    /// The cells of the columns that were asked for, in that order; a cell that the row lacks is empty.
    pub cells: &'a [Cell<'a>],
}

/// A row above or at a table's header, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadRow {
    /// Its number, from 1.
    pub number: u32,
    /// All its cells.
    pub cells: Vec<String>,
}

/// True for the first cell of a line of text below a table that is no row of it: `备注：…`, `共 8 条`.
#[must_use]
pub fn is_note(cell: &str) -> bool {
    let cell = cell.trim();
    let words =
        ["备注", "说明", "注释", "提示", "导出", "数据来源", "note", "exported", "generated", "source", "remark"];
    let lower = cell.to_lowercase();
    let (label, text) =
        lower.split_once([':', '：']).map_or((lower.as_str(), None), |(label, text)| (label, Some(text)));
    let labelled = words.contains(&label)
        || (text.is_some() && (words.iter().any(|word| label.contains(word)) || label == "注"))
        || ["exported by ", "generated by ", "downloaded from "].iter().any(|start| lower.starts_with(start));
    let counted = (lower.starts_with('共') && lower.contains('条'))
        || (lower.starts_with('第') && lower.ends_with('页') || lower.starts_with("page "))
        || ["total rows", "total records", "row count"].contains(&label)
        || ["条记录", "条数据", " rows", " records"].iter().any(|end| lower.ends_with(end));
    let sentence = lower.ends_with('。') || lower.starts_with("（") && lower.ends_with('）');
    let rule = cell.len() >= 3 && cell.chars().all(|c| matches!(c, '-' | '=' | '_' | '*' | '—'));
    labelled || counted || sentence || rule || lower.starts_with(['*', '※', '#'])
}

/// Returns the digests of a file as it is now: equal to [`Opened::digests`] unless
/// the file was changed meanwhile.
pub fn digests_of(location: &Path, with_sha256: bool) -> io::Result<Digests> {
    source::Bytes::File(location.to_owned()).digests(with_sha256)
}

/// Reads what a file holds: one [`Opened`] for the file, and one for each
/// member of a zip. Tables are numbered from `next_table` on.
#[must_use]
pub fn open(file: &InputFile, next_table: &mut u16, options: &ReadOptions) -> Vec<Opened> {
    if let Some(diagnostic) = source::refuse_before_open(file) {
        return vec![Opened::of(&file.path).refuse(diagnostic)];
    }
    let bytes = Bytes::File(file.location.clone());
    open_bytes(&file.path, &bytes, &mut TableIds { next: next_table }, options)
}

/// Returns the members of a zip, by name: what a zip that holds files of several kinds is unpacked to.
pub fn members(file: &InputFile) -> Result<Vec<(String, Vec<u8>)>, Diagnostic> {
    zip_file::unpack(&file.path, &Bytes::File(file.location.clone()))
}

fn open_bytes(path: &str, bytes: &Bytes, ids: &mut TableIds<'_>, options: &ReadOptions) -> Vec<Opened> {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    if let Some(diagnostic) = sniff::other_than_named(path, ending.as_deref(), bytes) {
        let digests = bytes.digests(options.sha256).unwrap_or_default();
        return vec![Opened { digests, ..Opened::of(path) }.refuse(diagnostic)];
    }
    match ending.as_deref() {
        Some("csv" | "tsv") => vec![csv::open(path, bytes, ids, options)],
        Some("txt") => vec![csv::open(path, bytes, ids, options).without_prose()],
        Some("xlsx" | "xlsm" | "xlsb" | "xls" | "et") if workbook::is_text(bytes) => {
            vec![csv::open(path, bytes, ids, options).note_text_named_workbook()]
        }
        Some("xlsx" | "xlsm" | "xlsb" | "xls" | "et") => vec![workbook::open(path, bytes, ids, options)],
        Some("json") => vec![json::open(path, bytes, ids, options)],
        #[cfg(feature = "polars")]
        Some("parquet") => vec![parquet::open(path, bytes, ids, options)],
        #[cfg(not(feature = "polars"))]
        Some("parquet") => {
            let message = "this program was built without the reader of Parquet";
            let help = "use the program as it is built by default, or write the table as csv";
            vec![Opened::of(path).refuse(Diagnostic::error("parquet-not-built-in", At::file(path), message, help))]
        }
        Some("zip") => zip_file::open(path, bytes, ids, options),
        _ => {
            let message = "the kind of this file is not known by its ending";
            let help = format!("{} are read; take other files out of the folder", ENDINGS.join(", "));
            vec![Opened::of(path).refuse(Diagnostic::error("file-unknown-kind", At::file(path), message, help))]
        }
    }
}

/// Hands out the numbers of tables.
struct TableIds<'a> {
    next: &'a mut u16,
}

impl TableIds<'_> {
    fn next(&mut self, path: &str) -> Result<TableRef, Diagnostic> {
        let id = TableRef(*self.next);
        let Some(next) = self.next.checked_add(1) else {
            let message = "the case holds more than 65,535 tables";
            return Err(Diagnostic::error("too-many-tables", At::file(path), message, "split the case by month"));
        };
        *self.next = next;
        Ok(id)
    }
}

impl Opened {
    fn of(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            digests: Digests::default(),
            read_as: String::new(),
            tables: Vec::new(),
            diagnostics: Diagnostics::default(),
            announced: Vec::new(),
            late: None,
        }
    }

    /// Returns what a workbook was read as, and what is to be said of its sheets.
    fn note_workbook(mut self, kind: &str, sheets: usize) -> Self {
        self.read_as = if sheets == 1 { format!("{kind}, 1 sheet") } else { format!("{kind}, {sheets} sheets") };
        for table in self.tables.iter().filter(|table| table.hidden) {
            let help = "it is read like any other; delete it from the workbook if it is not meant";
            self.diagnostics.push(Diagnostic::note("excel-hidden-sheet", table.at(), "the sheet is hidden", help));
        }
        if self.tables.is_empty() && !self.diagnostics.has_errors() {
            let help = "export it again; if the period has no usage, take the file away";
            let message = "no sheet of the workbook holds a cell";
            self.diagnostics.push(Diagnostic::error("table-blank", At::file(&self.path), message, help));
        }
        self
    }

    /// Leaves out a text whose lines are no rows of several fields, such as the explanations of a bill pack.
    fn without_prose(mut self) -> Self {
        let is_row = |row: &HeadRow| row.cells.iter().filter(|cell| !cell.trim().is_empty()).count() > 1;
        if !self.tables.is_empty() && !self.tables.iter().flat_map(|table| &table.head).any(is_row) {
            self.tables.clear();
            self.diagnostics.push(left_out(&self.path));
        }
        self
    }

    /// Says that a text is read although its name is that of a workbook.
    fn note_text_named_workbook(mut self) -> Self {
        if !self.diagnostics.has_errors() {
            let message =
                format!("the file is named like a workbook, but it is text ({}), and is read as that", self.read_as);
            let help = "nothing needs to be done; give it the ending .csv to be rid of this message";
            self.diagnostics.push(Diagnostic::note("file-text-named-workbook", At::file(&self.path), message, help));
        }
        self
    }

    /// Returns the same file, refused.
    fn refuse(mut self, diagnostic: Diagnostic) -> Self {
        self.tables.clear();
        self.diagnostics.push(diagnostic);
        self
    }
}

/// Returns a file that holds no table, and is not read.
fn left_out(path: &str) -> Diagnostic {
    let message = "is left out: it is no table";
    let help = "nothing needs to be done if it holds explanations; export it as csv or xlsx if it holds figures";
    Diagnostic::note("file-unknown-kind", At::file(path), message, help)
}

/// Returns a file that was one thing when it was opened and is another now.
fn changed(at: &At) -> Diagnostic {
    let message = "the file was changed while it was read";
    Diagnostic::error("file-changed", at.clone(), message, "run again when nothing else writes to it")
}

/// Returns a warning where a workbook holds formulas.
fn holds_formulas(path: &str, formulas: u64) -> Option<Diagnostic> {
    (formulas > 0).then(|| {
        let message = format!("the workbook holds {formulas} formulas: their last results are taken as they stand");
        let help = "an export holds no formulas: somebody has worked on this file; compare it with the original";
        Diagnostic::warning("excel-formulas", At::file(path), message, help)
    })
}

/// Returns a warning where a table has just as many rows as Excel can hold.
fn maybe_cut(at: &At, rows: u64) -> Option<Diagnostic> {
    csv::is_cut_at(rows).then(|| {
        let message = format!("exactly {rows} rows: that is a limit of Excel, so the export may have been cut there");
        Diagnostic::warning("maybe-cut", at.clone(), message, "check that the last day of the export is complete")
    })
}

#[cfg(all(test, feature = "polars"))]
mod parquet_tests;
#[cfg(test)]
mod test_tables;
#[cfg(test)]
mod tests;
