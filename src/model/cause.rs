//! Why a bill differs: the changed rule, input or row that gives the bill's own figure.

use std::fmt;

use super::item::Item;

/// One cause. Declared in the order in which the bridge lists them: our side first, then the vendor's rules, its
/// lines, what is carried beside the findings, and last what nothing explains.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Usage that the case folder lacks: `app=…;service=…;days=…`.
    UsageMissing {
        /// The missing part, as `key=value` pairs joined by `;`.
        what: String,
    },
    /// A grant that account.toml does not list.
    GrantMissing {
        /// Its plan.
        plan: String,
    },
    /// A subscription that account.toml does not list.
    SubscriptionMissing {
        /// Its plan.
        plan: String,
    },
    /// A grant that was returned.
    GrantReturned {
        /// Its id.
        grant: String,
    },
    /// A discount that account.toml does not have.
    DiscountMissing {
        /// The factor on list prices.
        rate: String,
    },
    /// A contract price that account.toml does not have.
    PriceMissing {
        /// The item.
        item: Item,
    },
    /// An opening balance that is missing or different.
    Opening {
        /// The grant.
        grant: String,
    },
    /// A key of account.toml that has another value.
    Account {
        /// The key: `registered`, `bill.cut` …
        key: String,
    },
    /// A part of the bill that the case folder lacks.
    BillMissing {
        /// The missing part, as `key=value` pairs joined by `;`.
        what: String,
    },
    /// Each interval rounded by itself.
    IntervalRounding,
    /// Rounded once a month.
    MonthRounding,
    /// Rounded over all applications.
    AccountRounding,
    /// Rounded for each application.
    AppRounding,
    /// Days cut at 00:00 UTC.
    DayBoundary,
    /// A grant not used.
    GrantSkipped {
        /// Its id.
        grant: String,
    },
    /// Free minutes by another registration date.
    GrantCohort,
    /// A grant bound to an application for an account-wide one, or the reverse.
    GrantScope,
    /// Grants in another order.
    GrantOrder,
    /// Another deduction ratio.
    Ratio,
    /// The other way to cover the last part of a minute.
    PartialMinute,
    /// Another rate card.
    OtherCard {
        /// Its id.
        card: String,
    },
    /// Counted or charged as another tier.
    OtherTier {
        /// That tier's item.
        item: Item,
    },
    /// The price as displayed, which is rounded.
    DisplayedPrice,
    /// The contract not applied.
    ListPrice,
    /// The other reading of a text that is silent or contradicts itself.
    Reading {
        /// Its name, as the assumption has it: `late-activation`.
        code: &'static str,
    },
    /// Prices multiplied by a factor.
    PriceFactor {
        /// The factor and the lines: `0.9;item=…;app=…;from=…;to=…`.
        what: String,
    },
    /// Amounts multiplied by a factor.
    AmountFactor {
        /// The factor and the lines.
        what: String,
    },
    /// Another price of an item.
    OtherPrice {
        /// The price and the lines.
        what: String,
    },
    /// Prices rounded.
    PriceRounding {
        /// The way, the decimals and the lines: `half_up;decimals=3`.
        what: String,
    },
    /// Amounts rounded.
    AmountRounding {
        /// The way, the decimals and the lines.
        what: String,
    },
    /// Minutes rounded to blocks.
    QuantityRounding {
        /// The way, the block and the lines: `up;block=10`.
        what: String,
    },
    /// A grant of another size.
    GrantSize {
        /// The grant's id.
        grant: String,
        /// The grant and its minutes, from the least to the most: `pack;minutes=100..101`.
        what: String,
    },
    /// A grant that begins at another time.
    GrantStart {
        /// The grant's id.
        grant: String,
        /// The grant and the time, from the earliest to the latest: `pack;start=…..…`.
        what: String,
    },
    /// A grant of another plan.
    GrantPlan {
        /// The grant's id.
        grant: String,
        /// The grant and the plan: `pack;plan=…`.
        what: String,
    },
    /// A grant counted twice.
    GrantDoubled {
        /// Its id.
        grant: String,
    },
    /// Usage of a stretch of time left out.
    TimeMissing {
        /// The stretch and where: `from=…;to=…;app=…;item=…`.
        what: String,
    },
    /// Usage of a stretch of time counted twice.
    TimeDoubled {
        /// The stretch and where.
        what: String,
    },
    /// A row of usage left out.
    IntervalMissing,
    /// A row of usage counted twice.
    IntervalDuplicated,
    /// Usage of another day or month.
    PeriodShift,
    /// The same line twice.
    DuplicateLine,
    /// A package without `paid`, carried at its list price.
    Purchase,
    /// A correction that no rule derives.
    Adjustment,
    /// The bill's own decimals.
    BillPrecision,
    /// Forgiven by the tolerances.
    WithinTolerance,
    /// No cause is known; beside another cause: that one may be chance.
    Unexplained,
}

