//! Rows that are like one that was understood: their times, application and
//! figure alone are read.
//!
//! A row read here gives what the reader of the layout would have given; a row
//! that cannot be read so is left to that reader.

use super::row_accumulator::{self, Gathered, Notice};
use super::table_context::{Field, Scene};
use super::unit::Measure;
use crate::model::printed_cover::Covered;
use crate::model::usage::Exactness;
use crate::model::usage_series::{Figure, Kind, slot};
use crate::model::{AppId, Item, Stamp};
use crate::normalise::timestamp::{self, Interval};
use crate::read::Alike;

/// The fields in which rows may differ, in this order.
const START: usize = 0;
const END: usize = 1;
const APP: usize = 2;
const QUANTITY: usize = 3;
const DEDUCTED: usize = 4;
const REST: usize = 5;

/// The columns of these fields; `None` where the table lacks one that is needed.
pub(super) fn columns(needed: [Field; 4], deduction: Option<[Field; 2]>) -> Option<Vec<usize>> {
    let both = deduction.filter(|both| both.iter().all(|field| field.is_there()));
    let mut columns: Vec<usize> = needed.into_iter().map(|field| field.column).collect::<Option<_>>()?;
    columns.extend(both.into_iter().flatten().filter_map(|field| field.column));
    let mut distinct = columns.clone();
    distinct.sort_unstable();
    distinct.dedup();
    (distinct.len() == columns.len()).then_some(columns)
}

/// Facts known of rows that can be read quickly.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The properties that the rows of each kin have in common.
    kins: Vec<Option<Kin>>,
    times: Times,
}

/// The times that were read last: rows of several kinds follow each other in one interval.
#[derive(Debug, Default)]
struct Times {
    start: Vec<u8>,
    end: Vec<u8>,
    /// Their interval; `None` where the reader of the layout must read them.
    interval: Option<Interval>,
}

/// Rows that are alike.
#[derive(Debug)]
pub(super) struct Kin {
    item: Item,
    measure: Measure,
    /// When the last row was used, if it can be read quickly.
    last: Option<When>,
}

/// The interval of a row, read from its times.
#[derive(Debug, Clone, Copy)]
struct When {
    from: Stamp,
    slot: i32,
    seconds: u32,
    exactness: Exactness,
    snapped: bool,
}

impl Kin {
    /// When a row was used: mostly when the one before was. `None` for the reader of the layout.
    fn when(&mut self, row: &Alike<'_>, times: &mut Times, until: Stamp) -> Option<When> {
        if self.last.is_none() || row.has_changed(START) || row.has_changed(END) {
            let when = times.interval(row.field(START), row.field(END)).and_then(|interval| self.of(interval));
            self.last = when.filter(|when| when.from < until);
        }
        self.last
    }

    fn of(&self, Interval { span, snapped }: Interval) -> Option<When> {
        let seconds = u32::try_from(span.seconds()).ok()?;
        let exactness = self.measure.exactness(seconds.into());
        Some(When { from: span.from, slot: slot(span.from), seconds, exactness, snapped })
    }
}

impl Times {
    /// Returns the interval of a start and an end as written.
    fn interval(&mut self, start: &[u8], end: &[u8]) -> Option<Interval> {
        if self.start != start || self.end != end {
            self.interval = read(start, end);
            for (kept, text) in [(&mut self.start, start), (&mut self.end, end)] {
                kept.clear();
                kept.extend_from_slice(text);
            }
        }
        self.interval
    }
}

fn read(start: &[u8], end: &[u8]) -> Option<Interval> {
    let time = |text| timestamp::read(std::str::from_utf8(text).ok()?, false, false).ok();
    let (begin, end) = (time(start)?, time(end)?);
    // A row that starts where it ends goes by its grain.
    let apart = begin.at != end.at;
    apart.then(|| timestamp::interval(begin, end).ok())?
}

impl Gathered<row_accumulator::Figure> {
    /// The row that was read last is the first of a kind.
    pub(super) fn learn(&mut self, kin: usize) {
        let kins = &mut self.known.kins;
        kins.resize_with(kins.len().max(kin + 1), || None);
        kins[kin] = self.last.take().map(|(item, measure)| Kin { item, measure, last: None });
    }

    /// Takes a row by its free fields; false where it cannot.
    pub(super) fn take_alike(&mut self, scene: &Scene<'_>, row: &Alike<'_>) -> bool {
        self.alike(scene, row).is_some()
    }

    fn alike(&mut self, scene: &Scene<'_>, row: &Alike<'_>) -> Option<()> {
        let Known { kins, times } = &mut self.known;
        let kin = kins.get_mut(row.kin)?.as_mut()?;
        let When { slot, seconds, exactness, snapped, .. } = kin.when(row, times, scene.until)?;
        let (item, measure) = (kin.item, kin.measure);
        let app = AppId::try_from(row.digits(APP)?).ok()?;
        let quantity = measure.of_whole(row.digits(QUANTITY)?)?;
        let covered = if [DEDUCTED, REST].iter().any(|both| !row.field(*both).is_empty()) {
            let printed = |at| measure.of_whole(row.digits(at)?);
            let (deducted, rest) = (printed(DEDUCTED)?, printed(REST)?);
            if deducted + rest != quantity {
                self.notice(Notice::Uneven, row.number);
            }
            Covered::of_whole(deducted, quantity)
        } else {
            Covered::Unprinted
        };
        let kind = Kind { app, item, exactness, seconds, table: scene.table.id };
        self.tape.push(kind, Figure { slot, row: row.number, quantity }, covered);
        self.snapped += u64::from(snapped);
        self.rows += 1;
        Some(())
    }
}
