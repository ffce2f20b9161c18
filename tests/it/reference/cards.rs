//! The rate cards of sections 1, 2 and 8: which one applies on a day, how it
//! is settled and metered, its tiers, items and list prices.

use jiff::civil::{Date, date};
use rust_decimal::Decimal;

use super::{Account, Scope, Settlement, Site, dec};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Card {
    Cn2019,
    Cn2019b,
    Cn2020,
    Cn2022,
    Intl2020,
    Intl2021,
    Intl2022,
    Intl2024,
}

/// (items without their tier, the tiers, the prices as written).
type Table = &'static [(&'static str, &'static [&'static str], &'static [&'static str])];

const CALL: Table = &[("av", &["call"], &["25"])];
const CN_FOUR: Table = &[("av", &["audio", "sd", "hd", "hdplus"], &["7", "14", "28", "105"])];
const CN_SIX: Table = &[("av", &["audio", "sd", "hd", "fhd", "2k", "4k"], &["7", "14", "28", "63", "112", "252"])];
const INTL_FOUR: Table = &[("av", &["audio", "sd", "hd", "hdplus"], &["0.99", "1.99", "3.99", "14.99"])];
const INTL_SUM_FOUR: Table = &[("av", &["audio", "sd", "hd", "fhd"], &["0.99", "1.99", "3.99", "14.99"])];
const FIVE: &[&str] = &["audio", "hd", "fhd", "2k", "4k"];
const INTL_FULL: Table = &[
    ("av", FIVE, &["0.99", "3.99", "8.99", "15.99", "35.99"]),
    ("rec", FIVE, &["1.49", "5.99", "13.49", "23.99", "53.99"]),
    ("mix", &["audio"], &["1.99"]),
    ("mix.h264", &["hd", "fhd", "2k", "4k"], &["5.99", "13.99", "25.99", "69.99"]),
    ("mix.h265", &["hd", "fhd", "2k", "4k"], &["17.99", "37.99", "69.99", "189.99"]),
    ("deliver.tencent", FIVE, &["0.02", "0.13", "0.29", "0.58", "1.16"]),
    ("deliver.third", FIVE, &["0.13", "0.82", "1.72", "3.6", "7.19"]),
    ("page", &["hd", "fhd"], &["13.99", "27.99"]),
];

/// Relay, snapshots and MAU: (item, price as written), per Mbps, per thousand
/// images, per user.
const MONTHLY: &[(&str, &str)] =
    &[("relay.tencent", "18.99"), ("relay.third", "18.99"), ("snapshot", "0.03"), ("mau", "0.015")];

impl Card {
    pub fn name(self) -> &'static str {
        match self {
            Self::Cn2019 => "cn-2019",
            Self::Cn2019b => "cn-2019b",
            Self::Cn2020 => "cn-2020",
            Self::Cn2022 => "cn-2022",
            Self::Intl2020 => "intl-2020",
            Self::Intl2021 => "intl-2021",
            Self::Intl2022 => "intl-2022",
            Self::Intl2024 => "intl-2024",
        }
    }

    fn table(self) -> Table {
        match self {
            Self::Cn2019 => CALL,
            Self::Cn2019b | Self::Cn2020 => CN_FOUR,
            Self::Cn2022 => CN_SIX,
            Self::Intl2020 => INTL_FOUR,
            Self::Intl2021 => INTL_SUM_FOUR,
            Self::Intl2022 | Self::Intl2024 => INTL_FULL,
        }
    }

    /// The items that are metered in seconds, in the card's order.
    pub fn timed_items(self) -> Vec<String> {
        let mut items = Vec::new();
        for (family, tiers, _) in self.table() {
            for tier in *tiers {
                items.push(format!("{family}.{tier}"));
            }
        }
        items
    }

    /// The tiers of `av`, in order: what "audio:..." ratios line up with.
    pub fn av_items(self) -> Vec<String> {
        self.timed_items().into_iter().filter(|item| item.starts_with("av.")).collect()
    }

    /// The items that are settled by the month whatever the account.
    pub fn monthly_items(self) -> Vec<&'static str> {
        match self {
            Self::Intl2022 | Self::Intl2024 => MONTHLY.iter().map(|(item, _)| *item).collect(),
            _ => Vec::new(),
        }
    }

    /// The list price per charged unit (minute, thousand images, user, Mbps),
    /// before it is rounded to 8 decimals.
    pub fn list_price(self, item: &str) -> Decimal {
        for (family, tiers, prices) in self.table() {
            for (tier, price) in tiers.iter().zip(*prices) {
                if item == format!("{family}.{tier}") {
                    return dec(price) / dec("1000");
                }
            }
        }
        for (name, price) in MONTHLY {
            if item == *name && self.monthly_items().contains(name) {
                return dec(price);
            }
        }
        panic!("{} has no item {item}", self.name())
    }

    /// The item under which a card counts a file's item: without an SD tier,
    /// SD is HD.
    pub fn folded(self, item: &str) -> String {
        match item.strip_suffix(".sd") {
            Some(family) if !self.timed_items().contains(&item.to_string()) => format!("{family}.hd"),
            _ => item.to_string(),
        }
    }

    /// The tier of a picture area, or nothing where it is larger than any.
    pub fn tier(self, area: u64, day: Date) -> Option<&'static str> {
        let small_sd = self == Self::Cn2019b && day < date(2019, 12, 4);
        let sd = if small_sd { 230_400 } else { 307_200 };
        let bounds: &[(u64, &'static str)] = match self {
            Self::Cn2019 => return Some("call"),
            Self::Cn2019b | Self::Cn2020 | Self::Intl2020 => &[(sd, "sd"), (921_600, "hd"), (u64::MAX, "hdplus")],
            // READING: prices of intl-2021 stop at FHD; above it there is no tier.
            Self::Intl2021 => &[(sd, "sd"), (921_600, "hd"), (2_073_600, "fhd")],
            Self::Cn2022 => &[(sd, "sd"), (921_600, "hd"), (2_073_600, "fhd"), (3_686_400, "2k"), (8_847_360, "4k")],
            Self::Intl2022 | Self::Intl2024 => {
                &[(921_600, "hd"), (2_073_600, "fhd"), (3_686_400, "2k"), (8_847_360, "4k")]
            }
        };
        bounds.iter().find(|(upper, _)| area <= *upper).map(|(_, tier)| *tier)
    }
}

