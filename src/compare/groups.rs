//! Findings of one cause as one row: what a person reads first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Discrepancy, Side, Strength};
use crate::model::cause::Causes;
use crate::model::{AppId, Money};

/// So many findings of one cause are shown as one row.
pub const MANY: usize = 3;

/// Findings that have one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'d> {
    /// The cause.
    pub cause: &'d Causes,
    /// Who must change something.
    pub side: Side,
    /// True if the data can prove it.
    pub strength: Strength,
    /// The meaning of the cause, where it is the same sentence for all of them; else empty.
    pub pattern: &'d str,
    /// The applications.
    pub apps: BTreeSet<AppId>,
    /// The first and the last day or month.
    pub span: String,
    /// The sum of the differences.
    pub difference: Money,
    /// The findings, as they are sorted.
    pub findings: Vec<&'d Discrepancy>,
}

impl Group<'_> {
    /// Returns true if it is shown as one row: a cause is known, and it has several findings.
    #[must_use]
    pub fn is_one_row(&self) -> bool {
        self.findings.len() >= MANY && !self.cause.is_unexplained()
    }
}

/// Returns the findings by cause, side and strength; the largest sum first.
#[must_use]
pub fn groups<'d>(discrepancies: impl IntoIterator<Item = &'d Discrepancy>) -> Vec<Group<'d>> {
    let mut by_cause: BTreeMap<(&Causes, Side, Strength), Vec<&Discrepancy>> = BTreeMap::new();
    for found in discrepancies {
        by_cause.entry((&found.cause, found.side, found.strength)).or_default().push(found);
    }
    let mut groups: Vec<Group<'_>> = by_cause.into_iter().map(|(key, findings)| group(key, findings)).collect();
    groups.sort_by_key(|group| Reverse(group.difference.abs()));
    groups
}

fn group<'d>((cause, side, strength): (&'d Causes, Side, Strength), findings: Vec<&'d Discrepancy>) -> Group<'d> {
    let first = findings.first().map_or("", |found| found.because.as_str());
    let same = findings.iter().all(|found| found.because == first);
    let ends = |found: &&'d Discrepancy| found.day.split_once('/').unwrap_or((&found.day, &found.day));
    let from = findings.iter().map(|found| ends(found).0).min().unwrap_or_default();
    let last = findings.iter().map(|found| ends(found).1).max().unwrap_or_default();
    Group {
        cause,
        side,
        strength,
        pattern: if same { first } else { "" },
        apps: findings.iter().filter_map(|found| found.app).collect(),
        span: if from == last { from.to_owned() } else { format!("{from}/{last}") },
        difference: findings.iter().map(|found| found.difference).sum(),
        findings,
    }
}
