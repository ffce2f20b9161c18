//! Metering and drawdown day by day: interval by interval only where a grant
//! may cover something, by sums where none can.
//!
//! A day's minutes are those of its sum, whatever the order of its intervals;
//! the order plays a part only for what grants cover and, where applications
//! are rounded together, for whose minute it is. So other usage that no grant
//! can serve any more costs one addition a day.

use super::charge::{Parts, Sums, line_on};
use super::drawdown::Ledger;
use super::interval_merge::{Chunk, Lane, chunks, halves, in_order, turn_by_turn};
use super::metering::{Bound, Interval, Totals};
use crate::model::policy::{PartialMinute, Scope, TieOrder};
use crate::model::{AppId, Day, Item, Quantity, Runs, Span, Stamp, Unit};
use crate::rules::terms::{Bucket, Terms};
use std::collections::{HashMap, HashSet};

/// The results of the days so far.
pub(super) struct Days<'a> {
    terms: &'a Terms,
    bound: Bound,
    sweeps: Sweeps,
    totals: Totals,
    /// The sums of the bill's lines, in parts.
    pub(super) parts: Parts,
    /// The deductions and balances of the grants.
    pub(super) ledger: Ledger<'a>,
    /// Days that are gone through interval by interval whatever the grants have.
    open: HashSet<Day>,
    /// The bill's usage that no grant covered: its start, application, item and minutes. An entry is one interval, or a
    /// day's usage of an item as a whole.
    charged: Option<Vec<(Stamp, AppId, Item, Quantity)>>,
}

/// Returns what no grant covered of the bill's usage; exact to the interval on a day
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

/// So many intervals are gone through at once; more are parted, if they can be.
const MANY: usize = 4096;

/// Days that must be gone through together: a package that starts to work
/// catches up what lies before, on these days.
struct Sweeps(Vec<(Day, Day)>);

impl Sweeps {
    fn of(terms: &Terms) -> Self {
        let sweeps = terms.grants.iter().filter(|grant| grant.since < grant.ready);
        Self(sweeps.map(|grant| (terms.day(grant.since), terms.day(grant.ready))).collect())
    }

    /// Returns true if usage and what follows it are gone through together.
    fn join(&self, one: &Chunk<'_>, next: &Chunk<'_>, terms: &Terms) -> bool {
        one.day == next.day || one.is_asked_with(next, terms) || self.sweeps_over(one.day, next.day)
    }

    fn sweeps_over(&self, day: Day, next: Day) -> bool {
        self.0.iter().any(|(since, ready)| *since <= day && next <= *ready)
    }

    /// Returns a stretch in two that may be gone through one after the other, and the
    /// moment up to which packages start to work in between. `None` where all
    /// of it is asked for at once, or a package catches up what lies before.
    fn parted<'a>(&self, block: &[Chunk<'a>], terms: &Terms) -> Option<(Vec<Chunk<'a>>, Vec<Chunk<'a>>, Stamp)> {
        let first = block.first()?;
        let order = first.rules(terms).tie_order;
        let alike = |chunk: &Chunk<'_>| {
            let by_time = order == TieOrder::Time && chunk.rules(terms).tie_order == order;
            (by_time || first.is_asked_with(chunk, terms)) && !self.sweeps_over(chunk.day, chunk.day)
        };
        if !block.iter().all(alike) {
            return None;
        }
        if order == TieOrder::Time {
            return halves(block);
        }
        let (before, behind) =
            items_apart(block).or_else(|| halves(block).map(|(before, behind, _)| (before, behind)))?;
        Some((before, behind, first.day.start()))
    }
}

/// Returns the usage of some items, and that of the items behind them.
fn items_apart<'a>(block: &[Chunk<'a>]) -> Option<(Vec<Chunk<'a>>, Vec<Chunk<'a>>)> {
    let mut items: Vec<Item> = block.iter().map(|chunk| chunk.run.kind.item).collect();
    items.sort_unstable();
    items.dedup();
    let middle = *items.get(items.len() / 2).filter(|middle| **middle > items[0])?;
    Some(block.iter().cloned().partition(|chunk| chunk.run.kind.item < middle))
}

impl<'a> Days<'a> {
    fn new(terms: &'a Terms, bound: Bound) -> Self {
        Self {
            terms,
            bound,
            sweeps: Sweeps::of(terms),
            totals: Totals::default(),
            parts: Parts::new(),
            ledger: Ledger::new(terms),
            open: HashSet::new(),
            charged: None,
        }
    }

