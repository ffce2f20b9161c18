//! `allocate`: the payable total by department and application.

use std::fs;
use std::path::{Path, PathBuf};

use super::{atomic_write, cards, console, print_bytes, tell};
use crate::cli::Allocate;
use crate::i18n::{Lang, catalogue};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::pipeline::{Options, RatedCase, Status, Task, batch, rated_report};
use crate::report::table::Table;
use crate::report::{csv, focus};
use crate::tools::allocate::{Keys, Line, Subject, allocate, journal, text};

/// The allocation of one month.
struct Month {
    lang: Lang,
    /// Account and month, by which the months are sorted.
    of: (String, String),
    currency: String,
    lines: Vec<Line>,
    shown: String,
    /// Rows of the tables, as csv prints them.
    journal: Vec<u8>,
    focus: Vec<u8>,
}

pub(super) fn run(asked: &Allocate) -> Result<Status, Diagnostics> {
    let keys = Keys::read(&asked.key).map_err(super::because)?;
    let mut options = Options::reading(Task::Rate, asked.period, cards(asked.cards.as_deref())?);
    options.encoding = asked.encoding.map(super::reconcile::encoding);
    let (cases, mut found) = batch::find(&asked.cases);
    found.extend(batch::Plan::of(&cases, &options).twice());
    let mut months: Vec<Month> = Vec::new();
    for case in &cases {
        months.extend(month(case, &keys, &options, &mut found));
    }
    if found.has_errors() {
        return Err(found);
    }
    tell(&found);
    months.sort_by(|a, b| a.of.cmp(&b.of));
    if let Some(folder) = &asked.out {
        write(folder, &months).map_err(super::because)?;
    }
    let mut out: String = months.iter().map(|month| format!("{}\n", month.shown)).collect();
    if months.len() > 1 {
        let lines: Vec<(String, Vec<Line>)> =
            months.iter().map(|month| (month.currency.clone(), month.lines.clone())).collect();
        out.push_str(&text::departments(&lines));
    }
    let lang = console::lang(months.first().map(|month| month.lang));
    let text = catalogue::translated(lang, out.trim_end_matches('\n')) + "\n";
    Ok(print_bytes(text.as_bytes()))
}

fn month(root: &Path, keys: &Keys, options: &Options, found: &mut Diagnostics) -> Option<Month> {
    let mut own = Diagnostics::default();
    let rated = RatedCase::read(root, options, &mut own);
    let refused = own.has_errors();
    found.extend(own.clone());
    let rated = rated.filter(|_| !refused)?;
    let account = &rated.case.account;
    if let Err(wrong) = keys.check(account) {
        found.push(wrong);
        return None;
    }
    let report = rated_report(&rated, options, &own);
    let subject = Subject { account, usage: &rated.inputs.usage, report: &report, settled: rated.terms.window.month };
    let allocation = allocate(&subject, keys);
    let shares = journal::shares(&subject, &allocation);
    let tags = |app| journal::tags_of(&subject, app);
    let rows = journal::rows(&subject, &allocation);
    Some(Month {
        lang: Lang::of(account.site),
        of: (report.account.clone(), report.period.to_string()),
        currency: report.currency.clone(),
        shown: text::month(&subject, &allocation),
        journal: csv::render(Table { columns: journal::COLUMNS.to_vec(), rows: Box::new(rows.into_iter()) }),
        focus: csv::render(focus::allocated(&report, &shares, &tags)),
        lines: allocation.lines.clone(),
    })
}

/// Returns a written table of a month.
type Written = fn(&Month) -> &Vec<u8>;

/// Writes the tables of all months, each with one header.
fn write(folder: &Path, months: &[Month]) -> Result<(), Diagnostic> {
    fs::create_dir_all(folder).map_err(|error| {
        let at = At::file(&folder.to_string_lossy());
        let help = "see that the folder is there and can be written";
        Diagnostic::error("output-disk", at, format!("cannot be made: {error}"), help)
    })?;
    let tables: [(&str, Written); 2] = [("journal.csv", |month| &month.journal), ("focus.csv", |month| &month.focus)];
    for (name, table) in tables {
        let target: PathBuf = folder.join(name);
        let below = |month: &Month| table(month).splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or_default().to_vec();
        let header =
            months.iter().take(1).flat_map(|month| table(month).split_inclusive(|byte| *byte == b'\n').take(1));
        let mut bytes: Vec<u8> = header.flatten().copied().collect();
        bytes.extend(months.iter().flat_map(below));
        atomic_write::save(&target, &bytes)?;
    }
    Ok(())
}
