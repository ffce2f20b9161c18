//! A table, however it is stored, read row by row.

use super::csv::Csv;
use super::memory_table::Memory;
#[cfg(feature = "polars")]
use super::parquet::Parquet;
use super::xlsx::Sheet;
use super::{HeadRow, Row, changed};
use crate::model::TableRef;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};

/// The number of rows that are read before the progress counts them.
const PROGRESS: u32 = 1024;

/// One table: a CSV or Parquet file, one sheet of a workbook, one list of a JSON response.
#[derive(Debug)]
pub struct Table {
    /// Its reference in places.
    pub id: TableRef,
    /// The file, relative to the case (`usage/pack.zip/a.csv` for a member of a zip).
    pub file: String,
    /// The sheet's name, in a workbook; the list's name, in a JSON response.
    pub sheet: Option<String>,
    /// True if the sheet is hidden.
    pub hidden: bool,
    /// True if its serial dates count from 1904.
    pub date1904: bool,
    /// The first rows that are not blank, enough to find the header.
    pub head: Vec<HeadRow>,
    pub(super) body: Body,
}

/// Where the rows of a table are.
#[derive(Debug)]
pub(super) enum Body {
    /// In a CSV file.
    Csv(Csv),
    /// In a sheet of an xlsx workbook.
    Sheet(Sheet),
    /// In memory: JSON, and workbooks that a child process read.
    Memory(Memory),
    /// In a Parquet file.
    #[cfg(feature = "polars")]
    Parquet(Box<Parquet>),
}

impl Table {
    /// Returns the table itself as a place.
    #[must_use]
    pub fn at(&self) -> At {
        At::file(&self.file).sheet(self.sheet.as_deref())
    }

    /// Reads the rows under `header_row` in order, blank rows left out, and
    /// folds them into `A`s. A large CSV is cut into pieces that are folded
    /// side by side, each into an `A` of its own; they are returned in the
    /// order of the file, so nothing may be kept outside `A`. A row's cells
    /// are those of `columns` (counted from 0), in that order.
    ///
    /// # Errors
    /// What cannot be taken as it stands: a row with more or fewer fields than
    /// the header, an open quote, an error cell in one of the columns.
    pub fn fold<A: Send>(
        &self,
        header_row: u32,
        columns: &[usize],
        init: impl Fn() -> A + Sync,
        step: impl Fn(&mut A, Row<'_>) + Sync,
    ) -> Result<Vec<A>, Diagnostics> {
        let step = |sum: &mut A, row: Row<'_>| {
            if row.number.is_multiple_of(PROGRESS) {
                crate::progress::add_rows(PROGRESS.into());
            }
            step(sum, row);
        };
        let at = self.at();
        let used = Used { at: &at, header_row, columns };
        match &self.body {
            Body::Csv(csv) => csv.fold(&used, self.width(header_row)?, init, step),
            Body::Sheet(sheet) => sheet.fold(&used, init, step),
            Body::Memory(memory) => memory.fold(&used, init, step),
            #[cfg(feature = "polars")]
            Body::Parquet(parquet) => parquet.fold(&used, init, step),
        }
    }

    /// As [`Self::fold`], for a CSV whose rows are alike: rows that differ
    /// from one that `step` has taken in their free fields alone are shown to
    /// `quick`. What `absorb` is given is in the order of the file, and is to be
    /// left empty. False where the table is not read in this way: then nothing
    /// that was absorbed counts.
    pub fn fold_alike<A: Send, Q, L, S, I>(
        &self,
        header_row: u32,
        columns: &[usize],
        reading: &Reading<'_, Q, L, S, I>,
        absorb: impl FnMut(&mut A) + Send,
    ) -> bool
    where
        Q: Fn(&mut A, &Alike<'_>) -> bool + Sync,
        L: Fn(&mut A, usize) + Sync,
        S: Fn(&mut A, Row<'_>) + Sync,
        I: Fn() -> A + Sync,
    {
        let (Body::Csv(csv), Ok(width)) = (&self.body, self.width(header_row)) else { return false };
        csv.fold_alike(&Used { at: &self.at(), header_row, columns }, width, reading, absorb)
    }

    /// Reads one row again, whole, for an excerpt; `None` if there is no such
    /// row or the file cannot be read any more. Slow: it reads from the top.
    #[must_use]
    pub fn row(&self, number: u32) -> Option<Vec<String>> {
        match &self.body {
            Body::Csv(csv) => csv.row(number),
            Body::Sheet(sheet) => sheet.row(&self.at(), number),
            Body::Memory(memory) => memory.row(number),
            #[cfg(feature = "polars")]
            Body::Parquet(parquet) => parquet.row(&self.at(), number),
        }
    }
}

impl Table {
    /// Returns how many cells the header has.
    pub(super) fn width(&self, header_row: u32) -> Result<Width, Diagnostics> {
        let known = self.head.iter().find(|row| row.number == header_row).map(|row| Width::of(&row.cells));
        let found = known.or_else(|| self.row(header_row).map(|cells| Width::of(&cells)));
        found.ok_or_else(|| refused(changed(&self.at().row(header_row))))
    }
}

/// The number of fields that a row may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Width {
    /// The cells of the header.
    pub(super) all: usize,
    /// The same without those at its end that have no name.
    named: usize,
}

impl Width {
    pub(super) fn of(header: &[String]) -> Self {
        let nameless = header.iter().rev().take_while(|name| name.trim().is_empty()).count();
        Self { all: header.len(), named: header.len() - nameless }
    }

