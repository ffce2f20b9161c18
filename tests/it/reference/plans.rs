//! The plans of section 5: what they give, for how long, for what, at which
//! ratio; and the pots of minutes that an account's grants and subscriptions
//! make of them.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, date};
use rust_decimal::Decimal;

use super::cards::Card;
use super::{Account, Grant, Site, Subscription, dec, half_up};

/// Every plan, in the order of the contract's list.
pub const PLANS: [&str; 37] = [
    "cn2019-trial",
    "cn2019-experience",
    "cn2019-starter",
    "cn2019-standard",
    "cn2019-enterprise",
    "cn2019-premium",
    "cn-free-trial",
    "cn-general-25k",
    "cn-general-250k",
    "cn-general-1000k",
    "cn-general-3000k",
    "cn-general-custom",
    "cn-month",
    "free-monthly",
    "call-trial",
    "call-1v1",
    "call-group",
    "conference-trial",
    "conference-starter",
    "conference-lite",
    "conference-standard",
    "conference-pro",
    "live-trial",
    "live-lite",
    "live-standard",
    "live-pro",
    "rtc-engine-trial",
    "rtc-engine-lite",
    "rtc-engine-standard",
    "rtc-engine-pro",
    "dashboard-standard",
    "dashboard-advanced",
    "intl-general-25k",
    "intl-general-250k",
    "intl-general-1000k",
    "intl-general-3000k",
    "intl-package",
];

/// (plan, minutes, price as listed, free MAU).
const GIVES: [(&str, i64, &str, i64); 34] = [
    ("cn2019-trial", 1_000, "0", 0),
    ("cn2019-experience", 300, "6.6", 0),
    ("cn2019-starter", 50_000, "3688", 0),
    ("cn2019-standard", 250_000, "9688", 0),
    ("cn2019-enterprise", 1_000_000, "28988", 0),
    ("cn2019-premium", 3_000_000, "73888", 0),
    ("cn-free-trial", 10_000, "0", 0),
    ("cn-general-25k", 25_000, "168", 0),
    ("cn-general-250k", 250_000, "1588", 0),
    ("cn-general-1000k", 1_000_000, "5968", 0),
    ("cn-general-3000k", 3_000_000, "16888", 0),
    ("free-monthly", 10_000, "0", 0),
    ("call-trial", 0, "0", 100),
    ("call-1v1", 100_000, "199", 5_000),
    ("call-group", 300_000, "597", 10_000),
    ("conference-trial", 0, "0", 100),
    ("conference-starter", 50_000, "39.9", 1_000),
    ("conference-lite", 100_000, "299", 10_000),
    ("conference-standard", 300_000, "599", 10_000),
    ("conference-pro", 450_000, "899", 10_000),
    ("live-trial", 0, "0", 100),
    ("live-lite", 100_000, "299", 10_000),
    ("live-standard", 300_000, "599", 10_000),
    ("live-pro", 450_000, "899", 10_000),
    ("rtc-engine-trial", 0, "0", 0),
    ("rtc-engine-lite", 50_000, "49.5", 0),
    ("rtc-engine-standard", 500_000, "499", 0),
    ("rtc-engine-pro", 1_500_000, "1499", 0),
    ("dashboard-standard", 0, "4999", 0),
    ("dashboard-advanced", 0, "8999", 0),
    ("intl-general-25k", 25_000, "24", 0),
    ("intl-general-250k", 250_000, "227", 0),
    ("intl-general-1000k", 1_000_000, "856", 0),
    ("intl-general-3000k", 3_000_000, "2416", 0),
];

/// A store of package minutes with the rules that go with it.
#[derive(Clone, Debug)]
pub struct Pot {
    pub id: String,
    pub plan: String,
    /// The application that it is bound to; nothing: the whole account.
    pub app: Option<u64>,
    pub start: DateTime,
    /// By its plan: the place in the order.
    pub end: DateTime,
    /// When it was taken back.
    pub ended: Option<DateTime>,
    /// From when on it covers usage as it happens.
    pub ready: DateTime,
    /// From when on it catches up, once ready, what is still uncovered.
    pub catch_up_from: Option<DateTime>,
    /// The purchase, for the order.
    pub purchased: DateTime,
    pub opening_at: Option<DateTime>,
    pub left: Decimal,
}

