//! Silent points about what is free without a grant (RULES.md 9).

use rust_decimal::Decimal;

use super::{Assumption, Subject};
use crate::domain::{Money, Quantity, Unit};
use crate::ratecard::card::AllowanceRule;
use crate::rating::charge::{Charge, LINE};

/// The readings under which the expected total would differ.
pub(super) fn allowances(subject: &Subject<'_>) -> Vec<Assumption> {
    let mut found: Vec<Assumption> = subject.usage_charges().filter_map(|charge| relay_edge(subject, charge)).collect();
    found.extend(free_images(subject));
    found
}

/// A month's peak that is exactly the limit below which it is free.
fn relay_edge(subject: &Subject<'_>, charge: &Charge) -> Option<Assumption> {
    let Some(AllowanceRule::ExemptBelow(limit)) = subject.card(charge).allowance(charge.item) else { return None };
    if charge.billable != Quantity::whole(i64::from(limit)) {
        return None;
    }
    let taken = format!("{} at exactly {limit} Mbps is charged", charge.item);
    let other = "if that were still free";
    Assumption::stake(subject, "relay-edge", (&taken, other), None, -charge.amount)
}

/// One application leaves nothing to share: the free images are whole thousands.
fn free_images(subject: &Subject<'_>) -> Vec<Assumption> {
    let charges: Vec<&Charge> = subject.usage_charges().filter(|charge| charge.item.unit() == Unit::Thousand).collect();
    let free = charges.first().and_then(|charge| subject.card(charge).allowance(charge.item));
    let Some(AllowanceRule::FreeAMonth(free)) = free.filter(|_| charges.len() > 1) else { return Vec::new() };
    let expected: Money = charges.iter().map(|charge| charge.amount).sum();
    let taken = format!("{free} thousand images a month are free per account, after each application's rounding");
    let stake = |code, other, amount: Money| Assumption::stake(subject, code, (&taken, other), None, amount - expected);
    let each = stake("free-images-scope", "if they were free for each application", free_each(&charges, free));
    let before = free_before_rounding(&charges, free)
        .and_then(|amount| stake("free-images-rounding", "if they were taken off before the rounding", amount));
    each.into_iter().chain(before).collect()
}

fn free_each(charges: &[&Charge], free: u32) -> Money {
    let free = Quantity::whole(i64::from(free));
    charges.iter().map(|charge| charge.price.times(charge.billable - charge.billable.min(free), LINE)).sum()
}

/// In ascending SDKAppID, as the charges are sorted.
fn free_before_rounding(charges: &[&Charge], free: u32) -> Option<Money> {
    let mut left = Decimal::from(free) * Decimal::ONE_THOUSAND;
    let mut sum = Money::ZERO;
    for charge in charges {
        let images = charge.metered.decimal();
        let taken = images.min(left);
        left -= taken;
        let thousands = ((images - taken) / Decimal::ONE_THOUSAND).ceil();
        sum += charge.price.times(Quantity::from_decimal(thousands)?, LINE);
    }
    Some(sum)
}
