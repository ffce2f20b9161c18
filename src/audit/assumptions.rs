//! Silent points of the vendor's pages: the usage is rated once under each reading that was not taken.

use rayon::prelude::*;

use super::{Assumption, Subject, free_quotas, total, validity};
use crate::model::message::{Sentence, is};
use crate::model::policy::{PartialMinute, Scope, TieOrder};
use crate::model::{Item, Money};
use crate::rate::rate_runs;
use crate::rules::terms::{Grant, Segment, Terms};
use crate::rules::{Plans, readings};

/// The reading that was not taken.
pub(super) struct Reading {
    pub code: &'static str,
    /// The reading taken, as the start of a sentence.
    pub taken: Sentence,
    /// The other reading, as an if clause.
    pub other: Sentence,
    /// The key of account.toml that switches it.
    pub switch: Option<&'static str>,
    /// The terms under the other reading.
    pub terms: Terms,
}

impl Reading {
    /// A reading of the table of the rules; `said` is what was taken and what would be otherwise.
    pub(super) fn silent(
        subject: &Subject<'_>,
        code: &'static str,
        said: (Sentence, Sentence),
        switch: Option<&'static str>,
    ) -> Option<Self> {
        let terms = readings::Reading::named(code)?.of(subject.account, subject.terms)?;
        Some(Self { code, taken: said.0, other: said.1, switch, terms })
    }
}

/// Returns a text without placeholders.
pub(super) fn plain(name: &'static str) -> Sentence {
    Sentence::of(name, [])
}

