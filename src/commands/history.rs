//! `history`: the reports of many months next to each other.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::atomic_write::save;
use super::{because, console, print, tell};
use crate::case::folder::exports;
use crate::cli;
use crate::i18n::Lang;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::number::plain;
use crate::model::style::aligned;
use crate::normalise::bill::product_rows;
use crate::pipeline::Status;
use crate::read::{InputFile, ReadOptions, open};
use crate::report::{csv, history as render, html};
use crate::tools::history::{Entry, History, Payer, history, payer};
use crate::tools::{past_report, signature};

/// The most months that are shown; the files have them all.
const MOST: usize = 60;

pub(super) fn run(asked: &cli::History) -> Result<Status, Diagnostics> {
    let mut found = Diagnostics::default();
    let folders = folders(&asked.reports, &mut found);
    let entries: Vec<_> = folders.par_iter().map(|folder| read(folder)).collect();
    let mut known = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => known.push(entry),
            Err(refused) => found.extend(refused),
        }
    }
    let history = history(known, &mut found);
    let mut gone = Vec::new();
    for report in asked.reports.iter().flat_map(|path| signature::without_report(path)) {
        match signature::of_report(&report) {
            Ok(signature) => gone.extend(signature.map(|signature| signature::gone(&signature, &report))),
            Err(refused) => found.push(*refused),
        }
    }
    let group = asked.payer.as_deref().and_then(|bill| of_payer(bill, &history, &mut found));
    if found.has_errors() {
        return Err(found);
    }
    let changed = history
        .months
        .iter()
        .filter_map(|month| signature::warning(month.signed.as_ref()?, &format!("{}-{}", month.account, month.period)));
    found.extend(changed);
    let holds = gone.is_empty() && !history.has_changed_since_signed();
    found.extend(gone);
    tell(&found);
    if let Some(out) = &asked.out {
        write(out, &history, group.as_ref()).map_err(because)?;
    }
    let printed = print(&shown(&history, group.as_ref()));
    let ties = group.is_none_or(|group| group.ties());
    Ok(if ties && holds { printed } else { Status::Discrepancy })
}

/// Returns the reports at the paths: each itself, or those directly inside it, by name.
fn folders(paths: &[PathBuf], found: &mut Diagnostics) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for path in paths {
        if past_report::is_report(path) {
            all.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
        let mut inside: Vec<PathBuf> = entries.filter(|path| past_report::is_report(path)).collect();
        inside.sort();
        if inside.is_empty() {
            let help = "name the folder of a report (with manifest.json), or a folder of reports";
            let at = At::file(&path.to_string_lossy());
            found.push(Diagnostic::error("history-none", at, "holds no report", help));
        }
        all.extend(inside);
    }
    all
}

fn read(folder: &Path) -> Result<Entry, Diagnostics> {
    let report = past_report::read(folder)?;
    let signed = signature::of_report(folder).map_err(|refused| because(*refused))?;
    let signed = signed.map(|signed| signature::signed(&signed, &report));
    Ok(Entry { report, signed })
}

/// Compares a payer's bill with the reports.
fn of_payer(bill: &Path, history: &History, found: &mut Diagnostics) -> Option<Payer> {
    let files = if bill.is_dir() {
        exports(bill, found)
    } else {
        vec![InputFile { path: bill.to_string_lossy().into_owned(), location: bill.to_owned() }]
    };
    let mut next = 0;
    let mut rows = Vec::new();
    for opened in files.iter().flat_map(|file| open(file, &mut next, &ReadOptions::default())) {
        found.extend(opened.diagnostics);
        for table in &opened.tables {
            match product_rows(table, &[]) {
                Ok(read) => rows.extend(read.unwrap_or_default().rows),
                Err(refused) => found.extend(refused),
            }
        }
    }
    let mut refuse = |message: &str, help: &str| {
        found.push(Diagnostic::error("history-payer", At::file(&bill.to_string_lossy()), message, help));
        None
    };
    if rows.iter().any(|row| row.month.is_none() || row.owner.is_empty()) {
        let help = "export the detail bill with 使用者UIN (Owner Account ID) and 账单归属月 (Bill Month)";
        return refuse("has rows without an owner or a month", help);
    }
    let group = payer(&rows, history);
    if group.owned.iter().all(|owned| owned.in_report.is_none()) {
        let help = "name the bill of the payer, and the reports of the accounts and months that it bills";
        return refuse("has no row of TRTC of an account and month of the reports", help);
    }
    Some(group)
}

