//! One table in many dresses: encodings, delimiters, orders and layouts change
//! nothing; and what the tool answers to wrong input.

mod bills;
mod refusals;

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use rust_xlsxwriter::Workbook;

use crate::samples::{self, Run};

/// A table: its header first.
type Rows = Vec<Vec<String>>;

/// The sample whose usage and charges serve as the pattern.
const PATTERN: &str = "intl-wrong";

/// A case of its own with the account and, unless told otherwise, the usage of the pattern.
fn case(with_usage: bool) -> tempfile::TempDir {
    let (folder, pattern) = (tempfile::tempdir().unwrap(), samples::folder().join(PATTERN));
    for name in ["usage", "bills"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    fs::copy(pattern.join("account.toml"), folder.path().join("account.toml")).unwrap();
    if with_usage {
        fs::write(folder.path().join("usage/usage.csv"), pattern_usage()).unwrap();
    }
    folder
}

fn pattern_usage() -> String {
    fs::read_to_string(samples::folder().join(PATTERN).join("usage/usage-202503.csv")).unwrap()
}

fn expected_charges() -> String {
    fs::read_to_string(samples::folder().join(PATTERN).join("expected/charges.csv")).unwrap()
}

fn table(text: &str) -> Rows {
    text.lines().map(samples::cells).collect()
}

/// Delimited text, every field in quotes.
fn delimited(rows: &Rows, delimiter: &str) -> String {
    let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
    let line = |row: &Vec<String>| row.iter().map(quoted).collect::<Vec<_>>().join(delimiter);
    rows.iter().map(|row| line(row) + "\n").collect()
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// A workbook of one sheet, all cells as text.
fn workbook(rows: &Rows) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in (0u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(cells) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// The rows in another order, the header still first: by a step that shares no
/// factor with their number.
fn shuffled(rows: &Rows) -> Rows {
    let (header, body) = rows.split_first().unwrap();
    let step = (7..100).find(|step| is_coprime(*step, body.len())).unwrap();
    let order = (0..body.len()).map(|at| (at * step + 3) % body.len());
    std::iter::once(header.clone()).chain(order.map(|at| body[at].clone())).collect()
}

fn is_coprime(mut a: usize, mut b: usize) -> bool {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

/// The columns in the opposite order.
fn mirrored(rows: &Rows) -> Rows {
    rows.iter().map(|row| row.iter().rev().cloned().collect()).collect()
}

fn rate(case: &Path) -> Run {
    Run::of(&[OsStr::new("rate"), case.as_os_str(), OsStr::new("--out"), OsStr::new("out")])
}

#[test]
fn one_table_of_usage_rates_alike_in_every_dress() {
    let text = pattern_usage();
    let rows = table(&text);
    let titled = format!("账单用量明细\n\n{text}");
    let dresses: Vec<(&str, Vec<u8>)> = vec![
        ("utf-8.csv", text.clone().into_bytes()),
        ("bom.csv", format!("\u{feff}{text}").into_bytes()),
        ("crlf.csv", text.replace('\n', "\r\n").into_bytes()),
        ("gb18030.csv", gb18030(&text)),
        ("utf-16.csv", utf16(&text)),
        ("semicolon.csv", delimited(&rows, ";").into_bytes()),
        ("tab.csv", delimited(&rows, "\t").into_bytes()),
        ("titled.csv", titled.into_bytes()),
        ("rows.csv", delimited(&shuffled(&rows), ",").into_bytes()),
        ("columns.csv", delimited(&mirrored(&rows), ",").into_bytes()),
        ("book.xlsx", workbook(&rows)),
        ("mixed.xlsx", workbook(&mirrored(&shuffled(&rows)))),
    ];
    let wrong = dresses.into_iter().filter_map(|(name, bytes)| {
        let case = case(false);
        fs::write(case.path().join("usage").join(name), bytes).unwrap();
        let run = rate(case.path());
        let Some(report) = run.report() else { return Some(format!("{name}: {}", run.stderr)) };
        let charges = fs::read_to_string(report.join("charges.csv")).unwrap();
        (charges != expected_charges()).then(|| format!("{name}: other charges\n{}", run.stderr))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same rows over several files, one of them also as a copy.
#[test]
fn usage_over_several_files_and_a_copy_rates_alike() {
    let rows = table(&pattern_usage());
    let case = case(false);
    let (header, body) = rows.split_first().unwrap();
    let part = |rows: &[Vec<String>]| std::iter::once(header.clone()).chain(rows.iter().cloned()).collect::<Rows>();
    let (first, second) = body.split_at(body.len() / 3);
    let usage = case.path().join("usage");
    fs::write(usage.join("a.csv"), delimited(&part(first), ",")).unwrap();
    fs::write(usage.join("b.xlsx"), workbook(&part(second))).unwrap();
    fs::write(usage.join("copy of a.csv"), delimited(&part(first), ",")).unwrap();
    let run = rate(case.path());
    let report = run.report().unwrap_or_else(|| panic!("{}", run.stderr));
    assert_eq!(fs::read_to_string(report.join("charges.csv")).unwrap(), expected_charges());
    assert!(run.stderr.contains("copy of a.csv"), "{}", run.stderr);
}
