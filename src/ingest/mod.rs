//! 1 READ: a file becomes tables of text cells with row numbers.
//!
//! Owns containers and encodings: CSV, xlsx, xls, JSON, zip; the guard before
//! a workbook is opened; strict decoding. Knows nothing of billing: which
//! table is which, and what a text means, is for [`crate::normalise`].

use crate::diagnostic::{At, Diagnostic, Diagnostics};
use crate::domain::TableRef;

/// A cell as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell<'a> {
    /// Its text; of a spreadsheet's number the exact decimal of its 15
    /// significant digits, of a date cell `YYYY-MM-DD HH:MM:SS`.
    pub text: &'a str,
    /// Whether it was a number in a spreadsheet (not a text that looks like
    /// one): only then may it be a serial date.
    pub numeric: bool,
}

/// A row under a table's header, projected to the columns that were asked for.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its number, from 1, as a spreadsheet or an editor shows it.
    pub number: u32,
    /// The cells of the columns that were asked for, in that order; a cell that the row lacks is empty.
    pub cells: &'a [Cell<'a>],
}

/// A row above or at a table's header, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadRow {
    /// Its number, from 1.
    pub number: u32,
    /// All its cells.
    pub cells: Vec<String>,
}

/// One table: a CSV file, one sheet of a workbook, one list of a JSON response.
#[derive(Debug)]
pub struct Table {
    /// How places refer to it.
    pub id: TableRef,
    /// The file, relative to the case (`usage/pack.zip/a.csv` for a member of a zip).
    pub file: String,
    /// The sheet's name, in a workbook.
    pub sheet: Option<String>,
    /// Whether the sheet is hidden.
    pub hidden: bool,
    /// Whether its serial dates count from 1904.
    pub date1904: bool,
    /// The first rows that are not blank, enough to find the header.
    pub head: Vec<HeadRow>,
}

impl Table {
    /// The table itself as a place.
    #[must_use]
    pub fn at(&self) -> At {
        At::file(&self.file).sheet(self.sheet.as_deref())
    }
}
