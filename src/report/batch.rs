//! batch.json and batch.xlsx: what the cases of a batch came to, one row each,
//! and their sums by currency.

use std::collections::BTreeMap;
use std::path::Path;

use rust_decimal::Decimal;
use rust_xlsxwriter::XlsxError;
use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::table::{Cell, Table, count, money, text};
use super::{Lang, Report, json as document, summary, xlsx};
use crate::i18n::fill;
use crate::model::Money;
use crate::model::diagnostic::{Diagnostics, Severity};
use crate::model::number::parse_decimal;

/// The file for programs.
pub const JSON: &str = "batch.json";
/// The file for people.
pub const XLSX: &str = "batch.xlsx";
/// The verdict of a case whose bill was not asked for.
const RATED: &str = "rated";
const REFUSED: &str = "refused";

/// The result of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name of the case folder.
    pub case: String,
    /// The account (UIN); empty where account.toml cannot be read.
    pub account: String,
    /// The billing month; empty where none is known.
    pub period: String,
    /// The exit status of the case alone.
    pub status: u8,
    /// The sums of the report; `None` for a refused case.
    pub result: Option<Totals>,
    /// The codes of what was refused, and how often each.
    pub errors: BTreeMap<&'static str, usize>,
}

/// The sums of one report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The folder of the report.
    pub report: String,
    /// `reconciled`, `discrepancies`, `inconclusive`, or `rated`.
    pub verdict: String,
    /// The currency of the sums.
    pub currency: String,
    /// The expected total.
    pub expected: Money,
    /// The sums of the bill; `None` where no bill was compared.
    pub bill: Option<Billed>,
}

/// The bill's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billed {
    /// Sum of the bill's lines.
    pub total: Money,
    /// `billed - expected`.
    pub difference: Money,
    /// Certain findings above zero.
    pub overcharged: Money,
    /// Certain findings below zero, without sign.
    pub undercharged: Money,
    /// The number of findings.
    pub discrepancies: usize,
}

impl Row {
    /// Counts what was refused.
    #[must_use]
    pub fn errors(found: &Diagnostics) -> BTreeMap<&'static str, usize> {
        let mut errors = BTreeMap::new();
        for error in found.iter().filter(|found| found.severity == Severity::Error) {
            *errors.entry(error.code).or_insert(0) += 1;
        }
        errors
    }

    fn verdict(&self) -> &str {
        self.result.as_ref().map_or(REFUSED, |result| &result.verdict)
    }
}

/// Renders the cases of a batch as one table for a screen.
#[must_use]
pub fn render_text(rows: &[Row], lang: Lang) -> String {
    let words = lang.words();
    let (text, totals) = (&words.text, &words.totals);
    let head = [
        &words.columns.account,
        &words.page.period,
        &text.verdict,
        &totals.overcharged,
        &totals.undercharged,
        &text.what_to_do,
    ];
    let head = head.map(String::clone);
    let lines: Vec<[String; 6]> = std::iter::once(head).chain(rows.iter().map(|row| row.cells(lang))).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let line = |cells: &[String; 6]| {
        let pad = |(column, cell): (usize, &String)| {
            let blanks = " ".repeat(widths[column].saturating_sub(cell.width()));
            if column == 3 || column == 4 { format!("{blanks}{cell}") } else { format!("{cell}{blanks}") }
        };
        let text = cells.iter().enumerate().map(pad).collect::<Vec<_>>().join("  ");
        format!("{}\n", text.trim_end())
    };
    format!("\n{}", lines.iter().map(line).collect::<String>())
}

impl Row {
    /// Returns the row of the table for a screen.
    fn cells(&self, lang: Lang) -> [String; 6] {
        let words = lang.words();
        let text = &words.text;
        let bill = self.result.as_ref().and_then(|result| result.bill.as_ref());
        let money = |of: fn(&Billed) -> Money| match (&self.result, bill) {
            (Some(result), Some(bill)) => format!("{} {}", of(bill), result.currency),
            _ => "-".to_owned(),
        };
        let todo = match self.verdict() {
            REFUSED => format!("trtc-recon check {}", self.case),
            "discrepancies" => {
                let report = self.result.as_ref().map(|result| result.report.as_str()).unwrap_or_default();
                fill(&text.todo_read, &[("report", report)])
            }
            "inconclusive" => text.todo_add.clone(),
            _ => text.todo_nothing.clone(),
        };
        let account = if self.account.is_empty() { self.case.clone() } else { self.account.clone() };
        let (over, under) = (money(|bill| bill.overcharged), money(|bill| bill.undercharged));
        let verdict = words.verdicts.get(self.verdict()).unwrap_or(&text.refused).to_owned();
        [account, self.period.clone(), verdict, over, under, todo]
    }
}

