//! From call records to minutes per item: the examples of the
//! documents, the edges of the tiers and of intervals.

use std::collections::BTreeMap;
use std::sync::Arc;

use trtc_recon::case::read::account;
use trtc_recon::model::{Day, Item, Month, Span, Stamp};
use trtc_recon::normalise::usage::usage;
use trtc_recon::read::{InputFile, ReadOptions, open};
use trtc_recon::rules::{Card, Cards};
use trtc_recon::tools::meter::{Activity, CallRecord, MeteredUsage, Picture, Streams, meter, write};

mod laws;

const APP: u64 = 1_400_000_001;

fn card(id: &str) -> Arc<Card> {
    Cards::embedded().get(id).unwrap().clone()
}

/// A record of an actor whose number is its row.
fn record(row: u32, activity: &str, start: &str, seconds: i64, streams: &str) -> CallRecord {
    let from = Stamp::parse(start).unwrap();
    CallRecord {
        app: APP,
        room: 1,
        actor: row,
        activity: Activity::parse(activity).unwrap(),
        span: Span { from, until: from + seconds },
        streams: Arc::new(Streams::parse(streams).unwrap()),
        output: None,
        copies: 1,
        kbps: 0,
        row,
    }
}

/// Records of one activity and start, each of an actor of its own.
fn together(activity: &str, start: &str, seconds: i64, streams: &[&str]) -> Vec<CallRecord> {
    (2..).zip(streams).map(|(row, streams)| record(row, activity, start, seconds, streams)).collect()
}

/// `day item minutes`: the seconds of a day and item, rounded up once.
fn minutes(card_id: &str, records: &[CallRecord]) -> Vec<String> {
    let mut days: BTreeMap<(Day, Item), i64> = BTreeMap::new();
    for used in meter(records, &card(card_id)).unwrap() {
        *days.entry((used.start.day(), used.item)).or_default() += used.seconds;
    }
    let minutes = |seconds: i64| (seconds + 59) / 60;
    days.into_iter().map(|((day, item), seconds)| format!("{day} {item} {}", minutes(seconds))).collect()
}

fn seconds(usage: &[MeteredUsage]) -> Vec<String> {
    usage.iter().map(|used| format!("{} {} {}", used.start, used.item, used.seconds)).collect()
}

/// 预付费套餐价格 (2019-03) and 套餐包费用 (2019-06): A 10, B 20 and C 10 minutes in one room are 40 minutes;
/// the last of them is alone for a while, and pictures play no part.
#[test]
fn package_prices_2019_03_and_package_fees_2019_06_whole_stays_add_up() {
    let records = [
        record(2, "room", "2019-03-15T10:00:00", 600, "audio"),
        record(3, "room", "2019-03-15T10:03:00", 1200, "640x480+1920x1080"),
        record(4, "room", "2019-03-15T10:20:00", 600, ""),
    ];
    assert_eq!(minutes("cn-2019", &records), ["2019-03-15 av.call 40"]);
}

/// 实时音视频 购买指南 (2024-10) example 1: the sharer A receives B and C; B and C receive two cameras
/// and the screen; two viewers all four pictures; one viewer sound alone.
#[test]
fn guide_2024_10_example_1_of_audio_and_video_time() {
    let streams = [
        "640x480+640x480",
        "960x720+640x480+1920x1080",
        "960x720+640x480+1920x1080",
        "960x720+640x480+640x480+1920x1080",
        "960x720+640x480+640x480+1920x1080",
        "audio+audio+audio",
    ];
    let records = together("room", "2024-10-01T10:00:00", 3600, &streams);
    let expected = ["2024-10-01 av.audio 60", "2024-10-01 av.hd 60", "2024-10-01 av.2k 240"];
    assert_eq!(minutes("intl-2024", &records), expected);
}

/// 实时音视频 购买指南 (2024-10) example 2: D sends sound alone, which counts nothing beside pictures.
#[test]
fn guide_2024_10_example_2_of_audio_and_video_time() {
    let (two, three) = ("480x480+480x480+audio", "480x480+480x480+480x480+audio");
    let streams = [two, two, two, "480x480+480x480+480x480", three, "audio+audio+audio+audio"];
    let records = together("room", "2024-10-01T10:00:00", 3600, &streams);
    assert_eq!(minutes("intl-2024", &records), ["2024-10-01 av.audio 60", "2024-10-01 av.hd 300"]);
}

