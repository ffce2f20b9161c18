//! The console of a command, besides its result: findings and progress on stderr, as text for a person or, with
//! `--log-format json`, as a JSON object per line for a program. Colours and bars only where a person looks on.

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::cli::{Cli, ColorName, LogFormatName, lang};
use crate::i18n::{Lang, catalogue, fill};
use crate::model::diagnostic::{Diagnostic, Severity, column_letters};
use crate::model::style::{Paint, wrapped};
use crate::progress::{self, Stage};
use crate::report::json::inert;
use crate::report::terminal::Screen;

/// The settings of stdout and stderr.
#[derive(Debug, Clone, Copy, Default)]
struct Voice {
    out: Paint,
    errors: Paint,
    json: bool,
    /// By --lang, `TRTC_RECON_LANG` or the locale.
    lang: Option<Lang>,
    /// By --lang or `TRTC_RECON_LANG`.
    report: Option<Lang>,
}

static VOICE: OnceLock<Voice> = OnceLock::new();

fn voice() -> Voice {
    VOICE.get().copied().unwrap_or_default()
}

/// Takes what was typed and where the streams go. Once, before anything is said.
pub(super) fn set(cli: &Cli) {
    let json = cli.log_format == LogFormatName::Json;
    let lang = cli.lang.map(Lang::from).or_else(lang::of_environment);
    let report = cli.lang.map(Lang::from).or_else(lang::of_variable);
    let paint = |terminal: bool| {
        let on = match cli.color {
            ColorName::Always => true,
            ColorName::Never => false,
            ColorName::Auto => terminal && wanted(),
        };
        if on { Paint::COLOURS } else { Paint::PLAIN }
    };
    let voice =
        Voice { out: paint(io::stdout().is_terminal()), errors: paint(io::stderr().is_terminal()), json, lang, report };
    // A second call finds it set: the first one counts.
    let _ = VOICE.set(voice);
}

/// `NO_COLOR` with anything in it, or a terminal that has none (no-color.org).
fn wanted() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Returns what stdout can show.
pub(super) fn screen() -> Screen {
    let fixed = Screen { paint: voice().out, ..Screen::default() };
    let terminal = console::Term::stdout();
    match terminal.size_checked().filter(|_| terminal.is_term()) {
        Some((rows, columns)) => Screen { rows: rows.into(), columns: columns.into(), ..fixed },
        None => fixed,
    }
}

/// Returns a text whose sentences fit the terminal; where stdout is none, the text as it is.
pub(super) fn fitted(text: &str) -> String {
    let terminal = console::Term::stdout();
    match terminal.size_checked().filter(|_| terminal.is_term()) {
        Some((_, columns)) => wrapped(text, columns.into()),
        None => text.to_owned(),
    }
}

/// Returns the language of the report, if --lang or `TRTC_RECON_LANG` names one. The locale does not change a file.
pub(super) fn report_lang() -> Option<Lang> {
    voice().report
}

/// Returns the language of what is printed: the one that was named, or the locale's; else that of the account's
/// site; else English.
pub(super) fn lang(site: Option<Lang>) -> Lang {
    voice().lang.or(site).unwrap_or(Lang::En)
}

/// To stderr; where nobody reads it there is nobody to tell.
pub(super) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Returns a remark of the program itself, in a line of its own.
pub(super) fn remark(level: &str, text: &str) -> String {
    if voice().json {
        line(&json!({"level": level, "message": text}))
    } else {
        format!("{}\n", catalogue::translated(lang(None), text))
    }
}

/// Findings as they are said; `case` where they are of one among several. A program reads them in English.
pub(super) fn findings<'a>(found: impl IntoIterator<Item = &'a Diagnostic>, case: Option<&str>, lang: Lang) -> String {
    let Voice { errors, json, .. } = voice();
    if json {
        return found.into_iter().map(|found| line(&object(found, case))).collect();
    }
    let texts: Vec<String> = found
        .into_iter()
        .map(|found| catalogue::diagnostic(lang, found).painted(errors, lang.words().labels()))
        .collect();
    if texts.is_empty() {
        return String::new();
    }
    let heading = case.map(|case| format!("{}\n", errors.strong(&format!("{case}:")))).unwrap_or_default();
    format!("{heading}{}\n", texts.join("\n\n"))
}

/// Returns true if results and findings are for a program.
pub(super) fn speaks_json() -> bool {
    voice().json
}

/// Returns what a case came to, for a program; nothing in text, where stdout has it.
pub(super) fn outcome(result: &Value) -> String {
    if voice().json { line(result) } else { String::new() }
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
            1 => "{spinner} {stage}, {elapsed}".to_owned(),
            _ => format!("{{bar:30}} {}", lang(None).words().text.progress),
        };
        let bar = ProgressBar::with_draw_target(u64::try_from(cases).ok(), target);
        if let Ok(style) = ProgressStyle::with_template(&template) {
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

/// Writes the stage of the one case; while it is read, also the speed.
fn stage(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let text = &lang(None).words().text;
    let at = match progress::stage() {
        Stage::Reading => {
            let _ = write!(out, "{}{}", text.stage_reading, text.comma);
            return rows_and_rate(state, out);
        }
        Stage::Rating => &text.stage_rating,
        Stage::Explaining => {
            let progress::Search { trials, finding, of } = progress::search();
            let _ = write!(out, "{}{}", text.stage_explaining, text.comma);
            if finding > 0 {
                let values = [("finding", finding.to_string()), ("of", of.to_string())];
                let _ = write!(out, "{}{}", fill(&text.search_finding, &values), text.comma);
            }
            let _ = out.write_str(&fill(&text.search_trials, &[("trials", trials.to_string())]));
            return;
        }
        Stage::Writing => &text.stage_writing,
    };
    let rows = fill(&text.rows_read, &[("rows", progress::rows().to_string())]);
    let _ = write!(out, "{at}{}{rows}", text.comma);
}

fn rows_and_rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let rows = progress::rows();
    let seconds = state.elapsed().as_secs().max(1);
    let values = [("rows", rows.to_string()), ("rate", (rows / seconds).to_string())];
    let _ = out.write_str(&fill(&lang(None).words().text.rows_rate, &values));
}
