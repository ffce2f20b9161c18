//! Strict times in Beijing, and the intervals that two of them bound.
//!
//! A text without a zone is Beijing time; a zone is honoured. What could be
//! read in two ways (`01/02/2024`) is refused.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::text::{bare, half_width};
use crate::model::number::parse_decimal;
use crate::model::{Day, Rounding, Span, Stamp};

/// The written part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The day alone.
    Day,
    /// To the minute.
    Minute,
    /// To the second, or a number.
    Second,
}

/// A time as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The second.
    pub at: Stamp,
    /// The written part.
    pub written: Written,
    /// True if it was written as 24:00, which only an end may be.
    pub day_end: bool,
    /// True if a part of a second was written too; it is not kept.
    pub inexact: bool,
}

/// Why a text is no time, as the end of "… is not a time: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotATime(pub &'static str);

const FORM: NotATime = NotATime("expected YYYY-MM-DD HH:MM:SS");
const NO_SUCH_DAY: NotATime = NotATime("there is no such day or hour");
const AMBIGUOUS: NotATime = NotATime("day and month cannot be told apart; expected YYYY-MM-DD");
const SERIAL_AS_TEXT: NotATime = NotATime(
    "it is a spreadsheet's serial number stored as text; give the column the format of a date, or export the file again",
);
const HALF: NotATime = NotATime("with AM or PM (上午, 下午) the hour goes from 1 to 12");
const RANGE: NotATime = NotATime("as a serial date it lies outside the years 2000 to 2099");

/// The grid on which all usage lies, in seconds.
pub const GRID: i64 = 300;

/// Returns the time of a cell. A bare number is a serial date only where the
/// spreadsheet stored it as a number; digits alone are an epoch.
pub fn read(text: &str, numeric: bool, date1904: bool) -> Result<Clock, NotATime> {
    if let Some(clock) = quick(text.as_bytes()) {
        return clock;
    }
    if text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit()) {
        return epoch(text);
    }
    let text: String = bare(text).chars().map(half_width).collect();
    let (text, half) = half_of_day(&text);
    let text = with_dashes(text.trim());
    let text = text.trim();
    if let Some(half) = half {
        return civil(text).and_then(|clock| in_half(clock, half));
    }
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.len(), 10 | 13) {
        return epoch(text);
    }
    if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        let looks_like_one = !numeric && serial(text, date1904).is_ok();
        return if numeric { serial(text, date1904) } else { Err(if looks_like_one { SERIAL_AS_TEXT } else { FORM }) };
    }
    civil(text)
}

/// Returns true if a text says that there is no time: the vendor's API prints zeros.
#[must_use]
pub fn is_none(text: &str) -> bool {
    text.starts_with("0000-00-00")
}

/// Returns the time of a cell of which one without a zone is in UTC, as FOCUS has it.
pub fn read_in_utc(text: &str, numeric: bool, date1904: bool) -> Result<Clock, NotATime> {
    let clock = read(text, numeric, date1904)?;
    let digits = text.trim().bytes().all(|b| b.is_ascii_digit());
    let time = text.trim().split_once([' ', 'T', 't']).map_or("", |(_, time)| time.trim());
    let zoned = (digits && !numeric) || matches!(zone_of(time), Ok((_, Some(_))));
    let local = zoned || clock.written == Written::Day;
    Ok(if local { clock } else { Clock { at: clock.at + 8 * 3600, ..clock } })
}

/// A half of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// Takes 上午, 下午, AM or PM out of a time.
fn half_of_day(text: &str) -> (String, Option<Half>) {
    let upper = text.to_ascii_uppercase();
    for (word, half) in
        [("上午", Half::Morning), ("下午", Half::Afternoon), ("AM", Half::Morning), ("PM", Half::Afternoon)]
    {
        if let Some((before, behind)) = upper.split_once(word) {
            return (format!("{} {}", before.trim_end(), behind.trim_start()), Some(half));
        }
    }
    (text.to_owned(), None)
}

