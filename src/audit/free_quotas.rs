//! Silent points about what is free without a grant (RULES.md 9).

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::assumptions::plain;
use super::{Assumption, Subject};
use crate::model::message::{Sentence, is};
use crate::model::usage_series::Run;
use crate::model::{AppId, Money, Quantity, Unit};
use crate::rate::charge::{Charge, LINE};
use crate::rules::card::AllowanceRule;

/// The readings under which the expected total would differ.
pub(super) fn allowances(subject: &Subject<'_>) -> Vec<Assumption> {
    let mut found: Vec<Assumption> = subject.usage_charges().filter_map(|charge| relay_edge(subject, charge)).collect();
    found.extend(subject.usage_charges().filter_map(|charge| relay_by_application(subject, charge)));
    found.extend(free_images(subject));
    found.extend(images_by_ten(subject));
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

/// A peak that is above the limit for all applications together, and below it for each.
fn relay_by_application(subject: &Subject<'_>, charge: &Charge) -> Option<Assumption> {
    let Some(AllowanceRule::ExemptBelow(limit)) = subject.card(charge).allowance(charge.item) else { return None };
    let month = charge.day.span();
    let mut peaks: BTreeMap<AppId, i64> = BTreeMap::new();
    let runs = subject.usage.runs().iter().filter(|run| run.kind.item == charge.item);
    for row in runs.flat_map(Run::iter).filter(|row| month.contains(row.start)) {
        let peak = peaks.entry(row.app).or_default();
        *peak = row.quantity.max(*peak);
    }
    let limit_of = Quantity::whole(i64::from(limit));
    let below = peaks.len() > 1 && peaks.values().all(|peak| charge.item.metered(*peak) < limit_of);
    if !below || charge.amount.is_zero() {
        return None;
    }
    let taken = Sentence::of("relay_sum_taken", [("item", is(charge.item)), ("limit", is(limit))]);
    Assumption::stake(subject, "relay-by-application", (taken, plain("relay_sum_other")), None, -charge.amount)
}

/// The printed example of the page prices 20 thousand images after it has computed 12.
fn images_by_ten(subject: &Subject<'_>) -> Option<Assumption> {
    let charges: Vec<&Charge> = subject.usage_charges().filter(|charge| charge.item.unit() == Unit::Thousand).collect();
    let first = charges.first()?;
    let Some(AllowanceRule::FreeAMonth(ten)) = subject.card(first).allowance(first.item) else { return None };
    let charged: Quantity = charges.iter().map(|charge| charge.charged).sum();
    let tens = (charged.decimal() / Decimal::from(ten)).ceil() * Decimal::from(ten);
    let more = Quantity::from_decimal(tens)? - charged;
    let taken = Sentence::of("tens_taken", [("charged", is(charged))]);
    let other = Sentence::of("tens_other", [("tens", is(tens.normalize()))]);
    Assumption::stake(subject, "images-by-ten", (taken, other), None, first.price.times(more, LINE))
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
