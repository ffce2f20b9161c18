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
use crate::read::table::{Alike, Extent};
use std::ops::Range;

/// So many templates are kept; a file with more kinds of rows is read strictly.
const MOST: usize = 1024;
/// The most free fields of a template.
const MOST_FREE: usize = 8;
/// The longest free field of a template.
const LONGEST: usize = 40;
/// So many bytes are compared at once.
const STEP: usize = 32;

/// Free fields, in the order of asking.
type Free = [Extent; MOST_FREE];

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
    /// Its free fields.
    fields: Free,
    /// The free fields in the order of the row, by their place in the order of asking.
    order: Vec<usize>,
    /// Which of them differed last time: a bit for each place.
    restless: u32,
    /// The template of the row that followed last time.
    next: usize,
}

/// The end and the free fields of the row at hand.
#[derive(Debug, Default)]
struct Found {
    end: usize,
    fields: Free,
    /// Which of them are not as in the last row of the template: a bit for each place.
    changed: u32,
}

impl Templates {
    pub(super) fn new(free: &[usize], delimiter: u8) -> Self {
        let (free, plain) = (free.to_vec(), Plain { delimiter });
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

    /// Returns the row at a place, if it has a template, and where it ends.
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
        (template.fields, template.restless) = (found.fields, found.changed);
        let (row, fields) = (&bytes[at..found.end], &template.fields[..self.free.len()]);
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
        let mut free = Free::default();
        for (place, column) in self.free.iter().enumerate() {
            let Field { start, end, .. } = *fields.get(*column)?;
            if self.plain.length(&row[start..]) != Some(end - start) {
                return None;
            }
            *free.get_mut(place)? = Extent { start, end };
        }
        let mut order: Vec<usize> = (0..self.free.len()).collect();
        order.sort_unstable_by_key(|place| free[*place].start);
        let new = self.known.len();
        self.known.push(Template { kept: row.to_vec(), here: None, fields: free, order, restless: 0, next: new });
        self.known[self.last].next = new;
        self.last = new;
        Some(new)
    }
}

impl Found {
    /// Returns the length of a row that differs from the last one of its template where that did from the one before.
    fn as_before(&mut self, template: &Template, last: &[u8], row: &[u8], plain: &Plain) -> Option<usize> {
        self.changed = 0;
        // So far both rows are compared.
        let (mut there, mut here) = (0, 0);
        for place in template.order.iter().copied() {
            let old = template.fields[place];
            if template.restless >> place & 1 == 0 {
                self.fields[place] = old.moved(there, here);
                continue;
            }
            let between = last.get(there..old.start)?;
            let start = here + between.len();
            if row.get(here..start)? != between {
                return None;
            }
            let end = start + plain.length(&row[start..])?;
            // A field that has come to rest is part of what lies between next time.
            self.take(place, Extent { start, end }, last[old.start..old.end] != row[start..end]);
            (there, here) = (old.end, end);
        }
        let rest = &last[there..];
        (row.get(here..here + rest.len())? == rest).then_some(here + rest.len())
    }

    /// Returns the length of a row that differs from the last one of its template in free fields alone.
    fn follow(&mut self, template: &Template, last: &[u8], row: &[u8], plain: &Plain) -> Option<usize> {
        self.changed = 0;
        let (mut there, mut here, mut order) = (0, 0, &template.order[..]);
        loop {
            let same = common(&last[there..], &row[here..]);
            let whole = order.iter().take_while(|place| template.fields[**place].end < there + same).count();
            let (before, behind) = order.split_at(whole);
            for place in before {
                self.fields[*place] = template.fields[*place].moved(there, here);
            }
            if there + same == last.len() {
                return Some(here + same);
            }
            let (place, behind) = behind.split_first()?;
            let old = template.fields[*place];
            let start = old.start.checked_sub(there).filter(|ahead| *ahead <= same)? + here;
            let end = start + plain.length(&row[start..])?;
            self.take(*place, Extent { start, end }, true);
            (there, here, order) = (old.end, end, behind);
        }
    }

    fn take(&mut self, place: usize, field: Extent, changed: bool) {
        self.fields[place] = field;
        self.changed |= u32::from(changed) << place;
    }
}

/// Returns how many bytes two texts begin with alike.
fn common(one: &[u8], other: &[u8]) -> usize {
    let steps = one.as_chunks::<STEP>().0.iter().zip(other.as_chunks::<STEP>().0);
    let same = steps.take_while(|(one, other)| one == other).count() * STEP;
    same + one[same..].iter().zip(&other[same..]).take_while(|(one, other)| one == other).count()
}

/// Fields of plain ASCII without quotes, which end at the delimiter or at the
/// line's end.
#[derive(Debug)]
struct Plain {
    delimiter: u8,
}

impl Plain {
    /// Returns the length of the field that begins a text, if it is plain.
    fn length(&self, text: &[u8]) -> Option<usize> {
        let text = &text[..text.len().min(LONGEST)];
        let (words, rest) = text.as_chunks();
        let in_words = words.iter().zip((0..).step_by(8)).find_map(|(word, at)| Some(at + self.odd(*word)?));
        let length = in_words.or_else(|| {
            let mut last = [b' '; 8];
            last[..rest.len()].copy_from_slice(rest);
            Some(text.len() - rest.len() + self.odd(last)?)
        })?;
        [self.delimiter, b'\n', b'\r'].contains(&text[length]).then_some(length)
    }

    /// Where the first of eight bytes is that is not plain: all at once, since
    /// the length of a figure is nothing that a processor could foresee.
    fn odd(&self, bytes: [u8; 8]) -> Option<usize> {
        const ONES: u64 = u64::from_le_bytes([1; 8]);
        const HIGH: u64 = ONES << 7;
        // In these a byte's high bit tells, up to the first that does: a borrow goes only to bytes behind it.
        let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
        let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let word = u64::from_le_bytes(bytes);
        let above = word | word.wrapping_add(ONES);
        let odd = above | below(word, b' ') | equal(word, b'"') | equal(word, self.delimiter);
        let first = (odd & HIGH).trailing_zeros() as usize / 8;
        (first < 8).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::csv::scan::Scanner;

    fn learned(templates: &mut Templates, row: &str) -> Option<usize> {
        let mut fields = Vec::new();
        Scanner::new(row, 1, b',').record(|_, field| fields.push(field)).unwrap();
        templates.learn(row.as_bytes(), &fields)
    }

    /// Returns the free fields of the row at a place, whether each has changed, and where it ends.
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
    fn a_field_goes_up_to_its_first_byte_that_is_not_plain() {
        for (delimiter, byte) in
            [b',', b'\t', b'|'].into_iter().flat_map(|delimiter| (0..=255).map(move |b| (delimiter, b)))
        {
            let plain = (0x20..0x7F).contains(&byte) && byte != b'"' && byte != delimiter;
            let ends = [delimiter, b'\n', b'\r'].contains(&byte);
            for at in 0..20 {
                // Behind it stands what might be taken for the first.
                let mut text = vec![b'0'; at];
                text.extend([byte, 0xFF, 0, b'"', delimiter]);
                let found = Plain { delimiter }.length(&text);
                assert_eq!(found, ends.then_some(at), "{byte} at {at}");
                text.truncate(at + 1);
                assert_eq!(Plain { delimiter }.length(&text), ends.then_some(at), "{byte} at {at}");
            }
            let before = [vec![byte; 11], vec![delimiter]].concat();
            assert_eq!(Plain { delimiter }.length(&before), if ends { Some(0) } else { plain.then_some(11) });
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
