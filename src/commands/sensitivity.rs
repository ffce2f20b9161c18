//! `sensitivity`: what a month's total hangs on.

use std::fmt::Write as _;

use super::{cards, print_of, tell};
use crate::audit::sensitivity::{Edge, EdgeKind, Month, edges};
use crate::audit::{OpenQuestion, Subject, open_questions};
use crate::cli;
use crate::model::Money;
use crate::model::diagnostic::{Diagnostics, shown};
use crate::pipeline::{Options, RatedCase, Status, Task};
use crate::report::summary;

/// So many edges of a kind are shown, unless all are asked for.
const MOST: usize = 10;

pub(super) fn run(asked: &cli::Sensitivity) -> Result<Status, Diagnostics> {
    let mut options = Options::reading(Task::Rate, asked.period, cards(asked.cards.as_deref())?);
    options.encoding = asked.encoding.map(super::reconcile::encoding);
    let mut found = Diagnostics::default();
    let Some(case) = RatedCase::read(&asked.case, &options, &mut found) else { return Err(found) };
    tell(&found);
    let account = &case.case.account;
    let (terms, usage, rated) = (&case.terms, &case.inputs.usage, &case.rated);
    let subject = Subject { account, cards: &options.cards, period: case.period, terms, usage, rated };
    let expected: Money = rated.charges.iter().map(|charge| charge.amount).sum();
    let currency = shown(terms.currency());
    let mut out = format!(
        "{} {}: expected {} {currency}\n\nWhere the vendor's text can be read in two ways\n",
        shown(&account.uin),
        case.period,
        summary::amount(expected)
    );
    out.push_str(&questions(&open_questions(&subject), expected, &currency));
    let month = Month { account, terms, usage, rated };
    let at_edges = edges(&month);
    for kind in EdgeKind::ALL {
        let of_kind: Vec<&Edge> = at_edges.iter().filter(|edge| edge.kind == kind).collect();
        out.push_str(&section(kind, &of_kind, asked.all, &currency));
    }
    Ok(print_of(account, &out))
}

/// Those that differ with both totals; the others by name.
fn questions(open: &[OpenQuestion], expected: Money, currency: &str) -> String {
    let mut out = String::new();
    let (differ, same): (Vec<_>, Vec<_>) = open.iter().partition(|question| !question.difference.is_zero());
    for question in &differ {
        let other = expected + question.difference;
        let _ = writeln!(
            out,
            "  {}: {} as taken, {} otherwise ({} {currency})\n    {}",
            question.code,
            summary::amount(expected),
            summary::amount(other),
            signed(question.difference),
            question.text
        );
    }
    if differ.is_empty() {
        out.push_str("  no reading changes the total\n");
    }
    if !same.is_empty() {
        let codes: Vec<&str> = same.iter().map(|question| question.code).collect();
        let _ = writeln!(out, "  without effect here: {}", codes.join(", "));
    }
    out
}

fn signed(amount: Money) -> String {
    if amount > Money::ZERO { format!("+{}", summary::amount(amount)) } else { summary::amount(amount) }
}

fn section(kind: EdgeKind, found: &[&Edge], all: bool, currency: &str) -> String {
    let mut out = format!("\nAt an edge: {}\n", kind.name());
    if found.is_empty() {
        out.push_str("  none\n");
    }
    let most = if all { found.len() } else { MOST };
    for edge in found.iter().take(most) {
        let worth = edge.worth.map(|worth| format!(" ({} {currency})", summary::amount(worth))).unwrap_or_default();
        let _ = writeln!(out, "  {}: {}{worth}", shown(&edge.what), edge.text);
    }
    if found.len() > most {
        let _ = writeln!(out, "  and {} more (--all shows each)", found.len() - most);
    }
    out
}
