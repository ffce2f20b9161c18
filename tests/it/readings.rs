//! Bills that follow the other reading of a page that is silent or contradicts itself: the cause names the reading, and
//! since no case folder decides it, the finding is open. A test is named after its page.

use trtc_recon::compare::{Discrepancy, Side};

use crate::run;

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
                       first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n\
                       [[app]]\nsdk_app_id = 1400000002\n[usage]\ncomplete = true\n";
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n";
const BILL: &str = "产品名称,资源ID,交易类型,开始使用时间,结束使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,优惠后总价,币种\n";

/// What is on both sides, 100 HD minutes each: of one application on the 8th and the last, so that the bill is by the
/// days of use, and of the other on the 9th, so that the bill has it. 100 x 0.00399.
const USED: &str = "2024-10-08T10:00:00,2024-10-08T10:05:00,1400000001,av.hd,6000,s\n\
                    2024-10-31T10:00:00,2024-10-31T10:05:00,1400000001,av.hd,6000,s\n\
                    2024-10-09T10:00:00,2024-10-09T10:05:00,1400000002,av.hd,6000,s\n";
const BILLED: &str = "实时音视频,1400000001,按量计费日结,2024-10-08 00:00:00,2024-10-08 23:59:59,高清HD,3.99,美元/千分钟,100,分钟,0.399,USD\n\
                      实时音视频,1400000001,按量计费日结,2024-10-31 00:00:00,2024-10-31 23:59:59,高清HD,3.99,美元/千分钟,100,分钟,0.399,USD\n\
                      实时音视频,1400000002,按量计费日结,2024-10-09 00:00:00,2024-10-09 23:59:59,高清HD,3.99,美元/千分钟,100,分钟,0.399,USD\n";

/// The one finding of a month as `kind item difference`, its causes, and its side.
fn only(account: &str, usage: &str, bill: &str) -> (String, Vec<String>, Side) {
    let report = run::report(account, &format!("{USAGE}{usage}"), Some(&format!("{BILL}{bill}")));
    let found = &report.comparison.as_ref().unwrap().discrepancies;
    let row = |row: &Discrepancy| {
        let item = row.item.map_or("-", trtc_recon::model::Item::id);
        format!("{} {item} {}", row.kind.name(), row.difference)
    };
    let [one] = &found[..] else { panic!("{:?}", found.iter().map(row).collect::<Vec<_>>()) };
    (row(one), one.cause.to_string().split('|').map(str::to_owned).collect(), one.side)
}

/// The finding and the reading that its cause names.
fn follows(code: &str, account: &str, usage: &str, bill: &str) -> String {
    let (row, causes, side) = only(account, usage, bill);
    assert!(causes.contains(&format!("reading:{code}")), "{row}: {causes:?}");
    assert_eq!(side, Side::Open, "{row}: {causes:?}");
    row
}

/// 22 thousand images: 12 x 0.03 = 0.36; the example prices 20: 0.6.
#[test]
fn snapshot_page_2024_10_12_a_bill_by_the_ten_thousand() {
    let usage = format!("{USED}2024-10-01T20:00:00,2024-10-01T20:05:00,1400000001,snapshot,22000,image\n");
    let bill = |thousands: &str, amount: &str| {
        format!(
            "{BILLED}实时音视频,1400000001,按量计费月结,2024-10-01 00:00:00,2024-10-31 23:59:59,截图,0.03,美元/千张/月,{thousands},千张,{amount},USD\n"
        )
    };
    let row = follows("images-by-ten", ACCOUNT, &usage, &bill("20", "0.6"));
    assert_eq!(row, "quantity snapshot 0.24");
    let report = run::report(ACCOUNT, &format!("{USAGE}{usage}"), Some(&format!("{BILL}{}", bill("12", "0.36"))));
    assert!(report.comparison.unwrap().discrepancies.is_empty());
}

