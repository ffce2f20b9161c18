use super::*;
use crate::pipeline::{self, Options, Status, Task};

fn small(layout: Layout, errors: u32) -> Wanted {
    let period = Month::parse("2024-10").unwrap();
    Wanted { apps: 3, days: 5, rows: None, seed: 7, period, layout, errors }
}

/// Makes the case and reconciles it: what was made, the status, charges.csv, the findings.
fn reconciled(wanted: &Wanted) -> (Made, Status, String, usize) {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let made = generate(&case, wanted).unwrap();
    let options = Options {
        out: folder.path().join("out"),
        formats: vec![crate::report::Format::Csv],
        ..Options::reading(Task::Reconcile, None, Cards::embedded())
    };
    let outcome = pipeline::run(&case, &options);
    let dated = outcome.diagnostics.iter().all(|found| found.code != "bill-date");
    assert!(dated, "usage is charged on the day after: {:?}", outcome.diagnostics);
    let charges = fs::read_to_string(folder.path().join("out/100000000001-2024-10/charges.csv")).unwrap();
    let findings = outcome.report.and_then(|report| report.comparison).map_or(0, |found| found.discrepancies.len());
    (made, outcome.status, charges, findings)
}

#[test]
fn the_bill_of_a_generated_case_is_right_in_every_form() {
    let (made, status, detail, findings) = reconciled(&small(Layout::Detail, 0));
    // 5 days x 288 intervals x 3 applications x 5 items; a line a day, application and item, and the fee.
    assert_eq!((made.usage, made.lines, findings), (21_600, 76, 0));
    assert_eq!(status, Status::Clean);
    for layout in [Layout::Tidy, Layout::Workbook] {
        let (_, status, charges, _) = reconciled(&small(layout, 0));
        assert_eq!((status, &charges), (Status::Clean, &detail), "{layout:?}");
    }
}

#[test]
fn planted_errors_are_found() {
    // A day of one application: the search for causes rates them again and again.
    let (made, status, _, findings) = reconciled(&Wanted { apps: 1, days: 1, ..small(Layout::Detail, 3) });
    assert_eq!((made.errors.len(), status, findings), (3, Status::Discrepancy, 3), "{:?}", made.errors);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_others() {
    let made = |seed: u64, layout: Layout| {
        let folder = tempfile::tempdir().unwrap();
        generate(&folder.path().join("c"), &Wanted { seed, rows: Some(1000), ..small(layout, 0) }).unwrap();
        fs::read(folder.path().join("c/usage").join(usage::name(layout))).unwrap()
    };
    for layout in [Layout::Detail, Layout::Workbook] {
        assert!(made(1, layout) == made(1, layout));
        assert!(made(1, layout) != made(2, layout));
    }
}

#[test]
fn what_cannot_be_made_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let code = |wanted: &Wanted| generate(folder.path(), wanted).unwrap_err().iter().next().unwrap().code;
    assert_eq!(code(&Wanted { apps: 500, days: 31, ..small(Layout::Workbook, 0) }), "generate-too-long");
    fs::write(folder.path().join("account.toml"), "").unwrap();
    assert_eq!(code(&small(Layout::Tidy, 0)), "case-exists");
}
