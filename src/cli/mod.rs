//! The command line: commands and their flags, nothing else.
#![allow(missing_docs, reason = "a flattened group is documented where it is defined")]
#![allow(rustdoc::invalid_html_tags, reason = "help texts are for a terminal: <uin> is no tag there")]

mod calculators;
#[cfg(feature = "spark")]
mod cluster;
pub mod lang;
mod months;
mod over_time;
mod questions;
mod values;

use std::path::PathBuf;

pub use calculators::{Estimate, FilesName, Generate, LayoutName, Meter, OrderName, Quote, Refund, Split};
#[cfg(feature = "spark")]
pub use cluster::{Merge, ModeName, Worker};
pub use months::{Accrue, Allocate, Backtest};
pub use over_time::{Diff, History, Sign};
pub use questions::{Explain, ExplainFormat, Selftest, Sensitivity};
use values::{decimal, month};

use crate::i18n::Lang;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Recomputes Tencent RTC charges from usage exports and says, to the last
/// decimal, where and why a bill differs.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 120, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Colours: on a terminal, unless `NO_COLOR` is set; or always, or never
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto", global = true, help_heading = "Output")]
    pub color: ColorName,
    /// A folder of further plans, packages and offers
    #[arg(long, value_name = "DIR", global = true, help_heading = "Catalogue")]
    pub plans: Option<PathBuf>,
    /// Findings and progress on standard error: for people, or a JSON object per line
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text", global = true, help_heading = "Output")]
    pub log_format: LogFormatName,
    /// The language of what is printed, and of the report.
    #[arg(long, value_enum, global = true, help_heading = "Output", help = LANG)]
    pub lang: Option<LangName>,
}

const LANG: &str = "The language of what is printed, and of the report [default: TRTC_RECON_LANG; then the locale for \
                    what is printed; then zh for site cn, en for site intl]";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Recompute the charges, hold the bill against them, write the report
    #[command(after_long_help = RECONCILE)]
    Reconcile {
        #[command(flatten)]
        run: Run,
        #[command(flatten)]
        tolerance: ToleranceArgs,
        #[command(flatten)]
        further: FurtherArgs,
    },
    /// Recompute the charges alone; bills/ may be absent
    #[command(after_long_help = RATE)]
    Rate {
        #[command(flatten)]
        run: Run,
        /// Rate again with another rule, show both and write nothing (repeatable): discount=0.9
        #[arg(long, value_name = "RULE=VALUE")]
        with: Vec<String>,
    },
    /// Look at the inputs alone: what was found, complete or not, gaps, duplicates
    #[command(after_long_help = CHECK)]
    Check {
        #[command(flatten)]
        cases: Cases,
    },
    /// Derive one line down to its source cells, with the bill's own line beside it
    #[command(after_long_help = questions::EXPLAIN)]
    Explain(Explain),
    /// Say what a month's total hangs on: open readings, and what stands at an edge
    #[command(after_long_help = questions::SENSITIVITY)]
    Sensitivity(Sensitivity),
    /// Plant errors in a copy of a case's own bill, and say which are found and named
    #[command(after_long_help = questions::SELFTEST)]
    Selftest(Selftest),
    /// Make usage of call records, by the clocks of a rate card
    #[command(after_long_help = calculators::METER)]
    Meter(Meter),
    /// Estimate a month's usage and money, as you go and by packages
    #[command(after_long_help = calculators::ESTIMATE)]
    Estimate(Box<Estimate>),
    /// Say what a package of some size costs
    #[command(after_long_help = calculators::QUOTE)]
    Quote(Quote),
    /// Say whether a grant may be returned, and for how much
    #[command(after_long_help = calculators::REFUND)]
    Refund(Refund),
    /// Show the rate cards
    #[command(after_long_help = CARDS)]
    Cards {
        #[command(subcommand)]
        command: CardsCommand,
        /// A folder of further rate cards
        #[arg(long, value_name = "DIR", global = true)]
        cards: Option<PathBuf>,
    },
    /// Show the plans and packages that a grant or subscription may name
    #[command(after_long_help = "Example:\n  trtc-recon plans")]
    Plans,
    /// Show the items that usage, prices and aliases may name, with their units
    #[command(after_long_help = "Example:\n  trtc-recon items")]
    Items,
    /// Run a report again from its manifest; equal to the byte, or exit status 1
    #[command(after_long_help = REPLAY)]
    Replay {
        /// The folder of the report
        report: PathBuf,
        /// The case folder [default: the one near the report, or in the current folder, that it was made of]
        case: Option<PathBuf>,
        /// The folder of further rate cards that the report was made with
        #[arg(long, value_name = "DIR")]
        cards: Option<PathBuf>,
    },
    /// Begin a case: of downloads, of the month before, or with a commented account.toml
    #[command(after_long_help = INIT)]
    Init(Init),
    /// Make a case for each account of a payer's bill
    #[command(after_long_help = calculators::SPLIT)]
    Split(Split),
    /// Show how two bills, usage exports or reports of a month differ, row by row
    #[command(after_long_help = over_time::DIFF)]
    Diff(Diff),
    /// Put the reports of many months next to each other: usage, cost, packages, claims
    #[command(after_long_help = over_time::HISTORY)]
    History(History),
    /// Sign the report of a month, so that a later change is named
    #[command(after_long_help = over_time::SIGN)]
    Sign(Sign),
    /// Say what a month will cost before its bill, as a range, and what to post
    #[command(after_long_help = months::ACCRUE)]
    Accrue(Accrue),
    /// Say what several months would have cost under other plans and packages
    #[command(after_long_help = months::BACKTEST)]
    Backtest(Backtest),
    /// Allocate the payable total to departments and applications
    #[command(after_long_help = months::ALLOCATE)]
    Allocate(Allocate),
    /// Print the JSON Schema of account.toml or of reconciliation.json
    #[command(after_long_help = "Example:\n  trtc-recon schema account > account.schema.json")]
    Schema {
        /// Of what
        of: SchemaName,
    },
    /// Make up a case: usage, and the bill that is right for it
    #[command(after_long_help = calculators::GENERATE)]
    Generate(Generate),
    /// Rate the accounts of one partition of a cluster: an Arrow stream in, one out
    #[cfg(feature = "spark")]
    #[command(after_long_help = cluster::WORKER)]
    Worker(Worker),
    /// Make the reports of what the workers of a cluster wrote
    #[cfg(feature = "spark")]
    #[command(after_long_help = cluster::MERGE)]
    Merge(Merge),
    /// Print a script that completes commands in a shell
    #[command(
        after_long_help = "Example:\n  trtc-recon completions bash > ~/.local/share/bash-completion/completions/trtc-recon"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_long_help = "Example:\n  trtc-recon man > trtc-recon.1 && man ./trtc-recon.1")]
    Man,
    /// (internal) Read an old workbook from stdin, in a process of its own
    #[command(hide = true)]
    ReadLegacySheet,
}