/// 8 thousand images of one application and 9 of another, each free by itself: 17 - 10 = 7 x 0.03 = 0.21 are not billed.
#[test]
fn snapshot_page_2024_10_12_free_images_of_each_application() {
    let usage = format!(
        "{USED}2024-10-01T20:00:00,2024-10-01T20:05:00,1400000001,snapshot,8000,image\n\
         2024-10-01T20:00:00,2024-10-01T20:05:00,1400000002,snapshot,9000,image\n"
    );
    assert_eq!(follows("free-images-scope", ACCOUNT, &usage, BILLED), "missing_in_bill snapshot -0.21");
}

/// 60 Mbps of each of two applications at one time: 120 x 18.99 = 2,278.80; each by itself is below 100 and free.
#[test]
fn relay_page_2024_08_13_a_bill_that_looks_at_each_application() {
    let usage = format!(
        "{USED}2024-10-01T20:00:00,2024-10-01T20:05:00,1400000001,relay.tencent,60,Mbps\n\
         2024-10-01T20:00:00,2024-10-01T20:05:00,1400000002,relay.tencent,60,Mbps\n"
    );
    assert_eq!(follows("relay-by-application", ACCOUNT, &usage, BILLED), "missing_in_bill relay.tencent -2278.8");
}

/// Exactly 100 Mbps: 100 x 18.99 = 1,899; "未达到" read as "not above" makes it free.
#[test]
fn relay_page_2024_08_13_a_bill_that_frees_the_limit() {
    let usage = format!("{USED}2024-10-01T20:00:00,2024-10-01T20:05:00,1400000001,relay.tencent,100,Mbps\n");
    assert_eq!(follows("relay-edge", ACCOUNT, &usage, BILLED), "missing_in_bill relay.tencent -1899");
}

/// A package of 15 July covers the 100 minutes of the 3rd; a bill that dates it from its purchase charges 100 x 0.025.
#[test]
fn package_prices_2019_03_a_bill_that_dates_a_package_from_its_purchase() {
    let account = "[account]\nuin = \"100000000001\"\nsite = \"cn\"\nregistered = 2019-01-01\n\
                   first_app_created = 2019-01-02\nperiod = \"2019-07\"\n[[app]]\nsdk_app_id = 1400000001\n\
                   [[grant]]\nid = \"p\"\nplan = \"cn2019-starter\"\npurchased = 2019-07-15T12:00:00\n";
    let usage = "2019-07-03T10:00:00,2019-07-03T10:05:00,1400000001,av.call,6000,s\n\
                 2019-07-16T10:00:00,2019-07-16T10:05:00,1400000001,av.call,6000,s\n";
    let bill = "实时音视频,1400000001,按量计费月结,2019-07-01 00:00:00,2019-07-31 23:59:59,通话时长,25,元/千分钟,100,分钟,2.5,CNY\n";
    assert!(follows("late-activation", account, usage, bill).ends_with("av.call 2.5"));
}

/// Minutes of a live plan cover another application, as if the offer held for every plan: 100 x 0.00399 less.
#[test]
fn rtc_engine_page_2024_10_12_a_bill_with_the_offer_for_every_plan() {
    let account = format!(
        "{ACCOUNT}[[subscription]]\nid = \"s\"\nplan = \"live-lite\"\napp = 1400000001\npurchased = 2024-10-13T10:00:00\n"
    );
    let usage = format!("{USED}2024-10-20T10:00:00,2024-10-20T10:05:00,1400000002,av.hd,6000,s\n");
    // The plan covers the last of its own application.
    let charged = BILLED.replace(
        "2024-10-31 23:59:59,高清HD,3.99,美元/千分钟,100,分钟,0.399",
        "2024-10-31 23:59:59,高清HD,3.99,美元/千分钟,0,分钟,0",
    );
    let bill = format!(
        "{charged}实时音视频,1400000001,包年包月,2024-10-13 00:00:00,2024-11-13 00:00:00,live-lite,299,美元/月,1,月,299,USD\n"
    );
    assert!(follows("offer-for-all-plans", &account, &usage, &bill).ends_with("av.hd -0.399"));
}

