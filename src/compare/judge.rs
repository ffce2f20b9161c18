//! One pairing judged: does the bill agree, and if not, what differs first?

use rust_decimal::Decimal;

use super::finding::{Finding, Kind, Strength};
use super::pairing::Pairing;
use super::{Bill, Tolerance};
use crate::model::cause::Cause;
use crate::model::invoice::InvoiceLine;
use crate::model::{Money, Quantity, Rounding, UnitPrice};
use crate::rate::charge::{Charge, LINE};

/// The figures of one side of a comparison; a figure that is not known, or not
/// one for all lines, is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// Usage before deduction.
    pub usage: Option<Quantity>,
    /// The covered quantity.
    pub covered: Option<Quantity>,
    /// The charged quantity.
    pub charged: Option<Quantity>,
    /// The price of one billing unit.
    pub price: Option<UnitPrice>,
    /// The amount.
    pub amount: Money,
}

impl Figures {
    /// Nothing charged.
    pub const NONE: Self = Self { usage: None, covered: None, charged: None, price: None, amount: Money::ZERO };

    /// Returns what the charges add up to.
    #[must_use]
    pub fn of_charges<'a>(charges: impl Iterator<Item = &'a Charge> + Clone) -> Self {
        Self {
            usage: Some(charges.clone().map(|charge| charge.billable).sum()),
            covered: Some(charges.clone().map(|charge| charge.covered).sum()),
            charged: Some(charges.clone().map(|charge| charge.charged).sum()),
            price: uniform(charges.clone().map(|charge| Some(charge.price))),
            amount: charges.map(|charge| charge.amount).sum(),
        }
    }

    /// Returns what the bill lines add up to.
    #[must_use]
    pub fn of_lines<'a>(lines: impl Iterator<Item = &'a InvoiceLine> + Clone) -> Self {
        Self {
            usage: lines.clone().map(|line| line.usage).sum(),
            covered: lines.clone().map(|line| line.covered).sum(),
            charged: lines.clone().map(|line| line.charged).sum(),
            price: uniform(lines.clone().map(unit_price)),
            amount: lines.map(|line| line.amount).sum(),
        }
    }
}

fn uniform<T: PartialEq>(mut values: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = values.next()??;
    values.all(|value| value.as_ref() == Some(&first)).then_some(first)
}

/// Returns the printed price of one billing unit. A price per 1,000 has three more
/// decimals than were printed, which loses nothing.
#[must_use]
pub fn unit_price(line: &InvoiceLine) -> Option<UnitPrice> {
    line.price.map(|price| UnitPrice::new(price.figure.decimal() / Decimal::from(price.per)))
}

/// The outcome of a pairing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It agrees; what the bill's own precision leaves.
    Agrees(Money),
    /// It differs within a tolerance.
    Forgiven(Money),
    /// It differs.
    Differs(Box<Finding>),
}

/// Judges one pairing of usage.
#[must_use]
pub fn judge(pairing: &Pairing, bill: &Bill<'_>) -> Judgement {
    let charges = pairing.charges.iter().map(|at| &bill.charges[*at]);
    let lines: Vec<&InvoiceLine> = pairing.lines.iter().map(|at| &bill.lines[*at]).collect();
    let expected = if pairing.charges.is_empty() { Figures::NONE } else { Figures::of_charges(charges.clone()) };
    let billed = if lines.is_empty() { Figures::NONE } else { Figures::of_lines(lines.iter().copied()) };
    let difference = billed.amount - expected.amount;
    let Some(kind) = first_difference(&expected, &billed, &lines, bill) else { return Judgement::Agrees(difference) };
    if kind != Kind::Currency && bill.tolerance.forgives(difference, expected.amount) {
        return Judgement::Forgiven(difference);
    }
    let strength = strength(charges, &lines, &billed, bill);
    let mut finding = Finding::new(kind, pairing.clone(), expected, billed, strength);
    if kind == Kind::Duplicate {
        finding.causes = Cause::DuplicateLine.into();
    }
    Judgement::Differs(Box::new(finding))
}

/// Returns true if the bill prints another usage before deduction, or another cover.
#[must_use]
pub fn other_usage(pairing: &Pairing, bill: &Bill<'_>) -> bool {
    let expected = Figures::of_charges(pairing.charges.iter().map(|at| &bill.charges[*at]));
    let billed = Figures::of_lines(pairing.lines.iter().map(|at| &bill.lines[*at]));
    let other = |billed: Option<Quantity>, expected: Option<Quantity>| billed.is_some() && billed != expected;
    !pairing.lines.is_empty() && (other(billed.usage, expected.usage) || other(billed.covered, expected.covered))
}