/// 实时音视频 购买指南 (2024-10) recording: by the daily rule 84 + 167 minutes of sound (the example
/// prints 250 for both days), HD 59, FHD 30, 2K+ 9.
#[test]
fn guide_2024_10_recording() {
    let mut records = together("recording", "2024-10-11T09:00:00", 5000, &["audio+audio+audio+audio"]);
    records.extend(together("recording", "2024-10-12T09:00:00", 5000, &["audio+audio+audio+audio"; 2]));
    let four = "640x360+640x360+640x360+640x360";
    records.extend(together("recording", "2024-10-13T09:00:00", 3500, &[four]));
    let process = "640x360+1280x720+960x720";
    records.push(record(2, "recording", "2024-10-14T09:00:00", 1800, process));
    records.push(record(2, "recording", "2024-10-14T09:30:00", 540, &format!("{process}+1920x1080")));
    let expected = [
        "2024-10-11 rec.audio 84",
        "2024-10-12 rec.audio 167",
        "2024-10-13 rec.hd 59",
        "2024-10-14 rec.fhd 30",
        "2024-10-14 rec.4k 9",
    ];
    assert_eq!(minutes("intl-2024", &records), expected);
}

/// 实时音视频 购买指南 (2024-10): several formats of one recording are charged each.
#[test]
fn guide_2024_10_recording_in_two_formats_counts_twice() {
    let one = record(2, "recording", "2024-10-11T09:00:00", 600, "960x720+960x720");
    let both = CallRecord { copies: 2, ..one.clone() };
    assert_eq!(minutes("intl-2024", &[one]), ["2024-10-11 rec.fhd 10"]);
    assert_eq!(minutes("intl-2024", &[both]), ["2024-10-11 rec.fhd 20"]);
}

/// 实时音视频 购买指南 (2024-10) delivery: 10 minutes of sound to a third party, 10 minutes of FHD to
/// the vendor's storage.
#[test]
fn guide_2024_10_delivery() {
    let sound = record(2, "deliver.third", "2024-10-01T09:00:00", 600, "audio");
    let picture = record(3, "deliver.tencent", "2024-10-01T09:00:00", 600, "1920x1080");
    let expected = ["2024-10-01 deliver.tencent.fhd 10", "2024-10-01 deliver.third.audio 10"];
    assert_eq!(minutes("intl-2024", &[sound, picture]), expected);
}

/// 实时音视频 购买指南 (2024-10) mixing: 30 minutes of two hosts' sound; then two tasks of 10 minutes
/// with 2,995,200 px each, 2K whatever their outputs are.
#[test]
fn guide_2024_10_mixing() {
    let sound = record(2, "mix.h264", "2024-10-01T09:00:00", 1800, "audio+audio");
    assert_eq!(minutes("intl-2024", &[sound]), ["2024-10-01 mix.audio 30"]);
    let task = |row, output: &str| CallRecord {
        output: Picture::parse(output),
        ..record(row, "mix.h264", "2024-10-01T10:00:00", 600, "1920x1080+1280x720")
    };
    let records = [task(2, "1920x1080"), task(3, "1280x720")];
    assert_eq!(minutes("intl-2024", &records), ["2024-10-01 mix.h264.2k 20"]);
}

/// 后付费 (2020-09), 预付费套餐包 (2022-08): each received picture runs the clock of its own tier.
#[test]
fn postpaid_2020_09_and_package_page_2022_08_each_picture_apart() {
    let streams = ["640x480+1280x720+1920x1080+audio", "640x480+640x480", "audio"];
    let records = together("room", "2022-08-01T10:00:00", 60, &streams);
    let expected = ["2022-08-01 av.audio 1", "2022-08-01 av.sd 3", "2022-08-01 av.hd 1", "2022-08-01 av.fhd 1"];
    assert_eq!(minutes("cn-2022", &records), expected);
    let expected = ["2022-08-01 av.audio 1", "2022-08-01 av.sd 3", "2022-08-01 av.hd 1", "2022-08-01 av.hdplus 1"];
    assert_eq!(minutes("cn-2020", &records), expected);
}

