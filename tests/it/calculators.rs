//! The calculators as they are typed, on the smallest input, with figures worked out by hand. A test is named after its
//! page.

use std::fs;
use std::path::Path;

use crate::commands::ran;

fn output(folder: &Path, arguments: &[&str]) -> String {
    let (status, text, errors) = ran(folder, arguments);
    assert_eq!(status, 0, "{text}{errors}");
    text
}

fn estimate(arguments: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let arguments: Vec<&str> = ["estimate"].into_iter().chain(arguments.split_whitespace()).collect();
    output(folder.path(), &arguments)
}

/// The line of a text that starts so, with its spaces run together.
fn line(text: &str, start: &str) -> String {
    let found = text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no {start}:\n{text}"));
    found.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// 6.60 + (1,800 - 300) x 0.025 = 44.10 would be the cheapest, but the experience package opens no postpaid.
#[test]
fn package_prices_2019_03_the_experience_package_is_no_way_to_postpaid() {
    let text = estimate("--card cn-2019 --rooms 1 --hosts 2 --viewers 0 --minutes 30 --tier audio");
    let stops = "not possible: service stops where it is used up";
    assert_eq!(line(&text, "1 x cn2019-experience"), format!("1 x cn2019-experience 6.60 37.50 44.10 0 {stops}"));
    assert_eq!(line(&text, "pay as you go"), format!("pay as you go 0.00 45.00 45.00 0 {stops}"));
    assert_eq!(line(&text, "Cheapest"), "Cheapest of all mixes: 1 x cn2019-starter: 3688.00 CNY");
}

/// 12,000 minutes of audio: 10,000 are free, 2,000 x 0.00099 = 1.98 would be left to pay, which needs a paid plan.
#[test]
fn free_minutes_2024_08_29_are_counted_and_postpaid_needs_a_plan() {
    let text = estimate("--card intl-2024 --rooms 10 --hosts 2 --viewers 0 --minutes 20 --tier audio");
    assert_eq!(line(&text, "av.audio"), "av.audio 12000 0.00099000 1.98 1 12000");
    assert!(line(&text, "pay as you go").ends_with("1.98 1.98 0 not possible: service stops where it is used up"));
    assert_eq!(line(&text, "The account's free"), "The account's free minutes of the month cover 10000 minutes of it.");
    line(&text, "Postpaid needs a purchase");
}

/// The newcomers' plan is recommended with its conditions, and never beside another plan of its product.
///
/// 36,000 HD and 144,000 FHD minutes, 1,200 and 40 x 4,800 a day: the free minutes cover 1,200 HD (4,800 of 10,000) and
/// 577.77777778 FHD (5,200); the plans' 100,000 the next minutes. 39.90 + 49.50 + 1,328.34 = 1,417.74.
#[test]
fn conference_plans_2024_07_30_the_newcomers_offer_has_conditions() {
    let text = estimate("--card intl-2024 --rooms 10 --hosts 2 --viewers 8 --minutes 60 --tier hd");
    assert_eq!(
        line(&text, "Cheapest"),
        "Cheapest of all mixes: 1 x conference-starter + 1 x rtc-engine-lite: 1417.74 USD"
    );
    assert_eq!(
        line(&text, "conference-starter is sold"),
        "conference-starter is sold at most 3 times and not after conference-lite, conference-standard, conference-pro."
    );
    // (36,000 - 1,200) x 0.00399 + (144,000 - 577.77777778) x 0.00899 = 138.852 + 1,289.36577778.
    assert!(line(&text, "pay as you go").starts_with("pay as you go 0.00 1428.22"));
    let two_versions = |line: &str| line.contains(" + ") && line.matches("conference-").count() > 1;
    assert!(!text.lines().any(two_versions), "{text}");
}

/// A case whose application has a version of a product is not offered another one.
#[test]
fn rtc_engine_page_2024_10_12_no_second_version_on_one_application() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("c/usage")).unwrap();
    let account = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2024-01-01\n\
                   first_app_created = 2024-01-01\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n\
                   [[subscription]]\nid = \"own\"\nplan = \"rtc-engine-lite\"\napp = 1400000001\n\
                   purchased = 2024-09-20T10:00:00\nauto_renew = true\n";
    fs::write(folder.path().join("c/account.toml"), account).unwrap();
    fs::write(
        folder.path().join("c/usage/u.csv"),
        "start,end,sdk_app_id,item,quantity,unit\n\
         2024-10-01T00:00:00,2024-10-02T00:00:00,1400000001,av.hd,6000000,s\n",
    )
    .unwrap();
    let text = output(folder.path(), &["estimate", "--case", "c", "--plan", "rtc-engine-pro"]);
    assert!(text.contains("own#1 (rtc-engine-lite) is in force on that application"), "{text}");
}

