use super::*;
use crate::model::{Day, Item, Place, TableRef};

/// A reading on 2024-10-01: minute of the day, length, figure, row.
fn reading(item: &str, minute: i64, seconds: u32, exactness: Exactness, quantity: i64, row: u32) -> Usage {
    Usage {
        start: Day::parse("2024-10-01").unwrap().start() + minute * 60,
        seconds,
        item: Item::parse(item).unwrap(),
        exactness,
        app: 1_400_000_001,
        quantity,
        place: Place { table: TableRef(0), row },
    }
}

fn fine(minute: i64, quantity: i64, row: u32) -> Usage {
    reading("av.hd", minute, 300, Exactness::Exact, quantity, row)
}

fn day(exactness: Exactness, quantity: i64, row: u32) -> Usage {
    reading("av.hd", 0, DAY, exactness, quantity, row)
}

fn merged(readings: &[Usage]) -> Merged {
    merge(readings, &Identities::new())
}

fn fates(readings: &[Usage]) -> Vec<Fate> {
    merged(readings).fates
}

use Fate::{Contradicts, CrossFooted, Duplicate, Overruled, Used};

#[test]
fn equal_readings_count_once_and_name_what_they_repeat() {
    let merged = merged(&[fine(0, 30, 2), fine(5, 20, 3), fine(0, 30, 4)]);
    assert_eq!(merged.fates, [Used, Used, Duplicate]);
    assert_eq!(merged.repeats, [(0, 2)]);
}

#[test]
fn two_values_for_one_interval_contradict() {
    let merged = merged(&[fine(0, 30, 2), fine(0, 31, 3)]);
    assert_eq!(merged.fates, [Used, Contradicts]);
    assert_eq!(merged.contradictions[0].kind, Clash::Values);
    assert_eq!((merged.contradictions[0].one, merged.contradictions[0].other), (0, 1));
}

/// Identities of rows: their attributes, and what they say besides.
fn identities(rows: &[(u32, u64, u64)]) -> Identities {
    let place = |row| Place { table: TableRef(0), row };
    rows.iter()
        .map(|(row, attributes, whole)| (place(*row), Identity { attributes: *attributes, whole: *whole, kin: None }))
        .collect()
}

#[test]
fn rows_of_one_table_that_differ_in_an_attribute_add_up() {
    let rows = [fine(0, 150, 2), fine(0, 150, 3), fine(0, 150, 4), day(Exactness::Exact, 300, 5)];
    let known = identities(&[(2, 1, 1), (3, 2, 2), (4, 2, 2)]);
    let merged = merge(&rows, &known);
    assert_eq!(merged.fates, [Used, Used, Duplicate, CrossFooted]);
    assert_eq!(merged.repeats, [(1, 2)]);
    let sums = added_up(rows[..2].iter().copied());
    assert_eq!((sums.len(), sums[0].quantity, sums[0].place.row), (1, 300, 2));
    // Equal in every attribute and not in every column: neither a copy nor a part.
    assert_eq!(merge(&rows[..2], &identities(&[(2, 1, 1), (3, 1, 2)])).fates, [Used, Contradicts]);
}

#[test]
fn the_sum_of_one_table_is_compared_with_that_of_another() {
    let other = |quantity, row| Usage { place: Place { table: TableRef(1), row }, ..fine(0, quantity, row) };
    let known = identities(&[(2, 1, 1), (3, 2, 2)]);
    let rows = |quantity| [fine(0, 140, 2), fine(0, 160, 3), other(quantity, 2)];
    assert_eq!(merge(&rows(300), &known).fates, [Used, Used, Duplicate]);
    assert_eq!(merge(&rows(140), &known).fates, [Used, Used, Contradicts]);
    assert_eq!(merge(&rows(140), &known).contradictions[0].says.most, 300);
}

#[test]
fn daily_rows_that_add_up_are_cross_footed_together() {
    let rows = [fine(0, 30, 2), fine(5, 20, 3), day(Exactness::Exact, 35, 4), day(Exactness::Exact, 15, 5)];
    assert_eq!(merge(&rows, &identities(&[(4, 1, 1), (5, 2, 2)])).fates, [Used, Used, CrossFooted, CrossFooted]);
}

