//! Which clocks run while a record lasts: by the card's own clock in a room, and by service
//! beside it.

use std::collections::HashMap;

use super::record::{Activity, CallRecord, Picture, Streams};
use crate::model::{Day, Item, Span, Stamp};
use crate::rules::Card;
use crate::rules::card::Clock;

/// An item and how many clocks of it run at once; of a relay, its kbps.
pub(super) type Running = (Item, i64);

/// Why a record cannot be metered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unmetered {
    /// The card has no price for what the actor does.
    NotOnCard,
    /// The picture, or the sum of pictures, is larger than every tier.
    TooLarge {
        /// In px.
        area: u64,
        /// The largest that has a tier, in px; none where there is no tier at all.
        largest: Option<u64>,
    },
    /// A file shows one picture.
    SeveralPictures,
}

/// The clocks that a card runs for records, kept for each distinct case.
pub(super) struct Clocks<'a> {
    card: &'a Card,
    /// The days on which the card's tiers change, in order.
    turns: &'a [Day],
    known: HashMap<Case, Result<Vec<Running>, Unmetered>>,
}

/// All that decides which clocks run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Case {
    activity: Activity,
    streams: std::sync::Arc<Streams>,
    output: Option<Picture>,
    copies: u32,
    kbps: u32,
    turn: usize,
}

/// Returns the days on which the tiers of a card change.
pub(super) fn turns(card: &Card) -> Vec<Day> {
    let mut turns: Vec<Day> =
        card.tiers.iter().flat_map(|tiers| [tiers.usage_from, tiers.usage_until]).flatten().collect();
    turns.sort_unstable();
    turns.dedup();
    turns
}

impl<'a> Clocks<'a> {
    pub(super) fn new(card: &'a Card, turns: &'a [Day]) -> Self {
        Self { card, turns, known: HashMap::new() }
    }

    /// Returns the clocks of a record: for each part of its span what runs. A span is
    /// parted only where the card's tiers change within it.
    pub(super) fn of(&mut self, record: &CallRecord, mut run: impl FnMut(Span, &[Running])) -> Result<(), Unmetered> {
        let mut from = record.span.from;
        while from < record.span.until {
            let turn = self.turns.partition_point(|day| day.start() <= from);
            let until = self.turns.get(turn).map_or(Stamp::MAX, |day| day.start()).min(record.span.until);
            let case = Case {
                activity: record.activity,
                streams: record.streams.clone(),
                output: record.output,
                copies: record.copies,
                kbps: record.kbps,
                turn,
            };
            let card = self.card;
            let running = self.known.entry(case).or_insert_with(|| clocks(card, record, from.day()));
            run(Span { from, until }, running.as_ref().map_err(Clone::clone)?);
            from = until;
        }
        Ok(())
    }
}

/// Returns the clocks that run for a record on one day.
fn clocks(card: &Card, record: &CallRecord, day: Day) -> Result<Vec<Running>, Unmetered> {
    let service = Service { card, activity: record.activity, day };
    service.offered()?;
    let streams = &*record.streams;
    match record.activity {
        Activity::Room => service.room(streams),
        Activity::Recording => Ok(vec![(service.of_sum(streams.area())?, i64::from(record.copies))]),
        Activity::MixH264 | Activity::MixH265 => service.mixing(streams, record.output),
        Activity::RelayTencent | Activity::RelayThird => Ok(vec![(service.sound()?, i64::from(record.kbps))]),
        Activity::DeliverTencent | Activity::DeliverThird | Activity::Page => {
            if streams.pictures.len() > 1 {
                return Err(Unmetered::SeveralPictures);
            }
            Ok(vec![(service.of_sum(streams.area())?, 1)])
        }
    }
}

/// A service of a card on a day.
struct Service<'a> {
    card: &'a Card,
    activity: Activity,
    day: Day,
}

