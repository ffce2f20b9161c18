//! Tools beside the way of a bill: calculators, made-up cases, proofs, the claim, the follow-up.

pub mod accrue;
pub mod allocate;
pub mod backtest;
pub mod diff;
pub mod dispute;
pub mod estimate;
pub mod followup;
pub mod generate;
pub mod history;
pub mod init;
pub mod meter;
pub mod past_report;
pub mod selftest;
pub mod signature;
pub mod split;
