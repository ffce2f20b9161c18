//! Errors planted in bills that are made from the tool's own charges: found on
//! exactly the lines that they touch, with the cause named.
//!
//! The aim is that a wrong cause never stands alone: with `unexplained` beside it
//! (`in doubt`) it does not. What was measured by the campaign below, one run of
//! seeds 100 to 123, 400 to 423 and 500 to 523. In `certain` every finding of the
//! bill is: nothing attests the grants of these worlds, so many are rightly open.
//!
//! | planted | seeds | bills | cause named | a wrong cause alone | in doubt | certain |
//! |---|---|---|---|---|---|---|
//! | one error, on every line it touches | 100 | 293 | 291 | 0 | 0 | 111 |
//! | | 400 | 309 | 307 | 1 | 6 | 118 |
//! | | 500 | 280 | 277 | 1 | 9 | 91 |
//! | a rule broken on one line | 100 | 118 | 118 | 0 | 0 | 46 |
//! | | 400 | 114 | 114 | 0 | 0 | 46 |
//! | | 500 | 109 | 109 | 0 | 0 | 48 |
//! | two errors, on lines of their own | 100 | 20 | 20 | 0 | 4 | 5 |
//! | | 400 | 31 | 30 | 0 | 6 | 6 |
//! | | 500 | 19 | 19 | 0 | 3 | 1 |
//! | two errors, made together | 100 | 9 | 8 | 0 | 6 | 2 |
//! | | 400 | 9 | 7 | 2 | 6 | 1 |
//! | | 500 | 16 | 10 | 2 | 7 | 1 |
//!
//! Two errors that change the same lines are often explained only in part.

mod beyond;
mod named;
mod plants;
mod table;
mod world;

use jiff::civil::date;
use trtc_recon::compare::Strength;
use trtc_recon::compare::finding::Finding;
use trtc_recon::model::cause::Cause;
use trtc_recon::model::policy::Scope;
use trtc_recon::model::{Item, Usage};
use trtc_recon::rate::rate;
use trtc_recon::rules::terms::{Scopes, Terms};

use crate::accounts::{self, Sample};
use crate::reference::{self, Grant, Site, Subscription, dec};
use named::Named;
use table::Table;
pub use world::World;

/// An account abroad: free minutes, a plan by the month, a discount.
fn abroad() -> Sample {
    let mut account = reference::Account::new(Site::Intl, date(2023, 3, 1), date(2025, 3, 1));
    account.apps = vec![1_400_000_001, 1_400_000_002];
    account.discount = Some(dec("0.85"));
    let begins = date(2025, 3, 1).at(0, 0, 0, 0);
    let opening = Some((begins, dec("45")));
    account.grants.push(Grant { opening, ..Grant::new("free-2025-03", "free-monthly", begins) });
    let purchased = date(2025, 3, 3).at(15, 20, 0, 0);
    account.grants.push(Grant {
        app: Some(1_400_000_001),
        opening: Some((purchased, dec("151.5"))),
        ..Grant::new("live", "live-lite", purchased)
    });
    account.subscriptions.push(Subscription::new("watch", "dashboard-standard", 1_400_000_002, purchased));
    Sample { usage: weeks(&account, &["av.audio", "av.hd", "av.fhd", "rec.hd"]), account }
}

/// An account at home: packages of two sizes, a contract price.
fn at_home() -> Sample {
    let mut account = reference::Account::new(Site::Cn, date(2021, 6, 15), date(2023, 5, 1));
    account.apps = vec![1_400_000_001, 1_400_000_002];
    let price = dec("25");
    let from = date(2023, 5, 1);
    account.prices.push(reference::ContractPrice { item: "av.hd".to_owned(), price, from, until: None, tiers: None });
    let bought = |id: &str, minutes: &str, day: i8| {
        let purchased = date(2023, 5, day).at(10, 2, 30, 0);
        Grant { minutes: Some(dec(minutes)), ..Grant::new(id, "cn-general-custom", purchased) }
    };
    account.grants = vec![bought("one", "101", 2), bought("two", "73", 6)];
    Sample { usage: weeks(&account, &["av.audio", "av.sd", "av.hd", "av.fhd"]), account }
}

/// Two weeks of uneven usage.
fn weeks(account: &reference::Account, items: &[&str]) -> Vec<reference::Usage> {
    let mut usage = Vec::new();
    for number in 0..160_i64 {
        let day = account.period.checked_add(jiff::Span::new().days(number % 14)).unwrap();
        let start = day.at(i8::try_from(number * 5 % 24).unwrap(), i8::try_from(number / 14 * 5 % 60).unwrap(), 0, 0);
        let app = account.apps[usize::try_from(number / 14 % 2).unwrap()];
        let item = items[usize::try_from(number / 28).unwrap() % items.len()];
        usage.push(reference::Usage::seconds(start, app, item, 31 + number * number * 17 % 569));
    }
    usage
}

