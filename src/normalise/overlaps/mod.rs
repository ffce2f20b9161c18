//! Resolves repeats: rows of several tables become the usage of each application, item and interval.
//!
//! Rows of one table that differ in an attribute (sub-product, component, zone)
//! add up, and so do rows of two tables of one header that differ in a text: pages of one
//! export. Only a row equal in every column is a copy. Tables that tell the same
//! count once; readings of one grade that contradict each other
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

use crate::model::usage::Exactness;
use crate::model::{Place, Unit, Usage};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

const DAY: u32 = 86_400;

/// Tells rows apart that fall on one interval; equal hashes mean equal texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Hash of every column that holds no figure.
    pub attributes: u64,
    /// Hash of every column.
    pub whole: u64,
    /// In a table with one figure a row: hashes of the header, and of the cells that are neither a figure nor a
    /// time, which two exports may write differently.
    pub kin: Option<(u64, u64)>,
}

/// The identities of the rows that share an interval with another row of their table or of one with its header.
pub type Identities = HashMap<Place, Identity>;

/// The fate of a reading.
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
    /// The kind of contradiction.
    pub kind: Clash,
    /// The reading that stands first.
    pub one: usize,
    /// The reading that contradicts it.
    pub other: usize,
    /// The bounds of the first, in finest units.
    pub says: Bounds,
    /// The bounds of the other, in finest units.
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

