//! Expected against billed for each day, as a table and as a chart.

use rust_xlsxwriter::XlsxError;

use super::applications::{against, rounded};
use super::cell::{Entry, follows};
use super::charges::{AMOUNT, DAY, sum_where};
use super::grid::Grid;
use super::totals::When;
use super::{Book, charts};
use crate::report::table::{self, Cell};

/// The columns that the checks speak of.
pub(super) const EXPECTED: &str = "C";
pub(super) const BILLED: &str = "D";

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let (columns, says) = (&texts.columns, &texts.says);
    let compared = report.comparison.is_some();
    let sums = book.sums.days.clone();
    let extent = book.extents.days.clone();
    let live = sum_where(book, sums.len(), DAY, "A{row}", AMOUNT);
    let summed = live.is_some() || report.charges.is_empty();
    let mut titles = vec![report.words().column("day").to_owned(), columns.lines.clone(), columns.expected.clone()];
    if compared {
        titles.extend([columns.billed.clone(), columns.difference.clone()]);
    }
    let mut grid = Grid::new(&mut book.paper, extent.clone(), titles)?;
    for (when, sum) in &sums {
        let when: Entry<'_> = match when {
            When::Day(day) => Cell::Day(*day).into(),
            When::Longer(span) => table::text(span).into(),
        };
        let mut row = vec![when, table::count(sum.lines.into()).into()];
        row.push(follows(live.clone(), table::money(sum.expected)));
        if compared {
            row.extend(against(sum.billed, sum.expected, "ROUND(D{row}-C{row},8)"));
        }
        grid.row(&row)?;
    }
    let total =
        |column: &str, figure: Cell<'static>| follows(extent.over("SUM", column).as_deref().map(rounded), figure);
    let mut foot = vec![table::text(&says.total).into(), total("B", table::count(report.charges.len().into()))];
    foot.push(total(EXPECTED, table::money(report.expected_total)));
    if let Some(comparison) = &report.comparison {
        foot.push(total(BILLED, table::money(comparison.billed_total)));
        foot.push(follows(Some("ROUND(D{row}-C{row},8)".to_owned()), table::money(comparison.difference)));
    }
    let days = sums.keys().filter(|when| matches!(when, When::Day(_))).count();
    let remarks = if summed { Vec::new() } else { vec![says.fixed_sums.clone()] };
    grid.finish(
        &[foot],
        &remarks,
        |sheet, styles| {
            if days > 0 { charts::days(sheet, report, texts, styles, days) } else { Ok(()) }
        },
    )
}
