//! Usage of many rows, compact: a row costs 16 bytes. What is the same for many
//! rows stands once.

use super::printed_cover::{CoverSeries, Covered};
use super::usage::Exactness;
use super::{AppId, Day, Item, Place, Stamp, TableRef, Usage};
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

/// The grid on which usage lies, in seconds.
const GRID: i64 = 300;
/// So many slots of the grid has a day.
const SLOTS_A_DAY: i32 = 288;

/// The properties that are the same for all rows of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// By which application.
    pub app: AppId,
    /// The item used.
    pub item: Item,
    /// The exactness of the quantities.
    pub exactness: Exactness,
    /// The intervals' length in seconds.
    pub seconds: u32,
    /// Where it was read.
    pub table: TableRef,
}

/// Rows of one kind.
#[derive(Debug, Clone)]
pub struct Run {
    /// The properties that the rows have in common.
    pub kind: Kind,
    figures: Vec<Figure>,
    covered: CoverSeries,
    outline: OnceLock<Outline>,
}

/// The result of one pass over the rows of a run.
#[derive(Debug, Clone)]
pub struct Outline {
    /// The rows day by day, as they came.
    pub days: Vec<OfDay>,
    /// True if each row begins where the one before has ended, or later.
    pub in_order: bool,
    /// True if some rows are of nothing.
    pub has_empty: bool,
    /// The first row of the table among them.
    pub first_row: u32,
}

/// The 5-minute slots of a day, a bit each.
pub type Slots = [u64; 5];

/// Rows of one day, one behind the other.
#[derive(Debug, Clone)]
pub struct OfDay {
    /// The day on which they start.
    pub day: Day,
    /// In which slots; `None` where rows are coarser.
    pub slots: Option<Box<Slots>>,
    from: usize,
    /// The sum of their quantities, as far as 64 bits hold it: a day in order is far below.
    quantity: i64,
}

/// The properties of one row alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// When it starts, as [`slot`].
    pub slot: i32,
    /// On which row of the table it stands.
    pub row: u32,
    /// The quantity used, in the item's finest unit.
    pub quantity: i64,
}

/// Usage in runs.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    runs: Vec<Run>,
    known: HashMap<Kind, usize>,
}

impl Kind {
    /// Returns the kind of a row.
    #[must_use]
    pub const fn of(usage: &Usage) -> Self {
        let Usage { app, item, exactness, seconds, place, .. } = *usage;
        Self { app, item, exactness, seconds, table: place.table }
    }

    /// Returns how many slots of the grid a row takes, at least one.
    fn slots(&self) -> i32 {
        i32::try_from((i64::from(self.seconds.max(1)) + GRID - 1) / GRID).unwrap_or(i32::MAX)
    }
}

impl Figure {
    /// Returns what a row has of its own.
    #[must_use]
    pub fn of(usage: &Usage) -> Self {
        Self { slot: slot(usage.start), row: usage.place.row, quantity: usage.quantity }
    }
}

/// Returns the 5-minute slot, counted from 1970, that begins at a moment of the grid.
#[must_use]
pub fn slot(start: Stamp) -> i32 {
    let slot = i32::try_from(start.seconds().div_euclid(GRID));
    match slot {
        Ok(slot) if start.seconds().rem_euclid(GRID) == 0 => slot,
        _ => panic!("{start} is no start of an interval of the grid"),
    }
}

/// Returns the day of a slot, and the slot counted from the day's start.
const fn day_of(slot: i32) -> (Day, usize) {
    (Day::from_number(slot.div_euclid(SLOTS_A_DAY)), slot.rem_euclid(SLOTS_A_DAY) as usize)
}

/// When a slot begins.
#[must_use]
pub const fn start_of(slot: i32) -> Stamp {
    Stamp::from_seconds(slot as i64 * GRID)
}

impl Run {
    fn new(kind: Kind) -> Self {
        Self { kind, figures: Vec::new(), covered: CoverSeries::default(), outline: OnceLock::new() }
    }

    /// Adds a row, and what the vendor printed as covered of it.
    pub fn push(&mut self, figure: Figure, covered: Covered) {
        if self.figures.len() == self.figures.capacity() {
            // By half as many again: less is left over than by doubling.
            self.figures.reserve_exact(self.figures.len() / 2 + 16);
        }
        self.figures.push(figure);
        self.covered.push(covered);
        self.outline.take();
    }

