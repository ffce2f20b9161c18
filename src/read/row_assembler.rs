//! Cells that arrive one by one, in order, become rows of a fold: for
//! workbooks and for tables in memory.

use super::row_buffer::Batch;
use super::table::{Used, Wanted};
use super::{HEAD_ROWS, HeadRow};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use std::collections::BTreeMap;

/// So many findings are told of one table.
const MOST_FINDINGS: usize = 20;

/// A cell that holds something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A text, a date, a truth value.
    Text(&'a str),
    /// A number.
    Number(&'a str),
    /// A value that cannot be taken where it is used, with its text.
    Unusable(Unusable, &'a str),
}

impl Value<'_> {
    /// Returns the result of a formula in a workbook that was never calculated: 0 is none.
    pub(super) fn calculated(self) -> Self {
        if self == Value::Number("0") { Value::Unusable(Unusable::NoResult, "") } else { self }
    }
}

/// Why a cell cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// #REF! and its like.
    Error,
    /// A formula of which the workbook holds no result.
    NoResult,
    /// A whole number of more digits than Excel keeps.
    LongNumber,
    /// No number at all.
    BadNumber,
    /// A date that no calendar has.
    BadDate,
}

/// Merged cells: first row, first column, last row, last column; rows from 1, columns from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Merge(pub(super) u32, pub(super) u32, pub(super) u32, pub(super) u32);

/// Gathers cells into rows and hands these on.
pub(super) struct Gather<'a, H> {
    used: &'a Used<'a>,
    wanted: Wanted,
    /// The row that is being gathered.
    row: Option<u32>,
    last_row: u32,
    slots: Vec<(String, bool)>,
    blank: bool,
    sound: bool,
    batch: Batch,
    findings: Diagnostics,
    found: usize,
    /// Cells that cannot be taken, by why and column: the first, and how many.
    unusable: BTreeMap<(&'static str, u32), (Diagnostic, u64)>,
    hand_on: H,
}

impl<'a, H: FnMut(&mut Batch)> Gather<'a, H> {
    /// `hand_on` empties the batches that it is given.
    pub(super) fn new(used: &'a Used<'a>, hand_on: H) -> Self {
        Self {
            used,
            wanted: Wanted::new(used.columns),
            row: None,
            last_row: 0,
            slots: vec![(String::new(), false); used.columns.len()],
            blank: true,
            sound: true,
            batch: Batch::default(),
            findings: Diagnostics::default(),
            found: 0,
            unusable: BTreeMap::new(),
            hand_on,
        }
    }

    /// Returns true if a cell is asked for; of others it matters only whether they are blank.
    pub(super) fn wants(&self, row: u32, column: u32) -> bool {
        row > self.used.header_row && !self.wanted.places(column as usize).is_empty()
    }

    /// Takes a cell; false when enough is wrong.
    pub(super) fn cell(&mut self, row: u32, column: u32, value: Value<'_>) -> bool {
        if row <= self.used.header_row {
            return true;
        }
        self.turn_to(Some(row));
        let (text, numeric) = match value {
            Value::Text(text) => (text, false),
            Value::Number(text) => (text, true),
            Value::Unusable(why, text) => {
                self.blank = false;
                if self.wants(row, column) {
                    self.sound = false;
                    let at = || self.used.at.clone().row(row).column(column as usize);
                    let first = || (why.explain(at(), text), 0);
                    self.unusable.entry((why.code(), column)).or_insert_with(first).1 += 1;
                }
                return true;
            }
        };
        self.blank = self.blank && text.trim().is_empty();
        for place in self.wanted.places(column as usize) {
            let slot = &mut self.slots[*place];
            slot.0.push_str(text);
            slot.1 = numeric;
        }
        true
    }

    /// Takes note of a finding that ends the table.
    pub(super) fn find(&mut self, finding: Diagnostic) {
        self.found += 1;
        self.findings.push(finding);
    }

    /// Ends the row that is being gathered, if another begins.
    fn turn_to(&mut self, row: Option<u32>) {
        if self.row == row {
            return;
        }
        if let Some(number) = self.row.filter(|_| !self.blank) {
            self.last_row = number;
            if self.sound {
                for (text, numeric) in &self.slots {
                    self.batch.write(*numeric, |out| out.push_str(text));
                }
                self.batch.end_row(number);
            }
        }
        if self.batch.is_full() || row.is_none() {
            (self.hand_on)(&mut self.batch);
        }
        for slot in &mut self.slots {
            slot.0.clear();
            slot.1 = false;
        }
        (self.row, self.blank, self.sound) = (row, true, true);
    }