/// Returns a time in a half of the day: 12:00 AM is 0:00, 12:00 PM is noon.
fn in_half(clock: Clock, half: Half) -> Result<Clock, NotATime> {
    const HOUR: i64 = 3600;
    let hour = (clock.at.seconds() - clock.at.day().start().seconds()) / HOUR;
    if clock.written == Written::Day || !(1..=12).contains(&hour) || clock.day_end {
        return Err(HALF);
    }
    let noon = if half == Half::Afternoon { 12 } else { 0 };
    Ok(Clock { at: clock.at + (hour % 12 + noon - hour) * HOUR, ..clock })
}

/// `2024年5月1日 9时30分0秒` as `2024-5-1 9:30:0`.
fn with_dashes(text: &str) -> String {
    if !text.contains('年') {
        return text.to_owned();
    }
    let plain: String = text
        .chars()
        .map(|c| match c {
            '年' | '月' => '-',
            '日' | '号' | '秒' => ' ',
            '时' | '分' => ':',
            other => other,
        })
        .collect();
    plain.trim_end().trim_end_matches(':').split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `YYYY-MM-DD HH:MM:SS` without a detour: nearly every row has it.
fn quick(text: &[u8]) -> Option<Result<Clock, NotATime>> {
    let shape = text.len() == 19 && text[4] == b'-' && text[7] == b'-' && text[13] == b':' && text[16] == b':';
    if !shape || !matches!(text[10], b' ' | b'T') {
        return None;
    }
    let pair = |at: usize| {
        let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        (tens < 10 && ones < 10).then(|| tens * 10 + ones)
    };
    let year = i16::from(pair(0)?) * 100 + i16::from(pair(2)?);
    Some(of_parts(year, pair(5)?, pair(8)?, [pair(11)?, pair(14)?, pair(17)?], Written::Second))
}

fn of_parts(year: i16, month: u8, day: u8, time: [u8; 3], written: Written) -> Result<Clock, NotATime> {
    let date = match (i8::try_from(month), i8::try_from(day)) {
        (Ok(month), Ok(day)) => Date::new(year, month, day).map_err(|_| NO_SUCH_DAY)?,
        _ => return Err(NO_SUCH_DAY),
    };
    let [hour, minute, second] = time.map(i64::from);
    let day_end = hour == 24 && minute == 0 && second == 0;
    if (hour > 23 && !day_end) || minute > 59 || second > 59 {
        return Err(NO_SUCH_DAY);
    }
    let at = Day::from_civil(date).start() + (hour * 3600 + minute * 60 + second);
    Ok(Clock { at, written, day_end, inexact: false })
}

/// 10 digits are seconds, 13 milliseconds since 1970 in UTC.
fn epoch(text: &str) -> Result<Clock, NotATime> {
    let number: i64 = text.parse().map_err(|_| FORM)?;
    let (seconds, inexact) =
        if text.len() == 13 { (number.div_euclid(1000), number % 1000 != 0) } else { (number, false) };
    Ok(Clock { at: Stamp::from_unix(seconds), written: Written::Second, day_end: false, inexact })
}

/// Returns a spreadsheet's day count; its fraction is the time of day, to the nearest second.
fn serial(text: &str, date1904: bool) -> Result<Clock, NotATime> {
    let days = parse_decimal(text).ok_or(FORM)? + Decimal::from(if date1904 { 1462 } else { 0 });
    if days < Decimal::from(36_526) || days >= Decimal::from(73_051) {
        return Err(RANGE);
    }
    let seconds = Rounding::HalfUp(0).apply((days - Decimal::from(25_569)) * Decimal::from(86_400));
    let at = i64::try_from(seconds.normalize().mantissa()).map_err(|_| RANGE)?;
    let written = if days.is_integer() { Written::Day } else { Written::Second };
    // Spreadsheets keep no time exactly: what is rounded here was never written.
    Ok(Clock { at: Stamp::from_seconds(at), written, day_end: false, inexact: false })
}

fn civil(text: &str) -> Result<Clock, NotATime> {
    let (date, time) = text.split_once([' ', 'T', 't']).unwrap_or((text, ""));
    let date = date_parts(date)?;
    let (time, zone) = zone_of(time.trim())?;
    if zone.is_some() && time.is_empty() {
        return Err(FORM);
    }
    let (time, fraction) = time.split_once('.').map_or((time, None), |(time, fraction)| (time, Some(fraction)));
    let (time, written) = time_parts(time)?;
    let mut clock = of_parts(date.0, date.1, date.2, time, written)?;
    if let Some(fraction) = fraction {
        clock = to_the_second(clock, fraction)?;
    }
    if let Some(offset) = zone {
        clock.at = clock.at + (8 * 3600 - offset);
    }
    Ok(clock)
}

fn date_parts(text: &str) -> Result<(i16, u8, u8), NotATime> {
    let mark = if text.contains('/') { '/' } else { '-' };
    let parts: Vec<&str> = text.split(mark).collect();
    let [year, month, day] = parts[..] else { return Err(FORM) };
    if year.len() != 4 && day.len() >= 2 && short(year).is_some() && day.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AMBIGUOUS);
    }
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FORM);
    }
    Ok((year.parse().map_err(|_| FORM)?, short(month).ok_or(FORM)?, short(day).ok_or(FORM)?))
}

