//! The result of a comparison: the verdict, the totals, the bridge, the discrepancies.

pub use super::bridge::BridgeEntry;
use super::{Discrepancy, Sum};
use crate::model::{AppId, Item, Money, Span};

/// The bill held against the charges.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The verdict.
    pub verdict: Verdict,
    /// Sum of the bill's lines.
    pub billed_total: Money,
    /// `billed - expected`.
    pub difference: Money,
    /// Sum of the certain discrepancies above zero.
    pub overcharged: Money,
    /// Sum of the certain discrepancies below zero, without sign.
    pub undercharged: Money,
    /// The difference, step by step; adds up to it exactly.
    pub bridge: Vec<BridgeEntry>,
    /// The discrepancies, sorted as discrepancies.csv prints them.
    pub discrepancies: Vec<Discrepancy>,
    /// Lines that matched.
    pub matched: usize,
    /// Lines of the bill for usage of another month, which no charge was computed for.
    pub not_audited: Sum,
    /// True if two layouts of the bill do not sum to the same.
    pub contradicted: bool,
    /// The lines of the bill, in its own order; they add up to the billed total.
    pub billed: Vec<BilledLine>,
}

/// A line of the bill, as far as sums by day, application and item need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledLine {
    /// The days that it bills.
    pub span: Span,
    /// The application, where the line names one.
    pub app: Option<AppId>,
    /// The item, where it is known.
    pub item: Option<Item>,
    /// The amount.
    pub amount: Money,
}

/// The verdict of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every line agrees, within the tolerances.
    Reconciled,
    /// At least one certain discrepancy.
    Discrepancies,
    /// Differences, none of which the data can prove.
    Inconclusive,
}

impl Verdict {
    /// Its name in the reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reconciled => "reconciled",
            Self::Discrepancies => "discrepancies",
            Self::Inconclusive => "inconclusive",
        }
    }
}
