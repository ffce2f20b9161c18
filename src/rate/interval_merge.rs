//! Usage of many runs in the order in which it happened, without sorting it
//! row by row: the runs are in order of time already.

use super::metering::{Bound, last_second};
use crate::model::policy::{Scope, TieOrder};
use crate::model::usage::Exactness;
use crate::model::usage_series::{Figure, Run, start_of};
use crate::model::{AppId, Day, Item, Stamp};
use crate::rules::terms::{Segment, Terms};
use std::ops::Range;

/// A run's usage of one day under one segment of the terms.
#[derive(Clone)]
pub(super) struct Chunk<'a> {
    pub(super) run: &'a Run,
    pub(super) range: Range<usize>,
    pub(super) day: Day,
    pub(super) segment: usize,
}

/// A day's usage of one application and item: the chunks of one run or of several.
pub(super) struct Lane<'c, 'a> {
    pub(super) chunks: &'c [Chunk<'a>],
    /// True if a grant may cover some of it.
    pub(super) asks: bool,
}

impl Lane<'_, '_> {
    /// Returns what is added up in one bucket, where all applications are.
    pub(super) fn meter(&self) -> (usize, Item) {
        (self.chunks[0].segment, self.chunks[0].run.kind.item)
    }

    /// Over what applications its seconds are added up.
    pub(super) fn scope(&self, terms: &Terms) -> Scope {
        self.chunks[0].rules(terms).scope.of(self.chunks[0].run.kind.item)
    }
}

/// The usage of a lane in the interval that starts in a slot.
#[derive(Clone, Copy, Default)]
pub(super) struct Row {
    pub(super) slot: i32,
    pub(super) lane: u32,
    pub(super) seconds: i64,
}

impl Row {
    /// When it starts.
    pub(super) fn start(&self) -> Stamp {
        start_of(self.slot)
    }
}

/// Where a run's usage turns to another day or segment.
pub(super) fn chunks<'a>(run: &'a Run, terms: &Terms) -> Vec<Chunk<'a>> {
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

impl Chunk<'_> {
    /// Returns the moment at which its first usage starts.
    pub(super) fn first(&self) -> Stamp {
        self.run.start(self.range.start)
    }

    /// Returns what its rows have of their own.
    pub(super) fn figures(&self) -> &[Figure] {
        self.run.figures(self.range.clone())
    }

    /// Returns what it used.
    pub(super) fn seconds(&self, bound: Bound) -> i64 {
        let exactness = self.run.kind.exactness;
        if bound == Bound::Most || exactness == Exactness::Exact {
            return self.run.quantity(&self.range);
        }
        self.figures().iter().map(|figure| bound.of(exactness, figure.quantity)).sum()
    }

    /// Returns what makes a lane of chunks: their day, segment, item and application.
    pub(super) fn key(&self) -> (Day, usize, Item, AppId) {
        (self.day, self.segment, self.run.kind.item, self.run.kind.app)
    }

    /// Returns true if other usage is asked for at the same moment, item by item: at the end of the bucket of both.
    pub(super) fn is_asked_with(&self, other: &Self, terms: &Terms) -> bool {
        let end = |chunk: &Self| last_second(chunk.rules(terms).bucket, chunk.first(), terms);
        let by_item = self.rules(terms).tie_order == TieOrder::Item;
        by_item && self.segment == other.segment && end(self) == end(other)
    }

    /// Returns the segment that rules it.
    pub(super) fn rules<'t>(&self, terms: &'t Terms) -> &'t Segment {
        &terms.segments[self.segment]
    }

    /// Returns what starts before a moment, and what does not.
    fn parted(&self, at: Stamp) -> (Self, Self) {
        let before = self.run.rows_before(self.range.start, at).min(self.range.len());
        let part = |range| Self { range, ..self.clone() };
        let middle = self.range.start + before;
        (part(self.range.start..middle), part(middle..self.range.end))
    }
}

/// Returns a stretch in two, and the moment between them; `None` where all of it starts together.
pub(super) fn halves<'a>(block: &[Chunk<'a>]) -> Option<(Vec<Chunk<'a>>, Vec<Chunk<'a>>, Stamp)> {
    let first = block.iter().map(Chunk::first).min()?;
    let last = block.iter().map(|chunk| chunk.run.start(chunk.range.end - 1)).max()?;
    let middle = (first < last).then(|| first + ((last - first) / 2 + 1))?;
    let (mut before, mut behind): (Vec<_>, Vec<_>) = block.iter().map(|chunk| chunk.parted(middle)).unzip();
    before.retain(|chunk| !chunk.range.is_empty());
    behind.retain(|chunk| !chunk.range.is_empty());
    Some((before, behind, middle))
}

/// Returns the rows of lanes by start, then in the order of the lanes; what a lane has
/// in several runs for one interval is added up.
pub(super) fn in_order(lanes: &[Lane<'_, '_>], bound: Bound) -> Vec<Row> {
    let chunks = || lanes.iter().zip(0_u32..).flat_map(|(lane, at)| lane.chunks.iter().map(move |chunk| (at, chunk)));
    let slots = || chunks().flat_map(|(_, chunk)| chunk.figures()).map(|figure| figure.slot);
    let (Some(first), Some(last)) = (slots().min(), slots().max()) else { return Vec::new() };
    let place = |slot: i32| usize::try_from(slot - first).unwrap_or_else(|_| unreachable!("the first is the least"));
    // Where the rows of each slot begin; then, where its next row goes.
    let mut next = vec![0_usize; place(last) + 2];
    slots().for_each(|slot| next[place(slot) + 1] += 1);
    (1..next.len()).for_each(|at| next[at] += next[at - 1]);
    let mut rows = vec![Row::default(); next[next.len() - 1]];
    for (lane, chunk) in chunks() {
        for Figure { slot, quantity, .. } in chunk.figures() {
            let at = &mut next[place(*slot)];
            rows[*at] = Row { slot: *slot, lane, seconds: bound.of(chunk.run.kind.exactness, *quantity) };
            *at += 1;
        }
    }
    rows.dedup_by(|row, last| {
        let same = (row.slot, row.lane) == (last.slot, last.lane);
        last.seconds += if same { row.seconds } else { 0 };
        same
    });
    rows
}

/// Shows the seconds of each row of lanes of one day, by start, then in the
/// order of the lanes.
pub(super) fn turn_by_turn(lanes: &[Lane<'_, '_>], bound: Bound, mut show: impl FnMut(usize, i64)) {
    let chunks = lanes.iter().enumerate().flat_map(|(at, lane)| lane.chunks.iter().map(move |chunk| (at, chunk)));
    let mut rest: Vec<_> = chunks.map(|(at, chunk)| (at, chunk.run.kind.exactness, chunk.figures())).collect();
    while let Some(slot) = rest.iter().filter_map(|(_, _, figures)| Some(figures.first()?.slot)).min() {
        for (lane, exactness, figures) in &mut rest {
            while let Some((figure, behind)) = figures.split_first().filter(|(figure, _)| figure.slot == slot) {
                show(*lane, bound.of(*exactness, figure.quantity));
                *figures = behind;
            }
        }
    }
}
