//! From seconds to billable minutes (RULES.md 4).
//!
//! A bucket's seconds are added up and rounded up to the minute once. What an
//! interval adds to that rounded total is its own minutes: 30 s, 20 s, 40 s
//! are 1, 0, 1 minutes. Always the difference of two totals, never an interval
//! rounded by itself.

use std::collections::HashMap;

use super::terms::{Bucket, Terms};
use crate::case::account::{Scope, TieOrder};
use crate::domain::usage::Exactness;
use crate::domain::{AppId, Item, Quantity, Stamp, Unit, Usage};

/// One interval of usage with the minutes it adds to its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// When grants are asked for it: at its start; where a whole bucket is
    /// covered by item, at the bucket's last second.
    pub asked: Stamp,
    /// What was used.
    pub item: Item,
    /// When it starts.
    pub start: Stamp,
    /// By which application.
    pub app: AppId,
    /// The segment of the terms.
    pub segment: usize,
    /// Seconds of usage.
    pub seconds: i64,
    /// Billable minutes that it adds.
    pub minutes: Quantity,
}

/// Which end of a quantity that is known only as an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The least it can stand for.
    Least,
    /// The most.
    Most,
}

impl Bound {
    /// What a quantity stands for at this end.
    #[must_use]
    pub const fn of(self, exactness: Exactness, quantity: i64) -> i64 {
        match self {
            Self::Least => exactness.least(quantity),
            Self::Most => quantity,
        }
    }
}

/// A bucket, whose seconds are rounded up once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The segment of the terms.
    pub segment: usize,
    /// The day, the month's 1st, the interval: as a number.
    pub period: i64,
    /// The application; `None`: all of them.
    pub app: Option<AppId>,
    /// The item.
    pub item: Item,
}

/// The bucket of an interval.
#[must_use]
pub fn bucket(interval: &Interval, terms: &Terms) -> Key {
    key((interval.app, interval.item), interval.start, interval.segment, terms)
}

fn key((app, item): (AppId, Item), start: Stamp, segment: usize, terms: &Terms) -> Key {
    let rules = &terms.segments[segment];
    let app = (rules.scope == Scope::App).then_some(app);
    Key { segment, period: period(rules.bucket, start, terms), app, item }
}

/// Seconds of each bucket so far.
#[derive(Debug, Default)]
pub(super) struct Totals(HashMap<Key, i64>);

impl Totals {
    /// Seconds in a bucket.
    pub(super) fn seconds(&self, (app, item): (AppId, Item), start: Stamp, segment: usize, terms: &Terms) -> i64 {
        self.0.get(&key((app, item), start, segment, terms)).copied().unwrap_or_default()
    }

    /// Adds usage to its bucket: the minutes that it begins there, and the bucket's seconds then.
    pub(super) fn add(
        &mut self,
        (app, item): (AppId, Item),
        start: Stamp,
        segment: usize,
        seconds: i64,
        terms: &Terms,
    ) -> (i64, i64) {
        let total = self.0.entry(key((app, item), start, segment, terms)).or_default();
        let before = minutes_begun(*total);
        *total += seconds;
        (minutes_begun(*total) - before, *total)
    }
}

/// Meters all usage that is billed in minutes, in the order in which it is
/// covered: when asked, item order, start, SDKAppID (RULES.md 6).
#[must_use]
pub fn meter(usage: &[Usage], terms: &Terms, bound: Bound) -> Vec<Interval> {
    meter_telling(usage, terms, bound, |_, _| ())
}

/// [`meter`], telling of each interval what its bucket's seconds are with it.
pub fn meter_telling(usage: &[Usage], terms: &Terms, bound: Bound, tell: impl FnMut(&Interval, i64)) -> Vec<Interval> {
    let mut intervals = merge(usage, terms, bound);
    begin_minutes(&mut intervals, &mut Totals::default(), terms, tell);
    intervals
}

/// Gives intervals their minutes, and sorts them as they are covered.
pub(super) fn begin_minutes(
    intervals: &mut [Interval],
    totals: &mut Totals,
    terms: &Terms,
    mut tell: impl FnMut(&Interval, i64),
) {
    intervals.sort_unstable_by_key(|interval| (interval.start, interval.item, interval.app));
    for interval in intervals.iter_mut() {
        let Interval { app, item, start, segment, seconds, .. } = *interval;
        let (minutes, total) = totals.add((app, item), start, segment, seconds, terms);
        interval.minutes = Quantity::whole(minutes);
        tell(interval, total);
    }
    intervals.sort_unstable_by_key(|interval| (interval.asked, interval.item, interval.start, interval.app));
}

/// Minutes, a begun one counted whole.
pub(super) const fn minutes_begun(seconds: i64) -> i64 {
    (seconds + 59).div_euclid(60)
}

/// The period of a bucket as a number: of the day, of the month's 1st, of the interval.
fn period(bucket: Bucket, start: Stamp, terms: &Terms) -> i64 {
    match bucket {
        Bucket::Interval => start.seconds(),
        Bucket::Day => i64::from(terms.day(start).number()),
        Bucket::Month => i64::from(terms.day(start).month().first_day().number()),
    }
}

/// Rows of one start, item and application are one interval: a card without SD
/// adds SD to HD before anything is rounded.
pub(super) fn merge<'a>(usage: impl IntoIterator<Item = &'a Usage>, terms: &Terms, bound: Bound) -> Vec<Interval> {
    let mut rows: Vec<&Usage> = usage.into_iter().filter(|row| row.item.unit() == Unit::Minute).collect();
    rows.sort_unstable_by_key(|row| (row.start, row.item, row.app));
    let mut intervals: Vec<Interval> = Vec::with_capacity(rows.len());
    for row in rows {
        let seconds = bound.of(row.exactness, row.quantity);
        match intervals.last_mut() {
            Some(last) if (last.start, last.item, last.app) == (row.start, row.item, row.app) => {
                last.seconds += seconds;
            }
            _ => intervals.push(interval(row, seconds, terms)),
        }
    }
    intervals
}

fn interval(row: &Usage, seconds: i64, terms: &Terms) -> Interval {
    let segment = terms.segment(row.start);
    let asked = match terms.segments[segment].tie_order {
        TieOrder::Time => row.start,
        TieOrder::Item => last_second(terms.segments[segment].bucket, row.start, terms),
    };
    Interval { asked, item: row.item, start: row.start, app: row.app, segment, seconds, minutes: Quantity::ZERO }
}

fn last_second(bucket: Bucket, start: Stamp, terms: &Terms) -> Stamp {
    let day = terms.day(start);
    let behind = match bucket {
        Bucket::Interval => return start,
        Bucket::Day => day + 1,
        Bucket::Month => day.month().plus(1).first_day(),
    };
    behind.start() + (terms.day_shift - 1)
}
