//! `reconcile`, `rate` and `check`: what was typed becomes options, outcomes
//! become text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::save::save;
use super::{because, cards, ended, print, refuse, say};
use crate::cli::{Cases, EncodingName, FormatName, Run, ToleranceArgs};
use crate::diagnostic::{At, Diagnostic, Diagnostics, Severity};
use crate::domain::Money;
use crate::ingest::Encoding;
use crate::pipeline::batch::{self, Plan};
use crate::pipeline::{Options, Outcome, Status, Task};
use crate::ratecard::Cards;
use crate::reconcile::Tolerance;
use crate::report::batch::{self as batch_report, Row, Totals};
use crate::report::{Format, check, text};

pub(super) fn reconcile(run: &Run, tolerance: &ToleranceArgs) -> Status {
    cases(&run.cases, run.resume, |cards| options(Task::Reconcile, run, tolerance.bounds(), cards))
}

pub(super) fn rate(run: &Run) -> Status {
    cases(&run.cases, run.resume, |cards| options(Task::Rate, run, Tolerance::default(), cards))
}

pub(super) fn check(asked: Cases) -> Status {
    let run = Run { cases: asked, out: "reports".into(), format: Vec::new(), resume: false };
    cases(&run.cases, false, |cards| options(Task::Check, &run, Tolerance::default(), cards))
}

fn options(task: Task, run: &Run, tolerance: Tolerance, cards: Cards) -> Options {
    Options {
        task,
        period: run.cases.period,
        cards,
        encoding: run.cases.encoding.map(encoding),
        out: run.out.clone(),
        formats: run.format.iter().copied().map(format).collect(),
        tolerance,
    }
}

pub(super) const fn format(name: FormatName) -> Format {
    match name {
        FormatName::Csv => Format::Csv,
        FormatName::Json => Format::Json,
        FormatName::Xlsx => Format::Xlsx,
        FormatName::Html => Format::Html,
    }
}

pub(super) const fn encoding(name: EncodingName) -> Encoding {
    match name {
        EncodingName::Utf8 => Encoding::Utf8,
        EncodingName::Gb18030 => Encoding::Gb18030,
        EncodingName::Utf16Le => Encoding::Utf16Le,
        EncodingName::Utf16Be => Encoding::Utf16Be,
    }
}

impl ToleranceArgs {
    const fn bounds(&self) -> Tolerance {
        Tolerance { absolute: Money::new(self.abs_tol), relative: self.rel_tol }
    }
}

/// Runs the cases that were asked for, side by side, and says what they came to.
fn cases(asked: &Cases, resume: bool, options: impl FnOnce(Cards) -> Options) -> Status {
    let cards = match cards(asked.cards.as_deref()) {
        Ok(cards) => cards,
        Err(found) => return refuse(&found),
    };
    if let Some(jobs) = asked.jobs {
        // A second pool cannot be asked for: this is the first use of it.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(usize::from(jobs)).build_global();
    }
    let (found, missing) = batch::find(&asked.cases);
    let options = options(cards);
    let mut status = if missing.is_empty() { Status::Clean } else { refuse(&missing) };
    let work = Work {
        plan: Plan::of(&found, &options),
        options: &options,
        resume,
        several: found.len() > 1,
        quiet: asked.quiet,
    };
    let bar = progress(found.len());
    let mut rows = Vec::new();
    batch::run_all(
        &found,
        |case| work.on(case),
        |told: Told| {
            bar.inc(1);
            status = status.max(bar.suspend(|| told.tell()));
            rows.push(told.row);
        },
    );
    bar.finish_and_clear();
    if work.several && options.task != Task::Check {
        status = status.max(ended(summary(&rows, &options, status)));
    }
    status
}

/// What is the same for every case of a run.
struct Work<'a> {
    plan: Plan,
    options: &'a Options,
    resume: bool,
    several: bool,
    quiet: bool,
}

/// All that is kept of a case when it is done: what to say, and its row.
struct Told {
    out: String,
    errors: String,
    status: Status,
    row: Row,
}