    /// Ends the table.
    pub(super) fn finish(mut self, merges: &[Merge]) -> Result<(), Diagnostics> {
        self.turn_to(None);
        for merge in merges {
            self.refuse_merge(*merge);
        }
        let unusable: Vec<_> = std::mem::take(&mut self.unusable).into_values().collect();
        // Single cells of one row are told once.
        for row in unusable.chunk_by(|(a, of_a), (b, of_b)| (a.code, a.at.row, of_a) == (b.code, b.at.row, of_b)) {
            let alone = row.iter().all(|(_, count)| *count == 1);
            let told = if alone { &row[..1] } else { row };
            for (first, count) in told {
                let mut first = first.clone();
                let (cells, line) = if alone { (row.len() as u64, "row") } else { (*count, "column") };
                if cells > 1 {
                    first.message = format!("{} ({cells} such cells in this {line})", first.message);
                }
                self.findings.push(first);
            }
        }
        if self.findings.is_empty() { Ok(()) } else { Err(self.findings) }
    }

    /// A merge among the data hides which row a value belongs to.
    fn refuse_merge(&mut self, Merge(first_row, first_column, last_row, last_column): Merge) {
        let columns = first_column as usize..=last_column as usize;
        let data = last_row > self.used.header_row && first_row <= self.last_row;
        if data && self.found < MOST_FINDINGS && self.used.columns.iter().any(|column| columns.contains(column)) {
            let end = At::default().row(last_row).column(last_column as usize).to_string();
            let message = format!("cells down to {} are merged: only the first of them holds a value", &end[1..]);
            let at = self.used.at.clone().row(first_row).column(first_column as usize);
            self.find(Diagnostic::error("excel-merged", at, message, "unmerge the cells and fill in each of them"));
        }
    }
}

impl Unusable {
    const fn code(self) -> &'static str {
        match self {
            Self::Error => "excel-error-cell",
            Self::NoResult => "excel-formula-no-value",
            Self::LongNumber => "excel-long-number",
            Self::BadNumber => "excel-bad-number",
            Self::BadDate => "excel-bad-date",
        }
    }

    fn explain(self, at: At, text: &str) -> Diagnostic {
        let text = shown(text);
        let (message, help) = match self {
            Self::Error => (
                format!("the cell holds the error {text}, where a value is expected"),
                "repair the formula, or export the file again without formulas",
            ),
            Self::NoResult => (
                "the cell holds a formula of which the file holds no result".to_owned(),
                "open the workbook in Excel and save it, or export it again without formulas",
            ),
            Self::LongNumber => (
                format!("{text}: a whole number of more than 15 digits; Excel keeps 15 digits, the others are lost"),
                "export the column as text",
            ),
            Self::BadNumber => (format!("{text} is no number"), "export the file again"),
            Self::BadDate => (
                format!("the serial number {text} stands in a date cell and is no date"),
                "correct the date, or the format of the cell",
            ),
        };
        Diagnostic::error(self.code(), at, message, help)
    }
}

/// Gathers the first rows that are not blank.
#[derive(Debug, Default)]
pub(super) struct Head {
    rows: Vec<HeadRow>,
}

impl Head {
    /// Takes a cell; false when there are rows enough.
    pub(super) fn cell(&mut self, row: u32, column: u32, value: Value<'_>) -> bool {
        let (Value::Text(text) | Value::Number(text) | Value::Unusable(_, text)) = value;
        if self.rows.last().is_none_or(|last| last.number != row) {
            self.drop_blank();
            if self.rows.len() == HEAD_ROWS {
                return false;
            }
            self.rows.push(HeadRow { number: row, cells: Vec::new() });
        }
        if let Some(last) = self.rows.last_mut() {
            last.cells.resize(column as usize, String::new());
            last.cells.push(text.to_owned());
        }
        true
    }

    fn drop_blank(&mut self) {
        self.rows.pop_if(|row| row.cells.iter().all(|cell| cell.trim().is_empty()));
    }

    /// Returns the rows.
    pub(super) fn finish(mut self) -> Vec<HeadRow> {
        self.drop_blank();
        self.rows
    }
}
