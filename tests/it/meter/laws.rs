//! What holds of any call records.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use trtc_recon::model::{Item, Span, Stamp};
use trtc_recon::rules::Cards;
use trtc_recon::tools::meter::{CallRecord, Streams, meter};

use super::{APP, card};

/// Records of few actors that do not overlap, on two applications.
fn records() -> impl Strategy<Value = Vec<CallRecord>> {
    let streams = prop::sample::select(vec!["", "audio", "640x480", "1280x720+audio", "720x360+640x480+640x480"]);
    let step = (0..3_u32, 0..2_u64, 0..700_i64, 1..2_000_i64, streams);
    prop::collection::vec(step, 1..40).prop_map(|steps| {
        // The third of December 2019 lies before a change of tiers.
        let start = Stamp::parse("2019-12-03T22:00:00").unwrap();
        let mut until = BTreeMap::new();
        let record = |(row, (actor, app, pause, length, streams)): (u32, (u32, u64, i64, i64, &str))| {
            let end = until.entry((app, actor)).or_insert(start);
            let from = *end + pause;
            *end = from + length;
            let streams = Arc::new(Streams::parse(streams).unwrap());
            let span = Span { from, until: *end };
            CallRecord { app: APP + app, actor, span, streams, row, ..super::record(row, "room", "2019-12-03", 1, "") }
        };
        (2..).zip(steps).map(record).collect()
    })
}

/// Every record cut in two at a part of its length, in thousandths.
fn cut(records: &[CallRecord], at: i64) -> Vec<CallRecord> {
    let mut pieces = Vec::new();
    for record in records {
        let middle = record.span.from + record.span.seconds() * at / 1000;
        for span in [Span { until: middle, ..record.span }, Span { from: middle, ..record.span }] {
            let row = u32::try_from(pieces.len()).unwrap() + 2;
            pieces.push(CallRecord { span, row, ..record.clone() });
        }
    }
    pieces.retain(|piece| piece.span.seconds() > 0);
    pieces
}

proptest! {
    #[test]
    fn seconds_in_are_seconds_out_where_one_clock_runs(records in records()) {
        let lasted: i64 = records.iter().map(|record| record.span.seconds()).sum();
        for id in ["cn-2019", "intl-2021", "intl-2022", "intl-2024"] {
            let usage = meter(&records, &card(id)).unwrap();
            prop_assert_eq!(usage.iter().map(|used| used.seconds).sum::<i64>(), lasted, "{}", id);
            prop_assert!(usage.iter().all(|used| used.seconds > 0 && used.start.seconds() % 300 == 0));
            prop_assert!(usage.is_sorted_by_key(|used| (used.start, used.app, used.item)));
        }
    }

    #[test]
    fn a_record_may_be_cut_anywhere(records in records(), at in 0..=1000_i64) {
        for card in &Cards::embedded() {
            prop_assert_eq!(meter(&cut(&records, at), card).unwrap(), meter(&records, card).unwrap(), "{}", card.id);
        }
    }

    /// The plainest reading of the rules: second by second.
    #[test]
    fn it_is_what_a_count_of_single_seconds_gives(records in records()) {
        let card = card("intl-2024");
        let mut counted: BTreeMap<(i64, u64, Item), i64> = BTreeMap::new();
        for record in &records {
            let area: u64 = record.streams.pictures.iter().map(|picture| picture.area()).sum();
            let item = match area { 0 => "av.audio", 1..=921_600 => "av.hd", _ => "av.fhd" };
            for second in record.span.from.seconds()..record.span.until.seconds() {
                *counted.entry((second - second % 300, record.app, Item::parse(item).unwrap())).or_default() += 1;
            }
        }
        let usage = meter(&records, &card).unwrap();
        let metered: BTreeMap<_, _> =
            usage.iter().map(|used| ((used.start.seconds(), used.app, used.item), used.seconds)).collect();
        prop_assert_eq!(metered, counted);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(records in records()) {
        let turned: Vec<_> = records.iter().rev().cloned().collect();
        let card = card("cn-2022");
        prop_assert_eq!(meter(&turned, &card).unwrap(), meter(&records, &card).unwrap());
    }
}
