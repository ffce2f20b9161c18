//! Many cases side by side: one bad case never stops the others.

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Options, Outcome, Status, run};
use crate::case::folder;
use crate::diagnostic::{At, Diagnostic, Diagnostics};

/// The cases that were asked for, by path; and what was asked for and is none.
#[must_use]
pub fn find(asked: &[PathBuf]) -> (Vec<PathBuf>, Diagnostics) {
    let mut found = Diagnostics::default();
    let mut cases = Vec::new();
    for path in asked {
        match folder::find(path) {
            Ok(inside) => cases.extend(inside),
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    (cases, found)
}

/// Runs all cases and hands each outcome over in the order of the cases, as
/// soon as it and all before it are there.
pub fn run_all(cases: &[PathBuf], options: &Options, progress: impl Fn() + Sync) -> Vec<Outcome> {
    let one = |case: &PathBuf| {
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| run(case, options))).unwrap_or_else(|_| broken(case));
        progress();
        outcome
    };
    cases.par_iter().map(one).collect()
}

/// A case that met a defect of this program: said, and no reason to stop the others.
fn broken(case: &Path) -> Outcome {
    let help = "please report it with the case's account.toml; the message above says where it happened";
    let found =
        Diagnostic::error("internal-error", At::file(&case.to_string_lossy()), "a defect of this program", help);
    let diagnostics = [found].into_iter().collect();
    Outcome { case: case.to_owned(), status: Status::Refused, report: None, diagnostics, written: None }
}

/// What several cases came to together: the worst of them.
#[must_use]
pub fn worst(outcomes: &[Outcome]) -> Status {
    outcomes.iter().map(|outcome| outcome.status).max().unwrap_or(Status::Clean)
}
