//! The command on whole files: what is written, and what is refused where.

use std::io::Write as _;

use super::*;
use crate::rules::Cards;

const HEADER: &str = "sdk_app_id,room_id,actor_id,activity,start,end,streams";

fn run_on(card: &str, text: &str) -> Result<(String, Counts), Diagnostics> {
    let mut file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let cards = Cards::embedded();
    let (csv, counts) = run(file.path(), cards.get(card).unwrap(), &ReadOptions::default(), false)?;
    Ok((String::from_utf8(csv).unwrap(), counts))
}

fn refused(card: &str, rows: &str) -> Vec<String> {
    refused_as(card, &format!("{HEADER}\n{rows}"))
}

/// Returns the errors as `code cell`.
fn refused_as(card: &str, text: &str) -> Vec<String> {
    let told = |d: &Diagnostic| {
        let place = d.at.to_string();
        format!("{} {}", d.code, place.rsplit_once('!').map_or("", |(_, cell)| cell))
    };
    run_on(card, text).unwrap_err().iter().map(told).collect()
}

#[test]
fn usage_is_written_by_start_application_and_item() {
    let text = format!(
        "{HEADER},copies\n\
         2,r,u,room,2024-10-01T00:04:50,2024-10-01T00:05:01,1280x720,\n\
         1,r,u,room,2024-10-01T00:05:00,2024-10-01T00:05:30,audio,\n\
         1,r,rec,recording,2024-10-01T00:05:00,2024-10-01T00:05:30,,2\n"
    );
    let (csv, counts) = run_on("intl-2024", &text).unwrap();
    assert_eq!(
        csv,
        "start,end,sdk_app_id,item,quantity,unit\n\
         2024-10-01T00:00:00,2024-10-01T00:05:00,2,av.hd,10,s\n\
         2024-10-01T00:05:00,2024-10-01T00:10:00,1,av.audio,30,s\n\
         2024-10-01T00:05:00,2024-10-01T00:10:00,1,rec.audio,60,s\n\
         2024-10-01T00:05:00,2024-10-01T00:10:00,2,av.hd,1,s\n"
    );
    assert_eq!((counts.rows, counts.used, counts.excluded, counts.written), (3, 3, 0, 4));
    assert!(counts.findings.is_empty(), "{:?}", counts.findings);
}

#[test]
fn columns_are_found_by_name() {
    let text = "streams,end,start,activity,actor_id,room_id,sdk_app_id\n\
                ,2024-10-01T00:00:09,2024-10-01T00:00:00,room,u,r,1\n";
    let (csv, _) = run_on("intl-2024", text).unwrap();
    assert!(csv.ends_with("1,av.audio,9,s\n"), "{csv}");
}

#[test]
fn every_bad_row_is_named_with_its_cell() {
    let rows = "x,r,u,room,2024-10-01T00:00:00,2024-10-01T00:00:09,\n\
                1,,u,room,2024-10-01T00:00:00,2024-10-01T00:00:09,\n\
                1,r,,room,2024-10-01T00:00:00,2024-10-01T00:00:09,\n\
                1,r,u,call,2024-10-01T00:00:00,2024-10-01T00:00:09,\n\
                1,r,u,room,01/02/2024 00:00,2024-10-01T00:00:09,\n\
                1,r,u,room,2024-10-01T00:00:00,2024-09-30T00:00:09,\n\
                1,r,u,room,2024-10-01T00:00:00,2024-10-01T00:00:09,720p\n\
                1,r,u,room,2024-10-01T00:00:00,2024-10-01T00:00:09,8000x8000\n";
    assert_eq!(
        refused("intl-2024", rows),
        [
            "meter-app A2",
            "meter-name B3",
            "meter-name C4",
            "meter-activity D5",
            "meter-time E6",
            "meter-span F7",
            "meter-streams G8",
            "meter-picture-too-large G9"
        ]
    );
}