impl Cause {
    /// Returns its name in the reports, without details.
    #[must_use]
    pub const fn family(&self) -> &'static str {
        match self {
            Self::UsageMissing { .. } => "usage_missing",
            Self::GrantMissing { .. } => "grant_missing",
            Self::SubscriptionMissing { .. } => "subscription_missing",
            Self::GrantReturned { .. } => "grant_returned",
            Self::DiscountMissing { .. } => "discount_missing",
            Self::PriceMissing { .. } => "price_missing",
            Self::Opening { .. } => "opening",
            Self::Account { .. } => "account",
            Self::BillMissing { .. } => "bill_missing",
            Self::IntervalRounding => "interval_rounding",
            Self::MonthRounding => "month_rounding",
            Self::AccountRounding => "account_rounding",
            Self::AppRounding => "app_rounding",
            Self::DayBoundary => "day_boundary",
            Self::GrantSkipped { .. } => "grant_skipped",
            Self::GrantCohort => "grant_cohort",
            Self::GrantScope => "grant_scope",
            Self::GrantOrder => "grant_order",
            Self::Ratio => "ratio",
            Self::PartialMinute => "partial_minute",
            Self::OtherCard { .. } => "other_card",
            Self::OtherTier { .. } => "other_tier",
            Self::DisplayedPrice => "displayed_price",
            Self::ListPrice => "list_price",
            Self::Reading { .. } => "reading",
            Self::PriceFactor { .. } => "price_factor",
            Self::AmountFactor { .. } => "amount_factor",
            Self::OtherPrice { .. } => "other_price",
            Self::PriceRounding { .. } => "price_rounding",
            Self::AmountRounding { .. } => "amount_rounding",
            Self::QuantityRounding { .. } => "quantity_rounding",
            Self::GrantSize { .. } => "grant_size",
            Self::GrantStart { .. } => "grant_start",
            Self::GrantPlan { .. } => "grant_plan",
            Self::TimeMissing { .. } => "time_missing",
            Self::TimeDoubled { .. } => "time_doubled",
            Self::GrantDoubled { .. } => "grant_doubled",
            Self::IntervalMissing => "interval_missing",
            Self::IntervalDuplicated => "interval_duplicated",
            Self::PeriodShift => "period_shift",
            Self::DuplicateLine => "duplicate_line",
            Self::Purchase => "purchase",
            Self::Adjustment => "adjustment",
            Self::BillPrecision => "bill_precision",
            Self::WithinTolerance => "within_tolerance",
            Self::Unexplained => "unexplained",
        }
    }

    /// Returns what it is about, where its family alone does not say it.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::UsageMissing { what }
            | Self::BillMissing { what }
            | Self::PriceFactor { what }
            | Self::AmountFactor { what }
            | Self::OtherPrice { what }
            | Self::PriceRounding { what }
            | Self::AmountRounding { what }
            | Self::QuantityRounding { what }
            | Self::GrantSize { what, .. }
            | Self::GrantStart { what, .. }
            | Self::GrantPlan { what, .. }
            | Self::TimeMissing { what }
            | Self::TimeDoubled { what } => Some(what),
            Self::GrantMissing { plan } | Self::SubscriptionMissing { plan } => Some(plan),
            Self::GrantReturned { grant }
            | Self::Opening { grant }
            | Self::GrantSkipped { grant }
            | Self::GrantDoubled { grant } => Some(grant),
            Self::DiscountMissing { rate } => Some(rate),
            Self::PriceMissing { item } | Self::OtherTier { item } => Some(item.id()),
            Self::Account { key } => Some(key),
            Self::OtherCard { card } => Some(card),
            Self::Reading { code } => Some(code),
            _ => None,
        }
    }

    /// Returns true if it has a value that was solved for from the bill's own figures.
    #[must_use]
    pub const fn has_value(&self) -> bool {
        matches!(
            self,
            Self::PriceFactor { .. }
                | Self::AmountFactor { .. }
                | Self::OtherPrice { .. }
                | Self::PriceRounding { .. }
                | Self::AmountRounding { .. }
                | Self::QuantityRounding { .. }
                | Self::GrantSize { .. }
                | Self::GrantStart { .. }
                | Self::TimeMissing { .. }
                | Self::TimeDoubled { .. }
        )
    }

    /// Returns true if it is usage that is counted twice: rows that the exports lack come to the same.
    #[must_use]
    pub const fn is_twice(&self) -> bool {
        matches!(self, Self::IntervalDuplicated | Self::TimeDoubled { .. })
    }

    /// Returns true if a purchase that account.toml lists otherwise comes to the same.
    #[must_use]
    pub const fn is_other_purchase(&self) -> bool {
        matches!(
            self,
            Self::GrantSize { .. } | Self::GrantStart { .. } | Self::GrantPlan { .. } | Self::GrantDoubled { .. }
        )
    }

    /// Returns true if the case folder, and not the bill, must change.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::UsageMissing { .. }
                | Self::GrantMissing { .. }
                | Self::SubscriptionMissing { .. }
                | Self::GrantReturned { .. }
                | Self::DiscountMissing { .. }
                | Self::PriceMissing { .. }
                | Self::Opening { .. }
                | Self::Account { .. }
                | Self::BillMissing { .. }
        )
    }

    /// Returns its position in the bridge, whatever its details.
    #[must_use]
    pub fn rank(&self) -> usize {
        ORDER.iter().position(|family| *family == self.family()).unwrap_or(ORDER.len())
    }
}

