//! 5 EXPLAIN: a discrepancy and its cause, by rating again under one changed
//! rule: pure.
//!
//! 1. Every change of `changes` is applied to the whole account by itself. It
//!    explains a finding where the bill's own figures come out.
//! 2. Unless one of them explains everything, changes of single rows and days
//!    (`rows`) are tried beside each finding, and of usage that packages cover
//!    (`hidden`) where the bill does not print it.
//! 3. What is still open is searched under two changes together.
//! 4. What may give the figures by chance has `unexplained` beside it (`doubt`).
//!
//! `rerating` says what a change makes of the charges, at the cost of the days
//! that it touches; `parts` holds that against the bill. This module owns no
//! rule of the billing: it changes [`crate::rules::terms::Terms`] and usage.

mod bill_partition;
mod candidate;
mod case_gaps;
mod confidence;
mod hypotheses;
mod incremental_rating;
mod induced;
mod line_rule;
mod messages;
mod own_side;
mod pair_candidates;
mod prefilter;
mod scenario;
mod search;
mod sides;
mod trial;
mod usage_edit;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::case::Account;
use crate::compare::finding::Finding;
use crate::compare::{Bill, Compared, Kind, Strength};
use crate::model::cause::{Cause, Causes};
use crate::model::{Month, Quantity, Usage};
use crate::rules::Cards;
use crate::rules::terms::Terms;
use bill_partition::{Mark, marks_of};
use candidate::Reason;
use confidence::Doubt;
use incremental_rating::Rerating;
use messages::say;
use own_side::Ours;
use scenario::Scenario;
use search::{Found, Search};
use sides::Backing;

/// One change that explains so many findings and spoils nothing needs no rival.
const SEVERAL: usize = 3;

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
    /// The grants that the vendor's package files attest, by id.
    pub attested: &'a BTreeSet<String>,
}

/// Sets the causes of what a comparison found, and the side of each finding: our own side is tried first.
pub fn explain(situation: &Situation<'_>, compared: &mut Compared) {
    if compared.findings.is_empty() {
        return;
    }
    let mut ours = own_side::search(situation);
    let plain = ours.as_ref().is_some_and(Ours::is_plain);
    let mut backings =
        if plain { vec![Backing::default(); compared.findings.len()] } else { vendor(situation, compared) };
    if let Some(ours) = ours.as_mut().filter(|ours| vendor_explains_more(situation, ours, compared, &backings)) {
        ours.steps.clear();
    }
    if let Some(ours) = ours.as_ref().filter(|ours| !ours.steps.is_empty()) {
        beneath(situation, ours, compared, &mut backings);
    }
    sides::settle(situation, ours.as_ref(), &backings, compared);
}

/// Sets the causes that the vendor's side can have.
fn vendor(situation: &Situation<'_>, compared: &mut Compared) -> Vec<Backing> {
    let Some(found) = searched(situation, compared) else {
        return vec![Backing::default(); compared.findings.len()];
    };
    let meant = |at: usize, finding: &Finding| is_open(finding) || !found.reasons[at].is_empty();
    let meant: Vec<bool> = compared.findings.iter().enumerate().map(|(at, finding)| meant(at, finding)).collect();
    let open = meant.iter().filter(|meant| **meant).count();
    let doubt = Doubt::new(&found, open);
    let mut backings = Vec::with_capacity(compared.findings.len());
    for (at, (finding, reasons)) in compared.findings.iter_mut().zip(found.reasons).enumerate() {
        let searched = meant[at];
        let reasons = chosen(fitting(finding, reasons), open);
        let in_doubt = doubt.covers(at, finding, &reasons);
        name(finding, &reasons, in_doubt, found.cut_short);
        let explains = reasons.iter().filter(|reason| reason.is_clean()).map(|reason| reason.explains).max();
        backings.push(Backing {
            named: !finding.causes.0.is_empty(),
            doubt: in_doubt,
            explains: explains.unwrap_or(0),
            searched,
        });
    }
    backings
}

/// Returns the reasons of each finding: rules on lines that its figures speak for, then all other changes; `None` where
/// there is nothing to search.
fn searched(situation: &Situation<'_>, compared: &Compared) -> Option<Found> {
    let on_lines = induced::on_lines(situation, &compared.findings, is_of_lines);
    if on_lines.is_empty() && !compared.findings.iter().any(is_open) {
        return None;
    }
    let scenario = Scenario::of(situation.terms);
    let rerating = Rerating::of(Cow::Borrowed(situation.usage), scenario.clone());
    let first = match rerating.then(&scenario).filter(|_| !on_lines.is_empty()) {
        Some(own) => Search::new(situation, compared, is_of_lines).prove(&on_lines, own).reasons,
        None => vec![Vec::new(); compared.findings.len()],
    };
    let clean = |reasons: &[Reason]| reasons.iter().any(Reason::is_clean);
    let settled = (0..first.len()).filter(|at| clean(&first[*at])).collect();
    let mut found = Search::new(situation, compared, is_open).run(rerating, settled);
    for (own, first) in found.reasons.iter_mut().zip(first) {
        let Some(most) = first.iter().filter(|reason| reason.is_clean()).map(|reason| reason.explains).max() else {
            continue;
        };
        // A rule that has no value to solve for is the plainer one where it explains as much.
        own.retain(|reason| reason.is_clean() && reason.causes.len() == 1 && reason.explains >= most);
        if own.is_empty() {
            own.extend(first.into_iter().filter(|reason| reason.is_clean() && reason.explains == most));
        }
    }
    Some(found)
}

