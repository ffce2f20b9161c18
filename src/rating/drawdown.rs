//! Which grant covers which minute (RULES.md 6).

use crate::domain::{AppId, Item, PackMinutes, Quantity, Ratio, Stamp};

/// One deduction: a row of drawdown.csv. `before - taken = after`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deduction {
    /// The start of the usage interval.
    pub time: Stamp,
    /// The application that used.
    pub app: AppId,
    /// What it used.
    pub item: Item,
    /// The position of the grant among the account's grants.
    pub grant: usize,
    /// Usage minutes covered.
    pub minutes: Quantity,
    /// Package minutes per usage minute.
    pub ratio: Ratio,
    /// Package minutes before.
    pub before: PackMinutes,
    /// Package minutes taken.
    pub taken: PackMinutes,
    /// Package minutes after.
    pub after: PackMinutes,
}

/// What became of a grant by the end of the period.
/// `opening = used + expired + remaining`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The grant's id (`sub-1#2` for the second cycle of a subscription).
    pub id: String,
    /// The plan that gave it.
    pub plan: String,
    /// The application it is bound to.
    pub app: Option<AppId>,
    /// Its validity, half-open.
    pub valid: crate::domain::Span,
    /// What the plan gives.
    pub granted: PackMinutes,
    /// What it had when the period began, or when it came to life within it.
    pub opening: PackMinutes,
    /// What the period's usage took.
    pub used: PackMinutes,
    /// What was left when it ended, if it ended by the end of the period.
    pub expired: PackMinutes,
    /// What is left.
    pub remaining: PackMinutes,
}
