//! Tables written out in tests.

use super::memory_table::Memory;
use super::row_assembler::Value;
use super::table::{Body, Table};
use crate::model::TableRef;

impl Table {
    /// Returns a table of text cells, its rows numbered from 1.
    pub(crate) fn of_rows(id: u16, file: &str, sheet: Option<&str>, rows: &[&[&str]]) -> Self {
        Self::of_cells(id, file, sheet, rows, &[])
    }

    /// Returns the same, with the cells of some columns numbers of a spreadsheet.
    pub(crate) fn of_cells(id: u16, file: &str, sheet: Option<&str>, rows: &[&[&str]], numeric: &[u32]) -> Self {
        let mut memory = Memory::default();
        for (number, cells) in (1..).zip(rows) {
            for (column, text) in (0..).zip(*cells) {
                let is_number = number > 1 && numeric.contains(&column);
                let value = if is_number { Value::Number(text) } else { Value::Text(text) };
                assert!(memory.push(number, column, value), "cells in order");
            }
        }
        let head = memory.head();
        let (file, sheet) = (file.to_owned(), sheet.map(str::to_owned));
        Self { id: TableRef(id), file, sheet, hidden: false, date1904: false, head, body: Body::Memory(memory) }
    }
}
