//! `diff`: two bills, exports or reports of one month.

use std::collections::BTreeSet;
use std::path::Path;

use super::{because, cards, print, tell};
use crate::case::Case;
use crate::case::account::Account;
use crate::case::folder;
use crate::cli;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, Severity, shown};
use crate::model::policy::Site;
use crate::model::usage_series::Run;
use crate::model::{Day, Place, Runs, Span};
use crate::normalise::bill::product_rows;
use crate::normalise::document::Folder;
use crate::normalise::usage::usage;
use crate::pipeline::{Options, Status, Task, compared};
use crate::read::{InputFile, Places, ReadOptions, Table, open};
use crate::report::{Report, csv, json};
use crate::tools::diff::{self, Diff, Judged, Part, Row, Section};
use crate::tools::past_report::{self, PastReport};

/// One of the two things.
enum Thing {
    Report(Box<PastReport>),
    Files(Files),
}

/// Files that are a bill together, or a usage export.
struct Files {
    folder: Folder,
    inputs: Vec<InputFile>,
    tables: Vec<Table>,
}

pub(super) fn run(asked: &cli::Diff) -> Result<Status, Diagnostics> {
    let format = asked.out.as_deref().map(format_of).transpose().map_err(because)?;
    let mut diff = match (read(&asked.old)?, read(&asked.new)?) {
        (Thing::Report(old), Thing::Report(new)) => reports(asked, *old, *new)?,
        (Thing::Files(old), Thing::Files(new)) if old.folder == new.folder => files(asked, &old, &new)?,
        (old, new) => return Err(because(not_comparable(asked, kind(&old), kind(&new)))),
    };
    diff.sections.sort_by_key(|section| section.part);
    if let (Some(out), Some(format)) = (&asked.out, format) {
        let table = diff::table(&diff);
        let bytes = match format {
            Format::Csv => csv::render(table),
            Format::Json => json::print(&serde_json::json!({"schema": json::SCHEMA, "changes": json::objects(table)})),
        };
        super::atomic_write::save(out, &bytes).map_err(because)?;
    }
    let printed = print(&diff::text(&diff, asked.all));
    Ok(if diff.is_empty() { printed } else { Status::Discrepancy })
}

/// The form of the file of changes.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

fn format_of(out: &Path) -> Result<Format, Diagnostic> {
    match out.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok(Format::Csv),
        Some("json") => Ok(Format::Json),
        _ => {
            let at = At::file(&out.to_string_lossy());
            Err(Diagnostic::error(
                "diff-option",
                at,
                "ends in neither .csv nor .json",
                "name a file such as changes.csv",
            ))
        }
    }
}

const fn kind(thing: &Thing) -> &'static str {
    match thing {
        Thing::Report(_) => "a report",
        Thing::Files(Files { folder: Folder::Bills, .. }) => "a bill",
        Thing::Files(_) => "a usage export",
    }
}

fn not_comparable(asked: &cli::Diff, old: &str, new: &str) -> Diagnostic {
    let message = format!("is {new}, and {} is {old}", shown(&asked.old.to_string_lossy()));
    let help = "name two bills, two usage exports or two reports, of one account and month";
    Diagnostic::error("diff-not-comparable", At::file(&asked.new.to_string_lossy()), message, help)
}