    fn draw(&mut self, usage: &Runs) {
        let terms = self.terms;
        let runs = usage.runs().iter().filter(|run| run.kind.item.unit() == Unit::Minute);
        let mut chunks: Vec<Chunk<'_>> = runs.flat_map(|run| chunks(run, terms)).collect();
        chunks.sort_by_key(Chunk::key);
        let mut from = 0;
        while from < chunks.len() {
            let pairs = chunks[from..].windows(2);
            let length = 1 + pairs.take_while(|two| self.sweeps.join(&two[0], &two[1], terms)).count();
            let behind = chunks.get(from + length);
            let until = behind.map_or(Stamp::MAX, |next| next.day.start() + terms.day_shift);
            self.block(&chunks[from..from + length], until);
            from += length;
        }
    }

    /// A stretch of time. Where a grant may cover much of it, it is gone
    /// through in parts: once the grant is empty, the rest costs little.
    fn block(&mut self, block: &[Chunk<'_>], until: Stamp) {
        let lanes = self.lanes(block);
        let asking = lanes.iter().filter(|lane| lane.asks).flat_map(|lane| lane.chunks);
        let many = asking.map(|chunk| chunk.range.len()).sum::<usize>() > MANY;
        let parted = if many { self.sweeps.parted(block, self.terms) } else { None };
        if let Some((before, behind, middle)) = parted {
            self.block(&before, middle);
            return self.block(&behind, until);
        }
        let asked: HashSet<_> = lanes.iter().filter(|lane| lane.asks).map(Lane::meter).collect();
        let in_turn = |lane: &Lane<'_, '_>| {
            lane.asks || (lane.scope(self.terms) == Scope::Account && asked.contains(&lane.meter()))
        };
        let (in_turn, others): (Vec<_>, Vec<_>) = lanes.into_iter().partition(in_turn);
        self.in_turn(&in_turn, until);
        for lanes in others.chunk_by(|a, b| a.chunks[0].day == b.chunks[0].day && a.meter() == b.meter()) {
            match lanes[0].scope(self.terms) {
                Scope::App => lanes.iter().for_each(|lane| self.by_sum(lane)),
                Scope::Account => self.together(lanes),
            }
        }
    }

    /// Returns the lanes of a stretch, and which of them a grant may cover some of.
    fn lanes<'c, 'r>(&self, block: &'c [Chunk<'r>]) -> Vec<Lane<'c, 'r>> {
        let by_interval =
            |chunk: &Chunk<'_>| chunk.rules(self.terms).bucket == Bucket::Interval || self.open.contains(&chunk.day);
        let all = block.iter().any(by_interval);
        let mut known: HashMap<(AppId, Item, usize), bool> = HashMap::new();
        let lanes = block.chunk_by(|a, b| a.key() == b.key()).map(|chunks| {
            let (_, segment, item, app) = chunks[0].key();
            let asks =
                all || *known.entry((app, item, segment)).or_insert_with(|| self.may_be_covered(block, &chunks[0]));
            Lane { chunks, asks }
        });
        lanes.collect()
    }

