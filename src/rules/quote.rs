//! Prices a package.

use rust_decimal::{Decimal, RoundingStrategy};

use super::card::Card;
use super::catalogue::Plans;
use super::plan::{Kind, Plan};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::{Money, PackMinutes, Rounding, UnitPrice};

/// The price of a package of some size, and its form on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The plan.
    pub plan: String,
    /// Its minutes.
    pub minutes: PackMinutes,
    /// The charged amount.
    pub amount: Money,
    /// The price of a minute that the charge is made of, at 8 decimals; `None` for a fixed package,
    /// which costs its listed price.
    pub per_minute: Option<UnitPrice>,
    /// The price of 1,000 minutes as the page shows it: rounded up at 3 decimals.
    pub displayed: Option<UnitPrice>,
    /// The price of the minutes at the displayed price: a bill of this amount has that cause.
    pub displayed_amount: Option<Money>,
    /// The ISO code of its money.
    pub currency: String,
    /// True if it costs that every month.
    pub monthly: bool,
    /// Where the price stands.
    pub source: String,
}

/// Returns what a plan costs with so many minutes: its listed price, or all minutes at
/// the band of the total, half up to cents. `None`: it is not sold alone, or
/// not in that size.
#[must_use]
pub fn quote(plan: &Plan, minutes: PackMinutes) -> Option<Quote> {
    let total = minutes.decimal();
    if total.is_sign_negative() || plan.grants().is_some_and(|given| given != minutes) {
        return None;
    }
    let band = plan.band(minutes).filter(|_| !minutes.is_zero());
    let amount = match (plan.fee(), band) {
        (Some(fee), _) => fee,
        (None, Some(band)) => Money::new(Rounding::HalfUp(2).apply(band.price * total)),
        (None, None) => return None,
    };
    let thousand = Decimal::ONE_THOUSAND;
    let exact = match band {
        Some(band) => Some(band.price * thousand),
        None if total.is_zero() => None,
        None => Some(amount.decimal() * thousand / total),
    };
    let displayed = exact.map(|exact| exact.round_dp_with_strategy(3, RoundingStrategy::AwayFromZero));
    Some(Quote {
        plan: plan.id.clone(),
        minutes,
        amount,
        per_minute: band.map(|band| UnitPrice::new(band.price)),
        displayed: displayed.map(UnitPrice::new),
        displayed_amount: displayed.map(|shown| Money::new(Rounding::HalfUp(2).apply(shown * total / thousand))),
        currency: plan.currency.clone(),
        monthly: plan.kind == Kind::Monthly,
        source: plan.source.clone(),
    })
}

/// Returns the offers beside a card for so many minutes: fixed packages of exactly
/// that size, then packages of any size.
pub fn quotes(card: &Card, minutes: PackMinutes) -> Result<Vec<Quote>, Diagnostics> {
    let ids = card.sells.iter().flat_map(|sells| &sells.plans);
    let plans = ids.filter_map(|id| Plans::known().get(id));
    let (any_size, fixed): (Vec<&Plan>, Vec<&Plan>) = plans.partition(|plan| plan.minutes.is_none());
    let found: Vec<_> = fixed.iter().chain(&any_size).filter_map(|plan| quote(plan, minutes)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let sizes = fixed.iter().filter_map(|plan| Some(format!("{} {}", plan.id, plan.minutes?)));
    let mut refused = Diagnostics::default();
    refused.push(Diagnostic::error(
        "no-such-package",
        At::file("--minutes"),
        format!("no plan sold with {} gives {minutes} minutes", card.id),
        match sizes.collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "no plan is known that is sold with this card".to_owned(),
            sizes => format!("the sizes are: {sizes}"),
        },
    ));
    Err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Cards;

    fn amounts(card: &str, minutes: i64) -> Vec<String> {
        let quotes = quotes(Cards::embedded().get(card).unwrap(), PackMinutes::whole(minutes)).unwrap();
        quotes.iter().map(|q| format!("{} {}", q.plan, q.amount)).collect()
    }

    fn custom(minutes: i64) -> Quote {
        quote(Plans::known().get("cn-general-custom").unwrap(), PackMinutes::whole(minutes)).unwrap()
    }

    #[test]
    fn all_minutes_of_a_custom_package_cost_the_band_of_the_total() {
        // 24,999 x 0.007 = 174.993; 25,000 x 0.00672 = 168: more minutes for less.
        assert_eq!(custom(24_999).amount.to_string(), "174.99");
        assert_eq!(custom(25_000).amount.to_string(), "168");
        // 249,999 x 0.00672 = 1,679.99328; 250,000 x 0.006352 = 1,588.
        assert_eq!(custom(249_999).amount.to_string(), "1679.99");
        assert_eq!(custom(250_000).amount.to_string(), "1588");
        // 999,999 x 0.006352 = 6,351.993648; 1,000,000 x 0.005968 = 5,968.
        assert_eq!(custom(999_999).amount.to_string(), "6351.99");
        assert_eq!(custom(1_000_000).amount.to_string(), "5968");
        // 2,999,999 x 0.005968 = 17,903.994032; 3,000,000 x 0.00562934 = 16,888.02.
        assert_eq!(custom(2_999_999).amount.to_string(), "17903.99");
        assert_eq!(custom(3_000_000).amount.to_string(), "16888.02");
        assert_eq!(custom(1).amount.to_string(), "0.01", "0.007 half up to cents");
    }

    #[test]
    fn the_page_shows_the_price_of_a_thousand_rounded_up() {
        let shown = |minutes| custom(minutes).displayed.unwrap().to_string();
        assert_eq!([1, 25_000, 250_000, 1_000_000, 3_000_000].map(shown), ["7", "6.72", "6.352", "5.968", "5.63"]);
        // 5.630 x 3,000 = 16,890: a bill at the displayed price is 1.98 too high.
        assert_eq!(custom(3_000_000).displayed_amount.unwrap().to_string(), "16890");
    }

    #[test]
    fn a_fixed_package_costs_its_listed_price_and_comes_first() {
        assert_eq!(amounts("cn-2022", 3_000_000), ["cn-general-3000k 16888", "cn-general-custom 16888.02"]);
        assert_eq!(amounts("cn-2022", 10_000), ["cn-general-custom 70"]);
        assert_eq!(amounts("cn-2019", 50_000), ["cn2019-starter 3688"]);
        assert_eq!(amounts("intl-2024", 450_000), ["conference-pro 899", "live-pro 899"]);
    }

    #[test]
    fn a_size_that_is_not_sold_is_refused_with_the_sizes() {
        let card = Cards::embedded();
        let refused = quotes(card.get("intl-2024").unwrap(), PackMinutes::whole(7)).unwrap_err();
        assert!(refused.iter().any(|why| why.help.contains("call-1v1 100000")), "{refused:?}");
        assert!(quotes(card.get("cn-2022").unwrap(), PackMinutes::whole(0)).is_err());
        assert!(quotes(card.get("intl-2020").unwrap(), PackMinutes::whole(7)).is_err());
    }
}
