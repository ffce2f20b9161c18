//! One test for each defect that was found by trying to break the tool.

use std::fs;
use std::path::Path;

use trtc_recon::pipeline::{Outcome, Status, Task};

use crate::run::{case, charges, report};

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
    first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n";
const HD: &str = "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,600,s\n";
const L3: &str = "产品名称,资源ID,交易类型,交易ID,扣费时间,开始使用时间,结束使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,优惠后总价,币种\n";
const LINE: &str = "实时音视频,1400000001,按量计费日结,T1,2024-10-09 10:00:00,2024-10-08 00:00:00,2024-10-08 23:59:59,高清HD,0.00399,美元/分钟,10,分钟,0.0399,USD\n";

fn codes(outcome: &Outcome) -> Vec<&'static str> {
    outcome.diagnostics.iter().map(|found| found.code).collect()
}

fn refused(account: &str, usage: &str, bill: Option<&str>, code: &str) {
    let outcome = case(account, &format!("{USAGE}{usage}"), bill);
    assert!(outcome.status == Status::Refused && codes(&outcome).contains(&code), "{code}: {:?}", codes(&outcome));
}

#[test]
fn an_item_of_the_tidy_form_is_never_guessed() {
    for item in ["deliver.hd", "av.2k+", "av.", "av.hdd", "HD", "fee.live-pro"] {
        refused(ACCOUNT, &HD.replace("av.hd", item), None, "usage-item-unknown");
    }
}

#[test]
fn an_interval_is_within_a_day_or_a_month() {
    for (start, end) in
        [("2024-10-01", "2024-10-03"), ("2024-10-01 08:00:00", "2024-10-02 08:00:00"), ("2024-09-30", "2024-10-02")]
    {
        refused(ACCOUNT, &format!("{start},{end},1400000001,av.hd,600,s\n"), None, "usage-interval");
    }
    // A month's minutes cannot be split into the days that this card settles.
    refused(ACCOUNT, "2024-10-01,2024-11-01,1400000001,av.hd,600,s\n", None, "usage-too-coarse");
}

#[test]
fn what_is_a_slip_in_account_toml_is_refused() {
    refused(&format!("{ACCOUNT}[contract]\ndiscount = \"8.5\"\n"), HD, None, "account-value");
    let elsewhere =
        "[[subscription]]\nid = \"s\"\nplan = \"live-pro\"\napp = 1400000009\npurchased = 2024-10-01T00:00:00\n";
    refused(&format!("{ACCOUNT}{elsewhere}"), HD, None, "account-value");
}

#[test]
fn a_bill_of_nothing_or_of_another_month_is_refused() {
    let said = |usage: &str, bill: &str| {
        let outcome = case(ACCOUNT, &format!("{USAGE}{usage}"), Some(bill));
        (outcome.status, codes(&outcome))
    };
    let (status, found) = said(HD, L3);
    assert!(status == Status::Refused && found.contains(&"bill-empty"), "{found:?}");
    let (status, found) = said(HD, &format!("{L3}{}", LINE.replace("2024-10", "2024-08")));
    assert!(status == Status::Refused && found.contains(&"bill-of-other-period"), "{found:?}");
    // Nothing against nothing is no agreement.
    let (status, found) = said(&HD.replace("2024-10", "2024-08"), L3);
    assert!(status == Status::Inconclusive && found.contains(&"usage-of-other-period"), "{found:?}");
}

#[test]
fn a_refused_row_is_not_called_usage_of_another_month() {
    let outcome = case(ACCOUNT, &format!("{USAGE}{}", HD.replace("600", "NaN")), None);
    assert_eq!(codes(&outcome).iter().filter(|code| **code == "usage-of-other-period").count(), 0);
}

fn reconcile(bills: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    write_case(folder.path(), bills);
    let run = crate::program()
        .args(["reconcile", "--format", "csv", "--out"])
        .arg(folder.path().join("out"))
        .arg(folder.path())
        .output()
        .unwrap();
    (run.status.code(), String::from_utf8(run.stdout).unwrap() + &String::from_utf8(run.stderr).unwrap())
}

