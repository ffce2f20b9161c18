//! Drawdown by the day: the same as [`super::drawdown`] interval by interval,
//! without its ledger, at the cost of the days that matter.
//!
//! 1. On a day on which no grant begins, ends or runs out, the order of the
//!    intervals plays no part: each line is covered whole by the first grant it
//!    asks. Only the other days are gone through interval by interval.
//! 2. What is left of the grants is noted before each day, so that a change
//!    begins on the first day that it can touch, and ends where it left no trace.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::charge::LineKey;
use super::drawdown::{AskOrder, given, starts_of_work};
use super::metered_day::{Cell, Metered, Stretch};
use super::metering::Interval;
use crate::model::policy::PartialMinute;
use crate::model::{Day, PackMinutes, Quantity, Stamp};
use crate::rules::terms::{Grant, Terms};

/// The cover of metered usage by grants.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The package minutes left of each grant before each stretch.
    before: Vec<Vec<PackMinutes>>,
    /// Minutes covered of each cell of each stretch.
    pub covered: Vec<Arc<Vec<Quantity>>>,
}

/// A drawdown that is known already, and from which day on another one may differ.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The metered usage that was drawn.
    pub metered: &'a Metered,
    /// The result of the drawdown.
    pub drawn: &'a Drawn,
    /// The first day that may differ.
    pub from: Day,
    /// The last day of which the usage differs; `None` where the grants do.
    pub until: Option<Day>,
}

/// Draws the grants down over metered usage.
#[must_use]
pub fn draw(metered: &Metered, terms: &Terms, known: Option<Known<'_>>) -> Drawn {
    let mut run = Run::new(metered, terms);
    let from = known.map_or(0, |known| run.resume(&known));
    for at in from..metered.stretches.len() {
        if let Some(known) = known.filter(|known| run.rejoins(at, known)) {
            run.finish_as(at, &known);
            return run.drawn();
        }
        run.stretch(at);
    }
    run.starts_before(None, metered.stretches.len(), 0);
    run.drawn()
}

/// A stretch that is gone through interval by interval.
struct Open<'a> {
    intervals: Cow<'a, [Interval]>,
    uncovered: Vec<Quantity>,
}

struct Run<'a> {
    metered: &'a Metered,
    terms: &'a Terms,
    order: AskOrder<'a>,
    left: Vec<PackMinutes>,
    before: Vec<Vec<PackMinutes>>,
    covered: Vec<Arc<Vec<Quantity>>>,
    open: BTreeMap<usize, Open<'a>>,
    /// Moments at which a grant's answer changes.
    turns: Vec<Stamp>,
    /// Packages that catch up: since when, and when.
    sweeps: Vec<(Stamp, Stamp)>,
    starts: Vec<Stamp>,
}

