//! `backtest`: what several months would have cost under other plans and packages.

use super::{cards, print_of, tell};
use crate::cli::Backtest;
use crate::model::Month;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::pipeline::{Measured, Options, Status, Task, batch, measured};
use crate::tools::backtest::{MonthCase, backtest, text};

pub(super) fn run(asked: &Backtest) -> Result<Status, Diagnostics> {
    let mut options = Options::reading(Task::Rate, None, cards(asked.cards.as_deref())?);
    options.encoding = asked.encoding.map(super::reconcile::encoding);
    let (paths, mut found) = batch::find(&asked.cases);
    found.extend(batch::Plan::of(&paths, &options).twice());
    let mut cases: Vec<Measured> = Vec::new();
    for path in &paths {
        let mut own = Diagnostics::default();
        cases.extend(measured(path, &options, &mut own));
        found.extend(own);
    }
    if found.has_errors() {
        return Err(found);
    }
    tell(&found);
    cases.sort_by_key(|case| case.period);
    let months: Vec<Month> = cases.iter().map(|case| case.period).collect();
    let result = backtest(cases.iter().map(month).collect(), &options.cards)?;
    let Some(last) = cases.last() else {
        let help = "name case folders, or folders of case folders";
        return Err(super::because(Diagnostic::error(
            "case-not-found",
            At::file("backtest"),
            "there is no case",
            help,
        )));
    };
    let account = &last.case.account;
    Ok(print_of(account, &text::found(&account.uin, &months, last.terms.currency(), &result)))
}

fn month(case: &Measured) -> MonthCase<'_> {
    MonthCase { account: &case.case.account, period: case.period, terms: &case.terms, usage: &case.usage }
}
