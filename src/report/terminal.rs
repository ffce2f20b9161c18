//! The verdict on a terminal: one sentence first, then what it rests on, on
//! one screen; the last line is for programs and cron mails.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::{BridgeEntry, Comparison, Report, Verdict, summary};
use crate::compare::Discrepancy;
use crate::compare::groups::Group;
use crate::i18n::{counted, fill};
use crate::model::diagnostic::{Severity, shown};
use crate::model::style::{Paint, aligned};
use crate::tools::followup::State;

/// The most that a part shows before it says how many more there are.
const MOST: usize = 10;
/// The least.
const LEAST: usize = 3;
/// Below this many columns a screen is narrow.
const NARROW: usize = 110;
/// The columns that a cause has in the table of discrepancies: at least, and at most.
const NARROWEST: usize = 16;
const WIDEST: usize = 40;
/// The columns of the name of an application.
const NAME: usize = 16;
/// Steps of the bridge that are shown on any screen.
const STEPS: usize = 8;
/// Lines that are there in any case: blanks, both totals, headings, remarks, the
/// folder, and the prompt that follows.
const FIXED: usize = 17;

/// The screen that the output is shown on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Its lines: that many are filled at most, if a few of each part fit in.
    pub rows: usize,
    /// The width of a line.
    pub columns: usize,
    /// Its colours.
    pub paint: Paint,
}

impl Default for Screen {
    /// Returns what is no terminal: a file, a pipe, a mail.
    fn default() -> Self {
        Self { rows: 44, columns: 120, paint: Paint::PLAIN }
    }
}

impl Screen {
    /// Returns how many lines a text takes.
    fn lines(self, text: &str) -> usize {
        text.width().div_ceil(self.columns.max(1))
    }
}

/// Returns what is printed. `written_to` names the folder of the report; with `quiet`
/// a reconciled case prints nothing.
#[must_use]
pub fn render(report: &Report, written_to: Option<&str>, quiet: bool, screen: Screen) -> String {
    let comparison = report.comparison.as_ref();
    if quiet && comparison.is_some_and(|comparison| comparison.verdict == Verdict::Reconciled) {
        return String::new();
    }
    let (sentence, last) = (summary::sentence(report), last_line(report));
    let advice = summary::advice(report);
    let said = std::iter::once(&sentence).chain(&advice).chain(std::iter::once(&last));
    let taken = FIXED + said.map(|text| screen.lines(text.trim_end())).sum::<usize>();
    let room = (screen.rows.saturating_sub(taken) / 2).clamp(LEAST, MOST);
    let mut out = format!("{}\n", verdict_colour(report, screen.paint, &sentence));
    for text in &advice {
        let _ = writeln!(out, "{text}");
    }
    if let Some(comparison) = comparison {
        out.push_str(&ours(report, comparison, screen));
        let table = bridge(report, comparison, room.max(STEPS), screen);
        out.push_str(&part(&report.words().text.bridge, &table, screen));
        let table = discrepancies(report, comparison, room, screen);
        out.push_str(&part(&report.words().text.largest, &table, screen));
        out.push_str(&beside(report));
    } else {
        let _ = write!(out, "\n{}", totals(report, screen));
        out.push_str(&part(&report.words().text.by_item, &items(report), screen));
    }
    out.push('\n');
    out.push_str(&remarks(report));
    if let Some(folder) = written_to {
        let folder = summary::visible(folder);
        let _ = writeln!(out, "{}", fill(&report.words().text.report, &[("folder", &folder)]));
    }
    out.push_str(&last);
    out
}

fn verdict_colour(report: &Report, paint: Paint, sentence: &str) -> String {
    match report.comparison.as_ref().map(|comparison| comparison.verdict) {
        None => paint.strong(sentence),
        Some(Verdict::Reconciled) => paint.good(sentence),
        Some(Verdict::Discrepancies) => paint.bad(sentence),
        Some(Verdict::Inconclusive) => paint.open(sentence),
    }
}

/// Returns a table under its heading; nothing where it is empty.
fn part(title: &str, table: &str, screen: Screen) -> String {
    if table.is_empty() { String::new() } else { format!("\n{}\n{table}", screen.paint.strong(title)) }
}

/// Returns the totals in one row; where that is too wide, under one another.
fn totals(report: &Report, screen: Screen) -> String {
    let totals = summary::totals(report);
    let currency = shown(&report.currency);
    let header: Vec<&str> = std::iter::once("").chain(totals.iter().map(|(name, _)| *name)).collect();
    let amounts = totals.iter().map(|(_, money)| summary::amount(*money));
    let row: Vec<String> = std::iter::once(currency.clone()).chain(amounts).collect();
    let table = aligned(&header, &(1..header.len()).collect::<Vec<_>>(), &[row]);
    if table.lines().all(|line| line.width() <= screen.columns) {
        return table;
    }
    let rows: Vec<_> = totals.iter().map(|(name, money)| vec![(*name).to_owned(), summary::amount(*money)]).collect();
    aligned(&["", &currency], &[1], &rows)
}