/// The card of an account on a day.
pub fn card_on(account: &Account, day: Date) -> Card {
    if let Some(card) = account.card {
        return card;
    }
    match account.site {
        Site::Cn => cn_card(account, day),
        Site::Intl => intl_card(account, day),
    }
}

fn cn_card(account: &Account, day: Date) -> Card {
    let tiers_began = date(2019, 10, 11);
    if day < tiers_began {
        return Card::Cn2019;
    }
    if account.first_app < tiers_began {
        // Section 5: a gift changes the card too; what was returned never was.
        let kept = account.grants.iter().filter(|grant| !grant.ended.is_some_and(|ended| ended.refund));
        let general = kept.filter(|grant| grant.plan.starts_with("cn-general-") || grant.plan == "cn-month");
        let changed = general.map(|grant| grant.purchased.date()).min();
        if changed.is_none_or(|changed| day < changed) {
            return Card::Cn2019;
        }
    }
    // READING: "its own dates win" over the stand-in cn-2020, not over an old
    // account that is still on cn-2019.
    if account.older_cards && day <= date(2020, 4, 30) {
        Card::Cn2019b
    } else if day < date(2022, 8, 1) {
        Card::Cn2020
    } else {
        Card::Cn2022
    }
}

fn intl_card(account: &Account, day: Date) -> Card {
    if !account.older_cards || day < date(2020, 2, 20) || day > date(2024, 7, 31) {
        Card::Intl2024
    } else if day >= date(2022, 5, 18) {
        Card::Intl2022
    } else if account.first_app < date(2021, 10, 27) {
        Card::Intl2020
    } else {
        Card::Intl2021
    }
}

/// How the account's usage of a day is settled on a card.
pub fn settlement(account: &Account, card: Card, day: Date) -> Settlement {
    let changed = account.settled_from.iter().filter(|(from, _)| *from <= day).max_by_key(|(from, _)| *from);
    if let Some(settlement) = changed.map(|(_, by)| *by).or(account.settlement) {
        return settlement;
    }
    match card {
        Card::Intl2024 => Settlement::Day,
        Card::Cn2020 | Card::Cn2022 if account.first_app >= date(2020, 9, 1) => Settlement::Day,
        // READING: section 8 gives the older cards a month's bucket and no
        // settlement; they are settled by the month.
        _ => Settlement::Month,
    }
}

/// The time over which the seconds of a day are added up.
pub fn bucket(account: &Account, card: Card, day: Date) -> Settlement {
    match card {
        Card::Intl2024 => Settlement::Day,
        Card::Cn2020 | Card::Cn2022 => settlement(account, card, day),
        // READING: `settlement = "day"` cuts the lines of these cards by day and
        // leaves their bucket the month that section 4 gives it.
        _ => Settlement::Month,
    }
}

/// Over what the seconds are added up.
pub fn scope(account: &Account, card: Card, item: &str) -> Scope {
    let by_card = if card == Card::Intl2024 { Scope::App } else { Scope::Account };
    // READING: `mix` is every mixing item; `mix.h264` beside it is the nearer name.
    let named = account.service_scopes.iter().filter(|(service, _)| item.starts_with(&format!("{service}.")));
    let nearest = named.max_by_key(|(service, _)| service.len()).map(|(_, scope)| *scope);
    nearest.or(account.metering_scope).unwrap_or(by_card)
}

/// The place of an item in the order of section 2.
pub fn item_order(item: &str) -> (usize, usize) {
    const FAMILIES: [&str; 13] = [
        "av",
        "rec",
        "mix.audio",
        "mix.h264",
        "mix.h265",
        "deliver.tencent",
        "deliver.third",
        "page",
        "relay.tencent",
        "relay.third",
        "snapshot",
        "mau",
        "fee",
    ];
    // READING: av.call, which section 2 does not place, stands first: it is the
    // older card's, and only a month of change shows it beside another.
    const TIERS: [&str; 8] = ["call", "audio", "sd", "hd", "hdplus", "fhd", "2k", "4k"];
    let exact = FAMILIES.iter().position(|family| *family == item);
    if let Some(family) = exact {
        return (family, 0);
    }
    if let Some(plan) = item.strip_prefix("fee.") {
        // READING: fees of one day and app stand in the order of the plan list.
        // The shortfall of a minimum commitment comes behind them.
        let plans = &super::plans::PLANS;
        return (12, plans.iter().position(|name| *name == plan).unwrap_or(plans.len()));
    }
    let (family, tier) = item.rsplit_once('.').unwrap();
    let family = FAMILIES.iter().position(|name| *name == family).unwrap();
    (family, TIERS.iter().position(|name| *name == tier).unwrap())
}
