//! The worked examples of the vendor's documents, through the tool: from call
//! records where the example tells who received what, else from usage.

use std::fs;

use trtc_recon::read::ReadOptions;
use trtc_recon::rules::Cards;
use trtc_recon::tools::meter;

use crate::run::{charges, report};

const INTL: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
                    first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";
const CALLS: &str = "sdk_app_id,room_id,actor_id,activity,start,end,streams,output,copies\n";
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n";

/// Usage of call records on a card.
fn metered(calls: &str, card: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.csv");
    fs::write(&path, format!("{CALLS}{calls}")).unwrap();
    let cards = Cards::embedded();
    let (csv, _) = meter::run(&path, cards.get(card).unwrap(), &ReadOptions::default(), false)
        .unwrap_or_else(|found| panic!("{:?}", found.iter().map(ToString::to_string).collect::<Vec<_>>()));
    String::from_utf8(csv).unwrap()
}

/// A stay from 10:00 on 2024-10-08, for so many minutes.
fn stay(actor: &str, activity: &str, minutes: u32, streams: &str) -> String {
    let end = format!("2024-10-08 {:02}:{:02}:00", 10 + minutes / 60, minutes % 60);
    format!("1400000001,r,{actor},{activity},2024-10-08 10:00:00,{end},{streams},,\n")
}

/// 实时音视频 购买指南 (2024-10) 音视频时长计费说明, 示例1: HD 60 x 3.99, 2K 240 x 15.99, audio 60 x 0.99 per 1,000.
#[test]
fn guide_2024_10_six_users_with_a_shared_screen() {
    let all = "960x720+640x480+640x480+1920x1080";
    let calls = [
        stay("A", "room", 60, "640x480+640x480"),
        stay("B", "room", 60, "960x720+640x480+1920x1080"),
        stay("C", "room", 60, "960x720+640x480+1920x1080"),
        stay("v1", "room", 60, all),
        stay("v2", "room", 60, all),
        stay("v3", "room", 60, ""),
    ];
    let report = report(INTL, &metered(&calls.concat(), "intl-2024"), None);
    assert_eq!(
        charges(&report),
        [
            "2024-10-08 1400000001 av.audio 60 0 0.0594",
            "2024-10-08 1400000001 av.hd 60 0 0.2394",
            "2024-10-08 1400000001 av.2k 240 0 3.8376"
        ]
    );
    assert_eq!((report.expected_total.to_string(), report.payable_total.to_string()), ("4.1364".into(), "4.14".into()));
}

/// 实时音视频 购买指南 (2024-10) 示例2: five users of 480x480 pictures, one of sound alone.
#[test]
fn guide_2024_10_six_users_in_hd() {
    let two = "480x480+480x480";
    let three = "480x480+480x480+480x480";
    let rooms = [("A", two), ("B", two), ("C", two), ("D", three), ("v1", three), ("v2", "")];
    let calls: String = rooms.iter().map(|(actor, streams)| stay(actor, "room", 60, streams)).collect();
    let report = report(INTL, &metered(&calls, "intl-2024"), None);
    assert_eq!(
        charges(&report),
        ["2024-10-08 1400000001 av.audio 60 0 0.0594", "2024-10-08 1400000001 av.hd 300 0 1.197"]
    );
    assert_eq!(report.payable_total.to_string(), "1.26");
}

/// 实时音视频 购买指南 (2024-10) 云端录制, 示例二. The document counts 15,000 s of sound as 250 minutes;
/// its own daily rule gives 84 + 167 = 251. Either way it is 1.62.
#[test]
fn guide_2024_10_four_recordings() {
    let calls = "1400000001,r,p1,recording,2024-10-11 10:00:00,2024-10-11 11:23:20,,,\n\
        1400000001,r,p2,recording,2024-10-12 10:00:00,2024-10-12 11:23:20,,,\n\
        1400000001,r,p3,recording,2024-10-12 10:00:00,2024-10-12 11:23:20,,,\n\
        1400000001,r,p4,recording,2024-10-13 10:00:00,2024-10-13 10:58:20,640x360+640x360+640x360+640x360,,\n\
        1400000001,r,p5,recording,2024-10-14 10:00:00,2024-10-14 10:30:00,640x360+1280x720+960x720,,\n\
        1400000001,r,p5,recording,2024-10-14 10:30:00,2024-10-14 10:39:00,640x360+1280x720+960x720+1920x1080,,\n";
    let report = report(INTL, &metered(calls, "intl-2024"), None);
    assert_eq!(
        charges(&report),
        [
            "2024-10-11 1400000001 rec.audio 84 0 0.12516",
            "2024-10-12 1400000001 rec.audio 167 0 0.24883",
            "2024-10-13 1400000001 rec.hd 59 0 0.35341",
            "2024-10-14 1400000001 rec.fhd 30 0 0.4047",
            "2024-10-14 1400000001 rec.4k 9 0 0.48591"
        ]
    );
    assert_eq!(report.payable_total.to_string(), "1.62");
}

