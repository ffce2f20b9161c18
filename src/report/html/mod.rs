//! reconciliation.html: one page for people that loads nothing. It reads
//! without its script, which only searches and sorts, and runs by its hash. It
//! shows the lines that matter; the csv files and the workbook have them all.

mod comparison_tables;
mod figures;
mod history;
mod lines;
mod markup;

use super::{Comparison, Lang, Report, Verdict, summary, table};
use crate::digest::sha256_base64;
use crate::i18n::fill;
use crate::model::diagnostic::Severity;
pub use history::render_history;
pub(super) use markup::escaped;
use markup::{from_table, list, paragraph, section};

/// Entries that a part of the page shows; of discrepancies the largest.
const MOST: usize = 200;
/// Steps of our side that the first screen shows.
const OUR_STEPS: usize = 5;
const STYLE: &str = concat!("\n", include_str!("page.css"));
const SCRIPT: &str = concat!("\n", include_str!("page.js"));

/// Nothing may be loaded, framed or sent, and nothing run or styled but what
/// the program itself wrote, whatever a text says.
fn policy() -> String {
    let (style, script) = (sha256_base64(STYLE.as_bytes()), sha256_base64(SCRIPT.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
}

/// Returns the bytes of reconciliation.html.
#[must_use]
pub fn render(report: &Report) -> Vec<u8> {
    let words = report.words();
    let period = report.period.to_string();
    let title = fill(&words.page.title, &[("account", report.account_named().as_str()), ("period", &period)]);
    let mut out = begun(report.lang, &title);
    out.push_str(&head(report));
    let parts = parts(report);
    out.push_str(&contents(report, &parts));
    for part in &parts {
        out.push_str(&section(part.id, &part.title, &part.body));
    }
    out.push_str(&ended(report.lang));
    out.into_bytes()
}

/// Returns one line's derivation, a text with tables, as a page of its own.
#[must_use]
pub fn derivation(lang: Lang, text: &str) -> Vec<u8> {
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let lines: Vec<String> = rest.trim().lines().map(escaped).collect();
    let (heading, lines) = (escaped(title), lines.join("\n"));
    let body = format!("<section>\n<h1>{heading}</h1>\n<pre class=\"wide\">{lines}</pre>\n</section>\n</main>\n");
    format!("{}{body}</body>\n</html>\n", begun(lang, title)).into_bytes()
}

/// Returns the beginning of a page, up to its first part.
fn begun(lang: Lang, title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n",
        lang.tag(),
        policy(),
        escaped(title)
    )
}

/// Returns the end of a page.
fn ended(lang: Lang) -> String {
    let foot = fill(&lang.words().page.foot, &[("tool", concat!("trtc-recon ", env!("CARGO_PKG_VERSION")))]);
    format!("</main>\n<footer>{}</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>\n", escaped(&foot))
}

/// A part of the page.
struct Part {
    id: &'static str,
    title: String,
    body: String,
}

fn parts(report: &Report) -> Vec<Part> {
    let words = report.words();
    let part = |id, title: &str, body| Part { id, title: title.to_owned(), body };
    let mut parts = Vec::new();
    if let Some(comparison) = &report.comparison {
        // Where the verdict is open the causes cannot be known.
        if comparison.verdict != Verdict::Inconclusive {
            parts.push(part("bridge", &words.text.bridge, figures::bridge(report, comparison)));
        }
        let count = comparison.discrepancies.len().to_string();
        let title = fill(&words.page.discrepancies, &[("count", &count)]);
        parts.push(part("discrepancies", &title, lines::discrepancies(report, comparison)));
    }
    if let Some(followup) = &report.followup {
        parts.push(part("followup", &words.page.followup, from_table(report, table::followup(followup))));
    }
    let by_day = if report.comparison.is_some() { &words.page.by_day } else { &words.page.expected_by_day };
    let by_day = fill(by_day, &[("currency", &summary::visible(&report.currency))]);
    parts.push(part("days", &by_day, figures::days(report) + &comparison_tables::by_day(report)));
    parts.push(part("charges", &words.page.charges, lines::charges(report)));
    parts.push(part("apps", &words.page.by_app, comparison_tables::by_app(report)));
    parts.push(part("items", &words.text.by_item, comparison_tables::by_item(report)));
    parts.push(part("grants", &words.page.grants, figures::grants(report) + &grants(report)));
    if let Some(balances) = summary::balances(report) {
        let table = from_table(report, table::balances(report));
        parts.push(part("balances", &words.page.balances, paragraph(&balances) + &table));
    }
    parts.push(part("assumptions", &words.page.assumptions, list(report, &summary::assumptions(report))));
    parts.push(part("completeness", &words.page.completeness, completeness(report)));
    parts.push(part("inputs", &words.page.inputs, from_table(report, table::inputs(report))));
    parts
}

/// Returns the verdict, whose it is, and the totals.
fn head(report: &Report) -> String {
    let words = report.words();
    let (class, verdict) = match report.comparison.as_ref().map(|comparison| comparison.verdict) {
        None => ("rated", None),
        Some(verdict) => (verdict.name(), Some(verdict)),
    };
    let mark = match verdict {
        None => "",
        Some(Verdict::Reconciled) => "✓ ",
        Some(Verdict::Discrepancies) => "≠ ",
        Some(Verdict::Inconclusive) => "? ",
    };
    let period = report.period.to_string();
    let cards: Vec<_> = report.cards.iter().map(|card| summary::card(report, card)).collect();
    let facts: String = [
        (&words.columns.account, report.account_named().as_str()),
        (&words.page.period, &period),
        (&words.columns.currency, &report.currency),
        (&words.columns.card, &cards.join("; ")),
    ]
    .iter()
    .map(|(name, value)| format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(name), escaped(value)))
    .collect();
    let advice: String = summary::advice(report).iter().map(|text| paragraph(text)).collect();
    let ours = report.comparison.as_ref().map(|comparison| ours(report, comparison)).unwrap_or_default();
    let tile = |(name, money): &(&str, crate::model::Money)| {
        format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escaped(name), escaped(&summary::amount(*money)))
    };
    let tiles: String = summary::totals(report).iter().map(tile).collect();
    format!(
        "<header class=\"{class}\">\n<p class=\"verdict\">{mark}{}</p>\n<h1>{}</h1>\n{advice}{ours}<dl class=\"facts\">\n{facts}</dl>\n\
         <dl class=\"tiles\">\n{tiles}</dl>\n</header>\n",
        escaped(summary::verdict(report)),
        escaped(&summary::sentence(report)),
    )
}

