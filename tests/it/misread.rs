//! Exports that were misread or misnamed once: a small file each, and what is to be said of it.

use std::fs;
use std::os::unix::ffi::OsStringExt as _;

use trtc_recon::pipeline::{self, Outcome, Status, Task};

use crate::run::{case, charges, options};

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
    first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\nname = \"classroom\"\n\
    [[app]]\nsdk_app_id = 1400000002\n";
const DETAIL: &str = "子产品名称,用量单位,用量起始时间,用量截止时间,标准用量,sdkAppId,其他信息\n";
const ROW: &str = "音视频通话,秒,2024-10-08 10:00:00,2024-10-08 10:05:00,600,1400000001,高清\n";

/// A case of one file that is no tidy usage, rated.
fn rated(account: &str, path: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::create_dir_all(folder.path().join("usage")).unwrap();
    fs::write(folder.path().join("account.toml"), account).unwrap();
    fs::write(path, bytes).unwrap();
    pipeline::run(folder.path(), &options(folder.path(), Task::Rate))
}

fn said(outcome: &Outcome) -> String {
    outcome.diagnostics.iter().map(|found| format!("{found}\n")).collect()
}

fn lines(outcome: &Outcome) -> Vec<String> {
    charges(outcome.report.as_ref().unwrap_or_else(|| panic!("refused: {}", said(outcome))))
}

#[track_caller]
fn refused(outcome: &Outcome, code: &str, texts: &[&str]) {
    let said = said(outcome);
    assert!(outcome.status == Status::Refused, "{said}");
    assert!(said.contains(&format!("error[{code}]")), "{said}");
    assert!(texts.iter().all(|text| said.contains(text)), "{texts:?} in {said}");
}

const HD: &str = "2024-10-08 1400000001 av.hd 10 0 0.0399";

#[test]
fn a_row_of_totals_may_end_in_a_colon() {
    for word in ["合计", "合计：", "总计:", "Total:", "Subtotal"] {
        let outcome = rated(ACCOUNT, "usage/a.csv", format!("{DETAIL}{ROW}{word},,,,600,,\n"));
        assert_eq!(lines(&outcome), [HD], "{word}");
    }
}

#[test]
fn a_row_of_totals_below_a_package_list_is_left_out() {
    let list = "套餐包ID,套餐包名称,套餐包时长(分钟),剩余时长(分钟)/(百分比),创建时间,截止时间,状态\n\
        g,免费包,10000,9990/99.9%,2024-10-01 00:00:00,2024-10-31 23:59:59,使用中\n合计,,10000,,,,\n";
    let account = format!("{ACCOUNT}[[grant]]\nid = \"g\"\nplan = \"free-monthly\"\npurchased = 2024-10-01\n");
    let outcome = rated(&account, "packages/list.csv", list);
    assert!(!said(&outcome).contains("package-figure"), "{}", said(&outcome));
}

#[test]
fn an_end_may_be_the_last_thousandth_of_its_interval() {
    for end in ["2024-10-08 10:04:59.999", "2024-10-08T10:04:59.999+08:00", "1728353099999"] {
        let outcome = rated(ACCOUNT, "usage/a.csv", format!("{DETAIL}{}", ROW.replace("2024-10-08 10:05:00", end)));
        assert_eq!(lines(&outcome), [HD], "{end}");
        assert!(!said(&outcome).contains("usage-off-grid"), "{end}: it is inside, not off");
    }
}

#[test]
fn rows_that_are_moved_onto_the_grid_are_counted() {
    let off = ROW.replace("10:00:00", "10:00:01").replace("10:05:00", "10:05:00.5");
    let outcome = rated(ACCOUNT, "usage/a.csv", format!("{DETAIL}{off}"));
    assert_eq!(lines(&outcome), [HD]);
    assert!(said(&outcome).contains("warning[usage-off-grid]: 1 rows"), "{}", said(&outcome));
}

#[test]
fn what_no_application_can_use_is_refused() {
    for (quantity, unit) in [("999999999999999", "秒"), ("999999999999999", "分钟"), ("99999999999999.0", "秒")] {
        let row = ROW.replace("600", quantity).replace("秒", unit);
        refused(
            &rated(ACCOUNT, "usage/a.csv", format!("{DETAIL}{row}")),
            "usage-number",
            &[quantity, "usage/a.csv!E2"],
        );
    }
    let price = "[[contract.price]]\nitem = \"av.hd\"\nprice = \"999999999999999\"\nfrom = 2024-01-01\n";
    refused(&rated(&format!("{ACCOUNT}{price}"), "usage/a.csv", format!("{DETAIL}{ROW}")), "account-value", &["price"]);
}

