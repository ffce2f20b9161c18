//! Rules of the plans that no charge follows (RULES.md 5 and 11): what they
//! unlock, how often and when an account may have them.

use std::collections::{BTreeMap, BTreeSet};

use super::held::Held;
use super::prices::Prices;
use super::{Assumption, Subject, listed, total};
use crate::case::account::GrantEntry;
use crate::domain::{AppId, Day, Item, Money, Quantity, Span, Unit};
use crate::ratecard::{Plan, Plans};
use crate::rating::charge::Charge;
use crate::rating::terms::Segment;
use crate::rating::{agreement, rate_runs};

/// Locked usage, plans beside plans, plans too often, free months.
pub(super) fn notes(subject: &Subject<'_>, held: &[Held<'_>], prices: &Prices<'_>) -> Vec<Assumption> {
    let mut found = locked(subject, held);
    found.extend(at_once(subject, held));
    found.extend(too_often(subject, held));
    found.extend(not_after(subject, held));
    for plan in Plans::embedded().iter().filter(|plan| plan.at_most_in_a_row.is_some()) {
        found.extend(free_months(subject, held, prices, plan));
        found.extend(month_without(subject, held, plan));
    }
    found
}

/// Usage that only some plans unlock, and no such plan in force.
fn locked(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let mut items: BTreeMap<Item, (Money, Quantity, BTreeSet<AppId>, String)> = BTreeMap::new();
    for charge in subject.usage_charges() {
        let keys = keys(subject, charge);
        if keys.is_empty() || held.iter().any(|held| unlocks(held, charge)) {
            continue;
        }
        let (amount, used, apps, needed) = items.entry(charge.item).or_default();
        *amount += charge.amount;
        *used += charge.billable;
        apps.extend(charge.app);
        *needed = keys;
    }
    let note = |(item, (amount, used, apps, keys)): (Item, (Money, Quantity, BTreeSet<AppId>, String))| {
        let apps = if apps.is_empty() { String::new() } else { format!(" by {}", listed(apps)) };
        let text = format!(
            "{used} {} of {item}{apps} need one of the plans {keys}, and none is in force: {} is charged.",
            item.unit().name(),
            subject.money(amount)
        );
        Assumption::of("usage-not-unlocked", amount, text)
    };
    items.into_iter().map(note).collect()
}

/// The plans sold beside the card that unlock a charge's item.
fn keys(subject: &Subject<'_>, charge: &Charge) -> String {
    let sold = subject.card(charge).sells.iter().flat_map(|sells| &sells.plans);
    let opens = |plan: &&Plan| plan.unlocks.iter().any(|pattern| pattern.matches(charge.item));
    listed(sold.filter_map(|id| Plans::embedded().get(id)).filter(opens).map(|plan| &plan.id))
}

fn unlocks(held: &Held<'_>, charge: &Charge) -> bool {
    held.plan.unlocks.iter().any(|pattern| pattern.matches(charge.item))
        && held.valid.overlaps(charge.day.span())
        && charge.app.is_none_or(|app| held.is_for(app))
}

/// What two spans share.
fn shared(a: Span, b: Span) -> Option<Span> {
    a.overlaps(b).then(|| a.within(b))
}

/// Two plans of one product on one application, at one time of the bill.
fn at_once(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut found = Vec::new();
    for (at, one) in held.iter().enumerate() {
        for other in &held[at + 1..] {
            let same = one.plan.product.is_some() && one.plan.product == other.plan.product && one.app == other.app;
            let both = shared(one.valid, other.valid).and_then(|both| shared(both, subject.bill()));
            let Some(both) = both.filter(|_| same && one.entry != other.entry) else { continue };
            if told.insert((one.entry, other.entry)) {
                found.extend(twice(subject, one, other, both));
            }
        }
    }
    found
}

fn twice(subject: &Subject<'_>, one: &Held<'_>, other: &Held<'_>, both: Span) -> Option<Assumption> {
    let (first, second) = if other.purchased < one.purchased { (other, one) } else { (one, other) };
    let price = second.price(subject.terms)?;
    let app = one.app.map(|app| format!(" on {app}")).unwrap_or_default();
    let text = format!(
        "{} ({}) and {} ({}) are plans of one product{app} and both in force on {}: only one is sold at a time; the \
         later one cost {}.",
        first.entry,
        first.plan.id,
        second.entry,
        second.plan.id,
        both.from.day(),
        subject.money(price)
    );
    Some(Assumption::of("two-plans-at-once", price, text))
}

/// A plan that the account had more often than it is sold.
fn too_often(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let limited: BTreeSet<&str> =
        held.iter().filter(|held| held.plan.at_most.is_some()).map(|held| held.plan.id.as_str()).collect();
    let excess = limited.into_iter().flat_map(|id| {
        let mut bought: Vec<&Held<'_>> = held.iter().filter(|held| held.plan.id == id).collect();
        bought.sort_by_key(|held| held.purchased);
        let most = bought.first().and_then(|held| held.plan.at_most).map_or(usize::MAX, |most| most as usize);
        bought.into_iter().enumerate().skip(most)
    });
    let note = |(position, held): (usize, &Held<'_>)| {
        let price = held.price(subject.terms)?;
        let text = format!(
            "{} is number {} of {}, which an account may have {}: it cost {}.",
            held.id,
            position + 1,
            held.plan.id,
            times(held.plan.at_most),
            subject.money(price)
        );
        Some(Assumption::of("plan-too-often", price, text))
    };
    excess.filter(|(_, held)| held.valid.overlaps(subject.bill())).filter_map(note).collect()
}

