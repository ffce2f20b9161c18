//! 5 EXPLAIN: a discrepancy and its cause, by rating again under one changed
//! rule: pure.
//!
//! 1. Every change of `changes` is applied to the whole account by itself. It
//!    explains a finding where the bill's own figures come out.
//! 2. What no such change explains for several findings at once is also
//!    searched among changes of single rows (`rows`): an interval left out,
//!    usage under another tier.
//! 3. What is still open is searched under two changes together.
//!
//! A change that makes lines differ that agree without it is named only where
//! nothing better is found. This module owns no rule of the billing: it changes
//! [`crate::rating::terms::Terms`] and usage, and rates.

mod changes;
mod grants;
mod prices;
mod rows;
mod scenario;
mod search;

use crate::case::Account;
use crate::domain::{Month, Usage};
use crate::ratecard::Cards;
use crate::rating::terms::Terms;
use crate::reconcile::finding::Finding;
use crate::reconcile::{Bill, Compared, Kind};
use search::{Grade, Reason, Search};

/// Everything that a bill's charges came from, and the bill.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The account.
    pub account: &'a Account,
    /// The rate cards.
    pub cards: &'a Cards,
    /// The billing month.
    pub period: Month,
    /// The usage.
    pub usage: &'a [Usage],
    /// The rules.
    pub terms: &'a Terms,
    /// The charges and the bill's lines.
    pub bill: Bill<'a>,
}

/// Sets the causes of what a comparison found.
pub fn explain(situation: &Situation<'_>, compared: &mut Compared) {
    if !compared.findings.iter().any(is_open) {
        return;
    }
    let reasons = Search::new(situation, compared).run();
    for (finding, reasons) in compared.findings.iter_mut().zip(reasons) {
        name(finding, reasons);
    }
}

/// Whether a cause is to be searched. A quantity under another item has one
/// already, and may yet be one of several effects of a rule. Where quantity and
/// price are right and the amount alone is not, no rule of rating made it so.
fn is_open(finding: &Finding) -> bool {
    let beside_the_rules =
        matches!(finding.kind, Kind::Currency | Kind::Adjustment | Kind::Arithmetic | Kind::Rounding);
    finding.kind == Kind::Item || (finding.causes.is_empty() && !beside_the_rules)
}

/// Names the best reasons on a finding: all that are equally good.
fn name(finding: &mut Finding, mut reasons: Vec<Reason>) {
    if finding.billed.amount.is_zero() {
        // No line, or nothing billed, is no figure: that a rule which spoils
        // other lines would also empty this one proves nothing, nor that the
        // neighbouring day is empty too.
        reasons.retain(|reason| !reason.grade.spoils() && (!reason.local || reason.grade == Grade::Several));
    }
    let Some(best) = reasons.iter().map(|reason| reason.grade).min() else { return };
    if !finding.causes.is_empty() && best != Grade::Several {
        return;
    }
    reasons.retain(|reason| reason.grade == best);
    let (mut named, mut causes): (Vec<&Reason>, Vec<String>) = (Vec::new(), Vec::new());
    for reason in &reasons {
        let fresh: Vec<&String> = reason.causes.iter().filter(|cause| !causes.contains(cause)).collect();
        if !fresh.is_empty() {
            causes.extend(fresh.into_iter().cloned().collect::<Vec<_>>());
            named.push(reason);
        }
    }
    let ways: Vec<&str> = named.iter().map(|reason| reason.plain.as_str()).collect();
    finding.because = Some(format!("the bill agrees if {}", ways.join(", or if ")));
    causes.extend(finding.causes.iter().filter(|cause| !causes.contains(cause)).cloned().collect::<Vec<_>>());
    finding.causes = causes;
    if finding.kind == Kind::Quantity && finding.billed.usage.is_none() && named.iter().any(|reason| reason.grants) {
        finding.kind = Kind::Deduction;
    }
}
