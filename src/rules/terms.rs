//! Everything that decides a charge besides the usage: which card rules which
//! days, which grants there are, what was agreed. A value, so that a single
//! rule can be changed and the bill rated again.

use std::sync::Arc;

use crate::model::policy::{PartialMinute, Scope, Settlement, TieOrder};
use crate::model::{AppId, Day, Item, Month, PackMinutes, Ratio, Span, Stamp, UnitPrice};
use crate::rules::Card;
use crate::rules::timeline::CHOSEN;

/// The rules of one account and one bill.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Which card rules which usage; in order of time, without gap or overlap.
    pub segments: Vec<Segment>,
    /// What gives minutes, in the order of account.toml.
    pub grants: Vec<Grant>,
    /// Fees that the bill must show.
    pub fees: Vec<Fee>,
    /// Purchases that the bill may show: nothing says what they cost.
    pub possible_fees: Vec<Fee>,
    /// Free users of each application and month.
    pub quotas: Vec<Quota>,
    /// A discount on every list price of usage, exact.
    pub discount: Option<rust_decimal::Decimal>,
    /// Agreed prices of a billing unit.
    pub agreed: Vec<AgreedPrice>,
    /// Whether the last package minutes cover part of a minute.
    pub partial_minute: PartialMinute,
    /// Which usage the bill holds.
    pub window: Window,
    /// Seconds by which every day begins later than 00:00 in Beijing; 0 but in
    /// a counterfactual.
    pub day_shift: i64,
}

/// A stretch of time under one card.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The usage it rules.
    pub span: Span,
    /// The card.
    pub card: Arc<Card>,
    /// Why this card.
    pub reason: String,
    /// How usage is settled.
    pub settled: Settlement,
    /// Over what time seconds are added up before rounding.
    pub bucket: Bucket,
    /// Over what applications seconds are added up before rounding.
    pub scope: Scope,
    /// In which order the usage of a bucket is covered.
    pub tie_order: TieOrder,
}

/// A rate card that applied.
#[derive(Debug, Clone)]
pub struct CardUsed {
    /// Its id.
    pub id: String,
    /// Whether account.toml names it; else it follows from the account.
    pub chosen: bool,
    /// The usage that it rules.
    pub span: Span,
    /// What it says.
    pub card: Arc<Card>,
}

/// Over what time seconds are added up before they are rounded up to minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Each interval by itself: no card does this, a wrong bill may.
    Interval,
    /// A Beijing day.
    Day,
    /// A calendar month.
    Month,
}

/// Anything that gives minutes: a package, a free gift, one cycle of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Its id; cycles of a subscription are `<id>#1`, `<id>#2`, …
    pub id: String,
    /// The plan.
    pub plan: String,
    /// What it gives.
    pub minutes: PackMinutes,
    /// Usage that starts inside may be covered.
    pub valid: Span,
    /// From when on it works: 5 minutes after payment for what was bought.
    pub ready: Stamp,
    /// Once it works, usage since then that is still uncovered is caught up.
    pub since: Stamp,
    /// Its place among grants that end together.
    pub purchased: Stamp,
    /// The application it is bound to.
    pub app: Option<AppId>,
    /// Usage for which the binding is lifted.
    pub unbound: Vec<Span>,
    /// Whether it is asked before all others.
    pub always_first: bool,
    /// Its place before all other marks of order; 0 but in a counterfactual.
    pub rank: usize,
    /// Package minutes per minute: by segment, then by [`Item::index`]; `None` is not covered.
    pub ratios: Vec<Vec<Option<Ratio>>>,
    /// What was left of it when the ledger starts, where the account says so.
    pub opening: Option<PackMinutes>,
}

/// A fixed fee of a plan or package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fee {
    /// `fee.<plan>`.
    pub item: Item,
    /// The application it is for.
    pub app: Option<AppId>,
    /// The day of payment or renewal.
    pub day: Day,
    /// What it costs.
    pub price: UnitPrice,
}

/// Free monthly active users of one application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// The application.
    pub app: AppId,
    /// The month.
    pub month: Month,
    /// The users.
    pub users: i64,
}

/// A price by contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreedPrice {
    /// The item.
    pub item: Item,
    /// Of one billing unit.
    pub price: UnitPrice,
    /// The first day.
    pub from: Day,
    /// The first day behind.
    pub until: Option<Day>,
}

