//! Many cases side by side: one bad case never stops the others.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Options, Outcome, Status, Task, run};
use crate::case::folder;
use crate::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::domain::Month;

/// The cases that were asked for, by path; and what was asked for and is none.
#[must_use]
pub fn find(asked: &[PathBuf]) -> (Vec<PathBuf>, Diagnostics) {
    let mut found = Diagnostics::default();
    let mut cases = Vec::new();
    for path in asked {
        match folder::find(path) {
            Ok(inside) => {
                for case in inside {
                    // The same folder named twice is one case.
                    let known =
                        |other: &PathBuf| other == &case || case.canonicalize().ok() == other.canonicalize().ok();
                    if !cases.iter().any(known) {
                        cases.push(case);
                    }
                }
            }
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    (cases, found)
}

/// Runs all cases and hands each outcome over in the order of the cases, as
/// soon as it and all before it are there.
pub fn run_all(cases: &[PathBuf], options: &Options, progress: impl Fn() + Sync) -> Vec<Outcome> {
    let twins = same_report(cases, options);
    let one = |case: &PathBuf| {
        let outcome = match twins.get(case) {
            Some(found) => refused(case, found.clone()),
            None => panic::catch_unwind(AssertUnwindSafe(|| run(case, options))).unwrap_or_else(|_| broken(case)),
        };
        progress();
        outcome
    };
    cases.par_iter().map(one).collect()
}

/// Cases of one account and month: their reports would take each other's place.
fn same_report(cases: &[PathBuf], options: &Options) -> BTreeMap<PathBuf, Diagnostic> {
    let mut by_report: BTreeMap<(String, Option<Month>), Vec<&PathBuf>> = BTreeMap::new();
    for path in cases.iter().filter(|_| options.task != Task::Check) {
        if let Ok(case) = folder::open(path) {
            by_report.entry((case.account.uin, options.period.or(case.account.period))).or_default().push(path);
        }
    }
    let mut twins = BTreeMap::new();
    for ((uin, _), same) in by_report.into_iter().filter(|(_, same)| same.len() > 1) {
        let names: Vec<String> = same.iter().map(|path| shown(&path.to_string_lossy())).collect();
        for path in same {
            let message = format!(
                "{} are cases of one account ({uin}) and month: one report would replace the other",
                names.join(", ")
            );
            let help = "run them one by one with folders of their own: --out";
            let found = Diagnostic::error("case-twice", At::file(&path.to_string_lossy()), message, help);
            twins.insert(path.clone(), found);
        }
    }
    twins
}

fn refused(case: &Path, found: Diagnostic) -> Outcome {
    let diagnostics = [found].into_iter().collect();
    Outcome { case: case.to_owned(), status: Status::Refused, report: None, diagnostics, written: None }
}

/// A case that met a defect of this program: said, and no reason to stop the others.
fn broken(case: &Path) -> Outcome {
    let help = "please report it with the case's account.toml; the message above says where it happened";
    let found =
        Diagnostic::error("internal-error", At::file(&case.to_string_lossy()), "a defect of this program", help);
    refused(case, found)
}

/// What several cases came to together: the worst of them.
#[must_use]
pub fn worst(outcomes: &[Outcome]) -> Status {
    outcomes.iter().map(|outcome| outcome.status).max().unwrap_or(Status::Clean)
}
