//! The account's bill in each layout of the vendor.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Sheet;
use crate::forms::Rows;
use crate::reference::{self, Account, Usage, half_up, plain};

/// A bill in one layout.
pub struct Bill {
    /// The layout.
    pub name: String,
    /// Its table.
    pub sheets: Vec<Sheet>,
    /// What it bills too much, at its own precision.
    pub over: String,
}

/// A line of the bill, and the right amount of it.
struct Line {
    at: usize,
    uin: String,
    app: String,
    day: String,
    item: String,
    usage: Decimal,
    covered: Decimal,
    charged: Decimal,
    /// Per 1,000 minutes.
    price: Decimal,
    amount: Decimal,
    right: Decimal,
}

/// The reference's lines; one of them, with `extra`, has so many thousand minutes too much.
fn lines(account: &Account, used: &[Usage], extra: Decimal) -> Vec<Line> {
    let thousand = Decimal::from(1000);
    let rated = reference::rate(account, used).lines;
    let wrong = rated.iter().position(|line| line.day == "2024-10-20" && line.item == "rec.hd").unwrap();
    let one = |(at, line): (usize, reference::charges::Line)| {
        let more = if at == wrong { extra * thousand } else { Decimal::ZERO };
        let charged = line.charged + more;
        Line {
            at,
            uin: account.uin.clone(),
            app: line.app.map(|app| app.to_string()).unwrap_or_default(),
            day: line.day,
            item: line.item,
            usage: line.billable + more,
            covered: line.covered,
            charged,
            price: line.unit_price * thousand,
            amount: half_up(charged * line.unit_price, 8),
            right: line.amount,
        }
    };
    rated.into_iter().enumerate().map(one).collect()
}

fn chinese(item: &str) -> [&'static str; 2] {
    match item {
        "av.audio" => ["音视频时长", "语音"],
        "av.hd" => ["音视频时长", "高清HD"],
        "mix.audio" => ["混流转码", "转码-语音"],
        "mix.h264.hd" => ["混流转码", "转码-H264-高清 HD"],
        "rec.hd" => ["云端录制", "录制高清"],
        "rec.fhd" => ["云端录制", "录制全高清(Full HD)"],
        _ => panic!("{item}"),
    }
}

fn english(item: &str) -> [&'static str; 2] {
    match item {
        "av.audio" => ["Audio and Video Duration", "Audio"],
        "av.hd" => ["Audio and Video Duration", "HD"],
        "mix.audio" => ["On-Cloud MixTranscoding", "Audio"],
        "mix.h264.hd" => ["On-Cloud MixTranscoding", "H264 HD"],
        "rec.hd" => ["On-cloud Recording", "HD"],
        "rec.fhd" => ["On-cloud Recording", "Full HD"],
        _ => panic!("{item}"),
    }
}

/// The oldest columns of the Chinese L3, as the vendor orders them.
const L3: &str = "支付者UIN,使用者UIN,操作者UIN,产品名称,计费模式,项目名称,地域,可用区,国内国际,资源ID,实例名称,子产品名称,交易类型,订单ID,交易ID,\
扣费时间,开始使用时间,结束使用时间,组件类型,组件名称,组件刊例价,组件单价,组件价格单位,组件用量,组件用量单位,使用时长,时长单位,组件原价,折扣率,优惠后总价,\
代金券支出(美元),赠送账户支出(美元),现金账户支出(美元)";
/// What joined with reserved instances and savings plans.
const RESERVED: &str = "实例类型,实例配置,预留实例抵扣时长,预留实例抵扣组件原价,节省计划抵扣金额,节省计划抵扣率,节省计划抵扣组件原价,混合折扣率,\
分成金账户支出(美元),标签键:team";
/// What joined last.
const NEWEST: &str = "价格属性,原始用量/时长,抵扣用量/时长(含资源包),关联单据ID,计算说明,计费规则,优惠对象,优惠类型,优惠内容,账单归属日,账单归属月,\
产品编码,子产品编码,组件类型编码,组件名称编码";
const L3_ENGLISH: &str = "Payer Account ID,Owner Account ID,Operator Account ID,Product Name,Subproduct Name,Billing Mode,Transaction Type,\
Transaction ID,Transaction Time,Usage Start Time,Usage End Time,Instance ID,Instance Name,Instance Type,Project Name,Region,Availability Zone,\
Component Type,Component Name,Component List Price,Component Contracted Price,Component Price Measurement Unit,Component Usage,\
Component Usage Unit,Usage Duration,Duration Unit,Original Cost,RI Deduction (Duration),RI Deduction (Cost),Savings Plan Deduction,\
Savings Plan Deduction Rate,SP Deduction (Cost),Discount Multiplier,Blended Discount Multiplier,Currency,\
Total Amount After Discount (Excluding Tax),Voucher Deduction,Amount Before Tax,Tax Rate,Tax Amount,Total Cost (Including Tax)";
const SINCE_2024_11: &str = "Original Usage/Duration,Deducted Usage/Duration,Order ID,Bill Month,Discount Object,Discount Type,Discount Content";

