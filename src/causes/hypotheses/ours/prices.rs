//! A contract that account.toml does not have: a discount, or prices of single items.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Own;
use crate::case::account::{ContractPrice, Discounts};
use crate::causes::messages::say;
use crate::causes::own_side::State;
use crate::compare::Kind;
use crate::compare::judge::unit_price;
use crate::model::cause::Cause;
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{Day, Item, Rounding, UnitPrice};
use crate::rate::charge::Charge;

/// At most so many factors are tried, the most frequent first.
const FACTORS: usize = 4;
/// A discount is written with at most so many decimals.
const PLACES: [u32; 4] = [2, 3, 4, 6];

/// Returns the price of a unit that a line was charged at: printed, else its amount by its quantity.
fn charged_at(line: &InvoiceLine) -> Option<Decimal> {
    let by_amount = || {
        let quantity = line.charged?.decimal();
        (!quantity.is_zero()).then(|| line.amount.decimal() / quantity)
    };
    let printed = unit_price(line).map(UnitPrice::decimal);
    // A list price may be printed beside an amount after discount.
    let product = |price: Decimal| line.charged.map(|charged| price * charged.decimal());
    match printed {
        Some(price) if product(price).is_none_or(|sum| (sum - line.amount.decimal()).abs() < Decimal::new(1, 2)) => {
            Some(price)
        }
        _ => by_amount(),
    }
}

/// Returns the findings on a price: the item, the day, what the rules give, what the bill has.
fn prices(state: &State<'_>) -> Vec<(Item, Day, Decimal, Decimal)> {
    let bill = state.bill();
    let of = |finding: &crate::compare::finding::Finding| {
        let off = matches!(
            finding.kind,
            Kind::UnitPrice | Kind::Arithmetic | Kind::Rounding | Kind::Quantity | Kind::Deduction
        );
        let [charge] = finding.pairing.charges[..] else { return None };
        let [line] = finding.pairing.lines[..] else { return None };
        let (charge, line): (&Charge, &InvoiceLine) = (&bill.charges[charge], &bill.lines[line]);
        let billed = charged_at(line)?;
        let due = charge.price.decimal();
        let differs = (billed - due).abs() > Decimal::new(1, 8);
        (off && differs && !due.is_zero() && !charge.item.is_fee()).then_some((
            charge.item,
            charge.day.first_day(),
            due,
            billed,
        ))
    };
    state.compared.findings.iter().filter_map(of).collect()
}

/// Returns one factor on every price.
#[must_use]
pub fn discount(state: &State<'_>) -> Vec<Own> {
    let mut factors: BTreeMap<Decimal, usize> = BTreeMap::new();
    for (item, day, due, billed) in prices(state) {
        if state.terms().agreed_price(item, day).is_some() {
            continue;
        }
        let exact = billed / due * state.account.discount.on(day).unwrap_or(Decimal::ONE);
        for places in PLACES {
            let factor = Rounding::HalfUp(places).apply(exact).normalize();
            // What is printed at 8 decimals says the factor to some digits alone.
            if (factor - exact).abs() * due < Decimal::new(1, 6) && factor > Decimal::ZERO && factor < Decimal::ONE {
                *factors.entry(factor).or_default() += 1;
                break;
            }
        }
    }
    let mut factors: Vec<(Decimal, usize)> = factors.into_iter().collect();
    factors.sort_by_key(|(factor, count)| (std::cmp::Reverse(*count), *factor));
    let change = |(factor, _): (Decimal, usize)| {
        Own::of_account(
            Cause::DiscountMissing { rate: factor.to_string() },
            say("discount_missing", &[("rate", &factor)]),
            format!("[contract]\ndiscount = \"{factor}\"\n"),
            move |account| account.discount = Discounts::from(Some(factor)),
        )
    };
    factors.into_iter().take(FACTORS).map(change).collect()
}

/// Returns a price of its own for each item of which the bill has one price throughout, and for all of them together.
#[must_use]
pub fn agreed(state: &State<'_>) -> Vec<Own> {
    let found = prices(state);
    let items: BTreeSet<Item> = found.iter().map(|(item, ..)| *item).collect();
    let first = state.terms().window.from().day();
    let mut known: Vec<(Item, ContractPrice)> = Vec::new();
    for item in items {
        let Some(list) = state.list(item) else { continue };
        let lines = state.bill().lines.iter().filter(|line| line.class == LineClass::Usage && line.item == Some(item));
        let priced = lines.filter(|line| line.charged.is_none_or(|charged| !charged.is_zero()));
        let by_day: BTreeMap<Day, BTreeSet<Decimal>> = priced.fold(BTreeMap::new(), |mut days, line| {
            if let Some(price) = charged_at(line) {
                days.entry(line.span.from.day()).or_default().insert(Rounding::HalfUp(8).apply(price).normalize());
            }
            days
        });
        let own = found.iter().filter(|(known, ..)| *known == item).map(|(_, day, ..)| *day).min();
        let from = own.filter(|day| by_day.range(..*day).next().is_some()).unwrap_or(first);
        // A price may end within the month: where the list price comes back after several days.
        let last = found.iter().filter(|(known, ..)| *known == item).map(|(_, day, ..)| *day).max().unwrap_or(from);
        let several = by_day.range(from..=last).nth(1).is_some();
        let until = by_day.range(last + 1..).next().map(|(day, _)| *day).filter(|_| several);
        let behind = until.unwrap_or(Day::from_number(i32::MAX));
        let prices: BTreeSet<Decimal> = by_day.range(from..behind).flat_map(|(_, prices)| prices).copied().collect();
        let listed = list.unit_price().decimal();
        if let [price] = prices.into_iter().collect::<Vec<_>>()[..]
            && price != listed.normalize()
        {
            let price = (price * Decimal::from(list.per)).normalize();
            known.push((item, ContractPrice { item, price, tiers: None, from, until }));
        }
    }
    let change = |prices: Vec<(Item, ContractPrice)>| {
        let paste = |(item, price): &(Item, ContractPrice)| {
            let until = price.until.map(|until| format!("until = {until}\n")).unwrap_or_default();
            format!(
                "[[contract.price]]\nitem = \"{item}\"\nprice = \"{}\"\nfrom = {}\n{until}",
                price.price, price.from
            )
        };
        let names: Vec<&str> = prices.iter().map(|(item, _)| item.id()).collect();
        let (plain, paste) =
            (say("price_missing", &[("items", &names.join(", "))]), prices.iter().map(paste).collect::<String>());
        let causes = prices.iter().map(|(item, _)| Cause::PriceMissing { item: *item }).collect();
        let edit = move |account: &mut crate::case::Account| {
            for (item, price) in &prices {
                account.prices.retain(|known| known.item != *item);
                account.prices.push(price.clone());
            }
        };
        Own { causes, plain, paste, edit: super::Edit::Account(std::sync::Arc::new(edit)) }
    };
    let mut changes: Vec<Own> = Vec::new();
    if known.len() > 1 {
        changes.push(change(known.clone()));
    }
    changes.extend(known.into_iter().map(|one| change(vec![one])));
    changes
}
