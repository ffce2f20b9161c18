//! Silent points about what is free without a grant (RULES.md 9).

use rust_decimal::Decimal;

use super::assumptions::plain;
use super::{Assumption, Subject};
use crate::model::message::{Sentence, is};
use crate::model::{Money, Quantity, Unit};
use crate::rate::charge::{Charge, LINE};
use crate::rules::card::AllowanceRule;

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
    let taken = Sentence::of("relay_taken", [("item", is(charge.item)), ("limit", is(limit))]);
    Assumption::stake(subject, "relay-edge", (taken, plain("relay_other")), None, -charge.amount)
}

/// One application leaves nothing to share: the free images are whole thousands.
fn free_images(subject: &Subject<'_>) -> Vec<Assumption> {
    let charges: Vec<&Charge> = subject.usage_charges().filter(|charge| charge.item.unit() == Unit::Thousand).collect();
    let free = charges.first().and_then(|charge| subject.card(charge).allowance(charge.item));
    let Some(AllowanceRule::FreeAMonth(free)) = free.filter(|_| charges.len() > 1) else { return Vec::new() };
    let expected: Money = charges.iter().map(|charge| charge.amount).sum();
    let taken = || Sentence::of("images_taken", [("free", is(free))]);
    let stake =
        |code, other, amount: Money| Assumption::stake(subject, code, (taken(), plain(other)), None, amount - expected);
    let each = stake("free-images-scope", "images_each", free_each(&charges, free));
    let before =
        free_before_rounding(&charges, free).and_then(|amount| stake("free-images-rounding", "images_before", amount));
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
