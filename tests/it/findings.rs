//! What is found of a bill, and what is said of it: on its own lines, once, by
//! what was really done.

use trtc_recon::compare::{Discrepancy, Kind};
use trtc_recon::model::cause::Cause;
use trtc_recon::pipeline::Status;

use crate::run::{case, report};

const ABROAD: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
    first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n";
const L3: &str = "产品名称,资源ID,交易类型,开始使用时间,结束使用时间,组件类型,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,\
    原始用量/时长,抵扣用量/时长(含资源包),优惠后总价,账单归属月\n";

/// `app day service tier price charged used covered amount` as a row of the bill.
fn row(line: &str) -> String {
    let [app, day, service, tier, price, charged, used, covered, amount] =
        *line.split(' ').collect::<Vec<_>>().as_slice()
    else {
        panic!("{line}")
    };
    format!(
        "实时音视频,{app},按量计费日结,{day} 00:00:00,{day} 23:59:59,{service},{tier},{price},/分钟,{charged},分钟,{used},{covered},\
         {amount},-\n"
    )
}

/// Usage from `app day-and-time item seconds`.
fn used(rows: &[&str]) -> String {
    let row = |row: &&str| {
        let [app, day, time, item, seconds] = *row.split(' ').collect::<Vec<_>>().as_slice() else { panic!("{row}") };
        let end = format!("{}:{:02}:00", &time[..2], time[3..5].parse::<u32>().unwrap() + 5);
        format!("{day} {time}:00,{day} {end},{app},{item},{seconds},s\n")
    };
    USAGE.to_owned() + &rows.iter().map(row).collect::<String>()
}

fn found(account: &str, usage: &str, bill: &str) -> Vec<Discrepancy> {
    report(account, usage, Some(bill)).comparison.unwrap().discrepancies
}

/// A right bill, summed by resource and day or by the month.
fn agrees(account: &str, usage: &str, bill: &str) {
    let outcome = case(account, usage, Some(bill));
    let rows = outcome.report.and_then(|report| report.comparison).map(|compared| compared.discrepancies);
    assert_eq!(outcome.status, Status::Clean, "{rows:?}");
}

#[test]
fn a_resource_of_several_items_is_no_part_of_the_accounts_relay() {
    let usage = used(&["1400000001 2024-10-08 10:00 av.hd 600", "1400000001 2024-10-08 10:00 rec.hd 300"])
        + "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,relay.third,5,Mbps\n";
    let l2 = "产品名称,资源ID,交易类型,开始使用时间,结束使用时间,配置描述,优惠后总价(美元)\n\
        实时音视频,1400000001,按量计费日结,2024-10-08 00:00:00,2024-10-08 23:59:59,高清: 10分钟; 云端录制高清: 5分钟; ,0.07\n\
        实时音视频,-,按量计费月结,2024-10-01 00:00:00,2024-10-31 23:59:59,旁路转推第三方: 5Mbps; ,94.95\n";
    agrees(ABROAD, &usage, l2);
}

#[test]
fn a_bill_cut_by_deduction_may_be_summed_by_the_month() {
    let account = format!("{ABROAD}[bill]\ncut = \"deduction\"\n");
    let usage = used(&[
        "1400000001 2024-09-30 10:00 av.hd 600",
        "1400000001 2024-10-08 10:00 av.hd 600",
        "1400000001 2024-10-31 10:00 av.hd 600",
    ]);
    let row = "实时音视频,1400000001,按量计费日结,-,-,音视频时长,高清,0.00399,/分钟,20,分钟,20,0,0.0798,2024-10\n";
    agrees(&account, &usage, &format!("{L3}{row}"));
}

