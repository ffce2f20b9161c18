//! A bill that is right: the reference's charges and the purchases of the month, as rows of the vendor's L3. Chinese
//! for accounts at home, English for those abroad.

use std::fmt::Write;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

use crate::reference::charges::Line;
use crate::reference::plans::{custom_price, listed_fee, months_on};
use crate::reference::{Account, Cut, Grant, Site, Usage, dec, half_up, plain, rate};

/// What a row of the bill is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Usage,
    Purchase,
    Renewal,
    Refund,
}

/// One row of the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub kind: Kind,
    pub app: Option<u64>,
    /// An item, or `fee.<plan>`.
    pub item: String,
    /// The first day that it bills.
    pub from: Date,
    /// The last day that it bills.
    pub last: Date,
    /// Whether it settles a month.
    pub monthly: bool,
    /// The time of payment, of a purchase or refund.
    pub paid: DateTime,
    pub unit: &'static str,
    pub usage: Decimal,
    pub covered: Decimal,
    pub charged: Decimal,
    /// Per billing unit, before the discount; none under a contract price.
    pub listed: Option<Decimal>,
    /// Per billing unit, as charged.
    pub price: Decimal,
    pub amount: Decimal,
    /// What 配置描述 says of a package.
    pub configuration: String,
}

/// What makes rows one line: days, application, item.
pub type Key = (Date, Option<u64>, String);

impl Row {
    pub fn key(&self) -> Key {
        (self.from, self.app, self.item.clone())
    }

    pub fn is_usage(&self) -> bool {
        self.kind == Kind::Usage
    }

    /// The service, as exports are made: `mix` of `mix.h264.hd`.
    pub fn service(&self) -> &str {
        service(&self.item)
    }

    /// The same row of other figures, at its own price.
    pub fn charging(&self, charged: Decimal) -> Self {
        let amount = half_up(charged * self.price, 8);
        Self { usage: charged + self.covered, charged, amount, ..self.clone() }
    }
}

/// The service of an item, as exports are made.
pub fn service(item: &str) -> &str {
    ["deliver.tencent", "deliver.third"]
        .into_iter()
        .find(|service| item.starts_with(service))
        .or_else(|| item.split('.').next())
        .unwrap()
}

/// The rows that the reference gives for an account and its usage.
pub fn rows(account: &Account, usage: &[Usage]) -> Vec<Row> {
    let lines = rate(account, usage).lines;
    let (fees, used): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|line| line.item.starts_with("fee."));
    let mut rows: Vec<Row> = used.iter().map(|line| row(account, line)).collect();
    rows.extend(fees.iter().map(|line| fee(account, line)));
    rows.extend(account.grants.iter().filter_map(|grant| purchase(account, grant)));
    rows
}

fn row(account: &Account, line: &Line) -> Row {
    let monthly = line.day.len() == 7;
    let from: Date = if monthly { format!("{}-01", line.day) } else { line.day.clone() }.parse().unwrap();
    let agreed = account
        .prices
        .iter()
        .any(|price| price.item == line.item && price.from <= from && price.until.is_none_or(|until| from < until));
    Row {
        kind: Kind::Usage,
        app: line.app,
        item: line.item.clone(),
        from,
        last: if monthly { from.last_of_month() } else { from },
        monthly,
        paid: from.to_datetime(Time::midnight()),
        unit: line.unit,
        usage: line.billable,
        covered: line.covered,
        charged: line.charged,
        listed: (!agreed).then(|| half_up(line.card.list_price(&line.item), 8)),
        price: line.unit_price,
        amount: line.amount,
        configuration: String::new(),
    }
}

fn fee_row(app: Option<u64>, plan: &str, kind: Kind, paid: DateTime, listed: Decimal, price: Decimal) -> Row {
    let (from, one) = (paid.date(), Decimal::ONE);
    Row {
        kind,
        app,
        item: format!("fee.{plan}"),
        from,
        last: from,
        monthly: false,
        paid,
        unit: "month",
        usage: one,
        covered: Decimal::ZERO,
        charged: one,
        listed: (listed == price).then_some(listed),
        price,
        amount: price,
        configuration: String::new(),
    }
}