/// Returns a time without its part of a second: `23:59:59.999` is the day's last second, and stays on its day.
fn to_the_second(clock: Clock, fraction: &str) -> Result<Clock, NotATime> {
    let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
    let inexact = fraction.bytes().any(|b| b != b'0');
    if !digits || clock.written != Written::Second || (clock.day_end && inexact) {
        return Err(FORM);
    }
    Ok(Clock { inexact, ..clock })
}

/// Returns one or two digits.
fn short(text: &str) -> Option<u8> {
    let fits = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}

/// Returns the offset of a zone suffix in seconds east of UTC, and the text before it.
fn zone_of(time: &str) -> Result<(&str, Option<i64>), NotATime> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Ok((time, Some(0)));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Ok((time, None)) };
    let (before, suffix) = time.split_at(at);
    let (sign, digits) = suffix.split_at(1);
    let digits = digits.replace(':', "");
    let (hours, minutes) = match digits.len() {
        2 => (short(&digits), Some(0)),
        4 => (short(&digits[..2]), short(&digits[2..])),
        _ => return Err(FORM),
    };
    let (Some(hours @ 0..=14), Some(minutes @ 0..=59)) = (hours, minutes) else { return Err(FORM) };
    let offset = i64::from(hours) * 3600 + i64::from(minutes) * 60;
    Ok((before.trim_end(), Some(if sign == "-" { -offset } else { offset })))
}

fn time_parts(text: &str) -> Result<([u8; 3], Written), NotATime> {
    if text.is_empty() {
        return Ok(([0; 3], Written::Day));
    }
    let parts: Vec<&str> = text.split(':').collect();
    let two = |part: &str| short(part).filter(|_| part.len() == 2);
    match parts[..] {
        [hour, minute] => Ok(([short(hour).ok_or(FORM)?, two(minute).ok_or(FORM)?, 0], Written::Minute)),
        [hour, minute, second] => {
            Ok(([short(hour).ok_or(FORM)?, two(minute).ok_or(FORM)?, two(second).ok_or(FORM)?], Written::Second))
        }
        _ => Err(FORM),
    }
}

/// An interval on the grid, and whether one of its ends was moved to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The interval, half-open.
    pub span: Span,
    /// True if an end lay one second off the grid.
    pub snapped: bool,
}

/// Returns the interval between two times, its end exclusive (`00:05:00`) or
/// inclusive (`00:04:59`, `23:59`, or the day itself).
pub fn interval(start: Clock, end: Clock) -> Result<Interval, NotATime> {
    let (from, moved_start) = begin(start)?;
    let behind = half_open(start, end);
    let (until, moved_end) = on_grid(behind)?;
    // The last thousandth of a second is an end that is inside, like the last second.
    let moved_end = moved_end || (end.inexact && behind == end.at);
    if until <= from {
        return Err(NotATime("the end does not lie behind the start"));
    }
    let within_a_day = until <= (from.day() + 1).start();
    if !within_a_day && from.day().month().span() != (Span { from, until }) {
        return Err(NotATime("it lies neither within one day nor is it a whole month"));
    }
    Ok(Interval { span: Span { from, until }, snapped: moved_start || moved_end })
}

/// Returns a time that begins something.
pub fn start_of(clock: Clock) -> Result<Stamp, NotATime> {
    if clock.day_end { Err(NotATime("24:00 can only be an end")) } else { Ok(clock.at) }
}

