//! Exact numbers, one type per unit.
//!
//! A value of every interval (`Quantity`, `PackMinutes`, `Ratio`) is a
//! scaled integer; one that appears once a line (`Money`, `UnitPrice`) is a
//! `Decimal`. The scales are chosen so that a product of two of them is exact:
//! a quantity (8 decimals) times a ratio (4) is a pack quantity (12).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use rust_decimal::{Decimal, RoundingStrategy};

/// The rule that fits a result to a number of decimals; always given at the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To this many decimals, a half away from zero.
    HalfUp(u32),
}

impl Rounding {
    /// `value` rounded by this rule.
    #[must_use]
    pub fn apply(self, value: Decimal) -> Decimal {
        let Self::HalfUp(places) = self;
        value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
    }

    fn divide(numerator: i128, denominator: i128) -> i128 {
        let quotient = numerator / denominator;
        let twice_rest = (numerator % denominator).abs() * 2;
        if twice_rest >= denominator.abs() { quotient + numerator.signum() * denominator.signum() } else { quotient }
    }
}

/// Returns a plain decimal (`-12.50`), nothing else: no exponent, no separator, no
/// sign but a leading minus, at most 15 digits before the point and 12 behind.
/// Within these limits no sum or product of this crate can lose a digit.
#[must_use]
pub fn parse_decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(fraction) {
        return None;
    }
    let whole_digits = whole.trim_start_matches('0').len();
    let fraction = fraction.trim_end_matches('0');
    if whole_digits > 15 || fraction.len() > 12 {
        return None;
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    Decimal::from_str_exact(&format!("{sign}{whole}.{fraction}0")).ok().map(|d| d.normalize())
}

/// Returns a decimal as the contract prints it: plain, without trailing zeros.
#[must_use]
pub fn plain(value: Decimal) -> String {
    let value = value.normalize();
    if value.is_zero() { "0".to_owned() } else { value.to_string() }
}

macro_rules! fixed {
    ($(#[$doc:meta])* $name:ident, $places:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(i128);

        impl $name {
            /// Decimals kept.
            pub const PLACES: u32 = $places;
            const ONE: i128 = 10_i128.pow($places);
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// Returns a whole number of units.
            #[must_use]
            pub const fn whole(units: i64) -> Self {
                Self(units as i128 * Self::ONE)
            }

            /// Returns the value of a decimal; `None` where it has more decimals than are kept.
            #[must_use]
            pub fn from_decimal(value: Decimal) -> Option<Self> {
                let value = value.normalize();
                let lift = Self::PLACES.checked_sub(value.scale())?;
                value.mantissa().checked_mul(10_i128.pow(lift)).map(Self)
            }

            /// Returns the value as a decimal.
            #[must_use]
            pub fn decimal(self) -> Decimal {
                Decimal::from_i128_with_scale(self.0, Self::PLACES).normalize()
            }

            /// Returns true if there is none of it.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
        }

        impl Add for $name {
            type Output = Self;
            fn add(self, other: Self) -> Self { Self(self.0 + other.0) }
        }
        impl Sub for $name {
            type Output = Self;
            fn sub(self, other: Self) -> Self { Self(self.0 - other.0) }
        }
        impl AddAssign for $name {
            fn add_assign(&mut self, other: Self) { self.0 += other.0; }
        }
        impl SubAssign for $name {
            fn sub_assign(&mut self, other: Self) { self.0 -= other.0; }
        }
        impl Sum for $name {
            fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
                values.fold(Self::ZERO, Add::add)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&plain(self.decimal()))
            }
        }
    };
}

fixed! {
    /// An amount of an item in its billing unit (minutes, thousand images,
    /// Mbps, users, months), to 8 decimals: the precision to which a partly
    /// covered minute is kept.
    Quantity, 8
}
fixed! {
    /// Minutes of a package, which a ratio turns usage minutes into.
    PackMinutes, 12
}
fixed! {
    /// Package minutes taken per usage minute.
    Ratio, 4
}

impl Quantity {
    /// Returns the package minutes that cover this quantity at a ratio; exact.
    #[must_use]
    pub const fn at_ratio(self, ratio: Ratio) -> PackMinutes {
        PackMinutes(self.0 * ratio.0)
    }

    /// Returns what is left of it when fractions of a unit are dropped.
    #[must_use]
    pub const fn whole_units(self) -> Self {
        Self(self.0 - self.0 % Self::ONE)
    }
}

impl PackMinutes {
    /// Returns the usage minutes that these package minutes cover, to 8 decimals half up.
    #[must_use]
    pub fn covers(self, ratio: Ratio) -> Quantity {
        Quantity(Rounding::divide(self.0, ratio.0))
    }