fn gives(plan: &str) -> (i64, &'static str, i64) {
    let (_, minutes, price, users) = GIVES.iter().find(|(name, ..)| *name == plan).unwrap();
    (*minutes, price, *users)
}

/// The listed price of a plan.
pub fn listed_fee(plan: &str) -> Decimal {
    dec(gives(plan).1)
}

/// What a custom package of so many minutes costs.
pub fn custom_price(minutes: i64) -> Decimal {
    let per_minute = match minutes {
        ..25_000 => "0.007",
        25_000..250_000 => "0.00672",
        250_000..1_000_000 => "0.006352",
        1_000_000..3_000_000 => "0.005968",
        _ => "0.00562934",
    };
    half_up(dec(per_minute) * Decimal::from(minutes), 2)
}

fn is_free(plan: &str) -> bool {
    matches!(plan, "cn2019-trial" | "cn-free-trial" | "free-monthly") || is_trial(plan)
}

fn is_trial(plan: &str) -> bool {
    matches!(plan, "call-trial" | "conference-trial" | "live-trial" | "rtc-engine-trial")
}

fn product(plan: &str) -> Option<&'static str> {
    ["call-", "conference-", "live-", "rtc-engine-", "dashboard-"].into_iter().find(|name| plan.starts_with(name))
}

/// The same day so many months on, or the last day that such a month has.
pub fn months_on(day: Date, months: i64) -> Date {
    day.checked_add(months.months()).unwrap()
}

fn midnight(day: Date) -> DateTime {
    day.to_datetime(jiff::civil::Time::midnight())
}

fn after_month(day: Date, months: i64) -> Date {
    months_on(day.first_of_month(), months + 1)
}

/// The first instant after the plan's validity, by its rule.
fn end_by_rule(plan: &str, day: Date) -> DateTime {
    let end = match plan {
        "cn2019-experience" => after_month(day, 2),
        "cn-month" if day < date(2022, 10, 1) => after_month(day, 1),
        "cn-month" => months_on(day, 1).tomorrow().unwrap(),
        "call-trial" => day.checked_add(7.days()).unwrap(),
        "conference-trial" | "live-trial" => day.checked_add(14.days()).unwrap(),
        "rtc-engine-trial" => date(9000, 1, 1),
        "free-monthly" => months_on(day, 1),
        _ if product(plan).is_some() => months_on(day, 1),
        _ => after_month(day, 12),
    };
    midnight(end)
}

/// All pots of the account.
pub fn pots(account: &Account) -> Vec<Pot> {
    let returned = |grant: &&Grant| grant.ended.is_some_and(|ended| ended.refund);
    let mut pots: Vec<Pot> = account.grants.iter().filter(|grant| !returned(grant)).map(pot_of_grant).collect();
    for subscription in &account.subscriptions {
        let kept = cycles(account, subscription).into_iter().filter(|(pot, _)| !returned_cycle(subscription, pot));
        pots.extend(kept.map(|(pot, _)| pot));
    }
    pots
}

/// Whether a cycle is the one whose price was returned: the one in force when it was taken back.
pub fn returned_cycle(subscription: &Subscription, cycle: &Pot) -> bool {
    cycle.ended.is_some() && subscription.ended.is_some_and(|ended| ended.refund)
}

