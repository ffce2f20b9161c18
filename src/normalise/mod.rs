//! 2 NORMALISE: tables become usage on one grid and invoice lines.
//!
//! Owns the vendor's layouts: headers and texts by alias, strict numbers and
//! times, what repeats what. Knows no price and no grant.

pub mod app;
pub mod bill;
pub mod clock;
pub mod header;
pub mod number;
pub mod packages;
pub mod text;
pub mod words;
