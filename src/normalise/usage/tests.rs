use super::*;
use crate::case::account::{Account, Alias, App, FileHint};
use crate::model::Month;
use crate::model::diagnostic::Severity;
use crate::model::policy::Site;

mod findings;

fn account() -> Account {
    let day = |text| Day::parse(text).unwrap();
    Account {
        apps: [1_400_000_001, 1_400_000_002].map(App::new).to_vec(),
        ..Account::new("100000000001", Site::Intl, day("2023-03-01"), day("2023-03-02"))
    }
}

fn october() -> Span {
    Month::parse("2024-10").unwrap().span()
}

fn read_for(account: &Account, tables: &[Table]) -> UsageRead {
    let read = usage(tables, account, october());
    for counts in &read.counts {
        let parts = counts.used + counts.excluded + counts.duplicate + counts.rejected;
        assert_eq!(counts.rows, parts, "every row is counted once: {counts:?}");
    }
    read
}

fn read(tables: &[Table]) -> UsageRead {
    read_for(&account(), tables)
}

fn csv(file: &str, rows: &[&[&str]]) -> Table {
    Table::of_rows(0, file, None, rows)
}

/// Usage as `start length item app quantity`, errors as codes.
fn told(read: &UsageRead) -> Vec<String> {
    let errors = read.diagnostics.iter().filter(|d| d.severity == Severity::Error).map(|d| d.code.to_owned());
    let usage = read.usage.rows().into_iter().map(|u| {
        let app = u.app % 100;
        format!("{} {} {} {app} {} {:?}", u.start, u.seconds, u.item, u.quantity, u.exactness)
    });
    usage.chain(errors).collect()
}

fn has(read: &UsageRead, code: &str, severity: Severity) -> bool {
    read.diagnostics.iter().any(|d| d.code == code && d.severity == severity)
}

const TIDY: &[&str] = &["start", "end", "sdk_app_id", "item", "quantity", "unit"];
const T0: &str = "2024-10-01 00:00:00";
const T5: &str = "2024-10-01 00:05:00";
const APP: &str = "1400000001";

fn tidy(row: &[&str]) -> UsageRead {
    read(&[csv("usage/a.csv", &[TIDY, row])])
}

#[test]
fn the_tidy_form_in_all_units() {
    let read = read(&[csv(
        "usage/a.csv",
        &[
            TIDY,
            &[T0, T5, APP, "av.hd", "1,234", "s"],
            &["2024-10-01", "2024-10-02", "1400000002", "rec.hd", "3", "min"],
            &[T0, T5, APP, "relay.third", "5.25", "Mbps"],
            &["2024-10-01", "2024-10-31", APP, "snapshot", "22000", "image"],
            &["2024-10-01", "2024-11-01", APP, "mau", "15", "user"],
        ],
    )]);
    assert_eq!(
        told(&read),
        [
            "2024-10-01T00:00:00 300 av.hd 1 1234 Exact",
            "2024-10-01T00:00:00 86400 rec.hd 2 180 Minutes",
            "2024-10-01T00:00:00 300 relay.third 1 5250000 Exact",
            "2024-10-01T00:00:00 2678400 snapshot 1 22000 Exact",
            "2024-10-01T00:00:00 2678400 mau 1 15 Exact",
        ]
    );
    assert_eq!(read.counts[0].used, 5);
}

const DETAIL: &[&str] = &[
    "日期",
    "账号 ID",
    "用量统计类型",
    "产品编码",
    "子产品名称",
    "组件类型",
    "组件",
    "用量单位",
    "用量起始时间",
    "用量截止时间",
    "标准用量",
    "抵扣用量",
    "抵扣余量",
    "sdkAppId",
    "其他信息",
];

fn detail<'a>(start: &'a str, end: &'a str, quantity: &'a str, tgr: &'a str) -> Vec<&'a str> {
    vec![
        "2024-10-01",
        "100000000001",
        "minute",
        "p_rav",
        "实时音视频",
        "时长",
        "订阅时长",
        "秒",
        start,
        end,
        quantity,
        "10",
        "20",
        APP,
        tgr,
    ]
}

const HD: &str = r#"[{"Key":"tgr","Value":"高清"}]"#;

