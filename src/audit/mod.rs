//! Lists the facts for a person who audits the bill, besides the sums: where the vendor's text is silent and what the
//! reading that was taken is worth, and what account and usage show that no charge shows. Pure; never a charge, never a
//! discrepancy.

mod assumptions;
mod free_quotas;
mod grants;
mod observations;
mod plans;
mod prices;
mod purchases;
pub mod refund;
pub mod sensitivity;
mod service_after_expiry;
#[cfg(test)]
mod tests;
mod validity;
pub mod what_if;

use rayon::prelude::*;
use rust_decimal::Decimal;

use crate::case::Account;
use crate::i18n::Lang;
use crate::model::message::{Sentence, Value, is, part};
use crate::model::{Money, Month, Runs, Span};
use crate::rate::Rated;
use crate::rate::charge::Charge;
use crate::rules::terms::Terms;
use crate::rules::{Card, Cards};
use prices::Prices;
use purchases::{held, kept};

/// One thing that was assumed or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// A stable name for this kind: `partial-minute`.
    pub code: &'static str,
    /// A plain sentence, with the money.
    pub said: Sentence,
    /// The money that it concerns; `None` where it concerns none.
    pub amount: Option<Money>,
}

/// The subject of an audit: an account, its usage and its rated charges.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Who the account is and what it bought.
    pub account: &'a Account,
    /// The rate cards.
    pub cards: &'a Cards,
    /// The billing month.
    pub period: Month,
    /// The terms by which it was rated.
    pub terms: &'a Terms,
    /// The rated usage.
    pub usage: &'a Runs,
    /// The rated charges, deductions and balances.
    pub rated: &'a Rated,
}

/// Everything that is to be said, in a fixed order: readings, prices, service
/// that should have stopped, plans, grants, notes.
#[must_use]
pub fn assumptions(subject: &Subject<'_>) -> Vec<Assumption> {
    let held = kept(subject.account, subject.terms.bought_until());
    let prices = Prices::of(subject);
    // Some of them rate the month anew.
    let parts: [&(dyn Fn() -> Vec<Assumption> + Sync); 6] = [
        &|| assumptions::readings(subject),
        &|| prices::notes(subject, &held),
        &|| service_after_expiry::notes(subject, &held, &prices),
        &|| plans::notes(subject, &held, &prices),
        &|| grants::notes(subject, &held, &prices),
        &|| observations::notes(subject, &held),
    ];
    parts.par_iter().flat_map_iter(|part| part()).collect()
}

/// A question that the vendor's text leaves open, with both answers' totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuestion {
    /// A stable name: `partial-minute`.
    pub code: &'static str,
    /// The reading that was taken, and the other one.
    pub text: String,
    /// The month's total under the other reading, less the expected total.
    pub difference: Money,
}

/// Returns the silent points of the vendor's pages that this account can be touched by, also those without effect.
#[must_use]
pub fn open_questions(subject: &Subject<'_>) -> Vec<OpenQuestion> {
    let of_reading = |(reading, difference): (assumptions::Reading, Money)| {
        let values = [
            ("taken", Value::Says(reading.taken)),
            ("other", Value::Says(reading.other)),
            ("switch", part("switch", "key", reading.switch)),
        ];
        OpenQuestion { code: reading.code, text: english(&Sentence::of("open", values)), difference }
    };
    assumptions::answers(subject).into_iter().map(of_reading).collect()
}

impl Assumption {
    /// Something that concerns money.
    const fn of(code: &'static str, amount: Money, said: Sentence) -> Self {
        Self { code, said, amount: Some(amount) }
    }

    /// Returns the sentence as programs read it.
    #[must_use]
    pub fn text(&self) -> String {
        english(&self.said)
    }

    /// Returns a reading of a silent text, if the expected total differs by a cent or
    /// more under the other one. `taken` and `other` are the parts of its sentence.
    fn stake(
        subject: &Subject<'_>,
        code: &'static str,
        (taken, other): (Sentence, Sentence),
        switch: Option<&'static str>,
        difference: Money,
    ) -> Option<Self> {
        if !is_money(difference) {
            return None;
        }
        let direction = if difference > Money::ZERO { "higher" } else { "lower" };
        let values = [
            ("taken", Value::Says(taken)),
            ("other", Value::Says(other)),
            ("amount", is(subject.money(difference.abs()))),
            ("switch", part("switch", "key", switch)),
        ];
        Some(Self::of(code, difference, Sentence::of(direction, values)))
    }
}

/// Returns what csv, json and the terminal say, whatever the report's language.
fn english(said: &Sentence) -> String {
    said.text(Lang::En.words())
}

impl Subject<'_> {
    /// Returns the usage that the bill can hold.
    fn bill(&self) -> Span {
        self.terms.billed_usage()
    }

    fn money(&self, amount: Money) -> String {
        format!("{amount} {}", self.terms.currency())
    }

    /// Returns the card that rules a charge.
    fn card(&self, charge: &Charge) -> &Card {
        &self.terms.segments[self.terms.segment(charge.day.span().from)].card
    }

    /// Charges of usage: all but the fees.
    fn usage_charges(&self) -> impl Iterator<Item = &Charge> {
        self.rated.charges.iter().filter(|charge| !charge.item.is_fee())
    }
}

/// Returns what each grant of the terms cost; `None` for what is given or not sold alone.
#[must_use]
pub fn grant_costs(account: &Account, terms: &Terms) -> Vec<Option<Money>> {
    let held = held(account, terms.bought_until());
    let cost = |id: &String| held.iter().find(|held| held.id == *id)?.price(terms);
    terms.grants.iter().map(|grant| cost(&grant.id)).collect()
}

/// Returns the sum of charges.
fn total(charges: &[Charge]) -> Money {
    charges.iter().map(|charge| charge.amount).sum()
}

/// Returns true if an amount is a cent or more, in either direction.
fn is_money(amount: Money) -> bool {
    amount.abs() >= Money::new(Decimal::new(1, 2))
}

/// Names in a sentence, sorted and once each: `a, b, c`.
fn listed<T: Ord + ToString>(names: impl IntoIterator<Item = T>) -> String {
    let names: std::collections::BTreeSet<T> = names.into_iter().collect();
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
