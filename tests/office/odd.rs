//! A case whose figures are as awkward as the rules allow.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const APPS: u64 = 120;
const DAYS: u64 = 12;

/// 120 applications on twelve days in three items, a discount of eight
/// decimals, and a package for every fourth application whose last minutes cover part of one.
pub fn case(place: &Path) -> PathBuf {
    let case = place.join("odd");
    fs::create_dir_all(case.join("usage")).unwrap();
    let mut account = String::from(
        "[account]\nuin = \"100000000777\"\nsite = \"intl\"\nregistered = 2023-03-01\nfirst_app_created = 2023-03-02\n\
         period = \"2024-10\"\n[contract]\ndiscount = \"0.87371237\"\n",
    );
    let mut usage = String::from("start,end,sdk_app_id,item,quantity,unit\n");
    for number in 0..APPS {
        let app = 1_400_000_000 + number;
        let _ = write!(account, "[[app]]\nsdk_app_id = {app}\n");
        if number % 4 == 0 {
            let opening = 300 + number * 7;
            let _ = write!(
                account,
                "[[grant]]\nid = \"p{number}\"\nplan = \"rtc-engine-lite\"\napp = {app}\npurchased = 2024-10-01T00:00:00\n\
                 start = 2024-10-01T00:00:00\nend = 2024-11-01T00:00:00\n\
                 opening = {{ at = 2024-10-01T00:00:00, minutes = \"{opening}.37\" }}\n"
            );
        }
        for day in 1..=DAYS {
            for (turn, item) in ["av.hd", "av.audio", "rec.hd"].into_iter().enumerate() {
                let turn = turn as u64;
                let seconds = 61 + (number * 7919 + day * 104_729 + turn * 1299) % 86_000;
                let hour = 8 + turn;
                let _ = writeln!(
                    usage,
                    "2024-10-{day:02}T{hour:02}:00:00,2024-10-{day:02}T{hour:02}:05:00,{app},{item},{seconds},s"
                );
            }
        }
    }
    fs::write(case.join("account.toml"), account).unwrap();
    fs::write(case.join("usage/usage.csv"), usage).unwrap();
    case
}
