//! history.csv, history.json, history.xlsx: the months of accounts next to each other.

use rust_decimal::Decimal;
use rust_xlsxwriter::XlsxError;
use serde_json::json;

use super::table::{Cell, Measure, Table, count, text};
use super::{Lang, json as document, xlsx};
use crate::i18n::catalogue::translated;
use crate::tools::history::{AccountMonth, GrantMonth, History, ItemMonth, Owned, Payer};

/// The file for programs.
pub const JSON: &str = "history.json";
/// The workbook.
pub const XLSX: &str = "history.xlsx";
/// The page.
pub const HTML: &str = "history.html";
/// The lines by application, item and month.
pub const CSV: &str = "history.csv";

fn money(value: Decimal) -> Cell<'static> {
    Cell::Figure(value, Measure::Money)
}

fn money_or(value: Option<Decimal>) -> Cell<'static> {
    value.map_or(Cell::Empty, money)
}

/// Returns the reports, one row each.
#[must_use]
pub fn months(history: &History) -> Table<'_> {
    let columns = vec![
        "account",
        "period",
        "currency",
        "verdict",
        "expected_total",
        "billed_total",
        "difference",
        "change",
        "outlier",
        "findings",
        "claimed",
        "credited",
        "open",
        "signed_by",
        "changed_since",
    ];
    Table { columns, rows: Box::new(history.months.iter().map(month_row)) }
}

fn month_row(month: &AccountMonth) -> Vec<Cell<'_>> {
    let signed = month.signed.as_ref();
    let joined = |texts: Option<&Vec<String>>, between: &str| {
        let texts = texts.filter(|texts| !texts.is_empty());
        texts.map_or(Cell::Empty, |texts| Cell::Text(texts.join(between).into()))
    };
    vec![
        text(&month.account),
        Cell::Text(month.period.to_string().into()),
        text(&month.currency),
        text(&month.verdict),
        money(month.expected),
        money_or(month.billed),
        money_or(month.billed.map(|billed| billed - month.expected)),
        money_or(month.change),
        text(if month.outlier { "outlier" } else { "" }),
        count(Decimal::from(month.findings)),
        money(month.claimed),
        money(month.credited),
        money(month.open),
        joined(signed.map(|signed| &signed.by), ", "),
        joined(signed.map(|signed| &signed.changed), "; "),
    ]
}

/// Returns the lines by account, application, item and month.
#[must_use]
pub fn lines(history: &History) -> Table<'_> {
    let columns = vec![
        "account",
        "sdk_app_id",
        "item",
        "period",
        "unit",
        "billable",
        "covered",
        "charged",
        "amount",
        "currency",
        "unit_cost",
        "change",
        "outlier",
    ];
    Table { columns, rows: Box::new(history.lines.iter().map(line_row)) }
}

fn line_row(line: &ItemMonth) -> Vec<Cell<'_>> {
    vec![
        text(&line.account),
        text(&line.app),
        text(&line.item),
        Cell::Text(line.period.to_string().into()),
        text(&line.unit),
        count(line.billable),
        count(line.covered),
        count(line.charged),
        money(line.amount),
        text(&line.currency),
        line.unit_cost.map_or(Cell::Empty, |cost| Cell::Figure(cost, Measure::Price)),
        money_or(line.change),
        text(if line.outlier { "outlier" } else { "" }),
    ]
}

/// Returns the grants by month.
#[must_use]
pub fn grants(history: &History) -> Table<'_> {
    let columns = vec!["account", "period", "grant", "opening", "used", "expired", "remaining"];
    let row = |grant: &GrantMonth| {
        vec![
            Cell::Text(grant.account.clone().into()),
            Cell::Text(grant.period.to_string().into()),
            Cell::Text(grant.grant.clone().into()),
            count(grant.opening),
            count(grant.used),
            count(grant.expired),
            count(grant.remaining),
        ]
    };
    Table { columns, rows: Box::new(history.grants.iter().map(row)) }
}

/// Returns the sums by month and currency.
#[must_use]
pub fn totals(history: &History) -> Table<'_> {
    let columns = vec!["period", "currency", "accounts", "expected_total", "billed_total"];
    let rows = history.totals().into_iter().map(|((period, currency), (expected, billed, accounts))| {
        let names = [period.to_string(), currency].map(|name| Cell::Text(name.into()));
        names.into_iter().chain([count(Decimal::from(accounts)), money(expected), money(billed)]).collect()
    });
    Table { columns, rows: Box::new(rows) }
}

/// Returns the payer's bill by owner.
#[must_use]
pub fn payer(payer: &Payer) -> Table<'_> {
    let columns = vec!["account", "period", "currency", "on_payers_bill", "in_report", "difference", "ties"];
    let row = |owned: &Owned| {
        vec![
            Cell::Text(owned.account.clone().into()),
            Cell::Text(owned.period.to_string().into()),
            Cell::Text(owned.currency.clone().into()),
            money(owned.on_payers_bill),
            money_or(owned.in_report),
            money_or(owned.in_report.map(|report| report - owned.on_payers_bill)),
            text(if owned.ties() { "yes" } else { "no" }),
        ]
    };
    Table { columns, rows: Box::new(payer.owned.iter().map(row)) }
}

/// Returns the bytes of history.json.
#[must_use]
pub fn render_json(history: &History, group: Option<&Payer>) -> Vec<u8> {
    let mut out = json!({
        "schema": document::SCHEMA,
        "totals": document::objects(totals(history)),
        "months": document::objects(months(history)),
        "lines": document::objects(lines(history)),
        "grants": document::objects(grants(history)),
    });
    if let Some(group) = group {
        out["payer"] = document::objects(payer(group));
    }
    document::print(&out)
}

/// Returns the heading of a column for people.
pub(super) fn heading(lang: Lang, name: &str) -> String {
    let known = lang.words().column(name);
    let text = xlsx::heading(known);
    if known == name { translated(lang, &text) } else { text }
}

/// Returns the sheets of the workbook, and the parts of the page: a title and a table.
pub(super) fn parts<'a>(history: &'a History, group: Option<&'a Payer>, lang: Lang) -> Vec<(String, Table<'a>)> {
    let mut parts = vec![("Totals", totals(history)), ("Months", months(history))];
    if let Some(group) = group {
        parts.push(("Payer's bill", payer(group)));
    }
    parts.extend([("Items", lines(history)), ("Packages", grants(history))]);
    parts.into_iter().map(|(title, table)| (translated(lang, title), table)).collect()
}

/// Returns the bytes of history.xlsx: a sheet a table, and the expected and billed totals drawn.
pub fn render_xlsx(history: &History, group: Option<&Payer>, lang: Lang) -> Result<Vec<u8>, XlsxError> {
    let title = translated(lang, &format!("History of {} reports", history.months.len()));
    xlsx::render_history(title, parts(history, group, lang), history.totals().len(), lang)
}
