//! The readings of all tables against each other: what of them is usage, and
//! what became of every row.
//!
//! A run in order of time that alone holds its application and item on the days
//! that it touches repeats and contradicts nothing. Only the others compete row by row.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

use rayon::prelude::*;

use super::{Part, UsageRead, VendorDeduction, findings};
use crate::case::Account;
use crate::model::diagnostic::Diagnostics;
use crate::model::{AppId, Day, Item, Place, Runs, Span, Usage};
use crate::normalise::coverage::Calendar;
use crate::normalise::number::number;
use crate::normalise::overlaps::{Fate, Identities, Identity, Merged, added_up, merge};
use crate::normalise::row_counts::TableCounts;
use crate::normalise::text::{is_missing, normalised};
use crate::normalise::timestamp;
use crate::read::{Cell, Places, Row, Table};

const A_DAY: u32 = 86_400;

/// Rows that compete, and what became of them.
struct Contest {
    readings: Vec<Usage>,
    identities: Identities,
    merged: Merged,
}

/// Lets the readings of all tables compete and sums up.
pub(super) fn settle(
    mut parts: Vec<Part<'_>>,
    unknown: &[&Table],
    account: &Account,
    period: Span,
    diagnostics: Diagnostics,
) -> UsageRead {
    // Looked through here, side by side; what follows asks one by one.
    let runs = parts.par_iter().flat_map(|part| part.usage.runs());
    runs.for_each(|run| _ = run.outline());
    let mut read = UsageRead { diagnostics, ..UsageRead::default() };
    let mut places = Places::default();
    places.add(parts.iter().map(|part| part.table));
    let apps: Vec<_> = findings::unknown_apps(&places, parts.iter().map(|part| &part.usage), account).collect();
    let calendars: Vec<Calendar> = parts.iter().map(|part| calendar(&part.usage)).collect();
    let contested = contested(&parts);
    let mut readings: Vec<Usage> = Vec::new();
    let mut ranges = Vec::new();
    for part in &mut parts {
        let first = readings.len();
        part.usage.change(|run| {
            if contested.contains(&(run.kind.app, run.kind.item)) {
                read.vendor_deductions.extend(run.printed(0..run.len()).map(VendorDeduction::of));
                readings.extend(run.iter());
                return Vec::new();
            }
            vec![run]
        });
        readings[first..].sort_by_key(|usage| usage.place.row);
        ranges.push(first..readings.len());
    }
    let identities = identities(&parts, &readings, &ranges, &mut read.diagnostics);
    let contest = Contest { merged: merge(&readings, &identities), readings, identities };
    for ((part, range), calendar) in parts.into_iter().zip(ranges).zip(calendars) {
        read.calendar.add(&calendar);
        let covers = calendar.covers();
        let counts =
            TableCounts { covers, ..counts(&part, &contest.readings[range.clone()], &contest.merged.fates[range]) };
        read.diagnostics.extend(part.diagnostics);
        read.diagnostics.extend(findings::hidden(part.table));
        read.diagnostics.extend(findings::outside(part.table, &counts));
        read.diagnostics.extend(findings::moved(part.table, part.snapped));
        read.snapped += part.snapped;
        read.coverage.duplicates += counts.duplicate;
        read.counts.push(counts);
        read.usage.append(part.usage);
    }
    read.counts.extend(unknown.iter().map(|table| TableCounts::unread(table)));
    read.counts.sort_by_key(|counts| counts.table);
    let found: Vec<_> = findings::of_merge(&places, &contest.readings, &contest.merged).collect();
    read.diagnostics.extend(found.into_iter().chain(apps));
    keep_used(&mut read, &contest);
    cover(&mut read, period);
    read
}

fn calendar(usage: &Runs) -> Calendar {
    let mut calendar = Calendar::default();
    usage.runs().iter().for_each(|run| calendar.note(run));
    calendar
}

