//! 3 RATE: usage, grants and rules become charges: pure.
//!
//! [`rate`] is a function of its arguments. It cannot read a file or a clock,
//! so a changed rule is the same call with other terms.

pub mod charge;
mod daily_drawdown;
pub mod drawdown;
pub mod incremental_drawdown;
mod interval_merge;
pub mod item_mapping;
pub mod metered_day;
pub mod metering;
pub mod monthly_items;
pub mod purchases;
pub mod trace;
pub mod volume_prices;

use std::collections::HashMap;

use crate::model::usage::Exactness;
use crate::model::usage_series::Run;
use crate::model::{AppId, Item, Money, Runs, Unit, Usage};
use crate::rules::terms::Terms;
use charge::{Charge, Least, Settled};
pub use daily_drawdown::charged_minutes;
use drawdown::{Balance, Deduction, Ledger};
use metering::Bound;

/// The expected charges, and their derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    /// The lines, sorted by day, application, item.
    pub charges: Vec<Charge>,
    /// The deductions of the period's usage, in order.
    pub drawdown: Vec<Deduction>,
    /// The balances of the grants, in the order of the terms.
    pub balances: Vec<Balance>,
}

/// Rates usage, all items of which the terms' cards know.
#[must_use]
pub fn rate(usage: &[Usage], terms: &Terms) -> Rated {
    rate_runs(&usage.iter().collect(), terms)
}

/// Rates usage in runs, each in order of time.
#[must_use]
pub fn rate_runs(usage: &Runs, terms: &Terms) -> Rated {
    let mut rated = rate_bound(usage, terms, Bound::Most);
    if usage.runs().iter().any(|run| run.kind.exactness != Exactness::Exact) {
        add_least(&mut rated.charges, &rate_bound(usage, terms, Bound::Least).charges);
    }
    rated.charges.extend(charge::shortfall(rated.charges.iter(), terms));
    rated.charges.sort_by(|a, b| (a.day, a.app, a.item, &a.card).cmp(&(b.day, b.app, b.item, &b.card)));
    rated
}

fn rate_bound(usage: &Runs, terms: &Terms, bound: Bound) -> Rated {
    let days = daily_drawdown::draw(usage, terms, bound);
    let Ledger { rows: mut drawdown, remaining, .. } = days.ledger;
    let mut charges = charge::minute_lines(days.parts, terms);
    let others = usage.runs().iter().filter(|run| run.kind.item.unit() != Unit::Minute);
    let others: Vec<Usage> = others.flat_map(Run::iter).collect();
    charges.extend(charge::monthly_lines(&monthly_items::monthly(&others, terms, bound), terms));
    if terms.prices_by_volume() {
        volume_prices::price_by_volume(charges.iter_mut(), terms);
    }
    charges.extend(terms.fees.iter().map(|fee| charge::fee_line(fee, terms)));
    let balances = drawdown::balances(&drawdown, &remaining, terms);
    drawdown.retain(|deduction| terms.bills(deduction.time));
    Rated { charges, drawdown, balances }
}

/// Notes the lower end on each charge that differs between the two ends of what is known.
fn add_least(most: &mut [Charge], least: &[Charge]) {
    type Line<'a> = (Settled, Option<AppId>, Item, &'a str);
    let ends: HashMap<Line<'_>, &Charge> =
        least.iter().map(|charge| ((charge.day, charge.app, charge.item, charge.card.as_str()), charge)).collect();
    for charge in most {
        let end = ends.get(&(charge.day, charge.app, charge.item, charge.card.as_str()));
        let least = end.map_or(Least { charged: crate::model::Quantity::ZERO, amount: Money::ZERO }, |end| Least {
            charged: end.charged,
            amount: end.amount,
        });
        if least.charged != charge.charged {
            charge.least = Some(least);
        }
    }
}