#[test]
fn a_wrong_line_beside_the_precision_line_is_one_finding() {
    let usage = used(&["1400000001 2024-10-08 10:00 av.hd 600"]);
    // The gap of the right bill: 0.0399 is paid as 0.04.
    let precision = "实时音视频,-,月度计费精度差异,2024-10-31 00:00:00,2024-10-31 23:59:59,-,-,-,-,-,-,-,-,0.0001,-\n";
    let right = row("1400000001 2024-10-08 音视频时长 高清 0.00399 10 10 0 0.0399");
    agrees(ABROAD, &usage, &format!("{L3}{right}{precision}"));
    let wrong = row("1400000001 2024-10-08 音视频时长 高清 0.00399 11 11 0 0.04389");
    let kinds = |precision: &str| {
        let rows = found(ABROAD, &usage, &format!("{L3}{wrong}{precision}"));
        rows.iter().map(|row| row.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(precision), [Kind::Quantity]);
    // The gap of the wrong lines themselves is one, too; any other is wrong.
    assert_eq!(kinds(&precision.replace("0.0001", "-0.00389")), [Kind::Quantity]);
    assert_eq!(kinds(&precision.replace("0.0001", "0.0002")).len(), 2);
}

#[test]
fn a_quantity_under_another_tier_is_of_its_own_service() {
    let free = "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01T00:00:00\n";
    let usage = used(&["1400000001 2024-10-08 10:00 av.4k 600", "1400000001 2024-10-08 10:00 deliver.tencent.hd 600"]);
    // What the free minutes cover whole is left out by the bill.
    let billed = row("1400000001 2024-10-08 录制投递至腾讯云 2K 0.00058 10 10 0 0.0058");
    let rows = found(&format!("{ABROAD}{free}"), &usage, &format!("{L3}{billed}"));
    let said: Vec<_> =
        rows.iter().map(|row| (row.kind, row.item.map(|item| item.id().to_owned()), row.cause.to_string())).collect();
    assert_eq!(said, [(Kind::Item, Some("deliver.tencent.hd".to_owned()), "other_tier:deliver.tencent.2k".to_owned())]);
}

#[test]
fn usage_that_the_bill_prints_right_was_not_left_out() {
    let usage = used(&["1400000001 2024-10-08 10:00 av.hd 420", "1400000001 2024-10-08 11:00 av.hd 180"]);
    let billed = row("1400000001 2024-10-08 音视频时长 高清 0.00399 7 10 3 0.02793");
    let rows = found(ABROAD, &usage, &format!("{L3}{billed}"));
    let said: Vec<_> = rows.iter().map(|row| (row.kind, row.cause.to_string())).collect();
    // Three minutes were covered: by a free month that account.toml lacks, not by usage left out.
    assert_eq!(said, [(Kind::Deduction, "grant_missing:free-monthly".to_owned())]);
}

/// Where applications are rounded together, a row that is left out moves minutes
/// from one to another: only all of them together say how long it was.
#[test]
fn a_row_left_out_is_weighed_over_all_applications() {
    let account = "[account]\nuin = \"100000000001\"\nsite = \"cn\"\nregistered = 2020-01-02\n\
        first_app_created = 2020-06-15\nperiod = \"2023-05\"\n\
        [[app]]\nsdk_app_id = 1400000001\n[[app]]\nsdk_app_id = 1400000002\n";
    let mut rows = vec!["1400000001 2023-05-03 09:00 av.sd 303".to_owned()];
    for hour in 10..15 {
        rows.push(format!("1400000001 2023-05-03 {hour}:00 av.sd 55"));
        rows.push(format!("1400000002 2023-05-03 {hour}:30 av.sd 5"));
    }
    // The bill has the second application: it lacks no part.
    rows.push("1400000002 2023-05-03 20:00 av.hd 600".to_owned());
    let usage = used(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    let row = |app: &str, tier: &str, minutes: &str, amount: &str| {
        format!(
            "实时音视频,{app},按量计费月结,2023-05-01 00:00:00,2023-05-31 23:59:59,音视频时长,{tier},/分钟,{minutes},分钟,\
             {minutes},0,{amount},-\n"
        )
    };
    let line = |app: &str, minutes: &str, amount: &str| row(app, "标清,0.014", minutes, amount);
    let hd = row("1400000002", "高清,0.028", "10", "0.28");
    let right = [line("1400000001", "6", "0.084"), line("1400000002", "5", "0.07"), hd.clone()].concat();
    agrees(account, &usage, &format!("{L3}{right}"));
    let wrong = line("1400000001", "5", "0.07") + &hd;
    let rows = found(account, &usage, &format!("{L3}{wrong}"));
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.cause.0.contains(&Cause::IntervalMissing)), "{rows:?}");
}

#[test]
fn a_covered_line_that_the_bill_leaves_out_may_hide_the_row_at_fault() {
    let free = "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01T00:00:00\n\
        opening = { at = 2024-10-01T00:00:00, minutes = \"60\" }\n";
    let usage = used(&["1400000001 2024-10-08 10:00 av.hd 600", "1400000001 2024-10-08 11:00 av.fhd 600"]);
    let billed = |charged: &str, covered: &str, amount: &str| {
        let line = format!("1400000001 2024-10-08 音视频时长 全高清 0.00899 {charged} 10 {covered} {amount}");
        format!("{L3}{}", row(&line))
    };
    let account = format!("{ABROAD}{free}");
    agrees(&account, &usage, &billed("7.77777778", "2.22222222", "0.06992222"));
    let rows = found(&account, &usage, &billed("3.33333333", "6.66666667", "0.02996667"));
    assert_eq!(rows.len(), 1);
    assert!(rows[0].cause.0.contains(&Cause::IntervalMissing), "{}", rows[0].explanation);
}

#[test]
fn fees_of_one_plan_may_be_summed_by_the_month() {
    let subscription = |id: &str, day: &str| {
        format!(
            "[[subscription]]\nid = \"{id}\"\nplan = \"call-1v1\"\napp = 1400000001\npurchased = 2024-10-{day}T10:00:00\n"
        )
    };
    let account = [ABROAD, &subscription("a", "03"), &subscription("b", "17")].concat();
    let usage = used(&["1400000001 2024-10-02 10:00 av.hd 600"]);
    let billed = "实时音视频,1400000001,按量计费日结,-,-,音视频时长,高清,0.00399,/分钟,10,分钟,10,0,0.0399,2024-10\n";
    let fees = |amount: &str| {
        let fee = format!(
            "实时音视频,1400000001,包年包月新购,-,-,包月套餐,Call 包月套餐-1v1通话版,199,-,2,个,-,-,{amount},2024-10\n"
        );
        format!("{L3}{billed}{fee}")
    };
    agrees(&account, &usage, &fees("398"));
    let rows = found(&account, &usage, &fees("398.5"));
    assert_eq!(rows.iter().map(|row| row.kind).collect::<Vec<_>>(), [Kind::SubscriptionFee]);
}
