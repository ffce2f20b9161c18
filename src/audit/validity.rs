//! Silent points about how long a plan is valid, where account.toml does not say the end itself.

use super::Subject;
use super::assumptions::{Reading, plain};
use crate::model::message::{Sentence, is};
use crate::rules::Plans;

/// "Next month same day" against "the evening before".
pub(super) fn month_plan_end(subject: &Subject<'_>) -> Option<Reading> {
    let said = (plain("month_plan_taken"), plain("month_plan_other"));
    Reading::silent(subject, "month-plan-end", said, Some("end of a [[grant]]"))
}

/// The month package's own example names two years; other plans end a day earlier.
pub(super) fn month_package_end(subject: &Subject<'_>) -> Option<Reading> {
    let said = (plain("month_package_taken"), plain("month_package_other"));
    Reading::silent(subject, "cn-month-end", said, Some("end of the [[grant]]"))
}

/// Two months by the price table of a package, one year by the change log of its page.
pub(super) fn experience_year(subject: &Subject<'_>) -> Option<Reading> {
    let longer = |plan: &str, at| Plans::known().get(plan)?.perhaps_validity(at);
    let grant = subject.terms.grants.iter().find(|grant| longer(&grant.plan, grant.purchased).is_some())?;
    let said = (Sentence::of("experience_taken", [("plan", is(&grant.plan))]), plain("experience_other"));
    Reading::silent(subject, "cn2019-experience-end", said, Some("end of the [[grant]]"))
}

/// Packages that catch up usage since the 1st of the month, where their pages date their validity from the purchase.
pub(super) fn late_activation(subject: &Subject<'_>) -> Option<Reading> {
    let said = (plain("late_taken"), plain("late_other"));
    Reading::silent(subject, "late-activation", said, Some("start of the [[grant]]"))
}

/// Renewals on the same day of the month against the day after, which the vendor's example prints.
pub(super) fn renewal_later(subject: &Subject<'_>) -> Option<Reading> {
    Reading::silent(subject, "renewal-day", (plain("renewal_taken"), plain("renewal_other")), None)
}
