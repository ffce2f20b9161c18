//! The tables of the report as rows of typed cells, defined once: csv, json
//! and the workbook print the same columns in the same order.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{Comparison, Report};
use crate::compare::Discrepancy;
use crate::compare::balances::Assertion;
use crate::digest::Digests;
use crate::model::number::plain;
use crate::model::{AppId, Day, Item, Money, Quantity, Stamp, UnitPrice};
use crate::rate::charge::{Charge, Settled};
use crate::rate::drawdown::{Balance, Deduction};
use crate::tools::followup::{Entry, Followup};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A text, an id included: never a figure for a spreadsheet.
    Text(Cow<'a, str>),
    /// A figure.
    Figure(Decimal, Measure),
    /// A day.
    Day(Day),
    /// A second of Beijing time.
    Time(Stamp),
}

/// The measure of a figure; a workbook's number format follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Quantities, package minutes, ratios, counts.
    Count,
    /// An amount of money.
    Money,
    /// The price of one unit.
    Price,
}

/// A table: its columns and its rows, one at a time.
pub struct Table<'a> {
    /// The names of the columns, as csv prints them.
    pub columns: Vec<&'static str>,
    /// The rows.
    pub rows: Box<dyn Iterator<Item = Vec<Cell<'a>>> + 'a>,
}

impl Cell<'_> {
    /// Returns the cell as plain text, as csv and json have it.
    #[must_use]
    pub fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Figure(value, _) => Cow::Owned(plain(*value)),
            Self::Day(day) => Cow::Owned(day.to_string()),
            Self::Time(time) => Cow::Owned(time.to_string()),
        }
    }
}

const CHARGES: [&str; 13] = [
    "account",
    "sdk_app_id",
    "day",
    "item",
    "unit",
    "metered",
    "billable",
    "covered",
    "charged",
    "unit_price",
    "amount",
    "currency",
    "card",
];

/// Returns what should have been charged. The last two columns are there only where a
/// charge is known as an interval.
#[must_use]
pub fn charges(report: &Report) -> Table<'_> {
    let ranged = report.charges.iter().any(|charge| charge.least.is_some());
    let mut columns = CHARGES.to_vec();
    if ranged {
        columns.extend(["amount_low", "amount_high"]);
    }
    Table { columns, rows: Box::new(report.charges.iter().map(move |charge| charge_row(report, charge, ranged))) }
}

fn charge_row<'a>(report: &'a Report, charge: &'a Charge, ranged: bool) -> Vec<Cell<'a>> {
    let mut row = vec![
        text(&report.account),
        app(charge.app),
        settled(charge.day),
        text(charge.item.id()),
        text(charge.item.unit().name()),
        quantity(charge.metered),
        quantity(charge.billable),
        quantity(charge.covered),
        quantity(charge.charged),
        price(charge.price),
        money(charge.amount),
        text(&report.currency),
        text(&charge.card),
    ];
    if ranged {
        row.extend(match charge.least {
            Some(least) => [money(least.amount), money(charge.amount)],
            None => [Cell::Empty, Cell::Empty],
        });
    }
    row
}

/// Returns every deduction.
#[must_use]
pub fn drawdown(report: &Report) -> Table<'_> {
    let columns =
        vec!["account", "time", "sdk_app_id", "item", "grant", "minutes", "ratio", "before", "taken", "after"];
    Table { columns, rows: Box::new(report.drawdown.iter().map(move |deduction| deduction_row(report, deduction))) }
}

fn deduction_row<'a>(report: &'a Report, deduction: &Deduction) -> Vec<Cell<'a>> {
    vec![
        text(&report.account),
        Cell::Time(deduction.time),
        app(Some(deduction.app)),
        text(deduction.item.id()),
        text(&report.grants[deduction.grant].id),
        quantity(deduction.minutes),
        count(deduction.ratio.decimal()),
        count(deduction.before.decimal()),
        count(deduction.taken.decimal()),
        count(deduction.after.decimal()),
    ]
}

