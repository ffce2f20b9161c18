//! The tables as Parquet, for whoever analyses many months at once. Figures
//! are decimals, exact: nothing here is a float, and nothing is computed.

use std::sync::Arc;

use polars_arrow::array::{Array, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, TimeUnit};
use polars_arrow::record_batch::RecordBatchT;
use polars_parquet::write::{
    CompressionOptions, Encoding, FileWriter, StatisticsOptions, Version, WriteOptions, row_group_iter,
};
use rust_decimal::Decimal;

use super::table::{Cell, Table};
use crate::model::Stamp;

/// Rows of a row group.
const GROUP: usize = 100_000;
/// Digits of a decimal: all that 128 bits hold.
const DIGITS: usize = 38;

/// The kind of values in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A second of Beijing time, without a zone.
    Time,
    /// With so many decimals: quantities, package minutes and money 12, prices 20.
    Figure(u32),
}

/// Returns the kind of a column, by its name; what is named nowhere is text.
fn kind(column: &str) -> Kind {
    match column {
        "time" | "valid_from" | "valid_until" | "first_time" => Kind::Time,
        "unit_price" | "expected_unit_price" | "billed_unit_price" => Kind::Figure(20),
        "metered" | "billable" | "covered" | "charged" | "amount" | "amount_low" | "amount_high" | "minutes"
        | "ratio" | "before" | "taken" | "after" | "expected_quantity" | "billed_quantity" | "expected_amount"
        | "billed_amount" | "difference" | "granted" | "opening" | "used" | "expired" | "remaining" | "rows"
        | "excluded" | "duplicate" | "rejected" => Kind::Figure(12),
        _ => Kind::Text,
    }
}

/// Returns a table as the bytes of a Parquet file. The error says what it cannot hold.
pub fn render(table: Table<'_>) -> Result<Vec<u8>, String> {
    let kinds: Vec<Kind> = table.columns.iter().map(|column| kind(column)).collect();
    let schema = schema(&table.columns, &kinds);
    let options = WriteOptions {
        statistics: StatisticsOptions::default(),
        version: Version::V1,
        compression: CompressionOptions::Zstd(None),
        data_page_size: None,
    };
    let mut writer = FileWriter::try_new(Vec::new(), schema.clone(), options).map_err(|error| error.to_string())?;
    let schema = Arc::new(schema);
    let mut rows = table.rows.peekable();
    while rows.peek().is_some() {
        let group: Vec<Vec<Cell<'_>>> = rows.by_ref().take(GROUP).collect();
        let columns = kinds.iter().enumerate().map(|(position, kind)| column(&group, position, *kind));
        let arrays = columns.collect::<Result<Vec<_>, _>>()?;
        let batch =
            RecordBatchT::try_new(group.len(), Arc::clone(&schema), arrays).map_err(|error| error.to_string())?;
        let encodings: Vec<Vec<Encoding>> = kinds.iter().map(|kind| vec![encoding(*kind)]).collect();
        let fields = writer.parquet_schema().fields().to_vec();
        let pages = row_group_iter(batch, encodings.into(), fields, options);
        let count = u64::try_from(group.len()).unwrap_or(u64::MAX);
        writer.write(count, pages).map_err(|error| error.to_string())?;
    }
    writer.end(None).map_err(|error| error.to_string())?;
    Ok(writer.into_inner())
}

const fn encoding(kind: Kind) -> Encoding {
    match kind {
        Kind::Text => Encoding::RleDictionary,
        Kind::Time | Kind::Figure(_) => Encoding::Plain,
    }
}

fn data_type(kind: Kind) -> ArrowDataType {
    match kind {
        Kind::Text => ArrowDataType::Utf8View,
        Kind::Time => ArrowDataType::Timestamp(TimeUnit::Millisecond, None),
        Kind::Figure(scale) => ArrowDataType::Decimal(DIGITS, usize::try_from(scale).unwrap_or_default()),
    }
}

fn schema(columns: &[&'static str], kinds: &[Kind]) -> ArrowSchema {
    let mut schema = ArrowSchema::default();
    for (name, kind) in columns.iter().zip(kinds) {
        schema.with_column((*name).into(), Field::new((*name).into(), data_type(*kind), true));
    }
    schema
}

fn column(rows: &[Vec<Cell<'_>>], position: usize, kind: Kind) -> Result<Box<dyn Array>, String> {
    let cells = rows.iter().map(|row| &row[position]);
    Ok(match kind {
        Kind::Text => {
            let texts: Vec<Option<String>> = cells.map(|cell| Some(cell.plain().into_owned())).collect();
            let present = texts.iter().map(|text| text.as_deref().filter(|text| !text.is_empty()));
            Utf8ViewArray::from_slice(present.collect::<Vec<_>>()).boxed()
        }
        Kind::Time => {
            let times: Vec<Option<i64>> = cells.map(time).collect::<Result<_, _>>()?;
            PrimitiveArray::from(times).to(data_type(kind)).boxed()
        }
        Kind::Figure(scale) => {
            let figures: Vec<Option<i128>> = cells.map(|cell| figure(cell, scale)).collect::<Result<_, _>>()?;
            PrimitiveArray::from(figures).to(data_type(kind)).boxed()
        }
    })
}

fn time(cell: &Cell<'_>) -> Result<Option<i64>, String> {
    match cell {
        Cell::Empty => Ok(None),
        Cell::Time(time) => Ok(Some((*time - Stamp::from_seconds(0)) * 1000)),
        other => Err(format!("{} stands in a column of times", other.plain())),
    }
}

/// Returns the figure in units of the last decimal.
fn figure(cell: &Cell<'_>, scale: u32) -> Result<Option<i128>, String> {
    let exact = |value: Decimal| {
        let value = value.normalize();
        let lift = scale.checked_sub(value.scale())?;
        value.mantissa().checked_mul(10_i128.checked_pow(lift)?)
    };
    match cell {
        Cell::Empty => Ok(None),
        Cell::Figure(value, _) => {
            let units = exact(*value).ok_or_else(|| format!("{value} has more than {scale} decimals"))?;
            Ok(Some(units))
        }
        other => Err(format!("{} stands in a column of figures", other.plain())),
    }
}
