//! The cells of a sheet as they are written, seen while the guard reads the
//! part: what the reader of workbooks would take for something else is
//! refused. It takes a text's number that is none for number 0, ends a value
//! at an entity, a comment or a CDATA section, and of two values keeps the
//! last. A second list of rows it does not read. Rows, formulas, and what is hidden or merged are noted on the way.

const OPEN_MARK: &str = "a mark of the file that does not end";
/// A mark of this length is no cell of an export.
const LONGEST_MARK: usize = 1 << 20;
/// The most digits of the number of a shared text: so many always fit 64 bits.
const LONGEST_INDEX: usize = 18;

/// The errors that its reader knows: at any other the whole sheet cannot be read.
const ERRORS: [&[u8]; 7] = [b"#DIV/0!", b"#N/A", b"#NAME?", b"#NULL!", b"#NUM!", b"#REF!", b"#VALUE!"];
/// The oddity of a cell with another error.
pub(in crate::read) const NEWER_ERROR: &str = "an error in place of a value (#SPILL! or its like)";

/// The kind of value that a cell states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Kind {
    /// The number of a shared text.
    Shared,
    /// A text that stands in the cell itself, where entities are read.
    Text,
    /// An error.
    Error,
    /// A number, a truth value.
    #[default]
    Plain,
}

/// Why a sheet cannot be taken: at which cell, and what is odd there.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::read) struct Odd {
    pub(in crate::read) cell: String,
    pub(in crate::read) what: &'static str,
}

/// Looks at the marks of one part, block by block.
#[derive(Debug, Default)]
pub(in crate::read) struct Cells {
    /// True if the part holds cells or shared texts, whatever its name: its first mark says so.
    holds: Option<bool>,
    pending: Vec<u8>,
    kind: Kind,
    cell: Vec<u8>,
    values: u32,
    lists: u32,
    /// True if the rows have ended.
    behind: bool,
    /// The numbers of rows, formulas and merged areas.
    pub(in crate::read) rows: u64,
    pub(in crate::read) formulas: u64,
    pub(in crate::read) merges: u64,
    /// Hidden rows, by number, and how many groups of columns are hidden.
    pub(in crate::read) hidden_rows: Vec<u32>,
    pub(in crate::read) hidden_columns: Vec<(u32, u32)>,
}

impl Cells {
    /// Of a part that by its name holds cells or shared texts, or may hold them all the same.
    pub(in crate::read) fn of(named: bool) -> Self {
        Self { holds: named.then_some(true), ..Self::default() }
    }

    /// Takes the next block.
    pub(in crate::read) fn feed(&mut self, block: &[u8]) -> Result<(), Odd> {
        if self.holds == Some(false) {
            return Ok(());
        }
        let mut text = std::mem::take(&mut self.pending);
        text.extend_from_slice(block);
        let done = self.marks(&text)?;
        text.drain(..done);
        if text.len() > LONGEST_MARK {
            // What does not begin as XML holds no cells.
            let holds = *self.holds.get_or_insert(false);
            return if holds { Err(self.odd(OPEN_MARK)) } else { Ok(()) };
        }
        self.pending = text;
        Ok(())
    }

    /// Ends the part.
    pub(in crate::read) fn finish(&self) -> Result<(), Odd> {
        let open = self.holds == Some(true) && !self.pending.is_empty();
        if open { Err(self.odd(OPEN_MARK)) } else { Ok(()) }
    }

    /// Looks at every whole mark; returns how many bytes are done with.
    fn marks(&mut self, text: &[u8]) -> Result<usize, Odd> {
        let mut at = 0;
        while let Some(begin) = memchr::memchr(b'<', &text[at..]).map(|found| at + found) {
            let Some(end) = end_of_mark(&text[begin..]).map(|length| begin + length) else { return Ok(begin) };
            let mark = &text[begin + 1..end - 1];
            if self.holds.is_none() && matches!(mark.first(), Some(b'?' | b'!')) {
                at = end;
                continue;
            }
            self.holds.get_or_insert_with(|| matches!(local_name(mark), b"worksheet" | b"sst"));
            if self.holds == Some(false) {
                return Ok(text.len());
            }
            let is_value = local_name(mark) == b"v" && !mark.ends_with(b"/");
            if is_value {
                let Some(next) = memchr::memchr(b'<', &text[end..]).map(|found| end + found) else { return Ok(begin) };
                let Some(behind) = end_of_mark(&text[next..]).map(|length| next + length) else { return Ok(begin) };
                self.value(&text[end..next], &text[next + 1..behind - 1])?;
                at = behind;
                continue;
            }
            self.mark(mark)?;
            at = end;
        }
        Ok(text.len())
    }

