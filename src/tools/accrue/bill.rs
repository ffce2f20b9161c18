//! An accrual against the bill that came.

use serde_json::Value;

use super::Accrual;
use crate::model::number::parse_decimal;
use crate::model::{Money, Rounding};

/// The figures of a report on the bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billed {
    /// The account.
    pub account: String,
    /// The billing month, as text.
    pub period: String,
    /// The expected total.
    pub expected: Money,
    /// The billed total.
    pub billed: Money,
    /// The steps from expected to billed: what they are, and their amounts.
    pub bridge: Vec<(String, Money)>,
}

/// The way from an accrual to the bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueUp {
    /// The posted amount, in cents.
    pub accrued: Money,
    /// The part of the forecast that posting left out: less than a cent.
    pub posting: Money,
    /// The expected total, less the forecast.
    pub forecast: Money,
    /// The steps from expected to billed.
    pub bridge: Vec<(String, Money)>,
    /// The cents of the bill: what rounding its total adds.
    pub rounding: Money,
    /// The amount still to be posted: `accrued + amount` is the bill in cents, and `amount` is the sum of the steps.
    pub amount: Money,
    /// The bill in cents.
    pub billed: Money,
}

impl Billed {
    /// Reads the result of a report; `None` where it is none.
    #[must_use]
    pub fn read(result: &Value) -> Option<Self> {
        let money = |value: &Value| parse_decimal(value.as_str()?).map(Money::new);
        let step = |step: &Value| {
            let (cause, kind) = (step["cause"].as_str()?, step["kind"].as_str()?);
            let name = if cause == "unexplained" { kind } else { cause };
            Some((name.to_owned(), money(&step["amount"])?))
        };
        Some(Self {
            account: result["account"].as_str()?.to_owned(),
            period: result["period"].as_str()?.to_owned(),
            expected: money(&result["expected_total"])?,
            billed: money(&result["billed_total"])?,
            bridge: result["bridge"].as_array()?.iter().map(step).collect::<Option<_>>()?,
        })
    }
}

/// Compares an accrual with the bill.
#[must_use]
pub fn true_up(accrual: &Accrual, bill: &Billed) -> TrueUp {
    let (accrued, billed) = (accrual.posted(), bill.billed.round(Rounding::HalfUp(2)));
    TrueUp {
        accrued,
        posting: accrual.likely.total - accrued,
        forecast: bill.expected - accrual.likely.total,
        bridge: bill.bridge.clone(),
        rounding: billed - bill.billed,
        amount: billed - accrued,
        billed,
    }
}