    /// Returns the same, to 8 decimals cut off: never more than they cover.
    #[must_use]
    pub const fn covers_down(self, ratio: Ratio) -> Quantity {
        Quantity(self.0 / ratio.0)
    }
}

macro_rules! decimal_unit {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(Decimal);

        impl $name {
            /// Nothing.
            pub const ZERO: Self = Self(Decimal::ZERO);

            /// This many of the currency's unit.
            #[must_use]
            pub const fn new(value: Decimal) -> Self { Self(value) }

            /// Returns the value as a decimal.
            #[must_use]
            pub const fn decimal(self) -> Decimal { self.0 }

            /// Returns the value rounded.
            #[must_use]
            pub fn round(self, rounding: Rounding) -> Self { Self(rounding.apply(self.0)) }

            /// Returns true if it is nothing.
            #[must_use]
            pub const fn is_zero(self) -> bool { self.0.is_zero() }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&plain(self.0))
            }
        }
    };
}

decimal_unit! {
    /// An amount in the account's currency; one account has one currency.
    Money
}
decimal_unit! {
    /// A price for one billing unit, after contract terms, exact.
    UnitPrice
}

impl Money {
    /// Returns the money without its sign.
    #[must_use]
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }
}

/// Adds without losing a digit. The limits of [`parse_decimal`] keep sums far
/// from 28 digits; reaching them is a defect, not an input.
fn exact_sum(a: Decimal, b: Decimal) -> Decimal {
    let sum = a + b;
    let exact = a.is_zero() || b.is_zero() || sum.is_zero() || sum.scale() == a.scale().max(b.scale());
    assert!(exact, "a sum of money would lose digits: {a} + {b}");
    sum
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(exact_sum(self.0, other.0))
    }
}
impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}
impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self::ZERO, Add::add)
    }
}

impl UnitPrice {
    /// The most significant digits a price may have, so that its product with
    /// any quantity is exact before it is rounded.
    pub const MAX_DIGITS: usize = 18;

    /// Returns a price with more digits than [`Self::MAX_DIGITS`] is not one.
    #[must_use]
    pub fn checked(value: Decimal) -> Option<Self> {
        let value = value.normalize();
        (value.mantissa().unsigned_abs().to_string().len() <= Self::MAX_DIGITS).then_some(Self(value))
    }

    /// Returns what a quantity costs: the exact product, rounded once.
    #[must_use]
    pub fn times(self, quantity: Quantity, rounding: Rounding) -> Money {
        let Rounding::HalfUp(places) = rounding;
        let price = self.0.normalize();
        let product = quantity.0 * price.mantissa();
        let scale = Quantity::PLACES + price.scale();
        let rounded = match scale.checked_sub(places) {
            Some(excess) => Rounding::divide(product, 10_i128.pow(excess)),
            None => product * 10_i128.pow(places - scale),
        };
        Money(Decimal::from_i128_with_scale(rounded, places).normalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::new(parse_decimal(text).unwrap())
    }

    #[test]
    fn nothing_may_be_added_whatever_decimals_it_is_written_with() {
        let nothing = Money::new(Decimal::new(0, 6));
        assert_eq!((money("1.5") + nothing).to_string(), "1.5");
        assert_eq!(nothing + -Money::ZERO, Money::ZERO);
        assert_eq!(money("1.25") - money("1.25") + money("0.1"), money("0.1"));
    }

    #[test]
    fn a_decimal_is_plain_or_none() {
        for text in ["1e5", "1_000", "+1", ".5", "5.", "", "-", "1,000", " 1", "0x10", "NaN", "1234567890123456"] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
        assert_eq!(parse_decimal("-007.50").map(plain), Some("-7.5".to_owned()));
        assert_eq!(parse_decimal("0.000000000001").map(plain), Some("0.000000000001".to_owned()));
    }

    #[test]
    fn a_half_goes_up_and_a_price_is_rounded_once() {
        let price = UnitPrice::checked(parse_decimal("0.0033915").unwrap()).unwrap();
        assert_eq!(price.times(Quantity::whole(1), Rounding::HalfUp(6)).to_string(), "0.003392");
        assert_eq!(Rounding::HalfUp(2).apply(parse_decimal("4.125").unwrap()).to_string(), "4.13");
    }

    #[test]
    fn the_last_package_minutes_cover_part_of_a_minute() {
        let ratio = Ratio::from_decimal(Decimal::from(4)).unwrap();
        assert_eq!(PackMinutes::whole(2).covers(ratio).to_string(), "0.5");
        let odd = Ratio::from_decimal(parse_decimal("6.1").unwrap()).unwrap();
        // 1 / 6.1 = 0.163934426…
        assert_eq!(PackMinutes::whole(1).covers(odd).to_string(), "0.16393443");
        assert_eq!(PackMinutes::whole(1).covers_down(odd).to_string(), "0.16393442");
    }
}
