//! Runs a report again from its manifest, and holds the files byte for byte
//! against the report.
//!
//! A manifest names no folder of this machine: it would not be the same bytes
//! elsewhere. The case is found by what it holds instead: [`find_case`] looks
//! for the account.toml of the recorded digest, near the report and in the
//! current folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Further, Options, Previous, Task, made};
use crate::case::folder;
use crate::compare::Tolerance;
use crate::digest::Naming;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::model::{Money, Month};
use crate::read::{Encoding, digests_of};
use crate::report::{Format, Lang, MANIFEST, PREVIOUS};
use crate::rules::Cards;
use crate::tools::followup::{from_json, notes};

const ACCOUNT: &str = "account.toml";
/// The depth below a folder to which cases are searched: those of a batch in it.
const DEPTH: u8 = 2;

/// The run that made a report, as its manifest describes it.
#[derive(Debug)]
pub struct Recorded {
    /// The version of the tool.
    pub version: String,
    /// The same run again, writing nothing.
    pub options: Options,
    /// Each input and its digest.
    inputs: Vec<(String, Recalled)>,
    /// Each file of the report and its digest.
    outputs: Vec<(String, Recalled)>,
}

/// A digest as a manifest has it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Recalled {
    Blake3(String),
    /// In a manifest of an earlier version.
    Sha256(String),
}

impl Recalled {
    fn read(file: &Value) -> Option<Self> {
        let text = |name: &str| file[name].as_str().map(str::to_owned);
        text("blake3").map(Self::Blake3).or_else(|| text("sha256").map(Self::Sha256))
    }

    /// Returns if a file has this digest.
    fn is_of(&self, location: &Path) -> bool {
        let Ok(now) = digests_of(location, matches!(self, Self::Sha256(_))) else { return false };
        match self {
            Self::Blake3(then) => now.blake3 == *then,
            Self::Sha256(then) => now.sha256.as_ref() == Some(then),
        }
    }
}

/// Where the second run and the report differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The file.
    pub file: String,
    /// The difference, as a text.
    pub what: String,
}

/// Reads the manifest of a report.
pub fn recorded(report: &Path, cards: Cards) -> Result<Recorded, Diagnostic> {
    let path = report.join(MANIFEST);
    let refused = |why: String| {
        let at = At::file(&path.to_string_lossy());
        Diagnostic::error("replay-manifest", at, why, "name the folder of a report, with its manifest.json")
    };
    let bytes = std::fs::read(&path).map_err(|error| refused(format!("cannot be read: {error}")))?;
    let manifest: Value =
        serde_json::from_slice(&bytes).map_err(|error| refused(format!("is not readable as JSON: {error}")))?;
    let mut recorded = read(&manifest, cards)
        .ok_or_else(|| refused("is not a manifest of this tool, or of a version unlike this one".to_owned()))?;
    if manifest["arguments"]["previous"] == PREVIOUS {
        let kept = std::fs::read(report.join(PREVIOUS)).ok().and_then(|bytes| from_json(&bytes));
        let kept = kept.ok_or_else(|| refused(format!("names {PREVIOUS}, which is not there or not readable")))?;
        recorded.options.further.previous = Some(Previous::Kept(kept));
    }
    let mut carried = BTreeMap::new();
    if recorded.outputs.iter().any(|(name, _)| name == notes::KEPT) {
        let kept = std::fs::read(report.join(notes::KEPT)).ok().and_then(|bytes| notes::from_json(&bytes));
        carried = kept.ok_or_else(|| refused(format!("names {}, which is not there or not readable", notes::KEPT)))?;
    }
    recorded.options.further.notes = Some(carried);
    Ok(recorded)
}

/// Returns true if a file of a report is no longer as its manifest has it.
#[must_use]
pub fn is_edited(report: &Path, name: &str) -> bool {
    let manifest = std::fs::read(report.join(MANIFEST)).ok();
    let manifest: Option<Value> = manifest.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let outputs = manifest.as_ref().and_then(|manifest| manifest["outputs"].as_array());
    let then = outputs.into_iter().flatten().filter_map(file).find(|(path, _)| path == name);
    let location = report.join(name);
    location.is_file() && !then.is_some_and(|(_, digest)| digest.is_of(&location))
}

