//! Months of accounts next to each other: usage, cost, unit cost, packages and claims by account, application and
//! item. Every sum is one of figures that the reports print; a report whose charges do not add up to its own total
//! is refused.

mod outliers;
mod payer;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

pub use outliers::outliers;
pub use payer::{Owned, Payer, payer};

use super::past_report::{PastReport, PastResult};
use super::signature::Signed;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::{Month, Rounding};

/// Every code of this module, with what it means.
pub const CODES: &[(&str, &str)] = &[
    ("history-none", "a path that holds no report"),
    ("history-not-tied", "a report whose charges do not add up to its total"),
    ("history-payer", "a payer's bill that is none, or of other months than the reports"),
    ("history-twice", "two reports of one account and month"),
];

/// Decimals of a unit cost.
const UNIT_COST: Rounding = Rounding::HalfUp(8);

/// The months of all accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Each report, by account and month.
    pub months: Vec<AccountMonth>,
    /// Each month of an application and item, by account, application, item and month.
    pub lines: Vec<ItemMonth>,
    /// Each grant and month.
    pub grants: Vec<GrantMonth>,
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMonth {
    /// The account.
    pub account: String,
    /// The month.
    pub period: Month,
    /// The currency.
    pub currency: String,
    /// The verdict, or `rated` without a bill.
    pub verdict: String,
    /// The expected total.
    pub expected: Decimal,
    /// The billed total.
    pub billed: Option<Decimal>,
    /// Certain overcharges of the month.
    pub claimed: Decimal,
    /// The month's adjustments below zero, without sign: the bill gives this back.
    pub credited: Decimal,
    /// Claims less credits of the account up to this month, not below zero.
    pub open: Decimal,
    /// The number of findings.
    pub findings: usize,
    /// `expected` less that of the month before; `None` where that month is not among the reports.
    pub change: Option<Decimal>,
    /// True if the expected total is an outlier among the account's months.
    pub outlier: bool,
    /// The signature, with the changes since.
    pub signed: Option<Signed>,
}

/// A month of an application and item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemMonth {
    /// The account.
    pub account: String,
    /// The application; empty for the account.
    pub app: String,
    /// The item.
    pub item: String,
    /// The month.
    pub period: Month,
    /// The unit of the quantities.
    pub unit: String,
    /// Usage.
    pub billable: Decimal,
    /// Covered by packages and allowances.
    pub covered: Decimal,
    /// Charged.
    pub charged: Decimal,
    /// The amount.
    pub amount: Decimal,
    /// The currency.
    pub currency: String,
    /// `amount / billable`, 8 decimals half up; `None` without usage.
    pub unit_cost: Option<Decimal>,
    /// `amount` less that of the month before; of a month that is not among the reports nothing is known.
    pub change: Option<Decimal>,
    /// True if the amount is an outlier among its months.
    pub outlier: bool,
}

/// A month of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantMonth {
    /// The account.
    pub account: String,
    /// The month.
    pub period: Month,
    /// The grant.
    pub grant: String,
    /// Package minutes at the beginning.
    pub opening: Decimal,
    /// Used in the month.
    pub used: Decimal,
    /// Lapsed in the month.
    pub expired: Decimal,
    /// Left at its end.
    pub remaining: Decimal,
}

/// A report, and who has signed it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The report.
    pub report: PastReport,
    /// Its signature.
    pub signed: Option<Signed>,
}

/// Puts reports next to each other. The order of the reports plays no part.
#[must_use]
pub fn history(mut entries: Vec<Entry>, found: &mut Diagnostics) -> History {
    entries.sort_by(|a, b| {
        let key = |entry: &Entry| (entry.report.account.clone(), entry.report.period, entry.report.folder.clone());
        key(a).cmp(&key(b))
    });
    for two in entries.windows(2) {
        let (one, other) = (&two[0].report, &two[1].report);
        if (&one.account, one.period) == (&other.account, other.period) {
            let message = format!("is of {} and {}, as {} is", other.account, other.period, one.folder);
            let help = "name one report of each account and month";
            found.push(Diagnostic::error("history-twice", At::file(&other.folder), message, help));
        }
    }
    let mut history = History::default();
    for entry in entries {
        history.add(entry, found);
    }
    history.compare();
    history
}

