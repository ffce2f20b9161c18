//! Merges what all workers wrote into the folders of a local run: whole, once, and adding up to what went in, or not at
//! all.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int64Type};
use arrow_array::{Array as _, RecordBatch};
use arrow_schema::DataType;
use serde_json::Value as Json;

use super::tagged::{self, Value};
use super::{error, parts};
use crate::digest::Digests;
use crate::model::diagnostic::{Diagnostic, shown};
use crate::report::publish::publish;
use crate::report::table::Table;
use crate::report::{MANIFEST, SUMS, csv};

/// The files that are made of rows again; the others come whole.
pub const OF_ROWS: [&str; 2] = ["charges.csv", "drawdown.csv"];

/// The columns of drawdown.csv, as workers write it.
const DRAWDOWN: [&str; 10] =
    ["account", "time", "sdk_app_id", "item", "grant", "minutes", "ratio", "before", "taken", "after"];

/// The counts of the input, by the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Control {
    /// Rows of usage, or files.
    pub rows: i128,
    /// Their seconds, or bytes.
    pub total: i128,
}

/// The result of merging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Merged {
    /// Accounts, each a folder.
    pub accounts: usize,
    /// The counts of the input that they were made of.
    pub control: Control,
}

/// Makes the folders. Everything is read and checked before the first is written.
pub fn run(folder: &Path, out: &Path, control: Control) -> Result<Merged, Diagnostic> {
    let parts = parts::of(folder)?;
    refuse_used(out)?;
    let merged = read(&parts, |_, _| Ok(()))?;
    if merged.control != control {
        let message = format!(
            "the workers took {} rows that sum to {}; sent were {} that sum to {}",
            merged.control.rows, merged.control.total, control.rows, control.total
        );
        let help = "rows were lost or doubled on the way, or the input changed meanwhile: run the job again";
        return Err(error("merge-control", &folder.to_string_lossy(), message, help));
    }
    std::fs::create_dir_all(out).map_err(|why| unwritten(out, &why))?;
    read(&parts, |name, files| {
        let target = out.join(name);
        publish(&mut crate::report::disk::Disk::default(), &target, files).map_err(|why| why.diagnostic(&target))
    })
}

fn unwritten(out: &Path, why: &std::io::Error) -> Diagnostic {
    error(
        "merge-out-not-empty",
        &out.to_string_lossy(),
        format!("cannot be used: {why}"),
        "name another folder with --out",
    )
}

/// A run gets a fresh folder: what lies there may be of another.
fn refuse_used(out: &Path) -> Result<(), Diagnostic> {
    let mut entries = match std::fs::read_dir(out) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(unwritten(out, &why)),
        Ok(entries) => entries,
    };
    if entries.next().is_none() {
        return Ok(());
    }
    let help = "name a fresh folder with --out: nothing is replaced";
    Err(error("merge-out-not-empty", &out.to_string_lossy(), "is not empty", help))
}

/// Reads all parts and hands over the files of each account.
fn read(
    parts: &[PathBuf],
    mut take: impl FnMut(&str, &[(String, Vec<u8>)]) -> Result<(), Diagnostic>,
) -> Result<Merged, Diagnostic> {
    let mut merged = Merged::default();
    let (mut seen, mut names) = (HashSet::new(), HashSet::new());
    for part in parts {
        let place = part.to_string_lossy();
        let mut account: Option<Account> = None;
        parts::read(part, |batch| {
            for row in 0..batch.num_rows() {
                let tags = Tags::of(batch, row);
                let at_work = match &mut account {
                    Some(account) if account.uin == tags.account => account,
                    Some(other) => return Err(other.cut(&place)),
                    None if !seen.insert(tags.account.to_owned()) => {
                        let message = format!("account {} came twice, or in two pieces", shown(tags.account));
                        return Err(error(
                            "merge-account-twice",
                            &place,
                            message,
                            "run the job again into a fresh folder",
                        ));
                    }
                    None => account.insert(Account::new(tags.account)),
                };
                if let Some(done) = at_work.take(&tags, batch, row, &place)? {
                    if !names.insert(done.name.clone()) {
                        let message = format!("two accounts make the report {}", shown(&done.name));
                        return Err(error("merge-account-twice", &place, message, "run the job again"));
                    }
                    merged.accounts += 1;
                    merged.control.rows += i128::from(done.rows);
                    merged.control.total += i128::from(done.total);
                    take(&done.name, &done.files)?;
                    account = None;
                }
            }
            Ok(())
        })?;
        if let Some(account) = account {
            return Err(account.cut(&place));
        }
    }
    Ok(merged)
}

