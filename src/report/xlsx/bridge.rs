//! From the expected to the billed total, cause by cause, with a waterfall.

use rust_decimal::Decimal;
use rust_xlsxwriter::XlsxError;

use super::cell::{Entry, follows};
use super::grid::Grid;
use super::{Book, charges, charts};
use crate::compare::bridge::Part;
use crate::model::Money;
use crate::report::table::{self, Cell};
use crate::report::{Comparison, Verdict, summary};

/// The column that the checks speak of.
pub(super) const RUNNING: &str = "D";
/// The first column of what the chart is drawn from.
const DRAWN: u16 = 6;

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>, comparison: &Comparison) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let (columns, own) = (&texts.columns, &texts.charts);
    let extent = book.extents.bridge.clone();
    let total = Some(book.extents.lines.total(charges::AMOUNT));
    let mut titles = [&columns.step, &columns.lines, &columns.difference, &columns.running].map(Clone::clone).to_vec();
    // An empty column parts what is read from what is drawn.
    titles.extend([report.words().column("result").to_owned(), String::new()]);
    titles.extend([&own.base, &own.total, &own.up, &own.up_below, &own.down, &own.down_below].map(Clone::clone));
    let mut grid = Grid::new(&mut book.paper, extent, titles)?;
    grid.unfiltered();
    let mut running = report.expected_total;
    let mut totals = vec![running.decimal()];
    let mut open = vec![false];
    let lines_counted = table::count(report.charges.len().into());
    grid.row(&ends(table::text(&columns.expected), lines_counted, total, running))?;
    for step in &comparison.bridge {
        let before = running;
        running += step.amount;
        totals.push(running.decimal());
        open.push(matches!(step.part, Part::Undecided | Part::Carried));
        let name = Cell::Text(summary::step(report, step).into());
        let mut row = vec![name.into(), table::count(step.count.into()).into(), table::money(step.amount).into()];
        row.push(follows(Some("ROUND(D{above}+C{row},8)".to_owned()), table::money(running)));
        row.extend([table::text(summary::part(report, step.part)).into(), Cell::Empty.into()]);
        row.extend(drawn(before, running));
        grid.row(&row)?;
    }
    let billed = Some("D{above}".to_owned());
    grid.row(&ends(table::text(&columns.billed), Cell::Empty, billed, comparison.billed_total))?;
    let steps = charts::Steps { rows: comparison.bridge.len() + 2, first: DRAWN, running: totals, open };
    grid.finish(&[], &[], |sheet, styles| {
        // Where the verdict is open the causes cannot be known.
        if comparison.verdict != Verdict::Inconclusive {
            charts::bridge(sheet, report, texts, styles, &steps)?;
        }
        // What the chart is drawn from is no news to a reader.
        sheet.group_columns_collapsed(DRAWN, DRAWN + 5)?;
        sheet.set_print_area(0, 0, u32::try_from(steps.rows).unwrap_or(u32::MAX) + 26, 18)?;
        Ok(())
    })
}

/// The first and the last column of the waterfall, which stand on the ground.
fn ends<'a>(name: Cell<'a>, lines: Cell<'a>, formula: Option<String>, total: Money) -> Vec<Entry<'a>> {
    let nothing = || table::money(Money::ZERO).into();
    let mut row = vec![name.into(), lines.into(), Cell::Empty.into(), follows(formula, table::money(total))];
    row.extend([Cell::Empty.into(), Cell::Empty.into(), nothing()]);
    row.push(follows(Some("D{row}".to_owned()), table::money(total)));
    row.extend([nothing(), nothing(), nothing(), nothing()]);
    row
}

/// A step as what is not seen below it, and what is seen of it above and
/// below zero: as formulas and as what they come to.
fn drawn(before: Money, after: Money) -> [Entry<'static>; 6] {
    let (before, after) = (before.decimal(), after.decimal());
    let (low, high) = (before.min(after), before.max(after));
    let zero = Decimal::ZERO;
    let base = if low > zero { low } else { high.min(zero) };
    let above = high.max(zero) - low.max(zero);
    let below = low.min(zero) - high.min(zero);
    let up = after > before;
    let seen = |is: bool, part: Decimal| if is { part } else { zero };
    let figure = |formula: &str, value: Decimal| follows(Some(formula.to_owned()), table::money(Money::new(value)));
    [
        figure("ROUND(IF(MIN(D{above},D{row})>0,MIN(D{above},D{row}),MIN(0,MAX(D{above},D{row}))),8)", base),
        table::money(Money::ZERO).into(),
        figure("ROUND(IF(D{row}>D{above},MAX(0,D{row})-MAX(0,D{above}),0),8)", seen(up, above)),
        figure("ROUND(IF(D{row}>D{above},MIN(0,D{above})-MIN(0,D{row}),0),8)", seen(up, below)),
        figure("ROUND(IF(D{row}<D{above},MAX(0,D{above})-MAX(0,D{row}),0),8)", seen(!up, above)),
        figure("ROUND(IF(D{row}<D{above},MIN(0,D{row})-MIN(0,D{above}),0),8)", seen(!up, below)),
    ]
}
