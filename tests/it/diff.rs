//! `diff`: differences of two bills, exports or reports of a month, worked out by hand; edits planted in random
//! bills and exports, found one for one; and two bills of one month in a case.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use rust_decimal::Decimal;

use crate::accounts::{self, Dice};
use crate::issued;
use crate::run::side_by_side;

const HEADER: &str = "产品名称,资源ID,交易类型,交易ID,开始使用时间,结束使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,优惠后总价,币种\n";

/// A day of HD: `minutes` at 3.99 dollars per 1,000.
fn hd(id: &str, day: u32, minutes: u32, amount: &str) -> String {
    format!(
        "实时音视频,1400000001,按量计费日结,{id},2024-10-{day:02} 00:00:00,2024-10-{day:02} 23:59:59,高清HD,3.99,美元/千分钟,{minutes},分钟,{amount},USD\n"
    )
}

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
                       first_app_created = 2023-03-02\nperiod = \"2024-10\"\n\n[[app]]\nsdk_app_id = 1400000001\n\n[usage]\ncomplete = true\n";

fn put(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn run(folder: &Path, words: &[&str]) -> Output {
    crate::program().args(words).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// Usage of 10 minutes of HD a day, on the 8th of so many seconds.
fn usage(seconds: u32) -> String {
    let row = |day: u32| {
        let used = if day == 8 { seconds } else { 600 };
        format!("2024-10-{day:02} 10:00:00,2024-10-{day:02} 10:05:00,1400000001,av.hd,{used},s\n")
    };
    format!("start,end,sdk_app_id,item,quantity,unit\n{}", (1..=31).map(row).collect::<String>())
}

/// A bill of 10 minutes of HD a day, 0.0399 dollars; on the 8th of 12 minutes, 0.04788 dollars, where `wrong`.
fn bill_of_the_month(wrong: bool) -> String {
    let row = |day: u32| match day {
        8 if wrong => hd("T8", 8, 12, "0.04788"),
        _ => hd(&format!("T{day}"), day, 10, "0.0399"),
    };
    format!("{HEADER}{}", (1..=31).map(row).collect::<String>())
}

/// Changes as `change day item old new difference`, by the columns of changes.csv.
fn changes(folder: &Path, old: &str, new: &str) -> (i32, Vec<[String; 6]>) {
    let output = run(folder, &["diff", old, new, "--out", "changes.csv"]);
    let status = output.status.code().unwrap();
    assert!(status < 2, "{}", said(&output));
    let text = fs::read_to_string(folder.join("changes.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let at = |name: &str| header.iter().position(|column| *column == name).unwrap();
    let (old, new) = if text.contains("\nusage,") { ("old_usage", "new_usage") } else { ("old_amount", "new_amount") };
    let wanted = ["change", "day", "item", old, new, "difference"].map(at);
    (status, lines.map(|line| wanted.map(|column| line[column].to_owned())).collect())
}

fn strings(rows: &[[&str; 6]]) -> Vec<[String; 6]> {
    rows.iter().map(|row| row.map(str::to_owned)).collect()
}

#[test]
fn two_bills_differ_in_what_was_changed_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    // 10 minutes are 0.0399 dollars, 20 are 0.0798, 12 are 0.04788.
    let old = [hd("T1", 7, 10, "0.0399"), hd("T2", 8, 10, "0.0399"), hd("T3", 9, 20, "0.0798")].concat();
    let new = [hd("T4", 10, 10, "0.0399"), hd("T2", 8, 12, "0.04788"), hd("T3", 9, 20, "0.0798")].concat();
    put(folder.path(), "old.csv", &format!("{HEADER}{old}"));
    put(folder.path(), "new.csv", &format!("{HEADER}{new}"));
    let (status, found) = changes(folder.path(), "old.csv", "new.csv");
    let wanted = [
        ["gone", "2024-10-07", "av.hd", "0.0399", "", "-0.0399"],
        ["changed", "2024-10-08", "av.hd", "0.0399", "0.04788", "0.00798"],
        ["added", "2024-10-10", "av.hd", "", "0.0399", "0.0399"],
    ];
    assert_eq!((status, found), (1, strings(&wanted)));
    let shown = said(&run(folder.path(), &["diff", "old.csv", "new.csv", "--lang", "en"]));
    assert!(shown.contains("rows of the bill: 1 added, 1 gone, 1 changed, 1 the same"), "{shown}");
    // 0.1596 before; 0.0399 + 0.04788 + 0.0798 now.
    assert!(shown.contains("amount: 0.16758 USD, before 0.1596: +0.00798"), "{shown}");
    assert_eq!(changes(folder.path(), "old.csv", "old.csv"), (0, Vec::new()));
}

#[test]
fn a_case_says_what_each_change_does_to_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "case/account.toml", ACCOUNT);
    put(folder.path(), "case/usage/usage.csv", &usage(600));
    put(folder.path(), "case/bills/bill.csv", &bill_of_the_month(true));
    put(folder.path(), "again.csv", &bill_of_the_month(false));
    let words = ["diff", "case/bills/bill.csv", "again.csv", "--case", "case", "--lang", "en"];
    let output = run(folder.path(), &words);
    let shown = said(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    for wanted in ["discrepancies  reconciled", "0.04788", "findings: 0 added, 1 gone, 0 changed", "is gone"] {
        assert!(shown.contains(wanted), "`{wanted}` is not in\n{shown}");
    }
    assert!(shown.contains("charges: 0 added, 0 gone, 0 changed, "), "{shown}");
    assert!(!folder.path().join("reports").exists(), "nothing is written");
}

#[test]
fn restated_usage_is_named_with_what_it_does_to_the_verdict() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "case/account.toml", ACCOUNT);
    put(folder.path(), "case/usage/usage.csv", &usage(600));
    put(folder.path(), "case/bills/bill.csv", &bill_of_the_month(true));
    put(folder.path(), "usage-again.csv", &usage(720));
    let (_, found) = changes(folder.path(), "case/usage/usage.csv", "usage-again.csv");
    assert_eq!(found, strings(&[["changed", "2024-10-08T10:00:00", "av.hd", "600", "720", ""]]));
    let words = ["diff", "case/usage", "usage-again.csv", "--case", "case", "--lang", "en"];
    let shown = said(&run(folder.path(), &words));
    for wanted in
        ["discrepancies  reconciled", "is gone", "charges: 0 added, 0 gone, 1 changed", "findings: 0 added, 1 gone"]
    {
        assert!(shown.contains(wanted), "`{wanted}` is not in\n{shown}");
    }
}