/// The applications and items of which a reading may repeat or contradict another.
fn contested(parts: &[Part<'_>]) -> HashSet<(AppId, Item)> {
    let mut contested: HashSet<(AppId, Item)> = HashSet::new();
    let mut touched: HashMap<(AppId, Item), Vec<(Day, Day)>> = HashMap::new();
    for run in parts.iter().flat_map(|part| part.usage.runs()) {
        let key = (run.kind.app, run.kind.item);
        if !run.outline().in_order {
            contested.insert(key);
        }
        touched.entry(key).or_default().extend(run.first_and_last_day());
    }
    for (key, mut days) in touched {
        days.sort_unstable();
        if days.windows(2).any(|two| two[1].0 <= two[0].1) {
            contested.insert(key);
        }
    }
    // Of a row with several figures all are looked at together.
    for part in parts.iter().filter(|part| part.wide) {
        let keys = || part.usage.runs().iter().map(|run| (run.kind.app, run.kind.item));
        if keys().any(|key| contested.contains(&key)) {
            contested.extend(keys());
        }
    }
    contested
}

/// Takes the readings that make a figure, and the vendor's deductions that stand with them.
fn keep_used(read: &mut UsageRead, contest: &Contest) {
    let fates = || contest.readings.iter().zip(&contest.merged.fates);
    let unused: HashSet<Place> =
        fates().filter(|(_, fate)| **fate != Fate::Used).map(|(usage, _)| usage.place).collect();
    if !unused.is_empty() {
        read.vendor_deductions.retain(|deduction| !unused.contains(&deduction.place));
    }
    let used = fates().filter(|(_, fate)| **fate == Fate::Used).map(|(usage, _)| usage);
    let sums = if contest.identities.is_empty() { Vec::new() } else { added_up(used.clone().copied()) };
    read.usage.append(if sums.is_empty() { used.collect() } else { sums.iter().collect() });
}

/// The identities of all rows that share an interval with another row of their table, or of one with its header.
fn identities(parts: &[Part<'_>], readings: &[Usage], ranges: &[Range<usize>], found: &mut Diagnostics) -> Identities {
    let mut all = Identities::new();
    for (part, rows) in parts.iter().zip(sharing(parts, readings, ranges)) {
        let Some(header) = part.header.as_ref().filter(|_| !rows.is_empty()) else { continue };
        match header.identities(part.table, &rows) {
            Ok(identities) => all.extend(identities),
            Err(refused) => found.extend(refused),
        }
    }
    all
}

/// The rows of each table that share an interval, application and item with another row of tables of that header.
fn sharing(parts: &[Part<'_>], readings: &[Usage], ranges: &[Range<usize>]) -> Vec<HashSet<u32>> {
    let mut first = HashMap::with_capacity(readings.len());
    let mut rows = vec![HashSet::new(); parts.len()];
    for (at, (part, range)) in parts.iter().zip(ranges).enumerate() {
        let header = part.header.as_ref().and_then(|columns| columns.kind(part.table)).ok_or(at);
        for Usage { app, item, start, seconds, exactness, place, .. } in &readings[range.clone()] {
            let before = *first.entry((header, app, item, start, seconds, exactness)).or_insert((at, place.row));
            if before != (at, place.row) {
                rows[before.0].insert(before.1);
                rows[at].insert(place.row);
            }
        }
    }
    rows
}

/// Where a table's header stands, and which of its columns hold figures.
pub(super) struct Columns {
    pub row: u32,
    /// Columns of figures; in a table with several figures a row they do not tell rows apart.
    pub figures: Vec<usize>,
    pub wide: bool,
}

impl Columns {
    fn header<'t>(&self, table: &'t Table) -> &'t [String] {
        table.head.iter().find(|head| head.number == self.row).map_or(&[], |head| &head.cells)
    }

    /// Hash of the header of a table with one figure a row.
    fn kind(&self, table: &Table) -> Option<u64> {
        let mut hasher = DefaultHasher::new();
        self.header(table).iter().for_each(|name| normalised(name).hash(&mut hasher));
        (!self.wide).then(|| hasher.finish())
    }

    /// Reads the rows once more, whole, and hashes those that are asked for.
    fn identities(&self, table: &Table, rows: &HashSet<u32>) -> Result<Identities, Diagnostics> {
        let width = self.header(table).len();
        let kind = self.kind(table);
        let columns: Vec<usize> = (0..width).collect();
        let hash = |row: &Row<'_>, figures: bool| {
            let mut hasher = DefaultHasher::new();
            for (column, cell) in row.cells.iter().enumerate() {
                if figures || !self.figures.contains(&column) {
                    cell.text.trim().hash(&mut hasher);
                }
            }
            hasher.finish()
        };
        let texts = |row: &Row<'_>| {
            let is_text = |cell: &Cell<'_>| {
                !is_missing(cell.text)
                    && number(cell.text).is_err()
                    && timestamp::read(cell.text, cell.numeric, table.date1904).is_err()
            };
            let mut hasher = DefaultHasher::new();
            for (column, cell) in row.cells.iter().enumerate().filter(|(_, cell)| is_text(cell)) {
                if !self.figures.contains(&column) {
                    (column, normalised(cell.text)).hash(&mut hasher);
                }
            }
            hasher.finish()
        };
        let pieces = table.fold(self.row, &columns, Vec::new, |identities, row| {
            if rows.contains(&row.number) {
                let kin = kind.map(|kind| (kind, texts(&row)));
                let identity = Identity { attributes: hash(&row, false), whole: hash(&row, !self.wide), kin };
                identities.push((Place { table: table.id, row: row.number }, identity));
            }
        })?;
        Ok(pieces.into_iter().flatten().collect())
    }
}

