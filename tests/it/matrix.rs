//! One account and one month, written in every layout, encoding and container:
//! the same charges and the same verdict.
//!
//! The figures come from the second implementation. Each day's usage of an
//! application and item is whole minutes in all, and in no 5-minute interval;
//! the free minutes end with a day. So a table by the day, in minutes or in
//! seconds, tells as much as one of 5-minute seconds, and one of 5-minute
//! minutes tells less.

mod bills;
mod usage;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, date};
use rust_decimal::Decimal;

use crate::accounts;
use crate::forms::{self, Cells, Rows};
use crate::reference::{self, Account, Grant, Site, Usage};
use crate::run::side_by_side;
use crate::samples::Run;

const APPS: [u64; 2] = [1_400_000_001, 1_400_000_002];
/// What each application uses.
const ITEMS: [(u64, &str); 6] = [
    (APPS[0], "av.audio"),
    (APPS[0], "av.hd"),
    (APPS[0], "mix.audio"),
    (APPS[0], "mix.h264.hd"),
    (APPS[1], "rec.hd"),
    (APPS[1], "rec.fhd"),
];
/// The free minutes last for so many days.
const FREE_DAYS: i8 = 4;

fn month() -> impl Iterator<Item = Date> {
    (1..=31).map(|day| date(2024, 10, day))
}

/// Seconds of 5-minute intervals: three a day, whole minutes together.
fn used() -> Vec<Usage> {
    let mut used = Vec::new();
    for day in month() {
        for (at, (app, item)) in (1_i64..).zip(ITEMS) {
            let whole = 60 * (10 + (i64::from(day.day()) * 7 + at * 5) % 23);
            let first = whole / 4 + at * 7 % 13 + 1;
            let second = whole / 3 + i64::from(day.day()) % 17 + 1;
            let last = whole - first - second;
            for (slot, seconds) in [first, second, last].into_iter().enumerate() {
                let minute = i64::try_from(slot).unwrap() * 25 + at * 5;
                let start = day.to_datetime(Time::constant(9, 0, 0, 0)).checked_add(minute.minutes()).unwrap();
                used.push(Usage::seconds(start, app, item, seconds));
            }
        }
    }
    used
}

/// The account, with free minutes left for the first days and not a second more.
fn account() -> Account {
    let mut account = Account::new(Site::Intl, date(2023, 3, 2), date(2024, 10, 1));
    account.apps = APPS.to_vec();
    let midnight: DateTime = date(2024, 10, 1).to_datetime(Time::midnight());
    let mut free = Grant::new("free-2024-10", "free-monthly", midnight);
    free.opening = Some((midnight, Decimal::from(10_000)));
    account.grants = vec![free];
    let until = date(2024, 10, 1 + FREE_DAYS).to_datetime(Time::midnight());
    let mut first_days = used();
    first_days.retain(|usage| usage.start < until);
    let taken = reference::rate(&account, &first_days).deductions.iter().map(|deduction| deduction.taken).sum();
    assert!(taken < Decimal::from(10_000), "the free minutes last for the first days");
    account.grants[0].opening = Some((midnight, taken));
    account
}

/// Rounded up to whole minutes, as the console shows an interval: the most and the least that it can have been.
fn rounded(usage: &[Usage], most: bool) -> Vec<Usage> {
    let one = |usage: &Usage| {
        let minutes = (usage.quantity / Decimal::from(60)).ceil() * Decimal::from(60);
        Usage { quantity: if most { minutes } else { minutes - Decimal::from(59) }, ..usage.clone() }
    };
    usage.iter().map(one).collect()
}

/// charges.csv where only rounded minutes are known: the most, with the bounds of the amount.
fn interval_charges(account: &Account, usage: &[Usage]) -> String {
    let most = reference::charges_csv(account, &rounded(usage, true));
    let least = reference::charges_csv(account, &rounded(usage, false));
    let cell = |line: &str, at: usize| line.split(',').nth(at).unwrap().to_owned();
    let join = |(most, least): (&str, &str)| {
        if most.starts_with("account,") {
            return format!("{most},amount_low,amount_high\n");
        }
        if cell(most, 8) == cell(least, 8) {
            // What is charged is known all the same: nothing, under the free minutes.
            return format!("{most},,\n");
        }
        format!("{most},{},{}\n", cell(least, 10), cell(most, 10))
    };
    most.lines().zip(least.lines()).map(join).collect()
}

/// A file of a case.
pub type File = (String, Vec<u8>);

/// A file's name without its ending, its sheet's name, its rows.
pub type Sheet = (String, String, Rows);

/// A container and an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dress {
    Utf8,
    Bom,
    Gbk,
    Utf16Le,
    Utf16Be,
    TabTxt,
    SemicolonCrLf,
    XlsxText,
    XlsxTyped,
    XlsxOneBook,
    Xls,
    Zip,
    ZipGbk,
    ZipOfXlsx,
}

