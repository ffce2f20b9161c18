//! Readings that were not taken, where the vendor's pages are silent or contradict each other: each as a change of the
//! terms. The audit says what each is worth, and the causes name the one that a bill follows.

use super::plan::{Cohort, Kind, RatioSource, Sweep, ValidityRule};
use super::subscription::cycles;
use super::terms::{Fee, Grant, Scopes, Terms};
use crate::case::Account;
use crate::model::{Item, Span, Stamp};
use crate::rules::card::AllowanceRule;
use crate::rules::{Card, Plan, Plans};

const DAY: i64 = 86_400;

/// The reading of free allowances. A card has one reading of its pages; the others are counterfactuals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FreeReading {
    /// When bandwidth is free.
    pub relay: FreeRelay,
    /// The way free images are taken off.
    pub images: FreeImages,
}

/// When a month's bandwidth is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FreeRelay {
    /// While the highest sum over the applications is below the limit.
    #[default]
    SumBelow,
    /// Also at exactly the limit.
    SumAtMost,
    /// While the peak of each application is below the limit.
    EachBelow,
}

/// The way free images are taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FreeImages {
    /// From the account, after each application's rounding.
    #[default]
    OfAccount,
    /// From each application.
    OfApplication,
    /// From the account, before the rounding.
    BeforeRounding,
    /// From the account, and what is left is charged by the free amount: by ten thousand.
    ByTen,
}

/// A reading that was not taken.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// A stable name: `late-activation`.
    pub code: &'static str,
    /// Changes the terms; returns false where nothing that the account has can be touched.
    change: fn(&Account, &mut Terms) -> bool,
}

/// Every reading that is a change of the terms and has no cause of its own.
pub const READINGS: [Reading; 13] = [
    Reading { code: "metering-scope-by-service", change: scope_by_service },
    Reading { code: "offer-for-all-plans", change: offer_for_all },
    Reading { code: "free-minutes-mixing", change: free_mixing },
    Reading { code: "month-plan-end", change: month_plan_end },
    Reading { code: "renewal-day", change: renewal_later },
    Reading { code: "cn-month-end", change: month_package_end },
    Reading { code: "cn2019-experience-end", change: experience_year },
    Reading { code: "late-activation", change: late_activation },
    Reading { code: "relay-edge", change: |_, terms| relay(terms, FreeRelay::SumAtMost) },
    Reading { code: "relay-by-application", change: |_, terms| relay(terms, FreeRelay::EachBelow) },
    Reading { code: "free-images-scope", change: |_, terms| images(terms, FreeImages::OfApplication) },
    Reading { code: "free-images-rounding", change: |_, terms| images(terms, FreeImages::BeforeRounding) },
    Reading { code: "images-by-ten", change: |_, terms| images(terms, FreeImages::ByTen) },
];

impl Reading {
    /// Returns the reading of a name.
    #[must_use]
    pub fn named(code: &str) -> Option<&'static Self> {
        READINGS.iter().find(|reading| reading.code == code)
    }

    /// Changes the terms of an account; returns false where nothing that it has can be touched.
    pub fn apply(&self, account: &Account, terms: &mut Terms) -> bool {
        (self.change)(account, terms)
    }

    /// Returns the terms under this reading; `None` where nothing that the account has can be touched.
    #[must_use]
    pub fn of(&self, account: &Account, terms: &Terms) -> Option<Terms> {
        let mut other = terms.clone();
        self.apply(account, &mut other).then_some(other)
    }
}

/// Services whose pages can be read to add up the seconds of other applications than the card says.
fn scope_by_service(_: &Account, terms: &mut Terms) -> bool {
    let mut touched = false;
    for segment in &mut terms.segments {
        let Some(reading) = &segment.card.meter.perhaps else { continue };
        let of = |item: Item| reading.services.iter().any(|service| item.is_of(service));
        let scope = |item| if of(item) { segment.scope.of(item).other() } else { segment.scope.of(item) };
        segment.scope = Scopes::by(scope);
        touched = true;
    }
    touched
}

/// Returns the offer of the rtc-engine page calls the plans by the name of all monthly plans.
fn offer_for_all(_: &Account, terms: &mut Terms) -> bool {
    let mut touched = false;
    for grant in terms.grants.iter_mut().filter(|grant| grant.app.is_some()) {
        let offers = Plans::known().get(&grant.plan).map_or(&[][..], |plan| &plan.perhaps_account_wide[..]);
        grant.unbound.extend(
            offers.iter().map(|offer| Span { from: offer.usage_from.start(), until: offer.usage_until.start() }),
        );
        touched |= !offers.is_empty();
    }
    touched
}

/// Free minutes of the oldest accounts and mixing, which the text both names and leaves out.
fn free_mixing(account: &Account, terms: &mut Terms) -> bool {
    let mut touched = false;
    for grant in &mut terms.grants {
        let plan = Plans::known().get(&grant.plan);
        let Some(later) = plan.and_then(|plan| later_cohort(plan, account)) else { continue };
        touched = true;
        for ratios in &mut grant.ratios {
            for item in Item::all().filter(|item| item.service().starts_with("mix")) {
                if let Some(slot) = ratios.get_mut(item.index()) {
                    *slot = slot.or_else(|| later.of.get(&item).copied());
                }
            }
        }
    }
    touched
}

/// Returns the cohort after the first, for an account of the first.
fn later_cohort<'a>(plan: &'a Plan, account: &Account) -> Option<&'a Cohort> {
    let Some(RatioSource::Cohorts(cohorts)) = &plan.ratio else { return None };
    let first = cohorts.iter().find(|cohort| cohort.registered_from.is_none())?;
    if !first.holds(account.registered()) {
        return None;
    }
    cohorts.iter().find(|cohort| cohort.registered_from == first.registered_until)
}