/// Returns the expected total, the steps, the billed total. A cut bridge keeps the largest steps and says what the
/// others come to. Where the verdict is open the causes cannot be known, so there is no bridge.
fn bridge(report: &Report, comparison: &Comparison, most: usize, screen: Screen) -> String {
    let words = report.words();
    if comparison.verdict == Verdict::Inconclusive {
        return String::new();
    }
    let steps: Vec<&BridgeEntry> = comparison.bridge.iter().collect();
    let (largest, rest) = summary::largest_steps(&steps, that_fit(steps.len(), most));
    let end = |name: &str, lines: usize, money| {
        vec![name.to_owned(), String::new(), lines.to_string(), summary::amount(money)]
    };
    let mut rows = vec![end(&words.totals.expected, report.charges.len(), report.expected_total)];
    let mut before = None;
    for step in largest {
        let part = if before == Some(step.part) { "" } else { summary::part(report, step.part) };
        before = Some(step.part);
        let name = summary::cut(
            &summary::visible(&summary::step(report, step)),
            if screen.columns < NARROW { 32 } else { 48 },
        );
        rows.push(vec![part.to_owned(), name, step.count.to_string(), summary::amount(step.amount)]);
    }
    if !rest.is_empty() {
        let values = [("count", rest.len().to_string()), ("file", "reconciliation.json".to_owned())];
        let count: usize = rest.iter().map(|step| step.count).sum();
        let amount = rest.iter().map(|step| step.amount).sum();
        rows.push(vec![String::new(), fill(&words.text.more, &values), count.to_string(), summary::amount(amount)]);
    }
    rows.push(end(&words.totals.billed, comparison.billed.len(), comparison.billed_total));
    aligned(&["", &words.text.cause, &words.text.lines_column, &shown(&report.currency)], &[2, 3], &rows)
}

fn discrepancies(report: &Report, comparison: &Comparison, room: usize, screen: Screen) -> String {
    let found = summary::by_cause(comparison);
    if found.is_empty() {
        return String::new();
    }
    // A narrow screen leaves out what the id leads to: the cause, and whether it is proved.
    let narrow = screen.columns < NARROW;
    let open = comparison.verdict == Verdict::Inconclusive;
    let row = |row: &summary::Row<'_>| {
        let mut cells = match row {
            summary::Row::One(found) => one(report, found, narrow),
            summary::Row::Many(group) => several(report, group, narrow),
        };
        if narrow {
            cells.pop();
        }
        cells
    };
    let words = report.words();
    let most = that_fit(found.len(), room);
    let mut rows: Vec<_> = found.iter().take(most).map(row).collect();
    let all = ["id", "day", "sdk_app_id", "item", "kind", "difference", "strength", "cause"];
    let header = if narrow {
        &all[..6]
    } else if open {
        &all[..7]
    } else {
        &all[..]
    };
    let header: Vec<&str> = header.iter().map(|name| words.column(name)).collect();
    if header.len() == all.len() {
        // The cause has the room that the others leave.
        let taken = aligned(&header[..7], &[5], &rows).lines().map(UnicodeWidthStr::width).max().unwrap_or(0);
        let room = screen.columns.saturating_sub(taken + 2).clamp(NARROWEST, WIDEST);
        for (row, found) in rows.iter_mut().zip(&found) {
            let cause = match found {
                summary::Row::One(found) => &found.cause,
                summary::Row::Many(group) => group.cause,
            };
            row.push(summary::cut(&summary::visible(&words.cause(cause)), room));
        }
    }
    let table = aligned(&header, &[5], &rows);
    let rest = found.iter().skip(most).map(summary::Row::count).sum();
    table + &more(report, rest, "discrepancies.csv")
}

/// Returns the cells of a finding.
fn one(report: &Report, found: &Discrepancy, narrow: bool) -> Vec<String> {
    vec![
        shown(&found.id),
        shown(&found.day),
        found.app.map_or_else(|| "-".to_owned(), |id| app(report, id, narrow)),
        found.item.map_or("-", crate::model::Item::id).to_owned(),
        summary::kind(report, found).to_owned(),
        summary::amount(found.difference),
        summary::strength(report, found).to_owned(),
    ]
}