fn write_case(folder: &Path, bills: &[(&str, &str)]) {
    fs::create_dir_all(folder.join("usage")).unwrap();
    fs::create_dir_all(folder.join("bills")).unwrap();
    fs::write(folder.join("account.toml"), ACCOUNT).unwrap();
    fs::write(folder.join("usage/usage.csv"), format!("{USAGE}{HD}")).unwrap();
    for (name, text) in bills {
        fs::write(folder.join("bills").join(name), text).unwrap();
    }
}

#[test]
fn a_charge_in_two_files_of_a_bill_counts_once() {
    let bill = format!("{L3}{LINE}");
    let (status, said) = reconcile(&[("a.csv", &bill), ("b.csv", &format!("{bill}\n"))]);
    assert!(status == Some(0) && said.contains("bill-overlap"), "{said}");
    // Twice in one file it is billed twice.
    let (status, said) = reconcile(&[("a.csv", &format!("{bill}{LINE}"))]);
    assert!(status == Some(1) && said.contains("line repeated"), "{said}");
}

#[test]
fn two_cases_of_one_report_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let bill = format!("{L3}{LINE}");
    for case in ["a", "b"] {
        write_case(&folder.path().join("batch").join(case), &[("bill.csv", &bill)]);
    }
    let run = |paths: &[&str]| {
        let mut command = crate::program();
        command.arg("reconcile").arg("--out").arg(folder.path().join("out"));
        command.args(paths.iter().map(|path| folder.path().join("batch").join(path))).output().unwrap()
    };
    let both = run(&["a", "b"]);
    assert_eq!(both.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&both.stderr).contains("case-twice"));
    // The same folder named twice is one case.
    assert_eq!(run(&["a", "a"]).status.code(), Some(0));
}

#[test]
fn a_resource_bill_with_several_items_a_row_is_held_day_by_day() {
    let usage = format!("{HD}{}", HD.replace("av.hd", "av.audio")).replace("2024-10-08", "2024-10-08");
    let next = usage.replace("2024-10-08", "2024-10-09");
    let header = "产品名称,资源ID,交易类型,开始使用时间,结束使用时间,配置描述,原价,优惠后总价\n";
    let row = |day: &str, amount: &str| {
        format!(
            "实时音视频,1400000001,按量计费日结,{day} 00:00:00,{day} 23:59:59,语音: 10分钟; 高清: 10分钟; ,{amount},{amount}\n"
        )
    };
    // 10 x 0.00099 + 10 x 0.00399 = 0.0498 a day, 0.05 in cents.
    let bill = |first: &str, second: &str| format!("{header}{}{}", row("2024-10-08", first), row("2024-10-09", second));
    let all = format!("{USAGE}{usage}{next}");
    assert_eq!(case(ACCOUNT, &all, Some(&bill("0.05", "0.05"))).status, Status::Clean);
    let swapped = report(ACCOUNT, &all, Some(&bill("1.05", "-0.95"))).comparison.unwrap();
    assert_eq!(swapped.discrepancies.len(), 2, "over- and undercharges are not netted");
    // A row of several items prints no minutes: nothing of it is certain.
    let found: Vec<_> =
        swapped.discrepancies.iter().map(|row| (row.difference.to_string(), row.strength.name())).collect();
    assert_eq!(found, [("1.0002".to_owned(), "inconclusive"), ("-0.9998".to_owned(), "inconclusive")]);
}

#[test]
fn a_fee_billed_twice_shows_both_lines() {
    let account = format!(
        "{ACCOUNT}[[subscription]]\nid = \"s\"\nplan = \"rtc-engine-lite\"\napp = 1400000001\npurchased = 2024-10-08T10:00:00\n"
    );
    let fee = "实时音视频,1400000001,包年包月新购,F1,2024-10-08 10:00:00,2024-10-08 10:00:00,2024-11-08 10:00:00,RTC-Engine 包月套餐-轻量版,49.5,美元/月,1,月,49.5,USD\n";
    let covered = LINE.replace(",10,分钟,0.0399", ",0,分钟,0");
    let bill = format!("{L3}{covered}{fee}{}", fee.replace("F1", "F2"));
    let found = report(&account, &format!("{USAGE}{HD}"), Some(&bill)).comparison.unwrap().discrepancies;
    let [row] = &found[..] else { panic!("{found:?}") };
    assert_eq!((row.kind.name(), row.cause.to_string().as_str()), ("duplicate", "duplicate_line"));
    assert_eq!((row.expected_amount.to_string(), row.billed_amount.to_string()), ("49.5".into(), "99".into()));
    assert_eq!(row.source, "bills/bill.csv!3; bills/bill.csv!4");
}

