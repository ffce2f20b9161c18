//! Package lists, deduction records and the exports' own deductions against
//! our ledger.

use std::fs;

use trtc_recon::compare::balances::Assertion;
use trtc_recon::pipeline::{self, Options, Outcome, Status, Task};
use trtc_recon::report::Format;
use trtc_recon::rules::Cards;

use crate::accounts::Dice;

/// 50,000 package minutes from 3 October; 1 HD minute takes 4.
const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
    first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n\
    [[subscription]]\nid = \"engine\"\nplan = \"rtc-engine-lite\"\napp = 1400000001\npurchased = 2024-10-03T10:00:00\n";

/// 10 HD minutes on each of three days: 49,960, 49,920, 49,880 are left.
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n\
    2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,600,s\n\
    2024-10-09 10:00:00,2024-10-09 10:05:00,1400000001,av.hd,600,s\n\
    2024-10-10 10:00:00,2024-10-10 10:05:00,1400000001,av.hd,600,s\n";

const LIST: &str = "Package Name,Package ID,Package Type,Package Duration(min),Remaining time of this cycle (minutes)/(%),\
    Start time of this cycle,End time of this cycle,Status of this cycle\n";

const RECORD: &str = "PackageName,ResourceId,BeforeDeductionRemain,AfterDeductionRemain,StartTime,EndTime,DeductionTime,\
    DeductionSerialId,DosageUnit,Dosage,ActualDosage,DeductionFactor\n";

const DETAIL: &str = "日期,账号 ID,用量统计类型,产品编码,子产品名称,组件类型,组件,用量单位,用量起始时间,用量截止时间,标准用量,抵扣用量,抵扣余量,sdkAppId,其他信息\n";

