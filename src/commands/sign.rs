//! `sign`: a month is taken as final.

use super::{because, print};
use crate::cli;
use crate::model::diagnostic::{Diagnostics, shown};
use crate::pipeline::Status;
use crate::tools::{past_report, signature};

pub(super) fn run(asked: &cli::Sign) -> Result<Status, Diagnostics> {
    // A path such as `.` has no name; its signature would have none.
    let named = asked.report.file_name().is_some();
    let folder = if named { asked.report.clone() } else { asked.report.canonicalize().unwrap_or_default() };
    let report = past_report::read(&folder)?;
    let there = signature::of_report(&folder).map_err(|refused| because(*refused))?;
    let signed = signature::sign(&report, there, &asked.name, asked.on).map_err(|refused| because(*refused))?;
    let place = signature::place(&folder);
    super::atomic_write::save(&place, &signature::to_json(&signed)).map_err(because)?;
    let name = place.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (account, period) = (shown(&report.account), report.period);
    Ok(print(&format!("{account} {period} is signed by {}: {}\n", shown(&asked.name), shown(&name))))
}
