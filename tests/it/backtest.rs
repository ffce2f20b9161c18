//! `backtest`: small years by hand and against every set, and a year of 20 applications.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rust_decimal::Decimal;
use trtc_recon::model::diagnostic::Diagnostics;
use trtc_recon::model::{Day, Money};
use trtc_recon::pipeline::{Measured, Options, Task, measured};
use trtc_recon::rules::Cards;
use trtc_recon::tools::backtest::{Found, MonthCase, backtest};

use crate::commands::ran;
use crate::run;

const HEADER: &str = "start,end,sdk_app_id,item,quantity,unit\n";

fn account(site: &str, period: &str, apps: u32, entries: &str) -> String {
    let first = if site == "cn" { "2022-09-01" } else { "2023-03-02" };
    let mut text = format!(
        "[account]\nuin = \"100000000001\"\nsite = \"{site}\"\nregistered = {first}\n\
         first_app_created = {first}\nperiod = \"{period}\"\n"
    );
    for app in 1..=apps {
        write!(text, "\n[[app]]\nsdk_app_id = 14000000{app:02}\n").unwrap();
    }
    text + entries
}

fn written(folder: &Path, account: &str, usage: &str) {
    fs::create_dir_all(folder.join("usage")).unwrap();
    fs::write(folder.join("account.toml"), account).unwrap();
    fs::write(folder.join("usage/usage.csv"), usage).unwrap();
}

/// Rows of a day: `day app item minutes`.
fn usage(rows: &[(&str, u32, &str, u32)]) -> String {
    let row = |(day, app, item, minutes): &(&str, u32, &str, u32)| {
        format!("{day},{day},14000000{app:02},{item},{},s\n", minutes * 60)
    };
    HEADER.to_owned() + &rows.iter().map(row).collect::<String>()
}

fn read(case: &Path) -> Measured {
    let mut found = Diagnostics::default();
    measured(case, &Options::reading(Task::Rate, None, Cards::embedded()), &mut found)
        .unwrap_or_else(|| panic!("{}", found.iter().map(ToString::to_string).collect::<String>()))
}

fn searched(cases: &[Measured]) -> Found {
    let cards = Cards::embedded();
    let found = backtest(cases.iter().map(month).collect(), &cards);
    found.unwrap_or_else(|why| panic!("{}", why.iter().map(ToString::to_string).collect::<String>()))
}

fn month(case: &Measured) -> MonthCase<'_> {
    MonthCase { account: &case.case.account, period: case.period, terms: &case.terms, usage: &case.usage }
}

/// What `rate` says of the months.
fn rated(accounts: &[String], usages: &[String]) -> Money {
    let one = |(account, usage): (&String, &String)| run::report(account, usage, None).expected_total;
    accounts.iter().zip(usages).map(one).sum()
}

fn money(text: &str) -> Money {
    Money::new(text.parse::<Decimal>().unwrap())
}

/// January: 120,000 HD minutes cost 478.80, and take 480,000 of the 500,000 package minutes of rtc-engine-standard,
/// which costs 499. 50,000 package minutes are 12,500 HD minutes, 49.875: conference-starter costs 39.9, rtc-engine-lite
/// 49.5, and both pay. February: 200,000 audio minutes cost 198; 50,000 are 49.5, so only conference-starter pays.
/// 39.9 + 49.5 + 95,000 x 0.00399 = 468.45, and 39.9 + 150,000 x 0.00099 = 188.4: 656.85 instead of 499 + 198.
#[test]
fn what_did_not_pay_is_left_out() {
    let engine = "\n[[subscription]]\nid = \"engine\"\nplan = \"rtc-engine-standard\"\napp = 1400000001\n\
                  purchased = 2025-01-03T10:00:00\n";
    let root = tempfile::tempdir().unwrap();
    written(
        &root.path().join("a"),
        &account("intl", "2025-01", 1, engine),
        &usage(&[("2025-01-08", 1, "av.hd", 120_000)]),
    );
    written(
        &root.path().join("b"),
        &account("intl", "2025-02", 1, engine),
        &usage(&[("2025-02-08", 1, "av.audio", 200_000)]),
    );
    let (status, text, errors) = ran(root.path(), &["backtest", "b", "a"]);
    assert_eq!(status, 0, "{errors}");
    let first = "100000000001 2025-01 to 2025-02: 697.00 USD as it was, 656.85 with the cheapest set; 40.15 too much\n";
    assert!(text.starts_with(first), "{text}");
    assert!(text.contains("Not bought in the cheapest set: engine\n"), "{text}");
    let squeezed: Vec<String> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "2025-01 499.00 478.80 468.45",
        "2025-02 198.00 198.00 188.40",
        "2025-01-01 conference-starter 1400000001 50000 39.90",
        "2025-01-01 rtc-engine-lite 1400000001 50000 49.50",
        "2025-02-01 conference-starter 1400000001 50000 39.90",
    ] {
        assert!(squeezed.iter().any(|known| known == line), "no line `{line}` in\n{text}");
    }
}

