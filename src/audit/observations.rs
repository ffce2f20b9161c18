//! What is worth a word about usage, cards and fees (RULES.md 1, 7 and 11).

use std::collections::BTreeMap;

use super::assumptions::is_mixing;
use super::purchases::Held;
use super::{Assumption, Subject, listed};
use crate::model::message::{Sentence, is};
use crate::model::{Day, Money, Unit};
use crate::rate::charge::Charge;
use crate::rules::card::Window;
use crate::rules::plan::Kind;

/// Cards that stand in, old mixing, flat fees, usage before the bill.
pub(super) fn notes(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let mut found = stand_ins(subject);
    found.extend(old_mixing(subject));
    found.extend(dashboards(subject, held));
    found.extend(earlier_usage(subject));
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

/// A window without dates is a card's own only after all others: before them
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

/// From this day on mixing is counted by its input (seed 002).
fn mixing_by_input() -> Option<Day> {
    Day::parse("2022-06-01")
}

fn old_mixing(subject: &Subject<'_>) -> Option<Assumption> {
    let since = mixing_by_input()?;
    let old = || subject.usage_charges().filter(|charge| is_mixing(charge.item) && charge.day.first_day() < since);
    old().next()?;
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
