//! What a random account bought and was given.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time, date, time};
use rust_decimal::Decimal;

use super::dice::Dice;
use crate::reference::plans::{listed_fee, months_on};
use crate::reference::{Account, Ended, Grant, Subscription, dec};

/// Times at which a payment is awkward: ready after midnight, just on and
/// beside the edges of intervals.
const TIMES: [Time; 9] = [
    time(0, 0, 0, 0),
    time(0, 0, 1, 0),
    time(9, 59, 59, 0),
    time(12, 2, 30, 0),
    time(15, 20, 0, 0),
    time(23, 54, 59, 0),
    time(23, 55, 0, 0),
    time(23, 58, 0, 0),
    time(23, 59, 59, 0),
];

fn moment(day: Date, dice: &mut Dice) -> DateTime {
    day.to_datetime(*dice.pick(&TIMES))
}

fn midnight(day: Date) -> DateTime {
    day.to_datetime(Time::midnight())
}

/// A day of the month so many months from the period; the last one where the
/// month is shorter.
fn day_of(account: &Account, months: i64, day: i8) -> Date {
    let month = months_on(account.period, months);
    month.with().day(day.min(month.days_in_month())).build().unwrap()
}

fn any_day(account: &Account, earliest: i64, dice: &mut Dice) -> Date {
    let months = if dice.one_in(2) { 0 } else { dice.between(earliest, 0) };
    let day = *dice.pick(&[1, 2, 10, 14, 15, 28, 29, 30, 31]);
    day_of(account, months, day).max(account.first_app)
}

fn few(dice: &mut Dice) -> Decimal {
    dice.figure(&["1", "2", "3.5", "37.5", "100", "250.25", "613", "1999.99999999", "4264.5"])
}

/// A balance that the account states: at the purchase, or at the start of the
/// period where that is later.
fn opening(account: &Account, purchased: DateTime, dice: &mut Dice) -> (DateTime, Decimal) {
    let at = if dice.one_in(2) { purchased } else { purchased.max(midnight(account.period)) };
    (at, few(dice))
}

fn app(account: &Account, dice: &mut Dice) -> u64 {
    *dice.pick(&account.apps)
}

/// Free months in a row, on one day of the month.
pub fn free_months(account: &mut Account, dice: &mut Dice) {
    let base = day_of(account, -2, *dice.pick(&[1, 15, 31]));
    for number in 0..3 {
        let day = months_on(base, number);
        if dice.one_in(4) || day < account.registered {
            continue;
        }
        let given = if dice.one_in(3) { moment(day, dice) } else { midnight(day) };
        let mut grant = Grant::new(&format!("free-{number}"), "free-monthly", given);
        if dice.one_in(2) {
            grant.opening = Some(opening(account, given, dice));
        }
        if dice.one_in(8) {
            grant.start = Some(midnight(day));
            grant.end = Some(midnight(months_on(day, 1).yesterday().unwrap()));
        }
        account.grants.push(grant);
    }
}

const MONTH_PLANS: [&[&str]; 5] = [
    &["call-1v1", "call-group"],
    &["conference-starter", "conference-lite", "conference-standard", "conference-pro"],
    &["live-lite", "live-standard", "live-pro"],
    &["rtc-engine-lite", "rtc-engine-standard", "rtc-engine-pro"],
    &["dashboard-standard", "dashboard-advanced"],
];

/// Plans by the month: at most one of a product on an application.
pub fn month_plans(account: &mut Account, dice: &mut Dice) {
    for app in account.apps.clone() {
        for plans in MONTH_PLANS {
            let engine = plans[0].starts_with("rtc-engine");
            if !dice.one_in(if engine { 2 } else { 4 }) {
                continue;
            }
            let plan = *dice.pick(plans);
            let purchased = moment(any_day(account, -2, dice), dice);
            let id = format!("{}-{}", plan, app % 10);
            if dice.one_in(3) && !plan.starts_with("dashboard") {
                let opening = if dice.one_in(4) { None } else { Some(opening(account, purchased, dice)) };
                let paid = dice.one_in(2).then(|| listed_fee(plan));
                account.grants.push(Grant { app: Some(app), opening, paid, ..Grant::new(&id, plan, purchased) });
            } else {
                account.subscriptions.push(subscription(account, id, plan, app, purchased, dice));
            }
        }
    }
    trial(account, dice);
}

fn subscription(
    account: &Account,
    id: String,
    plan: &str,
    app: u64,
    purchased: DateTime,
    dice: &mut Dice,
) -> Subscription {
    let auto_renew = !dice.one_in(3);
    let end = (auto_renew && dice.one_in(4)).then(|| day_of(account, 1, 1).max(purchased.date().tomorrow().unwrap()));
    let paid = dice.one_in(3).then(|| listed_fee(plan));
    let ended = ended(account, purchased, dice);
    Subscription { auto_renew, end, paid, ended, ..Subscription::new(&id, plan, app, purchased) }
}