const RECONCILE: &str = "\
Examples:
  trtc-recon reconcile cases/acme-2024-10
  trtc-recon reconcile cases --out reports --abs-tol 0.01 --quiet
  trtc-recon reconcile cases/acme-2024-10 --dispute
  trtc-recon reconcile cases/acme-2024-10 --previous reports --out reports

Exit status:
  0  reconciled within tolerance (check: all is well)
  1  a certain discrepancy on the vendor's side
  2  bad arguments, configuration or input; nothing is written
  3  inconclusive: the data cannot decide (only rounded minutes, missing days, something missing on our side)
In a batch the worst case decides: 2 over 1 over 3 over 0.";

const RATE: &str = "\
Examples:
  trtc-recon rate cases/acme-2024-10 --format csv
  trtc-recon rate cases/acme-2024-10 --with metering_scope=account --with price.av.hd=3.50

--with shows the month under other rules beside the plain result, item by item, and writes nothing.
Rules: partial_minute, metering_scope, tie_order, settlement, cut, card, registered,
first_app_created, discount, price.<item> (in the card's unit, or `list`), plan.<id> and
minutes.<id> of a grant or subscription. `none` takes away: discount=none, plan.<id>=none.

Exit status:
  0  rated
  2  bad arguments, configuration or input; nothing is written";

const CHECK: &str = "\
Example:
  trtc-recon check cases/acme-2024-10

Exit status:
  0  all is well
  2  bad arguments, configuration or input
  3  days are missing, or some usage is known only in rounded minutes
In a batch the worst case decides: 2 over 3 over 0.";

const INIT: &str = "\
Examples:
  trtc-recon init cases/acme-2024-10 --from downloads
  trtc-recon init cases/acme-2024-11 --next reports/100000000001-2024-10
  trtc-recon init cases/acme-2024-10

--from sorts what was downloaded by its headers, links it into the case (or copies it, across disks)
and writes account.toml, with the file and row behind each value. What no file says is left out
and listed; on a terminal it is asked. Then the case is checked.

Exit status:
  0  the case is there, and all is well
  2  a file cannot be used, or something is wanted that no file says
  3  the case is there; days are missing, or some usage is known only in rounded minutes";

const CARDS: &str = "\
Examples:
  trtc-recon cards list
  trtc-recon cards show intl-2024
  trtc-recon cards diff cn-2020 cn-2022";

const REPLAY: &str = "\
Examples:
  trtc-recon replay reports/100000000001-2024-10
  trtc-recon replay reports/100000000001-2024-10 cases/acme-2024-10

A manifest names no folder, so the case is found by its account.toml: the one of the recorded
digest in the current folder, in the two folders above the report, or up to two deep in these.

Exit status:
  0  the same bytes
  1  a file differs
  2  no report, no case, or refused inputs";

/// Which cases.
#[derive(Debug, Args)]
pub struct Cases {
    /// Case folders (with an account.toml), or folders of case folders
    #[arg(required = true, value_name = "CASE|BATCH")]
    pub cases: Vec<PathBuf>,
    /// The billing month, instead of the one in account.toml
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    pub period: Option<crate::model::Month>,
    /// How many cases (and files) to work on side by side [default: all cores, two cases for each]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
    /// The encoding of text files, instead of the detected one
    #[arg(long, value_enum)]
    pub encoding: Option<EncodingName>,
    /// Say nothing where all is well
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

/// `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The folder of the case; of several accounts or months the folder of their cases
    #[arg(value_name = "CASE")]
    pub folder: PathBuf,
    /// Folders of downloads (or single files): usage, bills, package lists and zips, sorted by their headers
    #[arg(long, value_name = "FOLDER", num_args = 1.., conflicts_with = "next")]
    pub from: Vec<PathBuf>,
    /// The report of the month before: its closing balances become this case's openings
    #[arg(long, value_name = "REPORT")]
    pub next: Option<PathBuf>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
}

/// Which cases, and what to write.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    pub cases: Cases,
    /// The folder that gets a folder <uin>-<period> for each case
    #[arg(short, long, value_name = "DIR", default_value = "reports", help_heading = "Output")]
    pub out: PathBuf,
    /// What to write, joined by commas: csv,xlsx
    #[arg(long, value_enum, value_delimiter = ',', help_heading = "Output", default_values_t = [FormatName::Csv, FormatName::Json, FormatName::Xlsx, FormatName::Html])]
    pub format: Vec<FormatName>,
    /// Skip the cases whose report still holds: same version, arguments and inputs, every file as it was written
    #[arg(long, conflicts_with = "cards", help_heading = "Output")]
    pub resume: bool,
    /// Also name inputs and outputs by this digest, beside BLAKE3 (which `b3sum` verifies)
    #[arg(long, value_enum, value_name = "DIGEST")]
    pub digest: Option<DigestName>,
}

