//! `accrue`: a month before its bill, and the accrual against the bill that came.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{because, cards, print_of, tell};
use crate::cli::Accrue;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::pipeline::{Measured, Options, Status, Task, measured};
use crate::tools::accrue::{Billed, Subject, accrue, text, true_up};

pub(super) fn run(asked: &Accrue) -> Result<Status, Diagnostics> {
    let mut options = Options::reading(Task::Rate, asked.period, cards(asked.cards.as_deref())?);
    options.encoding = asked.encoding.map(super::reconcile::encoding);
    let mut found = Diagnostics::default();
    let Some(measured) = measured(&asked.case, &options, &mut found) else { return Err(found) };
    let Measured { case, period, terms, usage } = &measured;
    let subject = Subject { account: &case.account, cards: &options.cards, period: *period, usage };
    let accrual = accrue(&subject, asked.until)?;
    tell(&found);
    let currency = terms.currency();
    let Some(report) = &asked.true_up else {
        return Ok(print_of(&case.account, &text::accrual(&subject, currency, &accrual)));
    };
    let bill = billed(report, &case.account.uin, &period.to_string()).map_err(|wrong| because(*wrong))?;
    let against = true_up(&accrual, &bill);
    Ok(print_of(&case.account, &text::true_up(&subject, currency, &accrual, &against, bill.expected)))
}

/// The result of a report of the same account and month.
fn billed(report: &Path, account: &str, period: &str) -> Result<Billed, Box<Diagnostic>> {
    let path = report.join("reconciliation.json");
    let refused = |why: String| {
        let help = "name the folder of a report of this month that `reconcile` wrote with --format json";
        Box::new(Diagnostic::error("accrue-report", At::file(&path.to_string_lossy()), why, help))
    };
    let bytes = fs::read(&path).map_err(|error| refused(format!("cannot be read: {error}")))?;
    let result: Value =
        serde_json::from_slice(&bytes).map_err(|error| refused(format!("is not readable as JSON: {error}")))?;
    let billed = Billed::read(&result)
        .ok_or_else(|| refused("is no result of this tool, or of a version unlike this one".to_owned()))?;
    if (billed.account.as_str(), billed.period.as_str()) != (account, period) {
        let (of, month) = (shown(&billed.account), shown(&billed.period));
        return Err(refused(format!("is of {of} and {month}, the case is of {account} and {period}")));
    }
    Ok(billed)
}
