//! The vocabulary: what usage, grants, charges and bills are made of.
//!
//! Values only. Nothing here reads a file or a clock, nothing is a float, and
//! a value that exists is valid.

pub mod cause;
pub mod diagnostic;
pub mod int_hasher;
pub mod invoice;
pub mod item;
pub mod message;
pub mod number;
pub mod policy;
pub mod printed_cover;
pub mod source_location;
pub mod style;
pub mod time;
pub mod usage;
pub mod usage_series;

pub use item::{Item, Unit};
pub use number::{Money, PackMinutes, Quantity, Ratio, Rounding, UnitPrice};
pub use source_location::{Place, TableRef};
pub use time::{Day, Month, Span, Stamp};
pub use usage::{AppId, Usage};
pub use usage_series::Runs;
