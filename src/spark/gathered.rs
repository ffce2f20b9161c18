//! The rows of one account, laid out as the usage of a case.
//!
//! Rows become `usage/usage.csv` in the columns and the order of the stream;
//! so an account has the same file, and the same SHA-256 in its manifest,
//! however its rows were spread over partitions. Files stay what they are.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::error;
use super::workplace::{Workplace, Writing};
use crate::model::diagnostic::{Diagnostic, shown};

/// One account of the stream.
pub struct Gathered {
    /// The account (UIN).
    pub account: String,
    /// Its case.
    pub case: PathBuf,
    /// Rows, or files.
    pub rows: i64,
    /// The sum of their seconds, or of their bytes.
    pub total: i64,
    usage: Option<Writing>,
    last: Option<(i64, String, i64)>,
    names: BTreeSet<String>,
    line: String,
}

impl Gathered {
    /// Begins an account.
    pub fn begin(account: &str, place: &Workplace, toml: &[u8]) -> Result<Self, Diagnostic> {
        Ok(Self {
            account: account.to_owned(),
            case: place.case(toml)?,
            rows: 0,
            total: 0,
            usage: None,
            last: None,
            names: BTreeSet::new(),
            line: String::new(),
        })
    }

    fn count(&mut self, figure: i64) -> Result<(), Diagnostic> {
        self.rows += 1;
        self.total = self.total.checked_add(figure).ok_or_else(|| {
            let message = format!("the figures of account {} add up to more than 64 bits hold", shown(&self.account));
            error("worker-result", "stdin", message, "look for figures that are no seconds")
        })?;
        Ok(())
    }

    /// Adds a row. Rows come by start, item, application.
    pub fn row(&mut self, place: &Workplace, app: i64, item: &str, start: i64, seconds: i64) -> Result<(), Diagnostic> {
        let key = (start, item, app);
        let sorted = self.last.as_ref().is_none_or(|(start, item, app)| (*start, item.as_str(), *app) <= key);
        if !sorted {
            let message = format!(
                "rows of account {} are not sorted: {start} {} {app} follows {:?}",
                shown(&self.account),
                shown(item),
                self.last
            );
            let help = "sort within partitions by account, start, item, app";
            return Err(error("worker-order", "stdin", message, help));
        }
        match &mut self.last {
            Some((last_start, last_item, last_app)) => {
                (*last_start, *last_app) = (start, app);
                if last_item != item {
                    item.clone_into(last_item);
                }
            }
            None => self.last = Some((start, item.to_owned(), app)),
        }
        self.line.clear();
        field(&mut self.line, &self.account);
        let _ = write!(self.line, ",{app},");
        field(&mut self.line, item);
        let _ = writeln!(self.line, ",{start},{seconds}");
        let file = if let Some(file) = &mut self.usage {
            file
        } else {
            let mut file = place.begin("case/usage/usage.csv")?;
            place.line(&mut file, "account,app,item,start,seconds\n")?;
            self.usage.insert(file)
        };
        place.line(file, &self.line)?;
        self.count(seconds)
    }

    /// Adds a file of usage. Of its path the name counts.
    pub fn file(&mut self, place: &Workplace, path: &str, content: &[u8]) -> Result<(), Diagnostic> {
        let name = path.rsplit('/').next().unwrap_or(path);
        if !self.names.insert(name.to_owned()) {
            let message = format!("account {} has two files named {}", shown(&self.account), shown(name));
            return Err(error("worker-file-twice", path, message, "give the files of an account names of their own"));
        }
        if name.is_empty() || name.starts_with('.') || name.contains('\0') {
            let help = "give the file a name that does not start with a dot";
            return Err(error("worker-workplace", path, "is no name for a file of usage", help));
        }
        place.put(&format!("case/usage/{name}"), content)?;
        self.count(i64::try_from(content.len()).unwrap_or(i64::MAX))
    }

    /// Ends the files of the case.
    pub fn end(&mut self, place: &Workplace) -> Result<(), Diagnostic> {
        self.usage.take().map_or(Ok(()), |file| place.end(file))
    }
}

/// A field of a CSV file.
fn field(out: &mut String, text: &str) {
    if text.contains([',', '"', '\n', '\r']) {
        let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
    } else {
        out.push_str(text);
    }
}
