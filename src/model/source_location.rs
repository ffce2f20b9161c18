//! Where a figure was read: a table (a CSV file or one sheet of a workbook)
//! and a row of it.

/// A table among those that a case's files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableRef(pub u16);

/// A row of a table, counted from 1 as a spreadsheet or an editor shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The table.
    pub table: TableRef,
    /// The row, from 1.
    pub row: u32,
}
