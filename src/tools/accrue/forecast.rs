//! The days to come, taken from days that were: the same weekday of the weeks before.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::model::{Day, Stamp, Unit, Usage};
use crate::rules::terms::Terms;

/// So many weeks before are looked at.
pub const WEEKS: i32 = 8;
/// With fewer days of the same weekday than this, every day of these weeks is looked at.
pub const ENOUGH: usize = 3;
/// The longest row that is usage of a day; a figure of a longer time counts as it is.
const A_DAY: u32 = 86_400;

/// Which of the days that were stands for a day to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The one of least worth.
    Least,
    /// The one in the middle by worth.
    Middle,
    /// The one of most worth.
    Most,
}

/// The days that were, with their usage and its worth.
pub struct Past<'a> {
    days: BTreeMap<Day, (Vec<&'a Usage>, Decimal)>,
    first: Day,
    last: Day,
}

impl<'a> Past<'a> {
    /// Of the usage up to a day. The worth of a day is what its usage costs where no package covers any.
    #[must_use]
    pub fn of(usage: &'a [Usage], last: Day, terms: &Terms) -> Self {
        let mut days: BTreeMap<Day, (Vec<&'a Usage>, Decimal)> = BTreeMap::new();
        for row in usage.iter().filter(|row| row.seconds <= A_DAY && row.start.day() <= last) {
            let day = days.entry(row.start.day()).or_default();
            day.0.push(row);
            day.1 += worth(row, terms);
        }
        let first = days.keys().next().copied().unwrap_or(last + 1);
        Self { days, first, last }
    }

    /// Returns the usage of the days to come before a moment, each taken from a day that was; empty where there is none.
    #[must_use]
    pub fn repeated(&self, until: Stamp, choice: Choice, terms: &Terms) -> Vec<Usage> {
        let mut rows = Vec::new();
        let mut day = self.last + 1;
        while day.start() < until {
            if let Some(source) = self.source(day, choice) {
                let shift = day.start() - source.start();
                let of_day = self.days.get(&source).into_iter().flat_map(|(rows, _)| rows.iter());
                let moved = of_day.map(|row| Usage { start: row.start + shift, ..**row });
                rows.extend(moved.filter(|row| is_admitted(row, terms)));
            }
            day = day + 1;
        }
        rows
    }

    /// The day that stands for a day to come; of days of equal worth the latest. For the most the weekdays next to it
    /// are looked at too: the most of few days is often exceeded.
    fn source(&self, day: Day, choice: Choice) -> Option<Day> {
        let mut known = self.weekdays(day);
        if choice == Choice::Most {
            known.extend([-1, 1].into_iter().flat_map(|off| self.weekdays(day + off)));
        }
        if known.len() < ENOUGH {
            known = (1..=7 * WEEKS).map(|back| self.last + (1 - back)).filter(|day| *day >= self.first).collect();
        }
        known.sort_by_key(|day| (self.days.get(day).map_or(Decimal::ZERO, |(_, worth)| *worth), *day));
        let at = match choice {
            Choice::Least => 0,
            Choice::Middle => known.len() / 2,
            Choice::Most => known.len().saturating_sub(1),
        };
        known.get(at).copied()
    }

    /// The same weekdays of the weeks before, as far as there is usage.
    fn weekdays(&self, day: Day) -> Vec<Day> {
        let weeks = (1..).map(|week| day + -7 * week).skip_while(|day| *day > self.last);
        weeks.take_while(|day| *day >= self.first).take(usize::try_from(WEEKS).unwrap_or_default()).collect()
    }
}

/// What a row costs where no package covers it; bandwidth and users, which do not add up over days, weigh nothing.
fn worth(row: &Usage, terms: &Terms) -> Decimal {
    let per_unit = match row.item.unit() {
        Unit::Minute => Decimal::from(60),
        Unit::Thousand => Decimal::ONE_THOUSAND,
        Unit::Mbps | Unit::User | Unit::Month => return Decimal::ZERO,
    };
    let segment = &terms.segments[terms.segment(row.start)];
    let item = segment.card.admit(row.item).unwrap_or(row.item);
    let price = terms.price_of(item, row.start.day(), segment).unwrap_or_default();
    price.decimal() * Decimal::from(row.quantity) / per_unit
}

/// Returns whether the card of the day knows the item.
fn is_admitted(row: &Usage, terms: &Terms) -> bool {
    terms.segments[terms.segment(row.start)].card.admit(row.item).is_some()
}
