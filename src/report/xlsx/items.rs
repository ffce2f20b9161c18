//! Expected against billed for each item, and what a unit cost on average.

use rust_decimal::Decimal;
use rust_xlsxwriter::XlsxError;

use super::Book;
use super::applications::{against, rounded};
use super::cell::{Entry, follows};
use super::charges::{AMOUNT, BILLABLE, CHARGED, COVERED, ITEM, sum_where};
use super::grid::Grid;
use super::texts::Columns;
use super::totals::Sum;
use crate::model::{Item, Rounding, UnitPrice};
use crate::report::Words;
use crate::report::table::{self, Cell};

/// The columns that the checks speak of.
pub(super) const EXPECTED: &str = "H";
pub(super) const BILLED: &str = "J";

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let compared = report.comparison.is_some();
    let sums = book.sums.items.clone();
    let extent = book.extents.items.clone();
    let live = [BILLABLE, COVERED, CHARGED, AMOUNT].map(|column| sum_where(book, sums.len(), ITEM, "A{row}", column));
    let mut grid = Grid::new(&mut book.paper, extent.clone(), titles(report.words(), &texts.columns, compared))?;
    for (item, sum) in &sums {
        let mut row = row(report, *item, sum, &live);
        if item.is_none() {
            row[0] = table::text(&texts.says.no_item).into();
        }
        if compared {
            row.extend(against(sum.billed, sum.expected, "ROUND(J{row}-H{row},8)"));
        }
        grid.row(&row)?;
    }
    let total =
        |column: &str, figure: Cell<'static>| follows(extent.over("SUM", column).as_deref().map(rounded), figure);
    let mut foot: Vec<Entry<'_>> = vec![table::text(&texts.says.total).into(), Cell::Empty.into(), Cell::Empty.into()];
    foot.push(total("D", table::count(report.charges.len().into())));
    foot.extend([Cell::Empty.into(), Cell::Empty.into(), Cell::Empty.into()]);
    foot.extend([total(EXPECTED, table::money(report.expected_total)), Cell::Empty.into()]);
    if let Some(comparison) = &report.comparison {
        foot.push(total(BILLED, table::money(comparison.billed_total)));
        foot.push(follows(Some("ROUND(J{row}-H{row},8)".to_owned()), table::money(comparison.difference)));
    }
    grid.finish(&[foot], &[], |_, _| Ok(()))
}

fn titles(words: &Words, own: &Columns, compared: bool) -> Vec<String> {
    let word = |name: &str| words.column(name).to_owned();
    let mut titles = vec![word("item"), own.item_name.clone(), word("unit"), own.lines.clone()];
    titles.extend([
        word("billable"),
        word("covered"),
        word("charged"),
        own.expected.clone(),
        own.average_price.clone(),
    ]);
    if compared {
        titles.extend([own.billed.clone(), own.difference.clone()]);
    }
    titles
}

/// An item's quantities and money; its average price is of a billable unit,
/// covered ones included.
fn row<'a>(report: &super::Report, item: Option<Item>, sum: &Sum, live: &[Option<String>; 4]) -> Vec<Entry<'a>> {
    let Some(item) = item else {
        let mut row = vec![Cell::Empty.into(); 3];
        row.push(table::count(Decimal::ZERO).into());
        row.extend([Cell::Empty.into(), Cell::Empty.into(), Cell::Empty.into()]);
        row.extend([table::money(sum.expected).into(), Cell::Empty.into()]);
        return row;
    };
    let words = report.words();
    let [billable, covered, charged, amount] = live.clone();
    let average = if sum.billable.is_zero() {
        Cell::Empty.into()
    } else {
        let average = Rounding::HalfUp(8).apply(sum.expected.decimal() / sum.billable.decimal());
        follows(Some("ROUND(H{row}/E{row},8)".to_owned()), table::price(UnitPrice::new(average)))
    };
    vec![
        table::text(item.id()).into(),
        Cell::Text(words.item(item.id()).into()).into(),
        table::text(words.unit(item.unit().name())).into(),
        table::count(sum.lines.into()).into(),
        follows(billable, table::quantity(sum.billable)),
        follows(covered, table::quantity(sum.covered)),
        follows(charged, table::quantity(sum.charged)),
        follows(amount, table::money(sum.expected)),
        average,
    ]
}
