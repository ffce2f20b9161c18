//! One actor does one thing at one time: rows that overlap would count twice.

use rayon::prelude::*;

use super::findings::Findings;
use super::record::{CallRecord, Source};
use crate::model::diagnostic::{Diagnostic, Diagnostics};

/// Refuses rows of one actor and activity in one room that overlap, and says
/// where an actor is in two rooms at once, which counts in both.
pub(super) fn overlaps(records: &[CallRecord], source: &Source) -> Diagnostics {
    let mut order: Vec<&CallRecord> = records.iter().collect();
    order.par_sort_unstable_by_key(|r| (r.app, r.actor, r.activity, r.room, r.span.from, r.row));
    let mut refused = Vec::new();
    let mut twice = Vec::new();
    for of_actor in order.chunk_by_mut(|a, b| (a.app, a.actor, a.activity) == (b.app, b.actor, b.activity)) {
        for of_room in of_actor.chunk_by(|a, b| a.room == b.room) {
            each_overlap(of_room, |earlier, later| refused.push((later, earlier)));
        }
        if of_actor.first().map(|r| r.room) != of_actor.last().map(|r| r.room) {
            of_actor.sort_unstable_by_key(|r| (r.span.from, r.row));
            each_overlap(of_actor, |earlier, later| twice.push((later, earlier)));
        }
    }
    twice.retain(|(later, earlier)| later.room != earlier.room);
    refused.sort_unstable_by_key(|(later, _)| later.row);
    let mut findings = Findings::default();
    for (later, earlier) in refused {
        findings.add(|| overlap(later, earlier, source));
    }
    let mut diagnostics = findings.told();
    diagnostics.extend(two_rooms(&twice, source));
    diagnostics
}

/// Hands on each row that begins before the end of an earlier one, with that one.
fn each_overlap<'a>(by_start: &[&'a CallRecord], mut found: impl FnMut(&'a CallRecord, &'a CallRecord)) {
    let mut furthest: Option<&CallRecord> = None;
    for record in by_start {
        if let Some(earlier) = furthest.filter(|earlier| record.span.from < earlier.span.until) {
            found(earlier, record);
        }
        if furthest.is_none_or(|earlier| earlier.span.until < record.span.until) {
            furthest = Some(record);
        }
    }
}

fn overlap(record: &CallRecord, other: &CallRecord, source: &Source) -> Diagnostic {
    let (row, other_row, activity) = (record.row, other.row, record.activity.name());
    let same = (record.span, &record.streams, record.output) == (other.span, &other.streams, other.output);
    let message = if same {
        format!("row {row} repeats row {other_row}: the same actor, activity ({activity}) and time")
    } else {
        format!(
            "row {row} ({} to {}) overlaps row {other_row} ({} to {}): one actor, one activity ({activity})",
            record.span.from, record.span.until, other.span.from, other.span.until
        )
    };
    let help = "Let the earlier row end where the later one starts, or give two processes or files an actor_id each; \
                take a row out that repeats another.";
    Diagnostic::error("meter-overlap", source.row(row), message, help)
}

fn two_rooms(twice: &[(&CallRecord, &CallRecord)], source: &Source) -> Option<Diagnostic> {
    let (row, other) = twice.iter().map(|(later, earlier)| (later.row, earlier.row)).min()?;
    let message = format!(
        "in {} rows an actor does the same in two rooms at once (first: row {row} and row {other}); both count",
        twice.len()
    );
    let help = "Nothing to do if different users bear one actor_id in different rooms. If one of the rooms is wrong, \
                correct its room_id.";
    Some(Diagnostic::warning("meter-two-rooms", source.row(row), message, help))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Span, Stamp};
    use crate::tools::meter::record::{Activity, Streams};

    fn found(rows: &[(u32, u32, i64, i64)]) -> Vec<String> {
        let record = |(index, (room, actor, from, until)): (usize, &(u32, u32, i64, i64))| CallRecord {
            app: 1,
            room: *room,
            actor: *actor,
            activity: Activity::Room,
            span: Span { from: Stamp::from_seconds(*from), until: Stamp::from_seconds(*until) },
            streams: Arc::new(Streams::default()),
            output: None,
            copies: 1,
            kbps: 0,
            row: u32::try_from(index).unwrap() + 2,
        };
        let records: Vec<CallRecord> = rows.iter().enumerate().map(record).collect();
        let told = |d: &Diagnostic| format!("{} {}", d.code, d.at.row.unwrap());
        overlaps(&records, &Source::default()).iter().map(told).collect()
    }

    #[test]
    fn rows_that_touch_do_not_overlap() {
        assert!(found(&[(1, 1, 10, 20), (1, 1, 0, 10), (1, 2, 5, 15)]).is_empty());
    }

    #[test]
    fn meter_overlap() {
        assert_eq!(found(&[(1, 1, 0, 11), (1, 1, 10, 20)]), ["meter-overlap 3"]);
        // A short row inside a long one does not hide the next.
        assert_eq!(found(&[(1, 1, 0, 100), (1, 1, 10, 20), (1, 1, 50, 60)]), ["meter-overlap 3", "meter-overlap 4"]);
    }

    #[test]
    fn meter_two_rooms() {
        assert_eq!(found(&[(1, 1, 0, 100), (2, 1, 50, 60), (3, 1, 200, 300)]), ["meter-two-rooms 3"]);
    }
}