#[test]
fn the_column_of_the_application_may_hold_its_id_or_its_name() {
    for told in ["1400000001", "classroom", "classroom(1400000001)"] {
        let table = format!("时间,应用,高清\n2024-10-08,{told},10\n");
        assert_eq!(lines(&rated(ACCOUNT, "usage/音视频.csv", table)), [HD], "{told}");
    }
    let other = rated(ACCOUNT, "usage/音视频.csv", "时间,应用,高清\n2024-10-08,lobby,10\n");
    refused(&other, "usage-app", &["lobby", "usage/音视频.csv!B2"]);
}

#[test]
fn two_applications_in_a_name_are_none() {
    let table = "时间,高清\n2024-10-08,10\n";
    let both = rated(ACCOUNT, "usage/音视频_1400000001_1400000002.csv", table);
    refused(&both, "usage-app-unnamed", &["more than one", "[[file]] path"]);
    assert_eq!(lines(&rated(ACCOUNT, "usage/音视频_1400000001_1400000001.csv", table)), [HD]);
}

#[test]
fn the_service_of_a_row_may_be_named_by_its_id() {
    let page = rated(ACCOUNT, "usage/1400000001.csv", "时间,服务,高清\n2024-10-08,page,10\n");
    assert_eq!(lines(&page), ["2024-10-08 1400000001 page.hd 10 0 0.1399"]);
}

#[test]
fn a_table_of_the_detail_may_take_its_application_from_account_toml() {
    let (header, row) = (DETAIL.replace(",sdkAppId", ""), ROW.replace(",1400000001", ""));
    let account = format!("{ACCOUNT}[[file]]\npath = \"usage/a.csv\"\nsdk_app_id = 1400000001\n");
    assert_eq!(lines(&rated(&account, "usage/a.csv", format!("{header}{row}"))), [HD]);
    let nowhere = rated(ACCOUNT, "usage/a.csv", format!("{header}{row}"));
    refused(&nowhere, "usage-app-unnamed", &["sdkAppId", "[[file]] path = \"usage/a.csv\""]);
}

#[test]
fn a_tier_that_is_not_understood_is_named_and_no_call() {
    for tier in ["高情", "\"[{\"\"Key\"\":\"\"tgr\"\",\"\"Value\"\":\"\"高情\"\"}]\""] {
        let outcome = rated(ACCOUNT, "usage/a.csv", format!("{DETAIL}{}", ROW.replace("高清", tier)));
        refused(&outcome, "usage-item-unknown", &["高情", "nearest known word is 高清", "usage/a.csv!G2"]);
    }
    let small = "\"[{\"\"key\"\":\"\"tgr\"\",\"\"value\"\":\"\"高清\"\"}]\"";
    assert_eq!(lines(&rated(ACCOUNT, "usage/a.csv", format!("{DETAIL}{}", ROW.replace("高清", small)))), [HD]);
}

#[test]
fn two_columns_of_one_tier_are_refused_not_added_up() {
    let table = "时间,高清,高清时长(分钟)\n2024-10-08,10,10\n";
    refused(&rated(ACCOUNT, "usage/音视频_1400000001.csv", table), "header-column-twice", &["高清 and 高清时长(分钟)"]);
    let json = r#"{"UsageKey":["HD","HD"],"UsageList":[{"TimeKey":"2024-10-08","UsageValue":[10,10]}]}"#;
    refused(&rated(ACCOUNT, "usage/音视频_1400000001.json", json), "header-column-twice", &["av.hd"]);
}

#[test]
fn calls_that_are_counted_whole_may_come_from_the_console() {
    let account = ACCOUNT.replace("intl", "cn").replace("2023-03", "2019-03").replace("2024-10", "2019-08");
    let outcome = rated(&account, "usage/音视频_1400000001.csv", "日期,通话时长(分钟)\n2019-08-08,10\n");
    assert_eq!(lines(&outcome), ["2019-08 1400000001 av.call 10 0 0.25"]);
}

