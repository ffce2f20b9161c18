//! Silent points about how long a plan is valid (RULES.md 9): other terms,
//! where account.toml does not say the end itself.

use super::Subject;
use super::assumptions::{Reading, plain};
use super::purchases::kept;
use crate::model::message::{Sentence, is};
use crate::model::{Day, Stamp, UnitPrice};
use crate::rules::Plans;
use crate::rules::plan::{Kind, Sweep, ValidityRule};
use crate::rules::terms::{Fee, Grant, Terms};

const DAY: i64 = 86_400;

/// The terms with each grant that is meant changed; `None` where none is meant.
/// A grant whose end account.toml says is never meant.
fn changed(subject: &Subject<'_>, meant: impl Fn(&Grant) -> bool, change: impl Fn(&mut Grant)) -> Option<Terms> {
    let mut terms = subject.terms.clone();
    let said = |id: &str| subject.account.grants.iter().any(|entry| entry.id == id && entry.end.is_some());
    let mut touched = false;
    for grant in terms.grants.iter_mut().filter(|grant| meant(grant) && !said(&grant.id)) {
        change(grant);
        touched = true;
    }
    touched.then_some(terms)
}

/// Whether a grant's plan is of a kind and ends by a rule.
fn ends_by(grant: &Grant, kind: Kind, rule: fn(ValidityRule) -> bool) -> bool {
    let Some(plan) = Plans::known().get(&grant.plan) else { return false };
    let holds = |before: Option<Stamp>| before.is_none_or(|before| grant.purchased < before);
    let valid = plan.valid.iter().find(|valid| holds(valid.purchased_before));
    plan.kind == kind && valid.is_some_and(|valid| rule(valid.rule))
}

/// "Next month same day" against "the evening before".
pub(super) fn month_plan_end(subject: &Subject<'_>) -> Option<Reading> {
    let meant = |grant: &Grant| ends_by(grant, Kind::Monthly, |rule| matches!(rule, ValidityRule::SameDayExclusive(_)));
    let terms = changed(subject, meant, |grant| grant.valid.until = grant.valid.until + DAY)?;
    Some(Reading {
        code: "month-plan-end",
        taken: plain("month_plan_taken"),
        other: plain("month_plan_other"),
        switch: Some("end of a [[grant]]"),
        terms,
    })
}

/// The month package's own example names two years; other plans end a day earlier.
pub(super) fn month_package_end(subject: &Subject<'_>) -> Option<Reading> {
    let meant = |grant: &Grant| ends_by(grant, Kind::Package, |rule| matches!(rule, ValidityRule::SameDayInclusive(_)));
    let terms = changed(subject, meant, |grant| grant.valid.until = grant.valid.until + -DAY)?;
    Some(Reading {
        code: "cn-month-end",
        taken: plain("month_package_taken"),
        other: plain("month_package_other"),
        switch: Some("end of the [[grant]]"),
        terms,
    })
}

/// Two months by the price table of a package, one year by the change log of its page.
pub(super) fn experience_year(subject: &Subject<'_>) -> Option<Reading> {
    let longer = |grant: &Grant| Plans::known().get(&grant.plan)?.perhaps_validity(grant.purchased);
    let lengthen = |grant: &mut Grant| {
        if let Some(span) = longer(grant) {
            grant.valid.until = span.until;
        }
    };
    let plan = &subject.terms.grants.iter().find(|grant| longer(grant).is_some())?.plan;
    let terms = changed(subject, |grant| longer(grant).is_some(), lengthen)?;
    Some(Reading {
        code: "cn2019-experience-end",
        taken: Sentence::of("experience_taken", [("plan", is(plan))]),
        other: plain("experience_other"),
        switch: Some("end of the [[grant]]"),
        terms,
    })
}

/// Packages that catch up usage since the 1st of the month, where their pages date their validity from the purchase.
pub(super) fn late_activation(subject: &Subject<'_>) -> Option<Reading> {
    let since_the_first = |grant: &Grant| {
        let plan = Plans::known().get(&grant.plan);
        let said = subject.account.grants.iter().any(|entry| entry.id == grant.id && entry.start.is_some());
        plan.is_some_and(|plan| plan.sweep == Sweep::Month) && !said
    };
    let mut terms = subject.terms.clone();
    let mut touched = false;
    for grant in terms.grants.iter_mut().filter(|grant| since_the_first(grant)) {
        let day = grant.purchased.day().start();
        (grant.since, grant.valid.from) = (grant.since.max(day), grant.valid.from.max(day));
        touched = true;
    }
    let (taken, other) = (plain("late_taken"), plain("late_other"));
    let switch = Some("start of the [[grant]]");
    touched.then_some(Reading { code: "late-activation", taken, other, switch, terms })
}

/// Renewals on the same day of the month against the day after, which the
/// vendor's example prints: then every cycle but the first starts a day later,
/// and so do the fees.
pub(super) fn renewal_later(subject: &Subject<'_>) -> Option<Reading> {
    let renewals = renewals(subject);
    if renewals.is_empty() {
        return None;
    }
    let mut terms = subject.terms.clone();
    let renewed = |entry: &str| renewals.iter().any(|renewal| renewal.entry == entry);
    for grant in &mut terms.grants {
        match grant.id.rsplit_once('#') {
            Some((entry, "1")) if renewed(entry) => grant.valid.until = grant.valid.until + DAY,
            Some(_) if renewals.iter().any(|renewal| renewal.id == grant.id) => shift(grant),
            _ => {}
        }
    }
    for renewal in &renewals {
        terms.fees.retain(|fee| *fee != renewal.fee);
        let fee = Fee { day: renewal.fee.day + 1, ..renewal.fee.clone() };
        if terms.window.fees.contains(fee.day.start()) {
            terms.fees.push(fee);
        }
    }
    Some(Reading {
        code: "renewal-day",
        taken: plain("renewal_taken"),
        other: plain("renewal_other"),
        switch: None,
        terms,
    })
}

fn shift(grant: &mut Grant) {
    for stamp in
        [&mut grant.valid.from, &mut grant.valid.until, &mut grant.ready, &mut grant.since, &mut grant.purchased]
    {
        *stamp = *stamp + DAY;
    }
}

struct Renewal {
    entry: String,
    id: String,
    fee: Fee,
}

/// Every renewal before the bill's end, with its fee.
fn renewals(subject: &Subject<'_>) -> Vec<Renewal> {
    let until = subject.terms.bought_until();
    let all = kept(subject.account, until);
    let renewed = all.iter().filter(|held| held.id.rsplit_once('#').is_some_and(|(_, cycle)| cycle != "1"));
    let of = |held: &super::purchases::Held<'_>| {
        let price = UnitPrice::new(held.price(subject.terms)?.decimal());
        let day: Day = held.purchased.day();
        let fee = Fee { item: held.fee()?, app: held.app, day, price };
        Some(Renewal { entry: held.entry.to_owned(), id: held.id.clone(), fee })
    };
    renewed.filter(|held| held.plan.kind == Kind::Monthly).filter_map(of).collect()
}
