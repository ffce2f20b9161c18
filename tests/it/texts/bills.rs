//! One clean bill in every layout of the vendor: the verdict is the same.

use std::collections::BTreeMap;
use std::fs;

use rust_decimal::{Decimal, RoundingStrategy};

use super::{Rows, case, delimited, expected_charges, table, utf16, workbook};
use crate::reference::{dec, plain};
use crate::samples::Run;

/// A row of charges.csv.
struct Charge {
    app: String,
    day: String,
    item: String,
    usage: Decimal,
    covered: Decimal,
    charged: Decimal,
    price: Decimal,
    amount: Decimal,
}

impl Charge {
    fn is_fee(&self) -> bool {
        self.item.starts_with("fee.")
    }

    /// Prices are printed per 1,000 minutes, fees as they are.
    fn printed_price(&self) -> String {
        plain(self.price * if self.is_fee() { Decimal::ONE } else { Decimal::from(1000) })
    }
}

fn charges() -> Vec<Charge> {
    let row = |row: &Vec<String>| Charge {
        app: row[1].clone(),
        day: row[2].clone(),
        item: row[3].clone(),
        usage: dec(&row[6]),
        covered: dec(&row[7]),
        charged: dec(&row[8]),
        price: dec(&row[9]),
        amount: dec(&row[10]),
    };
    table(&expected_charges())[1..].iter().map(row).collect()
}

const UIN: &str = "100000000102";

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn cents(amount: Decimal) -> String {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero).to_string()
}

fn chinese(item: &str) -> [&'static str; 2] {
    match item {
        "av.audio" => ["音视频时长", "语音"],
        "av.hd" => ["音视频时长", "高清HD"],
        "rec.hd" => ["云端录制", "录制高清"],
        "fee.live-lite" => ["Live 包月套餐", "Live 包月套餐-轻量版"],
        _ => panic!("{item}"),
    }
}

fn english(item: &str) -> [&'static str; 2] {
    match item {
        "av.audio" => ["Audio and Video Duration", "Audio"],
        "av.hd" => ["Audio and Video Duration", "HD"],
        "rec.hd" => ["On-cloud Recording", "HD"],
        "fee.live-lite" => ["Monthly plan", "Live Lite"],
        _ => panic!("{item}"),
    }
}

fn l3_chinese() -> Rows {
    let header = cells([
        "使用者UIN",
        "产品名称",
        "资源ID",
        "交易类型",
        "开始使用时间",
        "结束使用时间",
        "组件类型",
        "组件名称",
        "组件单价",
        "组件价格单位",
        "组件用量",
        "组件用量单位",
        "优惠后总价",
        "原始用量/时长",
        "抵扣用量/时长(含资源包)",
        "币种",
    ]);
    let row = |charge: &Charge| {
        let [kind, name] = chinese(&charge.item);
        let (start, end) = (format!("{} 00:00:00", charge.day), format!("{} 23:59:59", charge.day));
        let fee = charge.is_fee();
        let transaction = if fee { "包年包月新购" } else { "按量计费日结" };
        let [per, unit] = if fee { ["美元/个", "个"] } else { ["美元/千分钟", "分钟"] };
        let [usage, covered] =
            if fee { ["-".to_owned(), "-".to_owned()] } else { [plain(charge.usage), plain(charge.covered)] };
        let (price, charged, amount) = (charge.printed_price(), plain(charge.charged), plain(charge.amount));
        cells([
            UIN,
            "实时音视频",
            &charge.app,
            transaction,
            &start,
            &end,
            kind,
            name,
            &price,
            per,
            &charged,
            unit,
            &amount,
            &usage,
            &covered,
            "USD",
        ])
    };
    std::iter::once(header).chain(charges().iter().map(row)).collect()
}

fn l3_english() -> Rows {
    let header = cells([
        "Owner Account ID",
        "Product Name",
        "Instance ID",
        "Transaction Type",
        "Usage Start Time",
        "Usage End Time",
        "Component Type",
        "Component Name",
        "Component Contracted Price",
        "Component Price Measurement Unit",
        "Component Usage",
        "Component Usage Unit",
        "Total Amount After Discount (Excluding Tax)",
        "Currency",
        "Original Usage/Duration",
        "Deducted Usage/Duration",
    ]);
    let row = |charge: &Charge| {
        let [kind, name] = english(&charge.item);
        let (start, end) = (format!("{} 00:00:00", charge.day), format!("{} 23:59:59", charge.day));
        let fee = charge.is_fee();
        let transaction = if fee { "Monthly subscription - Purchase" } else { "Daily settlement" };
        let [per, unit] = if fee { ["USD/month", "piece"] } else { ["USD/1000 minutes", "minutes"] };
        let [usage, covered] =
            if fee { ["-".to_owned(), "-".to_owned()] } else { [plain(charge.usage), plain(charge.covered)] };
        let (price, charged, amount) = (charge.printed_price(), plain(charge.charged), plain(charge.amount));
        cells([
            UIN,
            "Tencent RTC",
            &charge.app,
            transaction,
            &start,
            &end,
            kind,
            name,
            &price,
            per,
            &charged,
            unit,
            &amount,
            "USD",
            &usage,
            &covered,
        ])
    };
    std::iter::once(header).chain(charges().iter().map(row)).collect()
}

