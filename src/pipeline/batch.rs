//! Many cases side by side: one bad case never stops the others.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{Options, Outcome, Status, Task, replay, run};
use crate::case::folder;
use crate::model::Month;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};

/// The cases that were asked for, by path; and what was asked for and is none.
#[must_use]
pub fn find(asked: &[PathBuf]) -> (Vec<PathBuf>, Diagnostics) {
    let mut found = Diagnostics::default();
    let mut cases = Vec::new();
    let mut known = HashSet::new();
    for path in asked {
        match folder::find(path) {
            // The same folder named twice is one case.
            Ok(inside) => {
                cases.extend(
                    inside
                        .into_iter()
                        .filter(|case| known.insert(case.canonicalize().unwrap_or_else(|_| case.clone()))),
                );
            }
            Err(diagnostic) => found.push(diagnostic),
        }
    }
    (cases, found)
}

/// Cases for each thread of the pool: while one is forced to the disk, another is worked on.
const CASES_A_THREAD: usize = 2;

/// Works on all cases, so many side by side as were asked for (else two for each
/// core), and hands each result over in the order of the cases, as soon as it and all before it
/// are there.
///
/// A case is worked on by a thread of its own and never by one that waits
/// for a part of another case: no more cases are in memory than there are threads.
pub fn run_all<T: Send>(
    cases: &[PathBuf],
    side_by_side: Option<usize>,
    work: impl Fn(&Path) -> T + Sync,
    hand_over: impl FnMut(T) + Send,
) {
    let next = AtomicUsize::new(0);
    let line = Mutex::new(Line { waiting: BTreeMap::new(), handed: 0, hand_over });
    let threads = side_by_side.unwrap_or_else(|| CASES_A_THREAD * rayon::current_num_threads()).min(cases.len());
    let worker = || {
        while let Some((position, case)) = take(&next, cases) {
            let result = work(case);
            line.lock().unwrap_or_else(PoisonError::into_inner).arrive(position, result);
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(worker);
        }
    });
}

fn take<'a>(next: &AtomicUsize, cases: &'a [PathBuf]) -> Option<(usize, &'a PathBuf)> {
    let position = next.fetch_add(1, Ordering::Relaxed);
    cases.get(position).map(|case| (position, case))
}

/// Results that came before an earlier one.
struct Line<T, H> {
    waiting: BTreeMap<usize, T>,
    handed: usize,
    hand_over: H,
}

impl<T, H: FnMut(T)> Line<T, H> {
    fn arrive(&mut self, position: usize, result: T) {
        self.waiting.insert(position, result);
        while let Some(result) = self.waiting.remove(&self.handed) {
            (self.hand_over)(result);
            self.handed += 1;
        }
    }
}

/// Whose reports the cases of a batch make, as far as their account.toml can be read.
#[derive(Debug, Default)]
pub struct Plan {
    reports: HashMap<PathBuf, (String, Option<Month>)>,
    twins: HashMap<PathBuf, Diagnostic>,
}

impl Plan {
    /// Looks at the account.toml of each case.
    #[must_use]
    pub fn of(cases: &[PathBuf], options: &Options) -> Self {
        let mut plan = Self::default();
        let mut by_report: BTreeMap<(String, Option<Month>), Vec<&PathBuf>> = BTreeMap::new();
        for path in cases {
            if let Ok(case) = folder::open(path) {
                let report = (case.account.uin, options.period.or(case.account.period));
                by_report.entry(report.clone()).or_default().push(path);
                plan.reports.insert(path.clone(), report);
            }
        }
        if options.task != Task::Check {
            for ((uin, _), same) in by_report.into_iter().filter(|(_, same)| same.len() > 1) {
                plan.twins.extend(twins(&uin, &same));
            }
        }
        plan
    }

    /// The account and the month of a case.
    #[must_use]
    pub fn report(&self, case: &Path) -> Option<&(String, Option<Month>)> {
        self.reports.get(case)
    }

    /// What is wrong with cases of one account and month.
    #[must_use]
    pub fn twice(&self) -> Diagnostics {
        let mut found: Vec<(&PathBuf, &Diagnostic)> = self.twins.iter().collect();
        found.sort_by_key(|(path, _)| *path);
        found.into_iter().map(|(_, twice)| twice.clone()).collect()
    }

    /// Runs a case; a defect of this program ends it alone.
    #[must_use]
    pub fn run(&self, case: &Path, options: &Options) -> Outcome {
        match self.twins.get(case) {
            Some(found) => refused(case, found.clone()),
            None => panic::catch_unwind(AssertUnwindSafe(|| run(case, options))).unwrap_or_else(|_| broken(case)),
        }
    }

    /// The report of a case, if it was made of the same inputs, by the same
    /// version and arguments, and stands there whole: its folder.
    #[must_use]
    pub fn kept(&self, case: &Path, options: &Options) -> Option<PathBuf> {
        let (uin, period) = self.report(case).filter(|_| !self.twins.contains_key(case))?;
        let folder = options.out.join(format!("{uin}-{}", (*period)?));
        replay::still_holds(case, &folder, options).then_some(folder)
    }
}

/// Cases of one account and month: their reports would take each other's place.
fn twins(uin: &str, same: &[&PathBuf]) -> Vec<(PathBuf, Diagnostic)> {
    let names: Vec<String> = same.iter().map(|path| shown(&path.to_string_lossy())).collect();
    let names = names.join(", ");
    let one = |path: &&PathBuf| {
        let message = format!("{names} are cases of one account ({uin}) and month: one report would replace the other");
        let help = "run them one by one with folders of their own: --out";
        ((*path).clone(), Diagnostic::error("case-twice", At::file(&path.to_string_lossy()), message, help))
    };
    same.iter().map(one).collect()
}

fn refused(case: &Path, found: Diagnostic) -> Outcome {
    let diagnostics = [found].into_iter().collect();
    Outcome { case: case.to_owned(), status: Status::Refused, report: None, diagnostics, written: None }
}

/// A case that met a defect of this program: said, and no reason to stop the others.
fn broken(case: &Path) -> Outcome {
    let help = "please report it with the case's account.toml; the message above says where it happened";
    let found =
        Diagnostic::error("internal-error", At::file(&case.to_string_lossy()), "a defect of this program", help);
    refused(case, found)
}
