//! Prepares a claim on the vendor: the certain overcharges by cause, the rule behind each, and the smallest part of the
//! usage that still shows them. Undercharges are no claim. Pure.

mod extract;
mod rule;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::case::account::Letter;
use crate::causes::Situation;
use crate::compare::finding::{Finding, Strength};
use crate::compare::{Compared, Discrepancy};
use crate::model::cause::Causes;
use crate::model::{Money, Usage};

/// A claim on the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Addressee, company and contact, and date of the letter, as account.toml has them.
    pub letter: Letter,
    /// The claims, cause by cause, the largest first.
    pub claims: Vec<Claim>,
    /// The sum.
    pub total: Money,
    /// The usage that the claimed lines follow from.
    pub extract: Vec<Usage>,
    /// The number of all rows of usage.
    pub rows: usize,
}

/// The claim for one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The cause; several that would each explain it are joined by `|`.
    pub cause: Causes,
    /// The rule that the bill breaks.
    pub rule: Rule,
    /// The lines.
    pub rows: Vec<Discrepancy>,
    /// Their sum.
    pub amount: Money,
}

/// A rule in both languages, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
    /// Where it stands.
    pub source: Source,
}

/// Where a rule stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// In the vendor's documents.
    Document(String),
    /// In the vendor's documents, less the contract's discount.
    Discounted(String),
    /// In the vendor's documents, of this plan.
    Plan(String, String),
    /// In the contract with the account.
    Contract,
    /// In the vendor's own usage export.
    Export,
    /// In the bill, whose lines repeat one another.
    Repeated,
    /// In the bill, which names no usage.
    NoUsage,
    /// In account.toml, which has no such purchase.
    NoPurchase,
}

/// Returns the claim that follows from a comparison; `None` where nothing is certainly
/// overcharged. `rows` are the discrepancies, each with the position of its finding.
#[must_use]
pub fn dispute(situation: &Situation<'_>, compared: &Compared, rows: Vec<(usize, Discrepancy)>) -> Option<Dispute> {
    let overcharged = |row: &Discrepancy| row.strength == Strength::Certain && row.difference > Money::ZERO;
    let claimed: Vec<(&Finding, Discrepancy)> =
        rows.into_iter().filter(|(_, row)| overcharged(row)).map(|(at, row)| (&compared.findings[at], row)).collect();
    let charges: Vec<usize> = claimed.iter().flat_map(|(finding, _)| finding.pairing.charges.clone()).collect();
    let mut by_cause: BTreeMap<(String, Rule), Vec<Discrepancy>> = BTreeMap::new();
    for (finding, row) in claimed {
        by_cause.entry((row.cause.to_string(), rule::of(finding, situation))).or_default().push(row);
    }
    let claim = |((_, rule), mut rows): ((String, Rule), Vec<Discrepancy>)| {
        rows.sort_by_key(|row| Reverse(row.difference));
        let cause = rows.first().map(|row| row.cause.clone()).unwrap_or_default();
        let amount = rows.iter().map(|row| row.difference).sum();
        Claim { cause, rule, rows, amount }
    };
    let mut claims: Vec<Claim> = by_cause.into_iter().map(claim).collect();
    claims.sort_by_key(|claim| Reverse(claim.amount));
    let total = claims.iter().map(|claim| claim.amount).sum();
    (!claims.is_empty()).then(|| Dispute {
        letter: situation.account.letter.clone(),
        extract: extract::extract(&charges, situation),
        rows: situation.usage.len(),
        claims,
        total,
    })
}

impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rule {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (&self.source, &self.en).cmp(&(&other.source, &other.en))
    }
}