#[test]
fn the_other_files_of_a_case_count_on_both_sides() {
    let folder = tempfile::tempdir().unwrap();
    let whole = usage(600);
    let lines: Vec<&str> = whole.lines().collect();
    let part = |days: std::ops::Range<usize>| format!("{}\n{}\n", lines[0], lines[days].join("\n"));
    put(folder.path(), "case/account.toml", ACCOUNT);
    put(folder.path(), "case/usage/first.csv", &part(1..16));
    put(folder.path(), "case/usage/second.csv", &part(16..32));
    put(folder.path(), "case/bills/bill.csv", &bill_of_the_month(true));
    put(
        folder.path(),
        "again.csv",
        &part(1..16).replace("2024-10-08 10:05:00,1400000001,av.hd,600", "2024-10-08 10:05:00,1400000001,av.hd,720"),
    );
    let words = ["diff", "case/usage/first.csv", "again.csv", "--case", "case", "--lang", "en"];
    let shown = said(&run(folder.path(), &words));
    assert!(shown.contains("discrepancies  reconciled"), "{shown}");
    assert!(shown.contains("charges: 0 added, 0 gone, 1 changed, 30 the same"), "{shown}");
}

#[test]
fn two_reports_differ_in_inputs_charges_and_findings() {
    let folder = tempfile::tempdir().unwrap();
    let report = |minutes: u32, amount: &str, out: &str| {
        put(folder.path(), "case/account.toml", ACCOUNT);
        let usage =
            "start,end,sdk_app_id,item,quantity,unit\n2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,600,s\n";
        put(folder.path(), "case/usage/usage.csv", usage);
        put(folder.path(), "case/bills/bill.csv", &format!("{HEADER}{}", hd("T1", 8, minutes, amount)));
        let output = run(folder.path(), &["reconcile", "case", "--out", out, "--format", "csv,json,parquet"]);
        assert!(output.status.code() != Some(2), "{}", said(&output));
        format!("{out}/100000000001-2024-10")
    };
    let (wrong, right) = (report(12, "0.04788", "wrong"), report(10, "0.0399", "right"));
    let output = run(folder.path(), &["diff", &wrong, &right, "--lang", "en"]);
    let shown = said(&output);
    for wanted in ["inputs: 0 added, 0 gone, 1 changed", "bills/bill.csv", "findings: 0 added, 1 gone, 0 changed"] {
        assert!(shown.contains(wanted), "`{wanted}` is not in\n{shown}");
    }
    assert_eq!(run(folder.path(), &["diff", &wrong, &wrong]).status.code(), Some(0));
    let mixed = run(folder.path(), &["diff", &wrong, "case/bills/bill.csv"]);
    assert_eq!(mixed.status.code(), Some(2), "{}", said(&mixed));
}

