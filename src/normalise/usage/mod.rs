//! Usage exports become [`Usage`] on one grid.
//!
//! One file for each layout; [`usage`] tells which table is which, lets the
//! readings of all tables compete ([`super::merge`]), and accounts for every row.

mod console;
mod detail;
mod findings;
mod gather;
mod measure;
mod scene;
mod tidy;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rust_decimal::Decimal;

use super::counts::TableCounts;
use super::header::{Header, Layout, Recognised, recognise};
use super::merge::{Fate, Merged, merge};
use super::words::Words;
use crate::case::Account;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::domain::{AppId, Day, Item, Place, Span, Stamp, Usage};
use crate::ingest::{Places, Row, Table};
use gather::{Gathered, Stop};
use scene::Scene;

/// What the vendor itself printed as deducted from packages (抵扣用量, 抵扣余量).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorDeduction {
    /// The application.
    pub app: AppId,
    /// The item.
    pub item: Item,
    /// The start of the interval.
    pub start: Stamp,
    /// What packages covered, in the item's finest unit.
    pub deducted: Decimal,
    /// What was left to be charged, in the item's finest unit.
    pub rest: Decimal,
    /// Where it was read.
    pub place: Place,
}

/// How complete the usage of the period is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Days of the period with at least one row of the account.
    pub seen: BTreeSet<Day>,
    /// Days of the period without a row: the first and the last of each stretch.
    pub gaps: Vec<(Day, Day)>,
    /// Rows that repeat another.
    pub duplicates: u64,
}

/// What the usage tables of a case give.
#[derive(Debug, Default)]
pub struct UsageRead {
    /// Usage above zero, by start, item and application.
    pub usage: Vec<Usage>,
    /// The vendor's own deductions, in order of tables and rows.
    pub vendor_deductions: Vec<VendorDeduction>,
    /// What became of the rows, table by table.
    pub counts: Vec<TableCounts>,
    /// How complete the period is.
    pub coverage: Coverage,
    /// Rows moved by one second onto the 5-minute grid.
    pub snapped: u64,
    /// What was found.
    pub diagnostics: Diagnostics,
}

const A_DAY: u32 = 86_400;

/// The layouts with one figure a row, and those with one a column.
static LAYOUTS: LazyLock<(Vec<Layout>, Vec<Layout>)> = LazyLock::new(|| {
    Layout::load(include_str!("../aliases.toml")).into_iter().partition(|layout| layout.id != "console")
});

/// What one table gave.
struct Part<'a> {
    table: &'a Table,
    layout: String,
    usage: Vec<Usage>,
    deductions: Vec<VendorDeduction>,
    rows: u64,
    merged: u64,
    rejected: u64,
    snapped: u64,
    excluded: Vec<(&'static str, u64)>,
    diagnostics: Diagnostics,
}

/// Reads the usage tables of an account. `period` is the billing month: usage
/// behind it is left out, usage before it is kept for the drawdown of older grants.
#[must_use]
pub fn usage(tables: &[Table], account: &Account, period: Span) -> UsageRead {
    let words = Words::new(&account.aliases);
    let mut diagnostics = Diagnostics::default();
    let mut parts = Vec::new();
    let mut unknown = Vec::new();
    for table in tables {
        let scene = Scene { table, account, words: &words, until: period.until };
        match read(&scene) {
            Some(part) => parts.push(part),
            None => unknown.push(table),
        }
    }
    let layouts: Vec<&str> = LAYOUTS.0.iter().chain(&LAYOUTS.1).map(|layout| layout.name.as_str()).collect();
    for table in &unknown {
        let known = parts.iter().any(|part| part.table.file == table.file);
        diagnostics.push(findings::unknown_layout(table, known, &layouts));
    }
    settle(parts, &unknown, account, period, diagnostics)
}

