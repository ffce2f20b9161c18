//! Changes of prices: the contract not applied, another card's prices.

use std::sync::Arc;

use crate::case::Account;
use crate::case::account::Discounts;
use crate::causes::Situation;
use crate::causes::hypotheses::Change;
use crate::causes::messages::say;
use crate::model::cause::Cause;
use crate::model::invoice::InvoiceLine;
use crate::model::policy::Settlement;
use crate::model::{Item, Unit, UnitPrice};
use crate::rules::build_terms;
use crate::rules::quote::quote;
use crate::rules::terms::{Fee, Terms};
use crate::rules::{Card, Plans};

/// Returns the terms of the account with something in account.toml changed.
pub(super) fn terms_if(situation: &Situation<'_>, edit: impl Fn(&mut Account)) -> Option<Terms> {
    let mut account = situation.account.clone();
    edit(&mut account);
    build_terms::terms(&account, situation.cards, situation.period).ok()
}

/// Returns the contract's discount, its prices, or both not applied.
pub fn list_price(situation: &Situation<'_>) -> Vec<Change> {
    let (discount, prices) = (situation.account.discount.is_some(), !situation.account.prices.is_empty());
    let without = |name: &str, discount: bool, prices: bool| {
        let terms = terms_if(situation, |account| {
            if discount {
                account.discount = Discounts::default();
            }
            account.prices.retain(|_| !prices);
        })?;
        Some(
            Change::of_terms(Cause::ListPrice, say(name, &[]), move |changed| {
                changed.discount.clone_from(&terms.discount);
                changed.agreed.clone_from(&terms.agreed);
                changed.fees.clone_from(&terms.fees);
                changed.possible_fees.clone_from(&terms.possible_fees);
            })
            .on_lines(),
        )
    };
    let mut changes = Vec::new();
    if discount {
        changes.extend(without("list_price.discount", true, false));
    }
    if prices {
        changes.extend(without("list_price.prices", false, true));
    }
    if discount && prices {
        changes.extend(without("list_price.both", true, true));
    }
    changes
}

/// Custom packages at the price that the page shows, which is rounded up.
pub fn displayed_price(situation: &Situation<'_>) -> Vec<Change> {
    let mut shown: Vec<Fee> = Vec::new();
    for grant in &situation.account.grants {
        let quoted = Plans::known().get(&grant.plan).zip(grant.minutes).and_then(|(plan, size)| quote(plan, size));
        let item = Item::parse(&format!("fee.{}", grant.plan));
        if let (Some(amount), Some(item)) = (quoted.and_then(|quoted| quoted.displayed_amount), item) {
            let price = UnitPrice::new(amount.decimal());
            shown.push(Fee { item, app: grant.app, day: grant.purchased.day(), price });
        }
    }
    if shown.is_empty() {
        return Vec::new();
    }
    let change = move |terms: &mut Terms| {
        for fee in terms.fees.iter_mut().chain(&mut terms.possible_fees) {
            let same = |known: &&Fee| (known.item, known.app, known.day) == (fee.item, fee.app, fee.day);
            if let Some(price) = shown.iter().find(same).map(|known| known.price) {
                fee.price = price;
            }
        }
    };
    vec![Change::of_terms(Cause::DisplayedPrice, say("displayed_price", &[]), change).on_lines()]
}

fn other_cards<'a>(situation: &Situation<'a>) -> impl Iterator<Item = &'a Arc<Card>> {
    let currency = situation.terms.currency().to_owned();
    situation.cards.iter().filter(move |card| card.currency == currency)
}

/// Returns the prices of another card on the charges of this one.
pub fn other_card(situation: &Situation<'_>) -> Vec<Change> {
    let change = |card: &Arc<Card>| {
        let plain = say("other_card.prices", &[("card", &card.id)]);
        let card = Arc::clone(card);
        Change::new(Cause::OtherCard { card: card.id.clone() }, plain, move |scenario| {
            scenario.prices = Some(Arc::clone(&card));
        })
        .on_lines()
    };
    other_cards(situation).map(change).collect()
}

/// Returns true if every line of minutes is of a month, or every one of a day.
pub fn printed_by(situation: &Situation<'_>, settled: Settlement) -> bool {
    let of_minutes = |line: &&InvoiceLine| line.item.is_some_and(|item| item.unit() == Unit::Minute);
    let by_month = |line: &InvoiceLine| line.span.days().nth(1).is_some();
    situation.bill.lines.iter().filter(of_minutes).all(|line| by_month(line) == (settled == Settlement::Month))
}

/// Another card as a whole: its prices, rounding, order and ratios.
pub fn other_rules(situation: &Situation<'_>) -> Vec<Change> {
    let change = |card: &Arc<Card>| {
        let knows = |item: Item| item.is_fee() || card.price(item).is_some();
        if !situation.usage.iter().all(|row| card.admit(row.item).is_some_and(knows)) {
            return None;
        }
        let other = terms_if(situation, |account| account.card = Some(card.id.clone()))?;
        let settled = |terms: &Terms| terms.segments[terms.segment(terms.window.days.from)].settled;
        if settled(&other) != settled(situation.terms) && !printed_by(situation, settled(&other)) {
            // Its lines would be others: there is nothing to hold this bill's against.
            return None;
        }
        let plain = say("other_card.whole", &[("card", &card.id)]);
        let card = Arc::clone(card);
        Some(Change::new(Cause::OtherCard { card: card.id.clone() }, plain, move |scenario| {
            *scenario.rules() = other.clone();
            scenario.counted_by = Some(Arc::clone(&card));
        }))
    };
    other_cards(situation).filter_map(change).collect()
}