/// A random bill without fault, its rows and what is planted in them.
fn bill_is_edited(seed: u64) -> Result<(), String> {
    let text = issued::l3(&issued::billable(accounts::sample(seed)));
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let columns: Vec<&str> = header.split(',').collect();
    let at = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    let (amount, start) = (at("优惠后总价"), at("开始使用时间"));
    let mut dice = Dice::new(seed ^ 0x5eed);
    let (mut new, mut wanted) = (vec![header.to_owned()], BTreeSet::new());
    for row in &rows {
        let cells: Vec<String> = row.split(',').map(str::to_owned).collect();
        let day = cells[start].split(' ').next().unwrap().to_owned();
        match dice.below(6) {
            0 => _ = wanted.insert(("gone".to_owned(), day, cells[amount].clone(), String::new())),
            1 => {
                let more = cells[amount].parse::<Decimal>().unwrap() + Decimal::new(dice.between(1, 999_999), 6);
                let mut edited = cells.clone();
                edited[amount] = more.normalize().to_string();
                wanted.insert(("changed".to_owned(), day, cells[amount].clone(), edited[amount].clone()));
                new.push(edited.join(","));
            }
            _ => new.push((*row).to_owned()),
        }
    }
    if let Some(row) = rows.first() {
        let mut cells: Vec<&str> = row.split(',').collect();
        cells[at("资源ID")] = "1499999999";
        wanted.insert((
            "added".to_owned(),
            cells[start].split(' ').next().unwrap().to_owned(),
            String::new(),
            cells[amount].to_owned(),
        ));
        new.insert(1, cells.join(","));
    }
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "old.csv", &text);
    put(folder.path(), "new.csv", &(new.join("\n") + "\n"));
    let plain = |text: String| text.parse::<Decimal>().map_or(text, |figure| figure.normalize().to_string());
    let wanted: BTreeSet<_> = wanted.into_iter().map(|(a, day, old, new)| (a, day, plain(old), plain(new))).collect();
    let (status, found) = changes(folder.path(), "old.csv", "new.csv");
    let count = found.len();
    let found: BTreeSet<_> = found.into_iter().map(|[change, day, _, old, new, _]| (change, day, old, new)).collect();
    let itself = changes(folder.path(), "new.csv", "new.csv");
    let right = found == wanted && count >= wanted.len() && status == i32::from(!wanted.is_empty());
    if right && itself == (0, Vec::new()) { Ok(()) } else { Err(format!("seed {seed}:\n{found:?}\n{wanted:?}")) }
}

#[test]
fn edits_of_random_bills_are_found_one_for_one() {
    let seeds: Vec<u64> = (0..24).collect();
    let wrong: Vec<String> = side_by_side(&seeds, |seed| bill_is_edited(*seed).err()).into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A random export, of which rows are taken away and made larger.
fn export_is_edited(seed: u64) -> Result<(), String> {
    let sample = accounts::sample(seed);
    let text = accounts::usage_csv(&sample.usage);
    let mut known = BTreeSet::new();
    // One row of an interval, application and item: what adds up and what repeats is told elsewhere.
    let key = |row: &str| row.split(',').take(4).map(str::to_owned).collect::<Vec<_>>();
    let rows: Vec<&str> = text.lines().skip(1).filter(|row| known.insert(key(row))).collect();
    let header = text.lines().next().unwrap();
    let mut dice = Dice::new(seed ^ 0xed17);
    let (mut new, mut wanted) = (vec![header.to_owned()], BTreeSet::new());
    for row in &rows {
        let cells: Vec<&str> = row.split(',').collect();
        let (item, seconds) = (cells[3].to_owned(), cells[4]);
        let whole = cells[5] == "s" && seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0);
        match dice.below(8) {
            0 if whole => _ = wanted.insert(("gone", item, seconds.to_owned(), String::new())),
            1 if whole => {
                let more = (seconds.parse::<u32>().unwrap() + 60).to_string();
                wanted.insert(("changed", item, seconds.to_owned(), more.clone()));
                new.push(format!("{},{more},s", cells[..4].join(",")));
            }
            _ => new.push((*row).to_owned()),
        }
    }
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "old.csv", &format!("{header}\n{}\n", rows.join("\n")));
    put(folder.path(), "new.csv", &(new.join("\n") + "\n"));
    let (_, found) = changes(folder.path(), "old.csv", "new.csv");
    let found: BTreeSet<_> = found.into_iter().map(|[change, _, item, old, new, _]| (change, item, old, new)).collect();
    let wanted: BTreeSet<_> = wanted.into_iter().map(|(a, item, old, new)| (a.to_owned(), item, old, new)).collect();
    let itself = changes(folder.path(), "new.csv", "new.csv");
    if found == wanted && itself == (0, Vec::new()) {
        Ok(())
    } else {
        Err(format!("seed {seed}:\n{found:?}\n{wanted:?}"))
    }
}