/// The columns that every row has.
struct Tags<'a> {
    account: &'a str,
    kind: &'a str,
    row: i64,
}

impl<'a> Tags<'a> {
    fn of(batch: &'a RecordBatch, row: usize) -> Self {
        let text = |column: usize| batch.column(column).as_string::<i32>().value(row);
        Self { account: text(0), kind: text(1), row: batch.column(2).as_primitive::<Int64Type>().value(row) }
    }
}

/// Returns the value of a column by its name; `None` for a null.
fn value(batch: &RecordBatch, row: usize, name: &str) -> Option<Value> {
    let column = batch.column_by_name(name).filter(|column| column.is_valid(row))?;
    Some(match column.data_type() {
        DataType::Utf8 => Value::Text(column.as_string::<i32>().value(row).to_owned()),
        DataType::Int64 => Value::Whole(column.as_primitive::<Int64Type>().value(row)),
        DataType::Binary => Value::Bytes(column.as_binary::<i32>().value(row).to_vec()),
        _ => Value::Figure(tagged::figure(column.as_primitive::<Decimal128Type>().value(row))?),
    })
}

/// One account while its rows come in.
struct Account {
    uin: String,
    charges: Vec<Vec<(String, Value)>>,
    deductions: Vec<Vec<Option<Value>>>,
    files: BTreeMap<String, Vec<u8>>,
}

/// An account whose last row has come.
struct Done {
    name: String,
    rows: i64,
    total: i64,
    files: Vec<(String, Vec<u8>)>,
}

impl Account {
    fn new(uin: &str) -> Self {
        Self { uin: uin.to_owned(), charges: Vec::new(), deductions: Vec::new(), files: BTreeMap::new() }
    }

    fn cut(&self, place: &str) -> Diagnostic {
        let message = format!("account {} ends without its last row", shown(&self.uin));
        error("merge-order", place, message, "run the job again into a fresh folder")
    }

    /// Takes a row; the whole account with its last.
    fn take(
        &mut self,
        tags: &Tags<'_>,
        batch: &RecordBatch,
        row: usize,
        place: &str,
    ) -> Result<Option<Done>, Diagnostic> {
        let before = match tags.kind {
            tagged::CHARGE => self.charges.len(),
            tagged::DEDUCTION => self.deductions.len(),
            tagged::FILE => self.files.len(),
            _ => 0,
        };
        if i64::try_from(before + 1).ok() != Some(tags.row) {
            let message = format!(
                "account {}: {} {} comes where {} is due",
                shown(&self.uin),
                shown(tags.kind),
                tags.row,
                before + 1
            );
            return Err(error(
                "merge-order",
                place,
                message,
                "a row is missing, doubled or out of order: run the job again",
            ));
        }
        match tags.kind {
            tagged::CHARGE => {
                let of = |name: &str| Some((name.to_owned(), value(batch, row, name)?));
                self.charges
                    .push(batch.schema().fields().iter().skip(3).filter_map(|field| of(field.name())).collect());
            }
            tagged::DEDUCTION => self.deductions.push(DRAWDOWN.map(|name| value(batch, row, name)).into()),
            tagged::FILE => {
                let (Some(Value::Text(name)), Some(Value::Bytes(content))) =
                    (value(batch, row, "name"), value(batch, row, "content"))
                else {
                    return Err(self.cut(place));
                };
                self.files.insert(name, content);
            }
            tagged::CONTROL => return self.end(batch, row, place).map(Some),
            other => {
                let message = format!("account {}: {} is no kind of row", shown(&self.uin), shown(other));
                return Err(error("merge-schema", place, message, "merge by the version that the workers ran"));
            }
        }
        Ok(None)
    }

