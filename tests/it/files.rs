//! What lies in the folders of a case, and what odd files and bills lead to.

use std::fs::{self, File};
use std::path::Path;

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
    first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n\
    2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,600,s\n";
const L3: &str = "产品名称,资源ID,交易类型,扣费时间,开始使用时间,结束使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,优惠后总价,币种\n";
const LINE: &str = "实时音视频,1400000001,按量计费日结,2024-10-09 10:00:00,2024-10-08 00:00:00,2024-10-08 23:59:59,高清HD,0.00399,美元/分钟,10,分钟,0.0399,USD\n";

/// Status, stdout and stderr.
struct Ran(i32, String, String);

fn write(case: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = case.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn ran(folder: &Path, arguments: &[&str]) -> Ran {
    let output = crate::program().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran(output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Reconciles a case of these files beside a good account.
fn reconcile(files: &[(&str, &str)]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("c"), &[("account.toml", ACCOUNT)]);
    write(&folder.path().join("c"), files);
    ran(folder.path(), &["reconcile", "c", "--format", "csv,json"])
}

#[test]
fn folders_in_folders_are_read() {
    let bill = format!("{L3}{LINE}");
    let Ran(status, _, said) =
        reconcile(&[("usage/2024/十月/u.csv", USAGE), ("usage/__MACOSX/._u.csv", "x"), ("bills/a/b.csv", &bill)]);
    assert_eq!(status, 0, "{said}");
    let Ran(status, _, said) = reconcile(&[("usage/u.csv", USAGE), ("bills/a/b.csv", "Dear customer\n")]);
    assert!(status == 2 && said.contains("bills/a/b.csv"), "{said}");
    let deep = format!("usage/{}u.csv", "d/".repeat(10));
    let Ran(status, _, said) = reconcile(&[(&deep, USAGE), ("bills/b.csv", &bill)]);
    assert!(status == 2 && said.contains("folder-too-deep"), "{said}");
}

#[test]
fn a_file_is_called_what_it_is() {
    let Ran(status, _, said) =
        reconcile(&[("usage/u.csv", "<!DOCTYPE html><html><body>login</body></html>"), ("bills/b.csv", L3)]);
    assert!(status == 2 && said.contains("file-other-kind") && said.contains("a web page (HTML)"), "{said}");
}

#[test]
fn foreign_money_is_in_no_sum() {
    // Two days that are billed right say in which currency the account is billed.
    let day = |text: &str, to: u32| {
        text.replace("2024-10-09", &format!("2024-10-{:02}", to + 1)).replace("2024-10-08", &format!("2024-10-{to:02}"))
    };
    let (_, row) = USAGE.split_once('\n').unwrap();
    let usage = format!("{USAGE}{}{}", day(row, 9), day(row, 10));
    let right = day(LINE, 9) + &day(LINE, 10);
    let bill = format!("{L3}{LINE}{right}{}", LINE.replace("0.0399,USD", "5.5,CNY").replace("高清HD", "语音"));
    let Ran(status, out, said) = reconcile(&[("usage/u.csv", &usage), ("bills/b.csv", &bill)]);
    assert_eq!(status, 1, "{said}");
    assert!(out.contains("billed=0.1197 difference=0 currency=USD"), "{out}");
    assert!(out.contains("currency"), "{out}");
    // The charge of a line in the wrong currency is not billed: expected 0.0399, billed nothing.
    let foreign = LINE.replace("0.0399,USD", "0.29,CNY");
    let Ran(status, out, _) = reconcile(&[("usage/u.csv", &usage), ("bills/b.csv", &format!("{L3}{foreign}{right}"))]);
    assert_eq!(status, 1);
    assert!(out.contains("expected=0.1197 billed=0.0798 difference=-0.0399"), "{out}");
    // A bill of that currency alone may be of the other site.
    let Ran(status, out, _) = reconcile(&[("usage/u.csv", USAGE), ("bills/b.csv", &format!("{L3}{foreign}"))]);
    assert_eq!(status, 3);
    assert!(out.contains("expected=0.0399 billed=0 difference=-0.0399") && out.contains("site = \"cn\""), "{out}");
}

/// A fee of the last day of the month.
fn last_day_fee(rows: &str) -> Ran {
    let account = format!(
        "{ACCOUNT}[[subscription]]\nid = \"s\"\nplan = \"rtc-engine-lite\"\napp = 1400000001\npurchased = 2024-10-31T10:00:00\n"
    );
    reconcile(&[("account.toml", &account), ("usage/u.csv", USAGE), ("bills/b.csv", &format!("{L3}{LINE}{rows}"))])
}

#[test]
fn a_fee_of_the_last_day_may_be_printed_on_the_next_first() {
    let fee = |day: &str| {
        format!(
            "实时音视频,1400000001,包年包月新购,{day} 10:00:00,{day} 10:00:00,2024-12-01 10:00:00,RTC-Engine 包月套餐-轻量版,49.5,美元/月,1,月,49.5,USD\n"
        )
    };
    assert_eq!(last_day_fee(&fee("2024-10-31")).0, 0);
    let Ran(status, out, said) = last_day_fee(&fee("2024-11-01"));
    assert_eq!(status, 0, "{out}{said}");
    // Where the fee is on the bill already, the one of the 1st is the next month's.
    let Ran(status, _, said) = last_day_fee(&(fee("2024-10-31") + &fee("2024-11-01")));
    assert!(status == 0 && said.contains("bill-outside-period") && said.contains("49.5"), "{said}");
}

#[test]
fn a_second_id_is_refused_at_its_own_line() {
    let account = format!("{ACCOUNT}[[app]]\nsdk_app_id = 1400000002\n[[app]]\nsdk_app_id = 1400000001\n");
    let Ran(status, _, said) = reconcile(&[("account.toml", &account), ("usage/u.csv", USAGE)]);
    assert!(status == 2 && said.contains("account.toml!11") && said.contains("the first is on line 7"), "{said}");
}

#[test]
fn an_opening_above_what_the_plan_gave_is_said() {
    let account = format!(
        "{ACCOUNT}[[grant]]\nid = \"g\"\nplan = \"free-monthly\"\npurchased = 2024-10-01T00:00:00\n\
         opening = {{ at = 2024-10-01T00:00:00, minutes = \"10001\" }}\n"
    );
    let Ran(_, _, said) = reconcile(&[("account.toml", &account), ("usage/u.csv", USAGE), ("bills/b.csv", L3)]);
    assert!(said.contains("account-opening") && said.contains("its opening has 10001 minutes"), "{said}");
    assert!(said.contains("account.toml!9"), "{said}");
}

#[test]
fn an_account_of_others_is_one_finding_a_file() {
    let header = "账号 ID,用量起始时间,用量截止时间,标准用量,用量单位,sdkAppId,其他信息\n";
    let row = "100000000009,2024-10-08 10:00:00,2024-10-08 10:05:00,60,秒,1400000001,高清\n";
    let Ran(status, _, said) =
        reconcile(&[("usage/u.csv", &format!("{header}{}", row.repeat(30))), ("bills/b.csv", L3)]);
    assert_eq!((status, said.matches("usage-other-account").count()), (2, 1), "{said}");
    assert!(said.contains("and 29 more rows like it"), "{said}");
}

#[test]
fn out_may_be_no_file_and_a_full_terminal_takes_nothing_back() {
    let folder = tempfile::tempdir().unwrap();
    let bill = format!("{L3}{LINE}");
    write(&folder.path().join("c"), &[("account.toml", ACCOUNT), ("usage/u.csv", USAGE), ("bills/b.csv", &bill)]);
    fs::write(folder.path().join("reports"), "a file").unwrap();
    let Ran(status, _, said) = ran(folder.path(), &["reconcile", "c"]);
    assert!(status == 2 && said.contains("reports is a file, not a folder"), "{said}");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = crate::program();
    let run = command.current_dir(folder.path()).args(["reconcile", "c", "--out", "o"]).stdout(full).output().unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.code() == Some(0) && said.contains("standard output"), "{said}");
    assert!(folder.path().join("o/100000000001-2024-10/manifest.json").is_file());
}

#[test]
fn a_help_can_be_copied_into_account_toml() {
    let bill = format!("{L3}{}", LINE.replace("高清HD", "\"某\"\"组件\"\"\\x\""));
    let Ran(status, _, said) = reconcile(&[("usage/u.csv", USAGE), ("bills/b.csv", &bill)]);
    let line = said.lines().find(|line| line.contains("[[alias]]")).unwrap_or_else(|| panic!("{said}"));
    let text = line.split("text = ").nth(1).unwrap().split(", item").next().unwrap();
    let read: toml::Table = toml::from_str(&format!("text = {text}")).unwrap();
    assert_eq!((status, read["text"].as_str()), (2, Some("某\"组件\"\\x")));
}

/// The sum that a single file of usage comes to.
fn rated(name: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("c"), &[("account.toml", ACCOUNT), (&format!("usage/{name}"), text)]);
    let Ran(status, out, said) = ran(folder.path(), &["rate", "c", "--format", "csv"]);
    let sum = out.split("expected=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    if status == 0 { sum.to_owned() } else { format!("{status}: {said}") }
}

#[test]
fn every_response_of_the_usage_api_is_read() {
    let list = |keys: &str, time: &str, values: &str| {
        format!(
            r#"{{"Response":{{"UsageKey":[{keys}],"UsageList":[{{"TimeKey":"{time}","UsageValue":[{values}]}}],"RequestId":"x"}}}}"#
        )
    };
    let day = "2024-10-08 00:00:00";
    let cases = [
        // 1 x 0.00099 + 10 x 0.00399.
        ("DescribeTrtcUsage_1400000001.json", list(r#""Audio","SD","HD""#, day, "1,0,10"), "0.04089"),
        // 100 x 0.00149.
        ("DescribeRecordingUsage_1400000001.json", list(r#""Audio","SD""#, day, "100,0"), "0.149"),
        // 10 x 0.00599.
        (
            "DescribeMixTranscodingUsage_1400000001.json",
            list(r#""Audio","SDH264","HDH264","FullHDH264""#, day, "0,0,10,0"),
            "0.0599",
        ),
        // 5 Mbps x 18.99.
        (
            "DescribeRelayUsage_第三方_1400000001.json",
            list(r#""Bandwidth""#, "2024-10-08 00:05:00", "5.00"),
            "94.95",
        ),
        // Seconds: 60 are 1 minute, 600 are 10.
        (
            "DescribeTrtcRoomUsage_1400000001_2024-10-08.json",
            r#"{"Response":{"Data":"RoomId,Audio,SD,hd,FullHD,2K,4K\n1,60,0,600,0,0,0\n","RequestId":"x"}}"#.to_owned(),
            "0.04089",
        ),
        // 10 x 0.00149 + 10 x 0.00599.
        (
            "DescribeRecordStatistic.json",
            r#"{"Response":{"SdkAppIdUsages":[{"SdkAppId":1400000001,"Usages":[{"TimeKey":"2024-10-08","AudioTime":600,"Class1VideoTime":0,"Class2VideoTime":600,"Class3VideoTime":0}]}]}}"#.to_owned(),
            "0.0748",
        ),
        // 10 x 0.00199 + 10 x 0.00599.
        (
            "DescribeTrtcMcuTranscodeTime_1400000001.json",
            r#"{"Response":{"Usages":[{"TimeKey":"2024-10-08","AudioTime":600,"VideoTimeSd":0,"VideoTimeHd":600,"VideoTimeFhd":0,"Flux":1}]}}"#.to_owned(),
            "0.0798",
        ),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .map(|(name, text, sum)| (name, rated(name, text), sum))
        .filter(|(_, found, sum)| found != *sum)
        .map(|(name, found, sum)| format!("{name}: {found}, not {sum}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_check_tells_what_each_file_holds() {
    let folder = tempfile::tempdir().unwrap();
    let usage = format!("{USAGE}2024-10-10 10:00:00,2024-10-10 10:05:00,1400000001,av.hd,600,s\n");
    let bill = format!("{L3}{LINE}");
    write(&folder.path().join("c"), &[("account.toml", ACCOUNT), ("usage/u.csv", &usage), ("bills/b.csv", &bill)]);
    let Ran(status, out, said) = ran(folder.path(), &["check", "c", "--quiet"]);
    assert_eq!(status, 3, "{said}");
    for line in [
        "usage/u.csv  (csv, UTF-8, comma: the tidy form (start,end,sdk_app_id,item,quantity,unit))",
        ": rows 2 = used 2 + excluded 0 + duplicate 0 + rejected 0",
        "  2 days, 2024-10-08/2024-10-10, 5-minute slots: 2",
        "  no row on: 2024-10-09",
        "  L3: rows 1 = used 1 + excluded 0 + duplicate 0 + rejected 0",
        "  1 day, 2024-10-08",
        "usage on 2 of 31 days; rows that repeat others: 0",
        "2024-10-08T10:05:00/2024-10-10T10:00:00 (47 h 55 min)",
        "0 errors, 1 warning, 0 notes",
    ] {
        assert!(out.contains(line), "{line}\n{out}");
    }
    assert!(said.contains("usage-gap"), "a check that is not silent says what it found: {said}");
    // What is refused is told beside what was read.
    write(&folder.path().join("c"), &[("usage/v.csv", "minutes of the meeting\n")]);
    let Ran(status, out, said) = ran(folder.path(), &["check", "c"]);
    assert!(status == 2 && said.contains("normalise-layout-unknown"), "{said}");
    assert!(out.contains("rows 2 = used 2") && out.contains("usage/v.csv") && out.contains("not read"), "{out}");
}

#[test]
fn a_check_is_silent_where_all_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let days: String = (1..=31)
        .map(|day| format!("2024-10-{day:02} 10:00:00,2024-10-{day:02} 10:05:00,1400000001,av.hd,600,s\n"))
        .collect();
    let usage = format!("start,end,sdk_app_id,item,quantity,unit\n{days}");
    write(&folder.path().join("c"), &[("account.toml", ACCOUNT), ("usage/u.csv", &usage)]);
    let Ran(status, out, said) = ran(folder.path(), &["check", "c", "--quiet"]);
    assert_eq!((status, out.as_str(), said.as_str()), (0, "", ""));
}
