//! 3 RATE: usage, grants and rules become charges: pure.
//!
//! [`rate`] is a function of its arguments. It cannot read a file or a clock,
//! so a changed rule is the same call with other terms.

pub mod charge;
pub mod drawdown;
