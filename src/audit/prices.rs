//! Values minutes at the bill's prices, and notes prices that are not the published ones.

use std::collections::{BTreeMap, HashMap};

use rust_decimal::Decimal;

use super::purchases::Held;
use super::{Assumption, Subject, is_money, listed};
use crate::model::message::{Sentence, is};
use crate::model::policy::Settlement;
use crate::model::{AppId, Item, Money, Quantity, Rounding, Stamp, UnitPrice};
use crate::rate::charge::{LINE, Settled};
use crate::rate::drawdown::Deduction;
use crate::rules::quote::quote;
use crate::rules::terms::Terms;
use crate::rules::{Plan, Plans};

/// A line of usage in minutes: settled day or month, application, item, card.
type Line<'a> = (Settled, AppId, Item, &'a str);

/// The prices of the bill's lines.
pub(super) struct Prices<'a> {
    terms: &'a Terms,
    by_line: HashMap<Line<'a>, UnitPrice>,
}

/// Minutes that were used at a moment.
pub(super) type Minutes = (Stamp, AppId, Item, Quantity);

impl<'a> Prices<'a> {
    /// Of all lines of an application.
    pub fn of(subject: &Subject<'a>) -> Self {
        let rated: &'a crate::rate::Rated = subject.rated;
        let priced = rated
            .charges
            .iter()
            .filter_map(|charge| Some(((charge.day, charge.app?, charge.item, charge.card.as_str()), charge.price)));
        Self { terms: subject.terms, by_line: priced.collect() }
    }

    /// Returns what minutes of the bill cost at its prices: added up line by line, each
    /// line rounded once.
    pub fn worth(&self, minutes: impl Iterator<Item = Minutes>) -> Money {
        let mut lines: BTreeMap<Line<'a>, Quantity> = BTreeMap::new();
        for (at, app, item, quantity) in minutes {
            *lines.entry(self.line(at, app, item)).or_default() += quantity;
        }
        lines.iter().filter_map(|(line, quantity)| Some(self.by_line.get(line)?.times(*quantity, LINE))).sum()
    }

    /// Returns what the minutes that one grant covered would have cost.
    pub fn replaced<'d>(&self, deductions: impl Iterator<Item = &'d Deduction>) -> Money {
        self.worth(deductions.map(|deduction| (deduction.time, deduction.app, deduction.item, deduction.minutes)))
    }

    fn line(&self, at: Stamp, app: AppId, item: Item) -> Line<'a> {
        let segment = &self.terms.segments[self.terms.segment(at)];
        let day = self.terms.day(at);
        let settled = match segment.settled {
            Settlement::Day => Settled::Day(day),
            Settlement::Month => Settled::Month(day.month()),
        };
        (settled, app, item, &segment.card.id)
    }
}

/// Prices that are derived, rounded by a reading, or not the list's.
pub(super) fn notes(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let bought = || held.iter().filter(|held| subject.terms.window.fees.contains(held.purchased));
    let mut found: Vec<Assumption> = derived(subject).into_iter().collect();
    found.extend(bought().filter_map(|held| custom_price(subject, held)));
    found.extend(bought().filter_map(|held| paid_not_list(subject, held)));
    found
}

/// Lines at a price that nothing publishes.
fn derived(subject: &Subject<'_>) -> Option<Assumption> {
    let lines = || subject.usage_charges().filter(|charge| charge.derived_price && !charge.amount.is_zero());
    let amount: Money = lines().map(|charge| charge.amount).sum();
    let items = listed(lines().map(|charge| charge.item));
    (!amount.is_zero()).then(|| {
        let values = [("items", is(items)), ("amount", is(subject.money(amount)))];
        Assumption::of("derived-price", amount, Sentence::of("derived", values))
    })
}

/// Returns a custom package whose price of a minute is that of a fixed one, rounded up;
/// its list price matters only where nothing else says what it cost.
fn custom_price(subject: &Subject<'_>, held: &Held<'_>) -> Option<Assumption> {
    if held.paid.is_some() || held.agreed(subject.terms).is_some() {
        return None;
    }
    let minutes = held.minutes?;
    let band = held.plan.band(minutes)?;
    let fixed = fixed_package(subject, held, band.from)?;
    let half_up = Rounding::HalfUp(8).apply(fixed.price? / Decimal::from(band.from));
    let list = quote(held.plan, minutes)?.amount;
    let other = Money::new(Rounding::HalfUp(2).apply(half_up * minutes.decimal()));
    is_money(list - other).then(|| {
        let values = [
            ("id", is(&held.id)),
            ("list", is(subject.money(list))),
            ("price", is(band.price)),
            ("half_up", is(half_up)),
            ("amount", is(subject.money(list - other))),
        ];
        Assumption::of("custom-price", other - list, Sentence::of("custom", values))
    })
}

/// Returns the fixed package of a size that is sold beside the same card.
fn fixed_package(subject: &Subject<'_>, held: &Held<'_>, minutes: i64) -> Option<&'static Plan> {
    let card = &subject.terms.segments[subject.terms.segment(held.purchased)].card;
    let sold = card.sells.iter().map(|sells| &sells.plans).find(|plans| plans.contains(&held.plan.id))?;
    sold.iter().filter_map(|id| Plans::known().get(id)).find(|plan| plan.minutes == Some(minutes))
}

/// Returns a fee as account.toml has it, where the list has another.
fn paid_not_list(subject: &Subject<'_>, held: &Held<'_>) -> Option<Assumption> {
    let paid = Money::new(held.paid?);
    let list = held.list()?;
    if held.agreed(subject.terms).is_some() || paid == list {
        return None;
    }
    let difference = paid - list;
    let name = if difference > Money::ZERO { "paid_more" } else { "paid_less" };
    let values = [
        ("id", is(&held.id)),
        ("paid", is(subject.money(paid))),
        ("amount", is(subject.money(difference.abs()))),
        ("plan", is(&held.plan.id)),
        ("list", is(subject.money(list))),
    ];
    Some(Assumption::of("paid-not-list", difference, Sentence::of(name, values)))
}