/// Chinese site: November takes 39,000 package minutes, December 18,000; as you go they cost 399. The packages are
/// tried in both months; 57,000 at 0.00672 are 383.04.
#[test]
fn a_small_chinese_year_equals_every_set() {
    let months = ["2022-11", "2022-12"];
    let usages = [
        usage(&[("2022-11-08", 1, "av.hd", 9_000), ("2022-11-20", 1, "av.audio", 3_000)]),
        usage(&[("2022-12-08", 1, "av.sd", 4_000), ("2022-12-09", 1, "av.hd", 2_500)]),
    ];
    let root = tempfile::tempdir().unwrap();
    let accounts = |entries: &str| months.map(|month| account("cn", month, 1, entries)).to_vec();
    let cases: Vec<Measured> = (0..2)
        .map(|at| {
            let folder = root.path().join(months[at]);
            written(&folder, &accounts("")[at], &usages[at]);
            read(&folder)
        })
        .collect();
    let found = searched(&cases);
    assert!(found.all, "{} sets", found.tried);
    // Every set: up to three packages of 25,000 in each month, and a package of any size up to 60,000 by thousands.
    let mut least =
        rated(&accounts(""), &[usages[0].clone(), [&usages[0], usages[1].trim_start_matches(HEADER)].join("")]);
    assert_eq!(found.real.total, least);
    let grant = |number: u32, month: &str, plan: &str, paid: &str, minutes: &str| {
        format!(
            "\n[[grant]]\nid = \"g{number}\"\nplan = \"{plan}\"\npurchased = {month}-01T00:00:00\npaid = \"{paid}\"\n{minutes}"
        )
    };
    let together = [usages[0].clone(), [&usages[0], usages[1].trim_start_matches(HEADER)].join("")];
    let mut sets: Vec<String> = Vec::new();
    for first in 0..3_u32 {
        for second in 0..3_u32 {
            let one = |number: u32| {
                let month = if number < first { months[0] } else { months[1] };
                grant(number, month, "cn-general-25k", "168", "")
            };
            sets.push((0..first + second).map(one).collect());
        }
    }
    for size in (5_000..=60_000_u32).step_by(1_000) {
        let price = if size < 25_000 { Decimal::new(700, 5) } else { Decimal::new(672, 5) } * Decimal::from(size);
        for month in months {
            let minutes = format!("minutes = {size}\n");
            sets.push(grant(0, month, "cn-general-custom", &price.round_dp(2).normalize().to_string(), &minutes));
        }
    }
    let costs = run::side_by_side(&sets, |set| rated(&accounts(set), &together));
    least = costs.into_iter().fold(least, Money::min);
    assert_eq!(found.best.total, least, "{:?}", found.best.set);
    assert_eq!((found.real.total, least), (money("399"), money("383.04")));
}

