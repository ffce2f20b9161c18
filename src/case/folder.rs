//! The case folder: account.toml and the files beside it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::account::Account;
use crate::digest::Digests;
use crate::model::Month;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::read::{ENDINGS, InputFile};

const ACCOUNT: &str = "account.toml";
/// The account.toml of an account, from a month below it.
pub const SHARED: &str = "../account.toml";

/// The folders of a case, and names that people give them.
const FOLDERS: [(&str, &[&str]); 3] = [
    ("usage", &["usages", "usage files", "用量", "用量明细", "用量文件"]),
    ("bills", &["bill", "billing", "invoice", "invoices", "账单", "帐单"]),
    ("packages", &["package", "套餐", "套餐包", "资源包", "抵扣明细"]),
];

/// So many folders may lie in each other.
const DEEPEST: usize = 8;

/// Returns whether a name ends as an export does.
#[must_use]
pub fn is_export(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// One account and one billing month.
#[derive(Debug)]
pub struct Case {
    /// Who the account is.
    pub account: Account,
    /// Where account.toml lies, relative to the case.
    pub account_path: &'static str,
    /// SHA-256 of account.toml, in hex.
    pub account_digests: Digests,
    /// Usage exports, by name.
    pub usage: Vec<InputFile>,
    /// Issued bills, by name.
    pub bills: Vec<InputFile>,
    /// Package lists and deduction records, by name.
    pub packages: Vec<InputFile>,
    /// Files outside these folders, or in a folder of a near name, by name. Their headers say what they hold.
    pub elsewhere: Vec<InputFile>,
    /// The diagnostics that do not stop the case.
    pub diagnostics: Diagnostics,
}

/// Returns the case folders at a path: itself, the months of an account, or those of a batch, by name.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let here = cases_at(path);
    if !here.is_empty() {
        return Ok(here);
    }
    let shown = path.to_string_lossy();
    let unreadable = |error: std::io::Error| {
        let message = format!("cannot be read: {error}");
        Diagnostic::error(
            "case-not-found",
            At::file(&shown),
            message,
            "name a case folder, or a folder of case folders; `trtc-recon init <FOLDER>` begins one",
        )
    };
    let mut cases = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let inside = entry.map_err(unreadable)?.path();
        cases.extend(cases_at(&inside));
    }
    cases.sort();
    if cases.is_empty() {
        let message = "holds neither an account.toml nor folders that hold one";
        let help = format!(
            "a case is a folder with account.toml, usage/ and bills/; begin one: trtc-recon init {}",
            crate::model::diagnostic::shown(&shown)
        );
        return Err(Diagnostic::error("case-not-found", At::file(&shown), message, help));
    }
    Ok(cases)
}

/// Returns the cases of a folder with an account.toml: itself, or, where it has files of no month of its own, the
/// months below it. A month below an account.toml is a case, too.
fn cases_at(path: &Path) -> Vec<PathBuf> {
    if !is_case(path) {
        let month = month_of(path).is_some() && path.join(SHARED).is_file();
        return if month { vec![path.to_owned()] } else { Vec::new() };
    }
    let own = FOLDERS.iter().any(|(folder, _)| path.join(folder).is_dir());
    let inside = fs::read_dir(path).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut months: Vec<PathBuf> =
        inside.filter(|inside| inside.is_dir() && month_of(inside).is_some() && !is_case(inside)).collect();
    months.sort();
    if own || months.is_empty() { vec![path.to_owned()] } else { months }
}

/// Returns the month that a folder is named after: `2024-10`.
fn month_of(path: &Path) -> Option<Month> {
    let whole = path.canonicalize().ok()?;
    Month::parse(whole.file_name()?.to_str()?)
}

/// Returns true for a case folder: it has an account.toml, or a file that was meant to be one.
fn is_case(path: &Path) -> bool {
    path.join(ACCOUNT).is_file() || misnamed_account(path).is_some()
}

