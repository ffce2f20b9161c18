//! The command line of the calculators.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values;
use crate::model::{AppId, Day, Month, PackMinutes};
use crate::tools::meter::Picture;

pub(super) const QUOTE: &str = "\
Examples:
  trtc-recon quote --card cn-2022 --minutes 3000000
  trtc-recon quote --card intl-2024 --minutes 450000 --plan live-pro

`shown per 1000` is the price as the vendor's page prints it, rounded up at 3 decimals; `at that
price` is what a bill at the printed price would come to.";

pub(super) const ESTIMATE: &str = "\
Examples:
  trtc-recon estimate --card cn-2022 --rooms 10 --hosts 2 --viewers 8 --minutes 60 --tier hd
  trtc-recon estimate --card intl-2024 --rooms 5 --hosts 3 --viewers 20 --minutes 45 --picture 640x480
  trtc-recon estimate --case cases/acme-2024-10
  trtc-recon estimate --case cases/acme-2024-10 --plan rtc-engine-standard --app 1400000001

Each host receives the other hosts, each viewer all hosts. On a card that adds up the areas of the
received pictures, a picture of a tier counts as the largest of that tier.";

pub(super) const METER: &str = "\
Example:
  trtc-recon meter calls.csv --card intl-2024 --out case/usage/metered.csv
  trtc-recon meter calls.csv --card intl-2024 --robots

The records have the columns sdk_app_id, room_id, actor_id, activity, start, end, streams (and,
where they are needed, output, copies and kbps). A relay is counted by its kbps: the highest sum of
each five minutes, in Mbps.";

pub(super) const GENERATE: &str = "\
Examples:
  trtc-recon generate try && trtc-recon reconcile try
  trtc-recon generate try --apps 3 --errors 5 --seed 2
  trtc-recon generate large --apps 200

Every application has five items in every 5 minutes: 200 applications over 31 days are 8,928,000
rows (2.6 GB). The same seed gives the same bytes. Every column of the usage detail is filled,
抵扣用量 and 抵扣余量 by the packages of the account.";

/// `generate`.
#[derive(Debug, Args)]
pub struct Generate {
    /// The folder of the case
    pub folder: PathBuf,
    /// Applications
    #[arg(long, value_name = "N", default_value = "20", value_parser = clap::value_parser!(u16).range(1..))]
    pub apps: u16,
    /// What the figures follow from
    #[arg(long, value_name = "S", default_value = "1")]
    pub seed: u64,
    /// Days of usage, from the 1st on [default: the whole month]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=31))]
    pub days: Option<u32>,
    /// The most rows of usage
    #[arg(long, value_name = "N")]
    pub rows: Option<u64>,
    /// The billing month
    #[arg(long, value_name = "YYYY-MM", default_value = "2024-10", value_parser = super::month)]
    pub period: Month,
    /// The form of the usage
    #[arg(long, value_enum, default_value = "detail")]
    pub layout: LayoutName,
    /// The order of its rows
    #[arg(long, value_enum, default_value = "time")]
    pub order: OrderName,
    /// Its files
    #[arg(long, value_enum, default_value = "one")]
    pub files: FilesName,
    /// Pack each file into a zip of its own
    #[arg(long)]
    pub zip: bool,
    /// Lines of the bill that are made wrong
    #[arg(long, value_name = "N", default_value = "0")]
    pub errors: u32,
}

/// Forms of usage by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LayoutName {
    /// The vendor's usage detail as CSV
    Detail,
    /// The vendor's usage detail as a workbook
    Workbook,
    /// The tool's own CSV
    Tidy,
}

/// Orders of usage by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OrderName {
    /// By time, then application
    Time,
    /// By application, then time
    App,
}

/// Files of usage by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FilesName {
    /// One
    One,
    /// One a day
    Day,
    /// One an application
    App,
}

/// `quote`.
#[derive(Debug, Args)]
pub struct Quote {
    /// The rate card beside which the package is sold
    #[arg(long, value_name = "ID")]
    pub card: String,
    /// The minutes of the package
    #[arg(long, value_name = "N", value_parser = values::minutes)]
    pub minutes: PackMinutes,
    /// Only this plan
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<String>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
}

/// `estimate`.
#[derive(Debug, Args)]
pub struct Estimate {
    /// The rate card
    #[arg(long, value_name = "ID", required_unless_present = "case", conflicts_with = "case")]
    pub card: Option<String>,
    /// Rooms a day
    #[arg(long, value_name = "N", required_unless_present = "case", conflicts_with = "case",
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub rooms: Option<u32>,
    /// Who send, in each room
    #[arg(long, value_name = "N", required_unless_present = "case", conflicts_with = "case",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub hosts: Option<u32>,
    /// Who only receive, in each room
    #[arg(long, value_name = "N", required_unless_present = "case", conflicts_with = "case",
          value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
    pub viewers: Option<u32>,
    /// How long a room lasts a day
    #[arg(long, value_name = "MIN", required_unless_present = "case", conflicts_with = "case",
          value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub minutes: Option<u32>,
    /// What each host sends: audio, or the tier of its picture
    #[arg(long, required_unless_present_any = ["case", "picture"], conflicts_with_all = ["case", "picture"])]
    pub tier: Option<String>,
    /// The size of the picture that each host sends, instead of --tier
    #[arg(long, value_name = "WxH", conflicts_with = "case", value_parser = values::picture)]
    pub picture: Option<Picture>,
    /// Days of the month
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=31))]
    pub days: u32,
    /// A case folder: what would its month have cost with one plan more?
    #[arg(long, value_name = "CASE")]
    pub case: Option<PathBuf>,
    /// Only this plan [default: each that is sold with the card]
    #[arg(long, value_name = "PLAN", requires = "case")]
    pub plan: Option<String>,
    /// The minutes of a plan of any size
    #[arg(long, value_name = "MIN", requires = "plan", value_parser = values::minutes)]
    pub size: Option<PackMinutes>,
    /// The application that a plan bound to one is bought for [default: each in turn]
    #[arg(long, value_name = "SDKAppID", requires = "case")]
    pub app: Option<AppId>,
    /// The billing month, instead of the one in account.toml
    #[arg(long, value_name = "YYYY-MM", requires = "case", value_parser = values::month)]
    pub period: Option<Month>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
}

/// `meter`.
#[derive(Debug, Args)]
pub struct Meter {
    /// The call records: .csv or .xlsx
    #[arg(value_name = "CALLS.csv")]
    pub calls: PathBuf,
    /// The rate card whose clocks run
    #[arg(long, value_name = "ID")]
    pub card: String,
    /// Where to write the usage [default: standard output]
    #[arg(long, value_name = "USAGE.csv")]
    pub out: Option<PathBuf>,
    /// Add the time in the room of the robots of recording, mixing and relay: the records have no rows for them
    #[arg(long)]
    pub robots: bool,
    /// The encoding of the records, instead of the detected one
    #[arg(long, value_enum)]
    pub encoding: Option<super::EncodingName>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
}

pub(super) const REFUND: &str = "\
Example:
  trtc-recon refund cases/acme-2024-10 --grant pack-1 --on 2024-10-08

Exit status:
  0  it may be returned
  1  it may not, with every reason
  2  bad arguments, configuration or input";

/// `refund`.
#[derive(Debug, Args)]
pub struct Refund {
    /// The case folder
    #[arg(value_name = "CASE")]
    pub case: PathBuf,
    /// The grant, or the cycle of a subscription (sub-1#1)
    #[arg(long, value_name = "ID")]
    pub grant: String,
    /// The day on which it is asked for
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub on: Day,
    /// The account has had a refund before
    #[arg(long)]
    pub had_one: bool,
    /// The billing month, instead of the one in account.toml
    #[arg(long, value_name = "YYYY-MM", value_parser = values::month)]
    pub period: Option<Month>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
}

pub(super) const SPLIT: &str = "\
Example:
  trtc-recon split downloads/200000000001-202410-bill_details.zip --out cases

A bill that one account pays for several, or a reseller for its customers, becomes a case for each
account that owns rows of it, and for each month: <out>/<uin>-<month>/ with account.toml and bills/.
Every row goes to its owner (使用者UIN, Owner Account ID), whatever its product; the written parts are read
and must come to the payer's bill to the last decimal. Usage exports go into the usage/ of each case.

Exit status:
  0  split; the parts add up to the bill
  2  bad arguments or input; nothing is written";

/// `split`.
#[derive(Debug, Args)]
pub struct Split {
    /// Bills of the payer, or folders of them
    #[arg(required = true, value_name = "BILL")]
    pub bills: Vec<PathBuf>,
    /// The folder in which the cases are made
    #[arg(long, value_name = "CASES")]
    pub out: PathBuf,
}
