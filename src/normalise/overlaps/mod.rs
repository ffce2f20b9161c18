//! What repeats what: rows of several tables become one reading for each
//! application, item and interval (RULES.md 4).
//!
//! Equal readings count once; readings of one grade that contradict each other
//! are errors that name both places. Where a coarser reading covers what a finer
//! one tells, the finer one is used, the coarser one is cross-footed against it,
//! and a difference is a warning.

#[cfg(feature = "polars")]
mod frame;
#[cfg(any(test, not(feature = "polars")))]
mod order;

#[cfg(feature = "polars")]
use frame::order as ordered;
#[cfg(not(feature = "polars"))]
use order::order as ordered;

use crate::model::Usage;
use crate::model::usage::Exactness;

const DAY: u32 = 86_400;

/// What becomes of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It makes a figure.
    Used,
    /// A finer reading makes the figure and agrees with it.
    CrossFooted,
    /// A finer reading makes the figure, and it says another.
    Overruled,
    /// It repeats another.
    Duplicate,
    /// It contradicts another.
    Contradicts,
}

/// A contradiction between two readings, by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradiction {
    /// What kind of contradiction.
    pub kind: Clash,
    /// The reading that stands first.
    pub one: usize,
    /// The reading that contradicts it.
    pub other: usize,
    /// What the first says, in finest units: between these.
    pub says: Bounds,
    /// What the other says.
    pub contradicts: Bounds,
}

/// A kind of contradiction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clash {
    /// Two values for one interval.
    Values,
    /// Two intervals that overlap without being the same.
    Overlap,
    /// A coarser reading is not the sum of the finer ones.
    CrossFoot,
}

/// What a reading can stand for, both ends inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least.
    pub least: i128,
    /// The most.
    pub most: i128,
}

impl Bounds {
    fn of(usage: &Usage) -> Self {
        Self { least: usage.least().into(), most: usage.quantity.into() }
    }

    /// Of several readings: their sum, or of bandwidth their highest.
    fn over<'a>(readings: impl Iterator<Item = &'a Usage>, peak: bool) -> Self {
        readings.map(Self::of).fold(Self { least: 0, most: 0 }, |all, one| {
            if peak {
                Self { least: all.least.max(one.least), most: all.most.max(one.most) }
            } else {
                Self { least: all.least + one.least, most: all.most + one.most }
            }
        })
    }

    const fn agrees(self, other: Self) -> bool {
        self.least <= other.most && other.least <= self.most
    }
}

/// The outcome for all readings.
#[derive(Debug, Default)]
pub struct Merged {
    /// The fate of each reading, in their order.
    pub fates: Vec<Fate>,
    /// The contradictions, in order of application, item and time.
    pub contradictions: Vec<Contradiction>,
    /// The readings that repeat another, with the one that they repeat.
    pub repeats: Vec<(usize, usize)>,
}

/// How exactly a reading tells the day's usage, the most exact first.
fn grade(usage: &Usage) -> u32 {
    match (usage.exactness, usage.seconds) {
        (Exactness::Exact, 300) => 0,
        (Exactness::Exact | Exactness::Peak, ..DAY) => 1,
        (Exactness::Exact | Exactness::Peak, DAY) => 2,
        (Exactness::Minutes, DAY) => 3,
        (Exactness::Minutes, ..DAY) => 4,
        (Exactness::Exact | Exactness::Peak, _) => 5,
        (Exactness::Minutes, _) => 6,
    }
}

/// Decides the fate of every reading.
#[must_use]
pub fn merge(readings: &[Usage]) -> Merged {
    let mut merged = Merged { fates: vec![Fate::Used; readings.len()], ..Merged::default() };
    let order = ordered(readings, grade);
    let same_key =
        |a: &usize, b: &usize| (readings[*a].app, readings[*a].item) == (readings[*b].app, readings[*b].item);
    for key in order.chunk_by(same_key) {
        Key { readings, merged: &mut merged, accepted: Vec::new() }.settle(key);
    }
    merged
}

/// The readings of one application and item.
struct Key<'a> {
    readings: &'a [Usage],
    merged: &'a mut Merged,
    /// Readings in use so far, in order of time, none overlapping another.
    accepted: Vec<usize>,
}

