//! The table of changes: what a wrong bill may have done, one rule each.
//! Nothing else knows them.
pub mod covered_usage;
mod grants;
mod order;
pub mod ours;
mod prices;
mod readings;
mod tiers;
pub mod usage_rows;

use std::sync::Arc;

pub use prices::printed_by;

use crate::causes::Situation;
use crate::causes::messages::say;
use crate::causes::scenario::Scenario;
use crate::causes::usage_edit::Edit;
use crate::model::Span;
use crate::model::cause::Cause;
use crate::model::policy::Scope;
use crate::rules::terms::{Bucket, Scopes, Terms};

/// One changed rule.
#[derive(Clone)]
pub struct Change {
    /// Its name in the reports.
    pub cause: Cause,
    /// In plain words, after "the bill agrees if".
    pub plain: String,
    /// True if it is a rule of the grants.
    pub grants: bool,
    /// True if it acts on each line by itself, so that it may have hit one line alone.
    pub local: bool,
    /// True if it is something that was done to rows of usage.
    pub rows: bool,
    apply: Arc<dyn Fn(&mut Scenario) + Send + Sync>,
}

/// Lists the changes of one kind that an account allows.
type Family = fn(&Situation<'_>) -> Vec<Change>;

/// In the order in which rival causes are named: the most specific first.
const FAMILIES: [Family; 19] = [
    prices::list_price,
    prices::displayed_price,
    period_shift,
    grants::skipped,
    grants::cohort,
    grants::scope,
    grants::partial_minute,
    grants::ratio,
    order::of_all,
    order::of_one,
    order::within_a_day,
    readings::not_taken,
    rounding_over_time,
    rounding_over_apps,
    day_boundary,
    prices::other_card,
    prices::other_rules,
    tiers::priced,
    tiers::everywhere,
];

/// Every change of rules for an account, in the order of naming.
#[must_use]
pub fn rules(situation: &Situation<'_>) -> Vec<Change> {
    FAMILIES.iter().flat_map(|family| family(situation)).collect()
}

/// Lines that repeat one another are all due: what a second error on them is searched under.
#[must_use]
pub fn repeated() -> Change {
    Change::new(Cause::DuplicateLine, say("duplicate_line", &[]), |scenario| scenario.repeats = true).on_lines()
}

impl Change {
    /// Returns a change of anything.
    pub fn new(cause: Cause, plain: String, apply: impl Fn(&mut Scenario) + Send + Sync + 'static) -> Self {
        Self { cause, plain, grants: false, local: false, rows: false, apply: Arc::new(apply) }
    }

    /// Returns the same, of something that acts on each line by itself.
    #[must_use]
    pub fn on_lines(self) -> Self {
        Self { local: true, ..self }
    }

    /// Something that was done to rows of usage.
    pub fn of_usage(cause: Cause, plain: String, edit: Edit) -> Self {
        Self::of_rows(cause, plain, vec![edit])
    }

    /// Several things that were done to rows of usage at once.
    pub fn of_rows(cause: Cause, plain: String, edits: Vec<Edit>) -> Self {
        Self { rows: true, ..Self::new(cause, plain, move |scenario| scenario.edits.extend(edits.iter().copied())) }
    }

    /// A change of the rules.
    pub fn of_terms(cause: Cause, plain: String, edit: impl Fn(&mut Terms) + Send + Sync + 'static) -> Self {
        Self::new(cause, plain, move |scenario| edit(scenario.rules()))
    }

    /// A change of the rules of the grants.
    pub fn of_grants(cause: Cause, plain: String, edit: impl Fn(&mut Terms) + Send + Sync + 'static) -> Self {
        Self { grants: true, ..Self::of_terms(cause, plain, edit) }
    }

    /// Returns a scenario with this change.
    #[must_use]
    pub fn applied(&self, scenario: &Scenario) -> Scenario {
        let mut changed = scenario.clone();
        (self.apply)(&mut changed);
        changed
    }
}

fn rounding(cause: Cause, name: &str, bucket: Option<Bucket>, scope: Option<Scope>) -> Change {
    Change::of_terms(cause, say(name, &[]), move |terms| {
        for segment in &mut terms.segments {
            segment.bucket = bucket.unwrap_or(segment.bucket);
            if let Some(scope) = scope {
                segment.scope = Scopes::all(scope);
            }
        }
    })
}

fn rounding_over_time(situation: &Situation<'_>) -> Vec<Change> {
    let (interval, month) = (Some(Bucket::Interval), Some(Bucket::Month));
    let mut changes = vec![
        rounding(Cause::IntervalRounding, "interval_rounding", interval, None),
        rounding(Cause::IntervalRounding, "interval_rounding.app", interval, Some(Scope::App)),
    ];
    // Where the month is the rule, only the scope would be another: that is app_rounding.
    let window = &situation.terms.window;
    let billed = Span { from: window.from(), until: window.until() };
    let mut ruling = situation.terms.segments.iter().filter(|segment| segment.span.overlaps(billed));
    if ruling.any(|segment| segment.bucket != Bucket::Month) {
        changes.extend([
            rounding(Cause::MonthRounding, "month_rounding", month, None),
            rounding(Cause::MonthRounding, "month_rounding.app", month, Some(Scope::App)),
            rounding(Cause::MonthRounding, "month_rounding.account", month, Some(Scope::Account)),
        ]);
    }
    changes
}

fn rounding_over_apps(_: &Situation<'_>) -> Vec<Change> {
    vec![
        rounding(Cause::AccountRounding, "account_rounding", None, Some(Scope::Account)),
        rounding(Cause::AppRounding, "app_rounding", None, Some(Scope::App)),
    ]
}

/// Seconds that Beijing is ahead of UTC.
const AHEAD: i64 = 8 * 3600;

fn day_boundary(_: &Situation<'_>) -> Vec<Change> {
    vec![
        Change::of_terms(Cause::DayBoundary, say("day_boundary", &[]), |terms| terms.day_shift = AHEAD),
        Change::of_terms(Cause::DayBoundary, say("day_boundary.kept", &[]), |terms| {
            terms.day_shift = AHEAD;
            terms.window.days.from = (terms.window.days.from.day() + -1).start();
        }),
    ]
}

fn period_shift(_: &Situation<'_>) -> Vec<Change> {
    let days = |name: &str, late: i32| {
        Change::new(Cause::PeriodShift, say(name, &[]), move |scenario| scenario.days_late = late).on_lines()
    };
    let months = |name: &str, late: i32| {
        Change::new(Cause::PeriodShift, say(name, &[]), move |scenario| scenario.months_late = late).on_lines()
    };
    vec![
        days("period_shift.day_before", 1),
        days("period_shift.day_after", -1),
        months("period_shift.month_before", 1),
        months("period_shift.month_after", -1),
    ]
}
