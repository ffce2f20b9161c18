//! Rows on their way to a fold: the cells of many rows side by side, so that
//! no row needs an allocation of its own.

use super::{Cell, Row};

/// So many cells are gathered before they are handed on.
const FULL: usize = 8192;

/// Rows of equal width, not yet handed on. A cell lies either in the block
/// that is being read or, if it had to be rewritten, in the batch itself.
#[derive(Debug, Default)]
pub(super) struct Batch {
    own: String,
    spans: Vec<Span>,
    numbers: Vec<u32>,
}

/// Where the text of a cell lies.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    own: bool,
    numeric: bool,
}

impl Batch {
    /// Adds a cell that lies in the block.
    pub(super) fn borrow(&mut self, start: usize, end: usize) {
        self.spans.push(Span { start, end, own: false, numeric: false });
    }

    /// Adds a cell whose text `write` produces.
    pub(super) fn write(&mut self, numeric: bool, write: impl FnOnce(&mut String)) {
        let start = self.own.len();
        write(&mut self.own);
        self.spans.push(Span { start, end: self.own.len(), own: true, numeric });
    }

    /// Ends a row.
    pub(super) fn end_row(&mut self, number: u32) {
        self.numbers.push(number);
    }

    /// Returns true if it is time to hand the rows on.
    pub(super) fn is_full(&self) -> bool {
        self.spans.len() >= FULL || self.numbers.len() >= FULL
    }

    /// Hands the rows on and starts anew.
    pub(super) fn flush(&mut self, block: &str, width: usize, mut step: impl FnMut(Row<'_>)) {
        let cells: Vec<Cell<'_>> = self.spans.iter().map(|span| span.cell(block, &self.own)).collect();
        for (index, number) in self.numbers.iter().enumerate() {
            step(Row { number: *number, cells: &cells[index * width..(index + 1) * width] });
        }
        self.own.clear();
        self.spans.clear();
        self.numbers.clear();
    }
}

impl Span {
    fn cell<'a>(&self, block: &'a str, own: &'a str) -> Cell<'a> {
        let from = if self.own { own } else { block };
        Cell { text: &from[self.start..self.end], numeric: self.numeric }
    }
}
