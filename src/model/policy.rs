//! The choices that decide how usage is rated and billed: the account's site, its settlement, the bill's cut, and
//! the readings of `[policy]`.

/// Where an account is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Site {
    /// Mainland China.
    Cn,
    /// International.
    Intl,
}

/// How often usage is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settlement {
    /// Every day.
    Day,
    /// Every month.
    Month,
}

/// Which usage a bill holds (RULES.md 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cut {
    /// 计费周期: the usage of the month.
    #[default]
    Usage,
    /// 扣费周期: what was deducted in the month.
    Deduction,
}

/// `[policy]`; absent: the card's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Whether the last package minutes cover part of a minute.
    pub partial_minute: PartialMinute,
    /// Overrides the card's metering scope.
    pub metering_scope: Option<Scope>,
    /// Overrides the card's order within an interval.
    pub tie_order: Option<TieOrder>,
}

/// Whether the last package minutes cover part of a minute (RULES.md 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum PartialMinute {
    /// They do: half a minute is covered.
    #[default]
    Fraction,
    /// Whole minutes only; the remainder stays.
    Whole,
}

/// Over what seconds are added up before rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One application.
    App,
    /// All applications.
    Account,
}

/// In which order usage of one bucket is covered (RULES.md 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TieOrder {
    /// By interval, then item.
    Time,
    /// The whole bucket by item, then interval.
    Item,
}