/// Which days of the period have a row of their own (a month's figure says
/// nothing of its days); then rows of nothing are let go.
fn cover(read: &mut UsageRead, period: Span) {
    let days = read.usage.runs().iter().filter(|run| run.kind.seconds <= A_DAY).flat_map(|run| &run.outline().days);
    let seen: BTreeSet<_> = days.map(|rows| rows.day).filter(|day| period.contains(day.start())).collect();
    read.coverage.seen = seen;
    for day in period.days().filter(|day| !read.coverage.seen.contains(day)) {
        match read.coverage.gaps.last_mut() {
            Some((_, end)) if *end + 1 == day => *end = day,
            _ => read.coverage.gaps.push((day, day)),
        }
    }
    read.diagnostics.extend(findings::gaps(&read.coverage));
    let mut dropped = Vec::new();
    read.usage.change(|mut run| {
        dropped.extend(run.drop_empty().into_iter().map(VendorDeduction::of));
        vec![run]
    });
    read.vendor_deductions.extend(dropped);
}

/// What became of the rows of a table. A row with several figures is used if one of them is.
fn counts(part: &Part<'_>, readings: &[Usage], fates: &[Fate]) -> TableCounts {
    let mut tally = [0_u64; 5];
    let mut at = 0;
    for row in readings.chunk_by(|a, b| a.place == b.place) {
        let fates = &fates[at..at + row.len()];
        at += row.len();
        let contradicts = fates.contains(&Fate::Contradicts);
        match fates.iter().min() {
            _ if contradicts => tally[3] += 1,
            Some(Fate::Used) | None => tally[0] += 1,
            Some(Fate::CrossFooted) => tally[1] += 1,
            Some(Fate::Overruled) => tally[4] += 1,
            Some(_) => tally[2] += 1,
        }
    }
    let [_, cross_footed, duplicate, contradicting, overruled] = tally;
    let mut reasons: Vec<(String, u64)> = part.excluded.iter().map(|(why, n)| ((*why).to_owned(), *n)).collect();
    for (why, count) in [(findings::CROSS_FOOTED, cross_footed), (findings::OVERRULED, overruled)] {
        if count > 0 {
            reasons.push((why.to_owned(), count));
        }
    }
    let excluded = reasons.iter().map(|(_, count)| count).sum();
    let rejected = part.rejected + contradicting;
    TableCounts {
        used: part.rows - excluded - rejected - duplicate,
        excluded,
        duplicate,
        rejected,
        rows: part.rows,
        reasons,
        layout: part.layout.clone(),
        ..TableCounts::unread(part.table)
    }
}
