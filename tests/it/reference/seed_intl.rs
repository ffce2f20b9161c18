//! The amounts of the examples in 实时音视频 购买指南 (2024-10). The
//! clocks are run by hand here: an example's stretch of time is written as the
//! seconds of the tier that its pictures add up to.

use jiff::civil::{Date, DateTime, date};
use rust_decimal::Decimal;

use super::{Account, Card, Site, Subscription, Usage, dec, payable, plain, rate};

const APP: u64 = 1_400_000_001;

fn account(period: Date) -> Account {
    Account::new(Site::Intl, date(2024, 1, 1), period)
}

/// One stretch of an actor: its pictures' areas decide the tier.
fn stretch(start: DateTime, family: &str, areas: &[u64], seconds: i64) -> Usage {
    let sum: u64 = areas.iter().sum();
    let tier = if sum == 0 { "audio" } else { Card::Intl2024.tier(sum, start.date()).unwrap() };
    Usage::seconds(start, APP, &format!("{family}.{tier}"), seconds)
}

fn amounts(account: &Account, usage: &[Usage]) -> Vec<String> {
    rate(account, usage).lines.iter().map(|l| format!("{} {} {}", l.item, plain(l.charged), plain(l.amount))).collect()
}

fn monthly(start: DateTime, item: &str, quantity: &str) -> Usage {
    Usage { quantity: dec(quantity), ..Usage::seconds(start, APP, item, 0) }
}

/// 实时音视频 购买指南 (2024-10) example 1: the sharer A receives B and C; B and C receive two cameras
/// and the screen; two viewers all four pictures; one viewer sound alone.
#[test]
fn guide_2024_10_example_1_of_audio_and_video_time() {
    let at = date(2024, 10, 1).at(10, 0, 0, 0);
    let (a, b, c, screen) = (960 * 720, 640 * 480, 640 * 480, 1920 * 1080);
    let people: [&[u64]; 6] = [&[b, c], &[a, c, screen], &[a, b, screen], &[a, b, c, screen], &[a, b, c, screen], &[]];
    let mut usage: Vec<Usage> = people.iter().map(|areas| stretch(at, "av", areas, 3600)).collect();
    usage.rotate_left(2);
    let account = account(date(2024, 10, 1));
    assert_eq!(amounts(&account, &usage), ["av.audio 60 0.0594", "av.hd 60 0.2394", "av.2k 240 3.8376"]);
    let lines = rate(&account, &usage).lines;
    assert_eq!(plain(lines.iter().map(|line| line.amount).sum::<Decimal>()), "4.1364");
    assert_eq!(payable(&lines), dec("4.14"));
}

/// 实时音视频 购买指南 (2024-10) example 2: five people receive HD in sum, one viewer sound alone.
#[test]
fn guide_2024_10_example_2_of_audio_and_video_time() {
    let at = date(2024, 10, 1).at(10, 0, 0, 0);
    let camera = 480 * 480;
    let people: [&[u64]; 6] = [&[camera; 2], &[camera; 2], &[camera; 2], &[camera; 3], &[camera; 3], &[]];
    let usage: Vec<Usage> = people.iter().map(|areas| stretch(at, "av", areas, 3600)).collect();
    let account = account(date(2024, 10, 1));
    assert_eq!(amounts(&account, &usage), ["av.audio 60 0.0594", "av.hd 300 1.197"]);
    assert_eq!(payable(&rate(&account, &usage).lines), dec("1.26"));
}

/// 实时音视频 购买指南 (2024-10) recording: by the daily rule the sound is 84 + 167 = 251 minutes (the
/// example prints 250); both come to 1.62.
#[test]
fn guide_2024_10_recording() {
    let small = 640 * 360;
    let three = [small, 1280 * 720, 960 * 720];
    let four = [small, 1280 * 720, 960 * 720, 1920 * 1080];
    let day = |day| date(2024, 10, day).at(9, 0, 0, 0);
    let usage = [
        stretch(day(11), "rec", &[], 5000),
        stretch(day(12), "rec", &[], 10_000),
        stretch(day(13), "rec", &[small; 4], 3500),
        stretch(day(14), "rec", &three, 1800),
        stretch(date(2024, 10, 14).at(9, 30, 0, 0), "rec", &four, 540),
    ];
    let account = account(date(2024, 10, 1));
    assert_eq!(
        amounts(&account, &usage),
        ["rec.audio 84 0.12516", "rec.audio 167 0.24883", "rec.hd 59 0.35341", "rec.fhd 30 0.4047", "rec.4k 9 0.48591"]
    );
    assert_eq!(payable(&rate(&account, &usage).lines), dec("1.62"));
}

