//! `accrue`: a month before its bill, worked out by hand, and its range on samples and random accounts.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use trtc_recon::model::diagnostic::Diagnostics;
use trtc_recon::model::{Day, Money};
use trtc_recon::pipeline::{self, Measured, Options, Task, measured};
use trtc_recon::rate::{item_mapping, rate};
use trtc_recon::report::Format;
use trtc_recon::rules::Cards;
use trtc_recon::tools::accrue::{Accrual, Billed, Subject, accrue, true_up};

use crate::accounts::{self, Sample};
use crate::commands::ran;
use crate::run::side_by_side;
use crate::samples;

const ACCOUNT: &str = "[account]
uin = \"100000000001\"
site = \"intl\"
registered = 2023-03-01
first_app_created = 2023-03-02
period = \"2024-10\"

[[app]]
sdk_app_id = 1400000001
";

fn written(folder: &Path, account: &str, usage: &str) {
    fs::create_dir_all(folder.join("usage")).unwrap();
    fs::write(folder.join("account.toml"), account).unwrap();
    fs::write(folder.join("usage/usage.csv"), usage).unwrap();
}

/// A row of minutes a day.
fn daily(item: &str, days: impl Iterator<Item = (Day, i64)>) -> String {
    let mut text = "start,end,sdk_app_id,item,quantity,unit\n".to_owned();
    for (day, minutes) in days {
        writeln!(text, "{day},{day},1400000001,{item},{},s", minutes * 60).unwrap();
    }
    text
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn says(text: &str, lines: &[&str]) {
    let found: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in lines {
        assert!(found.iter().any(|known| known == line), "no line `{line}` in\n{text}");
    }
}

/// 100 min on working days, 10 on Saturdays and Sundays, but 300 on Monday, 7 October.
/// Up to Sunday, the 20th: 14 working days, 6 others, 200 more: 1,660 min, 6.6234. To come are two Mondays, seven
/// other working days and a weekend: 920 min. At most Sunday, Monday and Tuesday are like the 7th, which is the same
/// weekday or next to it: 5 x 300 + 6 x 100 = 2,100. A dashboard is renewed on the 25th.
#[test]
fn a_month_is_accrued_as_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let account = format!(
        "{ACCOUNT}\n[[subscription]]\nid = \"board\"\nplan = \"dashboard-standard\"\npurchased = 2024-09-25\nauto_renew = true\n"
    );
    let minutes = |on: Day| match (on.number() + 3).rem_euclid(7) {
        _ if on == day("2024-10-07") => 300,
        5 | 6 => 10,
        _ => 100,
    };
    let days = (0..50).map(|back| day("2024-09-01") + back);
    written(&folder.path().join("c"), &account, &daily("av.hd", days.map(|on| (on, minutes(on)))));
    let (status, text, errors) = ran(folder.path(), &["accrue", "c"]);
    assert_eq!(status, 0, "{errors}");
    assert!(text.starts_with("100000000001 2024-10: 5009.29 USD to accrue, between 5009.29 and 5014.00.\n"), "{text}");
    says(
        &text,
        &[
            // 1,660, 2,580, 2,580 and 3,760 min x 0.00399.
            "av.hd 6.6234 10.2942 10.2942 15.0024",
            "fee.dashboard-standard 4,999.00 4,999.00 4,999.00 4,999.00",
            "total 5,005.6234 5,009.2942 5,009.2942 5,014.0024",
            "2024-10-25 fee.dashboard-standard 4,999.00 to come",
            "2024-10-31 TRTC 100000000001 2024-10, usage and fees 5009.29",
            "2024-10-31 TRTC 100000000001 2024-10, accrued and not billed 5009.29",
        ],
    );
    assert!(text.contains("Usage is counted up to 2024-10-20; 11 days are to come."), "{text}");
}

/// 10 min of sound a day for ten days: 100 of 1,000 are gone, 900 are left, and last for 90 days from 11 October, to 8 January.
/// Where the package ends with October, 21 days take 210 more, and 690 lapse: 24 x 690 / 25,000 = 0.6624.
#[test]
fn packages_run_out_or_lapse() {
    let folder = tempfile::tempdir().unwrap();
    let usage = daily("av.audio", (0..10).map(|back| (day("2024-10-01") + back, 10)));
    let package = |end: &str| {
        format!(
            "{ACCOUNT}\n[[grant]]\nid = \"wide\"\nplan = \"intl-general-25k\"\npurchased = 2024-09-01\npaid = \"24\"\n\
             opening = {{ at = 2024-10-01, minutes = \"1000\" }}\n{end}"
        )
    };
    written(&folder.path().join("long"), &package(""), &usage);
    written(&folder.path().join("short"), &package("end = 2024-11-01\n"), &usage);
    let (_, text, _) = ran(folder.path(), &["accrue", "long"]);
    says(&text, &["wide intl-general-25k 900 10 2025-01-08 2025-09-30 0 -"]);
    let (_, text, _) = ran(folder.path(), &["accrue", "short"]);
    says(&text, &["wide intl-general-25k 900 10 - 2024-10-31 690 0.66"]);
}

/// 90 Mbps of 100 that are free, and 2,400 of 2,500 users.
#[test]
fn a_limit_that_is_near_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let account = ACCOUNT.to_owned() + "mau_quota = 2500\n";
    let usage = "start,end,sdk_app_id,item,quantity,unit\n\
                 2024-10-08T10:00:00,2024-10-08T10:05:00,1400000001,relay.tencent,90,Mbps\n\
                 2024-10-01,2024-10-31,1400000001,mau,2400,user\n";
    written(&folder.path().join("c"), &account, usage);
    let (status, text, errors) = ran(folder.path(), &["accrue", "c", "--until", "2024-10-10"]);
    assert_eq!(status, 0, "{errors}");
    says(&text, &["relay.tencent - 90 100 90% near", "mau 1400000001 2,400 2,500 96% near"]);
}

