//! Bills that were made under another rule.

use super::Plant;
use super::own_bill::OwnBill;
use crate::case::account::Discounts;
use crate::model::cause::Cause;
use crate::model::policy::{PartialMinute, Scope};
use crate::model::{Day, Item};
use crate::rate::charge::{Charge, LINE};
use crate::rules::build_terms;
use crate::rules::plan::RatioSource;
use crate::rules::quote::quote;
use crate::rules::terms::{Bucket, Scopes, Terms};
use crate::rules::{Card, Plans};

pub(super) fn plants(own: &OwnBill<'_>) -> Vec<Plant> {
    let mut plants = rounding(own);
    plants.extend(grants(own));
    plants.extend(
        [cohort(own), ratio(own), list_price(own), displayed_price(own), other_card(own)].into_iter().flatten(),
    );
    plants
}

fn plant(own: &OwnBill<'_>, cause: Cause, edit: impl Fn(&mut Terms)) -> Plant {
    Plant { error: cause.family(), cause: Some(cause), kind: None, families: &[], lines: own.under(edit) }
}

fn rounding(own: &OwnBill<'_>) -> Vec<Plant> {
    let bucket = |bucket: Bucket| move |terms: &mut Terms| terms.segments.iter_mut().for_each(|s| s.bucket = bucket);
    let scope =
        |scope: Scope| move |terms: &mut Terms| terms.segments.iter_mut().for_each(|s| s.scope = Scopes::all(scope));
    vec![
        plant(own, Cause::IntervalRounding, bucket(Bucket::Interval)),
        plant(own, Cause::MonthRounding, bucket(Bucket::Month)),
        plant(own, Cause::AccountRounding, scope(Scope::Account)),
        plant(own, Cause::AppRounding, scope(Scope::App)),
        plant(own, Cause::DayBoundary, |terms| terms.day_shift = 8 * 3600),
        plant(own, Cause::PartialMinute, |terms| {
            terms.partial_minute = match terms.partial_minute {
                PartialMinute::Fraction => PartialMinute::Whole,
                PartialMinute::Whole => PartialMinute::Fraction,
            };
        }),
    ]
}

fn grants(own: &OwnBill<'_>) -> Vec<Plant> {
    let terms = own.situation.terms;
    let Some(first) = terms.grants.first() else { return Vec::new() };
    let rated = crate::rate::rate(own.situation.usage, terms);
    let used = rated.balances.iter().max_by_key(|balance| balance.used).map_or(&first.id, |balance| &balance.id);
    let app = own.situation.bill.charges.iter().find_map(|charge| charge.app);
    let skipped = Plant {
        error: "grant_skipped",
        cause: Some(Cause::GrantSkipped { grant: used.clone() }),
        kind: None,
        families: &[],
        lines: own.under(|terms| terms.grants.retain(|grant| grant.id != *used)),
    };
    let scope = plant(own, Cause::GrantScope, |terms| {
        for grant in terms.grants.iter_mut().filter(|grant| grant.id == *used) {
            grant.app = if grant.app.is_some() { None } else { app };
        }
    });
    let order = plant(own, Cause::GrantOrder, |terms| {
        let mut order: Vec<usize> = (0..terms.grants.len()).collect();
        order.sort_by_key(|at| {
            let grant = &terms.grants[*at];
            (!grant.always_first, std::cmp::Reverse(grant.valid.until), grant.purchased)
        });
        order.into_iter().enumerate().for_each(|(rank, at)| terms.grants[at].rank = rank);
    });
    vec![skipped, scope, order]
}

/// Returns the free minutes of an account that was registered on the other side of a date.
fn cohort(own: &OwnBill<'_>) -> Option<Plant> {
    let account = own.situation.account;
    let other = own.situation.terms.grants.iter().find_map(|grant| {
        let plan = Plans::known().get(&grant.plan)?;
        let Some(RatioSource::Cohorts(cohorts)) = &plan.ratio else { return None };
        let other = cohorts.iter().rev().find(|cohort| !cohort.holds(account.registered()))?;
        other.registered_from.or_else(|| other.registered_until.map(|until| until + -1))
    })?;
    let changed = terms_if(own, other)?;
    Some(plant(own, Cause::GrantCohort, |terms| terms.grants.clone_from(&changed.grants)))
}

