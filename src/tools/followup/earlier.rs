//! The findings of an earlier report: from its folder, or from the copy that a
//! report keeps of what it was held against (previous.json), so that it can be
//! replayed after the earlier one is gone.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Notes, Subject, notes};
use crate::digest::sha256;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::model::number::parse_decimal;
use crate::model::{Money, Month};
use crate::report::{MANIFEST, json};

const RESULT: &str = "reconciliation.json";

/// The findings of an earlier report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// SHA-256 of its manifest.json, in hex.
    pub manifest: String,
    /// Its findings.
    pub findings: Vec<EarlierFinding>,
}

/// A finding of an earlier report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierFinding {
    /// Its id.
    pub id: String,
    /// The billing month of the report that it was last found in.
    pub period: String,
    /// The billing month of the report that had it first.
    pub first_seen: String,
    /// The number of runs that had it.
    pub runs: u32,
    /// `billed - expected`.
    pub difference: Money,
    /// Its subject.
    pub subject: Subject,
    /// A person's notes on it.
    pub notes: Notes,
}

/// Reads the report in a folder, or the one of this account and month in a
/// folder of reports. `None` where such a folder has none: there was no earlier run.
pub fn from_folder(folder: &Path, account: &str, period: Month, found: &mut Diagnostics) -> Option<Earlier> {
    let report =
        if folder.join(MANIFEST).is_file() { folder.to_owned() } else { folder.join(format!("{account}-{period}")) };
    if !report.join(MANIFEST).is_file() {
        let message = format!("holds neither a report nor one named {account}-{period}");
        let help = "every finding counts as new; name the folder of an earlier report to follow them up";
        let at = At::file(&folder.to_string_lossy());
        found.push(if folder.is_dir() {
            Diagnostic::warning("previous-none", at, message, help)
        } else {
            Diagnostic::error("previous-none", at, message, "name the folder of an earlier report, or of reports")
        });
        return None;
    }
    match read(&report, account, found) {
        Ok(earlier) => Some(earlier),
        Err(refused) => {
            found.push(*refused);
            None
        }
    }
}

fn refused(path: &Path, why: String) -> Box<Diagnostic> {
    let help = "name the folder of a report that `reconcile` wrote with --format json (and xlsx for what people wrote)";
    Box::new(Diagnostic::error("previous-report", At::file(&path.to_string_lossy()), why, help))
}

fn read(report: &Path, account: &str, found: &mut Diagnostics) -> Result<Earlier, Box<Diagnostic>> {
    let bytes = |path: &PathBuf| std::fs::read(path).map_err(|error| refused(path, format!("cannot be read: {error}")));
    let manifest = sha256(&bytes(&report.join(MANIFEST))?);
    let path = report.join(RESULT);
    let value: Value = serde_json::from_slice(&bytes(&path)?)
        .map_err(|error| refused(&path, format!("is not readable as JSON: {error}")))?;
    let owner = value["account"].as_str().unwrap_or_default();
    if owner != account {
        return Err(refused(&path, format!("is of the account {}, this case is of {account}", shown(owner))));
    }
    let mut findings = findings(&value)
        .ok_or_else(|| refused(&path, "is no result of this tool, or of a version unlike this one".to_owned()))?;
    let written = notes::of_workbook(report, found).unwrap_or_default();
    for finding in &mut findings {
        if let Some(notes) = written.get(&finding.id) {
            finding.notes.clone_from(notes);
        }
    }
    Ok(Earlier { manifest, findings })
}

/// Returns the findings of a result, with what its own follow-up knows of them.
fn findings(value: &Value) -> Option<Vec<EarlierFinding>> {
    let period = value["period"].as_str()?;
    Month::parse(period)?;
    let followed: Vec<EarlierFinding> = match value.get("followup") {
        Some(entries) => entries.as_array()?.iter().map(|entry| followed(entry, period)).collect::<Option<_>>()?,
        None => Vec::new(),
    };
    let mut all = Vec::new();
    for row in value["discrepancies"].as_array()? {
        let mut finding = finding(row, period)?;
        if let Some(known) = followed.iter().find(|known| known.id == finding.id) {
            finding.first_seen.clone_from(&known.first_seen);
            (finding.runs, finding.notes) = (known.runs, known.notes.clone());
        }
        all.push(finding);
    }
    // Those of other months go on; what was gone is told once.
    all.extend(followed.into_iter().filter(|finding| finding.period != period));
    Some(all)
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn subject(value: &Value) -> Subject {
    Subject {
        app: text(value, "sdk_app_id"),
        day: text(value, "day"),
        item: text(value, "item"),
        kind: text(value, "kind"),
    }
}

fn money(value: &Value) -> Option<Money> {
    parse_decimal(value.as_str()?).map(Money::new)
}

fn finding(row: &Value, period: &str) -> Option<EarlierFinding> {
    Some(EarlierFinding {
        id: row["id"].as_str()?.to_owned(),
        period: period.to_owned(),
        first_seen: period.to_owned(),
        runs: 1,
        difference: money(&row["difference"])?,
        subject: subject(row),
        notes: Notes::default(),
    })
}

/// Returns an entry of a follow-up. Where it was not found in that run, it keeps the month that it is of.
fn followed(entry: &Value, period: &str) -> Option<EarlierFinding> {
    let difference = if entry["difference"] == "" { &entry["previous_difference"] } else { &entry["difference"] };
    let of_other_month = entry["state"] == super::State::Earlier.name();
    Some(EarlierFinding {
        id: entry["id"].as_str()?.to_owned(),
        period: if of_other_month { text(entry, "first_seen") } else { period.to_owned() },
        first_seen: text(entry, "first_seen"),
        runs: entry["runs"].as_str()?.parse().ok()?,
        difference: money(difference)?,
        subject: subject(entry),
        notes: Notes { status: text(entry, "status"), owner: text(entry, "owner"), comment: text(entry, "comment") },
    })
}

/// Returns the copy that a report keeps.
#[must_use]
pub fn to_json(earlier: &Earlier) -> Vec<u8> {
    let finding = |finding: &EarlierFinding| {
        json!({
            "id": finding.id,
            "period": finding.period,
            "first_seen": finding.first_seen,
            "runs": finding.runs,
            "difference": finding.difference.to_string(),
            "sdk_app_id": finding.subject.app,
            "day": finding.subject.day,
            "item": finding.subject.item,
            "kind": finding.subject.kind,
            "status": finding.notes.status,
            "owner": finding.notes.owner,
            "comment": finding.notes.comment,
        })
    };
    let findings: Vec<Value> = earlier.findings.iter().map(finding).collect();
    json::print(&json!({"schema": json::SCHEMA, "manifest_sha256": earlier.manifest, "findings": findings}))
}

/// Reads that copy again.
#[must_use]
pub fn from_json(bytes: &[u8]) -> Option<Earlier> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let finding = |value: &Value| {
        Some(EarlierFinding {
            id: value["id"].as_str()?.to_owned(),
            period: value["period"].as_str()?.to_owned(),
            first_seen: value["first_seen"].as_str()?.to_owned(),
            runs: u32::try_from(value["runs"].as_u64()?).ok()?,
            difference: money(&value["difference"])?,
            subject: subject(value),
            notes: Notes {
                status: text(value, "status"),
                owner: text(value, "owner"),
                comment: text(value, "comment"),
            },
        })
    };
    let findings = value["findings"].as_array()?.iter().map(finding).collect::<Option<_>>()?;
    Some(Earlier { manifest: value["manifest_sha256"].as_str()?.to_owned(), findings })
}