/// Reads a report, or the tables of a file or folder.
fn read(path: &Path) -> Result<Thing, Diagnostics> {
    if past_report::is_report(path) {
        return past_report::read(path).map(|report| Thing::Report(Box::new(report)));
    }
    let mut found = Diagnostics::default();
    let files = if path.is_dir() {
        folder::exports(path, &mut found)
    } else {
        vec![InputFile { path: path.to_string_lossy().into_owned(), location: path.to_owned() }]
    };
    let mut next = 0;
    let mut tables = Vec::new();
    for opened in files.iter().flat_map(|file| open(file, &mut next, &ReadOptions::default())) {
        found.extend(opened.diagnostics);
        tables.extend(opened.tables);
    }
    if found.has_errors() {
        return Err(found);
    }
    let is_of = |folder: Folder| move |table: &Table| Folder::of(table) == Some(folder);
    let kinds = [Folder::Bills, Folder::Usage].into_iter().filter(|folder| tables.iter().any(is_of(*folder)));
    let [folder] = kinds.collect::<Vec<_>>()[..] else {
        let message = "holds no bill, no usage export and no report by its headers, or both of the first two";
        let help = "name a bill, a usage export or the folder of a report; of a case its bills/ or usage/";
        return Err(because(Diagnostic::error("diff-nothing", At::file(&path.to_string_lossy()), message, help)));
    };
    tables.retain(is_of(folder));
    tell(&found);
    Ok(Thing::Files(Files { folder, inputs: files, tables }))
}

fn reports(asked: &cli::Diff, old: PastReport, new: PastReport) -> Result<Diff, Diagnostics> {
    if asked.case.is_some() {
        let help = "leave --case out: two reports have their verdicts";
        let message = "is for two bills or two usage exports";
        return Err(because(Diagnostic::error("diff-option", At::file("--case"), message, help)));
    }
    let named = |report: &PastReport| format!("the report of {} for {}", report.account, report.period);
    if (&old.account, old.period) != (&new.account, new.period) {
        return Err(because(not_comparable(asked, &named(&old), &named(&new))));
    }
    Ok(diff::of_reports(old, new))
}

fn files(asked: &cli::Diff, old: &Files, new: &Files) -> Result<Diff, Diagnostics> {
    let case = asked.case.as_deref().map(folder::open).transpose()?;
    let account = case.as_ref().map(|case| &case.account);
    let section =
        if old.folder == Folder::Bills { bills(asked, old, new, account)? } else { exports(asked, old, new, account)? };
    let mut diff = Diff { sections: vec![section], totals: Vec::new() };
    if let (Some(root), Some(case)) = (&asked.case, &case) {
        let others = others(case, old, new);
        let mut options = Options::reading(Task::Reconcile, None, cards(asked.cards.as_deref())?);
        let mut judged = |files: &Files| -> Result<Judged, Diagnostics> {
            let all = others.iter().cloned().chain(inside(files)).collect();
            options.further.instead = Some((files.folder, all));
            let mut found = Diagnostics::default();
            let report = compared(root, &options, &mut found).ok_or(found)?;
            Ok(judged_of(&report))
        };
        let (old, new) = (judged(old)?, judged(new)?);
        diff.add_results(old, new);
    }
    Ok(diff)
}

/// Returns the case's other files of the kind, where the old or the new ones are files of the case.
fn others(case: &Case, old: &Files, new: &Files) -> Vec<InputFile> {
    let own = if old.folder == Folder::Bills { &case.bills } else { &case.usage };
    let place = |file: &InputFile| file.location.canonicalize().ok();
    let named: BTreeSet<_> = old.inputs.iter().chain(&new.inputs).filter_map(place).collect();
    let is_named = |file: &InputFile| place(file).is_some_and(|place| named.contains(&place));
    let (inside, others): (Vec<_>, Vec<_>) = own.iter().cloned().partition(is_named);
    if inside.is_empty() { Vec::new() } else { others }
}

/// Returns the files as if they lay in the folder of a case.
fn inside(files: &Files) -> Vec<InputFile> {
    let named = |file: &InputFile| {
        let path = format!("{}/{}", files.folder.name(), file.path.trim_start_matches(['/', '.']));
        InputFile { path, location: file.location.clone() }
    };
    files.inputs.iter().map(named).collect()
}

fn judged_of(report: &Report) -> Judged {
    Judged {
        currency: report.currency.clone(),
        charges: report.charges.iter().map(|charge| past_report::charge_of(charge, &report.currency)).collect(),
        result: report.comparison.as_ref().map(|comparison| past_report::result_of(report, comparison)),
    }
}