#[test]
fn rounded_minutes_stay_apart_and_peaks_and_users_do_not_add_up() {
    let minutes = |row| reading("av.hd", 0, 300, Exactness::Minutes, 120, row);
    let known = identities(&[(2, 1, 1), (3, 2, 2)]);
    assert_eq!(merge(&[minutes(2), minutes(3)], &known).fates, [Used, Used]);
    assert_eq!(added_up([minutes(2), minutes(3)].into_iter()).len(), 2);
    let peak = |row| reading("relay.third", 0, DAY, Exactness::Peak, 5_000_000, row);
    assert_eq!(merge(&[peak(2), peak(3)], &known).fates, [Used, Contradicts]);
    let users = |row| reading("mau", 0, DAY, Exactness::Exact, 5, row);
    assert_eq!(merge(&[users(2), users(3)], &known).fates, [Used, Contradicts]);
    // The highest interval of what adds up.
    let sample = |mbps: i64, row| reading("relay.third", 0, 300, Exactness::Exact, mbps * 1_000_000, row);
    let of_day = Usage { quantity: 8_000_000, ..peak(4) };
    assert_eq!(merge(&[sample(5, 2), sample(3, 3), of_day], &known).fates, [Used, Used, CrossFooted]);
}

#[test]
fn another_item_or_application_is_another_key() {
    let other_app = Usage { app: 2, ..fine(0, 31, 3) };
    let other_item = reading("av.audio", 0, 300, Exactness::Exact, 5, 4);
    assert_eq!(fates(&[fine(0, 30, 2), other_app, other_item]), [Used; 3]);
}

#[test]
fn intervals_of_one_grade_must_not_overlap() {
    let hour = |minute, row| reading("av.hd", minute, 3600, Exactness::Exact, 10, row);
    assert_eq!(merged(&[hour(0, 2), hour(30, 3)]).contradictions[0].kind, Clash::Overlap);
}

#[test]
fn five_minute_rows_lead_and_a_daily_row_is_their_sum() {
    // 30 + 20 + 40 = 90 s.
    let rows = [fine(0, 30, 2), fine(5, 20, 3), fine(10, 40, 4)];
    let with = |day: Usage| fates(&[rows[0], rows[1], rows[2], day]);
    assert_eq!(with(day(Exactness::Exact, 90, 5)), [Used, Used, Used, CrossFooted]);
    assert_eq!(with(day(Exactness::Exact, 91, 5)), [Used, Used, Used, Overruled]);
    // 90 s are 2 minutes, not 3.
    assert_eq!(with(day(Exactness::Minutes, 120, 5)), [Used, Used, Used, CrossFooted]);
    assert_eq!(with(day(Exactness::Minutes, 180, 5)), [Used, Used, Used, Overruled]);
}

#[test]
fn five_minute_minutes_are_held_against_seconds_row_by_row() {
    let minutes = |minute, m: i64, row| reading("av.hd", minute, 300, Exactness::Minutes, m * 60, row);
    let rows = [fine(0, 61, 2), fine(5, 60, 3), minutes(0, 2, 4), minutes(5, 1, 5), minutes(10, 0, 6)];
    assert_eq!(fates(&rows), [Used, Used, CrossFooted, CrossFooted, CrossFooted]);
    let wrong = [fine(0, 61, 2), fine(5, 60, 3), minutes(0, 1, 4), minutes(5, 1, 5), minutes(10, 1, 6)];
    assert_eq!(fates(&wrong), [Used, Used, Overruled, CrossFooted, Overruled]);
}

#[test]
fn five_minute_minutes_bound_a_daily_row() {
    // 2 and 1 minutes stand for 62 to 180 seconds.
    let minutes = |minute, m: i64, row| reading("av.hd", minute, 300, Exactness::Minutes, m * 60, row);
    let with = |day: Usage| fates(&[minutes(0, 2, 2), minutes(5, 1, 3), day]);
    assert_eq!(with(day(Exactness::Exact, 62, 4)), [CrossFooted, CrossFooted, Used]);
    assert_eq!(with(day(Exactness::Exact, 61, 4)), [Overruled, Overruled, Used]);
    assert_eq!(with(day(Exactness::Minutes, 180, 4)), [CrossFooted, CrossFooted, Used]);
    assert_eq!(with(day(Exactness::Minutes, 240, 4)), [Overruled, Overruled, Used]);
}

