//! Cases written for a test, and run through the library.

use std::fs;

use trtc_recon::pipeline::{self, Options, Outcome, Task};
use trtc_recon::ratecard::Cards;
use trtc_recon::report::{Format, Report};

/// Runs a case of an account, tidy usage and perhaps a bill.
pub fn case(account: &str, usage: &str, bill: Option<&str>) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    fs::create_dir_all(case.join("usage")).unwrap();
    fs::write(case.join("account.toml"), account).unwrap();
    fs::write(case.join("usage/usage.csv"), usage).unwrap();
    if let Some(bill) = bill {
        fs::create_dir_all(case.join("bills")).unwrap();
        fs::write(case.join("bills/bill.csv"), bill).unwrap();
    }
    let options = Options {
        out: folder.path().join("out"),
        formats: vec![Format::Csv],
        ..Options::reading(if bill.is_some() { Task::Reconcile } else { Task::Rate }, None, Cards::embedded())
    };
    pipeline::run(&case, &options)
}

/// The result of a case that must not be refused.
pub fn report(account: &str, usage: &str, bill: Option<&str>) -> Report {
    let outcome = case(account, usage, bill);
    let found: Vec<String> = outcome.diagnostics.iter().map(ToString::to_string).collect();
    outcome.report.unwrap_or_else(|| panic!("refused:\n{}", found.join("\n")))
}

/// Charges as `day app item billable covered amount`.
pub fn charges(report: &Report) -> Vec<String> {
    let line = |charge: &trtc_recon::rating::charge::Charge| {
        let app = charge.app.map_or_else(|| "-".to_owned(), |app| app.to_string());
        format!("{} {app} {} {} {} {}", charge.day, charge.item, charge.billable, charge.covered, charge.amount)
    };
    report.charges.iter().map(line).collect()
}
