//! The types of Parquet columns: which are taken, and their values as text.

use std::fmt::Write as _;

use polars_arrow::array::{Array, PrimitiveArray, StaticArray as _, Utf8ViewArray};
use polars_arrow::datatypes::ArrowDataType;
use polars_parquet::parquet::schema::Repetition;
use polars_parquet::parquet::schema::types::{IntegerType, PrimitiveType, TimeUnit};
use polars_parquet::read::{ParquetType, PhysicalType, PrimitiveConvertedType, PrimitiveLogicalType};

use crate::model::Stamp;

/// The types that are taken, for messages.
pub(super) const HELP: &str = "write ids and items as text (string) or whole numbers, quantities as whole numbers or decimals, \
     times as timestamps with their zone (in Spark: spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS) \
     or as whole seconds since 1970 in UTC";

/// The most digits of a decimal of 128 bits.
const DIGITS: usize = 38;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Text.
    Text,
    /// Whole numbers of 32 bits.
    Whole32 { signed: bool },
    /// Whole numbers of 64 bits.
    Whole64 { signed: bool },
    /// Decimals with so many places.
    Decimal { scale: usize },
    /// Times, so many to the second; counted in UTC, or on a clock of no zone.
    Time { a_second: i64, utc: bool },
    /// A type that is not taken, with the code of its diagnostic.
    Unread { code: &'static str, name: &'static str },
}

impl Type {
    /// Returns the type of a column of the schema.
    pub(super) fn of(field: &ParquetType) -> Self {
        match field {
            ParquetType::PrimitiveType(column) if column.field_info.repetition != Repetition::Repeated => {
                Self::of_primitive(column)
            }
            _ => unread("nested"),
        }
    }

    fn of_primitive(column: &PrimitiveType) -> Self {
        use PhysicalType::{Boolean, ByteArray, Double, FixedLenByteArray, Float, Int32, Int64, Int96};
        use PrimitiveLogicalType as Logical;
        match (column.physical_type, column.logical_type, column.converted_type) {
            (Int96, ..) => {
                Self::Unread { code: "parquet-time-unclear", name: "INT96, a time of which the zone is not said" }
            }
            (_, None, Some(PrimitiveConvertedType::TimestampMillis | PrimitiveConvertedType::TimestampMicros)) => {
                Self::Unread {
                    code: "parquet-time-unclear",
                    name: "TIMESTAMP of an old writer, of which the zone is not said",
                }
            }
            (Float | Double, ..) => unread("float: it does not hold decimals exactly"),
            (Boolean, ..) => unread("boolean"),
            (ByteArray, Some(Logical::String | Logical::Enum), _)
            | (ByteArray, None, Some(PrimitiveConvertedType::Utf8 | PrimitiveConvertedType::Enum)) => Self::Text,
            (Int32 | Int64 | FixedLenByteArray(1..=16), Some(Logical::Decimal(digits, scale)), _)
            | (Int32 | Int64 | FixedLenByteArray(1..=16), None, Some(PrimitiveConvertedType::Decimal(digits, scale)))
                if digits <= DIGITS && scale <= digits =>
            {
                Self::Decimal { scale }
            }
            (Int64, Some(Logical::Timestamp { unit, is_adjusted_to_utc }), _) => {
                Self::Time { a_second: a_second(unit), utc: is_adjusted_to_utc }
            }
            (Int32, logical, converted) => whole(logical, converted, |signed| Self::Whole32 { signed }),
            (Int64, logical, converted) => whole(logical, converted, |signed| Self::Whole64 { signed }),
            _ => unread("binary"),
        }
    }

    /// Returns the type as its values are unpacked: a time as the number that it is.
    pub(super) fn read_as(self) -> ArrowDataType {
        match self {
            Self::Text => ArrowDataType::Utf8View,
            Self::Whole32 { .. } => ArrowDataType::Int32,
            Self::Decimal { scale } => ArrowDataType::Decimal(DIGITS, scale),
            Self::Whole64 { .. } | Self::Time { .. } | Self::Unread { .. } => ArrowDataType::Int64,
        }
    }
}

const fn unread(name: &'static str) -> Type {
    Type::Unread { code: "parquet-column-type", name }
}

