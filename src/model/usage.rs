//! Metered usage on one grid, whatever file it came from.

use super::{Item, Place, Span, Stamp};

/// An SDKAppID.
pub type AppId = u64;

/// The usage of one item by one application in one interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The first second of the interval, on the 5-minute grid.
    pub start: Stamp,
    /// The interval's length in seconds: 300, or a day, or a month.
    pub seconds: u32,
    /// The item used.
    pub item: Item,
    /// The exactness of the quantity.
    pub exactness: Exactness,
    /// By which application.
    pub app: AppId,
    /// The quantity, in the item's finest unit ([`Item::finest`]): seconds, images, users, or millionths of a Mbps. For
    /// [`Exactness::Minutes`] the rounded-up minutes times 60.
    pub quantity: i64,
    /// Where it was read.
    pub place: Place,
}

/// The exactness of a usage quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Exactness {
    /// To the finest unit.
    Exact,
    /// Rounded up to whole minutes: `m` minutes stand for `60(m-1) < s <= 60m` seconds.
    Minutes,
    /// A peak of a longer stretch: samples of different applications may or may
    /// not have coincided.
    Peak,
}

impl Usage {
    /// Returns the interval.
    #[must_use]
    pub fn span(&self) -> Span {
        Span { from: self.start, until: self.start + i64::from(self.seconds) }
    }

    /// Returns the least that the quantity can stand for.
    #[must_use]
    pub const fn least(&self) -> i64 {
        self.exactness.least(self.quantity)
    }
}

impl Exactness {
    /// Returns the least that a quantity can stand for.
    #[must_use]
    pub const fn least(self, quantity: i64) -> i64 {
        match self {
            Self::Minutes if quantity > 0 => quantity - 59,
            _ => quantity,
        }
    }
}
