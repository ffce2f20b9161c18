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
//! values. Beside this way, [`meter`] makes usage of call records, and
//! [`estimate`] rates months that were only thought of.

pub mod diagnostic;
pub mod digest;
pub mod domain;
pub mod interrupt;
pub mod paint;
pub mod progress;

pub mod assertion;
pub mod audit;
pub mod case;
pub mod derivation;
pub mod dispute;
pub mod explain;
pub mod followup;
pub mod ingest;
pub mod meter;
pub mod normalise;
pub mod ratecard;
pub mod rating;
pub mod reconcile;
pub mod report;

pub mod estimate;
pub mod generate;
pub mod selftest;
pub mod sensitivity;
pub mod what_if;

pub mod cli;
pub mod commands;
pub mod pipeline;
#[cfg(feature = "spark")]
pub mod spark;
