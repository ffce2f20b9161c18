//! Causes that no table lists: solved for from the bill's own figures, and then proved like any other change.
//!
//! Each family looks at what differs and at what agrees, and solves for the value that makes the bill's figures:
//! a factor, a price, a rounding. What it gives is a [`Change`]: the search rates again under it, and it explains
//! a finding only if every figure comes out and no line that agrees is changed.

mod bisect;
mod grants;
mod lines;
mod simplest;
mod sites;
mod target;
mod windows;

use std::fmt::Display;

use super::Situation;
use super::hypotheses::Change;
use super::incremental_rating::Rerating;
use super::line_rule::{Effect, LineRule, Lines};
use super::messages::say;
use crate::compare::finding::Finding;
use crate::model::cause::Cause;
use grants::Solver;
use sites::Sites;

/// Returns the rules on lines that findings speak for.
#[must_use]
pub fn on_lines(situation: &Situation<'_>, findings: &[Finding], meant: impl Fn(&Finding) -> bool) -> Vec<Change> {
    if !findings.iter().any(&meant) {
        return Vec::new();
    }
    let sites = Sites::of(&situation.bill, findings, meant);
    lines::rules(&sites).into_iter().map(|found| change(found.rule)).collect()
}

/// Returns the changes of grants and of usage that findings speak for. What they cost is taken off what is left.
#[must_use]
pub fn of_rating(
    situation: &Situation<'_>,
    findings: &[Finding],
    meant: impl Fn(&Finding) -> bool,
    rerating: &Rerating<'_>,
    left: &mut usize,
) -> Vec<Change> {
    let sites = Sites::of(&situation.bill, findings, meant);
    let mut changes = windows::changes(&sites, rerating);
    changes.extend(Solver::new(situation, rerating, left).changes());
    changes
}

/// Returns the change that applies a rule.
fn change(rule: LineRule) -> Change {
    let (cause, plain) = named(&rule);
    Change::new(cause, plain, move |scenario| scenario.line_rules.push(rule))
}

/// Returns the cause of a rule and its sentence.
fn named(rule: &LineRule) -> (Cause, String) {
    let (lines, detail) = (place(&rule.of), rule.of.detail());
    let told = |name: &str, figures: &[(&str, &dyn Display)]| {
        let all: Vec<(&str, &dyn Display)> =
            figures.iter().copied().chain([("lines", &lines as &dyn Display)]).collect();
        say(name, &all)
    };
    match rule.effect {
        Effect::Price(factor) => {
            (Cause::PriceFactor { what: format!("{factor}{detail}") }, told("price_factor", &[("factor", &factor)]))
        }
        Effect::Amount(factor) => {
            (Cause::AmountFactor { what: format!("{factor}{detail}") }, told("amount_factor", &[("factor", &factor)]))
        }
        Effect::OtherPrice(price) => {
            (Cause::OtherPrice { what: format!("{price}{detail}") }, told("other_price", &[("price", &price)]))
        }
        Effect::PriceTo(mode, places) => (
            Cause::PriceRounding { what: format!("{};decimals={places}{detail}", mode.name()) },
            told("price_rounding", &[("mode", &say(mode.name(), &[])), ("places", &places)]),
        ),
        Effect::AmountTo(mode, places) => (
            Cause::AmountRounding { what: format!("{};decimals={places}{detail}", mode.name()) },
            told("amount_rounding", &[("mode", &say(mode.name(), &[])), ("places", &places)]),
        ),
        Effect::QuantityTo(mode, block) => (
            Cause::QuantityRounding { what: format!("{};block={block}{detail}", mode.name()) },
            told("quantity_rounding", &[("mode", &say(mode.name(), &[])), ("block", &block)]),
        ),
        Effect::UsageTo(mode, block) => (
            Cause::QuantityRounding { what: format!("{};block={block}{detail}", mode.name()) },
            told("quantity_rounding.usage", &[("mode", &say(mode.name(), &[])), ("block", &block)]),
        ),
    }
}

/// Returns the lines in words.
fn place(of: &Lines) -> String {
    let lines = match (of.item, of.app) {
        (None, None) => say("lines.all", &[]),
        (Some(item), None) => say("lines.item", &[("item", &item)]),
        (None, Some(app)) => say("lines.app", &[("app", &app)]),
        (Some(item), Some(app)) => say("lines.item_app", &[("item", &item), ("app", &app)]),
    };
    match (of.from, of.last) {
        (None, None) => lines,
        (Some(from), None) => say("lines.from", &[("lines", &lines), ("from", &from)]),
        (None, Some(last)) => say("lines.to", &[("lines", &lines), ("last", &last)]),
        (Some(from), Some(last)) => say("lines.days", &[("lines", &lines), ("from", &from), ("last", &last)]),
    }
}
