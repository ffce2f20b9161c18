//! One small report, made by hand, and what every output must say of it.

mod html;
mod publish;
mod schema;
mod screen;
mod shown;
mod workbook;

use rust_decimal::Decimal;
use serde_json::json;

use super::*;
use crate::compare::{Discrepancy, Kind, Strength, Sum};
use crate::digest::Digests;
use crate::model::diagnostic::At;
use crate::model::message::{self, Sentence, is};
use crate::model::number::parse_decimal;
use crate::model::{AppId, Day, Item, PackMinutes, Quantity, Ratio, Stamp, TableRef, UnitPrice};
use crate::rate::charge::{Least, Settled};
use crate::rules::Cards;

fn dec(text: &str) -> Decimal {
    parse_decimal(text).unwrap()
}
fn quantity(text: &str) -> Quantity {
    Quantity::from_decimal(dec(text)).unwrap()
}
fn pack(text: &str) -> PackMinutes {
    PackMinutes::from_decimal(dec(text)).unwrap()
}
pub(super) fn money(text: &str) -> Money {
    Money::new(dec(text))
}
fn item(id: &str) -> Item {
    Item::parse(id).unwrap()
}

fn charge(app: u64, day: &str, item: Item, figures: [&str; 6]) -> Charge {
    let [metered, billable, covered, charged, price, amount] = figures;
    Charge {
        app: (app != 0).then_some(app),
        day: Day::parse(day).map_or_else(|| Settled::Month(Month::parse(day).unwrap()), Settled::Day),
        item,
        metered: quantity(metered),
        billable: quantity(billable),
        covered: quantity(covered),
        charged: quantity(charged),
        price: UnitPrice::new(dec(price)),
        amount: money(amount),
        least: None,
        card: "intl-2024".to_owned(),
        derived_price: false,
    }
}

/// 60 HD minutes of which 10 are covered: 50 x 0.00399 = 0.1995. A month of
/// relay: 5 Mbps x 18.99 = 94.95. Together 95.1495, payable 95.15. The bill
/// has 0.2394 for the first (the grant was skipped): 0.0399 too much.
/// What became of the rows of the usage: its second is of another month.
fn counts() -> TableCounts {
    TableCounts {
        table: TableRef(0),
        layout: "tidy csv".to_owned(),
        rows: 3,
        used: 2,
        excluded: 1,
        duplicate: 0,
        rejected: 0,
        reasons: vec![("outside the period".to_owned(), 1)],
        covers: None,
    }
}

/// Returns the one file of the usage.
fn input() -> Input {
    Input {
        path: "usage/<a>.csv".to_owned(),
        digests: Digests { blake3: "ab".repeat(32), sha256: Some("cd".repeat(32)) },
        rows: 3,
        used: 2,
        excluded: 1,
        duplicate: 0,
        rejected: 0,
        reasons: vec![("outside the period".to_owned(), 1)],
        read_as: "tidy csv, UTF-8".to_owned(),
        identity: None,
        tables: vec![TableRead { sheet: None, counts: counts() }],
    }
}

