//! Cases written for a test, and run through the library.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use trtc_recon::pipeline::{self, Options, Outcome, Task};
use trtc_recon::report::{Format, Report};
use trtc_recon::rules::Cards;

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
    let task = if bill.is_some() { Task::Reconcile } else { Task::Rate };
    pipeline::run(&case, &options(folder.path(), task))
}

/// A task with its report below this folder.
pub fn options(folder: &Path, task: Task) -> Options {
    Options { out: folder.join("out"), formats: vec![Format::Csv], ..Options::reading(task, None, Cards::embedded()) }
}

/// The result of a case that must not be refused.
pub fn report(account: &str, usage: &str, bill: Option<&str>) -> Report {
    let outcome = case(account, usage, bill);
    let found: Vec<String> = outcome.diagnostics.iter().map(ToString::to_string).collect();
    outcome.report.unwrap_or_else(|| panic!("refused:\n{}", found.join("\n")))
}

/// Charges as `day app item billable covered amount`.
pub fn charges(report: &Report) -> Vec<String> {
    let line = |charge: &trtc_recon::rate::charge::Charge| {
        let app = charge.app.map_or_else(|| "-".to_owned(), |app| app.to_string());
        format!("{} {app} {} {} {} {}", charge.day, charge.item, charge.billable, charge.covered, charge.amount)
    };
    report.charges.iter().map(line).collect()
}

/// Works on many things side by side, in order of the things; on threads of its own, since work that waits for
/// a part of itself must not begin another meanwhile.
pub fn side_by_side<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let (next, work) = (&next, &work);
    let take = move || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(thing) = things.get(at) else { return done };
            done.push((at, work(thing)));
        }
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|threads| {
        let count = std::thread::available_parallelism().map_or(2, usize::from);
        let running: Vec<_> = (0..count).map(|_| threads.spawn(take)).collect();
        running.into_iter().flat_map(|thread| thread.join().expect("said above")).collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}
