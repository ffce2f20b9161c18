//! Files as they really come: for each way in which a real export departs from the plain one, what is right.

mod bills;
mod read;

use std::fs;

use trtc_recon::model::diagnostic::Severity;
use trtc_recon::pipeline::{self, Outcome, Status, Task};

use crate::run::options;

/// A case of these files, reconciled.
pub fn reconciled(files: &[(&str, &[u8])]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    for (path, content) in files {
        let path = case.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    pipeline::run(&case, &options(folder.path(), Task::Reconcile))
}

/// The codes of what was found, with errors and warnings marked.
pub fn found(outcome: &Outcome) -> Vec<String> {
    let mark = |severity| match severity {
        Severity::Error => "error ",
        Severity::Warning => "warning ",
        Severity::Note => "note ",
    };
    outcome.diagnostics.iter().map(|found| format!("{}{}", mark(found.severity), found.code)).collect()
}

/// The messages of what was found.
pub fn said(outcome: &Outcome) -> String {
    outcome.diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Status, billed total and number of discrepancies.
pub fn came_to(outcome: &Outcome) -> (Status, String, usize) {
    let Some(report) = &outcome.report else { return (outcome.status, "refused".to_owned(), 0) };
    let comparison = report.comparison.as_ref().unwrap();
    (outcome.status, comparison.billed_total.to_string(), comparison.discrepancies.len())
}

/// Reconciled to this total, and nothing but notes was said.
pub fn agrees(outcome: &Outcome, total: &str) {
    assert_eq!(came_to(outcome), (Status::Clean, total.to_owned(), 0), "{}", said(outcome));
    let loud: Vec<String> = found(outcome).into_iter().filter(|code| !code.starts_with("note")).collect();
    assert!(loud.is_empty(), "{}", said(outcome));
}