/// Returns what is missing or wrong on our side, with what to do about it; nothing where our side is whole.
fn ours(report: &Report, comparison: &Comparison) -> String {
    let steps = summary::ours(comparison);
    if steps.is_empty() {
        return String::new();
    }
    let step = |step: &summary::OurStep| {
        let todo = summary::todo(report, step).map(|todo| format!("<br>{}", escaped(todo))).unwrap_or_default();
        format!("<li><b>{}</b>{todo}{}</li>\n", escaped(&summary::our_step(report, step)), to_paste(&step.paste))
    };
    let listed: String = steps.iter().take(OUR_STEPS).map(step).collect();
    let rest = (steps.len().saturating_sub(OUR_STEPS)).to_string();
    let more =
        if rest == "0" { String::new() } else { paragraph(&fill(&report.words().page.more, &[("count", &rest)])) };
    let title = escaped(&report.words().text.ours);
    format!("<div class=\"ours\">\n<h2>{title}</h2>\n<ul>\n{listed}</ul>\n{more}</div>\n")
}

/// Lines of account.toml as they are typed; nothing where there are none.
fn to_paste(lines: &str) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = lines.lines().map(escaped).collect();
    format!("<pre>{}</pre>", lines.join("\n"))
}

fn contents(report: &Report, parts: &[Part]) -> String {
    let link = |part: &Part| format!("<li><a href=\"#{}\">{}</a></li>\n", part.id, escaped(&part.title));
    let links: String = parts.iter().map(link).collect();
    format!("<nav aria-label=\"{}\">\n<ul>\n{links}</ul>\n</nav>\n", escaped(&report.words().page.contents))
}

fn grants(report: &Report) -> String {
    from_table(report, table::grants(report))
}

fn completeness(report: &Report) -> String {
    let findings = report.diagnostics.iter().filter(|found| found.severity != Severity::Error);
    let findings: Vec<_> = findings.map(|found| summary::finding(report, found)).collect();
    let said = if findings.is_empty() { paragraph(&report.words().page.no_findings) } else { list(report, &findings) };
    paragraph(&summary::completeness(report)) + &said
}
