//! Silent points about what is free without a grant.

use std::collections::BTreeMap;

use super::Subject;
use super::assumptions::{Reading, plain};
use crate::model::message::{Sentence, is};
use crate::model::usage_series::Run;
use crate::model::{AppId, Quantity, Unit};
use crate::rate::charge::Charge;
use crate::rules::card::AllowanceRule;

/// The charge of bandwidth that is free below a limit.
fn relayed<'a>(subject: &'a Subject<'_>) -> Option<(&'a Charge, u32)> {
    subject.usage_charges().find_map(|charge| match subject.card(charge).allowance(charge.item) {
        Some(AllowanceRule::ExemptBelow(limit)) => Some((charge, limit)),
        Some(AllowanceRule::FreeAMonth(_)) | None => None,
    })
}

/// A month's peak that is exactly the limit below which it is free.
pub(super) fn relay_edge(subject: &Subject<'_>) -> Option<Reading> {
    let (charge, limit) = relayed(subject)?;
    if charge.billable != Quantity::whole(i64::from(limit)) {
        return None;
    }
    let taken = Sentence::of("relay_taken", [("item", is(charge.item)), ("limit", is(limit))]);
    Reading::silent(subject, "relay-edge", (taken, plain("relay_other")), None)
}

/// A peak that is above the limit for all applications together, and below it for each.
pub(super) fn relay_by_application(subject: &Subject<'_>) -> Option<Reading> {
    let (charge, limit) = relayed(subject)?;
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
    Reading::silent(subject, "relay-by-application", (taken, plain("relay_sum_other")), None)
}

/// The charges of images, and how many thousands of them are free in a month.
fn images<'a>(subject: &'a Subject<'_>) -> Option<(Vec<&'a Charge>, u32)> {
    let charges: Vec<&Charge> = subject.usage_charges().filter(|charge| charge.item.unit() == Unit::Thousand).collect();
    let first = charges.first()?;
    match subject.card(first).allowance(first.item) {
        Some(AllowanceRule::FreeAMonth(free)) => Some((charges, free)),
        Some(AllowanceRule::ExemptBelow(_)) | None => None,
    }
}

/// One application leaves nothing to share: the free images are whole thousands.
fn shared_images(subject: &Subject<'_>, code: &'static str, other: &'static str) -> Option<Reading> {
    let (charges, free) = images(subject)?;
    if charges.len() < 2 {
        return None;
    }
    let taken = Sentence::of("images_taken", [("free", is(free))]);
    Reading::silent(subject, code, (taken, plain(other)), None)
}

/// Free images of each application.
pub(super) fn images_of_application(subject: &Subject<'_>) -> Option<Reading> {
    shared_images(subject, "free-images-scope", "images_each")
}

/// Free images that are taken off before the rounding.
pub(super) fn images_before_rounding(subject: &Subject<'_>) -> Option<Reading> {
    shared_images(subject, "free-images-rounding", "images_before")
}

/// The printed example of the page prices 20 thousand images after it has computed 12.
pub(super) fn images_by_ten(subject: &Subject<'_>) -> Option<Reading> {
    let (charges, ten) = images(subject)?;
    let charged: Quantity = charges.iter().map(|charge| charge.charged).sum();
    if charged.is_zero() {
        return None;
    }
    let ten = rust_decimal::Decimal::from(ten);
    let tens = (charged.decimal() / ten).ceil() * ten;
    let taken = Sentence::of("tens_taken", [("charged", is(charged))]);
    let other = Sentence::of("tens_other", [("tens", is(tens.normalize()))]);
    Reading::silent(subject, "images-by-ten", (taken, other), None)
}