fn pot_of_grant(grant: &Grant) -> Pot {
    let day = grant.purchased.date();
    let start = grant.start.unwrap_or(midnight(day));
    let end = grant.end.unwrap_or(end_by_rule(&grant.plan, day));
    let (mut ready, mut catch_up_from) = (start, None);
    if !is_free(&grant.plan) {
        let (works_from, floor) = if grant.plan.starts_with("cn2019-") {
            (grant.purchased, midnight(day.first_of_month()))
        } else {
            (grant.purchased.checked_add(5.minutes()).unwrap(), midnight(day))
        };
        // READING: an explicit start binds both ends of the catching up; it does
        // not make the minutes work before the payment does.
        ready = grant.start.map_or(works_from, |start| start.max(works_from));
        catch_up_from = Some(grant.start.map_or(floor, |start| start.max(floor)));
    }
    let bound = product(&grant.plan).is_some() || (grant.plan == "cn-month" && day >= date(2022, 10, 1));
    let minutes = grant.minutes.unwrap_or_else(|| Decimal::from(gives(&grant.plan).0));
    Pot {
        id: grant.id.clone(),
        plan: grant.plan.clone(),
        app: if bound { grant.app } else { None },
        start,
        end,
        ended: grant.ended.map(|ended| ended.at),
        ready,
        catch_up_from,
        purchased: grant.purchased,
        opening_at: grant.opening.map(|(at, _)| at),
        left: grant.opening.map_or(minutes, |(_, left)| left),
    }
}

/// The cycles of a subscription that began by the end of the billing month,
/// with the day on which each was charged.
pub fn cycles(account: &Account, subscription: &Subscription) -> Vec<(Pot, Date)> {
    let day = subscription.purchased.date();
    let last_day = account.period.last_of_month();
    let mut cycles = Vec::new();
    for number in 0.. {
        let begins = months_on(day, number);
        let not_taken_back = subscription.ended.is_none_or(|ended| midnight(begins) < ended.at);
        let renewal_is_due =
            subscription.auto_renew && subscription.end.is_none_or(|end| begins < end) && not_taken_back;
        if begins > last_day || (number > 0 && !renewal_is_due) {
            break;
        }
        let start = midnight(begins);
        let first = number == 0;
        let end = midnight(months_on(day, number + 1));
        let taken_back = subscription.ended.map(|ended| ended.at).filter(|at| *at >= start && *at < end);
        let pot = Pot {
            id: format!("{}#{}", subscription.id, number + 1),
            plan: subscription.plan.clone(),
            app: Some(subscription.app),
            start,
            end,
            ended: taken_back,
            ready: if first { subscription.purchased.checked_add(5.minutes()).unwrap() } else { start },
            catch_up_from: first.then_some(start),
            purchased: if first { subscription.purchased } else { start },
            opening_at: None,
            left: Decimal::from(gives(&subscription.plan).0),
        };
        cycles.push((pot, begins));
    }
    cycles
}

impl Pot {
    /// Free minutes that go before all others.
    pub fn always_first(&self) -> bool {
        matches!(self.plan.as_str(), "free-monthly" | "cn-free-trial")
    }

    /// Whether the minutes count as the whole account's on this day: not
    /// bound, or under the offer of the end of 2024.
    pub fn account_wide_on(&self, day: Date) -> bool {
        let paid_engine = self.plan.starts_with("rtc-engine-") && !is_trial(&self.plan);
        let offer = day >= date(2024, 10, 12) && day <= date(2024, 12, 31);
        self.app.is_none() || (paid_engine && offer)
    }

    /// Package minutes per minute of the item; nothing where it is not covered.
    pub fn ratio(&self, account: &Account, card: Card, day: Date, item: &str) -> Option<Decimal> {
        let by_tier: &[&str] = match (self.plan.as_str(), card) {
            ("free-monthly", _) => return free_monthly_ratio(account, card, item),
            (plan, Card::Cn2019) if plan.starts_with("cn2019-") => &["1"],
            ("cn-free-trial", Card::Cn2019b | Card::Cn2020 | Card::Cn2022) if day < date(2022, 8, 1) => &["1"; 6],
            // READING: packages on cn-2019b take cn-2020's ratios (its prices are the same).
            (plan, Card::Cn2019b | Card::Cn2020) if is_general(plan) => &["1", "2", "4", "15"],
            (plan, Card::Cn2022) if is_general(plan) => &["1", "2", "4", "9", "16", "36"],
            // READING: no ratio is published for av.call, so general minutes do
            // not cover it, nor month plans the cards before 2022-05-18.
            (plan, Card::Intl2022 | Card::Intl2024) if product(plan).is_some() || plan.starts_with("intl-") => {
                &["1", "4", "9", "16", "36"]
            }
            _ => return None,
        };
        by_order(&card.av_items(), by_tier, item)
    }
}