/// The tier of one received picture, or `-` where it has none.
fn tier(card_id: &str, day: &str, activity: &str, picture: &str) -> String {
    let record = record(2, activity, &format!("{day}T10:00:00"), 60, picture);
    match meter(&[record], &card(card_id)) {
        Ok(usage) => usage.iter().map(|used| used.item.id()).collect(),
        Err(why) => {
            assert_eq!(why.iter().map(|d| d.code).collect::<Vec<_>>(), ["meter-picture-too-large"]);
            "-".to_owned()
        }
    }
}

/// For each upper bound: the largest picture inside and the smallest beyond.
#[test]
fn the_upper_bound_of_a_tier_belongs_to_it() {
    let at = ["640x480", "1280x720", "1920x1080", "2560x1440", "4096x2160"];
    // 3, 2, 2, 6 and 6 px more: the next areas that two sides can give.
    let over = ["7877x39", "1793x514", "7459x278", "2654x1389", "3623x2442"];
    let areas = |pictures: [&str; 5]| pictures.map(|picture| Picture::parse(picture).unwrap().area());
    assert_eq!(areas(at), [307_200, 921_600, 2_073_600, 3_686_400, 8_847_360]);
    assert_eq!(areas(over), [307_203, 921_602, 2_073_602, 3_686_406, 8_847_366]);

    let table: [(&str, &str, [&str; 5], [&str; 5]); 8] = [
        ("cn-2019", "2019-03-15", ["av.call"; 5], ["av.call"; 5]),
        (
            "cn-2019b",
            "2020-01-01",
            ["av.sd", "av.hd", "av.hdplus", "av.hdplus", "av.hdplus"],
            ["av.hd", "av.hdplus", "av.hdplus", "av.hdplus", "av.hdplus"],
        ),
        (
            "cn-2020",
            "2021-01-01",
            ["av.sd", "av.hd", "av.hdplus", "av.hdplus", "av.hdplus"],
            ["av.hd", "av.hdplus", "av.hdplus", "av.hdplus", "av.hdplus"],
        ),
        (
            "cn-2022",
            "2022-09-01",
            ["av.sd", "av.hd", "av.fhd", "av.2k", "av.4k"],
            ["av.hd", "av.fhd", "av.2k", "av.4k", "-"],
        ),
        (
            "intl-2020",
            "2021-01-01",
            ["av.sd", "av.hd", "av.hdplus", "av.hdplus", "av.hdplus"],
            ["av.hd", "av.hdplus", "av.hdplus", "av.hdplus", "av.hdplus"],
        ),
        ("intl-2021", "2021-12-01", ["av.sd", "av.hd", "av.fhd", "-", "-"], ["av.hd", "av.fhd", "-", "-", "-"]),
        (
            "intl-2022",
            "2023-01-01",
            ["av.hd", "av.hd", "av.fhd", "av.2k", "av.4k"],
            ["av.hd", "av.fhd", "av.2k", "av.4k", "-"],
        ),
        (
            "intl-2024",
            "2024-10-01",
            ["av.hd", "av.hd", "av.fhd", "av.2k", "av.4k"],
            ["av.hd", "av.fhd", "av.2k", "av.4k", "-"],
        ),
    ];
    for (card, day, inside, beyond) in table {
        assert_eq!(at.map(|picture| tier(card, day, "room", picture)), inside, "{card}");
        assert_eq!(over.map(|picture| tier(card, day, "room", picture)), beyond, "{card}");
    }
}

#[test]
fn delivery_and_mixing_reach_to_4096x2176() {
    for service in ["deliver.tencent", "deliver.third", "mix.h264", "mix.h265"] {
        assert_eq!(tier("intl-2024", "2024-10-01", service, "4096x2176"), format!("{service}.4k"));
        assert_eq!(tier("intl-2024", "2024-10-01", service, "4096x2177"), "-");
    }
    assert_eq!(tier("intl-2024", "2024-10-01", "recording", "4096x2160"), "rec.4k");
    assert_eq!(tier("intl-2024", "2024-10-01", "recording", "4096x2176"), "-");
}