impl Service<'_> {
    fn offered(&self) -> Result<(), Unmetered> {
        let service = self.activity.service();
        let offered = self.card.items().any(|item| item.service() == service);
        if offered { Ok(()) } else { Err(Unmetered::NotOnCard) }
    }

    /// Returns what a user in a room receives, by the card's clock.
    fn room(&self, streams: &Streams) -> Result<Vec<Running>, Unmetered> {
        match self.card.meter.clock {
            Clock::WholeStay => Ok(vec![(self.sound()?, 1)]),
            Clock::SumOfAreas => Ok(vec![(self.of_sum(streams.area())?, 1)]),
            Clock::PerPicture if streams.pictures.is_empty() => Ok(vec![(self.sound()?, 1)]),
            Clock::PerPicture => self.each(streams),
            Clock::PerStream => {
                let mut running = self.each(streams)?;
                if streams.sounds > 0 {
                    running.push((self.sound()?, i64::from(streams.sounds)));
                }
                Ok(running)
            }
        }
    }

    /// Returns a mixing task: the sum of the pictures that come in, and one clock for
    /// pure sound. An output above twice that sum counts as one input more,
    /// also where no picture comes in at all (the black picture).
    fn mixing(&self, streams: &Streams, output: Option<Picture>) -> Result<Vec<Running>, Unmetered> {
        let inputs = streams.area();
        let filled = output.map(Picture::area).filter(|output| *output > 2 * inputs);
        let area = inputs + filled.unwrap_or_default();
        let mut running = Vec::new();
        // A task with neither picture nor output mixes sound.
        if streams.sounds > 0 || area == 0 {
            running.push((self.sound()?, 1));
        }
        if area > 0 {
            running.push((self.tier(area)?, 1));
        }
        Ok(running)
    }

    fn each(&self, streams: &Streams) -> Result<Vec<Running>, Unmetered> {
        streams.pictures.iter().map(|picture| Ok((self.tier(picture.area())?, 1))).collect()
    }

    /// Returns the tier of a sum of areas; without a picture, sound.
    fn of_sum(&self, area: u64) -> Result<Item, Unmetered> {
        if area == 0 { self.sound() } else { self.tier(area) }
    }

    fn sound(&self) -> Result<Item, Unmetered> {
        Item::parse(self.activity.sound()).and_then(|item| self.card.admit(item)).ok_or(Unmetered::NotOnCard)
    }

    fn tier(&self, area: u64) -> Result<Item, Unmetered> {
        let service = self.activity.service();
        self.card.tier(service, area, self.day).ok_or_else(|| {
            let tiers = self.card.tiers.iter().find(|tiers| tiers.holds(service, self.day));
            let largest = tiers.and_then(|tiers| tiers.bounds.last()).and_then(|bound| bound.px);
            Unmetered::TooLarge { area, largest }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Cards;

    /// Returns what runs on 2024-10-01, as `item xN`.
    fn running(card: &str, activity: Activity, streams: &str, output: Option<&str>) -> Result<String, Unmetered> {
        let cards = Cards::embedded();
        let start = Day::parse("2024-10-01").unwrap().start();
        let record = CallRecord {
            app: 1,
            room: 0,
            actor: 0,
            activity,
            span: Span { from: start, until: start + 60 },
            streams: std::sync::Arc::new(Streams::parse(streams).unwrap()),
            output: output.map(|text| Picture::parse(text).unwrap()),
            copies: 2,
            kbps: if activity.is_relay() { 500 } else { 0 },
            row: 2,
        };
        let running = clocks(cards.get(card).unwrap(), &record, start.day())?;
        Ok(running.iter().map(|(item, count)| format!("{item} x{count}")).collect::<Vec<_>>().join(", "))
    }

    fn room(card: &str, streams: &str) -> String {
        running(card, Activity::Room, streams, None).unwrap()
    }

    #[test]
    fn the_clock_of_a_card_decides_what_a_user_runs() {
        let streams = "640x480+1280x720+audio+audio";
        assert_eq!(room("cn-2019", streams), "av.call x1");
        assert_eq!(room("cn-2019b", streams), "av.sd x1, av.hd x1, av.audio x2");
        assert_eq!(room("cn-2020", streams), "av.sd x1, av.hd x1");
        assert_eq!(room("cn-2022", streams), "av.sd x1, av.hd x1");
        assert_eq!(room("intl-2024", streams), "av.fhd x1", "307,200 + 921,600 px");
    }

    #[test]
    fn without_a_picture_the_sound_runs_once() {
        for streams in ["", "audio", "audio+audio"] {
            assert_eq!(room("cn-2019", streams), "av.call x1");
            assert_eq!(room("cn-2022", streams), "av.audio x1");
            assert_eq!(room("intl-2024", streams), "av.audio x1");
        }
        assert_eq!(room("cn-2019b", ""), "", "alone is nothing");
        assert_eq!(room("cn-2019b", "audio"), "av.audio x1");
    }

    #[test]
    fn a_recording_counts_each_format() {
        let recording = |streams| running("intl-2024", Activity::Recording, streams, None).unwrap();
        assert_eq!(recording("audio+audio"), "rec.audio x2");
        assert_eq!(recording("640x360+audio"), "rec.hd x2");
    }

    #[test]
    fn a_mixing_task_fills_up_to_its_output() {
        let mixing = |streams, output| running("intl-2024", Activity::MixH265, streams, output).unwrap();
        assert_eq!(mixing("audio+audio", None), "mix.audio x1");
        assert_eq!(mixing("640x360+audio", None), "mix.audio x1, mix.h265.hd x1");
        assert_eq!(mixing("audio", Some("1920x1080")), "mix.audio x1, mix.h265.fhd x1", "a black picture");
        assert_eq!(mixing("", Some("1280x720")), "mix.h265.hd x1");
        assert_eq!(mixing("", None), "mix.audio x1");
        // 1280 x 720 is just twice 640 x 720; one more row of px is above.
        assert_eq!(mixing("640x720", Some("1280x720")), "mix.h265.hd x1");
        assert_eq!(mixing("640x720", Some("1280x721")), "mix.h265.fhd x1", "460,800 + 922,880 px");
    }

    #[test]
    fn what_has_no_tier_or_no_price_is_not_metered() {
        let nine_million = running("intl-2024", Activity::Room, "4096x2161", None);
        assert_eq!(nine_million, Err(Unmetered::TooLarge { area: 8_851_456, largest: Some(8_847_360) }));
        assert_eq!(room("cn-2020", "8000x8000"), "av.hdplus x1");
        assert_eq!(room("cn-2019", "8000x8000"), "av.call x1");
        for activity in &Activity::ALL[1..] {
            assert_eq!(running("cn-2022", *activity, "640x480", None), Err(Unmetered::NotOnCard));
        }
        let two = running("intl-2024", Activity::DeliverThird, "640x480+640x480", None);
        assert_eq!(two, Err(Unmetered::SeveralPictures));
    }
}
