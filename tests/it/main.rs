//! All integration tests in one binary, so that the large dependencies are
//! linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is a failed test")]

mod accounts;
mod agreement;
mod audit;
mod balances;
mod commands;
mod cron;
mod defects;
mod docs;
mod handbook;
mod issued;
mod laws;
mod meter;
mod own_card;
mod planted;
mod reference;
mod run;
mod samples;
mod schema;
mod seeds;
mod terminal;
mod texts;
mod threads;
mod tidy;
