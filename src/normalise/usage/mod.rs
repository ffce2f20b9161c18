//! Usage exports become `Usage` on one grid.
//!
//! One file for each layout; [`usage`] tells which table is which, lets the
//! readings of all tables compete ([`super::overlaps`]), and accounts for every row.

mod detail;
mod fast_path;
mod findings;
mod long;
mod row_accumulator;
mod settle;
mod table_context;
mod unit;
mod wide;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use rust_decimal::Decimal;

use super::coverage::Calendar;
use super::header::{Header, Layout, Recognised, recognise};
use super::item_vocabulary::{Words, names_figure};
use super::row_counts::TableCounts;
use super::text::normalised;
use crate::case::Account;
use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{AppId, Day, Item, Place, Runs, Span, Stamp, Usage};
use crate::read::{Alike, Reading, Row, Table};
use row_accumulator::{Figure, Gathered, Stop, Sum};
use table_context::Scene;
pub(super) use wide::day_in;

/// The vendor's own figure of usage deducted from packages (抵扣用量), printed in a row that is no row of the usage in
/// runs: it was of nothing, or competed with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorDeduction {
    /// The application.
    pub app: AppId,
    /// The item.
    pub item: Item,
    /// The start of the interval.
    pub start: Stamp,
    /// The covered quantity, in the item's finest unit.
    pub deducted: Decimal,
    /// Where it was read.
    pub place: Place,
}

impl VendorDeduction {
    fn of((usage, deducted): (Usage, Decimal)) -> Self {
        let Usage { app, item, start, place, .. } = usage;
        Self { app, item, start, deducted, place }
    }
}

/// The completeness of the usage of the period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Days of the period with at least one row of the account.
    pub seen: BTreeSet<Day>,
    /// Days of the period without a row: the first and the last of each stretch.
    pub gaps: Vec<(Day, Day)>,
    /// Rows that repeat another.
    pub duplicates: u64,
}

/// The result of reading the usage tables of a case.
#[derive(Debug, Default)]
pub struct UsageRead {
    /// Usage above zero, each run in order of time.
    pub usage: Runs,
    /// The vendor's own deductions that do not stand with the usage, in order of tables and rows.
    pub vendor_deductions: Vec<VendorDeduction>,
    /// The counts of the rows, table by table.
    pub counts: Vec<TableCounts>,
    /// The completeness of the period.
    pub coverage: Coverage,
    /// On which days and in which slots there are rows.
    pub calendar: Calendar,
    /// Rows moved by one second onto the 5-minute grid.
    pub snapped: u64,
    /// The diagnostics of the tables.
    pub diagnostics: Diagnostics,
}

pub use table_context::name_says;

/// The layouts with one figure a row, and those with one a column.
static LAYOUTS: LazyLock<(Vec<Layout>, Vec<Layout>)> = LazyLock::new(|| {
    Layout::load(include_str!("../aliases.toml")).into_iter().partition(|layout| layout.id != "console")
});

/// The fields of a row with one figure that tell nothing of what was used.
const FIGURES: [&str; 4] = ["quantity", "deducted", "rest", "unit"];

/// The result of reading one table.
struct Part<'a> {
    table: &'a Table,
    layout: String,
    /// Its columns; none of a table that cannot be read.
    header: Option<settle::Columns>,
    /// True if a row may have several figures.
    wide: bool,
    usage: Runs,
    rows: u64,
    rejected: u64,
    /// Rows of other accounts, among the rejected ones.
    of_others: u64,
    snapped: u64,
    excluded: Vec<(&'static str, u64)>,
    diagnostics: Diagnostics,
}

/// Returns true for a table of usage, by its header.
#[must_use]
pub fn is_usage(table: &Table) -> bool {
    let wide = || match recognise(table, &LAYOUTS.1) {
        Recognised::As(header) => header.unknown.iter().any(|(_, text)| names_figure(text)),
        _ => false,
    };
    matches!(recognise(table, &LAYOUTS.0), Recognised::As(_)) || wide()
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
    // One export may hold several accounts: in a table with rows of this one, those of others are left out.
    parts.iter_mut().filter(|part| part.has_rows_of_the_account()).for_each(Part::exclude_other_accounts);
    let layouts: Vec<&str> = LAYOUTS.0.iter().chain(&LAYOUTS.1).map(|layout| layout.name.as_str()).collect();
    for table in &unknown {
        let known = parts.iter().any(|part| part.table.file == table.file);
        diagnostics.push(findings::unknown_layout(table, known, &layouts));
    }
    settle::settle(parts, &unknown, account, period, diagnostics)
}

/// Reads a table; `None` where it is of no known layout.
fn read<'a>(scene: &Scene<'a>) -> Option<Part<'a>> {
    let recognised = recognise(scene.table, &LAYOUTS.0);
    if let Recognised::As(header) = &recognised {
        let known = header.unknown_columns(scene.table);
        let mut part = if matches!(header.layout.id.as_str(), "tidy" | "lake") {
            let reader = long::Tidy::new(scene, header);
            fold_tall(scene, header, reader.free().as_deref(), |gathered, row| reader.read(gathered, row))
        } else {
            let reader = detail::Detail::new(scene, header);
            if let Err(diagnostic) = reader.check(header.row) {
                return Some(Part::refused(scene.table, [*diagnostic]));
            }
            fold_tall(scene, header, reader.free().as_deref(), |gathered, row| reader.read(gathered, row))
        };
        part.diagnostics.extend(known);
        let figures = FIGURES.iter().filter_map(|field| header.column(field)).collect();
        part.header = Some(settle::Columns { row: header.row, figures, wide: false });
        return Some(part);
    }
    if let Recognised::As(mut header) = recognise(scene.table, &LAYOUTS.1)
        && let Some(reader) = wide::Console::new(scene, &mut header)
    {
        return Some(read_wide(scene, &header, &reader));
    }
    match recognised {
        Recognised::Incomplete(diagnostic) => Some(Part::refused(scene.table, [*diagnostic])),
        _ => None,
    }
}

