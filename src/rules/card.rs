//! A rate card: what a unit costs, how it is counted, and for whom.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::read::{self, Pattern};
use crate::case::account::Account;
use crate::model::policy::{Scope, Settlement, Site, TieOrder};
use crate::model::{Day, Item, Ratio, Rounding, Span, Stamp, UnitPrice};

/// A rate card, whole and checked.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its name: `intl-2024`.
    pub id: String,
    /// The site whose accounts it is for.
    pub site: Site,
    /// The ISO code of its money.
    pub currency: String,
    /// One line for a person.
    pub title: String,
    /// The document it stands in.
    pub source: String,
    /// The remarks on the card that a person should know.
    pub notes: Vec<String>,
    /// To which usage it applies; none: only where account.toml names it.
    pub applies: Vec<Window>,
    /// The settlement of usage: by day or by month.
    pub settlement: SettlementRule,
    /// The metering and rounding of usage.
    pub meter: Meter,
    /// In which order usage and grants meet.
    pub order: Order,
    /// The upper bounds of the picture tiers.
    pub tiers: Vec<Tiers>,
    /// Which items are counted under another.
    pub folds: Vec<Fold>,
    /// Named sets of ratios: `general`, `trial`, or a plan's id, which replaces that plan's own.
    pub ratios: BTreeMap<String, RatioSet>,
    /// The free quantities that need no grant.
    pub allowances: Vec<Allowance>,
    /// The plans that are sold beside it.
    pub sells: Vec<Sells>,
    /// When charges are billed.
    pub bill_dates: Vec<BillDate>,
    /// Services that were counted otherwise before a day.
    pub older_counts: Vec<OlderCount>,
    /// From which money a month on the vendor talks about a discount.
    pub negotiable: Option<Negotiable>,
    /// When service ends and begins around a charge that is not paid.
    pub service: Option<ServiceRule>,
    /// The file that it was read from.
    pub file: String,
    pub(super) prices: Vec<Option<ListPrice>>,
}

/// `[[applies]]`: usage days of accounts; bounds half-open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first usage day.
    #[serde(default, deserialize_with = "read::some_day")]
    pub usage_from: Option<Day>,
    /// The first usage day behind.
    #[serde(default, deserialize_with = "read::some_day")]
    pub usage_until: Option<Day>,
    /// Only accounts whose first app was created on or after it.
    #[serde(default, deserialize_with = "read::some_day")]
    pub first_app_from: Option<Day>,
    /// Only accounts whose first app was created before it.
    #[serde(default, deserialize_with = "read::some_day")]
    pub first_app_until: Option<Day>,
    /// Until 00:00 of the day on which the first grant of a plan whose id starts with one of these was paid.
    #[serde(default)]
    pub before_grant: Vec<String>,
    /// Among the windows that hold a day the highest wins.
    #[serde(default)]
    pub precedence: i32,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
    /// The line in the card's file, for messages.
    #[serde(skip)]
    pub line: u32,
}

/// `[settlement]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementRule {
    /// The rule.
    pub rule: CardSettlement,
    /// Items that are settled by month in any case.
    #[serde(default)]
    pub always_by_month: Vec<Pattern>,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// The settlement of usage by a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum CardSettlement {
    /// Every day.
    Day,
    /// Every month.
    Month,
    /// By the day of the account's first app.
    FirstApp {
        /// Every day for accounts from this day, else every month.
        #[serde(deserialize_with = "read::day")]
        day_from: Day,
    },
}

