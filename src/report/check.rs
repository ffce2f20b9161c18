//! What `check` says: per file what it was read as and what became of its
//! rows, and how complete the usage is.

use std::fmt::Write;

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
    let mut out = format!("{} {}\n\n", report.account, report.period);
    for input in report.inputs.iter().filter(|input| input.rows > 0) {
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
    if report.expected_range.is_some() {
        out.push_str("some usage is known only in rounded minutes: charges can be given as a range only\n");
    }
    out
}

/// One file: what it was read as, and what became of its rows.
fn file(input: &Input, out: &mut String) {
    let Input { rows, used, excluded, duplicate, rejected, .. } = input;
    let _ = writeln!(out, "{}  ({})", shown(&input.path), input.read_as);
    let _ = writeln!(
        out,
        "  {rows} rows = {used} used + {excluded} excluded + {duplicate} duplicate + {rejected} rejected"
    );
    for (reason, count) in &input.reasons {
        let _ = writeln!(out, "  {count} excluded: {reason}");
    }
}
