//! trtc-recon: recompute Tencent RTC charges and hold them against the bill.
//!
//! The way of the data, which is also the order of the modules:
//!
//! ```text
//! case folder ──▶ 1 READ ──▶ 2 NORMALISE ──▶ 3 RATE ──▶ 4 COMPARE ──▶ 5 EXPLAIN ──▶ 6 REPORT
//! account.toml    tables      usage, invoice   charges    discrepancies  causes         files
//!                 of text     lines            drawdown
//! ```
//!
//! READ and REPORT touch files; what lies between takes values and returns
//! values. Beside this way, [`tools::meter`] makes usage of call records, and
//! [`tools::estimate`] rates months that were only thought of.

pub mod digest;
pub mod i18n;
pub mod interrupt;
pub mod model;
pub mod progress;

pub mod audit;
pub mod case;
pub mod causes;
pub mod compare;
pub mod explain;
pub mod normalise;
pub mod rate;
pub mod read;
pub mod report;
pub mod rules;
pub mod tools;

pub mod cli;
pub mod commands;
pub mod pipeline;
#[cfg(feature = "spark")]
pub mod spark;
