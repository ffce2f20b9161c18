//! A report that an earlier run wrote, read from its folder for `diff`, `history` and `sign`.

use std::collections::BTreeMap;
use std::path::Path;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::compare::Discrepancy;
use crate::digest::sha256;
use crate::model::Month;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, Severity};
use crate::rate::charge::Charge;
use crate::rate::drawdown::Balance;
use crate::read::{self, InputFile, ReadOptions, Table};
use crate::report::{Comparison, MANIFEST, Report, table};

/// The result of a report.
const RESULT: &str = "reconciliation.json";
/// The table of charges, in the forms in which a report may have it.
const CHARGES: [&str; 2] = ["charges.parquet", "charges.csv"];

/// Every code of this module, with what it means.
pub const CODES: &[(&str, &str)] = &[("report-unreadable", "a folder that holds no report that can be read")];

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastReport {
    /// Its folder, as it was given.
    pub folder: String,
    /// SHA-256 of its manifest, in hex.
    pub manifest: String,
    /// The account.
    pub account: String,
    /// The billing month.
    pub period: Month,
    /// The currency; empty where the report has no charge and no bill.
    pub currency: String,
    /// The result of the comparison; `None` for a report of `rate`.
    pub result: Option<PastResult>,
    /// The charges, line by line.
    pub charges: Vec<PastCharge>,
    /// The inputs: path and digest.
    pub inputs: BTreeMap<String, String>,
    /// The files of the report: path and digest.
    pub outputs: BTreeMap<String, String>,
}

/// The result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastResult {
    /// The verdict.
    pub verdict: String,
    /// The expected total.
    pub expected: Decimal,
    /// The billed total.
    pub billed: Decimal,
    /// The certain overcharges.
    pub overcharged: Decimal,
    /// The certain undercharges.
    pub undercharged: Decimal,
    /// The findings.
    pub findings: Vec<PastFinding>,
    /// The grants.
    pub grants: Vec<PastGrant>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PastFinding {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its cause.
    pub cause: String,
    /// The application; empty for the account.
    pub app: String,
    /// The day or month.
    pub day: String,
    /// The item; empty where it names none.
    pub item: String,
    /// `billed - expected`.
    pub difference: Decimal,
    /// True if it is certain.
    pub certain: bool,
}

/// A grant's minutes in the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastGrant {
    /// Its id.
    pub id: String,
    /// Package minutes at the beginning of the month.
    pub opening: Decimal,
    /// Used in the month.
    pub used: Decimal,
    /// Lapsed in the month.
    pub expired: Decimal,
    /// Left at its end.
    pub remaining: Decimal,
}

/// A line of charges.csv.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PastCharge {
    /// The application; empty for the account.
    pub app: String,
    /// The day or month.
    pub day: String,
    /// The item.
    pub item: String,
    /// The billing unit.
    pub unit: String,
    /// Usage in the billing unit.
    pub billable: Decimal,
    /// Covered by grants.
    pub covered: Decimal,
    /// Charged.
    pub charged: Decimal,
    /// The price of a unit.
    pub price: Decimal,
    /// The amount.
    pub amount: Decimal,
    /// The currency.
    pub currency: String,
}