/// Returns true if one mistake of the vendor's explains each finding that our side does, and more: lines that are
/// missing, or, with all findings of the bill, a grant that nothing but these figures speaks for.
fn vendor_explains_more(situation: &Situation<'_>, ours: &Ours<'_>, compared: &Compared, backings: &[Backing]) -> bool {
    let open = backings.iter().filter(|backing| backing.searched).count();
    let gone = |step: &own_side::Step| step.own.causes.iter().all(|cause| matches!(cause, Cause::BillMissing { .. }));
    let granted = |step: &own_side::Step| {
        !step.is_evident() && step.own.causes.iter().all(|cause| matches!(cause, Cause::GrantMissing { .. }))
    };
    let cleared = |finding: &Finding| {
        let marks = marks_of(finding, situation.bill.charges);
        ours.steps.iter().any(|step| marks.iter().any(|mark| step.cleared.contains(mark)))
    };
    let concerned: Vec<&Backing> =
        compared.findings.iter().zip(backings).filter(|(finding, _)| cleared(finding)).map(|(_, one)| one).collect();
    let least = if ours.steps.iter().all(gone) { concerned.len() + 1 } else { open.max(concerned.len() + 1) };
    let more = |backing: &&Backing| backing.named && !backing.doubt && backing.explains >= least;
    ours.steps.iter().all(|step| gone(step) || granted(step)) && !concerned.is_empty() && concerned.iter().all(more)
}

/// Sets the vendor's causes of what is left beneath the changes of our side. Where these change the figures that a
/// finding departs from, its own difference proves nothing.
fn beneath(situation: &Situation<'_>, ours: &Ours<'_>, compared: &mut Compared, backings: &mut [Backing]) {
    let under = ours.state.as_situation();
    let mut left = ours.state.compared.clone();
    if !left.findings.iter().any(is_open) {
        return;
    }
    let found = vendor(&under, &mut left);
    let about = |finding: &Finding, charges| -> BTreeSet<Mark> { marks_of(finding, charges).into_iter().collect() };
    for (finding, backing) in compared.findings.iter_mut().zip(backings) {
        let own = about(finding, situation.bill.charges);
        let same = left.findings.iter().position(|other| !about(other, under.bill.charges).is_disjoint(&own));
        let Some(at) = same else { continue };
        let other = &left.findings[at];
        if !other.causes.0.is_empty() {
            finding.causes.clone_from(&other.causes);
            finding.because.clone_from(&other.because);
            *backing = Backing { searched: backing.searched, ..found[at] };
        }
        if !ours.state.expects(finding, situation.bill.charges) {
            finding.strength = Strength::Inconclusive;
        }
    }
}

/// Returns true if a cause is to be searched. A quantity under another item has one
/// already, and may yet be one of several effects of a rule. Where quantity and
/// price are right and the amount alone is not, no rule of rating made it so.
fn is_open(finding: &Finding) -> bool {
    let beside_the_rules =
        matches!(finding.kind, Kind::Currency | Kind::Adjustment | Kind::Arithmetic | Kind::Rounding);
    finding.kind == Kind::Item || (finding.causes.0.is_empty() && !beside_the_rules)
}

/// Returns true if a finding may come of a rule on lines: it has a line and a charge, and no cause.
fn is_of_lines(finding: &Finding) -> bool {
    let kinds = [Kind::Quantity, Kind::Deduction, Kind::UnitPrice, Kind::Rounding, Kind::Arithmetic];
    finding.causes.0.is_empty() && kinds.contains(&finding.kind)
}

