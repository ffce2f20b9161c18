//! Observations about usage, cards and fees.

use std::collections::BTreeMap;

use super::purchases::Held;
use super::{Assumption, Subject, listed};
use crate::model::message::{Sentence, is};
use crate::model::{Day, Money, Unit};
use crate::rate::charge::Charge;
use crate::rate::charge::rebate;
use crate::rules::Plans;
use crate::rules::card::{OlderCount, Window};
use crate::rules::plan::Kind;

/// Cards that stand in, old mixing, flat fees, usage before the bill.
pub(super) fn notes(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let mut found = stand_ins(subject);
    found.extend(old_mixing(subject));
    found.extend(dashboards(subject, held));
    found.extend(earlier_usage(subject));
    found.extend(by_gift(subject));
    found.extend(rebates(subject));
    found.extend(negotiable(subject));
    found
}

/// Usage on days that its card does not name itself.
fn stand_ins(subject: &Subject<'_>) -> Vec<Assumption> {
    let mut cards: BTreeMap<&str, (Money, Vec<Day>)> = BTreeMap::new();
    for charge in subject.usage_charges().filter(|charge| !is_own(subject, charge)) {
        let (amount, days) = cards.entry(&charge.card).or_default();
        *amount += charge.amount;
        days.push(charge.day.first_day());
    }
    let note = |(card, (amount, days)): (&str, (Money, Vec<Day>))| {
        let first = days.first().map(ToString::to_string).unwrap_or_default();
        let values = [("first", is(first)), ("card", is(card)), ("amount", is(subject.money(amount)))];
        Assumption::of("card-stands-in", amount, Sentence::of("stands_in", values))
    };
    cards.into_iter().map(note).collect()
}

/// Returns a window without dates is a card's own only after all others: before them
/// it catches what no card claims.
fn is_own(subject: &Subject<'_>, charge: &Charge) -> bool {
    let segment = &subject.terms.segments[subject.terms.segment(charge.day.span().from)];
    let day = charge.day.first_day();
    let chosen = subject.account.card.is_some();
    let first_app = subject.account.first_app_created();
    let dated = |window: &Window| window.usage_from.is_some() || window.usage_until.is_some();
    let holds = |window: &&Window| {
        window.usage_from.is_none_or(|from| from <= day)
            && window.usage_until.is_none_or(|until| day < until)
            && window.first_app_from.is_none_or(|from| from <= first_app)
            && window.first_app_until.is_none_or(|until| first_app < until)
    };
    let last = chosen || segment.span.until == crate::model::Stamp::MAX;
    segment.card.applies.iter().filter(holds).any(|window| dated(window) || last)
}

/// Usage of a service from before the day since which it is counted as its card says.
fn old_mixing(subject: &Subject<'_>) -> Option<Assumption> {
    let older = |charge: &Charge| {
        let day = charge.day.first_day();
        let holds = |older: &&OlderCount| {
            day < older.usage_until && older.services.iter().any(|service| charge.item.is_of(service))
        };
        subject.card(charge).older_counts.iter().find(holds).map(|older| older.usage_until)
    };
    let old = || subject.usage_charges().filter(|charge| older(charge).is_some());
    let since = old().find_map(older)?;
    let amount: Money = old().map(|charge| charge.amount).sum();
    let items = listed(old().map(|charge| charge.item));
    let values = [("since", is(since)), ("amount", is(subject.money(amount))), ("items", is(items))];
    Some(Assumption::of("mixing-by-output", amount, Sentence::of("old_mixing", values)))
}

/// Month plans that give neither minutes nor users.
fn dashboards(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let flat = held.iter().filter(|held| {
        let plan = held.plan;
        plan.kind == Kind::Monthly && plan.covers.is_empty() && subject.terms.window.fees.contains(held.purchased)
    });
    let note = |held: &Held<'_>| {
        let price = held.price(subject.terms)?;
        let values = [("id", is(&held.id)), ("plan", is(&held.plan.id)), ("amount", is(subject.money(price)))];
        Some(Assumption::of("flat-fee", price, Sentence::of("flat_fee", values)))
    };
    flat.filter_map(note).collect()
}

/// Rows before the bill, which only wear down older grants.
fn earlier_usage(subject: &Subject<'_>) -> Option<Assumption> {
    let from = subject.bill().from;
    let in_minutes = subject.usage.runs().iter().filter(|run| run.kind.item.unit() == Unit::Minute);
    let rows = in_minutes.map(|run| run.rows_before(0, from)).sum::<usize>();
    (rows > 0 && !subject.terms.grants.is_empty()).then(|| {
        let name = if rows == 1 { "earlier_row" } else { "earlier_rows" };
        let said = Sentence::of(name, [("rows", is(rows)), ("day", is(from.day()))]);
        Assumption { code: "earlier-usage", said, amount: None }
    })
}

/// Returns an account that changed its card by a gift, where a bill may still have the older one.
fn by_gift(subject: &Subject<'_>) -> Option<Assumption> {
    let bill = subject.bill();
    let turned = subject.account.grants.iter().filter(|grant| grant.purchased < bill.until);
    let first = turned.filter(|grant| turns(subject, &grant.plan)).min_by_key(|grant| grant.purchased)?;
    let plan = Plans::known().get(&first.plan).filter(|plan| plan.price.is_none() && plan.bands.is_empty())?;
    let amount: Money = subject.usage_charges().map(|charge| charge.amount).sum();
    let card = &subject.terms.segments[subject.terms.segment(bill.until + -1)].card.id;
    let values = [
        ("id", is(&first.id)),
        ("plan", is(&plan.id)),
        ("day", is(first.purchased.day())),
        ("card", is(card)),
        ("amount", is(subject.money(amount))),
    ];
    (!amount.is_zero()).then(|| Assumption::of("card-by-gift", amount, Sentence::of("card_by_gift", values)))
}

/// Returns true if a grant of a plan ends the time of a card that the account had before.
fn turns(subject: &Subject<'_>, plan: &str) -> bool {
    let first_app = subject.account.first_app_created();
    let of_account = |window: &&Window| window.first_app_until.is_some_and(|until| first_app < until);
    let windows = subject.cards.iter().flat_map(|card| &card.applies).filter(of_account);
    subject.account.card.is_none()
        && windows.flat_map(|window| &window.before_grant).any(|start| plan.starts_with(start.as_str()))
}

/// Returns what the contract returns for the month.
fn rebates(subject: &Subject<'_>) -> Option<Assumption> {
    let due = rebate(&subject.rated.charges, subject.terms)?;
    let values = [("amount", is(subject.money(due)))];
    Some(Assumption::of("rebate-due", due, Sentence::of("rebate", values)))
}

/// Returns a month that is large enough to ask the vendor for a discount, under a contract without one.
fn negotiable(subject: &Subject<'_>) -> Option<Assumption> {
    if subject.account.discount.is_some() || !subject.account.prices.is_empty() {
        return None;
    }
    let amount: Money = subject.usage_charges().map(|charge| charge.amount).sum();
    let card = &subject.terms.segments[subject.terms.segment(subject.bill().until + -1)].card;
    let from = card.negotiable.as_ref().map(|from| Money::new(from.above)).filter(|from| amount > *from)?;
    let values = [("amount", is(subject.money(amount))), ("above", is(subject.money(from)))];
    Some(Assumption::of("discount-on-request", amount, Sentence::of("on_request", values)))
}