/// The families in the order of the bridge.
const ORDER: [&str; 46] = [
    "usage_missing",
    "grant_missing",
    "subscription_missing",
    "grant_returned",
    "discount_missing",
    "price_missing",
    "opening",
    "account",
    "bill_missing",
    "interval_rounding",
    "month_rounding",
    "account_rounding",
    "app_rounding",
    "day_boundary",
    "grant_skipped",
    "grant_cohort",
    "grant_scope",
    "grant_order",
    "ratio",
    "partial_minute",
    "other_card",
    "other_tier",
    "displayed_price",
    "list_price",
    "reading",
    "price_factor",
    "amount_factor",
    "other_price",
    "price_rounding",
    "amount_rounding",
    "quantity_rounding",
    "grant_size",
    "grant_start",
    "grant_plan",
    "grant_doubled",
    "time_missing",
    "time_doubled",
    "interval_missing",
    "interval_duplicated",
    "period_shift",
    "duplicate_line",
    "purchase",
    "adjustment",
    "bill_precision",
    "within_tolerance",
    "unexplained",
];

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.family())?;
        self.detail().map_or(Ok(()), |detail| write!(f, ":{detail}"))
    }
}

/// The causes that each give a finding's figures; none: `unexplained`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Causes(pub Vec<Cause>);

impl Causes {
    /// Returns true if no cause is known: at most what the case folder may lack is named beside it.
    #[must_use]
    pub fn is_unexplained(&self) -> bool {
        match &self.0[..] {
            [] => true,
            [gaps @ .., Cause::Unexplained] => gaps.iter().all(Cause::is_ours),
            _ => false,
        }
    }

    /// Returns true if it is this one cause alone.
    #[must_use]
    pub fn is(&self, cause: &Cause) -> bool {
        matches!(&self.0[..], [only] if only == cause)
    }
}

impl From<Cause> for Causes {
    fn from(cause: Cause) -> Self {
        Self(vec![cause])
    }
}

impl fmt::Display for Causes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(Cause::to_string).collect();
        if names.is_empty() { f.write_str(Cause::Unexplained.family()) } else { f.write_str(&names.join("|")) }
    }
}
