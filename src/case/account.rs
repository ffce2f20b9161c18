//! account.toml: who the account is, what it bought, what it agreed.

use crate::model::policy::{Cut, Policy, Settlement, Site};
use crate::model::{AppId, Day, Item, Month, PackMinutes, Stamp};
use rust_decimal::Decimal;

/// Everything that account.toml says, validated.
#[derive(Debug, Clone)]
pub struct Account {
    /// The UIN, as text.
    pub uin: String,
    /// Where the account is served.
    pub site: Site,
    /// When the UIN was registered; may be left out where no ratio depends on it.
    pub registered: Option<Day>,
    /// When its first TRTC application was created; may be left out where neither card nor settlement depends on it.
    pub first_app_created: Option<Day>,
    /// The billing month, unless the command line names one.
    pub period: Option<Month>,
    /// Overrides the derived settlement.
    pub settlement: Option<Settlement>,
    /// The settlement of usage from each day on, in order of time: the settlement changed by ticket.
    pub settled_from: Vec<(Day, Settlement)>,
    /// True if usage that nothing covers may be charged; the vendor's default is that it may.
    pub postpaid: bool,
    /// Overrides the derived rate card.
    pub card: Option<String>,
    /// The name of the account, printed with the UIN.
    pub name: Option<String>,
    /// The applications, by SDKAppID.
    pub apps: Vec<App>,
    /// The grants of minutes.
    pub grants: Vec<GrantEntry>,
    /// Monthly plans that are billed a fixed fee.
    pub subscriptions: Vec<SubscriptionEntry>,
    /// When service was stopped.
    pub stops: Vec<Stop>,
    /// The user's word that the exports hold all usage of the month.
    pub usage_complete: bool,
    /// The cut of the bill: the usage that it holds.
    pub cut: Cut,
    /// Choices where the vendor's text is silent.
    pub policy: Policy,
    /// Discounts on every list price of usage.
    pub discount: Discounts,
    /// Agreed prices.
    pub prices: Vec<ContractPrice>,
    /// Minimum commitments for a month.
    pub minimums: Vec<Minimum>,
    /// Money that the contract returns for a month.
    pub rebates: Vec<Rebate>,
    /// Texts that the catalogue does not know.
    pub aliases: Vec<Alias>,
    /// Files whose service or application is written nowhere in them.
    pub files: Vec<FileHint>,
    /// The head of a letter to the vendor.
    pub letter: Letter,
}

/// `[letter]`: the head of a letter to the vendor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letter {
    /// To whom it goes.
    pub to: Option<String>,
    /// The company that writes.
    pub company: Option<String>,
    /// Who answers questions, and how to reach them.
    pub contact: Option<String>,
    /// Its date.
    pub date: Option<Day>,
}

/// `[[app]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Its SDKAppID.
    pub id: AppId,
    /// Its name, if given.
    pub name: Option<String>,
    /// The department that pays for it, if given.
    pub department: Option<String>,
    /// Free users a month that other products give it.
    pub mau_quota: i64,
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
    /// The price paid.
    pub paid: Option<Decimal>,
    /// Overrides the plan's validity.
    pub start: Option<Stamp>,
    /// Overrides the plan's validity, half-open.
    pub end: Option<Stamp>,
    /// The balance at a moment.
    pub opening: Option<Opening>,
    /// When it was taken back, and why.
    pub ended: Option<Ended>,
    /// Its line in account.toml.
    pub line: u32,
}

/// When and why a grant or subscription was taken back: from then on it gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The first moment at which it gives nothing.
    pub at: Stamp,
    /// Why, where account.toml says so.
    pub by: Option<EndedBy>,
}

/// Why a grant was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// Its price was returned: nothing of it was used, so it never covered anything.
    Refund,
    /// It was exchanged by ticket.
    Change,
    /// The account broke the vendor's terms.
    Violation,
}

impl Ended {
    /// Returns whether its price was returned.
    #[must_use]
    pub fn is_refund(self) -> bool {
        self.by == Some(EndedBy::Refund)
    }
}

/// The balance of a grant at a moment.
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
    /// True if it renews.
    pub auto_renew: bool,
    /// No renewal on or after it.
    pub end: Option<Stamp>,
    /// The balance, at a moment, of the cycle that holds it.
    pub opening: Option<Opening>,
    /// The price paid for a cycle.
    pub paid: Option<Decimal>,
    /// When the cycle in force then was taken back, and why.
    pub ended: Option<Ended>,
    /// Its line in account.toml.
    pub line: u32,
}

/// `[[stop]]`.
#[derive(Debug, Clone)]
pub struct Stop {
    /// When service was stopped; without it, some time after `unpaid_since`, as the rate card has it.
    pub from: Option<Stamp>,
    /// The first moment at which it was there again.
    pub until: Stamp,
    /// Why.
    pub reason: Option<String>,
    /// When the charge was due that was not paid.
    pub unpaid_since: Option<Stamp>,
}

/// `[[contract.price]]`.
#[derive(Debug, Clone)]
pub struct ContractPrice {
    /// The item (or `fee.<plan>`).
    pub item: Item,
    /// In the card's price unit of the item; of the first band, where the volume decides.
    pub price: Decimal,
    /// Prices by the month's volume.
    pub tiers: Option<VolumeTiers>,
    /// The first day.
    pub from: Day,
    /// The first day behind.
    pub until: Option<Day>,
}

/// Prices of an item by the month's volume over the account (阶梯价).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeTiers {
    /// The way the bands are applied.
    pub tiering: Tiering,
    /// The bands by rising volume.
    pub bands: Vec<VolumeBand>,
}

