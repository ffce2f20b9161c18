//! What may be wrong with bills and packages.

use super::{ACCOUNT, BILL, Case};

const SIMPLE: &str = "产品名称,开始使用时间,组件名称,优惠后总价";

fn bill(code: &'static str, columns: &str, row: &str) -> Case {
    let columns = if columns.is_empty() { SIMPLE.to_owned() } else { format!("{SIMPLE},{columns}") };
    Case::text(code, "bills/bill.csv", format!("{columns}\n{row}\n"))
}

fn package(code: &'static str, text: &str) -> Case {
    Case::text(code, "packages/list.csv", text)
}

const LIST: &str = "套餐包ID,套餐包名称,套餐包时长(分钟),剩余时长(分钟)/(百分比),创建时间,截止时间,状态\n";
const RECORD: &str = "PackageName,ResourceId,BeforeDeductionRemain,AfterDeductionRemain,StartTime,EndTime,DeductionTime,DeductionSerialId,DosageUnit,Dosage,ActualDosage,DeductionFactor\n";

pub fn cases() -> Vec<Case> {
    let with_ids = |id: &str| {
        let (header, row) = BILL.split_once('\n').unwrap();
        format!("{header},交易ID\n{},{id}\n", row.trim_end())
    };
    let consumption =
        "产品名称,消耗类型,消耗月份,开始使用时间,组件名称,优惠后总价\n实时音视频,按量消耗,2024-10,2024-10-08,语音,1\n";
    vec![
        bill(
            "bill-accounts",
            "使用者UIN",
            "实时音视频,2024-10-08,语音,1,100000000001\n实时音视频,2024-10-08,语音,1,100000000009",
        ),
        Case::text("bill-consolidated", "bills/100000000001-202410-合并账单.csv", BILL).without("bills/bill.csv"),
        Case::text("bill-consumption", "bills/bill.csv", consumption),
        bill("bill-no-owner", "", "实时音视频,2024-10-08,语音,1").by("split case/bills/bill.csv --out cases"),
        bill("bill-not-audited", "账单归属月", "实时音视频,2024-09-29,语音,1,2024-10"),
        Case::text(
            "bill-voucher",
            "bills/focus.csv",
            "ServiceName,ChargeCategory,ChargePeriodStart,ChargeDescription,ContractedCost,BillingCurrency\n\
             Tencent RTC,Credit,2024-10-08T00:00:00Z,Audio,-1,USD\n",
        ),
        bill("bill-without-trtc", "", "云服务器,2024-10-08,CPU,1").by("reconcile case"),
        bill("bill-app", "资源ID", "实时音视频,2024-10-08,语音,1,1.4E+09"),
        bill("bill-app-with-point", "资源ID", "实时音视频,2024-10-08,语音,1,1400000001.0"),
        bill("bill-amount-missing", "", "实时音视频,2024-10-08,语音,-"),
        Case::text(
            "bill-cross-foot",
            "bills/汇总账单.csv",
            "支付者UIN,产品名称,计费模式,原价(美元),优惠后总价(美元),现金支付(美元)\n100000000001,实时音视频,按量计费,3.04,3.04,3.04\n",
        ),
        Case::text("bill-cut", "bills/100000000001-202410-按扣费周期-明细账单.csv", BILL).without("bills/bill.csv"),
        bill("bill-date", "扣费时间", "实时音视频,2024-10-08,语音,1,2024-10-15 10:00:00"),
        Case::text("bill-empty", "bills/bill.csv", format!("{SIMPLE}\n")).by("reconcile case"),
        bill("bill-item-unknown", "", "实时音视频,2024-10-08,会议纪要时长,1"),
        Case::text("bill-no-header", "bills/bill.txt", "Dear customer, you owe us 396.15 USD.\n"),
        Case::text("bill-no-time", "bills/bill.csv", "产品名称,组件名称,优惠后总价\n实时音视频,语音,1\n"),
        Case::new("bill-none", "reconcile case").without("bills/bill.csv"),
        bill("bill-number", "", "实时音视频,2024-10-08,语音,1.2E+05"),
        bill("bill-of-excel", "账单归属月", "实时音视频,2024-10-08,语音,1,Oct-24"),
        bill("bill-of-other-period", "", "实时音视频,2024-08-08,语音,1").by("reconcile case"),
        bill("usage-hole", "资源ID", "实时音视频,2024-10-08,语音,1,1400000009").by("reconcile case"),
        bill("bill-other-account", "使用者UIN", "实时音视频,2024-10-08,语音,1,100000000009"),
        bill("bill-outside-period", "", "实时音视频,2024-11-08,语音,1"),
        Case::text("bill-overlap", "bills/bill.csv", with_ids("T1"))
            .with("bills/bill-2.csv", format!("{}\n", with_ids("T1"))),
        bill("bill-plan-unknown", "交易类型", "实时音视频,2024-10-08,神秘服务,1,包年包月新购"),
        bill("bill-price-unit", "组件单价,组件价格单位", "实时音视频,2024-10-08,语音,1,7,元/GB"),
        bill("bill-quantity", "组件用量,组件用量单位", "实时音视频,2024-10-08,语音,1,100,秒"),
        Case::text("bill-restated", "bills/bill-20241103.csv", BILL)
            .with("bills/bill-20241105.csv", BILL.replace("0.0399", "0.0400"))
            .without("bills/bill.csv"),
        Case::text("bill-twice", "bills/bill-2.csv", BILL.replace("0.0399", "0.0400")),
        bill("bill-tie", "原始用量/时长,抵扣用量/时长(含资源包),组件用量", "实时音视频,2024-10-08,语音,1,10,3,8"),
        bill("bill-time", "结束使用时间", "实时音视频,2024-10-08,语音,1,2024-10-07"),
        bill("bill-transaction-type", "交易类型", "实时音视频,2024-10-08,语音,1,神秘交易"),
        bill("bill-unit", "组件用量,组件用量单位", "实时音视频,2024-10-08,语音,1,100,光年"),
        package(
            "package-deduction-tie",
            &format!(
                "{RECORD}包,pkg-1,100,70,2024-10-08 00:00:00,2024-10-08 00:05:00,2024-10-08 01:00:00,1400000001,分钟,10,40,4\n"
            ),
        ),
        package("package-figure", &format!("{LIST}pkg-1,赠送套餐包,一百,1,2024-10-01,2024-10-31,使用中\n")),
        package("package-no-header", "说明\n没有表\n"),
        package("package-status", &format!("{LIST}pkg-1,赠送套餐包,100,1,2024-10-01,2024-10-31,睡眠\n")),
        package(
            "package-unknown-app",
            &format!(
                "{RECORD}包,pkg-1,100,60,2024-10-08 00:00:00,2024-10-08 00:05:00,2024-10-08 01:00:00,1400000009,分钟,10,40,4\n"
            ),
        ),
        Case::text(
            "package-balance",
            "packages/list.csv",
            format!("{LIST}free,每月免费时长包,10000,9000/90%,2024-10-01 00:00:00,2024-10-31 23:59:59,使用中\n"),
        )
        .with("account.toml", with_free()),
        Case::text("package-deduction", "packages/records.csv", record("36", "9964")).with("account.toml", with_free()),
        Case::text("package-duplicate", "packages/records.csv", format!("{}\n", record("40", "9960")))
            .with("packages/records-2.csv", record("40", "9960")),
        package(
            "package-unknown-grant",
            &format!(
                "{LIST}pkg-1,音视频通话-固定套餐包,25000,24000/96%,2024-09-01 00:00:00,2025-09-30 23:59:59,使用中\n"
            ),
        ),
    ]
}

fn with_free() -> String {
    format!("{ACCOUNT}\n[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01T00:00:00\n")
}

/// A deduction record of the ten minutes of HD, which weigh 4 each.
fn record(taken: &str, after: &str) -> String {
    let minutes = if taken == "40" { "10" } else { "9" };
    format!(
        "{RECORD}每月免费时长包,free,10000,{after},2024-10-08 10:00:00,2024-10-08 10:05:00,2024-10-08 11:00:00,1400000001,分钟,{minutes},{taken},4\n"
    )
}
