//! Metering and drawdown day by day: interval by interval only where a grant
//! may cover something, by sums where none can.
//!
//! A day's minutes are those of its sum, whatever the order of its intervals;
//! the order plays a part only for what grants cover. So usage that no grant
//! can serve any more costs one addition a row.

use super::charge::{Lines, add_intervals, line_on};
use super::drawdown::Ledger;
use super::metering::{Bound, Totals, begin_minutes, merge, minutes_begun};
use super::terms::{Bucket, Segment, Terms};
use crate::case::account::{PartialMinute, Scope, TieOrder};
use crate::domain::runs::Run;
use crate::domain::{AppId, Day, Item, Quantity, Runs, Span, Stamp, Unit, Usage};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A run's usage of one day under one segment of the terms.
struct Chunk<'a> {
    run: &'a Run,
    range: Range<usize>,
    day: Day,
    segment: usize,
}

/// What the days gave so far.
pub(super) struct Days<'a> {
    terms: &'a Terms,
    bound: Bound,
    totals: Totals,
    /// The sums of the bill's lines.
    pub(super) lines: Lines,
    /// What grants covered.
    pub(super) ledger: Ledger<'a>,
    /// Days that are gone through interval by interval whatever the grants have.
    open: HashSet<Day>,
    /// What no grant covered of the bill's usage: when it starts, by which
    /// application, of what; of an interval, or of what is alike all along.
    charged: Option<Vec<(Stamp, AppId, Item, Quantity)>>,
}

/// What no grant covered of the bill's usage; exact to the interval on a day
/// that one of the `turns` parts, else in one for the day (or what of it no
/// grant could cover), at its first start.
#[must_use]
pub fn charged_minutes(usage: &Runs, terms: &Terms, turns: &[Stamp]) -> Vec<(Stamp, AppId, Item, Quantity)> {
    let parted = turns.iter().filter(|turn| terms.day(**turn).start() + terms.day_shift != **turn);
    let mut days = Days::new(terms, Bound::Most);
    days.open = parted.map(|turn| terms.day(*turn)).collect();
    days.charged = Some(Vec::new());
    days.draw(usage);
    days.charged.unwrap_or_default()
}

/// Meters the usage that is billed in minutes, and draws the grants down over it.
pub(super) fn draw<'a>(usage: &Runs, terms: &'a Terms, bound: Bound) -> Days<'a> {
    let mut days = Days::new(terms, bound);
    days.draw(usage);
    days
}

/// Where a run's usage turns to another day or segment.
fn chunks<'a>(run: &'a Run, terms: &Terms) -> Vec<Chunk<'a>> {
    let (mut found, mut from) = (Vec::new(), 0);
    while from < run.len() {
        let start = run.start(from);
        let (day, segment) = (terms.day(start), terms.segment(start));
        let until = ((day + 1).start() + terms.day_shift).min(terms.segments[segment].span.until);
        let behind = from + run.rows_before(from, until);
        found.push(Chunk { run, range: from..behind, day, segment });
        from = behind;
    }
    found
}

/// So many intervals are gone through at once; more are parted, if they can be.
const MANY: usize = 4096;

