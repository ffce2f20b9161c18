//! Rows that are alike: all their bytes equal but for a few fields.
//!
//! An export writes the same words on millions of rows. A row that was read
//! strictly once becomes a template; a row that has its bytes, and plain
//! figures in the free fields, is as well formed as that one was: as many
//! fields, quotes in their places, valid UTF-8. Nothing else is taken.

use super::scan::Field;
use std::ops::Range;

/// So many templates are kept; a file with more kinds of rows is read strictly.
const MOST: usize = 1024;
/// The longest free field of a template.
const LONGEST: usize = 40;

/// The templates that were met so far.
#[derive(Debug)]
pub(super) struct Templates {
    /// For each free field, in the order in which they are asked for, its column.
    free: Vec<usize>,
    delimiter: u8,
    known: Vec<Template>,
    last: usize,
    /// Where the free fields of the row at hand lie.
    fields: Vec<Range<usize>>,
    found: Vec<Range<usize>>,
}

/// A row but for its free fields.
#[derive(Debug)]
struct Template {
    /// The bytes before, between and behind the free fields, in the order of the row.
    fixed: Vec<Vec<u8>>,
    /// For each free field of the row its place in the order of asking.
    places: Vec<usize>,
    /// The template of the row that followed last time.
    next: usize,
}

impl Templates {
    pub(super) fn new(free: &[usize], delimiter: u8) -> Self {
        let none = vec![0..0; free.len()];
        Self { free: free.to_vec(), delimiter, known: Vec::new(), last: 0, fields: none.clone(), found: none }
    }

    /// Forgets where the row before lies: another block begins.
    pub(super) fn begin(&mut self) {
        self.fields.fill(0..0);
    }

    /// The template that the row at a place has, and where the row ends.
    pub(super) fn find(&mut self, bytes: &[u8], at: usize) -> Option<(usize, usize)> {
        let likely = self.known.get(self.last)?.next;
        let mut hit = self.fits(likely, bytes, at).map(|end| (likely, end));
        if hit.is_none() {
            let newest = (0..self.known.len()).rev().filter(|one| *one != likely);
            hit = newest.into_iter().find_map(|one| Some((one, self.fits(one, bytes, at)?)));
        }
        let (one, end) = hit?;
        std::mem::swap(&mut self.fields, &mut self.found);
        self.known[self.last].next = one;
        self.last = one;
        Some((one, end))
    }

    /// The free fields of the row that was found, in the order of asking.
    pub(super) fn fields(&self) -> &[Range<usize>] {
        &self.fields
    }

    /// Compares a row with a template; where it ends.
    fn fits(&mut self, one: usize, bytes: &[u8], mut at: usize) -> Option<usize> {
        let template = &self.known[one];
        let (first, others) = template.fixed.split_first()?;
        at = behind(bytes, at, first)?;
        for (fixed, place) in others.iter().zip(&template.places) {
            let before = self.fields[*place].clone();
            let end = at + before.len();
            // Most fields are those of the row before; what follows them shows below.
            let same = !before.is_empty() && bytes.get(at..end) == bytes.get(before) && bytes.get(end) == fixed.first();
            let end = if same { end } else { at + plain(&bytes[at..], self.delimiter)? };
            self.found[*place] = at..end;
            at = behind(bytes, end, fixed)?;
        }
        Some(at)
    }

    /// Makes a template of a row that was read strictly, its line end included.
    /// `None` where it cannot be one: a free field is in quotes or of another kind.
    pub(super) fn learn(&mut self, row: &[u8], fields: &[Field]) -> Option<usize> {
        if self.known.len() >= MOST || !row.ends_with(b"\n") {
            return None;
        }
        let mut free: Vec<(usize, usize)> = self.free.iter().copied().zip(0..).collect();
        free.sort_unstable();
        let (mut fixed, mut places, mut from) = (Vec::new(), Vec::new(), 0);
        for (column, place) in free {
            let field = fields.get(column)?;
            let text = &row[field.start..];
            if field.start < from || plain(text, self.delimiter) != Some(field.end - field.start) {
                return None;
            }
            fixed.push(row[from..field.start].to_vec());
            places.push(place);
            from = field.end;
        }
        fixed.push(row[from..].to_vec());
        self.known.push(Template { fixed, places, next: self.known.len() });
        let new = self.known.len() - 1;
        self.known[self.last].next = new;
        self.last = new;
        Some(new)
    }
}

fn behind(bytes: &[u8], at: usize, fixed: &[u8]) -> Option<usize> {
    let end = at + fixed.len();
    (bytes.get(at..end)? == fixed).then_some(end)
}

/// The length of a field of plain ASCII without quotes; it ends at the delimiter or the line's end.
fn plain(bytes: &[u8], delimiter: u8) -> Option<usize> {
    for (length, byte) in bytes.iter().take(LONGEST).enumerate() {
        match *byte {
            byte if byte == delimiter || byte == b'\n' || byte == b'\r' => return Some(length),
            b'"' | 0..=0x1F | 0x7F.. => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::csv::scan::Scanner;

    fn learned(templates: &mut Templates, row: &str) -> Option<usize> {
        let mut fields = Vec::new();
        Scanner::new(row, 1, b',').record(|_, field| fields.push(field)).unwrap();
        templates.learn(row.as_bytes(), &fields)
    }

    #[test]
    fn a_row_of_the_same_bytes_is_found_and_its_free_fields_with_it() {
        let mut templates = Templates::new(&[3, 1], b',');
        let row = "\"a,\"\"b\",12,语音,7,z\r\n";
        assert_eq!(learned(&mut templates, row), Some(0));
        let text = b"\"a,\"\"b\",4711,\xE8\xAF\xAD\xE9\x9F\xB3,,z\r\nnext";
        assert_eq!(templates.find(text, 0), Some((0, text.len() - 4)));
        let found: Vec<&[u8]> = templates.fields().iter().map(|field| &text[field.clone()]).collect();
        assert_eq!(found, [&b""[..], b"4711"]);
    }

    #[test]
    fn any_other_row_is_not() {
        let mut templates = Templates::new(&[1], b',');
        learned(&mut templates, "a,12,b\n").unwrap();
        for other in [
            "a,12,c\n",
            "a,12,b",
            "a,12,b\r\n",
            "a,\"12\",b\n",
            "a,1,2,b\n",
            "a,1\u{e9},b\n",
            "a,1\0,b\n",
            "a,12\n",
            "b,12,b\n",
        ] {
            templates.begin();
            assert_eq!(templates.find(other.as_bytes(), 0), None, "{other:?}");
        }
    }

    #[test]
    fn a_quoted_free_field_makes_no_template() {
        let mut templates = Templates::new(&[1], b',');
        assert_eq!(learned(&mut templates, "a,\"1\",b\n"), None);
    }

    #[test]
    fn the_field_of_the_row_before_is_no_prefix() {
        let mut templates = Templates::new(&[0], b',');
        learned(&mut templates, "1,b\n").unwrap();
        let text = b"1,b\n12,b\n1,b\n";
        let (_, first) = templates.find(text, 0).unwrap();
        let (_, second) = templates.find(text, first).unwrap();
        assert_eq!((&text[templates.fields()[0].clone()], second), (&b"12"[..], 9));
    }
}
