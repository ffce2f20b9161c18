//! The cells of one call record, each taken strictly or refused with what was
//! expected.

use super::record::{Activity, LONGEST_SIDE, Picture};
use crate::model::diagnostic::{nearest, shown};
use crate::model::{AppId, Span, Stamp};
use crate::normalise::number::whole;
use crate::normalise::sdk_app_id::sdk_app_id;
use crate::normalise::text::is_missing;
use crate::normalise::timestamp::{self, NotATime, Written};
use crate::read::Cell;

/// The longest stretch of one record, in seconds: 31 days.
const LONGEST: i64 = 31 * 86_400;
/// The largest bit rate of a stream that is believed, in kbps.
const FASTEST: i64 = 1_000_000;
/// So many formats of one recording are believed.
const MOST_COPIES: i64 = 100;

/// Why a cell is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: &'static str,
    /// The field whose cell it is, as the layout names it.
    pub field: &'static str,
    pub message: String,
    pub help: String,
}

impl Fault {
    pub(super) fn new(
        code: &'static str,
        field: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { code, field, message: message.into(), help: help.into() }
    }
}

/// Returns the application, and whether it stood there as `1400000001.0`.
pub(super) fn app(cell: Cell<'_>) -> Result<(AppId, bool), Fault> {
    let plain = whole(cell.text).and_then(|id| AppId::try_from(id).ok());
    if let Some(id) = plain {
        return Ok((id, false));
    }
    let refuse = |why| {
        let message = format!("\"{}\" is not an SDKAppID: {why}", shown(cell.text));
        Fault::new("meter-app", "app", message, "Write the SDKAppID as digits alone, like 1400000001.")
    };
    sdk_app_id(cell.text, cell.numeric).map(|read| (read.id, read.with_point)).map_err(refuse)
}

/// Returns the name of a room or an actor.
pub(super) fn name<'a>(cell: Cell<'a>, field: &'static str, what: &str) -> Result<&'a str, Fault> {
    let name = cell.text.trim();
    if !name.is_empty() {
        return Ok(name);
    }
    let help = "Fill it in: rows are held against each other by application, room and actor.";
    Err(Fault::new("meter-name", field, format!("the row names no {what}"), help))
}

pub(super) fn activity(cell: Cell<'_>) -> Result<Activity, Fault> {
    let text = cell.text.trim();
    Activity::parse(text).ok_or_else(|| {
        let names = Activity::ALL.map(Activity::name);
        let near = nearest(text, names).map_or_else(String::new, |near| format!("Did you mean {near}? "));
        let message = format!("\"{}\" is not an activity", shown(text));
        Fault::new("meter-activity", "activity", message, format!("{near}Activities are: {}.", names.join(", ")))
    })
}

/// Returns the time that a row lasts; empty where start and end are one second.
pub(super) fn span(start: Cell<'_>, end: Cell<'_>, date1904: bool) -> Result<Span, Fault> {
    let from = time(start, "start", date1904, timestamp::start_of)?;
    let until = time(end, "end", date1904, |clock| Ok(clock.at))?;
    let seconds = until - from;
    if (0..=LONGEST).contains(&seconds) {
        return Ok(Span { from, until });
    }
    let (message, help) = if seconds < 0 {
        (
            format!("the end {until} lies before the start {from}"),
            "Correct start or end; the end is the first second behind.",
        )
    } else {
        (
            format!("the row lasts from {from} to {until}: more than 31 days"),
            "Check the year; if the stretch is really so long, part it into rows of at most 31 days.",
        )
    };
    Err(Fault::new("meter-span", "end", message, help))
}

fn time(
    cell: Cell<'_>,
    field: &'static str,
    date1904: bool,
    take: impl FnOnce(timestamp::Clock) -> Result<Stamp, NotATime>,
) -> Result<Stamp, Fault> {
    let read = timestamp::read(cell.text, cell.numeric, date1904).and_then(|clock| {
        // A day alone could mean its first second or its last.
        if clock.written == Written::Day && !cell.numeric {
            return Err(NotATime("the time of day is missing"));
        }
        if clock.inexact {
            return Err(NotATime("a stretch begins and ends on a whole second"));
        }
        take(clock)
    });
    read.map_err(|why| {
        let message = format!("\"{}\" is not a time: {}", shown(cell.text), why.0);
        Fault::new("meter-time", field, message, "Write times as YYYY-MM-DDTHH:MM:SS in Beijing time.")
    })
}