impl Key<'_> {
    /// Grade by grade, the most exact first.
    fn settle(&mut self, key: &[usize]) {
        let readings = self.readings;
        for graded in key.chunk_by(|a, b| grade(&readings[*a]) == grade(&readings[*b])) {
            let own = self.without_repeats(graded);
            if self.accepted.is_empty() {
                self.accepted = own;
            } else {
                self.against_finer(&own);
            }
        }
    }

    /// The readings of one grade without those that repeat or contradict the one before.
    fn without_repeats(&mut self, graded: &[usize]) -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::with_capacity(graded.len());
        for &at in graded {
            let Some(&before) = kept.last() else {
                kept.push(at);
                continue;
            };
            let (first, next) = (&self.readings[before], &self.readings[at]);
            if !first.span().overlaps(next.span()) {
                kept.push(at);
            } else if first.span() != next.span() {
                self.contradict(Clash::Overlap, before, at, Bounds::of(first), Bounds::of(next));
            } else if first.quantity == next.quantity {
                self.merged.fates[at] = Fate::Duplicate;
                self.merged.repeats.push((before, at));
            } else {
                self.contradict(Clash::Values, before, at, Bounds::of(first), Bounds::of(next));
            }
        }
        kept
    }

    fn contradict(&mut self, kind: Clash, one: usize, other: usize, says: Bounds, contradicts: Bounds) {
        self.merged.fates[other] = Fate::Contradicts;
        self.merged.contradictions.push(Contradiction { kind, one, other, says, contradicts });
    }

    /// Holds coarser readings against what is in use; those that nothing finer covers join it.
    fn against_finer(&mut self, own: &[usize]) {
        let readings = self.readings;
        let day = |at: &usize| readings[*at].start.day();
        let mut joining = Vec::new();
        for group in own.chunk_by(|a, b| readings[*a].seconds < DAY && day(a) == day(b)) {
            let finer = self.finer(group);
            if finer.is_empty() {
                joining.extend_from_slice(group);
            } else {
                self.cross_foot(group, &finer);
            }
        }
        self.accepted.extend(joining);
        self.accepted.sort_by_key(|at| readings[*at].start);
    }

    /// The readings in use on the days that a group touches.
    fn finer(&self, group: &[usize]) -> Vec<usize> {
        let readings = self.readings;
        let (Some(first), Some(last)) = (group.first(), group.last()) else { return Vec::new() };
        let from = readings[*first].start.day().start();
        let until = (readings[*last].span().until + -1).day().span().until;
        let begin = self.accepted.partition_point(|at| readings[*at].span().until <= from);
        let behind = self.accepted.partition_point(|at| readings[*at].start < until);
        self.accepted.get(begin..behind).map(<[usize]>::to_vec).unwrap_or_default()
    }

    fn cross_foot(&mut self, group: &[usize], finer: &[usize]) {
        let readings = self.readings;
        let peak = |at: usize| readings[at].item.unit() == crate::model::Unit::Mbps;
        let coarser_than_group =
            finer.iter().any(|at| group.iter().any(|own| readings[*at].seconds > readings[*own].seconds));
        if coarser_than_group {
            let (one, other) = (finer[0], group[0]);
            let says = Bounds::over(finer.iter().map(|at| &readings[*at]), peak(one));
            let own = Bounds::over(group.iter().map(|at| &readings[*at]), peak(one));
            self.judge(group, (one, other), says, own);
            return;
        }
        for own in group {
            let span = readings[*own].span();
            let inside: Vec<usize> = finer.iter().copied().filter(|at| readings[*at].span().overlaps(span)).collect();
            let says = Bounds::over(inside.iter().map(|at| &readings[*at]), peak(*own));
            let one = inside.first().copied().unwrap_or(finer[0]);
            self.judge(&[*own], (one, *own), says, Bounds::of(&readings[*own]));
        }
    }

    fn judge(&mut self, group: &[usize], (one, other): (usize, usize), says: Bounds, own: Bounds) {
        if says.agrees(own) {
            for at in group {
                self.merged.fates[*at] = Fate::CrossFooted;
            }
        } else {
            self.contradict(Clash::CrossFoot, one, other, says, own);
            for at in group {
                self.merged.fates[*at] = Fate::Overruled;
            }
        }
    }
}

#[cfg(test)]
mod tests;
