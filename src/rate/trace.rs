//! Derives one line in minutes, by the computation itself: its intervals with the running total of their bucket, and
//! what each grant gave.

use std::collections::HashMap;

use super::charge::{Charge, settled};
use super::daily_drawdown;
use super::drawdown::Deduction;
use super::metering::{Bound, Interval, meter_telling};
use crate::model::policy::Scope;
use crate::model::usage_series::Run;
use crate::model::{AppId, Item, Place, Quantity, Runs, Span, Stamp, Usage};
use crate::rules::terms::{Bucket, Terms};

const A_DAY: i64 = 86_400;

/// One interval of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The interval with the minutes that it adds.
    pub interval: Interval,
    /// The seconds of its bucket, its own included.
    pub total: i64,
    /// The deductions by grants, in order.
    pub deductions: Vec<Deduction>,
    /// The usage minutes that no grant covered.
    pub uncovered: Quantity,
    /// The rows of usage that it was read from.
    pub rows: Vec<Place>,
}

/// A line's derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Its intervals, in the order in which they were covered.
    pub steps: Vec<Step>,
    /// The last deduction from each grant for usage that starts before the line's end.
    pub last: Vec<Option<Deduction>>,
}

type Key = (Stamp, Item, AppId);

/// Returns how a charge in minutes came about. Draws the grants down over the whole
/// account: what one has left for a line depends on every line before it. Goes through
/// the intervals of the line's buckets alone.
#[must_use]
pub fn trace(charge: &Charge, usage: &Runs, terms: &Terms) -> Trace {
    let of_line = |interval: &Interval| {
        Some(interval.app) == charge.app
            && interval.item == charge.item
            && terms.segments[interval.segment].card.id == charge.card
            && settled(interval, terms) == Some(charge.day)
    };
    let near = near(charge, usage, terms);
    let mut totals: HashMap<Key, i64> = HashMap::new();
    let intervals = meter_telling(&near, terms, Bound::Most, |interval, total| {
        if of_line(interval) {
            totals.insert(key(interval), total);
        }
    });
    let mut given: HashMap<Key, Vec<Deduction>> = HashMap::new();
    let mut last = vec![None; terms.grants.len()];
    let end = charge.day.span().until + terms.day_shift;
    for deduction in daily_drawdown::draw(usage, terms, Bound::Most).ledger.rows {
        let of = (deduction.time, deduction.item, deduction.app);
        if deduction.time < end {
            last[deduction.grant] = Some(deduction.clone());
        }
        if totals.contains_key(&of) {
            given.entry(of).or_default().push(deduction);
        }
    }
    let mut rows: HashMap<Key, Vec<Place>> = HashMap::new();
    for row in near.iter().filter(|row| totals.contains_key(&(row.start, row.item, row.app))) {
        rows.entry((row.start, row.item, row.app)).or_default().push(row.place);
    }
    let step = |interval: &Interval| {
        let of = key(interval);
        let total = *totals.get(&of)?;
        let deductions = given.remove(&of).unwrap_or_default();
        let covered: Quantity = deductions.iter().map(|deduction| deduction.minutes).sum();
        let uncovered = interval.minutes - covered;
        Some(Step { interval: *interval, total, deductions, uncovered, rows: rows.remove(&of).unwrap_or_default() })
    };
    Trace { steps: intervals.iter().filter_map(step).collect(), last }
}

/// Returns all rows of the buckets in which a charge lies, and some around them, by start, application and place.
fn near(charge: &Charge, usage: &Runs, terms: &Terms) -> Vec<Usage> {
    let by_app = terms.segments.iter().all(|segment| segment.scope.of(charge.item) == Scope::App);
    let by_month = terms.segments.iter().any(|segment| segment.bucket == Bucket::Month);
    let Span { from, until } = charge.day.span();
    let runs = usage
        .runs()
        .iter()
        .filter(|run| run.kind.item == charge.item && (!by_app || charge.app.is_none_or(|app| app == run.kind.app)));
    // A day of the settlement may begin hours before or after midnight.
    let is_near = |row: &Usage| by_month || (from + -A_DAY <= row.start && row.start < until + A_DAY);
    let mut rows: Vec<Usage> = runs.flat_map(Run::iter).filter(is_near).collect();
    rows.sort_by_key(|row| (row.start, row.app, row.place));
    rows
}

const fn key(interval: &Interval) -> Key {
    (interval.start, interval.item, interval.app)
}
