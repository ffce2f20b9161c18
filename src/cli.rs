//! What was typed: the commands and their flags, nothing else.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Recomputes Tencent RTC charges from usage exports and says, to the last
/// decimal, where and why a bill differs.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Recompute the charges, hold the bill against them, write the report
    #[command(after_help = STATUS)]
    Reconcile {
        #[command(flatten)]
        run: Run,
        #[command(flatten)]
        tolerance: ToleranceArgs,
    },
    /// Recompute the charges alone; bills/ may be absent
    #[command(after_help = STATUS)]
    Rate {
        #[command(flatten)]
        run: Run,
    },
    /// Look at the inputs alone: what was found, complete or not, gaps, duplicates
    #[command(after_help = STATUS)]
    Check {
        #[command(flatten)]
        cases: Cases,
    },
    /// The rate cards
    Cards {
        #[command(subcommand)]
        command: CardsCommand,
        /// A folder of further rate cards
        #[arg(long, value_name = "DIR", global = true)]
        cards: Option<PathBuf>,
    },
    /// The plans and packages that a grant or subscription may name
    Plans,
    /// (internal) Read an old workbook from stdin, in a process of its own
    #[command(hide = true)]
    ReadLegacySheet,
}

const STATUS: &str = "\
Exit status:
  0  reconciled within tolerance (check: all is well)
  1  a discrepancy
  2  bad arguments, configuration or input; nothing is written
  3  inconclusive: the data cannot decide (only rounded minutes, missing days)
In a batch the worst case decides: 2 over 1 over 3 over 0.";

/// Which cases.
#[derive(Debug, Args)]
pub struct Cases {
    /// Case folders (with an account.toml), or folders of case folders
    #[arg(required = true, value_name = "CASE|BATCH")]
    pub cases: Vec<PathBuf>,
    /// The billing month, instead of the one in account.toml
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    pub period: Option<crate::domain::Month>,
    /// How many cases (and files) to work on side by side [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
    /// The encoding of text files, instead of the detected one
    #[arg(long, value_enum)]
    pub encoding: Option<EncodingName>,
    /// Say nothing where all is well
    #[arg(long)]
    pub quiet: bool,
}

/// Which cases, and what to write.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub cases: Cases,
    /// The folder that gets a folder <uin>-<period> for each case
    #[arg(long, value_name = "DIR", default_value = "reports")]
    pub out: PathBuf,
    /// What to write
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [FormatName::Csv, FormatName::Json, FormatName::Xlsx, FormatName::Html])]
    pub format: Vec<FormatName>,
}

/// What is forgiven, per line: met if either bound is met.
#[derive(Debug, Args)]
pub struct ToleranceArgs {
    /// Forgive a line that differs by at most so much money
    #[arg(long, value_name = "MONEY", default_value = "0", value_parser = decimal)]
    pub abs_tol: rust_decimal::Decimal,
    /// Forgive a line that differs by at most such a part of its expected amount
    #[arg(long, value_name = "PART", default_value = "0", value_parser = decimal)]
    pub rel_tol: rust_decimal::Decimal,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum FormatName {
    Csv,
    Json,
    Xlsx,
    Html,
}

/// Encodings by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum EncodingName {
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "gb18030", alias = "gbk")]
    Gb18030,
    #[value(name = "utf-16le")]
    Utf16Le,
    #[value(name = "utf-16be")]
    Utf16Be,
}

/// About rate cards.
#[derive(Debug, Subcommand)]
pub enum CardsCommand {
    /// List the cards
    List,
    /// Show a card whole: prices, tiers, clocks, ratios, each with its source
    Show {
        /// The card
        id: String,
    },
    /// Show what two cards do differently
    Diff {
        /// The one card
        a: String,
        /// The other card
        b: String,
    },
}

fn month(text: &str) -> Result<crate::domain::Month, String> {
    crate::domain::Month::parse(text).ok_or_else(|| "write a month as 2024-10".to_owned())
}

fn decimal(text: &str) -> Result<rust_decimal::Decimal, String> {
    crate::domain::number::parse_decimal(text)
        .filter(|number| !number.is_sign_negative())
        .ok_or_else(|| "write a plain decimal such as 0.01".to_owned())
}