/// Taken back some time after the purchase, at once or in the month of the bill.
fn ended(account: &Account, purchased: DateTime, dice: &mut Dice) -> Option<Ended> {
    if !dice.one_in(6) {
        return None;
    }
    let refund = dice.one_in(3);
    let at = match dice.below(3) {
        0 => purchased.checked_add(dice.between(0, 600).seconds()).unwrap(),
        1 => purchased.checked_add(dice.between(0, 5 * 24).hours()).unwrap(),
        _ => moment(day_of(account, 0, 16), dice).max(purchased),
    };
    Some(Ended { at, refund })
}

/// Takes some of the grants back.
pub fn take_back(account: &mut Account, dice: &mut Dice) {
    for index in 0..account.grants.len() {
        account.grants[index].ended = ended(account, account.grants[index].purchased, dice);
    }
}

/// International packages for every application.
pub fn intl_packages(account: &mut Account, dice: &mut Dice) {
    for number in 0..dice.below(3) {
        let purchased = moment(any_day(account, -1, dice), dice);
        let id = format!("wide-{number}");
        let paid = dice.one_in(2).then(|| dice.figure(&["24", "20.5"]));
        if dice.one_in(2) {
            let opening = Some(opening(account, purchased, dice));
            account.grants.push(Grant { paid, opening, ..Grant::new(&id, "intl-general-25k", purchased) });
        } else {
            let minutes = Some(Decimal::from(pack_size(dice)));
            let end = Some(midnight(months_on(purchased.date(), 2)));
            account.grants.push(Grant { minutes, paid, end, ..Grant::new(&id, "intl-package", purchased) });
        }
    }
}

fn trial(account: &mut Account, dice: &mut Dice) {
    if dice.one_in(4) {
        let plan = *dice.pick(&["call-trial", "conference-trial", "live-trial"]);
        let day = any_day(account, -1, dice);
        let app = app(account, dice);
        account.grants.push(Grant { app: Some(app), ..Grant::new("trial", plan, midnight(day)) });
    }
}

/// The minutes of a package made to measure: gone at once, or in days.
fn pack_size(dice: &mut Dice) -> i64 {
    if dice.one_in(3) { dice.between(2_000, 30_000) } else { dice.between(5, 700) }
}

/// Packages of the Chinese site since 2020.
pub fn cn_packages(account: &mut Account, dice: &mut Dice) {
    if dice.one_in(2) {
        let given = moment(account.first_app, dice);
        let opening = Some(opening(account, given, dice));
        account.grants.push(Grant { opening, ..Grant::new("trial", "cn-free-trial", given) });
    }
    for number in 0..=dice.below(7) {
        let purchased = moment(any_day(account, -3, dice), dice);
        let id = format!("pack-{number}");
        let grant = match dice.below(6) {
            0 => {
                let paid = dice.one_in(2).then(|| dice.figure(&["168.00", "150.5"]));
                let opening = if dice.one_in(3) { None } else { Some(opening(account, purchased, dice)) };
                Grant { paid, opening, ..Grant::new(&id, "cn-general-25k", purchased) }
            }
            1 | 2 => {
                let minutes = Some(Decimal::from(pack_size(dice)));
                let bound = (!dice.one_in(3)).then(|| app(account, dice));
                Grant { minutes, app: bound, ..Grant::new(&id, "cn-month", purchased) }
            }
            _ => {
                let minutes = Some(Decimal::from(pack_size(dice)));
                let end =
                    dice.one_in(6).then(|| midnight(purchased.date().max(day_of(account, 0, 17)).tomorrow().unwrap()));
                Grant { minutes, end, ..Grant::new(&id, "cn-general-custom", purchased) }
            }
        };
        account.grants.push(grant);
    }
}

/// Packages of 2018 and 2019.
pub fn cn_2019_packages(account: &mut Account, dice: &mut Dice) {
    if account.first_app >= date(2019, 6, 1) {
        let given = midnight(account.first_app);
        account
            .grants
            .push(Grant { opening: Some(opening(account, given, dice)), ..Grant::new("trial", "cn2019-trial", given) });
    }
    if dice.one_in(3) {
        let purchased = moment(any_day(account, -1, dice), dice);
        account.grants.push(Grant { paid: Some(dec("6.6")), ..Grant::new("try", "cn2019-experience", purchased) });
    }
    for number in 0..dice.below(3) {
        let purchased = moment(any_day(account, -3, dice), dice);
        let plan = *dice.pick(&["cn2019-starter", "cn2019-standard"]);
        let opening = if dice.one_in(4) { None } else { Some(opening(account, purchased, dice)) };
        account.grants.push(Grant { opening, ..Grant::new(&format!("pack-{number}"), plan, purchased) });
    }
}

/// An old account that comes to the next card in its period: its first
/// general package.
pub fn changed_to_general(account: &mut Account, dice: &mut Dice) {
    let day = day_of(account, 0, *dice.pick(&[1, 2, 15, 29, 31]));
    let minutes = Some(Decimal::from(dice.between(20, 400)));
    account.grants.push(Grant { minutes, ..Grant::new("general", "cn-general-custom", moment(day, dice)) });
}
