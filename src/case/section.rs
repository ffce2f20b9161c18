//! A table of account.toml, read key by key: every key that is asked for is
//! known, every other is refused by name with the nearest known one.

use std::cell::RefCell;
use std::ops::Range;

use jiff::civil;
use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::{Datetime, Offset};

use crate::model::diagnostic::{At, Diagnostic, Diagnostics, nearest, shown};
use crate::model::number::parse_decimal;
use crate::model::{Day, Stamp};

/// The file that sections belong to: its name, its text, what was found wrong.
pub struct Document<'a> {
    file: &'a str,
    text: &'a str,
    found: RefCell<Diagnostics>,
}

/// One table of the document.
pub struct Section<'d, 'a> {
    document: &'d Document<'a>,
    name: String,
    start: usize,
    table: &'d DeTable<'a>,
    asked: RefCell<Vec<&'static str>>,
}

/// A value with its place in the file.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub at: Range<usize>,
}

impl<'a> Document<'a> {
    /// Returns a document without findings.
    #[must_use]
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, found: RefCell::default() }
    }

    /// Returns what was found wrong.
    #[must_use]
    pub fn findings(self) -> Diagnostics {
        self.found.into_inner()
    }

    /// Returns the line of a byte position, from 1.
    #[must_use]
    pub fn line(&self, position: usize) -> u32 {
        let newlines = self.text.as_bytes().iter().take(position).filter(|byte| **byte == b'\n').count();
        u32::try_from(newlines).map_or(u32::MAX, |line| line + 1)
    }

    /// Refuses what stands at a position.
    pub fn refuse(&self, code: &'static str, position: usize, message: String, help: String) {
        let line = self.line(position);
        let excerpt = self.text.lines().nth(line as usize - 1).map(shown).unwrap_or_default();
        let diagnostic = Diagnostic::error(code, At::file(self.file).row(line), message, help).with_excerpt(excerpt);
        self.found.borrow_mut().push(diagnostic);
    }
}

impl<'d, 'a> Section<'d, 'a> {
    /// Returns the document's own table.
    #[must_use]
    pub fn root(document: &'d Document<'a>, table: &'d DeTable<'a>) -> Self {
        Self { document, name: String::new(), start: 0, table, asked: RefCell::default() }
    }

