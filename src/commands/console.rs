//! How a command speaks beside its result: findings and progress on stderr, as
//! text for a person or, with `--log-format json`, as a JSON object per line
//! for a program. Colours and bars only where a person looks on.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::cli::{Cli, ColorName, LogFormatName};
use crate::model::diagnostic::{Diagnostic, Severity, column_letters};
use crate::model::style::Paint;
use crate::progress::{self, Stage};
use crate::report::json::inert;
use crate::report::terminal::Screen;

/// How stdout and stderr are spoken to.
#[derive(Debug, Clone, Copy, Default)]
struct Voice {
    out: Paint,
    errors: Paint,
    json: bool,
}

static VOICE: OnceLock<Voice> = OnceLock::new();

fn voice() -> Voice {
    VOICE.get().copied().unwrap_or_default()
}

/// Takes what was typed and where the streams go. Once, before anything is said.
pub(super) fn set(cli: &Cli) {
    let json = cli.log_format == LogFormatName::Json;
    let paint = |terminal: bool| {
        let on = match cli.color {
            ColorName::Always => true,
            ColorName::Never => false,
            ColorName::Auto => terminal && wanted(),
        };
        if on { Paint::COLOURS } else { Paint::PLAIN }
    };
    let voice = Voice { out: paint(io::stdout().is_terminal()), errors: paint(io::stderr().is_terminal()), json };
    // A second call finds it set: the first one counts.
    let _ = VOICE.set(voice);
}

/// `NO_COLOR` with anything in it, or a terminal that has none (no-color.org).
fn wanted() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// What stdout can show.
pub(super) fn screen() -> Screen {
    let fixed = Screen { paint: voice().out, ..Screen::default() };
    let terminal = console::Term::stdout();
    match terminal.size_checked().filter(|_| terminal.is_term()) {
        Some((rows, columns)) => Screen { rows: rows.into(), columns: columns.into(), ..fixed },
        None => fixed,
    }
}

/// To stderr; where nobody reads it there is nobody to tell.
pub(super) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// A remark of the program itself, in a line of its own.
pub(super) fn remark(level: &str, text: &str) -> String {
    if voice().json { line(&json!({"level": level, "message": text})) } else { format!("{text}\n") }
}

/// Findings as they are said; `case` where they are of one among several.
pub(super) fn findings<'a>(found: impl IntoIterator<Item = &'a Diagnostic>, case: Option<&str>) -> String {
    let Voice { errors, json, .. } = voice();
    if json {
        return found.into_iter().map(|found| line(&object(found, case))).collect();
    }
    let texts: Vec<String> = found.into_iter().map(|found| found.painted(errors)).collect();
    if texts.is_empty() {
        return String::new();
    }
    let heading = case.map(|case| format!("{}\n", errors.strong(&format!("{case}:")))).unwrap_or_default();
    format!("{heading}{}\n", texts.join("\n\n"))
}

/// What a case came to, for a program that reads stderr; nothing in text, where stdout has it.
pub(super) fn outcome(case: &str, status: u8, verdict: &str) -> String {
    if voice().json {
        line(&json!({"level": "result", "case": case, "status": status, "verdict": verdict}))
    } else {
        String::new()
    }
}

fn line(value: &Value) -> String {
    format!("{}\n", inert(&value.to_string()))
}

fn object(found: &Diagnostic, case: Option<&str>) -> Value {
    let level = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("level", json!(level));
    put("code", json!(found.code));
    if let Some(case) = case {
        put("case", json!(case));
    }
    put("file", json!(found.at.file));
    if let Some(sheet) = &found.at.sheet {
        put("sheet", json!(sheet));
    }
    if let Some(row) = found.at.row {
        put("row", json!(row));
    }
    if let Some(column) = found.at.column {
        put("column", json!(column_letters(column)));
    }
    put("message", json!(found.message));
    put("help", json!(found.help));
    if let Some(excerpt) = &found.excerpt {
        put("excerpt", json!(excerpt));
    }
    Value::Object(out)
}

/// Shows how far the cases are: a bar on a terminal, a line for each case in a
/// log of JSON, else nothing.
pub(super) struct Progress {
    bar: ProgressBar,
    cases: usize,
}

impl Progress {
    /// Of so many cases; a bar with the rows read and their rate.
    pub(super) fn of(cases: usize, quiet: bool) -> Self {
        let seen = io::stderr().is_terminal() && !voice().json && !quiet;
        let target = if seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let template = match cases {
            1 => "{spinner} {stage}, {elapsed}",
            _ => "{bar:30} {pos}/{len} cases, {rows}, {elapsed}, {eta} left",
        };
        let bar = ProgressBar::with_draw_target(u64::try_from(cases).ok(), target);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rows", rows_and_rate).with_key("stage", stage));
        }
        if seen {
            bar.enable_steady_tick(std::time::Duration::from_millis(200));
        }
        Self { bar, cases }
    }

    /// One more is done.
    pub(super) fn step(&self) {
        self.bar.inc(1);
        if voice().json && self.cases > 1 {
            let done = self.bar.position();
            say(&line(&json!({"level": "progress", "done": done, "of": self.cases, "rows": progress::rows()})));
        }
    }

    /// Says something while the bar is out of the way.
    pub(super) fn aside<T>(&self, tell: impl FnOnce() -> T) -> T {
        self.bar.suspend(tell)
    }

    /// The bar is taken away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// What the one case is at; while it is read, how fast.
fn stage(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let at = match progress::stage() {
        Stage::Reading => {
            let _ = out.write_str("reading, ");
            return rows_and_rate(state, out);
        }
        Stage::Rating => "rating",
        Stage::Explaining => {
            let _ = write!(out, "comparing and looking for causes, {}", progress::search());
            return;
        }
        Stage::Writing => "writing",
    };
    let _ = write!(out, "{at}, {} rows", progress::rows());
}

fn rows_and_rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let rows = progress::rows();
    let seconds = state.elapsed().as_secs().max(1);
    let _ = write!(out, "{rows} rows, {}/s", rows / seconds);
}
