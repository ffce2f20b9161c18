//! `split`: a payer's bills become a case for each account that owns rows of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rust_decimal::Decimal;

use super::{atomic_write, print, tell};
use crate::case::folder::exports;
use crate::cli::Split;
use crate::model::Month;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::model::style::aligned;
use crate::normalise::bill::{self, OwnedBill};
use crate::pipeline::Status;
use crate::read::{InputFile, ReadOptions, Table, open};
use crate::tools::split::{Part, Sums, account, split, sums};

/// A file that is to be written.
struct Written {
    path: PathBuf,
    text: String,
}

/// One bill and its parts.
struct Parted {
    /// The file, and the sheet in it.
    name: String,
    bill: OwnedBill,
    parts: BTreeMap<(String, Month), (Part, PathBuf)>,
}

pub(super) fn run(asked: &Split) -> Result<Status, Diagnostics> {
    let mut found = Diagnostics::default();
    let mut parted = Vec::new();
    let mut written: Vec<Written> = Vec::new();
    for table in tables(&asked.bills, &mut found) {
        match bill::by_owner(&table) {
            Ok(Some(bill)) => parted.push(parts_of(&table, bill, &asked.out, &mut written)),
            Ok(None) => found.push(not_a_bill(&table)),
            Err(refused) => found.extend(refused),
        }
    }
    if parted.is_empty() && !found.has_errors() {
        let help = "name the detail bill (明细账单, L3), the resource bill (L2) or the FOCUS file of the payer";
        let at = asked.bills.first().map_or_else(|| At::file(""), |path| At::file(&path.to_string_lossy()));
        found.push(Diagnostic::error("split-not-a-bill", at, "there is no bill with rows of owners", help));
    }
    for there in written.iter().filter(|file| file.path.exists()) {
        let help = "name another folder with --out, or take the file away";
        let at = At::file(&there.path.to_string_lossy());
        found.push(Diagnostic::error("split-there-already", at, "is there already; nothing is written", help));
    }
    if found.has_errors() {
        return Err(found);
    }
    for file in &written {
        put(file).map_err(super::because)?;
    }
    for one in &parted {
        check(one, &mut found);
    }
    tell(&found);
    if found.has_errors() {
        return Ok(Status::Refused);
    }
    Ok(print(&parted.iter().map(said).collect::<String>()))
}

/// Returns the tables of the files, and of the files in the folders.
fn tables(paths: &[PathBuf], found: &mut Diagnostics) -> Vec<Table> {
    let mut next = 0;
    let mut tables = Vec::new();
    for path in paths {
        let files = if path.is_dir() {
            exports(path, found)
        } else {
            vec![InputFile { path: path.to_string_lossy().into_owned(), location: path.clone() }]
        };
        for opened in files.iter().flat_map(|file| open(file, &mut next, &ReadOptions::default())) {
            found.extend(opened.diagnostics);
            tables.extend(opened.tables);
        }
    }
    tables
}

/// The parts of a bill, and the files that they become.
fn parts_of(table: &Table, bill: OwnedBill, out: &Path, written: &mut Vec<Written>) -> Parted {
    let name = table.at().to_string();
    let mut parts = BTreeMap::new();
    for ((uin, month), part) in split(&bill) {
        let case = out.join(format!("{}-{month}", plain(&uin)));
        let settings = case.join("account.toml");
        if !settings.exists() && written.iter().all(|file| file.path != settings) {
            written.push(Written { path: settings, text: account(&uin, month, &part, &name) });
        }
        let path = free(&case.join("bills"), table, written);
        written.push(Written { path: path.clone(), text: part.text.clone() });
        parts.insert((uin, month), (part, path));
    }
    Parted { name, bill, parts }
}

/// Returns a name in a folder that no other part of the bills has: the file's own, as a CSV.
fn free(folder: &Path, table: &Table, written: &[Written]) -> PathBuf {
    let file = table.file.rsplit('/').next().unwrap_or(&table.file);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let named = |count: u32| match (count, &table.sheet) {
        (0, None) => format!("{stem}.csv"),
        (0, Some(sheet)) => format!("{stem}-{}.csv", plain(sheet)),
        (count, _) => format!("{stem}-{count}.csv"),
    };
    let mut count = 0;
    loop {
        let path = folder.join(named(count));
        if written.iter().all(|file| file.path != path) {
            return path;
        }
        count += 1;
    }
}

/// Returns a text as a part of a file's name.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' }).collect()
}

fn put(file: &Written) -> Result<(), Diagnostic> {
    if let Some(folder) = file.path.parent() {
        fs::create_dir_all(folder).map_err(|error| {
            let at = At::file(&folder.to_string_lossy());
            let help = "see that the folder is there and can be written";
            Diagnostic::error("output-disk", at, format!("cannot be made: {error}"), help)
        })?;
    }
    atomic_write::save(&file.path, file.text.as_bytes())
}

/// Reads the parts as they were written, and compares them with the payer's bill.
fn check(parted: &Parted, found: &mut Diagnostics) {
    let mut read = Sums::new();
    let mut rows = 0;
    for (_, path) in parted.parts.values() {
        for table in tables(std::slice::from_ref(path), found) {
            if let Ok(Some(part)) = bill::by_owner(&table) {
                rows += part.rows.len();
                for (currency, amount) in sums(&part) {
                    *read.entry(currency).or_default() += amount;
                }
            }
        }
    }
    let whole = sums(&parted.bill);
    if read != whole || rows != parted.bill.rows.len() {
        let message = format!("comes to {}, its parts to {}", money(&whole), money(&read));
        let help = "do not use the parts; keep the bill and report this";
        found.push(Diagnostic::error("split-not-equal", At::file(&parted.name), message, help));
    }
}

fn said(parted: &Parted) -> String {
    let Parted { name, bill, parts } = parted;
    let row = |name: String, rows: usize, sums: &Sums, path: String| vec![name, rows.to_string(), money(sums), path];
    let mut lines = Vec::new();
    for ((uin, month), (part, path)) in parts {
        let rows = usize::try_from(part.rows).unwrap_or(usize::MAX);
        lines.push(row(format!("{} {month}", shown(uin)), rows, &part.sums, shown(&path.to_string_lossy())));
    }
    lines.push(row("the payer's bill".to_owned(), bill.rows.len(), &sums(bill), shown(name)));
    let mut text = aligned(&["account and month", "rows", "amount", "file"], &[1], &lines);
    let _ = writeln!(text, "The parts add up to the payer's bill.\n");
    text
}

fn money(sums: &Sums) -> String {
    let one = |(currency, amount): (&String, &Decimal)| format!("{} {currency}", amount.normalize());
    sums.iter().map(one).collect::<Vec<_>>().join(" + ")
}

fn not_a_bill(table: &Table) -> Diagnostic {
    Diagnostic::note(
        "split-not-a-bill",
        table.at(),
        "has no rows of owners by its header, and is in no part",
        "Nothing to do if it holds sums or notes.",
    )
}
