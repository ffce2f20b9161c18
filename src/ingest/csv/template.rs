//! Rows that are alike: all their bytes equal but for a few fields.
//!
//! An export writes the same words on millions of rows. A row that was read
//! strictly once becomes a template; a row that has its bytes, and plain
//! figures in the free fields, is as well formed as that one was: as many
//! fields, quotes in their places, valid UTF-8. Nothing else is taken.
//!
//! A row is held against the last one of its template: where they first
//! differ must lie in a free field, and so again behind it. Mostly the fields
//! that differ are those that did so last time, and what lies between them is
//! compared as a whole.

use super::scan::Field;
use crate::ingest::table::Alike;
use std::ops::Range;

/// So many templates are kept; a file with more kinds of rows is read strictly.
const MOST: usize = 1024;
/// The longest free field of a template.
const LONGEST: usize = 40;
/// So many bytes are compared at once.
const STEP: usize = 32;

/// The templates that were met so far.
#[derive(Debug)]
pub(super) struct Templates {
    /// For each free field, in the order in which they are asked for, its column.
    free: Vec<usize>,
    plain: Plain,
    known: Vec<Template>,
    last: usize,
    found: Found,
}

/// A row but for its free fields.
#[derive(Debug)]
struct Template {
    /// The last row that had it, if it does not lie in the block at hand.
    kept: Vec<u8>,
    /// Where that row lies in the block at hand.
    here: Option<Range<usize>>,
    /// Its free fields, in the order of asking.
    fields: Vec<Range<usize>>,
    /// The free fields in the order of the row, by their place in the order of asking.
    order: Vec<usize>,
    /// Which of them differed last time: positions in that order.
    restless: Vec<usize>,
    /// The template of the row that followed last time.
    next: usize,
}

/// What was found of the row at hand.
#[derive(Debug, Default)]
struct Found {
    end: usize,
    fields: Vec<Range<usize>>,
    /// Which of them are not as in the last row of the template: a bit each.
    changed: u32,
    /// As [`Template::restless`].
    restless: Vec<usize>,
}

impl Templates {
    pub(super) fn new(free: &[usize], delimiter: u8) -> Self {
        let (free, plain) = (free.to_vec(), Plain::until(delimiter));
        Self { free, plain, known: Vec::new(), last: 0, found: Found::default() }
    }

    /// The block at hand is left: its last rows are kept.
    pub(super) fn leave(&mut self, bytes: &[u8]) {
        for template in &mut self.known {
            if let Some(row) = template.here.take() {
                template.kept.clear();
                template.kept.extend_from_slice(&bytes[row]);
            }
        }
    }

    /// The row at a place, if it has a template, and where it ends.
    pub(super) fn find<'a>(&'a mut self, bytes: &'a [u8], at: usize, number: u32) -> Option<(Alike<'a>, usize)> {
        let likely = self.known.get(self.last)?.next;
        let one = if self.fits(likely, bytes, at) {
            likely
        } else {
            (0..self.known.len()).rev().filter(|one| *one != likely).find(|one| self.fits(*one, bytes, at))?
        };
        self.known[self.last].next = one;
        self.last = one;
        let (template, found) = (&mut self.known[one], &mut self.found);
        template.here = Some(at..found.end);
        std::mem::swap(&mut template.fields, &mut found.fields);
        std::mem::swap(&mut template.restless, &mut found.restless);
        let (row, fields) = (&bytes[at..found.end], &template.fields);
        Some((Alike { kin: one, number, row, fields, changed: found.changed }, found.end))
    }

    /// Holds the row at a place against the last one of a template.
    fn fits(&mut self, one: usize, bytes: &[u8], at: usize) -> bool {
        let template = &self.known[one];
        let last = template.here.clone().map_or(&template.kept[..], |row| &bytes[row]);
        let (found, row) = (&mut self.found, &bytes[at..]);
        let length = found.as_before(template, last, row, &self.plain);
        let length = length.or_else(|| found.follow(template, last, row, &self.plain));
        found.end = at + length.unwrap_or_default();
        length.is_some()
    }

    /// Makes a template of a row that was read strictly, its line end included.
    /// `None` where it cannot be one: a free field is in quotes or of another kind.
    pub(super) fn learn(&mut self, row: &[u8], fields: &[Field]) -> Option<usize> {
        if self.known.len() >= MOST || !row.ends_with(b"\n") {
            return None;
        }
        let free = self.free.iter().map(|column| {
            let field = fields.get(*column)?;
            let length = self.plain.length(&row[field.start..])?;
            (length == field.end - field.start).then_some(field.start..field.end)
        });
        let fields = free.collect::<Option<Vec<_>>>()?;
        let mut order: Vec<usize> = (0..fields.len()).collect();
        order.sort_unstable_by_key(|place| fields[*place].start);
        let new = self.known.len();
        self.known.push(Template { kept: row.to_vec(), here: None, fields, order, restless: Vec::new(), next: new });
        self.known[self.last].next = new;
        self.last = new;
        Some(new)
    }
}

