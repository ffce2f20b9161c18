//! The rate cards and plans, as data with their sources.
//!
//! A card says what a minute costs and how it is counted; a plan says what a
//! purchase gives. Both are files (`cards/*.toml`, `plans/*.toml`) that are
//! built in; a published one is never edited, a change is a new one. Nothing
//! here knows an account's usage: [`mod@timeline`] alone looks at who the account is.

pub mod billing_window;
pub mod build_terms;
pub mod card;
mod catalogue;
mod check;
pub mod dates;
pub mod list_price;
pub mod load;
pub mod plan;
pub mod quote;
mod read;
pub mod readings;
pub mod show;
pub mod subscription;
pub mod terms;
pub mod timeline;
mod toml_file;

pub use card::Card;
pub use catalogue::{Plans, plan_ids, unknown_plan};
pub use load::Cards;
pub use plan::Plan;
pub use timeline::{Segment, timeline};

#[cfg(test)]
mod tests;
