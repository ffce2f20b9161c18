//! Call records become usage: which clocks ran while users were in rooms and
//! tasks worked, and for how many seconds in each 5-minute interval.
//!
//! Owns the records, the clocks and the tidy form that is written. The tiers
//! and the kind of clock are the card's; seconds become minutes only when they
//! are rated. Robots of recording and mixing are users too, and come as rows
//! of their own.

mod cells;
mod clocks;
mod findings;
mod overlap;
mod read;
mod record;
mod spread;
mod write;

pub use read::{Calls, read};
pub use record::{Activity, CallRecord, Picture, Source, Streams};
pub use spread::MeteredUsage;
pub use write::write;

use std::path::Path;

use rayon::prelude::*;

use crate::digest::Digests;
use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::read::ReadOptions;
use crate::rules::Card;
use clocks::{Clocks, Unmetered};
use findings::Findings;
use spread::Edge;

/// The findings of metering: code and meaning.
pub const CODES: &[(&str, &str)] = &[
    ("meter-activity", "a cell is not an activity"),
    ("meter-app", "a cell is not an SDKAppID"),
    ("meter-app-with-point", "SDKAppIDs stand there as numbers with a decimal point"),
    ("meter-copies", "a cell is not a number of output formats, or stands beside no recording"),
    ("meter-kbps", "a cell is not the bit rate of a relay, or stands beside no relay"),
    ("meter-layout", "no table, or more than one, holds call records"),
    ("meter-more", "more rows have findings than are listed"),
    ("meter-name", "a row names no room or no actor"),
    ("meter-no-rows", "there is no row under the header"),
    ("meter-no-time", "rows start and end in the same second"),
    ("meter-not-on-card", "the card has no price for what the actor does"),
    ("meter-output", "a cell is not a picture, or stands beside no mixing task"),
    ("meter-overlap", "rows of one actor and activity overlap"),
    ("meter-picture-too-large", "a picture or a sum of pictures is larger than every tier"),
    ("meter-several-pictures", "a delivered file shows more than one picture"),
    ("meter-span", "a row ends before it starts, or lasts more than 31 days"),
    ("meter-streams", "a part of the streams is neither a picture nor audio"),
    ("meter-time", "a cell is not a time"),
    ("meter-too-much", "the usage would have more than 20 million rows"),
    ("meter-two-rooms", "an actor does the same in two rooms at once"),
];

/// So many records are taken at once by one thread.
const PIECE: usize = 16_384;

/// The counts of the rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Under the header.
    pub rows: u64,
    /// Metered.
    pub used: u64,
    /// Left out, because they start and end in the same second.
    pub excluded: u64,
    /// Rows of usage that were written.
    pub written: u64,
    /// The format that the file was read as, for people: `csv, UTF-8, comma`.
    pub read_as: String,
    /// SHA-256 of the file, in hex.
    pub digests: Digests,
    /// Warnings and notes.
    pub findings: Diagnostics,
}

/// Meters a file of call records: the usage as tidy CSV, and what became of the rows. `robots` adds the time in the
/// room of the robots of recording, mixing and relay, where the records have no rows of their own for them.
///
/// # Errors
/// Everything in the file that cannot be taken: then there is no usage.
pub fn run(path: &Path, card: &Card, options: &ReadOptions, robots: bool) -> Result<(Vec<u8>, Counts), Diagnostics> {
    let Calls { records, source, rows, empty, read_as, digests, mut findings } = read(path, options);
    let (usage, found) = metered(&records, card, &source, robots);
    findings.extend(found);
    if findings.has_errors() {
        return Err(findings);
    }
    let (used, written) = (records.len() as u64, usage.len() as u64);
    Ok((write(&usage), Counts { rows, used, excluded: empty, written, read_as, digests, findings }))
}

