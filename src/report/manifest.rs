//! manifest.json: what made the report, so that it can be made again and
//! checked to the byte. No machine path and no time of day.

use serde_json::{Value, json};

use super::{Report, json};
use crate::digest::sha256;

/// The bytes of manifest.json for a report and its other files. `arguments`
/// are those that change the result.
#[must_use]
pub fn render(report: &Report, arguments: &Value, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let input = |input: &super::Input| json!({"path": input.path, "sha256": input.sha256, "read_as": input.read_as});
    let output = |(name, bytes): &(String, Vec<u8>)| json!({"path": name, "sha256": sha256(bytes)});
    let command = if report.comparison.is_some() { "reconcile" } else { "rate" };
    json::print(&json!({
        "schema": json::SCHEMA,
        "tool": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "command": command,
        "arguments": arguments,
        "account": report.account,
        "period": report.period.to_string(),
        "cards": report.cards.iter().map(|card| card.id.as_str()).collect::<Vec<_>>(),
        "inputs": report.inputs.iter().map(input).collect::<Vec<_>>(),
        "outputs": files.iter().map(output).collect::<Vec<_>>(),
    }))
}
