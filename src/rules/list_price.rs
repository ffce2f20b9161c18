//! The price of a unit of an item after the contract: an agreed price, or the list price times the discount. Here once.

use super::card::ListPrice;
use super::terms::{AgreedPrice, Segment, Terms};
use crate::model::{Day, Item, UnitPrice};

/// Where a price comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// An agreement.
    Agreed(&'a AgreedPrice),
    /// The list of a card, times the discount that was agreed.
    List(&'a ListPrice),
}

impl Terms {
    /// Returns where the price of an item comes from on a day.
    #[must_use]
    pub fn price_origin<'a>(&'a self, item: Item, on: Day, segment: &'a Segment) -> Origin<'a> {
        if let Some(agreed) = self.agreement(item, on) {
            return Origin::Agreed(agreed);
        }
        let Some(list) = segment.card.price(item) else {
            unreachable!("{item} was not admitted by {}", segment.card.id)
        };
        Origin::List(list)
    }

    /// Returns a list price of usage after the discount of a day, not rounded.
    #[must_use]
    pub fn discounted(&self, list: &ListPrice, on: Day) -> UnitPrice {
        let price = list.unit_price().decimal();
        UnitPrice::new(self.discount.on(on).map_or(price, |factor| price * factor).normalize())
    }

    /// Returns the price of an item on a day, where the card has one or one was agreed.
    #[must_use]
    pub fn price_of(&self, item: Item, on: Day, segment: &Segment) -> Option<UnitPrice> {
        let list = || segment.card.price(item).map(|list| self.discounted(list, on));
        self.agreed_price(item, on).or_else(list)
    }
}
