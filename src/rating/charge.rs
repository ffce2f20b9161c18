//! What is charged: one line per application, item and settlement day.

use crate::domain::{AppId, Day, Item, Money, Month, Quantity, UnitPrice};

/// The day or the month that a line settles. Days and months sort as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settled {
    /// By the day.
    Day(Day),
    /// By the month.
    Month(Month),
}

impl std::fmt::Display for Settled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Month(month) => month.fmt(f),
        }
    }
}

/// One line of what should have been charged (charges.csv).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// The application; `None` for account-wide items and fees.
    pub app: Option<AppId>,
    /// The day or month it settles.
    pub day: Settled,
    /// The item.
    pub item: Item,
    /// In the finest unit: seconds, images, users, Mbps.
    pub metered: Quantity,
    /// After rounding, in the billing unit.
    pub billable: Quantity,
    /// Covered by grants and free allowances.
    pub covered: Quantity,
    /// `billable - covered`.
    pub charged: Quantity,
    /// Of one billing unit, after contract terms.
    pub price: UnitPrice,
    /// `charged x price`, 8 decimals half up.
    pub amount: Money,
    /// The least that the line can be, where usage is known only in rounded minutes or peaks.
    pub least: Option<Least>,
    /// The rate card, by its id.
    pub card: String,
    /// Whether the price is derived and not published (RULES.md 1): it supports no certain discrepancy.
    pub derived_price: bool,
}

/// The lower end of a charge that is known only as an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Least {
    /// The least charged quantity.
    pub charged: Quantity,
    /// The least amount.
    pub amount: Money,
}
