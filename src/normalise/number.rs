//! Strict numbers: what a person would read as exactly one number, and
//! nothing else.

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;

use super::text::{half_width, is_missing};
use crate::model::number::parse_decimal;

/// Why a text is not a number, as the end of "… is not a number: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotANumber(pub &'static str);

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The number of a cell; `None` where the cell says that it has none.
pub fn number(text: &str) -> Result<Option<Decimal>, NotANumber> {
    if is_missing(text) {
        return Ok(None);
    }
    let plain = tidied(text)?;
    parse_decimal(&plain).map(Some).ok_or_else(|| NotANumber(reason(&plain)))
}

/// A whole number of digits alone, quickly; `None` for every other text,
/// which [`number`] then judges.
#[must_use]
pub fn whole(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 15 || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(bytes.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}

/// The text without spaces around it, a leading apostrophe, full-width forms
/// and thousands separators.
fn tidied(text: &str) -> Result<Cow<'_, str>, NotANumber> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let text = text.strip_prefix(['\'', '’', '‘']).unwrap_or(text);
    let mut text = Cow::Borrowed(text);
    if !text.is_ascii() {
        text = Cow::Owned(text.chars().map(half_width).collect());
    }
    if text.contains(',') {
        text = Cow::Owned(without_separators(&text)?);
    }
    Ok(text)
}

/// `1,234.50` is `1234.50`; `1,23` and `12,345,6` are nothing.
fn without_separators(text: &str) -> Result<String, NotANumber> {
    let wrong = NotANumber("its thousands separators do not stand after every third digit");
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut groups = whole.split(',');
    let first = groups.next().ok_or(wrong)?;
    let leads = (1..=3).contains(&first.len());
    if !leads || !groups.all(|group| group.len() == 3) || fraction.is_some_and(|f| f.contains(',')) {
        return Err(wrong);
    }
    Ok(text.replace(',', ""))
}

fn reason(text: &str) -> &'static str {
    let lower = text.to_lowercase();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_number_with = |sign: char| digits > 0 && text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == sign);
    if lower.starts_with("0x") {
        "a hexadecimal form is not taken"
    } else if digits > 0
        && lower.chars().all(|c| c.is_ascii_digit() || matches!(c, 'e' | '+' | '-' | '.'))
        && lower.contains('e')
    {
        "a text with an exponent has lost digits"
    } else if text.starts_with('(') {
        "brackets are not taken as a minus sign"
    } else if text.ends_with('-') && is_number_with('-') {
        "a minus sign must stand in front"
    } else if is_number_with('_') && text.contains('_') {
        "underscores are not separators"
    } else if is_number_with('-') {
        "at most 15 digits before the point and 12 behind are taken"
    } else {
        "expected digits, at most one point, and a minus sign in front"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        number(text).unwrap().map(|value| value.to_string())
    }

    #[test]
    fn what_a_person_reads_as_a_number() {
        for (text, value) in [
            ("1234.50", "1234.5"),
            ("1,234.50", "1234.5"),
            ("12,345,678", "12345678"),
            ("-1,000", "-1000"),
            ("'42", "42"),
            (" 12\u{a0}", "12"),
            ("１２３．５", "123.5"),
            ("００１", "1"),
            ("0.000000000001", "0.000000000001"),
        ] {
            assert_eq!(read(text).as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn a_missing_value_is_not_zero() {
        for text in ["", "-", "--", "—", "N/A"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_could_mean_something_else_is_refused() {
        for text in [
            "1.2E+05",
            "(12.00)",
            "12-",
            "0x10",
            "1_000",
            "NaN",
            "inf",
            "+5",
            "1,23",
            "1,2345",
            ",123",
            "1.2.3",
            "12,34.5",
            "0.5,000",
            "12345678901234567890123456789",
            "1 2",
            "--5",
            ".5",
            "5.",
        ] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_reason_names_the_form() {
        assert_eq!(number("1.2E+05"), Err(NotANumber("a text with an exponent has lost digits")));
        assert_eq!(number("(12.00)"), Err(NotANumber("brackets are not taken as a minus sign")));
        assert_eq!(number("12-"), Err(NotANumber("a minus sign must stand in front")));
    }

    #[test]
    fn digits_alone_are_read_quickly_and_alike() {
        assert_eq!(whole("0300"), Some(300));
        assert_eq!(whole("-3"), None);
        assert_eq!(whole("1234567890123456"), None);
    }
}
