//! Which grant covers which minute.
//!
//! 1. Usage is covered in the order in which it happened.
//! 2. Each interval asks the grants that work, serve it and have something
//!    left, in their order; what none of them covers is charged.
//! 3. A package that starts to work first catches up what is uncovered since
//!    the start of its day of payment, in the same order.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::iter::Peekable;
use std::rc::Rc;
use std::vec;

use super::metering::Interval;
use crate::model::int_hasher::Mix;
use crate::model::policy::PartialMinute;
use crate::model::{AppId, Item, PackMinutes, Quantity, Ratio, Span, Stamp};
use crate::rules::terms::{Grant, Terms};

/// One deduction: a row of drawdown.csv. `before - taken = after`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduction {
    /// The start of the usage interval.
    pub time: Stamp,
    /// The application that used.
    pub app: AppId,
    /// The item used.
    pub item: Item,
    /// The position of the grant among the account's grants.
    pub grant: usize,
    /// Usage minutes covered.
    pub minutes: Quantity,
    /// Package minutes per usage minute.
    pub ratio: Ratio,
    /// Package minutes before.
    pub before: PackMinutes,
    /// Package minutes taken.
    pub taken: PackMinutes,
    /// Package minutes after.
    pub after: PackMinutes,
}

/// The balance of a grant at the end of the period: `opening = used + expired + remaining`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The grant's id (`sub-1#2` for the second cycle of a subscription).
    pub id: String,
    /// The plan that gave it.
    pub plan: String,
    /// The application it is bound to.
    pub app: Option<AppId>,
    /// Its validity, half-open.
    pub valid: Span,
    /// The package minutes that the plan gives.
    pub granted: PackMinutes,
    /// The package minutes at the start of the period, or at the start of the grant within it.
    pub opening: PackMinutes,
    /// The package minutes that the period's usage took.
    pub used: PackMinutes,
    /// The package minutes left when it ended, if it ended by the end of the period.
    pub expired: PackMinutes,
    /// The package minutes left.
    pub remaining: PackMinutes,
}

/// The result of a drawdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawdown {
    /// Every deduction, in order.
    pub ledger: Vec<Deduction>,
    /// Minutes of each interval that no grant covered, in the intervals' order.
    pub uncovered: Vec<Quantity>,
    /// Package minutes left of each grant.
    pub remaining: Vec<PackMinutes>,
}

/// Draws the grants down over metered intervals, which come in the order in
/// which they are covered.
#[must_use]
pub fn draw_down(intervals: &[Interval], terms: &Terms) -> Drawdown {
    let mut ledger = Ledger::new(terms);
    let uncovered = ledger.cover(intervals, Stamp::MAX);
    Drawdown { ledger: ledger.rows, uncovered, remaining: ledger.remaining }
}

/// The deductions so far, and what is left.
pub(super) struct Ledger<'a> {
    terms: &'a Terms,
    /// Every deduction, in order.
    pub(super) rows: Vec<Deduction>,
    /// Package minutes left of each grant.
    pub(super) remaining: Vec<PackMinutes>,
    order: AskOrder<'a>,
    starts: Peekable<vec::IntoIter<Stamp>>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(terms: &'a Terms) -> Self {
        Self {
            terms,
            rows: Vec::new(),
            remaining: terms.grants.iter().map(|grant| grant.opening.unwrap_or(grant.minutes)).collect(),
            order: AskOrder::new(terms),
            starts: starts_of_work(&terms.grants).into_iter().peekable(),
        }
    }

    /// Covers a stretch of intervals, in order, up to a moment, and says what
    /// no grant covered of each. What a package catches up must lie in the
    /// stretch in which it starts to work.
    pub(super) fn cover(&mut self, intervals: &[Interval], until: Stamp) -> Vec<Quantity> {
        let uncovered = intervals.iter().map(|interval| interval.minutes).collect();
        let mut stretch = Stretch { ledger: self, intervals, uncovered };
        for (position, interval) in intervals.iter().enumerate() {
            while let Some(start) = stretch.ledger.starts.next_if(|start| *start <= interval.asked) {
                stretch.catch_up(start, position);
            }
            stretch.cover(position);
        }
        while let Some(start) = stretch.ledger.starts.next_if(|start| *start < until) {
            stretch.catch_up(start, intervals.len());
        }
        stretch.uncovered
    }
}

