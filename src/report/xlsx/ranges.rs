//! Where the rows of the tables stand, so that formulas of one sheet can name
//! those of another. Known before anything is written: it follows from how
//! many rows there are.

use super::Report;
use super::drawdown::Ledger;
use super::texts::Texts;
use super::totals::Sums;

/// The rows of one table: on one sheet, or on several that go on. Each sheet
/// has its header in row 1; the sum is in the row behind the last.
#[derive(Debug, Clone)]
pub(super) struct Extent {
    /// The sheets' names and the number of rows on each.
    parts: Vec<(String, usize)>,
}

/// The tables that formulas speak of.
pub(super) struct Extents {
    pub applications: Extent,
    pub items: Extent,
    pub days: Extent,
    pub discrepancies: Extent,
    pub lines: Extent,
    pub drawdown: Extent,
    pub grants: Extent,
    pub inputs: Extent,
    pub bridge: Extent,
    pub checks: Extent,
}

impl Extents {
    /// Of a report whose sheets hold so many rows.
    pub fn new(report: &Report, texts: &Texts, sums: &Sums, ledger: &Ledger, rows: u32) -> Self {
        let sheets = &texts.sheets;
        let of = |name: &str, count: usize| Extent::new(name, count, rows);
        let comparison = report.comparison.as_ref();
        Self {
            applications: of(&sheets.applications, sums.applications.len()),
            items: of(&sheets.items, sums.items.len()),
            days: of(&sheets.days, sums.days.len()),
            discrepancies: of(&sheets.discrepancies, comparison.map_or(0, |found| found.discrepancies.len())),
            lines: of(&sheets.lines, report.charges.len()),
            drawdown: of(&sheets.drawdown, ledger.rows.len()),
            grants: of(&sheets.grants, report.grants.len()),
            inputs: of(&sheets.inputs, report.inputs.len()),
            bridge: of(&sheets.bridge, comparison.map_or(0, |found| found.bridge.len() + 2)),
            checks: of(&sheets.checks, super::checks::count(report)),
        }
    }
}

impl Extent {
    /// So many rows under a header, on sheets of so many rows; the last row
    /// of each is kept for the sum.
    pub fn new(name: &str, count: usize, rows: u32) -> Self {
        let room = usize::try_from(rows.saturating_sub(2)).unwrap_or(usize::MAX).max(1);
        let sheets = count.div_ceil(room).max(1);
        let part = |number: usize| {
            let name = if number == 0 { name.to_owned() } else { format!("{name} {}", number + 1) };
            (name, (count - number * room).min(room))
        };
        Self { parts: (0..sheets).map(part).collect() }
    }

    /// The sheets' names and the number of rows on each.
    pub fn parts(&self) -> &[(String, usize)] {
        &self.parts
    }

    /// Returns how many rows there are.
    pub fn count(&self) -> usize {
        self.parts.iter().map(|(_, rows)| rows).sum()
    }

    /// Returns one column as a range; `None` where it is empty or on several sheets.
    pub fn range(&self, column: &str) -> Option<String> {
        match &self.parts[..] {
            [(name, rows)] if *rows > 0 => Some(span(name, column, *rows)),
            _ => None,
        }
    }

    /// Returns a function over one column of all sheets: `SUM(…)`; `None` where it is empty.
    pub fn over(&self, function: &str, column: &str) -> Option<String> {
        let spans: Vec<_> = self.parts.iter().map(|(name, rows)| span(name, column, *rows)).collect();
        (self.count() > 0).then(|| format!("{function}({})", spans.join(",")))
    }

    /// Returns the cell of a column in the last row.
    pub fn last(&self, column: &str) -> String {
        self.cell(column, 1)
    }

    /// Returns the cell of a column in the row of the sum.
    pub fn total(&self, column: &str) -> String {
        self.cell(column, 2)
    }

    /// Returns the cell of a column so many rows below the sum.
    pub fn below_total(&self, column: &str, rows: usize) -> String {
        self.cell(column, 2 + rows)
    }

    /// The last row is row `rows + 1` of its sheet.
    fn cell(&self, column: &str, behind: usize) -> String {
        let (name, rows) = self.parts.last().unwrap_or_else(|| unreachable!("a table has a sheet"));
        format!("{}!${column}${}", quoted(name), rows + behind)
    }
}

fn span(name: &str, column: &str, rows: usize) -> String {
    format!("{}!${column}$2:${column}${}", quoted(name), rows + 1)
}

/// Returns a sheet's name as formulas and links have it.
pub(super) fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}