/// A way to apply bands of volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tiering {
    /// Each part of the volume costs the price of its band.
    Graduated,
    /// All of it costs the price of the band that the month's volume reaches.
    Total,
}

/// A band of volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeBand {
    /// The largest volume of the band in billing units, inclusive; `None`: no limit.
    pub up_to: Option<Decimal>,
    /// Of the item, in the card's price unit.
    pub price: Decimal,
}

/// Days on which something of the contract is in force, half-open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    /// The first day; `None`: from the beginning.
    pub from: Option<Day>,
    /// The first day behind; `None`: without end.
    pub until: Option<Day>,
}

impl InForce {
    /// For all time.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// Returns whether a day is among them.
    #[must_use]
    pub fn holds(self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// Returns whether the two share a day.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        let before = |from: Option<Day>, until: Option<Day>| from.zip(until).is_none_or(|(from, until)| from < until);
        before(self.from, other.until) && before(other.from, self.until)
    }
}

/// A discount on every list price of usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discount {
    /// The part of 1 that is paid: 0.85.
    pub factor: Decimal,
    /// When.
    pub in_force: InForce,
}

/// The discounts of a contract, no two of one day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discounts(pub Vec<Discount>);

impl Discounts {
    /// Returns the discount of a day.
    #[must_use]
    pub fn on(&self, day: Day) -> Option<Decimal> {
        self.0.iter().find(|discount| discount.in_force.holds(day)).map(|discount| discount.factor)
    }

    /// Returns whether there is none.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether there is one.
    #[must_use]
    pub const fn is_some(&self) -> bool {
        !self.is_none()
    }
}

impl From<Option<Decimal>> for Discounts {
    /// Returns one discount for all time.
    fn from(factor: Option<Decimal>) -> Self {
        Self(factor.map(|factor| Discount { factor, in_force: InForce::ALWAYS }).into_iter().collect())
    }
}

/// A minimum commitment (保底): usage of a month that comes to less costs the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minimum {
    /// The least that a month's usage costs.
    pub amount: Decimal,
    /// Months whose 1st is inside.
    pub in_force: InForce,
}

/// Money that the contract returns for a month (返点).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebate {
    /// The size of the rebate.
    pub of: RebateOf,
    /// Months whose 1st is inside.
    pub in_force: InForce,
}

/// The size of a rebate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebateOf {
    /// A part of the month's charges for usage, half up to cents.
    Rate(Decimal),
    /// A fixed amount.
    Amount(Decimal),
}

/// `[[alias]]`.
#[derive(Debug, Clone)]
pub struct Alias {
    /// The text as the bill or the export has it.
    pub text: String,
    /// The item that the text means.
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

/// Stands for a date that the account does not say and that nothing depends on.
const ANY_DAY: Day = Day::from_number(0);

impl App {
    /// Returns an application without a name.
    #[must_use]
    pub const fn new(id: AppId) -> Self {
        Self { id, name: None, department: None, mau_quota: 0 }
    }
}

impl GrantEntry {
    /// Returns a grant of a plan, with nothing overridden.
    #[must_use]
    pub const fn new(id: String, plan: String, purchased: Stamp) -> Self {
        let (app, minutes, paid, start, end, opening, ended) = (None, None, None, None, None, None, None);
        Self { id, plan, purchased, app, minutes, paid, start, end, opening, ended, line: 0 }
    }
}

impl SubscriptionEntry {
    /// Returns one cycle of a plan.
    #[must_use]
    pub const fn new(id: String, plan: String, purchased: Stamp) -> Self {
        let (app, auto_renew, end, opening, paid, ended) = (None, false, None, None, None, None);
        Self { id, plan, app, purchased, auto_renew, end, opening, paid, ended, line: 0 }
    }
}

impl Account {
    /// Returns the day of registration. Where account.toml does not say it, `rules::dates` has shown that
    /// nothing depends on it.
    #[must_use]
    pub fn registered(&self) -> Day {
        self.registered.unwrap_or(ANY_DAY)
    }

    /// Returns the day of the first application; where account.toml does not say it, as [`Self::registered`].
    #[must_use]
    pub fn first_app_created(&self) -> Day {
        self.first_app_created.unwrap_or(ANY_DAY)
    }

    /// Returns an account that bought and agreed nothing, with its dates.
    #[must_use]
    pub fn new(uin: &str, site: Site, registered: Day, first_app_created: Day) -> Self {
        let dates = (Some(registered), Some(first_app_created));
        Self { registered: dates.0, first_app_created: dates.1, ..Self::undated(uin, site) }
    }

    /// Returns an account that bought and agreed nothing.
    #[must_use]
    pub fn undated(uin: &str, site: Site) -> Self {
        Self {
            uin: uin.to_owned(),
            site,
            registered: None,
            first_app_created: None,
            period: None,
            settlement: None,
            settled_from: Vec::new(),
            postpaid: true,
            card: None,
            name: None,
            apps: Vec::new(),
            grants: Vec::new(),
            subscriptions: Vec::new(),
            stops: Vec::new(),
            usage_complete: false,
            cut: Cut::default(),
            policy: Policy::default(),
            discount: Discounts::default(),
            prices: Vec::new(),
            minimums: Vec::new(),
            rebates: Vec::new(),
            aliases: Vec::new(),
            files: Vec::new(),
            letter: Letter::default(),
        }
    }

    /// Returns true if the account lists the application.
    #[must_use]
    pub fn has_app(&self, id: AppId) -> bool {
        self.apps.iter().any(|app| app.id == id)
    }
}
