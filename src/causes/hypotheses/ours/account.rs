//! Keys of account.toml that may have another value: when the account began, how it is settled, which card it has.

use std::collections::BTreeSet;

use super::Own;
use crate::causes::messages::say;
use crate::causes::own_side::State;
use crate::model::Day;
use crate::model::cause::Cause;
use crate::model::policy::{Cut, Settlement};
use crate::rules::Plans;
use crate::rules::plan::RatioSource;

/// Days on which the vendor changed what an account's first application decides: the last before, the first after.
const TURNS: [(i16, i8, i8); 4] = [(2019, 6, 1), (2019, 10, 11), (2020, 9, 1), (2021, 10, 27)];

fn change(
    key: &str,
    value: &str,
    table: &str,
    edit: impl Fn(&mut crate::case::Account) + Send + Sync + 'static,
) -> Own {
    let name = if table == "account" { key.to_owned() } else { format!("{table}.{key}") };
    Own::of_account(
        Cause::Account { key: name.clone() },
        say("account_key", &[("key", &name), ("value", &value)]),
        format!("[{table}]\n{key} = {value}\n"),
        edit,
    )
}

/// Returns each key with each other value that makes a difference.
#[must_use]
pub fn keys(state: &State<'_>) -> Vec<Own> {
    let account = &state.account;
    let mut changes = Vec::new();
    let mut registered: BTreeSet<Day> = BTreeSet::new();
    for plan in account.grants.iter().filter_map(|grant| Plans::known().get(&grant.plan)) {
        if let Some(RatioSource::Cohorts(cohorts)) = &plan.ratio {
            let others = cohorts.iter().filter(|cohort| !cohort.holds(account.registered()));
            registered.extend(others.filter_map(|cohort| {
                cohort.registered_from.or_else(|| cohort.registered_until.map(|until| until + -1))
            }));
        }
    }
    changes.extend(
        registered.into_iter().map(|day| {
            change("registered", &day.to_string(), "account", move |account| account.registered = Some(day))
        }),
    );
    let mut side = BTreeSet::new();
    for (year, month, day) in TURNS {
        let turn = Day::from_civil(jiff::civil::date(year, month, day));
        side.extend([turn + -1, turn]);
    }
    for day in side {
        changes.push(change("first_app_created", &day.to_string(), "account", move |account| {
            account.first_app_created = Some(day);
        }));
    }
    for (name, settlement) in [("day", Settlement::Day), ("month", Settlement::Month)] {
        if account.settlement != Some(settlement) {
            changes.push(change("settlement", &format!("\"{name}\""), "account", move |account| {
                account.settlement = Some(settlement);
            }));
        }
    }
    let used: BTreeSet<String> = state.terms().cards_used().into_iter().map(|card| card.id).collect();
    for card in state.situation().cards {
        if card.currency == state.terms().currency() && !(used.len() == 1 && used.contains(&card.id)) {
            let id = card.id.clone();
            changes.push(change("card", &format!("\"{id}\""), "account", move |account| {
                account.card = Some(id.clone());
            }));
        }
    }
    let (name, cut) = match account.cut {
        Cut::Usage => ("deduction", Cut::Deduction),
        Cut::Deduction => ("usage", Cut::Usage),
    };
    changes.push(change("cut", &format!("\"{name}\""), "bill", move |account| account.cut = cut));
    changes
}
