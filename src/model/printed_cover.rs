//! The usage that the vendor printed as covered by packages, row by row. A stretch of rows that print the same needs no
//! more memory than one row.

use std::ops::Range;

use rust_decimal::Decimal;

/// The usage that the vendor printed as covered by packages (抵扣用量) in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Covered {
    /// It printed nothing.
    #[default]
    Unprinted,
    /// None of the usage.
    Nothing,
    /// All of the usage.
    All,
    /// So much, in the item's finest unit.
    Part(Decimal),
}

/// The cover of the rows of a run, in their order.
#[derive(Debug, Clone, Default)]
pub struct CoverSeries {
    stretches: Vec<Stretch>,
    rows: usize,
}

/// Rows that print the same, up to the next stretch.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: usize,
    covered: Covered,
}

impl Covered {
    /// Returns what a row of so much usage has covered.
    #[must_use]
    pub fn of(deducted: Decimal, quantity: i64) -> Self {
        if deducted.is_zero() {
            Self::Nothing
        } else if deducted == Decimal::from(quantity) {
            Self::All
        } else {
            Self::Part(deducted)
        }
    }

    /// Returns the same of a whole figure.
    #[must_use]
    pub fn of_whole(deducted: i64, quantity: i64) -> Self {
        match deducted {
            0 => Self::Nothing,
            _ if deducted == quantity => Self::All,
            _ => Self::Part(Decimal::from(deducted)),
        }
    }

    /// Returns the printed figure of a row of so much usage, in the item's finest unit.
    #[must_use]
    pub fn figure(self, quantity: i64) -> Option<Decimal> {
        match self {
            Self::Unprinted => None,
            Self::Nothing => Some(Decimal::ZERO),
            Self::All => Some(Decimal::from(quantity)),
            Self::Part(deducted) => Some(deducted),
        }
    }
}

impl CoverSeries {
    /// Adds a row.
    pub fn push(&mut self, covered: Covered) {
        if self.stretches.last().is_none_or(|last| last.covered != covered) {
            self.stretches.push(Stretch { from: self.rows, covered });
        }
        self.rows += 1;
    }

    /// Returns the stretches of some rows.
    pub fn within(&self, rows: Range<usize>) -> impl Iterator<Item = (Range<usize>, Covered)> {
        let first = self.stretches.partition_point(|stretch| stretch.from <= rows.start).saturating_sub(1);
        let ends = self.stretches.iter().skip(first + 1).map(|next| next.from).chain([self.rows]);
        let stretches = self.stretches.iter().skip(first).zip(ends);
        stretches
            .map(move |(stretch, end)| (stretch.from.max(rows.start)..end.min(rows.end), stretch.covered))
            .take_while(|(part, _)| part.start < part.end)
    }

    /// Returns what some rows print, row by row.
    pub fn rows(&self, rows: Range<usize>) -> impl Iterator<Item = Covered> {
        self.within(rows).flat_map(|(part, covered)| part.map(move |_| covered))
    }
}

impl FromIterator<Covered> for CoverSeries {
    fn from_iter<I: IntoIterator<Item = Covered>>(rows: I) -> Self {
        let mut series = Self::default();
        rows.into_iter().for_each(|covered| series.push(covered));
        series
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_give_the_rows_back() {
        let part = Covered::Part(Decimal::from(7));
        let rows = [Covered::All, Covered::All, part, Covered::Nothing, Covered::Nothing, Covered::Unprinted];
        let series: CoverSeries = rows.into_iter().collect();
        for from in 0..=rows.len() {
            for until in from..=rows.len() {
                assert_eq!(series.rows(from..until).collect::<Vec<_>>(), rows[from..until], "{from}..{until}");
            }
        }
        assert_eq!(
            series.within(1..5).collect::<Vec<_>>(),
            [(1..2, Covered::All), (2..3, part), (3..5, Covered::Nothing)]
        );
    }

    #[test]
    fn a_figure_is_none_all_or_a_part() {
        assert_eq!(Covered::of(Decimal::new(600, 0), 600), Covered::All);
        assert_eq!(Covered::of_whole(0, 0), Covered::Nothing);
        assert_eq!(Covered::of_whole(10, 600).figure(600), Some(Decimal::from(10)));
        assert_eq!(Covered::All.figure(600), Some(Decimal::from(600)));
        assert_eq!(Covered::Unprinted.figure(600), None);
    }
}
