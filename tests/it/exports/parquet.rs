//! The Parquet files, read back, against the csv: every cell, decimals by digit.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use polars_arrow::array::{Array, PrimitiveArray, Utf8ViewArray};
use polars_arrow::datatypes::ArrowDataType;
use polars_parquet::read::{BasicDecompressor, PageReader, column_iter_to_arrays, infer_schema, read_metadata};

use super::{exported, rows};
use crate::samples;

/// The columns of a file, each cell as csv has it.
fn columns(path: &Path) -> BTreeMap<String, Vec<String>> {
    let bytes = fs::read(path).unwrap();
    let metadata = read_metadata(&mut Cursor::new(&bytes)).unwrap();
    let schema = infer_schema(&metadata).unwrap();
    let mut out = BTreeMap::new();
    for (name, field) in schema.iter() {
        let mut cells = Vec::new();
        for group in &metadata.row_groups {
            let chunk = group.columns_under_root_iter(name).unwrap().next().unwrap();
            let range = chunk.byte_range();
            let part = bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()].to_vec();
            let pages = PageReader::new(Cursor::new(part.into()), chunk, Vec::new(), usize::MAX);
            let kind = &chunk.descriptor().descriptor.primitive_type;
            let decompressor = BasicDecompressor::new(pages, Vec::new());
            let (arrays, _) = column_iter_to_arrays(vec![decompressor], vec![kind], field.clone(), None).unwrap();
            cells.extend(arrays.iter().flat_map(|array| texts(array.as_ref())));
        }
        out.insert(name.to_string(), cells);
    }
    out
}

fn texts(array: &dyn Array) -> Vec<String> {
    match array.dtype() {
        ArrowDataType::Utf8View => {
            let array = array.as_any().downcast_ref::<Utf8ViewArray>().unwrap();
            array.iter().map(|text| text.unwrap_or_default().to_owned()).collect()
        }
        ArrowDataType::Decimal(_, scale) => {
            let array = array.as_any().downcast_ref::<PrimitiveArray<i128>>().unwrap();
            array.iter().map(|units| units.map_or_else(String::new, |units| decimal(*units, *scale))).collect()
        }
        ArrowDataType::Timestamp(_, None) => {
            let array = array.as_any().downcast_ref::<PrimitiveArray<i64>>().unwrap();
            let text = |at: &i64| trtc_recon::model::Stamp::from_seconds(*at / 1000).to_string();
            array.iter().map(|at| at.map_or_else(String::new, text)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn decimal(units: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let sign = if units < 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[test]
fn parquet_holds_what_the_csv_holds_to_the_digit() {
    let mut compared = 0;
    for case in samples::all() {
        let (_run, report) = exported(&case);
        for name in ["charges", "drawdown", "discrepancies"] {
            let (header, rows) = rows(&report, &format!("{name}.csv"));
            let read = columns(&report.join(format!("{name}.parquet")));
            assert_eq!(read.len(), header.len());
            for (position, column) in header.iter().enumerate() {
                // A guard against formulas is the csv's own.
                let expected: Vec<&str> = rows.iter().map(|row| row[position].trim_start_matches('\'')).collect();
                assert_eq!(read[column], expected, "{name}.{column} of {}", case.display());
                compared += expected.len();
            }
        }
    }
    assert!(compared > 20_000, "{compared}");
}