/// The worlds of a seed: of the four main cards, or of the older ones.
fn world(seed: u64) -> World {
    let sample = if seed % 3 == 2 { accounts::older_sample(seed) } else { accounts::sample(seed) };
    World::new(&sample, seed.is_multiple_of(2))
}

/// Plants of every kind in the worlds of some seeds.
fn planted(seeds: impl Iterator<Item = u64>) -> Table {
    let mut table = Table::default();
    for seed in seeds {
        let world = world(seed);
        let turn = usize::try_from(seed).unwrap();
        for plant in world.plants(turn) {
            table.add(&format!("seed {seed}"), &world, &plant);
        }
    }
    table
}

fn planted_on_one_line(seeds: impl Iterator<Item = u64>) -> Table {
    let mut table = Table::default();
    for seed in seeds {
        let world = world(seed);
        for plant in world.plants_of_one_line(usize::try_from(seed).unwrap()) {
            table.add(&format!("seed {seed}, one line"), &world, &plant);
        }
    }
    table
}

fn planted_in_pairs(seeds: impl Iterator<Item = u64>) -> Table {
    let mut table = Table::default();
    for seed in seeds {
        let world = world(seed);
        table.add_pairs(&format!("seed {seed}, two"), &world, usize::try_from(seed).unwrap());
    }
    table
}

#[test]
fn each_planted_error_is_found_and_named() {
    let mut table = Table::default();
    for (label, sample) in [("abroad", abroad()), ("at home", at_home())] {
        for prints_usage in [true, false] {
            let world = World::new(&sample, prints_usage);
            assert!(world.explained(&world.lines(&world.charges)).findings.is_empty(), "{label}: a clean bill");
            for turn in 0..6 {
                for plant in world.plants(turn) {
                    table.add(&format!("{label} {prints_usage} {turn}"), &world, &plant);
                }
            }
        }
    }
    table.holds(95, 0);
}

#[test]
fn random_errors_are_found_and_named() {
    planted(0..23).holds(95, 0);
}

#[test]
fn random_errors_of_one_line_are_found_and_named() {
    planted_on_one_line(0..12).holds(95, 0);
}

/// Two errors at once are the hard case; the bounds keep what is reached.
#[test]
fn two_errors_in_one_bill() {
    planted_in_pairs(0..12).holds(75, 6);
}

/// A discount that is not applied, and an interval left out of another day.
#[test]
fn two_errors_in_one_bill_are_both_found() {
    let world = World::new(&abroad(), true);
    let row = *world.usage.iter().find(|row| row.item.id() == "rec.hd" && row.quantity > 200).unwrap();
    let fewer: Vec<Usage> = world.usage.iter().filter(|known| **known != row).copied().collect();
    let terms = Terms { discount: None.into(), ..world.terms.clone() };
    let compared = world.explained(&world.lines(&rate(&fewer, &terms).charges));
    let planted = [Cause::ListPrice, Cause::IntervalMissing];
    for finding in &compared.findings {
        assert!(finding.causes.0.iter().any(|cause| planted.contains(cause)), "{finding:?}");
    }
    for cause in &planted {
        assert!(compared.findings.iter().any(|finding| finding.causes.0.contains(cause)), "{cause}");
    }
}

/// Two rules that change the same lines: most show one of them, a few both.
#[test]
fn two_rules_of_one_bill_are_told_together() {
    let world = World::new(&abroad(), true);
    let mut terms = Terms { discount: None.into(), ..world.terms.clone() };
    terms.segments.iter_mut().for_each(|segment| segment.scope = Scopes::all(Scope::Account));
    let compared = world.explained(&world.lines(&rate(&world.usage, &terms).charges));
    let planted = [Cause::ListPrice, Cause::AccountRounding];
    for finding in &compared.findings {
        assert!(!finding.causes.0.is_empty(), "{finding:?}");
        assert!(finding.causes.0.iter().all(|cause| planted.contains(cause)), "{finding:?}");
    }
    for cause in &planted {
        assert!(compared.findings.iter().any(|finding| finding.causes.0.contains(cause)), "{cause}");
    }
}

