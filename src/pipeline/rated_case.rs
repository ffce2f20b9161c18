//! A case read and rated, before anything is compared: what a report is made
//! of, and what a single line is explained from.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Inputs, Options, Task, measured};
use crate::audit::refund::rulings;
use crate::case::{Account, Case};
use crate::causes::Situation;
use crate::compare::balances::{Ledger, attested};
use crate::compare::{Bill, RefundRuling};
use crate::model::diagnostic::Diagnostics;
use crate::model::invoice::InvoiceLine;
use crate::model::{Day, Month};
use crate::normalise::bill;
use crate::progress::{self, Stage};
use crate::rate::charge::{Charge, fee_line};
use crate::rate::{Rated, item_mapping, rate_runs};
use crate::rules::terms::Terms;

/// A case, its inputs by the items of its cards, and what it should have been charged.
pub struct RatedCase {
    /// The case.
    pub case: Case,
    /// The billing month.
    pub period: Month,
    /// The terms by which it is rated.
    pub terms: Terms,
    /// The contents of its files.
    pub inputs: Inputs,
    /// The rated charges, deductions and balances.
    pub rated: Rated,
}

/// The inputs of the comparison, apart from charges and lines.
pub struct Beside {
    /// Purchases that the bill may show.
    pub possible: Vec<Charge>,
    /// The rulings of the refund rule on the refund lines.
    pub refunds: Vec<RefundRuling>,
    /// The grants that the vendor's package files attest, by id.
    pub attested: BTreeSet<String>,
}

impl RatedCase {
    /// READ, NORMALISE, RATE. `None` where an error stopped it; for `check` the
    /// case is then worth telling all the same, and is not rated.
    pub fn read(root: &Path, options: &Options, found: &mut Diagnostics) -> Option<Self> {
        progress::enter(Stage::Reading);
        let (case, period, terms, mut inputs) = measured::read(root, options, found)?;
        let unknown = item_mapping::admit_runs(&mut inputs.usage, &terms, |place| inputs.places.at(place));
        found.extend(unknown);
        if found.has_errors() {
            let rated = Rated { charges: Vec::new(), drawdown: Vec::new(), balances: Vec::new() };
            return (options.task == Task::Check).then_some(Self { case, period, terms, inputs, rated });
        }
        item_mapping::admit_lines(&mut inputs.lines, &terms);
        progress::enter(Stage::Rating);
        let rated = rate_runs(&inputs.usage, &terms);
        if options.task == Task::Reconcile && rated.charges.iter().any(|charge| !charge.amount.is_zero()) {
            // A bill that holds nothing of what is due is the wrong file; an earlier report stays as it is.
            found.refuse(bill::HOLDS_NOTHING);
        }
        Some(Self { case, period, terms, inputs, rated })
    }

    /// Returns what the comparison takes beside the charges and these lines.
    #[must_use]
    pub fn beside(&self, lines: &[InvoiceLine]) -> Beside {
        let ledger = Ledger::new(&self.inputs.usage, &self.terms, &self.rated);
        let attested = attested(&self.inputs.claims().compared(&ledger), &ledger);
        Beside { attested, ..Beside::of(&self.case.account, &self.terms, &self.rated, lines) }
    }

    /// Returns the charges held against lines that may be others than the bill's own.
    #[must_use]
    pub fn situation<'a>(
        &'a self,
        lines: &'a [InvoiceLine],
        beside: &'a Beside,
        options: &'a Options,
    ) -> Situation<'a> {
        let bill = beside.bill(&self.rated, &self.terms, lines, self.inputs.days_seen(), options);
        Situation {
            account: &self.case.account,
            cards: &options.cards,
            period: self.period,
            usage: self.inputs.rows(),
            terms: &self.terms,
            bill,
            attested: &beside.attested,
        }
    }
}

impl Beside {
    /// Of an account's terms and lines.
    #[must_use]
    pub fn of(account: &Account, terms: &Terms, rated: &Rated, lines: &[InvoiceLine]) -> Self {
        let possible = terms.possible_fees.iter().map(|fee| fee_line(fee, terms)).collect();
        Self { possible, refunds: rulings(account, terms, rated, lines), attested: BTreeSet::new() }
    }

    /// Returns the charges held against these lines.
    #[must_use]
    pub fn bill<'a>(
        &'a self,
        rated: &'a Rated,
        terms: &'a Terms,
        lines: &'a [InvoiceLine],
        days_seen: &'a BTreeSet<Day>,
        options: &Options,
    ) -> Bill<'a> {
        Bill {
            charges: &rated.charges,
            possible: &self.possible,
            lines,
            currency: terms.currency(),
            tolerance: options.tolerance,
            days_seen,
            refunds: &self.refunds,
        }
    }
}
