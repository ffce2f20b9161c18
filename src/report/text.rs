//! The verdict on a terminal: one sentence first, then what it rests on, on
//! one screen; the last line is for programs and cron mails.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::words::{counted, fill};
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
            out.push_str(&bridge(report, comparison));
            out.push_str(&discrepancies(report, comparison));
            out.push_str(&beside(report, comparison));
        }
        None => out.push_str(&items(report)),
    }
    out.push('\n');
    out.push_str(&remarks(report));
    if let Some(folder) = written_to {
        let folder = summary::visible(folder);
        let _ = writeln!(out, "{}", fill(&report.words().text.report, &[("folder", &folder)]));
    }
    out.push_str(&last_line(report));
    out
}

fn totals(report: &Report) -> String {
    let rows: Vec<_> =
        summary::totals(report).iter().map(|(name, money)| vec![(*name).to_owned(), summary::amount(*money)]).collect();
    aligned(&["", &shown(&report.currency)], &[1], &rows)
}

fn bridge(report: &Report, comparison: &Comparison) -> String {
    if comparison.bridge.is_empty() {
        return String::new();
    }
    let words = report.words();
    let row = |step: &super::BridgeEntry| {
        vec![cause(report, &step.cause), step.count.to_string(), summary::amount(step.amount)]
    };
    // The last step, what nothing explains, is always shown.
    let (last, steps) = comparison.bridge.split_last().map_or((None, &[][..]), |(last, steps)| (Some(last), steps));
    let rows: Vec<_> = steps.iter().take(MOST - 1).chain(last).map(row).collect();
    let table = aligned(&[&words.text.cause, &words.text.lines_column, &words.columns.amount], &[1, 2], &rows);
    format!("\n{}\n{table}{}", words.text.bridge, more(report, comparison.bridge.len(), "reconciliation.json"))
}

fn discrepancies(report: &Report, comparison: &Comparison) -> String {
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
            summary::kind(report, found).to_owned(),
            cause(report, &found.cause),
            summary::amount(found.difference),
            summary::strength(report, found).to_owned(),
        ]
    };
    let rows: Vec<_> = found.iter().take(MOST).map(row).collect();
    let words = report.words();
    let header = ["id", "day", "sdk_app_id", "item", "kind", "cause", "difference", "strength"];
    let table = aligned(&header.map(|name| words.column(name)), &[6], &rows);
    format!("\n{}\n{table}{}", words.text.largest, more(report, found.len(), "discrepancies.csv"))
}

fn items(report: &Report) -> String {
    let sums = summary::by_item(report);
    if sums.is_empty() {
        return String::new();
    }
    let words = report.words();
    let row = |sum: &summary::ItemSum| {
        vec![
            sum.item.id().to_owned(),
            words.unit(sum.item.unit().name()).to_owned(),
            summary::figure(sum.billable.decimal()),
            summary::figure(sum.covered.decimal()),
            summary::figure(sum.charged.decimal()),
            summary::amount(sum.amount),
        ]
    };
    let rows: Vec<_> = sums.iter().map(row).collect();
    let header = ["item", "unit", "billable", "covered", "charged", "amount"].map(|name| words.column(name));
    format!("\n{}\n{}", words.text.by_item, aligned(&header, &[2, 3, 4, 5], &rows))
}

/// What was asked for beside the comparison: the claim, the follow-up.
fn beside(report: &Report, comparison: &Comparison) -> String {
    let text = &report.words().text;
    let mut out = String::new();
    if let Some(followup) = &comparison.followup {
        let counts = State::ALL.map(|state| (state.name(), followup.count(state).to_string()));
        let _ = writeln!(out, "\n{}", fill(&text.followup, &counts));
    }
    if let Some(dispute) = &comparison.dispute {
        let values = [("amount", summary::amount(dispute.total)), ("currency", shown(&report.currency))];
        let amount = fill(&text.money, &values);
        let _ = writeln!(out, "\n{}", fill(&text.dispute, &[("amount", amount)]));
    }
    out
}

fn remarks(report: &Report) -> String {
    let text = &report.words().text;
    let count = |severity| report.diagnostics.iter().filter(|found| found.severity == severity).count();
    let warnings = counted(count(Severity::Warning), &text.one_warning, &text.warnings);
    let notes = counted(count(Severity::Note), &text.one_note, &text.notes);
    let assumptions = counted(report.assumptions.len(), &text.one_assumption, &text.assumptions);
    let values = [("warnings", warnings.as_str()), ("notes", &notes), ("assumptions", &assumptions)];
    let mut out = cut(&summary::completeness(report), 100);
    if let Some(balances) = summary::balances(report) {
        let _ = write!(out, "\n{balances}");
    }
    let _ = writeln!(out, "\n{}", fill(&text.remarks, &values));
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

fn more(report: &Report, count: usize, file: &str) -> String {
    let Some(rest) = count.checked_sub(MOST).filter(|rest| *rest > 0) else { return String::new() };
    format!("  {}\n", fill(&report.words().text.more, &[("count", rest.to_string().as_str()), ("file", file)]))
}

fn cause(report: &Report, cause: &str) -> String {
    cut(&summary::visible(&report.words().cause(cause)), 40)
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