/// Of all reasons the ones to be named: one change that explains the most
/// beats many; where nothing decides, every change that gives the figures.
fn chosen(mut reasons: Vec<Reason>, open: usize) -> Vec<Reason> {
    let clean = |reason: &Reason| reason.is_clean();
    // A rule that has no value to solve for is the plainer one where it explains everything, too.
    let solved = |reason: &Reason| reason.causes.iter().any(|cause| cause.has_value() || cause.is_other_purchase());
    if reasons.iter().any(|reason| clean(reason) && reason.explains == open && !solved(reason)) {
        reasons.retain(|reason| !solved(reason));
    }
    let alone = |reason: &Reason| reason.causes.len() == 1;
    let all = |reason: &Reason| clean(reason) && alone(reason) && open > 1 && reason.explains == open;
    let several = |reason: &Reason| clean(reason) && alone(reason) && reason.explains >= SEVERAL;
    let story = |reason: &Reason| clean(reason) && !alone(reason) && reason.explains == open && open > 1;
    if !reasons.iter().any(all) {
        // Of two that explain everything, a finding has the one that it needs alone.
        let told: Vec<Cause> = reasons.iter().filter(|reason| story(reason)).flat_map(|r| r.causes.clone()).collect();
        let part = |reason: &Reason| clean(reason) && alone(reason) && told.contains(&reason.causes[0]);
        if reasons.iter().any(part) {
            reasons.retain(part);
        } else if !told.is_empty() {
            reasons.retain(story);
        }
    }
    let ranks: [&dyn Fn(&Reason) -> bool; 4] = [&all, &several, &|reason| reason.printed, &|_| true];
    for rank in ranks {
        if reasons.iter().any(rank) {
            reasons.retain(|reason| rank(reason));
            break;
        }
    }
    reasons.sort_by_key(|reason| (reason.spoils, reason.causes.len(), std::cmp::Reverse(reason.explains)));
    reasons
}

/// Of all reasons those that the finding's own figures bear out.
fn fitting(finding: &Finding, mut reasons: Vec<Reason>) -> Vec<Reason> {
    let several = |reason: &Reason| reason.is_clean() && reason.explains > 1;
    if finding.billed.amount.is_zero() && finding.billed.usage.is_none_or(Quantity::is_zero) {
        // No line, or nothing billed, is no figure: that a rule which spoils other lines
        // would also empty this one proves nothing, nor that the neighbouring day is empty
        // too. They are rivals of what does explain it, the neighbour where there is a line.
        let telling = |reason: &Reason| reason.spoils == 0 && (!reason.is_local() || several(reason));
        if !reasons.iter().any(telling) {
            return Vec::new();
        }
        let neighbour = |reason: &Reason| reason.is_local() && !finding.pairing.lines.is_empty();
        reasons.retain(|reason| reason.spoils == 0 || neighbour(reason) || reason.explains > 1);
    }
    if !finding.causes.0.is_empty() {
        reasons.retain(several);
    }
    if finding.billed.usage.is_some() && finding.billed.usage == finding.expected.usage {
        // The bill prints the usage that there was: no other usage made its charge.
        reasons.retain(|reason| reason.printed);
    }
    reasons
}

/// Names what explains a finding.
fn name(finding: &mut Finding, reasons: &[Reason], in_doubt: bool, cut_short: bool) {
    let (mut named, mut causes): (Vec<&Reason>, Vec<Cause>) = (Vec::new(), Vec::new());
    for reason in reasons {
        let fresh: Vec<&Cause> = reason.causes.iter().filter(|cause| !causes.contains(cause)).collect();
        if !fresh.is_empty() {
            causes.extend(fresh.into_iter().cloned().collect::<Vec<_>>());
            named.push(reason);
        }
    }
    if named.is_empty() {
        if in_doubt && !finding.causes.0.is_empty() {
            finding.causes.0.push(Cause::Unexplained);
        }
        return;
    }
    let why = because(&named, cut_short);
    finding.because = Some(if in_doubt { say("chance", &[("why", &why)]) } else { why });
    causes.extend(finding.causes.0.iter().filter(|cause| !causes.contains(cause)).cloned().collect::<Vec<_>>());
    causes.extend(in_doubt.then_some(Cause::Unexplained));
    finding.causes = Causes(causes);
    if finding.kind == Kind::Quantity && finding.billed.usage.is_none() && named.iter().any(|reason| reason.grants) {
        finding.kind = Kind::Deduction;
    }
}

/// Returns what the causes mean, in one sentence.
fn because(named: &[&Reason], cut_short: bool) -> String {
    let way = |reason: &&Reason| {
        let way = reason.plain.join(&say("and", &[]));
        let here = match reason.spoils {
            0 => way,
            _ if reason.is_local() => say("here", &[("way", &way)]),
            1 => say("spoils.one", &[("way", &way)]),
            others => say("spoils", &[("way", &way), ("others", &others)]),
        };
        if reason.printed { here } else { say("charge_only", &[("way", &here)]) }
    };
    let ways: Vec<String> = named.iter().map(way).collect();
    let why = say("because", &[("ways", &ways.join(&say("or", &[])))]);
    if cut_short { say("cut_short", &[("why", &why)]) } else { why }
}