/// Returns the cells of findings that have one cause: a figure that is not the same for all is left out.
fn several(report: &Report, group: &Group<'_>, narrow: bool) -> Vec<String> {
    let words = report.words();
    let apps = match group.apps.first() {
        None => "-".to_owned(),
        Some(only) if group.apps.len() == 1 => app(report, *only, narrow),
        Some(_) => fill(&words.text.apps, &[("count", group.apps.len().to_string())]),
    };
    let items: BTreeSet<_> = group.findings.iter().map(|found| found.item).collect();
    let item = items.first().copied().flatten().filter(|_| items.len() == 1);
    let kinds: BTreeSet<&str> = group.findings.iter().map(|found| summary::kind(report, found)).collect();
    vec![
        words.lines(group.findings.len()),
        shown(&group.span),
        apps,
        item.map_or("-", crate::model::Item::id).to_owned(),
        if kinds.len() == 1 { kinds.first().copied().unwrap_or_default() } else { "-" }.to_owned(),
        summary::amount(group.difference),
        summary::strength(report, group.findings[0]).to_owned(),
    ]
}

/// Returns what is missing or wrong on our side, with what to do about it; nothing where our side is whole.
fn ours(report: &Report, comparison: &Comparison, screen: Screen) -> String {
    let text = &report.words().text;
    let mut out = String::new();
    let steps = summary::ours(comparison);
    let most = that_fit(steps.len(), LEAST);
    for step in steps.iter().take(most) {
        let _ = writeln!(out, "  {}", summary::our_step(report, step));
        if let Some(todo) = summary::todo(report, step) {
            let _ = writeln!(out, "    {todo}");
        }
        for line in step.paste.lines() {
            let _ = writeln!(out, "      {}", shown(line));
        }
    }
    part(&text.ours, &(out + &more(report, steps.len() - most, "discrepancies.csv")), screen)
}

/// Returns how many of a part are shown; what says that there are more is a line, too.
const fn that_fit(count: usize, room: usize) -> usize {
    if count <= room { count } else { room - 1 }
}

fn items(report: &Report) -> String {
    let sums = summary::by_item(report);
    if sums.is_empty() {
        return String::new();
    }
    let words = report.words();
    let row = |sum: &summary::ItemSum| {
        vec![
            sum.item.id().to_owned(),
            words.unit(sum.item.unit().name()).to_owned(),
            summary::figure(sum.billable.decimal()),
            summary::figure(sum.covered.decimal()),
            summary::figure(sum.charged.decimal()),
            summary::amount(sum.amount),
        ]
    };
    let rows: Vec<_> = sums.iter().map(row).collect();
    let header = ["item", "unit", "billable", "covered", "charged", "amount"].map(|name| words.column(name));
    aligned(&header, &[2, 3, 4, 5], &rows)
}

/// Returns what was asked for beside the comparison: the claim, the follow-up.
fn beside(report: &Report) -> String {
    let text = &report.words().text;
    let mut out = String::new();
    if let Some(followup) = &report.followup {
        let counts = State::ALL.map(|state| (state.name(), followup.count(state).to_string()));
        let _ = writeln!(out, "\n{}", fill(&text.followup, &counts));
    }
    if let Some(dispute) = &report.dispute {
        let values = [("amount", summary::amount(dispute.total)), ("currency", shown(&report.currency))];
        let amount = fill(&text.money, &values);
        let _ = writeln!(out, "\n{}", fill(&text.dispute, &[("amount", amount)]));
    }
    out
}

fn remarks(report: &Report) -> String {
    let text = &report.words().text;
    let count = |severity| report.diagnostics.iter().filter(|found| found.severity == severity).count();
    let warnings = counted(count(Severity::Warning), &text.one_warning, &text.warnings);
    let notes = counted(count(Severity::Note), &text.one_note, &text.notes);
    let assumptions = counted(report.assumptions.len(), &text.one_assumption, &text.assumptions);
    let values = [("warnings", warnings.as_str()), ("notes", &notes), ("assumptions", &assumptions)];
    let mut out = summary::cut(&summary::completeness(report), 100);
    if let Some(balances) = summary::balances(report) {
        let _ = write!(out, "\n{balances}");
    }
    let _ = writeln!(out, "\n{}", fill(&text.remarks, &values));
    out
}

fn last_line(report: &Report) -> String {
    let verdict = report.comparison.as_ref().map_or("rated", |comparison| comparison.verdict.name());
    let mut out = format!("verdict={verdict} expected={}", report.expected_total);
    if let Some(comparison) = &report.comparison {
        let _ = write!(out, " billed={} difference={}", comparison.billed_total, comparison.difference);
    }
    let (currency, account) = (shown(&report.currency), shown(&report.account));
    let _ = writeln!(out, " currency={currency} account={account} period={}", report.period);
    out
}

fn more(report: &Report, rest: usize, file: &str) -> String {
    if rest == 0 {
        return String::new();
    }
    format!("  {}\n", fill(&report.words().text.more, &[("count", rest.to_string().as_str()), ("file", file)]))
}

/// Returns an application with its name, where the screen has room for it.
fn app(report: &Report, id: crate::model::AppId, narrow: bool) -> String {
    match report.app_name(Some(id)) {
        name if narrow || name.is_empty() => id.to_string(),
        name => format!("{id} {}", summary::cut(&summary::visible(name), NAME)),
    }
}
