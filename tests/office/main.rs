//! Workbooks recalculated by LibreOffice: every formula comes to the engine's
//! figure, no cell is an error. Not among the tests that run by default, since
//! it needs `soffice`: `cargo test --release --locked --test office`.
//!
//! The figures that stand in the formulas' cells as results are overwritten
//! with a zero first, so that what is read back was computed by LibreOffice.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "test code: a panic is a failed test")]

mod odd;
mod recalculated;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use recalculated::{Book, recalculate};

const LANGUAGES: [&str; 2] = ["en", "zh"];

/// A case and the folder of its report.
struct Made {
    /// A name of its own.
    name: String,
    report: PathBuf,
}

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = entries.filter(|path| path.join("account.toml").exists()).collect();
    cases.sort();
    cases
}

/// Runs a case in a language; its report's folder.
fn make(command: &str, case: &Path, lang: &str, out: &Path) -> Made {
    let name = format!("{}-{lang}", case.file_name().unwrap().to_str().unwrap());
    let out = out.join(&name);
    let arguments = ["--lang", lang, "--format", "csv,json,xlsx", "--quiet"];
    let mut program = Command::new(env!("CARGO_BIN_EXE_trtc-recon"));
    let output = program.arg(command).arg(case).args(arguments).arg("--out").arg(&out).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = fs::read_dir(&out).unwrap_or_else(|_| panic!("{name}: {said}")).map(|entry| entry.unwrap().path());
    Made { name, report: report.into_iter().find(|path| path.is_dir()).unwrap_or_else(|| panic!("{said}")) }
}

/// Recalculates the workbooks and holds them against what the engine wrote.
fn prove(made: &[Made], place: &Path) {
    let workbooks: Vec<(String, PathBuf)> =
        made.iter().map(|made| (made.name.clone(), made.report.join("reconciliation.xlsx"))).collect();
    let recalculated = recalculate(&workbooks, place);
    let mut wrong = Vec::new();
    for (made, path) in made.iter().zip(recalculated) {
        let (written, computed) = (Book::read(&made.report.join("reconciliation.xlsx")), Book::read(&path));
        let formulas = written.formulas();
        assert!(formulas.len() > 40, "{} has {} formulas", made.name, formulas.len());
        wrong.extend(computed.errors().into_iter().map(|cell| format!("{}: {cell} is an error", made.name)));
        for (sheet, cell) in formulas {
            let (engine, office) = (written.shown(&sheet, cell), computed.shown(&sheet, cell));
            if engine != office {
                wrong.push(format!("{} {sheet} {cell:?}: the engine has {engine}, LibreOffice {office}", made.name));
            }
        }
        wrong.extend(against_charges(made, &computed));
        wrong.extend(against_result(made, &computed));
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// The names of a sheet by the language at the end of the case's name.
fn named<'a>(made: &Made, en: &'a str, zh: &'a str) -> &'a str {
    if made.name.ends_with("-zh") { zh } else { en }
}

/// Each row of charges.csv is a row of the lines, in order: charged, price, amount.
fn against_charges(made: &Made, computed: &Book) -> Vec<String> {
    let csv = fs::read_to_string(made.report.join("charges.csv")).unwrap();
    let sheet = named(made, "Lines", "重算明细");
    let mut wrong = Vec::new();
    for (row, line) in (1..).zip(csv.lines().skip(1)) {
        let fields: Vec<&str> = line.split(',').collect();
        for (field, column) in [(6, 6), (7, 7), (8, 8), (9, 9), (10, 10)] {
            let shown = computed.figure(sheet, (row, column));
            if shown != fields[field] {
                wrong.push(format!("{} line {row}: {} in charges.csv, {shown} recalculated", made.name, fields[field]));
            }
        }
    }
    wrong
}

/// The totals of reconciliation.json stand on the cover, and all checks hold.
fn against_result(made: &Made, computed: &Book) -> Vec<String> {
    let cover = named(made, "Verdict", "结论");
    let mut wrong = Vec::new();
    if let Ok(text) = fs::read_to_string(made.report.join("reconciliation.json")) {
        let result: serde_json::Value = serde_json::from_str(&text).unwrap();
        let labels = [
            ("expected_total", "Expected: the recomputed charges", "应计：重算费用"),
            ("billed_total", "Billed: after discount, before vouchers and tax", "账单：优惠后，代金券与税之前"),
            ("difference", "Difference: billed less expected", "差额：账单减应计"),
            ("payable_total", "Payable: expected, rounded to cents", "应付：应计四舍五入到分"),
        ];
        for (key, en, zh) in labels {
            let row = computed.row_of(cover, named(made, en, zh));
            let shown = computed.figure(cover, (row, 1));
            let expected = recalculated::plain(result[key].as_str().unwrap());
            if shown != expected {
                wrong.push(format!("{} {key}: {expected} in the json, {shown} on the cover", made.name));
            }
        }
    }
    let checks = named(made, "Checks", "校验");
    let held = computed.truths(checks);
    if held.len() < 12 || held.iter().any(|holds| !holds) {
        wrong.push(format!("{}: checks are {held:?}", made.name));
    }
    wrong
}

#[test]
fn libreoffice_comes_to_the_engines_figures_in_every_sample_and_language() {
    let place = tempfile::tempdir().unwrap();
    let cases = samples();
    let each = cases.iter().flat_map(|case| LANGUAGES.map(|lang| make("reconcile", case, lang, place.path())));
    let made: Vec<Made> = each.collect();
    assert!(made.len() >= 20);
    prove(&made, place.path());
}

/// Prices of 13 decimals, packages that end within a minute, thousands of lines.
#[test]
fn libreoffice_rounds_odd_prices_and_parts_of_minutes_as_the_engine_does() {
    let place = tempfile::tempdir().unwrap();
    let case = odd::case(place.path());
    prove(&[make("rate", &case, "en", place.path())], place.path());
}

/// The pages of the workbook that the documents show: name, page, height in points of 90 an inch.
const PICTURED: [(&str, &str, &str); 2] = [("workbook-cover", "1", "560"), ("workbook-bridge", "2", "540")];

/// With `BLESS=1` the pictures are taken anew, as LibreOffice prints the pages.
#[test]
fn the_documents_show_the_cover_and_the_bridge() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    if std::env::var_os("BLESS").is_some() {
        let place = tempfile::tempdir().unwrap();
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/intl-wrong");
        let report = make("reconcile", &case, "en", place.path()).report;
        let profile = format!("-env:UserInstallation=file://{}/profile", place.path().display());
        let mut office = Command::new("soffice");
        office.args([profile.as_str(), "--headless", "--convert-to", "pdf", "--outdir"]).arg(place.path());
        assert!(office.arg(report.join("reconciliation.xlsx")).output().unwrap().status.success());
        for (name, page, height) in PICTURED {
            let mut taken = Command::new("pdftoppm");
            taken.args(["-png", "-singlefile", "-r", "90", "-f", page, "-l", page, "-H", height]);
            taken.arg(place.path().join("reconciliation.pdf")).arg(folder.join(name));
            assert!(taken.status().expect("pdftoppm runs: install poppler-utils").success());
        }
    }
    for (name, ..) in PICTURED {
        assert!(folder.join(format!("{name}.png")).is_file(), "{name}");
    }
}