fn read_wide<'a>(scene: &Scene<'a>, header: &Header<'_>, reader: &wide::Console<'_>) -> Part<'a> {
    if let Err(diagnostic) = reader.check(header) {
        return Part::refused(scene.table, [*diagnostic]);
    }
    let read = |gathered: &mut _, row: Row<'_>| reader.read(gathered, row);
    let mut part = fold(scene.table, header, &reader.columns(header), read, |gathered| reader.finish(gathered));
    part.diagnostics.extend(header.unknown_columns(scene.table));
    part.header = Some(settle::Columns { row: header.row, figures: reader.columns(header), wide: true });
    part
}

/// Reads the rows of a table with one figure a row; `free` are the columns in
/// which rows may differ and still mean the same.
fn fold_tall<'a>(
    scene: &Scene<'a>,
    header: &Header<'_>,
    free: Option<&[usize]>,
    read: impl Fn(&mut Gathered<Figure>, Row<'_>) -> Result<(), Stop> + Sync,
) -> Part<'a> {
    let (table, columns) = (scene.table, header.columns());
    let reading = Reading {
        free: free.unwrap_or_default(),
        quick: |gathered: &mut Gathered<Figure>, row: &Alike<'_>| gathered.take_alike(scene, row),
        learn: |gathered: &mut Gathered<Figure>, kin: usize| gathered.learn(kin),
        step: |gathered: &mut Gathered<Figure>, row: Row<'_>| {
            let result = read(gathered, row);
            gathered.account_for(table, row.number, result);
        },
        init: Gathered::new,
    };
    let mut sum = Sum::new();
    if free.is_some() && table.fold_alike(header.row, &columns, &reading, |piece| sum.take(piece)) {
        return Part::of(table, &header.layout.name, sum);
    }
    fold(table, header, &columns, read, |_| ())
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
            let mut sum = Sum::new();
            for mut piece in pieces {
                sum.take(&mut piece);
            }
            finish(&mut sum.all);
            Part::of(table, &header.layout.name, sum)
        }
        Err(diagnostics) => Part::refused(table, diagnostics),
    }
}

impl<'a> Part<'a> {
    fn of<T>(table: &'a Table, layout: &str, sum: Sum<T>) -> Self {
        let Sum { all: mut gathered, runs: mut usage } = sum;
        let of_others = gathered.rows_of_other_accounts();
        let diagnostics = gathered.findings(table);
        let wide = !gathered.usage.is_empty();
        gathered.usage.iter().for_each(|row| usage.push(row));
        Self {
            table,
            layout: layout.to_owned(),
            header: None,
            wide,
            usage,
            rows: gathered.rows,
            rejected: gathered.rejected,
            of_others,
            snapped: gathered.snapped,
            excluded: gathered.excluded.into_iter().collect(),
            diagnostics,
        }
    }

    fn has_rows_of_the_account(&self) -> bool {
        let excluded: u64 = self.excluded.iter().map(|(_, rows)| rows).sum();
        self.rows > self.rejected + excluded
    }

    /// Leaves the rows of other accounts out, with a note in place of the error.
    fn exclude_other_accounts(&mut self) {
        let rows = std::mem::take(&mut self.of_others);
        if rows == 0 {
            return;
        }
        self.rejected -= rows;
        self.excluded.push((findings::OTHER_ACCOUNT, rows));
        let found = std::mem::take(&mut self.diagnostics).into_iter();
        self.diagnostics = found.map(|finding| findings::left_out_account(finding, rows)).collect();
    }

    /// Returns a table that cannot be read at all.
    fn refused(table: &'a Table, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Self {
        let mut part = Self::of::<()>(table, "", Sum::new());
        part.diagnostics.extend(diagnostics);
        part
    }
}

/// Returns the accounts whose usage a table holds, each with its first row; none where it has no such column.
pub fn accounts(table: &Table) -> Result<BTreeMap<String, u32>, Diagnostics> {
    let Recognised::As(header) = recognise(table, &LAYOUTS.0) else { return Ok(BTreeMap::new()) };
    let Some(column) = header.column("account") else { return Ok(BTreeMap::new()) };
    let step = |found: &mut BTreeMap<String, u32>, row: Row<'_>| {
        let text = row.cells[0].text;
        if !found.contains_key(text) {
            found.insert(text.to_owned(), row.number);
        }
    };
    let mut all: BTreeMap<String, u32> = BTreeMap::new();
    for piece in table.fold(header.row, &[column], BTreeMap::new, step)? {
        for (text, row) in piece {
            let uin = normalised(&text);
            let uin = uin.trim_end_matches(".0");
            if !uin.is_empty() && uin.bytes().all(|byte| byte.is_ascii_digit()) {
                let first = all.entry(uin.to_owned()).or_insert(row);
                *first = row.min(*first);
            }
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
