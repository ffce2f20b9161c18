//! Limits that come near: packages that end, free quotas, and the threshold of relayed bandwidth.

use rust_decimal::Decimal;

use crate::audit::grant_costs;
use crate::case::Account;
use crate::model::{AppId, Day, Item, Money, PackMinutes, Quantity, Rounding, Stamp, Unit};
use crate::rate::Rated;
use crate::rate::charge::{Charge, LINE};
use crate::rules::card::AllowanceRule;
use crate::rules::terms::Terms;

/// A package that is in force behind the last day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The grant's id.
    pub id: String,
    /// The plan.
    pub plan: String,
    /// Package minutes left.
    pub left: PackMinutes,
    /// Package minutes that a day of the month took so far, to 2 decimals.
    pub a_day: Decimal,
    /// The day on which it is used up at this rate; `None` where it lapses before.
    pub runs_out: Option<Day>,
    /// The last day of its validity; `None` where it has no end.
    pub lapses: Option<Day>,
    /// Package minutes that lapse at this rate.
    pub lapsing: PackMinutes,
    /// Their cost; `None` where the grant was given.
    pub worth: Option<Money>,
}

/// A free quota or a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// The item.
    pub item: Item,
    /// The application; `None` where it is the account's.
    pub app: Option<AppId>,
    /// The quantity used, in the billing unit.
    pub used: Quantity,
    /// Up to which it is free.
    pub limit: Quantity,
}

impl Limit {
    /// Returns what of the limit is used, in whole percent, cut off.
    #[must_use]
    pub fn percent(&self) -> Decimal {
        (self.used.decimal() * Decimal::ONE_HUNDRED / self.limit.decimal()).floor()
    }
}

/// Returns the packages that have something left behind a moment.
#[must_use]
pub fn packages(account: &Account, terms: &Terms, now: &Rated, behind: Stamp) -> Vec<Package> {
    let costs = grant_costs(account, terms);
    let begun = terms.billed_usage().from;
    let of = |at: usize| {
        let (grant, balance) = (&terms.grants[at], now.balances.get(at)?);
        let span = grant.in_force();
        let left = balance.expired + balance.remaining;
        if span.until <= behind || span.from >= behind || left.is_zero() {
            return None;
        }
        let days = behind.day() - span.from.max(begun).day();
        let a_day = if days > 0 { balance.used.decimal() / Decimal::from(days) } else { Decimal::ZERO };
        let ends = (span.until != Stamp::MAX).then(|| (span.until + -1).day());
        let to_end = ends.map(|last| a_day * Decimal::from(last + 1 - behind.day()));
        let lapsing = to_end.map_or(Decimal::ZERO, |taken| (left.decimal() - taken).max(Decimal::ZERO));
        let lapsing = PackMinutes::from_decimal(Rounding::HalfUp(2).apply(lapsing)).unwrap_or_default();
        let lasts = (a_day > Decimal::ZERO && lapsing.is_zero()).then(|| (left.decimal() / a_day).ceil());
        let granted = balance.granted.decimal();
        let worth = costs[at].filter(|_| granted > Decimal::ZERO && !lapsing.is_zero());
        Some(Package {
            id: grant.id.clone(),
            plan: grant.plan.clone(),
            left,
            a_day: Rounding::HalfUp(2).apply(a_day),
            runs_out: lasts.and_then(|days| Some(behind.day() + (i32::try_from(days).ok()? - 1))),
            lapses: ends,
            lapsing,
            worth: worth.map(|cost| Money::new(cost.decimal() * lapsing.decimal() / granted).round(LINE)),
        })
    };
    (0..terms.grants.len()).filter_map(of).collect()
}

/// Returns the free quotas and thresholds of the month, with what was used of each.
#[must_use]
pub fn limits(charges: &[Charge], terms: &Terms) -> Vec<Limit> {
    let month = terms.window.month;
    let card = &terms.segments[terms.segment(month.span().from)].card;
    let used = |item: Item, app: Option<AppId>| -> Quantity {
        let lines = charges.iter().filter(|charge| charge.item == item && (app.is_none() || charge.app == app));
        lines.map(|charge| charge.billable).sum()
    };
    let mut items: Vec<Item> = charges.iter().map(|charge| charge.item).collect();
    items.sort_unstable();
    items.dedup();
    let mut limits = Vec::new();
    for item in items {
        match card.allowance(item) {
            Some(AllowanceRule::ExemptBelow(limit) | AllowanceRule::FreeAMonth(limit)) => {
                limits.push(Limit {
                    item,
                    app: None,
                    used: used(item, None),
                    limit: Quantity::whole(i64::from(limit)),
                });
            }
            None if item.unit() == Unit::User => limits.extend(quotas(terms).into_iter().map(|(app, users)| Limit {
                item,
                app: Some(app),
                used: used(item, Some(app)),
                limit: Quantity::whole(users),
            })),
            None => {}
        }
    }
    limits
}

/// Free users by application.
fn quotas(terms: &Terms) -> Vec<(AppId, i64)> {
    let mut sums = std::collections::BTreeMap::new();
    for quota in terms.quotas.iter().filter(|quota| quota.month == terms.window.month && quota.users > 0) {
        *sums.entry(quota.app).or_default() += quota.users;
    }
    sums.into_iter().collect()
}
