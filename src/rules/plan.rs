//! A plan: what a purchase, a gift or a trial gives, and for how long.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::card::Card;
use super::read::{self, Pattern};
use crate::model::{AppId, Day, Item, Money, PackMinutes, Ratio, Span, Stamp};

/// A plan of the catalogue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name in account.toml.
    pub id: String,
    /// Its name in the vendor's documents.
    pub name: String,
    /// The product it belongs to (`call`, `conference`, …); one plan of a product at a time and app.
    pub product: Option<String>,
    /// The way it comes to the account.
    pub kind: Kind,
    /// The minutes it gives; `None`: account.toml says.
    pub minutes: Option<i64>,
    /// The price (a month); `None`: by `bands`, or only given with another product.
    #[serde(default, deserialize_with = "read::some_figure")]
    pub price: Option<Decimal>,
    /// The ISO code of its money.
    pub currency: String,
    /// Prices of a minute by the total, for packages of any size.
    #[serde(default)]
    pub bands: Vec<Band>,
    /// The items that its minutes may cover.
    #[serde(default)]
    pub covers: Vec<Pattern>,
    /// Package minutes per usage minute; `None`: it has no minutes.
    pub ratio: Option<RatioSource>,
    /// Which usage it may cover.
    pub bound: Bound,
    /// The validity; the first entry whose date is later than the purchase.
    pub valid: Vec<Validity>,
    /// The validity under a reading of its text that is not taken.
    #[serde(default)]
    pub perhaps_valid: Vec<Validity>,
    /// True if it comes before every other grant.
    #[serde(default)]
    pub always_first: bool,
    /// Seconds from payment until it works.
    #[serde(default)]
    pub ready_after_seconds: i64,
    /// From where it catches up usage that is still uncovered when it starts to work.
    #[serde(default)]
    pub sweep: Sweep,
    /// When its minutes covered every app of the account: the offers that hold for it.
    #[serde(skip)]
    pub account_wide: Vec<Offer>,
    /// When they would have under the reading of an offer that is not taken.
    #[serde(skip)]
    pub perhaps_account_wide: Vec<Offer>,
    /// Free users per app and calendar month.
    pub mau_quota: Option<i64>,
    /// Given only to accounts whose first app was created on or after it.
    #[serde(default, deserialize_with = "read::some_day")]
    pub first_app_from: Option<Day>,
    /// An account may have it so often.
    pub at_most: Option<u32>,
    /// An account may have it so often one after the other.
    pub at_most_in_a_row: Option<u32>,
    /// Not for accounts that had one of these before.
    #[serde(default)]
    pub not_after: Vec<String>,
    /// True if service should stop when it is used up or ends and nothing else is there.
    #[serde(default)]
    pub ends_service: bool,
    /// Days after the day of purchase on which its price is still returned; `None`: it has no right of return.
    pub refund_days: Option<i32>,
    /// True if usage beyond its minutes may be charged while it is in force, where service stops without such a plan.
    #[serde(default)]
    pub opens_postpaid: bool,
    /// Usage that needs such a plan.
    #[serde(default)]
    pub unlocks: Vec<Pattern>,
    /// Where all this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// The way a plan comes to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Given, without a purchase.
    Free,
    /// Bought once, or given with the purchase of another product.
    Package,
    /// Bought and renewed month by month.
    Monthly,
    /// A trial of a product.
    Trial,
}

/// A band of the custom package: all minutes of a total from here cost so much.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The least total of the band, in minutes.
    pub from: i64,
    /// Of a minute, at 8 decimals.
    #[serde(deserialize_with = "read::figure")]
    pub price: Decimal,
}

/// Where a plan's ratios stand.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RatioSource {
    /// In the plan.
    Own(#[serde(deserialize_with = "read::ratios")] BTreeMap<Item, Ratio>),
    /// In the plan, by the day on which the UIN was registered.
    Cohorts(Vec<Cohort>),
    /// On the card, under this name.
    CardSet(String),
    /// By the day of usage, whatever the card.
    ByUsage(Vec<Era>),
}

/// The ratios for the usage of a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Era {
    /// The first usage day, always the 1st of a month: no bucket is parted.
    #[serde(default, deserialize_with = "read::some_day")]
    pub usage_from: Option<Day>,
    /// The first usage day behind.
    #[serde(default, deserialize_with = "read::some_day")]
    pub usage_until: Option<Day>,
    /// The ratios.
    pub weigh: Weighing,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// The ratios of a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weighing {
    /// One for every item that the card prices.
    Each(#[serde(deserialize_with = "read::ratio")] Ratio),
    /// The card's set of the first of these names that it has.
    Sets(Vec<String>),
}