/// Returns true for the folder of a report.
#[must_use]
pub fn is_report(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

/// Reads the report in a folder.
pub fn read(folder: &Path) -> Result<PastReport, Diagnostics> {
    let (bytes, manifest) = json(&folder.join(MANIFEST)).map_err(one)?;
    let result = folder.join(RESULT);
    let result = if result.is_file() { Some(json(&result).map_err(one)?.1) } else { None };
    let charges = CHARGES.into_iter().map(|name| folder.join(name)).find(|path| path.is_file());
    let charges = charges.ok_or_else(|| {
        one(unreadable(
            folder,
            "has neither charges.csv nor charges.parquet",
            "write the report with --format csv,json",
        ))
    })?;
    let charges = read_charges(&charges)?;
    let currency = charges.first().map(|charge| charge.currency.clone()).unwrap_or_default();
    let unlike = || one(unreadable(folder, "is no report of this tool, or of a version unlike this one", HELP));
    let mut report = of_manifest(folder, &manifest).ok_or_else(unlike)?;
    report.manifest = sha256(&bytes);
    report.charges = charges;
    report.currency = currency;
    if let Some(value) = result {
        report.result = Some(of_result(&value).ok_or_else(unlike)?);
        value["currency"].as_str().unwrap_or_default().clone_into(&mut report.currency);
    }
    Ok(report)
}

const HELP: &str = "name the folder of a report that `reconcile` wrote with --format csv,json";

fn one(found: Diagnostic) -> Diagnostics {
    [found].into_iter().collect()
}

fn unreadable(path: &Path, why: impl Into<String>, help: &str) -> Diagnostic {
    Diagnostic::error("report-unreadable", At::file(&path.to_string_lossy()), why, help)
}

fn json(path: &Path) -> Result<(Vec<u8>, Value), Diagnostic> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, format!("cannot be read: {error}"), HELP))?;
    let value = serde_json::from_slice(&bytes)
        .map_err(|error| unreadable(path, format!("is not readable as JSON: {error}"), HELP))?;
    Ok((bytes, value))
}

fn of_manifest(folder: &Path, manifest: &Value) -> Option<PastReport> {
    let files = |key: &str| -> Option<BTreeMap<String, String>> {
        let one = |file: &Value| {
            let digest = file["blake3"].as_str().or_else(|| file["sha256"].as_str())?;
            Some((file["path"].as_str()?.to_owned(), digest.to_owned()))
        };
        manifest[key].as_array()?.iter().map(one).collect()
    };
    Some(PastReport {
        folder: folder.to_string_lossy().into_owned(),
        manifest: String::new(),
        account: manifest["account"].as_str()?.to_owned(),
        period: Month::parse(manifest["period"].as_str()?)?,
        currency: String::new(),
        result: None,
        charges: Vec::new(),
        inputs: files("inputs")?,
        outputs: files("outputs")?,
    })
}

/// Returns a line as charges.csv has it.
#[must_use]
pub fn charge_of(charge: &Charge, currency: &str) -> PastCharge {
    PastCharge {
        app: charge.app.map(|app| app.to_string()).unwrap_or_default(),
        day: table::settled(charge.day).plain().into_owned(),
        item: charge.item.id().to_owned(),
        unit: charge.item.unit().name().to_owned(),
        billable: charge.billable.decimal(),
        covered: charge.covered.decimal(),
        charged: charge.charged.decimal(),
        price: charge.price.decimal().normalize(),
        amount: charge.amount.decimal().normalize(),
        currency: currency.to_owned(),
    }
}

/// Returns the result of a comparison as reconciliation.json has it.
#[must_use]
pub fn result_of(report: &Report, comparison: &Comparison) -> PastResult {
    let finding = |row: &Discrepancy| PastFinding {
        id: row.id.clone(),
        kind: row.kind.name().to_owned(),
        cause: row.cause.to_string(),
        app: row.app.map(|app| app.to_string()).unwrap_or_default(),
        day: row.day.clone(),
        item: row.item.map(|item| item.id().to_owned()).unwrap_or_default(),
        difference: row.difference.decimal().normalize(),
        certain: row.strength.name() == "certain",
    };
    let grant = |grant: &Balance| PastGrant {
        id: grant.id.clone(),
        opening: grant.opening.decimal(),
        used: grant.used.decimal(),
        expired: grant.expired.decimal(),
        remaining: grant.remaining.decimal(),
    };
    PastResult {
        verdict: comparison.verdict.name().to_owned(),
        expected: report.expected_total.decimal().normalize(),
        billed: comparison.billed_total.decimal().normalize(),
        overcharged: comparison.overcharged.decimal().normalize(),
        undercharged: comparison.undercharged.decimal().normalize(),
        findings: comparison.discrepancies.iter().map(finding).collect(),
        grants: report.grants.iter().map(grant).collect(),
    }
}

