//! The sheet of the deductions, in order. A long ledger is summed by day and grant, so that the workbook opens at once;
//! drawdown.csv has it whole.

use std::collections::HashMap;

use rust_xlsxwriter::XlsxError;

use super::Book;
use super::applications::rounded;
use super::cell::{Entry, fits_a_number, follows};
use super::grid::Grid;
use crate::i18n::fill;
use crate::model::{Day, PackMinutes, Quantity};
use crate::rate::drawdown::Deduction;
use crate::report::table::{self, Cell};
use crate::report::{Report, summary};

/// The most deductions that the workbook shows one by one.
const MOST: usize = 20_000;

/// The rows of the sheet.
pub(super) struct Ledger {
    pub rows: Vec<LedgerRow>,
    /// True if a row stands for a day's deductions from a grant.
    pub summed: bool,
}

/// Deductions from one grant that follow one another in the ledger of the
/// grant: `before - taken = after`.
#[derive(Debug, Clone)]
pub(super) struct LedgerRow {
    /// The first of them.
    first: Deduction,
    count: usize,
    minutes: Quantity,
    taken: PackMinutes,
    after: PackMinutes,
}

impl LedgerRow {
    fn of(deduction: &Deduction) -> Self {
        Self {
            first: deduction.clone(),
            count: 1,
            minutes: deduction.minutes,
            taken: deduction.taken,
            after: deduction.after,
        }
    }

    fn day(&self) -> Day {
        self.first.time.day()
    }

    fn add(&mut self, deduction: &Deduction) {
        self.count += 1;
        self.minutes += deduction.minutes;
        self.taken += deduction.taken;
        self.after = deduction.after;
    }
}

impl Ledger {
    pub fn of(report: &Report) -> Self {
        Self::with(report, MOST)
    }

    fn with(report: &Report, most: usize) -> Self {
        let ledger = &report.drawdown;
        if ledger.len() <= most {
            return Self { rows: ledger.iter().map(LedgerRow::of).collect(), summed: false };
        }
        let mut rows: Vec<LedgerRow> = Vec::new();
        // The row that each grant's ledger has come to.
        let mut last: HashMap<usize, usize> = HashMap::new();
        for deduction in ledger {
            let open = last.get(&deduction.grant).copied().filter(|at| rows[*at].day() == deduction.time.day());
            if let Some(at) = open {
                rows[at].add(deduction);
            } else {
                last.insert(deduction.grant, rows.len());
                rows.push(LedgerRow::of(deduction));
            }
        }
        Self { rows, summed: true }
    }

    /// Returns the columns that the checks speak of: deductions (where they are
    /// counted), package minutes taken.
    pub fn columns(&self) -> (Option<&'static str>, &'static str) {
        if self.summed { (Some("C"), "F") } else { (None, "H") }
    }

    /// Returns true if formulas can add up what was taken.
    pub fn live(&self) -> bool {
        self.rows.iter().all(|row| fits_a_number(row.taken.decimal()))
    }
}

/// Writes the sheet.
pub(super) fn write(book: &mut Book<'_>) -> Result<(), XlsxError> {
    let (report, texts) = (book.report, book.texts);
    let words = report.words();
    let extent = book.extents.drawdown.clone();
    let (live, summed, (_, taken)) = (book.ledger.live(), book.ledger.summed, book.ledger.columns());
    let rows = std::mem::take(&mut book.ledger.rows);
    let names: &[&str] = if summed {
        &["day", "grant", "", "minutes", "before", "taken", "after"]
    } else {
        &["time", "sdk_app_id", "item", "grant", "minutes", "ratio", "before", "taken", "after"]
    };
    let title = |name: &&str| if name.is_empty() { &texts.columns.deductions } else { words.column(name) }.to_owned();
    let mut grid = Grid::new(&mut book.paper, extent.clone(), names.iter().map(title).collect())?;
    for row in &rows {
        if summed { grid.row(&of_day(report, row))? } else { grid.row(&single(report, row))? }
    }
    let all: PackMinutes = rows.iter().map(|row| row.taken).sum();
    let mut total: Vec<Entry<'_>> = vec![table::text(&texts.says.total).into()];
    total.resize(names.len() - 2, Cell::Empty.into());
    if summed {
        total[2] = follows(extent.over("SUM", "C"), table::count(report.drawdown.len().into()));
    }
    total
        .push(follows(extent.over("SUM", taken).filter(|_| live).as_deref().map(rounded), table::count(all.decimal())));
    let count = summary::figure(report.drawdown.len().into());
    let remark = fill(&texts.says.ledger_summed, &[("count", &count)]);
    grid.finish(&[total], &if summed { vec![remark] } else { Vec::new() }, |_, _| Ok(()))
}

fn single<'a>(report: &'a Report, row: &LedgerRow) -> Vec<Entry<'a>> {
    let first = &row.first;
    vec![
        Cell::Time(first.time).into(),
        table::app(Some(first.app)).into(),
        table::text(first.item.id()).into(),
        table::text(&report.grants[first.grant].id).into(),
        table::quantity(row.minutes).into(),
        table::count(first.ratio.decimal()).into(),
        table::count(first.before.decimal()).into(),
        table::count(row.taken.decimal()).into(),
        after(row, "ROUND(G{row}-H{row},8)"),
    ]
}

fn of_day<'a>(report: &'a Report, row: &LedgerRow) -> Vec<Entry<'a>> {
    vec![
        Cell::Day(row.day()).into(),
        table::text(&report.grants[row.first.grant].id).into(),
        table::count(row.count.into()).into(),
        table::quantity(row.minutes).into(),
        table::count(row.first.before.decimal()).into(),
        table::count(row.taken.decimal()).into(),
        after(row, "ROUND(E{row}-F{row},8)"),
    ]
}

/// Returns what is left: a formula where eight decimals and a spreadsheet's digits hold it.
fn after(row: &LedgerRow, formula: &str) -> Entry<'static> {
    let after = row.after.decimal();
    let figures = [row.first.before.decimal(), row.taken.decimal(), after];
    let holds = figures.into_iter().all(|figure| fits_a_number(figure) && figure.normalize().scale() <= 8);
    follows(holds.then(|| formula.to_owned()), table::count(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Stamp;
    use crate::report::tests::report;

    /// Two grants take turns over two days; each grant's rows chain.
    #[test]
    fn a_long_ledger_is_summed_by_day_and_grant_without_a_gap() {
        let mut report = report();
        let one = report.drawdown[0].clone();
        let whole = PackMinutes::whole;
        let deduct = |time: &str, grant: usize, before: i64, taken: i64| Deduction {
            time: Stamp::parse(time).unwrap(),
            grant,
            before: whole(before),
            taken: whole(taken),
            after: whole(before - taken),
            ..one.clone()
        };
        report.drawdown = vec![
            deduct("2024-10-01T10:00:00", 0, 40, 10),
            deduct("2024-10-01T10:00:00", 1, 100, 5),
            deduct("2024-10-01T11:00:00", 0, 30, 10),
            deduct("2024-10-02T10:00:00", 0, 20, 20),
        ];
        assert!(!Ledger::with(&report, 4).summed);
        let ledger = Ledger::with(&report, 3);
        let rows: Vec<_> = ledger
            .rows
            .iter()
            .map(|row| (row.first.grant, row.count, row.first.before, row.taken, row.after))
            .collect();
        let expected = [
            (0, 2, whole(40), whole(20), whole(20)),
            (1, 1, whole(100), whole(5), whole(95)),
            (0, 1, whole(20), whole(20), whole(0)),
        ];
        assert_eq!(rows, expected);
        assert!(ledger.summed);
    }
}
