//! Refuses an account.toml that the files contradict, since everything that follows would rest on it.

use std::collections::HashMap;

use crate::case::Account;
use crate::model::diagnostic::{At, Diagnostic};
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::policy::Settlement;
use crate::model::{Day, Runs, Span, TableRef, Unit};
use crate::normalise::TableCounts;

const DAY: i64 = 86_400;
/// Fewer days than any month has.
const SHORTER_THAN_A_MONTH: i64 = 27 * DAY;

/// Refuses a first application that was created after the first usage.
pub(super) fn first_app(account: &Account, usage: &Runs) -> Option<Diagnostic> {
    let created = account.first_app_created?;
    let days = usage.runs().iter().filter(|run| i64::from(run.kind.seconds) <= DAY);
    let first: Day = days.filter_map(|run| run.outline().days.iter().map(|rows| rows.day).min()).min()?;
    (first < created).then(|| {
        let message = format!("first_app_created is {created}, and there is usage of {first}, before any application");
        let help = "correct first_app_created in account.toml: the console shows when the oldest application was \
                    created; or leave it out, where neither card nor settlement depends on it";
        Diagnostic::error("account-contradicted", At::file("account.toml"), message, help)
    })
}

/// Refuses a settlement of account.toml that no line of the bill has.
pub(super) fn settlement(
    account: &Account,
    lines: &[InvoiceLine],
    tables: &HashMap<TableRef, TableCounts>,
    at: impl Fn(&InvoiceLine) -> At,
) -> Option<Diagnostic> {
    let said = account.settlement?;
    // A bill whose days are summed does not show how they were settled.
    let dated = |line: &&InvoiceLine| {
        tables.get(&line.place.table).is_some_and(|table| matches!(table.layout.as_str(), "L3" | "FOCUS"))
    };
    let in_minutes = |line: &&InvoiceLine| {
        line.class == LineClass::Usage && line.item.is_some_and(|item| item.unit() == Unit::Minute)
    };
    let settled = |span: Span| match span.seconds() {
        DAY => Some(Settlement::Day),
        seconds if seconds > SHORTER_THAN_A_MONTH => Some(Settlement::Month),
        _ => None,
    };
    let mut usage = lines.iter().filter(in_minutes).filter(dated);
    let first = usage.clone().next()?;
    let contradicted = usage.all(|line| settled(line.span).is_some_and(|shown| shown != said));
    let (said, shown) = match said {
        Settlement::Day => ("day", "month"),
        Settlement::Month => ("month", "day"),
    };
    contradicted.then(|| {
        let message =
            format!("settlement is \"{said}\", and every line of usage on the bill settles a {shown}: {}", at(first));
        let help = format!("write `settlement = \"{shown}\"` in [account], or take the line out");
        Diagnostic::error("account-contradicted", At::file("account.toml"), message, help)
    })
}