/// Returns the first kind that applies, in the order of the contract.
fn first_difference(expected: &Figures, billed: &Figures, lines: &[&InvoiceLine], bill: &Bill<'_>) -> Option<Kind> {
    if lines.iter().any(|line| line.currency != bill.currency) {
        return Some(Kind::Currency);
    }
    if lines.is_empty() {
        return (!expected.amount.is_zero()).then_some(Kind::MissingInBill);
    }
    if expected.charged.is_none() {
        let nothing = billed.amount.is_zero() && billed.charged.is_none_or(Quantity::is_zero);
        return (!nothing).then_some(Kind::MissingInUsage);
    }
    let kind = difference(expected, billed, lines)?;
    Some(if repeats(expected, lines) { Kind::Duplicate } else { kind })
}

/// Where one line alone is right and the others repeat it.
fn repeats(expected: &Figures, lines: &[&InvoiceLine]) -> bool {
    let [first, others @ ..] = lines else { return false };
    let same =
        |line: &&InvoiceLine| (line.charged, line.price, line.amount) == (first.charged, first.price, first.amount);
    let alone = Figures::of_lines(std::iter::once(*first));
    !others.is_empty() && others.iter().all(same) && difference(expected, &alone, &[*first]).is_none()
}

/// Returns what differs first between a sum of charges and a sum of lines.
fn difference(expected: &Figures, billed: &Figures, lines: &[&InvoiceLine]) -> Option<Kind> {
    let price = expected.price.is_none_or(|price| lines.iter().all(|line| price_agrees(price, line)));
    let charged = billed.charged.is_none_or(|charged| Some(charged) == expected.charged);
    let amount = amount_agrees(expected.amount, billed.amount, lines);
    if charged && price && amount {
        return None;
    }
    if charged {
        return Some(same_quantity(expected, billed, lines, price));
    }
    let same_usage = billed.usage.is_some() && billed.usage == expected.usage;
    Some(if same_usage { Kind::Deduction } else { Kind::Quantity })
}

/// Price, rounding or arithmetic: the charged quantity is right, or not printed.
fn same_quantity(expected: &Figures, billed: &Figures, lines: &[&InvoiceLine], price: bool) -> Kind {
    if !price {
        return Kind::UnitPrice;
    }
    let last_unit = Money::new(Decimal::new(1, decimals(lines)));
    if (billed.amount - expected.amount).abs() <= last_unit {
        return Kind::Rounding;
    }
    match (billed.charged, billed.price) {
        (None, _) => Kind::Quantity,
        (Some(_), None) => Kind::UnitPrice,
        (Some(_), Some(_)) => Kind::Arithmetic,
    }
}

fn decimals(lines: &[&InvoiceLine]) -> u32 {
    lines.iter().map(|line| line.decimals).min().unwrap_or(8)
}

/// A bill prints prices at 8 decimals: equal there is equal.
fn price_agrees(expected: UnitPrice, line: &InvoiceLine) -> bool {
    line.price.is_none_or(|printed| {
        let figure = expected.decimal() * Decimal::from(printed.per);
        LINE.apply(figure).normalize() == printed.figure.decimal().normalize()
    })
}

/// Equal at the bill's own precision; of several lines in cents each may be
/// half a cent off.
fn amount_agrees(expected: Money, billed: Money, lines: &[&InvoiceLine]) -> bool {
    let places = decimals(lines);
    let rounded = expected.round(Rounding::HalfUp(places));
    let slack = Decimal::new(i64::try_from(lines.len()).unwrap_or(i64::MAX), places) / Decimal::TWO;
    rounded == billed || (places < 8 && lines.len() > 1 && (billed - expected).abs().decimal() <= slack)
}

/// Returns a finding that rests on a derived price, on rounded minutes that allow the
/// billed amount, or on a day without a single row, is not proved.
fn strength<'a>(
    mut charges: impl Iterator<Item = &'a Charge> + Clone,
    lines: &[&InvoiceLine],
    billed: &Figures,
    bill: &Bill<'_>,
) -> Strength {
    let least: Money = charges.clone().map(|charge| charge.least.map_or(charge.amount, |least| least.amount)).sum();
    let most: Money = charges.clone().map(|charge| charge.amount).sum();
    let allowed =
        charges.clone().any(|charge| charge.least.is_some()) && least <= billed.amount && billed.amount <= most;
    let derived = charges.any(|charge| charge.derived_price);
    let unseen =
        !lines.is_empty() && lines.iter().all(|line| line.span.days().all(|day| !bill.days_seen.contains(&day)));
    if allowed || derived || unseen { Strength::Inconclusive } else { Strength::Certain }
}

impl Tolerance {
    pub(super) fn forgives(&self, difference: Money, expected: Money) -> bool {
        let absolute = !self.absolute.is_zero() && difference.abs() <= self.absolute;
        let bound = expected.abs().decimal() * self.relative;
        absolute || (!self.relative.is_zero() && difference.abs().decimal() <= bound)
    }
}
