//! Package lists and deduction records: what the vendor says
//! is left of a package. They assert a balance for the ledger to be held
//! against; they never give a minute.

use std::collections::HashMap;
use std::sync::LazyLock;

use rust_decimal::Decimal;

use super::bill::plan_named;
use super::header::{Header, Layout, Recognised, recognise};
use super::number::number;
pub use super::package_status::Status;
use super::package_status::status_of;
use super::row_counts::{TOTALS, TableCounts};
use super::text::{is_missing, is_total, normalised};
use super::timestamp;
use crate::case::Account;
use crate::model::diagnostic::{Diagnostic, Diagnostics, shown};
use crate::model::{AppId, PackMinutes, Place, Span, Stamp};
use crate::read::{Row, Table};

/// Every code of this module, with what it means.
pub const CODES: &[(&str, &str)] = &[
    ("package-duplicate", "a row of a package list or deduction record that repeats another"),
    ("package-deduction-tie", "a deduction record whose remainder is not what it was less what was taken"),
    ("package-figure", "a figure or time of a package that cannot be read"),
    ("package-no-header", "a file in packages/ that is neither a package list nor a deduction record"),
    ("package-status", "a status of a package that is not known"),
    ("package-unknown-app", "a deduction for an application that account.toml does not list"),
];

/// A package as the vendor lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageAssertion {
    /// The vendor's id of the package.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The plan that its name names, where it names one.
    pub plan: Option<&'static str>,
    /// When the list was made, where a row above its header or the file's name
    /// says so: to the second, or the day.
    pub listed: Option<Span>,
    /// The application that it is bound to, where the list says so.
    pub app: Option<AppId>,
    /// Its minutes.
    pub granted: PackMinutes,
    /// The package minutes left of them (of this cycle).
    pub remaining: PackMinutes,
    /// When it was created, or its cycle began.
    pub created: Option<Stamp>,
    /// When it, or its cycle, ends, as printed.
    pub until: Option<Stamp>,
    /// Its state.
    pub status: Option<Status>,
    /// Where it was read.
    pub place: Place,
}

/// One deduction as the vendor records it: `after = before - taken`, `taken = usage x factor`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeductionRecord {
    /// The vendor's id of the package.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The plan that its name names, where it names one.
    pub plan: Option<&'static str>,
    /// The application, where it names one.
    pub app: Option<AppId>,
    /// The start of the usage.
    pub start: Option<Stamp>,
    /// The end of the usage, as printed.
    pub end: Option<Stamp>,
    /// When it was deducted; it may be months after the usage.
    pub time: Option<Stamp>,
    /// The usage before the factor, in the unit that is printed.
    pub usage: Option<Decimal>,
    /// Its unit.
    pub unit: Option<String>,
    /// Package minutes per unit of usage.
    pub factor: Option<Decimal>,
    /// Package minutes before.
    pub before: PackMinutes,
    /// Package minutes taken.
    pub taken: PackMinutes,
    /// Package minutes after.
    pub after: PackMinutes,
    /// Where it was read.
    pub place: Place,
}

/// The contents of the package files of a case.
#[derive(Debug, Default)]
pub struct PackagesRead {
    /// The packages, in the order of the files.
    pub packages: Vec<PackageAssertion>,
    /// The deductions, in the order of the files.
    pub deductions: Vec<DeductionRecord>,
    /// The counts of the rows of each table.
    pub tables: Vec<TableCounts>,
    /// The diagnostics of the files.
    pub diagnostics: Diagnostics,
}

static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| Layout::load(include_str!("packages.toml")));

/// Returns true for a package list or a deduction record, by its header.
#[must_use]
pub fn is_of_packages(table: &Table) -> bool {
    matches!(recognise(table, &LAYOUTS), Recognised::As(_))
}

/// Reads package lists and deduction records.
#[must_use]
pub fn packages(tables: &[Table], account: &Account) -> PackagesRead {
    let mut read = PackagesRead::default();
    for table in tables {
        match recognise(table, &LAYOUTS) {
            Recognised::As(header) => {
                read.diagnostics.extend(header.unknown_columns(table));
                read.table(table, &header, account);
            }
            Recognised::Incomplete(diagnostic) => read.diagnostics.push(*diagnostic),
            Recognised::Nothing => read.diagnostics.push(no_header(table)),
        }
    }
    read.drop_repeats(tables);
    read
}

/// When a list was made: by a time in a row above its header, else by the day
/// in the name of its file.
fn listed(table: &Table, header_row: u32) -> Option<Span> {
    let time_in = |text: &String| {
        let from = text.find(|c: char| c.is_ascii_digit())?;
        let clock = timestamp::read(text[from..].trim_end_matches([')', '）']), false, false).ok()?;
        let seconds = if clock.written == timestamp::Written::Day { 86_400 } else { 1 };
        Some(Span { from: clock.at, until: clock.at + seconds })
    };
    let mut above = table.head.iter().filter(|head| head.number < header_row).flat_map(|head| &head.cells);
    let name = table.file.rsplit('/').next().unwrap_or(&table.file);
    above.find_map(time_in).or_else(|| super::usage::day_in(name).map(crate::model::Day::span))
}

