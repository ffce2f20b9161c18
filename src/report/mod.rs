//! 6 REPORT: one result model; renderers that return bytes; one publisher.
//!
//! A renderer takes a [`Report`] and returns the bytes of one file. Only
//! [`publish()`](publish::publish) writes.

pub mod batch;
pub mod breakdown;
pub mod charts;
pub mod check;
pub mod csv;
pub mod disk;
pub mod dispute;
pub mod focus;
pub mod history;
pub mod html;
pub mod json;
pub mod junit;
mod lock;
pub mod manifest;
pub mod names;
#[cfg(feature = "polars")]
pub mod parquet;
pub mod publish;
pub mod sarif;
pub mod summary;
pub mod sums;
pub mod table;
pub mod terminal;
#[cfg(test)]
pub mod tests;
pub mod xlsx;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde_json::Value;

use crate::audit::Assumption;
use crate::compare::balances::Assertion;
pub use crate::compare::result::{BilledLine, BridgeEntry, Comparison, Verdict};
use crate::digest::{Digests, Naming};
pub use crate::i18n::{Lang, Words};
use crate::model::diagnostic::Diagnostic;
use crate::model::{Money, Month, Span};
use crate::normalise::TableCounts;
use crate::rate::charge::Charge;
use crate::rate::drawdown::{Balance, Deduction};
use crate::rules::terms::CardUsed;
use crate::tools::dispute::Dispute;
use crate::tools::followup::{Followup, Notes, notes, to_json};

/// The file that says what made the report.
pub const MANIFEST: &str = "manifest.json";

/// The SHA-256 of every other file of a report, as `sha256sum -c` takes it.
pub const SUMS: &str = "SHA256SUMS";

/// The file with the findings of the earlier report that this one follows up: kept, so that
/// the run can be replayed after the earlier report is gone.
pub const PREVIOUS: &str = "previous.json";

/// The formats of a report.
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
    /// focus.csv: FOCUS 1.2.
    Focus,
    /// Each table as a .parquet file.
    #[cfg(feature = "polars")]
    Parquet,
    /// findings.sarif: SARIF 2.1.0.
    Sarif,
    /// findings.junit.xml.
    Junit,
}

impl Format {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Csv,
        Self::Json,
        Self::Xlsx,
        Self::Html,
        Self::Focus,
        #[cfg(feature = "polars")]
        Self::Parquet,
        Self::Sarif,
        Self::Junit,
    ];
}

/// Why a report could not be rendered: it is beyond what a file format holds.
#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be made: {why}")]
pub struct RenderError {
    /// The file.
    pub file: &'static str,
    /// The message of its writer.
    pub why: String,
}

/// Returns every file of a report as bytes, manifest.json and SHA256SUMS last. Without a bill
/// (`rate`) there are no discrepancies.csv and no reconciliation.json.
/// `arguments` are those that change the result.
pub fn render(report: &Report, formats: &[Format], arguments: &Value) -> Result<Vec<(String, Vec<u8>)>, RenderError> {
    let mut files = Vec::new();
    let mut put = |name: &str, bytes| files.push((name.to_owned(), bytes));
    let comparison = report.comparison.as_ref();
    if formats.contains(&Format::Csv) {
        put("charges.csv", csv::render(table::charges(report)));
        put("drawdown.csv", csv::render(table::drawdown(report)));
        if !report.asserted.is_empty() {
            put("balances.csv", csv::render(table::balances(report)));
        }
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
        put(file, xlsx::render(report).map_err(|error| RenderError { file, why: error.to_string() })?);
    }
    if formats.contains(&Format::Html) {
        put("reconciliation.html", html::render(report));
    }
    if formats.contains(&Format::Focus) {
        put("focus.csv", focus::render(report));
    }
    #[cfg(feature = "polars")]
    if formats.contains(&Format::Parquet) {
        for (file, table) in tables(report) {
            put(file, parquet::render(table).map_err(|why| RenderError { file, why })?);
        }
    }
    if formats.contains(&Format::Sarif) {
        put("findings.sarif", sarif::render(report));
    }
    if formats.contains(&Format::Junit) {
        put("findings.junit.xml", junit::render(report));
    }
    if let Some(dispute) = &report.dispute {
        files.extend(dispute::render(report, dispute));
    }
    if let Some(followup) = &report.followup {
        files.push(("followup.csv".to_owned(), csv::render(table::followup(followup))));
        files.push((PREVIOUS.to_owned(), to_json(&followup.earlier)));
    }
    if !report.notes.is_empty() {
        files.push((notes::KEPT.to_owned(), notes::to_json(&report.notes)));
    }
    let digests: Vec<_> = files.par_iter().map(|(_, bytes)| Digests::of(bytes, true)).collect();
    let named: Vec<_> = files.iter().map(|(name, _)| name.as_str()).zip(&digests).collect();
    let manifest = manifest::render(report, arguments, &named);
    let sums = report.naming.has_blake3().then(|| manifest::sums(&named, &manifest));
    files.push((MANIFEST.to_owned(), manifest));
    files.extend(sums.map(|sums| (SUMS.to_owned(), sums)));
    Ok(files)
}

