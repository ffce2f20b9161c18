//! Prices by the month's volume of an item over the account (阶梯价): known only once all lines are.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::charge::{Charge, LINE};
use crate::model::{Money, Quantity, UnitPrice};
use crate::rules::terms::{Terms, Tiering};

/// Prices the lines whose agreed price depends on the volume: what is charged of the item on the days of that
/// agreement, over all applications. Graduated, the lines take up the bands in order of day and application; a line
/// over two bands has the average of its parts as its price, at as many digits as a price has.
pub fn price_by_volume<'a>(charges: impl Iterator<Item = &'a mut Charge>, terms: &Terms) {
    let mut lines: BTreeMap<usize, Vec<&mut Charge>> = BTreeMap::new();
    for charge in charges {
        let day = charge.day.first_day();
        let agreed = terms.agreed.iter().position(|agreed| agreed.holds(charge.item, day));
        if let Some(agreed) = agreed.filter(|at| terms.agreed[*at].tiers.is_some()) {
            lines.entry(agreed).or_default().push(charge);
        }
    }
    for (agreed, mut lines) in lines {
        let Some(tiers) = &terms.agreed[agreed].tiers else { continue };
        let volume: Quantity = lines.iter().map(|line| line.charged).sum();
        lines.sort_by(|a, b| (a.day, a.app, &a.card).cmp(&(b.day, b.app, &b.card)));
        let mut begun = Quantity::ZERO;
        for line in lines {
            let end = begun + line.charged;
            let cost = tiers.graduated(begun, end);
            line.price = match tiers.tiering {
                Tiering::Total => tiers.reached(volume),
                Tiering::Graduated if tiers.reached(begun) == tiers.reached(end) || line.charged.is_zero() => {
                    tiers.reached(end)
                }
                Tiering::Graduated => average(cost, line.charged),
            };
            line.amount = line.price.times(line.charged, LINE);
            begun = end;
        }
    }
}

/// Returns the price of a unit that makes a quantity cost so much.
fn average(cost: Money, quantity: Quantity) -> UnitPrice {
    let exact: Decimal = cost.decimal() / quantity.decimal();
    let digits = u32::try_from(UnitPrice::MAX_DIGITS).unwrap_or(u32::MAX);
    UnitPrice::new(exact.round_sf(digits).unwrap_or(exact).normalize())
}
