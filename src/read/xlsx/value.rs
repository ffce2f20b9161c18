//! The values of a workbook's cells as text.
#![allow(
    clippy::disallowed_types,
    reason = "a spreadsheet stores its numbers as binary floats; here, and only here, they become decimal text"
)]

use crate::read::row_assembler::{Unusable, Value};
use calamine::DataRef;
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::fmt::Write as _;

/// 9999-12-31 in the 1900 system: no later serial number is a date.
const LAST_DAY: i64 = 2_958_465;
const DAY_SECONDS: i64 = 86_400;
/// A number has 15 digits: this one has a digit more.
const LONG: f64 = 1e15;

/// The text of a cell.
pub(in crate::read) fn value_of<'t>(
    data: &'t DataRef<'_>,
    formula: bool,
    date1904: bool,
    text: &'t mut String,
) -> Value<'t> {
    let written = match data {
        DataRef::Empty if formula => return Value::Unusable(Unusable::NoResult, ""),
        DataRef::Empty => return Value::Text(""),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => return Value::Text(text),
        DataRef::SharedString(text) => return Value::Text(text),
        DataRef::Bool(truth) => return Value::Text(if *truth { "TRUE" } else { "FALSE" }),
        DataRef::Error(error) => {
            let _ = write!(text, "{error}");
            Err(Unusable::Error)
        }
        DataRef::Int(number) => {
            let _ = write!(text, "{number}");
            let long = number.unsigned_abs() >= 1_000_000_000_000_000;
            if long { Err(Unusable::LongNumber) } else { Ok(true) }
        }
        DataRef::Float(number) => write_number(*number, text).map(|()| true),
        DataRef::DateTime(moment) if moment.is_duration() => write_duration(moment.as_f64(), text).map(|()| false),
        DataRef::DateTime(moment) => write_moment(moment.as_f64(), date1904, text).map(|()| false),
    };
    match written {
        Ok(true) => Value::Number(text),
        Ok(false) => Value::Text(text),
        Err(why) => Value::Unusable(why, text),
    }
}