/// Returns what is said of streams of which a part is neither picture nor sound.
pub(super) fn not_streams(text: &str, part: &str) -> Fault {
    let message = format!("\"{}\" in \"{}\" is neither a picture nor audio", shown(part), shown(text));
    let help = format!(
        "Write pictures as WIDTHxHEIGHT in px (each side 1 to {LONGEST_SIDE}) and pure sound as audio, joined by +, \
         like 640x480+1280x720+audio; leave the cell empty where no picture is received."
    );
    Fault::new("meter-streams", "streams", message, help)
}

/// Returns the picture that a mixing task puts out; other activities have none.
pub(super) fn output(cell: Cell<'_>, activity: Activity) -> Result<Option<Picture>, Fault> {
    if is_missing(cell.text) {
        return Ok(None);
    }
    let text = shown(cell.text.trim());
    if !activity.is_mixing() {
        let message = format!("an output ({text}) stands in a row of {}, which has none", activity.name());
        let help = "Only mixing tasks have an output. The picture of a delivered file stands under streams.";
        return Err(Fault::new("meter-output", "output", message, help));
    }
    Picture::parse(cell.text.trim()).map(Some).ok_or_else(|| {
        let help = format!("Write the output as WIDTHxHEIGHT in px, like 1280x720, each side 1 to {LONGEST_SIDE}.");
        Fault::new("meter-output", "output", format!("\"{text}\" is not a picture"), help)
    })
}

/// In how many formats a recording is written: 1 where nothing is said.
pub(super) fn copies(cell: Cell<'_>, activity: Activity) -> Result<u32, Fault> {
    if is_missing(cell.text) {
        return Ok(1);
    }
    let copies = whole(cell.text.trim()).filter(|copies| (1..=MOST_COPIES).contains(copies));
    let Some(copies) = copies.and_then(|copies| u32::try_from(copies).ok()) else {
        let message = format!("\"{}\" is not a number of output formats", shown(cell.text));
        let help = format!("Write a whole number from 1 to {MOST_COPIES}, or leave the cell empty for 1.");
        return Err(Fault::new("meter-copies", "copies", message, help));
    };
    if copies > 1 && activity != Activity::Recording {
        let message = format!("{copies} copies stand in a row of {}, which has none", activity.name());
        let help = "Only recordings have several output formats. Give each delivered file a row of its own.";
        return Err(Fault::new("meter-copies", "copies", message, help));
    }
    Ok(copies)
}

