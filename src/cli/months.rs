//! The command line of the commands on an account's months over time.

use std::path::PathBuf;

use clap::Args;

use super::{EncodingName, values};
use crate::model::{Day, Month};

pub(super) const ALLOCATE: &str = "\
Examples:
  trtc-recon allocate cases/acme-2024-10
  trtc-recon allocate cases --out allocation --key unused=equal --key relay=department:streaming

Usage is its application's; departments stand in account.toml ([[app]] department). A fee goes to
the applications by the package minutes that each took in the month. What no application caused
alone goes by a key: unused (package minutes that nothing used; default covered), relay (default
samples), fees (fees of the account without minutes; default cost), minimum (a minimum commitment;
default cost). The keys are: covered, the package minutes that each application took; samples, its
own relayed bandwidth; cost, what its usage is charged; minutes, its billable minutes; equal;
an SDKAppID; department:NAME. Where a key has nothing to go by, cost, minutes and equal follow.

Cents go by largest remainder, so that the parts add up to the payable total. With --out:
journal.csv, a debit for each part and a credit of the total, and focus.csv with tags.

Exit status:
  0  allocated
  2  bad arguments or input; nothing is written";

pub(super) const ACCRUE: &str = "\
Examples:
  trtc-recon accrue cases/acme-2024-10
  trtc-recon accrue cases/acme-2024-10 --until 2024-10-20
  trtc-recon accrue cases/acme-2024-10 --until 2024-10-20 --true-up reports/100000000001-2024-10

The case is that of the month, with the usage exported so far; bills/ may be absent. Each day to
come is taken as the same weekday of up to eight weeks before, the one of least, middle and most
worth (for the most also the day before and after it), and the month is rated by the rules of a
bill: low, likely and high. The likely total is posted. Purchases of account.toml count on their
day, renewals too.

--true-up compares the accrual with the bill of a report: the accrual and the true-up are the bill.

Exit status:
  0  said
  2  bad arguments or input";

/// `accrue`.
#[derive(Debug, Args)]
pub struct Accrue {
    /// The case folder
    pub case: PathBuf,
    /// The last day whose usage is whole [default: the last day with usage]
    #[arg(long, value_name = "DATE", value_parser = values::day)]
    pub until: Option<Day>,
    /// The report of the month's bill: compare the accrual with it
    #[arg(long, value_name = "REPORT")]
    pub true_up: Option<PathBuf>,
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

pub(super) const BACKTEST: &str = "\
Examples:
  trtc-recon backtest cases/acme-2024-10 cases/acme-2024-11 cases/acme-2024-12
  trtc-recon backtest cases

The cases are months of one account that follow each other. Each set of purchases is rated exactly,
month by month. Purchases of account.toml within the months are kept or left out, packages without
`paid` at their list price; what was given stays. What is bought instead or as well is bought on the
1st of a month: packages of the account, and for each application one plan of each product. A plan
is left out where it costs as much as all usage that it could cover. Up to 4096 sets are all tried;
of more, one place after the other is changed until no change makes it cheaper.

Exit status:
  0  said
  2  bad arguments or input";

/// `backtest`.
#[derive(Debug, Args)]
pub struct Backtest {
    /// The cases of the months, or folders of case folders
    #[arg(required = true, value_name = "CASE|BATCH")]
    pub cases: Vec<PathBuf>,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
    /// The encoding of text files, instead of the detected one
    #[arg(long, value_enum)]
    pub encoding: Option<EncodingName>,
}

/// `allocate`.
#[derive(Debug, Args)]
pub struct Allocate {
    /// Case folders, or folders of case folders
    #[arg(required = true, value_name = "CASE|BATCH")]
    pub cases: Vec<PathBuf>,
    /// How costs are parted that no application caused alone (repeatable): unused=equal
    #[arg(long, value_name = "WHAT=KEY")]
    pub key: Vec<String>,
    /// The folder that gets journal.csv and focus.csv
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    pub out: Option<PathBuf>,
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
