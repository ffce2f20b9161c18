//! Strict numbers: what a person would read as exactly one number, and
//! nothing else.

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;

use super::text::{bare, half_width, is_missing};
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
    let read = parse_decimal(&plain).or_else(|| parse_decimal(&without_tail(&plain)?));
    read.map(Some).ok_or_else(|| NotANumber(reason(&plain)))
}

/// The decimal of 15 significant digits of a text that a program wrote from a
/// binary float: `0.30000000000000004` is 0.3. `None` where the digits behind
/// them are more than such a tail.
fn without_tail(plain: &str) -> Option<String> {
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
    let (whole, fraction) = plain.split_once('.')?;
    let all = format!("{whole}{fraction}");
    let zeros = all.bytes().take_while(|byte| *byte == b'0').count();
    let significant = &all[zeros..];
    if !(16..=17).contains(&significant.len()) || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (kept, tail) = significant.split_at(15);
    let up = u64::from(tail.as_bytes()[0] >= b'5');
    let rounded = format!("{:0width$}", kept.parse::<u64>().ok()? + up, width = zeros + 15);
    let (whole, fraction) = rounded.split_at_checked(rounded.len() - (15 + zeros - whole.len()))?;
    let fraction = fraction.trim_end_matches('0');
    // A figure that needs all its digits is no float's tail.
    let digits = format!("{whole}{fraction}");
    let plain = digits.trim_start_matches('0').len() <= 12 && fraction.len() <= 12;
    plain.then(|| if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") })
}

/// A figure without the sign of its currency, and that currency: `¥28`, `28元`, `$0.5`.
#[must_use]
pub fn without_currency(text: &str) -> (Cow<'_, str>, Option<&'static str>) {
    const SIGNS: [(&str, &str); 8] = [
        ("¥", "CNY"),
        ("￥", "CNY"),
        ("人民币", "CNY"),
        ("元", "CNY"),
        ("CNY", "CNY"),
        ("US$", "USD"),
        ("$", "USD"),
        ("USD", "USD"),
    ];
    let text = bare(text);
    let (minus, plain) = text.strip_prefix('-').map_or(("", text), |plain| ("-", plain.trim_start()));
    for (sign, currency) in SIGNS {
        if let Some(rest) = plain.strip_prefix(sign).or_else(|| plain.strip_suffix(sign)) {
            return (Cow::Owned(format!("{minus}{}", rest.trim())), Some(currency));
        }
    }
    (Cow::Borrowed(text), None)
}

/// The number of a cell that may have an exponent, where a program wrote it whole: `3.99E-03`.
pub fn number_with_exponent(text: &str) -> Result<Option<Decimal>, NotANumber> {
    let trimmed = text.trim();
    let Some((mantissa, exponent)) = trimmed.split_once(['e', 'E']) else { return number(text) };
    let (digits, places) = (number(mantissa)?, exponent.strip_prefix('+').unwrap_or(exponent));
    let refused = NotANumber("expected digits, and an exponent of at most two digits");
    if exponent.starts_with("+-") || exponent.starts_with("++") {
        return Err(refused);
    }
    let places: i32 = if places.len() <= 3 { places.parse().map_err(|_| refused)? } else { return Err(refused) };
    let shifted = digits.ok_or(refused)?.to_string();
    let moved = shift(&shifted, places).ok_or(refused)?;
    parse_decimal(&moved).map(Some).ok_or(NotANumber("at most 15 digits before the point and 12 behind are taken"))
}

/// A plain number with its point moved; `None` where that makes it longer than any figure.
fn shift(plain: &str, places: i32) -> Option<String> {
    let (sign, plain) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()?.checked_add(places).filter(|point| (-40..=40).contains(point))?;
    let (before, behind) = match usize::try_from(point) {
        Ok(point) if point < digits.len() => (digits[..point].to_owned(), digits[point..].to_owned()),
        Ok(point) => (format!("{digits:0<point$}"), String::new()),
        Err(_) => (String::new(), format!("{}{digits}", "0".repeat(usize::try_from(-point).ok()?))),
    };
    let (before, behind) = (before.trim_start_matches('0'), behind.trim_end_matches('0'));
    let before = if before.is_empty() { "0" } else { before };
    let point = if behind.is_empty() { "" } else { "." };
    Some(format!("{sign}{before}{point}{behind}"))
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
    let text = bare(text);
    let mut text = Cow::Borrowed(text);
    if !text.is_ascii() {
        text = Cow::Owned(text.chars().map(half_width).collect());
    }
    if text.contains(',') {
        text = Cow::Owned(without_separators(&text)?);
    }
    Ok(text)
}

/// `1,234.50` is `1234.50`; `1,23`, `12,345,6` and `0,756` are nothing.
fn without_separators(text: &str) -> Result<String, NotANumber> {
    let wrong = NotANumber("its thousands separators do not stand after every third digit");
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut groups = whole.split(',');
    let first = groups.next().ok_or(wrong)?;
    // `0,756` is a fraction behind a comma.
    let leads = (1..=3).contains(&first.len()) && !first.starts_with('0');
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
            ("`42\t", "42"),
            ("0.30000000000000004", "0.3"),
            ("-0.75600000000000001", "-0.756"),
            ("4126.5895200000005", "4126.58952"),
            ("0.99999999999999989", "1"),
            (" 12\u{a0}", "12"),
            ("１２３．５", "123.5"),
            ("００１", "1"),
            ("0.000000000001", "0.000000000001"),
        ] {
            assert_eq!(read(text).as_deref(), Some(value), "{text}");
        }
    }

    #[test]
    fn the_sign_of_a_currency_is_no_part_of_the_number() {
        for (text, figure, currency) in [
            ("¥28", "28", Some("CNY")),
            ("￥ 1,234.50", "1,234.50", Some("CNY")),
            ("0.756 元", "0.756", Some("CNY")),
            ("-$0.02", "-0.02", Some("USD")),
            ("US$-5", "-5", Some("USD")),
            ("0.5", "0.5", None),
        ] {
            let (read, of) = without_currency(text);
            assert_eq!((&*read, of), (figure, currency), "{text}");
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
            "0.1234567890123456",
            "0.300000000000000044",
            "1 2",
            "--5",
            ".5",
            "5.",
        ] {
            assert!(number(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_exponent_that_a_program_wrote_loses_nothing() {
        for (text, value) in [
            ("3.99E-03", "0.00399"),
            ("9.90e-04", "0.00099"),
            ("1.2E+05", "120000"),
            ("1.2345E2", "123.45"),
            ("-5E0", "-5"),
            ("0E-8", "0"),
            ("12.5", "12.5"),
        ] {
            assert_eq!(number_with_exponent(text).unwrap().unwrap().to_string(), value, "{text}");
        }
        assert_eq!(number_with_exponent("-"), Ok(None));
        for text in ["1E", "E5", "1E1.5", "1E400", "1E-13", "1E16", "1E+-3", "0x1E2"] {
            assert!(number_with_exponent(text).is_err(), "{text}");
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