/// Returns the bit rate of a relayed stream; other activities have none.
pub(super) fn kbps(cell: Cell<'_>, activity: Activity) -> Result<u32, Fault> {
    let rate = if is_missing(cell.text) { Some(0) } else { whole(cell.text.trim()) };
    let rate = rate.filter(|rate| (0..=FASTEST).contains(rate)).and_then(|rate| u32::try_from(rate).ok());
    match rate {
        Some(rate) if (rate > 0) == activity.is_relay() => Ok(rate),
        Some(rate) if rate > 0 => {
            let message = format!("{rate} kbps stand in a row of {}, which has none", activity.name());
            let help = "Only relays are counted by bandwidth: leave the cell empty.";
            Err(Fault::new("meter-kbps", "kbps", message, help))
        }
        _ => {
            let message = format!("\"{}\" is not the bit rate of a {}", shown(cell.text), activity.name());
            let help = format!("Write kbps, audio and video together, as a whole number from 1 to {FASTEST}.");
            Err(Fault::new("meter-kbps", "kbps", message, help))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn cell(text: &str) -> Cell<'_> {
        Cell { text, numeric: false }
    }

    fn seconds(start: &str, end: &str) -> Result<i64, &'static str> {
        span(cell(start), cell(end), false).map(Span::seconds).map_err(|fault| fault.code)
    }

    #[test]
    fn meter_time() {
        assert_eq!(seconds("2024-10-01T23:59:59", "2024-10-01T24:00:00"), Ok(1));
        assert_eq!(seconds("2024-10-01 00:04:59", "2024-10-01 00:04:59"), Ok(0), "an end is never inclusive here");
        assert_eq!(seconds("2024-09-30T16:00:00Z", "2024-10-01T00:00:05"), Ok(5));
        for (start, end) in [
            ("2024-10-01T24:00:00", "2024-10-02T01:00:00"),
            ("2024-10-01", "2024-10-01T01:00:00"),
            ("2024-10-01T00:00:00", "2024-10-02"),
            ("2023-02-29T00:00:00", "2023-02-29T01:00:00"),
            ("2024-10-01T00:00:00.5", "2024-10-01T01:00:00"),
            ("", "2024-10-01T01:00:00"),
        ] {
            assert_eq!(seconds(start, end), Err("meter-time"), "{start} {end}");
        }
    }

    #[test]
    fn meter_span() {
        assert_eq!(seconds("2024-10-01T01:00:00", "2024-10-01T00:59:59"), Err("meter-span"));
        assert_eq!(seconds("2024-10-01T00:00:00", "2024-11-01T00:00:00"), Ok(LONGEST));
        assert_eq!(seconds("2024-10-01T00:00:00", "2024-11-01T00:00:01"), Err("meter-span"));
    }

    #[test]
    fn meter_output() {
        let code = |text, activity| output(cell(text), activity).map_err(|fault| fault.code);
        assert_eq!(code("-", Activity::Room), Ok(None));
        assert_eq!(code("2x3", Activity::MixH264), Ok(Some(Picture { width: 2, height: 3 })));
        assert_eq!(code("2x3", Activity::Recording), Err("meter-output"));
        assert_eq!(code("720p", Activity::MixH265), Err("meter-output"));
    }

    #[test]
    fn meter_copies() {
        let code = |text, activity| copies(cell(text), activity).map_err(|fault| fault.code);
        assert_eq!(code("", Activity::Recording), Ok(1));
        assert_eq!(code("3", Activity::Recording), Ok(3));
        assert_eq!(code("1", Activity::Room), Ok(1));
        assert_eq!(code("2", Activity::DeliverThird), Err("meter-copies"));
        for text in ["0", "-1", "1.5", "101", "two"] {
            assert_eq!(code(text, Activity::Recording), Err("meter-copies"), "{text}");
        }
    }

    #[test]
    fn meter_kbps() {
        let code = |text, activity| kbps(cell(text), activity).map_err(|fault| fault.code);
        assert_eq!(code("500", Activity::RelayThird), Ok(500));
        assert_eq!(code("", Activity::Room), Ok(0));
        assert_eq!(code("500", Activity::Room), Err("meter-kbps"));
        for text in ["", "0", "-1", "0.5", "fast", "1000001"] {
            assert_eq!(code(text, Activity::RelayTencent), Err("meter-kbps"), "{text}");
        }
    }

    #[test]
    fn meter_activity() {
        let fault = activity(cell("mix.h246")).unwrap_err();
        assert_eq!(fault.code, "meter-activity");
        assert!(fault.help.starts_with("Did you mean mix.h264?"), "{}", fault.help);
    }

    #[test]
    fn meter_app() {
        assert_eq!(app(cell("1400000001")), Ok((1_400_000_001, false)));
        assert_eq!(app(cell("1400000001.0")), Ok((1_400_000_001, true)));
        assert_eq!(app(cell("1.4E+09")).unwrap_err().code, "meter-app");
    }

    #[test]
    fn meter_name() {
        assert_eq!(name(cell(" a "), "actor", "actor"), Ok("a"));
        assert_eq!(name(cell(" "), "room", "room").unwrap_err().code, "meter-name");
    }
}
