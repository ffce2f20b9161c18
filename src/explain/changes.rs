//! The table of changes: what a wrong bill may have done, one rule each.
//! Nothing else knows them.

use super::scenario::Scenario;
use super::{Situation, grants, prices};
use crate::case::account::Scope;
use crate::rating::terms::{Bucket, Terms};

/// One changed rule.
pub struct Change {
    /// Its name in the reports.
    pub cause: String,
    /// In plain words, after "the bill agrees if".
    pub plain: String,
    /// Whether it is a rule of the grants.
    pub grants: bool,
    /// Whether it acts on each line by itself, so that it may have hit one line alone.
    pub local: bool,
    apply: Box<dyn Fn(&mut Scenario<'_>)>,
}

/// Lists the changes of one kind that an account allows.
type Family = fn(&Situation<'_>) -> Vec<Change>;

/// In the order in which rival causes are named: the most specific first.
const FAMILIES: [Family; 14] = [
    prices::list_price,
    prices::displayed_price,
    period_shift,
    grants::skipped,
    grants::cohort,
    grants::scope,
    grants::partial_minute,
    grants::ratio,
    grants::order,
    rounding_over_time,
    rounding_over_apps,
    day_boundary,
    prices::other_card,
    prices::other_rules,
];

/// Every change of rules for an account, in the order of naming.
#[must_use]
pub fn rules(situation: &Situation<'_>) -> Vec<Change> {
    FAMILIES.iter().flat_map(|family| family(situation)).collect()
}

impl Change {
    /// A change of anything.
    pub fn new(cause: &str, plain: &str, apply: impl Fn(&mut Scenario<'_>) + 'static) -> Self {
        Self { cause: cause.to_owned(), plain: plain.to_owned(), grants: false, local: false, apply: Box::new(apply) }
    }

    /// The same, of something that acts on each line by itself.
    #[must_use]
    pub fn on_lines(self) -> Self {
        Self { local: true, ..self }
    }

    /// A change of the rules.
    pub fn of_terms(cause: &str, plain: &str, edit: impl Fn(&mut Terms) + 'static) -> Self {
        Self::new(cause, plain, move |scenario| edit(&mut scenario.terms))
    }

    /// A change of the rules of the grants.
    pub fn of_grants(cause: &str, plain: &str, edit: impl Fn(&mut Terms) + 'static) -> Self {
        Self { grants: true, ..Self::of_terms(cause, plain, edit) }
    }

    /// A scenario with this change.
    #[must_use]
    pub fn applied<'a>(&self, scenario: &Scenario<'a>) -> Scenario<'a> {
        let mut changed = scenario.clone();
        (self.apply)(&mut changed);
        changed
    }
}

fn every_bucket(terms: &mut Terms, bucket: Bucket) {
    for segment in &mut terms.segments {
        segment.bucket = bucket;
    }
}

fn every_scope(terms: &mut Terms, scope: Scope) {
    for segment in &mut terms.segments {
        segment.scope = scope;
    }
}

fn rounding_over_time(_: &Situation<'_>) -> Vec<Change> {
    let interval = |plain: &str, scope: Option<Scope>| {
        Change::of_terms("interval_rounding", plain, move |terms| {
            every_bucket(terms, Bucket::Interval);
            if let Some(scope) = scope {
                every_scope(terms, scope);
            }
        })
    };
    let month = |scope: Option<Scope>| {
        Change::of_terms("month_rounding", "seconds are added up over the month before rounding", move |terms| {
            every_bucket(terms, Bucket::Month);
            if let Some(scope) = scope {
                every_scope(terms, scope);
            }
        })
    };
    vec![
        interval("each interval is rounded up by itself", None),
        interval("each interval of each application is rounded up by itself", Some(Scope::App)),
        month(None),
    ]
}

fn rounding_over_apps(_: &Situation<'_>) -> Vec<Change> {
    let account = "seconds are added up over all applications before rounding";
    let app = "seconds are added up for each application by itself before rounding";
    vec![
        Change::of_terms("account_rounding", account, |terms| every_scope(terms, Scope::Account)),
        Change::of_terms("app_rounding", app, |terms| every_scope(terms, Scope::App)),
    ]
}

fn day_boundary(_: &Situation<'_>) -> Vec<Change> {
    let plain = "the days are cut at 00:00 UTC (08:00 in Beijing)";
    vec![Change::of_terms("day_boundary", plain, |terms| terms.day_shift = 8 * 3600)]
}

fn period_shift(_: &Situation<'_>) -> Vec<Change> {
    let days = |plain: &str, late: i32| {
        Change::new("period_shift", plain, move |scenario| scenario.days_late = late).on_lines()
    };
    let months = |plain: &str, late: i32| {
        Change::new("period_shift", plain, move |scenario| scenario.months_late = late).on_lines()
    };
    vec![
        days("the usage of the day before is billed", 1),
        days("the usage of the day after is billed", -1),
        months("the usage of the month before is billed", 1),
        months("the usage of the month after is billed", -1),
    ]
}
