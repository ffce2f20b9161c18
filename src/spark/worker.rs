//! One partition: rows of whole accounts in, tagged rows out.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::PathBuf;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{Array as _, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Schema};

use super::error;
use super::gathered::Gathered;
use super::stream::{Input, Output};
use super::tagged::{self, Value};
use super::terms::Terms;
use super::workplace::Workplace;
use crate::model::diagnostic::{Diagnostic, Diagnostics, shown};
use crate::pipeline::{Options, made};
use crate::report::{Report, table};

/// Refused accounts that are told in full.
const TOLD: usize = 20;

/// The contents of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Rows of usage: account, app, item, start, seconds.
    Rows,
    /// Files of usage: account, path, content.
    Csv,
}

/// The inputs of a worker, apart from its stream.
#[derive(Debug)]
pub struct Job {
    /// The contents of the stream.
    pub mode: Mode,
    /// The terms of all accounts.
    pub terms: PathBuf,
    /// Their SHA-256.
    pub terms_sha256: String,
}

impl Mode {
    fn columns(self) -> &'static [(&'static str, DataType)] {
        const ROWS: [(&str, DataType); 5] = [
            ("account", DataType::Utf8),
            ("app", DataType::Int64),
            ("item", DataType::Utf8),
            ("start", DataType::Int64),
            ("seconds", DataType::Int64),
        ];
        const CSV: [(&str, DataType); 3] =
            [("account", DataType::Utf8), ("path", DataType::Utf8), ("content", DataType::Binary)];
        match self {
            Self::Rows => &ROWS,
            Self::Csv => &CSV,
        }
    }

    /// The stream must have just these columns.
    fn check(self, schema: &Schema) -> Result<(), Diagnostic> {
        let wanted = self.columns();
        let fields = schema.fields();
        let same = fields.len() == wanted.len()
            && fields.iter().zip(wanted).all(|(field, (name, kind))| field.name() == name && field.data_type() == kind);
        if same {
            return Ok(());
        }
        let list = |columns: Vec<String>| columns.join(", ");
        let found = list(fields.iter().map(|field| format!("{} {}", shown(field.name()), field.data_type())).collect());
        let wanted = list(wanted.iter().map(|(name, kind)| format!("{name} {kind}")).collect());
        let help = "select and cast the columns before they are piped";
        Err(error("worker-schema", "stdin", format!("the columns are {found}; expected {wanted}"), help))
    }
}

/// Rates the accounts of a stream. `options` say how; their `out` is not written to.
///
/// # Errors
/// What is wrong with the stream, or with any account: then the stream that
/// was written has no end.
pub fn run<W: Write>(
    job: &Job,
    options: impl FnOnce(crate::rules::Cards) -> Options,
    input: impl Read,
    output: W,
) -> Result<(), Diagnostics> {
    let one = |found: Diagnostic| -> Diagnostics { [found].into_iter().collect() };
    let place = Workplace::new().map_err(one)?;
    let mut terms = Terms::open(&job.terms, &job.terms_sha256).map_err(one)?;
    let options = options(terms.cards(&place)?);
    let broken = |why: String| one(broken(&why));
    let mut input = Input::open(input).map_err(broken)?;
    job.mode.check(&input.schema()).map_err(one)?;
    let output = Output::open(output, &tagged::schema()).map_err(|error| one(unwritten(&error.to_string())))?;
    let mut partition = Partition {
        place,
        terms,
        options,
        output,
        at_work: None,
        seen: HashSet::new(),
        refused: 0,
        found: Diagnostics::default(),
    };
    while let Some(batch) = input.next_batch().map_err(broken)? {
        partition.take(job.mode, &batch).map_err(one)?;
    }
    partition.end()
}

fn broken(why: &str) -> Diagnostic {
    let help = "nothing of it counts; the task runs again";
    error("worker-stream", "stdin", format!("the stream cannot be taken: {why}"), help)
}

fn unwritten(why: &str) -> Diagnostic {
    error("worker-stream", "stdout", format!("cannot be written: {why}"), "see why its reader went away")
}

/// The accounts of one stream, one at a time.
struct Partition<W: Write> {
    place: Workplace,
    terms: Terms,
    options: Options,
    output: Output<W>,
    at_work: Option<Gathered>,
    seen: HashSet<String>,
    refused: usize,
    found: Diagnostics,
}

