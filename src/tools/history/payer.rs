//! A payer's bill by owner, next to the reports of these accounts: the group ties to the payer's total.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::History;
use crate::model::Month;
use crate::normalise::bill::ProductRow;

/// A payer's bill and the reports of the accounts that own its rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Payer {
    /// By owner, month and currency.
    pub owned: Vec<Owned>,
}

/// The rows of one owner in one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// The account.
    pub account: String,
    /// The month.
    pub period: Month,
    /// The currency.
    pub currency: String,
    /// Its rows of the product in the payer's bill.
    pub on_payers_bill: Decimal,
    /// The billed total of its report; `None` without a report, or with one that has no bill.
    pub in_report: Option<Decimal>,
}

impl Owned {
    /// Returns true where the report has what the payer's bill has.
    #[must_use]
    pub fn ties(&self) -> bool {
        self.in_report == Some(self.on_payers_bill)
    }
}

impl Payer {
    /// Returns true where every account ties.
    #[must_use]
    pub fn ties(&self) -> bool {
        self.owned.iter().all(Owned::ties)
    }

    /// Returns the sums by month and currency: on the payer's bill, and in the reports.
    #[must_use]
    pub fn totals(&self) -> BTreeMap<(Month, &str), (Decimal, Decimal)> {
        let mut totals: BTreeMap<(Month, &str), (Decimal, Decimal)> = BTreeMap::new();
        for owned in &self.owned {
            let sum = totals.entry((owned.period, owned.currency.as_str())).or_default();
            sum.0 += owned.on_payers_bill;
            sum.1 += owned.in_report.unwrap_or_default();
        }
        totals
    }
}

/// Compares the rows of a payer's bill, each of which names its month, with the reports of their owners.
#[must_use]
pub fn payer(rows: &[ProductRow], history: &History) -> Payer {
    let mut sums: BTreeMap<(String, Month, String), Decimal> = BTreeMap::new();
    for row in rows {
        let Some(period) = row.month else { continue };
        *sums.entry((row.owner.clone(), period, row.currency.clone())).or_default() += row.amount;
    }
    let billed: BTreeMap<(&str, Month, &str), Decimal> = history
        .months
        .iter()
        .filter_map(|month| Some(((month.account.as_str(), month.period, month.currency.as_str()), month.billed?)))
        .collect();
    let months: BTreeSet<Month> = sums.keys().map(|(_, period, _)| *period).collect();
    // A report of the payer's months whose account owns nothing does not tie either.
    for (account, period, currency) in billed.keys().filter(|(_, period, _)| months.contains(period)) {
        sums.entry(((*account).to_owned(), *period, (*currency).to_owned())).or_default();
    }
    let owned = sums.into_iter().map(|((account, period, currency), amount)| Owned {
        in_report: billed.get(&(account.as_str(), period, currency.as_str())).copied(),
        account,
        period,
        currency,
        on_payers_bill: amount,
    });
    Payer { owned: owned.collect() }
}
