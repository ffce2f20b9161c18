//! focus.csv by the rules of FOCUS 1.2: columns, nulls, formats, allowed
//! values, and how costs, prices and quantities hang together.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr as _;

use rust_decimal::Decimal;

use super::{exported, json, rows};
use crate::samples;

/// Must be there; and never null.
const FILLED: [&str; 17] = [
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "ChargePeriodEnd",
    "ChargePeriodStart",
    "ContractedCost",
    "EffectiveCost",
    "InvoiceIssuerName",
    "ListCost",
    "ProviderName",
    "PublisherName",
    "ServiceCategory",
    "ServiceName",
    "ChargeFrequency",
];
/// Must be there, and may be null.
const NULLABLE: [&str; 5] =
    ["BillingAccountName", "ChargeClass", "ChargeDescription", "PricingQuantity", "PricingUnit"];
/// Not null for usage and purchases.
const PRICED: [&str; 8] = [
    "ContractedUnitPrice",
    "ListUnitPrice",
    "PricingCategory",
    "PricingQuantity",
    "PricingUnit",
    "SkuId",
    "SkuMeter",
    "SkuPriceId",
];
const COMMITMENT: [&str; 6] = ["Category", "Name", "Quantity", "Type", "Unit", "Id"];

type Row = BTreeMap<String, String>;

fn focus(report: &Path) -> Vec<Row> {
    let (columns, rows) = rows(report, "focus.csv");
    let own = columns.iter().position(|column| column.starts_with("x_")).unwrap();
    assert!(columns[..own].is_sorted(), "{columns:?}");
    assert!(columns[own..].iter().all(|column| column.starts_with("x_")));
    for column in FILLED.iter().chain(&NULLABLE) {
        assert!(columns.iter().any(|known| known == column), "{column}");
    }
    rows.into_iter().map(|row| columns.iter().cloned().zip(row).collect()).collect()
}

fn decimal(row: &Row, column: &str) -> Decimal {
    Decimal::from_str(&row[column]).unwrap_or_else(|_| panic!("{column}: {}", row[column]))
}

fn is_null(row: &Row, column: &str) -> bool {
    row[column].is_empty()
}

/// What is wrong with a row; nothing in a row of the specification.
fn check(row: &Row) {
    for column in FILLED {
        assert!(!is_null(row, column), "{column} is null in {row:?}");
    }
    for column in ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost"] {
        decimal(row, column);
    }
    assert!(row["BillingCurrency"].len() == 3 && row["BillingCurrency"].chars().all(|c| c.is_ascii_uppercase()));
    for (start, end) in [("BillingPeriodStart", "BillingPeriodEnd"), ("ChargePeriodStart", "ChargePeriodEnd")] {
        for moment in [&row[start], &row[end]] {
            assert!(moment.len() == 20 && moment.ends_with('Z') && &moment[10..11] == "T", "{moment}");
            // Beijing's midnight.
            assert_eq!(&moment[11..], "16:00:00Z");
        }
        assert!(row[start] < row[end]);
    }
    let (usage, purchase) = (row["ChargeCategory"] == "Usage", row["ChargeCategory"] == "Purchase");
    assert!(usage != purchase, "{row:?}");
    assert!(is_null(row, "ChargeClass"), "nothing here corrects an earlier period");
    assert!(["One-Time", "Recurring", "Usage-Based"].contains(&row["ChargeFrequency"].as_str()));
    assert!(!purchase || row["ChargeFrequency"] != "Usage-Based");
    prices(row);
    commitment(row, usage);
    assert_eq!(is_null(row, "SubAccountId"), is_null(row, "SubAccountName"));
}

fn prices(row: &Row) {
    // An expired package has no meter.
    for column in PRICED.iter().filter(|column| **column != "SkuMeter" || row["CommitmentDiscountStatus"] != "Unused") {
        assert!(!is_null(row, column), "{column} is null in {row:?}");
    }
    for (price, cost) in [("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost")] {
        assert!(decimal(row, price) >= Decimal::ZERO);
        assert_eq!(decimal(row, price) * decimal(row, "PricingQuantity"), decimal(row, cost), "{row:?}");
    }
    assert!(["Standard", "Committed"].contains(&row["PricingCategory"].as_str()));
    assert_eq!(is_null(row, "ConsumedQuantity"), is_null(row, "ConsumedUnit"));
}

fn commitment(row: &Row, usage: bool) {
    let (none, status) = (is_null(row, "CommitmentDiscountId"), row["CommitmentDiscountStatus"].as_str());
    for part in COMMITMENT {
        assert_eq!(is_null(row, &format!("CommitmentDiscount{part}")), none, "{part} in {row:?}");
    }
    assert_eq!(["Used", "Unused"].contains(&status), usage && !none, "{row:?}");
    assert_eq!(row["PricingCategory"] == "Committed", usage && !none, "{row:?}");
    assert_eq!(is_null(row, "ConsumedQuantity"), !usage || status == "Unused", "{row:?}");
    // What a package covers is not billed again; what buys it is no cost of its own.
    if usage && !none {
        assert!(decimal(row, "BilledCost").is_zero(), "{row:?}");
    }
    assert!(usage || none || decimal(row, "EffectiveCost").is_zero(), "{row:?}");
}

#[test]
fn every_sample_is_focus_and_adds_up_to_the_expected_total() {
    for case in samples::all() {
        let (_run, report) = exported(&case);
        let rows = focus(&report);
        assert!(!rows.is_empty(), "{}", case.display());
        rows.iter().for_each(check);
        let billed: Decimal = rows.iter().map(|row| decimal(row, "BilledCost")).sum();
        let total = json(&report, "reconciliation.json")["expected_total"].as_str().unwrap().to_owned();
        assert_eq!(billed, Decimal::from_str(&total).unwrap(), "{}", case.display());
    }
}

/// live-lite cost 299 for 100,000 minutes, 0.00299 each, and was used up:
/// what it covered carries 299, its purchase nothing.
#[test]
fn a_packages_price_is_carried_by_what_it_covered() {
    let (_run, report) = exported(&samples::folder().join("intl-wrong"));
    let rows = focus(&report);
    let of_package = |row: &&Row| row["CommitmentDiscountId"] == "live#1";
    let sum = |status: &str, column: &str| -> Decimal {
        let of = rows.iter().filter(of_package).filter(|row| row["CommitmentDiscountStatus"] == status);
        of.map(|row| decimal(row, column)).sum()
    };
    assert_eq!(sum("Used", "EffectiveCost"), Decimal::from(299));
    assert_eq!(sum("Used", "CommitmentDiscountQuantity"), Decimal::from(100_000));
    let bought: Vec<&Row> = rows.iter().filter(|row| row["ChargeCategory"] == "Purchase").collect();
    let [bought] = bought[..] else { panic!("one purchase") };
    assert_eq!((bought["BilledCost"].as_str(), bought["EffectiveCost"].as_str()), ("299", "0"));
    assert_eq!(bought["ChargePeriodStart"], "2025-03-09T16:00:00Z");
}
