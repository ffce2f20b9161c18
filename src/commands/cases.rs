//! `reconcile`, `rate` and `check`: what was typed becomes options, outcomes
//! become text.

use std::path::Path;

use super::voice::{self, remark, say};
use super::{cards, print, refuse};
use crate::cli::{Cases, EncodingName, FormatName, FurtherArgs, LangName, Run, ToleranceArgs};
use crate::diagnostic::{Diagnostic, Severity};
use crate::domain::Money;
use crate::ingest::Encoding;
use crate::pipeline::{Further, Options, Outcome, Previous, Status, Task, batch};
use crate::ratecard::Cards;
use crate::reconcile::Tolerance;
use crate::report::{Format, Lang, check, text};

pub(super) fn reconcile(run: &Run, tolerance: &ToleranceArgs, further: FurtherArgs) -> Status {
    let FurtherArgs { dispute, previous } = further;
    let further = Further { dispute, previous: previous.map(Previous::Folder) };
    cases(&run.cases, |cards| Options { further, ..options(Task::Reconcile, run, tolerance.bounds(), cards) })
}

pub(super) fn rate(run: &Run) -> Status {
    cases(&run.cases, |cards| options(Task::Rate, run, Tolerance::default(), cards))
}

pub(super) fn check(asked: Cases) -> Status {
    let run = Run { cases: asked, out: "reports".into(), format: Vec::new() };
    cases(&run.cases, |cards| options(Task::Check, &run, Tolerance::default(), cards))
}

fn options(task: Task, run: &Run, tolerance: Tolerance, cards: Cards) -> Options {
    let format = |name: &FormatName| match name {
        FormatName::Csv => Format::Csv,
        FormatName::Json => Format::Json,
        FormatName::Xlsx => Format::Xlsx,
        FormatName::Html => Format::Html,
    };
    Options {
        task,
        period: run.cases.period,
        cards,
        encoding: run.cases.encoding.map(encoding),
        out: run.out.clone(),
        formats: run.format.iter().map(format).collect(),
        tolerance,
        further: Further::default(),
        lang: run.cases.lang.map(|name| match name {
            LangName::Zh => Lang::Zh,
            LangName::En => Lang::En,
        }),
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
fn cases(asked: &Cases, options: impl FnOnce(Cards) -> Options) -> Status {
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
    let bar = voice::Progress::of(found.len(), asked.quiet);
    let outcomes = batch::run_all(&found, &options, || bar.step());
    bar.end();
    let mut status = batch::worst(&outcomes);
    if !missing.is_empty() {
        status = refuse(&missing);
    }
    for outcome in &outcomes {
        status = status.max(tell(outcome, options.task, asked.quiet, outcomes.len() > 1));
    }
    status
}

/// Says what became of a case: findings on stderr, the result on stdout.
fn tell(outcome: &Outcome, task: Task, quiet: bool, several: bool) -> Status {
    // What `check` looks for are findings: with them all is not well.
    let shown = |found: &&Diagnostic| match found.severity {
        Severity::Error => true,
        Severity::Warning => !quiet || task == Task::Check,
        Severity::Note => !quiet,
    };
    let name = outcome.case.to_string_lossy();
    say(&voice::findings(outcome.diagnostics.iter().filter(shown), several.then_some(&*name)));
    let Some(report) = &outcome.report else {
        say(&remark("error", &format!("{name}: refused; nothing was written")));
        return outcome.status;
    };
    let verdict = report.comparison.as_ref().map_or("rated", |comparison| comparison.verdict.name());
    let verdict = if task == Task::Check { "checked" } else { verdict };
    say(&voice::outcome(&name, outcome.status.code(), verdict));
    let written = outcome.written.as_deref().map(Path::to_string_lossy);
    let printed = print(&match task {
        Task::Check => check::render(report, quiet),
        Task::Reconcile | Task::Rate => text::render(report, written.as_deref(), quiet, voice::screen()),
    });
    // A report that stands is worth its own status, also where its summary could not be printed.
    if outcome.written.is_some() { outcome.status } else { printed }
}