/// What joined the Chinese L3 then.
const SINCE_2024_11_CHINESE: &str =
    "价格属性,原始用量/时长,抵扣用量/时长(含资源包),地域编码,可用区编码,账单月份,配置属性,备注属性";
/// Further columns of a reseller's bill.
const RESELLER: &str = "Reseller Account ID,Region Code,Availability Zone Code,Component Configuration,Additional Attributes,SP Deduction,SP Deduction Rate";
/// The keys of `DescribeBillDetail`, those of components after those of their charge.
const API: &str = "ActionType,ActionTypeName,BillDay,BillId,BillMonth,BusinessCode,BusinessCodeName,ComponentCode,ComponentCodeName,ContractPrice,\
Cost,CashPayAmount,DeductedMeasure,Discount,FeeBeginTime,FeeEndTime,IncentivePayAmount,ItemCode,ItemCodeName,OperateUin,OwnerUin,PayModeName,\
PayTime,PayerUin,PriceUnit,ProductCode,ProductCodeName,RealCost,RealTotalMeasure,ResourceId,SinglePrice,SpecifiedPrice,TimeSpan,TimeUnitName,\
UsedAmount,UsedAmountUnit,VoucherPayAmount";

/// What stands in a column of the L3, in either language.
fn cell(column: &str, line: &Line) -> String {
    let latin = column.is_ascii();
    let [kind, name] = if latin { english(&line.item) } else { chinese(&line.item) };
    let text = match column.replace(' ', "").as_str() {
        "支付者UIN" | "使用者UIN" | "操作者UIN" | "PayerAccountID" | "OwnerAccountID" | "OperatorAccountID"
        | "OperateUin" | "OwnerUin" | "PayerUin" => &line.uin,
        "ResellerAccountID" => "200000000555",
        "ActionType" => "postpay_deduct_d",
        "产品名称" | "BusinessCodeName" => "实时音视频",
        "ProductCode" => "sp_rav_audio_video",
        "ProductName" => "Tencent RTC",
        "计费模式" => "按量计费",
        "BillingMode" => "Pay-as-you-go",
        "项目名称" | "ProjectName" => "default",
        "地域" | "Region" => "Singapore",
        "国内国际" => "国际",
        "资源ID" | "InstanceID" | "ResourceId" => &line.app,
        "子产品名称" => "实时音视频 TRTC",
        "SubproductName" => "TRTC",
        "交易类型" | "ActionTypeName" => "按量计费日结",
        "TransactionType" => "Daily settlement",
        "交易ID" | "TransactionID" | "BillId" => return format!("20241{:05}", line.at),
        "扣费时间" | "TransactionTime" | "PayTime" => {
            let day: Date = line.day.parse().unwrap();
            return format!("{} 10:07:31", day.tomorrow().unwrap());
        }
        "开始使用时间" | "UsageStartTime" | "FeeBeginTime" => return format!("{} 00:00:00", line.day),
        "结束使用时间" | "UsageEndTime" | "FeeEndTime" => return format!("{} 23:59:59", line.day),
        "组件类型" | "ComponentType" | "ComponentCodeName" => kind,
        "组件名称" | "ComponentName" | "ItemCodeName" => name,
        "组件刊例价"
        | "组件单价"
        | "ComponentListPrice"
        | "ComponentContractedPrice"
        | "SinglePrice"
        | "ContractPrice" => {
            return plain(line.price);
        }
        "组件价格单位" | "PriceUnit" => "美元/千分钟",
        "ComponentPriceMeasurementUnit" => "USD/1000 minutes",
        "组件用量" | "ComponentUsage" | "UsedAmount" => return plain(line.charged),
        "组件用量单位" | "UsedAmountUnit" => "分钟",
        "ComponentUsageUnit" => "minutes",
        "使用时长" | "UsageDuration" | "折扣率" | "DiscountMultiplier" | "DiscountRate" | "Discount" | "TimeSpan" => {
            "1"
        }
        "组件原价"
        | "优惠后总价"
        | "OriginalCost"
        | "TotalAmountAfterDiscount(ExcludingTax)"
        | "AmountBeforeTax"
        | "TotalCost(IncludingTax)"
        | "Cost"
        | "RealCost" => return plain(line.amount),
        "现金账户支出(美元)" | "CashPayAmount" => return plain(line.amount),
        "代金券支出(美元)"
        | "赠送账户支出(美元)"
        | "分成金账户支出(美元)"
        | "VoucherDeduction"
        | "TaxAmount"
        | "VoucherPayAmount"
        | "IncentivePayAmount" => "0",
        "TaxRate" => "0%",
        "TimeUnitName" => "天",
        "Currency" => "USD",
        "原始用量/时长" | "OriginalUsage/Duration" | "RealTotalMeasure" => return plain(line.usage),
        "抵扣用量/时长(含资源包)" | "DeductedUsage/Duration" | "DeductedMeasure" => {
            return plain(line.covered);
        }
        "账单归属日" | "BillDay" => &line.day,
        "账单归属月" | "账单月份" | "BillMonth" => "2024-10",
        "产品编码" | "BusinessCode" => "p_rav",
        "标签键:team" => "=cmd()",
        _ => "-",
    };
    text.to_owned()
}