/// Returns every table, by the name of its Parquet file.
#[cfg(feature = "polars")]
fn tables(report: &Report) -> Vec<(&'static str, table::Table<'_>)> {
    let mut tables = vec![("charges.parquet", table::charges(report)), ("drawdown.parquet", table::drawdown(report))];
    if let Some(comparison) = &report.comparison {
        tables.push(("discrepancies.parquet", table::discrepancies(report, comparison)));
    }
    tables.extend([("grants.parquet", table::grants(report)), ("inputs.parquet", table::inputs(report))]);
    if !report.asserted.is_empty() {
        tables.push(("balances.parquet", table::balances(report)));
    }
    tables
}

/// The result of one case: everything that any output shows.
#[derive(Debug, Clone)]
pub struct Report {
    /// The language of what people read.
    pub lang: Lang,
    /// The account (UIN).
    pub account: String,
    /// The names of the account and its applications in account.toml.
    pub names: names::Names,
    /// The billing month.
    pub period: Month,
    /// The currency of every amount.
    pub currency: String,
    /// The comparison; `None` where no bill was compared (`rate`).
    pub comparison: Option<Comparison>,
    /// The claim, where one was requested and there is something to claim.
    pub dispute: Option<Dispute>,
    /// The findings of an earlier report, followed up; `None` where no earlier report was named.
    pub followup: Option<Followup>,
    /// Status, owner and comment by id of a finding, carried from the report that this one replaces.
    pub notes: BTreeMap<String, Notes>,
    /// The charges, sorted as charges.csv prints them.
    pub charges: Vec<Charge>,
    /// Every deduction, in order.
    pub drawdown: Vec<Deduction>,
    /// The balance of each grant; [`Deduction::grant`] is an index into this list.
    pub grants: Vec<Balance>,
    /// The vendor's statements on the packages, compared with our ledger, each with its place.
    pub asserted: Vec<(String, Assertion)>,
    /// The price of each grant: by contract, as account.toml says, by list; `None` for one given or not sold alone.
    pub grant_costs: Vec<Option<Money>>,
    /// The completeness of the usage.
    pub completeness: Completeness,
    /// The inputs and what became of their rows.
    pub inputs: Vec<Input>,
    /// The digests by which inputs and outputs are named.
    pub naming: Naming,
    /// The rate cards that applied, in order of time.
    pub cards: Vec<CardUsed>,
    /// The assumptions, with the money at stake.
    pub assumptions: Vec<Assumption>,
    /// Warnings and notes about the inputs.
    pub diagnostics: Vec<Diagnostic>,
    /// Sum of the 8-decimal charges.
    pub expected_total: Money,
    /// Where some charges are known only as an interval: the least and the most they sum to.
    pub expected_range: Option<(Money, Money)>,
    /// The expected total, half up to cents.
    pub payable_total: Money,
}

impl Report {
    /// Returns the texts of its language.
    #[must_use]
    pub fn words(&self) -> &'static Words {
        self.lang.words()
    }
}

/// The completeness of the usage.
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
    /// True where account.toml says that the exports hold all usage of the month.
    pub stated: bool,
    /// The longest stretches of the period without a 5-minute row, where there are such rows.
    pub quiet: Vec<Span>,
}

/// One input file and what became of its rows:
/// `rows = used + excluded + duplicate + rejected`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    /// Relative to the case.
    pub path: String,
    /// The digests of its bytes.
    pub digests: Digests,
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
    /// The form in which the file was read: layout, encoding, sheets, for people.
    pub read_as: String,
    /// By what it is known, before the report is published, that it was not changed
    /// meanwhile; where there is none, by its digest. In no output.
    pub identity: Option<crate::read::Identity>,
    /// Its tables, one by one; none of a file that was not read because another is the same.
    pub tables: Vec<TableRead>,
}

/// A sheet of a workbook, a list of a response, or all of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRead {
    /// The sheet or list, where the file has such.
    pub sheet: Option<String>,
    /// The counts of its rows, by what became of them.
    pub counts: TableCounts,
}