/// A fee of the reference: a cycle of a subscription, or a grant with what was paid for it.
fn fee(account: &Account, line: &Line) -> Row {
    let plan = line.item.strip_prefix("fee.").unwrap();
    let day: Date = line.day.parse().unwrap();
    let grant = account.grants.iter().find(|grant| grant.plan == plan && grant.purchased.date() == day);
    let mut bought = account.subscriptions.iter().map(|one| (one.plan.as_str(), Some(one.app), one.purchased));
    let cycle = bought.find(|(known, app, _)| *known == plan && *app == line.app);
    let (kind, paid) = match (cycle, grant) {
        (Some((_, _, purchased)), _) if purchased.date() == day => (Kind::Purchase, purchased),
        (Some(_), None) => (Kind::Renewal, day.at(0, 12, 0, 0)),
        (_, Some(grant)) => (Kind::Purchase, grant.purchased),
        (None, None) => unreachable!("a fee without a purchase"),
    };
    let listed = grant.and_then(listed_price).unwrap_or_else(|| listed_fee(plan));
    let configuration = grant.map(configuration).unwrap_or_default();
    Row { configuration, ..fee_row(line.app, plan, kind, paid, listed, line.unit_price) }
}

/// What a grant costs; none for what is free or comes with another product.
fn listed_price(grant: &Grant) -> Option<Decimal> {
    match grant.plan.as_str() {
        "cn-general-custom" => grant.minutes.map(|minutes| custom_price(minutes.try_into().unwrap())),
        "cn-month" => None,
        plan => Some(listed_fee(plan)).filter(|price| !price.is_zero()),
    }
}

fn configuration(grant: &Grant) -> String {
    match grant.plan.as_str() {
        "cn-general-25k" => "音视频通话-固定套餐包: 25000分钟; ".to_owned(),
        "cn-general-custom" => format!("音视频通话-自定义套餐包: {}分钟; ", plain(grant.minutes.unwrap())),
        _ => String::new(),
    }
}

/// The purchase of a grant of which account.toml does not say what was paid.
fn purchase(account: &Account, grant: &Grant) -> Option<Row> {
    // A plan whose price was returned costs nothing, and its two rows with it.
    let kept = !grant.ended.is_some_and(|ended| ended.refund);
    let of_month = kept && grant.paid.is_none() && grant.purchased.date().first_of_month() == account.period;
    let listed = listed_price(grant).filter(|_| of_month)?;
    let row = fee_row(grant.app, &grant.plan, Kind::Purchase, grant.purchased, listed, listed);
    Some(Row { configuration: configuration(grant), ..row })
}

/// The purchase of a grant and its refund two days after.
pub fn bought_and_returned(grant: &Grant) -> [Row; 2] {
    let listed = listed_price(grant).unwrap();
    let bought = fee_row(grant.app, &grant.plan, Kind::Purchase, grant.purchased, listed, listed);
    let bought = Row { configuration: configuration(grant), ..bought };
    let paid = returned_at(grant);
    let (charged, amount) = (-bought.charged, -bought.amount);
    let back =
        Row { kind: Kind::Refund, paid, from: paid.date(), last: paid.date(), charged, amount, ..bought.clone() };
    [bought, back]
}

/// When a grant is returned.
pub fn returned_at(grant: &Grant) -> DateTime {
    grant.purchased.checked_add(26.hours()).unwrap()
}

/// The vendor's layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    L3,
    /// L3 whose days are summed.
    Month,
    /// 资源账单.
    L2,
    /// 汇总账单.
    L1,
    Focus,
}

/// How a bill is printed.
#[derive(Clone, Copy, Debug)]
pub struct Print {
    pub layout: Layout,
    /// Usage before deduction and what was deducted.
    pub usage: bool,
    /// Lines of nothing.
    pub zeros: bool,
}

