//! The tall frame of all readings, sorted: integers alone, every row accounted for.

use polars::prelude::*;

use crate::model::Usage;

/// Returns the positions of the readings by application, item, grade, time and place.
///
/// Panics if Polars fails on plain integer columns or loses a row: a defect,
/// never an answer to an input.
pub(super) fn order(readings: &[Usage], grade: impl Fn(&Usage) -> u32) -> Vec<usize> {
    let sorted = sorted(readings, grade).unwrap_or_else(|e| panic!("sorting the readings: {e}"));
    assert!(sorted.len() == readings.len(), "sorting kept {} of {} readings", sorted.len(), readings.len());
    sorted
}

/// Sorts few and wide columns: item and grade share one, table and row another.
fn sorted(readings: &[Usage], grade: impl Fn(&Usage) -> u32) -> PolarsResult<Vec<usize>> {
    let column = |name: &str, values: Vec<i64>| Column::new(name.into(), values);
    let app = |usage: &Usage| i64::try_from(usage.app).unwrap_or(i64::MAX);
    let item = |usage: &Usage| i64::try_from(usage.item.index()).unwrap_or(i64::MAX);
    let place = |usage: &Usage| (i64::from(usage.place.table.0) << 32) | i64::from(usage.place.row);
    let frame = DataFrame::new(
        readings.len(),
        vec![
            column("app", readings.iter().map(app).collect()),
            column("item and grade", readings.iter().map(|u| item(u) * 16 + i64::from(grade(u))).collect()),
            column("start", readings.iter().map(|u| u.start.seconds()).collect()),
            column("seconds", readings.iter().map(|u| i64::from(u.seconds)).collect()),
            column("place", readings.iter().map(place).collect()),
            column("position", (0..).take(readings.len()).collect()),
        ],
    )?;
    let keys = ["app", "item and grade", "start", "seconds", "place", "position"];
    let frame = frame.sort(keys, SortMultipleOptions::default())?;
    let positions = frame.column("position")?.i64()?.into_no_null_iter();
    Ok(positions.filter_map(|position| usize::try_from(position).ok()).collect())
}
