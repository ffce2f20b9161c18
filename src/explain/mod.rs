//! `explain`: one line from its source cells to its amount, and the bill's own
//! line beside it. Figures come from rating itself ([`crate::rate::trace`]);
//! what stands here is how they are told.

mod bill;
mod find;
mod grants;
mod intervals;
mod monthly;
mod price;

use std::collections::BTreeMap;
use std::fmt::Write as _;

pub use bill::parting;
pub use find::{Target, find};

use crate::case::Account;
use crate::model::diagnostic::shown;
use crate::model::{Item, Place, Runs, TableRef, Unit};
use crate::rate::charge::Charge;
use crate::rate::trace::trace;
use crate::read::Places;
use crate::rules::terms::{Bucket, Segment, Terms};

/// The sources of a line: account, terms, usage.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Who the account is.
    pub account: &'a Account,
    /// The terms by which it is rated.
    pub terms: &'a Terms,
    /// The rated usage.
    pub usage: &'a Runs,
    /// The names of the tables.
    pub places: &'a Places,
    /// True if each interval is shown, also those without anything special.
    pub all: bool,
}

/// Returns a charge's name on the command line: `1400000001/2024-10-03/av.hd`.
#[must_use]
pub fn name(charge: &Charge) -> String {
    let app = charge.app.map_or_else(|| "-".to_owned(), |app| app.to_string());
    format!("{app}/{}/{}", charge.day, charge.item)
}

/// Returns how a charge came about, from its source cells to its amount.
#[must_use]
pub fn charge(subject: &Subject<'_>, charge: &Charge) -> String {
    let mut out = String::new();
    if charge.item.is_fee() {
        out.push_str(&price::fee(subject, charge));
    } else if charge.item.unit() == Unit::Minute {
        out.push_str(&minutes(subject, charge));
    } else {
        out.push_str(&monthly::use_of(subject, charge));
        out.push_str(&price::list(subject, charge));
    }
    let currency = shown(subject.terms.currency());
    let _ = writeln!(out, "\nAmount\n  {} x {} = {} {currency}", charge.charged, charge.price, charge.amount);
    if let Some(least) = charge.least {
        let _ = writeln!(
            out,
            "  The usage is known in rounded minutes only: at least {} are charged, which is {} {currency}.",
            least.charged, least.amount
        );
    }
    out
}

fn minutes(subject: &Subject<'_>, charge: &Charge) -> String {
    let traced = trace(charge, subject.usage, subject.terms);
    let segment = segment(subject, charge);
    let mut out = format!("Usage\n{}", intervals::table(subject, &traced));
    let _ = writeln!(out, "\nRounding\n  {}", rounding(segment, charge.item));
    let _ = writeln!(out, "  {} s of this line make {} min", charge.metered, charge.billable);
    let _ = writeln!(out, "  source: card {}: {}", segment.card.id, segment.card.meter.source);
    out.push_str(&grants::section(subject, charge, &traced.steps, &traced.last));
    out.push_str(&price::list(subject, charge));
    out
}

/// Returns the segment of the terms that ruled a charge.
fn segment<'a>(subject: &Subject<'a>, charge: &Charge) -> &'a Segment {
    let ruling = |segment: &&Segment| segment.card.id == charge.card && segment.span.overlaps(charge.day.span());
    let first = subject.terms.segment(charge.day.span().from);
    subject.terms.segments.iter().find(ruling).unwrap_or(&subject.terms.segments[first])
}

fn rounding(segment: &Segment, item: Item) -> String {
    let time = match segment.bucket {
        Bucket::Interval => "an interval",
        Bucket::Day => "a day",
        Bucket::Month => "a calendar month",
    };
    let of = match segment.scope.of(item) {
        crate::model::policy::Scope::App => "of each application",
        crate::model::policy::Scope::Account => "of all applications together",
    };
    format!("the seconds of {time} {of} are added up, and the total is rounded up to the minute once")
}

/// Ranges of rows that one line of a terminal has room for.
const RANGES: usize = 10;

/// Places as `usage/a.csv!310-321,330`, tables apart; of many ranges the first
/// and the last, unless all are asked for.
fn sources(rows: impl Iterator<Item = Place>, subject: &Subject<'_>) -> String {
    let mut tables: BTreeMap<TableRef, Vec<u32>> = BTreeMap::new();
    for place in rows {
        tables.entry(place.table).or_default().push(place.row);
    }
    let named = tables.into_iter().map(|(table, mut rows)| {
        rows.sort_unstable();
        rows.dedup();
        let mut at = subject.places.at(Place { table, row: 0 });
        at.row = None;
        format!("{at}!{}", ranges(&rows, if subject.all { usize::MAX } else { RANGES }))
    });
    named.collect::<Vec<_>>().join("; ")
}

/// Sorted numbers as `310-321,330`; of more ranges than `most` the first ones and the last.
fn ranges(rows: &[u32], most: usize) -> String {
    let runs = rows.chunk_by(|a, b| *b == *a + 1);
    let range = |run: &[u32]| match run {
        [first, .., last] => format!("{first}-{last}"),
        [one] => one.to_string(),
        [] => String::new(),
    };
    let ranges: Vec<String> = runs.map(range).collect();
    match ranges.split_last() {
        Some((last, before)) if ranges.len() > most => format!("{},…,{last}", before[..most - 1].join(",")),
        _ => ranges.join(","),
    }
}
