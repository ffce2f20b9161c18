//! Rules of the plans that no charge follows: what they unlock, how often and when an account may have them.

use std::collections::{BTreeMap, BTreeSet};

use super::prices::Prices;
use super::purchases::Held;
use super::{Assumption, Subject, listed, total};
use crate::case::account::GrantEntry;
use crate::model::message::{Sentence, Value, is, part};
use crate::model::{AppId, Day, Item, Money, Quantity, Span, Unit};
use crate::rate::charge::Charge;
use crate::rate::rate_runs;
use crate::rules::build_terms;
use crate::rules::plan::Bound;
use crate::rules::terms::Segment;
use crate::rules::{Plan, Plans};

/// Locked usage, plans beside plans, plans too often, free months.
pub(super) fn notes(subject: &Subject<'_>, held: &[Held<'_>], prices: &Prices<'_>) -> Vec<Assumption> {
    let mut found = locked(subject, held);
    found.extend(at_once(subject, held));
    found.extend(too_often(subject, held, prices));
    found.extend(not_after(subject, held));
    found.extend(not_eligible(subject, held, prices));
    found.extend(without_app(subject, held, prices));
    found.extend(beyond_trial(subject, held));
    found.extend(without_postpaid(subject));
    for plan in Plans::known().iter().filter(|plan| plan.at_most_in_a_row.is_some()) {
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
        let apps = (!apps.is_empty()).then(|| listed(apps));
        let values = [
            ("used", is(used)),
            ("unit", is(item.unit().name())),
            ("item", is(item)),
            ("apps", part("by_apps", "apps", apps)),
            ("plans", is(keys)),
            ("amount", is(subject.money(amount))),
        ];
        Assumption::of("usage-not-unlocked", amount, Sentence::of("not_unlocked", values))
    };
    items.into_iter().map(note).collect()
}

/// The plans sold beside the card that unlock a charge's item.
fn keys(subject: &Subject<'_>, charge: &Charge) -> String {
    let sold = subject.card(charge).sells.iter().flat_map(|sells| &sells.plans);
    let opens = |plan: &&Plan| plan.unlocks.iter().any(|pattern| pattern.matches(charge.item));
    listed(sold.filter_map(|id| Plans::known().get(id)).filter(opens).map(|plan| &plan.id))
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
    let values = [
        ("first", is(first.entry)),
        ("first_plan", is(&first.plan.id)),
        ("second", is(second.entry)),
        ("second_plan", is(&second.plan.id)),
        ("app", part("on_app", "app", one.app)),
        ("day", is(both.from.day())),
        ("amount", is(subject.money(price))),
    ];
    Some(Assumption::of("two-plans-at-once", price, Sentence::of("at_once", values)))
}

/// Whether a purchase plays a part in the bill. By deduction a payment of the
/// last day is on it, its days are not.
fn on_bill(subject: &Subject<'_>, held: &Held<'_>) -> bool {
    held.valid.overlaps(subject.bill()) || subject.terms.window.fees.contains(held.purchased)
}

/// A plan that the account had more often than it is sold.
fn too_often(subject: &Subject<'_>, held: &[Held<'_>], prices: &Prices<'_>) -> Vec<Assumption> {
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
        let price = if price.is_zero() { covered_by(subject, prices, held) } else { price };
        let values = [
            ("id", is(&held.id)),
            ("number", is(position + 1)),
            ("plan", is(&held.plan.id)),
            ("times", times(held.plan.at_most)),
            ("amount", is(subject.money(price))),
        ];
        Some(Assumption::of("plan-too-often", price, Sentence::of("too_often", values)))
    };
    excess.filter(|(_, held)| on_bill(subject, held)).filter_map(note).collect()
}

fn times(most: Option<u32>) -> Value {
    Value::Says(match most {
        Some(1) => Sentence::of("once", []),
        Some(most) => Sentence::of("times", [("count", is(most))]),
        None => Sentence::of("any_times", []),
    })
}

/// A plan for newcomers, after a plan that makes the account none.
fn not_after(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let in_bill = held.iter().filter(|held| on_bill(subject, held));
    let note = |held_now: &Held<'_>| {
        let barred = |other: &&Held<'_>| {
            other.purchased < held_now.purchased && held_now.plan.not_after.contains(&other.plan.id)
        };
        let earlier = held.iter().find(barred)?;
        let price = held_now.price(subject.terms)?;
        let values = [
            ("id", is(&held_now.id)),
            ("plan", is(&held_now.plan.id)),
            ("earlier", is(&earlier.id)),
            ("earlier_plan", is(&earlier.plan.id)),
            ("amount", is(subject.money(price))),
        ];
        Some(Assumption::of("plan-not-after", price, Sentence::of("not_after", values)))
    };
    in_bill.filter_map(note).collect()
}

