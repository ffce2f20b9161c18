//! The usage of a random account: few days, many edges.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;

use super::dice::Dice;
use crate::reference::cards::card_on;
use crate::reference::plans::{cycles, months_on};
use crate::reference::{Account, Usage};

/// Usage from the first day to the end of the period: no interval of one
/// application and item twice.
pub fn usage(account: &Account, first: Date, dice: &mut Dice) -> Vec<Usage> {
    let last = account.period.last_of_month();
    let moments = moments(account);
    let days = hot_days(&moments, first, last, account, dice);
    let heavy = dice.one_in(3);
    let mut usage: Vec<Usage> = Vec::new();
    let wanted = if dice.one_in(8) { dice.between(900, 1_500) } else { dice.between(100, 500) };
    for _ in 0..wanted {
        let day = if dice.one_in(5) { any_day(first, last, dice) } else { *dice.pick(&days) };
        let start = slot(day, &moments, dice);
        let item = item(account, day, dice);
        let seconds = seconds(heavy, dice);
        add(&mut usage, Usage::seconds(start, *dice.pick(&account.apps), &item, seconds));
    }
    monthly_usage(account, first, &mut usage, dice);
    usage
}

fn add(usage: &mut Vec<Usage>, line: Usage) {
    let known = usage.iter().any(|one| one.start == line.start && one.app == line.app && one.item == line.item);
    if !known {
        usage.push(line);
    }
}

/// Payments, renewals and ends: where the rules change their answer.
fn moments(account: &Account) -> Vec<DateTime> {
    let mut moments: Vec<DateTime> = account.grants.iter().map(|grant| grant.purchased).collect();
    moments.extend(account.grants.iter().filter_map(|grant| Some(grant.ended?.at)));
    for subscription in &account.subscriptions {
        for (cycle, _) in cycles(account, subscription) {
            moments.extend([cycle.purchased, cycle.start, cycle.end]);
        }
    }
    moments
}

fn hot_days(moments: &[DateTime], first: Date, last: Date, account: &Account, dice: &mut Dice) -> Vec<Date> {
    let mut days = vec![account.period, last, account.period.yesterday().unwrap().max(first)];
    for moment in moments {
        let day = moment.date();
        let near = [day.yesterday().unwrap(), day, day.tomorrow().unwrap()];
        days.extend(near.into_iter().filter(|day| (first..=last).contains(day)));
    }
    for _ in 0..3 {
        days.push(any_day(first, last, dice));
    }
    days
}

fn any_day(first: Date, last: Date, dice: &mut Dice) -> Date {
    let length = i64::from(first.until(last).unwrap().get_days());
    first.checked_add(dice.between(0, length).days()).unwrap()
}

/// The start of one of the day's 288 intervals: its edges, beside a moment,
/// from midnight to a moment of that very day, or any.
fn slot(day: Date, moments: &[DateTime], dice: &mut Dice) -> DateTime {
    let of_day = moments.iter().find(|moment| moment.date() == day);
    let number = match dice.below(5) {
        0 => *dice.pick(&[0, 0, 1, 2, 286, 287]),
        1 if !moments.is_empty() => {
            let moment = dice.pick(moments);
            (interval_of(*moment) + dice.between(-2, 2)).rem_euclid(288)
        }
        2 if of_day.is_some() => dice.between(0, of_day.map_or(0, |moment| interval_of(*moment))),
        _ => dice.between(0, 287),
    };
    day.to_datetime(Time::midnight()).checked_add((number * 5).minutes()).unwrap()
}

fn interval_of(moment: DateTime) -> i64 {
    (i64::from(moment.hour()) * 60 + i64::from(moment.minute())) / 5
}

/// An item of the card, or an SD item that the card counts as HD.
fn item(account: &Account, day: Date, dice: &mut Dice) -> String {
    let card = card_on(account, day);
    let items = if dice.one_in(3) { card.timed_items() } else { card.av_items() };
    let item = dice.pick(&items).clone();
    let with_sd = ["av.hd", "rec.hd", "mix.h264.hd", "mix.h265.hd"].contains(&item.as_str());
    let sd = item.replace(".hd", ".sd");
    if with_sd && !items.contains(&sd) && dice.one_in(4) { sd } else { item }
}

fn seconds(heavy: bool, dice: &mut Dice) -> i64 {
    match dice.below(8) {
        0..4 => *dice.pick(&[1, 59, 60, 61, 30, 20, 40, 119, 120, 3_599]),
        4 if heavy => dice.between(50_000, 3_000_000),
        _ => dice.between(1, 1_500),
    }
}

/// Relay samples, images and users, where the card of the month has them.
fn monthly_usage(account: &Account, first: Date, usage: &mut Vec<Usage>, dice: &mut Dice) {
    for month in [months_on(account.period, -1), account.period] {
        if month < first || card_on(account, month).monthly_items().is_empty() {
            continue;
        }
        for app in &account.apps {
            if dice.one_in(2) {
                let (start, end) =
                    (month.to_datetime(Time::midnight()), months_on(month, 1).to_datetime(Time::midnight()));
                let quantity = Decimal::from(dice.between(1, 20_000));
                add(usage, Usage { start, end, app: *app, item: "mau".to_string(), quantity });
            }
            for _ in 0..dice.below(6) {
                let start = slot(any_day(month, month.last_of_month(), dice), &[], dice);
                add(usage, Usage::seconds(start, *app, "snapshot", dice.between(1, 4_500)));
            }
            relay(month, *app, usage, dice);
        }
    }
}

/// Samples on few slots, so that applications meet.
fn relay(month: Date, app: u64, usage: &mut Vec<Usage>, dice: &mut Dice) {
    let item = *dice.pick(&["relay.tencent", "relay.third"]);
    for number in 0..4 {
        if dice.one_in(2) {
            let start = month.tomorrow().unwrap().at(20, 5 * number, 0, 0);
            let quantity = dice.figure(&["0.5", "12.25", "49.99", "50.01", "50", "75", "100"]);
            add(usage, Usage { item: item.to_string(), quantity, ..Usage::seconds(start, app, item, 0) });
        }
    }
}