#[test]
fn meter_not_on_card() {
    let row = |activity| format!("1,r,t,{activity},2024-10-01T00:00:00,2024-10-01T00:00:09,640x480\n");
    // A relay needs its bit rate first.
    let of_pictures = |activity: &&Activity| !activity.name().starts_with("relay");
    for activity in Activity::ALL[1..].iter().filter(of_pictures) {
        for card in ["cn-2019", "cn-2019b", "cn-2020", "cn-2022", "intl-2020", "intl-2021"] {
            assert_eq!(refused(card, &row(activity.name())), ["meter-not-on-card 2"], "{card} {activity:?}");
        }
    }
}

#[test]
fn meter_several_pictures() {
    let row = "1,r,f,deliver.third,2024-10-01T00:00:00,2024-10-01T00:00:09,640x480+640x480\n";
    assert_eq!(refused("intl-2024", row), ["meter-several-pictures G2"]);
}

#[test]
fn meter_overlap() {
    let rows = "1,r,u,room,2024-10-01T00:00:00,2024-10-01T00:10:00,\n\
                1,r,v,room,2024-10-01T00:00:00,2024-10-01T00:10:00,\n\
                1,r,u,recording,2024-10-01T00:00:00,2024-10-01T00:10:00,\n\
                2,r,u,room,2024-10-01T00:00:00,2024-10-01T00:10:00,\n\
                1,r,u,room,2024-10-01T00:09:59,2024-10-01T00:11:00,640x480\n\
                1,r,v,room,2024-10-01T00:00:00,2024-10-01T00:10:00,\n";
    let found = run_on("intl-2024", &format!("{HEADER}\n{rows}")).unwrap_err();
    let messages: Vec<&str> = found.iter().map(|d| d.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "row 6 (2024-10-01T00:09:59 to 2024-10-01T00:11:00) overlaps row 2 (2024-10-01T00:00:00 to \
             2024-10-01T00:10:00): one actor, one activity (room)",
            "row 7 repeats row 3: the same actor, activity (room) and time"
        ]
    );
}

#[test]
fn rows_of_no_time_and_actors_in_two_rooms_are_said() {
    let rows = "1.0,r,u,room,2024-10-01T00:00:00,2024-10-01T00:10:00,\n\
                1,s,u,room,2024-10-01T00:00:00,2024-10-01T00:10:00,\n\
                1,r,u,room,2024-10-01T00:05:00,2024-10-01T00:05:00,\n";
    let (csv, counts) = run_on("intl-2024", &format!("{HEADER}\n{rows}")).unwrap();
    assert!(csv.contains(",600,s\n"), "both rooms count: {csv}");
    assert_eq!((counts.rows, counts.used, counts.excluded), (3, 2, 1));
    let codes: Vec<&str> = counts.findings.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["meter-app-with-point", "meter-no-time", "meter-two-rooms"]);
}

#[test]
fn meter_no_rows() {
    let (csv, counts) = run_on("intl-2024", &format!("{HEADER}\n")).unwrap();
    assert_eq!(csv, "start,end,sdk_app_id,item,quantity,unit\n");
    assert_eq!(counts.findings.iter().map(|d| d.code).collect::<Vec<_>>(), ["meter-no-rows"]);
}

#[test]
fn meter_layout() {
    assert_eq!(refused_as("intl-2024", "a,b\n1,2\n"), ["meter-layout "]);
    let without_streams = "sdk_app_id,room_id,actor_id,activity,start,end\n";
    assert_eq!(refused_as("intl-2024", without_streams), ["header-column-missing 1"]);
}

#[test]
fn meter_more() {
    let rows: String = (0..30).map(|_| "x,r,u,room,2024-10-01T00:00:00,2024-10-01T00:00:09,\n").collect();
    let refused = refused("intl-2024", &rows);
    assert_eq!((refused.len(), refused[20].as_str()), (21, "meter-more "));
}

#[test]
fn codes_are_listed_once_in_order() {
    assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
}