/// 实时音视频 购买指南 (2024-10) 录制文件投递: ten minutes of sound to a third party, ten of FHD to the vendor's storage.
#[test]
fn guide_2024_10_delivered_files() {
    let calls = [stay("f1", "deliver.third", 10, ""), stay("f2", "deliver.tencent", 10, "1920x1080")];
    let report = report(INTL, &metered(&calls.concat(), "intl-2024"), None);
    assert_eq!(
        charges(&report),
        [
            "2024-10-08 1400000001 deliver.tencent.fhd 10 0 0.0029",
            "2024-10-08 1400000001 deliver.third.audio 10 0 0.0013"
        ]
    );
}

/// 实时音视频 购买指南 (2024-10) 混流转码: thirty minutes of two voices; two tasks of ten minutes of 2,995,200 px.
#[test]
fn guide_2024_10_mixing() {
    let sound = report(INTL, &metered(&stay("t", "mix.h264", 30, "audio+audio"), "intl-2024"), None);
    assert_eq!(charges(&sound), ["2024-10-08 1400000001 mix.audio 30 0 0.0597"]);
    let tasks = [stay("t1", "mix.h264", 10, "1920x1080+1280x720"), stay("t2", "mix.h264", 10, "1920x1080+1280x720")];
    let pictures = report(INTL, &metered(&tasks.concat(), "intl-2024"), None);
    assert_eq!(charges(&pictures), ["2024-10-08 1400000001 mix.h264.2k 20 0 0.5198"]);
}

fn relay(item: &str, mbps: &str) -> Vec<String> {
    let row = format!("{USAGE}2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,{item},{mbps},Mbps\n");
    charges(&report(INTL, &row, None))
}

/// 实时音视频 购买指南 (2024-10) 转推计费示例: below 100 Mbps to the vendor's own network nothing, else all of it.
#[test]
fn guide_2024_10_relayed_bandwidth() {
    assert_eq!(relay("relay.tencent", "5"), ["2024-10 - relay.tencent 5 5 0"]);
    assert_eq!(relay("relay.tencent", "150"), ["2024-10 - relay.tencent 150 0 2848.5"]);
    assert_eq!(relay("relay.third", "5"), ["2024-10 - relay.third 5 0 94.95"]);
    // Exactly 100 is not below 100.
    assert_eq!(relay("relay.tencent", "100"), ["2024-10 - relay.tencent 100 0 1899"]);
}

/// 实时音视频 购买指南 (2024-10) 视频截图上传: 8,000 images are free; of 22,000 twelve thousand cost 0.36.
/// The document's own sum prices 20 thousand after computing 12.
#[test]
fn guide_2024_10_snapshots() {
    let images = |count: u32| {
        let row = format!("{USAGE}2024-10-01 00:00:00,2024-11-01 00:00:00,1400000001,snapshot,{count},image\n");
        charges(&report(INTL, &row, None))
    };
    assert_eq!(images(8000), ["2024-10 1400000001 snapshot 8 8 0"]);
    assert_eq!(images(22_000), ["2024-10 1400000001 snapshot 22 10 0.36"]);
}