fn times(most: Option<u32>) -> String {
    match most {
        Some(1) => "once".to_owned(),
        Some(most) => format!("{most} times"),
        None => "as often as it likes".to_owned(),
    }
}

/// A plan for newcomers, after a plan that makes the account none.
fn not_after(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let in_bill = held.iter().filter(|held| held.valid.overlaps(subject.bill()));
    let note = |held_now: &Held<'_>| {
        let barred = |other: &&Held<'_>| {
            other.purchased < held_now.purchased && held_now.plan.not_after.contains(&other.plan.id)
        };
        let earlier = held.iter().find(barred)?;
        let price = held_now.price(subject.terms)?;
        let text = format!(
            "{} ({}) was bought after {} ({}), after which it is not sold: it cost {}.",
            held_now.id,
            held_now.plan.id,
            earlier.id,
            earlier.plan.id,
            subject.money(price)
        );
        Some(Assumption::of("plan-not-after", price, text))
    };
    in_bill.filter_map(note).collect()
}

/// Free months: one at a time, and only so many in a row.
fn free_months(subject: &Subject<'_>, held: &[Held<'_>], prices: &Prices<'_>, plan: &Plan) -> Vec<Assumption> {
    let mut months: Vec<&Held<'_>> = held.iter().filter(|held| held.plan.id == plan.id).collect();
    months.sort_by_key(|held| held.valid.from);
    let most = plan.at_most_in_a_row.map_or(usize::MAX, |most| most as usize);
    let (mut row, mut found) = (0, Vec::new());
    for (at, month) in months.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| months[before]);
        row = if before.is_some_and(|before| month.valid.from <= before.valid.until) { row + 1 } else { 1 };
        if !month.valid.overlaps(subject.bill()) {
            continue;
        }
        let covered = || covered_by(subject, prices, month);
        let overlap = before
            .and_then(|before| shared(before.valid, month.valid))
            .is_some_and(|both| both.overlaps(subject.bill()));
        if let Some(before) = before.filter(|_| overlap) {
            let text = format!(
                "{} and {} ({}) are valid at one time, of which one is given at a time: {} covered {}.",
                before.id,
                month.id,
                plan.id,
                month.id,
                subject.money(covered())
            );
            found.push(Assumption::of("free-months-overlap", covered(), text));
        }
        if row > most {
            let text = format!(
                "{} is number {row} in a row of {}, which is given {most} times in a row: it covered {}.",
                month.id,
                plan.id,
                subject.money(covered())
            );
            found.push(Assumption::of("free-months-in-a-row", covered(), text));
        }
    }
    found
}

/// What a grant's minutes would have cost in the bill.
fn covered_by(subject: &Subject<'_>, prices: &Prices<'_>, held: &Held<'_>) -> Money {
    let own = |grant: usize| subject.rated.balances.get(grant).is_some_and(|balance| balance.id == held.id);
    prices.replaced(subject.rated.drawdown.iter().filter(|deduction| own(deduction.grant)))
}

/// Days of the bill without a free month, and what one would have covered.
fn month_without(subject: &Subject<'_>, held: &[Held<'_>], plan: &Plan) -> Option<Assumption> {
    // The gift comes with the plans: a card beside which none is sold has no such months.
    let sold = |segment: &Segment| segment.span.overlaps(subject.bill()) && !segment.card.sells.is_empty();
    if plan.currency != subject.terms.currency() || !subject.terms.segments.iter().any(sold) {
        return None;
    }
    let given = |day: &Day| held.iter().any(|held| held.plan.id == plan.id && held.valid.contains(day.start()));
    let without: Vec<Day> = subject.bill().days().filter(|day| !given(day)).collect();
    let (first, last) = (*without.first()?, *without.last()?);
    let paid = |charge: &Charge| charge.item.unit() == Unit::Minute && !charge.amount.is_zero();
    let saved = if subject.usage_charges().any(paid) {
        total(&subject.rated.charges) - total(&with_month(subject, plan, first)?)
    } else {
        Money::ZERO
    };
    let text = format!(
        "No {} grant is listed for {} of the days from {first} to {last}, and none is assumed: one from {first} would have \
         covered {}.",
        plan.id,
        without.len(),
        subject.money(saved)
    );
    Some(Assumption::of("free-month-missing", saved, text))
}

/// The charges if a free month had been given on a day.
fn with_month(subject: &Subject<'_>, plan: &Plan, day: Day) -> Option<Vec<Charge>> {
    let mut account = subject.account.clone();
    account.grants.push(GrantEntry {
        id: format!("{} from {day}", plan.id),
        plan: plan.id.clone(),
        purchased: day.start(),
        app: None,
        minutes: None,
        paid: None,
        start: None,
        end: None,
        opening: None,
        line: 0,
    });
    let terms = agreement::terms(&account, subject.cards, subject.period).ok()?;
    Some(rate_runs(subject.usage, &terms).charges)
}
