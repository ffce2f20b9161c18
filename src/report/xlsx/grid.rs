//! One table as a sheet, or as many as its rows need: header, filter, widths
//! that fit, print set-up.

use rust_xlsxwriter::{DataValidation, IgnoreError, Worksheet, XlsxError};
use unicode_width::UnicodeWidthStr as _;

use super::cell::{Entry, WIDEST, fitting, put};
use super::{Extent, Paper, Styles};
use crate::report::table::Cell;

/// The widest title; longer ones wrap.
const TITLE: usize = 22;
/// The rows of a long table that are printed.
const PRINTED: u32 = 150;

/// A table while it is written.
pub(super) struct Grid<'p> {
    paper: &'p mut Paper,
    extent: Extent,
    titles: Vec<String>,
    lists: Vec<(u16, DataValidation)>,
    filtered: bool,
    /// Texts wider than this wrap.
    widest: usize,
    /// Pages side by side in print.
    pages: u16,
    /// Which columns hold figures.
    figures: Vec<bool>,
    part: usize,
    row: u32,
    sheet: Worksheet,
    widths: Vec<usize>,
}

impl<'p> Grid<'p> {
    /// Begins a table with the rows that its extent has.
    pub fn new(paper: &'p mut Paper, extent: Extent, titles: Vec<String>) -> Result<Self, XlsxError> {
        let (sheet, widths) = (Worksheet::new(), Vec::new());
        let figures = vec![false; titles.len()];
        let lists = Vec::new();
        let (filtered, widest, pages, part, row) = (true, WIDEST, 1, 0, 0);
        let mut grid =
            Self { paper, extent, titles, lists, filtered, widest, pages, figures, part, row, sheet, widths };
        grid.begin()?;
        Ok(grid)
    }

    /// The cells of a column take only what a list has.
    pub fn only(&mut self, column: u16, list: DataValidation) {
        self.lists.push((column, list));
    }

    /// The rows have their order and no other: no filter.
    pub const fn unfiltered(&mut self) {
        self.filtered = false;
    }

    /// For a table of many columns: narrower texts, two pages side by side.
    pub const fn broad(&mut self) {
        self.widest = 36;
        self.pages = 2;
    }

    fn begin(&mut self) -> Result<(), XlsxError> {
        self.sheet = Worksheet::new();
        self.sheet.set_name(&self.extent.parts()[self.part].0)?;
        // Room for the arrow of the filter.
        self.widths = self.titles.iter().map(|title| title.width().min(TITLE) + 3).collect();
        self.row = 0;
        Ok(())
    }

