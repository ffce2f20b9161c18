//! All integration tests in one binary, so that the large dependencies are
//! linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is a failed test")]

mod accounts;
mod agreement;
mod audit;
mod batch;
mod commands;
mod defects;
mod docs;
mod issued;
mod laws;
mod meter;
mod own_card;
#[cfg(feature = "polars")]
mod parquet;
mod planted;
mod reference;
mod run;
mod samples;
mod seeds;
#[cfg(feature = "spark")]
mod spark;
mod texts;
mod threads;
mod tidy;
