//! Compares the balances that a package list states with those that our ledger passes through at the list's time.

use rust_decimal::Decimal;

use super::packages::{NOT_TOLD, Packages};
use super::{Assertion, Figure, Ledger, Pair, Parting, ROUGH, Source, row_of};
use crate::model::policy::Settlement;
use crate::model::{Span, Stamp};
use crate::normalise::packages::{PackageAssertion, Status};
use crate::rate::drawdown::Balance;

/// A balance of ours, and the row of the ledger after which it holds.
#[derive(Clone, Copy)]
struct Passed {
    left: Decimal,
    row: Option<usize>,
}

/// Returns one assertion for each listed package.
pub(super) fn assertions(packages: &[PackageAssertion], known: &Packages, ledger: &Ledger<'_>) -> Vec<Assertion> {
    let one = |(position, package): (usize, &PackageAssertion)| match known.listed(position) {
        Some(grant) => of(package, grant, ledger),
        None => Assertion::undecided(Source::List, &package.id, None, NOT_TOLD.to_owned(), package.place),
    };
    packages.iter().enumerate().map(one).collect()
}

fn of(package: &PackageAssertion, grant: usize, ledger: &Ledger<'_>) -> Assertion {
    let undecided =
        |why: &str| Assertion::undecided(Source::List, &package.id, Some(grant), why.to_owned(), package.place);
    let balance = &ledger.rated.balances[grant];
    if !ledger.exact {
        return undecided(ROUGH);
    }
    if package.status == Some(Status::Void) {
        return undecided("the vendor lists it as void (已失效): refunded or withdrawn");
    }
    let bill = ledger.terms.billed_usage();
    let when = window(package, ledger);
    if when.until <= bill.from {
        return undecided("the list was made before the month; our ledger begins with the month");
    }
    let theirs = package.remaining.decimal();
    let passed = passed(balance, grant, when, ledger);
    let Some(nearest) = passed.iter().copied().min_by_key(|ours| (ours.left - theirs).abs()) else {
        return undecided("our ledger has no balance at the list's time");
    };
    let last = (balance.remaining + balance.expired).decimal();
    let figure = Figure::printed(theirs, nearest.left);
    if when.until > bill.until && balance.valid.until > bill.until && theirs < last && !figure.agrees() {
        return undecided("it has less than our balance at the end of the month; later usage may have taken the rest");
    }
    let row = parting_row(theirs, &nearest, grant, ledger);
    let deduction = row.map(|row| &ledger.rated.drawdown[row]);
    let pair = Pair {
        time: deduction.map(|deduction| deduction.time),
        app: deduction.map(|deduction| deduction.app),
        item: deduction.map(|deduction| deduction.item),
        own: figure,
        running: None,
        row,
        place: package.place,
    };
    let says = |parting: &Parting| sentence(parting, package, grant, ledger);
    Assertion::of(Source::List, &package.id, Some(grant), &[pair].iter().collect(), says)
        .unwrap_or_else(|| undecided("there is nothing to compare"))
}

/// Returns the time for which a list may speak. A day's usage is deducted on the next
/// day, a month's in the next month; a list without a time may be of any.
fn window(package: &PackageAssertion, ledger: &Ledger<'_>) -> Span {
    let Some(listed) = package.listed else { return Span { from: Stamp::MIN, until: Stamp::MAX } };
    let segment = &ledger.terms.segments[ledger.terms.segment(listed.from)];
    let from = match segment.settled {
        Settlement::Day => (listed.from.day() + -1).start(),
        Settlement::Month => listed.from.day().month().plus(-1).first_day().start(),
    };
    Span { from, until: listed.until }
}

/// Returns the balances of a grant from the beginning of a stretch of time to its end.
fn passed(balance: &Balance, grant: usize, when: Span, ledger: &Ledger<'_>) -> Vec<Passed> {
    let before = ledger.of(grant).take_while(|(_, deduction)| deduction.time < when.from).last();
    let first = before.map_or(Passed { left: balance.opening.decimal(), row: None }, |(row, deduction)| Passed {
        left: deduction.after.decimal(),
        row: Some(row),
    });
    let inside = ledger.of(grant).filter(|(_, deduction)| when.contains(deduction.time));
    let mut passed = vec![first];
    passed.extend(inside.map(|(row, deduction)| Passed { left: deduction.after.decimal(), row: Some(row) }));
    if balance.valid.until <= when.until {
        // What lapsed may be listed as nothing left.
        passed.push(Passed { left: Decimal::ZERO, row: None });
    }
    passed
}

/// Returns the first interval by which the two have parted: where ours falls below
/// theirs, or the last that we know where ours stays above.
fn parting_row(theirs: Decimal, nearest: &Passed, grant: usize, ledger: &Ledger<'_>) -> Option<usize> {
    let below = ledger.of(grant).find(|(_, deduction)| deduction.after.decimal() < theirs).map(|(row, _)| row);
    if nearest.left < theirs { below } else { nearest.row.or(below) }
}

fn sentence(parting: &Parting, package: &PackageAssertion, grant: usize, ledger: &Ledger<'_>) -> String {
    let apart = (parting.theirs - parting.ours).abs().normalize();
    let row = parting.row.map(|row| row_of(ledger, row));
    let place = match (parting.ours < parting.theirs, row) {
        (true, Some(row)) => format!("; ours falls below theirs at {row}"),
        (false, Some(row)) => format!("; up to {row} we have taken less than the vendor"),
        (_, None) => String::new(),
    };
    let undated = if package.listed.is_some() {
        ""
    } else {
        "; the list has no date: put the day on which it was made into its file name, such as packages-2024-10-31.csv"
    };
    format!(
        "{} minutes are left of {} by the list, {} of {} by our ledger: {apart} apart{place}{undated}",
        parting.theirs,
        crate::model::diagnostic::shown(&package.id),
        parting.ours,
        ledger.name(grant)
    )
}
