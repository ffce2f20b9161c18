//! Parquet: typed columns become text cells, a row group at a time.
//!
//! The types are checked, never guessed: text, whole numbers, decimals and
//! timestamps are taken; a float, a nested column, or a time of which the file
//! does not say what it counts from is refused by name where it is used.
//! Times come out in Beijing time. A null is an empty cell.

use std::io::{self, Cursor, Read as _, Seek as _, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use polars_arrow::datatypes::Field;
use polars_parquet::parquet::error::{ParquetError, ParquetResult};
use polars_parquet::parquet::page::CompressedPage;
use polars_parquet::parquet::read::read_metadata;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, PageReader, RowGroupMetadata, column_iter_to_arrays,
};
use rayon::prelude::*;

use super::parquet_column::{Type, Values};
use super::row_buffer::Batch;
use super::source::{Bytes, unreadable};
use super::table::{Body, Table, Used, refused};
use super::{HeadRow, Opened, Row, TableIds};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};

/// A row group is in memory as a whole, so it has a limit.
const MOST_ROWS: usize = 1 << 25;
/// Of one column of one row group, before and after it is unpacked.
const MOST_BYTES: i64 = 1 << 30;
/// Of one page.
const MOST_PAGE: usize = 1 << 30;
/// The header counts as the row before the first.
const HEADER: u32 = 0;

/// A Parquet file as a table.
#[derive(Debug)]
pub(super) struct Parquet {
    bytes: Bytes,
    meta: FileMetadata,
    types: Vec<Type>,
}

/// Opens a Parquet file: one table, of which the header is the schema.
pub(super) fn open(path: &str, bytes: &Bytes, ids: &mut TableIds<'_>, options: &super::ReadOptions) -> Opened {
    let mut opened = Opened::of(path);
    match bytes.digests(options.sha256) {
        Ok(digests) => opened.digests = digests,
        Err(error) => return opened.refuse(unreadable(path, &error)),
    }
    let parquet = match Parquet::open(path, bytes) {
        Ok(parquet) => parquet,
        Err(diagnostic) => return opened.refuse(diagnostic),
    };
    let id = match ids.next(path) {
        Ok(id) => id,
        Err(diagnostic) => return opened.refuse(diagnostic),
    };
    let names = parquet.meta.schema().fields().iter().map(|field| field.name().to_owned()).collect();
    opened.read_as = format!("parquet, {} row groups", parquet.meta.row_groups.len());
    opened.diagnostics.extend(parquet.times_without_zone(path));
    opened.tables.push(Table {
        id,
        file: path.to_owned(),
        sheet: None,
        hidden: false,
        date1904: false,
        head: vec![HeadRow { number: HEADER, cells: names }],
        body: Body::Parquet(Box::new(parquet)),
    });
    opened
}

/// Returns a file that is no Parquet, or not all of it.
fn damaged(at: At, why: &str) -> Diagnostic {
    let message = format!("cannot be read as Parquet: {}", shown(why));
    Diagnostic::error("parquet-damaged", at, message, "write the file again; it is cut, changed or no Parquet file")
}

/// Returns what a reader answers, also where it panics on bytes that it did not expect.
fn guarded<T, E: ToString>(at: &At, read: impl FnOnce() -> Result<T, E>) -> Result<T, Diagnostic> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(answer) => answer.map_err(|error| damaged(at.clone(), &error.to_string())),
        Err(_) => Err(damaged(at.clone(), "its reader gave up on it")),
    }
}

impl Parquet {
    fn open(path: &str, bytes: &Bytes) -> Result<Self, Diagnostic> {
        let at = At::file(path);
        let mut source = bytes.open().map_err(|error| unreadable(path, &error))?;
        let meta = guarded(&at, || read_metadata(&mut source))?;
        let types = meta.schema().fields().iter().map(Type::of).collect();
        let parquet = Self { bytes: bytes.clone(), meta, types };
        let rows = parquet.meta.row_groups.iter().try_fold(0_usize, |sum, group| sum.checked_add(group.num_rows()));
        let largest = parquet.meta.row_groups.iter().map(RowGroupMetadata::num_rows).max().unwrap_or(0);
        if rows != Some(parquet.meta.num_rows) {
            return Err(damaged(at, "its row groups do not add up to its rows"));
        }
        if largest > MOST_ROWS || u32::try_from(parquet.meta.num_rows).is_err() {
            let message = format!(
                "{} rows, {largest} in one row group; at most 4,294,967,295 and {MOST_ROWS} are read",
                parquet.meta.num_rows
            );
            return Err(Diagnostic::error(
                "parquet-too-large",
                at,
                message,
                "write it in smaller row groups, or files",
            ));
        }
        Ok(parquet)
    }

    /// A time of no zone is taken as every other such time is; it is said.
    fn times_without_zone(&self, path: &str) -> Option<Diagnostic> {
        let column = self.types.iter().position(|kind| matches!(kind, Type::Time { utc: false, .. }))?;
        let message = format!(
            "the times of `{}` name no zone (isAdjustedToUTC=false): they are taken as Beijing time",
            shown(self.meta.schema().fields()[column].name())
        );
        let help = "if they are UTC, write the column with its zone, or as whole seconds since 1970 in UTC";
        Some(Diagnostic::note("parquet-time-without-zone", At::file(path).column(column), message, help))
    }