impl Work<'_> {
    fn on(&self, case: &Path) -> Told {
        let kept = if self.resume { self.kept(case) } else { None };
        kept.unwrap_or_else(|| self.ran(case))
    }

    /// A case whose report still holds is not run again.
    fn kept(&self, case: &Path) -> Option<Told> {
        let folder = self.plan.kept(case, self.options)?;
        let totals = Totals::read(&folder)?;
        let status = Status::of_verdict(&totals.verdict)?;
        let out = if self.quiet {
            String::new()
        } else {
            format!("{}: {} (unchanged since {})\n", case.display(), totals.verdict, folder.display())
        };
        Some(Told { out, errors: String::new(), status, row: self.row(case, status, Some(totals), BTreeMap::new()) })
    }

    fn ran(&self, case: &Path) -> Told {
        let outcome = self.plan.run(case, self.options);
        let totals = outcome.report.as_ref().map(Totals::of);
        let (out, errors) = said(&outcome, self.options.task, self.quiet, self.several);
        let refusals = if totals.is_none() { Row::errors(&outcome.diagnostics) } else { BTreeMap::new() };
        Told { out, errors, status: outcome.status, row: self.row(case, outcome.status, totals, refusals) }
    }

    fn row(&self, case: &Path, status: Status, result: Option<Totals>, errors: BTreeMap<&'static str, usize>) -> Row {
        let known = self.plan.report(case);
        let name = case.file_name().map(|name| name.to_string_lossy().into_owned());
        Row {
            case: name.unwrap_or_else(|| case.to_string_lossy().into_owned()),
            account: known.map(|(uin, _)| uin.clone()).unwrap_or_default(),
            period: known.and_then(|(_, period)| period.map(|period| period.to_string())).unwrap_or_default(),
            status: status.code(),
            result,
            errors,
        }
    }
}

impl Told {
    fn tell(&self) -> Status {
        say(&self.errors);
        self.status.max(print(&self.out))
    }
}

/// Writes what the batch came to beside the reports.
fn summary(rows: &[Row], options: &Options, status: Status) -> Result<Status, Diagnostics> {
    let command = if options.task == Task::Rate { "rate" } else { "reconcile" };
    let refused = |error: &dyn std::fmt::Display| {
        let at = At::file(&options.out.to_string_lossy());
        because(Diagnostic::error(
            "output-disk",
            at,
            format!("cannot be written: {error}"),
            "see that the disk has room",
        ))
    };
    std::fs::create_dir_all(&options.out).map_err(|error| refused(&error))?;
    let workbook = batch_report::render_xlsx(rows, command).map_err(|error| refused(&error))?;
    save(&options.out.join(batch_report::XLSX), &workbook).map_err(because)?;
    let json = batch_report::render_json(rows, command, status.code());
    save(&options.out.join(batch_report::JSON), &json).map_err(because)?;
    Ok(Status::Clean)
}

fn progress(cases: usize) -> ProgressBar {
    let target = if io::stderr().is_terminal() && cases > 1 {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} cases, {elapsed}, {eta} left");
    let bar = ProgressBar::with_draw_target(Some(u64::try_from(cases).unwrap_or(u64::MAX)), target);
    if let Ok(style) = style { bar.with_style(style) } else { bar }
}

/// What is said of a case: the result, for stdout, and the findings, for stderr.
fn said(outcome: &Outcome, task: Task, quiet: bool, several: bool) -> (String, String) {
    let shown = |severity: Severity| severity == Severity::Error || !quiet;
    let findings: Vec<String> =
        outcome.diagnostics.iter().filter(|found| shown(found.severity)).map(ToString::to_string).collect();
    let name = outcome.case.to_string_lossy();
    let mut errors = String::new();
    if !findings.is_empty() {
        let heading = if several { format!("{name}:\n") } else { String::new() };
        errors = format!("{heading}{}\n", findings.join("\n\n"));
    }
    let Some(report) = &outcome.report else {
        let _ = writeln!(errors, "{name}: refused; nothing was written");
        return (String::new(), errors);
    };
    let written = outcome.written.as_deref().map(Path::to_string_lossy);
    let out = match task {
        Task::Check => check::render(report, quiet),
        Task::Reconcile | Task::Rate => text::render(report, written.as_deref(), quiet),
    };
    (out, errors)
}