const DISCREPANCIES: [&str; 20] = [
    "id",
    "kind",
    "cause",
    "account",
    "sdk_app_id",
    "day",
    "item",
    "expected_quantity",
    "billed_quantity",
    "expected_unit_price",
    "billed_unit_price",
    "expected_amount",
    "billed_amount",
    "difference",
    "currency",
    "explanation",
    "source",
    "strength",
    "side",
    "paste",
];

/// Where the bill differs.
#[must_use]
pub fn discrepancies<'a>(report: &'a Report, comparison: &'a Comparison) -> Table<'a> {
    let rows = comparison.discrepancies.iter().map(move |found| discrepancy_row(report, found));
    Table { columns: DISCREPANCIES.to_vec(), rows: Box::new(rows) }
}

fn discrepancy_row<'a>(report: &'a Report, found: &'a Discrepancy) -> Vec<Cell<'a>> {
    vec![
        text(&found.id),
        text(found.kind.name()),
        Cell::Text(found.cause.to_string().into()),
        text(&report.account),
        app(found.app),
        Day::parse(&found.day).map_or_else(|| text(&found.day), Cell::Day),
        text(found.item.map_or("", Item::id)),
        found.expected_quantity.map_or(Cell::Empty, quantity),
        found.billed_quantity.map_or(Cell::Empty, quantity),
        found.expected_price.map_or(Cell::Empty, price),
        found.billed_price.map_or(Cell::Empty, price),
        money(found.expected_amount),
        money(found.billed_amount),
        money(found.difference),
        text(&report.currency),
        text(&found.explanation),
        text(&found.source),
        text(found.strength.name()),
        text(found.side.name()),
        text(&found.paste),
    ]
}

/// Returns what became of the findings of an earlier report.
#[must_use]
pub fn followup(followup: &Followup) -> Table<'_> {
    let columns = vec![
        "id",
        "state",
        "first_seen",
        "runs",
        "status",
        "owner",
        "comment",
        "sdk_app_id",
        "day",
        "item",
        "kind",
        "difference",
        "previous_difference",
    ];
    Table { columns, rows: Box::new(followup.entries.iter().map(followup_row)) }
}

fn followup_row(entry: &Entry) -> Vec<Cell<'_>> {
    vec![
        text(&entry.id),
        text(entry.state.name()),
        text(&entry.first_seen),
        count(entry.runs.into()),
        text(&entry.notes.status),
        text(&entry.notes.owner),
        text(&entry.notes.comment),
        text(&entry.subject.app),
        text(&entry.subject.day),
        text(&entry.subject.item),
        text(&entry.subject.kind),
        entry.difference.map_or(Cell::Empty, money),
        entry.before.map_or(Cell::Empty, money),
    ]
}

/// Returns what became of each grant.
#[must_use]
pub fn grants(report: &Report) -> Table<'_> {
    let columns = vec![
        "grant",
        "plan",
        "sdk_app_id",
        "valid_from",
        "valid_until",
        "granted",
        "opening",
        "used",
        "expired",
        "remaining",
    ];
    Table { columns, rows: Box::new(report.grants.iter().map(grant_row)) }
}

fn grant_row(grant: &Balance) -> Vec<Cell<'_>> {
    vec![
        text(&grant.id),
        text(&grant.plan),
        app(grant.app),
        moment(grant.valid.from),
        moment(grant.valid.until),
        count(grant.granted.decimal()),
        count(grant.opening.decimal()),
        count(grant.used.decimal()),
        count(grant.expired.decimal()),
        count(grant.remaining.decimal()),
    ]
}

/// Returns what the vendor says of the packages, against our ledger.
#[must_use]
pub fn balances(report: &Report) -> Table<'_> {
    let columns = vec![
        "account",
        "source",
        "package",
        "grant",
        "result",
        "compared",
        "differing",
        "theirs",
        "ours",
        "difference",
        "unit",
        "first_time",
        "first_sdk_app_id",
        "first_item",
        "first_theirs",
        "first_ours",
        "drawdown_line",
        "explanation",
        "place",
    ];
    let rows = report.asserted.iter().map(move |(place, asserted)| balance_row(report, place, asserted));
    Table { columns, rows: Box::new(rows) }
}