/// Which usage a bill holds (RULES.md 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Usage that is settled by the day.
    pub days: Span,
    /// The month of usage that is settled by the month.
    pub month: Month,
    /// Payments of fees.
    pub fees: Span,
}

impl Segment {
    /// A day that it rules: its first, or its last where it has no first.
    #[must_use]
    pub fn any_day(&self) -> Day {
        if self.span.from > Stamp::MIN { self.span.from.day() } else { (self.span.until + -1).day() }
    }
}

impl Window {
    /// The first moment behind everything that the bill can hold.
    #[must_use]
    pub fn until(&self) -> Stamp {
        self.days.until.max(self.month.span().until)
    }

    /// The first moment of usage that the bill holds.
    #[must_use]
    pub fn from(&self) -> Stamp {
        self.days.from.min(self.month.span().from)
    }
}

impl Grant {
    /// Whether it covers only its own application at a moment.
    #[must_use]
    pub fn is_bound(&self, at: Stamp) -> bool {
        self.app.is_some() && !self.unbound.iter().any(|offer| offer.contains(at))
    }

    /// Whether it may cover usage of an application at a moment.
    #[must_use]
    pub fn serves(&self, app: AppId, at: Stamp) -> bool {
        self.valid.contains(at) && at >= self.since && (self.app == Some(app) || !self.is_bound(at))
    }
}

impl Terms {
    /// The segment that rules usage at a moment. The segments have no gap, so
    /// there is always one.
    #[must_use]
    pub fn segment(&self, at: Stamp) -> usize {
        self.segments.partition_point(|segment| segment.span.until <= at)
    }

    /// Whether the bill holds usage at a moment.
    #[must_use]
    pub fn bills(&self, at: Stamp) -> bool {
        match self.segments[self.segment(at)].settled {
            Settlement::Day => self.window.days.contains(at + -self.day_shift),
            Settlement::Month => self.window.month.span().contains(at + -self.day_shift),
        }
    }

    /// The usage in minutes that the bill can hold, from the first of it to the
    /// last: the days, the month, or (where the settlement changes with the card)
    /// the month of the one card and the days of the next.
    #[must_use]
    pub fn billed_usage(&self) -> Span {
        let of = |segment: &Segment| match segment.settled {
            Settlement::Day => self.window.days.within(segment.span),
            Settlement::Month => self.window.month.span().within(segment.span),
        };
        let held = self.segments.iter().map(of).filter(|span| span.from < span.until);
        held.reduce(|first, last| Span { from: first.from, until: last.until }).unwrap_or(self.window.days)
    }

    /// The moment before which everything was bought that the bill can hold or that covers its usage.
    #[must_use]
    pub fn bought_until(&self) -> Stamp {
        self.billed_usage().until.max(self.window.fees.until)
    }

    /// The day that usage at a moment belongs to.
    #[must_use]
    pub fn day(&self, at: Stamp) -> Day {
        (at + -self.day_shift).day()
    }

    /// The currency of the bill.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.segments[self.segment(self.window.days.from)].card.currency
    }

    /// The cards that rule the bill's usage, in order of time.
    #[must_use]
    pub fn cards_used(&self) -> Vec<CardUsed> {
        let bill = Span { from: self.window.from(), until: self.window.until() };
        let ruling = self.segments.iter().filter(|segment| segment.span.overlaps(bill));
        let used = |segment: &Segment| CardUsed {
            id: segment.card.id.clone(),
            chosen: segment.reason == CHOSEN,
            span: segment.span,
            card: Arc::clone(&segment.card),
        };
        let mut cards: Vec<CardUsed> = ruling.map(used).collect();
        cards.dedup_by(|next, last| next.id == last.id);
        cards
    }

    /// The agreed price of an item on a day, if one was agreed.
    #[must_use]
    pub fn agreed_price(&self, item: Item, on: Day) -> Option<UnitPrice> {
        self.agreement(item, on).map(|agreed| agreed.price)
    }

    /// What was agreed on the price of an item on a day.
    #[must_use]
    pub fn agreement(&self, item: Item, on: Day) -> Option<&AgreedPrice> {
        let in_force =
            |price: &&AgreedPrice| price.item == item && price.from <= on && price.until.is_none_or(|until| on < until);
        self.agreed.iter().find(in_force)
    }
}
