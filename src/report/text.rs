//! The verdict on a terminal: one sentence first, then what it rests on, on
//! one screen; the last line is for programs and cron mails.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::{Comparison, Report, Verdict, summary};
use crate::diagnostic::{Severity, shown};
use crate::followup::State;

/// Lines that a part may fill before it says how many more there are.
const MOST: usize = 10;

/// What is printed. `written_to` names the folder of the report; with `quiet`
/// a reconciled case prints nothing.
#[must_use]
pub fn render(report: &Report, written_to: Option<&str>, quiet: bool) -> String {
    let comparison = report.comparison.as_ref();
    if quiet && comparison.is_some_and(|comparison| comparison.verdict == Verdict::Reconciled) {
        return String::new();
    }
    let mut out = summary::sentence(report);
    out.push_str("\n\n");
    out.push_str(&totals(report));
    match comparison {
        Some(comparison) => {
            out.push_str(&bridge(comparison));
            out.push_str(&discrepancies(comparison));
            out.push_str(&beside(comparison));
        }
        None => out.push_str(&items(report)),
    }
    out.push('\n');
    out.push_str(&remarks(report));
    if let Some(folder) = written_to {
        let _ = writeln!(out, "Report: {}", summary::visible(folder));
    }
    out.push_str(&last_line(report));
    out
}

fn totals(report: &Report) -> String {
    let rows: Vec<_> =
        summary::totals(report).iter().map(|(name, money)| vec![(*name).to_owned(), summary::amount(*money)]).collect();
    aligned(&["", &shown(&report.currency)], &[1], &rows)
}

fn bridge(comparison: &Comparison) -> String {
    if comparison.bridge.is_empty() {
        return String::new();
    }
    let row =
        |step: &super::BridgeEntry| vec![cause(&step.cause), step.count.to_string(), summary::amount(step.amount)];
    let rows: Vec<_> = comparison.bridge.iter().take(MOST).map(row).collect();
    let table = aligned(&["cause", "lines", "amount"], &[1, 2], &rows);
    format!("\nFrom expected to billed\n{table}{}", more(comparison.bridge.len(), "reconciliation.json"))
}

fn discrepancies(comparison: &Comparison) -> String {
    let found = summary::largest(comparison);
    if found.is_empty() {
        return String::new();
    }
    let row = |found: &&crate::reconcile::Discrepancy| {
        vec![
            shown(&found.id),
            shown(&found.day),
            found.app.map_or_else(|| "-".to_owned(), |app| app.to_string()),
            found.item.map_or("-", crate::domain::Item::id).to_owned(),
            found.kind.name().to_owned(),
            cause(&found.cause),
            summary::amount(found.difference),
            found.strength.name().to_owned(),
        ]
    };
    let rows: Vec<_> = found.iter().take(MOST).map(row).collect();
    let header = ["id", "day", "app", "item", "kind", "cause", "difference", "strength"];
    let table = aligned(&header, &[6], &rows);
    format!("\nLargest discrepancies\n{table}{}", more(found.len(), "discrepancies.csv"))
}

fn items(report: &Report) -> String {
    let sums = summary::by_item(report);
    if sums.is_empty() {
        return String::new();
    }
    let row = |sum: &summary::ItemSum| {
        vec![
            sum.item.id().to_owned(),
            sum.item.unit().name().to_owned(),
            summary::figure(sum.billable.decimal()),
            summary::figure(sum.covered.decimal()),
            summary::figure(sum.charged.decimal()),
            summary::amount(sum.amount),
        ]
    };
    let rows: Vec<_> = sums.iter().map(row).collect();
    let header = ["item", "unit", "billable", "covered", "charged", "amount"];
    format!("\nBy item\n{}", aligned(&header, &[2, 3, 4, 5], &rows))
}

