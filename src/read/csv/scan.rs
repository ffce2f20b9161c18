//! The strict scanner: text becomes records of fields, exactly or not at all.
//!
//! A quote opens a field only at its very start; within any other field it is
//! a character like others. A quoted field ends at its closing quote, and
//! nothing but white space may stand between that and the delimiter or the
//! line's end. `="1400000901"` is a text that a spreadsheet is to leave alone.

/// The longest field that is taken, in bytes.
pub(super) const LONGEST_FIELD: usize = 1 << 20;
/// The most columns that are taken.
pub(super) const MOST_COLUMNS: usize = 4096;

/// Reads records from a text that starts at the start of a record.
#[derive(Debug, Clone)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    position: usize,
    line: u32,
    delimiter: u8,
}

/// Where the content of a field lies in the text, without its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    /// True if it holds doubled quotes, each of which means one.
    pub(super) doubled: bool,
}

/// A record that was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record {
    /// The line on which it starts.
    pub(super) line: u32,
    /// Where it starts in the text.
    pub(super) start: usize,
    /// The number of its fields.
    pub(super) fields: usize,
    /// True if it holds nothing but spaces.
    pub(super) blank: bool,
}

/// Why a record cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    pub(super) line: u32,
    pub(super) column: usize,
    /// Where the record starts in the text.
    pub(super) start: usize,
}

/// The fault of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultKind {
    OpenQuote,
    TextAfterQuote,
    FieldTooLong,
    TooManyColumns,
    RecordTooLong,
    TooManyLines,
}

impl Field {
    /// Its text, written to `out`.
    pub(super) fn write(self, text: &str, out: &mut String) {
        let content = &text[self.start..self.end];
        if !self.doubled {
            out.push_str(content);
            return;
        }
        for (index, part) in content.split("\"\"").enumerate() {
            if index > 0 {
                out.push('"');
            }
            out.push_str(part);
        }
    }

    /// Its text.
    pub(super) fn to_string(self, text: &str) -> String {
        let mut out = String::new();
        self.write(text, &mut out);
        out
    }
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str, line: u32, delimiter: u8) -> Self {
        Self { text, position: 0, line, delimiter }
    }

    /// Where the next record starts.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// Returns true if the text read so far ended with a line's end.
    pub(super) fn ended_a_line(&self) -> bool {
        self.position > 0 && matches!(self.text.as_bytes()[self.position - 1], b'\n' | b'\r')
    }

    /// Reads the next record and shows its fields in order; `None` at the end.
    pub(super) fn record(&mut self, mut field: impl FnMut(usize, Field)) -> Result<Option<Record>, Fault> {
        if self.position == self.text.len() {
            return Ok(None);
        }
        let mut record = Record { line: self.line, start: self.position, fields: 0, blank: true };
        loop {
            let found = self.field().map_err(|kind| record.fault(kind))?;
            if found.end - found.start > LONGEST_FIELD {
                return Err(record.fault(FaultKind::FieldTooLong));
            }
            record.blank = record.blank && self.text[found.start..found.end].trim().is_empty();
            field(record.fields, found);
            record.fields += 1;
            if record.fields > MOST_COLUMNS {
                return Err(record.fault(FaultKind::TooManyColumns));
            }
            match self.text.as_bytes().get(self.position) {
                Some(byte) if *byte == self.delimiter => self.position += 1,
                end => {
                    self.end_line(end.copied()).map_err(|kind| record.fault(kind))?;
                    return Ok(Some(record));
                }
            }
        }
    }

    /// Reads a field and stops at the delimiter, the line's end, or the text's.
    fn field(&mut self) -> Result<Field, FaultKind> {
        let bytes = self.text.as_bytes();
        if bytes.get(self.position) == Some(&b'"') {
            return self.quoted();
        }
        let start = self.position;
        let rest = &bytes[start..];
        self.position = memchr::memchr3(self.delimiter, b'\n', b'\r', rest).map_or(bytes.len(), |found| start + found);
        let field = Field { start, end: self.position, doubled: false };
        Ok(if bytes.get(start) == Some(&b'=') { self.of_formula(field) } else { field })
    }

    /// Returns the text that `="…"` stands for; any other field as it is.
    fn of_formula(&self, field: Field) -> Field {
        let content = &self.text[field.start..field.end];
        let quotes = if field.doubled { "\"\"" } else { "\"" };
        let inner = content.strip_prefix('=').and_then(|text| text.strip_prefix(quotes));
        let inner = inner.and_then(|text| text.strip_suffix(quotes)).filter(|text| !text.contains('"'));
        inner.map_or(field, |inner| {
            let start = field.start + 1 + quotes.len();
            Field { start, end: start + inner.len(), doubled: false }
        })
    }

    fn quoted(&mut self) -> Result<Field, FaultKind> {
        let bytes = self.text.as_bytes();
        let start = self.position + 1;
        let (mut from, mut doubled) = (start, false);
        loop {
            let quote = memchr::memchr(b'"', &bytes[from..]).map(|found| from + found).ok_or(FaultKind::OpenQuote)?;
            if bytes.get(quote + 1) == Some(&b'"') {
                doubled = true;
                from = quote + 2;
                continue;
            }
            let is_space = |byte: &u8| matches!(byte, b' ' | b'\t') && *byte != self.delimiter;
            let spaces = bytes[quote + 1..].iter().take_while(|byte| is_space(byte)).count();
            self.position = quote + 1 + spaces;
            let next = bytes.get(self.position);
            if next.is_some_and(|byte| !matches!(byte, b'\n' | b'\r') && *byte != self.delimiter) {
                return Err(FaultKind::TextAfterQuote);
            }
            self.line = add(self.line, line_ends(&bytes[start..quote]))?;
            return Ok(self.of_formula(Field { start, end: quote, doubled }));
        }
    }

    fn end_line(&mut self, end: Option<u8>) -> Result<(), FaultKind> {
        let Some(end) = end else { return Ok(()) };
        let pair = end == b'\r' && self.text.as_bytes().get(self.position + 1) == Some(&b'\n');
        self.position += if pair { 2 } else { 1 };
        self.line = add(self.line, 1)?;
        Ok(())
    }
}

impl Record {
    const fn fault(&self, kind: FaultKind) -> Fault {
        Fault { kind, line: self.line, column: self.fields, start: self.start }
    }
}

fn add(line: u32, more: usize) -> Result<u32, FaultKind> {
    u32::try_from(more).ok().and_then(|more| line.checked_add(more)).ok_or(FaultKind::TooManyLines)
}

/// Returns how many lines end in a text: CR, LF and CRLF each end one.
pub(super) fn line_ends(bytes: &[u8]) -> usize {
    let newlines = memchr::memchr_iter(b'\n', bytes).count();
    let lone = memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count();
    newlines + lone
}