const DRESSES: [Dress; 14] = [
    Dress::Utf8,
    Dress::Bom,
    Dress::Gbk,
    Dress::Utf16Le,
    Dress::Utf16Be,
    Dress::TabTxt,
    Dress::SemicolonCrLf,
    Dress::XlsxText,
    Dress::XlsxTyped,
    Dress::XlsxOneBook,
    Dress::Xls,
    Dress::Zip,
    Dress::ZipGbk,
    Dress::ZipOfXlsx,
];

impl Dress {
    /// The files that hold the tables.
    fn files(self, sheets: &[Sheet]) -> Vec<File> {
        let each = |ending: &str, write: &dyn Fn(&Sheet) -> Vec<u8>| -> Vec<File> {
            sheets.iter().map(|sheet| (format!("{}.{ending}", sheet.0), write(sheet))).collect()
        };
        let csv = |sheet: &Sheet| forms::delimited(&sheet.2, ',', "\n");
        let book =
            |sheet: &Sheet, cells: Cells| forms::xlsx(std::slice::from_ref(&(sheet.1.clone(), sheet.2.clone())), cells);
        let packed = |files: Vec<File>, gbk: bool| vec![("打包下载.zip".to_owned(), forms::zip(&files, gbk))];
        match self {
            Self::Utf8 => each("csv", &|sheet| csv(sheet).into_bytes()),
            Self::Bom => each("csv", &|sheet| format!("\u{feff}{}", csv(sheet)).into_bytes()),
            Self::Gbk => each("csv", &|sheet| forms::gb18030(&csv(sheet))),
            Self::Utf16Le => each("csv", &|sheet| forms::utf16(&csv(sheet), true)),
            Self::Utf16Be => each("csv", &|sheet| forms::utf16(&csv(sheet), false)),
            Self::TabTxt => each("txt", &|sheet| forms::delimited(&sheet.2, '\t', "\n").into_bytes()),
            Self::SemicolonCrLf => each("CSV", &|sheet| forms::delimited(&sheet.2, ';', "\r\n").into_bytes()),
            Self::XlsxText => each("xlsx", &|sheet| book(sheet, Cells::Text)),
            Self::XlsxTyped => each("xlsx", &|sheet| book(sheet, Cells::Typed)),
            Self::XlsxOneBook => {
                let all: Vec<(String, Rows)> =
                    sheets.iter().map(|(_, sheet, rows)| (sheet.clone(), rows.clone())).collect();
                vec![("all.xlsx".to_owned(), forms::xlsx(&all, Cells::Text))]
            }
            Self::Xls => each("xls", &|sheet| forms::xls(&sheet.1, &sheet.2)),
            Self::Zip => packed(each("csv", &|sheet| csv(sheet).into_bytes()), false),
            Self::ZipGbk => packed(each("csv", &|sheet| forms::gb18030(&csv(sheet))), true),
            Self::ZipOfXlsx => packed(each("xlsx", &|sheet| book(sheet, Cells::Typed)), false),
        }
    }
}

/// A case in a folder of its own.
fn write_case(account: &Account, usage: &[File], bills: &[File]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    // Nothing was used but at three moments a day: only who says so has evidence against the bill.
    let text = format!("{}\n[usage]\ncomplete = true\n", accounts::account_toml(account));
    fs::write(folder.path().join("account.toml"), text).unwrap();
    for (below, files) in [("usage", usage), ("bills", bills)] {
        fs::create_dir(folder.path().join(below)).unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(below).join(name), bytes).unwrap();
        }
    }
    folder
}

/// `reconcile`, with texts alone as output.
fn reconcile(case: &Path) -> Run {
    run("reconcile", case)
}

fn run(command: &str, case: &Path) -> Run {
    let arguments = [command, "--out", "out", "--format", "csv,json", "--jobs", "1"].map(OsStr::new);
    Run::of(&arguments.into_iter().chain([case.as_os_str()]).collect::<Vec<_>>())
}

/// What a run came to: its status and verdict, or why it was refused.
fn verdict(run: &Run) -> (i32, String) {
    let Some(report) = run.report() else { return (run.status, format!("refused: {}", run.stderr)) };
    let json: serde_json::Value = serde_json::from_slice(&read(report.join("reconciliation.json"))).unwrap();
    let part = |key: &str| json[key].as_str().unwrap().to_owned();
    (run.status, format!("{} {}", part("verdict"), part("overcharged")))
}

fn read(path: PathBuf) -> Vec<u8> {
    fs::read(path).unwrap()
}

/// The account with a few days of usage, and its bill: account.toml and the sheets of the two workbooks.
pub fn small_case() -> (String, Vec<(String, Rows)>, Vec<(String, Rows)>) {
    let (account, mut used) = (account(), used());
    used.retain(|usage| [5, 6, 20].contains(&usage.start.day()));
    let book = |sheets: Vec<Sheet>| sheets.into_iter().map(|(_, sheet, rows)| (sheet, rows)).collect();
    let usage = vec![usage::detail(&account, &used, "minute", false)];
    (accounts::account_toml(&account), book(usage), book(bills::l3_english(&account, &used)))
}

