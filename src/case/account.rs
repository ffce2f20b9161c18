//! account.toml: who the account is, what it bought, what it agreed.

use crate::model::policy::{Cut, Policy, Settlement, Site};
use crate::model::{AppId, Day, Item, Month, PackMinutes, Span, Stamp};
use rust_decimal::Decimal;

/// Everything that account.toml says, validated.
#[derive(Debug, Clone)]
pub struct Account {
    /// The UIN, as text.
    pub uin: String,
    /// Where the account is served.
    pub site: Site,
    /// When the UIN was registered.
    pub registered: Day,
    /// When its first TRTC application was created.
    pub first_app_created: Day,
    /// The billing month, unless the command line names one.
    pub period: Option<Month>,
    /// Overrides the derived settlement.
    pub settlement: Option<Settlement>,
    /// Overrides the derived rate card.
    pub card: Option<String>,
    /// The applications, by SDKAppID.
    pub apps: Vec<App>,
    /// What gives minutes.
    pub grants: Vec<GrantEntry>,
    /// Monthly plans that are billed a fixed fee.
    pub subscriptions: Vec<SubscriptionEntry>,
    /// When service was stopped.
    pub stops: Vec<Stop>,
    /// The user's word that the exports hold all usage of the month.
    pub usage_complete: bool,
    /// How the bill is cut.
    pub cut: Cut,
    /// Choices where the vendor's text is silent.
    pub policy: Policy,
    /// A discount on every list price of usage.
    pub discount: Option<Decimal>,
    /// Agreed prices.
    pub prices: Vec<ContractPrice>,
    /// Texts that the catalogue does not know.
    pub aliases: Vec<Alias>,
    /// Files whose service or application is written nowhere in them.
    pub files: Vec<FileHint>,
}

/// `[[app]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its SDKAppID.
    pub id: AppId,
    /// Its name, if given.
    pub name: Option<String>,
}

/// `[[grant]]`.
#[derive(Debug, Clone)]
pub struct GrantEntry {
    /// Its id, unique in the account.
    pub id: String,
    /// A plan of the catalogue.
    pub plan: String,
    /// Payment, or the day it was given.
    pub purchased: Stamp,
    /// Only where bound to one application.
    pub app: Option<AppId>,
    /// Only for custom packages.
    pub minutes: Option<PackMinutes>,
    /// What it cost.
    pub paid: Option<Decimal>,
    /// Overrides the plan's validity.
    pub start: Option<Stamp>,
    /// Overrides the plan's validity, half-open.
    pub end: Option<Stamp>,
    /// What was left at a moment.
    pub opening: Option<Opening>,
    /// Its line in account.toml.
    pub line: u32,
}

/// What was left of a grant at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// The moment; usage before it does not touch the grant.
    pub at: Stamp,
    /// Package minutes left.
    pub minutes: PackMinutes,
}

/// `[[subscription]]`.
#[derive(Debug, Clone)]
pub struct SubscriptionEntry {
    /// Its id, unique in the account.
    pub id: String,
    /// A monthly plan of the catalogue.
    pub plan: String,
    /// The application it is bound to; none for dashboards.
    pub app: Option<AppId>,
    /// The payment.
    pub purchased: Stamp,
    /// Whether it renews.
    pub auto_renew: bool,
    /// No renewal on or after it.
    pub end: Option<Stamp>,
    /// What a cycle cost.
    pub paid: Option<Decimal>,
    /// Its line in account.toml.
    pub line: u32,
}

/// `[[stop]]`.
#[derive(Debug, Clone)]
pub struct Stop {
    /// When service was stopped.
    pub span: Span,
    /// Why.
    pub reason: Option<String>,
}

/// `[[contract.price]]`.
#[derive(Debug, Clone)]
pub struct ContractPrice {
    /// The item (or `fee.<plan>`).
    pub item: Item,
    /// In the card's price unit of the item.
    pub price: Decimal,
    /// The first day.
    pub from: Day,
    /// The first day behind.
    pub until: Option<Day>,
}

/// `[[alias]]`.
#[derive(Debug, Clone)]
pub struct Alias {
    /// The text as the bill or the export has it.
    pub text: String,
    /// What it means.
    pub item: Item,
}

/// `[[file]]`.
#[derive(Debug, Clone)]
pub struct FileHint {
    /// The file, relative to the case.
    pub path: String,
    /// Its application.
    pub app: Option<AppId>,
    /// Its service: the start of an item's name (`av`, `rec`, `mix`, `deliver.tencent`, …).
    pub service: Option<String>,
}

impl Account {
    /// Whether the account lists the application.
    #[must_use]
    pub fn has_app(&self, id: AppId) -> bool {
        self.apps.iter().any(|app| app.id == id)
    }
}