impl Found {
    /// The length of a row that differs from the last one of its template where that did from the one before.
    fn as_before(&mut self, template: &Template, last: &[u8], row: &[u8], plain: &Plain) -> Option<usize> {
        self.begin(template);
        let (mut there, mut here) = (0, 0);
        for position in &template.restless {
            let old = &template.fields[template.order[*position]];
            let between = last.get(there..old.start)?;
            let begin = here + between.len();
            if row.get(here..begin)? != between {
                return None;
            }
            here = begin + plain.length(&row[begin..])?;
            there = old.end;
            // A field that has come to rest is part of what lies between next time.
            if last[old.clone()] != row[begin..here] {
                self.change(template, *position, begin..here);
            }
        }
        let rest = &last[there..];
        (row.get(here..here + rest.len())? == rest).then_some(here + rest.len())
    }

    /// The length of a row that differs from the last one of its template in free fields alone.
    fn follow(&mut self, template: &Template, last: &[u8], row: &[u8], plain: &Plain) -> Option<usize> {
        self.begin(template);
        let (mut there, mut here, mut from) = (0, 0, 0);
        loop {
            let same = common(&last[there..], &row[here..]);
            there += same;
            here += same;
            if there == last.len() {
                return Some(here);
            }
            let behind = from + template.order[from..].iter().position(|place| there <= template.fields[*place].end)?;
            let old = &template.fields[template.order[behind]];
            let begin = (here + old.start).checked_sub(there).filter(|_| old.start <= there)?;
            let end = begin + plain.length(&row[begin..])?;
            self.change(template, behind, begin..end);
            (there, here, from) = (old.end, end, behind + 1);
        }
    }

    fn begin(&mut self, template: &Template) {
        self.fields.clone_from(&template.fields);
        self.restless.clear();
        self.changed = 0;
    }

    /// Takes note of a field that has changed; those behind it move with its end.
    fn change(&mut self, template: &Template, position: usize, field: Range<usize>) {
        let place = template.order[position];
        let (old, new) = (template.fields[place].end, field.end);
        self.changed |= 1 << place;
        self.restless.push(position);
        self.fields[place] = field;
        for place in &template.order[position + 1..] {
            let later = &template.fields[*place];
            self.fields[*place] = later.start + new - old..later.end + new - old;
        }
    }
}

/// How many bytes two texts begin with alike.
fn common(one: &[u8], other: &[u8]) -> usize {
    let steps = one.as_chunks::<STEP>().0.iter().zip(other.as_chunks::<STEP>().0);
    let same = steps.take_while(|(one, other)| one == other).count() * STEP;
    same + one[same..].iter().zip(&other[same..]).take_while(|(one, other)| one == other).count()
}

