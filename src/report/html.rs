//! reconciliation.html: one page for people that loads nothing and runs
//! nothing. It shows the lines that matter; the csv files have them all.

use std::fmt::Write as _;

use super::table::{self, Cell, Table};
use super::{Comparison, Report, Verdict, summary};
use crate::diagnostic::Severity;
use crate::domain::{Quantity, UnitPrice};
use crate::reconcile::{Discrepancy, Strength};

/// Entries that a part of the page shows; of discrepancies the largest.
const MOST: usize = 200;
/// Nothing may be loaded, run, framed or sent, whatever a text says.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
const STYLE: &str = include_str!("page.css");

/// The bytes of reconciliation.html.
#[must_use]
pub fn render(report: &Report) -> Vec<u8> {
    let title = escaped(&format!("{} {}", report.account, report.period));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    );
    let class = report.comparison.as_ref().map_or("rated", |comparison| comparison.verdict.name());
    let _ = writeln!(out, "<h1 class=\"{class}\">{}</h1>", escaped(&summary::sentence(report)));
    out.push_str(&totals(report));
    if let Some(comparison) = &report.comparison {
        out.push_str(&bridge(comparison));
        out.push_str(&discrepancies(report, comparison));
    }
    out.push_str(&charges(report));
    out.push_str(&section("Grants", &from_table(table::grants(report))));
    if let Some(balances) = summary::balances(report) {
        out.push_str(&section(&balances, &from_table(table::balances(report))));
    }
    out.push_str(&remarks(report));
    out.push_str(&section("Inputs", &from_table(table::inputs(report))));
    out.push_str("</main>\n</body>\n</html>\n");
    out.into_bytes()
}

fn totals(report: &Report) -> String {
    let row = |(name, money): &(&str, crate::domain::Money)| vec![text(name), figure(&summary::amount(*money))];
    let rows: Vec<_> = summary::totals(report).iter().map(row).collect();
    section("Totals", &html_table(&["", &report.currency], &rows))
}

fn bridge(comparison: &Comparison) -> String {
    let step = |step: &super::BridgeEntry| {
        vec![text(&step.cause), figure(&step.count.to_string()), figure(&summary::amount(step.amount))]
    };
    let mut rows: Vec<_> = comparison.bridge.iter().map(step).collect();
    rows.push(vec![text("difference"), figure(""), figure(&summary::amount(comparison.difference))]);
    section("From expected to billed", &html_table(&["Cause", "Lines", "Amount"], &rows))
}

fn discrepancies(report: &Report, comparison: &Comparison) -> String {
    let found = summary::largest(comparison);
    if found.is_empty() {
        let none = if comparison.verdict == Verdict::Reconciled { "None: every line agrees." } else { "None." };
        return section("Discrepancies", &paragraph(none));
    }
    let mut body: String = found.iter().take(MOST).map(|found| discrepancy(report, found)).collect();
    if found.len() > MOST {
        let rest = found.len() - MOST;
        body.push_str(&paragraph(&format!("And {rest} smaller ones in discrepancies.csv.")));
    }
    section(&format!("Discrepancies ({})", found.len()), &body)
}

fn discrepancy(report: &Report, found: &Discrepancy) -> String {
    let app = found.app.map_or_else(|| "account".to_owned(), |app| app.to_string());
    let item = found.item.map_or("", crate::domain::Item::id);
    let open = if found.strength == Strength::Inconclusive { " <em>inconclusive</em>" } else { "" };
    let quantity = |value: Option<Quantity>| figure(&value.map_or(String::new(), |v| summary::figure(v.decimal())));
    let price = |value: Option<UnitPrice>| figure(&value.map_or(String::new(), |v| summary::figure(v.decimal())));
    let rows = [
        vec![text("quantity"), quantity(found.expected_quantity), quantity(found.billed_quantity)],
        vec![text("unit price"), price(found.expected_price), price(found.billed_price)],
        vec![
            text("amount"),
            figure(&summary::amount(found.expected_amount)),
            figure(&summary::amount(found.billed_amount)),
        ],
    ];
    format!(
        "<details>\n<summary><b>{}</b> {} {} {} {}{open}<span>{} {}</span></summary>\n{}{}{}</details>\n",
        found.kind.name(),
        escaped(&found.day),
        app,
        item,
        escaped(&found.cause),
        summary::amount(found.difference),
        escaped(&report.currency),
        paragraph(&found.explanation),
        html_table(&["", "Expected", "Billed"], &rows),
        paragraph(&format!("{} · {}", found.id, found.source)),
    )
}

