//! manifest.json: what made the report, so that it can be made again and
//! checked to the byte. No machine path and no time of day.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Report, json};

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

/// The SHA-256 of bytes, in lower-case hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