/// Reads a table; `None` where it is of no known layout.
fn read<'a>(scene: &Scene<'a>) -> Option<Part<'a>> {
    let recognised = recognise(scene.table, &LAYOUTS.0);
    if let Recognised::As(header) = &recognised {
        let known = header.unknown_columns(scene.table);
        let mut part = if matches!(header.layout.id.as_str(), "tidy" | "lake") {
            let reader = tidy::Tidy::new(scene, header);
            fold(scene.table, header, &header.columns(), |gathered, row| reader.read(gathered, row), |_| ())
        } else {
            let reader = detail::Detail::new(scene, header);
            fold(scene.table, header, &header.columns(), |gathered, row| reader.read(gathered, row), |_| ())
        };
        part.diagnostics.extend(known);
        return Some(part);
    }
    if let Recognised::As(mut header) = recognise(scene.table, &LAYOUTS.1)
        && let Some(reader) = console::Console::new(scene, &mut header)
    {
        return Some(read_wide(scene, &header, &reader));
    }
    match recognised {
        Recognised::Incomplete(diagnostic) => Some(Part::refused(scene.table, [*diagnostic])),
        _ => None,
    }
}

fn read_wide<'a>(scene: &Scene<'a>, header: &Header<'_>, reader: &console::Console<'_>) -> Part<'a> {
    if let Err(diagnostic) = reader.check(header) {
        return Part::refused(scene.table, [*diagnostic]);
    }
    let read = |gathered: &mut _, row: Row<'_>| reader.read(gathered, row);
    let mut part = fold(scene.table, header, &reader.columns(header), read, |gathered| reader.finish(gathered));
    part.diagnostics.extend(header.unknown_columns(scene.table));
    part
}

/// Reads the rows of a table, piece by piece, into one account of them.
fn fold<'a, T: Send>(
    table: &'a Table,
    header: &Header<'_>,
    columns: &[usize],
    read: impl Fn(&mut Gathered<T>, Row<'_>) -> Result<(), Stop> + Sync,
    finish: impl Fn(&mut Gathered<T>),
) -> Part<'a> {
    let step = |gathered: &mut Gathered<T>, row: Row<'_>| {
        let result = read(gathered, row);
        gathered.account_for(table, row.number, result);
    };
    match table.fold(header.row, columns, Gathered::new, step) {
        Ok(pieces) => {
            let mut all = Gathered::new();
            for piece in pieces {
                all.append(piece);
            }
            finish(&mut all);
            Part::of(table, &header.layout.name, all)
        }
        Err(diagnostics) => Part::refused(table, diagnostics),
    }
}

impl<'a> Part<'a> {
    fn of<T>(table: &'a Table, layout: &str, mut gathered: Gathered<T>) -> Self {
        let diagnostics = gathered.findings(table);
        Self {
            table,
            layout: layout.to_owned(),
            usage: gathered.usage,
            deductions: gathered.deductions,
            rows: gathered.rows,
            merged: gathered.merged,
            rejected: gathered.rejected,
            snapped: gathered.snapped,
            excluded: gathered.excluded.into_iter().collect(),
            diagnostics,
        }
    }

    /// A table that cannot be read at all.
    fn refused(table: &'a Table, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Self {
        let mut part = Self::of::<()>(table, "", Gathered::new());
        part.diagnostics.extend(diagnostics);
        part
    }
}