    /// Returns the line on which the section starts.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.document.line(self.start)
    }

    /// Refuses what a line says.
    pub fn refuse_line(&self, line: u32, message: String, help: String) {
        let newlines = self.document.text.match_indices('\n').map(|(at, _)| at + 1);
        let start = std::iter::once(0).chain(newlines).nth(line as usize - 1);
        self.document.refuse("account-value", start.unwrap_or(self.start), message, help);
    }

    /// Refuses a value of the section.
    pub fn refuse_at(&self, at: &Range<usize>, message: String, help: String) {
        self.document.refuse("account-value", at.start, message, help);
    }

    fn get(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(key);
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn wrong<T>(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &str) -> Option<T> {
        let found = self.document.text.get(value.span()).map(shown).unwrap_or_default();
        let help = "correct this line; `trtc-recon schema account` says what each key takes".to_owned();
        self.refuse_at(&value.span(), format!("{}{key} is {found}; expected {expected}", self.prefix()), help);
        None
    }

    fn prefix(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!("[{}] ", self.name) }
    }

    fn read<T>(
        &self,
        key: &'static str,
        expected: &str,
        convert: impl Fn(&DeValue<'a>) -> Option<T>,
    ) -> Option<Entry<T>> {
        let value = self.get(key)?;
        match convert(value.get_ref()) {
            Some(converted) => Some(Entry { value: converted, at: value.span() }),
            None => self.wrong(key, value, expected),
        }
    }

    /// Returns a text.
    #[must_use]
    pub fn text(&self, key: &'static str) -> Option<Entry<String>> {
        self.read(key, "a text in quotes", |value| value.as_str().map(str::to_owned))
    }

    /// Returns a text that may stand without quotes where it is all digits.
    #[must_use]
    pub fn digits(&self, key: &'static str) -> Option<Entry<String>> {
        self.read(key, "digits in quotes", |value| {
            let text = value.as_str().or_else(|| value.as_integer().map(toml::de::DeInteger::as_str))?;
            (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned())
        })
    }

    /// Returns one of a few words.
    #[must_use]
    pub fn choice<T: Copy>(&self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let pick = |value: &DeValue<'a>| {
            choices.iter().find(|(word, _)| value.as_str() == Some(*word)).map(|(_, choice)| *choice)
        };
        self.read(key, &words.join(" or "), pick).map(|entry| entry.value)
    }

    /// Returns a day.
    #[must_use]
    pub fn day(&self, key: &'static str) -> Option<Entry<Day>> {
        self.read(key, "a date such as 2024-10-01", |value| {
            let stamp = stamp_of(value)?;
            (stamp.day().start() == stamp).then(|| stamp.day())
        })
    }

    /// Returns a moment; a date alone is its 00:00.
    #[must_use]
    pub fn stamp(&self, key: &'static str) -> Option<Entry<Stamp>> {
        self.read(key, "a date and time such as 2024-10-01T15:20:00 (Beijing time)", stamp_of)
    }

    /// Returns a whole number that is not negative.
    #[must_use]
    pub fn count(&self, key: &'static str) -> Option<i64> {
        let number = |value: &DeValue<'a>| {
            let digits = value.as_integer().filter(|number| number.radix() == 10)?.as_str();
            digits.parse::<i64>().ok().filter(|count| (0..=1_000_000_000_000).contains(count))
        };
        self.read(key, "a whole number such as 10000", number).map(|entry| entry.value)
    }

    /// Returns whether a key has a table as its value.
    #[must_use]
    pub fn is_table(&self, key: &str) -> bool {
        self.value(key).is_some_and(|value| matches!(value, DeValue::Table(_)))
    }

    /// Returns whether a key has a list as its value: of tables, or of what is refused then.
    #[must_use]
    pub fn is_tables(&self, key: &str) -> bool {
        self.value(key).is_some_and(|value| matches!(value, DeValue::Array(_)))
    }

    fn value(&self, key: &str) -> Option<&'d DeValue<'a>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value.get_ref())
    }

    /// Yes or no.
    #[must_use]
    pub fn flag(&self, key: &'static str) -> Option<bool> {
        self.read(key, "true or false", DeValue::as_bool).map(|entry| entry.value)
    }

    /// Returns an SDKAppID.
    #[must_use]
    pub fn app(&self, key: &'static str) -> Option<Entry<u64>> {
        self.read(key, "an SDKAppID such as 1400000001", |value| {
            let text = value.as_str().or_else(|| value.as_integer().map(toml::de::DeInteger::as_str))?;
            (text.bytes().all(|b| b.is_ascii_digit()) && text.len() <= 15).then(|| text.parse().ok())?
        })
    }

    /// Returns a decimal that is not negative, exact as written.
    #[must_use]
    pub fn decimal(&self, key: &'static str) -> Option<Entry<Decimal>> {
        self.read(key, "a plain decimal in quotes such as \"168.00\"", |value| {
            let text = match value {
                DeValue::String(text) => text.as_ref(),
                DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
                DeValue::Float(number) => number.as_str(),
                _ => return None,
            };
            parse_decimal(text).filter(|number| !number.is_sign_negative())
        })
    }

    /// Returns a table inside this one.
    #[must_use]
    pub fn table(&self, key: &'static str) -> Option<Section<'d, 'a>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(self.inside(key, value.span().start, table)),
            _ => self.wrong(key, value, &format!("a table: [{key}]")),
        }
    }

    /// Returns the tables of an array inside this one.
    #[must_use]
    pub fn tables(&self, key: &'static str) -> Vec<Section<'d, 'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let sections: Option<Vec<_>> = value.get_ref().as_array().and_then(|entries| {
            let section = |entry: &'d Spanned<DeValue<'a>>| match entry.get_ref() {
                DeValue::Table(table) => Some(self.inside(key, entry.span().start, table)),
                _ => None,
            };
            entries.iter().map(section).collect()
        });
        sections.or_else(|| self.wrong(key, value, &format!("one table for each: [[{key}]]"))).unwrap_or_default()
    }

    fn inside(&self, key: &str, start: usize, table: &'d DeTable<'a>) -> Section<'d, 'a> {
        let name = if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        Section { document: self.document, name, start, table, asked: RefCell::default() }
    }

    /// Returns a value that must be there.
    pub fn required<T>(&self, key: &str, entry: Option<T>) -> Option<T> {
        let present = self.table.iter().any(|(name, _)| name.get_ref() == key);
        if !present {
            self.document.refuse(
                "account-missing-key",
                self.start,
                format!("{}{key} is missing", self.prefix()),
                if self.name.is_empty() {
                    format!("add a section [{key}]")
                } else {
                    format!("add `{key} = …` to this section")
                },
            );
        }
        entry
    }

    /// Refuses every key that was never asked for.
    pub fn finish(self) {
        let asked = self.asked.into_inner();
        for (name, _) in self.table {
            let key = name.get_ref().as_ref();
            if asked.contains(&key) {
                continue;
            }
            let help = nearest(key, asked.iter().copied()).map_or_else(
                || format!("known here: {}", asked.join(", ")),
                |known| format!("did you mean `{known}`?"),
            );
            let section = if self.name.is_empty() { String::new() } else { format!(" in [{}]", self.name) };
            let message = format!("unknown key `{}`{section}", shown(key));
            self.document.refuse("account-unknown-key", name.span().start, message, help);
        }
    }
}

fn stamp_of(value: &DeValue<'_>) -> Option<Stamp> {
    match value {
        DeValue::Datetime(time) => stamp_of_datetime(time),
        DeValue::String(text) => Stamp::parse(text),
        _ => None,
    }
}

/// Local times are Beijing times; a time with an offset is converted.
fn stamp_of_datetime(time: &Datetime) -> Option<Stamp> {
    let date = time.date?;
    let date =
        civil::Date::new(i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    let mut stamp = Day::from_civil(date.ok()?).start();
    if let Some(clock) = time.time {
        let second = clock.second.map_or(0, i64::from);
        if clock.hour > 23 || clock.minute > 59 || second > 59 || clock.nanosecond.is_some_and(|n| n != 0) {
            return None;
        }
        stamp = stamp + (i64::from(clock.hour) * 3600 + i64::from(clock.minute) * 60 + second);
    }
    Some(match time.offset {
        None => stamp,
        Some(Offset::Z) => Stamp::from_unix(stamp.seconds()),
        Some(Offset::Custom { minutes }) => Stamp::from_unix(stamp.seconds() - i64::from(minutes) * 60),
    })
}
