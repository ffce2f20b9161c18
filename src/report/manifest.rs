//! manifest.json: what made the report, so that it can be made again and
//! checked to the byte. No machine path and no time of day. Beside it, the
//! files' SHA-256 for `sha256sum -c`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{MANIFEST, Report, json};
use crate::digest::{Digests, sha256};

/// A file of the report and its digests.
type Named<'a> = (&'a str, &'a Digests);

/// Returns the bytes of manifest.json for a report and its other files. `arguments`
/// are those that change the result.
#[must_use]
pub fn render(report: &Report, arguments: &Value, files: &[Named<'_>]) -> Vec<u8> {
    let named = |path: &str, digests: &Digests| {
        let mut entry = json!({"path": path});
        for (name, digest) in digests.named(report.naming) {
            entry[name] = json!(digest);
        }
        entry
    };
    let input = |input: &super::Input| {
        let mut entry = named(&input.path, &input.digests);
        entry["read_as"] = json!(input.read_as);
        entry
    };
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
        "outputs": files.iter().map(|(name, digests)| named(name, digests)).collect::<Vec<_>>(),
    }))
}

/// Returns the bytes of SHA256SUMS: the manifest's sum and that of every file that it lists.
#[must_use]
pub fn sums(files: &[Named<'_>], manifest: &[u8]) -> Vec<u8> {
    let mut text = String::new();
    let own = sha256(manifest);
    let listed = files.iter().map(|(name, digests)| (*name, digests.sha256.as_deref().unwrap_or_default()));
    for (name, sum) in listed.chain([(MANIFEST, own.as_str())]) {
        let _ = writeln!(text, "{sum}  {name}");
    }
    text.into_bytes()
}