fn table(name: &str, columns: &str, lines: &[Line]) -> Vec<Sheet> {
    let columns: Vec<String> = columns.split(',').map(str::to_owned).collect();
    let rows = lines.iter().map(|line| columns.iter().map(|column| cell(column, line)).collect());
    vec![(name.to_owned(), "L3".to_owned(), std::iter::once(columns.clone()).chain(rows).collect())]
}

/// The English L3.
pub fn l3_english(account: &Account, used: &[Usage]) -> Vec<Sheet> {
    table("100000000001-202410-by_used_time-bill_details", L3_ENGLISH, &lines(account, used, Decimal::ZERO))
}

fn cells<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn sheet(name: &str, header: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> Vec<Sheet> {
    let rows: Rows = std::iter::once(header).chain(rows).collect();
    vec![(name.to_owned(), "bill".to_owned(), rows)]
}

fn cents(amount: Decimal) -> String {
    half_up(amount, 2).to_string()
}

/// Days summed; what they have not in common is `-`.
fn by_month(lines: &[Line]) -> Vec<Sheet> {
    let columns: Vec<&str> = L3.split(',').chain(NEWEST.split(',')).collect();
    let mut sums: BTreeMap<(String, String), Line> = BTreeMap::new();
    for line in lines {
        let key = (line.app.clone(), line.item.clone());
        let sum = sums.entry(key).or_insert_with(|| Line {
            uin: line.uin.clone(),
            app: line.app.clone(),
            day: line.day.clone(),
            item: line.item.clone(),
            usage: Decimal::ZERO,
            covered: Decimal::ZERO,
            charged: Decimal::ZERO,
            amount: Decimal::ZERO,
            ..*line
        });
        sum.usage += line.usage;
        sum.covered += line.covered;
        sum.charged += line.charged;
        sum.amount += line.amount;
    }
    let row = |line: &Line| {
        let blank = ["订单ID", "交易ID", "扣费时间", "开始使用时间", "结束使用时间", "账单归属日"];
        let text = |column: &&str| if blank.contains(column) { "-".to_owned() } else { cell(column, line) };
        columns.iter().map(text).collect()
    };
    let header = columns.iter().map(|column| (*column).to_owned()).collect();
    sheet("100000000001-202410-明细账单-按月", header, sums.values().map(row))
}

fn l2(lines: &[Line]) -> Vec<Sheet> {
    let header = cells([
        "产品名称",
        "子产品名称",
        "计费模式",
        "项目名称",
        "地域",
        "可用区",
        "资源ID",
        "资源别名",
        "交易类型",
        "订单ID",
        "扣费时间",
        "开始使用时间",
        "结束使用时间",
        "配置描述",
        "扩展字段1",
        "原价(美元)",
        "折扣率",
        "优惠类型",
        "优惠后总价(美元)",
        "优惠券支出(美元)",
        "现金账户支出(美元)",
        "赠送账户支出(美元)",
    ]);
    let row = |line: &Line| {
        let (start, end) = (format!("{} 00:00:00", line.day), format!("{} 23:59:59", line.day));
        let [kind, name] = chinese(&line.item);
        let (text, amount) = (format!("{name}: {}分钟; ", plain(line.charged)), cents(line.amount));
        cells([
            "实时音视频",
            kind,
            "按量计费",
            "默认项目",
            "新加坡",
            "-",
            &line.app,
            "-",
            "按量计费日结",
            "-",
            &end,
            &start,
            &end,
            &text,
            "-",
            &amount,
            "1",
            "-",
            &amount,
            "0",
            &amount,
            "0",
        ])
    };
    sheet("100000000001-202410-资源账单", header, lines.iter().map(row))
}

fn l1(lines: &[Line]) -> Vec<Sheet> {
    let total = cents(lines.iter().map(|line| line.amount).sum());
    let header = cells([
        "支付者UIN",
        "地域",
        "产品名称",
        "项目名称",
        "计费模式",
        "国内国际",
        "原价(美元)",
        "优惠后总价(美元)",
        "优惠券支付(美元)",
        "赠送金支付(美元)",
        "分成金支付(美元)",
        "现金支付(美元)",
    ]);
    let row = cells([
        &lines[0].uin,
        "新加坡",
        "实时音视频",
        "默认项目",
        "按量计费",
        "国际",
        &total,
        &total,
        "0",
        "0",
        "0",
        &total,
    ]);
    sheet("100000000001-202410-汇总账单", header, std::iter::once(row))
}

const FOCUS: &str = "AvailabilityZone,BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,\
ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,ConsumedUnit,ContractedCost,\
ContractedUnitPrice,EffectiveCost,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingQuantity,PricingUnit,ProviderName,\
PublisherName,RegionId,RegionName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,SkuId,SkuPriceId,SubAccountId,\
SubAccountName,Tags";
const FOCUS_1_1: &str = "CapacityReservationId,CapacityReservationStatus,CommitmentDiscountQuantity,CommitmentDiscountUnit,ServiceSubcategory,\
SkuMeter,SkuPriceDetails";
const FOCUS_1_2: &str = "BillingAccountType,SubAccountType,InvoiceId,PricingCurrency,PricingCurrencyContractedUnitPrice,\
PricingCurrencyEffectiveCost,PricingCurrencyListUnitPrice";

/// What stands in a column of FOCUS: times in UTC, inclusive ends, quantities per 1,000.
fn focus_cell(column: &str, line: &Line) -> String {
    let day: Date = line.day.parse().unwrap();
    let [kind, name] = english(&line.item);
    let text = match column {
        "BilledCost" | "ContractedCost" | "ListCost" => return plain(line.amount),
        "BillingAccountId" | "SubAccountId" | "x_OwnerAccountID" => &line.uin,
        "BillingCurrency" | "PricingCurrency" => "USD",
        "BillingPeriodStart" => "2024-09-30T16:00:00Z",
        "BillingPeriodEnd" => "2024-10-31T15:59:59Z",
        "ChargeCategory" => "Usage",
        "ChargeDescription" => return format!("{kind} {name}"),
        "x_ComponentName" => name,
        "x_ComponentType" => kind,
        "x_SubproductName" => "TRTC",
        "ChargeFrequency" => "Usage-Based",
        "ChargePeriodStart" => return format!("{}T16:00:00Z", day.yesterday().unwrap()),
        "ChargePeriodEnd" => return format!("{day}T15:59:59Z"),
        "ConsumedQuantity" => return plain(line.usage),
        "ConsumedUnit" => "minutes",
        "ContractedUnitPrice" | "ListUnitPrice" => return plain(line.price),
        "PricingQuantity" => return plain(line.charged / Decimal::from(1000)),
        "PricingUnit" => "1000 minutes",
        "ProviderName" | "PublisherName" | "InvoiceIssuerName" => "Tencent Cloud",
        "ResourceId" => &line.app,
        "ServiceName" => "Tencent RTC",
        _ => "",
    };
    text.to_owned()
}

fn focus(name: &str, columns: &str, lines: &[Line]) -> Vec<Sheet> {
    let columns: Vec<String> = columns.split(',').map(str::to_owned).collect();
    let row = |line: &Line| columns.iter().map(|column| focus_cell(column, line)).collect();
    let file = format!("FOCUS-bill_details-100000000001-202410-{name}");
    sheet(&file, columns.clone(), lines.iter().map(row))
}

/// The bill in every layout, with so many thousand minutes too much.
pub fn all(account: &Account, used: &[Usage], extra: Decimal) -> Vec<Bill> {
    let lines = lines(account, used, extra);
    let over = |billed: &dyn Fn(&Line) -> Decimal| {
        let wrong = lines.iter().filter(|line| line.amount != line.right);
        plain(wrong.map(|line| billed(line) - line.right).sum())
    };
    let exact = over(&|line| line.amount);
    let in_cents = over(&|line| half_up(line.amount, 2));
    let total = |part: fn(&Line) -> Decimal| lines.iter().map(part).sum::<Decimal>();
    let of_total = plain(half_up(total(|line| line.amount), 2) - total(|line| line.right));
    let bill =
        |name: &str, sheets: Vec<Sheet>, over: &str| Bill { name: name.to_owned(), sheets, over: over.to_owned() };
    let l3 = |name: &str, columns: &str| bill(name, table("100000000001-202410-明细账单", columns, &lines), &exact);
    let reseller = format!("{L3_ENGLISH},{RESELLER},{SINCE_2024_11}").replace(",Discount Multiplier", ",DiscountRate");
    let vendors =
        FOCUS.replace("ChargeDescription,", "") + ",x_ComponentName,x_ComponentType,x_SubproductName,x_OwnerAccountID";
    vec![
        l3("L3, oldest", L3),
        l3("L3 with reserved instances", &format!("{L3},{RESERVED}")),
        l3("L3, newest", &format!("{L3},{RESERVED},{NEWEST}")),
        l3("L3 in English", L3_ENGLISH),
        l3("L3 in English, unspaced", &L3_ENGLISH.replace(' ', "")),
        l3("L3 in English since 2024-11", &format!("{L3_ENGLISH},{SINCE_2024_11}")),
        l3("L3 since 2024-11", &format!("{L3},{SINCE_2024_11_CHINESE}")),
        l3("L3 of a reseller", &reseller),
        l3("L3 by the API", API),
        bill("L3 by the month", by_month(&lines), &exact),
        bill("L2", l2(&lines), &in_cents),
        bill("L1", l1(&lines), &of_total),
        bill("FOCUS 1.0", focus("1-0", FOCUS, &lines), &exact),
        bill("FOCUS of the vendor", focus("x", &vendors, &lines), &exact),
        bill("FOCUS 1.1", focus("1-1", &format!("{FOCUS},{FOCUS_1_1}"), &lines), &exact),
        bill("FOCUS 1.2", focus("1-2", &format!("{FOCUS},{FOCUS_1_1},{FOCUS_1_2}"), &lines), &exact),
    ]
}