impl Totals {
    /// Of a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let bill = report.comparison.as_ref().map(|comparison| Billed {
            total: comparison.billed_total,
            difference: comparison.difference,
            overcharged: comparison.overcharged,
            undercharged: comparison.undercharged,
            discrepancies: comparison.discrepancies.len(),
        });
        Self {
            report: format!("{}-{}", report.account, report.period),
            verdict: report.comparison.as_ref().map_or(RATED, |comparison| comparison.verdict.name()).to_owned(),
            currency: report.currency.clone(),
            expected: report.expected_total,
            bill,
        }
    }

    /// Of the files of a report that was written before; `None` where they do
    /// not hold the sums (reconciliation.json, or charges.csv of `rate`, was
    /// not written).
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        let report = folder.file_name()?.to_str()?.to_owned();
        let Ok(bytes) = std::fs::read(folder.join("reconciliation.json")) else {
            return Self::of_charges(folder, report);
        };
        let result: Value = serde_json::from_slice(&bytes).ok()?;
        let sum = |name: &str| parse_decimal(result[name].as_str()?).map(Money::new);
        Some(Self {
            report,
            verdict: result["verdict"].as_str()?.to_owned(),
            currency: result["currency"].as_str()?.to_owned(),
            expected: sum("expected_total")?,
            bill: Some(Billed {
                total: sum("billed_total")?,
                difference: sum("difference")?,
                overcharged: sum("overcharged")?,
                undercharged: sum("undercharged")?,
                discrepancies: result["discrepancies"].as_array()?.len(),
            }),
        })
    }

    fn of_charges(folder: &Path, report: String) -> Option<Self> {
        if folder.join("discrepancies.csv").exists() {
            return None;
        }
        let charges = std::fs::read_to_string(folder.join("charges.csv")).ok()?;
        let mut lines = charges.lines();
        let columns: Vec<&str> = lines.next()?.split(',').collect();
        let at = |name: &str| columns.iter().position(|column| *column == name);
        let (amount, currency) = (at("amount")?, at("currency")?);
        let mut expected = Money::ZERO;
        let mut in_currency = None;
        for line in lines {
            let fields: Vec<&str> = line.split(',').collect();
            expected += Money::new(parse_decimal(fields.get(amount).filter(|_| fields.len() == columns.len())?)?);
            in_currency = fields.get(currency).map(|currency| (*currency).to_owned());
        }
        Some(Self { report, verdict: RATED.to_owned(), currency: in_currency?, expected, bill: None })
    }
}

/// Returns the bytes of batch.json.
#[must_use]
pub fn render_json(rows: &[Row], command: &str, status: u8) -> Vec<u8> {
    document::print(&json!({
        "schema": document::SCHEMA,
        "tool": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "command": command,
        "status": status,
        "verdicts": verdicts(rows),
        "totals": sums(rows).iter().map(|(currency, sum)| sum.json(currency)).collect::<Vec<_>>(),
        "cases": rows.iter().map(case).collect::<Vec<_>>(),
    }))
}

fn verdicts(rows: &[Row]) -> BTreeMap<&str, usize> {
    let mut verdicts = BTreeMap::new();
    for row in rows {
        *verdicts.entry(row.verdict()).or_insert(0) += 1;
    }
    verdicts
}

