//! The command line of the workers of a cluster, and of merging what they wrote.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{FormatName, values};

pub(super) const WORKER: &str = "\
Reads an Arrow stream from standard input (account, app, item, start, seconds; sorted by account, start,
item, app) and writes one of tagged rows to standard output, each followed by a trailer of 16 bytes: the
mark trtcEND1 and the number of rows. See deploy/spark/README.md.

Exit status:
  0  every account was rated, and the stream has its end
  2  a row, an account or the stream was refused; what was written has no end and does not count";

pub(super) const MERGE: &str = "\
Example:
  trtc-recon merge rows --out reports --rows 1500000 --total 90000000

Exit status:
  0  a folder for each account
  2  something is missing, doubled or changed; nothing was written";

/// `worker`.
#[derive(Debug, Args)]
pub struct Worker {
    /// A zip of accounts/<uin>.toml, and of cards/*.toml where there are further rate cards
    #[arg(long, value_name = "ZIP")]
    pub terms: PathBuf,
    /// The SHA-256 of that file
    #[arg(long, value_name = "HEX")]
    pub terms_sha256: String,
    /// What the stream holds: rows of usage, or files of usage (account, path, content)
    #[arg(long, value_enum, default_value_t = ModeName::Rows)]
    pub mode: ModeName,
    /// The billing month, instead of the one in account.toml
    #[arg(long, value_name = "YYYY-MM", value_parser = values::month)]
    pub period: Option<crate::model::Month>,
    /// What to write for each account
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [FormatName::Csv])]
    pub format: Vec<FormatName>,
    /// How many threads to use
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: u16,
}

/// What a stream holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ModeName {
    Rows,
    Csv,
}

/// `merge`.
#[derive(Debug, Args)]
pub struct Merge {
    /// The folder of parts that the job wrote, with its mark of success
    pub rows_folder: PathBuf,
    /// A fresh folder that gets a folder <uin>-<period> for each account
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How many rows of usage (files, in mode csv) were sent to the workers
    #[arg(long, value_name = "N")]
    pub rows: i128,
    /// Their seconds (bytes, in mode csv) in all
    #[arg(long, value_name = "N")]
    pub total: i128,
}