fn no_header(table: &Table) -> Diagnostic {
    Diagnostic::error(
        "package-no-header",
        table.at(),
        "no row among the first ones looks like the header of a package list or of a deduction record",
        "Move the file out of packages/ if it is neither.",
    )
}

/// Rows of a table and what was found in them.
#[derive(Default)]
struct Piece {
    packages: Vec<PackageAssertion>,
    deductions: Vec<DeductionRecord>,
    rows: u64,
    totals: u64,
    rejected: u64,
    diagnostics: Diagnostics,
}

impl PackagesRead {
    /// Rows that two exports share count once.
    fn drop_repeats(&mut self, tables: &[Table]) {
        let mut repeats: Vec<(Place, Place)> = Vec::new();
        let same = |a: &DeductionRecord, b: &DeductionRecord| DeductionRecord { place: b.place, ..a.clone() } == *b;
        let mut kept: HashMap<(Option<Stamp>, PackMinutes), Vec<DeductionRecord>> = HashMap::new();
        self.deductions.retain(|record| {
            let known = kept.entry((record.start, record.before)).or_default();
            let first = known.iter().find(|known| same(known, record));
            repeats.extend(first.map(|first| (first.place, record.place)));
            let is_new = first.is_none();
            if is_new {
                known.push(record.clone());
            }
            is_new
        });
        for (_, repeat) in &repeats {
            if let Some(counts) = self.tables.iter_mut().find(|counts| counts.table == repeat.table) {
                counts.used -= 1;
                counts.duplicate += 1;
            }
        }
        let at = |place: Place| tables.iter().find(|table| table.id == place.table).map(|t| t.at().row(place.row));
        if let Some((first, repeat)) = repeats.first()
            && let (Some(first), Some(repeat)) = (at(*first), at(*repeat))
        {
            self.diagnostics.push(Diagnostic::warning(
                "package-duplicate",
                repeat,
                format!("{} deductions repeat others; the first repeats the row at {first}", repeats.len()),
                "They count once. Nothing needs to be done if the exports were meant to overlap.",
            ));
        }
    }

    fn table(&mut self, table: &Table, header: &Header<'_>, account: &Account) {
        let step = |piece: &mut Piece, row: Row<'_>| piece.take(&Record { table, header, row }, account);
        let pieces = match table.fold(header.row, &header.columns(), Piece::default, step) {
            Ok(pieces) => pieces,
            Err(refused) => {
                self.diagnostics.extend(refused);
                return;
            }
        };
        let mut counts = TableCounts { layout: header.layout.name.clone(), ..TableCounts::unread(table) };
        let mut totals = 0;
        for piece in pieces {
            counts.rows += piece.rows;
            counts.rejected += piece.rejected;
            totals += piece.totals;
            self.packages.extend(piece.packages);
            self.deductions.extend(piece.deductions);
            self.diagnostics.extend(piece.diagnostics);
        }
        counts.used = counts.rows - counts.rejected - totals;
        if totals > 0 {
            (counts.excluded, counts.reasons) = (totals, vec![(TOTALS.to_owned(), totals)]);
        }
        self.tables.push(counts);
    }
}

impl Piece {
    fn take(&mut self, record: &Record<'_>, account: &Account) {
        self.rows += 1;
        if record.row.cells.iter().any(|cell| is_total(cell.text)) {
            self.totals += 1;
            return;
        }
        let taken = if record.header.layout.id == "list" {
            record.assertion(&mut self.diagnostics).map(|package| self.packages.push(package))
        } else {
            record.deduction(account, &mut self.diagnostics).map(|deduction| self.deductions.push(deduction))
        };
        match taken {
            Ok(()) => {}
            Err(diagnostic) => {
                self.rejected += 1;
                self.diagnostics.push(*diagnostic);
            }
        }
    }
}

/// One row, asked by field.
struct Record<'a> {
    table: &'a Table,
    header: &'a Header<'a>,
    row: Row<'a>,
}

type Read<T> = Result<T, Box<Diagnostic>>;

