//! The vendor's price calculator: rooms, hosts and viewers become a month's
//! usage, and usage becomes money, as you go or by packages.
//!
//! Owns what is counted and what is bought. The money is that of the same
//! rating as of a real month: a purchase is one more grant of the account.

pub mod mix;
pub mod scene;
pub mod text;
pub mod what_if;

pub use mix::{Mix, cheapest, cover};
pub use scene::{Counted, Scene, Sent};
pub use what_if::{Cost, Month, Purchase};

#[cfg(test)]
mod tests;
