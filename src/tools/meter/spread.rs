//! Clocks that start and stop become seconds in 5-minute intervals.
//!
//! Only the moments at which clocks start and stop are kept; between two of
//! them a known number runs. So a stretch that is cut in two, or a day long,
//! costs no more than another, and no second is lost or counted twice.

use rayon::prelude::*;

use crate::model::{AppId, Item, Stamp, Unit};
use crate::normalise::timestamp::GRID;

/// A moment at which clocks of an item start, or (below zero) stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub app: AppId,
    pub item: Item,
    pub at: Stamp,
    pub by: i64,
}

/// The seconds of an item that an application used in a 5-minute interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeteredUsage {
    /// The first second of the interval.
    pub start: Stamp,
    /// The application.
    pub app: AppId,
    /// The item.
    pub item: Item,
    /// The seconds of all its clocks; of a relay, the highest sum of kbps at one time.
    pub seconds: i64,
}

impl MeteredUsage {
    /// Returns the first second behind the interval.
    #[must_use]
    pub fn end(&self) -> Stamp {
        self.start + GRID
    }
}

/// So many intervals of items and applications are written at most: several
/// hundred applications through a whole month. More is no export but an attack
/// on the memory.
pub(super) const MOST: u64 = 20_000_000;

/// Returns the seconds between the edges, by start, application and item; or how many
/// intervals there would be, where they are more than [`MOST`].
pub(super) fn spread(mut edges: Vec<Edge>) -> Result<Vec<MeteredUsage>, u64> {
    edges.par_sort_unstable_by_key(|edge| (edge.app, edge.item, edge.at));
    let groups = || edges.par_chunk_by(|a, b| (a.app, a.item) == (b.app, b.item));
    let count = groups().map(intervals).sum();
    if count > MOST {
        return Err(count);
    }
    let mut usage: Vec<MeteredUsage> = groups().flat_map_iter(filled).collect();
    usage.par_sort_unstable_by_key(|used| (used.start, used.app, used.item));
    Ok(usage)
}

/// Hands on each stretch between edges of one application and item in which
/// clocks run, with their number.
fn sweep(edges: &[Edge], mut stretch: impl FnMut(&Edge, Stamp, i64)) {
    let mut running = 0;
    for pair in edges.windows(2) {
        let [edge, next] = pair else { continue };
        running += edge.by;
        if running > 0 && edge.at < next.at {
            stretch(edge, next.at, running);
        }
    }
}

/// Returns how many intervals one application uses one item in.
fn intervals(edges: &[Edge]) -> u64 {
    let slot = |at: Stamp| at.seconds().div_euclid(GRID);
    let (mut count, mut behind) = (0, i64::MIN);
    sweep(edges, |edge, until, _| {
        let first = slot(edge.at).max(behind);
        behind = slot(until + -1) + 1;
        count += behind.abs_diff(first);
    });
    count
}

/// Returns the intervals of one application and item.
fn filled(edges: &[Edge]) -> Vec<MeteredUsage> {
    let mut usage = Vec::new();
    let peak = edges.first().is_some_and(|edge| edge.item.unit() == Unit::Mbps);
    sweep(edges, |edge, until, running| fill(&mut usage, edge, until, running, peak));
    usage
}

/// Adds what so many clocks give from an edge on, cut at the grid; of a bandwidth, keeps the peak.
fn fill(usage: &mut Vec<MeteredUsage>, edge: &Edge, until: Stamp, running: i64, peak: bool) {
    let mut from = edge.at;
    while from < until {
        let start = from + -from.seconds().rem_euclid(GRID);
        let cut = until.min(start + GRID);
        let seconds = if peak { running } else { (cut - from) * running };
        match usage.last_mut() {
            Some(last) if last.start == start && peak => last.seconds = last.seconds.max(seconds),
            Some(last) if last.start == start => last.seconds += seconds,
            _ => usage.push(MeteredUsage { start, app: edge.app, item: edge.item, seconds }),
        }
        from = cut;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread_of(spans: &[(&str, &str)]) -> Vec<String> {
        let (item, app) = (Item::parse("av.hd").unwrap(), 1);
        let edge = |at: &str, by| Edge { app, item, at: Stamp::parse(at).unwrap(), by };
        let edges = spans.iter().flat_map(|(from, until)| [edge(from, 1), edge(until, -1)]).collect();
        let usage = spread(edges).unwrap();
        usage.iter().map(|used| format!("{} {}", used.start, used.seconds)).collect()
    }

    #[test]
    fn intervals_are_counted_before_they_are_made() {
        let item = Item::parse("av.hd").unwrap();
        let start = Stamp::parse("2024-10-01T00:00:30").unwrap();
        // 31 days from 00:00:30 on touch 8,929 intervals, in each of 2,240 applications.
        let month = |app| {
            let edge = |seconds, by| Edge { app, item, at: start + seconds, by };
            [edge(0, 1), edge(10, 1), edge(20, -1), edge(31 * 86_400, -1)]
        };
        assert_eq!(intervals(&month(1)), 8_929);
        assert_eq!(filled(&month(1)).len(), 8_929);
        assert_eq!(spread((0..2_240).flat_map(month).collect()), Err(8_929 * 2_240));
    }

    #[test]
    fn seconds_are_cut_just_at_the_interval() {
        assert_eq!(
            spread_of(&[("2024-10-01T00:04:59", "2024-10-01T00:10:01")]),
            ["2024-10-01T00:00:00 1", "2024-10-01T00:05:00 300", "2024-10-01T00:10:00 1"]
        );
        assert_eq!(spread_of(&[("2024-10-01T00:00:00", "2024-10-01T00:05:00")]), ["2024-10-01T00:00:00 300"]);
    }

    /// 混流转码与旁路转推计费说明 (2024-08-13): 500 Kbps × 10 = 5,000 Kbps = 5 Mbps.
    #[test]
    fn a_bandwidth_is_the_highest_sum_of_an_interval() {
        let item = Item::parse("relay.tencent").unwrap();
        let at = |seconds: i64| Stamp::parse("2024-10-01T00:00:00").unwrap() + seconds;
        let edge = |seconds, by| Edge { app: 1, item, at: at(seconds), by };
        let ten = (0..10).flat_map(|_| [edge(60, 500), edge(120, -500)]);
        let usage = spread(ten.chain([edge(100, 500), edge(400, -500)]).collect()).unwrap();
        assert_eq!(usage.iter().map(|used| used.seconds).collect::<Vec<_>>(), [5_500, 500]);
    }

    #[test]
    fn clocks_that_run_side_by_side_add_up() {
        let spans = [
            ("2024-10-01T00:00:00", "2024-10-01T00:01:00"),
            ("2024-10-01T00:00:30", "2024-10-01T00:06:00"),
            ("2024-10-01T01:00:00", "2024-10-01T01:00:01"),
        ];
        assert_eq!(spread_of(&spans), ["2024-10-01T00:00:00 330", "2024-10-01T00:05:00 60", "2024-10-01T01:00:00 1"]);
    }
}
