//! Errors of which no table holds the value: a factor, a rounding, a package of another size or start, hours left out.
//! Their values come of the account and the month, so that a case has the same ones on every machine.

use rust_decimal::{Decimal, RoundingStrategy};

use super::Plant;
use super::own_bill::OwnBill;
use crate::digest::sha256;
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{Money, PackMinutes, Quantity, Span, Unit, UnitPrice, Usage};
use crate::rate::charge::{Charge, LINE};
use crate::rules::terms::Grant;

const HOUR: i64 = 3_600;

/// Values drawn from a text.
struct Drawn(Vec<u8>);

impl Drawn {
    fn of(own: &OwnBill<'_>) -> Self {
        Self(sha256(format!("{}|{}", own.situation.account.uin, own.situation.period).as_bytes()).into_bytes())
    }

    fn one<T: Copy>(&self, turn: usize, of: &[T]) -> Option<T> {
        of.get(usize::from(*self.0.get(turn)?) % of.len()).copied()
    }
}

pub(super) fn plants(own: &OwnBill<'_>) -> Vec<Plant> {
    let drawn = Drawn::of(own);
    let mut plants: Vec<Plant> = [factors(own, &drawn), roundings(own, &drawn)].into_iter().flatten().collect();
    plants.extend(grants(own, &drawn).unwrap_or_default());
    plants.extend(hours(own));
    plants
}

fn plant(error: &'static str, families: &'static [&'static str], lines: Vec<InvoiceLine>) -> Plant {
    Plant { error, cause: None, kind: None, families, lines }
}

/// Returns the bill with each charge for usage changed, as far as a line prints its figures.
fn if_charges(own: &OwnBill<'_>, edit: impl Fn(&mut Charge)) -> Vec<InvoiceLine> {
    let mut charges = own.situation.bill.charges.to_vec();
    charges.iter_mut().filter(|charge| !charge.item.is_fee()).for_each(edit);
    own.rebilled(&charges)
}

fn at_price(charge: &mut Charge, price: Decimal) {
    charge.price = UnitPrice::new(price);
    charge.amount = charge.price.times(charge.charged, LINE);
}

fn factors(own: &OwnBill<'_>, drawn: &Drawn) -> Vec<Plant> {
    let factor = |turn, of: &[i64]| drawn.one(turn, of).map(|hundredths| Decimal::new(hundredths, 2));
    let mut plants = Vec::new();
    if let Some(above) = factor(0, &[103, 106, 113, 125]) {
        let lines = if_charges(own, |charge| at_price(charge, charge.price.decimal() * above));
        plants.push(plant("price_factor", &["price_factor", "price_missing", "other_price"], lines));
    }
    let largest = own.largest(LineClass::Usage).into_iter().find_map(|(_, line)| line.item);
    if let (Some(factor), Some(item)) = (factor(1, &[95, 98, 90, 107]), largest) {
        let lines = if_charges(own, |charge| {
            if charge.item == item {
                at_price(charge, charge.price.decimal() * factor);
            }
        });
        plants.push(plant(
            "price of an item",
            &["price_factor", "price_missing", "other_price", "discount_missing"],
            lines,
        ));
    }
    if let Some(above) = factor(2, &[106, 103, 120, 109]) {
        let lines = if_charges(own, |charge| {
            charge.amount = Money::new(LINE.apply(charge.amount.decimal() * above).normalize());
        });
        plants.push(plant("amount_factor", &["amount_factor", "price_factor"], lines));
    }
    plants
}

fn roundings(own: &OwnBill<'_>, drawn: &Drawn) -> Vec<Plant> {
    let mut plants = Vec::new();
    if let Some(places) = drawn.one(3, &[1, 2, 3]) {
        let lines = if_charges(own, |charge| {
            let up = charge.amount.decimal().round_dp_with_strategy(places, RoundingStrategy::AwayFromZero);
            charge.amount = Money::new(up.normalize());
        });
        plants.push(plant("amount_rounding", &["amount_rounding"], lines));
    }
    if let Some(block) = drawn.one(4, &[10_i64, 60, 100, 1_000]) {
        let lines = if_charges(own, |charge| {
            if charge.item.unit() == Unit::Minute {
                let blocks = (charge.charged.decimal() / Decimal::from(block)).ceil();
                charge.charged = Quantity::from_decimal(blocks * Decimal::from(block)).unwrap_or(charge.charged);
                charge.amount = charge.price.times(charge.charged, LINE);
            }
        });
        plants.push(plant("quantity_rounding", &["quantity_rounding"], lines));
    }
    plants
}

/// Errors of the grant that is used most.
fn grants(own: &OwnBill<'_>, drawn: &Drawn) -> Option<Vec<Plant>> {
    let terms = own.situation.terms;
    let rated = crate::rate::rate(own.situation.usage, terms);
    let id = &rated.balances.iter().filter(|one| one.used > PackMinutes::ZERO).max_by_key(|one| one.used)?.id;
    let grant = terms.grants.iter().find(|grant| grant.id == *id)?;
    let part = Decimal::new(drawn.one(5, &[5, 3, 8])?, 1);
    let lost = |minutes: PackMinutes| PackMinutes::from_decimal((minutes.decimal() * part).round_dp(2));
    let less = lost(grant.minutes)?;
    let smaller = own.under(|terms| {
        for grant in terms.grants.iter_mut().filter(|grant| grant.id == *id) {
            let gone = grant.minutes.decimal() - less.decimal();
            let left = |opening: PackMinutes| PackMinutes::from_decimal((opening.decimal() - gone).max(Decimal::ZERO));
            grant.opening = grant.opening.and_then(left);
            grant.minutes = less;
        }
    });
    let start = grant.valid.from.max(terms.window.from()) + drawn.one(6, &[7, 24, 31, 50])? * HOUR;
    let later = own.under(|terms| {
        for grant in terms.grants.iter_mut().filter(|grant| grant.id == *id) {
            grant.valid.from = start;
            (grant.since, grant.ready) = (grant.since.max(start), grant.ready.max(start));
        }
    });
    let twice = own.under(|terms| terms.grants.push(Grant { id: format!("{id}+"), ..grant.clone() }));
    Some(vec![
        plant("grant_size", &["grant_size", "opening"], smaller),
        plant("grant_start", &["grant_start"], later),
        plant("grant_doubled", &["grant_doubled", "grant_missing", "subscription_missing", "opening"], twice),
    ])
}

/// Two hours with usage, left out in all applications.
fn hours(own: &OwnBill<'_>) -> Option<Plant> {
    let billed = |row: &&Usage| row.item.unit() == Unit::Minute && own.situation.terms.bills(row.start);
    let row = own.situation.usage.iter().filter(billed).max_by_key(|row| (row.quantity, row.start))?;
    let window = Span { from: row.start + -HOUR, until: row.start + HOUR };
    let within = |known: &Usage| window.contains(known.start) && known.item.unit() == Unit::Minute;
    let lines = own.of_usage(|usage| usage.retain(|known| !within(known)));
    Some(plant("time_missing", &["time_missing", "interval_missing"], lines))
}
