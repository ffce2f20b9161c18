//! The terminal: one screen, columns that stand, colours only on demand.

use crate::model::cause::Cause;
use unicode_width::UnicodeWidthStr as _;

use super::{money, report};
use crate::compare::bridge::Part;
use crate::compare::{Discrepancy, Kind};
use crate::model::style::Paint;
use crate::report::terminal::{Screen, render};
use crate::report::{BridgeEntry, Lang, Report, Verdict};

fn plain(report: &Report) -> String {
    render(report, None, false, Screen::default())
}

/// Returns a report with so many findings and causes.
fn many(count: usize) -> Report {
    let mut report = report();
    let comparison = report.comparison.as_mut().unwrap();
    let first = comparison.discrepancies[0].clone();
    comparison.discrepancies = (1..=count)
        .map(|cents| Discrepancy {
            id: format!("d{cents:02}"),
            // Each has a cause of its own: findings of one cause are one row.
            cause: Cause::OtherCard {
                card: if cents == 12 { "套餐\u{1b}[31m".to_owned() } else { format!("{cents:02}") },
            }
            .into(),
            difference: money(&format!("-0.{cents:02}")),
            ..first.clone()
        })
        .collect();
    let entry = |number: usize| BridgeEntry {
        part: Part::Overcharged,
        side: Some(crate::compare::Side::Vendor),
        cause: Cause::OtherCard { card: format!("{number:02}") }.into(),
        kind: Some(Kind::UnitPrice),
        prices: None,
        amount: money("1234567.00012345"),
        count: number,
    };
    comparison.bridge = (1..=count).map(entry).collect();
    report
}

#[test]
fn the_ten_largest_are_shown_and_wide_characters_stay_in_column() {
    let text = plain(&many(12));
    let table: Vec<_> = text.lines().skip_while(|line| !line.starts_with("Largest")).take(12).collect();
    assert!(table[2].starts_with("  d12 ") && table[10].starts_with("  d04 "), "{table:#?}");
    assert_eq!(table[11], "  and 3 more in discrepancies.csv");
    assert!(table[2].contains("套餐\\u{1b}[31m"));
    let column = |line: &str| line.split("certain").next().unwrap().width();
    assert_eq!(column(table[2]), column(table[3]));
    let ten = plain(&many(10));
    assert!(!ten.contains("more in discrepancies.csv"), "{ten}");
}

#[test]
fn the_verdict_fits_the_screen_with_its_prompt() {
    for lang in [Lang::Zh, Lang::En] {
        for (rows, columns) in [(24, 80), (30, 100), (40, 120), (60, 200)] {
            let report = Report { lang, ..many(100) };
            let screen = Screen { rows, columns, paint: Paint::PLAIN };
            let text = render(&report, Some("reports/100000000001-2024-10"), false, screen);
            let lines: usize = text.lines().map(|line| line.width().div_ceil(columns).max(1)).sum();
            // The bridge keeps eight steps, also where the screen must then be scrolled.
            assert!(lines < rows.max(36), "{lines} lines of {rows}x{columns} in {lang:?}:\n{text}");
        }
    }
}

#[test]
fn colours_are_the_only_difference() {
    let painted = render(&report(), None, false, Screen { paint: Paint::COLOURS, ..Screen::default() });
    assert!(painted.starts_with("\u{1b}["));
    let mut bare = String::new();
    let mut inside = false;
    for character in painted.chars() {
        match character {
            '\u{1b}' => inside = true,
            'm' if inside => inside = false,
            other if !inside => bare.push(other),
            _ => {}
        }
    }
    assert_eq!(bare, plain(&report()));
}

#[test]
fn quiet_is_silent_about_what_agrees() {
    let mut report = report();
    report.comparison.as_mut().unwrap().verdict = Verdict::Reconciled;
    assert_eq!(render(&report, None, true, Screen::default()), "");
    assert!(plain(&report).starts_with("100000000001 2024-10: reconciled, the bill agrees on 1 line"));
}

#[test]
fn the_last_line_is_the_same_in_every_language() {
    let last = "verdict=discrepancies expected=95.1495 billed=95.1894 difference=0.0399 currency=USD \
                account=100000000001 period=2024-10";
    for lang in [Lang::Zh, Lang::En] {
        assert_eq!(plain(&Report { lang, ..report() }).lines().last(), Some(last));
    }
}