fn terms_if(own: &OwnBill<'_>, registered: Day) -> Option<Terms> {
    let account = crate::case::Account { registered: Some(registered), ..own.situation.account.clone() };
    build_terms::terms(&account, own.situation.cards, own.situation.period).ok()
}

/// Cards of the account's currency that it is not rated by.
fn other_cards<'a>(own: &OwnBill<'a>) -> Vec<&'a Card> {
    let terms = own.situation.terms;
    let ruling = |card: &Card| terms.segments.iter().any(|segment| segment.card.id == card.id);
    let same = |card: &&Card| card.currency == terms.currency() && !ruling(card);
    own.situation.cards.iter().map(AsRef::as_ref).filter(same).collect()
}

/// Package minutes at the ratios of the first other card that has others.
fn ratio(own: &OwnBill<'_>) -> Option<Plant> {
    let bills = other_cards(own).into_iter().map(|card| {
        plant(own, Cause::Ratio, |terms| {
            for grant in &mut terms.grants {
                let Some(plan) = Plans::known().get(&grant.plan) else { continue };
                for (item, ratio) in grant.ratios.iter_mut().flat_map(|ratios| Item::all().zip(ratios)) {
                    let there = plan.ratio(item, card, own.situation.account.registered());
                    *ratio = ratio.map(|own| there.unwrap_or(own));
                }
            }
        })
    });
    bills.into_iter().find(|plant| !own.touched(&plant.lines).is_empty())
}

fn list_price(own: &OwnBill<'_>) -> Option<Plant> {
    let account = own.situation.account;
    if account.discount.is_none() && account.prices.is_empty() {
        return None;
    }
    let plain = crate::case::Account { discount: Discounts::default(), prices: Vec::new(), ..account.clone() };
    let list = build_terms::terms(&plain, own.situation.cards, own.situation.period).ok()?;
    Some(plant(own, Cause::ListPrice, |terms| {
        terms.discount = Discounts::default();
        terms.agreed.clear();
        terms.fees.clone_from(&list.fees);
    }))
}

/// Returns a custom package at the price per 1,000 minutes that the page shows.
fn displayed_price(own: &OwnBill<'_>) -> Option<Plant> {
    let shown = own.situation.account.grants.iter().find_map(|grant| {
        let plan = Plans::known().get(&grant.plan)?;
        let amount = quote(plan, grant.minutes?)?.displayed_amount?;
        Some((Item::parse(&format!("fee.{}", plan.id))?, grant.purchased.day(), amount))
    })?;
    let mut lines = own.lines();
    let of_fee = |item, day: Day| {
        (0..lines.len()).find(|at| lines[*at].item == Some(item) && lines[*at].span.contains(day.start()))
    };
    let at = of_fee(shown.0, shown.1)?;
    lines[at].amount = shown.2;
    Some(Plant { error: "displayed_price", cause: Some(Cause::DisplayedPrice), kind: None, families: &[], lines })
}

/// Returns the list prices of the first other card that has others.
fn other_card(own: &OwnBill<'_>) -> Option<Plant> {
    let terms = own.situation.terms;
    let bills = other_cards(own).into_iter().map(|card| {
        let mut charges: Vec<Charge> = own.situation.bill.charges.to_vec();
        for charge in charges.iter_mut().filter(|charge| !charge.item.is_fee()) {
            let agreed = terms.agreed_price(charge.item, charge.day.first_day());
            if let (None, Some(list)) = (agreed, card.price(charge.item)) {
                charge.price = terms.discounted(list, charge.day.first_day());
                charge.amount = charge.price.times(charge.charged, LINE);
            }
        }
        Plant {
            error: "other_card",
            cause: Some(Cause::OtherCard { card: card.id.clone() }),
            kind: None,
            families: &[],
            lines: own.rebilled(&charges),
        }
    });
    bills.into_iter().find(|plant| !own.touched(&plant.lines).is_empty())
}