/// 实时音视频 购买指南 (2024-10) 常见问题解答: 30 s, 20 s and 40 s take 1, 0 and 1 minutes of the package.
#[test]
fn guide_2024_10_a_package_is_drawn_down_by_the_days_running_total() {
    let grant = "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01T00:00:00\n";
    let usage = format!(
        "{USAGE}2024-10-08 00:00:00,2024-10-08 00:05:00,1400000001,av.audio,30,s\n\
         2024-10-08 00:05:00,2024-10-08 00:10:00,1400000001,av.audio,20,s\n\
         2024-10-08 00:10:00,2024-10-08 00:15:00,1400000001,av.audio,40,s\n"
    );
    let report = report(&format!("{INTL}{grant}"), &usage, None);
    let taken: Vec<String> =
        report.drawdown.iter().map(|row| format!("{} {} {}", row.time, row.minutes, row.taken)).collect();
    assert_eq!(taken, ["2024-10-08T00:00:00 1 1", "2024-10-08T00:10:00 1 1"]);
}

/// 实时音视频 购买指南 (2024-10) 免费时长说明: given on 2022-11-15, valid to 2022-12-14.
#[test]
fn guide_2024_10_free_minutes_last_a_month() {
    let account = INTL.replace("2024-10", "2022-12").replace("2023-03", "2022-11")
        + "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2022-11-15T00:00:00\n";
    let row = |day: &str| format!("{day} 10:00:00,{day} 10:05:00,1400000001,av.audio,60,s\n");
    let usage = format!("{USAGE}{}{}", row("2022-12-14"), row("2022-12-15"));
    let covered: Vec<String> = report(&account, &usage, None).drawdown.iter().map(|row| row.time.to_string()).collect();
    assert_eq!(covered, ["2022-12-14T10:00:00"]);
}

/// 实时音视频 购买指南 (2024-10) 常见问题解答: Live Standard and Call 1v1 on one app are 15,000 users and 400,000 minutes.
#[test]
fn guide_2024_10_plans_on_one_app_add_up() {
    let plan = |id: &str, plan: &str| {
        format!(
            "[[subscription]]\nid = \"{id}\"\nplan = \"{plan}\"\napp = 1400000001\npurchased = 2024-10-01T00:00:00\n"
        )
    };
    let account = format!("{INTL}{}{}", plan("live", "live-standard"), plan("call", "call-1v1"));
    let usage = format!(
        "{USAGE}2024-10-08 00:00:00,2024-10-08 00:05:00,1400000001,av.audio,24000060,s\n\
         2024-10-01 00:00:00,2024-11-01 00:00:00,1400000001,mau,15001,user\n"
    );
    let report = report(&account, &usage, None);
    assert_eq!(
        charges(&report)[..1],
        ["2024-10 1400000001 mau 15001 15000 0.015".to_owned()],
        "{:?}",
        charges(&report)
    );
    assert!(charges(&report).contains(&"2024-10-08 1400000001 av.audio 400001 400000 0.00099".to_owned()));
}

/// 预付费套餐价格 (2019-03), 套餐包费用 (2019-06): A 10, B 20 and C 10 minutes in one room are 40 minutes.
#[test]
fn package_prices_2019_03_three_stays_add_up() {
    let account = INTL
        .replace("\"intl\"", "\"cn\"")
        .replace("2024-10", "2019-05")
        .replace("2023-03-01", "2019-01-01")
        .replace("2023-03-02", "2019-01-02");
    let stay = |actor: &str, minutes: u32| {
        format!("1400000001,r,{actor},room,2019-05-08 10:00:00,2019-05-08 10:{minutes}:00,,,\n")
    };
    let calls = [stay("A", 10), stay("B", 20), stay("C", 10)].concat();
    let report = report(&account, &metered(&calls, "cn-2019"), None);
    assert_eq!(charges(&report), ["2019-05 1400000001 av.call 40 0 1"]);
}

/// 预付费套餐包 (2022-08): one minute of HD takes four of a general package.
#[test]
fn package_page_2022_08_a_minute_of_hd_takes_four() {
    let account =
        INTL.replace("\"intl\"", "\"cn\"").replace("2023-03-01", "2021-01-01").replace("2023-03-02", "2021-01-02")
            + "[[grant]]\nid = \"p\"\nplan = \"cn-general-25k\"\npurchased = 2024-10-01T09:00:00\n";
    let usage = format!("{USAGE}2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,60,s\n");
    let taken: Vec<String> =
        report(&account, &usage, None).drawdown.iter().map(|row| format!("{} {}", row.minutes, row.taken)).collect();
    assert_eq!(taken, ["1 4"]);
}