#[test]
fn edits_of_random_exports_are_found_one_for_one() {
    let seeds: Vec<u64> = (0..24).collect();
    let wrong: Vec<String> = side_by_side(&seeds, |seed| export_is_edited(*seed).err()).into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the exit status of `reconcile` for a case with these bills, and its output.
fn with_bills(bills: &[(&str, String)]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "case/account.toml", ACCOUNT);
    let row = |day: u32| format!("2024-10-{day:02} 10:00:00,2024-10-{day:02} 10:05:00,1400000001,av.hd,600,s\n");
    let days: String = (1..=31).map(row).collect();
    put(folder.path(), "case/usage/usage.csv", &format!("start,end,sdk_app_id,item,quantity,unit\n{days}"));
    for (name, text) in bills {
        put(folder.path(), &format!("case/bills/{name}"), text);
    }
    let output = run(folder.path(), &["reconcile", "case", "--lang", "en"]);
    (output.status.code().unwrap(), said(&output))
}

/// A bill of some days, with transaction ids or without.
fn bill(days: std::ops::RangeInclusive<u32>, minutes: u32, amount: &str, ids: bool) -> String {
    let rows = days.map(|day| hd(&if ids { format!("T{day}") } else { String::new() }, day, minutes, amount));
    format!("{HEADER}{}", rows.collect::<String>())
}

#[test]
fn two_bills_of_a_month_are_not_added_up() {
    let wrong = bill(1..=31, 12, "0.04788", true);
    let right = bill(1..=31, 10, "0.0399", true);
    let dated =
        [("100000000001-202410-20241103.csv", wrong.clone()), ("100000000001-202410-20241105.csv", right.clone())];
    let (status, said) = with_bills(&dated);
    assert_eq!(status, 0, "{said}");
    // 31 days of 0.0399 are 1.2369, of 0.04788 1.48428.
    assert!(
        said.contains("[bill-restated]") && said.contains("31 rows of 1.48428 are left out, 1.2369 counts"),
        "{said}"
    );
    for ids in [true, false] {
        let bills = [("one.csv", bill(1..=31, 12, "0.04788", ids)), ("other.csv", bill(1..=31, 10, "0.0399", ids))];
        let (status, said) = with_bills(&bills);
        assert_eq!(status, 2, "{said}");
        assert!(
            said.contains("[bill-twice]") && said.contains("bills/one.csv") && said.contains("bills/other.csv"),
            "{said}"
        );
    }
    // A newer file of a few rows restates no whole bill.
    let few = [("a-20241103.csv", right), ("b-20241105.csv", bill(8..=8, 12, "0.04788", true))];
    let (status, said) = with_bills(&few);
    assert!(status == 2 && said.contains("[bill-twice]"), "{said}");
}

#[test]
fn files_that_are_parts_of_one_bill_add_up() {
    for ids in [true, false] {
        let parts = [("page-1.csv", bill(1..=15, 10, "0.0399", ids)), ("page-2.csv", bill(16..=31, 10, "0.0399", ids))];
        let (status, said) = with_bills(&parts);
        assert_eq!(status, 0, "{said}");
    }
    let overlapping = [("a.csv", bill(1..=20, 10, "0.0399", true)), ("b.csv", bill(15..=31, 10, "0.0399", true))];
    let (status, said) = with_bills(&overlapping);
    assert!(status == 0 && said.contains("[bill-overlap]"), "{said}");
    // One charge of a day in two transactions, at the edge of two pages.
    let edge = [
        ("page-1.csv", format!("{}{}", bill(1..=15, 10, "0.0399", true), hd("T16a", 16, 4, "0.01596"))),
        ("page-2.csv", format!("{}{}", bill(17..=31, 10, "0.0399", true), hd("T16b", 16, 6, "0.02394"))),
    ];
    let (status, said) = with_bills(&edge);
    assert_eq!(status, 0, "{said}");
}
