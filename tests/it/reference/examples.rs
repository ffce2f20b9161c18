//! The reference against the examples of the documents and
//! against figures reasoned by hand for the sentences that are easiest to
//! get wrong.

use jiff::civil::{Date, DateTime, date};

use super::plans::{custom_price, free_users, pots};
use super::{Account, Card, Grant, Site, Subscription, Usage, cards, charges_csv, dec, drawdown_csv, plain, rate};

const APP: u64 = 1_400_000_001;
const OTHER: u64 = 1_400_000_002;

fn at(day: Date, hour: i8, minute: i8) -> DateTime {
    day.at(hour, minute, 0, 0)
}

fn custom(id: &str, purchased: DateTime, minutes: &str) -> Grant {
    Grant { minutes: Some(dec(minutes)), ..Grant::new(id, "cn-general-custom", purchased) }
}

fn cn_daily(period: Date) -> Account {
    Account::new(Site::Cn, date(2021, 1, 1), period)
}

/// time, app, item, grant, minutes, ratio, before, taken, after.
fn drawn(account: &Account, usage: &[Usage]) -> Vec<String> {
    drawdown_csv(account, usage).lines().skip(1).map(|line| line.split_once(',').unwrap().1.to_string()).collect()
}

/// The first instant after a grant.
fn end_of(plan: &str, purchased: DateTime) -> String {
    let mut account = cn_daily(date(2024, 1, 1));
    account.grants.push(Grant { minutes: Some(dec("1")), ..Grant::new("g", plan, purchased) });
    pots(&account)[0].end.to_string()
}

#[test]
fn package_prices_2019_03_and_package_fees_2019_06_count_everyone_in_the_room() {
    let account = Account::new(Site::Cn, date(2019, 1, 1), date(2019, 3, 1));
    let call = |minute, seconds| Usage::seconds(at(date(2019, 3, 2), 8, minute), APP, "av.call", seconds);
    let csv = charges_csv(&account, &[call(0, 600), call(5, 1200), call(10, 600)]);
    let line = csv.lines().nth(1).unwrap();
    assert_eq!(line, "100000000001,1400000001,2019-03,av.call,min,2400,40,0,40,0.025,1,CNY,cn-2019");
}

#[test]
fn packages_are_valid_as_the_seeds_say() {
    let noon = |year, month, day| date(year, month, day).at(12, 0, 0, 0);
    assert_eq!(end_of("cn2019-starter", noon(2019, 3, 15)), "2020-04-01T00:00:00");
    assert_eq!(end_of("cn2019-experience", noon(2019, 3, 15)), "2019-06-01T00:00:00");
    assert_eq!(end_of("cn-general-25k", noon(2020, 5, 1)), "2021-06-01T00:00:00");
    assert_eq!(end_of("free-monthly", noon(2022, 11, 15)), "2022-12-15T00:00:00");
    assert_eq!(end_of("cn-month", noon(2022, 8, 1)), "2022-10-01T00:00:00");
    assert_eq!(end_of("cn-month", noon(2022, 10, 1)), "2022-11-02T00:00:00");
    assert_eq!(end_of("cn-month", noon(2024, 1, 31)), "2024-03-01T00:00:00");
    assert_eq!(end_of("rtc-engine-lite", noon(2023, 3, 1)), "2023-04-01T00:00:00");
}

#[test]
fn cycles_keep_the_day_of_the_purchase() {
    let mut account = Account::new(Site::Intl, date(2023, 1, 1), date(2024, 4, 1));
    account.subscriptions.push(Subscription {
        id: "sub".to_string(),
        plan: "call-1v1".to_string(),
        app: APP,
        purchased: date(2024, 1, 31).at(23, 58, 0, 0),
        auto_renew: true,
        end: None,
        paid: None,
        ended: None,
    });
    let starts: Vec<String> = pots(&account).iter().map(|pot| format!("{} {}", pot.id, pot.start.date())).collect();
    assert_eq!(starts, ["sub#1 2024-01-31", "sub#2 2024-02-29", "sub#3 2024-03-31", "sub#4 2024-04-30"]);
    assert_eq!(pots(&account)[0].ready, date(2024, 2, 1).at(0, 3, 0, 0));
    assert_eq!(free_users(&account, APP, date(2024, 2, 1)), dec("5000"));
}