#[test]
fn the_detail_workbook_with_both_grains_counts_once() {
    let fine = Table::of_rows(
        0,
        "usage/a.xlsx",
        Some("实时音视频_时长_5分钟"),
        &[DETAIL, &detail(T0, "2024-10-01 00:04:59", "30", HD), &detail(T5, "2024-10-01 00:09:59", "20", HD)],
    );
    let mut row = detail(T0, "2024-10-01 23:59:59", "50", HD);
    row[2] = "day";
    let daily = Table::of_rows(1, "usage/a.xlsx", Some("实时音视频_时长_日"), &[DETAIL, &row]);
    let notes = Table::of_rows(2, "usage/a.xlsx", Some("说明"), &[&["本表由系统生成"]]);
    let read = read(&[fine, daily, notes]);
    assert_eq!(told(&read), ["2024-10-01T00:00:00 300 av.hd 1 30 Exact", "2024-10-01T00:05:00 300 av.hd 1 20 Exact"]);
    assert_eq!(read.counts[1].reasons, [("cross-footed against finer rows".to_owned(), 1)]);
    assert!(has(&read, "normalise-sheet-skipped", Severity::Note));
    let deducted: Vec<_> = read.vendor_deductions.iter().map(|printed| (printed.place.row, printed.deducted)).collect();
    assert_eq!(deducted, [(2, Decimal::from(10)), (3, Decimal::from(10))], "of the rows that compete");
}

#[test]
fn the_api_keys_are_aliases_and_a_missing_end_follows_from_the_grain() {
    let read = read(&[csv(
        "usage/a.csv",
        &[
            &[
                "Uin",
                "DosageType",
                "ProductCode",
                "SubProductName",
                "DosageUnit",
                "DosageBeginTime",
                "DosageValue",
                "SdkAppId",
                "AttrStr",
            ],
            &[
                "100000000001",
                "day",
                "p_rav",
                "云端录制",
                "秒",
                "2024-10-02",
                "100",
                "1400000001.0",
                r#"[{"Key":"tgr","Value":"2K+"}]"#,
            ],
        ],
    )]);
    assert_eq!(told(&read), ["2024-10-02T00:00:00 86400 rec.4k 1 100 Exact"]);
    assert!(has(&read, "usage-app-with-point", Severity::Warning));
}

#[test]
fn what_the_detail_holds_beside_usage_is_excluded_with_its_reason() {
    let mut other = detail(T0, T5, "1", HD);
    other[3] = "p_live";
    let mut free = detail(T0, T5, "1", HD);
    free[6] = "录制投递至云点播";
    let totals: &[&str] = &["合计", "", "", "", "", "", "", "", "", "", "99", "", "", "", ""];
    let later = detail("2024-11-01 00:00:00", "2024-11-01 00:05:00", "1", HD);
    let before = detail("2024-09-30 23:55:00", "2024-10-01 00:00:00", "7", HD);
    let read = read(&[csv("usage/a.csv", &[DETAIL, &other, &free, totals, &later, &before])]);
    assert_eq!(told(&read), ["2024-09-30T23:55:00 300 av.hd 1 7 Exact"]);
    let reasons: Vec<&str> = read.counts[0].reasons.iter().map(|(why, _)| why.as_str()).collect();
    assert_eq!(reasons, ["a row of totals", "after the period", "delivery to VOD is free", "of another product"]);
}

#[test]
fn a_console_export_by_the_day_names_its_service_and_application_in_the_file() {
    let read = read(&[csv(
        "usage/音视频通话_1400000002.csv",
        &[
            &["用量统计 2024-10"],
            &["日期", "语音时长(分钟)", "高清(HD)", "全高清(Full HD)", "备注"],
            &["2024-10-01", "1,200", "0", "3", ""],
            &["2024-10-02", "--", "5", "", "x"],
            &["总计", "1,200", "5", "3", ""],
        ],
    )]);
    assert_eq!(
        told(&read),
        [
            "2024-10-01T00:00:00 86400 av.audio 2 72000 Minutes",
            "2024-10-01T00:00:00 86400 av.fhd 2 180 Minutes",
            "2024-10-02T00:00:00 86400 av.hd 2 300 Minutes",
        ]
    );
    assert!(has(&read, "header-column-unknown", Severity::Warning));
    assert_eq!((read.counts[0].used, read.counts[0].excluded), (2, 1));
}

