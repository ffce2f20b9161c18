//! Charges: one line per application, item and settlement day.

use std::cmp::Ordering;
use std::fmt;
use std::iter::Sum;

use super::metering::Interval;
use super::monthly_items::MonthlyUse;
use crate::model::policy::Settlement;
use crate::model::{AppId, Day, Item, Money, Month, Quantity, Rounding, Span, UnitPrice};
use crate::rules::list_price::Origin;
use crate::rules::terms::{Fee, RebateOf, Terms};

/// Decimals of a charge.
pub const LINE: Rounding = Rounding::HalfUp(8);

/// The day or the month that a line settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settled {
    /// By the day.
    Day(Day),
    /// By the month.
    Month(Month),
}

/// One line of what should have been charged (charges.csv).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The day or month it settles.
    pub day: Settled,
    /// The application; `None` for account-wide items and fees.
    pub app: Option<AppId>,
    /// The item.
    pub item: Item,
    /// In the finest unit: seconds, images, users, Mbps.
    pub metered: Quantity,
    /// After rounding, in the billing unit.
    pub billable: Quantity,
    /// Covered by grants and free allowances.
    pub covered: Quantity,
    /// `billable - covered`.
    pub charged: Quantity,
    /// Of one billing unit, after contract terms.
    pub price: UnitPrice,
    /// `charged x price`, 8 decimals half up.
    pub amount: Money,
    /// The least that the line can be, where usage is known only in rounded minutes or peaks.
    pub least: Option<Least>,
    /// The rate card, by its id.
    pub card: String,
    /// True if the price is derived and not published: it supports no certain discrepancy.
    pub derived_price: bool,
}

/// The lower end of a charge that is known only as an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Least {
    /// The least charged quantity.
    pub charged: Quantity,
    /// The least amount.
    pub amount: Money,
}

/// The key of a line: the settled day or month, the application, the item, the first segment of the terms that is one
/// with its own.
pub type LineKey = (Settled, Option<AppId>, Item, usize);

/// The sums of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// In the finest unit.
    pub metered: Quantity,
    /// After rounding.
    pub billable: Quantity,
    /// By grants and free allowances.
    pub covered: Quantity,
}

impl Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            metered: sum.metered + part.metered,
            billable: sum.billable + part.billable,
            covered: sum.covered + part.covered,
        })
    }
}

impl Settled {
    /// Returns the day, or the month's 1st: the day whose price it takes.
    #[must_use]
    pub fn first_day(self) -> Day {
        match self {
            Self::Day(day) => day,
            Self::Month(month) => month.first_day(),
        }
    }

    /// Returns the time that it covers.
    #[must_use]
    pub fn span(self) -> Span {
        match self {
            Self::Day(day) => day.span(),
            Self::Month(month) => month.span(),
        }
    }
}

/// As text sorts: a month before its days.
impl Ord for Settled {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |settled: &Self| (settled.first_day(), matches!(settled, Self::Day(_)));
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Settled {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Settled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Month(month) => month.fmt(f),
        }
    }
}

/// Returns the line that an interval belongs to.
#[must_use]
pub fn line_key(interval: &Interval, terms: &Terms) -> LineKey {
    line_on(terms.day(interval.start), interval.app, interval.item, interval.segment, terms)
}

/// Returns the line that a day's usage belongs to.
pub(super) fn line_on(day: Day, app: AppId, item: Item, segment: usize, terms: &Terms) -> LineKey {
    let settled = match terms.segments[segment].settled {
        Settlement::Day => Settled::Day(day),
        Settlement::Month => Settled::Month(day.month()),
    };
    (settled, Some(app), item, terms.segments[segment].whole)
}

/// Returns the day or month whose line an interval is part of; `None` where the bill does not hold it.
#[must_use]
pub fn settled(interval: &Interval, terms: &Terms) -> Option<Settled> {
    let billed = interval.seconds > 0 && terms.bills(interval.start);
    billed.then(|| line_key(interval, terms).0)
}

/// The sums of the bill's lines of usage in minutes, in parts.
pub type Parts = Vec<(LineKey, Sums)>;

