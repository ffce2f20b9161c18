//! Bills on which single lines are wrong, as no rule would make them.

use rust_decimal::Decimal;

use super::Plant;
use super::own_bill::{OwnBill, reprinted, write};
use crate::compare::Kind;
use crate::compare::judge::{Figures, unit_price};
use crate::model::cause::Cause;
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{Item, Money, Quantity, Rounding, UnitPrice};

/// An addition to a quantity that no rule gives, in billing units.
const ODD: i64 = 7;

pub(super) fn plants(own: &OwnBill<'_>) -> Vec<Plant> {
    let mut plants = Vec::new();
    if let Some((at, line)) = own.largest(LineClass::Usage).into_iter().find(|(_, line)| !line.amount.is_zero()) {
        plants.extend(of_line(own, at, line));
    }
    plants.extend(fee(own));
    plants.extend(adjustment(own));
    plants
}

fn of_kind(kind: Kind, lines: Vec<InvoiceLine>) -> Plant {
    let cause = match kind {
        Kind::Duplicate => Some(Cause::DuplicateLine),
        Kind::Adjustment => Some(Cause::Adjustment),
        _ => None,
    };
    Plant { error: kind.name(), cause, kind: Some(kind), families: &[], lines }
}

/// Errors of one line, the largest of the bill.
fn of_line(own: &OwnBill<'_>, at: usize, line: &InvoiceLine) -> Vec<Plant> {
    let with = |edit: &dyn Fn(&mut InvoiceLine)| {
        let mut lines = own.lines();
        edit(&mut lines[at]);
        lines
    };
    let mut plants = Vec::new();
    let other = if line.currency == "USD" { "CNY" } else { "USD" };
    plants.push(of_kind(Kind::Currency, with(&|line| other.clone_into(&mut line.currency))));
    let mut twice = own.lines();
    twice.push(line.clone());
    plants.push(of_kind(Kind::Duplicate, twice));
    plants.extend(items(own, at, line));
    let mut missing = own.lines();
    missing.remove(at);
    plants.push(of_kind(Kind::MissingInBill, missing));
    plants.extend(quantities(own, at, line));
    if line.price.is_some() {
        plants.push(of_kind(Kind::UnitPrice, with(&dearer)));
    }
    let last = Money::new(Decimal::new(1, line.decimals));
    plants.push(of_kind(Kind::Rounding, with(&|line| line.amount += last)));
    if line.price.is_some() && line.charged.is_some() {
        plants.push(of_kind(Kind::Arithmetic, with(&|line| line.amount += Money::new(Decimal::ONE))));
    }
    plants
}

/// A price that is on no card: the own one and a thirteenth of it.
fn dearer(line: &mut InvoiceLine) {
    let Some((was, price)) = line.price.zip(unit_price(line)) else { return };
    let odd = UnitPrice::new(Rounding::HalfUp(8).apply(price.decimal() + price.decimal() / Decimal::from(13)));
    line.price = Some(reprinted(was, odd));
    if let Some(charged) = line.charged {
        line.amount = odd.times(charged, Rounding::HalfUp(line.decimals));
    }
}

/// Returns the line under another item, and a line for an item that was not used.
fn items(own: &OwnBill<'_>, at: usize, line: &InvoiceLine) -> Vec<Plant> {
    let Some(item) = line.item else { return Vec::new() };
    let terms = own.situation.terms;
    let card = &terms.segments[terms.segment(line.span.from)].card;
    let used = |other: &Item| {
        let same = |charge: &crate::rate::charge::Charge| {
            charge.item == *other && charge.app == line.app && charge.day.span().overlaps(line.span)
        };
        own.situation.bill.charges.iter().any(same)
    };
    let unused = card.items().find(|other| *other != item && other.service() == item.service() && !used(other));
    let Some((other, price)) = unused.and_then(|other| Some((other, own.price(other, line)?))) else {
        return Vec::new();
    };
    let rewritten = |line: &InvoiceLine, charged: Quantity| {
        let mut line = InvoiceLine { item: Some(other), transaction: None, ..line.clone() };
        let figures = Figures {
            usage: Some(charged + line.covered.unwrap_or_default()),
            covered: line.covered,
            charged: Some(charged),
            price: Some(price),
            amount: price.times(charged, Rounding::HalfUp(8)),
        };
        write(&mut line, &figures);
        line
    };
    let Some(charged) = line.charged else { return Vec::new() };
    let mut under_another = own.lines();
    under_another[at] = rewritten(line, charged);
    let mut invented = own.lines();
    invented
        .push(InvoiceLine { covered: line.covered.map(|_| Quantity::ZERO), ..rewritten(line, Quantity::whole(ODD)) });
    let cause = Some(Cause::OtherTier { item: other });
    vec![
        Plant { error: "item", cause, kind: Some(Kind::Item), families: &[], lines: under_another },
        of_kind(Kind::MissingInUsage, invented),
    ]
}

/// Minutes that were not used, and minutes that were covered and are charged.
fn quantities(own: &OwnBill<'_>, at: usize, line: &InvoiceLine) -> Vec<Plant> {
    let odd = Quantity::whole(ODD);
    let (Some(charged), Some(price)) = (line.charged, unit_price(line)) else { return Vec::new() };
    let with = |usage: Option<Quantity>, covered: Option<Quantity>| {
        let mut lines = own.lines();
        let amount = price.times(charged + odd, Rounding::HalfUp(8));
        write(&mut lines[at], &Figures { usage, covered, charged: Some(charged + odd), price: None, amount });
        lines
    };
    let more = with(line.usage.map(|usage| usage + odd), line.covered);
    let mut plants = vec![of_kind(Kind::Quantity, more)];
    if line.usage.is_some() {
        plants.push(of_kind(Kind::Deduction, with(line.usage, line.covered.map(|covered| covered - odd))));
    }
    plants
}

/// Returns a fee that is one too high; where the bill has none, one that nothing asks for.
fn fee(own: &OwnBill<'_>) -> Option<Plant> {
    let mut lines = own.lines();
    if let Some((at, _)) = own.largest(LineClass::Fee).first() {
        lines[*at].amount += Money::new(Decimal::ONE);
        return Some(of_kind(Kind::SubscriptionFee, lines));
    }
    let (_, like) = own.largest(LineClass::Usage).first().copied()?;
    let currency = own.situation.terms.currency();
    let plan = crate::rules::Plans::known().iter().find(|plan| plan.currency == currency && plan.fee().is_some())?;
    lines.push(InvoiceLine {
        class: LineClass::Fee,
        item: Item::parse(&format!("fee.{}", plan.id)),
        app: None,
        span: like.span,
        usage: None,
        covered: None,
        charged: None,
        price: None,
        list_price: None,
        amount: plan.fee()?,
        paid_at: None,
        transaction: None,
        ..like.clone()
    });
    Some(of_kind(Kind::SubscriptionFee, lines))
}

/// Returns a correction by hand that nothing explains.
fn adjustment(own: &OwnBill<'_>) -> Option<Plant> {
    let (_, like) = own.largest(LineClass::Usage).first().copied()?;
    let mut lines = own.lines();
    lines.push(InvoiceLine {
        class: LineClass::Adjustment,
        item: None,
        app: None,
        usage: None,
        covered: None,
        charged: None,
        price: None,
        list_price: None,
        amount: Money::new(Decimal::from(5)),
        paid_at: None,
        transaction: None,
        ..like.clone()
    });
    Some(of_kind(Kind::Adjustment, lines))
}