    fn mark(&mut self, mark: &[u8]) -> Result<(), Odd> {
        match local_name(mark) {
            b"c" => {
                let kind = attribute(mark, b"t");
                self.kind = match kind {
                    Some(b"s") => Kind::Shared,
                    Some(b"str" | b"inlineStr" | b"is" | b"d") => Kind::Text,
                    Some(b"e") => Kind::Error,
                    _ => Kind::Plain,
                };
                self.values = 0;
                self.cell.clear();
                self.cell.extend_from_slice(attribute(mark, b"r").unwrap_or_default());
            }
            b"row" => {
                self.rows += 1;
                if is_hidden(mark) {
                    self.hidden_rows.extend(number(attribute(mark, b"r")));
                }
            }
            // Behind the rows they are those of rules and drop-downs.
            b"f" if !self.behind => self.formulas += 1,
            b"is" => self.next_value()?,
            b"sheetData" => {
                self.lists += 1;
                if self.lists > 1 {
                    return Err(self.odd("a second list of rows"));
                }
            }
            b"mergeCell" => self.merges += 1,
            b"col" if is_hidden(mark) => {
                self.hidden_columns.extend(number(attribute(mark, b"min")).zip(number(attribute(mark, b"max"))));
            }
            name if name.starts_with(b"/") && name.ends_with(b"sheetData") => self.behind = true,
            // A document type is refused with a reason of its own.
            name if name.starts_with(b"!") && name != b"!DOCTYPE" => {
                return Err(self.odd("a comment or a CDATA section"));
            }
            name if name.starts_with(b"?") && name != b"?xml" => {
                return Err(self.odd("an instruction for another program"));
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns a cell's value, and the mark behind it.
    fn value(&mut self, value: &[u8], behind: &[u8]) -> Result<(), Odd> {
        self.next_value()?;
        if behind.strip_prefix(b"/").map(local_name) != Some(b"v") {
            return Err(self.odd("a value with something else inside"));
        }
        match self.kind {
            Kind::Shared if value.len() > LONGEST_INDEX || !value.iter().all(u8::is_ascii_digit) => {
                Err(self.odd("the number of a text that is no number"))
            }
            Kind::Error if !ERRORS.contains(&value) => Err(self.odd(NEWER_ERROR)),
            Kind::Plain if value.contains(&b'&') => Err(self.odd("a number with an escaped character in it")),
            _ => Ok(()),
        }
    }

    fn next_value(&mut self) -> Result<(), Odd> {
        self.values += 1;
        if self.values > 1 { Err(self.odd("two values")) } else { Ok(()) }
    }

    fn odd(&self, what: &'static str) -> Odd {
        Odd { cell: String::from_utf8_lossy(&self.cell).into_owned(), what }
    }
}

/// Returns how many bytes a mark has, up to its `>`; one inside quotes does not end it.
/// Marks are short: a plain loop beats a search. Comments, CDATA sections and
/// instructions have ends of their own, and quotes mean nothing in them.
fn end_of_mark(text: &[u8]) -> Option<usize> {
    if matches!(text.get(1), Some(b'!' | b'?')) {
        for (begin, end) in [(&b"<!--"[..], &b"-->"[..]), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")] {
            if text.starts_with(begin) {
                return memchr::memmem::find(text, end).map(|at| at + end.len());
            }
        }
    }
    let mut quote = None;
    for (at, byte) in text.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Returns the name of a mark without the prefix of its namespace; `/v` of `/x:v` is left to the caller.
fn local_name(mark: &[u8]) -> &[u8] {
    let end = mark.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).unwrap_or(mark.len());
    let name = mark[..end].strip_suffix(b"/").unwrap_or(&mark[..end]);
    if name.starts_with(b"/") {
        return name;
    }
    name.iter().rposition(|byte| *byte == b':').map_or(name, |colon| &name[colon + 1..])
}

/// Returns the value of an attribute.
fn attribute<'m>(mark: &'m [u8], name: &[u8]) -> Option<&'m [u8]> {
    let mut rest = &mark[mark.iter().position(u8::is_ascii_whitespace)?..];
    loop {
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let (key, value) = (rest[..equals].trim_ascii(), rest[equals + 1..].trim_ascii_start());
        let quote = value.first().filter(|quote| matches!(quote, b'"' | b'\''))?;
        let length = value[1..].iter().position(|byte| byte == quote)?;
        if key == name {
            return Some(&value[1..=length]);
        }
        rest = &value[length + 2..];
    }
}

fn is_hidden(mark: &[u8]) -> bool {
    matches!(attribute(mark, b"hidden"), Some(b"1" | b"true"))
}

fn number(digits: Option<&[u8]>) -> Option<u32> {
    std::str::from_utf8(digits?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn odd(text: &str) -> Option<(String, &'static str)> {
        // Whatever the size of the blocks, the same is seen.
        let by = |size: usize| {
            let mut cells = Cells::of(true);
            let fed = text.as_bytes().chunks(size).try_for_each(|block| cells.feed(block));
            fed.and_then(|()| cells.finish()).err().map(|odd| (odd.cell, odd.what))
        };
        let whole = by(text.len());
        for size in [1, 3, 7] {
            assert_eq!(by(size), whole, "{text}");
        }
        whole
    }

    #[test]
    fn what_excel_writes_is_taken() {
        for text in [
            r#"<?xml version="1.0"?><row r="1"><c r="A1" t="s"><v>12</v></c><c r="B1"><v>1.5</v></c></row>"#,
            r#"<c r="A1" t="str"><f>B1&amp;"x"</f><v>a &amp; b</v></c>"#,
            r#"<x:c r="A1"><x:v>3</x:v></x:c><c r="A2"/><c r="A3"><v/></c><c r="A4" t="s"><v></v></c>"#,
            r#"<c r="A1" t="inlineStr"><is><t>1 &lt; 2</t></is></c>"#,
        ] {
            assert_eq!(odd(text), None, "{text}");
        }
    }

    #[test]
    fn what_its_reader_would_take_for_something_else_is_refused() {
        let at = |what| Some(("B2".to_owned(), what));
        let shared = "the number of a text that is no number";
        assert_eq!(odd(r#"<c r="B2" t="s"><v>x</v></c>"#), at(shared));
        assert_eq!(odd(r#"<c t="s" r="B2"><v> 3</v></c>"#), at(shared));
        assert_eq!(odd(r#"<c r="B2"><v>12&#48;0</v></c>"#), at("a number with an escaped character in it"));
        assert_eq!(odd(r#"<c r="B2"><v>12<!-- x -->0</v></c>"#), at("a value with something else inside"));
        assert_eq!(odd(r#"<c r="B2"><v><![CDATA[12]]></v></c>"#), at("a value with something else inside"));
        assert_eq!(odd(r#"<c r="B2"><v>1</v><v>2</v></c>"#), at("two values"));
        assert_eq!(odd(r#"<c r="B2"><is><t>1</t></is><is><t>2</t></is></c>"#), at("two values"));
        assert_eq!(odd(r#"<c r="B2"><v>12<x:v>34</x:v></v></c>"#), at("a value with something else inside"));
        assert_eq!(odd(r#"<c r="B2"><v>12<!-- it's -->0</v></c>"#), at("a value with something else inside"));
        assert_eq!(odd(r#"<c r="B2"><v>12<?x '?>0</v></c>"#), at("a value with something else inside"));
        assert_eq!(odd(r#"<c r="B2"><v>1</v></c><!-- Tom's --><c r="C2"/>"#), at("a comment or a CDATA section"));
        assert_eq!(odd(r#"<c r="B2"><v>1</v></c><c r="C2 t='s'>"#), at(OPEN_MARK));
        assert_eq!(odd(r#"<c r="B2" t="s"><v>18446744073709551616</v></c>"#), at(shared));
        assert_eq!(odd(r#"<sheetData><c r="B2"/></sheetData><sheetData/>"#), at("a second list of rows"));
        assert_eq!(odd(r#"<c r="B2"><is><t><![CDATA[12]]></t></is></c>"#), at("a comment or a CDATA section"));
        assert_eq!(odd(r#"<c r="B2" x="a>b" t='s'><v>x</v></c>"#), at(shared));
        assert_eq!(odd(r#"<c r="B2" t="e"><v>#SPILL!</v></c>"#), at(NEWER_ERROR));
        assert_eq!(odd(r#"<c r="B2" t="e"><v>#REF!</v></c>"#), None);
    }

    #[test]
    fn rows_formulas_and_merged_areas_are_counted_whatever_their_prefix() {
        let mut cells = Cells::of(true);
        let text = r#"<row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row><x:row><x:c><x:f/></x:c></x:row></x:sheetData><xm:f>A1</xm:f><mergeCells count="1"><mergeCell ref="A1:A2"/></mergeCells>"#;
        cells.feed(text.as_bytes()).unwrap();
        assert_eq!((cells.rows, cells.formulas, cells.merges), (2, 2, 1));
    }

    #[test]
    fn a_part_that_is_not_named_as_a_sheet_is_known_by_its_first_mark() {
        let fed = |text: &str| {
            let mut cells = Cells::of(false);
            text.as_bytes().chunks(text.len() / 30).try_for_each(|block| cells.feed(block)).map(|()| cells.formulas)
        };
        let two = r#"<c r="B2"><f>1</f><v>1</v><v>2</v></c>"#;
        assert!(fed(&format!("<?xml version=\"1.0\"?><!-- > <a> --><x:worksheet>{two}")).is_err());
        assert_eq!(fed(&format!("<chart><worksheet>{two}")), Ok(0));
        assert_eq!(fed(&format!("\u{1}<{}", "a".repeat(LONGEST_MARK + 9))), Ok(0));
    }

    #[test]
    fn hidden_rows_and_columns_are_noted() {
        let mut cells = Cells::of(true);
        let text = r#"<cols><col min="2" max="3" hidden="1"/><col min="5" max="5"/></cols><row r="4" hidden="true"/><row r="5"/>"#;
        cells.feed(text.as_bytes()).unwrap();
        assert_eq!((cells.hidden_rows, cells.hidden_columns), (vec![4], vec![(2, 3)]));
    }
}
