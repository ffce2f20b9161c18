//! Items of a month that are not in minutes: relayed bandwidth, images, users.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Subject, segment, sources};
use crate::model::usage_series::Run;
use crate::model::{Stamp, Unit, Usage};
use crate::rate::charge::Charge;
use crate::rules::card::AllowanceRule;

/// Returns what was used, what is free of it, and where it was read.
pub(super) fn use_of(subject: &Subject<'_>, charge: &Charge) -> String {
    let span = charge.day.span();
    let runs = subject
        .usage
        .runs()
        .iter()
        .filter(|run| run.kind.item == charge.item && charge.app.is_none_or(|app| app == run.kind.app));
    let mut rows: Vec<Usage> = runs.flat_map(Run::iter).filter(|row| span.contains(row.start)).collect();
    rows.sort_by_key(|row| (row.start, row.app, row.place));
    let unit = charge.item.unit();
    let mut out = "Usage\n".to_owned();
    if unit == Unit::Mbps {
        out.push_str(&highest(subject, charge, &rows));
    }
    let places = sources(rows.iter().map(|row| row.place), subject);
    let _ = writeln!(out, "  {} {} from {} rows: {places}", charge.metered, unit.finest(), rows.len());
    let _ =
        writeln!(out, "\nRounding\n  {} {} make {} {}", charge.metered, unit.finest(), charge.billable, unit.name());
    let card = &segment(subject, charge).card;
    let free = card.allowances.iter().find(|allowance| allowance.item == charge.item);
    let rule = match free.map(|free| free.rule) {
        Some(AllowanceRule::FreeAMonth(free)) => {
            format!("{free} {} a month are free per account, taken from the applications in ascending id", unit.name())
        }
        Some(AllowanceRule::ExemptBelow(bound)) => format!("free while below {bound} {}", unit.name()),
        None if unit == Unit::User => quotas(subject, charge),
        None => "nothing is free".to_owned(),
    };
    let _ = writeln!(out, "\nFree\n  {rule}: {} of {} {}", charge.covered, charge.billable, unit.name());
    if let Some(free) = free {
        let _ = writeln!(out, "  source: card {}: {}", card.id, free.source);
    }
    out
}

fn quotas(subject: &Subject<'_>, charge: &Charge) -> String {
    let own = subject.terms.quotas.iter().filter(|quota| Some(quota.app) == charge.app);
    let users: Vec<String> = own.map(|quota| quota.users.to_string()).collect();
    if users.is_empty() {
        "no plan of this application gives free users".to_owned()
    } else {
        format!("the plans of this application give {} free users", users.join(" + "))
    }
}

/// Returns the simultaneous samples whose sum is the month's highest.
fn highest(subject: &Subject<'_>, charge: &Charge, rows: &[Usage]) -> String {
    let mut sums: BTreeMap<Stamp, i64> = BTreeMap::new();
    for row in rows {
        *sums.entry(row.start).or_default() += row.quantity;
    }
    let top = sums.iter().max_by_key(|(start, sum)| (**sum, std::cmp::Reverse(**start)));
    let Some((start, _)) = top.filter(|(_, sum)| charge.item.metered(**sum) == charge.metered) else {
        return "  the highest sum that peaks of single applications allow\n".to_owned();
    };
    let mut out = format!("  the month's highest sum is that of {start}:\n");
    for row in rows.iter().filter(|row| row.start == *start) {
        let place = subject.places.at(row.place);
        let _ = writeln!(out, "    {} {} Mbps  {place}", row.app, charge.item.metered(row.quantity));
    }
    out
}
