//! Parts that add up to a whole, by largest remainder. Integers throughout: a unit is a cent, or 1e-8 of the currency.

use rust_decimal::Decimal;

/// Returns a decimal in units of its last place: 1.25 at 8 places is 125,000,000. Further decimals are cut off.
#[must_use]
pub fn units(value: Decimal, places: u32) -> i128 {
    let value = value.normalize();
    match places.checked_sub(value.scale()) {
        Some(lift) => value.mantissa() * 10_i128.pow(lift),
        None => value.mantissa() / 10_i128.pow(value.scale() - places),
    }
}

/// Returns the decimal of so many units.
#[must_use]
pub fn decimal(units: i128, places: u32) -> Decimal {
    Decimal::from_i128_with_scale(units, places).normalize()
}

/// Parts a whole by weights, none of which is negative and one of which is above zero. The parts add up to the whole.
#[must_use]
pub fn by_weight(whole: i128, weights: &[i128]) -> Vec<i128> {
    let common = weights.iter().fold(0, |a, b| gcd(a, *b)).max(1);
    let sum: i128 = weights.iter().map(|weight| weight / common).sum();
    let part = |weight: &i128| {
        let product = whole * (weight / common);
        (product.div_euclid(sum), product.rem_euclid(sum))
    };
    add_up(whole, weights.iter().map(part).collect())
}

/// Rounds parts in units of `1 / per` to whole units, so that they add up to `whole`: the sum of the parts, cut off or
/// rounded up.
#[must_use]
pub fn rounded(whole: i128, parts: &[i128], per: i128) -> Vec<i128> {
    add_up(whole, parts.iter().map(|part| (part.div_euclid(per), part.rem_euclid(per))).collect())
}

/// Adds one to the parts with the largest remainders, the first of equal ones, until the parts add up to the whole.
fn add_up(whole: i128, parts: Vec<(i128, i128)>) -> Vec<i128> {
    let missing = whole - parts.iter().map(|(part, _)| part).sum::<i128>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(parts[*at].1));
    let mut sums: Vec<i128> = parts.into_iter().map(|(part, _)| part).collect();
    for at in order.into_iter().take(usize::try_from(missing).unwrap_or_default()) {
        sums[at] += 1;
    }
    sums
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_remainders_get_the_missing_units() {
        // 100 by thirds: 33.33 each, one unit is missing; the first of equal remainders gets it.
        assert_eq!(by_weight(100, &[1, 1, 1]), [34, 33, 33]);
        // 10 x 1/7, 2/7, 4/7 = 1.43, 2.86, 5.71: two are missing.
        assert_eq!(by_weight(10, &[10, 20, 40]), [1, 3, 6]);
        assert_eq!(by_weight(5, &[0, 3]), [0, 5]);
        assert_eq!(by_weight(-10, &[1, 2]), [-3, -7]);
    }

    #[test]
    fn cents_add_up_to_the_rounded_sum() {
        // 0.004 + 0.004 + 0.007 = 0.015, half up 0.02.
        assert_eq!(rounded(2, &[4, 4, 7], 10), [1, 0, 1]);
        assert_eq!(rounded(1, &[4, 4, 7], 10), [0, 0, 1]);
    }

    #[test]
    fn a_decimal_is_counted_in_its_last_place() {
        assert_eq!(units(Decimal::new(125, 2), 8), 125_000_000);
        assert_eq!(units(Decimal::new(129, 2), 1), 12);
        assert_eq!(decimal(125_000_000, 8), Decimal::new(125, 2));
    }
}
