//! A month of many intervals is rated in parts and by sums; it gives what
//! metering and drawing down interval by interval give, row for row.

use std::collections::BTreeMap;

use trtc_recon::case::read::account;
use trtc_recon::model::policy::{PartialMinute, Scope, TieOrder};
use trtc_recon::model::usage::Exactness;
use trtc_recon::model::{Day, Item, Month, Place, Quantity, TableRef, Usage};
use trtc_recon::rate::charge::{Charge, Sums, line_key};
use trtc_recon::rate::drawdown::{Deduction, draw_down};
use trtc_recon::rate::metering::{Bound, meter};
use trtc_recon::rate::{Rated, rate};
use trtc_recon::rules::Cards;
use trtc_recon::rules::build_terms;
use trtc_recon::rules::terms::{Bucket, Scopes, Terms};

const APPS: u64 = 6;

/// Free minutes, a plan of one application, an offer that lifts its binding on
/// the 12th, and a package that starts at 23:58 and catches up past midnight.
const ABROAD: &str = r#"
[account]
uin = "100000000001"
site = "intl"
registered = 2023-03-01
first_app_created = 2023-03-02
[[grant]]
id = "free"
plan = "free-monthly"
purchased = 2024-10-11T00:00:00
[[subscription]]
id = "engine"
plan = "rtc-engine-standard"
app = 1400000002
purchased = 2024-10-10T23:58:10
[[subscription]]
id = "live"
plan = "live-lite"
app = 1400000003
purchased = 2024-10-12T10:02:30
"#;

/// Packages that end within days, one bought while the other lasts.
const AT_HOME: &str = r#"
[account]
uin = "100000000001"
site = "cn"
registered = 2020-03-01
first_app_created = 2021-03-02
[[grant]]
id = "one"
plan = "cn-general-25k"
purchased = 2024-10-10T09:00:00
opening = { at = 2024-10-10T00:00:00, minutes = "20000.5" }
[[grant]]
id = "two"
plan = "cn-general-custom"
minutes = 61234
purchased = 2024-10-11T23:58:00
[[grant]]
id = "month"
plan = "cn-month"
minutes = 30000
app = 1400000004
purchased = 2024-10-13T00:00:00
"#;

/// Five days of every interval, application and item, from two tables in turn; every third is an odd one out.
fn usage(items: &[&str], exactness: Exactness) -> Vec<Usage> {
    let day = Day::parse("2024-10-09").unwrap();
    let (mut rows, mut state) = (Vec::new(), 12_345_u64);
    for slot in 0..5 * 288 {
        for app in 1..=APPS {
            for item in items {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let quantity = i64::try_from(state >> 54).unwrap();
                if quantity % 3 == 0 {
                    continue;
                }
                let table = TableRef(u16::try_from(slot % 2).unwrap());
                let quantity = if exactness == Exactness::Minutes { quantity * 60 } else { quantity };
                let place = Place { table, row: u32::try_from(rows.len()).unwrap() };
                rows.push(Usage {
                    start: day.start() + slot * 300,
                    seconds: 300,
                    item: Item::parse(item).unwrap(),
                    exactness,
                    app: 1_400_000_000 + app,
                    quantity,
                    place,
                });
            }
        }
    }
    rows
}

type Lines = BTreeMap<String, Sums>;

fn interval_by_interval(usage: &[Usage], terms: &Terms, bound: Bound) -> (Lines, Vec<Deduction>) {
    let intervals = meter(usage, terms, bound);
    let drawn = draw_down(&intervals, terms);
    let mut lines = Lines::new();
    for (interval, left) in intervals.iter().zip(&drawn.uncovered).filter(|(one, _)| terms.bills(one.start)) {
        let (settled, app, item, _) = line_key(interval, terms);
        let line = lines.entry(format!("{settled} {app:?} {item}")).or_default();
        line.metered += Quantity::whole(interval.seconds);
        line.billable += interval.minutes;
        line.covered += interval.minutes - *left;
    }
    (lines, drawn.ledger.into_iter().filter(|one| terms.bills(one.time)).collect())
}

fn timed(rated: &Rated) -> impl Iterator<Item = (String, &Charge)> {
    let timed = rated.charges.iter().filter(|charge| !charge.item.is_fee());
    timed.map(|charge| (format!("{} {:?} {}", charge.day, charge.app, charge.item), charge))
}

fn in_parts(usage: &[Usage], terms: &Terms) -> (Lines, Vec<Deduction>) {
    let rated = rate(usage, terms);
    let sums = |charge: &Charge| Sums { metered: charge.metered, billable: charge.billable, covered: charge.covered };
    (timed(&rated).map(|(key, charge)| (key, sums(charge))).collect(), rated.drawdown)
}

fn least_in_parts(usage: &[Usage], terms: &Terms) -> BTreeMap<String, Quantity> {
    let least = |charge: &Charge| charge.least.map_or(charge.charged, |least| least.charged);
    timed(&rate(usage, terms)).map(|(key, charge)| (key, least(charge))).collect()
}

#[test]
fn a_month_in_parts_is_the_month_interval_by_interval() {
    let period = Month::parse("2024-10").unwrap();
    for (name, text, items) in
        [("abroad", ABROAD, ["av.audio", "av.hd", "rec.hd"]), ("at home", AT_HOME, ["av.audio", "av.sd", "av.hd"])]
    {
        let apps: String = (1..=APPS).map(|app| format!("[[app]]\nsdk_app_id = {}\n", 1_400_000_000 + app)).collect();
        let account = account("account.toml", &format!("{text}{apps}")).unwrap();
        let base = build_terms::terms(&account, &Cards::embedded(), period).unwrap();
        let (usage, minutes) = (usage(&items, Exactness::Exact), usage(&items, Exactness::Minutes));
        for number in 0..16 {
            let mut terms = base.clone();
            for segment in &mut terms.segments {
                segment.scope = Scopes::all(if number & 1 == 0 { Scope::App } else { Scope::Account });
                segment.tie_order = if number & 2 == 0 { TieOrder::Time } else { TieOrder::Item };
                segment.bucket = if number & 4 == 0 { Bucket::Day } else { Bucket::Month };
            }
            let whole = number & 8 == 0;
            terms.partial_minute = if whole { PartialMinute::Whole } else { PartialMinute::Fraction };
            let (lines, ledger) = interval_by_interval(&usage, &terms, Bound::Most);
            let (lines_in_parts, ledger_in_parts) = in_parts(&usage, &terms);
            assert!(ledger.len() > 1000, "{name} {number}: too little is covered to show anything");
            assert_eq!(lines_in_parts, lines, "{name} {number}");
            assert!(ledger_in_parts == ledger, "{name} {number}: the ledgers differ");
            let (least, _) = interval_by_interval(&minutes, &terms, Bound::Least);
            let least: BTreeMap<_, _> =
                least.into_iter().map(|(key, sums)| (key, sums.billable - sums.covered)).collect();
            assert_eq!(least_in_parts(&minutes, &terms), least, "{name} {number}: the least of rounded minutes");
        }
    }
}
