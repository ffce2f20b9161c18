//! Expected and billed summed side by side: by application, by item, by day.

use std::collections::BTreeMap;

use super::{BilledLine, Report};
use crate::model::{AppId, Day, Item, Money, Month};
use crate::rate::charge::Charge;

/// Both sides of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sides {
    /// By the rules.
    pub expected: Money,
    /// On the bill.
    pub billed: Money,
    /// Charges and bill lines.
    pub lines: usize,
}

impl Sides {
    /// `billed - expected`.
    #[must_use]
    pub fn difference(self) -> Money {
        self.billed - self.expected
    }
}

/// By application; `None` for what belongs to the account.
#[must_use]
pub fn by_app(report: &Report) -> BTreeMap<Option<AppId>, Sides> {
    by(report, |charge| charge.app, |line| line.app)
}

/// By item; `None` for bill lines whose item is not known.
#[must_use]
pub fn by_item(report: &Report) -> BTreeMap<Option<Item>, Sides> {
    by(report, |charge| Some(charge.item), |line| line.item)
}

/// By what a line settles, as the tables write it: a day, a month, or the
/// first and the last day.
#[must_use]
pub fn by_day(report: &Report) -> BTreeMap<String, Sides> {
    by(report, |charge| charge.day.to_string(), |line| line.span.named())
}

/// Returns the usage of each day of a month, without the fees of plans, if the account
/// is settled by day.
#[must_use]
pub fn usage_days(report: &Report, month: Month) -> Vec<(Day, Sides)> {
    let name = |fee: bool, day: String| (!fee).then_some(day);
    let sums = by(
        report,
        |charge| name(charge.item.is_fee(), charge.day.to_string()),
        |line| name(line.item.is_some_and(Item::is_fee), line.span.named()),
    );
    let days: Vec<_> =
        month.span().days().map(|day| (day, sums.get(&Some(day.to_string())).copied().unwrap_or_default())).collect();
    if days.iter().all(|(_, sides)| sides.lines == 0) { Vec::new() } else { days }
}

fn by<K: Ord>(
    report: &Report,
    of_charge: impl Fn(&Charge) -> K,
    of_line: impl Fn(&BilledLine) -> K,
) -> BTreeMap<K, Sides> {
    let mut sums: BTreeMap<K, Sides> = BTreeMap::new();
    for charge in &report.charges {
        let sides = sums.entry(of_charge(charge)).or_default();
        sides.expected += charge.amount;
        sides.lines += 1;
    }
    for line in report.comparison.iter().flat_map(|comparison| &comparison.billed) {
        let sides = sums.entry(of_line(line)).or_default();
        sides.billed += line.amount;
        sides.lines += 1;
    }
    sums
}
