//! `reconcile`, `rate` and `check`: what was typed becomes options, outcomes
//! become text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ValueEnum as _;
use serde_json::{Value, json};

use super::atomic_write::save;
use super::console::{self, remark, say};
use super::{because, cards, ended, print, refuse};
use crate::case::folder;
use crate::cli::{Cases, EncodingName, FormatName, FurtherArgs, Run, ToleranceArgs};
use crate::compare::Tolerance;
use crate::digest::Naming;
use crate::i18n::catalogue;
use crate::model::Money;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, Severity};
use crate::pipeline::batch::{self, Plan};
use crate::pipeline::{Further, Options, Outcome, Previous, Status, Task};
use crate::read::Encoding;
use crate::report::batch::{self as batch_report, Row, Totals};
use crate::report::{Format, Lang, check, terminal};
use crate::rules::Cards;

pub(super) fn reconcile(run: &Run, tolerance: &ToleranceArgs, further: FurtherArgs) -> Status {
    let FurtherArgs { dispute, previous } = further;
    let further = Further { dispute, previous: previous.map(Previous::Folder), notes: None, instead: None };
    let of = |cards| Options { further, ..options(Task::Reconcile, run, tolerance.bounds(), cards) };
    cases(&run.cases, run.resume, of)
}

pub(super) fn rate(run: &Run) -> Status {
    cases(&run.cases, run.resume, |cards| options(Task::Rate, run, Tolerance::default(), cards))
}

pub(super) fn check(asked: Cases) -> Status {
    let run = Run { cases: asked, out: "reports".into(), format: Vec::new(), resume: false, digest: None };
    cases(&run.cases, false, |cards| options(Task::Check, &run, Tolerance::default(), cards))
}

/// Checks cases that were just made.
pub(super) fn check_cases(found: Vec<PathBuf>, cards: Option<PathBuf>) -> Status {
    check(Cases { cases: found, period: None, jobs: None, cards, encoding: None, quiet: false })
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
        further: Further::default(),
        lang: console::report_lang(),
        naming: if run.digest.is_some() { Naming::Both } else { Naming::Blake3 },
    }
}

/// Refuses `--format csv xlsx`, of which `xlsx` is read as a case.
fn refuse_formats(cases: &[PathBuf]) -> Result<(), Diagnostics> {
    let is_format = |path: &&PathBuf| {
        let text = path.to_str().unwrap_or_default().trim_end_matches(',');
        !path.exists() && FormatName::from_str(text, true).is_ok()
    };
    let Some(format) = cases.iter().find(is_format) else { return Ok(()) };
    let name = format.to_string_lossy();
    let message = format!("`{name}` is a format, and there is no case of that name");
    let help = format!("join formats by commas, without blanks: --format csv,{}", name.trim_end_matches(','));
    Err(because(Diagnostic::error("format-list", At::file("--format"), message, help)))
}

pub(super) const fn format(name: FormatName) -> Format {
    match name {
        FormatName::Csv => Format::Csv,
        FormatName::Json => Format::Json,
        FormatName::Xlsx => Format::Xlsx,
        FormatName::Html => Format::Html,
        FormatName::Focus => Format::Focus,
        #[cfg(feature = "polars")]
        FormatName::Parquet => Format::Parquet,
        FormatName::Sarif => Format::Sarif,
        FormatName::Junit => Format::Junit,
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
    if let Err(found) = refuse_formats(&asked.cases) {
        return refuse(&found);
    }
    let (found, missing) = batch::find(&asked.cases);
    let options = options(cards);
    let mut status = if missing.is_empty() { Status::Clean } else { refuse(&missing) };
    let plan = Plan::of(&found, &options);
    let work = Work { plan, options: &options, resume, several: found.len() > 1, quiet: asked.quiet };
    let bar = console::Progress::of(found.len(), asked.quiet);
    let mut rows = Vec::new();
    batch::run_all(
        &found,
        asked.jobs.map(usize::from),
        |case| work.on(case),
        |told: Told| {
            bar.step();
            status = status.max(bar.aside(|| told.tell()));
            rows.push(told.row);
        },
    );
    bar.end();
    if work.several && !asked.quiet && !console::speaks_json() {
        print(&batch_report::render_text(&rows, super::console::lang(None)));
    }
    if work.several && options.task != Task::Check {
        status = status.max(ended(summary(&rows, &options, status)));
    }
    status
}

/// The part of the work that is the same for every case of a run.
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
    /// True if the report stands, so that the verdict holds also where its summary cannot be printed.
    stands: bool,
    status: Status,
    row: Row,
}

