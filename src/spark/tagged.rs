//! The rows that workers write: lines of all tables of all accounts, each
//! tagged with its account, its kind and its number.
//!
//! Figures are decimals of 128 bits with 18 places, exactly what the tables
//! print; no time crosses as a timestamp.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, Decimal128Builder, Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use rust_decimal::Decimal;

use crate::report::table::{Cell, Measure, Table, count, text};

/// Places of every decimal.
const SCALE: u32 = 18;
const ARROW_SCALE: i8 = 18;
/// All digits of a decimal.
const DIGITS: u8 = 38;
/// Rows of a batch.
const BATCH: usize = 8192;

/// A line of charges.csv.
pub const CHARGE: &str = "charge";
/// A line of drawdown.csv.
pub const DEDUCTION: &str = "deduction";
/// A whole file: its `name` and its `content`.
pub const FILE: &str = "file";
/// The last row of an account: the `name` of its report, the `rows` that it was
/// made of, and the `total` of their figures.
pub const CONTROL: &str = "control";

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Figure,
    Whole,
    Bytes,
}

/// The columns behind the tags; those of the tables under their own names.
const COLUMNS: [(&str, Type); 26] = [
    ("sdk_app_id", Type::Text),
    ("day", Type::Text),
    ("item", Type::Text),
    ("unit", Type::Text),
    ("metered", Type::Figure),
    ("billable", Type::Figure),
    ("covered", Type::Figure),
    ("charged", Type::Figure),
    ("unit_price", Type::Figure),
    ("amount", Type::Figure),
    ("currency", Type::Text),
    ("card", Type::Text),
    ("amount_low", Type::Figure),
    ("amount_high", Type::Figure),
    ("time", Type::Text),
    ("grant", Type::Text),
    ("minutes", Type::Figure),
    ("ratio", Type::Figure),
    ("before", Type::Figure),
    ("taken", Type::Figure),
    ("after", Type::Figure),
    ("name", Type::Text),
    ("content", Type::Bytes),
    ("rows", Type::Whole),
    ("total", Type::Whole),
    ("columns", Type::Text),
];

impl Type {
    const fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Figure => DataType::Decimal128(DIGITS, ARROW_SCALE),
            Self::Whole => DataType::Int64,
            Self::Bytes => DataType::Binary,
        }
    }
}

/// Returns the schema of tagged rows.
#[must_use]
pub fn schema() -> Schema {
    let tags = [("account", DataType::Utf8), ("kind", DataType::Utf8), ("row", DataType::Int64)];
    let tags = tags.into_iter().map(|(name, kind)| Field::new(name, kind, false));
    Schema::new(tags.chain(COLUMNS.map(|(name, kind)| Field::new(name, kind.arrow(), true))).collect::<Vec<_>>())
}

/// The names of all columns of the tables, in the order of charges.csv.
pub fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("account").chain(COLUMNS.map(|(name, _)| name))
}

/// One value of a tagged row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A figure.
    Figure(Decimal),
    /// A whole number.
    Whole(i64),
    /// The bytes of a file.
    Bytes(Vec<u8>),
}