pub(crate) fn report() -> Report {
    let charges = vec![
        charge(0, "2024-10", item("relay.third"), ["5", "5", "0", "5", "18.99", "94.95"]),
        charge(1_400_000_001, "2024-10-01", item("av.hd"), ["3541", "60", "10", "50", "0.00399", "0.1995"]),
    ];
    let deduction = Deduction {
        time: Stamp::parse("2024-10-01T10:05:00").unwrap(),
        app: 1_400_000_001,
        item: item("av.hd"),
        grant: 0,
        minutes: quantity("10"),
        ratio: Ratio::whole(4),
        before: pack("40"),
        taken: pack("40"),
        after: pack("0"),
    };
    let grant = Balance {
        id: "=free-2024-10".to_owned(),
        plan: "free-monthly".to_owned(),
        app: None,
        valid: Month::parse("2024-10").unwrap().span(),
        granted: pack("10000"),
        opening: pack("40"),
        used: pack("40"),
        expired: pack("0"),
        remaining: pack("0"),
    };
    Report {
        lang: Lang::En,
        account: "100000000001".to_owned(),
        names: crate::report::names::Names::default(),
        period: Month::parse("2024-10").unwrap(),
        currency: "USD".to_owned(),
        dispute: None,
        followup: None,
        notes: std::collections::BTreeMap::new(),
        comparison: Some(comparison()),
        charges,
        drawdown: vec![deduction],
        grants: vec![grant],
        asserted: Vec::new(),
        grant_costs: vec![None],
        completeness: completeness(),
        inputs: vec![input()],
        naming: Naming::Blake3,
        cards: vec![CardUsed {
            id: "intl-2024".to_owned(),
            chosen: false,
            span: Span { from: Day::parse("2024-08-01").unwrap().start(), until: Stamp::MAX },
            card: Cards::embedded().get("intl-2024").unwrap().clone(),
        }],
        assumptions: vec![assumption()],
        diagnostics: vec![Diagnostic::warning("usage-gap", At::file("usage/<a>.csv"), "no rows on 2024-10-31", "look")],
        expected_total: money("95.1495"),
        expected_range: None,
        payable_total: money("95.15"),
    }
}

fn completeness() -> Completeness {
    let gaps = vec!["2024-10-31/2024-10-31".to_owned()];
    Completeness { days_expected: 31, days_seen: 30, gaps, ..Completeness::default() }
}

fn assumption() -> Assumption {
    let part = |name| message::Value::Says(Sentence::of(name, []));
    let values = [
        ("taken", part("fraction_taken")),
        ("other", part("fraction_other")),
        ("amount", is("0.02 USD")),
        ("switch", is("")),
    ];
    Assumption { code: "partial-minute", said: Sentence::of("higher", values), amount: Some(money("0.02")) }
}

fn billed(app: Option<AppId>, id: &str, span: Span, amount: &str) -> BilledLine {
    BilledLine { span, app, item: Some(item(id)), amount: money(amount) }
}

fn comparison() -> Comparison {
    Comparison {
        verdict: Verdict::Discrepancies,
        billed_total: money("95.1894"),
        difference: money("0.0399"),
        overcharged: money("0.0399"),
        undercharged: Money::ZERO,
        bridge: vec![BridgeEntry {
            part: crate::compare::bridge::Part::Overcharged,
            side: Some(crate::compare::Side::Vendor),
            kind: Some(Kind::Deduction),
            prices: None,
            cause: crate::model::cause::Cause::GrantSkipped { grant: "=free-2024-10".to_owned() }.into(),
            amount: money("0.0399"),
            count: 1,
        }],
        discrepancies: vec![Discrepancy {
            id: "d-1a2b".to_owned(),
            kind: Kind::Deduction,
            cause: crate::model::cause::Cause::GrantSkipped { grant: "=free-2024-10".to_owned() }.into(),
            app: Some(1_400_000_001),
            day: "2024-10-01".to_owned(),
            item: Some(item("av.hd")),
            expected_quantity: Some(quantity("50")),
            billed_quantity: Some(quantity("60")),
            expected_price: Some(UnitPrice::new(dec("0.00399"))),
            billed_price: None,
            expected_amount: money("0.1995"),
            billed_amount: money("0.2394"),
            difference: money("0.0399"),
            strength: Strength::Certain,
            side: crate::compare::Side::Vendor,
            paste: String::new(),
            explanation: "=HYPERLINK(\"x\"), <script>\u{202e}".to_owned(),
            said: crate::model::message::Said {
                name: "deduction",
                values: vec![
                    ("covered", Some("10".to_owned())),
                    ("deducted", None),
                    ("expected", Some("50".to_owned())),
                    ("billed", Some("60".to_owned())),
                ],
            },
            because: String::new(),
            source: "bills/l3.csv!2".to_owned(),
        }],
        not_audited: Sum::default(),
        contradicted: false,
        matched: 1,
        billed: vec![
            billed(None, "relay.third", Month::parse("2024-10").unwrap().span(), "94.95"),
            billed(Some(1_400_000_001), "av.hd", Day::parse("2024-10-01").unwrap().span(), "0.2394"),
        ],
    }
}