#[test]
fn guide_2024_10_delivery() {
    let at = date(2024, 10, 1).at(10, 0, 0, 0);
    let usage = [stretch(at, "deliver.third", &[], 600), stretch(at, "deliver.tencent", &[1920 * 1080], 600)];
    let account = account(date(2024, 10, 1));
    assert_eq!(amounts(&account, &usage), ["deliver.tencent.fhd 10 0.0029", "deliver.third.audio 10 0.0013"]);
}

/// 实时音视频 购买指南 (2024-10) mixing: two hosts' sound for 30 minutes; two tasks of 10 minutes with
/// a Full HD and an HD input each.
#[test]
fn guide_2024_10_mixing() {
    let at = date(2024, 10, 1).at(10, 0, 0, 0);
    let usage = [stretch(at, "mix", &[], 1800)];
    let account = account(date(2024, 10, 1));
    assert_eq!(amounts(&account, &usage), ["mix.audio 30 0.0597"]);
    let task = stretch(at, "mix.h264", &[1920 * 1080, 1280 * 720], 600);
    assert_eq!(amounts(&account, &[task.clone(), task]), ["mix.h264.2k 20 0.5198"]);
}

#[test]
fn guide_2024_10_relay() {
    let at = date(2024, 10, 1).at(10, 0, 0, 0);
    let account = account(date(2024, 10, 1));
    assert_eq!(amounts(&account, &[monthly(at, "relay.tencent", "5")]), ["relay.tencent 0 0"]);
    assert_eq!(amounts(&account, &[monthly(at, "relay.tencent", "150")]), ["relay.tencent 150 2848.5"]);
    assert_eq!(amounts(&account, &[monthly(at, "relay.third", "5")]), ["relay.third 5 94.95"]);
    // Section 9: exactly 100 Mbps is charged; just below it is not.
    assert_eq!(amounts(&account, &[monthly(at, "relay.tencent", "100")]), ["relay.tencent 100 1899"]);
    assert_eq!(amounts(&account, &[monthly(at, "relay.tencent", "99.99")]), ["relay.tencent 0 0"]);
}

/// 实时音视频 购买指南 (2024-10) snapshots: 8 thousand are free; of 22 thousand 12 are charged (the
/// example prices 20 after computing 12).
#[test]
fn guide_2024_10_snapshots() {
    let at = date(2024, 10, 1).at(10, 0, 0, 0);
    let account = account(date(2024, 10, 1));
    assert_eq!(amounts(&account, &[monthly(at, "snapshot", "8000")]), ["snapshot 0 0"]);
    assert_eq!(amounts(&account, &[monthly(at, "snapshot", "22000")]), ["snapshot 12 0.36"]);
    assert_eq!(amounts(&account, &[monthly(at, "snapshot", "21001")]), ["snapshot 12 0.36"]);
}

/// 实时音视频 购买指南 (2024-10) Live Standard and Call 1v1 on one application: 15,000 users and
/// 400,000 minutes are free.
#[test]
fn guide_2024_10_two_products_on_one_app() {
    let mut account = account(date(2025, 3, 1));
    for (id, plan) in [("live", "live-standard"), ("call", "call-1v1")] {
        account.subscriptions.push(Subscription {
            id: id.to_string(),
            plan: plan.to_string(),
            app: APP,
            purchased: date(2025, 2, 20).at(12, 0, 0, 0),
            auto_renew: false,
            end: None,
            paid: None,
            ended: None,
        });
    }
    let users = monthly(date(2025, 3, 1).at(0, 0, 0, 0), "mau", "15001");
    let sound = Usage::seconds(date(2025, 3, 2).at(0, 0, 0, 0), APP, "av.audio", 400_001 * 60);
    assert_eq!(amounts(&account, &[users, sound]), ["mau 1 0.015", "av.audio 1 0.00099"]);
}
