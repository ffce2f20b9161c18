//! The samples: each is a case of one month with the output that it must give.
//!
//! charges.csv and drawdown.csv are the reference's figures, computed from the
//! sample's own files; the tool has to come to the same bytes. The other files
//! were reasoned by hand (the sample's README says how). `BLESS=1` rewrites
//! what stands in `expected/`: see samples/README.md.

mod account;
mod usage;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::reference::{self, Account, Usage};
use usage::Bound;
pub use usage::cells;

/// What the reference answers for.
const RATED: [&str; 2] = ["charges.csv", "drawdown.csv"];
/// What the tool alone writes, compared with the committed file.
const COMPARED: [&str; 3] = ["discrepancies.csv", "reconciliation.json", "manifest.json"];

/// The folder of all samples.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

/// The sample folders, by name.
pub fn all() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|path| path.join("account.toml").exists()).collect();
    cases.sort();
    cases
}

fn name(case: &Path) -> &str {
    case.file_name().and_then(OsStr::to_str).unwrap()
}

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

/// What a run of the binary gave.
pub struct Run {
    /// The exit status.
    pub status: i32,
    /// What it printed as the result.
    pub stdout: String,
    /// What it told beside it.
    pub stderr: String,
    /// Where it ran; reports are in `out`.
    pub place: tempfile::TempDir,
}

impl Run {
    /// Runs `reconcile <case> --out out` in an empty folder.
    pub fn reconcile(case: &Path) -> Self {
        Self::of(&[OsStr::new("reconcile"), case.as_os_str(), OsStr::new("--out"), OsStr::new("out")])
    }

    /// Runs the binary in an empty folder.
    pub fn of(arguments: &[&OsStr]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut command = crate::program();
        let output = command.args(arguments).current_dir(place.path()).output().unwrap();
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            place,
        }
    }

    /// The only report that the run wrote, if it wrote one.
    pub fn report(&self) -> Option<PathBuf> {
        let out = self.place.path().join("out");
        let mut reports = fs::read_dir(out).ok()?.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        let report = reports.next();
        assert!(reports.next().is_none(), "more than one report");
        report
    }
}

/// What differs between two texts, as its first line.
fn difference(what: &str, got: &str, expected: &str) -> Option<String> {
    if got == expected {
        return None;
    }
    let pairs = got.lines().zip(expected.lines()).enumerate();
    let line = pairs.into_iter().find(|(_, (got, expected))| got != expected);
    Some(line.map_or_else(
        || format!("{what}: {} lines, expected {}", got.lines().count(), expected.lines().count()),
        |(at, (got, expected))| format!("{what}, line {}:\n  got      {got}\n  expected {expected}", at + 1),
    ))
}

/// Holds a text against the committed one; writes it there when blessing.
fn golden(case: &Path, file: &str, got: &str) -> Option<String> {
    let path = case.join("expected").join(file);
    if blessing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, got).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    difference(&format!("{}/{file}", name(case)), got, &expected)
}

fn read(case: &Path, bound: Bound) -> (Account, Vec<Usage>) {
    let account = account::account(&fs::read_to_string(case.join("account.toml")).unwrap());
    (account, usage::usage(&case.join("usage"), bound))
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The reference's charges; where usage is known in rounded minutes only, with
/// the two columns of the least amount and of the most, empty on exact lines.
fn charges(case: &Path) -> String {
    let (account, most) = read(case, Bound::Most);
    let text = reference::charges_csv(&account, &most);
    let (_, least) = read(case, Bound::Least);
    if most.iter().zip(&least).all(|(most, least)| most.quantity == least.quantity) {
        return text;
    }
    let least = reference::charges_csv(&account, &least);
    let amount = |line: &str| line.split(',').nth(10).unwrap().to_owned();
    let lines = text.lines().zip(least.lines());
    let joined = lines.map(|(most, least)| match (most, least) {
        (header, _) if header.starts_with("account,") => format!("{header},amount_low,amount_high\n"),
        (exact, same) if exact == same => format!("{exact},,\n"),
        _ => format!("{most},{},{}\n", amount(least), amount(most)),
    });
    joined.collect()
}

/// charges.csv and drawdown.csv by the reference.
fn rated(case: &Path) -> [String; 2] {
    let (account, usage) = read(case, Bound::Most);
    [charges(case), reference::drawdown_csv(&account, &usage)]
}

/// charges.csv and drawdown.csv are what the second implementation computes
/// from the sample's files.
#[test]
fn the_committed_figures_are_the_references() {
    let mut wrong = Vec::new();
    for case in all() {
        wrong.extend(RATED.iter().zip(rated(&case)).filter_map(|(file, text)| golden(&case, file, &text)));
    }
    assert_none(&wrong);
}

/// The tool writes the same bytes. Figures that the reference answers for are
/// never taken from the tool.
#[test]
fn every_sample_gives_its_expected_output() {
    let mut wrong = Vec::new();
    for case in all() {
        let run = Run::reconcile(&case);
        let Some(report) = run.report() else {
            wrong.push(format!("{}: no report\n{}", name(&case), run.stderr));
            continue;
        };
        let file = |file: &str| fs::read_to_string(report.join(file)).unwrap();
        for (rated, expected) in RATED.iter().zip(rated(&case)) {
            wrong.extend(difference(&format!("{}/{rated}", name(&case)), &file(rated), &expected));
        }
        wrong.extend(COMPARED.iter().filter_map(|compared| golden(&case, compared, &file(compared))));
        wrong.extend(golden(&case, "stdout.txt", &run.stdout));
        wrong.extend(golden(&case, "status", &format!("{}\n", run.status)));
    }
    assert_none(&wrong);
}

/// A sample explains itself.
#[test]
fn every_sample_has_a_readme() {
    for case in all() {
        assert!(case.join("README.md").exists(), "{}", name(&case));
    }
    assert!(all().len() >= 3);
}