const CHINESE: &str = "支付者UIN,使用者UIN,操作者UIN,产品名称,计费模式,项目名称,地域,可用区,资源ID,实例名称,子产品名称,交易类型,订单ID,交易ID,\
扣费时间,开始使用时间,结束使用时间,组件类型,组件名称,组件刊例价,组件单价,组件价格单位,组件用量,组件用量单位,使用时长,时长单位,组件原价,折扣率,优惠后总价,\
代金券支出(元),赠送账户支出(元),现金账户支出(元),配置描述,账单归属月";
const ENGLISH: &str = "Payer Account ID,Owner Account ID,Operator Account ID,Product Name,Subproduct Name,Billing Mode,Transaction Type,\
Transaction ID,Transaction Time,Usage Start Time,Usage End Time,Instance ID,Instance Name,Instance Type,Project Name,Region,\
Availability Zone,Component Type,Component Name,Component List Price,Component Contracted Price,\
Component Price Measurement Unit,Component Usage,Component Usage Unit,Usage Duration,Duration Unit,Original Cost,\
Discount Multiplier,Currency,Total Amount After Discount (Excluding Tax),Voucher Deduction,Amount Before Tax,Tax Rate,\
Tax Amount,Total Cost (Including Tax),Bill Month";

/// The bill as a file.
pub fn csv(account: &Account, rows: &[Row], print: Print) -> String {
    match print.layout {
        Layout::L3 => l3(account, rows, print),
        Layout::Month => by_month(account, rows, print),
        Layout::L2 => l2(account, rows),
        Layout::L1 => l1(account, rows),
        Layout::Focus => focus(account, rows),
    }
}

fn l3(account: &Account, rows: &[Row], print: Print) -> String {
    let chinese = account.site == Site::Cn;
    let mut columns: Vec<&str> = if chinese { CHINESE } else { ENGLISH }.split(',').collect();
    if print.usage && chinese {
        columns.extend(["原始用量/时长", "抵扣用量/时长(含资源包)"]);
    } else if print.usage {
        columns.extend(["Original Usage/Duration", "Deducted Usage/Duration"]);
    }
    let mut text = columns.join(",");
    text.push('\n');
    let printed = rows.iter().filter(|row| print.zeros || !row.charged.is_zero() || !row.amount.is_zero());
    for (at, row) in printed.enumerate() {
        let line = Printed { account, row, at };
        let cells: Vec<String> = columns.iter().map(|column| line.cell(column)).collect();
        writeln!(text, "{}", cells.join(",")).unwrap();
    }
    text
}

/// L3 with the days of an application and item in one row, and no time in it.
fn by_month(account: &Account, rows: &[Row], print: Print) -> String {
    let mut sums: Vec<Row> = Vec::new();
    for row in rows {
        let same = |sum: &&mut Row| {
            (sum.kind, sum.app, &sum.item, sum.price, sum.listed)
                == (row.kind, row.app, &row.item, row.price, row.listed)
        };
        match sums.iter_mut().find(same) {
            Some(sum) => {
                sum.usage += row.usage;
                sum.covered += row.covered;
                sum.charged += row.charged;
                sum.amount += row.amount;
            }
            None => sums.push(row.clone()),
        }
    }
    let text = l3(account, &sums, print);
    let blank = [
        "订单ID",
        "交易ID",
        "扣费时间",
        "开始使用时间",
        "结束使用时间",
        "Transaction ID",
        "Transaction Time",
        "Usage Start Time",
        "Usage End Time",
    ];
    let columns: Vec<String> = text.lines().next().unwrap().split(',').map(str::to_owned).collect();
    let blanked = |line: &str| {
        let cells = line.split(',').zip(&columns);
        let cells = cells.map(|(cell, column)| if blank.contains(&column.as_str()) { "-" } else { cell });
        cells.collect::<Vec<_>>().join(",") + "\n"
    };
    text.lines().next().unwrap().to_owned() + "\n" + &text.lines().skip(1).map(blanked).collect::<String>()
}

