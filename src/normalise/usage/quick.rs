//! Rows that are like one that was understood: their times, application and
//! figure alone are read.
//!
//! What is taken here gives what the reader of the layout would have given;
//! what cannot be taken so is left to it.

use rust_decimal::Decimal;

use super::VendorDeduction;
use super::gather::{self, Gathered, UNEVEN};
use super::measure::Measure;
use super::scene::{Field, Scene};
use crate::domain::runs::{Figure, Kind, slot};
use crate::domain::{AppId, Item, Place};
use crate::ingest::Alike;
use crate::normalise::clock::{self, Interval};

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

/// What the rows of each kin have in common, where they can be read quickly.
pub(super) type Known = Vec<Option<Kin>>;

/// Rows that are alike.
#[derive(Debug)]
pub(super) struct Kin {
    item: Item,
    measure: Measure,
    /// The interval of the last row, if that was read quickly.
    last: Option<Interval>,
}

impl Kin {
    /// The interval of a row: mostly that of the one before. `None` for the reader of the layout.
    fn interval(&mut self, row: &Alike<'_>) -> Option<Interval> {
        let changed = row.has_changed(START) || row.has_changed(END);
        if let Some(last) = self.last.take().filter(|_| !changed) {
            return Some(last);
        }
        let time = |at| clock::read(std::str::from_utf8(row.field(at)).ok()?, false, false).ok();
        let (begin, end) = (time(START)?, time(END)?);
        // A row that starts where it ends goes by its grain.
        (begin.at != end.at).then(|| clock::interval(begin, end).ok())?
    }
}

impl Gathered<gather::Figure> {
    /// The row that was read last is the first of a kind.
    pub(super) fn learn(&mut self, kin: usize) {
        self.known.resize_with(self.known.len().max(kin + 1), || None);
        self.known[kin] = self.last.take().map(|(item, measure)| Kin { item, measure, last: None });
    }

    /// Takes a row by its free fields; false where it cannot.
    pub(super) fn take_alike(&mut self, scene: &Scene<'_>, row: &Alike<'_>) -> bool {
        self.alike(scene, row).is_some()
    }

    fn alike(&mut self, scene: &Scene<'_>, row: &Alike<'_>) -> Option<()> {
        let kin = self.known.get_mut(row.kin)?.as_mut()?;
        let interval = kin.interval(row)?;
        let Interval { span, snapped } = interval;
        if span.from >= scene.until {
            return None;
        }
        let (item, measure) = (kin.item, kin.measure);
        let app = AppId::try_from(row.digits(APP)?).ok()?;
        let quantity = measure.of_whole(row.digits(QUANTITY)?)?;
        kin.last = Some(interval);
        let place = Place { table: scene.table.id, row: row.number };
        if [DEDUCTED, REST].iter().any(|both| !row.field(*both).is_empty()) {
            let printed = |at| measure.lifted(Decimal::from(row.digits(at)?));
            let (deducted, rest) = (printed(DEDUCTED)?, printed(REST)?);
            if deducted.checked_add(rest) != Some(Decimal::from(quantity)) {
                self.notice(UNEVEN, row.number);
            }
            self.deductions.push(VendorDeduction { app, item, start: span.from, deducted, rest, place });
        }
        let seconds = u32::try_from(span.seconds()).ok()?;
        let exactness = measure.exactness(seconds.into());
        let kind = Kind { app, item, exactness, seconds, table: place.table };
        self.tape.push(kind, Figure { slot: slot(span.from), row: row.number, quantity });
        self.snapped += u64::from(snapped);
        self.rows += 1;
        Some(())
    }
}
