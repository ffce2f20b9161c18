//! Compares the usage that exports print as covered by packages (抵扣用量) with our ledger, row by row and day by day.
//!
//! Exports count seconds, packages cover the minutes by which an interval
//! raises its bucket's total: the two may lie less than a minute apart in a
//! row, and less than two in a bucket (one where the minutes begin, one where
//! the package ends).
//!
//! Most rows have no cover on either side. They agree without a look at each: where what is rounded with them has no
//! cover all day, or where it is of one application, so that the day can be followed in stretches of rows that print the
//! same.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use rust_decimal::Decimal;

use super::{Assertion, Claims, Figure, Held, Ledger, Pair, Parting, ROUGH, Source, row_of};
use crate::model::policy::Scope;
use crate::model::printed_cover::Covered;
use crate::model::usage_series::Run;
use crate::model::{AppId, Day, Item, Place, Quantity, Stamp, Unit};
use crate::normalise::usage::VendorDeduction;
use crate::rules::terms::Bucket;

/// A row of usage: what a card counts as one item is one.
type Key = (Stamp, Item, AppId);
/// The scope of one rounding: the item, the application (none: all).
type Meter = (Item, Option<AppId>);
/// A bucket: its first day or interval, and its meter.
type BucketKey = (i64, Meter);

const ROW: Decimal = Decimal::from_parts(60, 0, 0, false, 0);
const BUCKET: Decimal = Decimal::from_parts(120, 0, 0, false, 0);

/// Compares all printed deductions as one assertion; none where no export prints any.
pub(super) fn assertion(claims: &Claims<'_>, ledger: &Ledger<'_>) -> Option<Assertion> {
    if !ledger.exact {
        let place = first_printed(claims)?;
        return Some(Assertion::undecided(Source::Usage, "", None, ROUGH.to_owned(), place));
    }
    let held = Days::of(claims, ledger).compared();
    Assertion::of(Source::Usage, "", None, &held, |parting| sentence(parting, ledger))
}

/// Returns the first row, by table and number, in which a deduction is printed.
fn first_printed(claims: &Claims<'_>) -> Option<Place> {
    let of_run = |run: &Run| run.printed(0..run.len()).next().map(|(usage, _)| usage.place);
    let runs = claims.usage.runs().iter().filter_map(of_run);
    runs.chain(claims.printed.iter().map(|row| row.place)).min()
}

/// A day of a run in which deductions are printed.
struct DayRows<'a> {
    day: Day,
    run: &'a Run,
    rows: Range<usize>,
}

impl DayRows<'_> {
    /// Returns if the vendor printed a cover above zero in one of the rows.
    fn has_cover(&self) -> bool {
        self.run
            .covered(self.rows.clone())
            .any(|(_, covered)| !matches!(covered, Covered::Unprinted | Covered::Nothing))
    }

    /// Returns how many rows print a deduction.
    fn printed(&self) -> usize {
        let stretches = self.run.covered(self.rows.clone());
        stretches.filter(|(_, covered)| *covered != Covered::Unprinted).map(|(rows, _)| rows.len()).sum()
    }

    fn series(&self) -> (Item, AppId) {
        (self.run.kind.item, self.run.kind.app)
    }
}

/// The cover of our ledger on a day, by series and time: the minutes, and the first row of the drawdown.
type Ours = BTreeMap<(Item, AppId, Stamp), (Quantity, usize)>;

/// The sums of the figures of agreeing rows.
struct Agreed {
    theirs: Decimal,
    ours: Decimal,
}

/// The vendor's rows and our ledger, day by day, and what comparing them came to so far.
struct Days<'a> {
    ledger: &'a Ledger<'a>,
    /// By day, item and application.
    printed: Vec<DayRows<'a>>,
    /// Rows that stand in no run, by start.
    apart: Vec<&'a VendorDeduction>,
    /// The positions of our deductions, by time.
    ours: Vec<usize>,
    held: Held,
    sums: HashMap<BucketKey, (Decimal, Decimal)>,
    /// The meters that are rounded by the month and had a cover on an earlier day.
    months: HashSet<Meter>,
}

impl<'a> Days<'a> {
    fn of(claims: &Claims<'a>, ledger: &'a Ledger<'a>) -> Self {
        let runs = claims.usage.runs().iter().filter(|run| run.kind.item.unit() == Unit::Minute);
        let days = runs.flat_map(|run| run.days().map(move |(day, rows)| DayRows { day, run, rows }));
        let mut printed: Vec<_> = days.filter(|rows| rows.printed() > 0).collect();
        printed.sort_by_key(|rows| (rows.day, rows.series()));
        let mut apart: Vec<_> = claims.printed.iter().filter(|row| row.item.unit() == Unit::Minute).collect();
        apart.sort_by_key(|row| row.start);
        let drawdown = &ledger.rated.drawdown;
        let mut ours: Vec<usize> = (0..drawdown.len()).collect();
        ours.sort_by_key(|row| drawdown[*row].time);
        let (sums, months) = (HashMap::new(), HashSet::new());
        Self { ledger, printed, apart, ours, held: Held::default(), sums, months }
    }