    /// True if a row fits: nameless columns at the end may be left out, and one empty field may follow.
    pub(super) const fn fits(self, fields: usize, last_is_blank: bool) -> bool {
        (self.named <= fields && fields <= self.all) || (fields == self.all + 1 && last_is_blank)
    }
}

/// The functions that read rows that differ in their free fields alone.
pub struct Reading<'a, Q, L, S, I> {
    /// The columns in which they may differ.
    pub free: &'a [usize],
    /// Takes a row by its free fields; false where it cannot.
    pub quick: Q,
    /// The row that `step` took last is the first of a kind.
    pub learn: L,
    /// Takes any other row.
    pub step: S,
    /// The first value of the fold over the rows.
    pub init: I,
}

/// A row that is like others but for its free fields.
#[derive(Debug, Clone, Copy)]
pub struct Alike<'a> {
    /// Which rows it is like: counted from 0, for each state by itself.
    pub kin: usize,
    /// Its number, from 1.
    pub number: u32,
    pub(super) row: &'a [u8],
    pub(super) fields: &'a [Extent],
    pub(super) changed: u32,
}

/// Where a field lies in its row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Extent {
    /// Where the field lies if what stood at one place stands at another.
    pub(super) fn moved(self, from: usize, to: usize) -> Self {
        Self { start: self.start - from + to, end: self.end - from + to }
    }
}

impl<'a> Alike<'a> {
    /// Returns a free field, in the order of the asking: plain ASCII.
    #[must_use]
    pub fn field(&self, at: usize) -> &'a [u8] {
        self.fields.get(at).and_then(|field| self.row.get(field.start..field.end)).unwrap_or_default()
    }

    /// Returns a free field that is nothing but at most 15 digits.
    #[must_use]
    pub fn digits(&self, at: usize) -> Option<i64> {
        let field = self.fields.get(at)?;
        let length = field.end - field.start;
        if length == 0 || length > 15 {
            return None;
        }
        let word = |end: usize, digits: usize| {
            let before = &self.row[..end];
            let bytes = before.last_chunk().copied().unwrap_or_else(|| {
                let mut bytes = [0; 8];
                bytes[8 - end..].copy_from_slice(before);
                bytes
            });
            eight(bytes, digits)
        };
        let low = word(field.end, length.min(8))?;
        Some(if length > 8 { word(field.end - 8, length - 8)? * 100_000_000 + low } else { low })
    }

    /// Returns true if a free field is not as in the last row of its kin.
    #[must_use]
    pub const fn has_changed(&self, at: usize) -> bool {
        self.changed >> at & 1 == 1
    }
}

/// The number that the last `digits` of eight bytes are; all at once, since
/// the length of a figure is nothing that a processor could foresee.
fn eight(bytes: [u8; 8], digits: usize) -> Option<i64> {
    const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
    const SIXES: u64 = u64::from_le_bytes([6; 8]);
    const HIGH: u64 = u64::from_le_bytes([0xF0; 8]);
    let own = u64::MAX << (8 * (8 - digits.clamp(1, 8)));
    let word = (u64::from_le_bytes(bytes) & own) | (ZEROS & !own);
    if word & HIGH != ZEROS || word.wrapping_add(SIXES) & HIGH != ZEROS {
        return None;
    }
    // Digits to pairs, pairs to fours, fours to the whole.
    let digits = word & !HIGH;
    let pairs = (digits * 10 + (digits >> 8)) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_FFFF_0000_FFFF;
    i64::try_from((fours * 10_000 + (fours >> 32)) & 0xFFFF_FFFF).ok()
}

/// Which part of a table a fold reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Used<'a> {
    pub(super) at: &'a At,
    pub(super) header_row: u32,
    pub(super) columns: &'a [usize],
}

/// For each column of a table its places among those that are asked for; none for most.
#[derive(Debug)]
pub(super) struct Wanted(Vec<Vec<usize>>);

impl Wanted {
    pub(super) fn new(columns: &[usize]) -> Self {
        let mut places = vec![Vec::new(); columns.iter().max().map_or(0, |last| last + 1)];
        for (place, column) in columns.iter().enumerate() {
            places[*column].push(place);
        }
        Self(places)
    }

    /// Returns the places of a column.
    pub(super) fn places(&self, column: usize) -> &[usize] {
        self.0.get(column).map_or(&[], Vec::as_slice)
    }
}

/// Returns one finding as the result of a fold.
pub(super) fn refused(diagnostic: Diagnostic) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    diagnostics.push(diagnostic);
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalise::number::whole;

    fn digits(row: &str, field: Extent) -> Option<i64> {
        Alike { kin: 0, number: 1, row: row.as_bytes(), fields: std::slice::from_ref(&field), changed: 0 }.digits(0)
    }

    #[test]
    fn digits_of_a_field_are_those_of_a_text() {
        for text in [
            "0",
            "7",
            "0300",
            "12345678",
            "123456789",
            "123456789012345",
            "1234567890123456",
            "999999999999999",
            "",
            "-3",
            "1.5",
            " 1",
            "1a",
            "/",
            ":",
            "1234567890123:5",
            "/2345678",
            "9:345678",
        ] {
            let row = format!("before all that,{text},");
            let field = Extent { start: 16, end: 16 + text.len() };
            assert_eq!(digits(&row, field), whole(text), "{text}");
        }
    }

    #[test]
    fn a_field_may_begin_its_row() {
        assert_eq!(digits("12,", Extent { start: 0, end: 2 }), Some(12));
    }
}
