//! reconciliation.json: the result for programs.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Comparison, Report, summary, table};

/// The schema that every json file of the tool names.
pub const SCHEMA: &str = "trtc-recon/1";

/// Returns the bytes of reconciliation.json.
#[must_use]
pub fn render(report: &Report, comparison: &Comparison) -> Vec<u8> {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("schema", json!(SCHEMA));
    put("account", json!(report.account));
    if let Some(name) = &report.names.account {
        put("account_name", json!(name));
    }
    if !report.names.apps.is_empty() {
        put("apps", apps(report));
    }
    put("period", json!(report.period.to_string()));
    put("currency", json!(report.currency));
    put("verdict", json!(comparison.verdict.name()));
    put("expected_total", json!(report.expected_total.to_string()));
    if let Some((low, high)) = report.expected_range {
        put("expected_low", json!(low.to_string()));
        put("expected_high", json!(high.to_string()));
    }
    put("billed_total", json!(comparison.billed_total.to_string()));
    put("difference", json!(comparison.difference.to_string()));
    put("overcharged", json!(comparison.overcharged.to_string()));
    put("undercharged", json!(comparison.undercharged.to_string()));
    put("payable_total", json!(summary::cents(report.payable_total)));
    put("matched", json!(comparison.matched));
    put("bridge", bridge(comparison));
    put("groups", groups(comparison));
    put("discrepancies", objects(table::discrepancies(report, comparison)));
    if let Some(followup) = &report.followup {
        put("followup", objects(table::followup(followup)));
    }
    put("grants", grants(report));
    if !report.asserted.is_empty() {
        put("balances", objects(table::balances(report)));
    }
    put("completeness", completeness(report));
    put("inputs", inputs(report));
    put("cards", report.cards.iter().map(|card| json!(card.id)).collect());
    put("assumptions", report.assumptions.iter().map(|one| json!(one.text())).collect());
    print(&Value::Object(out))
}

/// Returns the applications that account.toml names.
fn apps(report: &Report) -> Value {
    let app = |(id, app): (&crate::model::AppId, &super::names::AppName)| json!({"sdk_app_id": id.to_string(), "name": app.name, "department": app.department});
    report.names.apps.iter().map(app).collect()
}

fn bridge(comparison: &Comparison) -> Value {
    let entry = |step: &super::BridgeEntry| {
        json!({
            "cause": step.cause.to_string(),
            "kind": step.kind.map(crate::compare::Kind::name).unwrap_or_default(),
            "side": step.side.map(crate::compare::Side::name).unwrap_or_default(),
            "amount": step.amount.to_string(),
            "count": step.count,
        })
    };
    comparison.bridge.iter().map(entry).collect()
}

/// Returns the findings by cause.
fn groups(comparison: &Comparison) -> Value {
    let entry = |group: crate::compare::groups::Group<'_>| {
        json!({
            "cause": group.cause.to_string(),
            "side": group.side.name(),
            "strength": group.strength.name(),
            "pattern": group.pattern,
            "lines": group.findings.len(),
            "applications": group.apps.len(),
            "span": group.span,
            "difference": group.difference.to_string(),
            "findings": group.findings.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(),
        })
    };
    crate::compare::groups::groups(&comparison.discrepancies).into_iter().map(entry).collect()
}

/// Returns the rows of a table as objects; a field that is empty in the csv is the
/// empty text here.
#[must_use]
pub fn objects(table: table::Table<'_>) -> Value {
    let columns = table.columns;
    let object = |row: Vec<table::Cell<'_>>| {
        columns.iter().zip(&row).map(|(name, cell)| ((*name).to_owned(), json!(cell.plain()))).collect::<Value>()
    };
    table.rows.map(object).collect()
}

fn grants(report: &Report) -> Value {
    let grant = |grant: &crate::rate::drawdown::Balance| {
        json!({
            "id": grant.id,
            "granted": grant.granted.to_string(),
            "used": grant.used.to_string(),
            "expired": grant.expired.to_string(),
            "remaining": grant.remaining.to_string(),
            "opening": grant.opening.to_string(),
            "plan": grant.plan,
        })
    };
    report.grants.iter().map(grant).collect()
}

fn completeness(report: &Report) -> Value {
    let completeness = &report.completeness;
    json!({
        "days_expected": completeness.days_expected,
        "days_seen": completeness.days_seen,
        "gaps": completeness.gaps,
        "duplicates": completeness.duplicates,
    })
}

fn inputs(report: &Report) -> Value {
    let input = |input: &super::Input| {
        let mut entry = json!({"path": input.path});
        for (name, digest) in input.digests.named(report.naming) {
            entry[name] = json!(digest);
        }
        for (name, rows) in [
            ("rows", input.rows),
            ("used", input.used),
            ("excluded", input.excluded),
            ("duplicate", input.duplicate),
            ("rejected", input.rejected),
        ] {
            entry[name] = json!(rows);
        }
        entry
    };
    report.inputs.iter().map(input).collect()
}

/// Returns a json value as the bytes of a file: two blanks of indent, LF, a final LF.
#[must_use]
pub fn print(value: &Value) -> Vec<u8> {
    let mut out = inert(&format!("{value:#}"));
    out.push('\n');
    out.into_bytes()
}

/// Characters that hide or reorder text, and `<`, stand as escapes: they mean
/// the same to a program and can do no harm where the text is shown.
#[must_use]
pub fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character == '<' || (summary::hides(character) && character != '\n') {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out
}