fn is_general(plan: &str) -> bool {
    plan.starts_with("cn-general-") || plan == "cn-month" || plan == "cn-free-trial"
}

fn by_order(items: &[String], ratios: &[&str], item: &str) -> Option<Decimal> {
    let place = items.iter().position(|name| name == item)?;
    Some(dec(ratios[place]))
}

/// The free monthly minutes, by the day on which the UIN was registered.
fn free_monthly_ratio(account: &Account, card: Card, item: &str) -> Option<Decimal> {
    let (family, _) = item.rsplit_once('.')?;
    let with_mixing = account.registered >= date(2023, 2, 21);
    let with_delivery = account.registered >= date(2024, 7, 25);
    let ratios: &[&str] = match (card, family) {
        (Card::Intl2021, "av") => &["1", "1", "1", "1"],
        (Card::Intl2022 | Card::Intl2024, "av") => &["1", "4", "9", "16", "36"],
        (Card::Intl2022 | Card::Intl2024, "rec") if !with_mixing => &["1", "4", "9", "16", "36"],
        (Card::Intl2022 | Card::Intl2024, "rec") => &["1.5", "6.1", "13.6", "24.2", "54.5"],
        (Card::Intl2022 | Card::Intl2024, "mix") if with_mixing => &["2"],
        (Card::Intl2022 | Card::Intl2024, "mix.h264") if with_mixing => &["6.1", "14.1", "26.3", "70.7"],
        (Card::Intl2022 | Card::Intl2024, "mix.h265") if with_mixing => &["18.2", "38.4", "70.7", "191.9"],
        (Card::Intl2022 | Card::Intl2024, "deliver.tencent") if with_delivery => {
            &["0.02", "0.13", "0.29", "0.58", "1.16"]
        }
        (Card::Intl2022 | Card::Intl2024, "deliver.third") if with_delivery => &["0.13", "0.82", "1.72", "3.6", "7.19"],
        (Card::Intl2022 | Card::Intl2024, "page") if with_delivery => &["14.1", "28.3"],
        _ => return None,
    };
    let of_family: Vec<String> = card
        .timed_items()
        .into_iter()
        .filter(|name| name.rsplit_once('.').is_some_and(|(theirs, _)| theirs == family))
        .collect();
    by_order(&of_family, ratios, item)
}

/// The free users of an application in a month: the largest quota of each
/// product in force on any day of it, added over the products.
pub fn free_users(account: &Account, app: u64, month: Date) -> Decimal {
    let (from, until) = (midnight(month), midnight(months_on(month, 1)));
    let mut total = 0;
    for wanted in ["call-", "conference-", "live-"] {
        let in_force = pots(account).into_iter().filter(|pot| {
            let end = pot.ended.map_or(pot.end, |ended| ended.min(pot.end));
            let in_month = pot.start < until && end > from && pot.start < end;
            product(&pot.plan) == Some(wanted) && pot.app == Some(app) && in_month
        });
        total += in_force.map(|pot| gives(&pot.plan).2).max().unwrap_or(0);
    }
    let others: i64 = account.mau_quotas.iter().filter(|(of, _)| *of == app).map(|(_, users)| *users).sum();
    Decimal::from(total + others)
}

/// The currency of a site.
pub fn currency(site: Site) -> &'static str {
    match site {
        Site::Cn => "CNY",
        Site::Intl => "USD",
    }
}