/// Finds the file of a folder that was meant to be account.toml: `account.toml.txt`, as Notepad saves it.
fn misnamed_account(root: &Path) -> Option<String> {
    let files = fs::read_dir(root).ok()?.filter_map(Result::ok).filter(|entry| entry.path().is_file());
    let names = files.filter_map(|entry| entry.file_name().into_string().ok());
    names
        .filter(|name| *name != ACCOUNT && matches!(name.to_lowercase().as_str(), "account.toml" | "account.toml.txt"))
        .min()
}

/// Opens a case: reads account.toml and lists the files.
pub fn open(root: &Path) -> Result<Case, Diagnostics> {
    let unreadable = |error: String| -> Diagnostics {
        let help = "it must be a text file in UTF-8: in Notepad, Save as, Encoding: UTF-8";
        [Diagnostic::error("account-unreadable", At::file(ACCOUNT), error, help)].into_iter().collect()
    };
    let shared = month_of(root).filter(|_| !root.join(ACCOUNT).is_file() && root.join(SHARED).is_file());
    let account_path = if shared.is_some() { SHARED } else { ACCOUNT };
    let bytes = fs::read(root.join(account_path)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => [misnamed(root).unwrap_or_else(|| no_case(root))].into_iter().collect(),
        _ => unreadable(format!("cannot be read: {error}")),
    })?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let lines = memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
        unreadable(format!("is not UTF-8, as its line {} shows", lines + 1))
    })?;
    let mut account = super::read::account(account_path, text.strip_prefix('\u{feff}').unwrap_or(text))?;
    account.period = shared.or(account.period);
    let mut diagnostics = Diagnostics::default();
    let case = Case {
        account,
        account_path,
        account_digests: Digests::of(&bytes, true),
        usage: files(root, "usage", &mut diagnostics),
        bills: files(root, "bills", &mut diagnostics),
        packages: files(root, "packages", &mut diagnostics),
        elsewhere: elsewhere(root, &mut diagnostics),
        diagnostics,
    };
    if case.diagnostics.has_errors() { Err(case.diagnostics) } else { Ok(case) }
}

/// Returns a folder whose account.toml has another name.
fn misnamed(root: &Path) -> Option<Diagnostic> {
    let name = misnamed_account(root)?;
    let help = format!("rename it to {ACCOUNT}; Notepad adds .txt unless the name is saved in quotes");
    Some(Diagnostic::error("account-misnamed", At::file(&name), "is not named account.toml, and is not read", help))
}

/// Lists the files outside the folders of a case, and those in folders of near names. A text file outside
/// the folders is taken for a note and left out.
fn elsewhere(root: &Path, found: &mut Diagnostics) -> Vec<InputFile> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(root) else { return files };
    let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    for name in names {
        let location = root.join(&name);
        if location.is_dir() {
            let lower = name.to_lowercase();
            let near = |(folder, near): &&(&str, &[&str])| {
                *folder != name && (*folder == lower || near.contains(&lower.as_str()))
            };
            if let Some((folder, _)) = FOLDERS.iter().find(near) {
                let message = format!("is not named {folder}/; its files are read by their headers");
                let help = format!("rename the folder to {folder}");
                found.push(Diagnostic::note("folder-misnamed", At::file(&name), message, help));
                list(root, &name, 0, &mut files, found);
            }
        } else if !is_of_a_system(&name) && ending(&name).is_some_and(|e| e != "txt" && ENDINGS.contains(&e.as_str())) {
            files.push(InputFile { path: name, location });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Returns the folder of a case that a file's path begins with, by its right name; none for a file outside the folders.
#[must_use]
pub fn folder_of(path: &str) -> Option<&'static str> {
    let first = path.split_once('/')?.0.to_lowercase();
    FOLDERS.iter().find(|(folder, near)| *folder == first || near.contains(&first.as_str())).map(|(folder, _)| *folder)
}

/// Returns true for files that systems leave in folders; they hold no figures.
fn is_of_a_system(name: &str) -> bool {
    name.starts_with('.') || matches!(name.to_lowercase().as_str(), "thumbs.db" | "desktop.ini" | "__macosx")
}

fn ending(name: &str) -> Option<String> {
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase())
}