/// A case with these files, rated.
fn rated(files: &[(&str, &str)]) -> (Outcome, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    for (name, text) in [("account.toml", ACCOUNT)].iter().chain(files) {
        let path = case.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let options = Options {
        out: folder.path().join("out"),
        formats: vec![Format::Csv],
        ..Options::reading(Task::Rate, None, Cards::embedded())
    };
    (pipeline::run(&case, &options), folder)
}

/// What an assertion comes to: `result theirs ours @time`.
fn said(asserted: &Assertion) -> String {
    let first = asserted.first.and_then(|first| first.time).map(|time| format!(" @{time}")).unwrap_or_default();
    format!("{} {} {}{first}", asserted.outcome.name(), asserted.theirs, asserted.ours)
}

/// The assertions of a case, and the codes of its warnings.
fn asserted(files: &[(&str, &str)]) -> (Vec<String>, Vec<&'static str>) {
    let (outcome, _folder) = rated(files);
    let codes: Vec<&str> = outcome.diagnostics.iter().map(|found| found.code).collect();
    let gaps_aside = codes.into_iter().filter(|code| *code != "usage-gap").collect();
    let report = outcome.report.unwrap_or_else(|| panic!("refused: {:?}", outcome.diagnostics));
    assert_eq!(outcome.status, Status::Clean, "a balance alone decides no verdict");
    (report.asserted.iter().map(|(_, one)| said(one)).collect(), gaps_aside)
}

fn list(name: &str, remaining: &str) -> (Vec<String>, Vec<&'static str>) {
    let row = format!(
        "{LIST}RTC-Engine Lite,pkg-9,Monthly,50000,{remaining},2024-10-03 00:00:00,2024-11-02 23:59:59,In use\n"
    );
    asserted(&[("usage/u.csv", USAGE), (&format!("packages/{name}"), &row)])
}

#[test]
fn a_list_agrees_where_our_ledger_passes_its_balance() {
    let none: Vec<&str> = Vec::new();
    // Made on the 10th: usage of the day before and of the day may be deducted already, or not yet.
    for left in ["49960/99.9%", "49920/99.8%", "\"49,880\""] {
        let (said, codes) = list("packages-2024-10-10.csv", left);
        assert!(said[0].starts_with("agrees") && codes == none, "{left}: {said:?} {codes:?}");
    }
    // Without a date it may be of any time.
    assert_eq!(list("packages.csv", "50000").0, ["agrees 50000 50000"]);
    // Behind the month later usage may have taken more.
    assert_eq!(list("packages-2024-11-01.csv", "30000").0, ["undecided 0 0"]);
    assert_eq!(list("packages-2024-09-20.csv", "30000").0, ["undecided 0 0"]);
}

#[test]
fn a_list_that_differs_names_the_interval() {
    // On the 10th the usage of the 8th is deducted: ours went below 50,000 with the first row.
    let (said, codes) = list("packages-2024-10-10.csv", "50000");
    assert_eq!((said[0].as_str(), codes), ("differs 50000 49960 @2024-10-08T10:00:00", vec!["package-balance"]));
    // The vendor took more than we did by the 9th.
    let (said, codes) = list("packages-2024-10-09.csv", "49000");
    assert_eq!((said[0].as_str(), codes), ("differs 49000 49920 @2024-10-09T10:00:00", vec!["package-balance"]));
    // Between two balances.
    let (said, _) = list("packages-2024-10-10.csv", "49900");
    assert!(said[0].starts_with("differs 49900"), "{said:?}");
}

#[test]
fn a_list_is_equal_at_its_own_decimals() {
    let usage = USAGE.replace(",600,", ",601,");
    // 11 minutes a day: 49,956, 49,912, 49,868.
    let row = format!("{LIST}Lite,pkg-9,Monthly,50000,49868,2024-10-03 00:00:00,2024-11-02 23:59:59,In use\n");
    let (said, _) = asserted(&[("usage/u.csv", &usage), ("packages/p.csv", &row)]);
    assert_eq!(said, ["agrees 49868 49868"]);
}

#[test]
fn a_package_that_account_toml_has_not_is_said() {
    let row = |dates: &str| format!("{LIST}RTC-Engine Pro,pkg-7,Monthly,1500000,1000000,{dates},In use\n");
    let files = row("2024-10-05 00:00:00,2024-11-04 23:59:59");
    let (said, codes) = asserted(&[("usage/u.csv", USAGE), ("packages/p.csv", &files)]);
    assert_eq!((said, codes), (vec!["undecided 0 0".to_owned()], vec!["package-unknown-grant"]));
    // One that ended before the month is no concern of it.
    let files = row("2024-07-05 00:00:00,2024-08-04 23:59:59");
    assert!(asserted(&[("usage/u.csv", USAGE), ("packages/p.csv", &files)]).1.is_empty());
}

fn record(day: &str, before: u32, taken: u32, factor: u32) -> String {
    format!(
        "RTC-Engine Lite,pkg-9,{before},{},2024-10-{day} 10:00:00,2024-10-{day} 10:05:00,2024-10-{day} 23:00:00,1400000001,分钟,{},{taken},{factor}\n",
        before - taken,
        taken / factor
    )
}

fn records(rows: &[String]) -> (Vec<String>, Vec<&'static str>) {
    asserted(&[("usage/u.csv", USAGE), ("packages/抵扣明细.csv", &format!("{RECORD}{}", rows.concat()))])
}

#[test]
fn deduction_records_are_held_row_by_row() {
    let right = [record("08", 50_000, 40, 4), record("09", 49_960, 40, 4), record("10", 49_920, 40, 4)];
    assert_eq!(records(&right), (vec!["agrees 120 120".to_owned()], vec![]));
    // A part of the month is a part: what lies around it is not asked for.
    assert_eq!(records(&right[1..2]).0, ["agrees 40 40"]);
    // Twice the factor: the row itself differs.
    let dear = [record("08", 50_000, 40, 4), record("09", 49_960, 80, 8), record("10", 49_880, 40, 4)];
    assert_eq!(records(&dear), (vec!["differs 160 120 @2024-10-09T10:00:00".to_owned()], vec!["package-deduction"]));
    // A row that the vendor has not.
    let gap = [right[0].clone(), record("10", 49_960, 40, 4)];
    assert_eq!(records(&gap).0, ["differs 80 120 @2024-10-09T10:00:00"]);
    // The same deductions from another balance: what is left differs from the first on.
    let other = [record("08", 30_000, 40, 4), record("09", 29_960, 40, 4)];
    assert_eq!(records(&other).0, ["differs 80 80 @2024-10-08T10:00:00"]);
}

#[test]
fn deductions_in_two_exports_count_once() {
    let rows = format!("{RECORD}{}", record("08", 50_000, 40, 4));
    let (said, codes) =
        asserted(&[("usage/u.csv", USAGE), ("packages/a.csv", &rows), ("packages/b.csv", &format!("{rows}\n"))]);
    assert_eq!((said, codes), (vec!["agrees 40 40".to_owned()], vec!["package-duplicate"]));
}

/// Rows of the detail workbook: day, seconds, deducted, rest.
fn detail(rows: &[(&str, u32, u32, u32)]) -> (Vec<String>, Vec<&'static str>) {
    let row = |(time, used, deducted, rest): &(&str, u32, u32, u32)| {
        let day = &time[..10];
        format!(
            "{day},100000000001,minute,p_rav,音视频通话,时长,订阅时长,秒,{time}:00,{time}:00,{used},{deducted},{rest},1400000001,高清\n"
        )
    };
    let text = format!("{DETAIL}{}", rows.iter().map(row).collect::<String>());
    asserted(&[("usage/u.csv", &text)])
}

#[test]
fn the_exports_own_deduction_is_held_row_by_row() {
    // 30 s, 20 s, 40 s are 1, 0, 1 minutes for us, and 30, 20, 40 covered seconds for the vendor.
    let small = [
        ("2024-10-08 10:00", 30, 30, 0),
        ("2024-10-08 10:05", 20, 20, 0),
        ("2024-10-08 10:10", 40, 40, 0),
        ("2024-10-09 10:00", 600, 600, 0),
    ];
    assert_eq!(detail(&small), (vec!["agrees 690 720".to_owned()], vec![]));
    let uncovered = [("2024-10-08 10:00", 600, 600, 0), ("2024-10-09 10:00", 600, 0, 600)];
    assert_eq!(detail(&uncovered), (vec!["differs 600 1200 @2024-10-09T10:00:00".to_owned()], vec!["usage-deduction"]));
    // Less than a minute in each row, and more than two in the day.
    let drops: Vec<(&str, u32, u32, u32)> =
        ["10:00", "10:05", "10:10"].iter().map(|_| ("2024-10-08 10:00", 59, 0, 59)).collect();
    let drops: Vec<_> = ["2024-10-08 10:00", "2024-10-08 10:05", "2024-10-08 10:10"]
        .iter()
        .zip(drops)
        .map(|(t, d)| (*t, d.1, d.2, d.3))
        .collect();
    assert!(detail(&drops).0[0].starts_with("differs 0 180"), "{:?}", detail(&drops).0);
}

/// A day is followed in stretches where one file has it, and row by row where its rows lie in two files.
#[test]
fn stretches_come_to_the_same_as_rows() {
    for seed in 0..60 {
        let mut dice = Dice::new(seed);
        let mut rows: Vec<String> = Vec::new();
        for day in 8..11 {
            for slot in 0..24 {
                if dice.one_in(3) {
                    continue;
                }
                let (hour, minute, used) = (10 + slot / 12, slot % 12 * 5, dice.below(700) + 1);
                let deducted = match dice.below(8) {
                    0..6 => used,
                    6 => 0,
                    _ => dice.below(used + 1),
                };
                let (deducted, time) =
                    (if day == 9 { 0 } else { deducted }, format!("2024-10-{day:02} {hour}:{minute:02}"));
                rows.push(format!(
                    "2024-10-{day:02},100000000001,minute,p_rav,音视频通话,时长,订阅时长,秒,{time}:00,{time}:00,{used},{deducted},{},1400000001,高清\n",
                    used - deducted
                ));
            }
        }
        let file = |rows: Vec<&String>| format!("{DETAIL}{}", rows.into_iter().cloned().collect::<String>());
        let (even, odd) = rows.iter().enumerate().partition::<Vec<_>, _>(|(at, _)| at % 2 == 0);
        let part = |rows: Vec<(usize, &'_ String)>| file(rows.into_iter().map(|(_, row)| row).collect());
        let whole = asserted(&[("usage/u.csv", &file(rows.iter().collect()))]);
        assert_eq!(asserted(&[("usage/a.csv", &part(even)), ("usage/b.csv", &part(odd))]), whole, "seed {seed}");
    }
}

#[test]
fn the_report_has_a_table_of_balances() {
    let row = format!("{LIST}Lite,pkg-9,Monthly,50000,50000,2024-10-03 00:00:00,2024-11-02 23:59:59,In use\n");
    let (outcome, _folder) = rated(&[("usage/u.csv", USAGE), ("packages/packages-2024-10-10.csv", &row)]);
    let text = fs::read_to_string(outcome.written.unwrap().join("balances.csv")).unwrap();
    let line = text.lines().nth(1).unwrap();
    assert!(
        line.starts_with(
            "100000000001,list,pkg-9,engine#1,differs,1,1,50000,49960,40,package minutes,2024-10-08T10:00:00,1400000001,av.hd,50000,49960,2,"
        ),
        "{line}"
    );
    assert!(line.ends_with(",packages/packages-2024-10-10.csv!2"), "{line}");
}