impl<W: Write> Partition<W> {
    fn take(&mut self, mode: Mode, batch: &RecordBatch) -> Result<(), Diagnostic> {
        for (column, (name, _)) in batch.columns().iter().zip(mode.columns()) {
            if column.null_count() > 0 {
                let message = format!("{} rows have no {name}", column.null_count());
                return Err(error(
                    "worker-null",
                    "stdin",
                    message,
                    "no value may be missing: fill it in, or leave the rows out",
                ));
            }
        }
        let accounts: &StringArray = batch.column(0).as_string();
        match mode {
            Mode::Rows => {
                let whole = |column: usize| -> &Int64Array { batch.column(column).as_primitive::<Int64Type>() };
                let (apps, starts, seconds) = (whole(1), whole(3), whole(4));
                let items: &StringArray = batch.column(2).as_string();
                for row in 0..batch.num_rows() {
                    self.turn_to(accounts.value(row))?;
                    if let Some(account) = &mut self.at_work {
                        account.row(
                            &self.place,
                            apps.value(row),
                            items.value(row),
                            starts.value(row),
                            seconds.value(row),
                        )?;
                    }
                }
            }
            Mode::Csv => {
                let paths: &StringArray = batch.column(1).as_string();
                let contents: &BinaryArray = batch.column(2).as_binary();
                for row in 0..batch.num_rows() {
                    self.turn_to(accounts.value(row))?;
                    if let Some(account) = &mut self.at_work {
                        account.file(&self.place, paths.value(row), contents.value(row))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends the account at work, if another begins.
    fn turn_to(&mut self, account: &str) -> Result<(), Diagnostic> {
        if self.at_work.as_ref().is_some_and(|at_work| at_work.account == account) {
            return Ok(());
        }
        self.rate()?;
        if !self.seen.insert(account.to_owned()) {
            let message = format!("the rows of account {} are not in one piece", shown(account));
            return Err(error("worker-account-twice", "stdin", message, "partition and sort by account"));
        }
        let toml = self.terms.account(account)?;
        self.at_work = Some(Gathered::begin(account, &self.place, &toml)?);
        Ok(())
    }

    /// Rates the account at work and writes its rows.
    fn rate(&mut self) -> Result<(), Diagnostic> {
        let Some(mut account) = self.at_work.take() else { return Ok(()) };
        account.end(&self.place)?;
        let mut found = Diagnostics::default();
        let result = made(&account.case, &self.options, &mut found);
        let result = result.filter(|(report, _)| {
            let same = report.account == account.account;
            if !same {
                let message = format!("account.toml is of account {}", shown(&report.account));
                let help = "name the file by the account that it is of: accounts/<uin>.toml";
                found.push(error("worker-account-unknown", "account.toml", message, help));
            }
            same
        });
        let Some((report, files)) = result else {
            self.refuse(&account.account, found);
            return Ok(());
        };
        self.write(&account, &report, files).map_err(|why| {
            error("worker-result", &account.account, why, "please report it with the account's account.toml")
        })
    }

    /// One refused account ends the task, but the others are looked at first.
    fn refuse(&mut self, account: &str, found: Diagnostics) {
        self.refused += 1;
        if self.refused > TOLD {
            return;
        }
        for mut finding in found {
            finding.at.file = format!("{account}/{}", finding.at.file);
            self.found.push(finding);
        }
    }

    fn write(&mut self, account: &Gathered, report: &Report, files: Vec<(String, Vec<u8>)>) -> Result<(), String> {
        let uin = account.account.as_str();
        let mut put = |batch: RecordBatch| self.output.write(&batch).map_err(|error| error.to_string());
        let (charges, drawdown) = (table::charges(report), table::drawdown(report));
        let columns = charges.columns.join(",");
        tagged::table(uin, tagged::CHARGE, charges, &mut put)?;
        tagged::table(uin, tagged::DEDUCTION, drawdown, &mut put)?;
        // What is made of the rows again is not written twice.
        let whole = files.into_iter().filter(|(name, _)| !super::merge::OF_ROWS.contains(&name.as_str()));
        for (number, (name, content)) in (1..).zip(whole) {
            let values = vec![("name", Value::Text(name)), ("content", Value::Bytes(content))];
            put(tagged::single(uin, tagged::FILE, number, values)?)?;
        }
        let values = vec![
            ("name", Value::Text(format!("{}-{}", report.account, report.period))),
            ("rows", Value::Whole(account.rows)),
            ("total", Value::Whole(account.total)),
            ("columns", Value::Text(columns)),
        ];
        put(tagged::single(uin, tagged::CONTROL, 1, values)?)
    }

    /// Ends the last account and the stream.
    fn end(mut self) -> Result<(), Diagnostics> {
        if let Err(found) = self.rate() {
            self.found.push(found);
        }
        if self.refused > 0 {
            let message = format!("{} of {} accounts were refused", self.refused, self.seen.len());
            self.found.push(error(
                "worker-refused",
                "stdin",
                message,
                "correct their files, or leave the accounts out",
            ));
        }
        if self.found.has_errors() {
            return Err(self.found);
        }
        self.output.finish().map(drop).map_err(|error| [unwritten(&error.to_string())].into_iter().collect())
    }
}
