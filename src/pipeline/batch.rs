//! Many cases side by side: one bad case never stops the others.

use std::path::PathBuf;

use rayon::prelude::*;

use super::{Options, Outcome, Status, run};
use crate::case::folder;
use crate::diagnostic::Diagnostics;

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
        let outcome = run(case, options);
        progress();
        outcome
    };
    cases.par_iter().map(one).collect()
}

/// What several cases came to together: the worst of them.
#[must_use]
pub fn worst(outcomes: &[Outcome]) -> Status {
    outcomes.iter().map(|outcome| outcome.status).max().unwrap_or(Status::Clean)
}