/// The moment that parts a stretch in two; `None` where all of it starts together.
fn middle(block: &[Chunk<'_>]) -> Option<Stamp> {
    let first = block.iter().map(|chunk| chunk.run.start(chunk.range.start)).min()?;
    let last = block.iter().map(|chunk| chunk.run.start(chunk.range.end - 1)).max()?;
    (first < last).then(|| first + ((last - first) / 2 + 1))
}

impl<'a> Chunk<'a> {
    /// What starts before a moment, and what does not.
    fn parted(&self, at: Stamp) -> (Chunk<'a>, Chunk<'a>) {
        let before = self.run.rows_before(self.range.start, at).min(self.range.len());
        let part = |range| Chunk { run: self.run, range, day: self.day, segment: self.segment };
        let middle = self.range.start + before;
        (part(self.range.start..middle), part(middle..self.range.end))
    }
}

/// Days that must be gone through together.
struct Joined {
    all: bool,
    /// A package that starts to work catches up what lies before, on these days.
    sweeps: Vec<(Day, Day)>,
}

impl Joined {
    /// Whether a stretch may be gone through in parts: not where all of it is
    /// asked for at its end, nor where a package catches up what lies before.
    fn may_be_parted(&self, block: &[Chunk<'_>], terms: &Terms) -> bool {
        let by_time = |chunk: &Chunk<'_>| terms.segments[chunk.segment].tie_order == TieOrder::Time;
        block.iter().all(|chunk| by_time(chunk) && !self.sweeps_over(chunk.day, chunk.day))
    }

    fn of(terms: &Terms) -> Self {
        let by_month = |segment: &Segment| segment.tie_order == TieOrder::Item && segment.bucket == Bucket::Month;
        let sweeps = terms.grants.iter().filter(|grant| grant.since < grant.ready);
        Self {
            all: terms.segments.iter().any(by_month),
            sweeps: sweeps.map(|grant| (terms.day(grant.since), terms.day(grant.ready))).collect(),
        }
    }

    fn holds(&self, day: Day, next: Day) -> bool {
        self.all || day == next || self.sweeps_over(day, next)
    }

    fn sweeps_over(&self, day: Day, next: Day) -> bool {
        self.sweeps.iter().any(|(since, ready)| *since <= day && next <= *ready)
    }
}

impl<'a> Days<'a> {
    fn new(terms: &'a Terms, bound: Bound) -> Self {
        Self {
            terms,
            bound,
            totals: Totals::default(),
            lines: Lines::new(),
            ledger: Ledger::new(terms),
            open: HashSet::new(),
            charged: None,
        }
    }

    fn draw(&mut self, usage: &Runs) {
        let terms = self.terms;
        let runs = usage.runs().iter().filter(|run| run.kind.item.unit() == Unit::Minute);
        let mut chunks: Vec<Chunk<'_>> = runs.flat_map(|run| chunks(run, terms)).collect();
        chunks.sort_by_key(|chunk| (chunk.day, chunk.segment, chunk.run.kind.item, chunk.run.kind.app));
        let joined = Joined::of(terms);
        let mut blocks = chunks.chunk_by(|a, b| joined.holds(a.day, b.day)).peekable();
        while let Some(block) = blocks.next() {
            let behind = blocks.peek().and_then(|next| next.first());
            let until = behind.map_or(Stamp::MAX, |next| next.day.start() + terms.day_shift);
            let parts = joined.may_be_parted(block, terms);
            self.block(block, until, parts);
        }
    }

    /// A stretch of time. Where a grant may cover much of it, it is gone
    /// through in halves: once the grant is empty, the rest costs little.
    fn block(&mut self, block: &[Chunk<'_>], until: Stamp, parts: bool) {
        let rules = |chunk: &Chunk<'_>| &self.terms.segments[chunk.segment];
        let mut asks = self.asks(block);
        let by_interval =
            block.iter().any(|chunk| rules(chunk).bucket == Bucket::Interval || self.open.contains(&chunk.day));
        let shared = block.iter().any(|chunk| rules(chunk).scope == Scope::Account) && asks.contains(&true);
        if by_interval || shared {
            asks.fill(true);
        }
        let asking = || block.iter().zip(&asks).filter(|(_, asks)| **asks).map(|(chunk, _)| chunk);
        let many = asking().map(|chunk| chunk.range.len()).sum::<usize>() > MANY;
        if let (true, true, Some(middle)) = (parts, many, middle(block)) {
            let (first, last): (Vec<_>, Vec<_>) = block.iter().map(|chunk| chunk.parted(middle)).unzip();
            self.half(first, middle);
            return self.half(last, until);
        }
        let rows = asking().flat_map(|chunk| chunk.range.clone().map(|at| chunk.run.usage(at)));
        let rows: Vec<Usage> = rows.collect();
        self.by_interval(&rows, until);
        let others: Vec<&Chunk<'_>> =
            block.iter().zip(&asks).filter(|(_, asks)| !**asks).map(|(chunk, _)| chunk).collect();
        let key = |chunk: &Chunk<'_>| (chunk.day, chunk.segment, chunk.run.kind.item);
        for item in others.chunk_by(|a, b| key(a) == key(b)) {
            match self.terms.segments[item[0].segment].scope {
                Scope::App => item.iter().for_each(|chunk| self.by_sum(chunk)),
                Scope::Account => self.interleaved(item),
            }
        }
    }

    fn half(&mut self, mut block: Vec<Chunk<'_>>, until: Stamp) {
        block.retain(|chunk| !chunk.range.is_empty());
        self.block(&block, until, true);
    }

    /// Which chunks a grant may cover some of.
    fn asks(&self, block: &[Chunk<'_>]) -> Vec<bool> {
        let mut known: HashMap<(AppId, Item, usize), bool> = HashMap::new();
        let asks = block.iter().map(|chunk| {
            let (app, item) = (chunk.run.kind.app, chunk.run.kind.item);
            *known.entry((app, item, chunk.segment)).or_insert_with(|| self.may_be_covered(block, chunk))
        });
        asks.collect()
    }

    /// Whether a grant may cover some of it; a few are asked in vain.
    fn may_be_covered(&self, block: &[Chunk<'_>], chunk: &Chunk<'_>) -> bool {
        let (Some(first), Some(last)) = (block.first(), block.last()) else { return false };
        let (from, until) = (first.day.start() + self.terms.day_shift, (last.day + 1).start() + self.terms.day_shift);
        let kind = &chunk.run.kind;
        let inside = |span: &Span| span.from < until && from < span.until;
        self.terms.grants.iter().zip(&self.ledger.remaining).any(|(grant, left)| {
            let its_own = grant.app.is_none_or(|app| app == kind.app) || grant.unbound.iter().any(inside);
            let ratio = grant.ratios[chunk.segment][kind.item.index()].filter(|_| inside(&grant.valid) && its_own);
            ratio.is_some_and(|ratio| match self.terms.partial_minute {
                PartialMinute::Fraction => !left.is_zero(),
                // What does not cover a minute covers nothing.
                PartialMinute::Whole => *left >= Quantity::whole(1).at_ratio(ratio),
            })
        })
    }

    fn by_interval(&mut self, rows: &[Usage], until: Stamp) {
        let mut intervals = merge(rows, self.terms, self.bound);
        begin_minutes(&mut intervals, &mut self.totals, self.terms, |_, _| ());
        let uncovered = self.ledger.cover(&intervals, until);
        if let Some(charged) = &mut self.charged {
            let left = intervals.iter().zip(&uncovered).filter(|(_, left)| !left.is_zero());
            let billed = left.filter(|(interval, _)| self.terms.bills(interval.start));
            charged.extend(billed.map(|(interval, left)| (interval.start, interval.app, interval.item, *left)));
        }
        add_intervals(&mut self.lines, &intervals, &uncovered, self.terms);
    }

    /// A day's usage of one application, rounded by itself.
    fn by_sum(&mut self, chunk: &Chunk<'_>) {
        let (kind, start) = (&chunk.run.kind, chunk.run.start(chunk.range.start));
        let quantities = chunk.run.quantities(chunk.range.clone());
        let seconds = quantities.iter().map(|quantity| self.bound.of(kind.exactness, *quantity)).sum();
        let (minutes, _) = self.totals.add((kind.app, kind.item), start, chunk.segment, seconds, self.terms);
        self.line(chunk, seconds, minutes);
    }

    /// A day's usage of one item, rounded over all applications: each has the
    /// minutes that begin with its own seconds.
    fn interleaved(&mut self, chunks: &[&Chunk<'_>]) {
        let first = chunks[0];
        let (item, start) = (first.run.kind.item, first.run.start(first.range.start));
        let mut total = self.totals.seconds((first.run.kind.app, item), start, first.segment, self.terms);
        let mut sums = vec![(0_i64, 0_i64); chunks.len()];
        let mut next: Vec<usize> = chunks.iter().map(|chunk| chunk.range.start).collect();
        let at = |chunk: &Chunk<'_>, next: usize| (next < chunk.range.end).then(|| chunk.run.start(next));
        while let Some(now) = chunks.iter().zip(&next).filter_map(|(chunk, next)| at(chunk, *next)).min() {
            for ((chunk, next), sum) in chunks.iter().zip(&mut next).zip(&mut sums) {
                while at(chunk, *next) == Some(now) {
                    let seconds = self.bound.of(chunk.run.kind.exactness, chunk.run.quantities(*next..*next + 1)[0]);
                    let before = minutes_begun(total);
                    total += seconds;
                    *sum = (sum.0 + seconds, sum.1 + minutes_begun(total) - before);
                    *next += 1;
                }
            }
        }
        let added = sums.iter().map(|sum| sum.0).sum();
        self.totals.add((first.run.kind.app, item), start, first.segment, added, self.terms);
        for (chunk, (seconds, minutes)) in chunks.iter().zip(sums) {
            self.line(chunk, seconds, minutes);
        }
    }

    fn line(&mut self, chunk: &Chunk<'_>, seconds: i64, minutes: i64) {
        let kind = &chunk.run.kind;
        if seconds == 0 || !self.terms.bills(chunk.run.start(chunk.range.start)) {
            return;
        }
        if let Some(charged) = self.charged.as_mut().filter(|_| minutes > 0) {
            charged.push((chunk.run.start(chunk.range.start), kind.app, kind.item, Quantity::whole(minutes)));
        }
        let key = line_on(chunk.day, kind.app, kind.item, chunk.segment, self.terms);
        let line = self.lines.entry(key).or_default();
        line.metered += Quantity::whole(seconds);
        line.billable += Quantity::whole(minutes);
    }
}
