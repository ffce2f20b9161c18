//! 4 COMPARE: rated charges against issued lines: pure.
//!
//! Charges and bill lines are paired ([`pairing`]), each pairing is judged
//! ([`mod@judge`]), and what is not usage has rules of its own ([`other_lines`]).

pub mod balances;
pub mod bridge;
pub mod coverage;
pub mod finding;
pub mod groups;
pub mod item_swap;
pub mod judge;
pub mod other_lines;
pub mod pairing;
pub mod result;
pub mod summary;

pub use finding::{Discrepancy, Kind, Side, Strength};

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{Day, Money};
use crate::rate::charge::Charge;
use finding::Finding;
use judge::{Judgement, judge};
use pairing::{Pairing, pair};

/// Both sides of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Bill<'a> {
    /// The charges that are due.
    pub charges: &'a [Charge],
    /// Purchases that may be billed: nothing says what they cost.
    pub possible: &'a [Charge],
    /// The bill's lines.
    pub lines: &'a [InvoiceLine],
    /// The currency of the charges.
    pub currency: &'a str,
    /// The tolerance per line.
    pub tolerance: Tolerance,
    /// Days on which the account has at least one row of usage.
    pub days_seen: &'a BTreeSet<Day>,
    /// The rulings on the refund lines.
    pub refunds: &'a [RefundRuling],
}

/// A ruling on one refund line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRuling {
    /// Its position among the bill's lines.
    pub line: usize,
    /// True if the rule gives just this line.
    pub allowed: bool,
    /// Why not; empty where it is allowed.
    pub reason: String,
}

impl Bill<'_> {
    /// Returns what the refund rule says to a line, where it is a refund.
    #[must_use]
    pub fn refund(&self, line: usize) -> Option<&RefundRuling> {
        self.refunds.iter().find(|ruling| ruling.line == line)
    }
}

/// A tolerance per line: met if either bound is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tolerance {
    /// Money.
    pub absolute: Money,
    /// A part of the expected amount.
    pub relative: Decimal,
}

/// The result of a comparison: `billed - expected` is the sum of the findings'
/// differences and of the four carried sums.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compared {
    /// The differences.
    pub findings: Vec<Finding>,
    /// Pairings that agree.
    pub matched: usize,
    /// Of these the ones whose usage before deduction differs, without effect.
    pub notes: Vec<Pairing>,
    /// The sum that the bill's own precision leaves, and on how many pairings.
    pub precision: Carried,
    /// The sum that the tolerances forgave.
    pub forgiven: Carried,
    /// The sum that the bill carries beside the charges and no rule objects to.
    pub adjusted: Carried,
}

/// A sum that the bridge carries beside the findings, by sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Carried {
    /// The amounts above zero.
    pub raised: Sum,
    /// The amounts below zero.
    pub lowered: Sum,
}

/// Amounts of one sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// The money.
    pub amount: Money,
    /// Number of lines.
    pub count: usize,
}

impl Bill<'_> {
    /// Returns true if it has nothing but sums of the whole month, over all applications and items.
    #[must_use]
    pub fn is_sums(&self) -> bool {
        let of_all = |line: &InvoiceLine| {
            line.class == LineClass::Total && line.app.is_none() && line.span.days().nth(1).is_some()
        };
        !self.lines.is_empty() && self.lines.iter().all(of_all)
    }
}

impl Carried {
    /// Adds a line.
    pub fn add(&mut self, amount: Money) {
        if !amount.is_zero() {
            let sum = if amount > Money::ZERO { &mut self.raised } else { &mut self.lowered };
            sum.amount += amount;
            sum.count += 1;
        }
    }
}

impl Compared {
    fn take(&mut self, judgement: Judgement) {
        match judgement {
            Judgement::Agrees(left) => {
                self.matched += 1;
                self.precision.add(left);
            }
            Judgement::Forgiven(difference) => self.forgiven.add(difference),
            Judgement::Differs(finding) => self.findings.push(*finding),
        }
    }
}

/// Holds a bill against the charges.
#[must_use]
pub fn compare(bill: &Bill<'_>) -> Compared {
    let mut compared = Compared::default();
    let mut unbilled: Vec<Pairing> = Vec::new();
    for pairing in pair_usage(bill) {
        if pairing.lines.is_empty() {
            unbilled.push(pairing.clone());
        }
        let judgement = judge(&pairing, bill);
        if matches!(judgement, Judgement::Agrees(_)) && judge::other_usage(&pairing, bill) {
            compared.notes.push(pairing);
        }
        compared.take(judgement);
    }
    item_swap::join(&mut compared.findings, &unbilled, bill);
    other_lines::fees(bill, &mut compared);
    other_lines::corrections(bill, &mut compared);
    compared
}

/// Usage lines against usage charges. Sums that name no item take what no
/// other line took; a bill of nothing but such sums is held against all charges.
#[must_use]
pub fn pair_usage(bill: &Bill<'_>) -> Vec<Pairing> {
    if bill.is_sums() {
        return vec![Pairing { charges: (0..bill.charges.len()).collect(), lines: (0..bill.lines.len()).collect() }];
    }
    let charges: Vec<_> = bill.charges.iter().enumerate().filter(|(_, charge)| !charge.item.is_fee()).collect();
    let of_usage = |line: &InvoiceLine| matches!(line.class, LineClass::Usage | LineClass::Total);
    let lines: Vec<_> = bill.lines.iter().enumerate().filter(|(_, line)| of_usage(line)).collect();
    pair(&charges, &lines)
}