impl Work<'_> {
    fn on(&self, case: &Path) -> Told {
        let kept = if self.resume { self.kept(case) } else { None };
        kept.unwrap_or_else(|| self.ran(case))
    }

    /// Returns a case whose report still holds is not run again.
    fn kept(&self, case: &Path) -> Option<Told> {
        let folder = self.plan.kept(case, self.options)?;
        let totals = Totals::read(&folder)?;
        let status = Status::of_verdict(&totals.verdict)?;
        let out = if self.quiet {
            String::new()
        } else {
            format!("{}: {} (unchanged since {})\n", case.display(), totals.verdict, folder.display())
        };
        let row = self.row(case, status, Some(totals), BTreeMap::new());
        Some(Told { out, errors: String::new(), stands: true, status, row })
    }

    fn ran(&self, case: &Path) -> Told {
        let started = Instant::now();
        let mut outcome = self.plan.run(case, self.options);
        if let Some(report) = &mut outcome.report {
            // What is printed may be in another language than the files.
            report.lang = console::lang(Some(report.lang));
        }
        let totals = outcome.report.as_ref().map(Totals::of);
        let refusals = if totals.is_none() { Row::errors(&outcome.diagnostics) } else { BTreeMap::new() };
        let row = self.row(case, outcome.status, totals, refusals);
        let result = console::outcome(&self.object(&outcome, &row, started));
        Told {
            out: if console::speaks_json() { result.clone() } else { self.result(&outcome) },
            errors: self.findings(&outcome) + &result,
            stands: outcome.written.is_some(),
            status: outcome.status,
            row,
        }
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

    /// Returns the result of a case, for stdout.
    fn result(&self, outcome: &Outcome) -> String {
        let Some(report) = &outcome.report else { return String::new() };
        let written = outcome.written.as_deref().map(Path::to_string_lossy);
        match self.options.task {
            Task::Check => check::render(report, self.quiet),
            Task::Reconcile | Task::Rate => terminal::render(report, written.as_deref(), self.quiet, console::screen()),
        }
    }

    /// Returns what was found in its inputs, for stderr.
    fn findings(&self, outcome: &Outcome) -> String {
        let task = self.options.task;
        // What `check` looks for are findings: with them all is not well.
        let shown = |found: &&Diagnostic| match found.severity {
            Severity::Error => true,
            Severity::Warning => !self.quiet || task == Task::Check,
            Severity::Note => !self.quiet,
        };
        let name = outcome.case.to_string_lossy();
        let site = || folder::open(&outcome.case).ok().map(|case| Lang::of(case.account.site));
        let lang = console::lang(outcome.report.as_ref().map(|report| report.lang).or_else(site));
        let shown = outcome.diagnostics.iter().filter(shown);
        let found = console::findings(shown, self.several.then_some(&*name), lang);
        if outcome.report.is_none() {
            let refused =
                format!("{name}: refused; nothing was written. After fixing it, run: trtc-recon check {name}");
            let refused = catalogue::translated(lang, &refused);
            return found + &remark("error", &refused);
        }
        found
    }

    /// Returns what a case came to, for a program.
    fn object(&self, outcome: &Outcome, row: &Row, started: Instant) -> Value {
        let verdict = match (&row.result, self.options.task) {
            (None, Task::Check) if outcome.report.is_some() => "checked",
            (Some(_), Task::Check) => "checked",
            (Some(totals), _) => totals.verdict.as_str(),
            (None, _) => "refused",
        };
        let mut object = json!({
            "level": "result", "case": outcome.case.to_string_lossy(), "account": row.account, "period": row.period,
            "status": outcome.status.code(), "verdict": verdict,
            "report": outcome.written.as_deref().map(Path::to_string_lossy),
            "seconds": format!("{}.{:03}", started.elapsed().as_secs(), started.elapsed().subsec_millis()),
        });
        if let (Some(totals), false) = (&row.result, self.options.task == Task::Check) {
            object["currency"] = json!(totals.currency);
            object["expected_total"] = json!(totals.expected.to_string());
            if let Some(bill) = &totals.bill {
                object["billed_total"] = json!(bill.total.to_string());
                object["difference"] = json!(bill.difference.to_string());
                object["overcharged"] = json!(bill.overcharged.to_string());
                object["undercharged"] = json!(bill.undercharged.to_string());
                object["discrepancies"] = json!(bill.discrepancies);
            }
        }
        object
    }
}

impl Told {
    fn tell(&self) -> Status {
        say(&self.errors);
        let printed = print(&self.out);
        if self.stands { self.status } else { self.status.max(printed) }
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
