//! Makes the covered usage that the vendor prints in the usage of a made-up case: seconds, of the minutes that the
//! ledger covers.

use std::collections::HashMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::usage::{ITEMS, Row};
use crate::model::{AppId, Day, Quantity, Stamp};
use crate::rate::drawdown::Deduction;

/// The covered minutes of intervals, and how far printing them has come.
pub(super) struct Deductions {
    minutes: HashMap<(AppId, usize, Stamp), Quantity>,
    days: HashMap<(AppId, usize), OfDay>,
}

/// The covered minutes and the printed seconds of an application's item since the start of a day.
#[derive(Clone, Copy)]
struct OfDay {
    day: Day,
    minutes: Quantity,
    printed: u32,
}

impl Deductions {
    /// Returns the deductions of a ledger.
    pub(super) fn of(ledger: &[Deduction]) -> Self {
        let mut minutes = HashMap::new();
        for deduction in ledger {
            let Some(item) = ITEMS.iter().position(|words| words.item == deduction.item.id()) else { continue };
            *minutes.entry((deduction.app, item, deduction.time)).or_insert(Quantity::ZERO) += deduction.minutes;
        }
        Self { minutes, days: HashMap::new() }
    }

    /// Returns the covered seconds of a row; the rows of an application's item come in order of time.
    ///
    /// An interval is covered by the minutes that it adds to its day, which may be a few
    /// seconds more or less than its own: what is printed follows the day's sum.
    pub(super) fn printed(&mut self, row: &Row) -> u32 {
        let (series, day) = ((row.app, row.item), row.start.day());
        let minutes = self.minutes.get(&(row.app, row.item, row.start)).copied();
        let known = self.days.get(&series).copied().filter(|known| known.day == day);
        let mut sum = match (known, minutes) {
            (Some(known), _) => known,
            (None, Some(_)) => OfDay { day, minutes: Quantity::ZERO, printed: 0 },
            (None, None) => return 0,
        };
        sum.minutes += minutes.unwrap_or(Quantity::ZERO);
        let seconds = (sum.minutes.decimal() * Decimal::from(60)).to_u32().unwrap_or(u32::MAX);
        let printed = row.seconds.min(seconds - sum.printed);
        sum.printed += printed;
        self.days.insert(series, sum);
        printed
    }
}