/// A plan of 15 September ends with 14 October, and the 8th is covered; "次月当日" covers the 15th as well: 100 x 0.00399 less.
#[test]
fn live_plans_2024_07_30_a_bill_that_counts_the_same_day_of_the_next_month() {
    let account = format!(
        "{ACCOUNT}[[subscription]]\nid = \"s\"\nplan = \"live-lite\"\napp = 1400000001\npurchased = 2024-09-15T10:00:00\n"
    );
    let usage = format!("{USED}2024-10-15T10:00:00,2024-10-15T10:05:00,1400000001,av.hd,6000,s\n");
    let bill: String = BILLED.lines().skip(1).map(|line| format!("{line}\n")).collect();
    assert!(follows("month-plan-end", &account, &usage, &bill).ends_with("av.hd -0.399"));
}

/// The bill returns the price of a plan: account.toml may say `ended`, in the very lines that are proposed.
#[test]
fn refund_page_2024_07_30_a_refund_line_proposes_ended() {
    let plan =
        "[[subscription]]\nid = \"s\"\nplan = \"rtc-engine-lite\"\napp = 1400000001\npurchased = 2024-10-07T10:00:00\n";
    let bill = format!(
        "{BILLED}实时音视频,1400000001,包年包月,2024-10-07 00:00:00,2024-11-07 00:00:00,rtc-engine-lite,49.5,美元/月,1,月,49.5,USD\n\
         实时音视频,1400000001,退款,2024-10-09 00:00:00,2024-10-09 23:59:59,rtc-engine-lite,49.5,美元/月,1,月,-49.5,USD\n"
    );
    let usage = format!("{USAGE}{USED}");
    let report = run::report(&format!("{ACCOUNT}{plan}"), &usage, Some(&format!("{BILL}{bill}")));
    let found = report.comparison.unwrap().discrepancies;
    let pastes: Vec<&str> = found.iter().map(|one| one.paste.as_str()).filter(|paste| !paste.is_empty()).collect();
    let causes: Vec<String> = found.iter().map(|one| one.cause.to_string()).collect();
    assert!(causes.contains(&"grant_returned:s".to_owned()), "{causes:?}");
    assert_eq!(
        pastes.first().copied(),
        Some("[[subscription]]\nid = \"s\"\nended = 2024-10-09T00:00:00\nended_by = \"refund\"\n")
    );
}

/// Nothing differs, and the plan would still cover the days behind its refund: the report says what to enter. Bought on
/// the 7th, returned on the 12th: the last day, as the day of purchase is not counted.
#[test]
fn refund_page_2024_07_30_a_refund_line_that_fits_is_noted() {
    let plan = "[[app]]\nsdk_app_id = 1400000003\n[[subscription]]\nid = \"s\"\nplan = \"live-lite\"\napp = 1400000003\npurchased = 2024-10-07T10:00:00\n";
    let bill = format!(
        "{BILLED}实时音视频,1400000003,包年包月,2024-10-07 00:00:00,2024-11-07 00:00:00,live-lite,299,美元/月,1,月,299,USD\n\
         实时音视频,1400000003,退款,2024-10-12 00:00:00,2024-10-12 23:59:59,live-lite,299,美元/月,1,月,-299,USD\n"
    );
    let usage = format!("{USAGE}{USED}");
    let report = run::report(&format!("{ACCOUNT}{plan}"), &usage, Some(&format!("{BILL}{bill}")));
    assert!(report.comparison.as_ref().unwrap().discrepancies.is_empty());
    let notes: Vec<_> = report.assumptions.iter().filter(|one| one.code.starts_with("grant-returned")).collect();
    assert!(notes[0].text().contains("add `ended = 2024-10-12T00:00:00` and `ended_by = \"refund\"` to `s`"));
    let last = report.assumptions.iter().find(|one| one.code == "refund-last-day").unwrap();
    assert_eq!(last.amount.unwrap().to_string(), "299");
    assert!(last.text().contains("counted, the last day was 2024-10-11"), "{}", last.text());
}
