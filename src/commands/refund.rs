//! `refund`: whether a grant may be returned, and for how much.

use super::{because, cards, print_of, tell};
use crate::audit::refund::refund;
use crate::cli::Refund;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, nearest, shown};
use crate::pipeline::{Measured, Options, Status, Task, measured};
use crate::rate::{item_mapping, rate};

pub(super) fn run(asked: &Refund) -> Result<Status, Diagnostics> {
    let options = Options::reading(Task::Rate, asked.period, cards(asked.cards.as_deref())?);
    let mut found = Diagnostics::default();
    let Some(measured) = measured(&asked.case, &options, &mut found) else { return Err(found) };
    let Measured { case, terms, mut usage, .. } = measured;
    let unknown = item_mapping::admit_usage(&mut usage, &terms, |_| At::file("usage"));
    if unknown.has_errors() {
        return Err(unknown);
    }
    tell(&found);
    let grants = case.account.grants.iter().map(|entry| entry.id.as_str());
    let known: Vec<&str> = grants.chain(case.account.subscriptions.iter().map(|entry| entry.id.as_str())).collect();
    let entry = asked.grant.split_once('#').map_or(asked.grant.as_str(), |(entry, _)| entry);
    if !known.contains(&asked.grant.as_str()) && !known.contains(&entry) {
        let near = nearest(&asked.grant, known.iter().copied());
        let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let help = format!("{near}it has: {}", known.join(", "));
        let message = format!("account.toml has no grant or subscription `{}`", shown(&asked.grant));
        return Err(because(Diagnostic::error("unknown-grant", At::file("--grant"), message, help)));
    }
    let rated = rate(&usage, &terms);
    let ruling = refund(&case.account, &terms, &rated, &asked.grant, asked.on, asked.had_one);
    let head = if ruling.allowed {
        format!("{} may be returned on {}: {} {}\n", asked.grant, asked.on, ruling.amount, terms.currency())
    } else {
        format!("{} may not be returned on {}\n", asked.grant, asked.on)
    };
    let reasons: String = ruling.reasons.iter().map(|reason| format!("  {reason}\n")).collect();
    let status = if ruling.allowed { Status::Clean } else { Status::Discrepancy };
    Ok(print_of(&case.account, &format!("{head}{reasons}")).max(status))
}