/// `[meter]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meter {
    /// The clock that runs while a user is in a room.
    pub clock: Clock,
    /// Over what time seconds are added up before rounding.
    pub bucket: Bucket,
    /// Over which applications.
    #[serde(with = "read::ScopeName")]
    pub scope: Scope,
    /// Over which applications under a reading of the text that is not taken, by service.
    pub perhaps: Option<ScopeReading>,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// `meter.perhaps`: another scope of some services, which their pages can be read to say.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeReading {
    /// The services.
    pub services: Vec<String>,
    /// Their scope.
    #[serde(with = "read::ScopeName")]
    pub scope: Scope,
    /// Where it can be read.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// `[[bill_dates]]`: when charges are billed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BillDate {
    /// Of what.
    pub items: Vec<Pattern>,
    /// When, for a person.
    pub when: String,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// `[[older_counts]]`: services that were counted otherwise before a day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OlderCount {
    /// The services.
    pub services: Vec<String>,
    /// The first usage day that is counted as the card says.
    #[serde(deserialize_with = "read::day")]
    pub usage_until: Day,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// `[negotiable]`: from which money a month on the vendor talks about a discount.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Negotiable {
    /// In the card's currency.
    #[serde(deserialize_with = "read::figure")]
    pub above: Decimal,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// `[service]`: when service ends and begins around a charge that is not paid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceRule {
    /// Hours for which service goes on after a charge was not paid.
    pub stops_after_hours: u32,
    /// Days of a stop for arrears after which the vendor reclaims data and packages.
    pub reclaimed_after_days: u32,
    /// Minutes from the payment until a package works that is bought while service is off.
    pub works_after_minutes: u32,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

impl ServiceRule {
    /// Returns when service stops after a charge was not paid.
    #[must_use]
    pub fn stop(&self, unpaid_since: Stamp) -> Stamp {
        unpaid_since + i64::from(self.stops_after_hours) * 3_600
    }

    /// Returns when a stop for arrears has lasted so long that data are reclaimed.
    #[must_use]
    pub fn reclaimed(&self, stopped: Stamp) -> Stamp {
        stopped + i64::from(self.reclaimed_after_days) * 86_400
    }

    /// Returns when a package works that is bought while service is off.
    #[must_use]
    pub fn works(&self, paid: Stamp) -> Stamp {
        paid + i64::from(self.works_after_minutes) * 60
    }
}

/// The clock that runs while a user is in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// The whole stay, alone or not.
    WholeStay,
    /// Each received picture runs the clock of its tier; without one, audio.
    PerPicture,
    /// Each received stream runs a clock, audio streams too; alone, nothing.
    PerStream,
    /// The sum of all received areas has one clock; without a picture, audio.
    SumOfAreas,
}

/// Over what time seconds are added up before rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bucket {
    /// A day.
    Day,
    /// A calendar month.
    Month,
    /// As the account is settled.
    Settlement,
}

/// `[order]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// In which order usage of one bucket is covered.
    #[serde(with = "read::TieOrderName")]
    pub tie: TieOrder,
    /// True if grants bound to an app are asked before account-wide ones.
    pub narrow_first: bool,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// `[[tiers]]`: upper bounds of picture areas, in rising order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tiers {
    /// The services that share them.
    pub services: Vec<String>,
    /// The first usage day.
    #[serde(default, deserialize_with = "read::some_day")]
    pub usage_from: Option<Day>,
    /// The first usage day behind.
    #[serde(default, deserialize_with = "read::some_day")]
    pub usage_until: Option<Day>,
    /// The bounds.
    pub bounds: Vec<Bound>,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// A tier and the largest area in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// The tier: `hd`.
    pub tier: String,
    /// In px, inclusive; `None`: everything larger.
    pub px: Option<u64>,
}

/// A list price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPrice {
    /// The figure as published.
    pub list: Decimal,
    /// For so many billing units.
    pub per: u32,
    /// True if it is derived and not published.
    pub derived: bool,
    /// Where it stands.
    pub source: String,
}

/// `[[folds]]`: items that the card counts under another.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fold {
    /// The items.
    #[serde(deserialize_with = "read::items")]
    pub from: Vec<Item>,
    /// The item that they count as.
    #[serde(deserialize_with = "read::item")]
    pub to: Item,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// `[[ratios]]`: package minutes per usage minute.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatioSet {
    /// Its name.
    pub set: String,
    /// The ratios.
    #[serde(deserialize_with = "read::ratios")]
    pub of: BTreeMap<Item, Ratio>,
    /// Where they stand.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// `[[allowances]]`: what is free without a grant.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// Of what.
    #[serde(deserialize_with = "read::item")]
    pub item: Item,
    /// The free quantity.
    pub rule: AllowanceRule,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// The free quantity, in billing units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllowanceRule {
    /// So many per account and month, whatever is used.
    FreeAMonth(u32),
    /// Everything while the month's figure is below; from there nothing.
    ExemptBelow(u32),
}

