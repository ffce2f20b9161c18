//! The accrual as it is shown on the screen.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::forecast::WEEKS;
use super::{Accrual, Subject, TrueUp};
use crate::model::diagnostic::shown;
use crate::model::style::aligned;
use crate::model::{Item, Money};
use crate::report::summary::{amount, cents, figure};

/// From here on a limit is near, in percent.
const NEAR: i64 = 80;

/// Returns the accrual: the range by item, fees, packages, limits, the posting.
#[must_use]
pub fn accrual(subject: &Subject<'_>, currency: &str, found: &Accrual) -> String {
    let name = format!("{} {}", shown(&subject.account.uin), subject.period);
    let currency = shown(currency);
    let mut out = format!(
        "{name}: {} {currency} to accrue, between {} and {}.\n\n{}\n",
        cents(found.posted()),
        cents(found.low.total),
        cents(found.high.total),
        items(found)
    );
    out.push_str(&method(found));
    out.push_str(&fees(found));
    out.push_str(&packages(found));
    out.push_str(&limits(found));
    let last = subject.period.plus(1).first_day() + -1;
    out.push_str(&posting(
        &format!("Posting at the end of the month ({currency})"),
        &[
            (format!("{last} TRTC {name}, usage and fees"), Some(found.posted()), None),
            (format!("{last} TRTC {name}, accrued and not billed"), None, Some(found.posted())),
        ],
    ));
    out
}

/// The courses by item. The columns add up to their totals.
fn items(found: &Accrual) -> String {
    let courses = [&found.to_date, &found.low, &found.likely, &found.high];
    let items: BTreeSet<Item> = courses.iter().flat_map(|course| &course.charges).map(|charge| charge.item).collect();
    let mut rows: Vec<Vec<String>> = items
        .into_iter()
        .map(|item| {
            let sums = courses.map(|course| amount(course.of_item(item)));
            std::iter::once(item.to_string()).chain(sums).collect()
        })
        .collect();
    let totals = courses.map(|course| amount(course.total));
    rows.push(std::iter::once("total".to_owned()).chain(totals).collect());
    aligned(&["item", "to date", "low", "likely", "high"], &[1, 2, 3, 4], &rows)
}

fn method(found: &Accrual) -> String {
    if found.days_to_come == 0 {
        return format!("Usage is counted up to {}; no day is to come.\n\n", found.until);
    }
    format!(
        "Usage is counted up to {}; {} days are to come. Each is taken as the same weekday of up to {WEEKS} weeks before: \
         the one of least, middle and most worth, for the most also the day before and after it; with fewer than three of \
         them, as a day of these weeks. The month \
         is then rated. Usage of other kinds than before is not foreseen.\n\n",
        found.until, found.days_to_come
    )
}

fn fees(found: &Accrual) -> String {
    let row = |fee: &crate::rules::terms::Fee| {
        let state = if fee.day <= found.until { "due" } else { "to come" };
        vec![fee.day.to_string(), fee.item.to_string(), amount(Money::new(fee.price.decimal())), state.to_owned()]
    };
    let rows: Vec<Vec<String>> = found.fees.iter().map(row).collect();
    section("Fees of the month", &["day", "fee", "amount", ""], &[2], &rows)
}

fn packages(found: &Accrual) -> String {
    let day = |day: Option<crate::model::Day>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
    let row = |package: &super::Package| {
        vec![
            shown(&package.id),
            shown(&package.plan),
            figure(package.left.decimal()),
            figure(package.a_day),
            day(package.runs_out),
            day(package.lapses),
            figure(package.lapsing.decimal()),
            package.worth.map_or_else(|| "-".to_owned(), cents),
        ]
    };
    let rows: Vec<Vec<String>> = found.packages.iter().map(row).collect();
    let header = ["package", "plan", "min left", "min a day", "runs out", "last day", "min that lapse", "worth"];
    section("Packages at the rate of the month so far", &header, &[2, 3, 6, 7], &rows)
}

fn limits(found: &Accrual) -> String {
    let row = |limit: &super::Limit| {
        let percent = limit.percent();
        let state = if percent >= Decimal::ONE_HUNDRED {
            "reached"
        } else if percent >= Decimal::from(NEAR) {
            "near"
        } else {
            ""
        };
        let app = limit.app.map_or_else(|| "-".to_owned(), |app| app.to_string());
        let (used, free) = (figure(limit.used.decimal()), figure(limit.limit.decimal()));
        vec![limit.item.to_string(), app, used, free, format!("{percent}%"), state.to_owned()]
    };
    let rows: Vec<Vec<String>> = found.limits.iter().map(row).collect();
    section("Free quotas and thresholds", &["item", "application", "used", "free up to", "part", ""], &[2, 3], &rows)
}

fn section(title: &str, header: &[&str], figures: &[usize], rows: &[Vec<String>]) -> String {
    if rows.is_empty() { String::new() } else { format!("{title}\n{}\n", aligned(header, figures, rows)) }
}

/// Lines of a posting: text, debit, credit.
fn posting(title: &str, lines: &[(String, Option<Money>, Option<Money>)]) -> String {
    let cell = |amount: &Option<Money>| amount.map(cents).unwrap_or_default();
    let rows: Vec<Vec<String>> =
        lines.iter().map(|(text, debit, credit)| vec![text.clone(), cell(debit), cell(credit)]).collect();
    format!("{title}\n{}", aligned(&["text", "debit", "credit"], &[1, 2], &rows))
}

/// Returns an accrual against the bill.
#[must_use]
pub fn true_up(subject: &Subject<'_>, currency: &str, found: &Accrual, against: &TrueUp, expected: Money) -> String {
    let name = format!("{} {}", shown(&subject.account.uin), subject.period);
    let currency = shown(currency);
    let row = |name: &str, money: Money| vec![name.to_owned(), amount(money)];
    let mut rows = vec![row("accrued", against.accrued)];
    let steps = [("cents of the accrual", against.posting), ("usage against the forecast", against.forecast)];
    rows.extend(steps.into_iter().filter(|(_, money)| !money.is_zero()).map(|(name, money)| row(name, money)));
    rows.extend(against.bridge.iter().map(|(step, money)| row(&format!("bill: {}", shown(step)), *money)));
    if !against.rounding.is_zero() {
        rows.push(row("cents of the bill", against.rounding));
    }
    rows.push(row("the bill", against.billed));
    let inside = if found.holds(expected) { "inside" } else { "outside" };
    let mut out = format!(
        "{name}: accrued {} {currency}, billed {}; true-up {}.\n\n{}\nThe month came to {}, {inside} the range from {} to {}.\n\n",
        cents(against.accrued),
        cents(against.billed),
        cents(against.amount),
        aligned(&["step", "amount"], &[1], &rows),
        amount(expected),
        amount(found.low.total),
        amount(found.high.total),
    );
    let (more, less) = (Some(against.amount.abs()), None);
    let lines = if against.amount < Money::ZERO {
        [
            (format!("TRTC {name}, accrued and not billed"), more, less),
            (format!("TRTC {name}, usage and fees"), less, more),
        ]
    } else {
        [
            (format!("TRTC {name}, usage and fees"), more, less),
            (format!("TRTC {name}, accrued and not billed"), less, more),
        ]
    };
    out.push_str(&posting(&format!("Posting of the true-up ({currency})"), &lines));
    out
}
