//! Explains what each grant gave to a line, or why it gave nothing.

use std::fmt::Write as _;

use super::{Subject, segment};
use crate::model::diagnostic::shown;
use crate::model::{PackMinutes, Stamp};
use crate::rate::charge::Charge;
use crate::rate::drawdown::Deduction;
use crate::rate::trace::Step;
use crate::rules::Plans;
use crate::rules::terms::Grant;

/// Returns the grants in force on the line's days.
pub(super) fn section(subject: &Subject<'_>, charge: &Charge, steps: &[Step], last: &[Option<Deduction>]) -> String {
    let mut out = "\nGrants\n".to_owned();
    let span = charge.day.span();
    let mut others = 0;
    for (at, grant) in subject.terms.grants.iter().enumerate() {
        if !grant.valid.overlaps(span) {
            others += 1;
            continue;
        }
        let taken: PackMinutes = steps
            .iter()
            .flat_map(|step| &step.deductions)
            .filter(|given| given.grant == at)
            .map(|given| given.taken)
            .sum();
        let what = if taken.is_zero() {
            format!("nothing: {}", why_nothing(subject, charge, grant, last[at].as_ref()))
        } else {
            format!("{taken} package minutes{}", then_empty(last[at].as_ref()))
        };
        let _ = writeln!(out, "  {} ({}, {}): {what}", shown(&grant.id), grant.plan, validity(grant));
        if let Some(plan) = Plans::known().get(&grant.plan) {
            let _ = writeln!(out, "    source: {}", plan.source);
        }
    }
    match (subject.terms.grants.len(), others) {
        (0, _) => out.push_str("  the account has none\n"),
        (_, 0) => {}
        (_, others) => {
            let _ = writeln!(out, "  {others} more are not valid then");
        }
    }
    let order = &segment(subject, charge).card.order;
    let _ = writeln!(out, "  {} of {} min are covered", charge.covered, charge.billable);
    let _ = writeln!(out, "  source of the order: card {}: {}", charge.card, order.source);
    out
}

fn validity(grant: &Grant) -> String {
    let until =
        if grant.valid.until == Stamp::MAX { "without end".to_owned() } else { format!("until {}", grant.valid.until) };
    format!("from {} {until}", grant.valid.from)
}

fn then_empty(last: Option<&Deduction>) -> &'static str {
    if last.is_some_and(|last| last.after.is_zero()) { ", and then it is used up" } else { "" }
}

/// Returns the first reason that applies.
fn why_nothing(subject: &Subject<'_>, charge: &Charge, grant: &Grant, last: Option<&Deduction>) -> String {
    let start = charge.day.span().from;
    let index = subject.terms.segment(start);
    if let Some(app) = grant.app.filter(|app| Some(*app) != charge.app && grant.is_bound(start)) {
        return format!("it is bound to the application {app}");
    }
    if grant.ratios[index][charge.item.index()].is_none() {
        return format!("its plan does not cover {}", charge.item);
    }
    if let Some(last) = last.filter(|last| last.after.is_zero()) {
        return format!("used up by {} of {} at {}", last.item, last.app, last.time);
    }
    if grant.since >= charge.day.span().until {
        return format!("it covers usage from {} on", grant.since);
    }
    if charge.covered == charge.billable {
        return "others are asked before it, and cover all".to_owned();
    }
    let left = last.map_or_else(|| grant.opening.unwrap_or(grant.minutes), |last| last.after);
    format!(
        "the line's uncovered usage starts before it works (from {}) or behind its end; {left} are left",
        grant.ready
    )
}