/// Area decides, not width and height each.
#[test]
fn a_picture_of_720x360_is_sd_on_cn_and_hd_on_intl_cards() {
    assert_eq!(tier("cn-2020", "2021-01-01", "room", "720x360"), "av.sd");
    assert_eq!(tier("cn-2022", "2022-09-01", "room", "720x360"), "av.sd");
    assert_eq!(tier("intl-2022", "2023-01-01", "room", "720x360"), "av.hd");
    assert_eq!(tier("intl-2024", "2024-10-01", "room", "720x360"), "av.hd");
}

/// `cn-2019b`: 640x480 was HD until 2019-12-03; a row over that midnight is
/// parted there.
#[test]
fn a_tier_changes_within_a_row() {
    assert_eq!(tier("cn-2019b", "2019-12-03", "room", "640x360"), "av.sd");
    let records = [record(2, "room", "2019-12-03T23:59:00", 180, "640x480")];
    assert_eq!(
        seconds(&meter(&records, &card("cn-2019b")).unwrap()),
        ["2019-12-03T23:55:00 av.hd 60", "2019-12-04T00:00:00 av.sd 120"]
    );
}

#[test]
fn seconds_are_split_at_the_edge_of_an_interval() {
    let of = |start, length| seconds(&meter(&[record(2, "room", start, length, "")], &card("intl-2024")).unwrap());
    assert_eq!(of("2024-10-01T00:00:00", 300), ["2024-10-01T00:00:00 av.audio 300"]);
    assert_eq!(of("2024-10-01T00:00:00", 301), ["2024-10-01T00:00:00 av.audio 300", "2024-10-01T00:05:00 av.audio 1"]);
    assert_eq!(of("2024-10-01T00:04:59", 2), ["2024-10-01T00:00:00 av.audio 1", "2024-10-01T00:05:00 av.audio 1"]);
    assert_eq!(
        of("2024-10-31T23:59:58", 5),
        ["2024-10-31T23:55:00 av.audio 2", "2024-11-01T00:00:00 av.audio 3"],
        "over midnight and into another month"
    );
}

#[test]
fn a_row_over_a_leap_day_counts_every_second_of_it() {
    let records = [record(2, "room", "2024-02-28T23:59:59", 86_402, "1280x720")];
    let usage = meter(&records, &card("intl-2024")).unwrap();
    assert_eq!(usage.len(), 1 + 288 + 1);
    let of_day = |day: &str| -> i64 {
        usage.iter().filter(|used| used.start.day() == Day::parse(day).unwrap()).map(|used| used.seconds).sum()
    };
    assert_eq!((of_day("2024-02-28"), of_day("2024-02-29"), of_day("2024-03-01")), (1, 86_400, 1));
}

/// What is written is what the tool reads as usage, to the second.
#[test]
fn the_tidy_form_is_read_back_as_it_was_metered() {
    let streams = ["", "640x480+1920x1080", "1280x720+audio"];
    let metered = meter(&together("room", "2024-10-31T23:00:01", 7_205, &streams), &card("intl-2024")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let location = folder.path().join("usage.csv");
    std::fs::write(&location, write(&metered)).unwrap();
    let file = InputFile { path: "usage/usage.csv".to_owned(), location };
    let opened = open(&file, &mut 0, &ReadOptions::default()).remove(0);
    let account = account(
        "account.toml",
        "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
         first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n",
    )
    .unwrap();
    let months = Span { until: Month::parse("2024-11").unwrap().span().until, ..account.period.unwrap().span() };
    let read = usage(&opened.tables, &account, months);
    assert!(!read.diagnostics.has_errors(), "{:?}", read.diagnostics);
    let mut read: Vec<_> = read.usage.iter().map(|u| (u.start, u.seconds, u.app, u.item, u.quantity)).collect();
    read.sort_unstable();
    let metered: Vec<_> = metered.iter().map(|m| (m.start, 300, m.app, m.item, m.seconds)).collect();
    assert_eq!(read, metered);
}
