//! focus.csv: the recomputed bill as FOCUS 1.2 (`FinOps` Open Cost and Usage
//! Specification), for tools that read every provider's bill alike.
//!
//! A charge becomes up to three kinds of rows: what is paid for (or free
//! without a package), what each paid package covered (billed 0, its part of
//! the package's price as effective cost), and purchases. A package that lapsed in
//! the period has its rest as unused. Times are UTC, as the specification has
//! it; nulls are empty fields.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::table::{Cell, Table, count, text};
use super::{Report, csv};
use crate::model::number::plain;
use crate::model::{AppId, Item, Money, PackMinutes, Quantity, Rounding, Span, Stamp};
use crate::rate::charge::{Charge, Settled};
use crate::rate::purchases::grants_bought;
use crate::rules::Plans;
use crate::rules::plan::Kind;

/// The columns, in the specification's (alphabetical) order; `x_` are our own.
pub const COLUMNS: [&str; 42] = [
    "BilledCost",
    "BillingAccountId",
    "BillingAccountName",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargeClass",
    "ChargeDescription",
    "ChargeFrequency",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "CommitmentDiscountCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountName",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountStatus",
    "CommitmentDiscountType",
    "CommitmentDiscountUnit",
    "ConsumedQuantity",
    "ConsumedUnit",
    "ContractedCost",
    "ContractedUnitPrice",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ServiceSubcategory",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
    "SubAccountId",
    "SubAccountName",
    "x_RateCardId",
    "x_SettlementPeriod",
];

const PROVIDER: &str = "Tencent Cloud";
const EIGHT: Rounding = Rounding::HalfUp(8);

/// Returns the bytes of focus.csv.
#[must_use]
pub fn render(report: &Report) -> Vec<u8> {
    csv::render(table(report))
}

/// Returns the rows of focus.csv.
#[must_use]
pub fn table(report: &Report) -> Table<'_> {
    let rows = rows(report).into_iter().map(|(_, row)| row);
    let rows = rows.map(move |row| COLUMNS.iter().map(|column| row.cell(report, column)).collect());
    Table { columns: COLUMNS.to_vec(), rows: Box::new(rows) }
}

/// The share of a charge that an owner of costs pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share<'a> {
    /// The application; `None` where it is no application's.
    pub app: Option<AppId>,
    /// The tags of the owner, as a JSON object.
    pub tags: String,
    /// The key by which it was found.
    pub key: &'a str,
    /// Its part of the amount.
    pub billed: Money,
    /// Its part of the charged quantity.
    pub quantity: Quantity,
}

/// Returns the rows of focus.csv with the owners of costs: what is charged is a row for each owner. `shares` has
/// those of each charge, in the order of the charges; `tags` has the tags of an application.
#[must_use]
pub fn allocated<'a>(
    report: &'a Report,
    shares: &'a [Vec<Share<'a>>],
    tags: &'a dyn Fn(Option<AppId>) -> String,
) -> Table<'a> {
    let columns: Vec<&str> = COLUMNS.into_iter().chain(["Tags", "x_AllocationKey"]).collect();
    let owned = rows(report).into_iter().flat_map(move |(position, row)| {
        let parts: &[Share<'_>] = position.map_or(&[], |position| &shares[position]);
        if parts.is_empty() || row.billed.is_zero() {
            let tags = tags(row.app);
            return vec![(row, tags, "")];
        }
        parts.iter().map(|share| (row.of_share(share), share.tags.clone(), share.key)).collect()
    });
    let rows = owned.map(move |(row, tags, key)| {
        let cells = COLUMNS.iter().map(|column| row.cell(report, column));
        cells.chain([Cell::Text(tags.into()), text(key)]).collect()
    });
    Table { columns, rows: Box::new(rows) }
}

/// Returns the rows, each with the position of the charge that it is of.
fn rows(report: &Report) -> Vec<(Option<usize>, Row<'_>)> {
    let covered = covered(report);
    let bought = grants_bought(&report.charges, &report.grants, &report.grant_costs);
    let mut rows = Vec::new();
    for (position, charge) in report.charges.iter().enumerate() {
        if charge.item.is_fee() {
            rows.push((Some(position), purchase(report, charge, bought[position])));
            continue;
        }
        let used = covered.range((position, 0)..(position + 1, 0));
        let by_packages: Vec<_> = used.map(|((_, grant), cover)| (*grant, *cover)).collect();
        rows.extend(usage(report, charge, &by_packages).into_iter().map(|row| (Some(position), row)));
    }
    rows.extend(unused(report).into_iter().map(|row| (None, row)));
    rows
}

/// The cover of a line by a package.
#[derive(Debug, Clone, Copy, Default)]
struct Cover {
    minutes: Quantity,
    taken: PackMinutes,
}

