//! The tall frame of all readings, sorted: integers alone, every row accounted for.

use polars::prelude::*;

use crate::domain::Usage;

/// The positions of the readings by application, item, grade, time and place.
///
/// Panics if Polars fails on plain integer columns or loses a row: a defect,
/// never an answer to an input.
pub(super) fn order(readings: &[Usage], grade: impl Fn(&Usage) -> u32) -> Vec<usize> {
    let sorted = sorted(readings, grade).unwrap_or_else(|e| panic!("sorting the readings: {e}"));
    assert!(sorted.len() == readings.len(), "sorting kept {} of {} readings", sorted.len(), readings.len());
    sorted
}

fn sorted(readings: &[Usage], grade: impl Fn(&Usage) -> u32) -> PolarsResult<Vec<usize>> {
    let column = |name: &str, values: Vec<i64>| Column::new(name.into(), values);
    let whole = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let item = |usage: &Usage| whole(usage.item.index() as u64);
    let frame = DataFrame::new(
        readings.len(),
        vec![
            column("app", readings.iter().map(|u| whole(u.app)).collect()),
            column("item", readings.iter().map(item).collect()),
            column("grade", readings.iter().map(|u| i64::from(grade(u))).collect()),
            column("start", readings.iter().map(|u| u.start.seconds()).collect()),
            column("seconds", readings.iter().map(|u| i64::from(u.seconds)).collect()),
            column("table", readings.iter().map(|u| i64::from(u.place.table.0)).collect()),
            column("row", readings.iter().map(|u| i64::from(u.place.row)).collect()),
            column("position", (0..).take(readings.len()).collect()),
        ],
    )?;
    let keys = ["app", "item", "grade", "start", "seconds", "table", "row", "position"];
    let frame = frame.sort(keys, SortMultipleOptions::default())?;
    let positions = frame.column("position")?.i64()?.into_no_null_iter();
    Ok(positions.filter_map(|position| usize::try_from(position).ok()).collect())
}