fn bills(asked: &cli::Diff, old: &Files, new: &Files, account: Option<&Account>) -> Result<Section, Diagnostics> {
    let aliases = account.map(|account| account.aliases.as_slice()).unwrap_or_default();
    let mut found = Diagnostics::default();
    let mut rows = |files: &Files| -> Result<Vec<Row>, Diagnostics> {
        let mut rows = Vec::new();
        for table in &files.tables {
            let read = product_rows(table, aliases)?.unwrap_or_default();
            for (reason, count) in &read.left_out {
                let message = format!("{count} rows are not compared: {reason}");
                let help = "nothing to do: they are no charges of TRTC";
                found.push(Diagnostic::note("diff-left-out", table.at(), message, help));
            }
            rows.extend(read.rows.into_iter().map(|row| {
                let place = table.at().row(row.row).to_string();
                diff::of_bill(row, place)
            }));
        }
        Ok(rows)
    };
    let (old, new) = (rows(old)?, rows(new)?);
    tell(&found);
    of_one_month(asked, &diff::months(&old), &diff::months(&new))?;
    Ok(Section::of(Part::Bill, old, new))
}

/// Refuses things that have no month in common.
fn of_one_month(asked: &cli::Diff, old: &BTreeSet<String>, new: &BTreeSet<String>) -> Result<(), Diagnostics> {
    if old.is_empty() || new.is_empty() || !old.is_disjoint(new) {
        return Ok(());
    }
    let named =
        |months: &BTreeSet<String>| format!("a file of {}", months.iter().cloned().collect::<Vec<_>>().join(", "));
    Err(because(not_comparable(asked, &named(old), &named(new))))
}

fn exports(asked: &cli::Diff, old: &Files, new: &Files, account: Option<&Account>) -> Result<Section, Diagnostics> {
    let (old_usage, new_usage) = (used(old, account)?, used(new, account)?);
    let months = |runs: &Runs| -> BTreeSet<String> {
        let days = runs.runs().iter().filter_map(Run::first_and_last_day);
        days.flat_map(|(first, last)| [first.month().to_string(), last.month().to_string()]).collect()
    };
    of_one_month(asked, &months(&old_usage), &months(&new_usage))?;
    let places = [old, new].map(|files| {
        let mut places = Places::default();
        places.add(&files.tables);
        places
    });
    let place = |is_new: bool, place: Place| places[usize::from(is_new)].at(place).to_string();
    Ok(diff::of_usage(&old_usage, &new_usage, place))
}

/// Returns the time in which usage may lie: 2015 to 2099.
fn any_time() -> Span {
    Span { from: Day::from_number(16_436).start(), until: Day::from_number(47_482).start() }
}

/// Reads usage: of the case's account, or of the one that the export names.
fn used(files: &Files, account: Option<&Account>) -> Result<Runs, Diagnostics> {
    let owner = || -> Result<Account, Diagnostics> {
        let mut owners: BTreeSet<String> = BTreeSet::new();
        for table in &files.tables {
            owners.extend(crate::normalise::usage::accounts(table)?.into_keys());
        }
        if let (Some(one), Some(other)) = (owners.iter().next(), owners.iter().nth(1)) {
            let at = files.tables.first().map_or_else(|| At::file(""), Table::at);
            let message = format!("holds rows of several accounts: {}, {}", shown(one), shown(other));
            let help = "name the case of one of them with --case";
            return Err(because(Diagnostic::error("diff-not-comparable", at, message, help)));
        }
        Ok(Account::undated(owners.first().map_or("", |uin| uin), Site::Cn))
    };
    let own = account.cloned().map_or_else(owner, Ok)?;
    let read = usage(&files.tables, &own, any_time());
    // How complete a month is, is no matter here.
    let errors: Diagnostics = read.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
    if errors.has_errors() { Err(errors) } else { Ok(read.usage) }
}