/// What is forgiven, per line: met if either bound is met.
#[derive(Debug, Args)]
pub struct ToleranceArgs {
    /// Forgive a line that differs by at most so much money
    #[arg(long, value_name = "MONEY", default_value = "0", value_parser = decimal, help_heading = "Comparison", allow_negative_numbers = true)]
    pub abs_tol: rust_decimal::Decimal,
    /// Forgive a line that differs by at most such a part of its expected amount
    #[arg(long, value_name = "PART", default_value = "0", value_parser = decimal, help_heading = "Comparison", allow_negative_numbers = true)]
    pub rel_tol: rust_decimal::Decimal,
}

/// What is asked for beside the comparison.
#[derive(Debug, Args)]
pub struct FurtherArgs {
    /// Also write dispute/: a letter to the vendor with what is certainly overcharged, and its usage
    #[arg(long, help_heading = "Output")]
    pub dispute: bool,
    /// An earlier report, or a folder of them: what became of its findings, with status, owner and
    /// comment from its workbook
    #[arg(long, value_name = "DIR", help_heading = "Comparison")]
    pub previous: Option<PathBuf>,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum FormatName {
    Csv,
    Json,
    Xlsx,
    Html,
    Focus,
    #[cfg(feature = "polars")]
    Parquet,
    Sarif,
    Junit,
}

/// A digest that is wanted beside BLAKE3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum DigestName {
    Sha256,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum SchemaName {
    Account,
    Reconciliation,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ColorName {
    Auto,
    Always,
    Never,
}

/// How findings and progress are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LogFormatName {
    Text,
    Json,
}

/// Languages by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs, reason = "the names say it")]
pub enum LangName {
    Zh,
    En,
}

impl From<LangName> for Lang {
    fn from(name: LangName) -> Self {
        match name {
            LangName::Zh => Self::Zh,
            LangName::En => Self::En,
        }
    }
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