/// `[[sells]]`: plans that are sold beside the card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sells {
    /// Their ids.
    pub plans: Vec<String>,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

impl Card {
    /// Returns the last usage day that it claims by its own dates, or the first where
    /// they have no end; a card without dates is of today.
    #[must_use]
    pub fn last_own_day(&self) -> Day {
        let of = |window: &Window| window.usage_until.map(|until| until + -1).or(window.usage_from);
        self.applies.iter().filter_map(of).max().unwrap_or_else(|| Stamp::MAX.day())
    }

    /// Returns the list price of an item, where the card has one.
    #[must_use]
    pub fn price(&self, item: Item) -> Option<&ListPrice> {
        self.prices.get(item.index())?.as_ref()
    }

    /// Returns the items that it prices, in order.
    pub fn items(&self) -> impl Iterator<Item = Item> {
        Item::all().filter(|item| self.price(*item).is_some())
    }

    /// Returns what usage of an item counts as: itself where it has a price, else
    /// what it is folded into; `None` where the card does not know it.
    #[must_use]
    pub fn admit(&self, item: Item) -> Option<Item> {
        if self.price(item).is_some() {
            return Some(item);
        }
        self.folds.iter().find(|fold| fold.from.contains(&item)).map(|fold| fold.to)
    }

    /// Returns the item of a picture of that area (or sum of areas) on that day.
    /// `None`: the card has no tier for it, which is an error of the row.
    #[must_use]
    pub fn tier(&self, service: &str, area: u64, day: Day) -> Option<Item> {
        let tiers = self.tiers.iter().find(|tiers| tiers.holds(service, day))?;
        let bound = tiers.bounds.iter().find(|bound| bound.px.is_none_or(|px| area <= px))?;
        Item::parse(&format!("{service}.{}", bound.tier))
    }

    /// Returns how the account's usage of a time is settled: as account.toml says, else by the card.
    #[must_use]
    pub fn settlement(&self, account: &Account, usage: Span) -> Settlement {
        let changed = account.settled_from.iter().rev().find(|(from, _)| from.start() <= usage.from);
        changed.map(|(_, by)| *by).or(account.settlement).unwrap_or(match self.settlement.rule {
            CardSettlement::Day => Settlement::Day,
            CardSettlement::FirstApp { day_from } if account.first_app_created() >= day_from => Settlement::Day,
            CardSettlement::Month | CardSettlement::FirstApp { .. } => Settlement::Month,
        })
    }

    /// Returns what a line of the item spans, for an account settled so.
    #[must_use]
    pub fn line(&self, item: Item, settlement: Settlement) -> Settlement {
        if self.settlement.always_by_month.iter().any(|pattern| pattern.matches(item)) {
            return Settlement::Month;
        }
        settlement
    }

    /// Over what time seconds are added up before rounding, for an account settled so.
    #[must_use]
    pub const fn bucket(&self, settlement: Settlement) -> Settlement {
        match self.meter.bucket {
            Bucket::Day => Settlement::Day,
            Bucket::Month => Settlement::Month,
            Bucket::Settlement => settlement,
        }
    }

    /// Returns what is free of an item without a grant.
    #[must_use]
    pub fn allowance(&self, item: Item) -> Option<AllowanceRule> {
        self.allowances.iter().find(|allowance| allowance.item == item).map(|allowance| allowance.rule)
    }
}

impl ListPrice {
    /// Returns the price of one billing unit, 8 decimals half up: 3.99 per 1,000 is 0.00399.
    #[must_use]
    pub fn unit_price(&self) -> UnitPrice {
        UnitPrice::new(Rounding::HalfUp(8).apply(self.list / Decimal::from(self.per)))
    }
}

impl Tiers {
    /// Returns true if they are those of the service on that day.
    #[must_use]
    pub fn holds(&self, service: &str, day: Day) -> bool {
        let after = self.usage_from.is_none_or(|from| from <= day);
        let before = self.usage_until.is_none_or(|until| day < until);
        after && before && self.services.iter().any(|own| own == service)
    }
}

/// Returns a site's name in texts.
pub(super) const fn site_name(site: Site) -> &'static str {
    match site {
        Site::Cn => "cn",
        Site::Intl => "intl",
    }
}