    /// Returns what looking through the rows finds; they are looked through once.
    pub fn outline(&self) -> &Outline {
        self.outline.get_or_init(|| Outline::of(&self.kind, &self.figures))
    }

    /// Returns how many rows it has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.figures.len()
    }

    /// Returns true if it has none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.figures.is_empty()
    }

    /// Returns a row.
    #[must_use]
    pub fn usage(&self, at: usize) -> Usage {
        let Kind { app, item, exactness, seconds, table } = self.kind;
        let place = Place { table, row: self.figures[at].row };
        Usage { start: self.start(at), seconds, item, exactness, app, quantity: self.figures[at].quantity, place }
    }

    /// When a row starts.
    #[must_use]
    pub fn start(&self, at: usize) -> Stamp {
        start_of(self.figures[at].slot)
    }

    /// Returns what some rows have of their own.
    #[must_use]
    pub fn figures(&self, range: Range<usize>) -> &[Figure] {
        &self.figures[range]
    }

    /// Returns how many rows from `from` on start before a moment; of a run in order of time.
    #[must_use]
    pub fn rows_before(&self, from: usize, until: Stamp) -> usize {
        let (day, days) = (until.day(), &self.outline().days);
        let behind = days.partition_point(|rows| rows.day < day);
        let begin = self.from(behind);
        let end = if until == day.start() { begin } else { self.from(behind + 1) };
        let before = self.figures[begin..end].partition_point(|figure| start_of(figure.slot) < until);
        (begin + before).saturating_sub(from)
    }

    /// Returns the first row of the days from a position on.
    fn from(&self, position: usize) -> usize {
        self.outline().days.get(position).map_or(self.figures.len(), |rows| rows.from)
    }

    /// Returns what some rows used together, of a run in order of time; of a whole day it is known.
    #[must_use]
    pub fn quantity(&self, range: &Range<usize>) -> i64 {
        let days = &self.outline().days;
        let known = days.partition_point(|rows| rows.from < range.start);
        match days.get(known) {
            Some(rows) if rows.from == range.start && self.from(known + 1) == range.end => rows.quantity,
            _ => self.figures[range.clone()].iter().map(|figure| figure.quantity).sum(),
        }
    }

    /// Returns the rows, as they came.
    pub fn iter(&self) -> impl Iterator<Item = Usage> {
        (0..self.len()).map(|at| self.usage(at))
    }

    /// Returns the days of a run in order of time, with the rows that start on them.
    pub fn days(&self) -> impl Iterator<Item = (Day, Range<usize>)> {
        let days = &self.outline().days;
        days.iter().enumerate().map(|(at, rows)| (rows.day, rows.from..self.from(at + 1)))
    }

    /// Returns the first and the last day that a run in order of time touches.
    #[must_use]
    pub fn first_and_last_day(&self) -> Option<(Day, Day)> {
        let last = self.usage(self.len().checked_sub(1)?).span();
        Some((self.start(0).day(), last.from.max(last.until + -1).day()))
    }

    /// Returns what the vendor printed as covered, in stretches of rows that print the same.
    pub fn covered(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Covered)> {
        self.covered.within(range)
    }

    /// Returns the rows in which the vendor printed what packages covered, each with that, in the item's finest unit.
    pub fn printed(&self, range: Range<usize>) -> impl Iterator<Item = (Usage, Decimal)> {
        let printed = self.covered(range).filter(|(_, covered)| *covered != Covered::Unprinted);
        printed.flat_map(move |(rows, covered)| {
            rows.filter_map(move |at| Some((self.usage(at), covered.figure(self.figures[at].quantity)?)))
        })
    }

    /// Removes rows of nothing; returns those in which the vendor printed what packages covered.
    pub fn drop_empty(&mut self) -> Vec<(Usage, Decimal)> {
        if !self.outline().has_empty {
            return Vec::new();
        }
        let dropped = self.printed(0..self.len()).filter(|(usage, _)| usage.quantity == 0).collect();
        let covered = std::mem::take(&mut self.covered);
        let rows = self.figures.iter().zip(covered.rows(0..self.len()));
        self.covered = rows.filter(|(figure, _)| figure.quantity != 0).map(|(_, covered)| covered).collect();
        self.figures.retain(|figure| figure.quantity != 0);
        self.outline.take();
        dropped
    }

    /// Returns some of its rows as a run of another item.
    fn part(&self, range: Range<usize>, item: Item) -> Self {
        let covered = self.covered.rows(range.clone()).collect();
        let (kind, figures) = (Kind { item, ..self.kind }, self.figures[range].to_vec());
        Self { kind, figures, covered, outline: OnceLock::new() }
    }
}

