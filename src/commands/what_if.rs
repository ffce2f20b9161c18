//! `rate --with`: a month under another rule, beside the plain result.

use std::collections::BTreeMap;
use std::path::Path;

use super::{because, cards, print, refuse, tell};
use crate::audit::what_if::change;
use crate::case::Account;
use crate::cli::Run;
use crate::i18n::counted;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::model::style::aligned;
use crate::model::{Item, Money};
use crate::pipeline::{Measured, Options, Status, Task, batch, measured};
use crate::rate::charge::Charge;
use crate::rate::{item_mapping, rate};
use crate::report::summary;
use crate::rules::build_terms;

pub(super) fn run(asked: &Run, with: &[String]) -> Result<Status, Diagnostics> {
    let mut options = Options::reading(Task::Rate, asked.cases.period, cards(asked.cases.cards.as_deref())?);
    options.encoding = asked.cases.encoding.map(super::reconcile::encoding);
    let (cases, missing) = batch::find(&asked.cases.cases);
    let mut status = if missing.is_empty() { Status::Clean } else { refuse(&missing) };
    for case in &cases {
        status = status.max(one(case, with, &options).unwrap_or_else(|found| refuse(&found)));
    }
    Ok(status)
}

fn one(root: &Path, with: &[String], options: &Options) -> Result<Status, Diagnostics> {
    let mut found = Diagnostics::default();
    let Some(measured) = measured(root, options, &mut found) else { return Err(found) };
    tell(&found);
    let plain = charges(&measured.case.account, &measured, options)?;
    let mut account = measured.case.account.clone();
    for setting in with {
        change(&mut account, setting).map_err(|wrong| because(*wrong))?;
    }
    let changed = charges(&account, &measured, options)?;
    let currency = measured.terms.currency();
    let heading = format!(
        "{} {}: with {} ({})\n\n",
        shown(&account.uin),
        measured.period,
        with.iter().map(|setting| shown(setting)).collect::<Vec<_>>().join(", "),
        shown(currency)
    );
    Ok(print(&(heading + &beside(&plain, &changed))))
}

fn charges(account: &Account, measured: &Measured, options: &Options) -> Result<Vec<Charge>, Diagnostics> {
    let terms = build_terms::terms(account, &options.cards, measured.period)?;
    if terms.currency() != measured.terms.currency() {
        let message =
            format!("the card is in {}, the account is billed in {}", terms.currency(), measured.terms.currency());
        return Err(because(Diagnostic::error("what-if", At::file("--with"), message, "take a card of the same site")));
    }
    let mut usage = measured.usage.clone();
    let unknown = item_mapping::admit_usage(&mut usage, &terms, |_| At::file("usage"));
    if unknown.has_errors() { Err(unknown) } else { Ok(rate(&usage, &terms).charges) }
}

/// Both results by item, and their sums.
fn beside(plain: &[Charge], changed: &[Charge]) -> String {
    let (before, after) = (by_item(plain), by_item(changed));
    let items: std::collections::BTreeSet<Item> = before.keys().chain(after.keys()).copied().collect();
    let of = |sums: &BTreeMap<Item, Money>, item: &Item| sums.get(item).copied().unwrap_or_default();
    let row = |name: &str, was: Money, is: Money| {
        vec![name.to_owned(), summary::amount(was), summary::amount(is), summary::amount(is - was)]
    };
    let mut rows: Vec<Vec<String>> =
        items.iter().map(|item| row(item.id(), of(&before, item), of(&after, item))).collect();
    let (was, is) = (before.values().copied().sum(), after.values().copied().sum());
    rows.push(row("total", was, is));
    let table = aligned(&["item", "plain", "with", "difference"], &[1, 2, 3], &rows);
    let lines = differing(plain, changed);
    format!("{table}\ndiffering: {}; nothing was written\n", counted(lines, "1 line", "{count} lines"))
}

fn by_item(charges: &[Charge]) -> BTreeMap<Item, Money> {
    charges.iter().fold(BTreeMap::new(), |mut sums, charge| {
        *sums.entry(charge.item).or_default() += charge.amount;
        sums
    })
}

/// Returns how many lines are there in one result alone, or charge something else.
fn differing(plain: &[Charge], changed: &[Charge]) -> usize {
    let keyed = |charges: &[Charge]| -> BTreeMap<_, Money> {
        charges.iter().fold(BTreeMap::new(), |mut lines, charge| {
            *lines.entry((charge.day, charge.app, charge.item)).or_default() += charge.amount;
            lines
        })
    };
    let (before, after) = (keyed(plain), keyed(changed));
    let keys: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    keys.into_iter().filter(|key| before.get(key) != after.get(key)).count()
}
