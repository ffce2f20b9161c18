//! What a report assumes, and refunds, from the case folder to the report.

use std::fs;

use rust_decimal::Decimal;
use trtc_recon::audit::Assumption;
use trtc_recon::compare::Kind;
use trtc_recon::pipeline::{self, Options, Outcome, Status, Task};
use trtc_recon::report::{Format, Report};
use trtc_recon::rules::Cards;

use crate::accounts;
use crate::reference::{Account, Usage};

fn run(task: Task, account: &str, usage: &str, bill: Option<&str>) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    fs::create_dir_all(case.join("usage")).unwrap();
    fs::create_dir_all(case.join("bills")).unwrap();
    fs::write(case.join("account.toml"), account).unwrap();
    fs::write(case.join("usage/usage.csv"), usage).unwrap();
    if let Some(bill) = bill {
        fs::write(case.join("bills/bill.csv"), bill).unwrap();
    }
    let options = Options {
        out: folder.path().join("out"),
        formats: vec![Format::Json],
        ..Options::reading(task, None, Cards::embedded())
    };
    pipeline::run(&case, &options)
}

const ACCOUNT: &str = r#"[account]
uin = "100000000001"
site = "intl"
registered = 2023-03-01
first_app_created = 2023-03-02
period = "2024-10"
[[app]]
sdk_app_id = 1400000001
[[app]]
sdk_app_id = 1400000002
[[grant]]
id = "free"
plan = "free-monthly"
purchased = 2024-10-01
[[subscription]]
id = "pro"
plan = "rtc-engine-pro"
app = 1400000002
purchased = 2024-10-03T15:20:00
"#;

/// 1,200 HD minutes of an application without a plan, before the offer: 4,800
/// of the 10,000 free minutes.
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n\
                     2024-10-02T10:00:00,2024-10-02T10:05:00,1400000001,av.hd,72000,s\n";

fn bill(refunded_on: &str) -> String {
    let row = |kind: &str, day: &str, amount: &str| {
        format!(
            "100000000001,100000000001,实时音视频,RTC-Engine 包月套餐-专业版,1400000002,{kind},{day} 10:00:00,RTC-Engine 专业版,{amount},USD\n"
        )
    };
    let header = "支付者UIN,使用者UIN,产品名称,子产品名称,资源ID,交易类型,扣费时间,组件名称,优惠后总价,币种\n";
    header.to_owned() + &row("包年包月新购", "2024-10-03", "1499") + &row("包年包月退款", refunded_on, "-1499")
}

#[test]
fn a_refund_by_the_rule_reconciles_and_a_late_one_says_why() {
    let right = run(Task::Reconcile, ACCOUNT, USAGE, Some(&bill("2024-10-08")));
    assert_eq!(right.status, Status::Clean, "{:?}", right.report);
    let comparison = right.report.unwrap().comparison.unwrap();
    assert!(comparison.discrepancies.is_empty());
    let carried: Vec<String> =
        comparison.bridge.iter().map(|entry| format!("{} {}", entry.cause, entry.amount)).collect();
    assert_eq!(carried, ["adjustment -1499"]);

    let late = run(Task::Reconcile, ACCOUNT, USAGE, Some(&bill("2024-10-09")));
    // A refund is never proved: the console's record of the return may lack in the folder.
    assert_eq!(late.status, Status::Inconclusive);
    let found = late.report.unwrap().comparison.unwrap().discrepancies;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, Kind::Adjustment);
    assert!(found[0].explanation.contains("until the end of 2024-10-08"), "{}", found[0].explanation);
}

#[test]
fn the_report_says_what_it_assumes() {
    let outcome = run(Task::Rate, ACCOUNT, USAGE, None);
    // The free month ends with October: 5,200 of its minutes lapse.
    assert_eq!(
        outcome.report.unwrap().assumptions.iter().map(Assumption::text).collect::<Vec<_>>(),
        ["free (free-monthly) ended on 2024-10-31 with 5200 minutes left: they were given free."]
    );
    let check = run(Task::Check, ACCOUNT, USAGE, None);
    assert!(check.report.unwrap().assumptions.is_empty());
}

fn rated(account: &Account, usage: &[Usage]) -> Report {
    let outcome = run(Task::Rate, &accounts::account_toml(account), &accounts::usage_csv(usage), None);
    outcome.report.unwrap_or_else(|| panic!("{:?}", outcome.diagnostics))
}

/// The difference that a report states for a switch of `[policy]`.
fn stated(report: &Report, switch: &str) -> Option<Decimal> {
    let named = format!("(switch: [policy] {switch})");
    let sentence = report.assumptions.iter().map(Assumption::text).find(|text| text.contains(&named))?;
    let stake = sentence.split("the expected total would be ").nth(1).unwrap();
    let mut words = stake.split(' ');
    let amount = Decimal::from_str_exact(words.next().unwrap()).unwrap();
    Some(if words.nth(1) == Some("lower") { -amount } else { amount })
}

#[test]
fn a_stated_stake_is_what_the_switch_makes() {
    let mut stakes = 0;
    for seed in 0..48 {
        let sample = accounts::sample(seed);
        let report = rated(&sample.account, &sample.usage);
        let flipped = [
            ("partial_minute", Account { whole_minutes: !sample.account.whole_minutes, ..sample.account.clone() }),
            ("tie_order", Account { item_order: !sample.account.item_order, ..sample.account.clone() }),
        ];
        for (switch, account) in flipped {
            let other = rated(&account, &sample.usage);
            let difference = other.expected_total.decimal() - report.expected_total.decimal();
            let due = (difference.abs() >= Decimal::new(1, 2)).then(|| difference.normalize());
            assert_eq!(stated(&report, switch).map(|stake| stake.normalize()), due, "seed {seed}, {switch}");
            stakes += usize::from(due.is_some());
        }
    }
    assert!(stakes >= 4, "only {stakes} of the samples are touched: they prove little");
}