/// Returns the path and the digest of a file that a manifest lists.
fn file(file: &Value) -> Option<(String, Recalled)> {
    Some((file["path"].as_str()?.to_owned(), Recalled::read(file)?))
}

fn read(manifest: &Value, cards: Cards) -> Option<Recorded> {
    let task = match manifest["command"].as_str()? {
        "reconcile" => Task::Reconcile,
        "rate" => Task::Rate,
        _ => return None,
    };
    let arguments = &manifest["arguments"];
    let figure = |name: &str| crate::model::number::parse_decimal(arguments[name].as_str()?);
    let known = |text: &str| {
        let all = [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Gb18030];
        all.into_iter().find(|encoding| format!("{encoding:?}") == text)
    };
    let format = |name: &Value| {
        Format::ALL.iter().copied().find(|format| Some(format!("{format:?}").to_lowercase().as_str()) == name.as_str())
    };
    let named_by = |digest: &str| manifest["inputs"][0][digest].is_string();
    let optional = |name: &str| Some(&arguments[name]).filter(|value| !value.is_null());
    Some(Recorded {
        version: manifest["version"].as_str()?.to_owned(),
        options: Options {
            task,
            period: optional("period")
                .map(|period| Month::parse(period.as_str()?))
                .map_or(Some(None), |m| m.map(Some))?,
            cards,
            encoding: optional("encoding").map(|name| known(name.as_str()?)).map_or(Some(None), |e| e.map(Some))?,
            out: PathBuf::new(),
            formats: arguments["format"].as_array()?.iter().map(format).collect::<Option<_>>()?,
            further: Further { dispute: arguments["dispute"] == true, previous: None, notes: None, instead: None },
            tolerance: Tolerance { absolute: Money::new(figure("abs_tol")?), relative: figure("rel_tol")? },
            lang: optional("lang").map(|name| Lang::parse(name.as_str()?)).map_or(Some(None), |l| l.map(Some))?,
            naming: Naming::of(named_by("blake3"), named_by("sha256"))?,
        },
        inputs: manifest["inputs"].as_array()?.iter().map(file).collect::<Option<_>>()?,
        outputs: manifest["outputs"].as_array()?.iter().map(file).collect::<Option<_>>()?,
    })
}

/// Returns the case of a report: the folder with the recorded account.toml among the
/// current one, the two folders above the report, and what is in them, two
/// deep. Of several, one whose other inputs are the recorded ones too.
pub fn find_case(report: &Path, recorded: &Recorded) -> Result<PathBuf, Diagnostic> {
    let refused = |why: String| {
        let at = At::file(&report.to_string_lossy());
        Diagnostic::error("replay-case", at, why, "name the case folder: replay <REPORT> <CASE>")
    };
    let mut near = vec![PathBuf::from(".")];
    let whole = std::fs::canonicalize(report).map_err(|error| refused(format!("cannot be read: {error}")))?;
    near.extend(whole.ancestors().skip(1).take(2).map(Path::to_owned));
    let mut found = Vec::new();
    for folder in near {
        cases(&folder, DEPTH, recorded, &mut found);
    }
    let mut distinct: Vec<PathBuf> = Vec::new();
    for case in found {
        let same = |known: &PathBuf| std::fs::canonicalize(known).ok() == std::fs::canonicalize(&case).ok();
        if !distinct.iter().any(same) {
            distinct.push(case);
        }
    }
    let unchanged = distinct.iter().find(|case| changed(case, recorded).is_empty());
    match (unchanged, distinct.as_slice()) {
        (Some(case), _) | (None, [case]) => Ok(case.clone()),
        (None, []) => Err(refused("no folder near it holds the account.toml that it was made of".to_owned())),
        (None, several) => {
            let names: Vec<_> = several.iter().map(|case| shown(&case.to_string_lossy())).collect();
            Err(refused(format!(
                "several cases hold its account.toml, none of them all its inputs: {}",
                names.join(", ")
            )))
        }
    }
}