/// A gift for accounts whose first application is younger.
fn not_eligible(subject: &Subject<'_>, held: &[Held<'_>], prices: &Prices<'_>) -> Vec<Assumption> {
    let note = |held: &Held<'_>| {
        let from =
            held.plan.first_app_from.filter(|from| subject.account.first_app_created.is_some_and(|day| day < *from))?;
        let covered = covered_by(subject, prices, held);
        let values = [
            ("id", is(&held.id)),
            ("plan", is(&held.plan.id)),
            ("from", is(from)),
            ("first", is(subject.account.first_app_created())),
            ("amount", is(subject.money(covered))),
        ];
        Some(Assumption::of("plan-not-eligible", covered, Sentence::of("not_eligible", values)))
    };
    held.iter().filter(|held| on_bill(subject, held)).filter_map(note).collect()
}

/// A package that covers its own application alone, where account.toml names none.
fn without_app(subject: &Subject<'_>, held: &[Held<'_>], prices: &Prices<'_>) -> Vec<Assumption> {
    let note = |held: &Held<'_>| {
        let Bound::AppIfGiven { account_wide_before } = held.plan.bound else { return None };
        if held.app.is_some() || held.purchased < account_wide_before {
            return None;
        }
        let covered = covered_by(subject, prices, held);
        let values = [
            ("id", is(&held.id)),
            ("plan", is(&held.plan.id)),
            ("from", is(account_wide_before.day())),
            ("amount", is(subject.money(covered))),
        ];
        Some(Assumption::of("plan-without-app", covered, Sentence::of("without_app", values)))
    };
    held.iter().filter(|held| on_bill(subject, held)).filter_map(note).collect()
}

/// Users above the quota of trials, where no plan that opens postpaid is in force: service stops there.
fn beyond_trial(subject: &Subject<'_>, held: &[Held<'_>]) -> Vec<Assumption> {
    let users = subject.usage_charges().filter(|charge| charge.item.unit() == Unit::User && !charge.charged.is_zero());
    let note = |charge: &Charge| {
        let app = charge.app?;
        let in_force = || held.iter().filter(|held| held.is_for(app) && held.valid.overlaps(charge.day.span()));
        if in_force().any(Held::opens_postpaid) {
            return None;
        }
        let trial = in_force().find(|held| held.plan.mau_quota.is_some());
        let values = [
            ("users", is(charge.charged)),
            ("app", is(app)),
            ("plan", part("of_trial", "plan", trial.map(|trial| trial.plan.id.as_str()))),
            ("free", is(charge.covered)),
            ("amount", is(subject.money(charge.amount))),
        ];
        Some(Assumption::of("users-beyond-trial", charge.amount, Sentence::of("beyond_trial", values)))
    };
    users.filter_map(note).collect()
}

/// Charges of an account that never opened postpaid.
fn without_postpaid(subject: &Subject<'_>) -> Option<Assumption> {
    let amount: Money = subject.usage_charges().map(|charge| charge.amount).sum();
    (!subject.account.postpaid && !amount.is_zero()).then(|| {
        let values = [("amount", is(subject.money(amount)))];
        Assumption::of("charge-without-postpaid", amount, Sentence::of("no_postpaid", values))
    })
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
            let values = [
                ("first", is(&before.id)),
                ("second", is(&month.id)),
                ("plan", is(&plan.id)),
                ("amount", is(subject.money(covered()))),
            ];
            found.push(Assumption::of("free-months-overlap", covered(), Sentence::of("overlap", values)));
        }
        if row > most {
            let values = [
                ("id", is(&month.id)),
                ("number", is(row)),
                ("plan", is(&plan.id)),
                ("most", is(most)),
                ("amount", is(subject.money(covered()))),
            ];
            found.push(Assumption::of("free-months-in-a-row", covered(), Sentence::of("in_a_row", values)));
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
    let values = [
        ("plan", is(&plan.id)),
        ("days", is(without.len())),
        ("first", is(first)),
        ("last", is(last)),
        ("amount", is(subject.money(saved))),
    ];
    Some(Assumption::of("free-month-missing", saved, Sentence::of("free_month", values)))
}

/// The charges if a free month had been given on a day.
fn with_month(subject: &Subject<'_>, plan: &Plan, day: Day) -> Option<Vec<Charge>> {
    let mut account = subject.account.clone();
    account.grants.push(GrantEntry::new(format!("{} from {day}", plan.id), plan.id.clone(), day.start()));
    let terms = build_terms::terms(&account, subject.cards, subject.period).ok()?;
    Some(rate_runs(subject.usage, &terms).charges)
}