/// Meters records on a card: by start, application and item.
///
/// # Errors
/// Rows that overlap, that the card has no price for, or whose pictures are
/// larger than every tier; a place names the row alone.
pub fn meter(records: &[CallRecord], card: &Card) -> Result<Vec<MeteredUsage>, Diagnostics> {
    let (usage, found) = metered(records, card, &Source::default(), false);
    if found.has_errors() { Err(found) } else { Ok(usage) }
}

fn metered(records: &[CallRecord], card: &Card, source: &Source, robots: bool) -> (Vec<MeteredUsage>, Diagnostics) {
    let mut found = overlap::overlaps(records, source);
    let (edges, unmetered) = edges(records, card, source, robots);
    found.extend(unmetered.told());
    if found.has_errors() {
        return (Vec::new(), found);
    }
    let usage = spread::spread(edges).unwrap_or_else(|count| {
        found.push(too_much(count, source));
        Vec::new()
    });
    (usage, found)
}

fn too_much(count: u64, source: &Source) -> Diagnostic {
    let message = format!(
        "the records fill {count} intervals of 5 minutes, counted by application and item; at most {} are written",
        spread::MOST
    );
    let help = "Check the years of the times and the SDKAppIDs; else meter a part of the applications at a time.";
    Diagnostic::error("meter-too-much", source.table.clone(), message, help)
}

/// When which clocks start and stop.
fn edges(records: &[CallRecord], card: &Card, source: &Source, robots: bool) -> (Vec<Edge>, Findings) {
    let turns = clocks::turns(card);
    let piece = |records: &[CallRecord]| {
        let (mut edges, mut findings) = (Vec::with_capacity(2 * records.len()), Findings::default());
        let mut clocks = Clocks::new(card, &turns);
        let mut run = |record: &CallRecord| {
            let result = clocks.of(record, |span, running| {
                for (item, count) in running {
                    let edge = |at, by| Edge { app: record.app, item: *item, at, by };
                    edges.extend([edge(span.from, *count), edge(span.until, -count)]);
                }
            });
            if let Err(why) = result {
                findings.add(|| why.explain(record, card, source));
            }
        };
        for record in records {
            run(record);
            if robots && record.activity.has_robot() {
                run(&CallRecord { activity: Activity::Room, output: None, copies: 1, kbps: 0, ..record.clone() });
            }
        }
        (edges, findings)
    };
    let pieces: Vec<_> = records.par_chunks(PIECE).map(piece).collect();
    let mut all = (Vec::with_capacity(pieces.iter().map(|(edges, _)| edges.len()).sum()), Findings::default());
    for (edges, findings) in pieces {
        all.0.extend(edges);
        all.1.append(findings);
    }
    all
}

impl Unmetered {
    fn explain(self, record: &CallRecord, card: &Card, source: &Source) -> Diagnostic {
        let (activity, card) = (record.activity.name(), &card.id);
        let at = source.streams(record.row);
        match self {
            Self::NotOnCard => {
                let message = format!("the card {card} has no price for {activity}");
                let help =
                    "Meter on the card of that time, or take these rows out; `cards show` lists what a card has.";
                Diagnostic::error("meter-not-on-card", source.row(record.row), message, help)
            }
            Self::TooLarge { area, largest } => {
                let largest = largest
                    .map_or_else(|| "has no tier for pictures".to_owned(), |px| format!("has tiers up to {px} px"));
                let message = format!("{area} px of pictures in a row of {activity}: the card {card} {largest}");
                let help = "Check width and height. No price is published for a larger picture: ask the vendor how it \
                            is billed.";
                Diagnostic::error("meter-picture-too-large", at, message, help)
            }
            Self::SeveralPictures => {
                let message = format!("a row of {activity} has {} pictures", record.streams.pictures.len());
                let help = "A delivered file shows one picture: write its size, and give each file a row of its own.";
                Diagnostic::error("meter-several-pictures", at, message, help)
            }
        }
    }
}

#[cfg(test)]
mod tests;