/// International site, one application, two months. Every set of plans that costs less than the months is rated by
/// `rate`, and the printed winner with them.
#[test]
fn a_small_international_year_equals_every_set() {
    let months = ["2025-01", "2025-02"];
    let usages = [
        usage(&[("2025-01-08", 1, "av.4k", 9_000), ("2025-01-09", 1, "av.audio", 20_000)]),
        usage(&[("2025-02-08", 1, "av.4k", 2_000), ("2025-02-09", 1, "av.2k", 1_000)]),
    ];
    let together = [usages[0].clone(), [&usages[0], usages[1].trim_start_matches(HEADER)].join("")];
    let root = tempfile::tempdir().unwrap();
    let accounts = |entries: &str| months.map(|month| account("intl", month, 1, entries)).to_vec();
    let cases: Vec<Measured> = (0..2)
        .map(|at| {
            let folder = root.path().join(months[at]);
            written(&folder, &accounts("")[at], &usages[at]);
            read(&folder)
        })
        .collect();
    let found = searched(&cases);
    let plain = rated(&accounts(""), &together);
    assert_eq!(found.real.total, plain);
    let products: [&[(&str, i64)]; 4] = [
        &[("call-1v1", 19_900), ("call-group", 59_700)],
        &[("conference-starter", 3_990), ("conference-lite", 29_900), ("conference-standard", 59_900)],
        &[("live-lite", 29_900), ("live-standard", 59_900)],
        &[("rtc-engine-lite", 4_950), ("rtc-engine-standard", 49_900)],
    ];
    let mut month_sets: Vec<Vec<(&str, i64)>> = vec![Vec::new()];
    for product in products {
        let with = |set: &Vec<(&'static str, i64)>| {
            let added = product.iter().map(|plan| [set.clone(), vec![*plan]].concat());
            std::iter::once(set.clone()).chain(added).collect::<Vec<_>>()
        };
        month_sets = month_sets.iter().flat_map(with).collect();
    }
    let price = |set: &[(&str, i64)]| set.iter().map(|(_, price)| *price).sum::<i64>();
    let limit: i64 = i64::try_from((plain.decimal() * Decimal::ONE_HUNDRED).ceil()).unwrap();
    let mut sets: Vec<String> = Vec::new();
    for first in &month_sets {
        for second in month_sets.iter().filter(|second| price(first) + price(second) < limit) {
            let starter = |set: &[(&str, i64)]| set.iter().any(|(plan, _)| *plan == "conference-starter");
            if first.iter().any(|(plan, _)| *plan == "conference-lite") && starter(second) {
                continue;
            }
            let of = |month: &str, set: &[(&str, i64)]| -> String {
                let one = |(plan, _): &(&str, i64)| {
                    format!(
                        "\n[[subscription]]\nid = \"{plan}-{month}\"\nplan = \"{plan}\"\napp = 1400000001\npurchased = {month}-01\n"
                    )
                };
                set.iter().map(one).collect()
            };
            sets.push(of(months[0], first) + &of(months[1], second));
        }
    }
    let costs = run::side_by_side(&sets, |set| rated(&accounts(set), &together));
    let least = costs.into_iter().fold(plain, Money::min);
    assert_eq!(found.best.total, least, "{} sets; {:?}", sets.len(), found.best.set);
    assert!(least < plain, "some plan pays");
    // The winner's cost equals `rate` with the printed entries.
    let paths: Vec<String> =
        months.iter().map(|month| root.path().join(month).to_string_lossy().into_owned()).collect();
    let (status, text, errors) = ran(root.path(), &["backtest", &paths[0], &paths[1]]);
    assert_eq!(status, 0, "{errors}");
    let (_, entries) = text.split_once("The same for account.toml\n\n").unwrap();
    let entries: String =
        entries.lines().take_while(|line| !line.contains("sets were rated")).map(|line| format!("{line}\n")).collect();
    assert_eq!(rated(&accounts(&entries), &together), found.best.total);
}

/// Twelve months of 20 applications, a row a day of two items: in seconds.
#[test]
fn a_year_of_twenty_applications_is_searched_in_seconds() {
    let root = tempfile::tempdir().unwrap();
    let first = Day::parse("2025-01-01").unwrap();
    for month in 0..12 {
        let begin = first.plus_months(month);
        let mut text = HEADER.to_owned();
        for back in 0..(first.plus_months(month + 1) - begin) {
            let day = begin + back;
            for app in 1..=20 {
                let minutes = 40 * app + back;
                writeln!(text, "{day},{day},14000000{app:02},av.4k,{},s", minutes * 60).unwrap();
                writeln!(text, "{day},{day},14000000{app:02},av.audio,{},s", minutes * 61).unwrap();
            }
        }
        let period = begin.month().to_string();
        written(&root.path().join(&period), &account("intl", &period, 20, ""), &text);
    }
    let mut cases: Vec<Measured> =
        fs::read_dir(root.path()).unwrap().map(|entry| read(&entry.unwrap().path())).collect();
    cases.sort_by_key(|case| case.period);
    let found = searched(&cases);
    assert!(found.best.total < found.real.total);
    assert!(!found.all);
    // No two applications and months share a package here, so each can be searched by itself, all sets. Only
    // conference-starter, which an account may buy three times, is bought more often that way: some 10.09 a time.
    let alone = |case: &Measured, app: u64| {
        let mut one = read(&root.path().join(case.period.to_string()));
        one.usage.retain(|row| row.app == app);
        let found = searched(std::slice::from_ref(&one));
        assert!(found.all);
        let starters = found.best.set.bought.iter().filter(|(_, one)| one.plan == "conference-starter").count();
        (found.best.total, starters)
    };
    let months: Vec<(usize, u64)> = (0..12).flat_map(|at| (1..=20).map(move |app| (at, 1_400_000_000 + app))).collect();
    let parts = run::side_by_side(&months, |(at, app)| alone(&cases[*at], *app));
    let least: Money = parts.iter().map(|(total, _)| *total).sum();
    let starters: usize = parts.iter().map(|(_, count)| count).sum();
    assert!(least <= found.best.total, "{least}");
    let most = money("10.1").decimal() * Decimal::from(starters);
    assert!((found.best.total - least).decimal() <= most, "{least}, {starters} starters");
}