/// Returns a folder without account.toml: of cases, or none.
fn no_case(root: &Path) -> Diagnostic {
    let cases = match find(root) {
        Ok(cases) => cases,
        Err(none) => return none,
    };
    let first = cases.first().map(|case| crate::model::diagnostic::shown(&case.to_string_lossy())).unwrap_or_default();
    let message = format!("is a folder of cases ({}); this takes one case", cases.len());
    Diagnostic::error(
        "case-not-found",
        At::file(&root.to_string_lossy()),
        message,
        format!("name one of them, such as {first}"),
    )
}

/// Returns the files of one folder of a case and of the folders in it, by name. What is
/// no export is named and left out.
fn files(root: &Path, folder: &str, found: &mut Diagnostics) -> Vec<InputFile> {
    let mut files = Vec::new();
    list(root, folder, 0, &mut files, found);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Lists the exports in a folder and in the folders in it, by name.
#[must_use]
pub fn exports(folder: &Path, found: &mut Diagnostics) -> Vec<InputFile> {
    let name = folder.to_string_lossy().trim_end_matches('/').to_owned();
    files(Path::new(""), &name, found)
}

fn list(root: &Path, folder: &str, depth: usize, files: &mut Vec<InputFile>, found: &mut Diagnostics) {
    let entries = match fs::read_dir(root.join(folder)) {
        Ok(entries) => entries,
        Err(error) if depth == 0 && error.kind() == ErrorKind::NotFound => return,
        Err(error) => {
            let message = format!("cannot be listed: {error}");
            let help = "it must be a folder that you may read";
            found.push(Diagnostic::error("folder-unreadable", At::file(folder), message, help));
            return;
        }
    };
    for entry in entries {
        let Ok(entry) = entry else {
            found.push(Diagnostic::error(
                "folder-unreadable",
                At::file(folder),
                "cannot be listed",
                "check its permissions",
            ));
            continue;
        };
        let raw = entry.file_name();
        // Of a name that is no text, byte by byte.
        let name = raw.to_str().map_or_else(|| raw.as_encoded_bytes().escape_ascii().to_string(), str::to_owned);
        let path = format!("{folder}/{name}");
        let ending = ending(&name).unwrap_or_default();
        if is_of_a_system(&name) {
            continue;
        }
        if name.starts_with("~$") {
            let message = "is left by Excel while a workbook is open, and is not read";
            let help = "close the workbook in Excel, so that what was saved last is read";
            found.push(Diagnostic::warning("excel-lock-file", At::file(&path), message, help));
            continue;
        }
        if raw.to_str().is_none() {
            // A report names its inputs as text, and two such names may look alike.
            let message = "has a name that is not UTF-8";
            found.push(Diagnostic::error("file-name-not-utf8", At::file(&path), message, "rename the file"));
        } else if entry.path().is_dir() && !ENDINGS.contains(&ending.as_str()) {
            if depth == DEEPEST {
                let message = format!("lies more than {DEEPEST} folders deep (or a link leads in a circle)");
                found.push(Diagnostic::error("folder-too-deep", At::file(&path), message, "move its files up"));
            } else {
                list(root, &path, depth + 1, files, found);
            }
        } else if ENDINGS.contains(&ending.as_str()) {
            // Whatever it is: a folder or a pipe of such a name is refused when it is opened.
            files.push(InputFile { path, location: entry.path() });
        } else {
            let message = format!("is not read: an export ends in {}", ENDINGS.map(|e| format!(".{e}")).join(", "));
            let help = "move it elsewhere, or give it the ending of what it is";
            found.push(Diagnostic::warning("file-ignored", At::file(&path), message, help));
        }
    }
}
