//! Expected against billed for each application.

use rust_xlsxwriter::XlsxError;

use super::Book;
use super::cell::{Entry, follows};
use super::charges::{AMOUNT, APPLICATION, sum_where};
use super::grid::Grid;
use crate::model::Money;
use crate::report::Report;
use crate::report::table::{self, Cell};

/// Returns the column of the expected amount, which the checks speak of: names, if any, stand before it.
pub(super) fn expected(report: &Report) -> &'static str {
    if report.names.apps.is_empty() { "C" } else { "E" }
}

/// Returns the column of the billed amount.
pub(super) fn billed(report: &Report) -> &'static str {
    if report.names.apps.is_empty() { "D" } else { "F" }
}

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let (columns, says) = (&texts.columns, &texts.says);
    let compared = report.comparison.is_some();
    let sums = book.sums.applications.clone();
    let extent = book.extents.applications.clone();
    let live = |is: &str| sum_where(book, sums.len(), APPLICATION, is, AMOUNT);
    let (of_app, of_account) = (live("A{row}"), live("\"\""));
    let named = !report.names.apps.is_empty();
    let mut titles = vec![report.words().column("sdk_app_id").to_owned()];
    if named {
        titles.extend(["name", "department"].map(|name| report.words().column(name).to_owned()));
    }
    titles.extend([columns.lines.clone(), columns.expected.clone()]);
    if compared {
        titles.extend([columns.billed.clone(), columns.difference.clone()]);
    }
    let (expected, billed) = (expected(report), billed(report));
    let difference = format!("ROUND({billed}{{row}}-{expected}{{row}},8)");
    let mut grid = Grid::new(&mut book.paper, extent.clone(), titles)?;
    for (app, sum) in &sums {
        let id = if app.is_some() { table::app(*app) } else { table::text(&says.account_wide) };
        let formula = if app.is_some() { of_app.clone() } else { of_account.clone() };
        let mut row = vec![id.into()];
        if named {
            row.extend([table::text(report.app_name(*app)).into(), table::text(report.department(*app)).into()]);
        }
        row.extend([table::count(sum.lines.into()).into(), follows(formula, table::money(sum.expected))]);
        if compared {
            row.extend(against(sum.billed, sum.expected, &difference));
        }
        grid.row(&row)?;
    }
    let total =
        |column: &str, figure: Cell<'static>| follows(extent.over("SUM", column).as_deref().map(rounded), figure);
    let mut foot = vec![table::text(&says.total).into()];
    if named {
        foot.extend([Cell::Empty.into(), Cell::Empty.into()]);
    }
    let lines = if named { "D" } else { "B" };
    foot.push(total(lines, table::count(report.charges.len().into())));
    foot.push(total(expected, table::money(report.expected_total)));
    if let Some(comparison) = &report.comparison {
        foot.push(total(billed, table::money(comparison.billed_total)));
        foot.push(follows(Some(difference), table::money(comparison.difference)));
    }
    grid.finish(&[foot], &[], |_, _| Ok(()))
}

/// What the bill has, and by how much it is more.
pub(super) fn against(billed: Money, expected: Money, formula: &str) -> [Entry<'static>; 2] {
    [table::money(billed).into(), follows(Some(formula.to_owned()), table::money(billed - expected))]
}

/// A sum as a spreadsheet may say it: without the noise of binary fractions.
pub(super) fn rounded(sum: &str) -> String {
    format!("ROUND({sum},8)")
}