#[test]
fn a_console_export_of_one_day_has_five_minute_rows() {
    let mut account = account();
    account.files = vec![FileHint {
        path: "usage/export.csv".to_owned(),
        app: Some(1_400_000_001),
        service: Some("deliver.third".to_owned()),
    }];
    let rows: &[&[&str]] = &[&["时间", "Audio", "HD"], &[T0, "1", "2"], &["2024/10/1 0:05", "0", "1"]];
    let read = read_for(&account, &[csv("usage/export.csv", rows)]);
    assert_eq!(
        told(&read),
        [
            "2024-10-01T00:00:00 300 deliver.third.audio 1 60 Minutes",
            "2024-10-01T00:00:00 300 deliver.third.hd 1 120 Minutes",
            "2024-10-01T00:05:00 300 deliver.third.hd 1 60 Minutes",
        ]
    );
}

#[test]
fn mixing_tells_its_service_by_the_codecs_and_relay_by_its_target() {
    let mixing = Table::of_rows(
        0,
        "usage/x.csv",
        None,
        &[&["TimeKey", "SdkAppId", "Audio", "SDH264", "FullHDH265"], &["2024-10-01", APP, "1", "2", "3"]],
    );
    let relay = Table::of_rows(
        1,
        "usage/旁路转推_第三方.csv",
        None,
        &[&["时间", "SDKAppID", "带宽(Mbps)"], &[T0, APP, "5.5"], &[T5, APP, "6"]],
    );
    let read = read(&[mixing, relay]);
    assert_eq!(
        told(&read),
        [
            "2024-10-01T00:00:00 86400 mix.audio 1 60 Minutes",
            "2024-10-01T00:00:00 86400 mix.h264.sd 1 120 Minutes",
            "2024-10-01T00:00:00 86400 mix.h265.fhd 1 180 Minutes",
            "2024-10-01T00:00:00 300 relay.third 1 5500000 Exact",
            "2024-10-01T00:05:00 300 relay.third 1 6000000 Exact",
        ]
    );
}

#[test]
fn usage_by_room_is_added_up_for_the_day_in_the_files_name() {
    let read = read(&[csv(
        "usage/通话 rooms 1400000001 2024-10-03.csv",
        &[
            &["RoomId", "Audio", "SD", "hd", "FullHD", "2K", "4K"],
            &["1", "30", "0", "5", "0", "0", "0"],
            &["2", "12", "0", "0", "0", "0", "0"],
        ],
    )]);
    assert_eq!(
        told(&read),
        ["2024-10-03T00:00:00 86400 av.audio 1 42 Exact", "2024-10-03T00:00:00 86400 av.hd 1 5 Exact"]
    );
    assert_eq!(read.counts[0].used, 2);
}

#[test]
fn the_older_api_counts_in_seconds() {
    let read = read(&[csv(
        "usage/a.json",
        &[
            &["TimeKey", "SdkAppId", "AudioTime", "Class1VideoTime", "Class2VideoTime", "Class3VideoTime"],
            &["2024-10-01", APP, "7", "8", "9", "10"],
        ],
    )]);
    assert_eq!(
        told(&read),
        [
            "2024-10-01T00:00:00 86400 rec.audio 1 7 Exact",
            "2024-10-01T00:00:00 86400 rec.sd 1 8 Exact",
            "2024-10-01T00:00:00 86400 rec.hd 1 9 Exact",
            "2024-10-01T00:00:00 86400 rec.fhd 1 10 Exact",
        ]
    );
}

#[test]
fn the_days_of_the_period_without_a_row_are_ranges() {
    let row = |day: &'static str, quantity: &'static str| [day, day, APP, "av.hd", quantity, "s"];
    let read = read(&[csv("usage/a.csv", &[TIDY, &row("2024-10-01", "5"), &row("2024-10-04", "0")])]);
    let gaps: Vec<String> = read.coverage.gaps.iter().map(|(a, b)| format!("{a}/{b}")).collect();
    assert_eq!(gaps, ["2024-10-02/2024-10-03", "2024-10-05/2024-10-31"]);
    assert_eq!(read.usage.len(), 1, "a row of nothing was seen and makes no usage");
}

#[test]
fn one_second_off_the_grid_is_counted() {
    assert_eq!(tidy(&["2024-10-01 00:00:01", "2024-10-01 00:05:00", APP, "av.hd", "1", "s"]).snapped, 1);
}

#[test]
fn the_accounts_own_word_is_taken() {
    let mut account = account();
    account.aliases = vec![Alias { text: "某自定义组件".to_owned(), item: Item::parse("av.hd").unwrap() }];
    let table = csv("usage/a.csv", &[TIDY, &[T0, T5, APP, "某自定义组件", "1", "s"]]);
    assert_eq!(told(&read_for(&account, &[table])), ["2024-10-01T00:00:00 300 av.hd 1 1 Exact"]);
}
