//! Bill lines that are not usage: fees, refunds, adjustments, the precision line.

use super::finding::{Finding, Kind, Strength};
use super::judge::Figures;
use super::pairing::Pairing;
use super::{Bill, Compared};
use crate::domain::invoice::{InvoiceLine, LineClass};
use crate::domain::{Money, Rounding};
use crate::rating::charge::Charge;

/// Holds fee lines against the fees of plans and packages. A bill of sums alone
/// has them in its sums.
pub fn fees(bill: &Bill<'_>, compared: &mut Compared) {
    if bill.is_sums() {
        return;
    }
    let mut due: Vec<usize> = positions(bill.charges, |charge| charge.item.is_fee());
    let mut possible: Vec<usize> = (0..bill.possible.len()).collect();
    let mut billed: Vec<usize> = Vec::new();
    for line in positions(bill.lines, |line| line.class == LineClass::Fee) {
        if let Some(charge) = claim(&mut due, bill.charges, &bill.lines[line]) {
            judge_fee(Some(charge), line, bill.charges[charge].amount, bill, compared);
        } else if let Some(charge) = claim(&mut possible, bill.possible, &bill.lines[line]) {
            let list = bill.possible[charge].amount;
            compared.adjusted.add(list);
            judge_fee(None, line, list, bill, compared);
        } else {
            unclaimed_fee(line, &billed, bill, compared);
        }
        billed.push(line);
    }
    for charge in due {
        let expected = Figures::of_charges(std::iter::once(&bill.charges[charge]));
        let pairing = Pairing { charges: vec![charge], lines: Vec::new() };
        compared.findings.push(Finding::new(
            Kind::SubscriptionFee,
            pairing,
            expected,
            Figures::NONE,
            Strength::Certain,
        ));
    }
}

fn positions<T>(all: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    (0..all.len()).filter(|at| wanted(&all[*at])).collect()
}

/// The fee that a line bills: the same plan and application, within its days
/// or, as the vendor prints renewals, the day after.
fn claim(fees: &mut Vec<usize>, charges: &[Charge], line: &InvoiceLine) -> Option<usize> {
    let fits = |at: &usize| bills(line, &charges[fees[*at]]);
    let found = (0..fees.len()).filter(fits).min_by_key(|at| !within(line, &charges[fees[*at]]))?;
    Some(fees.remove(found))
}

fn within(line: &InvoiceLine, charge: &Charge) -> bool {
    line.span.contains(charge.day.first_day().start())
}

/// Whether a fee line may bill a fee.
#[must_use]
pub fn bills(line: &InvoiceLine, fee: &Charge) -> bool {
    let the_day_after = line.span.from.day() - fee.day.first_day() == 1;
    Some(fee.item) == line.item
        && (line.app.is_none() || fee.app.is_none() || line.app == fee.app)
        && (within(line, fee) || the_day_after)
}

fn judge_fee(charge: Option<usize>, line: usize, price: Money, bill: &Bill<'_>, compared: &mut Compared) {
    let billed = &bill.lines[line];
    let due = price.round(Rounding::HalfUp(billed.decimals));
    let left = billed.amount - price;
    if billed.currency == bill.currency && due == billed.amount {
        compared.matched += 1;
        compared.precision.add(left);
        return;
    }
    let kind = if billed.currency == bill.currency { Kind::SubscriptionFee } else { Kind::Currency };
    if kind != Kind::Currency && bill.tolerance.forgives(left, price) {
        compared.forgiven.add(left);
        return;
    }
    let expected = Figures { amount: price, ..Figures::NONE };
    let pairing = Pairing { charges: charge.into_iter().collect(), lines: vec![line] };
    let figures = Figures::of_lines(std::iter::once(billed));
    compared.findings.push(Finding::new(kind, pairing, expected, figures, Strength::Certain));
}

/// A fee that no plan asks for; a duplicate where an earlier line is the same.
fn unclaimed_fee(line: usize, earlier: &[usize], bill: &Bill<'_>, compared: &mut Compared) {
    let key = |line: &InvoiceLine| (line.item, line.app, line.span, line.amount);
    let repeated = earlier.iter().copied().find(|at| key(&bill.lines[*at]) == key(&bill.lines[line]));
    let figures =
        |lines: &[usize]| Figures::of_lines(lines.iter().map(|at| &bill.lines[*at]).collect::<Vec<_>>().into_iter());
    let finding = |kind, lines: Vec<usize>, due: Figures| {
        let billed = figures(&lines);
        Finding::new(kind, Pairing { charges: Vec::new(), lines }, due, billed, Strength::Certain)
    };
    compared.findings.push(match repeated {
        Some(first) => {
            let mut twice = finding(Kind::Duplicate, vec![first, line], figures(&[first]));
            twice.causes = vec!["duplicate_line".to_owned()];
            twice
        }
        None if bill.lines[line].currency != bill.currency => finding(Kind::Currency, vec![line], Figures::NONE),
        None => finding(Kind::SubscriptionFee, vec![line], Figures::NONE),
    });
}

/// A refund that the rule allows is carried; every other refund, and every
/// correction, stands beside the rules and is shown. The precision line is held
/// against the gap that it claims to close.
pub fn corrections(bill: &Bill<'_>, compared: &mut Compared) {
    for line in positions(bill.lines, |line| matches!(line.class, LineClass::Adjustment | LineClass::Refund)) {
        if bill.refund(line).is_some_and(|ruling| ruling.allowed) {
            compared.matched += 1;
            compared.adjusted.add(bill.lines[line].amount);
        } else {
            compared.findings.push(adjustment(line, Money::ZERO, bill));
        }
    }
    let gaps = precision_gaps(bill);
    let mut open = true;
    for line in positions(bill.lines, |line| line.class == LineClass::Precision) {
        let amount = bill.lines[line].amount;
        if open && gaps.contains(&amount) {
            open = false;
            compared.matched += 1;
            compared.precision.add(amount);
            continue;
        }
        let gap = if open { gaps[0] } else { Money::ZERO };
        open = false;
        compared.precision.add(gap);
        compared.findings.push(adjustment(line, gap, bill));
    }
}

fn adjustment(line: usize, expected: Money, bill: &Bill<'_>) -> Finding {
    let figures = Figures::of_lines(std::iter::once(&bill.lines[line]));
    let pairing = Pairing { charges: Vec::new(), lines: vec![line] };
    let due = Figures { amount: expected, ..Figures::NONE };
    if bill.lines[line].currency != bill.currency {
        return Finding::new(Kind::Currency, pairing, due, figures, Strength::Certain);
    }
    let mut finding = Finding::new(Kind::Adjustment, pairing, due, figures, Strength::Certain);
    finding.causes = vec!["adjustment".to_owned()];
    finding
}

/// The gaps between 8-decimal lines and cents that a precision line can close:
/// of the whole, of the days, of the lines.
fn precision_gaps(bill: &Bill<'_>) -> Vec<Money> {
    let cents = Rounding::HalfUp(2);
    let lines = || bill.lines.iter().filter(|line| matches!(line.class, LineClass::Usage | LineClass::Fee));
    let total: Money = lines().map(|line| line.amount).sum();
    let by_line: Money = lines().map(|line| line.amount.round(cents)).sum();
    let mut days: std::collections::BTreeMap<_, Money> = std::collections::BTreeMap::new();
    for line in lines() {
        *days.entry(line.span.from.day()).or_default() += line.amount;
    }
    let by_day: Money = days.into_values().map(|day| day.round(cents)).sum();
    vec![total.round(cents) - total, by_day - total, by_line - total]
}
