//! Every recomputed charge, with live formulas, and what the bill has for it.

use rust_xlsxwriter::XlsxError;

use super::cell::{Entry, fits_a_number, follows};
use super::grid::Grid;
use super::totals::When;
use super::{Book, Extent, Report};
use crate::i18n::fill;
use crate::model::{Money, Quantity, UnitPrice};
use crate::rate::charge::Charge;
use crate::report::table::{self, Cell};

/// The columns that other sheets speak of.
pub(super) const APPLICATION: &str = "A";
pub(super) const DAY: &str = "B";
pub(super) const ITEM: &str = "C";
pub(super) const BILLABLE: &str = "G";
pub(super) const COVERED: &str = "H";
pub(super) const CHARGED: &str = "I";
pub(super) const AMOUNT: &str = "K";
pub(super) const BILLED: &str = "M";

/// The most comparisons of one cell with another that the sums by
/// application, item or day may cost whoever opens the workbook.
const MOST_COMPARED: usize = 5_000_000;

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let report = book.report;
    let texts = book.texts;
    let ranged = report.charges.iter().any(|charge| charge.least.is_some());
    let extent = book.extents.lines.clone();
    let mut billed = book.sums.billed.clone();
    let mut grid = Grid::new(&mut book.paper, extent.clone(), titles(report, ranged))?;
    let mut fixed = 0;
    let mut on_lines = Money::ZERO;
    for charge in &report.charges {
        let of_bill = billed.remove(&(When::of(charge.day), charge.app, charge.item));
        on_lines += of_bill.unwrap_or(Money::ZERO);
        fixed += usize::from(!carries(charge));
        grid.row(&row(report, charge, of_bill, ranged))?;
    }
    let sums = sums(report, &extent, on_lines);
    let remark = fill(&texts.says.fixed_lines, &[("count", &fixed.to_string())]);
    let remarks = if fixed > 0 { vec![remark] } else { Vec::new() };
    grid.finish(&sums, &remarks, |_, _| Ok(()))
}

fn titles(report: &Report, ranged: bool) -> Vec<String> {
    let words = report.words();
    let own = &super::Texts::of(report.lang).columns;
    let mut titles: Vec<String> = ["sdk_app_id", "day", "item"].map(|name| words.column(name).to_owned()).to_vec();
    titles.push(own.item_name.clone());
    let figures = ["unit", "metered", "billable", "covered", "charged", "unit_price", "amount", "card"];
    titles.extend(figures.map(|name| words.column(name).to_owned()));
    if report.comparison.is_some() {
        titles.extend([own.billed.clone(), own.difference.clone()]);
    }
    if ranged {
        titles.extend(["amount_low", "amount_high"].map(|name| words.column(name).to_owned()));
    }
    titles
}

fn row<'a>(report: &'a Report, charge: &'a Charge, billed: Option<Money>, ranged: bool) -> Vec<Entry<'a>> {
    let words = report.words();
    let charged = sure(charge).then(|| "ROUND(G{row}-H{row},8)".to_owned());
    let amount = carries(charge).then(|| "ROUND(I{row}*J{row},8)".to_owned());
    let mut row = vec![
        table::app(charge.app).into(),
        table::settled(charge.day).into(),
        table::text(charge.item.id()).into(),
        Cell::Text(words.item(charge.item.id()).into()).into(),
        table::text(words.unit(charge.item.unit().name())).into(),
        table::quantity(charge.metered).into(),
        table::quantity(charge.billable).into(),
        table::quantity(charge.covered).into(),
        follows(charged, table::quantity(charge.charged)),
        table::price(charge.price).into(),
        follows(amount, table::money(charge.amount)),
        table::text(&charge.card).into(),
    ];
    if report.comparison.is_some() {
        let formula = sure(charge).then(|| "ROUND(M{row}-K{row},8)".to_owned());
        row.extend(match billed {
            Some(billed) => [table::money(billed).into(), follows(formula, table::money(billed - charge.amount))],
            None => [Cell::Empty.into(), Cell::Empty.into()],
        });
    }
    if ranged {
        row.extend(match charge.least {
            Some(least) => [table::money(least.amount).into(), table::money(charge.amount).into()],
            None => [Cell::Empty.into(), Cell::Empty.into()],
        });
    }
    row
}