    /// Returns the account by its last row: every file as its manifest has it.
    fn end(&mut self, batch: &RecordBatch, row: usize, place: &str) -> Result<Done, Diagnostic> {
        let (Some(Value::Text(name)), Some(Value::Whole(rows)), Some(Value::Whole(total)), Some(Value::Text(columns))) = (
            value(batch, row, "name"),
            value(batch, row, "rows"),
            value(batch, row, "total"),
            value(batch, row, "columns"),
        ) else {
            return Err(self.cut(place));
        };
        if !name.strip_prefix(&self.uin).is_some_and(|rest| rest.starts_with('-')) || name.contains(['/', '\0']) {
            let message = format!("account {} would be written as {}", shown(&self.uin), shown(&name));
            return Err(error("merge-order", place, message, "run the job again"));
        }
        self.files.insert(OF_ROWS[0].to_owned(), self.charges_csv(&columns));
        self.files.insert(OF_ROWS[1].to_owned(), self.drawdown_csv());
        let files = self.checked(place)?;
        Ok(Done { name, rows, total, files })
    }

    fn charges_csv(&self, columns: &str) -> Vec<u8> {
        let names: Vec<&'static str> =
            tagged::names().filter(|name| columns.split(',').any(|column| column == *name)).collect();
        let account = Value::Text(self.uin.clone());
        let line = |row: &Vec<(String, Value)>| -> Vec<Option<Value>> {
            let of = |name: &&str| match *name {
                "account" => Some(account.clone()),
                name => row.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()),
            };
            names.iter().map(of).collect()
        };
        let rows: Vec<_> = self.charges.iter().map(line).collect();
        render(names, &rows)
    }

    fn drawdown_csv(&self) -> Vec<u8> {
        render(DRAWDOWN.to_vec(), &self.deductions)
    }

    /// Returns the files that the manifest lists, each of the digest that it states.
    fn checked(&mut self, place: &str) -> Result<Vec<(String, Vec<u8>)>, Diagnostic> {
        let differs = |uin: &str, file: &str| {
            let message = format!("account {}: {} is not what the worker made", shown(uin), shown(file));
            error("merge-file-differs", place, message, "run the job again; if it stays so, please report it")
        };
        let manifest = self.files.remove(MANIFEST).ok_or_else(|| differs(&self.uin, MANIFEST))?;
        let listed: Json = serde_json::from_slice(&manifest).map_err(|_| differs(&self.uin, MANIFEST))?;
        let mut files = Vec::new();
        for output in listed["outputs"].as_array().into_iter().flatten() {
            let name = output["path"].as_str().unwrap_or(MANIFEST);
            let bytes =
                self.files.remove(name).filter(|bytes| output["blake3"] == Digests::of(bytes, false).blake3.as_str());
            files.push((name.to_owned(), bytes.ok_or_else(|| differs(&self.uin, name))?));
        }
        let sums = self.files.remove(SUMS).ok_or_else(|| differs(&self.uin, SUMS))?;
        // The tables come as rows also where no csv is asked for.
        if let Some(foreign) = self.files.keys().find(|name| !OF_ROWS.contains(&name.as_str())) {
            return Err(differs(&self.uin, foreign));
        }
        files.extend([(MANIFEST.to_owned(), manifest), (SUMS.to_owned(), sums)]);
        Ok(files)
    }
}

fn render(columns: Vec<&'static str>, rows: &[Vec<Option<Value>>]) -> Vec<u8> {
    let rows = rows.iter().map(|row| row.iter().map(|value| tagged::cell(value.as_ref())).collect());
    csv::render(Table { columns, rows: Box::new(rows) })
}