    fn compared(mut self) -> Held {
        let printed = std::mem::take(&mut self.printed);
        let days = printed.iter().map(|rows| rows.day).chain(self.apart.iter().map(|row| row.start.day()));
        for day in days.collect::<BTreeSet<Day>>() {
            let first = printed.partition_point(|rows| rows.day < day);
            let behind = printed.partition_point(|rows| rows.day <= day);
            self.day(day, &printed[first..behind]);
        }
        self.held
    }

    /// Compares the rows of a day.
    fn day(&mut self, day: Day, printed: &[DayRows<'a>]) {
        let apart = self.apart(day);
        let ours = self.ours(day);
        let mut busy: HashSet<Meter> = self.months.clone();
        let covered = ours.keys().map(|(item, app, start)| (*start, *item, *app));
        busy.extend(covered.chain(apart.iter().map(|(key, _)| *key)).map(|key| self.meter(key)));
        for (at, rows) in printed.iter().enumerate() {
            if rows.has_cover() || !is_alone(printed, at) || !self.is_one_rule(rows) {
                busy.insert(self.meter(key(rows, rows.rows.start)));
            }
        }
        let elsewhere: HashSet<Meter> = apart.iter().map(|(key, _)| self.meter(*key)).collect();
        let (mut looked_at, mut quiet) = (Vec::new(), Vec::new());
        for (at, rows) in printed.iter().enumerate() {
            let meter = self.meter(key(rows, rows.rows.start));
            if !busy.contains(&meter) {
                quiet.push(rows);
                continue;
            }
            let alone = is_alone(printed, at) && !elsewhere.contains(&meter);
            match self.agreed(rows, &ours).filter(|_| alone) {
                Some(agreed) => {
                    self.held.theirs += agreed.theirs;
                    self.held.ours += agreed.ours;
                    quiet.push(rows);
                }
                None => looked_at.push(rows),
            }
        }
        let mut rows = apart;
        for part in looked_at {
            let printed = part.run.printed(part.rows.clone());
            let billed = printed.filter(|(usage, _)| self.ledger.terms.bills(usage.start));
            rows.extend(
                billed.map(|(usage, deducted)| ((usage.start, usage.item, usage.app), (deducted, usage.place))),
            );
        }
        self.agree(&quiet, rows.iter().map(|(key, (_, place))| (*key, *place)).min());
        for (key, (theirs, place)) in summed(rows) {
            let pair = self.pair(key, theirs, place, &ours);
            self.held.add(&pair);
        }
        let by_month = self.ledger.terms.segments.iter().any(|segment| segment.bucket == Bucket::Month);
        self.months = if by_month { busy } else { HashSet::new() };
        let month = day.month().first_day().start().seconds();
        self.sums.retain(|(first, _), _| *first == month);
    }

    /// Follows a day of one application's rows in stretches that print the same; `None` where a row differs, or other rows
    /// are rounded with them.
    fn agreed(&self, rows: &DayRows<'_>, ours: &Ours) -> Option<Agreed> {
        let (item, app) = rows.series();
        let start = rows.run.start(rows.rows.start);
        let segment = &self.ledger.terms.segments[self.ledger.terms.segment(start)];
        let by_day = match segment.bucket {
            Bucket::Interval => false,
            Bucket::Day => true,
            Bucket::Month => return None,
        };
        if segment.scope.of(item) != Scope::App || !self.is_one_rule(rows) || !rows.run.outline().in_order {
            return None;
        }
        let mut covered_by_us = ours
            .range((item, app, start)..=(item, app, rows.run.start(rows.rows.end - 1)))
            .map(|((_, _, time), (minutes, _))| (*time, (minutes.decimal() * ROW).normalize()))
            .peekable();
        let mut sum = Agreed { theirs: Decimal::ZERO, ours: Decimal::ZERO };
        for (stretch, covered) in rows.run.covered(rows.rows.clone()) {
            let mut at = stretch.start;
            while at < stretch.end {
                let time = rows.run.start(at);
                while covered_by_us.next_if(|(own, _)| *own < time).is_some() {}
                let Some(printed) = covered.figure(rows.run.figures(at..at + 1)[0].quantity) else { break };
                let own = covered_by_us.next_if(|(own, _)| *own == time).map_or(Decimal::ZERO, |(_, minutes)| minutes);
                sum.theirs += printed;
                sum.ours += own;
                let near = (printed - own).abs() < ROW && (!by_day || (sum.theirs - sum.ours).abs() < BUCKET);
                if !near {
                    return None;
                }
                at += 1;
                if covered == Covered::Nothing {
                    // Nothing changes up to the next row that our ledger covers.
                    let next = covered_by_us.peek().map(|(own, _)| rows.run.rows_before(at, *own));
                    at = next.map_or(stretch.end, |rows| at + rows);
                }
            }
        }
        Some(sum)
    }

    /// Counts rows that agree. `other` is the first of the day's other rows.
    fn agree(&mut self, quiet: &[&DayRows<'a>], other: Option<(Key, Place)>) {
        self.held.compared += quiet.iter().map(|rows| rows.printed()).sum::<usize>();
        if self.held.place.is_none() {
            let first = |rows: &&DayRows<'a>| {
                let (usage, _) = rows.run.printed(rows.rows.clone()).next()?;
                Some(((usage.start, usage.item, usage.app), usage.place))
            };
            self.held.place = quiet.iter().filter_map(first).chain(other).min().map(|(_, place)| place);
        }
    }

    /// Returns if one segment of the terms rules all rows, and the bill holds all of them.
    fn is_one_rule(&self, rows: &DayRows<'_>) -> bool {
        let terms = self.ledger.terms;
        let (first, last) = (rows.run.start(rows.rows.start), rows.run.start(rows.rows.end - 1));
        terms.segment(first) == terms.segment(last) && terms.bills(first) && terms.bills(last)
    }

    /// Returns the day's rows that stand in no run, by the items of their cards.
    fn apart(&self, day: Day) -> Vec<(Key, (Decimal, Place))> {
        let terms = self.ledger.terms;
        let first = self.apart.partition_point(|row| row.start.day() < day);
        let rows = self.apart[first..].iter().take_while(|row| row.start.day() == day);
        let billed = rows.filter(|row| terms.bills(row.start));
        let row = |row: &&VendorDeduction| {
            let card = &terms.segments[terms.segment(row.start)].card;
            ((row.start, card.admit(row.item).unwrap_or(row.item), row.app), (row.deducted, row.place))
        };
        billed.map(row).collect()
    }

    /// Returns what our ledger covers on a day, each with the first row of it.
    fn ours(&self, day: Day) -> Ours {
        let drawdown = &self.ledger.rated.drawdown;
        let first = self.ours.partition_point(|row| drawdown[*row].time.day() < day);
        let mut ours = Ours::new();
        for row in self.ours[first..].iter().take_while(|row| drawdown[**row].time.day() == day) {
            let deduction = &drawdown[*row];
            ours.entry((deduction.item, deduction.app, deduction.time)).or_insert((Quantity::ZERO, *row)).0 +=
                deduction.minutes;
        }
        ours
    }

    fn pair(&mut self, key: Key, theirs: Decimal, place: Place, ours: &Ours) -> Pair {
        let (start, item, app) = key;
        let (minutes, row) =
            ours.get(&(item, app, start)).map_or((Quantity::ZERO, None), |(minutes, row)| (*minutes, Some(*row)));
        let own = Figure { theirs, ours: (minutes.decimal() * ROW).normalize(), slack: ROW };
        let bucket = (self.bucket(start), self.meter(key));
        let sum = self.sums.entry(bucket).or_default();
        sum.0 += own.theirs;
        sum.1 += own.ours;
        let running = Figure { theirs: sum.0, ours: sum.1, slack: BUCKET };
        Pair { time: Some(start), app: Some(app), item: Some(item), own, running: Some(running), row, place }
    }

    /// Returns what usage is rounded with.
    fn meter(&self, (start, item, app): Key) -> Meter {
        let segment = &self.ledger.terms.segments[self.ledger.terms.segment(start)];
        (item, (segment.scope.of(item) == Scope::App).then_some(app))
    }

    /// Returns the first moment of the bucket of usage.
    fn bucket(&self, start: Stamp) -> i64 {
        let segment = &self.ledger.terms.segments[self.ledger.terms.segment(start)];
        match segment.bucket {
            Bucket::Interval => start.seconds(),
            Bucket::Day => start.day().start().seconds(),
            Bucket::Month => start.day().month().first_day().start().seconds(),
        }
    }
}

/// Returns true if no other run of a day is of the same item and application; those that are follow each other.
fn is_alone(printed: &[DayRows<'_>], at: usize) -> bool {
    let same = |near: Option<&DayRows<'_>>| near.is_some_and(|near| near.series() == printed[at].series());
    !same(at.checked_sub(1).and_then(|before| printed.get(before))) && !same(printed.get(at + 1))
}

fn key(rows: &DayRows<'_>, at: usize) -> Key {
    let (item, app) = rows.series();
    (rows.run.start(at), item, app)
}

/// Returns rows in order, those of one interval, item and application added up.
fn summed(mut rows: Vec<(Key, (Decimal, Place))>) -> Vec<(Key, (Decimal, Place))> {
    rows.sort_by_key(|(key, (_, place))| (*key, *place));
    rows.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1.0 += next.1.0;
        }
        same
    });
    rows
}

fn sentence(parting: &Parting, ledger: &Ledger<'_>) -> String {
    let time = parting.time.map(|time| time.to_string()).unwrap_or_default();
    let item = parting.item.map(Item::id).unwrap_or_default();
    let app = parting.app.map(|app| app.to_string()).unwrap_or_default();
    let row = parting.row.map(|row| format!("; ours: {}", row_of(ledger, row)));
    let row = row.unwrap_or_else(|| "; our ledger takes nothing then".to_owned());
    format!(
        "the vendor's own deduction (抵扣用量) parts from our ledger at {time}, {item} of {app}: {} seconds against {}{row}",
        parting.theirs, parting.ours
    )
}