/// The robots are in the room as well: recording 2 x 640x360 and each relay run HD, mixing 2,995,200 px runs 2K.
/// Relays of 500 and 1,500 kbps overlap from 10:02 on: 2 Mbps; behind 10:03 it is 1.5.
#[test]
fn call_duration_2024_09_14_robots_relays_and_pages() {
    let folder = tempfile::tempdir().unwrap();
    let calls = "sdk_app_id,room_id,actor_id,activity,start,end,streams,output,kbps\n\
                 1400000001,r,rec-1,recording,2024-10-01T10:00:00,2024-10-01T10:01:00,640x360+640x360,,\n\
                 1400000001,r,page-1,page,2024-10-01T10:00:00,2024-10-01T10:01:00,1920x1080,,\n\
                 1400000001,r,mix-1,mix.h264,2024-10-01T10:00:00,2024-10-01T10:01:00,1920x1080+1280x720,1920x1080,\n\
                 1400000001,r,push-1,relay.tencent,2024-10-01T10:00:00,2024-10-01T10:03:00,1280x720,,500\n\
                 1400000001,r,push-2,relay.tencent,2024-10-01T10:02:00,2024-10-01T10:06:00,1280x720,,1500\n\
                 1400000001,r,push-3,relay.third,2024-10-01T10:02:00,2024-10-01T10:06:00,1280x720,,800\n";
    fs::write(folder.path().join("calls.csv"), calls).unwrap();
    let metered = |more: &[&str]| {
        let text = output(folder.path(), &[&["meter", "calls.csv", "--card", "intl-2024"], more].concat());
        let row = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} {} {} {}", &cells[0][11..16], cells[3], cells[4], cells[5])
        };
        text.lines().skip(1).map(row).collect::<Vec<_>>()
    };
    let tasks = [
        "10:00 rec.hd 60 s",
        "10:00 mix.h264.2k 60 s",
        "10:00 page.fhd 60 s",
        "10:00 relay.tencent 2 Mbps",
        "10:00 relay.third 0.8 Mbps",
        "10:05 relay.tencent 1.5 Mbps",
        "10:05 relay.third 0.8 Mbps",
    ];
    assert_eq!(metered(&[]), tasks);
    // 10:00: recording 60, relays 180 + 180 + 180 = 600 s HD; 10:05: 60 + 60 s.
    let mut with_robots = metered(&["--robots"]);
    let robots = ["10:00 av.hd 600 s", "10:00 av.2k 60 s", "10:05 av.hd 120 s"];
    with_robots.retain(|row| !robots.contains(&row.as_str()));
    assert_eq!(metered(&["--robots"]).len(), tasks.len() + robots.len());
    assert_eq!(with_robots, tasks);
}

fn refund(rest: &str, period: &str, site: &str, arguments: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("c/usage")).unwrap();
    let first = if site == "cn" { "2019-01-02" } else { "2024-01-01" };
    let account = format!(
        "[account]\nuin = \"100000000001\"\nsite = \"{site}\"\nregistered = {first}\nfirst_app_created = {first}\n\
         period = \"{period}\"\n[[app]]\nsdk_app_id = 1400000001\n{rest}"
    );
    fs::write(folder.path().join("c/account.toml"), account).unwrap();
    fs::write(folder.path().join("c/usage/u.csv"), "start,end,sdk_app_id,item,quantity,unit\n").unwrap();
    let (status, text, errors) = ran(folder.path(), &[&["refund", "c"], arguments].concat());
    (status, text + &errors)
}