#[test]
fn guide_2024_10_intervals_take_one_none_one() {
    let mut account = Account::new(Site::Intl, date(2023, 3, 1), date(2024, 10, 1));
    account.grants.push(Grant::new("free", "free-monthly", at(date(2024, 10, 1), 0, 0)));
    let sound = |minute, seconds| Usage::seconds(at(date(2024, 10, 2), 0, minute), APP, "av.audio", seconds);
    let usage = [sound(0, 30), sound(5, 20), sound(10, 40)];
    let minutes: Vec<String> = rate(&account, &usage).rows.iter().map(|row| plain(row.minutes)).collect();
    assert_eq!(minutes, ["1", "0", "1"]);
    assert_eq!(
        drawn(&account, &usage),
        [
            "2024-10-02T00:00:00,1400000001,av.audio,free,1,1,10000,1,9999",
            "2024-10-02T00:10:00,1400000001,av.audio,free,1,1,9999,1,9998"
        ]
    );
}

#[test]
fn package_page_2022_08_an_hd_minute_takes_four_and_half_a_minute_is_covered() {
    let mut account = cn_daily(date(2023, 5, 1));
    account.grants.push(custom("g", at(date(2023, 4, 1), 0, 0), "6"));
    let usage = [Usage::seconds(at(date(2023, 5, 2), 0, 0), APP, "av.hd", 120)];
    assert_eq!(drawn(&account, &usage), ["2023-05-02T00:00:00,1400000001,av.hd,g,1.5,4,6,6,0"]);
    let csv = charges_csv(&account, &usage);
    assert!(csv.ends_with(",2023-05-02,av.hd,min,120,2,1.5,0.5,0.028,0.014,CNY,cn-2022\n"), "{csv}");
    account.whole_minutes = true;
    assert_eq!(drawn(&account, &usage), ["2023-05-02T00:00:00,1400000001,av.hd,g,1,4,6,4,2"]);
}

#[test]
fn account_scope_gives_the_minute_to_the_app_that_tips_it() {
    let account = cn_daily(date(2023, 5, 1));
    let start = at(date(2023, 5, 2), 0, 0);
    let usage = [Usage::seconds(start, OTHER, "av.sd", 40), Usage::seconds(start, APP, "av.sd", 30)];
    let minutes: Vec<String> =
        rate(&account, &usage).lines.iter().map(|line| format!("{:?} {}", line.app, plain(line.billable))).collect();
    assert_eq!(minutes, ["Some(1400000001) 1", "Some(1400000002) 1"]);
}

/// Bought at 23:58, ready at 00:03 of the next day: the evening and the first
/// interval of the night are caught up after the other grant has had its turn,
/// yesterday's usage is not.
#[test]
fn a_package_catches_up_from_midnight_of_its_day() {
    let mut account = cn_daily(date(2023, 5, 1));
    account.grants.push(custom("old", at(date(2023, 4, 1), 0, 0), "1"));
    account.grants.push(custom("new", at(date(2023, 5, 9), 23, 58), "100"));
    let sound = |day, hour, minute| Usage::seconds(at(date(2023, 5, day), hour, minute), APP, "av.audio", 120);
    let usage = [sound(8, 23, 55), sound(9, 0, 0), sound(10, 0, 0), sound(10, 0, 5)];
    assert_eq!(
        drawn(&account, &usage),
        [
            "2023-05-08T23:55:00,1400000001,av.audio,old,1,1,1,1,0",
            "2023-05-09T00:00:00,1400000001,av.audio,new,2,1,100,2,98",
            "2023-05-10T00:00:00,1400000001,av.audio,new,2,1,98,2,96",
            "2023-05-10T00:05:00,1400000001,av.audio,new,2,1,96,2,94"
        ]
    );
}