/// The ratios of the accounts registered in a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cohort {
    /// The first day of registration.
    #[serde(default, deserialize_with = "read::some_day")]
    pub registered_from: Option<Day>,
    /// The first day behind.
    #[serde(default, deserialize_with = "read::some_day")]
    pub registered_until: Option<Day>,
    /// The ratios.
    #[serde(deserialize_with = "read::ratios")]
    pub of: BTreeMap<Item, Ratio>,
    /// Where they stand.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

/// Which usage a plan may cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Bound {
    /// That of every app.
    Account,
    /// That of its app.
    App,
    /// That of its app, if it has one.
    AppIfGiven {
        /// Bought before: that of every app, whatever app is named.
        #[serde(deserialize_with = "read::stamp")]
        account_wide_before: Stamp,
    },
}

/// `valid`: a rule, and until which purchase it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// For purchases before.
    #[serde(default, deserialize_with = "read::some_stamp")]
    pub purchased_before: Option<Stamp>,
    /// The rule.
    pub rule: ValidityRule,
}

/// The validity of a grant from 00:00 of the day of its purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValidityRule {
    /// To the last day of the month so many months later.
    MonthEnd(i32),
    /// To the end of the same day so many months later.
    SameDayInclusive(i32),
    /// To the end of the day before the same day so many months later.
    SameDayExclusive(i32),
    /// So many days.
    Days(i32),
    /// For ever.
    Unlimited,
}

/// From where a package catches up usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sweep {
    /// It catches nothing up.
    #[default]
    None,
    /// From 00:00 of the day of payment.
    Day,
    /// From the 1st of the month of payment.
    Month,
}

/// `[[offer]]`: usage days on which the minutes of some plans covered every app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The ids of the plans that it holds for.
    pub plans: Vec<String>,
    /// The ids of further plans that it holds for under another reading of its text.
    #[serde(default)]
    pub perhaps: Vec<String>,
    /// The first day.
    #[serde(deserialize_with = "read::day")]
    pub usage_from: Day,
    /// The first day behind.
    #[serde(deserialize_with = "read::day")]
    pub usage_until: Day,
    /// Where this stands.
    #[serde(deserialize_with = "read::source")]
    pub source: String,
}