fn figure(value: &Value) -> Option<Decimal> {
    value.as_str().and_then(decimal)
}

/// Returns a decimal as the reports print it; of prices up to 20 decimals.
fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok().map(|value| value.normalize())
}

fn of_result(value: &Value) -> Option<PastResult> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let finding = |row: &Value| {
        Some(PastFinding {
            id: row["id"].as_str()?.to_owned(),
            kind: text(row, "kind"),
            cause: text(row, "cause"),
            app: text(row, "sdk_app_id"),
            day: text(row, "day"),
            item: text(row, "item"),
            difference: figure(&row["difference"])?,
            certain: row["strength"] == "certain",
        })
    };
    let grant = |row: &Value| {
        Some(PastGrant {
            id: row["id"].as_str()?.to_owned(),
            opening: figure(&row["opening"])?,
            used: figure(&row["used"])?,
            expired: figure(&row["expired"])?,
            remaining: figure(&row["remaining"])?,
        })
    };
    Some(PastResult {
        verdict: value["verdict"].as_str()?.to_owned(),
        expected: figure(&value["expected_total"])?,
        billed: figure(&value["billed_total"])?,
        overcharged: figure(&value["overcharged"])?,
        undercharged: figure(&value["undercharged"])?,
        findings: value["discrepancies"].as_array()?.iter().map(finding).collect::<Option<_>>()?,
        grants: value["grants"].as_array()?.iter().map(grant).collect::<Option<_>>()?,
    })
}

const COLUMNS: [&str; 10] =
    ["sdk_app_id", "day", "item", "unit", "billable", "covered", "charged", "unit_price", "amount", "currency"];

fn read_charges(path: &Path) -> Result<Vec<PastCharge>, Diagnostics> {
    let file = InputFile { path: path.to_string_lossy().into_owned(), location: path.to_owned() };
    let mut found = Diagnostics::default();
    let mut charges = Vec::new();
    for opened in read::open(&file, &mut 0, &ReadOptions::default()) {
        found.extend(opened.diagnostics.into_iter().filter(|found| found.severity == Severity::Error));
        for table in &opened.tables {
            charges.extend(rows(table, path)?);
        }
    }
    if found.has_errors() { Err(found) } else { Ok(charges) }
}

fn rows(table: &Table, path: &Path) -> Result<Vec<PastCharge>, Diagnostics> {
    let unlike = |why: String| one(unreadable(path, why, HELP));
    let Some(head) = table.head.first() else { return Ok(Vec::new()) };
    let slots = COLUMNS.map(|name| head.cells.iter().position(|cell| cell == name));
    let Some(wanted) = slots.into_iter().collect::<Option<Vec<usize>>>() else {
        return Err(unlike(format!("lacks one of the columns {}", COLUMNS.join(", "))));
    };
    let step = |rows: &mut (Vec<PastCharge>, Option<u32>), row: read::Row<'_>| {
        let mut cells = row.cells.iter().map(|cell| cell.text);
        match charge(&mut cells) {
            Some(charge) => rows.0.push(charge),
            None => _ = rows.1.get_or_insert(row.number),
        }
    };
    let pieces = table.fold(head.number, &wanted, || (Vec::new(), None), step)?;
    if let Some(row) = pieces.iter().find_map(|(_, wrong)| *wrong) {
        return Err(unlike(format!("has figures that are no numbers in row {row}")));
    }
    Ok(pieces.into_iter().flat_map(|(rows, _)| rows).collect())
}

fn charge<'a>(cells: &mut impl Iterator<Item = &'a str>) -> Option<PastCharge> {
    let mut text = || cells.next().map(str::to_owned);
    let (app, day, item, unit) = (text()?, text()?, text()?, text()?);
    let mut number = || cells.next().and_then(decimal);
    let (billable, covered, charged, price, amount) = (number()?, number()?, number()?, number()?, number()?);
    let currency = cells.next()?.to_owned();
    Some(PastCharge { app, day, item, unit, billable, covered, charged, price, amount, currency })
}