fn of_case<'a>(case: &'a Measured, cards: &'a Cards) -> Subject<'a> {
    Subject { account: &case.case.account, cards, period: case.period, usage: &case.usage }
}

fn read(case: &Path) -> Measured {
    let mut found = Diagnostics::default();
    measured(case, &Options::reading(Task::Rate, None, Cards::embedded()), &mut found)
        .unwrap_or_else(|| panic!("{}", found.iter().map(ToString::to_string).collect::<String>()))
}

/// What the whole month comes to.
fn truth(case: &Measured) -> Money {
    let mut usage = case.usage.clone();
    let unknown =
        item_mapping::admit_usage(&mut usage, &case.terms, |_| trtc_recon::model::diagnostic::At::file("usage"));
    assert!(!unknown.has_errors());
    rate(&usage, &case.terms).charges.iter().map(|charge| charge.amount).sum()
}

/// The accruals of a case on days 10 and 20, and on the last day of its bill.
fn cut(case: &Measured, cards: &Cards) -> [Accrual; 3] {
    let (first, behind) = (case.period.first_day(), case.terms.window.until().day());
    let last = behind + -1;
    [first + 9, first + 19, last].map(|until| accrue(&of_case(case, cards), Some(until.min(last))).unwrap())
}

/// The range holds the truth in at least 95 of 100; on the last day it is the truth.
#[test]
fn the_range_of_random_accounts_holds_the_truth() {
    let cards = Cards::embedded();
    let seeds: Vec<u64> = (0..120).collect();
    let held = side_by_side(&seeds, |seed| {
        let Sample { account, usage } =
            if seed % 4 == 3 { accounts::older_sample(*seed) } else { accounts::sample(*seed) };
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), &accounts::account_toml(&account), &accounts::usage_csv(&usage));
        let case = read(folder.path());
        let truth = truth(&case);
        let cuts = cut(&case, &cards);
        let last = &cuts[2];
        assert_eq!((last.low.total, last.likely.total, last.high.total), (truth, truth, truth), "seed {seed}");
        cuts.map(|accrual| (accrual.low.total, accrual.high.total, truth, accrual.holds(truth)))
    });
    // The last day is always held, so days 10 and 20 are counted alone.
    let early = held.iter().zip(&seeds).flat_map(|(cuts, seed)| cuts[..2].iter().map(move |cut| (seed, cut)));
    let missed: Vec<_> = early.filter(|(_, (.., held))| !held).collect();
    let tried = 2 * held.len();
    assert!(missed.len() * 100 <= tried * 5, "{} of {tried} are outside: {missed:#?}", missed.len());
}

/// On each sample with a bill: the range holds the truth, and the accrual with its true-up is the bill, step by step.
#[test]
fn an_accrual_and_its_true_up_are_the_bill() {
    let cards = Cards::embedded();
    let mut outside = Vec::new();
    for path in samples::all() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            out: folder.path().join("out"),
            formats: vec![Format::Json],
            ..Options::reading(Task::Reconcile, None, Cards::embedded())
        };
        let outcome = pipeline::run(&path, &options);
        let Some(written) = outcome.written else { continue };
        let result = fs::read(written.join("reconciliation.json")).unwrap();
        let bill = Billed::read(&serde_json::from_slice(&result).unwrap()).unwrap();
        let case = read(&path);
        for accrual in cut(&case, &cards) {
            let against = true_up(&accrual, &bill);
            assert_eq!(against.accrued + against.amount, against.billed, "{}", path.display());
            let steps: Money = against.bridge.iter().map(|(_, amount)| *amount).sum();
            let all = against.accrued + against.posting + against.forecast + steps + against.rounding;
            assert_eq!(all, against.billed, "{}", path.display());
            if !accrual.holds(bill.expected) {
                outside.push(format!(
                    "{} {}: {} to {}, not {}",
                    path.display(),
                    accrual.until,
                    accrual.low.total,
                    accrual.high.total,
                    bill.expected
                ));
            }
        }
    }
    assert!(outside.len() * 100 <= samples::all().len() * 3 * 5, "{outside:#?}");
}

#[test]
fn the_true_up_is_shown_with_its_posting() {
    let folder = tempfile::tempdir().unwrap();
    let sample = samples::folder().join("intl-wrong");
    let sample = sample.to_str().unwrap();
    assert_eq!(ran(folder.path(), &["reconcile", sample, "--format", "json"]).0, 1);
    let report = "reports/100000000102-2025-03";
    let (status, text, errors) = ran(folder.path(), &["accrue", sample, "--until", "2025-03-31", "--true-up", report]);
    assert_eq!(status, 0, "{errors}");
    // The README's figures: expected 381.84607, billed 396.15284.
    assert!(text.contains("accrued 381.85 USD, billed 396.15; true-up 14.30"), "{text}");
    says(
        &text,
        &[
            "accrued 381.85",
            "cents of the accrual -0.00393",
            "bill: duplicate_line 0.02079",
            "cents of the bill -0.00284",
            "the bill 396.15",
            "TRTC 100000000102 2025-03, usage and fees 14.30",
        ],
    );
}
