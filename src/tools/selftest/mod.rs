//! `selftest`: each kind of error planted in a copy of a case's own bill, and
//! what the comparison and the search make of it. Pure.
//!
//! A planted error is rated or written here by itself, not through the table of
//! changes that the search uses: what that table has wrong is not hidden.

mod lines;
mod own_bill;
mod rules;
mod solved;
mod usage;

use std::collections::BTreeSet;

use crate::causes::{Situation, explain};
use crate::compare::finding::Finding;
use crate::compare::{Bill, Kind, compare};
use crate::model::cause::Cause;
use crate::model::invoice::InvoiceLine;
use crate::model::{AppId, Item, Money, Span};
use own_bill::OwnBill;

/// An error, and the bill that has it.
struct Plant {
    /// Its name: a cause, or a kind where no rule makes such an error.
    error: &'static str,
    /// The cause that the search must name; none: no rule gives such figures.
    cause: Option<Cause>,
    /// The kind that the comparison must give, where that is the point.
    kind: Option<Kind>,
    /// The families of causes of which one must be named, where no table holds the value.
    families: &'static [&'static str],
    /// The bill.
    lines: Vec<InvoiceLine>,
}

/// The outcome of a planted error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The planted error.
    pub error: &'static str,
    /// True if no table holds its value: the search must solve for it.
    pub solved: bool,
    /// The number of lines that it changes; 0: it does not apply to this bill.
    pub touched: usize,
    /// The number of these that are found.
    pub found: usize,
    /// True if what was planted is what every finding says.
    pub named: bool,
    /// The causes of the findings, each once.
    pub said: Vec<String>,
    /// Findings on lines that were left as they were.
    pub false_lines: usize,
}

impl Outcome {
    /// Returns true if it applies to the bill at all.
    #[must_use]
    pub const fn applies(&self) -> bool {
        self.touched > 0
    }

    /// Returns true if it was found on just the lines that it touches.
    #[must_use]
    pub const fn is_found(&self) -> bool {
        self.found == self.touched && self.false_lines == 0
    }
}

/// The subject of a line or a charge.
type Key = (Span, Option<AppId>, Option<Item>);

/// Plants every error, one at a time; empty where no line of the bill agrees.
#[must_use]
pub fn selftest(situation: &Situation<'_>) -> Vec<Outcome> {
    let own = OwnBill::of(situation);
    if own.is_empty() {
        return Vec::new();
    }
    let mut plants = rules::plants(&own);
    plants.extend(usage::plants(&own));
    plants.extend(lines::plants(&own));
    plants.extend(solved::plants(&own));
    plants.iter().map(|plant| outcome(&own, plant)).collect()
}

fn outcome(own: &OwnBill<'_>, plant: &Plant) -> Outcome {
    let touched = own.touched(&plant.lines);
    let mut outcome = Outcome {
        error: plant.error,
        solved: !plant.families.is_empty(),
        touched: touched.len(),
        found: 0,
        named: false,
        said: Vec::new(),
        false_lines: 0,
    };
    if touched.is_empty() {
        return outcome;
    }
    let bill = Bill { lines: &plant.lines, ..own.situation.bill };
    let mut compared = compare(&bill);
    explain(&Situation { bill, ..own.situation }, &mut compared);
    let fresh: Vec<(&Finding, Vec<Key>)> = compared
        .findings
        .iter()
        .map(|finding| (finding, keys(finding, &bill)))
        .filter(|(f, keys)| !own.knew(f, keys))
        .collect();
    let about = |keys: &[Key], key: &Key| keys.iter().any(|known| meets(known, key));
    outcome.found = touched.iter().filter(|key| fresh.iter().any(|(_, keys)| about(keys, key))).count();
    let (hits, strays): (Vec<_>, Vec<_>) =
        fresh.into_iter().partition(|(_, keys)| touched.iter().any(|key| about(keys, key)));
    outcome.false_lines = strays.len();
    outcome.named = !hits.is_empty() && hits.iter().all(|(finding, _)| names(finding, plant));
    outcome.said = hits.iter().map(|(finding, _)| said(finding, plant)).collect::<BTreeSet<_>>().into_iter().collect();
    outcome
}

fn names(finding: &Finding, plant: &Plant) -> bool {
    let kind = plant.kind.is_none_or(|kind| kind == finding.kind);
    let cause = plant.cause.as_ref().is_none_or(|cause| finding.causes.0.contains(cause));
    let family = |cause: &Cause| plant.families.contains(&cause.family());
    kind && cause && (plant.families.is_empty() || finding.causes.0.iter().any(family))
}

fn said(finding: &Finding, plant: &Plant) -> String {
    match (&plant.kind, finding.causes.0.is_empty()) {
        (Some(_), true) => finding.kind.name().to_owned(),
        (Some(_), false) => format!("{} ({})", finding.kind.name(), finding.causes),
        (None, _) => finding.causes.to_string(),
    }
}

/// Returns what a finding is about.
fn keys(finding: &Finding, bill: &Bill<'_>) -> Vec<Key> {
    let charges = finding.pairing.charges.iter().map(|at| &bill.charges[*at]);
    let charges = charges.map(|charge| (charge.day.span(), charge.app, Some(charge.item)));
    charges.chain(finding.pairing.lines.iter().map(|at| key(&bill.lines[*at]))).collect()
}

const fn key(line: &InvoiceLine) -> Key {
    (line.span, line.app, line.item)
}

/// Returns true if one may be part of the other.
fn meets(one: &Key, other: &Key) -> bool {
    let apps = one.1.is_none() || other.1.is_none() || one.1 == other.1;
    let items = one.2.is_none() || other.2.is_none() || one.2 == other.2;
    apps && items && one.0.overlaps(other.0)
}

/// A line of a bill, as far as a comparison looks at it.
#[derive(Debug, PartialEq, Eq, Default)]
struct Said {
    lines: usize,
    charged: Option<crate::model::Quantity>,
    amount: Money,
    prices: Vec<Option<crate::model::UnitPrice>>,
    currencies: Vec<String>,
}