/// What a field of plain ASCII without quotes holds, and what ends it.
#[derive(Debug)]
struct Plain([Byte; 256]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Byte {
    Plain,
    End,
    Odd,
}

impl Plain {
    /// A field ends at the delimiter or at the line's end.
    fn until(delimiter: u8) -> Self {
        let mut bytes = [Byte::Odd; 256];
        bytes[0x20..0x7F].fill(Byte::Plain);
        bytes[usize::from(b'"')] = Byte::Odd;
        for end in [delimiter, b'\n', b'\r'] {
            bytes[usize::from(end)] = Byte::End;
        }
        Self(bytes)
    }

    /// The length of the field that begins a text, if it is plain.
    fn length(&self, text: &[u8]) -> Option<usize> {
        let kind = |byte: &u8| self.0[usize::from(*byte)];
        let length = text.iter().take(LONGEST).position(|byte| kind(byte) != Byte::Plain)?;
        (kind(&text[length]) == Byte::End).then_some(length)
    }
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

    /// The free fields of the row at a place, whether each has changed, and where it ends.
    fn found(templates: &mut Templates, text: &str, at: usize) -> Option<(Vec<(String, bool)>, usize)> {
        let free = templates.free.len();
        let (row, end) = templates.find(text.as_bytes(), at, 1)?;
        let field = |at| (String::from_utf8(row.field(at).to_vec()).unwrap(), row.has_changed(at));
        Some(((0..free).map(field).collect(), end))
    }

    fn fields(fields: &[(&str, bool)]) -> Vec<(String, bool)> {
        fields.iter().map(|(text, changed)| ((*text).to_owned(), *changed)).collect()
    }

    #[test]
    fn a_row_of_the_same_bytes_is_found_and_its_free_fields_with_it() {
        let mut templates = Templates::new(&[3, 1], b',');
        let row = "\"a,\"\"b\",12,语音,7,z\r\n";
        assert_eq!(learned(&mut templates, row), Some(0));
        let text = "\"a,\"\"b\",4711,语音,,z\r\n\"a,\"\"b\",471,语音,,z\r\nnext";
        let (first, end) = found(&mut templates, text, 0).unwrap();
        assert_eq!(first, fields(&[("", true), ("4711", true)]));
        assert_eq!(found(&mut templates, text, end), Some((fields(&[("", false), ("471", true)]), text.len() - 4)));
        templates.leave(text.as_bytes());
        let (next, _) = found(&mut templates, "\"a,\"\"b\",471,语音,9,z\r\n", 0).unwrap();
        assert_eq!(next, fields(&[("9", true), ("471", false)]));
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
            "a,1",
            "a",
            "b,12,b\n",
        ] {
            assert_eq!(found(&mut templates, other, 0), None, "{other:?}");
        }
    }

    #[test]
    fn a_quoted_free_field_makes_no_template() {
        let mut templates = Templates::new(&[1], b',');
        assert_eq!(learned(&mut templates, "a,\"1\",b\n"), None);
    }

    #[test]
    fn a_field_that_goes_on_has_changed() {
        let mut templates = Templates::new(&[0], b',');
        learned(&mut templates, "1,b\n").unwrap();
        let text = "1,b\n12,b\n1,b\n,b\n";
        let mut at = 0;
        for (expected, changed) in [("1", false), ("12", true), ("1", true), ("", true)] {
            let (one, end) = found(&mut templates, text, at).unwrap();
            assert_eq!(one, fields(&[(expected, changed)]));
            at = end;
        }
        assert_eq!(at, text.len());
    }

    #[test]
    fn neighbours_that_are_empty_stay_apart() {
        let mut templates = Templates::new(&[0, 1, 2], b',');
        learned(&mut templates, ",,,x\n").unwrap();
        for (row, expected) in [
            (",5,,x\n", [("", false), ("5", true), ("", false)]),
            ("7,,3,x\n", [("7", true), ("", true), ("3", true)]),
            ("7,,,x\n", [("7", false), ("", false), ("", true)]),
        ] {
            templates.leave(b"");
            let (one, end) = found(&mut templates, row, 0).unwrap();
            assert_eq!((one, end), (fields(&expected), row.len()), "{row:?}");
            templates.leave(row.as_bytes());
        }
    }

    #[test]
    fn common_starts() {
        let long = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234";
        for end in 0..long.len() {
            assert_eq!(common(long.as_bytes(), &long.as_bytes()[..end]), end);
            let mut other = long.as_bytes().to_vec();
            other[end] = b'x';
            assert_eq!(common(&other, long.as_bytes()), end);
        }
    }
}
