//! Expected beside billed: by day, by application, by item.

use super::markup::{escaped, figure, html_table, text};
use crate::report::sums::{self, Sides};
use crate::report::{Report, summary};

/// By day, month or range of days, as the lines settle.
pub fn by_day(report: &Report) -> String {
    let rows: Vec<_> = sums::by_day(report).into_iter().map(|(day, sides)| row(report, &day, sides)).collect();
    let table = table(report, &["day"], &rows);
    format!(
        "<details class=\"folded\">\n<summary>{}</summary>\n{table}</details>\n",
        escaped(&report.words().page.figures)
    )
}

/// By application.
pub fn by_app(report: &Report) -> String {
    let id = |app: Option<u64>| app.map_or_else(|| report.words().text.account_wide.clone(), |app| app.to_string());
    let named = !report.names.apps.is_empty();
    let of_app = |(app, sides): (Option<u64>, Sides)| {
        let mut cells = row(report, &id(app), sides);
        if named {
            cells.splice(1..1, [text(report.app_name(app)), text(report.department(app))]);
        }
        cells
    };
    let rows: Vec<_> = sums::by_app(report).into_iter().map(of_app).collect();
    let names = if named { &["sdk_app_id", "name", "department"][..] } else { &["sdk_app_id"] };
    table(report, names, &rows)
}

/// By item, with the quantities.
pub fn by_item(report: &Report) -> String {
    let words = report.words();
    let quantities = summary::by_item(report);
    let rows: Vec<_> = sums::by_item(report)
        .into_iter()
        .map(|(item, sides)| {
            let name = item.map_or_else(|| words.page.unknown_item.clone(), |item| words.item(item.id()));
            let mut cells = row(report, &name, sides);
            let sum = quantities.iter().find(|sum| Some(sum.item) == item);
            let unit = item.map_or("", |item| words.unit(item.unit().name()));
            let shown = |value: Option<rust_decimal::Decimal>| figure(&value.map_or(String::new(), summary::figure));
            cells.splice(
                1..1,
                [
                    text(unit),
                    shown(sum.map(|sum| sum.billable.decimal())),
                    shown(sum.map(|sum| sum.covered.decimal())),
                    shown(sum.map(|sum| sum.charged.decimal())),
                ],
            );
            cells.push(text(item.map_or("", crate::model::Item::id)));
            cells
        })
        .collect();
    let more = ["unit", "billable", "covered", "charged"];
    let header: Vec<&str> = ["item"].into_iter().chain(more).chain(money(report)).collect();
    let mut titles: Vec<&str> = header.iter().map(|name| words.column(name)).collect();
    titles.push(&words.page.code);
    html_table(report, &titles, &rows)
}

/// The columns of money.
fn money(report: &Report) -> Vec<&'static str> {
    if report.comparison.is_some() { vec!["expected_amount", "billed_amount", "difference"] } else { vec!["amount"] }
}

fn row(report: &Report, name: &str, sides: Sides) -> Vec<String> {
    let mut cells = vec![text(name), figure(&summary::amount(sides.expected))];
    if report.comparison.is_some() {
        cells.extend([figure(&summary::amount(sides.billed)), figure(&summary::amount(sides.difference()))]);
    }
    cells
}

fn table(report: &Report, first: &[&'static str], rows: &[Vec<String>]) -> String {
    let words = report.words();
    let header: Vec<&str> = first.iter().copied().chain(money(report)).map(|name| words.column(name)).collect();
    html_table(report, &header, rows)
}
