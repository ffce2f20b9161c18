//! The order of all readings, by a plain sort: for builds without Polars, to
//! the same order as [`frame`](super::frame).

use crate::model::Usage;

/// Returns the positions of the readings by application, item, grade, time and place.
pub(super) fn order(readings: &[Usage], grade: impl Fn(&Usage) -> u32) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..readings.len()).collect();
    positions.sort_by_cached_key(|at| {
        let usage = &readings[*at];
        let place = (usage.place.table.0, usage.place.row);
        (usage.app, usage.item.index(), grade(usage), usage.start, usage.seconds, place)
    });
    positions
}
