//! The choices that decide how usage is rated and billed: the account's site, its settlement, the bill's cut, and
//! the readings of `[policy]`.

use std::collections::BTreeMap;

use super::Item;

/// Where an account is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Site {
    /// Mainland China.
    Cn,
    /// International.
    Intl,
}

/// The settlement of usage: by day or by month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Settlement {
    /// Every day.
    Day,
    /// Every month.
    Month,
}

/// Which usage a bill holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cut {
    /// 计费周期: the usage of the month.
    #[default]
    Usage,
    /// 扣费周期: what was deducted in the month.
    Deduction,
}

/// `[policy]`; absent: the card's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// True if the last package minutes cover part of a minute.
    pub partial_minute: PartialMinute,
    /// Overrides the card's metering scope.
    pub metering_scope: ScopeChoice,
    /// Overrides the card's order within an interval.
    pub tie_order: Option<TieOrder>,
}

/// True if the last package minutes cover part of a minute.
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

/// The metering scope that account.toml chooses; absent: the card's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeChoice {
    /// That of every service without an entry of its own.
    pub all: Option<Scope>,
    /// By service (`rec`, `mix`, `deliver.tencent`): the longest name that an item starts with decides.
    pub by_service: BTreeMap<String, Scope>,
}

impl ScopeChoice {
    /// Returns one scope for every service.
    #[must_use]
    pub const fn all(scope: Scope) -> Self {
        Self { all: Some(scope), by_service: BTreeMap::new() }
    }

    /// Returns what is chosen for an item; `None` where nothing is.
    #[must_use]
    pub fn of(&self, item: Item) -> Option<Scope> {
        let own = self.by_service.iter().filter(|(service, _)| item.is_of(service));
        own.max_by_key(|(service, _)| service.len()).map(|(_, scope)| *scope).or(self.all)
    }
}

impl Scope {
    /// Returns the other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::App => Self::Account,
            Self::Account => Self::App,
        }
    }
}

/// In which order usage of one bucket is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TieOrder {
    /// By interval, then item.
    Time,
    /// The whole bucket by item, then interval.
    Item,
}