/// Returns the sum; below it what the bill has beside these lines, and the bill whole.
fn sums<'a>(report: &'a Report, extent: &Extent, on_lines: Money) -> Vec<Vec<Entry<'a>>> {
    let says = &super::Texts::of(report.lang).says;
    let live = live(report);
    let over = |column| extent.over("SUM", column).filter(|_| live).map(|sum| format!("ROUND({sum},8)"));
    let label = |text: &'a str| {
        let mut row: Vec<Entry<'a>> = vec![table::text(text).into()];
        row.resize(10, Cell::Empty.into());
        row
    };
    let mut total = label(&says.total);
    total.extend([follows(over(AMOUNT), table::money(report.expected_total)), Cell::Empty.into()]);
    let Some(comparison) = &report.comparison else { return vec![total] };
    let beside = comparison.billed_total - on_lines;
    let below = |text: &'a str, entry: Entry<'a>| {
        let mut row = label(text);
        row.extend([Cell::Empty.into(), Cell::Empty.into(), entry]);
        row
    };
    total.push(follows(over(BILLED), table::money(on_lines)));
    let whole = format!("ROUND({}+{},8)", extent.total(BILLED), extent.below_total(BILLED, 1));
    vec![
        total,
        below(&says.elsewhere, table::money(beside).into()),
        below(&says.bill, follows(live.then_some(whole), table::money(comparison.billed_total))),
    ]
}

/// Returns true if a line's formula for the amount comes to the engine's figure in doubles.
///
/// Three roundings to 53 bits (each factor, the product) and one of the
/// product x 10^8 leave a relative error of about 5e-16. The product has to be
/// farther than four times that from a half of the eighth decimal; where it
/// stands on a half exactly, it has to be short enough for the correction that
/// spreadsheets make in their 15th digit.
pub(super) fn carries(charge: &Charge) -> bool {
    sure(charge) && carries_product(charge.charged, charge.price)
}

fn carries_product(charged: Quantity, price: UnitPrice) -> bool {
    let (charged, price) = (charged.decimal().abs().normalize(), price.decimal().abs().normalize());
    let product = charged.mantissa() * price.mantissa();
    let scale = charged.scale() + price.scale();
    let Some(excess) = scale.checked_sub(8) else { return product < 10_i128.pow(15) };
    let unit = 10_i128.pow(excess);
    // From the next half of the eighth decimal; both in units of the product's last decimal, doubled.
    let distance = (2 * (product % unit) - unit).abs();
    if distance == 0 {
        return product < 10_i128.pow(13);
    }
    2 * product < (distance).saturating_mul(500_000_000_000_000)
}

/// Returns true if the cells of a line are numbers, all of them.
fn sure(charge: &Charge) -> bool {
    let figures = [charge.billable, charge.covered, charge.charged].map(Quantity::decimal);
    let money = [charge.price.decimal(), charge.amount.decimal()];
    figures.into_iter().chain(money).all(fits_a_number)
}

/// Returns true if formulas can add up the lines.
pub(super) fn live(report: &Report) -> bool {
    report.charges.iter().all(sure)
}

/// Returns the lines' sum of a column over those whose other column is what a cell
/// says: a formula, where whoever opens the workbook can bear it.
pub(super) fn sum_where(book: &Book<'_>, keys: usize, by: &str, is: &str, column: &str) -> Option<String> {
    let extent = &book.extents.lines;
    if !live(book.report) || extent.count().saturating_mul(keys) > MOST_COMPARED {
        return None;
    }
    let (by, of) = (extent.range(by)?, extent.range(column)?);
    Some(format!("ROUND(SUMPRODUCT(({by}={is})*{of}),8)"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::number::parse_decimal;

    fn carried(charged: &str, price: &str) -> bool {
        let dec = |text| parse_decimal(text).unwrap();
        carries_product(Quantity::from_decimal(dec(charged)).unwrap(), UnitPrice::new(dec(price)))
    }

    #[test]
    fn whole_minutes_carry_and_what_is_too_near_a_half_does_not() {
        assert!(carried("50", "0.00399") && carried("0", "0.00399") && carried("3000000", "0.01499"));
        // 0.5 x 0.00000001 is a half of the eighth decimal, and short.
        assert!(carried("0.5", "0.00000001"));
        // 9999999.5 x 0.12345679 ends in …395, a half of the eighth decimal, with 15 digits.
        assert!(!carried("9999999.5", "0.12345679"));
        // 86,400 x 1,000,000,000 is beyond 15 digits with its eight decimals.
        assert!(!carried("100000000", "18.99000001"));
    }
}
