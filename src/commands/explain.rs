//! `explain`: one line's derivation, and the bill's line beside it.

use std::fmt::Write as _;

use super::{because, cards, print_bytes, print_of, tell};
use crate::case::Account;
use crate::causes::explain;
use crate::cli;
use crate::compare::summary::rows;
use crate::compare::{Bill, Compared, compare};
use crate::explain::{self, Subject, Target, parting};
use crate::i18n::Lang;
use crate::i18n::catalogue::translated;
use crate::model::diagnostic::Diagnostics;
use crate::model::style::aligned;
use crate::model::{AppId, Item};
use crate::pipeline::{Options, RatedCase, Status, Task};
use crate::report::html;

pub(super) fn run(asked: &cli::Explain) -> Result<Status, Diagnostics> {
    let mut options = Options::reading(Task::Check, asked.period, cards(asked.cards.as_deref())?);
    options.encoding = asked.encoding.map(super::reconcile::encoding);
    let mut found = Diagnostics::default();
    let Some(case) = RatedCase::read(&asked.case, &options, &mut found) else { return Err(found) };
    let beside = case.beside(&case.inputs.lines);
    let bill = beside.bill(&case.rated, &case.terms, &case.inputs.lines, case.inputs.days_seen(), &options);
    let mut compared = Compared::default();
    if case.inputs.has_bill {
        compared = compare(&bill);
    }
    // Row by row usage is needed only where something is to be explained.
    if !compared.findings.is_empty() {
        explain(&case.situation(&case.inputs.lines, &beside, &options), &mut compared);
    }
    let places = &case.inputs.places;
    let named = rows(&compared, &bill, &case.case.account.uin, |place| places.at(place).to_string());
    let target = explain::find(&asked.line, &bill, &compared, &named).map_err(|unknown| because(*unknown))?;
    tell(&found);
    let subject =
        Subject { account: &case.case.account, terms: &case.terms, usage: &case.inputs.usage, places, all: asked.all };
    let mut out = heading(&asked.line, &target, &named);
    let app = target.pairing.charges.first().and_then(|at| bill.charges[*at].app);
    let name = account_name(&case.case.account, app);
    if !name.is_empty() {
        let _ = writeln!(out, "Application: {}\n", crate::model::diagnostic::shown(name));
    }
    out.push_str(&derived(&subject, &target, &bill));
    let finding = target.finding.map(|at| &compared.findings[at]);
    out.push_str(&parting(&target, finding, &bill, places));
    let account = &case.case.account;
    match asked.format {
        cli::ExplainFormat::Text => Ok(print_of(account, &out)),
        cli::ExplainFormat::Html => {
            let lang = super::console::lang(Some(Lang::of(account.site)));
            Ok(print_bytes(&html::derivation(lang, &translated(lang, &out))))
        }
    }
}

/// Returns the name of an application in account.toml, empty where it has none.
fn account_name(account: &Account, app: Option<AppId>) -> &str {
    let known = account.apps.iter().find(|known| Some(known.id) == app);
    known.and_then(|known| known.name.as_deref()).unwrap_or_default()
}

fn heading(line: &str, target: &Target, named: &[(usize, crate::compare::Discrepancy)]) -> String {
    let of = |at: usize| named.iter().find(|(finding, _)| *finding == at).map(|(_, row)| row);
    match target.finding.and_then(of) {
        Some(row) => {
            let (app, item) =
                (row.app.map_or_else(|| "-".to_owned(), |app| app.to_string()), row.item.map_or("-", Item::id));
            let line = crate::model::diagnostic::shown(&format!("{app}/{}/{item}", row.day));
            format!("{line} (discrepancy {})\n\n", row.id)
        }
        None => format!("{}\n\n", crate::model::diagnostic::shown(line)),
    }
}

/// The derivation of one charge; of many that one bill line sums, their list.
fn derived(subject: &Subject<'_>, target: &Target, bill: &Bill<'_>) -> String {
    match target.pairing.charges.as_slice() {
        [] => "The usage has nothing for it.\n".to_owned(),
        [one] => explain::charge(subject, &bill.charges[*one]),
        several => {
            let row = |at: &usize| {
                let charge = &bill.charges[*at];
                let figures = [charge.billable, charge.covered, charge.charged].map(|figure| figure.to_string());
                let mut row = vec![explain::name(charge)];
                row.extend(figures);
                row.extend([charge.price.to_string(), charge.amount.to_string()]);
                row
            };
            let rows: Vec<_> = several.iter().map(row).collect();
            let header = ["charge", "usage", "covered", "charged", "price", "amount"];
            let table = aligned(&header, &[1, 2, 3, 4, 5], &rows);
            format!("The bill sums {} charges; `explain` derives each of them\n{table}", several.len())
        }
    }
}
