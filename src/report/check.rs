//! What `check` says: per file and sheet what it was read as, what became of
//! its rows and which days it covers; and how complete the usage is.

use std::fmt::Write;

use super::{Input, Report, TableRead, summary};
use crate::diagnostic::{Severity, shown};
use crate::domain::{Day, Span};

/// The text for stdout; nothing where `quiet` and all is well.
#[must_use]
pub fn render(report: &Report, quiet: bool) -> String {
    let complete = &report.completeness;
    let warned = report.diagnostics.iter().any(|found| found.severity != Severity::Note);
    if quiet && complete.gaps.is_empty() && report.expected_range.is_none() && !warned {
        return String::new();
    }
    let mut out = format!("{} {}\n\n", report.account, report.period);
    for input in &report.inputs {
        file(input, &mut out);
    }
    let _ = writeln!(
        out,
        "\nusage on {} of {} days; {} rows repeat others",
        complete.days_seen, complete.days_expected, complete.duplicates
    );
    if !complete.gaps.is_empty() {
        let _ = writeln!(out, "days without a row: {}", complete.gaps.join(", "));
    }
    if !complete.quiet.is_empty() {
        let stretches: Vec<String> = complete.quiet.iter().map(|span| stretch(*span)).collect();
        let _ = writeln!(out, "longest stretches without a 5-minute row: {}", stretches.join(", "));
    }
    if report.expected_range.is_some() {
        out.push_str("some usage is known only in rounded minutes: charges can be given as a range only\n");
    }
    if let Some(balances) = summary::balances(report) {
        let _ = writeln!(out, "{balances}");
    }
    out.push_str(&findings(report));
    out
}

/// How much was found; what it is stands on stderr.
fn findings(report: &Report) -> String {
    let count = |severity| report.diagnostics.iter().filter(|found| found.severity == severity).count();
    format!(
        "{}, {}, {}\n",
        summary::counted(count(Severity::Error), "error"),
        summary::counted(count(Severity::Warning), "warning"),
        summary::counted(count(Severity::Note), "note")
    )
}

/// One file: what it was read as, and what became of its rows.
fn file(input: &Input, out: &mut String) {
    let _ = writeln!(out, "{}  ({})", shown(&input.path), shown(&input.read_as));
    for table in &input.tables {
        let indent = match &table.sheet {
            Some(sheet) => {
                let _ = writeln!(out, "  {}", shown(sheet));
                "    "
            }
            None => "  ",
        };
        rows(table, indent, out);
    }
    if input.tables.is_empty() && input.rows > 0 {
        let _ = writeln!(out, "  {} rows, all duplicate", input.rows);
    }
}

fn rows(table: &TableRead, indent: &str, out: &mut String) {
    let counts = &table.counts;
    if counts.layout.is_empty() && counts.rows == 0 {
        let _ = writeln!(out, "{indent}not read");
        return;
    }
    let _ = writeln!(
        out,
        "{indent}{}: {} rows = {} used + {} excluded + {} duplicate + {} rejected",
        counts.layout, counts.rows, counts.used, counts.excluded, counts.duplicate, counts.rejected
    );
    for (reason, count) in &counts.reasons {
        let _ = writeln!(out, "{indent}{count} excluded: {}", shown(reason));
    }
    let Some(covers) = &counts.covers else { return };
    let slots = if covers.slots > 0 { format!(", {} slots of 5 minutes", covers.slots) } else { String::new() };
    let days = summary::counted(covers.days, "day");
    let _ = writeln!(out, "{indent}{days}, {}{slots}", range((covers.first, covers.last)));
    if !covers.gaps.is_empty() {
        let gaps: Vec<String> = covers.gaps.iter().map(|gap| range(*gap)).collect();
        let _ = writeln!(out, "{indent}no row on: {}", gaps.join(", "));
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