/// Returns the rows of a table as batches.
pub fn table(
    account: &str,
    kind: &str,
    table: Table<'_>,
    mut put: impl FnMut(RecordBatch) -> Result<(), String>,
) -> Result<(), String> {
    let names: Vec<String> = table.columns.iter().map(|name| (*name).to_owned()).collect();
    let mut first = 1;
    let mut rows = table.rows.peekable();
    while rows.peek().is_some() {
        let part: Vec<Vec<Option<Value>>> =
            rows.by_ref().take(BATCH).map(|row| row.iter().map(value).collect()).collect();
        put(batch(account, kind, first, &names, &part)?)?;
        first += i64::try_from(part.len()).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn value(cell: &Cell<'_>) -> Option<Value> {
    match cell {
        Cell::Empty => None,
        Cell::Figure(figure, _) => Some(Value::Figure(*figure)),
        Cell::Text(_) | Cell::Day(_) | Cell::Time(_) => Some(Value::Text(cell.plain().into_owned())),
    }
}

/// Returns one row that is no line of a table.
pub fn single(account: &str, kind: &str, row: i64, values: Vec<(&str, Value)>) -> Result<RecordBatch, String> {
    let (names, values): (Vec<String>, Vec<Option<Value>>) =
        values.into_iter().map(|(name, value)| (name.to_owned(), Some(value))).unzip();
    batch(account, kind, row, &names, &[values])
}

/// Rows of some columns as a batch of all columns.
fn batch(
    account: &str,
    kind: &str,
    first: i64,
    names: &[String],
    rows: &[Vec<Option<Value>>],
) -> Result<RecordBatch, String> {
    let same =
        |text: &str| -> ArrayRef { Arc::new(rows.iter().map(|_| Some(text)).collect::<arrow_array::StringArray>()) };
    let numbers: ArrayRef = Arc::new((first..).take(rows.len()).map(Some).collect::<arrow_array::Int64Array>());
    let mut columns = vec![same(account), same(kind), numbers];
    for (name, kind) in COLUMNS {
        let at = names.iter().position(|known| known == name);
        let values = rows.iter().map(|row| at.and_then(|at| row[at].as_ref()));
        columns.push(column(name, kind, values)?);
    }
    RecordBatch::try_new(Arc::new(schema()), columns).map_err(|error| error.to_string())
}

fn column<'a>(name: &str, kind: Type, values: impl Iterator<Item = Option<&'a Value>>) -> Result<ArrayRef, String> {
    let wrong = |value: &Value| format!("{value:?} does not fit the column {name}");
    match kind {
        Type::Text => {
            let mut array = StringBuilder::new();
            for value in values {
                match value {
                    None => array.append_null(),
                    Some(Value::Text(text)) => array.append_value(text),
                    Some(other) => return Err(wrong(other)),
                }
            }
            Ok(Arc::new(array.finish()))
        }
        Type::Figure => {
            let mut array = Decimal128Builder::new().with_data_type(kind.arrow());
            for value in values {
                match value {
                    None => array.append_null(),
                    Some(Value::Figure(figure)) => {
                        array.append_value(scaled(*figure).ok_or_else(|| {
                            format!("{figure} has more than {SCALE} places or 20 digits before them")
                        })?);
                    }
                    Some(other) => return Err(wrong(other)),
                }
            }
            Ok(Arc::new(array.finish()))
        }
        Type::Whole => {
            let mut array = Int64Builder::new();
            for value in values {
                match value {
                    None => array.append_null(),
                    Some(Value::Whole(number)) => array.append_value(*number),
                    Some(other) => return Err(wrong(other)),
                }
            }
            Ok(Arc::new(array.finish()))
        }
        Type::Bytes => {
            let mut array = BinaryBuilder::new();
            for value in values {
                match value {
                    None => array.append_null(),
                    Some(Value::Bytes(bytes)) => array.append_value(bytes),
                    Some(other) => return Err(wrong(other)),
                }
            }
            Ok(Arc::new(array.finish()))
        }
    }
}

/// Returns a figure in units of the last place; `None` where it does not fit.
fn scaled(figure: Decimal) -> Option<i128> {
    let figure = figure.normalize();
    let more = SCALE.checked_sub(figure.scale())?;
    let value = figure.mantissa().checked_mul(10_i128.checked_pow(more)?)?;
    (value.unsigned_abs() < 10_u128.pow(u32::from(DIGITS))).then_some(value)
}

/// Returns the figure of so many units of the last place.
#[must_use]
pub fn figure(mut value: i128) -> Option<Decimal> {
    let mut scale = SCALE;
    while scale > 0 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(value, scale).ok()
}

/// Returns a cell of a table, of a value that came back.
#[must_use]
pub fn cell(value: Option<&Value>) -> Cell<'_> {
    match value {
        Some(Value::Text(value)) => text(value),
        Some(Value::Figure(figure)) => Cell::Figure(*figure, Measure::Count),
        Some(Value::Whole(number)) => count(Decimal::from(*number)),
        Some(Value::Bytes(_)) | None => Cell::Empty,
    }
}