fn balance_row<'a>(report: &'a Report, place: &'a str, asserted: &'a Assertion) -> Vec<Cell<'a>> {
    let first = asserted.first.as_ref();
    let figure = |value: Decimal| if asserted.compared == 0 { Cell::Empty } else { count(value) };
    // The header is the first line of drawdown.csv.
    let line = first.and_then(|first| first.row).map(|row| count(Decimal::from(row) + Decimal::TWO));
    vec![
        text(&report.account),
        text(asserted.source.name()),
        text(&asserted.package),
        asserted.grant.map_or(Cell::Empty, |grant| text(&report.grants[grant].id)),
        text(asserted.outcome.name()),
        count(asserted.compared.into()),
        count(asserted.differing.into()),
        figure(asserted.theirs),
        figure(asserted.ours),
        figure(asserted.theirs - asserted.ours),
        text(asserted.source.unit()),
        first.and_then(|first| first.time).map_or(Cell::Empty, Cell::Time),
        app(first.and_then(|first| first.app)),
        text(first.and_then(|first| first.item).map_or("", Item::id)),
        first.map_or(Cell::Empty, |first| count(first.theirs)),
        first.map_or(Cell::Empty, |first| count(first.ours)),
        line.unwrap_or(Cell::Empty),
        text(&asserted.explanation),
        text(place),
    ]
}

/// Returns the inputs and what became of their rows.
#[must_use]
pub fn inputs(report: &Report) -> Table<'_> {
    let mut columns = vec!["path", "rows", "used", "excluded", "duplicate", "rejected", "read_as", "left_out_because"];
    columns.extend(Digests::default().named(report.naming).map(|(name, _)| name));
    let rows = report.inputs.iter().map(|input| {
        let reasons: Vec<_> = input.reasons.iter().map(|(reason, rows)| format!("{reason}: {rows}")).collect();
        let mut row = vec![
            text(&input.path),
            count(input.rows.into()),
            count(input.used.into()),
            count(input.excluded.into()),
            count(input.duplicate.into()),
            count(input.rejected.into()),
            text(&input.read_as),
            Cell::Text(reasons.join("; ").into()),
        ];
        row.extend(input.digests.named(report.naming).map(|(_, digest)| text(digest)));
        row
    });
    Table { columns, rows: Box::new(rows) }
}

/// Returns a text, or an empty cell.
#[must_use]
pub fn text(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(Cow::Borrowed(text)) }
}

/// Returns a figure that is neither money nor a price.
#[must_use]
pub const fn count(value: Decimal) -> Cell<'static> {
    Cell::Figure(value, Measure::Count)
}

/// Returns an amount of money.
#[must_use]
pub const fn money(value: Money) -> Cell<'static> {
    Cell::Figure(value.decimal(), Measure::Money)
}

/// Returns a quantity in its billing unit.
#[must_use]
pub fn quantity(value: Quantity) -> Cell<'static> {
    count(value.decimal())
}

/// Returns the price of one unit.
#[must_use]
pub const fn price(value: UnitPrice) -> Cell<'static> {
    Cell::Figure(value.decimal(), Measure::Price)
}

/// Returns an application as a text, or an empty cell.
#[must_use]
pub fn app(app: Option<AppId>) -> Cell<'static> {
    app.map_or(Cell::Empty, |app| Cell::Text(app.to_string().into()))
}

/// Returns the day, or the month as a text.
#[must_use]
pub fn settled(settled: Settled) -> Cell<'static> {
    match settled {
        Settled::Day(day) => Cell::Day(day),
        Settled::Month(month) => Cell::Text(month.to_string().into()),
    }
}

/// Returns a grant's first or last moment; one that never comes is left empty.
#[must_use]
pub fn moment(at: Stamp) -> Cell<'static> {
    if at == Stamp::MIN || at == Stamp::MAX { Cell::Empty } else { Cell::Time(at) }
}
