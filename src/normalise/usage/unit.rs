//! Units of usage, and the conversion of a figure to the item's finest unit.

use rust_decimal::Decimal;

use super::row_accumulator::Stop;
use crate::model::diagnostic::shown;
use crate::model::usage::Exactness;
use crate::model::{Item, Unit};
use crate::normalise::number::{number, whole};
use crate::normalise::text::normalised;
use crate::normalise::timestamp::GRID;

/// More than any row of usage can hold, in finest units: 300,000 years, or 10 Tbps. So no sum of rows is beyond 64 bits.
const LARGEST: i64 = 10_000_000_000_000;

/// A unit that usage is exported in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Seconds.
    Second,
    /// Whole minutes, rounded up.
    Minute,
    /// Mbps.
    Mbps,
    /// Images.
    Image,
    /// Thousands of images.
    Thousand,
    /// Users.
    User,
}

impl Measure {
    /// Returns the unit that a text names.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match normalised(text).as_str() {
            "秒" | "s" | "sec" | "secs" | "second" | "seconds" => Self::Second,
            "分钟" | "分" | "min" | "mins" | "minute" | "minutes" => Self::Minute,
            "mbps" | "mbit/s" | "mb/s" | "兆比特每秒" => Self::Mbps,
            "张" | "image" | "images" | "次" | "幅" => Self::Image,
            "千张" | "thousand" | "thousandimages" => Self::Thousand,
            "人" | "个" | "user" | "users" | "mau" => Self::User,
            _ => return None,
        })
    }

    /// Returns the unit that an item's usage is in where none is written; none for
    /// durations, which come in seconds and in minutes.
    pub(super) fn natural(item: Item) -> Option<Self> {
        match item.unit() {
            Unit::Minute | Unit::Month => None,
            Unit::Mbps => Some(Self::Mbps),
            Unit::Thousand => Some(Self::Image),
            Unit::User => Some(Self::User),
        }
    }

    /// Returns true if an item can be measured in it.
    pub(super) fn fits(self, item: Item) -> bool {
        matches!(
            (item.unit(), self),
            (Unit::Minute, Self::Second | Self::Minute)
                | (Unit::Mbps, Self::Mbps)
                | (Unit::Thousand, Self::Image | Self::Thousand)
                | (Unit::User, Self::User)
        )
    }

    pub(super) const fn finest_units(self) -> i64 {
        match self {
            Self::Second | Self::Image | Self::User => 1,
            Self::Minute => 60,
            Self::Mbps => 1_000_000,
            Self::Thousand => 1_000,
        }
    }

    /// Returns how exactly a figure over so many seconds is known.
    pub(super) const fn exactness(self, seconds: i64) -> Exactness {
        match self {
            Self::Minute => Exactness::Minutes,
            Self::Mbps if seconds > GRID => Exactness::Peak,
            _ => Exactness::Exact,
        }
    }

    /// Returns a cell's figure in the finest unit; `None` where the cell says that it has none.
    pub(super) fn figure(self, text: &str, column: Option<usize>) -> Result<Option<i64>, Stop> {
        if let Some(value) = whole(text).and_then(|value| self.of_whole(value)) {
            return Ok(Some(value));
        }
        let not_a_number = |why: &str| {
            Stop::reject(
                "usage-number",
                column,
                format!("\"{}\" is not a quantity: {why}", shown(text)),
                "Write the quantity as a plain number (1234.5), or leave the cell empty where there is none.",
            )
        };
        let Some(value) = number(text).map_err(|why| not_a_number(why.0))? else { return Ok(None) };
        if value < Decimal::ZERO {
            return Err(Stop::reject(
                "usage-negative",
                column,
                format!("a usage of {value} is below zero"),
                "Usage is never negative. Export the table again, or take the correction out of it.",
            ));
        }
        let finest = value.checked_mul(Decimal::from(self.finest_units())).map(|v| v.normalize());
        match finest {
            // Minutes with decimals would be neither rounded up nor known to the second.
            Some(_) if self == Self::Minute && !value.is_integer() => Err(not_a_number("minutes are whole")),
            Some(finest) if finest.scale() == 0 => {
                let finest = i64::try_from(finest.mantissa()).ok().filter(|finest| *finest <= LARGEST);
                finest.map(Some).ok_or_else(|| not_a_number("no application uses so much in one row"))
            }
            _ => Err(not_a_number("it has more decimals than the unit has")),
        }
    }

    /// Returns a whole figure in the finest unit, unless it is beyond all use.
    pub(super) fn of_whole(self, figure: i64) -> Option<i64> {
        figure.checked_mul(self.finest_units()).filter(|finest| *finest <= LARGEST)
    }

    /// Returns a figure as printed, in the finest unit.
    pub(super) fn lifted(self, value: Decimal) -> Option<Decimal> {
        value.checked_mul(Decimal::from(self.finest_units())).map(|v| v.normalize())
    }
}
