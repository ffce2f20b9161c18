//! Files of other writers (tests/it/parquet/make.py), and what damage does to them.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/parquet")
}

fn opened(location: PathBuf) -> Opened {
    let file = InputFile { path: "usage/u.parquet".to_owned(), location };
    open(&file, &mut 0, &ReadOptions::default()).remove(0)
}

/// Returns the rows of the named columns as text, by row number; or the codes of what was found.
fn rows(opened: &Opened, columns: &[&str]) -> Result<Vec<String>, Vec<&'static str>> {
    let codes = |found: &Diagnostics| found.iter().map(|found| found.code).collect::<Vec<_>>();
    let table = opened.tables.first().ok_or_else(|| codes(&opened.diagnostics))?;
    let names = &table.head[0].cells;
    let columns: Vec<usize> = columns
        .iter()
        .map(|name| names.iter().position(|known| known == name).unwrap_or_else(|| panic!("no column {name}")))
        .collect();
    let step = |all: &mut Vec<String>, row: Row<'_>| {
        let cells: Vec<&str> = row.cells.iter().map(|cell| cell.text).collect();
        all.push(format!("{} {}", row.number, cells.join(" ")));
    };
    let parts = table.fold(table.head[0].number, &columns, Vec::new, step).map_err(|found| codes(&found))?;
    Ok(parts.concat())
}

fn of(name: &str, columns: &[&str]) -> Result<Vec<String>, Vec<&'static str>> {
    rows(&opened(folder().join(format!("{name}.parquet"))), columns)
}

const LAKE: [&str; 5] = ["account", "app", "item", "start", "seconds"];

#[test]
fn whole_numbers_and_texts_stay_what_they_are() {
    // 2024-10-01 00:00 in Beijing is 2024-09-30 16:00 UTC: 1,727,712,000 seconds since 1970.
    let two = ["1 100000000001 1400000001 av.hd 1727712000 90", "2 100000000001 1400000001 av.hd 1727712300 30"];
    for name in ["lake", "lake-zstd", "lake-int32", "lake-extra"] {
        assert_eq!(of(name, &LAKE).unwrap(), two, "{name}");
    }
    assert_eq!(of("lake-null", &["seconds"]).unwrap(), ["1 90", "2 "]);
    assert_eq!(of("tidy-decimal", &["quantity"]).unwrap(), ["1 90.00", "2 30.00"]);
}

#[test]
fn times_come_out_in_beijing_whatever_their_unit_and_zone() {
    let two = ["1 2024-10-01T00:00:00 2024-10-01T00:05:00", "2 2024-10-01T00:05:00 2024-10-01T00:10:00"];
    for name in ["tidy-utc-ms", "tidy-utc-us", "tidy-utc-ns", "tidy-naive", "tidy-text"] {
        assert_eq!(of(name, &["start", "end"]).unwrap(), two, "{name}");
    }
    assert_eq!(of("tidy-fraction", &["start"]).unwrap()[0], "1 2024-10-01T00:00:00.005000");
    let naive = opened(folder().join("tidy-naive.parquet"));
    assert_eq!(naive.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), ["parquet-time-without-zone"]);
}

#[test]
fn types_that_could_be_wrong_in_silence_are_refused_where_they_are_used() {
    assert_eq!(of("lake-float", &LAKE).unwrap_err(), ["parquet-column-type"]);
    assert_eq!(of("lake-nested", &LAKE).unwrap_err(), ["parquet-column-type"]);
    assert_eq!(of("lake-binary", &LAKE).unwrap_err(), ["parquet-column-type"]);
    assert_eq!(of("tidy-date", &["start"]).unwrap_err(), ["parquet-column-type"]);
    assert_eq!(of("tidy-int96", &["start"]).unwrap_err(), ["parquet-time-unclear"]);
    // Not used, so nothing is asked of them.
    assert_eq!(of("lake-float", &["app"]).unwrap(), ["1 1400000001", "2 1400000001"]);
    assert_eq!(of("large-group", &["seconds"]).unwrap_err(), ["parquet-too-large"]);
}

#[test]
fn a_row_is_found_again() {
    let table = opened(folder().join("lake-zstd.parquet")).tables.remove(0);
    assert_eq!(table.row(2).unwrap(), ["100000000001", "1400000001", "av.hd", "1727712300", "30"]);
    assert_eq!(table.row(3), None);
}

/// Checks that an unreadable file is refused by name: nothing ends the program, and no row goes missing.
#[test]
fn damage_is_refused_or_harmless() {
    let whole = fs::read(folder().join("lake-zstd.parquet")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let read = |bytes: &[u8]| {
        let location = place.path().join("u.parquet");
        fs::write(&location, bytes).unwrap();
        rows(&opened(location), &LAKE)
    };
    for length in 1..whole.len() {
        assert_eq!(read(&whole[..length]).unwrap_err(), ["parquet-damaged"], "cut to {length} bytes");
    }
    let named = ["parquet-damaged", "parquet-column-type", "parquet-time-unclear", "parquet-too-large"];
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        // A changed name of a column is for the next stage.
        match std::panic::catch_unwind(|| read(&bytes)) {
            Ok(Ok(rows)) => assert_eq!(rows.len(), 2, "byte {at} changed"),
            Ok(Err(codes)) => assert!(codes.iter().all(|code| named.contains(code)), "byte {at} changed: {codes:?}"),
            Err(_) => assert!(opened_without_its_columns(&bytes, place.path()), "byte {at} changed: a panic"),
        }
    }
}

fn opened_without_its_columns(bytes: &[u8], place: &Path) -> bool {
    let location = place.join("v.parquet");
    fs::write(&location, bytes).unwrap_or_else(|error| panic!("{error}"));
    let table = opened(location).tables.remove(0);
    LAKE.iter().any(|name| !table.head[0].cells.iter().any(|known| known == name))
}