#[test]
fn an_unknown_table_is_shown_by_its_header() {
    let outcome = rated(ACCOUNT, "usage/音视频_1400000001.csv", "时间,RelayTencent\n2024-10-08,10\n2024-10-09,11\n");
    refused(&outcome, "normalise-layout-unknown", &["时间 | RelayTencent", "csv!1"]);
    let json = r#"{"UsageKey":["Audioo"],"UsageList":[{"TimeKey":"2024-10-08","UsageValue":[10]}]}"#;
    let outcome = rated(ACCOUNT, "usage/音视频_1400000001.json", json);
    refused(&outcome, "normalise-layout-unknown", &["TimeKey | Audioo (nearest known: audio)"]);
}

#[test]
fn a_relay_without_its_target_is_told_of_a_relay() {
    let table = "时间,带宽(Mbps)\n2024-10-08 10:05:00,1.50\n";
    refused(
        &rated(ACCOUNT, "usage/旁路转推_1400000001.csv", table),
        "usage-item-unknown",
        &["腾讯云 or 第三方", "item = \"relay.tencent\""],
    );
}

#[test]
fn a_folder_named_like_an_export_is_refused() {
    let folder = rated(ACCOUNT, "usage/a.csv/b.csv", format!("{DETAIL}{ROW}"));
    refused(&folder, "file-not-plain", &["a folder, where a file is expected", "usage/a.csv"]);
}

#[test]
fn a_name_that_is_no_text_is_shown_byte_by_byte() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("usage")).unwrap();
    fs::write(folder.path().join("account.toml"), ACCOUNT).unwrap();
    let name = std::ffi::OsString::from_vec(b"\xff\xfe.csv".to_vec());
    fs::write(folder.path().join("usage").join(name), "a").unwrap();
    let outcome = pipeline::run(folder.path(), &options(folder.path(), Task::Rate));
    refused(&outcome, "file-name-not-utf8", &["usage/\\xff\\xfe.csv"]);
    assert!(!said(&outcome).contains('\u{fffd}'));
}

#[test]
fn an_empty_account_is_told_which_section_it_lacks() {
    refused(&rated("", "usage/a.csv", "x"), "account-missing-key", &["add a section [account]"]);
}

/// Rounded minutes leave a range; a bill that has its upper end is not proved by that.
#[test]
fn a_bill_at_the_end_of_a_range_is_undecided() {
    let usage = "start,end,sdk_app_id,item,quantity,unit\n\
        2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,2,min\n\
        2024-10-08 10:05:00,2024-10-08 10:10:00,1400000001,av.hd,2,min\n\
        2024-10-07 10:00:00,2024-10-07 10:05:00,1400000001,av.hd,600,s\n\
        2024-10-09 10:00:00,2024-10-09 10:05:00,1400000001,av.hd,600,s\n";
    // The days around it are billed right, and no usage is missing.
    let account = format!("{ACCOUNT}[usage]\ncomplete = true\n");
    let line = |day: u32, minutes: u32, amount: &str| {
        format!(
            "实时音视频,1400000001,按量计费日结,2024-10-0{day} 00:00:00,2024-10-0{day} 23:59:59,高清HD,0.00399,美元/分钟,\
            {minutes},分钟,{minutes},0,{amount},USD\n"
        )
    };
    let header = "产品名称,资源ID,交易类型,开始使用时间,结束使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,\
        原始用量/时长,抵扣用量/时长(含资源包),优惠后总价,币种\n";
    let bill = |minutes: u32, amount: &str| {
        [header.to_owned(), line(7, 10, "0.0399"), line(8, minutes, amount), line(9, 10, "0.0399")].concat()
    };
    // 121 to 240 seconds: 3 or 4 minutes.
    for (minutes, amount, status) in [
        (4, "0.01596", Status::Inconclusive),
        (3, "0.01197", Status::Inconclusive),
        (5, "0.01995", Status::Discrepancy),
        (2, "0.00798", Status::Discrepancy),
    ] {
        assert_eq!(case(&account, usage, Some(&bill(minutes, amount))).status, status, "{minutes}");
    }
    // Seconds decide.
    let seconds = usage.replace(",2,min", ",120,s");
    assert_eq!(case(&account, &seconds, Some(&bill(4, "0.01596"))).status, Status::Clean);
}