/// Writes a number as the decimal of its 15 significant digits, which is what
/// Excel shows and keeps; the binary tail behind them is no part of it.
fn write_number(number: f64, text: &mut String) -> Result<(), Unusable> {
    if !number.is_finite() {
        let _ = write!(text, "{number}");
        return Err(Unusable::BadNumber);
    }
    if number.fract() == 0.0 && number.abs() < LONG {
        #[allow(clippy::cast_possible_truncation, reason = "a whole number of at most 15 digits")]
        let whole = number as i64;
        let _ = write!(text, "{whole}");
        return Ok(());
    }
    let scientific = format!("{:.14e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').ok_or(Unusable::BadNumber)?;
    let exponent: i32 = exponent.parse().map_err(|_| Unusable::BadNumber)?;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        text.push('0');
        return Ok(());
    }
    if number.is_sign_negative() {
        text.push('-');
    }
    if exponent < 0 {
        text.push_str("0.");
        (1..exponent.unsigned_abs()).for_each(|_| text.push('0'));
        text.push_str(digits);
        return Ok(());
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    if whole > 15 {
        // As Excel's file has it: the first 17 digits of the exact figure.
        let exact = format!("{:.0}", number.abs());
        let (lead, rest) = exact[..exact.len().min(17)].split_at(1);
        let rest = rest.trim_end_matches('0');
        let point = if rest.is_empty() { "" } else { "." };
        let _ = write!(text, "{lead}{point}{rest}E+{exponent}");
        return Err(Unusable::LongNumber);
    }
    match digits.split_at_checked(whole) {
        Some((whole, "")) => text.push_str(whole),
        Some((whole, fraction)) => {
            let _ = write!(text, "{whole}.{fraction}");
        }
        None => {
            let _ = write!(text, "{digits:0<whole$}");
        }
    }
    Ok(())
}

/// A serial number in whole seconds: rounded, since 00:05:00 is stored as a
/// fraction of a day that falls short of it.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked before")]
fn seconds(serial: f64, text: &mut String) -> Result<i64, Unusable> {
    if !(0.0..3_000_000.0).contains(&serial) {
        let _ = write!(text, "{serial}");
        return Err(Unusable::BadDate);
    }
    Ok((serial * 86_400.0).round() as i64)
}

/// Writes a date and time; a serial number below one is a time alone.
fn write_moment(serial: f64, date1904: bool, text: &mut String) -> Result<(), Unusable> {
    let seconds = seconds(serial, text)?;
    let (day, time) = (seconds / DAY_SECONDS, seconds % DAY_SECONDS);
    // Day 60 of the 1900 system is 29 February 1900, which never was.
    let first = match (date1904, day) {
        (true, _) => Date::constant(1904, 1, 1),
        (false, ..60) => Date::constant(1899, 12, 31),
        (false, _) => Date::constant(1899, 12, 30),
    };
    let date = first.checked_add(day.days()).ok().filter(|_| day <= LAST_DAY && (date1904 || day != 60));
    let Some(date) = date else {
        let _ = write!(text, "{serial}");
        return Err(Unusable::BadDate);
    };
    if day > 0 {
        let _ = write!(text, "{date} ");
    }
    write_time(time, text);
    Ok(())
}

/// Writes a length of time: `25:00:00`.
fn write_duration(serial: f64, text: &mut String) -> Result<(), Unusable> {
    write_time(seconds(serial, text)?, text);
    Ok(())
}

fn write_time(seconds: i64, text: &mut String) {
    let _ = write!(text, "{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact_decimals_of_fifteen_digits() {
        let text = |number: f64| {
            let mut text = String::new();
            write_number(number, &mut text).map(|()| text)
        };
        for (number, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.3"),
            (4126.58952, "4126.58952"),
            (-12.5, "-12.5"),
            (1200.0, "1200"),
            (0.000_012_3, "0.0000123"),
            (0.007, "0.007"),
            (100_000_000_001_025.0, "100000000001025"),
            (999_999_999_999_999.0, "999999999999999"),
            (0.999_999_999_999_999_9, "1"),
            (1.0 / 3.0, "0.333333333333333"),
        ] {
            assert_eq!(text(number).as_deref(), Ok(expected));
        }
        assert_eq!(text(1e15), Err(Unusable::LongNumber));
        let mut long = String::new();
        assert_eq!(write_number("2.0240501400000559E+22".parse().unwrap(), &mut long), Err(Unusable::LongNumber));
        assert_eq!(long, "2.0240501400000559E+22");
        assert_eq!(text(f64::NAN), Err(Unusable::BadNumber));
    }

    #[test]
    fn moments_are_rounded_to_the_second() {
        let moment = |serial: f64, date1904| {
            let mut text = String::new();
            write_moment(serial, date1904, &mut text).map(|()| text)
        };
        // 2024-10-01 is day 45566 of the 1900 system and day 44104 of the 1904 system.
        assert_eq!(moment(45_566.0, false).as_deref(), Ok("2024-10-01 00:00:00"));
        assert_eq!(moment(44_104.0, true).as_deref(), Ok("2024-10-01 00:00:00"));
        // 00:05:00 with six decimals is 00:04:59.98.
        assert_eq!(moment(45_566.003_472, false).as_deref(), Ok("2024-10-01 00:05:00"));
        assert_eq!(moment(45_566.999_999_9, false).as_deref(), Ok("2024-10-02 00:00:00"));
        assert_eq!(moment(0.5, false).as_deref(), Ok("12:00:00"));
        assert_eq!(moment(59.0, false).as_deref(), Ok("1900-02-28 00:00:00"));
        assert_eq!(moment(61.0, false).as_deref(), Ok("1900-03-01 00:00:00"));
        for bad in [60.0, -1.0, 2_958_466.0, 1e300, f64::NAN] {
            assert_eq!(moment(bad, false), Err(Unusable::BadDate), "{bad}");
        }
    }
}