/// Returns what paid packages covered, by the position of the charge and of the grant.
fn covered(report: &Report) -> BTreeMap<(usize, usize), Cover> {
    let mut lines = BTreeMap::new();
    for (position, charge) in report.charges.iter().enumerate() {
        lines.entry((charge.app, charge.item, charge.day)).or_insert(position);
    }
    let mut covered: BTreeMap<(usize, usize), Cover> = BTreeMap::new();
    for deduction in report.drawdown.iter().filter(|deduction| minute_cost(report, deduction.grant).is_some()) {
        let day = deduction.time.day();
        let of = |settled| lines.get(&(Some(deduction.app), deduction.item, settled)).copied();
        let Some(position) = of(Settled::Day(day)).or_else(|| of(Settled::Month(day.month()))) else {
            unreachable!("a deduction of {day} has a line")
        };
        let cover = covered.entry((position, deduction.grant)).or_default();
        cover.minutes += deduction.minutes;
        cover.taken += deduction.taken;
    }
    covered
}

/// Returns what a minute of a package cost; `None` where it was given.
fn minute_cost(report: &Report, grant: usize) -> Option<Decimal> {
    let granted = report.grants[grant].granted.decimal();
    let cost = report.grant_costs.get(grant).copied().flatten()?.decimal();
    (cost > Decimal::ZERO && granted > Decimal::ZERO).then(|| cost / granted)
}

/// One row before it is written.
#[derive(Clone)]
struct Row<'a> {
    category: &'static str,
    description: String,
    frequency: &'static str,
    period: Span,
    billed: Money,
    effective: Money,
    quantity: Quantity,
    consumed: Option<Quantity>,
    list_price: Decimal,
    price: Decimal,
    pricing: &'static str,
    item: Option<Item>,
    sku: &'a str,
    app: Option<u64>,
    card: &'a str,
    settled: String,
    package: Option<Package<'a>>,
}

/// The commitment that a row is about.
#[derive(Clone, Copy)]
struct Package<'a> {
    id: &'a str,
    plan: &'a str,
    minutes: PackMinutes,
    status: &'static str,
}

/// Returns a charge of usage: what packages covered, and the rest. The rest is left
/// out where packages covered everything.
fn usage<'a>(report: &'a Report, charge: &'a Charge, covered: &[(usize, Cover)]) -> Vec<Row<'a>> {
    let mut rest = charge.billable;
    let mut rows = Vec::new();
    for (grant, cover) in covered {
        rest -= cover.minutes;
        let cost = minute_cost(report, *grant).unwrap_or_else(|| unreachable!("only paid packages are asked"));
        let balance = &report.grants[*grant];
        rows.push(Row {
            description: format!(
                "{} {} of {} covered by {}",
                cover.minutes,
                unit(charge.item),
                charge.item,
                balance.id
            ),
            billed: Money::ZERO,
            effective: Money::new(EIGHT.apply(cost * cover.taken.decimal())),
            quantity: cover.minutes,
            consumed: Some(cover.minutes),
            pricing: "Committed",
            package: Some(Package { id: &balance.id, plan: &balance.plan, minutes: cover.taken, status: "Used" }),
            ..of_charge(report, charge)
        });
    }
    if rows.is_empty() || !rest.is_zero() {
        rows.push(Row { consumed: Some(rest), ..of_charge(report, charge) });
    }
    rows
}

/// Returns a charge as it is paid for.
fn of_charge<'a>(report: &'a Report, charge: &'a Charge) -> Row<'a> {
    let card = report.cards.iter().find(|card| card.id == charge.card);
    let list = card.and_then(|card| card.card.price(charge.item)).map(|list| list.unit_price().decimal());
    let price = charge.price.decimal();
    let (charged, item) = (charge.charged, charge.item);
    Row {
        category: "Usage",
        description: format!("{charged} {} of {item} at {} {}", unit(item), plain(price), report.currency),
        frequency: "Usage-Based",
        period: charge.day.span(),
        billed: charge.amount,
        effective: charge.amount,
        quantity: charged,
        consumed: None,
        // A fee, or an item that only a contract prices, has no other list price than its own.
        list_price: list.unwrap_or(price),
        price,
        pricing: "Standard",
        item: Some(item),
        sku: item.id(),
        app: charge.app,
        card: &charge.card,
        settled: charge.day.to_string(),
        package: None,
    }
}

/// Returns a fee: of a package, whose price its minutes carry as effective cost, or of a plan without minutes.
fn purchase<'a>(report: &'a Report, charge: &'a Charge, bought: Option<usize>) -> Row<'a> {
    let plan = charge.item.id().trim_start_matches("fee.");
    let monthly = Plans::known().get(plan).is_some_and(|plan| plan.kind == Kind::Monthly);
    let found = bought.map(|position| &report.grants[position]);
    let package = found.map(|grant| Package { id: &grant.id, plan: &grant.plan, minutes: grant.granted, status: "" });
    let effective = if package.is_some() { Money::ZERO } else { charge.amount };
    Row {
        category: "Purchase",
        description: format!("Purchase of {plan}"),
        frequency: if monthly { "Recurring" } else { "One-Time" },
        effective,
        package,
        ..of_charge(report, charge)
    }
}

