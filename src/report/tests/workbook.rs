//! The workbook, read back by another crate.

use std::io::Cursor;

use calamine::{Data, DataType as _, Range, Reader as _, Xlsx};

use super::{dec, money, quantity, report};
use crate::model::UnitPrice;
use crate::report::{Lang, Report, xlsx};

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

/// One part of the file as text.
fn part(report: &Report, name: &str) -> String {
    let bytes = xlsx::render(report).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}

#[test]
fn two_renders_give_the_same_bytes() {
    let first = xlsx::render(&report()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(first == xlsx::render(&report()).unwrap());
}

#[test]
fn sheets_stand_in_order_and_speak_of_a_bill_only_beside_one() {
    let names = |report: &Report| read(xlsx::render(report).unwrap()).sheet_names();
    let expected = "Verdict|Bridge|By application|By item|By day|Discrepancies|Lines|Drawdown|Grants|Rate card|\
                    Assumptions|Inputs|Checks";
    assert_eq!(names(&report()).join("|"), expected);
    let rated = Report { comparison: None, ..report() };
    assert_eq!(names(&rated).join("|"), expected.replace("Bridge|", "").replace("Discrepancies|", ""));
    assert_eq!(read(xlsx::render(&rated).unwrap()).worksheet_range("Lines").unwrap().width(), 12);
    let chinese = Report { lang: Lang::Zh, ..report() };
    assert_eq!(
        names(&chinese).join("|"),
        "结论|差异桥|按应用|按计费项|按日|差异|重算明细|抵扣流水|套餐|价目|假设|输入文件|校验"
    );
}

#[test]
fn ids_are_texts_days_are_dates_figures_are_numbers() {
    let lines = sheet(&report(), "Lines");
    assert_eq!(cell(&lines, "SDKAppID", 2), &Data::String("1400000001".to_owned()));
    assert_eq!(cell(&lines, "Day", 1), &Data::String("2024-10".to_owned()));
    // 2024-10-01 is serial 45566; 10:05 is 605 of 1,440 minutes, 0.420139.
    assert_eq!(serial(cell(&lines, "Day", 2)), "45566.000000");
    assert_eq!(cell(&lines, "Unit price", 2), &Data::Float(0.00399));
    assert_eq!(cell(&lines, "Amount", 2), &Data::Float(0.1995));
    let drawdown = sheet(&report(), "Drawdown");
    assert_eq!(serial(cell(&drawdown, "Time", 1)), "45566.420139");
}

#[test]
fn charged_amount_sum_and_difference_are_formulas_with_the_engines_figures() {
    let mut book = read(xlsx::render(&report()).unwrap());
    let formulas = book.worksheet_formula("Lines").unwrap();
    let at = |cell: (u32, u32)| formulas.get_value(cell).cloned().unwrap_or_default();
    assert_eq!(at((2, 8)), "ROUND(G3-H3,8)");
    assert_eq!(at((2, 10)), "ROUND(I3*J3,8)");
    assert_eq!(at((3, 10)), "ROUND(SUM('Lines'!$K$2:$K$3),8)");
    let checks = book.worksheet_range("Checks").unwrap();
    for row in 1..checks.height() - 1 {
        if let Some(Data::Bool(holds)) = checks.get((row, 4)) {
            assert!(*holds, "{:?}", checks.rows().nth(row));
        }
    }
    assert!(checks.used_cells().filter(|(_, _, cell)| matches!(cell, Data::Bool(_))).count() >= 20);
}

#[test]
fn a_figure_of_more_than_15_digits_stays_exact_as_text_and_in_no_formula() {
    let mut report = report();
    report.charges[0].price = UnitPrice::new(dec("123.456789012345"));
    report.charges[1].charged = quantity("123456789.12345678");
    let bytes = xlsx::render(&report).unwrap();
    let lines = read(bytes.clone()).worksheet_range("Lines").unwrap();
    assert_eq!(cell(&lines, "Unit price", 1), &Data::Float(123.456_789_012_345));
    assert_eq!(cell(&lines, "Charged", 2), &Data::String("123456789.12345678".to_owned()));
    let formulas = read(bytes).worksheet_formula("Lines").unwrap();
    assert!(formulas.used_cells().all(|(row, _, formula)| row != 2 && !formula.contains("SUM(")), "{formulas:?}");
}

#[test]
fn no_text_is_a_formula_and_hidden_characters_are_seen() {
    let mut book = read(xlsx::render(&report()).unwrap());
    let found = book.worksheet_range("Discrepancies").unwrap();
    assert_eq!(cell(&found, "Explanation", 1).to_string(), "=HYPERLINK(\"x\"), <script>\\u{202e}");
    let formulas = book.worksheet_formula("Discrepancies").unwrap();
    // From the first formula to the last: the difference in B, both amounts in O and P.
    assert_eq!((formulas.start(), formulas.end()), (Some((1, 1)), Some((2, 15))), "{formulas:?}");
}

#[test]
fn nothing_leads_out_of_the_file_and_nothing_runs() {
    let bytes = xlsx::render(&report()).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        assert!(!name.contains("vba") && !name.contains("externalLink"), "{name}");
        let text = std::io::read_to_string(&mut part).unwrap();
        assert!(!text.contains("TargetMode=\"External\""), "{name}");
    }
}

