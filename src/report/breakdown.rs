//! Breaks down a charge in the report's own figures: what the grants took for a line, and what was left of each grant
//! day by day.

use std::collections::{BTreeMap, HashMap};

use super::Report;
use super::charts::BurnDown;
use crate::compare::Discrepancy;
use crate::model::{AppId, Day, Item, Month, PackMinutes, Quantity, Ratio};
use crate::rate::charge::{Charge, Settled};
use crate::rate::drawdown::{Balance, Deduction};

/// The minutes that one grant took for a line, at one ratio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The position of the grant among the report's.
    pub grant: usize,
    /// Package minutes per usage minute.
    pub ratio: Ratio,
    /// Usage minutes covered.
    pub minutes: Quantity,
    /// Package minutes taken.
    pub taken: PackMinutes,
}

/// The key of a line of minutes.
type Key = (AppId, Item, Settled);

/// The deductions of some lines, summed by grant and ratio.
#[derive(Debug, Default)]
pub struct Deductions(HashMap<Key, Vec<Taken>>);

impl Deductions {
    /// Of the charges that are shown; in the order of the grants.
    #[must_use]
    pub fn of(report: &Report, shown: &[&Charge]) -> Self {
        let mut found: HashMap<Key, Vec<Taken>> = HashMap::new();
        for charge in shown {
            if let Some(app) = charge.app {
                found.insert((app, charge.item, charge.day), Vec::new());
            }
        }
        for row in &report.drawdown {
            let day = row.time.day();
            for settled in [Settled::Day(day), Settled::Month(day.month())] {
                let Some(taken) = found.get_mut(&(row.app, row.item, settled)) else { continue };
                let same = |known: &&mut Taken| known.grant == row.grant && known.ratio == row.ratio;
                if let Some(known) = taken.iter_mut().find(same) {
                    known.minutes += row.minutes;
                    known.taken += row.taken;
                } else {
                    let Deduction { grant, ratio, minutes, taken: package, .. } = *row;
                    taken.push(Taken { grant, ratio, minutes, taken: package });
                }
            }
        }
        Self(found)
    }

    /// Returns what the grants took for a charge.
    #[must_use]
    pub fn for_charge(&self, charge: &Charge) -> &[Taken] {
        let key = charge.app.map(|app| (app, charge.item, charge.day));
        key.and_then(|key| self.0.get(&key)).map_or(&[], Vec::as_slice)
    }
}

/// Returns the charges that a finding is about, as far as its own day, application and
/// item name them.
#[must_use]
pub fn charges_of<'a>(report: &'a Report, found: &Discrepancy) -> Vec<&'a Charge> {
    let day = Day::parse(&found.day).map(Settled::Day).or_else(|| Month::parse(&found.day).map(Settled::Month));
    let same = |charge: &&Charge| Some(charge.item) == found.item && charge.app == found.app && Some(charge.day) == day;
    report.charges.iter().filter(same).collect()
}

/// Returns what was left of each grant over the period, in the order of the grants.
#[must_use]
pub fn burn_downs(report: &Report) -> Vec<BurnDown> {
    let mut left: Vec<BTreeMap<Day, PackMinutes>> = vec![BTreeMap::new(); report.grants.len()];
    for row in &report.drawdown {
        if let Some(days) = left.get_mut(row.grant) {
            days.insert(row.time.day(), row.after);
        }
    }
    report.grants.iter().zip(left).map(|(grant, days)| course(report, grant, &days)).collect()
}

fn course(report: &Report, grant: &Balance, left: &BTreeMap<Day, PackMinutes>) -> BurnDown {
    let month = report.period.span();
    let first = month.from.day();
    let since = |day: Day| day - first;
    let days = since(month.until.day());
    let begins = since(grant.valid.from.max(month.from).day());
    if begins >= days {
        return BurnDown { days, levels: Vec::new() };
    }
    let mut levels = vec![(begins, grant.opening)];
    // The level at the end of a day is that of the start of the next.
    levels.extend(left.iter().map(|(day, after)| (since(*day) + 1, *after)));
    if grant.valid.until <= month.until {
        levels.push((since(grant.valid.until.day()).max(begins), PackMinutes::ZERO));
    } else if let Some((_, last)) = levels.last().copied() {
        levels.push((days, last));
    }
    BurnDown { days, levels }
}
