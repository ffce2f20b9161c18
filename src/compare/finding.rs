//! A finding: one difference between the bill and what should
//! have been charged.

use super::judge::Figures;
use super::pairing::Pairing;
use crate::model::cause::Causes;
use crate::model::message::Said;
use crate::model::{AppId, Item, Money, Quantity, UnitPrice};

/// A difference, before its cause is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind of difference.
    pub kind: Kind,
    /// The charges and bill lines that it is about.
    pub pairing: Pairing,
    /// By the rules.
    pub expected: Figures,
    /// On the bill.
    pub billed: Figures,
    /// True if the data can prove it.
    pub strength: Strength,
    /// Who must change something: the vendor's bill, or the case folder.
    pub side: Side,
    /// The lines of account.toml that would make the bill agree; empty where there are none.
    pub paste: String,
    /// The item that was used, where the quantity stands under another one.
    pub used_item: Option<Item>,
    /// The changed rules that each give the billed figures; none: unexplained.
    pub causes: Causes,
    /// The meaning of the causes, in plain words.
    pub because: Option<String>,
}

impl Finding {
    /// Returns a finding without a cause.
    #[must_use]
    pub const fn new(kind: Kind, pairing: Pairing, expected: Figures, billed: Figures, strength: Strength) -> Self {
        Self {
            kind,
            pairing,
            expected,
            billed,
            strength,
            side: Side::Open,
            paste: String::new(),
            used_item: None,
            causes: Causes(Vec::new()),
            because: None,
        }
    }

    /// `billed - expected`.
    #[must_use]
    pub fn difference(&self) -> Money {
        self.billed.amount - self.expected.amount
    }
}

/// A row of discrepancies.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    /// The same for the same finding from run to run.
    pub id: String,
    /// The kind of difference.
    pub kind: Kind,
    /// The changed rule that gives the billed figure; several joined by `|`.
    pub cause: Causes,
    /// The application, where the line names one.
    pub app: Option<AppId>,
    /// The day, month, or range of days (`2024-10-01/2024-10-31`).
    pub day: String,
    /// The item.
    pub item: Option<Item>,
    /// Charged quantity by the rules.
    pub expected_quantity: Option<Quantity>,
    /// Charged quantity on the bill.
    pub billed_quantity: Option<Quantity>,
    /// Price of one billing unit by the rules.
    pub expected_price: Option<UnitPrice>,
    /// Price of one billing unit on the bill.
    pub billed_price: Option<UnitPrice>,
    /// Amount by the rules.
    pub expected_amount: Money,
    /// Amount on the bill.
    pub billed_amount: Money,
    /// `billed - expected`: positive is overcharged.
    pub difference: Money,
    /// True if the data can prove it.
    pub strength: Strength,
    /// Who must change something: the vendor's bill, or the case folder.
    pub side: Side,
    /// The lines of account.toml that would make the bill agree; empty where there are none.
    pub paste: String,
    /// One sentence for a person, in English: with what the cause means.
    pub explanation: String,
    /// The same without the cause, for any language.
    pub said: Said,
    /// The meaning of the cause, in English; empty where none is known.
    pub because: String,
    /// File, sheet and row of the bill lines.
    pub source: String,
}

/// A kind of difference; of several that apply the first is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Billed in another currency.
    Currency,
    /// The same line billed twice.
    Duplicate,
    /// The quantity stands under another item.
    Item,
    /// Billed without usage.
    MissingInUsage,
    /// Used and not billed.
    MissingInBill,
    /// Usage before deduction differs.
    Quantity,
    /// Same usage, other cover.
    Deduction,
    /// Another price.
    UnitPrice,
    /// At most one unit of the last billed decimal.
    Rounding,
    /// Quantity times price is not the line's own amount.
    Arithmetic,
    /// A fee of a plan or package.
    SubscriptionFee,
    /// A correction that no rule derives.
    Adjustment,
}

impl Kind {
    /// All, in the order of the contract.
    pub const ALL: [Self; 12] = [
        Self::Currency,
        Self::Duplicate,
        Self::Item,
        Self::MissingInUsage,
        Self::MissingInBill,
        Self::Quantity,
        Self::Deduction,
        Self::UnitPrice,
        Self::Rounding,
        Self::Arithmetic,
        Self::SubscriptionFee,
        Self::Adjustment,
    ];

    /// Its name in the reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Currency => "currency",
            Self::Duplicate => "duplicate",
            Self::Item => "item",
            Self::MissingInUsage => "missing_in_usage",
            Self::MissingInBill => "missing_in_bill",
            Self::Quantity => "quantity",
            Self::Deduction => "deduction",
            Self::UnitPrice => "unit_price",
            Self::Rounding => "rounding",
            Self::Arithmetic => "arithmetic",
            Self::SubscriptionFee => "subscription_fee",
            Self::Adjustment => "adjustment",
        }
    }
}

/// True if a discrepancy is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// By the data.
    Certain,
    /// It rests on a derived price, rounded minutes, or a day without data.
    Inconclusive,
}

impl Strength {
    /// Its name in the reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// Who must change something for the bill to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The bill departs from the rules, and the case folder is whole for the line.
    Vendor,
    /// Something in the case folder is missing or wrong, and the bill agrees once it is changed.
    Ours,
    /// The evidence cannot tell.
    Open,
}

impl Side {
    /// Returns its name in the reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vendor => "vendor",
            Self::Ours => "ours",
            Self::Open => "open",
        }
    }
}
