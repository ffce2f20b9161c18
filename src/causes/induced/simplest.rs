//! The shortest decimal within an interval.

use rust_decimal::Decimal;

/// No parameter has more decimals.
const PLACES: u32 = 8;

/// Values from one bound to the other, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// The least.
    pub least: Decimal,
    /// The most.
    pub most: Decimal,
}

impl Interval {
    /// Returns the values whose product with a figure prints as another one that is at most so much off; `None` where
    /// there are none to speak of.
    #[must_use]
    pub fn of_ratio(billed: Decimal, due: Decimal, off: Decimal) -> Option<Self> {
        let (least, most) = ((billed - off).checked_div(due)?, (billed + off).checked_div(due)?);
        Some(Self { least: least.min(most), most: least.max(most) })
    }

    /// Returns the values that divide where these multiply.
    #[must_use]
    pub fn reciprocal(self) -> Option<Self> {
        let above = self.least > Decimal::ZERO;
        above.then_some(())?;
        Some(Self { least: Decimal::ONE.checked_div(self.most)?, most: Decimal::ONE.checked_div(self.least)? })
    }

    /// Returns the value with the fewest decimals; of several the least.
    #[must_use]
    pub fn simplest(self) -> Option<Decimal> {
        let at = |places: u32| {
            let up = self.least.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::ToPositiveInfinity);
            (up <= self.most).then(|| up.normalize())
        };
        (0..=PLACES).find_map(at)
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::Interval;
    use crate::model::number::parse_decimal;

    fn dec(text: &str) -> Decimal {
        parse_decimal(text).unwrap()
    }

    #[test]
    fn the_value_with_the_fewest_decimals_is_taken() {
        let within = |least: &str, most: &str| Interval { least: dec(least), most: dec(most) }.simplest();
        assert_eq!(within("0.899", "0.9004"), Some(dec("0.9")));
        assert_eq!(within("0.8751", "0.87521"), Some(dec("0.8751")));
        assert_eq!(within("1.2", "3.4"), Some(dec("2")));
        assert_eq!(within("0.123456781", "0.123456782"), None);
    }

    #[test]
    fn a_printed_amount_says_its_factor_to_its_own_decimals() {
        let ratio = Interval::of_ratio(dec("0.36"), dec("0.4"), dec("0.005")).unwrap();
        assert_eq!((ratio.least, ratio.most), (dec("0.8875"), dec("0.9125")));
        assert_eq!(ratio.simplest(), Some(dec("0.9")));
        let by = Interval::of_ratio(dec("94.33962264"), dec("100"), dec("0.00000001")).unwrap().reciprocal().unwrap();
        assert_eq!(by.simplest(), Some(dec("1.06")));
    }
}