/// 资源账单: cents, the item and quantity in 配置描述.
fn l2(account: &Account, rows: &[Row]) -> String {
    let money = if account.site == Site::Cn { "元" } else { "美元" };
    let mut text = format!(
        "产品名称,子产品名称,计费模式,项目名称,地域,可用区,资源ID,资源别名,交易类型,订单ID,扣费时间,开始使用时间,结束使用时间,配置描述,扩展字段1,\
         原价({money}),折扣率,优惠类型,优惠后总价({money}),优惠券支出({money}),现金账户支出({money}),赠送账户支出({money})\n"
    );
    for (at, row) in rows.iter().enumerate() {
        let line = Printed { account, row, at };
        let [_, name] = names(account, &row.item);
        let unit = match row.unit {
            "min" => "分钟",
            "thousand" => "千张",
            "Mbps" => "Mbps",
            _ => "个",
        };
        let configured = if row.configuration.is_empty() {
            format!("{name}: {}{unit}; ", plain(row.charged))
        } else {
            row.configuration.clone()
        };
        let (app, amount) = (line.cell("资源ID"), half_up(row.amount, 2));
        writeln!(
            text,
            "实时音视频,音视频通话,{},默认项目,其他,其他,{app},-,{},-,{},{},{},{configured},-,{amount},1,-,{amount},0,{amount},0",
            line.cell("计费模式"),
            line.cell("交易类型"),
            line.charged_at(),
            line.begins(),
            line.ends(),
        )
        .unwrap();
    }
    text
}

/// 汇总账单: one total.
fn l1(account: &Account, rows: &[Row]) -> String {
    let money = if account.site == Site::Cn { "元" } else { "美元" };
    let total = half_up(rows.iter().map(|row| row.amount).sum(), 2);
    format!(
        "支付者UIN,地域,产品名称,项目名称,计费模式,国内国际,原价({money}),优惠后总价({money}),优惠券支付({money}),赠送金支付({money}),\
         分成金支付({money}),现金支付({money})\n{},其他,实时音视频,默认项目,按量计费,国内,{total},{total},0,0,0,{total}\n",
        account.uin
    )
}

/// FOCUS 1.0: times in UTC with inclusive ends.
fn focus(account: &Account, rows: &[Row]) -> String {
    let mut text = String::from(
        "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargeClass,\
         ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,ConsumedUnit,ContractedCost,\
         ContractedUnitPrice,EffectiveCost,ListCost,ListUnitPrice,PricingQuantity,PricingUnit,ProviderName,ResourceId,\
         ServiceName,SubAccountId\n",
    );
    let utc = |day: Date| format!("{}T16:00:00Z", day.yesterday().unwrap());
    let last = |day: Date| format!("{day}T15:59:59Z");
    for (at, row) in rows.iter().enumerate() {
        let line = Printed { account, row, at };
        let [kind, name] = in_english(&row.item);
        let (currency, amount) = (line.cell("Currency"), plain(row.amount));
        let fee = !row.is_usage();
        let (category, unit) = match (fee, row.unit) {
            (true, _) => ("Purchase", "month"),
            (false, "min") => ("Usage", "minutes"),
            (false, "thousand") => ("Usage", "1000 images"),
            (false, "user") => ("Usage", "users"),
            (false, other) => ("Usage", other),
        };
        let (quantity, price) = (plain(row.charged), plain(half_up(row.price, 8)));
        let cells = [
            amount.clone(),
            account.uin.clone(),
            currency,
            last(account.period.last_of_month()),
            utc(account.period),
            category.to_owned(),
            String::new(),
            format!("{kind} {name}"),
            "Usage-Based".to_owned(),
            last(row.last),
            utc(row.from),
            plain(row.usage),
            unit.to_owned(),
            amount.clone(),
            price.clone(),
            amount.clone(),
            row.listed.map_or_else(|| amount.clone(), |listed| plain(half_up(listed * row.charged, 8))),
            row.listed.map_or(price, plain),
            quantity,
            unit.to_owned(),
            "Tencent Cloud".to_owned(),
            row.app.map(|app| app.to_string()).unwrap_or_default(),
            "Tencent RTC".to_owned(),
            account.uin.clone(),
        ];
        writeln!(text, "{}", cells.join(",")).unwrap();
    }
    text
}

/// A row on its way to the file.
struct Printed<'a> {
    account: &'a Account,
    row: &'a Row,
    at: usize,
}