fn charges(report: &Report) -> String {
    let item = |sum: &summary::ItemSum| {
        vec![
            text(sum.item.id()),
            text(sum.item.unit().name()),
            figure(&summary::figure(sum.billable.decimal())),
            figure(&summary::figure(sum.covered.decimal())),
            figure(&summary::figure(sum.charged.decimal())),
            figure(&summary::amount(sum.amount)),
        ]
    };
    let items: Vec<_> = summary::by_item(report).iter().map(item).collect();
    let day = |(day, lines, money): &(String, usize, crate::domain::Money)| {
        vec![text(day), figure(&lines.to_string()), figure(&summary::amount(*money))]
    };
    let days: Vec<_> = summary::by_day(report).iter().map(day).collect();
    section("By item", &html_table(&["Item", "Unit", "Billable", "Covered", "Charged", "Amount"], &items))
        + &section("By day", &html_table(&["Day", "Lines", "Amount"], &days))
}

fn remarks(report: &Report) -> String {
    let cards: Vec<_> = report.cards.iter().map(|card| format!("{}: {}", card.id, card.reason)).collect();
    let findings = report.diagnostics.iter().filter(|found| found.severity != Severity::Error);
    let findings: Vec<_> = findings.map(|found| summary::finding(report, found)).collect();
    section("Rate cards", &list(&cards))
        + &section("Assumptions", &list(&report.assumptions))
        + &section("Completeness", &(paragraph(&summary::completeness(report)) + &list(&findings)))
}

fn section(title: &str, body: &str) -> String {
    format!("<section>\n<h2>{}</h2>\n{body}</section>\n", escaped(title))
}

fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

fn list(texts: &[String]) -> String {
    if texts.is_empty() {
        return paragraph("None.");
    }
    let items: Vec<_> = texts.iter().take(MOST).map(|text| format!("<li>{}</li>\n", escaped(text))).collect();
    let rest = texts.len() - items.len();
    let more = if rest > 0 { paragraph(&format!("And {rest} more.")) } else { String::new() };
    format!("<ul>\n{}</ul>\n{more}", items.concat())
}

fn from_table(table: Table<'_>) -> String {
    let rows: Vec<Vec<String>> = table.rows.map(|row| row.iter().map(cell).collect()).collect();
    let titles: Vec<_> = table.columns.iter().map(|column| column.replace('_', " ")).collect();
    html_table(&titles.iter().map(String::as_str).collect::<Vec<_>>(), &rows)
}

fn cell(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Figure(value, _) => figure(&summary::figure(*value)),
        other => text(&other.plain()),
    }
}

/// A table of cells that [`text`] or [`figure`] made.
fn html_table(header: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return paragraph("None.");
    }
    let header: Vec<_> = header.iter().map(|title| format!("<th scope=\"col\">{}</th>", escaped(title))).collect();
    let rows: Vec<_> = rows.iter().map(|row| format!("<tr>{}</tr>\n", row.concat())).collect();
    let (header, rows) = (header.concat(), rows.concat());
    format!("<div class=\"wide\"><table>\n<thead><tr>{header}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}

fn text(text: &str) -> String {
    format!("<td>{}</td>", escaped(text))
}

fn figure(figure: &str) -> String {
    format!("<td class=\"n\">{}</td>", escaped(figure))
}

/// A text as html shows it: markup inert, hidden characters visible.
fn escaped(text: &str) -> String {
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
