//! Collects the diagnostics of a table's rows: one for each kind and subject, with the number of rows. A bill of a
//! million rows that all lack the same word gets one message, not a million.

use std::collections::HashMap;

use crate::model::Money;
use crate::model::diagnostic::{Diagnostic, Diagnostics};

/// Findings of the rows of one table (or a piece of it), each told once.
#[derive(Debug, Default)]
pub(super) struct Findings {
    order: Vec<Told>,
    known: HashMap<(&'static str, String), usize>,
}

#[derive(Debug)]
struct Told {
    first: Diagnostic,
    subject: String,
    rows: u64,
    money: Option<Money>,
}

impl Findings {
    /// Adds what a row gives rise to; `make` is asked only for the first row
    /// with this code and subject.
    pub(super) fn add(&mut self, code: &'static str, subject: &str, make: impl FnOnce() -> Diagnostic) {
        self.tell(code, subject, 1, None, make);
    }

    /// Returns the same with money that the rows sum up.
    pub(super) fn add_money(
        &mut self,
        code: &'static str,
        subject: &str,
        money: Money,
        make: impl FnOnce() -> Diagnostic,
    ) {
        self.tell(code, subject, 1, Some(money), make);
    }

    fn tell(
        &mut self,
        code: &'static str,
        subject: &str,
        rows: u64,
        money: Option<Money>,
        make: impl FnOnce() -> Diagnostic,
    ) {
        let at = *self.known.entry((code, subject.to_owned())).or_insert(self.order.len());
        if at == self.order.len() {
            self.order.push(Told { first: make(), subject: subject.to_owned(), rows, money });
            return;
        }
        let told = &mut self.order[at];
        told.rows += rows;
        told.money = match (told.money, money) {
            (Some(former), Some(money)) => Some(former + money),
            (former, money) => former.or(money),
        };
    }

    /// Adds those of the table's next piece.
    pub(super) fn append(&mut self, next: Self) {
        for told in next.order {
            self.tell(told.first.code, &told.subject, told.rows, told.money, || told.first.clone());
        }
    }

    /// Returns the messages, each with its number of rows and its money.
    pub(super) fn into_diagnostics(self) -> Diagnostics {
        let mut diagnostics = Diagnostics::default();
        for told in self.order {
            let mut diagnostic = told.first;
            let rows = match (told.rows, told.money) {
                (1, _) => String::new(),
                (rows, None) => format!(" ({rows} rows in all, this is the first)"),
                (rows, Some(money)) => format!(" ({rows} rows, {money} in all)"),
            };
            diagnostic.message += &rows;
            diagnostics.push(diagnostic);
        }
        diagnostics
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::diagnostic::At;
    use rust_decimal::Decimal;

    #[test]
    fn a_subject_is_told_once_with_its_rows_and_money() {
        let warn = |row| Diagnostic::warning("a-code", At::file("a.csv").row(row), "odd", "");
        let money = |cents| Money::new(Decimal::new(cents, 2));
        let mut first = Findings::default();
        first.add_money("a-code", "x", money(150), || warn(2));
        first.add("a-code", "y", || warn(3));
        let mut next = Findings::default();
        next.add_money("a-code", "x", money(25), || warn(9));
        first.append(next);
        let told: Vec<(Option<u32>, String)> =
            first.into_diagnostics().into_iter().map(|d| (d.at.row, d.message)).collect();
        assert_eq!(told, [(Some(2), "odd (2 rows, 1.75 in all)".into()), (Some(3), "odd".into())]);
    }
}