/// On cn-2019 a package works from the payment and goes back to the 1st.
#[test]
fn a_cn_2019_package_catches_up_from_the_first_of_the_month() {
    let mut account = Account::new(Site::Cn, date(2019, 1, 1), date(2019, 6, 1));
    account.grants.push(Grant::new("g", "cn2019-starter", date(2019, 6, 20).at(10, 0, 1, 0)));
    let call = |month, day, hour, minute| Usage::seconds(at(date(2019, month, day), hour, minute), APP, "av.call", 60);
    let usage = [call(5, 31, 23, 55), call(6, 1, 0, 0), call(6, 20, 10, 0), call(6, 20, 10, 5)];
    let times: Vec<String> = drawn(&account, &usage).iter().map(|line| line[..16].to_string()).collect();
    assert_eq!(times, ["2019-06-01T00:00", "2019-06-20T10:00", "2019-06-20T10:05"]);
}

/// Bound minutes go before the account's on the international site, and serve
/// all applications while the offer of 2024 lasts: then the earlier end leads.
#[test]
fn the_offer_makes_engine_minutes_the_accounts() {
    let mut account = Account::new(Site::Intl, date(2023, 3, 1), date(2024, 10, 1));
    account.subscriptions.push(Subscription {
        id: "sub".to_string(),
        plan: "rtc-engine-lite".to_string(),
        app: APP,
        purchased: at(date(2024, 10, 1), 9, 0),
        auto_renew: false,
        end: None,
        paid: None,
        ended: None,
    });
    let sound = |day, app| Usage::seconds(at(date(2024, 10, day), 10, 0), app, "av.audio", 60);
    let usage = [sound(11, APP), sound(11, OTHER), sound(12, APP), sound(12, OTHER)];
    let apps: Vec<String> = drawn(&account, &usage).iter().map(|line| line[8..30].to_string()).collect();
    assert_eq!(apps, ["11T10:00:00,1400000001", "12T10:00:00,1400000001", "12T10:00:00,1400000002"]);
}

/// Free minutes first, then those of the application, then the earlier end; on
/// the Chinese site the binding plays no part.
#[test]
fn grants_are_asked_in_order() {
    let minutes = |minutes: &str| Some((at(date(2025, 3, 1), 0, 0), dec(minutes)));
    let bought = |id: &str, plan: &str, day| Grant::new(id, plan, at(date(2025, 2, day), 0, 0));
    let mut account = Account::new(Site::Intl, date(2023, 3, 1), date(2025, 3, 1));
    account.grants = vec![
        Grant { opening: minutes("1"), app: Some(APP), ..bought("late", "call-1v1", 27) },
        Grant { opening: minutes("1"), app: Some(APP), ..bought("early", "live-lite", 20) },
        Grant { opening: minutes("1"), ..bought("free", "free-monthly", 28) },
    ];
    let usage = [Usage::seconds(at(date(2025, 3, 5), 0, 0), APP, "av.audio", 180)];
    let asked = |account: &Account, usage: &[Usage]| -> Vec<String> {
        drawn(account, usage).iter().map(|line| line.split(',').nth(3).unwrap().to_string()).collect()
    };
    assert_eq!(asked(&account, &usage), ["free", "early", "late"]);

    let mut account = cn_daily(date(2023, 5, 1));
    let month = Grant { minutes: Some(dec("1")), ..Grant::new("month", "cn-month", at(date(2023, 4, 20), 0, 0)) };
    let short = Grant { end: Some(at(date(2023, 5, 10), 0, 0)), ..custom("short", at(date(2023, 4, 25), 0, 0), "1") };
    account.grants = vec![Grant { app: Some(APP), ..month }, short];
    let usage = [Usage::seconds(at(date(2023, 5, 5), 0, 0), APP, "av.audio", 120)];
    assert_eq!(asked(&account, &usage), ["short", "month"]);
}