/// All usage of one application in a tier is counted as another, and packages cover
/// it: no line and no row of it by itself comes to what they were short.
#[test]
fn a_tier_that_packages_hide_is_named() {
    let other = Item::parse("av.hd").unwrap();
    for seed in [417, 418, 424] {
        let world = world(seed);
        let hidden = |row: &Usage| row.app.to_string() == "1400000001" && row.item.id() == "av.fhd";
        let counted = |row: &Usage| if hidden(row) { Usage { item: other, ..*row } } else { *row };
        let usage: Vec<Usage> = world.usage.iter().map(counted).collect();
        let compared = world.explained(&world.lines(&rate(&usage, &world.terms).charges));
        let covered = |finding: &Finding| finding.expected.covered.is_some_and(|covered| !covered.is_zero());
        assert!(compared.findings.iter().any(covered), "seed {seed}");
        for finding in &compared.findings {
            assert!(finding.causes.0.contains(&Cause::OtherTier { item: other }), "seed {seed}: {finding:?}");
        }
    }
}

/// Of two errors one is not found; covered rows that give a few of its figures are in doubt.
#[test]
fn rows_that_packages_hide_do_not_stand_alone_for_a_few_of_many_findings() {
    planted_in_pairs([211, 409].into_iter()).holds(0, 10);
}

/// A right bill, and usage of an application or a day that the exports lack: nothing is certain, nothing claimed.
#[test]
fn no_claim_rests_on_a_day_without_coverage() {
    for seed in 0..24 {
        let mut world = world(seed);
        let bill = world.lines(&world.charges);
        let turn = usize::try_from(seed).unwrap();
        let row = world.usage[turn * 7 % world.usage.len()];
        let lacks = |known: &Usage| {
            if seed % 2 == 0 { known.app == row.app } else { known.start.day() == row.start.day() }
        };
        world.account.usage_complete = false;
        world.usage.retain(|known| !lacks(known));
        world.days = world.usage.iter().map(|row| row.start.day()).collect();
        world.charges = rate(&world.usage, &world.terms).charges;
        let compared = world.explained(&bill);
        let certain = |finding: &&Finding| finding.strength == Strength::Certain;
        assert_eq!(compared.findings.iter().find(certain), None, "seed {seed}");
    }
}

/// A bill as if a grant did not exist, and nothing else that says it does: the evidence cannot tell.
#[test]
fn no_claim_rests_on_a_grant_that_nothing_attests() {
    for seed in 0..24 {
        let world = world(seed);
        for at in 0..world.terms.grants.len() {
            let mut terms = world.terms.clone();
            terms.grants.remove(at);
            let bill: Vec<_> =
                rate(&world.usage, &terms).charges.into_iter().filter(|one| !one.item.is_fee()).collect();
            let compared = world.explained(&world.lines(&bill));
            let certain = |finding: &&Finding| finding.strength == Strength::Certain;
            assert_eq!(compared.findings.iter().find(certain), None, "seed {seed}, {}", world.terms.grants[at].id);
        }
    }
}

/// The campaign: `PLANTED=1000..2000 cargo test --release --test it campaign -- --ignored --nocapture`.
#[test]
#[ignore = "minutes; run for the figures of the documents"]
#[allow(clippy::print_stdout, reason = "its figures are what it is run for")]
fn campaign() {
    let asked = std::env::var("PLANTED").unwrap_or_else(|_| "1000..1200".to_owned());
    let (from, until) = asked.split_once("..").unwrap();
    let seeds = from.parse::<u64>().unwrap()..until.parse().unwrap();
    println!("one error\n{}", planted(seeds.clone()).text());
    println!("one line\n{}", planted_on_one_line(seeds.clone()).text());
    println!("two errors\n{}", planted_in_pairs(seeds).text());
}

/// Errors of which no table holds the values, in the worlds of some seeds.
fn beyond_the_table(seeds: std::ops::Range<u64>) -> Named {
    let seeds: Vec<u64> = seeds.collect();
    let of_seed = |seed: &u64| {
        let world = world(*seed);
        world.beyond(*seed).iter().filter_map(|planted| named::outcome(*seed, &world, planted)).collect::<Vec<_>>()
    };
    let mut table = Named::default();
    crate::run::side_by_side(&seeds, of_seed).iter().flatten().for_each(|outcome| table.add(outcome));
    table
}

/// Values that no table holds are solved for: a few worlds of the campaign below.
#[test]
fn errors_of_which_no_table_holds_the_value_are_named() {
    beyond_the_table(0..4).holds(80, 30);
}

/// The campaign of errors that no table holds: `BEYOND=0..48 cargo test --release --test it beyond -- --ignored
/// --nocapture`.
#[test]
#[ignore = "minutes; run for the figures of the documents"]
#[allow(clippy::print_stdout, reason = "its figures are what it is run for")]
fn beyond() {
    let asked = std::env::var("BEYOND").unwrap_or_else(|_| "0..48".to_owned());
    let (from, until) = asked.split_once("..").unwrap();
    println!("{}", beyond_the_table(from.parse().unwrap()..until.parse().unwrap()).text());
}
