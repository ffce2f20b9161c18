//! What a bill is rated from, as a value that can be changed.

use std::borrow::Cow;
use std::sync::Arc;

use super::Situation;
use crate::domain::{Item, Span, UnitPrice, Usage};
use crate::ratecard::Card;
use crate::rating::charge::{Charge, LINE, Settled, fee_line};
use crate::rating::rate;
use crate::rating::terms::Terms;

const DAY: i64 = 86_400;

/// Usage and rules, and what happens to the charges afterwards.
#[derive(Debug, Clone)]
pub struct Scenario<'a> {
    /// The usage.
    pub usage: Cow<'a, [Usage]>,
    /// The rules.
    pub terms: Terms,
    /// The card whose list prices stand on the charges.
    pub prices: Option<Arc<Card>>,
    /// Lines carry the usage of so many days before.
    pub days_late: i32,
    /// Month lines carry the usage of so many months before.
    pub months_late: i32,
}

impl<'a> Scenario<'a> {
    /// What is really the case.
    #[must_use]
    pub fn of(situation: &Situation<'a>) -> Self {
        let (usage, terms) = (Cow::Borrowed(situation.usage), situation.terms.clone());
        Self { usage, terms, prices: None, days_late: 0, months_late: 0 }
    }

    /// Whether the cards know all usage: moved usage may meet a card that does not.
    #[must_use]
    pub fn is_ratable(&self) -> bool {
        let card = |row: &Usage| &self.terms.segments[self.terms.segment(row.start)].card;
        self.usage.iter().all(|row| card(row).price(row.item).is_some())
    }

    /// The charges that follow.
    #[must_use]
    pub fn charges(&self) -> Vec<Charge> {
        let mut charges = self.rated();
        if let Some(card) = &self.prices {
            for charge in charges.iter_mut().filter(|charge| !charge.item.is_fee()) {
                if let Some(price) = self.price_on(card, charge) {
                    charge.price = price;
                    charge.amount = price.times(charge.charged, LINE);
                }
            }
        }
        charges
    }

    /// The purchases that the bill may show.
    #[must_use]
    pub fn possible(&self) -> Vec<Charge> {
        self.terms.possible_fees.iter().map(|fee| fee_line(fee, &self.terms)).collect()
    }

    fn rated(&self) -> Vec<Charge> {
        if self.days_late == 0 && self.months_late == 0 {
            return rate(&self.usage, &self.terms).charges;
        }
        let mut terms = self.terms.clone();
        let back = -i64::from(self.days_late) * DAY;
        terms.window.days = Span { from: terms.window.days.from + back, until: terms.window.days.until + back };
        terms.window.month = terms.window.month.plus(-self.months_late);
        let mut charges = rate(&self.usage, &terms).charges;
        for charge in charges.iter_mut().filter(|charge| !charge.item.is_fee()) {
            charge.day = match charge.day {
                Settled::Day(day) => Settled::Day(day + self.days_late),
                Settled::Month(month) => Settled::Month(month.plus(self.months_late)),
            };
        }
        charges
    }

    fn price_on(&self, card: &Card, charge: &Charge) -> Option<UnitPrice> {
        if self.terms.agreed_price(charge.item, charge.day.first_day()).is_some() {
            return None;
        }
        let list = list_price(card, charge.item)?.decimal();
        Some(UnitPrice::new(self.terms.discount.map_or(list, |factor| list * factor).normalize()))
    }
}

fn list_price(card: &Card, item: Item) -> Option<UnitPrice> {
    card.price(item).map(crate::ratecard::card::ListPrice::unit_price)
}