#[test]
fn a_month_without_a_bill_line_takes_no_cause_of_chance() {
    let other = HD.replace("2024-10-08", "2024-10-09");
    let usage = format!("{USAGE}{HD}{other}{}", other.replace("av.hd", "av.fhd"));
    let fhd =
        LINE.replace("2024-10-08", "2024-10-09").replace("高清HD", "全高清(Full HD)").replace("0.00399", "0.00899");
    let bill = format!("{L3}{LINE}{}", fhd.replace("0.0399", "0.0899").replace("T1", "T2"));
    let comparison = report(ACCOUNT, &usage, Some(&bill)).comparison.unwrap();
    let found: Vec<_> = comparison.discrepancies.iter().map(|row| (row.kind.name(), row.cause.to_string())).collect();
    // A free month that account.toml lacks is no chance: most accounts have one.
    assert_eq!(found, [("missing_in_bill", "grant_missing:free-monthly|interval_missing".to_owned())]);
    assert_eq!(charges(&report(ACCOUNT, &usage, None)).len(), 3);
}

#[test]
fn a_fee_of_the_day_before_the_month_may_be_printed_a_day_late() {
    let account = format!(
        "{ACCOUNT}[[subscription]]\nid = \"s\"\nplan = \"rtc-engine-lite\"\napp = 1400000001\npurchased = 2024-09-30T10:00:00\n"
    );
    let fee = "实时音视频,1400000001,包年包月新购,F1,2024-10-01 10:00:00,2024-10-01 10:00:00,2024-10-30 10:00:00,RTC-Engine 包月套餐-轻量版,49.5,美元/月,1,月,49.5,USD\n";
    let covered = LINE.replace(",10,分钟,0.0399", ",0,分钟,0");
    let outcome = case(&account, &format!("{USAGE}{HD}"), Some(&format!("{L3}{covered}{fee}")));
    assert!(outcome.status == Status::Clean, "{:?}", outcome.report.and_then(|report| report.comparison));
    // It is no charge of October, and its absence is no finding.
    let without = case(&account, &format!("{USAGE}{HD}"), Some(&format!("{L3}{covered}")));
    assert!(without.status == Status::Clean);
}

/// Two exports may hold the same bytes and be two: what tells them apart stands in their names.
#[test]
fn two_exports_of_the_same_bytes_are_one_only_where_their_names_agree() {
    let console = "日期,语音\n2024-10-08,10\n";
    let run = |names: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        write_case(folder.path(), &[]);
        let second = ACCOUNT.replace("[[app]]", "[[app]]\nsdk_app_id = 1400000002\n[[app]]");
        fs::write(folder.path().join("account.toml"), second).unwrap();
        fs::remove_file(folder.path().join("usage/usage.csv")).unwrap();
        for name in names {
            fs::write(folder.path().join("usage").join(name), console).unwrap();
        }
        let options = crate::run::options(folder.path(), Task::Rate);
        let outcome = trtc_recon::pipeline::run(folder.path(), &options);
        let report = outcome.report.unwrap();
        (charges(&report), outcome.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>())
    };
    let audio = |app: &str| format!("2024-10-08 {app} av.audio 10 0 0.0099");
    let (lines, found) = run(&["音视频_1400000001.csv", "音视频_1400000002.csv"]);
    assert_eq!(lines, [audio("1400000001"), audio("1400000002")]);
    assert!(!found.contains(&"file-twice"), "{found:?}");
    let (lines, found) = run(&["音视频_1400000001.csv", "音视频_1400000001 (1).csv"]);
    assert_eq!(lines, [audio("1400000001")]);
    assert!(found.contains(&"file-twice"), "{found:?}");
    let (lines, _) = run(&["音视频_1400000001.csv", "云端录制_1400000001.csv"]);
    assert_eq!(lines.len(), 2, "{lines:?}");
}