fn whole(
    logical: Option<PrimitiveLogicalType>,
    converted: Option<PrimitiveConvertedType>,
    taken: impl Fn(bool) -> Type,
) -> Type {
    use IntegerType::{UInt8, UInt16, UInt32, UInt64};
    use PrimitiveConvertedType::{Int8, Int16, Int32, Int64, Uint8, Uint16, Uint32, Uint64};
    match (logical, converted) {
        (Some(PrimitiveLogicalType::Integer(UInt8 | UInt16 | UInt32 | UInt64)), _)
        | (None, Some(Uint8 | Uint16 | Uint32 | Uint64)) => taken(false),
        (Some(PrimitiveLogicalType::Integer(_)), _) | (None, None | Some(Int8 | Int16 | Int32 | Int64)) => taken(true),
        _ => unread("date or time of day"),
    }
}

const fn a_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Milliseconds => 1_000,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Nanoseconds => 1_000_000_000,
    }
}

/// The values of a column in one row group.
pub(super) struct Values {
    kind: Type,
    /// In order; each with the row behind its last.
    parts: Vec<(usize, Box<dyn Array>)>,
}

impl Values {
    /// Values of a column; `None` where they are not so many, or not of the type.
    pub(super) fn of(kind: Type, arrays: Vec<Box<dyn Array>>, rows: usize) -> Option<Self> {
        let mut behind = 0;
        let mut parts = Vec::new();
        for array in arrays {
            if *array.dtype() != kind.read_as() {
                return None;
            }
            behind += array.len();
            parts.push((behind, array));
        }
        (behind == rows).then_some(Self { kind, parts })
    }

    /// Writes the value of a row, from 0; nothing for a null.
    pub(super) fn write(&self, row: usize, out: &mut String) {
        let part = self.parts.partition_point(|(behind, _)| *behind <= row);
        let from = part.checked_sub(1).map_or(0, |before| self.parts[before].0);
        let Some((_, array)) = self.parts.get(part) else { return };
        let (at, array) = (row - from, array.as_any());
        match self.kind {
            Type::Text => out.push_str(array.downcast_ref::<Utf8ViewArray>().and_then(|all| all.get(at)).unwrap_or("")),
            Type::Whole32 { signed } => {
                let value = array.downcast_ref::<PrimitiveArray<i32>>().and_then(|all| all.get(at));
                put(out, value.map(|value| if signed { value.into() } else { i128::from(value.cast_unsigned()) }));
            }
            Type::Whole64 { signed } => {
                let value = array.downcast_ref::<PrimitiveArray<i64>>().and_then(|all| all.get(at));
                put(out, value.map(|value| if signed { value.into() } else { i128::from(value.cast_unsigned()) }));
            }
            Type::Decimal { scale } => {
                let value = array.downcast_ref::<PrimitiveArray<i128>>().and_then(|all| all.get(at));
                if let Some(value) = value {
                    put_decimal(out, value, scale);
                }
            }
            Type::Time { a_second, utc } => {
                let value = array.downcast_ref::<PrimitiveArray<i64>>().and_then(|all| all.get(at));
                if let Some(value) = value {
                    put_time(out, value, a_second, utc);
                }
            }
            Type::Unread { .. } => {}
        }
    }
}

fn put(out: &mut String, value: Option<i128>) {
    if let Some(value) = value {
        let _ = write!(out, "{value}");
    }
}

/// All its places: what does not count is for who reads the text.
fn put_decimal(out: &mut String, value: i128, scale: usize) {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, places) = digits.split_at(digits.len() - scale);
    let sign = if value < 0 { "-" } else { "" };
    let point = if scale == 0 { "" } else { "." };
    let _ = write!(out, "{sign}{whole}{point}{places}");
}

/// In Beijing time, with what is left of a second; a time of another
/// age as the number that it is, which is no time to who reads it.
fn put_time(out: &mut String, value: i64, a_second: i64, utc: bool) {
    const YEAR_2200: i64 = 7_258_118_400;
    let (seconds, rest) = (value.div_euclid(a_second), value.rem_euclid(a_second));
    if !(0..YEAR_2200).contains(&seconds) {
        let _ = write!(out, "{value} (timestamp)");
        return;
    }
    let at = if utc { Stamp::from_unix(seconds) } else { Stamp::from_seconds(seconds) };
    let _ = write!(out, "{at}");
    if rest != 0 {
        let _ = write!(out, ".{:0>width$}", rest, width = a_second.ilog10() as usize);
    }
}