/// The bounds of the quantities that a reading can stand for, both ends inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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

    /// Bounds the sum of readings in order of time; of bandwidth the highest interval.
    fn over(readings: &[Usage], rows: &[usize], peak: bool) -> Self {
        let sum = |rows: &[usize]| {
            let all = rows.iter().map(|at| Self::of(&readings[*at]));
            all.fold(Self::default(), |all, one| Self { least: all.least + one.least, most: all.most + one.most })
        };
        if !peak {
            return sum(rows);
        }
        let intervals = rows.chunk_by(|a, b| readings[*a].span() == readings[*b].span()).map(sum);
        intervals
            .fold(Self::default(), |all, one| Self { least: all.least.max(one.least), most: all.most.max(one.most) })
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

/// Returns how exactly a reading tells the day's usage, the most exact first.
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

/// Decides the fate of every reading. Rows of one table that have no identity
/// are compared by their figures alone.
#[must_use]
pub fn merge(readings: &[Usage], identities: &Identities) -> Merged {
    let mut merged = Merged { fates: vec![Fate::Used; readings.len()], ..Merged::default() };
    let order = ordered(readings, grade);
    let same_key =
        |a: &usize, b: &usize| (readings[*a].app, readings[*a].item) == (readings[*b].app, readings[*b].item);
    for key in order.chunk_by(same_key) {
        Key { readings, identities, merged: &mut merged, accepted: Vec::new() }.settle(key);
    }
    merged
}

/// The readings of one application and item.
struct Key<'a> {
    readings: &'a [Usage],
    identities: &'a Identities,
    merged: &'a mut Merged,
    /// Readings in use so far, in order of time; those that overlap have one
    /// interval and add up.
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

    /// Returns the readings of one grade without those that repeat or contradict the ones before.
    fn without_repeats(&mut self, graded: &[usize]) -> Vec<usize> {
        let readings = self.readings;
        let mut kept: Vec<usize> = Vec::with_capacity(graded.len());
        for same in graded.chunk_by(|a, b| readings[*a].span() == readings[*b].span()) {
            if let Some(&before) = kept.last()
                && readings[before].span().overlaps(readings[same[0]].span())
            {
                for &at in same {
                    let (first, next) = (Bounds::of(&readings[before]), Bounds::of(&readings[at]));
                    self.contradict(Clash::Overlap, before, at, first, next);
                }
                continue;
            }
            let mut tables = same.chunk_by(|a, b| readings[*a].place.table == readings[*b].place.table);
            let mut first = tables.next().map(|rows| self.of_one_table(rows)).unwrap_or_default();
            for rows in tables {
                let rows = self.of_one_table(rows);
                if self.are_of_one_header(&first, &rows) {
                    self.join(&mut first, &rows);
                } else {
                    self.compare(&first, &rows);
                }
            }
            kept.extend(first);
        }
        kept
    }

    /// Returns the rows of one table and interval that add up: copies and rows that
    /// differ in nothing but their figures are none of them.
    fn of_one_table(&mut self, rows: &[usize]) -> Vec<usize> {
        let mut own: Vec<usize> = Vec::with_capacity(rows.len());
        for &at in rows {
            let identity = |at: usize| self.identities.get(&self.readings[at].place);
            let same = own.iter().copied().find(|before| match (identity(*before), identity(at)) {
                (Some(one), Some(other)) => !adds_up(&self.readings[at]) || one.attributes == other.attributes,
                _ => true,
            });
            let Some(before) = same else {
                own.push(at);
                continue;
            };
            let (first, next) = (&self.readings[before], &self.readings[at]);
            if first.quantity == next.quantity && identity(before).map(|i| i.whole) == identity(at).map(|i| i.whole) {
                self.repeat(before, at);
            } else {
                self.contradict(Clash::Values, before, at, Bounds::of(first), Bounds::of(next));
            }
        }
        own
    }

    /// Compares the rows of another table with the ones in use: both tell the same, or contradict each other.
    fn compare(&mut self, used: &[usize], rows: &[usize]) {
        let readings = self.readings;
        let (says, own) = (Bounds::over(readings, used, false), Bounds::over(readings, rows, false));
        for &at in rows {
            if says.most == own.most {
                self.repeat(used[0], at);
            } else {
                self.contradict(Clash::Values, used[0], at, says, own);
            }
        }
    }

    fn kin(&self, at: usize) -> Option<(u64, u64)> {
        self.identities.get(&self.readings[at].place).and_then(|identity| identity.kin)
    }

    /// Returns true if all rows add up and are of tables with one header.
    fn are_of_one_header(&self, used: &[usize], rows: &[usize]) -> bool {
        let header = |at: usize| self.kin(at).filter(|_| adds_up(&self.readings[at])).map(|(header, _)| header);
        let first = used.first().and_then(|at| header(*at));
        first.is_some() && used.iter().chain(rows).all(|at| header(*at) == first)
    }

    /// Adds the rows of another table of the same header that differ in a text from the ones in use; the others
    /// tell the same, or contradict.
    fn join(&mut self, used: &mut Vec<usize>, rows: &[usize]) {
        let mut rows = rows.to_vec();
        rows.sort_by_key(|at| self.kin(*at));
        for own in rows.chunk_by(|a, b| self.kin(*a) == self.kin(*b)).map(<[usize]>::to_vec).collect::<Vec<_>>() {
            let same: Vec<usize> = used.iter().copied().filter(|at| self.kin(*at) == self.kin(own[0])).collect();
            if same.is_empty() {
                used.extend(own);
            } else {
                self.compare(&same, &own);
            }
        }
    }

    fn repeat(&mut self, first: usize, at: usize) {
        self.merged.fates[at] = Fate::Duplicate;
        self.merged.repeats.push((first, at));
    }

    fn contradict(&mut self, kind: Clash, one: usize, other: usize, says: Bounds, contradicts: Bounds) {
        self.merged.fates[other] = Fate::Contradicts;
        self.merged.contradictions.push(Contradiction { kind, one, other, says, contradicts });
    }

    /// Holds coarser readings against what is in use; those that nothing finer covers join it.
    fn against_finer(&mut self, own: &[usize]) {
        let readings = self.readings;
        let day = |at: &usize| readings[*at].start.day();
        let together = |a: &usize, b: &usize| {
            readings[*a].span() == readings[*b].span() || (readings[*a].seconds < DAY && day(a) == day(b))
        };
        let mut joining = Vec::new();
        for group in own.chunk_by(together) {
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

    /// Returns the readings in use on the days that a group touches.
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
            let says = Bounds::over(readings, finer, peak(one));
            let own = Bounds::over(readings, group, peak(one));
            self.judge(group, (one, other), says, own);
            return;
        }
        for same in group.chunk_by(|a, b| readings[*a].span() == readings[*b].span()) {
            let span = readings[same[0]].span();
            let inside: Vec<usize> = finer.iter().copied().filter(|at| readings[*at].span().overlaps(span)).collect();
            let says = Bounds::over(readings, &inside, peak(same[0]));
            let one = inside.first().copied().unwrap_or(finer[0]);
            let own = Bounds::over(readings, same, false);
            self.judge(same, (one, same[0]), says, own);
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

/// True if rows of one interval that differ in an attribute add up: peaks and numbers of users do not.
fn adds_up(usage: &Usage) -> bool {
    usage.exactness != Exactness::Peak && usage.item.unit() != Unit::User
}

/// Adds up the readings of one application, item and interval. Rounded
/// minutes stay apart: each of them has bounds of its own.
pub fn added_up(used: impl Iterator<Item = Usage>) -> Vec<Usage> {
    let mut sums: Vec<Usage> = Vec::new();
    let mut known: HashMap<_, usize> = HashMap::new();
    for usage in used {
        if usage.exactness == Exactness::Minutes {
            sums.push(usage);
            continue;
        }
        let Usage { app, item, exactness, start, seconds, .. } = usage;
        match known.entry((app, item, exactness, start, seconds)) {
            Entry::Occupied(at) => sums[*at.get()].quantity += usage.quantity,
            Entry::Vacant(vacant) => {
                vacant.insert(sums.len());
                sums.push(usage);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests;
