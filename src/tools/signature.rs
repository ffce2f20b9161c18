//! The signature of a month: who has taken a report as final, and the digests of what was signed. It lies next to
//! the report's folder, so that a report that is made again does not take it away.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::past_report::{self, PastReport};
use crate::model::Day;
use crate::model::diagnostic::{At, Diagnostic, shown};
use crate::read::digests_of;
use crate::report::json;

/// Every code of this module, with what it means.
pub const CODES: &[(&str, &str)] = &[
    ("sign-changed", "a signed month that is no longer what was signed"),
    ("sign-edited", "a report that cannot be signed, since a file is not as its manifest has it"),
    ("sign-name", "a signature without a name, or with one that is there"),
    ("sign-report-gone", "a signed month whose report is no longer there"),
    ("sign-unreadable", "a signature that cannot be read"),
];

/// The text that is added to the name of a report's folder.
const ENDING: &str = ".signed.json";

/// The signature of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The people who signed, with the day if they named one.
    pub signers: Vec<Signer>,
    /// The account.
    pub account: String,
    /// The month.
    pub period: String,
    /// SHA-256 of the manifest that was signed.
    pub manifest: String,
    /// The inputs of the report: path and digest.
    pub inputs: BTreeMap<String, String>,
    /// The files of the report: path and digest.
    pub outputs: BTreeMap<String, String>,
}

/// One who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The name.
    pub name: String,
    /// The day.
    pub on: Option<Day>,
}

/// A signature, and what has changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The names of those who signed.
    pub by: Vec<String>,
    /// The inputs and files that differ, each with what has become of it.
    pub changed: Vec<String>,
}

/// Returns the place of the signature of a report.
#[must_use]
pub fn place(report: &Path) -> PathBuf {
    let name = report.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    report.with_file_name(format!("{name}{ENDING}"))
}

/// Returns the reports of a folder that are signed and no longer there, by name.
#[must_use]
pub fn without_report(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let report = |name: OsString| Some(folder.join(name.to_str()?.strip_suffix(ENDING)?));
    let mut gone: Vec<PathBuf> = entries.filter_map(|entry| report(entry.file_name())).collect();
    gone.retain(|report| !past_report::is_report(report));
    gone.sort();
    gone
}

/// Returns the warning about a signed month without a report.
#[must_use]
pub fn gone(signature: &Signature, report: &Path) -> Diagnostic {
    let by = names(signature).join(", ");
    let message = format!("was signed by {}, and is no longer there", shown(&by));
    let help = "restore the report, or move its signature (….signed.json) away";
    Diagnostic::warning("sign-report-gone", At::file(&report.to_string_lossy()), message, help)
}

/// Signs a report, after those who have signed the same one. `there` is the signature that is there already.
pub fn sign(
    report: &PastReport,
    there: Option<Signature>,
    name: &str,
    on: Option<Day>,
) -> Result<Signature, Box<Diagnostic>> {
    let at = || At::file(&report.folder);
    let refused = |code, message: String, help: &str| Box::new(Diagnostic::error(code, at(), message, help));
    if name.trim().is_empty() {
        return Err(refused("sign-name", "is to be signed without a name".to_owned(), "name who signs: --as NAME"));
    }
    let edited = edited(report);
    if let Some(first) = edited.first() {
        let help = "make the report again, then sign it";
        return Err(refused("sign-edited", format!("is not as its manifest has it: {first}"), help));
    }
    let mut signers = Vec::new();
    if let Some(there) = there {
        let changed = changed(&there, report);
        if !changed.is_empty() {
            let by = names(&there).join(", ");
            let message = format!("was signed by {}, and has changed since: {}", shown(&by), listed(&changed));
            let help = "compare the two; to sign the new one, move the old signature (….signed.json) away";
            return Err(refused("sign-changed", message, help));
        }
        signers = there.signers;
    }
    if signers.iter().any(|signer| signer.name == name) {
        let message = format!("is signed by {} already", shown(name));
        return Err(refused("sign-name", message, "nothing to do, or name another one who signs"));
    }
    signers.push(Signer { name: name.to_owned(), on });
    Ok(Signature {
        signers,
        account: report.account.clone(),
        period: report.period.to_string(),
        manifest: report.manifest.clone(),
        inputs: report.inputs.clone(),
        outputs: report.outputs.clone(),
    })
}

fn names(signature: &Signature) -> Vec<String> {
    signature.signers.iter().map(|signer| signer.name.clone()).collect()
}

/// The most changes that are named.
const MOST: usize = 5;