impl<'a> Run<'a> {
    fn new(metered: &'a Metered, terms: &'a Terms) -> Self {
        let grants = &terms.grants;
        let offers = |grant: &'a Grant| grant.unbound.iter().flat_map(|offer| [offer.from, offer.until]);
        let own = |grant: &'a Grant| {
            [grant.ready, grant.since, grant.valid.from, grant.in_force().until].into_iter().chain(offers(grant))
        };
        let mut turns: Vec<Stamp> = grants.iter().flat_map(own).collect();
        turns.extend(terms.segments.iter().map(|segment| segment.span.from));
        turns.sort_unstable();
        turns.dedup();
        let sweeps = grants.iter().filter(|grant| grant.since < grant.ready).map(|grant| (grant.since, grant.ready));
        Self {
            metered,
            terms,
            order: AskOrder::new(terms),
            left: grants.iter().map(|grant| grant.opening.unwrap_or(grant.minutes)).collect(),
            before: Vec::new(),
            covered: Vec::new(),
            open: BTreeMap::new(),
            turns,
            sweeps: sweeps.collect(),
            starts: starts_of_work(grants).into_iter().rev().collect(),
        }
    }

    /// Takes over what cannot differ, and says with which stretch to go on.
    fn resume(&mut self, known: &Known<'_>) -> usize {
        let stretches = &self.metered.stretches;
        let mut at = stretches.partition_point(|stretch| stretch.day < known.from);
        // A package that works only later catches up days before: they belong to it.
        while let Some(last) = at.checked_sub(1).map(|at| stretches[at].day) {
            let reaches = |sweep: &&(Stamp, Stamp)| sweep.0 <= stretches[at - 1].last && sweep.1.day() > last;
            let Some(since) = self.sweeps.iter().filter(reaches).map(|sweep| sweep.0).min() else { break };
            at = stretches[..at].partition_point(|stretch| stretch.last < since);
        }
        self.before.extend_from_slice(&known.drawn.before[..at]);
        self.covered.extend(known.drawn.covered[..at].iter().map(Arc::clone));
        if at > 0 {
            let behind = stretches[at - 1].day + 1;
            self.starts.retain(|start| *start >= behind.start());
        }
        if let (Some(last), Some(left)) = (at.checked_sub(1), known.drawn.before.get(at)) {
            // A grant that begins later is as it is here: it may be one that differs.
            let begun = |grant: &Grant| grant.since.min(grant.valid.from).day() <= stretches[last].day;
            for ((own, left), grant) in self.left.iter_mut().zip(left).zip(&self.terms.grants) {
                if begun(grant) {
                    *own = *left;
                }
            }
        }
        at
    }

    /// Returns true if from this stretch on everything is as it was.
    fn rejoins(&self, at: usize, known: &Known<'_>) -> bool {
        let Some(until) = known.until else { return false };
        let Some(old) = self.old(at, known) else { return false };
        let ours = &self.metered.stretches[at];
        let apart = |sweep: &(Stamp, Stamp)| sweep.0 >= ours.first || sweep.1 < ours.first;
        ours.day > until
            && Arc::ptr_eq(ours, &known.metered.stretches[old])
            && known.drawn.before[old] == self.left
            && self.sweeps.iter().all(apart)
    }

    /// Returns the position of a stretch in what is known, counted from the end.
    fn old(&self, at: usize, known: &Known<'_>) -> Option<usize> {
        known.metered.stretches.len().checked_sub(self.metered.stretches.len() - at)
    }

    fn finish_as(&mut self, at: usize, known: &Known<'_>) {
        if let Some(old) = self.old(at, known) {
            self.before.extend_from_slice(&known.drawn.before[old..]);
            self.covered.extend(known.drawn.covered[old..].iter().map(Arc::clone));
        }
    }

    fn stretch(&mut self, at: usize) {
        let metered = self.metered;
        let stretch = &metered.stretches[at];
        self.starts_before(Some(stretch.first), at, 0);
        self.before.push(self.left.clone());
        let whole = if self.is_quiet(stretch) { self.whole(stretch) } else { None };
        if let Some(covered) = whole {
            self.covered.push(Arc::new(covered));
        } else {
            self.covered.push(Arc::new(Vec::new()));
            self.by_interval(at);
        }
        self.starts_before(Some((stretch.day + 1).start() + -1), at + 1, 0);
    }

    /// Returns true if every grant answers alike all along, and nothing catches it up.
    fn is_quiet(&self, stretch: &Stretch) -> bool {
        let next = self.turns.partition_point(|turn| *turn <= stretch.first);
        let turns = self.turns.get(next).is_some_and(|turn| *turn <= stretch.last);
        let swept = self.sweeps.iter().any(|(since, ready)| *since <= stretch.last && stretch.first < *ready);
        !turns && !swept
    }

    /// Returns what is covered where each cell's first grant has enough for all that ask it.
    fn whole(&mut self, stretch: &Stretch) -> Option<Vec<Quantity>> {
        let mut asked = vec![PackMinutes::ZERO; self.left.len()];
        let mut covered = Vec::with_capacity(stretch.cells.len());
        for cell in &stretch.cells {
            let Some((grant, need)) = self.first(cell) else {
                covered.push(Quantity::ZERO);
                continue;
            };
            asked[grant] += need;
            if asked[grant] > self.left[grant] {
                return None;
            }
            covered.push(cell.minutes);
        }
        for (left, asked) in self.left.iter_mut().zip(asked) {
            *left -= asked;
        }
        Some(covered)
    }

    /// Returns the first grant that gives to a cell, and what the whole cell needs of it.
    fn first(&mut self, cell: &Cell) -> Option<(usize, PackMinutes)> {
        if cell.minutes.is_zero() {
            return None;
        }
        let terms = self.terms;
        for grant in self.order.of(&cell.one).iter().copied() {
            let own = &terms.grants[grant];
            let works = own.ready <= cell.one.asked && own.serves(cell.one.app, cell.one.start);
            let Some(ratio) = own.ratios[cell.one.segment][cell.one.item.index()].filter(|_| works) else { continue };
            let least = match terms.partial_minute {
                PartialMinute::Whole => Quantity::whole(1).at_ratio(ratio),
                PartialMinute::Fraction => PackMinutes::whole(0),
            };
            if !self.left[grant].is_zero() && self.left[grant] >= least {
                return Some((grant, cell.minutes.at_ratio(ratio)));
            }
        }
        None
    }

    fn by_interval(&mut self, at: usize) {
        let metered = self.metered;
        let intervals = metered.stretches[at].intervals();
        let uncovered = intervals.iter().map(|interval| interval.minutes).collect();
        let count = intervals.len();
        self.open.insert(at, Open { intervals, uncovered });
        for position in 0..count {
            let asked = self.open[&at].intervals[position].asked;
            self.starts_before(Some(asked), at, position);
            self.ask(at, position, |grant| grant.ready <= asked);
        }
    }

    /// Lets the packages that start to work up to a moment catch up what lies before a position.
    fn starts_before(&mut self, until: Option<Stamp>, at: usize, position: usize) {
        while let Some(start) = self.starts.pop_if(|start| until.is_none_or(|until| *start <= until)) {
            self.catch_up(start, at, position);
        }
    }

    fn catch_up(&mut self, start: Stamp, at: usize, behind: usize) {
        let starting = self.terms.grants.iter().filter(|grant| grant.ready == start);
        let Some(since) = starting.map(|grant| grant.since).min() else { return };
        let reached: Vec<usize> = self.open.keys().copied().filter(|stretch| *stretch <= at).collect();
        for stretch in reached {
            let intervals = &self.open[&stretch].intervals;
            let first = intervals.partition_point(|interval| interval.asked < since);
            let last = if stretch == at { behind } else { intervals.len() };
            for position in first..last {
                self.ask(stretch, position, |grant| grant.ready == start && grant.since < start);
            }
        }
    }

    /// Asks the grants that are meant, in their order, for what an interval has uncovered.
    fn ask(&mut self, at: usize, position: usize, meant: impl Fn(&Grant) -> bool) {
        let Some(open) = self.open.get_mut(&at) else { return };
        let interval = &open.intervals[position];
        if open.uncovered[position].is_zero() {
            return;
        }
        for grant in self.order.of(interval).iter().copied() {
            let due = open.uncovered[position];
            if !meant(&self.terms.grants[grant]) {
                continue;
            }
            if let Some(gift) = given(self.terms, grant, interval, due, self.left[grant]) {
                open.uncovered[position] = due - gift.minutes;
                self.left[grant] -= gift.taken;
            }
        }
    }

    fn drawn(mut self) -> Drawn {
        for (at, open) in &self.open {
            let cells = &self.metered.stretches[*at].cells;
            self.covered[*at] = Arc::new(by_cell(cells, open, self.terms));
        }
        Drawn { before: self.before, covered: self.covered }
    }
}

fn by_cell(cells: &[Cell], open: &Open<'_>, terms: &Terms) -> Vec<Quantity> {
    let known: HashMap<LineKey, usize> = cells.iter().enumerate().map(|(at, cell)| (cell.key, at)).collect();
    let mut covered = vec![Quantity::ZERO; cells.len()];
    for (interval, uncovered) in open.intervals.iter().zip(&open.uncovered) {
        let given = interval.minutes - *uncovered;
        if !given.is_zero() {
            covered[known[&super::charge::line_key(interval, terms)]] += given;
        }
    }
    covered
}