impl Printed<'_> {
    /// The billing units of one printed price.
    fn per(&self) -> Decimal {
        if self.row.unit == "min" { dec("1000") } else { Decimal::ONE }
    }

    fn discount(&self) -> String {
        match self.row.listed {
            None => "-".to_owned(),
            Some(_) if !self.row.is_usage() => "1".to_owned(),
            // What a day's price is of its list price: an account can have several discounts.
            Some(listed) if !listed.is_zero() => plain(self.row.price / listed),
            Some(_) => "1".to_owned(),
        }
    }

    fn original(&self) -> String {
        self.row.listed.map_or_else(|| "-".to_owned(), |listed| plain(half_up(listed * self.row.charged, 8)))
    }

    fn charged_at(&self) -> String {
        let row = self.row;
        match (row.kind, row.monthly) {
            (Kind::Usage, false) => format!("{} 10:07:31", row.last.tomorrow().unwrap()),
            (Kind::Usage, true) => format!("{} 09:12:05", row.last.checked_add(3.days()).unwrap()),
            _ => row.paid.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        }
    }

    fn begins(&self) -> String {
        if self.row.is_usage() { format!("{} 00:00:00", self.row.from) } else { self.charged_at() }
    }

    fn ends(&self) -> String {
        if self.row.is_usage() { format!("{} 23:59:59", self.row.last) } else { "-".to_owned() }
    }

    fn bill_month(&self) -> String {
        self.account.period.strftime("%Y-%m").to_string()
    }

    fn unit(&self, chinese: bool) -> [&'static str; 2] {
        let cn = self.account.site == Site::Cn;
        match (self.row.unit, chinese) {
            ("min", true) => ["分钟", "元/千分钟"],
            (_, true) => ["个", "元/个"],
            ("min", false) if cn => ["minutes", "CNY/1000 minutes"],
            ("min", false) => ["minutes", "USD/1000 minutes"],
            ("thousand", false) => ["1000 images", "USD/1000 images"],
            ("Mbps", false) => ["Mbps", "USD/Mbps/month"],
            ("user", false) => ["users", "USD/user"],
            _ => ["piece", "USD/month"],
        }
    }

    /// What stands in a column, in either language.
    fn cell(&self, column: &str) -> String {
        let row = self.row;
        let chinese = !column.is_ascii();
        let [kind, name] = names(self.account, &row.item);
        let [unit, price_unit] = self.unit(chinese);
        let fee = !row.is_usage();
        let text = match column {
            "支付者UIN"
            | "使用者UIN"
            | "操作者UIN"
            | "Payer Account ID"
            | "Owner Account ID"
            | "Operator Account ID" => &self.account.uin,
            "产品名称" => "实时音视频",
            "Product Name" => "Tencent Real-Time Communication",
            "计费模式" => {
                if fee {
                    "包年包月"
                } else {
                    "后付费"
                }
            }
            "Billing Mode" => {
                if fee {
                    "Monthly subscription"
                } else {
                    "Pay-as-you-go"
                }
            }
            "子产品名称" => "音视频通话",
            "Subproduct Name" => "TRTC",
            "项目名称" => "默认项目",
            "Project Name" => "Default Project",
            "地域" | "可用区" => "其他",
            "Region" | "Availability Zone" => "Other",
            "资源ID" | "Instance ID" => return row.app.map_or_else(|| "-".to_owned(), |app| app.to_string()),
            "交易类型" | "Transaction Type" => transaction(row, chinese),
            "订单ID" if fee => return format!("2024{:08}", self.at),
            "交易ID" | "Transaction ID" => return format!("2405{:05}", self.at),
            "扣费时间" | "Transaction Time" => return self.charged_at(),
            "开始使用时间" | "Usage Start Time" => return self.begins(),
            "结束使用时间" | "Usage End Time" => return self.ends(),
            "组件类型" | "Component Type" => kind,
            "组件名称" | "Component Name" => name,
            "配置描述" => {
                return if row.configuration.is_empty() { "-".to_owned() } else { row.configuration.clone() };
            }
            "组件刊例价" | "Component List Price" => {
                return row.listed.map_or_else(|| "-".to_owned(), |listed| plain(listed * self.per()));
            }
            "组件单价" | "Component Contracted Price" => return plain(half_up(row.price * self.per(), 8)),
            "组件价格单位" | "Component Price Measurement Unit" => price_unit,
            "组件用量" | "Component Usage" => return plain(row.charged),
            "组件用量单位" | "Component Usage Unit" => unit,
            "使用时长" | "Usage Duration" => "1",
            "时长单位" => {
                if fee {
                    "个"
                } else if row.monthly {
                    "月"
                } else {
                    "天"
                }
            }
            "Duration Unit" => {
                if fee || row.monthly {
                    "month"
                } else {
                    "day"
                }
            }
            "组件原价" | "Original Cost" => return self.original(),
            "折扣率" | "Discount Multiplier" => return self.discount(),
            "优惠后总价"
            | "现金账户支出(元)"
            | "Total Amount After Discount (Excluding Tax)"
            | "Amount Before Tax"
            | "Total Cost (Including Tax)" => return plain(row.amount),
            "代金券支出(元)" | "赠送账户支出(元)" | "Voucher Deduction" | "Tax Amount" => "0",
            "Tax Rate" => "0%",
            "Currency" => {
                if self.account.site == Site::Cn {
                    "CNY"
                } else {
                    "USD"
                }
            }
            "账单归属月" | "Bill Month" => return self.bill_month(),
            "原始用量/时长" | "Original Usage/Duration" if !fee => return plain(row.usage),
            "抵扣用量/时长(含资源包)" | "Deducted Usage/Duration" if !fee => return plain(row.covered),
            _ => "-",
        };
        text.to_owned()
    }
}