/// Returns a time that begins something, on the grid, and whether it was moved there.
pub fn begin(clock: Clock) -> Result<(Stamp, bool), NotATime> {
    let (at, moved) = on_grid(start_of(clock)?)?;
    Ok((at, moved || clock.inexact))
}

/// Returns the first second behind an end, whichever way it was written.
#[must_use]
pub fn half_open(start: Clock, end: Clock) -> Stamp {
    let last_minute = end.at.seconds().rem_euclid(GRID) == GRID - 60;
    let last_second = end.at.seconds().rem_euclid(GRID) == GRID - 1;
    match end.written {
        Written::Day if !end.day_end && start.written == Written::Day && is_last_day(start.at, end.at) => {
            end.at + 86_400
        }
        Written::Minute if last_minute => end.at + 60,
        Written::Second if last_second => end.at + 1,
        _ => end.at,
    }
}

/// Of two days: the same one, or the first and the last of a month, are both inside.
fn is_last_day(start: Stamp, end: Stamp) -> bool {
    let (first, last) = (start.day(), end.day());
    first == last
        || (first.month().first_day() == first && last.month() == first.month() && (last + 1).month() != first.month())
}

/// Returns a time on the 5-minute grid, moved there over one second at most.
pub fn on_grid(at: Stamp) -> Result<(Stamp, bool), NotATime> {
    match at.seconds().rem_euclid(GRID) {
        0 => Ok((at, false)),
        1 => Ok((at + -1, true)),
        rest if rest == GRID - 1 => Ok((at + 1, true)),
        _ => Err(OFF_GRID),
    }
}

