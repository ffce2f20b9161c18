//! Checks the sums within a row: list price times quantity is the original cost, and so on. A sum that does not hold is
//! a warning with the money; the comparison judges the row's amount on its own.

use rust_decimal::Decimal;

use super::columns::{Field, Layout};
use super::figures::{Billed, Printed};
use super::findings::Findings;
use super::record::{Record, Rejected};
use crate::model::Money;
use crate::model::diagnostic::Diagnostic;

/// A claim that does not hold: which, what the bill prints and what comes out.
struct Broken {
    claim: &'static str,
    field: Field,
    printed: Decimal,
    computed: Decimal,
}

/// Checks what a row claims about itself.
pub(super) fn check(
    record: &Record<'_>,
    printed: &Printed,
    billed: &Billed,
    findings: &mut Findings,
) -> Result<(), Rejected> {
    let tolerance = tolerance(record.columns.layout);
    let mut broken = Vec::new();
    let mut claim = |claim, field, printed: Option<Decimal>, computed: Option<Decimal>, tolerance: Decimal| {
        if let (Some(printed), Some(computed)) = (printed, computed)
            && (printed - computed).abs() > tolerance
        {
            broken.push(Broken { claim, field, printed, computed });
        }
    };
    claim("original cost = list price x quantity", Field::Original, printed.original, original(billed), tolerance);
    let discounted = printed.original.zip(printed.discount).and_then(|(cost, rate)| cost.checked_mul(rate));
    claim("amount after discount = original cost x discount", Field::Total, printed.total, discounted, tolerance);
    let left = printed.usage.zip(printed.deducted).map(|(usage, deducted)| usage - deducted);
    claim("quantity = usage - deduction", Field::Used, printed.used, left, Decimal::ZERO);
    let paid = paid(record, findings)?;
    claim("amount after discount = cash + gift + voucher + share", Field::Total, printed.total, paid, cents());
    taxes(record, printed, findings, &mut claim)?;
    for broken in broken {
        tell(record, &broken, findings);
    }
    Ok(())
}

/// Half a unit of the last decimal either way, and the sum of several such.
fn tolerance(layout: Layout) -> Decimal {
    match layout {
        Layout::L3 | Layout::L3Month => Decimal::new(1, 8),
        Layout::Focus => Decimal::new(1, 6),
        Layout::L2 | Layout::L1 => cents(),
    }
}

/// Payments are deducted in cents; what is left of the 8 decimals is the
/// vendor's precision line.
fn cents() -> Decimal {
    Decimal::new(1, 2)
}

fn original(billed: &Billed) -> Option<Decimal> {
    let price = billed.list_price?;
    let product = price.figure.decimal().checked_mul(billed.charged?.decimal())?;
    product.checked_div(Decimal::from(price.per))
}

/// Returns what was paid, from whichever accounts; `None` where no payment column is there.
fn paid(record: &Record<'_>, findings: &mut Findings) -> Result<Option<Decimal>, Rejected> {
    if !record.columns.has(Field::Cash) {
        return Ok(None);
    }
    let mut sum = None;
    for field in [Field::Cash, Field::Gift, Field::Voucher, Field::Share] {
        if let Some(part) = record.number(field, findings)? {
            sum = Some(sum.unwrap_or(Decimal::ZERO) + part);
        }
    }
    Ok(sum)
}

type Claim<'c> = dyn FnMut(&'static str, Field, Option<Decimal>, Option<Decimal>, Decimal) + 'c;

/// Returns the international bill: before tax, tax, and their sum.
fn taxes(
    record: &Record<'_>,
    printed: &Printed,
    findings: &mut Findings,
    claim: &mut Claim<'_>,
) -> Result<(), Rejected> {
    let before = record.number(Field::BeforeTax, findings)?;
    let tax = record.number(Field::Tax, findings)?;
    let rate = record.number(Field::TaxRate, findings)?;
    let with_tax = match record.number(Field::WithTax, findings)? {
        None if before.is_some() => record.number(Field::TotalCost, findings)?,
        with_tax => with_tax,
    };
    // A voucher is printed with or without its sign.
    let voucher = record.number(Field::Voucher, findings)?.unwrap_or(Decimal::ZERO).abs();
    let after = printed.total.map(|total| total - if total.is_sign_negative() { -voucher } else { voucher });
    claim("amount before tax = amount after discount - voucher", Field::BeforeTax, before, after, cents());
    let due = before.zip(rate).and_then(|(before, rate)| before.checked_mul(rate));
    claim("tax = amount before tax x rate", Field::Tax, tax, due, cents());
    let sum = before.zip(tax).map(|(before, tax)| before + tax);
    claim("total cost = amount before tax + tax", Field::WithTax, with_tax, sum, cents());
    Ok(())
}

fn tell(record: &Record<'_>, broken: &Broken, findings: &mut Findings) {
    let Broken { claim, field, printed, computed } = broken;
    let off = Money::new(*printed - *computed);
    findings.add_money("bill-tie", claim, off, || {
        Diagnostic::warning(
            "bill-tie",
            record.at(*field),
            format!("the bill says {claim}; it prints {printed} where {} comes out, {off} apart", computed.normalize()),
            "The row is taken as printed. Ask the vendor if the figures were not changed by hand.",
        )
    });
}