    /// Returns true if a grant may cover some of it; a few are asked in vain.
    fn may_be_covered(&self, block: &[Chunk<'_>], chunk: &Chunk<'_>) -> bool {
        let (Some(first), Some(last)) = (block.first(), block.last()) else { return false };
        let (from, until) = (first.day.start() + self.terms.day_shift, (last.day + 1).start() + self.terms.day_shift);
        let kind = &chunk.run.kind;
        let inside = |span: &Span| span.from < until && from < span.until;
        self.terms.grants.iter().zip(&self.ledger.remaining).any(|(grant, left)| {
            let its_own = grant.app.is_none_or(|app| app == kind.app) || grant.unbound.iter().any(inside);
            let ratio = grant.ratios[chunk.segment][kind.item.index()].filter(|_| inside(&grant.in_force()) && its_own);
            ratio.is_some_and(|ratio| match self.terms.partial_minute {
                PartialMinute::Fraction => !left.is_zero(),
                // What does not cover a minute covers nothing.
                PartialMinute::Whole => *left >= Quantity::whole(1).at_ratio(ratio),
            })
        })
    }

    /// Usage that may be covered, and what is rounded together with it.
    fn in_turn(&mut self, lanes: &[Lane<'_, '_>], until: Stamp) {
        let mut sums = vec![Sums::default(); lanes.len()];
        let asking = self.begin_minutes(lanes, &mut sums);
        let (intervals, of): (Vec<Interval>, Vec<usize>) = asking.into_iter().unzip();
        let uncovered = self.ledger.cover(&intervals, until);
        for ((interval, left), lane) in intervals.iter().zip(&uncovered).zip(of) {
            sums[lane].covered += interval.minutes - *left;
            if let Some(charged) = self.charged.as_mut().filter(|_| !left.is_zero() && self.terms.bills(interval.start))
            {
                charged.push((interval.start, interval.app, interval.item, *left));
            }
        }
        for (lane, sums) in lanes.iter().zip(sums) {
            self.line(lane, sums);
        }
    }

    /// Meters lanes interval by interval. What may be covered is handed back
    /// in the order of covering, each with its lane.
    fn begin_minutes(&mut self, lanes: &[Lane<'_, '_>], sums: &mut [Sums]) -> Vec<(Interval, usize)> {
        let terms = self.terms;
        let buckets: Vec<usize> =
            lanes.iter().map(|lane| self.bucket(&lane.chunks[0], lane.chunks[0].first())).collect();
        let mut asking = Vec::new();
        for row in in_order(lanes, self.bound) {
            let at = row.lane as usize;
            let (chunk, start) = (&lanes[at].chunks[0], row.start());
            let each = chunk.rules(terms).bucket == Bucket::Interval;
            let bucket = if each { self.bucket(chunk, start) } else { buckets[at] };
            let minutes = self.meter(bucket, row.seconds, &mut sums[at]);
            if lanes[at].asks && !minutes.is_zero() {
                let (_, _, item, app) = chunk.key();
                asking.push((Interval { minutes, ..Interval::new(app, item, start, row.seconds, terms) }, at));
            }
        }
        let by_time = lanes.iter().all(|lane| lane.chunks[0].rules(terms).tie_order == TieOrder::Time);
        if !by_time {
            asking.sort_by_key(|(interval, _)| interval.turn());
        }
        asking
    }

    /// A day's usage of applications that are rounded together, none of which is covered.
    fn together(&mut self, lanes: &[Lane<'_, '_>]) {
        let first = &lanes[0].chunks[0];
        let bucket = self.bucket(first, first.first());
        let mut sums = vec![Sums::default(); lanes.len()];
        turn_by_turn(lanes, self.bound, |lane, seconds| {
            self.meter(bucket, seconds, &mut sums[lane]);
        });
        for (lane, sums) in lanes.iter().zip(sums) {
            self.line(lane, sums);
        }
    }

    /// Returns the bucket of a chunk's usage that starts at a moment.
    fn bucket(&mut self, chunk: &Chunk<'_>, start: Stamp) -> usize {
        let kind = &chunk.run.kind;
        self.totals.position((kind.app, kind.item), start, chunk.segment, self.terms)
    }

    /// Adds seconds to a bucket, and what they come to to the sums of their lane: the minutes that they begin.
    fn meter(&mut self, bucket: usize, seconds: i64, sums: &mut Sums) -> Quantity {
        let minutes = Quantity::whole(self.totals.add(bucket, seconds).0);
        sums.metered += Quantity::whole(seconds);
        sums.billable += minutes;
        minutes
    }

    /// A day's usage of one application, rounded by itself.
    fn by_sum(&mut self, lane: &Lane<'_, '_>) {
        let mut sums = Sums::default();
        for chunk in lane.chunks {
            let bucket = self.bucket(chunk, chunk.first());
            self.meter(bucket, chunk.seconds(self.bound), &mut sums);
        }
        self.line(lane, sums);
    }

    /// Adds a lane to its line of the bill.
    fn line(&mut self, lane: &Lane<'_, '_>, sums: Sums) {
        let (day, segment, item, app) = lane.chunks[0].key();
        if sums.metered.is_zero() || !self.terms.bills(lane.chunks[0].first()) {
            return;
        }
        if let Some(charged) = self.charged.as_mut().filter(|_| !lane.asks && !sums.billable.is_zero()) {
            charged.push((lane.chunks[0].first(), app, item, sums.billable));
        }
        self.parts.push((line_on(day, app, item, segment, self.terms), sums));
    }
}