fn file(files: &[(String, Vec<u8>)], name: &str) -> String {
    let (_, bytes) = files.iter().find(|(n, _)| n == name).unwrap_or_else(|| panic!("no {name}"));
    String::from_utf8(bytes.clone()).unwrap()
}

fn rendered(report: &Report) -> Vec<(String, Vec<u8>)> {
    render(report, &[Format::Csv, Format::Json], &json!({"rel_tol": "0"})).unwrap()
}

#[test]
fn csv_has_the_columns_of_the_contract() {
    let files = rendered(&report());
    assert_eq!(
        file(&files, "charges.csv"),
        "account,sdk_app_id,day,item,unit,metered,billable,covered,charged,unit_price,amount,currency,card\n\
         100000000001,,2024-10,relay.third,Mbps,5,5,0,5,18.99,94.95,USD,intl-2024\n\
         100000000001,1400000001,2024-10-01,av.hd,min,3541,60,10,50,0.00399,0.1995,USD,intl-2024\n"
    );
    assert_eq!(
        file(&files, "drawdown.csv"),
        "account,time,sdk_app_id,item,grant,minutes,ratio,before,taken,after\n\
         100000000001,2024-10-01T10:05:00,1400000001,av.hd,'=free-2024-10,10,4,40,40,0\n"
    );
    assert_eq!(
        file(&files, "discrepancies.csv"),
        "id,kind,cause,account,sdk_app_id,day,item,expected_quantity,billed_quantity,expected_unit_price,\
         billed_unit_price,expected_amount,billed_amount,difference,currency,explanation,source,strength,side,paste\n\
         d-1a2b,deduction,grant_skipped:=free-2024-10,100000000001,1400000001,2024-10-01,av.hd,50,60,0.00399,,\
         0.1995,0.2394,0.0399,USD,\"'=HYPERLINK(\"\"x\"\"), <script>\u{202e}\",bills/l3.csv!2,certain,vendor,\n"
    );
}

#[test]
fn a_negative_figure_is_no_formula_and_an_interval_adds_its_ends() {
    let mut report = report();
    report.charges[1].least = Some(Least { charged: quantity("49"), amount: money("0.19551") });
    report.comparison.as_mut().unwrap().discrepancies[0].difference = money("-0.0399");
    let files = rendered(&report);
    let charges = file(&files, "charges.csv");
    let lines: Vec<_> = charges.lines().collect();
    assert!(lines[0].ends_with(",card,amount_low,amount_high"));
    assert!(lines[1].ends_with(",intl-2024,,"));
    assert!(lines[2].ends_with(",intl-2024,0.19551,0.1995"));
    assert!(file(&files, "discrepancies.csv").contains(",-0.0399,USD,"));
}

#[test]
fn json_is_what_the_contract_shows() {
    // Written by hand.
    let expected = include_str!("reconciliation.json");
    let json = file(&rendered(&report()), "reconciliation.json");
    assert_eq!(json, expected);
    let read: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["discrepancies"][0]["explanation"], "=HYPERLINK(\"x\"), <script>\u{202e}");
}

