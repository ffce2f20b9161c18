//! Metered usage, cut into the days on which grants are asked: what a change of
//! one day leaves of the others need not be metered again.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::charge::{LineKey, line_key};
use super::metering::{Bound, Interval, meter};
use crate::model::{AppId, Day, Item, Quantity, Stamp, Usage};
use crate::rules::terms::Terms;

/// Metered usage in stretches, in the order in which it is covered.
#[derive(Debug, Clone)]
pub struct Metered {
    /// One for each day on which grants are asked, in order.
    pub stretches: Vec<Arc<Stretch>>,
}

/// The usage for which grants are asked on one day.
#[derive(Debug)]
pub struct Stretch {
    /// The day.
    pub day: Day,
    /// The first moment of its usage.
    pub first: Stamp,
    /// The last moment at which a grant is asked.
    pub last: Stamp,
    /// Its usage by line, in the order of the lines.
    pub cells: Vec<Cell>,
    intervals: Intervals,
}

/// The part of one line that one stretch adds.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// The line.
    pub key: LineKey,
    /// Seconds of usage.
    pub seconds: i64,
    /// Billable minutes.
    pub minutes: Quantity,
    /// One of its intervals.
    pub one: Interval,
}

#[derive(Debug)]
enum Intervals {
    Own(Vec<Interval>),
    /// Those of another stretch, some of them replaced.
    Patched {
        of: Arc<Stretch>,
        gone: BTreeSet<(AppId, Item)>,
        fresh: Vec<Interval>,
    },
}

impl Metered {
    /// Meters usage at the most that it can stand for.
    #[must_use]
    pub fn of(usage: &[Usage], terms: &Terms) -> Self {
        let intervals = meter(usage, terms, Bound::Most);
        let days = intervals.chunk_by(|a, b| a.asked.day() == b.asked.day());
        Self { stretches: days.map(|day| Arc::new(Stretch::of(day.to_vec(), terms))).collect() }
    }

    /// Returns the same, where on some days the usage of some applications and items is
    /// replaced by other usage, which is metered by itself.
    #[must_use]
    pub fn patched(&self, days: &BTreeSet<Day>, gone: &BTreeSet<(AppId, Item)>, rows: &[Usage], terms: &Terms) -> Self {
        let mut fresh: BTreeMap<Day, Vec<Interval>> = BTreeMap::new();
        for interval in meter(rows, terms, Bound::Most) {
            fresh.entry(interval.asked.day()).or_default().push(interval);
        }
        let mut stretches: BTreeMap<Day, Arc<Stretch>> = BTreeMap::new();
        for stretch in &self.stretches {
            let changed = if days.contains(&stretch.day) {
                Stretch::patched(stretch, gone, fresh.remove(&stretch.day).unwrap_or_default(), terms).map(Arc::new)
            } else {
                Some(Arc::clone(stretch))
            };
            stretches.extend(changed.map(|stretch| (stretch.day, stretch)));
        }
        stretches.extend(fresh.into_iter().map(|(day, fresh)| (day, Arc::new(Stretch::of(fresh, terms)))));
        Self { stretches: stretches.into_values().collect() }
    }

    /// Returns how many cells it has.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.stretches.iter().map(|stretch| stretch.cells.len()).sum()
    }
}

impl Stretch {
    fn of(intervals: Vec<Interval>, terms: &Terms) -> Self {
        let cells = cells(&intervals, terms);
        Self::with(cells, Intervals::Own(intervals))
    }

    /// `None` where nothing is left.
    fn patched(of: &Arc<Self>, gone: &BTreeSet<(AppId, Item)>, fresh: Vec<Interval>, terms: &Terms) -> Option<Self> {
        let kept = |cell: &&Cell| !gone.contains(&(cell.one.app, cell.one.item));
        let mut all: Vec<Cell> = of.cells.iter().filter(kept).copied().collect();
        all.extend(cells(&fresh, terms));
        all.sort_by_key(|cell| cell.key);
        if all.is_empty() {
            return None;
        }
        let mut patched = Self::with(all, Intervals::Patched { of: Arc::clone(of), gone: gone.clone(), fresh });
        (patched.first, patched.last) = (patched.first.min(of.first), patched.last.max(of.last));
        Some(patched)
    }

    fn with(cells: Vec<Cell>, intervals: Intervals) -> Self {
        let own: &[Interval] = match &intervals {
            Intervals::Own(own) => own,
            Intervals::Patched { fresh, .. } => fresh,
        };
        let all = || own.iter().chain(cells.iter().map(|cell| &cell.one));
        let first = all().map(|interval| interval.start).min().unwrap_or(Stamp::MAX);
        let last = all().map(|interval| interval.asked.max(interval.start)).max().unwrap_or(first);
        let day = all().next().map_or(first, |interval| interval.asked).day();
        Self { day, first, last, cells, intervals }
    }

    /// Its intervals in the order in which they are covered.
    #[must_use]
    pub fn intervals(&self) -> Cow<'_, [Interval]> {
        match &self.intervals {
            Intervals::Own(intervals) => Cow::Borrowed(intervals),
            Intervals::Patched { of, gone, fresh } => {
                let base = of.intervals();
                let kept = base.iter().filter(|interval| !gone.contains(&(interval.app, interval.item)));
                let mut all: Vec<Interval> = kept.chain(fresh).copied().collect();
                all.sort_unstable_by_key(Interval::turn);
                Cow::Owned(all)
            }
        }
    }
}

/// Intervals added up by line, in the order of the lines.
fn cells(intervals: &[Interval], terms: &Terms) -> Vec<Cell> {
    let mut known: HashMap<LineKey, usize> = HashMap::new();
    let mut cells: Vec<Cell> = Vec::new();
    for interval in intervals {
        let key = line_key(interval, terms);
        let at = *known.entry(key).or_insert_with(|| {
            cells.push(Cell { key, seconds: 0, minutes: Quantity::ZERO, one: *interval });
            cells.len() - 1
        });
        cells[at].seconds += interval.seconds;
        cells[at].minutes += interval.minutes;
    }
    cells.sort_by_key(|cell| cell.key);
    cells
}