impl History {
    fn add(&mut self, Entry { report, signed }: Entry, found: &mut Diagnostics) {
        let sum: Decimal = report.charges.iter().map(|charge| charge.amount).sum();
        let result = report.result.as_ref();
        if let Some(result) = result.filter(|result| result.expected != sum) {
            let message = format!("has charges of {sum} in all, and an expected total of {}", result.expected);
            let help = "make the report again: its files are of two runs, or one was edited";
            found.push(Diagnostic::error("history-not-tied", At::file(&report.folder), message, help));
        }
        let grants = result.map(|result| result.grants.as_slice()).unwrap_or_default();
        self.grants.extend(grants.iter().map(|grant| GrantMonth {
            account: report.account.clone(),
            period: report.period,
            grant: grant.id.clone(),
            opening: grant.opening,
            used: grant.used,
            expired: grant.expired,
            remaining: grant.remaining,
        }));
        self.months.push(AccountMonth {
            account: report.account.clone(),
            period: report.period,
            currency: report.currency.clone(),
            verdict: result.map_or("rated", |result| &result.verdict).to_owned(),
            expected: sum,
            billed: result.map(|result| result.billed),
            claimed: result.map(|result| result.overcharged).unwrap_or_default(),
            credited: result.map(credited).unwrap_or_default(),
            open: Decimal::ZERO,
            findings: result.map(|result| result.findings.len()).unwrap_or_default(),
            change: None,
            outlier: false,
            signed,
        });
        self.lines.extend(lines(report));
    }

    /// Fills in what follows from the months before: changes, outliers, open claims.
    fn compare(&mut self) {
        self.lines.sort_by(|a, b| {
            let key = |line: &ItemMonth| (line.account.clone(), line.app.clone(), line.item.clone(), line.period);
            key(a).cmp(&key(b))
        });
        for months in self.months.chunk_by_mut(|a, b| a.account == b.account && a.currency == b.currency) {
            let amounts: Vec<Decimal> = months.iter().map(|month| month.expected).collect();
            let mut open = Decimal::ZERO;
            for (at, odd) in outliers(&amounts).into_iter().enumerate() {
                months[at].outlier = odd;
                let before = at.checked_sub(1).map(|at| (months[at].period, months[at].expected));
                months[at].change = change(before, months[at].period, months[at].expected);
                open = (open + months[at].claimed - months[at].credited).max(Decimal::ZERO);
                months[at].open = open;
            }
        }
        let same_line = |a: &ItemMonth, b: &ItemMonth| {
            (&a.account, &a.app, &a.item, &a.currency) == (&b.account, &b.app, &b.item, &b.currency)
        };
        for lines in self.lines.chunk_by_mut(same_line) {
            let amounts: Vec<Decimal> = lines.iter().map(|line| line.amount).collect();
            for (at, odd) in outliers(&amounts).into_iter().enumerate() {
                lines[at].outlier = odd;
                let before = at.checked_sub(1).map(|at| (lines[at].period, lines[at].amount));
                lines[at].change = change(before, lines[at].period, lines[at].amount);
            }
        }
    }

    /// Returns the sums by month and currency: expected, billed, and how many accounts.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<(Month, String), (Decimal, Decimal, usize)> {
        let mut totals: BTreeMap<(Month, String), (Decimal, Decimal, usize)> = BTreeMap::new();
        for month in &self.months {
            let sum = totals.entry((month.period, month.currency.clone())).or_default();
            sum.0 += month.expected;
            sum.1 += month.billed.unwrap_or_default();
            sum.2 += 1;
        }
        totals
    }

    /// Returns true if a signed month is no longer what was signed.
    #[must_use]
    pub fn has_changed_since_signed(&self) -> bool {
        self.months.iter().filter_map(|month| month.signed.as_ref()).any(|signed| !signed.changed.is_empty())
    }
}

fn change(before: Option<(Month, Decimal)>, period: Month, amount: Decimal) -> Option<Decimal> {
    before.filter(|(month, _)| month.plus(1) == period).map(|(_, then)| amount - then)
}

/// Returns what a bill gives back: its adjustments below zero, without sign.
fn credited(result: &PastResult) -> Decimal {
    let adjustments = result.findings.iter().filter(|finding| finding.kind == "adjustment");
    adjustments.map(|finding| -finding.difference).filter(Decimal::is_sign_positive).sum()
}

/// Returns the lines of a report, by application and item.
fn lines(report: PastReport) -> Vec<ItemMonth> {
    let mut lines: BTreeMap<(String, String, String), ItemMonth> = BTreeMap::new();
    for charge in report.charges {
        let key = (charge.app.clone(), charge.item.clone(), charge.unit.clone());
        let line = lines.entry(key).or_insert_with(|| ItemMonth {
            account: report.account.clone(),
            app: charge.app,
            item: charge.item,
            period: report.period,
            unit: charge.unit,
            billable: Decimal::ZERO,
            covered: Decimal::ZERO,
            charged: Decimal::ZERO,
            amount: Decimal::ZERO,
            currency: charge.currency,
            unit_cost: None,
            change: None,
            outlier: false,
        });
        line.billable += charge.billable;
        line.covered += charge.covered;
        line.charged += charge.charged;
        line.amount += charge.amount;
    }
    let mut lines: Vec<ItemMonth> = lines.into_values().collect();
    for line in &mut lines {
        line.unit_cost = line.amount.checked_div(line.billable).map(|cost| UNIT_COST.apply(cost).normalize());
    }
    lines
}

#[cfg(test)]
mod tests;
