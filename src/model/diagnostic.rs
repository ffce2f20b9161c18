//! The diagnostics: what the tool says about its inputs. One shape for every message, one renderer.
//!
//! A problem is collected, not thrown: stages push into a [`Diagnostics`] and
//! go on, so that one run names everything that is wrong. Whether the run may
//! go on is decided last.

use std::fmt::{self, Write as _};

use crate::model::style::Paint;

/// The severity of a diagnostic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The input cannot be trusted: nothing is written, exit status 2.
    Error,
    /// Taken, counted and listed.
    Warning,
    /// Worth knowing; changes nothing.
    Note,
}

/// Where in the inputs: `usage/a.xlsx!Sheet1!O17`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct At {
    /// The file, relative to the case folder.
    pub file: String,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The row (or line), from 1.
    pub row: Option<u32>,
    /// The column, from 0.
    pub column: Option<usize>,
}

/// The words before the parts of a diagnostic, in a language.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// Before an error.
    pub error: &'a str,
    /// Before a warning.
    pub warning: &'a str,
    /// Before a note.
    pub note: &'a str,
    /// Before what to do.
    pub help: &'a str,
}

impl Labels<'_> {
    /// The English ones.
    pub const ENGLISH: Self = Self { error: "error", warning: "warning", note: "note", help: "help:" };
}

/// One finding about an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable name for this kind of finding: `csv-open-quote`.
    pub code: &'static str,
    /// Its severity.
    pub severity: Severity,
    /// Where.
    pub at: At,
    /// The fault, with the value and what was expected.
    pub message: String,
    /// The remedy, for the user.
    pub help: String,
    /// The row as it stands in the file, where there is one.
    pub excerpt: Option<String>,
}

/// The findings of a run, in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl At {
    /// Returns a whole file.
    #[must_use]
    pub fn file(file: &str) -> Self {
        Self { file: file.to_owned(), ..Self::default() }
    }

    /// Returns the same place, narrowed to a sheet.
    #[must_use]
    pub fn sheet(mut self, sheet: Option<&str>) -> Self {
        self.sheet = sheet.map(str::to_owned);
        self
    }

    /// Returns the same place, narrowed to a row.
    #[must_use]
    pub const fn row(mut self, row: u32) -> Self {
        self.row = Some(row);
        self
    }

    /// Returns the same place, narrowed to a column.
    #[must_use]
    pub const fn column(mut self, column: usize) -> Self {
        self.column = Some(column);
        self
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", shown(&self.file))?;
        if let Some(sheet) = &self.sheet {
            write!(f, "!{}", shown(sheet))?;
        }
        match (self.column, self.row) {
            (Some(column), Some(row)) => write!(f, "!{}{row}", column_letters(column)),
            (None, Some(row)) => write!(f, "!{row}"),
            (Some(column), None) => write!(f, "!{}", column_letters(column)),
            (None, None) => Ok(()),
        }
    }
}

/// Returns a spreadsheet's letters for a column counted from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn column_letters(column: usize) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        let digit = u8::try_from(rest % 26).unwrap_or_else(|_| unreachable!("below 26"));
        letters.push(char::from(b'A' + digit));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// Returns a text from an input, made safe to print: control and bidirectional
/// characters escaped, cut at 80 characters.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut out = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == 80 {
            out.push('…');
            break;
        }
        if hidden(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

/// Returns a text from an input as a TOML string, whole, to be copied into account.toml:
/// quotes and backslashes escaped, and what hides or reorders text.
#[must_use]
pub fn toml_string(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ if hidden(character) => out.extend(format!("\\u{:04X}", u32::from(character)).chars()),
            _ => out.push(character),
        }
    }
    out.push('"');
    out
}

fn hidden(character: char) -> bool {
    // What turns the direction of text, parts lines, or cannot be seen at all.
    let unseen = matches!(
        character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
    );
    character.is_control() || unseen
}

/// Returns the known name nearest to an unknown one, if one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(&unknown.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(similarity, _)| *similarity >= 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

impl Diagnostic {
    /// Returns an error: nothing is written.
    #[must_use]
    pub fn error(code: &'static str, at: At, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, at, message: message.into(), help: help.into(), excerpt: None }
    }

    /// Returns a warning: taken, counted and listed.
    #[must_use]
    pub fn warning(code: &'static str, at: At, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, at, message, help) }
    }

    /// Returns a note.
    #[must_use]
    pub fn note(code: &'static str, at: At, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::error(code, at, message, help) }
    }

    /// Returns the same finding with the row that earned it.
    #[must_use]
    pub fn with_excerpt(mut self, row: impl Into<String>) -> Self {
        self.excerpt = Some(row.into());
        self
    }
}

impl Diagnostic {
    /// Returns the finding as text, painted by its weight.
    #[must_use]
    pub fn painted(&self, paint: Paint, labels: Labels<'_>) -> String {
        let code = format!("[{}]", self.code);
        let weight = match self.severity {
            Severity::Error => paint.bad(&format!("{}{code}", labels.error)),
            Severity::Warning => paint.open(&format!("{}{code}", labels.warning)),
            Severity::Note => paint.strong(&format!("{}{code}", labels.note)),
        };
        let mut out = format!("{weight}: {}\n  {} {}", paint.strong(&self.message), paint.faint("-->"), self.at);
        if let Some(excerpt) = &self.excerpt {
            let row = self.at.row.map(|row| row.to_string()).unwrap_or_default();
            let _ = write!(out, "\n  {row} {} {excerpt}", paint.faint("|"));
        }
        if !self.help.is_empty() {
            let _ = write!(out, "\n  {} {}", paint.good(labels.help), self.help);
        }
        out
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.painted(Paint::PLAIN, Labels::ENGLISH))
    }
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds findings.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(diagnostics);
    }

    /// Makes errors of the findings with these codes.
    pub fn refuse(&mut self, codes: &[&str]) {
        for finding in self.0.iter_mut().filter(|finding| codes.contains(&finding.code)) {
            finding.severity = Severity::Error;
        }
    }

    /// Returns true if one of them is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// Returns the findings in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Returns true if there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        Self(diagnostics.into_iter().collect())
    }
}