/// A renewal works from its midnight and leaves what was before it uncovered.
#[test]
fn a_renewal_catches_nothing_up() {
    let mut account = Account::new(Site::Intl, date(2023, 3, 1), date(2025, 3, 1));
    account.subscriptions.push(Subscription {
        id: "sub".to_string(),
        plan: "rtc-engine-lite".to_string(),
        app: APP,
        purchased: date(2025, 2, 10).at(15, 20, 0, 0),
        auto_renew: true,
        end: Some(date(2025, 4, 10)),
        paid: None,
        ended: None,
    });
    let sound =
        |day, hour, minutes: i64| Usage::seconds(at(date(2025, 3, day), hour, 55), APP, "av.audio", minutes * 60);
    let usage = [sound(9, 23, 50_007), sound(10, 0, 3)];
    assert_eq!(
        drawn(&account, &usage),
        [
            "2025-03-09T23:55:00,1400000001,av.audio,sub#1,50000,1,50000,50000,0",
            "2025-03-10T00:55:00,1400000001,av.audio,sub#2,3,1,50000,3,49997"
        ]
    );
    let fees: Vec<String> = rate(&account, &usage).lines.iter().map(|l| format!("{} {}", l.day, l.item)).collect();
    assert_eq!(fees, ["2025-03-09 av.audio", "2025-03-10 av.audio", "2025-03-10 fee.rtc-engine-lite"]);
}

#[test]
fn free_images_go_to_the_lower_app_first() {
    let account = Account::new(Site::Intl, date(2023, 3, 1), date(2024, 10, 1));
    let images = |app, count| Usage::seconds(at(date(2024, 10, 3), 0, 0), app, "snapshot", count);
    let lines = rate(&account, &[images(OTHER, 5_000), images(APP, 7_001)]).lines;
    let charged: Vec<String> =
        lines.iter().map(|line| format!("{} {}", plain(line.covered), plain(line.charged))).collect();
    assert_eq!(charged, ["8 0", "2 3"]);
}

#[test]
fn cards_follow_the_first_app_and_the_first_general_package() {
    let mut account = Account::new(Site::Cn, date(2019, 3, 1), date(2020, 6, 1));
    account.grants.push(custom("g", at(date(2020, 6, 15), 14, 0), "100"));
    assert_eq!(cards::card_on(&account, date(2020, 6, 14)), Card::Cn2019);
    assert_eq!(cards::card_on(&account, date(2020, 6, 15)), Card::Cn2020);
    assert_eq!(cards::card_on(&account, date(2022, 8, 1)), Card::Cn2022);
    let usage = [
        Usage::seconds(at(date(2020, 6, 14), 23, 55), APP, "av.call", 61),
        Usage::seconds(at(date(2020, 6, 15), 0, 0), APP, "av.hdplus", 61),
    ];
    let items: Vec<String> = rate(&account, &usage)
        .lines
        .iter()
        .map(|line| format!("{} {} {}", line.day, line.item, plain(line.charged)))
        .collect();
    assert_eq!(items, ["2020-06 av.call 2", "2020-06 av.hdplus 0"]);
}

#[test]
fn contract_terms_are_exact() {
    let mut account = Account::new(Site::Intl, date(2023, 3, 1), date(2024, 10, 1));
    account.discount = Some(dec("0.85"));
    let usage = [Usage::seconds(at(date(2024, 10, 3), 0, 0), APP, "av.hd", 60)];
    let line = rate(&account, &usage).lines.remove(0);
    assert_eq!((plain(line.unit_price), plain(line.amount)), ("0.0033915".to_string(), "0.0033915".to_string()));
}

#[test]
fn the_bill_by_deduction_holds_the_days_before() {
    let mut account = Account::new(Site::Intl, date(2023, 3, 1), date(2024, 10, 1));
    account.cut = super::Cut::Deduction;
    let sound = |month, day| Usage::seconds(at(date(2024, month, day), 0, 0), APP, "av.audio", 60);
    let images = Usage::seconds(at(date(2024, 9, 3), 0, 0), APP, "snapshot", 1);
    let usage = [sound(9, 29), sound(9, 30), sound(10, 30), sound(10, 31), images];
    let days: Vec<String> = rate(&account, &usage).lines.iter().map(|line| line.day.clone()).collect();
    assert_eq!(days, ["2024-09", "2024-09-30", "2024-10-30"]);
}

#[test]
fn custom_packages_are_priced_by_the_band_of_the_total() {
    let prices = [24_999, 25_000, 250_000, 1_000_000, 3_000_000, 3_000_001].map(|minutes| plain(custom_price(minutes)));
    assert_eq!(prices, ["174.99", "168", "1588", "5968", "16888.02", "16888.03"]);
}
