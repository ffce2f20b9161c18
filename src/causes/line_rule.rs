//! A change of charges after they are rated: a factor, another price, a rounding.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::model::{AppId, Day, Item, Money, Quantity, Unit, UnitPrice};
use crate::rate::charge::{Charge, LINE};

/// An effect on some of the charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRule {
    /// The charges that it acts on.
    pub of: Lines,
    /// Its effect on each of them.
    pub effect: Effect,
}

/// Charges by item, application and day; `None` excludes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lines {
    /// The item.
    pub item: Option<Item>,
    /// The application.
    pub app: Option<AppId>,
    /// The first day.
    pub from: Option<Day>,
    /// The last day.
    pub last: Option<Day>,
}

/// A change of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The price is multiplied.
    Price(Factor),
    /// The amount is multiplied and rounded to 8 decimals.
    Amount(Factor),
    /// The price is another one.
    OtherPrice(UnitPrice),
    /// The price is rounded to so many decimals.
    PriceTo(Mode, u32),
    /// The amount is rounded to so many decimals.
    AmountTo(Mode, u32),
    /// The charged minutes are rounded to a multiple of a block.
    QuantityTo(Mode, u32),
    /// The minutes used are rounded to a multiple of a block; packages cover what they did.
    UsageTo(Mode, u32),
}

/// A decimal, or one divided by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Factor {
    /// The decimal.
    pub value: Decimal,
    /// True if it divides.
    pub divides: bool,
}

/// The direction in which a figure is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
    /// A half away from zero.
    HalfUp,
    /// A half towards zero.
    HalfDown,
    /// A half to the even digit.
    HalfEven,
}

impl Lines {
    /// Returns true if a charge is one of them.
    #[must_use]
    pub fn hold(&self, charge: &Charge) -> bool {
        let day = charge.day.first_day();
        self.item.is_none_or(|item| item == charge.item)
            && self.app.is_none_or(|app| charge.app == Some(app))
            && self.from.is_none_or(|from| from <= day)
            && self.last.is_none_or(|last| day <= last)
    }
}

impl LineRule {
    /// Changes a charge, if it is one that the rule acts on.
    pub fn apply(&self, charge: &mut Charge) {
        if self.of.hold(charge) {
            self.effect.apply(charge);
        }
    }
}

impl Effect {
    /// Changes a charge.
    pub fn apply(self, charge: &mut Charge) {
        match self {
            Self::Price(factor) => charge.at(UnitPrice::new(factor.of(charge.price.decimal()))),
            Self::OtherPrice(price) => charge.at(price),
            Self::PriceTo(mode, places) => charge.at(UnitPrice::new(mode.round(charge.price.decimal(), places))),
            Self::Amount(factor) => {
                charge.amount = Money::new(LINE.apply(factor.of(charge.amount.decimal())).normalize());
            }
            Self::AmountTo(mode, places) => {
                charge.amount = Money::new(mode.round(charge.amount.decimal(), places));
            }
            Self::QuantityTo(mode, block) if charge.item.unit() == Unit::Minute => {
                charge.charged = mode.to_block(charge.charged, block);
                charge.at(charge.price);
            }
            Self::UsageTo(mode, block) if charge.item.unit() == Unit::Minute => {
                charge.billable = mode.to_block(charge.billable, block);
                charge.charged = charge.billable - charge.covered.min(charge.billable);
                charge.at(charge.price);
            }
            Self::QuantityTo(..) | Self::UsageTo(..) => {}
        }
    }
}

impl Charge {
    /// Gives the charge a price. Nothing costs nothing: that a price of zero makes a line vanish proves nothing.
    fn at(&mut self, price: UnitPrice) {
        if !price.is_zero() {
            self.price = price;
            self.amount = price.times(self.charged, LINE);
        }
    }
}

impl Factor {
    /// Returns a value multiplied or divided, at as many digits as a price has.
    #[must_use]
    pub fn of(self, value: Decimal) -> Decimal {
        let digits = u32::try_from(UnitPrice::MAX_DIGITS).unwrap_or(u32::MAX);
        let exact = if self.divides { value.checked_div(self.value) } else { value.checked_mul(self.value) };
        exact.and_then(|exact| exact.round_sf(digits)).map_or(value, |exact| exact.normalize())
    }
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.divides { write!(f, "1/{}", self.value.normalize()) } else { self.value.normalize().fmt(f) }
    }
}

impl Mode {
    /// All, the most usual first.
    pub const ALL: [Self; 5] = [Self::HalfUp, Self::Up, Self::Down, Self::HalfEven, Self::HalfDown];

    /// Returns a value rounded to so many decimals.
    #[must_use]
    pub fn round(self, value: Decimal, places: u32) -> Decimal {
        let strategy = match self {
            Self::Up => RoundingStrategy::AwayFromZero,
            Self::Down => RoundingStrategy::ToZero,
            Self::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Self::HalfDown => RoundingStrategy::MidpointTowardZero,
            Self::HalfEven => RoundingStrategy::MidpointNearestEven,
        };
        value.round_dp_with_strategy(places, strategy).normalize()
    }

    /// Returns a quantity rounded to a multiple of a block.
    #[must_use]
    pub fn to_block(self, quantity: Quantity, block: u32) -> Quantity {
        let block = Decimal::from(block);
        Quantity::from_decimal(self.round(quantity.decimal() / block, 0) * block).unwrap_or(quantity)
    }

    /// Returns its name in the causes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::HalfUp => "half_up",
            Self::HalfDown => "half_down",
            Self::HalfEven => "half_even",
        }
    }

    /// Returns true if it rounds to the nearest value: two such modes differ on halves alone.
    #[must_use]
    pub const fn is_nearest(self) -> bool {
        matches!(self, Self::HalfUp | Self::HalfDown | Self::HalfEven)
    }
}