/// The cells of the matrix that are wrong, by name.
fn wrong<T: Sync>(cells: &[T], hold: impl Fn(&T) -> Result<(), String> + Sync) -> Vec<String> {
    side_by_side(cells, hold).into_iter().filter_map(Result::err).collect()
}

fn first_difference(got: &str, expected: &str) -> String {
    let mut lines = got.lines().zip(expected.lines());
    let line = lines.find(|(got, expected)| got != expected);
    let (got_lines, expected_lines) = (got.lines().count(), expected.lines().count());
    line.map_or_else(
        || format!("{got_lines} lines, expected {expected_lines}"),
        |(got, expected)| format!("\n  got      {got}\n  expected {expected}"),
    )
}

/// Runs a case and holds charges.csv and the verdict against what they must be.
fn holds(name: &str, usage: &[File], bills: &[File], charges: &str, expected: (i32, &str)) -> Result<(), String> {
    let case = write_case(&account(), usage, bills);
    let run = reconcile(case.path());
    let got = verdict(&run);
    if (got.0, got.1.as_str()) != expected {
        return Err(format!("== {name}: {got:?}, expected {expected:?}\n{}{}", run.stdout, run.stderr));
    }
    charged(name, &run, charges)
}

fn charged(name: &str, run: &Run, charges: &str) -> Result<(), String> {
    let Some(report) = run.report() else { return Err(format!("== {name}: {}", run.stderr)) };
    let own = String::from_utf8(read(report.join("charges.csv"))).unwrap();
    if own == charges { Ok(()) } else { Err(format!("== {name}: charges.csv {}", first_difference(&own, charges))) }
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} cells are wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// Every layout of usage that tells as much as the bill counts, in every dress.
#[test]
fn usage_in_every_layout_encoding_and_container_is_charged_alike() {
    let (account, used) = (account(), used());
    let charges = reference::charges_csv(&account, &used);
    let bill = Dress::Utf8.files(&bills::l3_english(&account, &used));
    let mut cells: Vec<(String, Vec<File>)> = Vec::new();
    for (layout, sheets) in usage::exact(&account, &used) {
        cells.extend(DRESSES.iter().map(|dress| (format!("{layout} as {dress:?}"), dress.files(&sheets))));
    }
    cells.extend(usage::exact_json(&account, &used));
    assert!(cells.len() > 80);
    none(&wrong(&cells, |(name, files)| holds(name, files, &bill, &charges, (0, "reconciled 0"))));
}

/// A layout that holds rounded 5-minute minutes gives the interval, the same in every dress; and a bill within it is
/// neither right nor wrong.
#[test]
fn rounded_minutes_give_the_same_interval_in_every_dress() {
    let (account, used) = (account(), used());
    let charges = interval_charges(&account, &used);
    let bill = Dress::Utf8.files(&bills::l3_english(&account, &used));
    let mut cells: Vec<(String, Vec<File>)> = Vec::new();
    for (layout, sheets) in usage::rounded(&used) {
        cells.extend(DRESSES.iter().map(|dress| (format!("{layout} as {dress:?}"), dress.files(&sheets))));
    }
    cells.extend(usage::rounded_json(&used));
    // The search for causes takes seconds where every line is an interval: the verdict of the first stands for all.
    let (name, files) = &cells[0];
    holds(name, files, &bill, &charges, (3, "inconclusive 0")).unwrap();
    let rated = |(name, files): &(String, Vec<File>)| {
        charged(name, &run("rate", write_case(&account, files, &[]).path()), &charges)
    };
    none(&wrong(&cells, rated));
}

/// Every layout of bills in every dress: a right bill is right, and a euro too much is seen wherever it stands.
#[test]
fn a_bill_in_every_layout_encoding_and_container_gets_the_same_verdict() {
    let (account, used) = (account(), used());
    let charges = reference::charges_csv(&account, &used);
    let usage = Dress::Utf8.files(&usage::tidy(&used));
    let mut cells = Vec::new();
    for right in [true, false] {
        let extra = if right { Decimal::ZERO } else { Decimal::ONE };
        for bill in bills::all(&account, &used, extra) {
            let dresses = DRESSES.iter().filter(|dress| **dress != Dress::XlsxOneBook);
            cells.extend(dresses.map(|dress| {
                (format!("{} {right} as {dress:?}", bill.name), dress.files(&bill.sheets), right, bill.over.clone())
            }));
        }
    }
    assert!(cells.len() > 200);
    none(&wrong(&cells, |(name, files, right, over)| {
        // One line for the whole month: no other line of the bill says that our rules are the right ones.
        let expected = match (right, name.starts_with("L1 ")) {
            (true, _) => (0, "reconciled 0".to_owned()),
            (false, true) => (3, "inconclusive 0".to_owned()),
            (false, false) => (1, format!("discrepancies {over}")),
        };
        holds(name, &usage, files, &charges, (expected.0, &expected.1))
    }));
}