/// Returns the bill's lines of usage in minutes, in the order of their keys.
#[must_use]
pub fn minute_lines(mut parts: Parts, terms: &Terms) -> Vec<Charge> {
    parts.sort_by_key(|(key, _)| *key);
    let lines = parts.chunk_by(|(one, _), (next, _)| one == next);
    lines.map(|parts| line_of(parts[0].0, &parts.iter().map(|(_, sums)| *sums).sum(), terms)).collect()
}

/// Returns the bill's lines of a month's other items.
#[must_use]
pub fn monthly_lines(uses: &[MonthlyUse], terms: &Terms) -> Vec<Charge> {
    let settled = Settled::Month(terms.window.month);
    let segment = terms.segments[terms.segment(settled.span().from)].whole;
    let line = |used: &MonthlyUse| {
        let sums = Sums { metered: used.metered, billable: used.billable, covered: used.covered };
        line_of((settled, used.app, used.item, segment), &sums, terms)
    };
    uses.iter().map(line).collect()
}

/// Returns a line for a fee.
#[must_use]
pub fn fee_line(fee: &Fee, terms: &Terms) -> Charge {
    let one = Quantity::whole(1);
    let segment = &terms.segments[terms.segment(fee.day.start())];
    Charge {
        day: Settled::Day(fee.day),
        app: fee.app,
        item: fee.item,
        metered: one,
        billable: one,
        covered: Quantity::ZERO,
        charged: one,
        price: fee.price,
        amount: fee.price.times(one, LINE),
        least: None,
        card: segment.card.id.clone(),
        derived_price: false,
    }
}

/// Returns the line of a minimum commitment: what usage comes to less than that.
#[must_use]
pub fn shortfall<'a>(most: impl Iterator<Item = &'a Charge> + Clone, terms: &Terms) -> Option<Charge> {
    let minimum = terms.minimum?;
    let short = |amounts: Money| if amounts < minimum { minimum - amounts } else { Money::ZERO };
    let usage = most.filter(|charge| !charge.item.is_fee());
    let amount = short(usage.clone().map(|charge| charge.amount).sum());
    let at_least = short(usage.map(|charge| charge.least.map_or(charge.amount, |least| least.amount)).sum());
    let one = Quantity::whole(1);
    let period = terms.window.period();
    let segment = &terms.segments[terms.segment(period.span().from)];
    (!at_least.is_zero()).then(|| Charge {
        day: Settled::Month(period),
        app: None,
        item: Item::shortfall(),
        metered: one,
        billable: one,
        covered: Quantity::ZERO,
        charged: one,
        price: UnitPrice::new(amount.decimal()),
        amount,
        least: (at_least != amount).then_some(Least { charged: one, amount: at_least }),
        card: segment.card.id.clone(),
        derived_price: false,
    })
}

/// Returns what the contract gives back for the month's charges for usage, half up to cents; `None` without a rebate.
#[must_use]
pub fn rebate(charges: &[Charge], terms: &Terms) -> Option<Money> {
    let usage: Money = charges.iter().filter(|charge| !charge.item.is_fee()).map(|charge| charge.amount).sum();
    let of = |rebate: &RebateOf| match rebate {
        RebateOf::Rate(rate) => Money::new(usage.decimal() * rate),
        RebateOf::Amount(amount) => Money::new(*amount),
    };
    let due: Money = terms.rebates.iter().map(of).map(|amount| amount.round(Rounding::HalfUp(2))).sum();
    (!due.is_zero()).then_some(due)
}

/// Returns a line of usage, priced.
#[must_use]
pub fn line_of((day, app, item, segment): LineKey, sums: &Sums, terms: &Terms) -> Charge {
    let segment = &terms.segments[segment];
    let on = day.first_day();
    let (price, derived_price) = match terms.price_origin(item, on, segment) {
        Origin::Agreed(agreed) => (agreed.price, false),
        Origin::List(list) => (terms.discounted(list, on), list.derived),
    };
    let charged = sums.billable - sums.covered;
    Charge {
        day,
        app,
        item,
        metered: sums.metered,
        billable: sums.billable,
        covered: sums.covered,
        charged,
        price,
        amount: price.times(charged, LINE),
        least: None,
        card: segment.card.id.clone(),
        derived_price,
    }
}