#[test]
fn people_find_three_columns_to_fill_in_by_their_headers() {
    for (lang, name, open, headers) in [
        (Lang::En, "Discrepancies", "open", ["status", "owner", "comment"]),
        (Lang::Zh, "差异", "待处理", ["状态", "负责人", "备注"]),
    ] {
        let report = Report { lang, ..report() };
        let found = sheet(&report, name);
        assert_eq!(cell(&found, headers[0], 1).to_string(), open);
        assert_eq!(headers[1..].iter().map(|header| cell(&found, header, 1).to_string()).collect::<String>(), "");
        let first = found.rows().nth(1).unwrap()[0].to_string();
        assert_eq!(first, "d-1a2b");
    }
    let xml = part(&report(), "xl/worksheets/sheet6.xml");
    assert!(xml.contains("<formula1>\"open,disputed,accepted,credited,closed\"</formula1>"), "{xml}");
}

#[test]
fn sheets_are_set_up_for_reading_and_printing() {
    let xml = part(&report(), "xl/worksheets/sheet7.xml");
    for said in [
        "state=\"frozen\"",
        "<autoFilter ref=\"A1:N3\"/>",
        "orientation=\"landscape\"",
        "fitToHeight=\"0\"",
        "&amp;P / &amp;N",
    ] {
        assert!(xml.contains(said), "{said}");
    }
    let book = part(&report(), "xl/workbook.xml");
    assert!(
        book.contains("<definedName name=\"_xlnm.Print_Titles\" localSheetId=\"6\">Lines!$1:$1</definedName>"),
        "{book}"
    );
    assert!(part(&report(), "xl/charts/chart1.xml").contains("<c:grouping val=\"stacked\"/>"));
    assert!(part(&report(), "xl/charts/chart2.xml").contains("By day"));
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
    // Header, two rows, and a row kept for the sum.
    let mut book = read(xlsx::render_with(&report, 4).unwrap());
    let names: Vec<_> = book.sheet_names().into_iter().filter(|name| name.starts_with("Lines")).collect();
    assert_eq!(names, ["Lines", "Lines 2", "Lines 3"]);
    let amounts: Vec<_> = names
        .iter()
        .flat_map(|name| {
            let range = book.worksheet_range(name).unwrap();
            let rows = (1..range.height().min(3)).filter(|row| !cell(&range, "Item", *row).is_empty());
            rows.map(|row| cell(&range, "Amount", row).as_f64().unwrap()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(amounts, [0.01, 0.02, 0.03, 0.04, 0.05]);
    let formulas = book.worksheet_formula("Lines 3").unwrap();
    let sum = "ROUND(SUM('Lines'!$K$2:$K$3,'Lines 2'!$K$2:$K$3,'Lines 3'!$K$2:$K$2),8)";
    assert_eq!(formulas.get_value((2, 10)).unwrap(), sum);
}

#[test]
fn the_cover_says_the_verdict_first() {
    let cover = sheet(&report(), "Verdict");
    let texts: Vec<_> = cover.used_cells().map(|(_, _, cell)| cell.to_string()).collect();
    assert!(texts[0].starts_with("100000000001 2024-10: overcharged by 0.0399 USD on 1 line;"));
    for said in ["intl-2024: usage from 2024-08-01", "95.15", "0.0399", "Prepared by", "Approved by", "usage/<a>.csv"] {
        assert!(texts.iter().any(|text| text == said), "{said} in {texts:?}");
    }
    let assumptions = sheet(&report(), "Assumptions");
    assert!(
        assumptions
            .used_cells()
            .any(|(_, _, cell)| cell.to_string().starts_with("Part of a minute (0.02 USD): The last package minutes"))
    );
    assert!(assumptions.used_cells().any(|(_, _, cell)| cell.to_string().contains("no rows on 2024-10-31")));
}
