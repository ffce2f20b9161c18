//! 6 REPORT: one result model; renderers that return bytes; one publisher.
//!
//! A renderer takes a [`Report`] and returns the bytes of one file. Only
//! [`publish()`](publish::publish) writes.

pub mod batch;
pub mod check;
mod cover;
pub mod csv;
pub mod disk;
pub mod html;
pub mod json;
mod lock;
pub mod manifest;
pub mod publish;
pub mod summary;
pub mod table;
#[cfg(test)]
mod tests;
pub mod text;
pub mod xlsx;

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::domain::{Money, Month};
use crate::rating::charge::Charge;
use crate::rating::drawdown::{Balance, Deduction};
use crate::reconcile::Discrepancy;

/// The file that says what made the report.
pub const MANIFEST: &str = "manifest.json";

/// What a report can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// charges.csv, drawdown.csv, discrepancies.csv.
    Csv,
    /// reconciliation.json.
    Json,
    /// reconciliation.xlsx.
    Xlsx,
    /// reconciliation.html.
    Html,
}

/// Why a report could not be rendered: it is beyond what a file format holds.
#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be made: {source}")]
pub struct RenderError {
    /// The file.
    pub file: &'static str,
    /// What its writer said.
    pub source: rust_xlsxwriter::XlsxError,
}

/// Every file of a report as bytes, manifest.json last. Without a bill
/// (`rate`) there are no discrepancies.csv and no reconciliation.json.
/// `arguments` are those that change the result.
pub fn render(report: &Report, formats: &[Format], arguments: &Value) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    let mut files = Vec::new();
    let mut put = |name: &str, bytes| files.push((name.to_owned(), bytes));
    let comparison = report.comparison.as_ref();
    if formats.contains(&Format::Csv) {
        put("charges.csv", csv::render(table::charges(report)));
        put("drawdown.csv", csv::render(table::drawdown(report)));
        if let Some(comparison) = comparison {
            put("discrepancies.csv", csv::render(table::discrepancies(report, comparison)));
        }
    }
    if formats.contains(&Format::Json)
        && let Some(comparison) = comparison
    {
        put("reconciliation.json", json::render(report, comparison));
    }
    if formats.contains(&Format::Xlsx) {
        let file = "reconciliation.xlsx";
        put(file, xlsx::render(report).map_err(|source| RenderError { file, source })?);
    }
    if formats.contains(&Format::Html) {
        put("reconciliation.html", html::render(report));
    }
    let manifest = manifest::render(report, arguments, &files);
    files.push((MANIFEST.to_owned(), manifest));
    Ok(files)
}

/// The result of one case: everything that any output shows.
#[derive(Debug, Clone)]
pub struct Report {
    /// The account (UIN).
    pub account: String,
    /// The billing month.
    pub period: Month,
    /// The currency of every amount.
    pub currency: String,
    /// What the run found; `None` where no bill was compared (`rate`).
    pub comparison: Option<Comparison>,
    /// What should have been charged, sorted as charges.csv prints it.
    pub charges: Vec<Charge>,
    /// Every deduction, in order.
    pub drawdown: Vec<Deduction>,
    /// What became of each grant; [`Deduction::grant`] counts from here.
    pub grants: Vec<Balance>,
    /// How complete the usage is.
    pub completeness: Completeness,
    /// The inputs and what became of their rows.
    pub inputs: Vec<Input>,
    /// The rate cards that applied, in order of time.
    pub cards: Vec<CardUsed>,
    /// What was assumed, with the money at stake.
    pub assumptions: Vec<String>,
    /// Warnings and notes about the inputs.
    pub diagnostics: Vec<Diagnostic>,
    /// Sum of the 8-decimal charges.
    pub expected_total: Money,
    /// Where some charges are known only as an interval: the least and the most they sum to.
    pub expected_range: Option<(Money, Money)>,
    /// The expected total, half up to cents.
    pub payable_total: Money,
}

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
    /// The difference, split by cause; adds up to it exactly.
    pub bridge: Vec<BridgeEntry>,
    /// The discrepancies, sorted as discrepancies.csv prints them.
    pub discrepancies: Vec<Discrepancy>,
    /// Lines that matched.
    pub matched: usize,
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

/// One step from expected to billed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeEntry {
    /// A cause, or `adjustment`, `bill_precision`, `within_tolerance`, `unexplained`.
    pub cause: String,
    /// Its part of the difference.
    pub amount: Money,
    /// How many lines.
    pub count: usize,
}

/// How complete the usage is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completeness {
    /// Days of the period.
    pub days_expected: usize,
    /// Days with at least one row of the account.
    pub days_seen: usize,
    /// Days without a row, as ranges: `2024-10-03/2024-10-05`, both ends inside.
    pub gaps: Vec<String>,
    /// Rows that repeat another.
    pub duplicates: u64,
}

/// One input file and what became of its rows:
/// `rows = used + excluded + duplicate + rejected`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    /// Relative to the case.
    pub path: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Data rows (header, titles and blank lines do not count).
    pub rows: u64,
    /// Rows that made a figure.
    pub used: u64,
    /// Rows left out for a reason that is said.
    pub excluded: u64,
    /// Rows that repeat another.
    pub duplicate: u64,
    /// Rows that could not be read (the run then fails).
    pub rejected: u64,
    /// Why rows were left out: reason and count, for people.
    pub reasons: Vec<(String, u64)>,
    /// What the file was read as: layout, encoding, sheets, for people.
    pub read_as: String,
}

/// A rate card that applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardUsed {
    /// Its id.
    pub id: String,
    /// Why it applied: derived from the account, or overridden.
    pub reason: String,
}
