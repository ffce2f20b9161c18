//! Rows that are like one that was understood: their times, application and
//! figure alone are read.
//!
//! What is taken here gives what the reader of the layout would have given;
//! what cannot be taken so is left to it.

use rust_decimal::Decimal;

use super::VendorDeduction;
use super::gather::{self, Gathered, UNEVEN};
use super::scene::{Field, Scene};
use crate::domain::runs::{Figure, Kind, slot};
use crate::domain::{AppId, Place, Span};
use crate::ingest::Alike;
use crate::normalise::clock;

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

/// What is known of rows that are alike.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The item and measure of each kin, where its rows can be read quickly.
    kin: Vec<Option<gather::Figure>>,
    times: Times,
}

/// The interval of the row before, and how it was written.
#[derive(Debug, Default)]
struct Times {
    from: Vec<u8>,
    until: Vec<u8>,
    /// Slot, length, and whether it was moved onto the grid.
    interval: Option<(Span, i32, bool)>,
}

impl Times {
    /// The interval that two texts bound; `None` for the reader of the layout.
    fn read(&mut self, from: &[u8], until: &[u8]) -> Option<(Span, i32, bool)> {
        if self.from == from && self.until == until {
            return self.interval;
        }
        self.from = from.to_vec();
        self.until = until.to_vec();
        self.interval = None;
        let time = |text: &[u8]| clock::read(std::str::from_utf8(text).ok()?, false, false).ok();
        let (begin, end) = (time(from)?, time(until)?);
        if begin.at == end.at {
            // Such a row goes by its grain.
            return None;
        }
        let interval = clock::interval(begin, end).ok()?;
        self.interval = Some((interval.span, slot(interval.span.from), interval.snapped));
        self.interval
    }
}

impl Gathered<gather::Figure> {
    /// The row that was read last is the first of a kind.
    pub(super) fn learn(&mut self, kin: usize) {
        let known = &mut self.known.kin;
        known.resize(known.len().max(kin + 1), None);
        known[kin] = self.last.take();
    }

    /// Takes a row by its free fields; false where it cannot.
    pub(super) fn take_alike(&mut self, scene: &Scene<'_>, row: &Alike<'_>) -> bool {
        self.alike(scene, row).is_some()
    }

    fn alike(&mut self, scene: &Scene<'_>, row: &Alike<'_>) -> Option<()> {
        let (item, measure) = (*self.known.kin.get(row.kin)?)?;
        let (span, slot, snapped) = self.known.times.read(row.field(START), row.field(END))?;
        if span.from >= scene.until {
            return None;
        }
        let app = AppId::try_from(digits(row.field(APP))?).ok()?;
        let quantity = measure.of_whole(digits(row.field(QUANTITY))?)?;
        let place = Place { table: scene.table.id, row: row.number };
        let (deducted, rest) = (row.field(DEDUCTED), row.field(REST));
        if !deducted.is_empty() || !rest.is_empty() {
            let printed = |text: &[u8]| measure.lifted(Decimal::from(digits(text)?));
            let (deducted, rest) = (printed(deducted)?, printed(rest)?);
            if deducted.checked_add(rest) != Some(Decimal::from(quantity)) {
                self.notice(UNEVEN, row.number);
            }
            self.deductions.push(VendorDeduction { app, item, start: span.from, deducted, rest, place });
        }
        let seconds = u32::try_from(span.seconds()).ok()?;
        let exactness = measure.exactness(seconds.into());
        let kind = Kind { app, item, exactness, seconds, table: place.table };
        self.tape.push(kind, Figure { slot, row: row.number, quantity });
        self.snapped += u64::from(snapped);
        self.rows += 1;
        Some(())
    }
}

/// As [`crate::normalise::number::whole`], of a free field.
fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 15 {
        return None;
    }
    text.iter().try_fold(0_i64, |value, digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + i64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::number::whole;

    #[test]
    fn digits_of_a_field_are_those_of_a_text() {
        for text in ["0", "0300", "123456789012345", "1234567890123456", "", "-3", "1.5", " 1", "1a", "/", ":"] {
            assert_eq!(digits(text.as_bytes()), whole(text), "{text}");
        }
    }
}