#[test]
fn the_manifest_proves_the_other_files() {
    let files = rendered(&report());
    assert_eq!(files.last().unwrap().0, SUMS);
    let manifest: Value = serde_json::from_str(&file(&files, MANIFEST)).unwrap();
    assert_eq!(manifest["command"], "reconcile");
    assert_eq!(manifest["arguments"], json!({"rel_tol": "0"}));
    assert_eq!(manifest["inputs"][0]["read_as"], "tidy csv, UTF-8");
    let outputs: Vec<_> = manifest["outputs"].as_array().unwrap().iter().map(|output| &output["path"]).collect();
    assert_eq!(outputs, ["charges.csv", "drawdown.csv", "discrepancies.csv", "reconciliation.json"]);
    let digests = Digests::of(&files[3].1, true);
    assert_eq!(manifest["outputs"][3], json!({"path": files[3].0, "blake3": digests.blake3}));
    let sums = file(&files, SUMS);
    let sums: Vec<_> = sums.lines().filter_map(|line| line.split_once("  ")).collect();
    assert_eq!(sums.len(), files.len() - 1, "every file but itself");
    assert_eq!(sums[3], (digests.sha256.as_deref().unwrap(), "reconciliation.json"));
    assert_eq!(sums[4], (crate::digest::sha256(&files[4].1).as_str(), MANIFEST));
}

#[test]
fn without_a_bill_nothing_speaks_of_one() {
    let rated = Report { comparison: None, ..report() };
    let names: Vec<_> = rendered(&rated).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["charges.csv", "drawdown.csv", MANIFEST, SUMS]);
    let text = terminal::render(&rated, None, true, terminal::Screen::default());
    assert!(text.starts_with("100000000001 2024-10: rated, 2 lines; expected 95.1495 USD, payable 95.15.\n"));
    assert!(text.ends_with("\nverdict=rated expected=95.1495 currency=USD account=100000000001 period=2024-10\n"));
}

#[test]
fn sentences_never_net_and_say_what_is_undecided() {
    let mut report = report();
    let comparison = report.comparison.as_mut().unwrap();
    let under = Discrepancy { difference: money("-1234.5"), ..comparison.discrepancies[0].clone() };
    comparison.undercharged = money("1234.5");
    comparison.discrepancies.push(under);
    let sentence = summary::sentence(&report);
    assert!(
        sentence.contains(": overcharged by 0.0399 USD on 1 line and undercharged by 1,234.50 USD on 1 line;"),
        "{sentence}"
    );
    report.comparison.as_mut().unwrap().verdict = Verdict::Inconclusive;
    report.expected_range = Some((money("95"), money("95.1495")));
    let sentence = summary::sentence(&report);
    assert!(
        sentence.contains("cannot decide 2 lines worth 1,234.5399 USD; expected 95.00 to 95.1495 USD,"),
        "{sentence}"
    );
}

#[test]
fn amounts_are_grouped_and_keep_every_digit() {
    for (plain, shown) in [
        ("0", "0.00"),
        ("999", "999.00"),
        ("1000", "1,000.00"),
        ("-1234567.891", "-1,234,567.891"),
        ("0.00399", "0.00399"),
    ] {
        assert_eq!(summary::amount(money(plain)), shown);
    }
    assert_eq!(summary::figure(dec("12000")), "12,000");
    assert_eq!(summary::cents(money("4.1364")), "4.14");
    assert_eq!(summary::cents(money("5")), "5.00");
    assert_eq!(summary::cents(money("-0.005")), "-0.01");
}

#[test]
fn csv_quotes_what_needs_it_and_disarms_formulas() {
    for (text, field) in [
        ("plain", "plain"),
        ("a,b", "\"a,b\""),
        ("a\nb", "\"a\nb\""),
        ("a\rb", "\"a\rb\""),
        ("say \"x\"", "\"say \"\"x\"\"\""),
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@a", "'@a"),
        ("＝1", "'＝1"),
        ("\t=1", "'\t=1"),
        ("=a,b", "\"'=a,b\""),
        ("a=b", "a=b"),
    ] {
        let mut report = report();
        report.comparison.as_mut().unwrap().discrepancies[0].explanation = text.to_owned();
        let csv = file(&rendered(&report), "discrepancies.csv");
        assert!(csv.ends_with(&format!(",USD,{field},bills/l3.csv!2,certain,vendor,\n")), "{csv}");
    }
}