/// Days are summed; times, orders and transactions are not printed.
fn l3_by_month() -> Rows {
    let header = cells([
        "使用者UIN",
        "产品名称",
        "资源ID",
        "交易类型",
        "交易ID",
        "扣费时间",
        "账单归属月",
        "组件类型",
        "组件名称",
        "组件用量",
        "组件用量单位",
        "优惠后总价",
        "币种",
    ]);
    let mut sums: BTreeMap<(String, String), (Decimal, Decimal)> = BTreeMap::new();
    for charge in charges() {
        let sum = sums.entry((charge.app, charge.item)).or_default();
        sum.0 += charge.charged;
        sum.1 += charge.amount;
    }
    let row = |((app, item), (charged, amount)): (&(String, String), &(Decimal, Decimal))| {
        let [kind, name] = chinese(item);
        let fee = item.starts_with("fee.");
        let [transaction, unit] = if fee { ["包年包月新购", "个"] } else { ["按量计费日结", "分钟"] };
        let (charged, amount) = (plain(*charged), plain(*amount));
        cells([UIN, "实时音视频", app, transaction, "-", "-", "2025-03", kind, name, &charged, unit, &amount, "USD"])
    };
    std::iter::once(header).chain(sums.iter().map(row)).collect()
}

/// Times in UTC with inclusive ends: a day of Beijing begins at 16:00.
fn focus() -> Rows {
    let header = cells([
        "BillingAccountId",
        "BillingCurrency",
        "ServiceName",
        "ChargeCategory",
        "ChargeDescription",
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "ResourceId",
        "ContractedUnitPrice",
        "PricingQuantity",
        "PricingUnit",
        "ConsumedQuantity",
        "ConsumedUnit",
        "ContractedCost",
        "BilledCost",
    ]);
    let row = |charge: &Charge| {
        let [kind, name] = english(&charge.item);
        let day: jiff::civil::Date = charge.day.parse().unwrap();
        let (start, end) = (format!("{}T16:00:00Z", day.yesterday().unwrap()), format!("{day}T15:59:59Z"));
        let fee = charge.is_fee();
        let (category, text) = if fee { ("Purchase", name.to_owned()) } else { ("Usage", format!("{kind} {name}")) };
        let (unit, consumed) = if fee { ("month", "month") } else { ("1000 minutes", "minutes") };
        let thousand = if fee { Decimal::ONE } else { Decimal::from(1000) };
        let (price, quantity) = (charge.printed_price(), plain(charge.charged / thousand));
        let (usage, amount) = (plain(charge.usage), plain(charge.amount));
        cells([
            UIN,
            "USD",
            "Tencent RTC",
            category,
            &text,
            &start,
            &end,
            &charge.app,
            &price,
            &quantity,
            unit,
            &usage,
            consumed,
            &amount,
            &amount,
        ])
    };
    std::iter::once(header).chain(charges().iter().map(row)).collect()
}

/// One row per application and day with its lines in a text; amounts in cents.
fn l2() -> Rows {
    let header = cells([
        "产品名称",
        "子产品名称",
        "计费模式",
        "资源ID",
        "交易类型",
        "扣费时间",
        "开始使用时间",
        "结束使用时间",
        "配置描述",
        "优惠后总价",
        "币种",
    ]);
    let row = |charge: &Charge| {
        let [kind, name] = chinese(&charge.item);
        let (start, end) = (format!("{} 00:00:00", charge.day), format!("{} 23:59:59", charge.day));
        let fee = charge.is_fee();
        let [transaction, unit] = if fee { ["包年包月新购", "个"] } else { ["按量计费日结", "分钟"] };
        let text = format!("{name}: {}{unit}; ", plain(charge.charged));
        let sub = if fee { "Live" } else { kind };
        cells([
            "实时音视频",
            sub,
            "按量计费",
            &charge.app,
            transaction,
            &start,
            &start,
            &end,
            &text,
            &cents(charge.amount),
            "USD",
        ])
    };
    std::iter::once(header).chain(charges().iter().map(row)).collect()
}

/// Nothing but the total, in cents.
fn l1() -> Rows {
    let total: Decimal = charges().iter().map(|charge| charge.amount).sum();
    vec![
        cells(["支付者UIN", "地域", "产品名称", "计费模式", "原价(美元)", "优惠后总价(美元)", "现金支付(美元)"]),
        cells([UIN, "新加坡", "实时音视频", "按量计费", &cents(total), &cents(total), &cents(total)]),
    ]
}

#[test]
fn a_clean_bill_is_clean_in_every_layout() {
    let csv = |rows: &Rows| delimited(rows, ",").into_bytes();
    let gb18030 = |rows: &Rows| super::gb18030(&delimited(rows, ","));
    let bills: Vec<(&str, Vec<u8>)> = vec![
        ("l3-cn.csv", csv(&l3_chinese())),
        ("l3-cn-gb18030.csv", gb18030(&l3_chinese())),
        ("l3-cn-utf16.csv", utf16(&delimited(&l3_chinese(), "\t"))),
        ("l3-cn.xlsx", workbook(&l3_chinese())),
        ("l3-en.csv", csv(&l3_english())),
        ("l3-en.xlsx", workbook(&l3_english())),
        ("l3-month.csv", csv(&l3_by_month())),
        ("FOCUS-bill_details-100000000102-202503.CSV", csv(&focus())),
        ("l2.csv", csv(&l2())),
        ("l1.csv", csv(&l1())),
    ];
    let wrong = bills.into_iter().filter_map(|(name, bytes)| {
        let case = case(true);
        fs::write(case.path().join("bills").join(name), bytes).unwrap();
        let run = Run::reconcile(case.path());
        let verdict = run.stdout.lines().last().unwrap_or_default().starts_with("verdict=reconciled ");
        (run.status != 0 || !verdict)
            .then(|| format!("== {name}: status {}\n{}\n{}", run.status, run.stdout, run.stderr))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