fn cases(folder: &Path, depth: u8, recorded: &Recorded, found: &mut Vec<PathBuf>) {
    if same(folder, ACCOUNT, recorded) || same(folder, folder::SHARED, recorded) {
        found.push(folder.to_owned());
    }
    let Some(deeper) = depth.checked_sub(1) else { return };
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut inside: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    inside.retain(|path| path.is_dir() && !path.is_symlink());
    inside.sort();
    for path in inside {
        cases(&path, deeper, recorded, found);
    }
}

fn same(case: &Path, path: &str, recorded: &Recorded) -> bool {
    let location = case.join(path);
    let then = recorded.inputs.iter().find(|(name, _)| name == path);
    location.is_file() && then.is_some_and(|(_, then)| then.is_of(&location))
}

/// Returns what of a case is no longer as the manifest has it: changed, gone or new.
#[must_use]
pub fn changed(case: &Path, recorded: &Recorded) -> Vec<String> {
    let mut changed = Vec::new();
    for (path, _) in &recorded.inputs {
        let there = case.join(path).is_file();
        // What is in a zip is the same if the zip is.
        if !there && !path.contains(".zip/") {
            changed.push(format!("{path} is gone"));
        } else if there && !same(case, path, recorded) {
            changed.push(format!("{path} was changed"));
        }
    }
    if let Ok(case) = folder::open(case) {
        let now = case.usage.iter().chain(&case.bills).chain(&case.packages).chain(&case.elsewhere);
        let new = now.filter(|file| recorded.inputs.iter().all(|(path, _)| *path != file.path));
        changed.extend(new.map(|file| format!("{} is new", file.path)));
    }
    changed
}

/// Returns true if a report is what a run of a case with these options would write:
/// same version, arguments and inputs, and every file of it as it was written.
#[must_use]
pub fn still_holds(case: &Path, report: &Path, options: &Options) -> bool {
    let Ok(recorded) = recorded(report, options.cards.clone()) else { return false };
    let same_run = recorded.version == env!("CARGO_PKG_VERSION")
        && recorded.options.task == options.task
        && recorded.options.naming == options.naming
        && recorded.options.arguments() == options.arguments();
    same_run && is_whole(report, &recorded) && changed(case, &recorded).is_empty()
}

fn is_whole(report: &Path, recorded: &Recorded) -> bool {
    recorded.outputs.iter().all(|(path, digest)| digest.is_of(&report.join(path)))
}

/// Runs it again. `None` where the inputs are refused.
pub fn again(case: &Path, recorded: &Recorded, found: &mut Diagnostics) -> Option<Vec<(String, Vec<u8>)>> {
    made(case, &recorded.options, found).map(|(_, files)| files)
}

/// Returns where a report differs from the files of the second run. Files of others in its folder do not count.
pub fn differences(report: &Path, files: &[(String, Vec<u8>)]) -> Result<Vec<Difference>, std::io::Error> {
    let mut differences = Vec::new();
    for (name, now) in files {
        let path = report.join(name);
        let what = if path.is_file() {
            first_difference(&std::fs::read(path)?, now)
        } else {
            Some("is missing in the report".to_owned())
        };
        differences.extend(what.map(|what| Difference { file: name.clone(), what }));
    }
    Ok(differences)
}

/// Of text the first line that differs, else the first byte.
fn first_difference(then: &[u8], now: &[u8]) -> Option<String> {
    if then == now {
        return None;
    }
    if let (Ok(then), Ok(now)) = (std::str::from_utf8(then), std::str::from_utf8(now)) {
        let (mut then, mut now) = (then.split('\n'), now.split('\n'));
        for line in 1.. {
            let (then, now) = (then.next(), now.next());
            if then != now {
                let side = |line: Option<&str>| line.map_or_else(|| "(the end)".to_owned(), shown);
                return Some(format!("line {line}\n  report  {}\n  now     {}", side(then), side(now)));
            }
        }
    }
    let byte = then.iter().zip(now).position(|(then, now)| then != now).unwrap_or_else(|| then.len().min(now.len()));
    Some(format!("byte {byte} ({} bytes in the report, {} now)", then.len(), now.len()))
}
