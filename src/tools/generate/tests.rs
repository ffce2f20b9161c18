use super::*;
use crate::compare::balances::Assertion;
use crate::pipeline::{self, Options, Status, Task};

fn small(layout: Layout, errors: u32) -> Wanted {
    let period = Month::parse("2024-10").unwrap();
    let (order, files) = (Order::Time, Files::One);
    Wanted { apps: 3, days: 5, rows: None, seed: 7, period, layout, order, files, zip: false, errors }
}

/// Makes the case and reconciles it: what was made, the status, charges.csv, the findings.
fn reconciled(wanted: &Wanted) -> (Made, Status, String, usize) {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    let made = generate(&case, wanted).unwrap();
    let (status, charges, findings, _) = reconciled_in(folder.path());
    (made, status, charges, findings)
}

/// Reconciles the case of a folder; with what the vendor's own deductions come to: outcome, rows, seconds.
fn reconciled_in(folder: &Path) -> (Status, String, usize, Vec<String>) {
    let case = folder.join("case");
    let options = Options {
        out: folder.join("out"),
        formats: vec![crate::report::Format::Csv],
        ..Options::reading(Task::Reconcile, None, Cards::embedded())
    };
    let outcome = pipeline::run(&case, &options);
    let dated = outcome.diagnostics.iter().all(|found| found.code != "bill-date");
    assert!(dated, "usage is charged on the day after: {:?}", outcome.diagnostics);
    let charges = fs::read_to_string(folder.join("out/100000000001-2024-10/charges.csv")).unwrap();
    let report = outcome.report.unwrap();
    let said = |one: &Assertion| format!("{} {} {}", one.outcome.name(), one.compared, one.theirs);
    let asserted = report.asserted.iter().map(|(_, one)| said(one)).collect();
    let findings = report.comparison.map_or(0, |found| found.discrepancies.len());
    (outcome.status, charges, findings, asserted)
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
fn every_order_and_parting_of_the_usage_is_the_same_usage() {
    let mut known = None;
    for order in [Order::Time, Order::App] {
        for files in [Files::One, Files::Day, Files::App] {
            for (layout, zip) in [(Layout::Detail, false), (Layout::Detail, true), (Layout::Workbook, false)] {
                let folder = tempfile::tempdir().unwrap();
                let wanted = Wanted { order, files, zip, rows: Some(20_000), ..small(layout, 0) };
                generate(&folder.path().join("case"), &wanted).unwrap();
                let (status, charges, findings, asserted) = reconciled_in(folder.path());
                assert_eq!((status, findings), (Status::Clean, 0), "{wanted:?}");
                // The vendor's own deductions of all rows, by the free minutes and the subscription.
                assert!(asserted[0].starts_with("agrees 20000 "), "{wanted:?} {asserted:?}");
                let (known_charges, known_asserted) = known.get_or_insert((charges.clone(), asserted.clone()));
                assert_eq!((&charges, &asserted), (&*known_charges, &*known_asserted), "{wanted:?}");
            }
        }
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
        let name = &usage::parts(&small(layout, 0))[0].name;
        fs::read(folder.path().join("c/usage").join(name)).unwrap()
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