const OFF_GRID: NotATime = NotATime("it lies off the 5-minute grid by more than a second");

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        read(text, false, false).unwrap().at.to_string()
    }

    #[test]
    fn the_forms_that_are_taken() {
        for (text, stamp) in [
            ("2024-10-01 00:05:00", "2024-10-01T00:05:00"),
            ("2024-10-01T00:05:00", "2024-10-01T00:05:00"),
            ("2024-10-01", "2024-10-01T00:00:00"),
            ("2024-10-01 00:05", "2024-10-01T00:05:00"),
            ("2024/10/1 0:05", "2024-10-01T00:05:00"),
            ("2024/10/01", "2024-10-01T00:00:00"),
            ("2024-09-30T16:00:00Z", "2024-10-01T00:00:00"),
            ("2024-10-01T00:00:00+08:00", "2024-10-01T00:00:00"),
            ("2024-09-30T11:00:00-0500", "2024-10-01T00:00:00"),
            ("2024-10-01 00:05:00.000", "2024-10-01T00:05:00"),
            ("1727712000", "2024-10-01T00:00:00"),
            ("1727712000000", "2024-10-01T00:00:00"),
        ] {
            assert_eq!(at(text), stamp, "{text}");
        }
    }

    #[test]
    fn a_serial_is_a_date_only_in_a_number_cell_and_rounds_to_the_second() {
        // 45566 = 2024-10-01; five minutes are 0.00347222…
        assert_eq!(read("45566.0034722222", true, false).unwrap().at.to_string(), "2024-10-01T00:05:00");
        assert_eq!(read("45566.00347", true, false).unwrap().at.to_string(), "2024-10-01T00:05:00");
        assert_eq!(read("44104", true, true).unwrap().at.to_string(), "2024-10-01T00:00:00");
        assert!(read("45566", false, false).is_err());
        assert_eq!(read("12", true, false), Err(RANGE));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "2023-02-29",
            "2023-02-29 00:00:00",
            "2024-13-01",
            "2024-10-01 24:05:00",
            "2024-10-01 23:60:00",
            "",
            "abc",
            "2024-10",
            "20241001",
            "2024-10-01 1:5",
            "2024-10-01Z",
            "2024-10-01 00:00:00.",
            "2024-10-01 00:00.5",
            "2024-10-01 24:00:00.5",
            "24-10-01",
        ] {
            assert!(read(text, false, false).is_err(), "{text}");
        }
        assert_eq!(read("01/02/2024", false, false), Err(AMBIGUOUS));
        assert_eq!(read("45413.395833333", false, false), Err(SERIAL_AS_TEXT));
        assert_eq!(read("2024-05-01 13:30:00 PM", false, false), Err(HALF));
        assert_eq!(read("2024-05-01 AM", false, false), Err(HALF));
    }

    #[test]
    fn halves_of_the_day_and_chinese_dates() {
        for (text, time) in [
            ("2024-05-01 09:30:00 AM", "2024-05-01T09:30:00"),
            ("2024-05-01 12:00:00 am", "2024-05-01T00:00:00"),
            ("2024-05-01 12:05:00 PM", "2024-05-01T12:05:00"),
            ("2024/5/1 下午 9:35", "2024-05-01T21:35:00"),
            ("2024/5/1 上午12:00:00", "2024-05-01T00:00:00"),
            ("2024年5月1日", "2024-05-01T00:00:00"),
            ("2024年05月01日 09:30:00", "2024-05-01T09:30:00"),
            ("2024年5月1日9时30分", "2024-05-01T09:30:00"),
            ("2024年5月1日 下午3:05:00", "2024-05-01T15:05:00"),
            ("`2024-05-01 09:30:00", "2024-05-01T09:30:00"),
        ] {
            assert_eq!(read(text, false, false).unwrap().at.to_string(), time, "{text}");
        }
    }

    fn between(start: &str, end: &str) -> Result<(i64, bool), NotATime> {
        let interval = interval(read(start, false, false)?, read(end, false, false)?)?;
        Ok((interval.span.seconds(), interval.snapped))
    }

    #[test]
    fn an_end_may_be_exclusive_or_inclusive() {
        assert_eq!(between("2024-10-01 00:00:00", "2024-10-01 00:05:00"), Ok((300, false)));
        assert_eq!(between("2024-10-01 00:00:00", "2024-10-01 00:04:59"), Ok((300, false)));
        assert_eq!(between("2024-10-01 00:00:00", "2024-10-01 23:59:59"), Ok((86_400, false)));
        assert_eq!(between("2024-10-01 00:00", "2024-10-01 23:59"), Ok((86_400, false)));
        assert_eq!(between("2024-10-01 00:00:00", "2024-10-01 24:00:00"), Ok((86_400, false)));
        assert_eq!(between("2024-10-01", "2024-10-01"), Ok((86_400, false)));
        assert_eq!(between("2024-10-01", "2024-10-02"), Ok((86_400, false)));
        assert_eq!(between("2024-10-01", "2024-10-31"), Ok((31 * 86_400, false)));
        assert_eq!(between("2024-10-01", "2024-11-01"), Ok((31 * 86_400, false)));
    }

    #[test]
    fn one_second_off_the_grid_is_moved_and_said() {
        assert_eq!(between("2024-10-01 00:00:01", "2024-10-01 00:05:01"), Ok((300, true)));
        assert_eq!(between("2024-10-01 00:00:02", "2024-10-01 00:05:00"), Err(OFF_GRID));
        assert_eq!(between("2024-10-01 00:00:00.000", "2024-10-01 23:59:59.999"), Ok((86_400, false)));
        assert_eq!(between("2024-10-01 00:00:00.4", "2024-10-01 00:04:59"), Ok((300, true)));
        assert_eq!(between("2024-10-01 00:00:00", "2024-10-01 00:05:00.4"), Ok((300, true)));
        assert_eq!(between("1727712000000", "1727712299999"), Ok((300, false)));
    }

    #[test]
    fn an_interval_lies_in_a_day_or_is_a_month() {
        assert!(between("2024-10-01", "2024-10-03").is_err());
        assert!(between("2024-10-01 08:00:00", "2024-10-02 08:00:00").is_err());
        assert!(between("2024-09-30", "2024-10-02").is_err());
        assert_eq!(between("2024-02-01", "2024-03-01"), Ok((29 * 86_400, false)));
    }

    #[test]
    fn an_interval_goes_forward_and_starts_on_a_day() {
        assert!(between("2024-10-01 00:05:00", "2024-10-01 00:00:00").is_err());
        assert!(between("2024-10-01 24:00:00", "2024-10-02 00:05:00").is_err());
    }
}
