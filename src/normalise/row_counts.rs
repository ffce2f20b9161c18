//! Counts of a table's rows by what became of them. Every data row is counted once.

use super::coverage::Covers;
use crate::model::TableRef;
use crate::read::Table;

/// The reason for which a row of totals is left out.
pub(super) const TOTALS: &str = "a row of totals";
/// A row that is none: `备注：…` below the table.
pub(super) const NOTE: &str = "a line of text below the table";
/// A row that repeats the header.
pub(super) const HEADER: &str = "the header once more";

/// The layout that a table was read as, and the counts of its rows: `rows = used + excluded + duplicate + rejected`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCounts {
    /// The table.
    pub table: TableRef,
    /// The layout that it was read as, for people; empty where it was not read.
    pub layout: String,
    /// Data rows.
    pub rows: u64,
    /// Rows that made a figure.
    pub used: u64,
    /// Rows left out for a reason that is said.
    pub excluded: u64,
    /// Rows that repeat another.
    pub duplicate: u64,
    /// Rows that could not be read or contradict another.
    pub rejected: u64,
    /// Why rows were left out, and how many.
    pub reasons: Vec<(String, u64)>,
    /// The days and slots that its rows touch.
    pub covers: Option<Covers>,
}

impl TableCounts {
    /// Leaves one more row out.
    pub fn exclude(&mut self, reason: String) {
        self.excluded += 1;
        match self.reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, rows)) => *rows += 1,
            None => self.reasons.push((reason, 1)),
        }
    }

    /// Returns a table of which no row was read.
    #[must_use]
    pub fn unread(table: &Table) -> Self {
        Self {
            table: table.id,
            layout: String::new(),
            rows: 0,
            used: 0,
            excluded: 0,
            duplicate: 0,
            rejected: 0,
            reasons: Vec::new(),
            covers: None,
        }
    }
}
