//! How one line in minutes came about, told by the computation itself: its
//! intervals with the running total of their bucket, and what each grant gave.

use std::collections::HashMap;

use super::charge::{Charge, settled};
use super::drawdown::{Deduction, draw_down};
use super::metering::{Bound, Interval, meter_telling};
use crate::model::{AppId, Item, Place, Quantity, Stamp, Usage};
use crate::rules::terms::Terms;

/// One interval of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The interval with the minutes that it adds.
    pub interval: Interval,
    /// The seconds of its bucket, its own included.
    pub total: i64,
    /// What grants gave, in order.
    pub deductions: Vec<Deduction>,
    /// What none of them covered.
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

/// How a charge in minutes came about. Rates the whole account: what a grant
/// has left for a line depends on every line before it.
#[must_use]
pub fn trace(charge: &Charge, usage: &[Usage], terms: &Terms) -> Trace {
    let of_line = |interval: &Interval| {
        Some(interval.app) == charge.app
            && interval.item == charge.item
            && terms.segments[interval.segment].card.id == charge.card
            && settled(interval, terms) == Some(charge.day)
    };
    let mut totals: HashMap<Key, i64> = HashMap::new();
    let intervals = meter_telling(usage, terms, Bound::Most, |interval, total| {
        if of_line(interval) {
            totals.insert(key(interval), total);
        }
    });
    let drawdown = draw_down(&intervals, terms);
    let mut given: HashMap<Key, Vec<Deduction>> = HashMap::new();
    let mut last = vec![None; terms.grants.len()];
    let end = charge.day.span().until + terms.day_shift;
    for deduction in drawdown.ledger {
        let of = (deduction.time, deduction.item, deduction.app);
        if deduction.time < end {
            last[deduction.grant] = Some(deduction.clone());
        }
        if totals.contains_key(&of) {
            given.entry(of).or_default().push(deduction);
        }
    }
    let mut rows: HashMap<Key, Vec<Place>> = HashMap::new();
    for row in usage.iter().filter(|row| totals.contains_key(&(row.start, row.item, row.app))) {
        rows.entry((row.start, row.item, row.app)).or_default().push(row.place);
    }
    let step = |(interval, uncovered): (&Interval, &Quantity)| {
        let of = key(interval);
        Some(Step {
            interval: *interval,
            total: *totals.get(&of)?,
            deductions: given.remove(&of).unwrap_or_default(),
            uncovered: *uncovered,
            rows: rows.remove(&of).unwrap_or_default(),
        })
    };
    Trace { steps: intervals.iter().zip(&drawdown.uncovered).filter_map(step).collect(), last }
}

const fn key(interval: &Interval) -> Key {
    (interval.start, interval.item, interval.app)
}
