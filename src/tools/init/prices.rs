//! The contract as a bill shows it: a discount on everything, or a price of an item.
//!
//! A bill with an error prints prices, too. Only what holds for all lines of an
//! item is taken for agreed; where lines differ, nothing is, and it is asked.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::draft::Asked;
use crate::case::account::ContractPrice;
use crate::model::{Day, Item, Rounding};
use crate::rules::Card;

/// A price as a bill prints it, for one billing unit.
#[derive(Debug, Clone)]
pub(super) struct Priced {
    pub item: Item,
    pub price: Decimal,
    pub list: Option<Decimal>,
    pub place: String,
}

/// The contract that the prices of a bill show.
#[derive(Debug, Default)]
pub(super) struct Contract {
    pub discount: Option<(Decimal, String)>,
    pub prices: Vec<(ContractPrice, String)>,
    pub asked: Vec<Asked>,
}

/// The prices of one item.
struct Seen<'a> {
    item: Item,
    /// The item's list price for one billing unit.
    list: Decimal,
    derived: bool,
    per: Decimal,
    /// True if every line prints the card's own list price beside it.
    beside_list: bool,
    /// Each price of the lines, with the first line.
    prices: BTreeMap<Decimal, &'a str>,
}

impl Seen<'_> {
    /// Returns the line whose price is that part of the list price.
    fn at(&self, part: Decimal) -> Option<&str> {
        let price = self.list.checked_mul(part).map(|price| Rounding::HalfUp(8).apply(price).normalize())?;
        self.prices.get(&price).copied()
    }

    fn only(&self) -> Option<(Decimal, &str)> {
        match self.prices.iter().collect::<Vec<_>>()[..] {
            [(price, place)] => Some((*price, place)),
            _ => None,
        }
    }
}

impl Contract {
    /// Finds the contract behind the prices of a month's bill.
    pub(super) fn of(priced: &[Priced], cards: &[&Card], from: Day) -> Self {
        let seen = by_item(priced, cards);
        let mut contract = Self::default();
        let parts = common_parts(&seen);
        let part = if parts.contains(&Decimal::ONE) { Some(Decimal::ONE) } else { parts.first().copied() };
        if let [low, _] = parts[..] {
            let why = format!("every item of the bill has lines at the list price and lines at {low} of it");
            contract.asked.push(Asked { key: "contract.discount".to_owned(), of: None, why });
        }
        if let Some(part) = part.filter(|part| *part < Decimal::ONE) {
            let place = seen.iter().filter(|seen| !seen.derived).find_map(|seen| seen.at(part));
            contract.discount = Some((part, place.unwrap_or_default().to_owned()));
        }
        for seen in &seen {
            contract.item(seen, part, from);
        }
        contract
    }

    fn item(&mut self, seen: &Seen<'_>, part: Option<Decimal>, from: Day) {
        // A derived list price takes part in no discount: what the bill prints is the only figure that there is.
        let discounted = || part.is_some_and(|part| seen.prices.len() == 1 && seen.at(part).is_some());
        if (!seen.derived && part.is_some()) || discounted() {
            return;
        }
        match seen.only() {
            Some((price, _)) if price == seen.list => {}
            // A price that stands for the list price itself may be another item's: only the contract can tell.
            Some((price, place)) if seen.derived || (seen.beside_list && price < seen.list) => {
                let price = (price * seen.per).normalize();
                let price = ContractPrice { item: seen.item, price, tiers: None, from, until: None };
                self.prices.push((price, place.to_owned()));
            }
            Some(_) | None => {
                let prices: Vec<String> = seen
                    .prices
                    .iter()
                    .map(|(price, place)| format!("{} ({place})", (price * seen.per).normalize()))
                    .collect();
                let why = format!(
                    "the list price of {} is {}, the bill prints {}",
                    seen.item.id(),
                    (seen.list * seen.per).normalize(),
                    prices.join(", ")
                );
                self.asked.push(Asked { key: "contract.price".to_owned(), of: None, why });
            }
        }
    }
}

fn by_item<'a>(priced: &'a [Priced], cards: &[&Card]) -> Vec<Seen<'a>> {
    let mut seen: BTreeMap<usize, Seen<'a>> = BTreeMap::new();
    for line in priced {
        let Some(listed) = cards.iter().find_map(|card| card.price(line.item)) else { continue };
        let per = Decimal::from(listed.per);
        let list = Rounding::HalfUp(8).apply(listed.list / per);
        let one = seen.entry(line.item.index()).or_insert_with(|| Seen {
            item: line.item,
            list,
            derived: listed.derived,
            per,
            beside_list: true,
            prices: BTreeMap::new(),
        });
        one.beside_list &= line.list == Some(list);
        one.prices.entry(line.price.normalize()).or_insert(&line.place);
    }
    seen.into_values().collect()
}

/// The parts of the list price that every item has on some line: at most one below the whole, then the whole.
/// Items whose prices are all above the list price do not count: a line of another tier is for the comparison to
/// find. None where there is none, which leaves a price of each item.
fn common_parts(seen: &[Seen<'_>]) -> Vec<Decimal> {
    let low: Vec<&Seen<'_>> =
        seen.iter().filter(|seen| !seen.derived && seen.prices.keys().any(|price| *price <= seen.list)).collect();
    let common = |part: &Decimal| low.iter().all(|seen| seen.at(*part).is_some());
    let parts = low.iter().flat_map(|seen| seen.prices.keys().filter_map(|price| part(*price, seen.list)));
    let parts: BTreeSet<Decimal> = parts.filter(common).collect();
    let below = parts.iter().copied().filter(|part| *part < Decimal::ONE);
    // A small price has several parts that round to it: the shortest is meant.
    let below = below.min_by_key(Decimal::scale);
    below.into_iter().chain(parts.get(&Decimal::ONE).copied()).collect()
}

/// Returns the part of a list price that a price is, with at most four decimals; a price above it is none.
fn part(price: Decimal, list: Decimal) -> Option<Decimal> {
    let inside = !list.is_zero() && price <= list && !price.is_zero();
    inside.then(|| Rounding::HalfUp(4).apply(price / list).normalize())
}
