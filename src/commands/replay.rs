//! `replay`: a report made again, and held against what stands there.

use std::path::Path;

use super::{because, cards, print, remark, say, tell};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::pipeline::{Status, replay};

pub(super) fn run(report: &Path, case: Option<&Path>, folder: Option<&Path>) -> Result<Status, Diagnostics> {
    let recorded = replay::recorded(report, cards(folder)?).map_err(because)?;
    let case = match case {
        Some(case) => case.to_owned(),
        None => replay::find_case(report, &recorded).map_err(because)?,
    };
    if recorded.version != env!("CARGO_PKG_VERSION") {
        let now = env!("CARGO_PKG_VERSION");
        say(&remark("note", &format!("made by version {}, run again by {now}", recorded.version)));
    }
    for changed in replay::changed(&case, &recorded) {
        say(&remark("note", &format!("since the report was made, {}", shown(&changed))));
    }
    let mut found = Diagnostics::default();
    let Some(files) = replay::again(&case, &recorded, &mut found) else { return Err(found) };
    tell(&found);
    let differences = replay::differences(report, &files).map_err(|error| {
        let at = At::file(&report.to_string_lossy());
        because(Diagnostic::error("replay-report", at, format!("cannot be read: {error}"), "check its permissions"))
    })?;
    let case = shown(&case.to_string_lossy());
    if differences.is_empty() {
        return Ok(print(&format!("{} files, equal to the byte (case: {case})\n", files.len())));
    }
    let lines: String = differences.iter().map(|found| format!("{}: {}\n", shown(&found.file), found.what)).collect();
    let head = format!("{} of {} files differ (case: {case})\n", differences.len(), files.len());
    Ok(print(&format!("{head}{lines}")).max(Status::Discrepancy))
}