/// Changes each grant that is meant. One whose end account.toml says is never meant.
fn change(account: &Account, terms: &mut Terms, meant: impl Fn(&Grant) -> bool, change: impl Fn(&mut Grant)) -> bool {
    let said = |id: &str| account.grants.iter().any(|entry| entry.id == id && entry.end.is_some());
    let mut touched = false;
    for grant in terms.grants.iter_mut().filter(|grant| meant(grant) && !said(&grant.id)) {
        change(grant);
        touched = true;
    }
    touched
}

/// Returns whether a grant's plan is of a kind and ends by a rule.
fn ends_by(grant: &Grant, kind: Kind, rule: fn(ValidityRule) -> bool) -> bool {
    let Some(plan) = Plans::known().get(&grant.plan) else { return false };
    let holds = |before: Option<Stamp>| before.is_none_or(|before| grant.purchased < before);
    let valid = plan.valid.iter().find(|valid| holds(valid.purchased_before));
    plan.kind == kind && valid.is_some_and(|valid| rule(valid.rule))
}

/// "Next month same day" in place of "the evening before".
fn month_plan_end(account: &Account, terms: &mut Terms) -> bool {
    let meant = |grant: &Grant| ends_by(grant, Kind::Monthly, |rule| matches!(rule, ValidityRule::SameDayExclusive(_)));
    change(account, terms, meant, |grant| grant.valid.until = grant.valid.until + DAY)
}

/// The month package's own example names two years; other plans end a day earlier.
fn month_package_end(account: &Account, terms: &mut Terms) -> bool {
    let meant = |grant: &Grant| ends_by(grant, Kind::Package, |rule| matches!(rule, ValidityRule::SameDayInclusive(_)));
    change(account, terms, meant, |grant| grant.valid.until = grant.valid.until + -DAY)
}

/// Two months by the price table of a package, one year by the change log of its page.
fn experience_year(account: &Account, terms: &mut Terms) -> bool {
    let longer = |grant: &Grant| Plans::known().get(&grant.plan)?.perhaps_validity(grant.purchased);
    let lengthen = |grant: &mut Grant| {
        if let Some(span) = longer(grant) {
            grant.valid.until = span.until;
        }
    };
    change(account, terms, |grant| longer(grant).is_some(), lengthen)
}

/// Packages that catch up usage since the 1st of the month, where their pages date their validity from the purchase.
fn late_activation(account: &Account, terms: &mut Terms) -> bool {
    let since_the_first = |grant: &Grant| {
        let plan = Plans::known().get(&grant.plan);
        let said = account.grants.iter().any(|entry| entry.id == grant.id && entry.start.is_some());
        plan.is_some_and(|plan| plan.sweep == Sweep::Month) && !said
    };
    let mut touched = false;
    for grant in terms.grants.iter_mut().filter(|grant| since_the_first(grant)) {
        let day = grant.purchased.day().start();
        (grant.since, grant.valid.from) = (grant.since.max(day), grant.valid.from.max(day));
        touched = true;
    }
    touched
}

/// Renewals on the day after that of each month, which the vendor's example prints: then every cycle but the first
/// starts a day later, and so do the fees.
fn renewal_later(account: &Account, terms: &mut Terms) -> bool {
    let until = terms.bought_until();
    let mut touched = false;
    for entry in &account.subscriptions {
        let Some(plan) = Plans::known().get(&entry.plan).filter(|plan| plan.kind == Kind::Monthly) else { continue };
        let kept: Vec<_> = cycles(entry, plan, until).filter(|one| one.bought < until && !one.returned).collect();
        if kept.iter().all(|one| one.number == 1) {
            continue;
        }
        touched = true;
        for one in kept {
            let grant = terms.grants.iter_mut().find(|grant| grant.id == one.id(entry));
            if one.number == 1 {
                if let Some(grant) = grant {
                    grant.valid.until = grant.valid.until + DAY;
                }
                continue;
            }
            grant.into_iter().for_each(shift);
            let due = |fee: &Fee| {
                Item::fee(&plan.id) == Some(fee.item) && fee.app == entry.app && fee.day == one.bought.day()
            };
            let known = terms.fees.iter().chain(&terms.possible_fees).find(|fee| due(fee)).cloned();
            if let Some(place) = terms.fees.iter().position(due) {
                terms.fees.remove(place);
            }
            let later = known.map(|fee| Fee { day: fee.day + 1, ..fee });
            terms.fees.extend(later.filter(|fee| terms.window.fees.contains(fee.day.start())));
        }
    }
    touched
}

fn shift(grant: &mut Grant) {
    for stamp in
        [&mut grant.valid.from, &mut grant.valid.until, &mut grant.ready, &mut grant.since, &mut grant.purchased]
    {
        *stamp = *stamp + DAY;
    }
}

/// Returns the card of the month's 1st, whose allowances hold for the month.
fn card_of_month(terms: &Terms) -> &Card {
    &terms.segments[terms.segment(terms.window.month.span().from)].card
}

fn relay(terms: &mut Terms, other: FreeRelay) -> bool {
    terms.free.relay = other;
    let exempt = |rule: AllowanceRule| matches!(rule, AllowanceRule::ExemptBelow(_));
    card_of_month(terms).allowances.iter().any(|allowance| exempt(allowance.rule))
}

fn images(terms: &mut Terms, other: FreeImages) -> bool {
    terms.free.images = other;
    let free = |rule: AllowanceRule| matches!(rule, AllowanceRule::FreeAMonth(_));
    card_of_month(terms).allowances.iter().any(|allowance| free(allowance.rule))
}