/// A dashboard has a page of its own, which names no right of return; nor has the page of 2019.
#[test]
fn dashboard_2024_07_05_and_package_prices_2019_03_have_no_right_of_return() {
    let board = "[[subscription]]\nid = \"d\"\nplan = \"dashboard-standard\"\napp = 1400000001\npurchased = 2024-10-01T10:00:00\n";
    let (_, text) = refund(board, "2024-10", "intl", &["--grant", "d", "--on", "2024-10-02"]);
    assert!(text.contains("the vendor's pages give `dashboard-standard` no right of return"), "{text}");
    let pack = "[[grant]]\nid = \"p\"\nplan = \"cn2019-starter\"\npurchased = 2019-07-01T10:00:00\n";
    let (_, text) = refund(pack, "2019-07", "cn", &["--grant", "p", "--on", "2019-07-02"]);
    assert!(text.contains("the vendor's pages give `cn2019-starter` no right of return"), "{text}");
}

/// Bought on the 1st, five days are over with the 6th; with the day of purchase counted, with the 5th.
#[test]
fn refund_page_2024_07_30_the_fifth_day() {
    let plan =
        "[[subscription]]\nid = \"s\"\nplan = \"live-lite\"\napp = 1400000001\npurchased = 2024-10-01T10:00:00\n";
    let on = |day: &str| refund(plan, "2024-10", "intl", &["--grant", "s", "--on", day]).1;
    assert!(on("2024-10-06").contains("299"), "{}", on("2024-10-06"));
    let counted = "2024-10-06 is the last day as the day of purchase is not counted; counted, it was 2024-10-05";
    assert!(on("2024-10-06").contains(counted), "{}", on("2024-10-06"));
    assert!(!on("2024-10-05").contains("counted, it was"), "{}", on("2024-10-05"));
    assert!(on("2024-10-07").contains("money is returned until the end of 2024-10-06"), "{}", on("2024-10-07"));
}

/// A plan of a folder covers and costs what its file says: 100 audio minutes of 1,000, and 12 USD.
#[test]
fn overview_2024_08_29_plans_of_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("c/usage")).unwrap();
    fs::create_dir_all(folder.path().join("plans")).unwrap();
    let plan = "[[plan]]\nid = \"own-pack\"\nname = \"own\"\nkind = \"package\"\nminutes = 1000\nprice = \"12\"\n\
                currency = \"USD\"\ncovers = [\"av.*\"]\nratio = { own = { \"av.audio\" = \"1\", \"av.hd\" = \"4\" } }\n\
                bound = \"account\"\nvalid = [{ rule = { month-end = 1 } }]\nsource = \"offer of 2024-10\"\n";
    fs::write(folder.path().join("plans/own.toml"), plan).unwrap();
    let account = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2024-01-01\n\
                   first_app_created = 2024-01-01\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n\
                   [[grant]]\nid = \"own\"\nplan = \"own-pack\"\npurchased = 2024-10-01T00:00:00\npaid = \"12\"\n";
    fs::write(folder.path().join("c/account.toml"), account).unwrap();
    fs::write(
        folder.path().join("c/usage/u.csv"),
        "start,end,sdk_app_id,item,quantity,unit\n\
         2024-10-02T10:00:00,2024-10-02T10:05:00,1400000001,av.hd,18000,s\n",
    )
    .unwrap();
    let arguments = ["rate", "c", "--plans", "plans", "--out", "o", "--format", "csv"];
    output(folder.path(), &arguments);
    let charges = fs::read_to_string(folder.path().join("o/100000000001-2024-10/charges.csv")).unwrap();
    let rows: Vec<&str> = charges.lines().skip(1).collect();
    // 300 HD minutes need 1,200: 1,000 cover 250, and 50 x 0.00399 = 0.1995 are charged.
    assert!(rows[0].contains("fee.own-pack,month,1,1,0,1,12,12,USD"), "{rows:?}");
    assert!(rows[1].contains("av.hd,min,18000,300,250,50,0.00399,0.1995,USD"), "{rows:?}");
    assert!(output(folder.path(), &["plans", "--plans", "plans"]).contains("own-pack"));
    // Without the folder the plan is unknown.
    assert_eq!(ran(folder.path(), &["rate", "c", "--out", "p"]).0, 2);
}