fn listed(changed: &[String]) -> String {
    let more = if changed.len() > MOST { format!("; {} more", changed.len() - MOST) } else { String::new() };
    format!("{}{more}", changed.iter().take(MOST).cloned().collect::<Vec<_>>().join("; "))
}

/// Returns who has signed a report, and what has changed since.
#[must_use]
pub fn signed(signature: &Signature, report: &PastReport) -> Signed {
    let mut differing = changed(signature, report);
    differing.extend(edited(report));
    Signed { by: names(signature), changed: differing }
}

/// Returns the warning about a signed month that has changed.
#[must_use]
pub fn warning(signed: &Signed, report: &str) -> Option<Diagnostic> {
    (!signed.changed.is_empty()).then(|| {
        let by = signed.by.join(", ");
        let message = format!("was signed by {}, and has changed since: {}", shown(&by), listed(&signed.changed));
        let help = "`trtc-recon diff` compares the report with a copy of the signed one; a new signature needs the old one moved away";
        Diagnostic::warning("sign-changed", At::file(report), message, help)
    })
}

/// Returns the inputs and files of a report that differ from those that were signed.
fn changed(signature: &Signature, report: &PastReport) -> Vec<String> {
    if signature.manifest == report.manifest {
        return Vec::new();
    }
    let mut all = differing("input", &signature.inputs, &report.inputs);
    all.extend(differing("file", &signature.outputs, &report.outputs));
    if all.is_empty() {
        all.push("manifest.json (version or arguments)".to_owned());
    }
    all
}

fn differing(what: &str, then: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let gone = then.keys().filter(|path| !now.contains_key(*path)).map(|path| format!("{what} {path} is gone"));
    let others = now.iter().filter_map(|(path, digest)| match then.get(path) {
        None => Some(format!("{what} {path} is new")),
        Some(known) if known != digest => Some(format!("{what} {path} has changed")),
        Some(_) => None,
    });
    gone.chain(others).collect()
}

/// Returns the files of a report that are not as its manifest has them.
fn edited(report: &PastReport) -> Vec<String> {
    let is_edited = |(name, digest): &(&String, &String)| {
        let now = digests_of(&Path::new(&report.folder).join(name), digest.len() == 64).ok();
        !now.is_some_and(|now| now.blake3 == **digest || now.sha256.as_ref() == Some(digest))
    };
    report.outputs.iter().filter(is_edited).map(|(name, _)| format!("file {name} was edited")).collect()
}

/// Returns a signature as the bytes of its file.
#[must_use]
pub fn to_json(signature: &Signature) -> Vec<u8> {
    let signer = |signer: &Signer| json!({"name": signer.name, "on": signer.on.map(|day| day.to_string())});
    json::print(&json!({
        "schema": json::SCHEMA,
        "account": signature.account,
        "period": signature.period,
        "signed_by": signature.signers.iter().map(signer).collect::<Vec<_>>(),
        "manifest_sha256": signature.manifest,
        "inputs": signature.inputs,
        "outputs": signature.outputs,
    }))
}

/// Reads the signature of a report; `None` where there is none.
pub fn of_report(report: &Path) -> Result<Option<Signature>, Box<Diagnostic>> {
    let path = place(report);
    if !path.is_file() {
        return Ok(None);
    }
    let refused = |why: String| {
        let help = "restore it, or move it away to have the month unsigned";
        Box::new(Diagnostic::error("sign-unreadable", At::file(&path.to_string_lossy()), why, help))
    };
    let bytes = std::fs::read(&path).map_err(|error| refused(format!("cannot be read: {error}")))?;
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|error| refused(format!("is not readable as JSON: {error}")))?;
    from_json(&value).map(Some).ok_or_else(|| refused("is no signature of this tool".to_owned()))
}

fn from_json(value: &Value) -> Option<Signature> {
    let files = |key: &str| -> Option<BTreeMap<String, String>> {
        value[key].as_object()?.iter().map(|(path, digest)| Some((path.clone(), digest.as_str()?.to_owned()))).collect()
    };
    let signer = |value: &Value| {
        Some(Signer { name: value["name"].as_str()?.to_owned(), on: value["on"].as_str().and_then(Day::parse) })
    };
    Some(Signature {
        signers: value["signed_by"].as_array()?.iter().map(signer).collect::<Option<_>>()?,
        account: value["account"].as_str()?.to_owned(),
        period: value["period"].as_str()?.to_owned(),
        manifest: value["manifest_sha256"].as_str()?.to_owned(),
        inputs: files("inputs")?,
        outputs: files("outputs")?,
    })
}
