//! All integration tests in one binary, so that the large dependencies are
//! linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is a failed test")]
#![allow(
    clippy::too_many_lines,
    clippy::type_complexity,
    clippy::match_same_arms,
    clippy::needless_pass_by_value,
    reason = "test code: tables of cases are long, and say a thing once for each case"
)]
#![allow(clippy::maybe_infinite_iter, reason = "test code: a search that does not end is a failed test")]
#![allow(clippy::disallowed_types, reason = "test code: cells of spreadsheets are doubles")]

mod accounts;
mod accrue;
mod again;
mod agreement;
#[cfg(feature = "polars")]
mod allocate;
mod audit;
mod backtest;
mod balances;
mod batch;
mod bombs;
mod calculators;
mod chinese;
mod claims;
mod commands;
mod cron;
mod defects;
mod diff;
mod docs;
mod documents;
mod downloads;
#[cfg(feature = "polars")]
mod exports;
mod faults;
mod field;
mod files;
mod findings;
mod flips;
mod forms;
mod gallery;
mod handbook;
mod history;
mod issued;
mod laws;
mod many;
mod matrix;
mod meter;
mod misread;
mod months;
mod mutations;
mod ours;
mod own_card;
#[cfg(feature = "polars")]
mod parquet;
mod people;
mod planted;
mod questions;
mod readings;
mod reference;
mod run;
mod samples;
mod schema;
mod seeds;
#[cfg(feature = "spark")]
mod spark;
mod terminal;
mod texts;
mod threads;
mod tidy;

/// The program, in an environment that names no language.
fn program() -> std::process::Command {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_trtc-recon"));
    for name in ["TRTC_RECON_LANG", "LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    command
}
