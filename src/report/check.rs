//! What `check` says: per file what it was read as and what became of its
//! rows, and how complete the usage is.

use std::fmt::Write;

use super::words::fill;
use super::{Input, Report};
use crate::diagnostic::{Severity, shown};

/// The text for stdout; nothing where `quiet` and all is well.
#[must_use]
pub fn render(report: &Report, quiet: bool) -> String {
    let complete = &report.completeness;
    let warned = report.diagnostics.iter().any(|found| found.severity != Severity::Note);
    if quiet && complete.gaps.is_empty() && report.expected_range.is_none() && !warned {
        return String::new();
    }
    let text = &report.words().text;
    let mut out = format!("{} {}\n\n", report.account, report.period);
    for input in report.inputs.iter().filter(|input| input.rows > 0) {
        file(report, input, &mut out);
    }
    let days = [
        ("seen", complete.days_seen.to_string()),
        ("expected", complete.days_expected.to_string()),
        ("duplicates", complete.duplicates.to_string()),
    ];
    let _ = writeln!(out, "\n{}", fill(&text.check_days, &days));
    if !complete.gaps.is_empty() {
        let _ = writeln!(out, "{}", fill(&text.check_gaps, &[("days", &complete.gaps.join(", "))]));
    }
    if report.expected_range.is_some() {
        let _ = writeln!(out, "{}", text.check_rounded);
    }
    out
}

/// One file: what it was read as, and what became of its rows.
fn file(report: &Report, input: &Input, out: &mut String) {
    let text = &report.words().text;
    let _ = writeln!(out, "{}  ({})", shown(&input.path), input.read_as);
    let rows = [
        ("rows", input.rows.to_string()),
        ("used", input.used.to_string()),
        ("excluded", input.excluded.to_string()),
        ("duplicate", input.duplicate.to_string()),
        ("rejected", input.rejected.to_string()),
    ];
    let _ = writeln!(out, "  {}", fill(&text.check_rows, &rows));
    for (reason, count) in &input.reasons {
        let values = [("count", &count.to_string() as &str), ("reason", reason)];
        let _ = writeln!(out, "  {}", fill(&text.check_excluded, &values));
    }
}
