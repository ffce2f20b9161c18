//! From seconds to billable minutes .
//!
//! A bucket's seconds are added up and rounded up to the minute once. What an
//! interval adds to that rounded total is its own minutes: 30 s, 20 s, 40 s
//! are 1, 0, 1 minutes. Always the difference of two totals, never an interval
//! rounded by itself.

use std::collections::HashMap;

use crate::model::policy::{Scope, TieOrder};
use crate::model::usage::Exactness;
use crate::model::{AppId, Item, Quantity, Stamp, Unit, Usage};
use crate::rules::terms::{Bucket, Terms};

/// One interval of usage with the minutes it adds to its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// When grants are asked for it: at its start; where a whole bucket is
    /// covered by item, at the bucket's last second.
    pub asked: Stamp,
    /// The item used.
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
    /// Returns what a quantity stands for at this end.
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
    /// The first segment of the terms whose buckets are one with its own.
    pub segment: usize,
    /// The day, the month's 1st, the interval: as a number.
    pub period: i64,
    /// The application; `None`: all of them.
    pub app: Option<AppId>,
    /// The item.
    pub item: Item,
}

/// Returns the bucket of an interval.
#[must_use]
pub fn bucket(interval: &Interval, terms: &Terms) -> Key {
    key((interval.app, interval.item), interval.start, interval.segment, terms)
}

fn key((app, item): (AppId, Item), start: Stamp, segment: usize, terms: &Terms) -> Key {
    let rules = &terms.segments[segment];
    let app = (rules.scope.of(item) == Scope::App).then_some(app);
    Key { segment: rules.whole, period: period(rules.bucket, start, terms), app, item }
}

/// Seconds of each bucket so far.
#[derive(Debug, Default)]
pub(super) struct Totals {
    positions: HashMap<Key, usize>,
    seconds: Vec<i64>,
}

impl Totals {
    /// Where the bucket of usage stands.
    pub(super) fn position(&mut self, of: (AppId, Item), start: Stamp, segment: usize, terms: &Terms) -> usize {
        *self.positions.entry(key(of, start, segment, terms)).or_insert_with(|| {
            self.seconds.push(0);
            self.seconds.len() - 1
        })
    }

    /// Adds usage to a bucket: the minutes that it begins there, and the bucket's seconds then.
    pub(super) fn add(&mut self, position: usize, seconds: i64) -> (i64, i64) {
        let total = &mut self.seconds[position];
        let before = minutes_begun(*total);
        *total += seconds;
        (minutes_begun(*total) - before, *total)
    }
}

/// Meters all usage that is billed in minutes, in the order in which it is
/// covered: when asked, item order, start, SDKAppID.
#[must_use]
pub fn meter(usage: &[Usage], terms: &Terms, bound: Bound) -> Vec<Interval> {
    meter_telling(usage, terms, bound, |_, _| ())
}

/// [`meter`], telling of each interval what its bucket's seconds are with it.
pub fn meter_telling(
    usage: &[Usage],
    terms: &Terms,
    bound: Bound,
    mut tell: impl FnMut(&Interval, i64),
) -> Vec<Interval> {
    let (mut intervals, mut totals) = (merge(usage, terms, bound), Totals::default());
    for interval in &mut intervals {
        let Interval { app, item, start, segment, seconds, .. } = *interval;
        let bucket = totals.position((app, item), start, segment, terms);
        let (minutes, total) = totals.add(bucket, seconds);
        interval.minutes = Quantity::whole(minutes);
        tell(interval, total);
    }
    intervals.sort_unstable_by_key(Interval::turn);
    intervals
}

/// Minutes, a begun one counted whole.
const fn minutes_begun(seconds: i64) -> i64 {
    (seconds + 59).div_euclid(60)
}

/// Returns the period of a bucket as a number: of the day, of the month's 1st, of the interval.
fn period(bucket: Bucket, start: Stamp, terms: &Terms) -> i64 {
    match bucket {
        Bucket::Interval => start.seconds(),
        Bucket::Day => i64::from(terms.day(start).number()),
        Bucket::Month => i64::from(terms.day(start).month().first_day().number()),
    }
}

/// Rows of one start, item and application are one interval: a card without SD
/// adds SD to HD before anything is rounded.
fn merge(usage: &[Usage], terms: &Terms, bound: Bound) -> Vec<Interval> {
    let mut rows: Vec<&Usage> = usage.iter().filter(|row| row.item.unit() == Unit::Minute).collect();
    rows.sort_unstable_by_key(|row| (row.start, row.item, row.app));
    let mut intervals: Vec<Interval> = Vec::with_capacity(rows.len());
    for row in rows {
        let seconds = bound.of(row.exactness, row.quantity);
        match intervals.last_mut() {
            Some(last) if (last.start, last.item, last.app) == (row.start, row.item, row.app) => {
                last.seconds += seconds;
            }
            _ => intervals.push(Interval::new(row.app, row.item, row.start, seconds, terms)),
        }
    }
    intervals
}

impl Interval {
    /// Usage whose minutes are not known yet.
    pub(super) fn new(app: AppId, item: Item, start: Stamp, seconds: i64, terms: &Terms) -> Self {
        let segment = terms.segment(start);
        let asked = match terms.segments[segment].tie_order {
            TieOrder::Time => start,
            TieOrder::Item => last_second(terms.segments[segment].bucket, start, terms),
        };
        Self { asked, item, start, app, segment, seconds, minutes: Quantity::ZERO }
    }

    /// Its place in the order of covering.
    pub(super) fn turn(&self) -> (Stamp, Item, Stamp, AppId) {
        (self.asked, self.item, self.start, self.app)
    }
}

/// Returns the last second of a bucket.
pub(super) fn last_second(bucket: Bucket, start: Stamp, terms: &Terms) -> Stamp {
    let day = terms.day(start);
    let behind = match bucket {
        Bucket::Interval => return start,
        Bucket::Day => day + 1,
        Bucket::Month => day.month().plus(1).first_day(),
    };
    behind.start() + (terms.day_shift - 1)
}
