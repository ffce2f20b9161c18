//! From rooms, hosts and viewers to a month's minutes: each host receives the
//! other hosts, each viewer all hosts, by the card's clock.

use crate::model::diagnostic::{At, Diagnostic};
use crate::model::usage::Exactness;
use crate::model::{Day, Item, Place, TableRef, Usage};
use crate::rules::Card;
use crate::rules::card::{Bound, Clock};

/// The application that the rooms are counted for.
pub const APP: u64 = 1;
/// More clocks than any account could run; keeps every product exact.
const MOST_MINUTES: u64 = 1_000_000_000_000;

/// The rooms of a day and their users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// Rooms a day.
    pub rooms: u32,
    /// Who send, in each room.
    pub hosts: u32,
    /// Who only receive, in each room.
    pub viewers: u32,
    /// The duration of a room, in minutes.
    pub minutes: u32,
    /// Days of the month.
    pub days: u32,
    /// The stream that each host sends.
    pub sent: Sent,
}

/// The stream that each host sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// The largest picture of a tier, or `audio`.
    Tier(String),
    /// A picture of that area, in px.
    Picture(u64),
}

/// The clocks that some users of a room run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// `hosts` or `viewers`.
    pub who: &'static str,
    /// The number of these users in each room.
    pub users: u32,
    /// The number of hosts that each of them receives.
    pub receives: u32,
    /// The counted item; none where nobody is received and nothing runs.
    pub item: Option<Item>,
    /// The number of clocks that each of them runs.
    pub clocks: u32,
    /// All their minutes in the month.
    pub minutes: u64,
}

impl Scene {
    /// Returns what the hosts and the viewers run in a month on a card.
    pub fn counted(&self, card: &Card) -> Result<Vec<Counted>, Diagnostic> {
        let groups = [("hosts", self.hosts, self.hosts.saturating_sub(1)), ("viewers", self.viewers, self.hosts)];
        let groups = groups.into_iter().filter(|(_, users, _)| *users > 0);
        let counted: Vec<Counted> = groups.map(|group| self.group(group, card)).collect::<Result<_, _>>()?;
        if counted.iter().map(|group| group.minutes).sum::<u64>() > MOST_MINUTES {
            let message = format!("that is more than {MOST_MINUTES} minutes a month");
            return Err(refused("--rooms", message, "check the figures: --minutes is per room and day"));
        }
        Ok(counted)
    }

    fn group(&self, (who, users, receives): (&'static str, u32, u32), card: &Card) -> Result<Counted, Diagnostic> {
        let (item, clocks) = match self.sent.clock(receives, card)? {
            Some((item, clocks)) => (Some(item), clocks),
            None => (None, 0),
        };
        let factors = [users, clocks, self.minutes, self.rooms, self.days];
        let minutes = factors.into_iter().try_fold(1_u64, |product, factor| product.checked_mul(u64::from(factor)));
        Ok(Counted { who, users, receives, item, clocks, minutes: minutes.unwrap_or(u64::MAX / 2) })
    }

    /// Returns the same as daily usage from a day on.
    #[must_use]
    pub fn usage(&self, counted: &[Counted], first: Day) -> Vec<Usage> {
        let days = (0..).take(usize::try_from(self.days).unwrap_or(usize::MAX));
        let groups = counted.iter().filter_map(|group| Some((group.item?, group.minutes / u64::from(self.days))));
        let groups: Vec<(Item, u64)> = groups.collect();
        let row = |day: i32, item: Item, minutes: u64| Usage {
            start: (first + day).start(),
            seconds: 86_400,
            item,
            exactness: Exactness::Exact,
            app: APP,
            quantity: i64::try_from(minutes * 60).unwrap_or_else(|_| unreachable!("below MOST_MINUTES")),
            place: Place { table: TableRef(0), row: 0 },
        };
        days.flat_map(|day| groups.iter().map(move |(item, minutes)| row(day, *item, *minutes))).collect()
    }
}

impl Sent {
    /// Returns the clocks of one user who receives so many hosts; none where nothing runs.
    fn clock(&self, receives: u32, card: &Card) -> Result<Option<(Item, u32)>, Diagnostic> {
        let own = self.item(card)?;
        let audio = || card_item("audio", card).ok_or_else(|| unknown_tier("audio", card));
        let is_sound = *self == Self::Tier("audio".to_owned());
        Ok(match card.meter.clock {
            Clock::WholeStay => Some((audio()?, 1)),
            Clock::PerStream if receives == 0 => None,
            Clock::PerPicture | Clock::SumOfAreas if is_sound || receives == 0 => Some((audio()?, 1)),
            Clock::PerStream | Clock::PerPicture => Some((own, receives)),
            Clock::SumOfAreas => Some((self.sum(receives, card)?, 1)),
        })
    }

    /// Returns the item of one stream.
    fn item(&self, card: &Card) -> Result<Item, Diagnostic> {
        match self {
            Self::Tier(tier) => card_item(tier, card).ok_or_else(|| unknown_tier(tier, card)),
            Self::Picture(_) if card.meter.clock == Clock::WholeStay => {
                card_item("audio", card).ok_or_else(|| unknown_tier("audio", card))
            }
            Self::Picture(area) => of_area(*area, card),
        }
    }

    /// Returns the item of so many of them added up.
    fn sum(&self, count: u32, card: &Card) -> Result<Item, Diagnostic> {
        let area = match self {
            Self::Picture(area) => *area,
            Self::Tier(tier) => match bounds(card).iter().find(|bound| bound.tier == *tier) {
                Some(Bound { px: Some(px), .. }) => *px,
                Some(_) => return self.item(card),
                None => return Err(unknown_tier(tier, card)),
            },
        };
        of_area(area.saturating_mul(u64::from(count)), card)
    }
}

/// Returns the tiers of pictures in a room; of several in time, the latest.
fn bounds(card: &Card) -> &[Bound] {
    let of_rooms = card.tiers.iter().rev().find(|tiers| tiers.services.iter().any(|service| service == "av"));
    of_rooms.map_or(&[], |tiers| &tiers.bounds)
}

fn card_item(tier: &str, card: &Card) -> Option<Item> {
    card.admit(Item::parse(&format!("av.{tier}"))?)
}

fn of_area(area: u64, card: &Card) -> Result<Item, Diagnostic> {
    let bound = bounds(card).iter().find(|bound| bound.px.is_none_or(|px| area <= px));
    if let Some(item) = bound.and_then(|bound| card_item(&bound.tier, card)) {
        return Ok(item);
    }
    let largest = bounds(card).iter().filter_map(|bound| bound.px).max();
    let largest = largest.map_or_else(|| "no tier for pictures".to_owned(), |px| format!("tiers up to {px} px"));
    let message = format!("a user would receive {area} px in all; {} has {largest}", card.id);
    Err(refused("--tier", message, "take fewer hosts, a lower tier, or the real size with --picture 640x360"))
}

fn unknown_tier(tier: &str, card: &Card) -> Diagnostic {
    let mut known = vec!["audio"];
    match card.meter.clock {
        Clock::WholeStay => known.extend(["sd", "hd"]),
        _ => known.extend(bounds(card).iter().map(|bound| bound.tier.as_str())),
    }
    let message = format!("`{}` is no tier of {}", crate::model::diagnostic::shown(tier), card.id);
    refused("--tier", message, &format!("its tiers are: {}; or give the size with --picture 640x480", known.join(", ")))
}

fn refused(flag: &str, message: String, help: &str) -> Diagnostic {
    Diagnostic::error("estimate-scene", At::file(flag), message, help)
}