impl Plan {
    /// Returns what makes it no whole plan: what is wrong, and what to do.
    pub(super) fn faults(&self) -> Vec<(&'static str, &'static str)> {
        let rising = self.bands.windows(2).all(|pair| pair[0].from < pair[1].from);
        let negative = [self.minutes, self.mau_quota].into_iter().flatten().any(|figure| figure < 0);
        let monthly = matches!(self.kind, Kind::Monthly | Kind::Trial);
        let faults = [
            (negative, "minutes or `mau_quota` is below zero", "give a number from 0 on"),
            (!rising, "its bands do not rise", "list them by rising `from`"),
            (self.covers.is_empty() != self.ratio.is_none(), "it has `covers` or `ratio` alone", "give both or none"),
            (self.valid.is_empty(), "nothing says how long it is valid", "add `valid`"),
            (self.price.is_some() && !self.bands.is_empty(), "it has a price and bands", "keep one"),
            (monthly && self.minutes.is_none(), "a monthly plan has no minutes", "add `minutes`, 0 if it gives none"),
        ];
        faults.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, message, help)| (message, help)).collect()
    }

    /// Returns what it gives; `None` where account.toml must say.
    #[must_use]
    pub fn grants(&self) -> Option<PackMinutes> {
        self.minutes.map(PackMinutes::whole)
    }

    /// Its listed price.
    #[must_use]
    pub fn fee(&self) -> Option<Money> {
        self.price.map(Money::new)
    }

    /// When a purchase is valid, half-open, from 00:00 of its day.
    #[must_use]
    pub fn validity(&self, purchased: Stamp) -> Span {
        Self::validity_by(&self.valid, purchased)
    }

    /// When a purchase is valid under the reading of its validity that is not taken, where there is one.
    #[must_use]
    pub fn perhaps_validity(&self, purchased: Stamp) -> Option<Span> {
        (!self.perhaps_valid.is_empty()).then(|| Self::validity_by(&self.perhaps_valid, purchased))
    }

    fn validity_by(rules: &[Validity], purchased: Stamp) -> Span {
        let day = purchased.day();
        let holds = |valid: &&Validity| valid.purchased_before.is_none_or(|before| purchased < before);
        let rule = rules.iter().find(holds).map_or(ValidityRule::Unlimited, |valid| valid.rule);
        let until = match rule {
            ValidityRule::MonthEnd(months) => day.month().plus(months + 1).first_day().start(),
            ValidityRule::SameDayInclusive(months) => (day.plus_months(months) + 1).start(),
            ValidityRule::SameDayExclusive(months) => day.plus_months(months).start(),
            ValidityRule::Days(days) => (day + days).start(),
            ValidityRule::Unlimited => Stamp::MAX,
        };
        Span { from: day.start(), until }
    }

    /// Returns the package minutes per minute of an item on a card, at the last time of
    /// that card; see [`Plan::ratio_on`].
    #[must_use]
    pub fn ratio(&self, item: Item, card: &Card, registered: Day) -> Option<Ratio> {
        self.ratio_on(item, card, registered, card.last_own_day())
    }

    /// Returns the package minutes per minute of an item on a card, for an account
    /// registered then and usage of a day; `None` where the plan does not cover
    /// the item. A set of the card under the plan's id replaces the plan's own.
    #[must_use]
    pub fn ratio_on(&self, item: Item, card: &Card, registered: Day, usage: Day) -> Option<Ratio> {
        if !self.covers.iter().any(|pattern| pattern.matches(item)) {
            return None;
        }
        let set = |name: &String| card.ratios.get(name).map(|set| &set.of);
        let own = || match self.ratio.as_ref()? {
            RatioSource::Own(of) => of.get(&item).copied(),
            RatioSource::Cohorts(cohorts) => cohorts.iter().find(|c| c.holds(registered))?.of.get(&item).copied(),
            RatioSource::CardSet(name) => set(name)?.get(&item).copied(),
            RatioSource::ByUsage(eras) => match &eras.iter().find(|era| era.holds(usage))?.weigh {
                Weighing::Each(ratio) => card.price(item).map(|_| *ratio),
                Weighing::Sets(names) => names.iter().find_map(set)?.get(&item).copied(),
            },
        };
        match set(&self.id) {
            Some(replaced) => replaced.get(&item).copied(),
            None => own(),
        }
    }

    /// Returns the usage days on which its ratios change, whatever the card.
    pub fn ratio_turns(&self) -> impl Iterator<Item = Day> {
        let eras: &[Era] = match &self.ratio {
            Some(RatioSource::ByUsage(eras)) => eras,
            _ => &[],
        };
        eras.iter().filter_map(|era| era.usage_from)
    }

    /// When it starts to work after payment.
    #[must_use]
    pub fn ready(&self, purchased: Stamp) -> Stamp {
        purchased + self.ready_after_seconds
    }

    /// From where it catches up uncovered usage; `None`: it catches nothing up.
    #[must_use]
    pub fn sweep_from(&self, purchased: Stamp) -> Option<Stamp> {
        match self.sweep {
            Sweep::None => None,
            Sweep::Day => Some(purchased.day().start()),
            Sweep::Month => Some(purchased.day().month().first_day().start()),
        }
    }

    /// Returns the app that a purchase is bound to; `None`: every app of the account.
    #[must_use]
    pub fn bound_to(&self, app: Option<AppId>, purchased: Stamp) -> Option<AppId> {
        match self.bound {
            Bound::Account => None,
            Bound::AppIfGiven { account_wide_before } if purchased < account_wide_before => None,
            Bound::App | Bound::AppIfGiven { .. } => app,
        }
    }

    /// Returns true if its minutes cover every app for usage at that time.
    #[must_use]
    pub fn account_wide_at(&self, usage: Stamp) -> bool {
        let day = usage.day();
        self.account_wide.iter().any(|offer| offer.usage_from <= day && day < offer.usage_until)
    }

    /// Returns what a minute costs in a package of that many minutes.
    #[must_use]
    pub fn band(&self, minutes: PackMinutes) -> Option<&Band> {
        self.bands.iter().rev().find(|band| PackMinutes::whole(band.from) <= minutes)
    }
}

impl Era {
    fn holds(&self, usage: Day) -> bool {
        self.usage_from.is_none_or(|from| from <= usage) && self.usage_until.is_none_or(|until| usage < until)
    }
}

impl Cohort {
    /// Returns true if an account registered then belongs to it.
    #[must_use]
    pub fn holds(&self, registered: Day) -> bool {
        self.registered_from.is_none_or(|from| from <= registered)
            && self.registered_until.is_none_or(|until| registered < until)
    }
}