fn write(out: &Path, history: &History, group: Option<&Payer>) -> Result<(), Diagnostic> {
    let lang = console::report_lang().unwrap_or(Lang::En);
    let at = || At::file(&out.to_string_lossy());
    std::fs::create_dir_all(out).map_err(|error| {
        let help = "see that the folder is there and can be written";
        Diagnostic::error("output-disk", at(), format!("cannot be made: {error}"), help)
    })?;
    let workbook = render::render_xlsx(history, group, lang).map_err(|error| {
        let help = "name fewer reports at once";
        Diagnostic::error("output-too-large", at(), format!("{} cannot be made: {error}", render::XLSX), help)
    })?;
    save(&out.join(render::XLSX), &workbook)?;
    save(&out.join(render::HTML), &html::render_history(history, group, lang))?;
    save(&out.join(render::JSON), &render::render_json(history, group))?;
    save(&out.join(render::CSV), &csv::render(render::lines(history)))
}

fn shown(history: &History, group: Option<&Payer>) -> String {
    let row = |month: &crate::tools::history::AccountMonth| {
        let billed = month.billed.map(plain).unwrap_or_default();
        let signed = match &month.signed {
            None => String::new(),
            Some(signed) if signed.changed.is_empty() => signed.by.join(", "),
            Some(_) => "changed since".to_owned(),
        };
        let odd = if month.outlier { "outlier" } else { "" };
        vec![
            month.account.clone(),
            month.period.to_string(),
            month.verdict.clone(),
            plain(month.expected),
            billed,
            month.currency.clone(),
            month.change.map(plain).unwrap_or_default(),
            plain(month.open),
            odd.to_owned(),
            signed,
        ]
    };
    let rows: Vec<Vec<String>> = history.months.iter().take(MOST).map(row).collect();
    let header =
        ["account", "month", "verdict", "expected", "billed", "currency", "change", "open claims", "", "signed"];
    let mut out = aligned(&header, &[3, 4, 6, 7], &rows);
    let rest = history.months.len().saturating_sub(MOST);
    if rest > 0 {
        let _ = writeln!(out, "{rest} more months: --out DIR writes them all");
    }
    out.push('\n');
    let totals = history.totals().into_iter().map(|((period, currency), (expected, billed, accounts))| {
        vec![period.to_string(), accounts.to_string(), plain(expected), plain(billed), currency]
    });
    let totals: Vec<Vec<String>> = totals.collect();
    out.push_str(&aligned(&["month", "accounts", "expected", "billed", "currency"], &[1, 2, 3], &totals));
    if let Some(group) = group {
        out.push_str(&tied(group));
    }
    out
}

/// Returns the payer's bill by account, next to the billed totals of the reports.
fn tied(group: &Payer) -> String {
    let row = |owned: &crate::tools::history::Owned| {
        let (report, ties) = match owned.in_report {
            None => (String::new(), "no billed total"),
            Some(report) => (plain(report), if owned.ties() { "ties" } else { "differs" }),
        };
        let names = [owned.account.clone(), owned.period.to_string(), plain(owned.on_payers_bill), report];
        names.into_iter().chain([owned.currency.clone(), ties.to_owned()]).collect()
    };
    let rows: Vec<Vec<String>> = group.owned.iter().map(row).collect();
    let header = ["account", "month", "payer's bill", "report", "currency", ""];
    let mut out = format!("\n{}", aligned(&header, &[2, 3], &rows));
    for ((period, currency), (bill, reports)) in group.totals() {
        let (bill, reports) = (plain(bill), plain(reports));
        let _ = writeln!(out, "The payer's bill of {period} comes to {bill} {currency}, the reports to {reports}.");
    }
    out
}
