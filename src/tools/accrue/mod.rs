//! Computes the accrual of a month, before its bill: charges to date, fees due, and the days to come as a range. Pure.
//!
//! A day to come is taken as the same weekday of the weeks before: the one of least, middle and most worth. The month
//! is then rated with these days, by the same rules as a bill, three times: that is the range.

pub mod bill;
pub mod forecast;
pub mod outlook;
pub mod text;

use crate::case::Account;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::{Day, Item, Money, Month, Place, Rounding, Usage};
use crate::rate::charge::Charge;
use crate::rate::{Rated, item_mapping, rate};
use crate::rules::terms::{Fee, Terms};
use crate::rules::{Cards, build_terms};
pub use bill::{Billed, TrueUp, true_up};
use forecast::{Choice, Past};
pub use outlook::{Limit, Package};

/// A month of which some days are still to come.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Who the account is and what it bought.
    pub account: &'a Account,
    /// The rate cards.
    pub cards: &'a Cards,
    /// The billing month.
    pub period: Month,
    /// The usage, by the items that the files name.
    pub usage: &'a [Usage],
}

/// The month rated under one course of the days to come.
#[derive(Debug, Clone)]
pub struct Course {
    /// The lines.
    pub charges: Vec<Charge>,
    /// Their sum.
    pub total: Money,
}

/// The accrual of a month.
#[derive(Debug, Clone)]
pub struct Accrual {
    /// The last day whose usage is counted as it is.
    pub until: Day,
    /// The days to come of which the bill holds usage.
    pub days_to_come: usize,
    /// The month as if nothing more were used.
    pub to_date: Course,
    /// The least of the courses.
    pub low: Course,
    /// The course of the middle.
    pub likely: Course,
    /// The most of the courses.
    pub high: Course,
    /// Fees of the month, in order of payment.
    pub fees: Vec<Fee>,
    /// Packages that are in force behind the last day.
    pub packages: Vec<Package>,
    /// Free quotas and thresholds of the month.
    pub limits: Vec<Limit>,
}

impl Accrual {
    /// Returns what is posted at the end of the month, in cents.
    #[must_use]
    pub fn posted(&self) -> Money {
        self.likely.total.round(Rounding::HalfUp(2))
    }

    /// Returns whether a total lies in the range.
    #[must_use]
    pub fn holds(&self, total: Money) -> bool {
        self.low.total <= total && total <= self.high.total
    }
}

impl Course {
    /// Returns what the lines of an item come to.
    #[must_use]
    pub fn of_item(&self, item: Item) -> Money {
        self.charges.iter().filter(|charge| charge.item == item).map(|charge| charge.amount).sum()
    }

    fn of(charges: Vec<Charge>) -> Self {
        let total = charges.iter().map(|charge| charge.amount).sum();
        Self { charges, total }
    }

    /// Returns each line at the least that it can be.
    fn at_least(mut self) -> Self {
        for charge in &mut self.charges {
            if let Some(least) = charge.least {
                (charge.charged, charge.amount) = (least.charged, least.amount);
            }
        }
        Self::of(self.charges)
    }
}

/// Accrues a month whose usage is known up to a day; without one, up to the last day with usage.
pub fn accrue(subject: &Subject<'_>, until: Option<Day>) -> Result<Accrual, Diagnostics> {
    let terms = build_terms::terms(subject.account, subject.cards, subject.period)?;
    let until = last_day(subject, &terms, until)?;
    let behind = (until + 1).start();
    let known: Vec<Usage> = subject.usage.iter().filter(|row| row.start < behind).copied().collect();
    let past = Past::of(&known, until, &terms);
    let now = rated(&known, &terms)?;
    let course = |choice: Choice| -> Result<Course, Diagnostics> {
        let mut usage = known.clone();
        usage.extend(past.repeated(terms.window.until(), choice, &terms));
        Ok(Course::of(rated(&usage, &terms)?.charges))
    };
    let likely = course(Choice::Middle)?;
    let courses = [course(Choice::Least)?, likely.clone(), course(Choice::Most)?];
    let least = courses.iter().cloned().map(Course::at_least).min_by_key(|course| course.total);
    let most = courses.into_iter().max_by_key(|course| course.total);
    let mut fees = terms.fees.clone();
    fees.sort_by_key(|fee| (fee.day, fee.app, fee.item));
    Ok(Accrual {
        until,
        days_to_come: usize::try_from(terms.window.until().day() - (until + 1)).unwrap_or_default(),
        packages: outlook::packages(subject.account, &terms, &now, behind),
        limits: outlook::limits(&now.charges, &terms),
        to_date: Course::of(now.charges),
        low: least.unwrap_or_else(|| likely.clone()),
        high: most.unwrap_or_else(|| likely.clone()),
        likely,
        fees,
    })
}

/// Returns the last day whose usage counts.
fn last_day(subject: &Subject<'_>, terms: &Terms, until: Option<Day>) -> Result<Day, Diagnostics> {
    let (from, behind) = (terms.window.from(), terms.window.until());
    let refused = |message: String, help: String| {
        Err([Diagnostic::error("accrue-until", At::file("--until"), message, help)].into_iter().collect())
    };
    if let Some(day) = until {
        if (day + 1).start() < from || day.start() >= behind {
            let message = format!("{day} is no day of the bill of {}", subject.period);
            return refused(message, format!("its usage is from {} to {}", from.day(), (behind + -1).day()));
        }
        return Ok(day);
    }
    let of_month = subject.usage.iter().filter(|row| row.start >= from && row.start < behind);
    match of_month.map(|row| row.start.day()).max() {
        Some(day) => Ok(day),
        None => refused(
            format!("there is no usage of {}", subject.period),
            "name the last day that counts with --until, or add the usage of the month".to_owned(),
        ),
    }
}

fn rated(usage: &[Usage], terms: &Terms) -> Result<Rated, Diagnostics> {
    let mut usage = usage.to_vec();
    let unknown = item_mapping::admit_usage(&mut usage, terms, |_: Place| At::file("usage"));
    if unknown.has_errors() { Err(unknown) } else { Ok(rate(&usage, terms)) }
}
