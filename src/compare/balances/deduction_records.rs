//! Deduction records against our ledger, interval by interval.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::packages::{NOT_TOLD, Packages};
use super::{Assertion, Figure, Ledger, Pair, Parting, ROUGH, Source, row_of};
use crate::model::{AppId, Place, Span, Stamp};
use crate::normalise::packages::DeductionRecord;
use crate::rate::drawdown::Deduction;

/// The key of a record: the start and end of its usage, the application, the factor. The item is not printed.
type Key = (Stamp, Stamp, Option<AppId>, Option<Decimal>);

/// The records of one key.
struct Recorded {
    taken: Decimal,
    after: Decimal,
    place: Place,
}

/// Returns one assertion for each package that has records.
pub(super) fn assertions(records: &[DeductionRecord], known: &Packages, ledger: &Ledger<'_>) -> Vec<Assertion> {
    let mut packages: BTreeMap<(Option<usize>, &str), Vec<&DeductionRecord>> = BTreeMap::new();
    for record in records {
        let id = record.id.as_deref().or(record.name.as_deref()).unwrap_or_default();
        packages.entry((known.of_record(record, ledger.terms), id)).or_default().push(record);
    }
    let one = |((grant, id), records): ((Option<usize>, &str), Vec<&DeductionRecord>)| {
        let undecided = |why: &str| {
            let place = records[0].place;
            Assertion::undecided(Source::Record, id, grant, why.to_owned(), place)
        };
        let Some(of) = grant else { return undecided(NOT_TOLD) };
        if !ledger.exact {
            return undecided(ROUGH);
        }
        let held = pairs(&records, of, ledger).iter().collect();
        let says = |parting: &Parting| sentence(parting, id, ledger);
        Assertion::of(Source::Record, id, grant, &held, says)
            .unwrap_or_else(|| undecided("none of its records is of this month and says when the usage was"))
    };
    packages.into_iter().map(one).collect()
}

/// Records and rows of the ledger side by side, in order of time; a row within
/// the recorded time that no record has is held against nothing.
fn pairs(records: &[&DeductionRecord], grant: usize, ledger: &Ledger<'_>) -> Vec<Pair> {
    let recorded = recorded(records, ledger);
    let mut told: BTreeSet<usize> = BTreeSet::new();
    let mut pairs = Vec::new();
    // A record takes the rows of its own factor; what has none takes what is left of its interval.
    let (own, other): (Vec<_>, Vec<_>) =
        recorded.iter().partition(|(key, _)| !rows_of(key, true, &told, grant, ledger).is_empty());
    for (records, by_factor) in [(own, true), (other, false)] {
        for (key, record) in records {
            let rows = rows_of(key, by_factor, &told, grant, ledger);
            let ours: Decimal = rows.iter().map(|(_, deduction)| deduction.taken.decimal()).sum();
            pairs.push(Pair {
                time: Some(key.0),
                app: key.2,
                item: rows.first().map(|(_, deduction)| deduction.item),
                own: Figure::printed(record.taken, ours),
                running: balance(&recorded, Span { from: key.0, until: key.1 }, grant, ledger),
                row: rows.first().map(|(row, _)| *row),
                place: record.place,
            });
            told.extend(rows.iter().map(|(row, _)| *row));
        }
    }
    pairs.extend(unrecorded(&recorded, &told, grant, ledger));
    pairs.sort_by_key(|pair| (pair.time, pair.row, pair.place));
    pairs
}

/// Returns the rows of our ledger that a record is about and no other has.
fn rows_of<'a>(
    (from, until, app, factor): &Key,
    by_factor: bool,
    told: &BTreeSet<usize>,
    grant: usize,
    ledger: &Ledger<'a>,
) -> Vec<(usize, &'a Deduction)> {
    let span = Span { from: *from, until: *until };
    let fits = |(row, deduction): &(usize, &Deduction)| {
        let of_app = app.is_none_or(|app| app == deduction.app);
        let at_factor = factor.is_none_or(|factor| factor == deduction.ratio.decimal().normalize());
        span.contains(deduction.time) && of_app && (at_factor || !by_factor) && !told.contains(row)
    };
    ledger.of(grant).filter(fits).collect()
}

/// Returns the records of the month that say when their usage was, summed by key.
fn recorded(records: &[&DeductionRecord], ledger: &Ledger<'_>) -> BTreeMap<Key, Recorded> {
    let mut recorded: BTreeMap<Key, Recorded> = BTreeMap::new();
    for record in records {
        let Some(start) = record.start.filter(|start| ledger.terms.bills(*start)) else { continue };
        // An end may be the last second inside or the first behind; without one it is the interval that starts.
        let until = record.end.filter(|end| *end > start).unwrap_or(start + 1);
        let key = (start, until, record.app, record.factor.map(|factor| factor.normalize()));
        let (taken, after) = (record.taken.decimal(), record.after.decimal());
        let sum = recorded.entry(key).or_insert(Recorded { taken: Decimal::ZERO, after, place: record.place });
        sum.taken += taken;
        sum.after = sum.after.min(after);
    }
    recorded
}

/// Returns what is left when an interval is over: within it the order may be another,
/// and what is left only falls.
fn balance(recorded: &BTreeMap<Key, Recorded>, span: Span, grant: usize, ledger: &Ledger<'_>) -> Option<Figure> {
    let same = recorded.iter().filter(|((from, until, ..), _)| (*from, *until) == (span.from, span.until));
    let theirs = same.map(|(_, record)| record.after).min()?;
    let rows = ledger.of(grant).filter(|(_, deduction)| span.contains(deduction.time));
    let ours = rows.map(|(_, deduction)| deduction.after.decimal()).min()?;
    Some(Figure::printed(theirs, ours))
}

/// Rows of ours within the recorded time that no record has.
fn unrecorded(
    recorded: &BTreeMap<Key, Recorded>,
    told: &BTreeSet<usize>,
    grant: usize,
    ledger: &Ledger<'_>,
) -> Vec<Pair> {
    let from = recorded.keys().map(|key| key.0).min();
    let until = recorded.keys().map(|key| key.1).max();
    let (Some(from), Some(until), Some(first)) = (from, until, recorded.values().next()) else { return Vec::new() };
    let span = Span { from, until };
    let missing = ledger.of(grant).filter(|(row, deduction)| span.contains(deduction.time) && !told.contains(row));
    missing
        .map(|(row, deduction)| Pair {
            time: Some(deduction.time),
            app: Some(deduction.app),
            item: Some(deduction.item),
            own: Figure::printed(Decimal::ZERO, deduction.taken.decimal()),
            running: None,
            row: Some(row),
            place: first.place,
        })
        .collect()
}

fn sentence(parting: &Parting, id: &str, ledger: &Ledger<'_>) -> String {
    let time = parting.time.map(|time| time.to_string()).unwrap_or_default();
    let app = parting.app.map(|app| format!(" of {app}")).unwrap_or_default();
    let row = parting.row.map(|row| format!("; ours: {}", row_of(ledger, row)));
    let row = row.unwrap_or_else(|| "; our ledger takes nothing then".to_owned());
    format!(
        "the deductions from {} part at {time}{app}: the vendor has {}, our ledger {}{row}",
        crate::model::diagnostic::shown(id),
        parting.theirs,
        parting.ours
    )
}
