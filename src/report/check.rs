//! Renders the result of `check`: per file and sheet what it was read as, what became of its rows and which days it
//! covers; and how complete the usage is.

use std::fmt::Write;

use super::{Input, Report, TableRead, summary};
use crate::i18n::catalogue::translated;
use crate::i18n::{counted, fill};
use crate::model::diagnostic::{Severity, shown};
use crate::model::{Day, Span};

/// Returns the text for stdout; nothing where `quiet` and all is well.
#[must_use]
pub fn render(report: &Report, quiet: bool) -> String {
    let complete = &report.completeness;
    let warned = report.diagnostics.iter().any(|found| found.severity != Severity::Note);
    if quiet && complete.gaps.is_empty() && report.expected_range.is_none() && !warned {
        return String::new();
    }
    let text = &report.words().text;
    let mut out = format!("{} {}\n\n", report.account, report.period);
    for input in &report.inputs {
        file(report, input, &mut out);
    }
    let days = [
        ("seen", complete.days_seen.to_string()),
        ("expected", complete.days_expected.to_string()),
        ("duplicates", complete.duplicates.to_string()),
    ];
    let _ = writeln!(out, "\n{}", fill(&text.check_days, &days));
    if !complete.gaps.is_empty() {
        let _ = writeln!(out, "{}", fill(&text.check_gaps, &[("days", &summary::gaps(&complete.gaps))]));
    }
    if !complete.quiet.is_empty() {
        let stretches: Vec<String> = complete.quiet.iter().map(|span| stretch(*span)).collect();
        let _ = writeln!(out, "{}", fill(&text.check_stretches, &[("stretches", stretches.join(", "))]));
    }
    if report.expected_range.is_some() {
        let _ = writeln!(out, "{}", text.check_rounded);
    }
    if let Some(balances) = summary::balances(report) {
        let _ = writeln!(out, "{balances}");
    }
    out.push_str(&findings(report));
    out
}

/// Returns how much was found; what it is stands on stderr.
fn findings(report: &Report) -> String {
    let text = &report.words().text;
    let count = |severity| report.diagnostics.iter().filter(|found| found.severity == severity).count();
    let counts = [
        ("errors", counted(count(Severity::Error), &text.one_error, &text.errors)),
        ("warnings", counted(count(Severity::Warning), &text.one_warning, &text.warnings)),
        ("notes", counted(count(Severity::Note), &text.one_note, &text.notes)),
    ];
    fill(&text.check_findings, &counts) + "\n"
}

/// One file: what it was read as, and what became of its rows.
fn file(report: &Report, input: &Input, out: &mut String) {
    let read_as = if input.read_as.is_empty() {
        String::new()
    } else {
        format!("  ({})", shown(&translated(report.lang, &input.read_as)))
    };
    let _ = writeln!(out, "{}{read_as}", shown(&input.path));
    for table in &input.tables {
        let indent = match &table.sheet {
            Some(sheet) => {
                let _ = writeln!(out, "  {}", shown(sheet));
                "    "
            }
            None => "  ",
        };
        rows(report, table, indent, out);
    }
    if input.tables.is_empty() && input.rows > 0 {
        let all = fill(&report.words().text.check_repeated, &[("rows", input.rows.to_string())]);
        let _ = writeln!(out, "  {all}");
    }
}

fn rows(report: &Report, table: &TableRead, indent: &str, out: &mut String) {
    let text = &report.words().text;
    let counts = &table.counts;
    if counts.layout.is_empty() && counts.rows == 0 {
        let _ = writeln!(out, "{indent}{}", text.check_not_read);
        return;
    }
    let figures = [
        ("layout", translated(report.lang, &counts.layout)),
        ("rows", counts.rows.to_string()),
        ("used", counts.used.to_string()),
        ("excluded", counts.excluded.to_string()),
        ("duplicate", counts.duplicate.to_string()),
        ("rejected", counts.rejected.to_string()),
    ];
    let _ = writeln!(out, "{indent}{}", fill(&text.check_rows, &figures));
    for (reason, count) in &counts.reasons {
        let values = [("count", count.to_string()), ("reason", shown(&translated(report.lang, reason)))];
        let _ = writeln!(out, "{indent}{}", fill(&text.check_excluded, &values));
    }
    if let Some(covers) = &counts.covers {
        let days = counted(covers.days, &text.one_day, &text.days);
        let days = [("days", days), ("range", range((covers.first, covers.last))), ("slots", covers.slots.to_string())];
        let said = if covers.slots > 0 { &text.check_slots } else { &text.check_covers };
        let _ = writeln!(out, "{indent}{}", fill(said, &days));
        let gaps: Vec<String> = covers.gaps.iter().map(|gap| range(*gap)).collect();
        if !gaps.is_empty() {
            let _ = writeln!(out, "{indent}{}", fill(&text.check_holes, &[("days", gaps.join(", "))]));
        }
    }
}

fn range((first, last): (Day, Day)) -> String {
    if first == last { first.to_string() } else { format!("{first}/{last}") }
}

/// `2024-10-01T00:00:00/2024-10-01T10:00:00 (10 h)`.
fn stretch(span: Span) -> String {
    let (hours, minutes) = (span.seconds() / 3600, span.seconds() / 60 % 60);
    let lasts = if minutes == 0 { format!("{hours} h") } else { format!("{hours} h {minutes} min") };
    format!("{}/{} ({lasts})", span.from, span.until)
}
