//! Bill lines that are not usage: fees, refunds, adjustments, the precision line.

use std::collections::BTreeMap;

use super::finding::{Finding, Kind, Strength};
use super::judge::Figures;
use super::pairing::Pairing;
use super::{Bill, Compared};
use crate::model::cause::Cause;
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{Day, Item, Money, Rounding};
use crate::rate::charge::Charge;

/// Holds fee lines against the fees of plans and packages. A bill of sums alone
/// has them in its sums.
pub fn fees(bill: &Bill<'_>, compared: &mut Compared) {
    if bill.is_sums() {
        return;
    }
    let mut due: Vec<usize> = positions(bill.charges, |charge| charge.item.is_fee());
    let mut possible: Vec<usize> = (0..bill.possible.len()).collect();
    let mut billed: Vec<usize> = Vec::new();
    let lines = positions(bill.lines, |line| line.class == LineClass::Fee || is_shortfall(line, bill));
    let key = |line: usize| (bill.lines[line].item, bill.lines[line].app, bill.lines[line].span);
    for line in lines.iter().copied() {
        let sums = bill.lines[line].span.days().nth(1).is_some()
            && lines.iter().filter(|at| key(**at) == key(line)).count() == 1;
        let of = |claimed: &[usize], fees: &[Charge]| claimed.iter().map(|at| fees[*at].amount).sum();
        let claimed = claim(&mut due, bill.charges, &bill.lines[line], sums);
        let listed =
            if claimed.is_empty() { claim(&mut possible, bill.possible, &bill.lines[line], sums) } else { Vec::new() };
        if !claimed.is_empty() {
            let price = of(&claimed, bill.charges);
            judge_fee(claimed, line, price, bill, compared);
        } else if !listed.is_empty() {
            let list = of(&listed, bill.possible);
            compared.adjusted.add(list);
            judge_fee(Vec::new(), line, list, bill, compared);
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

/// Returns true if a line bills the shortfall of the contract's minimum, and the month has one.
fn is_shortfall(line: &InvoiceLine, bill: &Bill<'_>) -> bool {
    let minimum = Item::shortfall();
    line.class == LineClass::Adjustment
        && line.item == Some(minimum)
        && bill.charges.iter().any(|charge| charge.item == minimum)
}

fn positions<T>(all: &[T], wanted: impl Fn(&T) -> bool) -> Vec<usize> {
    (0..all.len()).filter(|at| wanted(&all[*at])).collect()
}

/// Returns the fee that a line bills: the same plan and application, within its days
/// or, as the vendor prints renewals, the day after. A line that sums a month
/// bills all of it, unless one alone costs as much.
fn claim(fees: &mut Vec<usize>, charges: &[Charge], line: &InvoiceLine, sums: bool) -> Vec<usize> {
    let mut found: Vec<usize> = fees.iter().copied().filter(|fee| bills(line, &charges[*fee])).collect();
    let equal = |fee: &usize| charges[*fee].amount == line.amount;
    found.sort_by_key(|fee| (!within(line, &charges[*fee]), !equal(fee)));
    if !sums || found.iter().any(equal) {
        found.truncate(1);
    }
    fees.retain(|fee| !found.contains(fee));
    found
}

fn within(line: &InvoiceLine, charge: &Charge) -> bool {
    line.span.contains(charge.day.first_day().start())
}

/// Returns true if a fee line may bill a fee.
#[must_use]
pub fn bills(line: &InvoiceLine, fee: &Charge) -> bool {
    let the_day_after = line.span.from.day() - fee.day.first_day() == 1;
    Some(fee.item) == line.item
        && (line.app.is_none() || fee.app.is_none() || line.app == fee.app)
        && (within(line, fee) || the_day_after || fee.item == Item::shortfall())
}

fn judge_fee(charges: Vec<usize>, line: usize, price: Money, bill: &Bill<'_>, compared: &mut Compared) {
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
    let pairing = Pairing { charges, lines: vec![line] };
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
            twice.causes = Cause::DuplicateLine.into();
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
    let other = |line: &InvoiceLine| {
        matches!(line.class, LineClass::Adjustment | LineClass::Refund) && !is_shortfall(line, bill)
    };
    for line in positions(bill.lines, other) {
        if bill.refund(line).is_some_and(|ruling| ruling.allowed) {
            compared.matched += 1;
            compared.adjusted.add(bill.lines[line].amount);
        } else {
            compared.findings.push(adjustment(line, Money::ZERO, bill));
        }
    }
    let known = precision_gaps(bill);
    let mut open = true;
    for line in positions(bill.lines, |line| line.class == LineClass::Precision) {
        let amount = bill.lines[line].amount;
        if open && known.contains(&amount) {
            open = false;
            compared.matched += 1;
            compared.precision.add(amount);
            continue;
        }
        let gap = if open { known[0] } else { Money::ZERO };
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
    finding.causes = Cause::Adjustment.into();
    finding
}

/// Returns the gaps between 8-decimal lines and cents that a precision line can close:
/// of the bill's own lines, and of the charges, so that a line that is wrong by
/// itself makes no second finding of the right gap.
fn precision_gaps(bill: &Bill<'_>) -> Vec<Money> {
    let own = |line: &&InvoiceLine| matches!(line.class, LineClass::Usage | LineClass::Fee);
    let billed = bill.lines.iter().filter(own).map(|line| (line.span.from.day(), line.amount));
    let due = bill.charges.iter().map(|charge| (charge.day.first_day(), charge.amount));
    gaps(billed).into_iter().chain(gaps(due)).collect()
}

/// Returns the gap of amounts as a whole, day by day, and line by line.
fn gaps(amounts: impl Iterator<Item = (Day, Money)> + Clone) -> [Money; 3] {
    let cents = Rounding::HalfUp(2);
    let total: Money = amounts.clone().map(|(_, amount)| amount).sum();
    let by_line: Money = amounts.clone().map(|(_, amount)| amount.round(cents)).sum();
    let mut days: BTreeMap<Day, Money> = BTreeMap::new();
    for (day, amount) in amounts {
        *days.entry(day).or_default() += amount;
    }
    let by_day: Money = days.into_values().map(|day| day.round(cents)).sum();
    [total.round(cents) - total, by_day - total, by_line - total]
}