#[test]
fn a_coarser_row_stands_on_a_day_without_finer_ones() {
    let next = Usage { start: fine(0, 0, 0).start + 86_400, ..day(Exactness::Minutes, 60, 3) };
    assert_eq!(fates(&[fine(0, 30, 2), next]), [Used, Used]);
}

#[test]
fn a_month_is_the_sum_of_its_days() {
    let month = |quantity| reading("snapshot", 0, 31 * DAY, Exactness::Exact, quantity, 4);
    let day = |n: i64, quantity| reading("snapshot", n * 1440, DAY, Exactness::Exact, quantity, 2);
    assert_eq!(fates(&[day(0, 10), day(1, 5), month(15)]), [Used, Used, CrossFooted]);
    assert_eq!(fates(&[day(0, 10), day(1, 5), month(16)]), [Used, Used, Overruled]);
    assert_eq!(fates(&[month(16)]), [Used]);
}

#[test]
fn a_peak_is_the_highest_sample_not_the_sum() {
    let sample = |minute, mbps: i64| reading("relay.third", minute, 300, Exactness::Exact, mbps * 1_000_000, 2);
    let peak = |mbps: i64| reading("relay.third", 0, DAY, Exactness::Peak, mbps * 1_000_000, 3);
    assert_eq!(fates(&[sample(0, 5), sample(5, 8), peak(8)]), [Used, Used, CrossFooted]);
    assert_eq!(fates(&[sample(0, 5), sample(5, 8), peak(13)]), [Used, Used, Overruled]);
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows = [fine(0, 30, 2), fine(5, 20, 3), day(Exactness::Exact, 50, 5), fine(0, 30, 6)];
    let turned: Vec<Usage> = rows.iter().rev().copied().collect();
    let mut fates_turned = fates(&turned);
    fates_turned.reverse();
    assert_eq!(fates(&rows), fates_turned);
}

/// The order without Polars is the order with it.
#[test]
#[cfg(feature = "polars")]
fn both_sorts_give_one_order() {
    let items = ["av.hd", "av.audio", "rec.hd"];
    let grades =
        [(300, Exactness::Exact), (3600, Exactness::Exact), (DAY, Exactness::Minutes), (300, Exactness::Minutes)];
    let mut state = 7_u32;
    let mut pick = |among: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % among
    };
    let readings: Vec<Usage> = (1..2_000)
        .map(|row| {
            let (seconds, exactness) = grades[pick(4) as usize];
            let item = items[pick(3) as usize];
            let usage = reading(item, i64::from(pick(100)) * 5, seconds, exactness, i64::from(pick(90)), row);
            let place = Place { table: TableRef(u16::try_from(pick(3)).unwrap()), row };
            Usage { app: u64::from(pick(4)), place, ..usage }
        })
        .collect();
    assert_eq!(frame::order(&readings, grade), order::order(&readings, grade));
}

#[test]
fn pages_of_one_header_add_up_by_their_texts() {
    let at = |table, row, quantity| {
        let place = Place { table: TableRef(table), row };
        Usage { place, ..fine(0, quantity, row) }
    };
    let known = |texts: [u64; 3]| -> Identities {
        let rows = [(0, 2), (1, 2), (1, 3)].into_iter().zip(texts);
        rows.map(|((table, row), text)| {
            let place = Place { table: TableRef(table), row };
            (place, Identity { attributes: text, whole: text, kin: Some((7, text)) })
        })
        .collect()
    };
    let rows = [at(0, 2, 150), at(1, 2, 150), at(1, 3, 150)];
    assert_eq!(merge(&rows, &known([1, 2, 3])).fates, [Used, Used, Used]);
    assert_eq!(merge(&rows, &known([1, 1, 2])).fates, [Used, Duplicate, Used]);
    assert_eq!(added_up(rows.into_iter()).len(), 1);
    let other = [at(0, 2, 150), at(1, 2, 149), at(1, 3, 150)];
    assert_eq!(merge(&other, &known([1, 1, 2])).fates, [Used, Contradicts, Used]);
}
