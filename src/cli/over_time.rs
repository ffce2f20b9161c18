//! Arguments of the commands about several months, and about a month that was issued again.

use std::path::PathBuf;

use clap::Args;

pub(super) const DIFF: &str = "\
Examples:
  trtc-recon diff downloads/bill-202410.csv downloads/bill-202410-20241103.csv
  trtc-recon diff old/bills new/bills --case cases/acme-2024-10
  trtc-recon diff reports/100000000001-2024-10 reports-again/100000000001-2024-10 --out changes.csv

OLD and NEW are two bills, two usage exports or two reports of one month; a folder of files counts as
one bill or export. Rows are paired by account, application, day, item and kind of row; those that are
equal cancel out one for one. With --case the month is compared with either bill (or rated with either
usage), and each change says which finding it makes, takes away or changes. Where OLD or NEW is in the
case, the case's other files count on both sides.

Exit status:
  0  nothing differs
  1  something differs
  2  bad arguments or input";

/// `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The bill, usage export or report that was there first
    pub old: PathBuf,
    /// The one that was issued, exported or made again
    pub new: PathBuf,
    /// The case whose month is compared with either one: what each change does to the verdict
    #[arg(long, value_name = "CASE")]
    pub case: Option<PathBuf>,
    /// The file that gets every change: .csv or .json
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// Show every change on the screen
    #[arg(long, help_heading = "Output")]
    pub all: bool,
    /// A folder of further rate cards
    #[arg(long, value_name = "DIR")]
    pub cards: Option<PathBuf>,
}

pub(super) const HISTORY: &str = "\
Examples:
  trtc-recon history reports
  trtc-recon history reports --out year --lang zh
  trtc-recon history reports --payer downloads/200000000001-202410-bill_details.csv

Each report gives the month of an account: usage, cost, unit cost and change by application and item,
packages used and lapsed, claims open and credited. The charges of a report must add up to its own total.
A signed month whose report is gone, or has other files or inputs than were signed, is named. With
--payer the accounts that own the rows of a payer's bill are compared with their reports, and tie to the
payer's total.

Exit status:
  0  every sum ties, and no signed month has changed
  1  a signed month has changed or is gone, or the reports do not tie to the payer's bill
  2  bad arguments or input; nothing is written";

/// `history`.
#[derive(Debug, Args)]
pub struct History {
    /// Folders of reports, or reports
    #[arg(required = true, value_name = "REPORTS")]
    pub reports: Vec<PathBuf>,
    /// The folder that gets history.xlsx, history.html, history.json and history.csv
    #[arg(short, long, value_name = "DIR", help_heading = "Output")]
    pub out: Option<PathBuf>,
    /// A payer's bill (detail, L3 or FOCUS), or a folder of its files, that the reports must come to
    #[arg(long, value_name = "BILL")]
    pub payer: Option<PathBuf>,
}

pub(super) const SIGN: &str = "\
Example:
  trtc-recon sign reports/100000000001-2024-10 --as \"Li Na\" --on 2024-11-06

The signature is written next to the report, as <uin>-<month>.signed.json, with the digests of its
manifest, files and inputs. A report that is made again does not take it away: `history` names what has
changed since. Several people may sign the same report.

Exit status:
  0  signed
  2  the report was edited, or is signed already and has changed since; nothing is written";

/// `sign`.
#[derive(Debug, Args)]
pub struct Sign {
    /// The folder of the report
    pub report: PathBuf,
    /// Who signs
    #[arg(long = "as", value_name = "NAME")]
    pub name: String,
    /// The day of the signature
    #[arg(long, value_name = "DATE", value_parser = super::values::day)]
    pub on: Option<crate::model::Day>,
}
