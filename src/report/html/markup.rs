//! Texts and tables as html: markup inert, hidden characters visible.

use super::MOST;
use crate::i18n::catalogue::translated;
use crate::i18n::fill;
use crate::report::table::{Cell, Table};
use crate::report::{Lang, Report, summary};

/// Longer words than ids, days and codes are: hashes, paths.
const LONG: usize = 20;
/// No longer words than days, ids of applications and most of grants are.
const SHORT: usize = 14;
/// The opening tag of a cell with a figure.
const FIGURE: &str = "<td class=\"n\">";

/// Returns a part of the page with its heading.
pub fn section(id: &str, title: &str, body: &str) -> String {
    format!("<section id=\"{id}\">\n<h2>{}</h2>\n{body}</section>\n", escaped(title))
}

/// Returns a paragraph.
pub fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

/// Returns a list of texts, cut where it is long.
pub fn list(report: &Report, texts: &[String]) -> String {
    let words = &report.words().page;
    if texts.is_empty() {
        return paragraph(&words.none);
    }
    let items: Vec<_> = texts.iter().take(MOST).map(|text| format!("<li>{}</li>\n", escaped(text))).collect();
    let rest = (texts.len() - items.len()).to_string();
    let more = if texts.len() > MOST { paragraph(&fill(&words.more, &[("count", &rest)])) } else { String::new() };
    format!("<ul>\n{}</ul>\n{more}", items.concat())
}

/// Returns a table of the report, with the columns' names for people.
pub fn from_table(report: &Report, table: Table<'_>) -> String {
    let words = report.words();
    let rows: Vec<Vec<String>> =
        table.rows.map(|row| row.iter().map(|one| cell_of(report.lang, one)).collect()).collect();
    let titles: Vec<_> = table.columns.iter().map(|column| words.column(column)).collect();
    html_table(report, &titles, &rows)
}

/// Returns a cell of a table.
pub fn cell_of(lang: Lang, cell: &Cell<'_>) -> String {
    match cell {
        Cell::Figure(value, _) => figure(&summary::figure(*value)),
        Cell::Time(time) => moment(&time.to_string()),
        other => text(&translated(lang, &other.plain())),
    }
}

/// Returns a table of cells that [`text`] or [`figure`] made; sorted by a click on a heading.
pub fn html_table(report: &Report, header: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() { paragraph(&report.words().page.none) } else { sorted_table(header, rows) }
}

/// Returns a table with rows that is sorted by a click on a heading.
pub fn sorted_table(header: &[&str], rows: &[Vec<String>]) -> String {
    format!("<div class=\"wide-table\">{}</div>\n", plain_table(sorts(rows), header, rows))
}

/// Returns a table in the order of its rows, with the row of their sum beneath.
pub fn summed_table(header: &[&str], rows: &[Vec<String>], sum: &[String]) -> String {
    let table = plain_table("", header, rows);
    let sum = format!("<tfoot><tr>{}</tr></tfoot>\n</table>", sum.concat());
    format!("<div class=\"wide-table\">{}</div>\n", table.replace("</table>", &sum))
}

/// There is nothing to sort in one row.
const fn sorts(rows: &[Vec<String>]) -> &'static str {
    if rows.len() > 1 { " class=\"sorts\"" } else { "" }
}

/// Returns a table that stays as it is.
pub fn plain_table(class: &str, header: &[&str], rows: &[Vec<String>]) -> String {
    // A heading stands over its figures.
    let figures = |column: usize| rows.iter().any(|row| row.get(column).is_some_and(|cell| cell.starts_with(FIGURE)));
    let head = |(column, title): (usize, &&str)| {
        let class = if figures(column) { " class=\"n\"" } else { "" };
        format!("<th scope=\"col\"{class}>{}</th>", escaped(title))
    };
    let header: Vec<_> = header.iter().enumerate().map(head).collect();
    let rows: Vec<_> = rows.iter().map(|row| format!("<tr>{}</tr>\n", row.concat())).collect();
    let (header, rows) = (header.concat(), rows.concat());
    format!("<table{class}>\n<thead><tr>{header}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>")
}

/// Returns a cell of text: a short word stays whole, a long one may break anywhere on paper.
pub fn text(text: &str) -> String {
    let long = text.split_whitespace().any(|word| word.len() > LONG);
    let word = !text.contains(char::is_whitespace) && text.len() <= SHORT;
    let class = if long {
        " class=\"l\""
    } else if word {
        " class=\"w\""
    } else {
        ""
    };
    format!("<td{class}>{}</td>", escaped(text))
}

/// Returns a cell with a figure.
pub fn figure(figure: &str) -> String {
    format!("{FIGURE}{}</td>", escaped(figure))
}

/// Returns a cell with a moment, which breaks between day and time alone.
fn moment(time: &str) -> String {
    let parts: Vec<_> = time.split('T').map(|part| format!("<span>{}</span>", escaped(part))).collect();
    format!("<td class=\"t\">{}</td>", parts.join(" "))
}

/// Returns a text as html shows it: markup inert, hidden characters visible.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in summary::visible(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