/// What was asked for beside the comparison: the claim, the follow-up.
fn beside(comparison: &Comparison) -> String {
    let mut out = String::new();
    if let Some(followup) = &comparison.followup {
        let counts: Vec<String> =
            State::ALL.iter().map(|state| format!("{} {}", followup.count(*state), state.name())).collect();
        let _ = writeln!(out, "\nSince the earlier report: {}", counts.join(", "));
    }
    if let Some(dispute) = &comparison.dispute {
        let claims = summary::counted(dispute.claims.len(), "claim");
        let _ = writeln!(out, "\nDispute: {claims}, {} in all", summary::amount(dispute.total));
    }
    out
}

fn remarks(report: &Report) -> String {
    let count = |severity| report.diagnostics.iter().filter(|found| found.severity == severity).count();
    let (warnings, notes) = (count(Severity::Warning), count(Severity::Note));
    let mut out = cut(&summary::completeness(report), 100);
    let assumptions = summary::counted(report.assumptions.len(), "assumption");
    let (warnings, notes) = (summary::counted(warnings, "warning"), summary::counted(notes, "note"));
    let _ = writeln!(out, "\n{warnings}, {notes} about the inputs; {assumptions}");
    out
}

fn last_line(report: &Report) -> String {
    let verdict = report.comparison.as_ref().map_or("rated", |comparison| comparison.verdict.name());
    let mut out = format!("verdict={verdict} expected={}", report.expected_total);
    if let Some(comparison) = &report.comparison {
        let _ = write!(out, " billed={} difference={}", comparison.billed_total, comparison.difference);
    }
    let (currency, account) = (shown(&report.currency), shown(&report.account));
    let _ = writeln!(out, " currency={currency} account={account} period={}", report.period);
    out
}

fn more(count: usize, file: &str) -> String {
    if count > MOST { format!("  and {} more in {file}\n", count - MOST) } else { String::new() }
}

fn cause(cause: &str) -> String {
    cut(&summary::visible(cause), 40)
}

/// A text cut to a width on the screen, visibly.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        if out.width() + character.to_string().width() >= width {
            break;
        }
        out.push(character);
    }
    out.push('…');
    out
}

/// Rows in columns, indented by two; the columns in `figures` are aligned at
/// the decimal point.
pub(crate) fn aligned(header: &[&str], figures: &[usize], rows: &[Vec<String>]) -> String {
    let columns: Vec<Vec<String>> = (0..header.len())
        .map(|column| {
            let cells: Vec<_> = rows.iter().map(|row| row[column].as_str()).collect();
            if figures.contains(&column) {
                figure_column(header[column], &cells)
            } else {
                text_column(header[column], &cells)
            }
        })
        .collect();
    let mut out = String::new();
    for line in 0..=rows.len() {
        let cells: Vec<_> = columns.iter().map(|column| column[line].as_str()).collect();
        out.push_str("  ");
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn text_column(header: &str, cells: &[&str]) -> Vec<String> {
    let all = std::iter::once(header).chain(cells.iter().copied());
    let width = all.clone().map(UnicodeWidthStr::width).max().unwrap_or_default();
    all.map(|cell| format!("{cell}{}", blanks(width - cell.width()))).collect()
}

fn figure_column(header: &str, cells: &[&str]) -> Vec<String> {
    let split: Vec<_> = cells.iter().map(|cell| cell.split_at(cell.find('.').unwrap_or(cell.len()))).collect();
    let whole = split.iter().map(|(whole, _)| whole.width()).max().unwrap_or_default();
    let fraction = split.iter().map(|(_, fraction)| fraction.width()).max().unwrap_or_default();
    let width = header.width().max(whole + fraction);
    let figure = |(w, f): &(&str, &str)| {
        let behind = fraction - f.width();
        format!("{}{w}{f}{}", blanks(width - behind - w.width() - f.width()), blanks(behind))
    };
    let first = format!("{}{header}", blanks(width - header.width()));
    std::iter::once(first).chain(split.iter().map(figure)).collect()
}

fn blanks(count: usize) -> String {
    " ".repeat(count)
}
