//! The stages, one after the other, for one case; and many cases side by side.
//!
//! The only place that knows all stages, and that decides what a run came to.

pub mod batch;
mod contradictions;
mod inputs;
mod measured;
mod options;
mod rated_case;
pub mod replay;

pub use inputs::Inputs;
pub use measured::{Measured, measured};
pub use options::{Further, Options, Previous, Task};
pub use rated_case::{Beside, RatedCase};

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::audit::refund::returned;
use crate::audit::{Assumption, Subject, assumptions, grant_costs};
use crate::case::Case;
use crate::case::account::{Account, App};
use crate::causes::{Situation, explain};
use crate::compare::balances::{Assertion, Ledger, attested};
use crate::compare::summary::{rows, summarise};
use crate::compare::{Discrepancy, compare};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::{Money, Month, Rounding};
use crate::progress::{self, Stage};
use crate::rate::Rated;
use crate::rate::charge::Charge;
use crate::read::digests_of;
use crate::report::disk::Disk;
use crate::report::names::{AppName, Names};
use crate::report::publish::publish;
use crate::report::{Comparison, Completeness, Lang, Report, Verdict, render};
use crate::rules::terms::Terms;
use crate::tools::dispute::{Dispute, dispute};
use crate::tools::followup::{Followup, from_folder, notes};

/// The status of a case after its run, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// All is well.
    Clean,
    /// The data cannot decide.
    Inconclusive,
    /// A discrepancy.
    Discrepancy,
    /// Bad configuration or input; nothing was written.
    Refused,
}

/// The outcome of one case.
#[derive(Debug)]
pub struct Outcome {
    /// The case folder, as it was given.
    pub case: PathBuf,
    /// Its status after the run.
    pub status: Status,
    /// The result, unless the case was refused.
    pub report: Option<Report>,
    /// Everything found about the inputs.
    pub diagnostics: Diagnostics,
    /// Where the report was written.
    pub written: Option<PathBuf>,
}

impl Status {
    /// Returns the exit status.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Discrepancy => 1,
            Self::Refused => 2,
            Self::Inconclusive => 3,
        }
    }

    /// Returns the status of a case whose report has this verdict.
    #[must_use]
    pub fn of_verdict(verdict: &str) -> Option<Self> {
        Some(match verdict {
            "reconciled" | "rated" => Self::Clean,
            "inconclusive" => Self::Inconclusive,
            "discrepancies" => Self::Discrepancy,
            _ => return None,
        })
    }
}

/// Runs one case from its folder to its report.
#[must_use]
pub fn run(root: &Path, options: &Options) -> Outcome {
    run_on(&mut Disk::default(), root, options)
}

/// [`run`] on a disk that may have a fault.
#[must_use]
pub fn run_on(disk: &mut Disk, root: &Path, options: &Options) -> Outcome {
    let mut diagnostics = Diagnostics::default();
    // What `check` found is worth telling where something is refused, too.
    let checked = options.task == Task::Check;
    let mut report = work(root, options, &mut diagnostics);
    if let Some(report) = report.as_mut().filter(|_| options.task == Task::Reconcile && options.further.notes.is_none())
    {
        let replaced = target(report, options);
        let edited = replay::is_edited(&replaced, notes::WORKBOOK);
        report.notes = notes::carried(&replaced, edited, &mut diagnostics);
    }
    let report = report.filter(|_| checked || !diagnostics.has_errors());
    let mut outcome =
        Outcome { case: root.to_owned(), status: Status::Refused, report: None, diagnostics, written: None };
    let Some(report) = report else { return outcome };
    let refused = outcome.diagnostics.has_errors();
    let status = if refused { Status::Refused } else { status(&report, options.task) };
    let written = if options.task == Task::Check { Ok(None) } else { write(disk, root, &report, options).map(Some) };
    match written {
        Ok(written) => {
            outcome.written = written;
            outcome.status = status;
            outcome.report = Some(report);
        }
        Err(diagnostic) => outcome.diagnostics.push(diagnostic),
    }
    outcome
}

/// A report, and its files by name.
pub type Made = (Report, Vec<(String, Vec<u8>)>);

/// Returns a case's report and its files, not published. `None` where it is refused.
pub fn made(root: &Path, options: &Options, found: &mut Diagnostics) -> Option<Made> {
    let report = work(root, options, found).filter(|_| !found.has_errors())?;
    let files = rendered(root, &report, options).map_err(|error| found.push(error)).ok()?;
    Some((report, files))
}

/// Returns what a case comes to, with nothing written. `None` where an error stopped it.
pub fn compared(root: &Path, options: &Options, found: &mut Diagnostics) -> Option<Report> {
    work(root, options, found).filter(|_| !found.has_errors())
}

