//! `selftest`: what the tool finds of errors that are planted in a case's own bill.

use std::collections::BTreeMap;

use super::{cards, print, refuse, say};
use crate::cli;
use crate::model::diagnostic::{Diagnostics, shown};
use crate::model::style::aligned;
use crate::pipeline::{Options, RatedCase, Status, Task, batch};
use crate::tools::selftest::{Outcome, selftest};

pub(super) fn run(asked: &cli::Selftest) -> Result<Status, Diagnostics> {
    let options = Options::reading(Task::Reconcile, asked.period, cards(asked.cards.as_deref())?);
    let (cases, missing) = batch::find(&asked.cases);
    let mut status = if missing.is_empty() { Status::Clean } else { refuse(&missing) };
    let mut all: Vec<Outcome> = Vec::new();
    for case in &cases {
        let mut found = Diagnostics::default();
        let Some(rated) = RatedCase::read(case, &options, &mut found) else {
            status = status.max(refuse(&found));
            continue;
        };
        let beside = rated.beside(&rated.inputs.lines);
        let outcomes = selftest(&rated.situation(&rated.inputs.lines, &beside, &options));
        let name = format!("{} {}", shown(&rated.case.account.uin), rated.period);
        if outcomes.is_empty() {
            say(&format!("{name}: no line of the bill agrees, so no error can be planted\n"));
            status = status.max(Status::Inconclusive);
        } else if !(asked.sum && cases.len() > 1) {
            status = status.max(print(&one(&name, &outcomes)));
        }
        all.extend(outcomes);
    }
    if cases.len() > 1 && !all.is_empty() {
        let (solved, of_table): (Vec<Outcome>, Vec<Outcome>) = all.iter().cloned().partition(|outcome| outcome.solved);
        let table = sum("planted", &of_table) + "\n" + &sum(SOLVED, &solved);
        status = status.max(print(&table));
    }
    let missed = all.iter().any(|outcome| outcome.applies() && !outcome.is_found());
    Ok(if missed { status.max(Status::Discrepancy) } else { status })
}

/// The heading of the table of errors whose values no table of causes holds.
const SOLVED: &str = "planted, value solved for";

/// Returns one case: each error, on how many lines, found on how many, named as what.
fn one(name: &str, outcomes: &[Outcome]) -> String {
    let row = |outcome: &Outcome| {
        let verdict = match (outcome.is_found(), outcome.named) {
            (true, true) => "yes".to_owned(),
            (true, false) => "no".to_owned(),
            (false, _) if outcome.false_lines > 0 => format!("no; {} false lines", outcome.false_lines),
            (false, _) => "missed".to_owned(),
        };
        let mut said = outcome.said.clone();
        let more = said.len().saturating_sub(3);
        said.truncate(3);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        vec![
            outcome.error.to_owned(),
            outcome.touched.to_string(),
            outcome.found.to_string(),
            verdict,
            format!("{}{more}", said.join(", ")),
        ]
    };
    let table = |solved: bool, title: &str| {
        let own = outcomes.iter().filter(|outcome| outcome.applies() && outcome.solved == solved);
        let rows: Vec<_> = own.map(row).collect();
        if rows.is_empty() { String::new() } else { aligned(&[title, "lines", "found", "named", "as"], &[1, 2], &rows) }
    };
    let table = table(false, "planted") + &table(true, SOLVED);
    let without: Vec<&str> =
        outcomes.iter().filter(|outcome| !outcome.applies()).map(|outcome| outcome.error).collect();
    let rest = if without.is_empty() {
        String::new()
    } else {
        format!("  without effect on this bill: {}\n", without.join(", "))
    };
    format!("{name}\n{table}{rest}\n")
}

#[derive(Default)]
struct Sum {
    bills: usize,
    lines: usize,
    found: usize,
    named: usize,
    false_lines: usize,
}

/// Returns all cases together, error by error.
fn sum(title: &str, outcomes: &[Outcome]) -> String {
    let mut order: Vec<&str> = Vec::new();
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for outcome in outcomes {
        if !order.contains(&outcome.error) {
            order.push(outcome.error);
        }
        let sum = sums.entry(outcome.error).or_default();
        sum.bills += usize::from(outcome.applies());
        sum.lines += outcome.touched;
        sum.found += outcome.found;
        sum.named += usize::from(outcome.applies() && outcome.named);
        sum.false_lines += outcome.false_lines;
    }
    let row = |name: &str, sum: &Sum| {
        let figures = [sum.bills, sum.lines, sum.found, sum.named, sum.bills - sum.named, sum.false_lines];
        std::iter::once(name.to_owned()).chain(figures.map(|figure| figure.to_string())).collect::<Vec<_>>()
    };
    let mut all = Sum::default();
    let mut rows = Vec::new();
    for name in order {
        let sum = &sums[name];
        rows.push(row(name, sum));
        all.bills += sum.bills;
        all.lines += sum.lines;
        all.found += sum.found;
        all.named += sum.named;
        all.false_lines += sum.false_lines;
    }
    rows.push(row("all", &all));
    let header = [title, "bills", "lines", "found", "named", "not named", "false lines"];
    aligned(&header, &[1, 2, 3, 4, 5, 6], &rows)
}
