//! What usage exports print as covered by packages (抵扣用量) against our
//! ledger, row by row.
//!
//! Exports count seconds, packages cover the minutes by which an interval
//! raises its bucket's total: the two may lie less than a minute apart in a
//! row, and less than two in a bucket (one where the minutes begin, one where
//! the package ends).

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::{Assertion, Figure, Ledger, Pair, Parting, ROUGH, Source, row_of};
use crate::model::policy::Scope;
use crate::model::{AppId, Item, Place, Quantity, Stamp, Unit};
use crate::normalise::usage::VendorDeduction;
use crate::rules::terms::Bucket;

/// A row of usage: what a card counts alike is one.
type Key = (Stamp, Item, AppId);
/// A bucket: its first day or interval, the item, the application (none: all).
type BucketKey = (i64, Item, Option<AppId>);

const ROW: Decimal = Decimal::from_parts(60, 0, 0, false, 0);
const BUCKET: Decimal = Decimal::from_parts(120, 0, 0, false, 0);

/// One assertion for all rows together; none where no export prints deductions.
pub(super) fn assertion(printed: &[VendorDeduction], ledger: &Ledger<'_>) -> Option<Assertion> {
    let first = printed.first()?;
    if !ledger.exact {
        return Some(Assertion::undecided(Source::Usage, "", None, ROUGH.to_owned(), first.place));
    }
    let pairs = pairs(printed, ledger);
    Assertion::of(Source::Usage, "", None, &pairs, |parting| sentence(parting, ledger))
}

fn pairs(printed: &[VendorDeduction], ledger: &Ledger<'_>) -> Vec<Pair> {
    let mut ours: HashMap<Key, (Quantity, usize)> = HashMap::new();
    for (row, deduction) in ledger.rated.drawdown.iter().enumerate() {
        ours.entry((deduction.time, deduction.item, deduction.app)).or_insert((Quantity::ZERO, row)).0 +=
            deduction.minutes;
    }
    let mut sums: HashMap<BucketKey, (Decimal, Decimal)> = HashMap::new();
    let one = |((start, item, app), (theirs, place)): (Key, (Decimal, Place))| {
        let (minutes, row) = ours.get(&(start, item, app)).map_or((Quantity::ZERO, None), |(m, row)| (*m, Some(*row)));
        let own = Figure { theirs, ours: (minutes.decimal() * ROW).normalize(), slack: ROW };
        let sum = sums.entry(bucket(start, item, app, ledger)).or_default();
        sum.0 += own.theirs;
        sum.1 += own.ours;
        let running = Figure { theirs: sum.0, ours: sum.1, slack: BUCKET };
        Pair { time: Some(start), app: Some(app), item: Some(item), own, running: Some(running), row, place }
    };
    rows(printed, ledger).into_iter().map(one).collect()
}

/// The vendor's rows of the month, in order of time.
fn rows(printed: &[VendorDeduction], ledger: &Ledger<'_>) -> Vec<(Key, (Decimal, Place))> {
    let terms = ledger.terms;
    let of_month = |row: &&VendorDeduction| row.item.unit() == Unit::Minute && terms.bills(row.start);
    let mut rows: Vec<(Key, (Decimal, Place))> = Vec::new();
    for row in printed.iter().filter(of_month) {
        let card = &terms.segments[terms.segment(row.start)].card;
        let item = card.admit(row.item).unwrap_or(row.item);
        rows.push(((row.start, item, row.app), (row.deducted, row.place)));
    }
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

fn bucket(start: Stamp, item: Item, app: AppId, ledger: &Ledger<'_>) -> BucketKey {
    let segment = &ledger.terms.segments[ledger.terms.segment(start)];
    let first = match segment.bucket {
        Bucket::Interval => start.seconds(),
        Bucket::Day => start.day().start().seconds(),
        Bucket::Month => start.day().month().first_day().start().seconds(),
    };
    (first, item, (segment.scope.of(item) == Scope::App).then_some(app))
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