/// Returns the report of a rated case without its bill, not published.
#[must_use]
pub fn rated_report(rated: &RatedCase, options: &Options, found: &Diagnostics) -> Report {
    let RatedCase { case, period, terms, inputs, rated } = rated;
    Run { case, period: *period, terms, inputs, rated: rated.clone(), options }.report(None, Vec::new(), found)
}

/// READ, NORMALISE, RATE, COMPARE, EXPLAIN. `None` where an error stopped it.
fn work(root: &Path, options: &Options, found: &mut Diagnostics) -> Option<Report> {
    let RatedCase { case, period, terms, inputs, rated } = RatedCase::read(root, options, found)?;
    let run = Run { case: &case, period, terms: &terms, inputs: &inputs, rated, options };
    let ledger = Ledger::new(&inputs.usage, &terms, &run.rated);
    let asserted = if found.has_errors() { Vec::new() } else { inputs.claims().compared(&ledger) };
    let (comparison, dispute) = if options.task == Task::Reconcile {
        let (comparison, dispute) = run.compared(attested(&asserted, &ledger));
        (Some(comparison), dispute)
    } else {
        (None, None)
    };
    let followup = match (&options.further.previous, &comparison) {
        (Some(previous), Some(comparison)) => followed(previous, run.case, period, &comparison.discrepancies, found),
        _ => None,
    };
    if !found.has_errors() && !case_is_complete(&run) {
        found.extend(run.inputs.holes(run.terms));
    }
    if !found.has_errors() {
        found.extend(inputs.claims().warnings(&asserted, &terms, |place| inputs.places.at(place)));
    }
    let mut report = run.report(comparison, asserted, found);
    (report.dispute, report.followup) = (dispute, followup);
    Some(report)
}

/// Returns true if the user has said that the exports hold all usage.
const fn case_is_complete(run: &Run<'_>) -> bool {
    run.case.account.usage_complete
}

/// Returns the findings of a month against those of an earlier report.
fn followed(
    previous: &Previous,
    case: &Case,
    period: Month,
    discrepancies: &[Discrepancy],
    found: &mut Diagnostics,
) -> Option<Followup> {
    let earlier = match previous {
        Previous::Folder(folder) => from_folder(folder, &case.account.uin, period, found)?,
        Previous::Kept(earlier) => earlier.clone(),
    };
    Some(Followup::of(discrepancies, earlier, period))
}

/// A case that was rated, and everything it was rated from.
struct Run<'a> {
    case: &'a Case,
    period: Month,
    terms: &'a Terms,
    inputs: &'a Inputs,
    rated: Rated,
    options: &'a Options,
}

impl Run<'_> {
    /// COMPARE, EXPLAIN: the bill held against the charges, and why it differs.
    fn compared(&self, attested: BTreeSet<String>) -> (Comparison, Option<Dispute>) {
        let Self { case, period, terms, inputs, rated, options } = self;
        let (account, cards) = (&case.account, &options.cards);
        let beside = Beside { attested, ..Beside::of(account, terms, rated, &inputs.lines) };
        let bill = beside.bill(rated, terms, &inputs.lines, inputs.days_seen(), options);
        progress::enter(Stage::Explaining);
        let mut compared = compare(&bill);
        // Row by row it is needed only where something is to be explained.
        let asked = !compared.findings.is_empty() || options.further.dispute;
        let usage = if asked { inputs.rows() } else { &[] };
        let attested = &beside.attested;
        let situation = Situation { account, cards, period: *period, usage, terms, bill, attested };
        explain(&situation, &mut compared);
        let mut comparison = summarise(&compared, &bill, &account.uin, |place| inputs.places.at(place).to_string());
        comparison.not_audited = inputs.not_audited;
        comparison.contradicted = inputs.contradicted;
        // Nothing compared with nothing decides nothing, nor does a bill that contradicts itself.
        let undecided = comparison.matched == 0 && inputs.days_seen().is_empty() || inputs.contradicted;
        if undecided && comparison.verdict == Verdict::Reconciled {
            comparison.verdict = Verdict::Inconclusive;
        }
        let claim = options.further.dispute.then(|| {
            let named = rows(&compared, &bill, &account.uin, |place| inputs.places.at(place).to_string());
            dispute(&situation, &compared, named)
        });
        (comparison, claim.flatten())
    }

    /// Returns what was assumed and found beside the sums; of inputs alone there is nothing to say.
    fn assumed(&self) -> Vec<Assumption> {
        if self.options.task == Task::Check {
            return Vec::new();
        }
        let subject = Subject {
            account: &self.case.account,
            cards: &self.options.cards,
            period: self.period,
            terms: self.terms,
            usage: &self.inputs.usage,
            rated: &self.rated,
        };
        let mut assumed = assumptions(&subject);
        assumed.extend(returned(&subject, &self.inputs.lines));
        assumed
    }

    /// Returns the result model that every output shows.
    fn report(self, comparison: Option<Comparison>, asserted: Vec<Assertion>, found: &Diagnostics) -> Report {
        let assumptions = self.assumed();
        let places = &self.inputs.places;
        let asserted = asserted.into_iter().map(|one| (places.at(one.place).to_string(), one)).collect();
        let Self { case, period, terms, inputs, rated, options } = self;
        let least = |charge: &Charge| charge.least.map_or(charge.amount, |least| least.amount);
        let known_as_range = rated.charges.iter().any(|charge| charge.least.is_some());
        let least_total: Money = rated.charges.iter().map(least).sum();
        let expected_total: Money = rated.charges.iter().map(|charge| charge.amount).sum();
        Report {
            lang: options.lang.unwrap_or_else(|| Lang::of(case.account.site)),
            account: case.account.uin.clone(),
            names: names(&case.account),
            period,
            currency: terms.currency().to_owned(),
            comparison,
            dispute: None,
            followup: None,
            notes: options.further.notes.clone().unwrap_or_default(),
            charges: rated.charges,
            drawdown: rated.drawdown,
            grants: rated.balances,
            asserted,
            grant_costs: grant_costs(&case.account, terms),
            completeness: Completeness { stated: case.account.usage_complete, ..inputs.completeness() },
            inputs: inputs.accounts(case),
            naming: options.naming,
            cards: terms.cards_used(),
            assumptions,
            diagnostics: found.iter().cloned().collect(),
            expected_total,
            expected_range: known_as_range.then_some((least_total, expected_total)),
            payable_total: expected_total.round(Rounding::HalfUp(2)),
        }
    }
}

