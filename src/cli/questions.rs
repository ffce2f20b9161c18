//! The command line of the questions about one case.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{EncodingName, values};
use crate::model::Month;

pub(super) const EXPLAIN: &str = "\
Examples:
  trtc-recon explain cases/acme-2024-10 5f390a5e5c66
  trtc-recon explain cases/acme-2024-10 1400000001/2024-10-03/av.hd --all
  trtc-recon explain cases/acme-2024-10 -- -/2024-10/relay.third
  trtc-recon explain cases/acme-2024-10 5f390a5e5c66 --format html > line.html

Ids stand in discrepancies.csv, the other names are made of the columns of charges.csv. `-` (after
`--`), or nothing before the first `/`, stands for an item of the whole account. In the table,
`*` behind `after` says that other lines took from the grant in between.

Exit status:
  0  explained
  2  bad arguments or input, or no such line: the nearest are named";

pub(super) const SENSITIVITY: &str = "\
Example:
  trtc-recon sensitivity cases/acme-2024-10

Exit status:
  0  said
  2  bad arguments or input";

pub(super) const SELFTEST: &str = "\
Examples:
  trtc-recon selftest cases/acme-2024-10
  trtc-recon selftest cases --sum

Nothing is written. `lines` is how many lines of the bill the error changes, `found` on how many of
them a discrepancy stands, `named` whether every one of these says what was planted. Errors of the
bill itself stay in it, and do not count.

Exit status:
  0  every planted error was found on its lines, and on no other
  1  one was not
  2  bad arguments or input
  3  no line of the bill agrees, so nothing can be planted";

/// The forms of a derivation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ExplainFormat {
    Text,
    Html,
}

/// `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The case folder
    pub case: PathBuf,
    /// The line: a discrepancy's id, or <SDKAppID>/<day or month>/<item>
    #[arg(allow_hyphen_values = true)]
    pub line: String,
    /// Show each interval, also those without anything special
    #[arg(long)]
    pub all: bool,
    /// As text, or as a page that can be sent
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
    /// The billing month, instead of the one in account.toml
    #[arg(long, value_name = "YYYY-MM", value_parser = values::month)]
    pub period: Option<Month>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
    /// The encoding of text files, instead of the detected one
    #[arg(long, value_enum)]
    pub encoding: Option<EncodingName>,
}

/// `sensitivity`.
#[derive(Debug, Args)]
pub struct Sensitivity {
    /// The case folder
    pub case: PathBuf,
    /// Show each line at an edge
    #[arg(long)]
    pub all: bool,
    /// The billing month, instead of the one in account.toml
    #[arg(long, value_name = "YYYY-MM", value_parser = values::month)]
    pub period: Option<Month>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
    /// The encoding of text files, instead of the detected one
    #[arg(long, value_enum)]
    pub encoding: Option<EncodingName>,
}

/// `selftest`.
#[derive(Debug, Args)]
pub struct Selftest {
    /// Case folders, or folders of case folders
    #[arg(required = true, value_name = "CASE|BATCH")]
    pub cases: Vec<PathBuf>,
    /// Of several cases, only the sums
    #[arg(long)]
    pub sum: bool,
    /// The billing month, instead of the one in account.toml
    #[arg(long, value_name = "YYYY-MM", value_parser = values::month)]
    pub period: Option<Month>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
}