    /// Adds a row.
    pub fn row(&mut self, entries: &[Entry<'_>]) -> Result<(), XlsxError> {
        if usize::try_from(self.row).is_ok_and(|row| row >= self.extent.parts()[self.part].1) {
            self.end_part()?;
            self.part += 1;
            self.begin()?;
        }
        self.row += 1;
        self.put(self.row, entries, false)
    }

    fn put(&mut self, row: u32, entries: &[Entry<'_>], sums: bool) -> Result<(), XlsxError> {
        let styles = &self.paper.styles;
        let kit = if sums { &styles.sums } else { &styles.body };
        let (mut lines, mut tall) = (1, false);
        for (column, entry) in (0..).zip(entries) {
            let width = put(&mut self.sheet, row, column, entry, kit, styles, self.widest)?;
            let figure = matches!(entry, Entry::Follows(..) | Entry::Is(Cell::Figure(..)));
            // The label of a sum runs on over its empty neighbours.
            if sums && !figure {
                continue;
            }
            lines = lines.max(width.div_ceil(self.widest - 2));
            tall |= matches!(entry, Entry::Is(Cell::Text(text)) if is_tall(text));
            let column = usize::from(column);
            self.widths[column] = width.min(self.widest).max(self.widths[column]);
            self.figures[column] |= figure;
        }
        if lines > 1 {
            self.sheet.set_row_height(row, height(lines, tall))?;
        }
        Ok(())
    }

    /// Returns the titles; over figures they stand where the figures do.
    fn head(&mut self) -> Result<(), XlsxError> {
        let styles = &self.paper.styles;
        let mut lines = 1;
        for (column, (title, figure)) in (0..).zip(self.titles.iter().zip(&self.figures)) {
            if title.is_empty() {
                continue;
            }
            let style = if *figure { &styles.figure_header } else { &styles.header };
            self.sheet.write_string_with_format(0, column, title, style)?;
            lines = lines.max(title.width().div_ceil(TITLE));
        }
        self.sheet.set_row_height(0, height(lines, self.titles.iter().any(|title| is_tall(title))) + 3)?;
        Ok(())
    }

    /// Titles, filter, widths, print set-up of the sheet that is full or the last.
    fn end_part(&mut self) -> Result<(), XlsxError> {
        self.head()?;
        let last_column = u16::try_from(self.titles.len() - 1).unwrap_or(u16::MAX);
        let rows = u32::try_from(self.extent.parts()[self.part].1).unwrap_or(u32::MAX);
        for (column, width) in (0..).zip(&self.widths) {
            self.sheet.set_column_width(column, column_width(*width))?;
        }
        for (column, list) in &self.lists {
            self.sheet.add_data_validation(1, *column, rows.max(1), *column, list)?;
        }
        self.sheet.set_freeze_panes(1, 0)?;
        if self.filtered {
            self.sheet.autofilter(0, 0, rows, last_column)?;
        }
        self.sheet.set_repeat_rows(0, 0)?;
        // An id is a text on purpose; without this a spreadsheet flags each of them.
        self.sheet.ignore_error_range(0, 0, rows, last_column, IgnoreError::NumberStoredAsText)?;
        print_setup(&mut self.sheet, &self.paper.whose);
        if rows > PRINTED {
            // A controller prints what he reads; the footer says how much of it that is.
            self.sheet.set_print_area(0, 0, PRINTED, last_column)?;
            self.sheet.set_footer(format!("&Ltrtc-recon&C1-{PRINTED} / {rows}&R&P / &N"));
        }
        if self.pages > 1 {
            self.sheet.set_print_fit_to_pages(self.pages, 0).set_repeat_columns(0, 0)?;
        }
        let sheet = std::mem::replace(&mut self.sheet, Worksheet::new());
        self.paper.workbook.push_worksheet(sheet);
        Ok(())
    }

    /// Ends the table with its sums (below the filter, so that sorting leaves
    /// them there) and remarks.
    pub fn finish(
        mut self,
        sums: &[Vec<Entry<'_>>],
        remarks: &[String],
        dress: impl FnOnce(&mut Worksheet, &Styles) -> Result<(), XlsxError>,
    ) -> Result<(), XlsxError> {
        for entries in sums {
            self.row += 1;
            self.put(self.row, entries, true)?;
        }
        for remark in remarks {
            self.row += 1;
            self.sheet.write_string_with_format(self.row + 1, 0, fitting(remark.clone()), &self.paper.styles.remark)?;
        }
        dress(&mut self.sheet, &self.paper.styles)?;
        self.end_part()
    }
}

/// Returns the width of a column for its widest text.
pub(super) fn column_width(width: usize) -> u32 {
    u32::try_from((width + 1).clamp(8, WIDEST)).unwrap_or_else(|_| unreachable!("at most the widest"))
}

/// Returns the height of so many lines of text, in points; the most that a row can have is 409.
fn height(lines: usize, tall: bool) -> u32 {
    (u32::try_from(lines.min(27)).unwrap_or(u32::MAX) * line(tall)).min(409)
}

/// Returns the height of a line of text, in points.
pub(super) const fn line(tall: bool) -> u32 {
    if tall { 18 } else { 15 }
}

/// Returns true if a text has letters of East Asia, whose lines are higher than those of Latin ones.
pub(super) fn is_tall(text: &str) -> bool {
    text.chars().any(|letter| letter >= '\u{2e80}')
}

/// A4 across, as wide as one page, numbered, with whose it is.
pub(super) fn print_setup(sheet: &mut Worksheet, whose: &str) {
    // A lone & begins a code.
    let whose = whose.replace('&', "&&");
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_header(format!("&L{whose}&R&A")).set_footer("&Ltrtc-recon&R&P / &N");
}
