//! Which character parts the fields of a CSV file.

use super::scan::Scanner;
use std::collections::BTreeMap;

/// The separation of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// The byte between the fields.
    pub(super) delimiter: u8,
    /// The length of a first line `sep=;` that names the delimiter; 0 if there is none.
    pub(super) named: usize,
}

/// The delimiters that are known, the likeliest first.
const DELIMITERS: [u8; 3] = [b',', b'\t', b';'];
/// So many records decide.
const SAMPLE: usize = 200;

impl Dialect {
    /// Finds the delimiter in the start of a text.
    pub(super) fn detect(start: &str) -> Self {
        if let Some(named) = Self::named(start) {
            return named;
        }
        let mut best = (0, 0, b',');
        for delimiter in DELIMITERS {
            let (records, width) = agreement(start, delimiter);
            if (records, width) > (best.0, best.1) {
                best = (records, width, delimiter);
            }
        }
        Self { delimiter: best.2, named: 0 }
    }

    fn named(start: &str) -> Option<Self> {
        let bytes = start.as_bytes();
        let (word, rest) = bytes.split_at_checked(4)?;
        let delimiter = *rest.first()?;
        let end = match rest[1..] {
            [b'\r', b'\n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            _ => return None,
        };
        let known = word.eq_ignore_ascii_case(b"sep=") && DELIMITERS.contains(&delimiter);
        known.then_some(Self { delimiter, named: 5 + end })
    }

    /// Its name, for people.
    pub(super) const fn name(self) -> &'static str {
        match self.delimiter {
            b'\t' => "tab",
            b';' => "semicolon",
            _ => "comma",
        }
    }
}

/// Returns how many records have the most common number of fields above one, and that
/// number. A table's records agree; a character of the text does not part them alike.
fn agreement(start: &str, delimiter: u8) -> (usize, usize) {
    let mut scanner = Scanner::new(start, 1, delimiter);
    let mut widths = BTreeMap::<usize, usize>::new();
    let mut seen = 0;
    while seen < SAMPLE
        && let Ok(Some(record)) = scanner.record(|_, _| ())
    {
        if !record.blank && record.fields > 1 {
            *widths.entry(record.fields).or_default() += 1;
        }
        seen += 1;
    }
    widths.into_iter().map(|(width, records)| (records, width)).max().unwrap_or((0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_on_which_the_records_agree() {
        let delimiter = |text| char::from(Dialect::detect(text).delimiter);
        assert_eq!(delimiter("a,b\n1,2\n"), ',');
        assert_eq!(delimiter("a\tb\n1,5\t2,5\n"), '\t');
        assert_eq!(delimiter("a;b\n1,5;2,5\n3;4\n"), ';');
        assert_eq!(delimiter("text,figure\nx; y; ,1\nz; w; ,2\n"), ',');
        assert_eq!(delimiter("one column\n1\n"), ',');
    }

    #[test]
    fn a_first_line_may_name_the_delimiter() {
        assert_eq!(Dialect::detect("sep=;\r\na,b;c\n"), Dialect { delimiter: b';', named: 7 });
        assert_eq!(Dialect::detect("SEP=\t\nx"), Dialect { delimiter: b'\t', named: 6 });
        assert_eq!(Dialect::detect("sep=x\na,b\n").named, 0);
    }
}
