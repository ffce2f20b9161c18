//! Cases made up: an account, its usage exports and its bill, whole and the
//! same for the same seed. For trying the tool out, and for measuring it.
//!
//! Owns what is written into such a case. What the usage comes to is rated
//! like any other.

mod bill;
mod deductions;
mod usage;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use crate::case::read::account;
use crate::model::Month;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::rate::rate;
use crate::rules::Cards;
use crate::rules::build_terms;
use deductions::Deductions;

/// The first application; the others follow.
const FIRST_APP: u64 = 1_400_000_001;
const UIN: &str = "100000000001";

/// In what form usage is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// The vendor's usage detail as CSV.
    Detail,
    /// The vendor's usage detail as a workbook.
    Workbook,
    /// The tool's own CSV.
    Tidy,
}

/// In what order rows of usage stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By time, then application.
    Time,
    /// By application, then time.
    App,
}

/// Into which files usage is parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// One.
    One,
    /// One a day.
    Day,
    /// One an application.
    App,
}

/// The properties of the case to be made.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Applications, each with five items in every 5 minutes.
    pub apps: u16,
    /// Days of usage, from the 1st on; at most the month's.
    pub days: u32,
    /// The most rows of usage.
    pub rows: Option<u64>,
    /// The seed of the figures.
    pub seed: u64,
    /// The billing month.
    pub period: Month,
    /// The form of the usage.
    pub layout: Layout,
    /// The order of its rows.
    pub order: Order,
    /// Its files.
    pub files: Files,
    /// True if each file is packed into a zip of its own.
    pub zip: bool,
    /// Lines of the bill that are made wrong.
    pub errors: u32,
}

/// The counts and errors of a made case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Rows of usage.
    pub usage: u64,
    /// Lines of the bill.
    pub lines: usize,
    /// The errors put into the bill, a sentence each.
    pub errors: Vec<String>,
}

/// Makes a case in a folder that holds none.
pub fn generate(folder: &Path, wanted: &Wanted) -> Result<Made, Diagnostics> {
    let parts = usage::parts(wanted);
    if wanted.layout == Layout::Workbook {
        let longest = parts.iter().map(|part| part.rows(wanted).count()).max().unwrap_or_default();
        if longest > usage::MOST_IN_A_SHEET {
            return Err(refuse(Diagnostic::error(
                "generate-too-long",
                At::file("--rows"),
                format!("{longest} rows do not fit into a sheet"),
                format!("ask for at most {} (--rows), or for CSV", usage::MOST_IN_A_SHEET),
            )));
        }
    }
    let text = account_text(wanted);
    let cards = Cards::embedded();
    let owner = account("account.toml", &text)?;
    let terms = build_terms::terms(&owner, &cards, wanted.period)?;
    begin(folder, &text).map_err(|error| unwritten(folder, &error))?;
    let rows: Vec<_> = parts.iter().flat_map(|part| part.rows(wanted)).map(usage::Row::usage).collect();
    let rated = rate(&rows, &terms);
    drop(rows);
    let mut deductions = Deductions::of(&rated.drawdown);
    let path = folder.join("usage");
    for part in &parts {
        usage::write(&path, part, wanted, &mut deductions)
            .map_err(|error| unwritten(&path.join(&part.name), &error))?;
    }
    let issued = bill::issue(&rated.charges, wanted);
    let path = folder.join("bills").join("bill.csv");
    fs::write(&path, issued.text).map_err(|error| unwritten(&path, &error))?;
    Ok(Made { usage: wanted.count(), lines: issued.lines, errors: issued.errors })
}

impl Wanted {
    /// Rows of usage in all.
    fn count(&self) -> u64 {
        let all = u64::from(self.days) * 288 * u64::from(self.apps) * usage::ITEMS.len() as u64;
        self.rows.map_or(all, |most| all.min(most))
    }

    /// Returns a figure that follows from the seed and a position alone.
    const fn figure(&self, position: u64) -> u64 {
        // SplitMix64: every position has its own well mixed figure.
        let mut mixed = self.seed.wrapping_add(position.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

fn account_text(wanted: &Wanted) -> String {
    let first = wanted.period.first_day();
    let mut text = format!(
        "# Made by trtc-recon generate, seed {}.\n[account]\nuin = \"{UIN}\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
         first_app_created = 2023-03-02\nperiod = \"{}\"\n\n[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\n\
         purchased = {first}T00:00:00\n\n[[subscription]]\nid = \"engine\"\nplan = \"rtc-engine-pro\"\n\
         app = {FIRST_APP}\npurchased = {}T15:20:00\n",
        wanted.seed,
        wanted.period,
        first + 2
    );
    for app in 0..wanted.apps {
        let _ = write!(text, "\n[[app]]\nsdk_app_id = {}\n", FIRST_APP + u64::from(app));
    }
    text
}

fn begin(folder: &Path, account: &str) -> io::Result<()> {
    for inside in ["usage", "bills"] {
        fs::create_dir_all(folder.join(inside))?;
    }
    let mut file = File::options().write(true).create_new(true).open(folder.join("account.toml"))?;
    file.write_all(account.as_bytes())
}

fn unwritten(path: &Path, error: &io::Error) -> Diagnostics {
    let at = At::file(&path.to_string_lossy());
    refuse(if error.kind() == ErrorKind::AlreadyExists {
        Diagnostic::error("case-exists", at, "holds a case already", "name another folder")
    } else {
        Diagnostic::error("output-disk", at, format!("cannot be written: {error}"), "see that the disk has room")
    })
}

fn refuse(why: Diagnostic) -> Diagnostics {
    [why].into_iter().collect()
}

#[cfg(test)]
mod tests;