/// Returns the moments at which a package starts to work and has something to catch up, in order.
pub(super) fn starts_of_work(grants: &[Grant]) -> Vec<Stamp> {
    let mut starts: Vec<Stamp> =
        grants.iter().filter(|grant| grant.since < grant.ready).map(|grant| grant.ready).collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// Intervals that are covered together.
struct Stretch<'s, 'a> {
    ledger: &'s mut Ledger<'a>,
    intervals: &'s [Interval],
    uncovered: Vec<Quantity>,
}

impl Stretch<'_, '_> {
    /// Asks every grant that works for an interval.
    fn cover(&mut self, position: usize) {
        let asked = self.intervals[position].asked;
        self.ask(position, |grant| grant.ready <= asked);
    }

    /// Covers earlier usage that is still uncovered, by the packages that start to work now.
    fn catch_up(&mut self, start: Stamp, behind: usize) {
        let starting = self.ledger.terms.grants.iter().filter(|grant| grant.ready == start);
        let Some(since) = starting.map(|grant| grant.since).min() else { return };
        let first = self.intervals.partition_point(|interval| interval.asked < since);
        for position in first..behind {
            self.ask(position, |grant| grant.ready == start && grant.since < start);
        }
    }

    /// Asks the grants that are meant, in their order, for what an interval has uncovered.
    fn ask(&mut self, position: usize, meant: impl Fn(&Grant) -> bool) {
        let interval = &self.intervals[position];
        if self.uncovered[position].is_zero() {
            return;
        }
        for grant in self.ledger.order.of(interval).iter().copied() {
            if meant(&self.ledger.terms.grants[grant]) {
                self.deduct(grant, position);
            }
        }
    }

    /// Covers what it can of one interval's uncovered minutes by one grant.
    fn deduct(&mut self, grant: usize, position: usize) {
        let interval = &self.intervals[position];
        let due = self.uncovered[position];
        let before = self.ledger.remaining[grant];
        let Some(Given { minutes, ratio, taken }) = given(self.ledger.terms, grant, interval, due, before) else {
            return;
        };
        self.uncovered[position] = due - minutes;
        self.ledger.remaining[grant] = before - taken;
        self.ledger.rows.push(Deduction {
            time: interval.start,
            app: interval.app,
            item: interval.item,
            grant,
            minutes,
            ratio,
            before,
            taken,
            after: before - taken,
        });
    }
}

/// The cover that one grant gives to one interval.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    /// Usage minutes covered.
    pub minutes: Quantity,
    /// Package minutes per usage minute.
    pub ratio: Ratio,
    /// Package minutes taken.
    pub taken: PackMinutes,
}

/// Returns what a grant that has so much left gives for the minutes of an interval that
/// are due; `None` where that is nothing.
pub(super) fn given(
    terms: &Terms,
    grant: usize,
    interval: &Interval,
    due: Quantity,
    left: PackMinutes,
) -> Option<Given> {
    let own = &terms.grants[grant];
    if due.is_zero() || left.is_zero() || !own.serves(interval.app, interval.start) {
        return None;
    }
    let ratio = own.ratios[interval.segment][interval.item.index()]?;
    let (minutes, taken) = covered(due, left, ratio, terms.partial_minute);
    (!taken.is_zero()).then_some(Given { minutes, ratio, taken })
}

/// A grant gives what it has: usage minutes covered, and package minutes taken for them.
fn covered(due: Quantity, left: PackMinutes, ratio: Ratio, partial: PartialMinute) -> (Quantity, PackMinutes) {
    let need = due.at_ratio(ratio);
    if need <= left {
        return (due, need);
    }
    match partial {
        PartialMinute::Fraction => (left.covers(ratio), left),
        PartialMinute::Whole => {
            let minutes = left.covers_down(ratio).whole_units();
            (minutes, minutes.at_ratio(ratio))
        }
    }
}

/// The order in which grants are asked, which depends on the application and,
/// while an offer lifts a binding or the card changes, on the time.
pub(super) struct AskOrder<'a> {
    terms: &'a Terms,
    turns: Vec<Stamp>,
    known: HashMap<(usize, AppId), Rc<[usize]>, BuildHasherDefault<Mix>>,
}

impl<'a> AskOrder<'a> {
    pub(super) fn new(terms: &'a Terms) -> Self {
        let offers = terms.grants.iter().flat_map(|grant| &grant.unbound).flat_map(|offer| [offer.from, offer.until]);
        let mut turns: Vec<Stamp> = offers.chain(terms.segments.iter().map(|segment| segment.span.from)).collect();
        turns.sort_unstable();
        turns.dedup();
        Self { terms, turns, known: HashMap::default() }
    }

    /// Returns the grants that an interval asks, first to last.
    pub(super) fn of(&mut self, interval: &Interval) -> Rc<[usize]> {
        let turn = self.turns.partition_point(|turn| *turn <= interval.start);
        let terms = self.terms;
        Rc::clone(self.known.entry((turn, interval.app)).or_insert_with(|| ask_order(terms, interval).into()))
    }
}

/// Free ones marked "always first"; then, where the card says so, app-bound
/// before account-wide; then the earliest end, the earliest purchase, the id.
fn ask_order(terms: &Terms, interval: &Interval) -> Vec<usize> {
    let at = interval.start;
    let narrow_first = terms.segments[interval.segment].card.order.narrow_first;
    let mut order: Vec<usize> = (0..terms.grants.len())
        .filter(|index| {
            let grant = &terms.grants[*index];
            grant.app == Some(interval.app) || !grant.is_bound(at)
        })
        .collect();
    order.sort_by_key(|index| {
        let grant = &terms.grants[*index];
        let wide = !(narrow_first && grant.is_bound(at));
        (grant.rank, !grant.always_first, wide, grant.valid.until, grant.purchased, &grant.id)
    });
    order
}

/// Returns what became of each grant: what the period's usage took, what lapsed, what is left.
#[must_use]
pub fn balances(ledger: &[Deduction], remaining: &[PackMinutes], terms: &Terms) -> Vec<Balance> {
    let mut used = vec![PackMinutes::ZERO; terms.grants.len()];
    for deduction in ledger.iter().filter(|deduction| terms.bills(deduction.time)) {
        used[deduction.grant] += deduction.taken;
    }
    let until = terms.billed_usage().until;
    let balance = |index: usize, grant: &Grant| {
        let left = remaining[index];
        let ended = grant.in_force().until <= until;
        Balance {
            id: grant.id.clone(),
            plan: grant.plan.clone(),
            app: grant.app,
            valid: grant.in_force(),
            granted: grant.minutes,
            opening: left + used[index],
            used: used[index],
            expired: if ended { left } else { PackMinutes::ZERO },
            remaining: if ended { PackMinutes::ZERO } else { left },
        }
    };
    terms.grants.iter().enumerate().map(|(index, grant)| balance(index, grant)).collect()
}
