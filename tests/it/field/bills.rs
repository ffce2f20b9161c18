//! Bills: the vendor's API, resellers, payers of several accounts, FOCUS, documents that are no bills, and
//! files in the wrong place.

use std::io::{Cursor, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use trtc_recon::pipeline::{Outcome, Status};

use super::{agrees, came_to, found, reconciled, said};
use crate::commands::ran;

const CN: &str = "[account]\nuin = \"100000000901\"\nsite = \"cn\"\nregistered = 2021-04-08\n\
    first_app_created = 2021-04-12\nperiod = \"2024-05\"\n[[app]]\nsdk_app_id = 1400000901\n";
const INTL: &str = "[account]\nuin = \"200000000901\"\nsite = \"intl\"\nregistered = 2024-03-11\n\
    first_app_created = 2024-03-12\nperiod = \"2025-11\"\n[[app]]\nsdk_app_id = 1400000901\n";

/// A charge: day, item in Chinese and English, minutes, price per 1,000 minutes, amount.
type Charge = (&'static str, [&'static str; 2], &'static str, &'static str, &'static str);

/// What the usage of the cn account comes to: 1.204 CNY.
const CN_CHARGES: &[Charge] = &[
    ("2024-05-01", ["高清HD", "HD"], "27", "28", "0.756"),
    ("2024-05-01", ["语音", "Audio"], "5", "7", "0.035"),
    ("2024-05-02", ["标清SD", "SD"], "21", "14", "0.294"),
    ("2024-05-02", ["高清HD", "HD"], "2", "28", "0.056"),
    ("2024-05-02", ["语音", "Audio"], "1", "7", "0.007"),
    ("2024-05-31", ["高清HD", "HD"], "2", "28", "0.056"),
];

/// What the usage of the intl account comes to: 0.06081 USD.
const INTL_CHARGES: &[Charge] = &[
    ("2025-11-03", ["高清HD", "HD"], "12", "3.99", "0.04788"),
    ("2025-11-03", ["语音", "Audio"], "5", "0.99", "0.00495"),
    ("2025-11-30", ["高清HD", "HD"], "2", "3.99", "0.00798"),
];

/// The minutes of the charges as tidy usage: whole days.
fn usage(charges: &[Charge]) -> String {
    let item = |name: &str| match name {
        "HD" => "av.hd",
        "SD" => "av.sd",
        _ => "av.audio",
    };
    let row = |(day, [_, name], minutes, ..): &Charge| {
        let seconds = minutes.parse::<u32>().unwrap() * 60 - 1;
        format!("{day},{day},1400000901,{},{seconds},s\n", item(name))
    };
    let month = &charges[0].0[..7];
    let days = if month == "2024-05" { 31 } else { 30 };
    let nothing = |day: u32| format!("{month}-{day:02},{month}-{day:02},1400000901,rec.hd,0,s\n");
    let days: String = (1..=days).map(nothing).collect();
    format!("start,end,sdk_app_id,item,quantity,unit\n{}{days}", charges.iter().map(row).collect::<String>())
}

/// One row of a bill, column by column.
struct Line {
    charge: Charge,
    payer: &'static str,
    owner: &'static str,
    at: usize,
    /// Columns that say something else than usual.
    other: Vec<(&'static str, String)>,
}

fn next_day(day: &str) -> String {
    day.parse::<jiff::civil::Date>().unwrap().tomorrow().unwrap().to_string()
}

impl Line {
    fn cell(&self, column: &str) -> String {
        let (day, [zh, en], minutes, price, amount) = self.charge;
        if let Some((_, text)) = self.other.iter().find(|(name, _)| *name == column) {
            return text.clone();
        }
        match column {
            "支付者UIN" | "Payer Account ID" | "Reseller Account ID" | "BillingAccountId" => self.payer.to_owned(),
            "使用者UIN" | "Owner Account ID" | "SubAccountId" | "x_OwnerAccountID" => self.owner.to_owned(),
            "产品名称" => "实时音视频".to_owned(),
            "Product Name" | "ServiceName" => "Tencent Real-Time Communication".to_owned(),
            "资源ID" | "Instance ID" | "ResourceId" => "1400000901".to_owned(),
            "交易类型" => "按量计费日结".to_owned(),
            "消耗类型" => "按量消耗".to_owned(),
            "Transaction Type" => "Daily settlement".to_owned(),
            "交易ID" | "Transaction ID" => format!("T{}", self.at),
            "扣费时间" | "Transaction Time" => format!("{} 10:02:01", next_day(day)),
            "开始使用时间" | "Usage Start Time" => format!("{day} 00:00:00"),
            "结束使用时间" | "Usage End Time" => format!("{day} 23:59:59"),
            "ChargePeriodStart" => {
                let day: jiff::civil::Date = day.parse().unwrap();
                format!("{}T16:00:00Z", day.yesterday().unwrap())
            }
            "ChargePeriodEnd" => format!("{day}T15:59:59Z"),
            "组件类型" => "音视频时长".to_owned(),
            "Component Type" | "x_ComponentType" => "Audio and Video Duration".to_owned(),
            "组件名称" => zh.to_owned(),
            "Component Name" | "x_ComponentName" => en.to_owned(),
            "ChargeDescription" => format!("Audio and Video Duration {en}"),
            "组件刊例价" | "组件单价" | "Component List Price" | "Component Contracted Price" => {
                price.to_owned()
            }
            "组件价格单位" => "元/千分钟".to_owned(),
            "Component Price Measurement Unit" => "USD/1000 minutes".to_owned(),
            "ListUnitPrice" | "ContractedUnitPrice" => per_minute(price),
            "组件用量"
            | "Component Usage"
            | "原始用量/时长"
            | "Original Usage/Duration"
            | "PricingQuantity"
            | "ConsumedQuantity" => minutes.to_owned(),
            "组件用量单位" => "分钟".to_owned(),
            "Component Usage Unit" | "PricingUnit" | "ConsumedUnit" => "minutes".to_owned(),
            "组件原价"
            | "优惠后总价"
            | "现金账户支出(元)"
            | "Original Cost"
            | "ContractedCost"
            | "BilledCost"
            | "ListCost"
            | "Total Amount After Discount (Excluding Tax)"
            | "Amount Before Tax" => amount.to_owned(),
            "使用时长" | "Usage Duration" | "折扣率" | "DiscountRate" => "1".to_owned(),
            "抵扣用量/时长(含资源包)" | "Deducted Usage/Duration" | "TaxRate" | "TaxAmount" => "0".to_owned(),
            "账单归属月" | "账单月份" | "Bill Month" | "消耗月份" => day[..7].to_owned(),
            "Currency" | "BillingCurrency" => "USD".to_owned(),
            "ChargeCategory" => "Usage".to_owned(),
            _ => if column.is_ascii() && column.starts_with(char::is_uppercase) && !column.contains(' ') {
                ""
            } else {
                "-"
            }
            .to_owned(),
        }
    }
}

fn per_minute(price: &str) -> String {
    (price.parse::<rust_decimal::Decimal>().unwrap() / rust_decimal::Decimal::from(1000)).normalize().to_string()
}

fn lines(charges: &[Charge], payer: &'static str, owner: &'static str) -> Vec<Line> {
    let line = |(at, charge): (usize, &Charge)| Line { charge: *charge, payer, owner, at, other: Vec::new() };
    charges.iter().enumerate().map(line).collect()
}

fn cn_lines() -> Vec<Line> {
    lines(CN_CHARGES, "100000000901", "100000000901")
}

fn intl_lines() -> Vec<Line> {
    lines(INTL_CHARGES, "200000000901", "200000000901")
}

fn csv(columns: &str, lines: &[Line]) -> String {
    let row = |line: &Line| columns.split(',').map(|column| line.cell(column)).collect::<Vec<_>>().join(",") + "\n";
    format!("{columns}\n{}", lines.iter().map(row).collect::<String>())
}

const L3: &str = "支付者UIN,使用者UIN,产品名称,计费模式,资源ID,子产品名称,交易类型,交易ID,扣费时间,开始使用时间,结束使用时间,组件类型,组件名称,\
组件刊例价,组件单价,组件价格单位,组件用量,组件用量单位,使用时长,时长单位,组件原价,折扣率,优惠后总价,现金账户支出(元),原始用量/时长,抵扣用量/时长(含资源包)";
const L1: &str = "支付者UIN,地域,产品名称,项目名称,计费模式,国内国际,原价(元),优惠后总价(元),优惠券支付(元),赠送金支付(元),分成金支付(元),现金支付(元)";
const RESELLER: &str = "Payer Account ID,Owner Account ID,Operator Account ID,Reseller Account ID,Product Name,Subproduct Name,Billing Mode,\
Transaction Type,Transaction ID,Transaction Time,Usage Start Time,Usage End Time,Instance ID,Instance Name,Region,Region Code,\
Availability Zone,Availability Zone Code,Component Type,Component Name,Component List Price,Component Contracted Price,\
Component Price Measurement Unit,Component Usage,Component Usage Unit,Usage Duration,Duration Unit,Component Configuration,\
Additional Attributes,Original Cost,SP Deduction,SP Deduction Rate,SP Deduction (Cost),DiscountRate,Blended Discount Multiplier,Currency,\
Total Amount After Discount (Excluding Tax),Voucher Deduction,Amount Before Tax,TaxRate,TaxAmount,Original Usage/Duration,\
Deducted Usage/Duration,Order ID,Bill Month,Discount Object,Discount Type,Discount Content";
const FOCUS: &str = "BilledCost,BillingAccountId,BillingCurrency,ChargeCategory,ChargeClass,ChargeDescription,ChargePeriodEnd,ChargePeriodStart,\
ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,EffectiveCost,ListCost,ListUnitPrice,PricingQuantity,PricingUnit,ResourceId,\
ServiceName,SkuId,SubAccountId,Tags,x_ComponentName,x_ComponentType,x_ExportTime,x_OwnerAccountID,x_SubproductName";

fn l1(payer: &str, total: &str) -> String {
    format!("{L1}\n{payer},其他,实时音视频,默认项目,后付费,国内,{total},{total},0,0,0,{total}\n")
}

fn cn(bills: &[(&str, &str)]) -> Outcome {
    of(CN, CN_CHARGES, bills)
}

fn intl(bill: &str) -> Outcome {
    of(INTL, INTL_CHARGES, &[("bills/bill.csv", bill)])
}

fn of(account: &str, charges: &[Charge], bills: &[(&str, &str)]) -> Outcome {
    let usage = usage(charges);
    let mut files: Vec<(&str, &[u8])> =
        vec![("account.toml", account.as_bytes()), ("usage/usage.csv", usage.as_bytes())];
    files.extend(bills.iter().map(|(path, text)| (*path, text.as_bytes())));
    reconciled(&files)
}

#[test]
fn the_plain_case_agrees() {
    agrees(&cn(&[("bills/bill.csv", &csv(L3, &cn_lines()))]), "1.204");
    agrees(&intl(&csv(RESELLER, &intl_lines())), "0.06081");
    agrees(&intl(&csv(FOCUS, &intl_lines())), "0.06081");
}

#[test]
fn columns_of_later_years_need_no_warning() {
    let later = format!(
        "{L3},地域编码,可用区编码,节省计划抵扣金额,节省计划抵扣率,账单月份,配置属性,备注属性,价格属性,标签键:部门"
    );
    agrees(&cn(&[("bills/bill.csv", &csv(&later, &cn_lines()))]), "1.204");
    // The old name of the month with the new one, and the old price columns.
    let both = format!("{later},账单归属月,组件指定价").replace("组件价格单位", "价格单位");
    let unit = |mut line: Line| {
        line.other.push(("价格单位", "元/千分钟".to_owned()));
        line
    };
    agrees(&cn(&[("bills/bill.csv", &csv(&both, &cn_lines().into_iter().map(unit).collect::<Vec<_>>()))]), "1.204");
}

#[test]
fn a_line_of_the_bills_own_month_counts_and_is_not_audited() {
    let mut all = cn_lines();
    all.extend(lines(&[("2024-04-29", ["高清HD", "HD"], "27", "28", "0.756")], "100000000901", "100000000901"));
    all[6].other = vec![("账单归属月", "2024-05".to_owned()), ("交易ID", "T99".to_owned())];
    let l3 = csv(&format!("{L3},账单归属月"), &all);
    let outcome = cn(&[("bills/明细账单.csv", &l3), ("bills/汇总账单.csv", &l1("100000000901", "1.96"))]);
    assert_eq!(came_to(&outcome), (Status::Inconclusive, "1.96".to_owned(), 1), "{}", said(&outcome));
    assert!(found(&outcome).contains(&"warning bill-not-audited".to_owned()), "{}", said(&outcome));
    let sentence = trtc_recon::report::summary::sentence(outcome.report.as_ref().unwrap());
    assert!(sentence.contains("0.756") && sentence.contains("已出账，未核对"), "{sentence}");
    // Without the month's own column it is of the bill of April.
    let outcome = cn(&[("bills/明细账单.csv", &csv(L3, &all))]);
    assert_eq!(came_to(&outcome), (Status::Clean, "1.204".to_owned(), 0), "{}", said(&outcome));
    assert!(found(&outcome).contains(&"warning bill-outside-period".to_owned()));
}

#[test]
fn two_files_of_a_bill_that_do_not_sum_to_the_same_decide_nothing() {
    let l3 = csv(L3, &cn_lines());
    let outcome = cn(&[("bills/明细账单.csv", &l3), ("bills/汇总账单.csv", &l1("100000000901", "1.96"))]);
    assert_eq!(came_to(&outcome), (Status::Inconclusive, "1.204".to_owned(), 0), "{}", said(&outcome));
    assert!(found(&outcome).contains(&"warning bill-cross-foot".to_owned()));
    agrees(&cn(&[("bills/明细账单.csv", &l3), ("bills/汇总账单.csv", &l1("100000000901", "1.2"))]), "1.204");
}

/// The members of two objects in one.
fn merged(mut one: Value, other: Value) -> Value {
    let Value::Object(members) = other else { panic!("an object") };
    one.as_object_mut().unwrap().extend(members);
    one
}

/// The response of `DescribeBillDetail`, or of the same for an organization.
fn bill_detail(organization: bool) -> Value {
    let detail = |line: Line| {
        let (day, [name, _], minutes, price, amount) = line.charge;
        let mut detail = merged(
            json!({
                "ActionType": "postpay_deduct_d", "ActionTypeName": "按量计费日结", "AssociatedOrder": null, "BillDay": day,
                "BillId": format!("T{}", line.at), "BillMonth": &day[..7], "BusinessCode": "p_rav",
                "BusinessCodeName": "实时音视频", "FeeBeginTime": format!("{day} 00:00:00"),
                "FeeEndTime": format!("{day} 23:59:59"), "Formula": "-", "FormulaUrl": "https://buy.cloud.tencent.com/price/trtc",
                "OperateUin": line.owner, "OrderId": "-", "OwnerUin": line.owner, "PayModeName": "按量计费",
            }),
            json!({
                "PayTime": format!("{} 10:02:01", next_day(day)), "PayerUin": line.payer, "PriceInfo": [format!("清晰度: {name}")],
                "ProductCode": "sp_rav_audio_video", "ProductCodeName": "实时音视频-音视频通话", "ProjectId": 0,
                "ProjectName": "默认项目", "RegionId": "1", "RegionName": "华南地区（广州）", "ResourceId": "1400000901",
                "ResourceName": "", "Tags": [], "ZoneName": "其他",
                "ComponentSet": [merged(json!({
                    "BlendedDiscount": "1.00000000", "CashPayAmount": amount, "ComponentCode": "v_rav_time",
                    "ComponentCodeName": "时长", "ComponentConfig": [], "ContractPrice": price, "Cost": amount,
                    "DeductedMeasure": "0", "Discount": "1", "IncentivePayAmount": "0", "InstanceType": "-",
                }), json!({
                    "ItemCode": "sv_rav_time_subscribe", "ItemCodeName": name, "OriginalCostWithRI": "0.00000000",
                    "OriginalCostWithSP": "0.00000000", "PriceUnit": "元/千分钟", "RealCost": amount,
                    "RealTotalMeasure": minutes, "ReduceType": "折扣", "RiTimeSpan": "0.00000000", "SPDeduction": "0.00000000",
                    "SPDeductionRate": "0.00000000", "SinglePrice": price, "SpecifiedPrice": price, "TimeSpan": "1",
                    "TimeUnitName": "天", "TransferPayAmount": "0", "UsedAmount": minutes, "UsedAmountUnit": "分钟",
                    "VoucherPayAmount": "0"
                }))],
            }),
        );
        if organization {
            detail.as_object_mut().unwrap().remove("PayerUin");
        }
        detail
    };
    let set: Vec<Value> = cn_lines().into_iter().map(detail).collect();
    json!({"Response": {"Context": "abc", "DetailSet": set, "RequestId": "x", "Total": 6}})
}

#[test]
fn the_detail_bill_of_the_api_is_taken_as_it_is() {
    agrees(&cn(&[("bills/DescribeBillDetail-202405.json", &bill_detail(false).to_string())]), "1.204");
    let mut organization = bill_detail(true);
    // A bucket of another product, priced by the hundred and hour.
    let mut other = organization["Response"]["DetailSet"][0].clone();
    other["BusinessCode"] = json!("p_cos");
    other["BusinessCodeName"] = json!("对象存储");
    other["ComponentSet"][0]["PriceUnit"] = json!("元/100个/小时");
    organization["Response"]["DetailSet"].as_array_mut().unwrap().push(other);
    let name = "bills/DescribeBillDetailForOrganization-202405.json";
    agrees(&cn(&[(name, &organization.to_string())]), "1.204");
    // Entries without their response, and the customer's own tags beside the components.
    let mut entries = bill_detail(false)["Response"]["DetailSet"].take();
    agrees(&cn(&[("bills/entries.json", &entries.to_string())]), "1.204");
    entries[0]["Tags"] = json!([{"TagKey": "部门", "TagValue": "a"}, {"TagKey": "b", "TagValue": ""}]);
    agrees(&cn(&[("bills/entries.json", &json!({"Response": {"DetailSet": entries}}).to_string())]), "1.204");
}

#[test]
fn figures_of_the_api_may_have_exponents() {
    let mut response = bill_detail(false);
    response["Response"]["DetailSet"][0]["ComponentSet"][0]["RealCost"] = json!("7.56E-1");
    response["Response"]["DetailSet"][0]["ComponentSet"][0]["ContractPrice"] = json!("2.8E+1");
    agrees(&cn(&[("bills/DescribeBillDetail-202405.json", &response.to_string())]), "1.204");
}

fn resource_summary() -> Vec<Value> {
    let row = |line: Line| {
        let (day, [name, _], minutes, _, amount) = line.charge;
        json!({
            "ActionTypeName": "按量计费日结", "BusinessCode": "p_rav", "BusinessCodeName": "实时音视频", "CashPayAmount": amount,
            "ConfigDesc": format!("{name}: {minutes}分钟; "), "Discount": "1", "ExtendField1": "-",
            "FeeBeginTime": format!("{day} 00:00:00"), "FeeEndTime": format!("{day} 23:59:59"), "IncentivePayAmount": "0",
            "InstanceType": "-", "OperateUin": line.owner, "OrderId": "-", "OriginalCostWithRI": "0.00000000",
            "OriginalCostWithSP": "0.00000000", "OwnerUin": line.owner, "PayModeName": "按量计费",
            "PayTime": "0000-00-00 00:00:00", "PayerUin": line.payer, "ProductCode": "sp_rav_audio_video",
            "ProductCodeName": "实时音视频-音视频通话", "ProjectName": "默认项目", "RealTotalCost": amount, "ReduceType": "折扣",
            "RegionId": 1, "RegionName": "华南地区（广州）", "ResourceId": "1400000901", "ResourceName": "",
            "SPDeduction": "0.00000000", "Tags": [], "TotalCost": amount, "VoucherPayAmount": "0", "ZoneName": "其他"
        })
    };
    cn_lines().into_iter().map(row).collect()
}

fn resource_bill(rows: Vec<Value>) -> String {
    json!({"Response": {"RequestId": "x", "ResourceSummarySet": rows, "Total": null}}).to_string()
}

#[test]
fn the_resource_bill_of_the_api_has_zeros_for_no_time() {
    agrees(&cn(&[("bills/DescribeBillResourceSummary-202405.json", &resource_bill(resource_summary()))]), "1.204");
}

#[test]
fn a_refund_of_the_resource_bill_is_a_refund() {
    let mut rows = resource_summary();
    let mut refund = rows[0].clone();
    for (key, value) in [
        ("ActionTypeName", "包年包月退款"),
        ("ConfigDesc", "音视频通话-固定套餐包: 1个; "),
        ("SinglePrice", "-168"),
        ("ContractPrice", "-168"),
        ("UsedAmount", "1"),
        ("RealTotalCost", "-168"),
        ("TotalCost", "-168"),
        ("CashPayAmount", "-168"),
        ("PayTime", "2024-05-20 10:00:00"),
    ] {
        refund[key] = json!(value);
    }
    rows.push(refund);
    let outcome = cn(&[("bills/DescribeBillResourceSummary-202405.json", &resource_bill(rows))]);
    let (status, billed, _) = came_to(&outcome);
    assert_ne!(status, Status::Refused, "{}", said(&outcome));
    assert_eq!(billed, "-166.796", "{}", said(&outcome));
}

#[test]
fn a_reseller_pays_and_another_account_owns() {
    agrees(&intl(&csv(RESELLER, &lines(INTL_CHARGES, "200000000555", "200000000901"))), "0.06081");
}

#[test]
fn corrections_of_resellers_are_adjustments() {
    for kind in ["Offline project deduction", "Downgrade", "线下项目扣费"] {
        let mut all = lines(INTL_CHARGES, "200000000555", "200000000901");
        all.extend(lines(&INTL_CHARGES[..1], "200000000555", "200000000901"));
        all[3].other = vec![("Transaction Type", kind.to_owned()), ("Transaction ID", "T9".to_owned())];
        for (column, text) in [
            ("Component List Price", "-"),
            ("Component Contracted Price", "-"),
            ("Component Usage", "-"),
            ("Original Usage/Duration", "-"),
            ("Original Cost", "-0.01"),
            ("Total Amount After Discount (Excluding Tax)", "-0.01"),
            ("Amount Before Tax", "-0.01"),
        ] {
            all[3].other.push((column, text.to_owned()));
        }
        let outcome = intl(&csv(RESELLER, &all));
        assert_eq!(came_to(&outcome), (Status::Discrepancy, "0.05081".to_owned(), 1), "{kind}: {}", said(&outcome));
    }
}

#[test]
fn rows_of_other_owners_are_left_out_with_their_number() {
    let mut all = lines(CN_CHARGES, "100000000555", "100000000901");
    all.extend(lines(CN_CHARGES, "100000000555", "100000000777"));
    // What a row of another owner says is not looked at.
    all[9].other = vec![("组件名称", "某种新组件".to_owned()), ("交易类型", "神秘交易".to_owned())];
    let outcome = cn(&[("bills/bill.csv", &csv(L3, &all))]);
    agrees(&outcome, "1.204");
    assert_eq!(found(&outcome), ["note bill-accounts"]);
    assert!(said(&outcome).contains("6 rows are of other accounts than 100000000901"), "{}", said(&outcome));
    let input = outcome.report.unwrap().inputs.into_iter().find(|input| input.path == "bills/bill.csv").unwrap();
    assert_eq!(input.reasons, [("of another account".to_owned(), 6)]);
    // The payer's own sums are of all its accounts.
    let outcome = cn(&[("bills/明细账单.csv", &csv(L3, &all)), ("bills/汇总账单.csv", &l1("100000000555", "2.41"))]);
    agrees(&outcome, "1.204");
    // A bill of others alone is refused.
    let outcome = cn(&[("bills/bill.csv", &csv(L3, &all[6..8]))]);
    assert!(found(&outcome).contains(&"error bill-other-account".to_owned()), "{}", said(&outcome));
}

#[test]
fn usage_of_other_owners_is_left_out_with_its_number() {
    let row = |uin: &str, minute: u32, seconds: u32| {
        format!(
            "{uin},minute,p_rav,音视频通话,时长,订阅时长,秒,2024-05-01 09:{minute}:00,2024-05-01 09:{}:59,{seconds},1400000901,高清\n",
            minute + 4
        )
    };
    let header = "账号 ID,用量统计类型,产品编码,子产品名称,组件类型,组件,用量单位,用量起始时间,用量截止时间,标准用量,sdkAppId,其他信息\n";
    let usage = format!("{header}{}{}", row("100000000901", 30, 1578), row("100000000777", 35, 600));
    let bill = csv(L3, &cn_lines()[..1]);
    let outcome = reconciled(&[
        ("account.toml", CN.as_bytes()),
        ("usage/usage.csv", usage.as_bytes()),
        ("bills/bill.csv", bill.as_bytes()),
    ]);
    assert_eq!(came_to(&outcome), (Status::Clean, "0.756".to_owned(), 0), "{}", said(&outcome));
    assert!(found(&outcome).contains(&"note usage-accounts".to_owned()), "{}", said(&outcome));
}

#[test]
fn a_consumption_bill_is_refused_by_name() {
    let columns = L3.replace("交易类型", "消耗类型") + ",消耗月份";
    let consumption = csv(&columns, &cn_lines());
    let outcome = cn(&[("bills/消耗账单.csv", &consumption)]);
    assert_eq!(found(&outcome), ["error bill-consumption"], "{}", said(&outcome));
    assert!(said(&outcome).contains("费用账单"), "{}", said(&outcome));
    // With the right bill in the case it is only left out.
    let outcome = cn(&[("bills/消耗账单.csv", &consumption), ("bills/明细账单.csv", &csv(L3, &cn_lines()))]);
    assert_eq!(came_to(&outcome), (Status::Clean, "1.204".to_owned(), 0), "{}", said(&outcome));
    assert_eq!(found(&outcome), ["warning bill-consumption"]);
    let english = csv(&format!("{RESELLER},Consumption Type,Consumption Month"), &intl_lines());
    assert_eq!(found(&intl(&english)), ["error bill-consumption"]);
    let sums = csv(L3, &cn_lines());
    let outcome = cn(&[("bills/100000000555-202405-合并账单.csv", &sums)]);
    assert_eq!(found(&outcome), ["error bill-consolidated"], "{}", said(&outcome));
}

#[test]
fn a_bill_of_other_products_is_refused_by_their_names() {
    let mut all = intl_lines();
    for line in &mut all {
        line.other.push(("ServiceName", "Block Storage".to_owned()));
    }
    let outcome = intl(&csv(FOCUS, &all));
    assert_eq!(found(&outcome), ["error bill-without-trtc"], "{}", said(&outcome));
    assert!(said(&outcome).contains("Block Storage (3)"), "{}", said(&outcome));
    // Where nothing is due, such a bill is right.
    let nothing: &[Charge] = &[("2025-11-03", ["高清HD", "HD"], "0", "3.99", "0")];
    let usage = "start,end,sdk_app_id,item,quantity,unit\n2025-11-03,2025-11-03,1400000901,av.hd,0,s\n";
    let mut other = lines(nothing, "200000000901", "200000000901");
    other[0].other.push(("ServiceName", "Block Storage".to_owned()));
    let bill = csv(FOCUS, &other);
    let outcome = reconciled(&[
        ("account.toml", INTL.as_bytes()),
        ("usage/usage.csv", usage.as_bytes()),
        ("bills/bill.csv", bill.as_bytes()),
    ]);
    assert!(found(&outcome).contains(&"warning bill-without-trtc".to_owned()), "{}", said(&outcome));
    assert_ne!(outcome.status, Status::Refused);
}

#[test]
fn a_bill_of_another_month_is_refused_with_its_month() {
    let mut all = cn_lines();
    for line in &mut all {
        let day = line.charge.0.replace("2024-05", "2024-03");
        line.other = vec![
            ("开始使用时间", format!("{day} 00:00:00")),
            ("结束使用时间", format!("{day} 23:59:59")),
            ("扣费时间", format!("{} 10:00:00", next_day(&day))),
        ];
    }
    let outcome = cn(&[("bills/bill.csv", &csv(L3, &all))]);
    assert_eq!(outcome.status, Status::Refused);
    assert!(said(&outcome).contains("it has lines of 2024-03"), "{}", said(&outcome));
}

#[test]
fn focus_figures_may_have_exponents() {
    let mut all = intl_lines();
    for (line, price) in all.iter_mut().zip(["3.99E-03", "9.90E-04", "3.99e-3"]) {
        line.other = vec![("ListUnitPrice", price.to_owned()), ("ContractedUnitPrice", price.to_owned())];
    }
    all[0].other.push(("ContractedCost", "4.788E-02".to_owned()));
    agrees(&intl(&csv(FOCUS, &all)), "0.06081");
    // In a text that is no FOCUS a spreadsheet has done this.
    let mut all = cn_lines();
    all[0].other = vec![("优惠后总价", "7.56E-01".to_owned())];
    assert!(found(&cn(&[("bills/bill.csv", &csv(L3, &all))])).contains(&"error bill-number".to_owned()));
}

#[test]
fn the_item_of_focus_is_in_the_vendors_own_columns() {
    for description in ["", "https://buy.cloud.tencent.com/price/trtc", "-"] {
        let mut all = intl_lines();
        for line in &mut all {
            line.other.push(("ChargeDescription", description.to_owned()));
        }
        agrees(&intl(&csv(FOCUS, &all)), "0.06081");
    }
    // Without the vendor's columns the description has it.
    let mut all = intl_lines();
    for line in &mut all {
        line.other.push(("x_ComponentName", String::new()));
    }
    agrees(&intl(&csv(FOCUS, &all)), "0.06081");
}

#[test]
fn times_of_focus_without_a_zone_are_in_utc() {
    let mut all = intl_lines();
    for line in &mut all {
        let start = line.cell("ChargePeriodStart").replace('T', " ").replace('Z', "");
        let end = line.cell("ChargePeriodEnd").replace('T', " ").replace('Z', "");
        line.other = vec![("ChargePeriodStart", start), ("ChargePeriodEnd", end)];
    }
    agrees(&intl(&csv(FOCUS, &all)), "0.06081");
}

#[test]
fn a_voucher_of_focus_is_set_aside() {
    let mut all = intl_lines();
    all.extend(lines(&INTL_CHARGES[..1], "200000000901", "200000000901"));
    for (column, text) in [
        ("ChargeCategory", "Credit"),
        ("BilledCost", "0"),
        ("ContractedCost", "-0.02"),
        ("ListCost", "-0.02"),
        ("ConsumedQuantity", ""),
        ("PricingQuantity", ""),
        ("ListUnitPrice", ""),
        ("ContractedUnitPrice", ""),
    ] {
        all[3].other.push((column, text.to_owned()));
    }
    let outcome = intl(&csv(FOCUS, &all));
    agrees(&outcome, "0.06081");
    assert!(said(&outcome).contains("-0.02 USD"), "{}", said(&outcome));
    // A correction that is booked as a credit is an adjustment.
    all[3].other.push(("ChargeClass", "Correction".to_owned()));
    assert_eq!(came_to(&intl(&csv(FOCUS, &all))), (Status::Discrepancy, "0.04081".to_owned(), 1));
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn files_in_the_wrong_folder_are_taken_by_their_headers() {
    let (usage, bill) = (usage(CN_CHARGES), csv(L3, &cn_lines()));
    let packed = zip(&[("明细账单.csv", bill.as_bytes())]);
    let places: [(&str, &[u8], &str, &[u8]); 5] = [
        ("bills/usage.csv", usage.as_bytes(), "usage/bill.csv", bill.as_bytes()),
        ("usage.csv", usage.as_bytes(), "bill.csv", bill.as_bytes()),
        ("usages/usage.csv", usage.as_bytes(), "bill/bill.csv", bill.as_bytes()),
        ("用量/usage.csv", usage.as_bytes(), "Bills/bill.csv", bill.as_bytes()),
        ("usage/usage.csv", usage.as_bytes(), "账单.zip", &packed),
    ];
    for (usage_path, usage, bill_path, bill) in places {
        let outcome = reconciled(&[("account.toml", CN.as_bytes()), (usage_path, usage), (bill_path, bill)]);
        agrees(&outcome, "1.204");
        assert!(!found(&outcome).is_empty(), "{usage_path} {bill_path}");
    }
}

#[test]
fn one_bill_in_two_folders_counts_once() {
    let bill = csv(L3, &cn_lines());
    let outcome = cn(&[("bills/bill.csv", &bill), ("usage/bill.csv", &bill)]);
    assert_eq!(came_to(&outcome), (Status::Clean, "1.204".to_owned(), 0), "{}", said(&outcome));
    assert_eq!(found(&outcome), ["warning file-twice", "note file-elsewhere"]);
}

#[test]
fn a_file_outside_the_folders_that_is_no_document_is_noted() {
    let bill = csv(L3, &cn_lines());
    let outcome = cn(&[
        ("bills/bill.csv", &bill),
        ("notes.csv", "who,what\nme,\"open"),
        ("README.txt", "mine"),
        ("Thumbs.db", "x"),
        ("bills/desktop.ini", "x"),
        ("bills/Thumbs.db", "x"),
        ("bills/._bill.csv", "x"),
        ("usage/__MACOSX/._usage.csv", "x"),
    ]);
    agrees(&outcome, "1.204");
    assert_eq!(found(&outcome), ["note file-outside"]);
}

#[test]
fn a_workbook_that_is_open_is_warned_of() {
    let outcome = cn(&[("bills/bill.csv", &csv(L3, &cn_lines())), ("bills/~$bill.xlsx", "x")]);
    assert_eq!(came_to(&outcome).0, Status::Clean, "{}", said(&outcome));
    assert_eq!(found(&outcome), ["warning excel-lock-file"]);
}

#[test]
fn an_account_that_notepad_saved_is_noticed() {
    let (usage, bill) = (usage(CN_CHARGES), csv(L3, &cn_lines()));
    for name in ["account.toml.txt", "Account.toml"] {
        let outcome = reconciled(&[
            (name, CN.as_bytes()),
            ("usage/usage.csv", usage.as_bytes()),
            ("bills/bill.csv", bill.as_bytes()),
        ]);
        assert_eq!(found(&outcome), ["error account-misnamed"], "{}", said(&outcome));
    }
}

#[test]
fn a_bill_pack_is_read_past_what_is_no_table() {
    let bill = csv(L3, &cn_lines());
    let sums = l1("100000000901", "1.2");
    let pack = zip(&[
        ("汇总账单.csv", sums.as_bytes()),
        ("明细账单.csv", bill.as_bytes()),
        ("~$明细账单.xlsx", b"\x05me"),
        ("账单说明.txt", "本账单包说明。\n".as_bytes()),
    ]);
    let usage = usage(CN_CHARGES);
    let outcome = reconciled(&[
        ("account.toml", CN.as_bytes()),
        ("usage/usage.csv", usage.as_bytes()),
        ("bills/账单包.zip", &pack),
    ]);
    agrees(&outcome, "1.204");
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

#[test]
fn a_payers_bill_is_split_into_the_cases_of_its_owners() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = lines(CN_CHARGES, "100000000555", "100000000901");
    all.extend(lines(&CN_CHARGES[..2], "100000000555", "100000000777"));
    all[7].other = vec![("产品名称", "云服务器, \"标准\"".to_owned()), ("优惠后总价", "0.00000001".to_owned())];
    let columns = format!("{L3},账单归属月");
    let quoted = csv(&columns, &all).replace("云服务器, \"标准\"", "\"云服务器, \"\"标准\"\"\"");
    write(folder.path(), "payer.csv", &format!("{quoted}合计{}\n", ",".repeat(columns.matches(',').count())));
    write(folder.path(), "汇总账单.csv", &l1("100000000555", "1.995"));
    let (status, told, errors) = ran(folder.path(), &["split", "payer.csv", "汇总账单.csv", "--out", "cases"]);
    assert_eq!(status, 0, "{errors}");
    // 1.204 of the one; 0.756 + 0.00000001 of the other.
    for line in
        ["100000000777 2024-05     2  0.75600001 CNY", "100000000901 2024-05     6  1.204 CNY", "1.96000001 CNY"]
    {
        assert!(told.contains(line), "{told}");
    }
    assert!(told.contains("The parts add up to the payer's bill."), "{told}");
    assert!(errors.contains("split-not-a-bill"), "{errors}");
    let account = std::fs::read_to_string(folder.path().join("cases/100000000901-2024-05/account.toml")).unwrap();
    for key in ["uin = \"100000000901\"", "site = \"cn\"", "period = \"2024-05\"", "sdk_app_id = 1400000901"] {
        assert!(account.contains(key), "{account}");
    }
    // The case is whole with its usage and what only the account knows.
    let account = account.replace("#registered", "registered").replace("#first_app", "first_app");
    write(folder.path(), "cases/100000000901-2024-05/account.toml", &account.replace("2024-01-01", "2021-04-12"));
    write(folder.path(), "cases/100000000901-2024-05/usage/usage.csv", &usage(CN_CHARGES));
    let (status, told, errors) = ran(folder.path(), &["reconcile", "cases/100000000901-2024-05"]);
    assert_eq!(status, 0, "{told}{errors}");
    // Nothing is written over.
    let (status, _, errors) = ran(folder.path(), &["split", "payer.csv", "--out", "cases"]);
    assert!(status == 2 && errors.contains("split-there-already"), "{errors}");
    write(folder.path(), "note.txt", "no bill\n");
    let (status, _, errors) = ran(folder.path(), &["split", "note.txt", "--out", "other"]);
    assert!(status == 2 && errors.contains("split-not-a-bill") && !folder.path().join("other").exists(), "{errors}");
}