impl Outline {
    fn of(kind: &Kind, figures: &[Figure]) -> Self {
        let length = kind.slots();
        let follows = |two: &[Figure]| two[1].slot.checked_sub(two[0].slot).is_some_and(|gap| gap >= length);
        let fine = i64::from(kind.seconds) <= GRID;
        let mut days: Vec<OfDay> = Vec::new();
        for (at, Figure { slot, quantity, .. }) in figures.iter().enumerate() {
            let (day, slot) = day_of(*slot);
            if days.last().is_none_or(|last| last.day != day) {
                days.push(OfDay { day, slots: fine.then(Box::default), from: at, quantity: 0 });
            }
            let Some(rows) = days.last_mut() else { continue };
            rows.quantity = rows.quantity.saturating_add(*quantity);
            if let Some(slots) = &mut rows.slots {
                slots[slot / 64] |= 1 << (slot % 64);
            }
        }
        Self {
            days,
            in_order: figures.windows(2).all(follows),
            has_empty: figures.iter().any(|figure| figure.quantity == 0),
            first_row: figures.iter().map(|figure| figure.row).min().unwrap_or(u32::MAX),
        }
    }
}

impl Runs {
    /// Returns the runs.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Returns how many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.iter().map(Run::len).sum()
    }

    /// Returns true if there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.iter().all(Run::is_empty)
    }

    /// Returns the rows, run by run.
    pub fn iter(&self) -> impl Iterator<Item = Usage> {
        self.runs.iter().flat_map(Run::iter)
    }

    /// Returns the rows by start, item, application and place: 40 bytes each.
    #[must_use]
    pub fn rows(&self) -> Vec<Usage> {
        let mut rows: Vec<Usage> = self.iter().collect();
        rows.sort_by_key(|usage| (usage.start, usage.item, usage.app, usage.place));
        rows
    }

    /// Returns the position of the run of a kind.
    pub fn run(&mut self, kind: Kind) -> usize {
        *self.known.entry(kind).or_insert_with(|| {
            self.runs.push(Run::new(kind));
            self.runs.len() - 1
        })
    }

    /// Returns the run at a position.
    pub fn run_mut(&mut self, position: usize) -> &mut Run {
        &mut self.runs[position]
    }

    /// Adds a row.
    pub fn push(&mut self, usage: &Usage) {
        let run = self.run(Kind::of(usage));
        self.runs[run].push(Figure::of(usage), Covered::Unprinted);
    }

    /// Adds runs of other tables.
    pub fn append(&mut self, other: Self) {
        for run in other.runs {
            self.known.entry(run.kind).or_insert(self.runs.len());
            self.runs.push(run);
        }
    }

    /// Puts other runs in their place.
    pub fn change(&mut self, change: impl FnMut(Run) -> Vec<Run>) {
        self.known.clear();
        self.runs = std::mem::take(&mut self.runs).into_iter().flat_map(change).filter(|run| !run.is_empty()).collect();
    }
}

/// Returns the rows of a run under the items that `item` gives to stretches of them.
#[must_use]
pub fn under_items(run: Run, parts: &[(Range<usize>, Item)]) -> Vec<Run> {
    match parts {
        [(_, item)] => vec![Run { kind: Kind { item: *item, ..run.kind }, ..run }],
        _ => parts.iter().map(|(range, item)| run.part(range.clone(), *item)).collect(),
    }
}

impl<'a> FromIterator<&'a Usage> for Runs {
    /// Runs in order of time, whatever the order of the rows.
    fn from_iter<I: IntoIterator<Item = &'a Usage>>(usage: I) -> Self {
        let mut sorted: Vec<&Usage> = usage.into_iter().collect();
        sorted.sort_by_key(|usage| usage.start);
        let mut runs = Self::default();
        for usage in sorted {
            runs.push(usage);
        }
        runs
    }
}