fn transaction(row: &Row, chinese: bool) -> &'static str {
    match (row.kind, row.monthly, chinese) {
        (Kind::Usage, false, true) => "按量计费日结",
        (Kind::Usage, true, true) => "按量计费月结",
        (Kind::Purchase, _, true) => "包年包月新购",
        (Kind::Renewal, _, true) => "包年包月续费",
        (Kind::Refund, _, true) => "包年包月退款",
        (Kind::Usage, false, false) => "Daily settlement",
        (Kind::Usage, true, false) => "Monthly settlement",
        (Kind::Purchase, _, false) => "Monthly subscription - Purchase",
        (Kind::Renewal, _, false) => "Monthly subscription - Renewal",
        (Kind::Refund, _, false) => "Monthly subscription - Refund",
    }
}

/// The component's type and name, in the language of the site.
fn names(account: &Account, item: &str) -> [&'static str; 2] {
    if account.site == Site::Cn { in_chinese(item) } else { in_english(item) }
}

/// 组件类型 and 组件名称.
fn in_chinese(item: &str) -> [&'static str; 2] {
    match item {
        "av.call" => ["通话时长", "通话时长"],
        "av.audio" => ["音视频时长", "语音"],
        "av.sd" => ["音视频时长", "标清SD"],
        "av.hd" => ["音视频时长", "高清HD"],
        "av.hdplus" => ["音视频时长", "超清HD+"],
        "av.fhd" => ["音视频时长", "全高清(Full HD)"],
        "av.2k" => ["音视频时长", "视频2K"],
        "av.4k" => ["音视频时长", "视频4K"],
        "fee.cn2019-experience" => ["音视频通话套餐包", "体验包"],
        "fee.cn2019-starter" => ["音视频通话套餐包", "入门包"],
        "fee.cn2019-standard" => ["音视频通话套餐包", "标准包"],
        "fee.cn-general-25k" => ["音视频通话套餐包", "音视频通话-固定套餐包"],
        "fee.cn-general-custom" => ["音视频通话套餐包", "音视频通话-自定义套餐包"],
        _ => panic!("{item}"),
    }
}

