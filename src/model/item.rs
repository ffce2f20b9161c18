//! The billable items and their fixed order.
//!
//! The names are the contract's; they and their units stand in `items.toml`.
//! Fees are items too: one for each plan of the catalogue. Plans of one's own are registered before the first use.

use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;

use super::number::{Quantity, parse_decimal};

/// A billable item: `av.hd`, `rec.audio`, `fee.live-pro`. Ordered as the cards
/// order them: av, rec, mix, deliver, page, relay, snapshot, mau, fees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Item(u8);

/// The billing unit of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum Unit {
    /// Minutes, metered in seconds.
    #[serde(rename = "min")]
    Minute,
    /// Thousands, metered in images.
    #[serde(rename = "thousand")]
    Thousand,
    /// Mbps of peak bandwidth.
    Mbps,
    /// Users of a month.
    #[serde(rename = "user")]
    User,
    /// Months of a plan.
    #[serde(rename = "month")]
    Month,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemRow {
    id: String,
    unit: Unit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemFile {
    item: Vec<ItemRow>,
    fees: Vec<String>,
}

/// The start of the id of a fee; its plan follows.
const FEE: &str = "fee.";

/// Every item; fixed from the first time that one is asked for.
static ITEMS: OnceLock<Vec<ItemRow>> = OnceLock::new();

/// Registers the fees of plans that are not published, behind all other items. Once, before any item is asked for.
///
/// # Errors
/// The items are fixed already, or there would be more than a byte counts.
pub fn register_fees(plans: &[String]) -> Result<(), &'static str> {
    let further = plans.iter().map(|plan| ItemRow { id: format!("{FEE}{plan}"), unit: Unit::Month });
    let items: Vec<ItemRow> = published().into_iter().chain(further).collect();
    if u8::try_from(items.len()).is_err() {
        return Err("there are more plans than can be told apart");
    }
    ITEMS.set(items).map_err(|_| "the plans were read already")
}

fn items() -> &'static [ItemRow] {
    ITEMS.get_or_init(published)
}

fn published() -> Vec<ItemRow> {
    let file: ItemFile = toml::from_str(include_str!("items.toml")).unwrap_or_else(|e| panic!("items.toml: {e}"));
    let fees = file.fees.into_iter().map(|plan| ItemRow { id: format!("{FEE}{plan}"), unit: Unit::Month });
    let items: Vec<_> = file.item.into_iter().chain(fees).collect();
    assert!(u8::try_from(items.len()).is_ok(), "an item is a byte");
    items
}

impl Item {
    /// Returns the item of that name.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        Self::all().find(|item| item.id() == id)
    }

    /// Returns every item, in order.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(items().len()).map(Self)
    }

    /// Its name.
    #[must_use]
    pub fn id(self) -> &'static str {
        &items()[usize::from(self.0)].id
    }

    /// Returns what it is billed in.
    #[must_use]
    pub fn unit(self) -> Unit {
        items()[usize::from(self.0)].unit
    }

    /// Its service: the name up to the tier (`mix.h264` of `mix.h264.hd`, `av` of `av.hd`).
    #[must_use]
    pub fn service(self) -> &'static str {
        let id = self.id();
        if self.unit() == Unit::Minute { id.rsplit_once('.').map_or(id, |(service, _)| service) } else { id }
    }

    /// Returns whether it belongs to a service, or to a family of services: `mix` has `mix.audio` and `mix.h264.hd`.
    #[must_use]
    pub fn is_of(self, service: &str) -> bool {
        self.id().strip_prefix(service).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Its tier, where it has one: `hd` of `av.hd`.
    #[must_use]
    pub fn tier(self) -> Option<&'static str> {
        let id = self.id();
        if self.unit() == Unit::Minute { id.rsplit_once('.').map(|(_, tier)| tier) } else { None }
    }

    /// Returns the fee of a plan.
    #[must_use]
    pub fn fee(plan: &str) -> Option<Self> {
        Self::parse(&format!("{FEE}{plan}"))
    }

    /// Returns the plan whose fee it is.
    #[must_use]
    pub fn fee_plan(self) -> Option<&'static str> {
        self.id().strip_prefix(FEE)
    }

    /// Returns what a month's usage comes to less than the contract's minimum (保底).
    #[must_use]
    pub fn shortfall() -> Self {
        Self::fee("minimum").unwrap_or_else(|| unreachable!("items.toml lists it"))
    }

    /// Returns true if it is the fee of a plan.
    #[must_use]
    pub fn is_fee(self) -> bool {
        self.unit() == Unit::Month
    }

    /// Its position among all items, for tables indexed by item.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Returns how many items there are.
    #[must_use]
    pub fn count() -> usize {
        items().len()
    }

    /// Returns a metered quantity in the finest unit, as it is printed.
    #[must_use]
    pub fn metered(self, finest: i64) -> Quantity {
        match self.unit() {
            Unit::Mbps => millionths(finest),
            _ => Quantity::whole(finest),
        }
    }

    /// Returns a printed quantity in the finest unit; `None` where it is finer than that.
    #[must_use]
    pub fn finest(self, text: &str) -> Option<i64> {
        let lift = match self.unit() {
            Unit::Mbps => 6,
            _ => 0,
        };
        let value = parse_decimal(text)?;
        let lift = u32::checked_sub(lift, value.scale())?;
        i64::try_from(value.mantissa().checked_mul(10_i128.pow(lift))?).ok()
    }
}

fn millionths(value: i64) -> Quantity {
    let value = rust_decimal::Decimal::new(value, 6);
    Quantity::from_decimal(value).unwrap_or_else(|| unreachable!("six decimals fit eight"))
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Unit {
    /// Its name in the reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "min",
            Self::Thousand => "thousand",
            Self::Mbps => "Mbps",
            Self::User => "user",
            Self::Month => "month",
        }
    }

    /// Returns the finest unit's name, in which the tidy form gives usage.
    #[must_use]
    pub const fn finest(self) -> &'static str {
        match self {
            Self::Minute => "s",
            Self::Thousand => "image",
            Self::Mbps => "Mbps",
            Self::User => "user",
            Self::Month => "month",
        }
    }
}
