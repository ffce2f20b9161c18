//! Tiny accounts made by hand, and what is to be said of each.

mod assumptions;
mod observations;
mod plans;
mod refunds;
mod service_after_expiry;

use super::*;
use crate::case::read;
use crate::model::Usage;
use crate::model::usage::Exactness;
use crate::model::{AppId, Item, Place, Stamp, TableRef};
use crate::rate::rate;
use crate::rules::build_terms;

const FIRST: AppId = 1_400_000_001;
const SECOND: AppId = 1_400_000_002;

/// An account with its usage, rated.
struct Case {
    account: Account,
    cards: Cards,
    period: Month,
    terms: Terms,
    usage: Vec<Usage>,
    rated: Rated,
}

/// Usage: start, application, item, quantity in the finest unit.
type Row<'a> = (&'a str, AppId, &'a str, i64);

fn used((start, app, item, quantity): Row<'_>) -> Usage {
    Usage {
        start: Stamp::parse(start).unwrap(),
        seconds: 300,
        item: Item::parse(item).unwrap(),
        exactness: Exactness::Exact,
        app,
        quantity,
        place: Place { table: TableRef(0), row: 2 },
    }
}

fn case(head: &str, period: &str, rest: &str, usage: &[Row<'_>]) -> Case {
    let text = format!(
        "[account]\nuin = \"100000000001\"\n{head}\n[[app]]\nsdk_app_id = 1400000001\n[[app]]\nsdk_app_id = 1400000002\n{rest}"
    );
    let account = read::account("account.toml", &text).unwrap_or_else(|found| panic!("{found:?}"));
    let (cards, period) = (Cards::embedded(), Month::parse(period).unwrap());
    let terms = build_terms::terms(&account, &cards, period).unwrap_or_else(|found| panic!("{found:?}"));
    let usage: Vec<Usage> = usage.iter().copied().map(used).collect();
    let rated = rate(&usage, &terms);
    Case { account, cards, period, terms, usage, rated }
}

/// Returns an international account of 2023-03.
fn intl(period: &str, rest: &str, usage: &[Row<'_>]) -> Case {
    case("site = \"intl\"\nregistered = 2023-03-01\nfirst_app_created = 2023-03-02", period, rest, usage)
}

/// Returns a Chinese account that is settled by the day.
fn cn(period: &str, rest: &str, usage: &[Row<'_>]) -> Case {
    case("site = \"cn\"\nregistered = 2021-03-01\nfirst_app_created = 2021-03-02", period, rest, usage)
}

/// Returns a Chinese account of the one-price years.
fn cn2019(period: &str, rest: &str, usage: &[Row<'_>]) -> Case {
    case("site = \"cn\"\nregistered = 2019-01-01\nfirst_app_created = 2019-01-02", period, rest, usage)
}

impl Case {
    fn found(&self) -> Vec<Assumption> {
        let Self { account, cards, period, terms, usage, rated } = self;
        let usage = &usage.iter().collect();
        assumptions(&Subject { account, cards, period: *period, terms, usage, rated })
    }

    /// Returns the codes, in order.
    fn codes(&self) -> Vec<&'static str> {
        self.found().iter().map(|found| found.code).collect()
    }

    /// Returns the amounts of one kind.
    fn amounts(&self, code: &str) -> Vec<String> {
        let found = self.found().into_iter().filter(|found| found.code == code);
        found.map(|found| found.amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())).collect()
    }

    /// Returns the one sentence of a kind.
    fn text(&self, code: &str) -> String {
        let found: Vec<Assumption> = self.found().into_iter().filter(|found| found.code == code).collect();
        let [found] = &found[..] else { panic!("{found:?}") };
        found.text()
    }
}

/// A free month that lasts beyond the bill, so that nothing is said of it.
const FREE: &str = "[[grant]]\nid = \"free\"\nplan = \"free-monthly\"\npurchased = 2024-10-01\nend = 2024-12-01\n";

#[test]
fn an_account_that_no_question_touches_has_no_assumptions() {
    let case = intl("2024-10", FREE, &[("2024-10-02T10:00:00", FIRST, "av.hd", 3_600)]);
    assert_eq!(case.found(), []);
    assert_eq!(intl("2024-10", FREE, &[]).found(), []);
}

#[test]
fn the_order_is_fixed_and_every_sentence_says_its_money() {
    // The plan ended on the 15th: 1,000 HD minutes of that day are charged 3.99. Nothing is free this month.
    let plan = "[[subscription]]\nid = \"s\"\nplan = \"live-lite\"\napp = 1400000001\npurchased = 2024-09-15\n";
    let case = intl("2024-10", plan, &[("2024-10-15T10:00:00", FIRST, "av.hd", 60_000)]);
    assert_eq!(case.codes(), ["month-plan-end", "service-after-plan", "free-month-missing", "grant-expired"]);
    for found in case.found() {
        let amount = found.amount.unwrap().abs();
        assert!(found.text().contains(&format!("{amount} USD")), "{found:?}");
    }
}