/// Returns what lapsed of paid packages within the period.
fn unused(report: &Report) -> Vec<Row<'_>> {
    let period = report.period.span();
    let lapsed = |grant: &crate::rate::drawdown::Balance| {
        grant.expired > PackMinutes::ZERO && period.contains(grant.valid.until + -1)
    };
    let row = |(position, grant): (usize, &'_ crate::rate::drawdown::Balance)| {
        let cost = minute_cost(report, position)?;
        Some((position, Money::new(EIGHT.apply(cost * grant.expired.decimal())), EIGHT.apply(cost)))
    };
    let found = report.grants.iter().enumerate().filter(|(_, grant)| lapsed(grant)).filter_map(row);
    found
        .map(|(position, lost, minute)| {
            let grant = &report.grants[position];
            Row {
                category: "Usage",
                description: format!("{} minutes of {} expired unused", grant.expired, grant.id),
                frequency: "Usage-Based",
                period: (grant.valid.until + -1).day().span(),
                billed: Money::ZERO,
                effective: lost,
                quantity: Quantity::ZERO,
                consumed: None,
                list_price: minute,
                price: minute,
                pricing: "Committed",
                item: None,
                sku: &grant.plan,
                app: grant.app,
                card: report.cards.last().map_or("", |card| &card.id),
                settled: (grant.valid.until + -1).day().to_string(),
                package: Some(Package { id: &grant.id, plan: &grant.plan, minutes: grant.expired, status: "Unused" }),
            }
        })
        .collect()
}

/// Units as the specification writes them.
fn unit(item: Item) -> &'static str {
    use crate::model::Unit;
    match item.unit() {
        Unit::Minute => "Minutes",
        Unit::Thousand => "1000 Images",
        Unit::Mbps => "Mb/Second",
        Unit::User => "Users",
        Unit::Month => "Months",
    }
}

/// Returns a Beijing moment in UTC: `2024-09-30T16:00:00Z`.
fn utc(at: Stamp) -> String {
    format!("{}Z", at + -8 * 3600)
}

fn owned<'a>(value: String) -> Cell<'a> {
    Cell::Text(value.into())
}

impl<'a> Row<'a> {
    /// Returns the row as far as an owner pays for it.
    fn of_share(&self, share: &Share<'_>) -> Self {
        let effective = if self.effective == self.billed { share.billed } else { self.effective };
        let consumed = self.consumed.map(|_| share.quantity);
        Self { app: share.app, billed: share.billed, effective, quantity: share.quantity, consumed, ..self.clone() }
    }

    fn cell(&self, report: &'a Report, column: &str) -> Cell<'a> {
        let month = report.period.span();
        match column {
            "BilledCost" => count(self.billed.decimal()),
            "EffectiveCost" => count(self.effective.decimal()),
            "ListCost" => count(self.list_price * self.quantity.decimal()),
            "ContractedCost" => count(self.price * self.quantity.decimal()),
            "ListUnitPrice" => count(self.list_price),
            "ContractedUnitPrice" => count(self.price),
            "PricingQuantity" => count(self.quantity.decimal()),
            "ConsumedQuantity" => self.consumed.map_or(Cell::Empty, |quantity| count(quantity.decimal())),
            "PricingUnit" => text(self.item.map_or("Minutes", unit)),
            "ConsumedUnit" => self.consumed.map_or(Cell::Empty, |_| text(self.item.map_or("Minutes", unit))),
            "BillingAccountId" => text(&report.account),
            "BillingCurrency" => text(&report.currency),
            "BillingPeriodStart" => owned(utc(month.from)),
            "BillingPeriodEnd" => owned(utc(month.until)),
            "ChargePeriodStart" => owned(utc(self.period.from)),
            "ChargePeriodEnd" => owned(utc(self.period.until)),
            "ChargeCategory" => text(self.category),
            "ChargeDescription" => owned(self.description.clone()),
            "ChargeFrequency" => text(self.frequency),
            "PricingCategory" => text(self.pricing),
            "InvoiceIssuerName" | "ProviderName" | "PublisherName" => text(PROVIDER),
            "ServiceCategory" => text("Media"),
            "ServiceSubcategory" => text("Media Streaming"),
            "ServiceName" => text("Tencent Real-Time Communication"),
            "SkuId" | "SkuPriceId" => text(self.sku),
            "SkuMeter" => {
                owned(self.item.map_or_else(String::new, |item| format!("{} {}", item.service(), unit(item))))
            }
            "SubAccountId" | "SubAccountName" => self.app.map_or(Cell::Empty, |app| owned(app.to_string())),
            "x_RateCardId" => text(self.card),
            "x_SettlementPeriod" => owned(self.settled.clone()),
            _ => self.package.as_ref().map_or(Cell::Empty, |package| package.cell(column)),
        }
    }
}

impl<'a> Package<'a> {
    fn cell(&self, column: &str) -> Cell<'a> {
        match column {
            "CommitmentDiscountCategory" => text("Usage"),
            "CommitmentDiscountId" | "CommitmentDiscountName" => text(self.id),
            "CommitmentDiscountQuantity" => count(self.minutes.decimal()),
            "CommitmentDiscountStatus" => text(self.status),
            "CommitmentDiscountType" => text(self.plan),
            "CommitmentDiscountUnit" => text("Minutes"),
            _ => Cell::Empty,
        }
    }
}
