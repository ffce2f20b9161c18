//! The bill's own line beside the derivation, and the first place where the
//! two part.

use std::fmt::Write as _;

use super::Target;
use crate::compare::Bill;
use crate::compare::finding::Finding;
use crate::compare::judge::Figures;
use crate::model::diagnostic::shown;
use crate::model::invoice::InvoiceLine;
use crate::model::style::aligned;
use crate::read::Places;

/// Returns the bill's lines with their places, both sides' figures, and what is behind a difference.
#[must_use]
pub fn parting(target: &Target, finding: Option<&Finding>, bill: &Bill<'_>, places: &Places) -> String {
    let mut out = "\nThe bill\n".to_owned();
    for at in &target.pairing.lines {
        let line = &bill.lines[*at];
        let _ = writeln!(out, "  {}  {}", places.at(line.place), printed(line));
    }
    if target.pairing.lines.is_empty() {
        out.push_str("  has no line for it\n");
    }
    let (expected, billed) = sides(target, finding, bill);
    out.push('\n');
    out.push_str(&figures(&expected, &billed));
    match finding {
        Some(finding) => {
            let _ = writeln!(
                out,
                "\n  {}, {}: {} {} ({})",
                finding.kind.name(),
                finding.causes,
                finding.difference(),
                shown(bill.currency),
                finding.strength.name()
            );
            if let Some(because) = &finding.because {
                let _ = writeln!(out, "  {because}");
            }
        }
        None if target.pairing.lines.is_empty() && !bill.lines.is_empty() => {
            out.push_str("\n  A charge of nothing need not be printed: the two agree.\n");
        }
        None if bill.lines.is_empty() => out.push_str("\n  There is no bill to hold it against.\n"),
        None => out.push_str("\n  The two agree, at the bill's own precision.\n"),
    }
    out
}

fn sides(target: &Target, finding: Option<&Finding>, bill: &Bill<'_>) -> (Figures, Figures) {
    if let Some(finding) = finding {
        return (finding.expected, finding.billed);
    }
    let charges = target.pairing.charges.iter().map(|at| &bill.charges[*at]);
    let lines = target.pairing.lines.iter().map(|at| &bill.lines[*at]);
    let expected = if target.pairing.charges.is_empty() { Figures::NONE } else { Figures::of_charges(charges) };
    let billed = if target.pairing.lines.is_empty() { Figures::NONE } else { Figures::of_lines(lines) };
    (expected, billed)
}

/// Returns what a line of the bill says.
fn printed(line: &InvoiceLine) -> String {
    let mut out = format!("\"{}\"", shown(&line.text));
    let mut put = |what: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = write!(out, ", {what} {value}");
        }
    };
    put("usage", line.usage.map(|figure| figure.to_string()));
    put("covered", line.covered.map(|figure| figure.to_string()));
    put("charged", line.charged.map(|figure| figure.to_string()));
    put(
        "price",
        line.price.map(|price| {
            if price.per == 1 { price.figure.to_string() } else { format!("{} per {}", price.figure, price.per) }
        }),
    );
    put("amount", Some(format!("{} {}", line.amount, shown(&line.currency))));
    out
}

/// Both sides, figure by figure, in the order in which one follows from the
/// other; the first that differs is marked.
fn figures(expected: &Figures, billed: &Figures) -> String {
    let text = |figure: Option<String>| figure.unwrap_or_else(|| "-".to_owned());
    let pairs = [
        ("usage", expected.usage.map(|f| f.to_string()), billed.usage.map(|f| f.to_string())),
        ("covered", expected.covered.map(|f| f.to_string()), billed.covered.map(|f| f.to_string())),
        ("charged", expected.charged.map(|f| f.to_string()), billed.charged.map(|f| f.to_string())),
        ("unit price", expected.price.map(|f| f.to_string()), billed.price.map(|f| f.to_string())),
        ("amount", Some(expected.amount.to_string()), Some(billed.amount.to_string())),
    ];
    let mut parted = false;
    let one_alone = *expected == Figures::NONE || *billed == Figures::NONE;
    let rows = pairs.map(|(what, rules, bill)| {
        // What one side does not say is no place to part, but where it says nothing at all.
        let differs = match (&rules, &bill) {
            (Some(rules), Some(bill)) => rules != bill,
            (Some(_), None) | (None, Some(_)) => one_alone,
            (None, None) => false,
        };
        let mark = if differs && !parted { "<- here they part" } else { "" };
        parted |= differs;
        vec![what.to_owned(), text(rules), text(bill), mark.to_owned()]
    });
    aligned(&["", "by the rules", "on the bill", ""], &[1, 2], &rows)
}