/// Lets the readings of all tables compete and sums up.
fn settle(
    mut parts: Vec<Part<'_>>,
    unknown: &[&Table],
    account: &Account,
    period: Span,
    diagnostics: Diagnostics,
) -> UsageRead {
    let mut read = UsageRead { diagnostics, ..UsageRead::default() };
    let mut readings: Vec<Usage> = Vec::with_capacity(parts.iter().map(|part| part.usage.len()).sum());
    let mut ranges = Vec::new();
    let mut places = Places::default();
    places.add(parts.iter().map(|part| part.table));
    for part in &mut parts {
        let first = readings.len();
        readings.extend(std::mem::take(&mut part.usage));
        ranges.push(first..readings.len());
    }
    let merged = merge(&readings);
    for (part, range) in parts.into_iter().zip(ranges) {
        let counts = counts(&part, &readings[range.clone()], &merged.fates[range]);
        read.diagnostics.extend(part.diagnostics);
        read.diagnostics.extend(findings::hidden(part.table));
        read.diagnostics.extend(findings::outside(part.table, &counts));
        read.snapped += part.snapped;
        read.coverage.duplicates += counts.duplicate;
        read.vendor_deductions.extend(part.deductions);
        read.counts.push(counts);
    }
    read.counts.extend(unknown.iter().map(|table| TableCounts::unread(table)));
    read.counts.sort_by_key(|counts| counts.table);
    let found = findings::of_merge(&places, &readings, &merged)
        .chain(findings::unknown_apps(&places, &readings, account))
        .collect::<Vec<_>>();
    read.diagnostics.extend(found);
    keep_used(&mut read, readings, &merged);
    cover(&mut read, period);
    read
}

/// Takes the readings that make a figure, and the vendor's deductions that stand with them.
fn keep_used(read: &mut UsageRead, readings: Vec<Usage>, merged: &Merged) {
    let unused: BTreeSet<Place> =
        readings.iter().zip(&merged.fates).filter(|(_, fate)| **fate != Fate::Used).map(|(u, _)| u.place).collect();
    if !unused.is_empty() {
        read.vendor_deductions.retain(|deduction| !unused.contains(&deduction.place));
    }
    let mut fates = merged.fates.iter();
    read.usage = readings;
    read.usage.retain(|_| fates.next() == Some(&Fate::Used));
}

/// Which days of the period have a row of their own (a month's figure says
/// nothing of its days); then rows of nothing are let go.
fn cover(read: &mut UsageRead, period: Span) {
    let mut last = None;
    for usage in read.usage.iter().filter(|usage| usage.seconds <= A_DAY) {
        let days = (usage.start.day(), usage.seconds);
        if last != Some(days) {
            read.coverage.seen.extend(usage.span().days().filter(|day| period.contains(day.start())));
            last = Some(days);
        }
    }
    for day in period.days().filter(|day| !read.coverage.seen.contains(day)) {
        match read.coverage.gaps.last_mut() {
            Some((_, end)) if *end + 1 == day => *end = day,
            _ => read.coverage.gaps.push((day, day)),
        }
    }
    read.diagnostics.extend(findings::gaps(&read.coverage));
    read.usage.retain(|usage| usage.quantity != 0);
    read.usage.sort_by_key(|usage| (usage.start, usage.item, usage.app, usage.place));
}

/// What became of the rows of a table. A row with several figures is used if one of them is.
fn counts(part: &Part<'_>, readings: &[Usage], fates: &[Fate]) -> TableCounts {
    let mut tally = [0_u64; 4];
    let mut at = 0;
    for row in readings.chunk_by(|a, b| a.place == b.place) {
        let fates = &fates[at..at + row.len()];
        at += row.len();
        let contradicts = fates.contains(&Fate::Contradicts);
        match fates.iter().min() {
            _ if contradicts => tally[3] += 1,
            Some(Fate::Used) | None => tally[0] += 1,
            Some(Fate::CrossFooted) => tally[1] += 1,
            Some(_) => tally[2] += 1,
        }
    }
    let [used, cross_footed, duplicate, contradicting] = tally;
    let mut reasons: Vec<(String, u64)> = part.excluded.iter().map(|(why, n)| ((*why).to_owned(), *n)).collect();
    if cross_footed > 0 {
        reasons.push((findings::CROSS_FOOTED.to_owned(), cross_footed));
    }
    TableCounts {
        used: used + part.merged,
        excluded: reasons.iter().map(|(_, count)| count).sum(),
        duplicate,
        rejected: part.rejected + contradicting,
        rows: part.rows,
        reasons,
        layout: part.layout.clone(),
        ..TableCounts::unread(part.table)
    }
}

#[cfg(test)]
mod tests;