impl Record<'_> {
    fn text(&self, field: &str) -> Option<&str> {
        let text = self.row.cells[self.header.slot(field)?].text.trim();
        (!is_missing(text)).then_some(text)
    }

    fn owned(&self, field: &str) -> Option<String> {
        self.text(field).map(str::to_owned)
    }

    fn refuse(&self, field: &str, why: &str, expected: &str) -> Box<Diagnostic> {
        let at = self.table.at().row(self.row.number);
        let at = match self.header.column(field) {
            Some(column) => at.column(column),
            None => at,
        };
        let text = shown(self.text(field).unwrap_or_default());
        let message = format!("\"{text}\" ({field}) cannot be read: {why}; expected {expected}");
        Box::new(Diagnostic::error("package-figure", at, message, "Correct the cell, or export the list again."))
    }

    /// Returns a number, behind which a share may stand in the same cell: `4264.5/42.6%`.
    fn figure(&self, field: &str) -> Read<Option<Decimal>> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let text = normalised(text);
        let first = text.split(['/', '(']).next().unwrap_or_default();
        let first = ["分钟", "minutes", "mins", "min"].iter().find_map(|u| first.strip_suffix(u)).unwrap_or(first);
        number(first).map_err(|why| self.refuse(field, why.0, "a number of minutes"))
    }

    fn minutes(&self, field: &str) -> Read<PackMinutes> {
        let figure = self.figure(field)?.ok_or_else(|| self.refuse(field, "it is empty", "a number of minutes"))?;
        PackMinutes::from_decimal(figure).ok_or_else(|| self.refuse(field, "it has too many decimals", "at most 12"))
    }

    fn time(&self, field: &str) -> Read<Option<Stamp>> {
        let Some(text) = self.text(field) else { return Ok(None) };
        let numeric = self.header.slot(field).is_some_and(|slot| self.row.cells[slot].numeric);
        timestamp::read(text, numeric, self.table.date1904)
            .map(|clock| Some(clock.at))
            .map_err(|why| self.refuse(field, why.0, "YYYY-MM-DD HH:MM:SS"))
    }

    fn place(&self) -> Place {
        Place { table: self.table.id, row: self.row.number }
    }

    fn assertion(&self, diagnostics: &mut Diagnostics) -> Read<PackageAssertion> {
        Ok(PackageAssertion {
            id: self.owned("id").ok_or_else(|| self.refuse("id", "it is empty", "the package's id"))?,
            name: self.owned("name"),
            plan: self.text("name").and_then(plan_named),
            listed: listed(self.table, self.header.row),
            app: self.text("app").and_then(|text| super::sdk_app_id::sdk_app_id(text, false).ok()).map(|read| read.id),
            granted: self.minutes("granted")?,
            remaining: self.minutes("remaining")?,
            created: self.time("created")?,
            until: self.time("until")?,
            status: self.status(diagnostics),
            place: self.place(),
        })
    }

    fn status(&self, diagnostics: &mut Diagnostics) -> Option<Status> {
        let text = self.text("status")?;
        let status = status_of(&normalised(text));
        if status.is_none() {
            diagnostics.push(Diagnostic::warning(
                "package-status",
                self.table.at().row(self.row.number),
                format!("\"{}\" is no status of a package that is known", shown(text)),
                "Expected 待使用, 使用中, 已用完, 已过期 or 已失效. The balance is checked all the same.",
            ));
        }
        status
    }

    fn deduction(&self, account: &Account, diagnostics: &mut Diagnostics) -> Read<DeductionRecord> {
        let record = DeductionRecord {
            id: self.owned("id"),
            name: self.owned("name"),
            plan: self.text("name").and_then(plan_named),
            app: self.app(account, diagnostics),
            start: self.time("start")?,
            end: self.time("end")?,
            time: self.time("time")?,
            usage: self.figure("usage")?,
            unit: self.owned("unit"),
            factor: self.figure("factor")?,
            before: self.minutes("before")?,
            taken: self.minutes("taken")?,
            after: self.minutes("after")?,
            place: self.place(),
        };
        self.check(&record, diagnostics);
        Ok(record)
    }

    /// Returns the application, where the record names a known one.
    fn app(&self, account: &Account, diagnostics: &mut Diagnostics) -> Option<AppId> {
        let text = self.text("app")?;
        let id = super::sdk_app_id::sdk_app_id(text, false).ok().map(|read| read.id).filter(|id| account.has_app(*id));
        if id.is_none() {
            diagnostics.push(Diagnostic::warning(
                "package-unknown-app",
                self.table.at().row(self.row.number),
                format!("\"{}\" is no application of account.toml", shown(text)),
                "Add it as [[app]] sdk_app_id if it belongs to the account.",
            ));
        }
        id
    }

    /// Checks that the figures of the record agree with one another.
    fn check(&self, record: &DeductionRecord, diagnostics: &mut Diagnostics) {
        let tolerance = Decimal::new(1, 8);
        let by_factor = record.usage.zip(record.factor).and_then(|(usage, factor)| usage.checked_mul(factor));
        let claims = [
            ("after = before - taken", Some((record.before - record.taken).decimal()), record.after),
            ("taken = usage x factor", by_factor, record.taken),
        ];
        for (claim, computed, printed) in claims {
            let Some(computed) = computed.filter(|c| (c - printed.decimal()).abs() > tolerance) else { continue };
            diagnostics.push(Diagnostic::warning(
                "package-deduction-tie",
                self.table.at().row(self.row.number),
                format!("the record says {claim}; it prints {printed} where {} comes out", computed.normalize()),
                "The record is taken as printed.",
            ));
        }
    }
}

#[cfg(test)]
#[path = "packages_tests.rs"]
mod tests;