fn case(row: &Row) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| out.insert(key.to_owned(), value);
    put("case", json!(row.case));
    put("account", json!(row.account));
    put("period", json!(row.period));
    put("verdict", json!(row.verdict()));
    put("status", json!(row.status));
    if let Some(result) = &row.result {
        put("currency", json!(result.currency));
        put("expected_total", json!(result.expected.to_string()));
        if let Some(bill) = &result.bill {
            put("billed_total", json!(bill.total.to_string()));
            put("difference", json!(bill.difference.to_string()));
            put("overcharged", json!(bill.overcharged.to_string()));
            put("undercharged", json!(bill.undercharged.to_string()));
        }
        put("payable_total", json!(summary::cents(result.expected)));
        if let Some(bill) = &result.bill {
            put("discrepancies", json!(bill.discrepancies));
        }
        put("report", json!(result.report));
    }
    put("errors", json!(row.errors));
    Value::Object(out)
}

/// The sums of the cases of one currency.
#[derive(Default)]
struct Sum {
    cases: usize,
    expected: Money,
    payable: Money,
    billed: Money,
    difference: Money,
    overcharged: Money,
    undercharged: Money,
}

fn sums(rows: &[Row]) -> BTreeMap<&str, Sum> {
    let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
    for result in rows.iter().filter_map(|row| row.result.as_ref()) {
        let sum = sums.entry(&result.currency).or_default();
        sum.cases += 1;
        sum.expected += result.expected;
        sum.payable += result.expected.round(crate::model::Rounding::HalfUp(2));
        if let Some(bill) = &result.bill {
            sum.billed += bill.total;
            sum.difference += bill.difference;
            sum.overcharged += bill.overcharged;
            sum.undercharged += bill.undercharged;
        }
    }
    sums
}

impl Sum {
    fn json(&self, currency: &str) -> Value {
        json!({
            "currency": currency,
            "cases": self.cases,
            "expected_total": self.expected.to_string(),
            "payable_total": summary::cents(self.payable),
            "billed_total": self.billed.to_string(),
            "difference": self.difference.to_string(),
            "overcharged": self.overcharged.to_string(),
            "undercharged": self.undercharged.to_string(),
        })
    }

    fn row<'a>(&self, currency: &'a str) -> Vec<Cell<'a>> {
        let sums = [self.expected, self.payable, self.billed, self.difference, self.overcharged, self.undercharged];
        [text(currency), count(Decimal::from(self.cases))].into_iter().chain(sums.map(money)).collect()
    }
}

/// Returns the bytes of batch.xlsx.
pub fn render_xlsx(rows: &[Row], command: &str) -> Result<Vec<u8>, XlsxError> {
    let totals = sums(rows);
    let sum_columns = vec![
        "currency",
        "cases",
        "expected_total",
        "payable_total",
        "billed_total",
        "difference",
        "overcharged",
        "undercharged",
    ];
    let totals = Table { columns: sum_columns, rows: Box::new(totals.iter().map(|(currency, sum)| sum.row(currency))) };
    xlsx::render_tables(format!("{command}: {} cases", rows.len()), vec![("Cases", cases(rows)), ("Totals", totals)])
}

fn cases(rows: &[Row]) -> Table<'_> {
    let columns = vec![
        "case",
        "account",
        "period",
        "verdict",
        "status",
        "currency",
        "expected_total",
        "billed_total",
        "difference",
        "overcharged",
        "undercharged",
        "discrepancies",
        "errors",
        "report",
    ];
    Table { columns, rows: Box::new(rows.iter().map(case_cells)) }
}

fn case_cells(row: &Row) -> Vec<Cell<'_>> {
    let result = row.result.as_ref();
    let bill = result.and_then(|result| result.bill.as_ref());
    let sum = |sum: Option<Money>| sum.map_or(Cell::Empty, money);
    let errors: Vec<String> = row.errors.iter().map(|(code, count)| format!("{code}: {count}")).collect();
    vec![
        text(&row.case),
        text(&row.account),
        text(&row.period),
        text(row.verdict()),
        count(row.status.into()),
        text(result.map_or("", |result| &result.currency)),
        sum(result.map(|result| result.expected)),
        sum(bill.map(|bill| bill.total)),
        sum(bill.map(|bill| bill.difference)),
        sum(bill.map(|bill| bill.overcharged)),
        sum(bill.map(|bill| bill.undercharged)),
        bill.map_or(Cell::Empty, |bill| count(Decimal::from(bill.discrepancies))),
        if errors.is_empty() { Cell::Empty } else { Cell::Text(errors.join("; ").into()) },
        text(result.map_or("", |result| &result.report)),
    ]
}
