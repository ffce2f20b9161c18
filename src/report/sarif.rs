//! findings.sarif: the findings as SARIF 2.1.0, for code hosts and editors
//! that show what a pipeline found beside the file and row it was found in.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Report, json, summary};
use crate::compare::{Discrepancy, Strength};
use crate::model::diagnostic::Severity;

/// Returns the bytes of findings.sarif.
#[must_use]
pub fn render(report: &Report) -> Vec<u8> {
    let discrepancies = report.comparison.iter().flat_map(|comparison| &comparison.discrepancies);
    let mut results: Vec<Value> = discrepancies.map(|found| discrepancy(report, found)).collect();
    results.extend(report.diagnostics.iter().map(diagnostic));
    let rules: BTreeSet<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    let rule = |id: &str| {
        let kind = report.words().kinds.get(id).unwrap_or(id);
        json!({"id": id, "shortDescription": {"text": kind}})
    };
    let rules: Vec<Value> = rules.into_iter().map(rule).collect();
    json::print(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": env!("CARGO_PKG_NAME"),
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "automationDetails": {"id": format!("trtc-recon/{}-{}", report.account, report.period)},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn discrepancy(report: &Report, found: &Discrepancy) -> Value {
    let level = match found.strength {
        Strength::Certain => "error",
        Strength::Inconclusive => "warning",
    };
    let difference = summary::with_currency(report, found.difference);
    let cause = report.words().cause(&found.cause);
    let message = format!("{difference} ({cause}): {}", summary::explanation(report, found));
    let places: Vec<Value> = found.source.split("; ").filter(|place| !place.is_empty()).map(place).collect();
    json!({
        "ruleId": found.kind.name(),
        "level": level,
        "message": {"text": message},
        "locations": places,
        "partialFingerprints": {"discrepancyId/v1": found.id},
        "properties": {
            "cause": found.cause.to_string(),
            "sdk_app_id": found.app.map(|app| app.to_string()),
            "day": found.day,
            "item": found.item.map(crate::model::Item::id),
            "difference": found.difference.to_string(),
            "currency": report.currency,
        },
    })
}

fn diagnostic(found: &crate::model::diagnostic::Diagnostic) -> Value {
    let level = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let help = if found.help.is_empty() { String::new() } else { format!(" ({})", found.help) };
    json!({
        "ruleId": found.code,
        "level": level,
        "message": {"text": format!("{}{help}", found.message)},
        "locations": [location(&found.at.file, found.at.row)],
    })
}

/// `bills/l3.csv!2`, `bills/l3.xlsx!Sheet1!2`: the file, and the row where one is named.
fn place(place: &str) -> Value {
    let (file, rest) = place.split_once('!').unwrap_or((place, ""));
    let cell = rest.rsplit('!').next().unwrap_or_default();
    let row = cell.trim_start_matches(|letter: char| letter.is_ascii_uppercase()).parse().ok();
    location(file, row)
}

fn location(file: &str, row: Option<u32>) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(file)}});
    if let Some(row) = row.filter(|row| *row > 0) {
        physical["region"] = json!({"startLine": row});
    }
    json!({"physicalLocation": physical})
}

/// Returns a path as a relative reference: what is no plain letter, digit or mark is escaped.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
