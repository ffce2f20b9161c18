//! history.html: the months of accounts, drawn and as tables, on one page that loads nothing.

use std::fmt::Write as _;

use super::markup::{cell_of, paragraph, section, sorted_table};
use super::{begun, ended};
use crate::i18n::catalogue::translated;
use crate::i18n::fill;
use crate::model::Money;
use crate::report::charts::{DayBar, Screen, days};
use crate::report::history::{heading, parts};
use crate::report::table::Table;
use crate::report::{Lang, summary};
use crate::tools::history::{History, Payer};

/// Rows of a table that the page shows; history.csv and the workbook have them all.
const MOST: usize = 2_000;

/// Returns the bytes of history.html.
#[must_use]
pub fn render_history(history: &History, group: Option<&Payer>, lang: Lang) -> Vec<u8> {
    let title = translated(lang, &format!("History of {} reports", history.months.len()));
    let mut out = begun(lang, &title);
    let _ = write!(out, "<header class=\"rated\">\n<h1>{}</h1>\n</header>\n", super::escaped(&title));
    let drawn = drawn(history, lang);
    if !drawn.is_empty() {
        out.push_str(&section("drawn", &translated(lang, "Expected and billed by month"), &drawn));
    }
    for (at, (title, table)) in parts(history, group, lang).into_iter().enumerate() {
        out.push_str(&section(&format!("part-{at}"), &title, &shown(table, lang)));
    }
    out.push_str(&ended(lang));
    out.into_bytes()
}

/// Draws the totals of the months, currency by currency.
fn drawn(history: &History, lang: Lang) -> String {
    let totals = history.totals();
    let mut currencies: Vec<&str> = totals.keys().map(|(_, currency)| currency.as_str()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let mut out = String::new();
    for currency in currencies {
        let of = totals.iter().filter(|((_, of), _)| of == currency);
        let bars: Vec<DayBar> = of
            .map(|((period, _), (expected, billed, _))| DayBar {
                label: period.to_string(),
                expected: Money::new(*expected),
                billed: Some(Money::new(*billed)),
            })
            .collect();
        let said = format!("{} {}", translated(lang, "Expected and billed by month"), summary::visible(currency));
        let pictures = [Screen::Wide, Screen::Narrow].into_iter().filter_map(|screen| days(&bars, screen, &said));
        let _ = write!(out, "<figure>\n{}</figure>\n", pictures.collect::<String>());
        out.push_str(&paragraph(currency));
    }
    out
}

fn shown(table: Table<'_>, lang: Lang) -> String {
    let words = lang.words();
    let titles: Vec<String> = table.columns.iter().map(|column| heading(lang, column)).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let mut rows: Vec<Vec<String>> =
        table.rows.map(|row| row.iter().map(|cell| cell_of(lang, cell)).collect()).collect();
    if rows.is_empty() {
        return paragraph(&words.page.none);
    }
    let rest = rows.len().saturating_sub(MOST);
    rows.truncate(MOST);
    let more =
        if rest > 0 { paragraph(&fill(&words.page.more, &[("count", &rest.to_string())])) } else { String::new() };
    sorted_table(&titles, &rows) + &more
}