/// Component Type and Component Name.
fn in_english(item: &str) -> [&'static str; 2] {
    const FEES: [(&str, &str); 15] = [
        ("fee.call-1v1", "Call Monthly Package - 1v1 Call"),
        ("fee.call-group", "Call Monthly Package - Group Call"),
        ("fee.conference-starter", "Conference Monthly Package - Starter"),
        ("fee.conference-lite", "Conference Monthly Package - Lite"),
        ("fee.conference-standard", "Conference Monthly Package - Standard"),
        ("fee.conference-pro", "Conference Monthly Package - Pro"),
        ("fee.live-lite", "Live Monthly Package - Lite"),
        ("fee.live-standard", "Live Monthly Package - Standard"),
        ("fee.live-pro", "Live Monthly Package - Pro"),
        ("fee.rtc-engine-lite", "RTC-Engine Monthly Package - Lite"),
        ("fee.rtc-engine-standard", "RTC-Engine Monthly Package - Standard"),
        ("fee.rtc-engine-pro", "RTC-Engine Monthly Package - Pro"),
        ("fee.dashboard-standard", "Monitoring Dashboard - Standard"),
        ("fee.dashboard-advanced", "Monitoring Dashboard - Advanced"),
        ("fee.free-monthly", "Free Package"),
    ];
    if let Some((_, name)) = FEES.iter().find(|(fee, _)| *fee == item) {
        return ["Monthly plan", name];
    }
    match item {
        "relay.tencent" => return ["Relay to CDN", "Relay to Tencent Cloud CSS"],
        "relay.third" => return ["Relay to CDN", "Relay to Third Party CDN"],
        "snapshot" => return ["Snapshot", "Snapshot"],
        "mau" => return ["Monthly Active Users", "Monthly Active Users"],
        _ => {}
    }
    let (family, tier) = item.rsplit_once('.').unwrap();
    let kind = match family {
        "av" => "Audio and Video Duration",
        "rec" => "On-cloud Recording",
        "mix" | "mix.h264" | "mix.h265" => "On-Cloud MixTranscoding",
        "deliver.tencent" => "Recording Delivery to Tencent Cloud",
        "deliver.third" => "Recording Delivery to Third Party",
        "page" => "Page Recording",
        _ => panic!("{item}"),
    };
    let name = match (family, tier) {
        ("mix.h264", "hd") => "H264 HD",
        ("mix.h264", "fhd") => "H264 Full HD",
        ("mix.h264", "2k") => "H264 2K",
        ("mix.h264", "4k") => "H264 4K",
        ("mix.h265", "hd") => "H265 HD",
        ("mix.h265", "fhd") => "H265 Full HD",
        ("mix.h265", "2k") => "H265 2K",
        ("mix.h265", "4k") => "H265 4K",
        (_, "audio") => "Audio",
        (_, "sd") => "SD",
        (_, "hd") => "HD",
        (_, "hdplus") => "HD+",
        (_, "fhd") => "Full HD",
        (_, "2k") => "2K",
        (_, "4k") => "4K",
        _ => panic!("{item}"),
    };
    [kind, name]
}

/// The name of the bill's file.
pub fn file_name(account: &Account, layout: Layout) -> String {
    let (uin, month) = (&account.uin, account.period.strftime("%Y%m"));
    match layout {
        Layout::L2 => return format!("{uin}-{month}-资源账单.csv"),
        Layout::L1 => return format!("{uin}-{month}-汇总账单.csv"),
        Layout::Focus => return format!("FOCUS-bill_details-{uin}-{month}.CSV"),
        Layout::L3 | Layout::Month => {}
    }
    match (account.site, account.cut) {
        (Site::Cn, Cut::Usage) => format!("{uin}-{month}-按计费周期-明细账单.csv"),
        (Site::Cn, Cut::Deduction) => format!("{uin}-{month}-按扣费周期-明细账单.csv"),
        (Site::Intl, Cut::Usage) => format!("{uin}-{month}-by_used_time-bill_details.csv"),
        (Site::Intl, Cut::Deduction) => format!("{uin}-{month}-by_deduct_time-bill_details.csv"),
    }
}

/// The same account a month earlier.
pub fn month_before(account: &Account) -> Account {
    Account { period: months_on(account.period, -1), ..account.clone() }
}