    /// See [`Table::fold`].
    pub(super) fn fold<A: Send>(
        &self,
        used: &Used<'_>,
        init: impl Fn() -> A + Sync,
        step: impl Fn(&mut A, Row<'_>) + Sync,
    ) -> Result<Vec<A>, Diagnostics> {
        for column in used.columns {
            if let Type::Unread { code, name } = self.types[*column] {
                let at = used.at.clone().column(*column);
                let message = format!("the column is of type {name}, which is not taken");
                return Err(refused(Diagnostic::error(code, at, message, super::parquet_column::HELP)));
            }
        }
        let mut first = 1;
        let mut groups = Vec::new();
        for group in &self.meta.row_groups {
            groups.push((first, group));
            first += group.num_rows();
        }
        let read = |(first, group)| {
            let mut state = init();
            self.read_group(used, first, group, |row| step(&mut state, row)).map(|()| state).map_err(refused)
        };
        groups.into_par_iter().map(read).collect()
    }

    /// Returns the rows of a row group, the first of them of number `first`.
    fn read_group(
        &self,
        used: &Used<'_>,
        first: usize,
        group: &RowGroupMetadata,
        mut step: impl FnMut(Row<'_>),
    ) -> Result<(), Diagnostic> {
        let columns: Vec<Values> =
            used.columns.iter().map(|column| self.read_column(used.at, group, *column)).collect::<Result<_, _>>()?;
        let mut batch = Batch::default();
        for row in 0..group.num_rows() {
            for values in &columns {
                batch.write(false, |out| values.write(row, out));
            }
            // The rows of the file are fewer than a u32 holds.
            batch.end_row(u32::try_from(first + row).unwrap_or(u32::MAX));
            if batch.is_full() {
                batch.flush("", columns.len(), &mut step);
            }
        }
        batch.flush("", columns.len(), &mut step);
        Ok(())
    }

    fn read_column(&self, at: &At, group: &RowGroupMetadata, column: usize) -> Result<Values, Diagnostic> {
        let at = at.clone().column(column);
        let name = self.meta.schema().fields()[column].name();
        let mut chunks = group.columns_under_root_iter(name).into_iter().flatten();
        let (Some(chunk), None) = (chunks.next(), chunks.next()) else {
            return Err(damaged(at, "a row group does not hold the column once"));
        };
        let packed = self.packed(&at, chunk)?.into();
        let kind = self.types[column];
        let field = Field::new(name.into(), kind.read_as(), true);
        let pages = || PageReader::new(Cursor::new(Clone::clone(&packed)), chunk, Vec::new(), MOST_PAGE);
        // What a page promises is asked for before it is read: too much of it ends the process.
        let promised = guarded(&at, || pages().map(promised).sum::<Result<usize, _>>())?;
        if promised != group.num_rows() {
            return Err(damaged(at, "its pages hold more or fewer values than the file says"));
        }
        let values = guarded(&at, || {
            let types = vec![&chunk.descriptor().descriptor.primitive_type];
            column_iter_to_arrays(vec![BasicDecompressor::new(pages(), Vec::new())], types, field, None)
        })?;
        Values::of(kind, values.0, group.num_rows())
            .ok_or_else(|| damaged(at, "a column has fewer or other values than the file says"))
    }

    /// Returns the bytes of a column in a row group, as they lie in the file.
    fn packed(&self, at: &At, chunk: &ColumnChunkMetadata) -> Result<Vec<u8>, Diagnostic> {
        if chunk.compressed_size() > MOST_BYTES || chunk.uncompressed_size() > MOST_BYTES {
            let message = "a column has more than 1 GiB in one row group";
            return Err(Diagnostic::error("parquet-too-large", at.clone(), message, "write it in smaller row groups"));
        }
        let range = guarded(at, || Ok::<_, io::Error>(chunk.byte_range()))?;
        let length = range.end - range.start;
        if i64::try_from(range.end).is_err() {
            return Err(damaged(at.clone(), "a column lies outside the file"));
        }
        let read = || {
            let mut source = self.bytes.open()?;
            source.seek(SeekFrom::Start(range.start))?;
            let mut packed = Vec::new();
            source.take(length).read_to_end(&mut packed)?;
            Ok::<_, io::Error>(packed)
        };
        let packed = read().map_err(|error| unreadable(&at.file, &error))?;
        if packed.len() as u64 == length { Ok(packed) } else { Err(damaged(at.clone(), "it ends within a column")) }
    }

    /// See [`Table::row`].
    pub(super) fn row(&self, at: &At, number: u32) -> Option<Vec<String>> {
        let wanted = usize::try_from(number).ok()?;
        let mut first = 1;
        let group = self.meta.row_groups.iter().find(|group| {
            let here = (first..first + group.num_rows()).contains(&wanted);
            first += if here { 0 } else { group.num_rows() };
            here
        })?;
        let cell = |column: usize| {
            let mut text = String::new();
            if !matches!(self.types[column], Type::Unread { .. }) {
                self.read_column(at, group, column).ok()?.write(wanted - first, &mut text);
            }
            Some(text)
        };
        (0..self.types.len()).map(cell).collect()
    }
}

/// Returns the values that a page says it holds, at most as many as a row group has.
fn promised(page: ParquetResult<CompressedPage>) -> ParquetResult<usize> {
    match page? {
        CompressedPage::Data(data) if data.num_values() > MOST_ROWS || data.uncompressed_size() > MOST_PAGE => {
            Err(ParquetError::WouldOverAllocate)
        }
        CompressedPage::Data(data) => Ok(data.num_values()),
        CompressedPage::Dict(_) => Ok(0),
    }
}