/// Each question; `None` where nothing that the account has can be touched.
const QUESTIONS: [fn(&Subject<'_>) -> Option<Reading>; 17] = [
    partial_minute,
    tie_order,
    metering_scope,
    scope_by_service,
    offer,
    offer_for_all,
    free_mixing,
    validity::month_plan_end,
    validity::renewal_later,
    validity::month_package_end,
    validity::experience_year,
    validity::late_activation,
    free_quotas::relay_edge,
    free_quotas::relay_by_application,
    free_quotas::images_of_application,
    free_quotas::images_before_rounding,
    free_quotas::images_by_ten,
];

/// Returns every question that the account can be touched by, each with what the
/// total would differ by under the other reading. Each is a rating of its own, so they go side by side.
pub(super) fn answers(subject: &Subject<'_>) -> Vec<(Reading, Money)> {
    let expected = total(&subject.rated.charges);
    let answer = |reading: Reading| {
        let difference = total(&rate_runs(subject.usage, &reading.terms).charges) - expected;
        (reading, difference)
    };
    QUESTIONS.par_iter().filter_map(|question| question(subject)).map(answer).collect()
}

/// Returns the readings under which the expected total would differ.
pub(super) fn readings(subject: &Subject<'_>) -> Vec<Assumption> {
    let stake = |(reading, difference): (Reading, Money)| {
        Assumption::stake(subject, reading.code, (reading.taken, reading.other), reading.switch, difference)
    };
    answers(subject).into_iter().filter_map(stake).collect()
}

/// Returns the segment whose rules a sentence names: that of the bill's last day.
fn ruling<'a>(subject: &'a Subject<'_>) -> &'a Segment {
    &subject.terms.segments[subject.terms.segment(subject.bill().until + -1)]
}

fn partial_minute(subject: &Subject<'_>) -> Option<Reading> {
    if subject.terms.grants.is_empty() {
        return None;
    }
    let mut terms = subject.terms.clone();
    let (taken, other);
    (terms.partial_minute, taken, other) = match terms.partial_minute {
        PartialMinute::Fraction => (PartialMinute::Whole, plain("fraction_taken"), plain("fraction_other")),
        PartialMinute::Whole => (PartialMinute::Fraction, plain("whole_taken"), plain("whole_other")),
    };
    let switch = Some("[policy] partial_minute");
    Some(Reading { code: "partial-minute", taken, other, switch, terms })
}

fn tie_order(subject: &Subject<'_>) -> Option<Reading> {
    if subject.terms.grants.is_empty() {
        return None;
    }
    let (taken, other) = match ruling(subject).tie_order {
        TieOrder::Time => (plain("time_taken"), plain("time_other")),
        TieOrder::Item => (plain("item_taken"), plain("item_other")),
    };
    let mut terms = subject.terms.clone();
    for segment in &mut terms.segments {
        segment.tie_order = match segment.tie_order {
            TieOrder::Time => TieOrder::Item,
            TieOrder::Item => TieOrder::Time,
        };
    }
    Some(Reading { code: "tie-order", taken, other, switch: Some("[policy] tie_order"), terms })
}

/// Only where several applications used something is there a sum to round differently.
fn metering_scope(subject: &Subject<'_>) -> Option<Reading> {
    let kind = &subject.usage.runs().first()?.kind;
    let (first, first_item) = (kind.app, kind.item);
    if subject.usage.runs().iter().all(|run| run.kind.app == first) {
        return None;
    }
    let (taken, other) = match ruling(subject).scope.of(first_item) {
        Scope::App => (plain("app_taken"), plain("app_other")),
        Scope::Account => (plain("account_taken"), plain("account_other")),
    };
    let mut terms = subject.terms.clone();
    for segment in &mut terms.segments {
        segment.scope = segment.scope.swapped();
    }
    let switch = Some("[policy] metering_scope");
    Some(Reading { code: "metering-scope", taken, other, switch, terms })
}

/// Services whose pages can be read to add up the seconds of other applications than the card says.
fn scope_by_service(subject: &Subject<'_>) -> Option<Reading> {
    let reading = ruling(subject).card.meter.perhaps.as_ref()?;
    let of = |item: Item| reading.services.iter().any(|service| item.is_of(service));
    let used: Vec<_> = subject.usage.runs().iter().filter(|run| of(run.kind.item)).collect();
    let first = used.first()?.kind.app;
    if used.iter().all(|run| run.kind.app == first) {
        return None;
    }
    let names = [("services", is(reading.services.join(", ")))];
    let (taken, other) = (Sentence::of("service_taken", names), plain("service_other"));
    Reading::silent(subject, "metering-scope-by-service", (taken, other), Some("[policy] metering_scope"))
}

/// Returns the rtc-engine offer: its start and plans are not dated in the text.
fn offer(subject: &Subject<'_>) -> Option<Reading> {
    let bound_app = |grant: &Grant| grant.app.is_some() && !grant.unbound.is_empty();
    if !subject.terms.grants.iter().any(bound_app) {
        return None;
    }
    let mut terms = subject.terms.clone();
    terms.grants.iter_mut().for_each(|grant| grant.unbound.clear());
    let (taken, other) = (plain("offer_taken"), plain("offer_other"));
    Some(Reading { code: "rtc-engine-offer", taken, other, switch: None, terms })
}

/// Returns the offer of the rtc-engine page calls the plans by the name of all monthly plans.
fn offer_for_all(subject: &Subject<'_>) -> Option<Reading> {
    let mut bound = subject.terms.grants.iter().filter(|grant| grant.app.is_some());
    let offer = bound.find_map(|grant| Plans::known().get(&grant.plan)?.perhaps_account_wide.first())?;
    let values = [("plans", is(offer.plans.join(", "))), ("last", is(offer.usage_until + -1))];
    let (taken, other) = (Sentence::of("offer_all_taken", values), plain("offer_all_other"));
    Reading::silent(subject, "offer-for-all-plans", (taken, other), None)
}

/// Free minutes of the oldest accounts and mixing, which the text both names and leaves out.
fn free_mixing(subject: &Subject<'_>) -> Option<Reading> {
    if !subject.usage.runs().iter().any(|run| is_mixing(run.kind.item)) {
        return None;
    }
    Reading::silent(subject, "free-minutes-mixing", (plain("mixing_taken"), plain("mixing_other")), None)
}

pub(super) fn is_mixing(item: Item) -> bool {
    item.service().starts_with("mix")
}
