//! Tools beside the way of a bill: calculators, made-up cases, proofs, the claim, the follow-up.

pub mod accrue;
pub mod allocate;
pub mod backtest;
pub mod dispute;
pub mod estimate;
pub mod followup;
pub mod generate;
pub mod init;
pub mod meter;
pub mod selftest;
pub mod split;