/// Returns what account.toml calls the account and its applications.
fn names(account: &Account) -> Names {
    let name = |app: &App| AppName {
        name: app.name.clone().unwrap_or_default(),
        department: app.department.clone().unwrap_or_default(),
    };
    let apps = account.apps.iter().map(|app| (app.id, name(app)));
    Names { account: account.name.clone(), apps: apps.filter(|(_, app)| *app != AppName::default()).collect() }
}

fn status(report: &Report, task: Task) -> Status {
    let undecided = report.expected_range.is_some() || !report.completeness.gaps.is_empty();
    match report.comparison.as_ref().map(|comparison| comparison.verdict) {
        Some(Verdict::Discrepancies) => Status::Discrepancy,
        Some(Verdict::Inconclusive) => Status::Inconclusive,
        None if task == Task::Check && undecided => Status::Inconclusive,
        Some(Verdict::Reconciled) | None => Status::Clean,
    }
}

/// Returns the folder of a report.
fn target(report: &Report, options: &Options) -> PathBuf {
    options.out.join(format!("{}-{}", report.account, report.period))
}

/// REPORT: renders the files and publishes them as a whole, unless an input
/// was changed meanwhile.
fn write(disk: &mut Disk, root: &Path, report: &Report, options: &Options) -> Result<PathBuf, Diagnostic> {
    let target = target(report, options);
    progress::enter(Stage::Writing);
    let files = rendered(root, report, options)?;
    publish(disk, &target, &files).map_err(|error| error.diagnostic(&target))?;
    Ok(target)
}

/// Returns the files of a report, made of inputs that are still what was read.
fn rendered(root: &Path, report: &Report, options: &Options) -> Result<Vec<(String, Vec<u8>)>, Diagnostic> {
    let files = render(report, &options.formats, &options.arguments()).map_err(|error| {
        Diagnostic::error("output-too-large", At::file(error.file), error.to_string(), "leave the format out: --format")
    })?;
    for input in &report.inputs {
        let location = root.join(&input.path);
        let member = !location.exists() && input.path.contains(".zip/");
        let same = input.identity.as_ref().is_some_and(|identity| identity.still_holds(&location));
        let digest = || digests_of(&location, false).ok().map(|digests| digests.blake3);
        if !member && !same && digest().as_ref() != Some(&input.digests.blake3) {
            let help = "wait until nobody writes to the case folder, and run again";
            return Err(Diagnostic::error(
                "input-changed",
                At::file(&input.path),
                "was changed while it was read",
                help,
            ));
        }
    }
    Ok(files)
}

/// Keeps what was found; the value, if there is one.
fn accept<T>(result: Result<T, Diagnostics>, found: &mut Diagnostics) -> Option<T> {
    result.map_err(|errors| found.extend(errors)).ok()
}

fn period(case: &Case, options: &Options, found: &mut Diagnostics) -> Option<Month> {
    let period = options.period.or(case.account.period);
    if period.is_none() {
        let help = "add `period = \"2024-10\"` to [account], or give --period 2024-10";
        found.push(Diagnostic::error("period-missing", At::file("account.toml"), "no billing month is named", help));
    }
    period
}
