//! The workbook, read back by another crate.

use std::io::Cursor;

use calamine::{Data, DataType as _, Range, Reader as _, Xlsx};

use super::{dec, money, quantity, report};
use crate::domain::UnitPrice;
use crate::report::{Report, xlsx};

fn read(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

fn sheet(report: &Report, name: &str) -> Range<Data> {
    read(xlsx::render(report).unwrap()).worksheet_range(name).unwrap()
}

fn cell<'a>(range: &'a Range<Data>, column: &str, row: usize) -> &'a Data {
    let names: Vec<_> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
    let column = names.iter().position(|name| name == column).unwrap_or_else(|| panic!("no {column} in {names:?}"));
    &range[(row, column)]
}

/// The serial of a date cell, to a tenth of a second.
fn serial(cell: &Data) -> String {
    let Data::DateTime(date) = cell else { panic!("{cell:?} is no date") };
    format!("{:.6}", date.as_f64())
}

#[test]
fn two_renders_give_the_same_bytes() {
    let first = xlsx::render(&report()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(first == xlsx::render(&report()).unwrap());
}

#[test]
fn sheets_stand_in_order_and_discrepancies_only_beside_a_bill() {
    let names = |report: &Report| read(xlsx::render(report).unwrap()).sheet_names();
    assert_eq!(names(&report()), ["Verdict", "Discrepancies", "Charges", "Drawdown", "Grants", "Inputs"]);
    let rated = Report { comparison: None, ..report() };
    assert_eq!(names(&rated), ["Verdict", "Charges", "Drawdown", "Grants", "Inputs"]);
}

#[test]
fn ids_are_texts_days_are_dates_figures_are_numbers() {
    let charges = sheet(&report(), "Charges");
    assert_eq!(cell(&charges, "Account", 2), &Data::String("100000000001".to_owned()));
    assert_eq!(cell(&charges, "SDKAppID", 2), &Data::String("1400000001".to_owned()));
    assert_eq!(cell(&charges, "Day", 1), &Data::String("2024-10".to_owned()));
    // 2024-10-01 is serial 45566; 10:05 is 605 of 1,440 minutes, 0.420139.
    assert_eq!(serial(cell(&charges, "Day", 2)), "45566.000000");
    assert_eq!(cell(&charges, "Unit price", 2), &Data::Float(0.00399));
    assert_eq!(cell(&charges, "Amount", 2), &Data::Float(0.1995));
    let drawdown = sheet(&report(), "Drawdown");
    assert_eq!(serial(cell(&drawdown, "Time", 1)), "45566.420139");
}

#[test]
fn a_figure_of_more_than_15_digits_stays_exact_as_text() {
    let mut report = report();
    report.charges[0].price = UnitPrice::new(dec("123.456789012345"));
    report.charges[1].charged = quantity("123456789.12345678");
    let charges = sheet(&report, "Charges");
    assert_eq!(cell(&charges, "Unit price", 1), &Data::Float(123.456_789_012_345));
    assert_eq!(cell(&charges, "Charged", 2), &Data::String("123456789.12345678".to_owned()));
}

#[test]
fn no_cell_is_a_formula_and_hidden_characters_are_seen() {
    let bytes = xlsx::render(&report()).unwrap();
    let mut book = read(bytes);
    for name in book.sheet_names() {
        assert_eq!(book.worksheet_formula(&name).unwrap().used_cells().count(), 0, "{name}");
    }
    let found = book.worksheet_range("Discrepancies").unwrap();
    let explanation = cell(&found, "Explanation", 1).to_string();
    assert_eq!(explanation, "=HYPERLINK(\"x\"), <script>\\u{202e}");
}

#[test]
fn a_long_text_is_cut_and_says_so() {
    let mut report = report();
    // Characters of two UTF-16 units, so that the limit falls inside one.
    report.comparison.as_mut().unwrap().discrepancies[0].explanation = "𝄞".repeat(20_000);
    let explanation = cell(&sheet(&report, "Discrepancies"), "Explanation", 1).to_string();
    assert!(explanation.ends_with("𝄞… [cut; whole in the csv]"));
    assert!((32_766..=32_767).contains(&explanation.encode_utf16().count()));
}

#[test]
fn rows_beyond_a_sheet_go_on_in_the_next() {
    let mut report = report();
    let line = report.charges[1].clone();
    report.charges =
        (1..=5).map(|cents| super::Charge { amount: money(&format!("0.0{cents}")), ..line.clone() }).collect();
    let mut book = read(xlsx::render_with(&report, 3).unwrap());
    let names: Vec<_> = book.sheet_names().into_iter().filter(|name| name.starts_with("Charges")).collect();
    assert_eq!(names, ["Charges", "Charges 2", "Charges 3"]);
    let amounts: Vec<_> = names
        .iter()
        .flat_map(|name| {
            let range = book.worksheet_range(name).unwrap();
            (1..range.height()).map(|row| cell(&range, "Amount", row).as_f64().unwrap()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(amounts, [0.01, 0.02, 0.03, 0.04, 0.05]);
}

#[test]
fn the_cover_says_the_verdict_first() {
    let cover = sheet(&report(), "Verdict");
    let texts: Vec<_> = cover.used_cells().map(|(_, _, cell)| cell.to_string()).collect();
    assert!(texts[0].starts_with("100000000001 2024-10: overcharged by 0.0399 USD on 1 line;"));
    for said in ["intl-2024: site intl", "Part of a minute (0.02 USD): partial_minute = fraction", "95.15", "0.0399"] {
        assert!(texts.iter().any(|text| text == said), "{said} in {texts:?}");
    }
    assert!(texts.iter().any(|text| text.ends_with("  usage/<a>.csv")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("no rows on 2024-10-31")));
}
