//! The vocabulary: what usage, grants, charges and bills are made of.
//!
//! Values only. Nothing here reads a file or a clock, nothing is a float, and
//! a value that exists is valid.

pub mod invoice;
pub mod item;
pub mod mix;
pub mod number;
pub mod place;
pub mod runs;
pub mod time;
pub mod usage;

pub use item::{Item, Unit};
pub use number::{Money, PackMinutes, Quantity, Ratio, Rounding, UnitPrice};
pub use place::{Place, TableRef};
pub use runs::Runs;
pub use time::{Day, Month, Span, Stamp};
pub use usage::{AppId, Usage};