/// The older API of mixing counts H.264 only, and a file named after it says no less.
#[test]
fn mixing_by_the_older_api_may_be_named_after_it() {
    let folder = tempfile::tempdir().unwrap();
    write_case(folder.path(), &[]);
    let json = r#"{"Response":{"Usages":[{"TimeKey":"2024-10-08","AudioTime":60,"VideoTimeSd":0,"VideoTimeHd":600}]}}"#;
    fs::write(folder.path().join("usage/DescribeTrtcMcuTranscodeTime-1400000001.json"), json).unwrap();
    let outcome = trtc_recon::pipeline::run(folder.path(), &crate::run::options(folder.path(), Task::Rate));
    let lines = charges(&outcome.report.unwrap());
    let items: Vec<_> = lines.iter().filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(items, ["av.hd", "mix.audio", "mix.h264.hd"]);
}

/// A time whose shape is right and whose digits are none is refused like any other.
#[test]
fn a_time_with_a_letter_for_a_digit_is_refused() {
    for time in ["2024-10-08 10:0x:00", "2024-10-08 10:00: 0", "2024-10-08 1\u{7f}:00:00", "20x4-10-08 10:00:00"] {
        refused(ACCOUNT, &HD.replacen("2024-10-08 10:00:00", time, 1), None, "usage-time");
    }
}

/// The month of the older card and the days of the newer one are one bill: July 2024 and 1 to 30 August.
#[test]
fn a_bill_by_deduction_holds_the_month_of_one_card_and_the_days_of_the_next() {
    let account = format!("{}[bill]\ncut = \"deduction\"\n", ACCOUNT.replace("2024-10", "2024-08"));
    let on = |day: &str| HD.replace("2024-10-08", day);
    let usage: String = ["2024-07-15", "2024-07-31", "2024-08-10", "2024-08-30", "2024-08-31"].map(on).concat();
    let report = report(&account, &format!("{USAGE}{usage}"), None);
    let expected = [
        "2024-07 1400000001 av.hd 20 0 0.0798",
        "2024-08-10 1400000001 av.hd 10 0 0.0399",
        "2024-08-30 1400000001 av.hd 10 0 0.0399",
    ];
    assert_eq!(charges(&report), expected);
    assert_eq!(report.completeness.days_expected, 61);
}

/// Nothing has lapsed of a package that outlives the month whose usage the bill holds.
#[test]
fn a_monthly_bill_by_deduction_ends_with_its_month_of_usage() {
    let account = "[account]\nuin = \"100000000001\"\nsite = \"cn\"\nregistered = 2020-01-01\n\
        first_app_created = 2020-05-01\nperiod = \"2021-02\"\n[[app]]\nsdk_app_id = 1400000001\n\
        [bill]\ncut = \"deduction\"\n\
        [[grant]]\nid = \"pack\"\nplan = \"cn-general-custom\"\nminutes = 100\npurchased = 2021-01-20T10:00:00\n\
        end = 2021-02-10T00:00:00\n";
    let report = report(account, &format!("{USAGE}{}", HD.replace("2024-10-08", "2021-01-25")), None);
    assert_eq!(charges(&report), ["2021-01 1400000001 av.hd 10 10 0"]);
    let pack = &report.grants[0];
    assert_eq!((pack.expired.to_string(), pack.remaining.to_string()), ("0".to_owned(), "60".to_owned()));
}

/// A contract may keep the older card; the free trial weighs by the day of usage all the same.
#[test]
fn the_free_trial_weighs_by_the_day_of_usage_on_a_card_that_was_kept() {
    let account = |period: &str| {
        format!(
            "[account]\nuin = \"100000000001\"\nsite = \"cn\"\nregistered = 2020-01-01\nfirst_app_created = 2020-05-01\n\
            period = \"{period}\"\ncard = \"cn-2020\"\n[[app]]\nsdk_app_id = 1400000001\n\
            [[grant]]\nid = \"trial\"\nplan = \"cn-free-trial\"\npurchased = 2022-07-01\n\
            opening = {{ at = 2022-07-01T00:00:00, minutes = \"14\" }}\n"
        )
    };
    let usage: String = ["2022-07-31", "2022-08-01"].map(|day| HD.replace("2024-10-08", day)).concat();
    let of = |period| report(&account(period), &format!("{USAGE}{usage}"), None);
    // Ten of the fourteen minutes cover July; the four that are left are one HD minute of August.
    assert_eq!(charges(&of("2022-07")), ["2022-07 1400000001 av.hd 10 10 0"]);
    let august = of("2022-08");
    assert_eq!(charges(&august), ["2022-08 1400000001 av.hd 10 1 0.252"]);
    assert_eq!(august.cards.len(), 1);
}
