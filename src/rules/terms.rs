//! Everything that decides a charge besides the usage: which card rules which
//! days, which grants there are, what was agreed. A value, so that a single
//! rule can be changed and the bill rated again.

use std::sync::Arc;

use crate::case::account::Discounts;
pub use crate::case::account::{RebateOf, Tiering};
use crate::model::policy::{PartialMinute, Scope, Settlement, TieOrder};
use crate::model::{AppId, Day, Item, Money, Month, PackMinutes, Quantity, Ratio, Span, Stamp, UnitPrice};
use crate::rules::Card;
pub use crate::rules::billing_window::Window;
use crate::rules::readings::FreeReading;
use crate::rules::timeline::CHOSEN;

/// The rules of one account and one bill.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Which card rules which usage; in order of time, without gap or overlap.
    pub segments: Vec<Segment>,
    /// The grants of minutes, in the order of account.toml.
    pub grants: Vec<Grant>,
    /// Fees that the bill must show.
    pub fees: Vec<Fee>,
    /// Purchases that the bill may show: nothing says what they cost.
    pub possible_fees: Vec<Fee>,
    /// Free users of each application and month.
    pub quotas: Vec<Quota>,
    /// The discounts on every list price of usage, exact.
    pub discount: Discounts,
    /// Agreed prices of a billing unit.
    pub agreed: Vec<AgreedPrice>,
    /// The least that the month's usage costs by contract (保底).
    pub minimum: Option<Money>,
    /// The rebates of the contract for the month.
    pub rebates: Vec<RebateOf>,
    /// True if the last package minutes cover part of a minute.
    pub partial_minute: PartialMinute,
    /// The reading of free allowances; as the cards have it but in a counterfactual.
    pub free: FreeReading,
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
    /// The settlement of usage.
    pub settled: Settlement,
    /// Over what time seconds are added up before rounding.
    pub bucket: Bucket,
    /// Over what applications seconds are added up before rounding.
    pub scope: Scopes,
    /// In which order the usage of a bucket is covered.
    pub tie_order: TieOrder,
    /// The first of the segments whose buckets and lines are one with its own: those before it, under the same card
    /// and with the same bucket, where only ratios or the settlement turn.
    pub whole: usize,
}

/// A rate card that applied.
#[derive(Debug, Clone)]
pub struct CardUsed {
    /// Its id.
    pub id: String,
    /// True if account.toml names it; else it follows from the account.
    pub chosen: bool,
    /// The usage that it rules.
    pub span: Span,
    /// The card.
    pub card: Arc<Card>,
}

/// Over what applications seconds are added up before they are rounded up to minutes, by item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Arc<[Scope]>);

impl Scopes {
    /// Asks for the scope of each item.
    pub fn by(of: impl FnMut(Item) -> Scope) -> Self {
        Self(Item::all().map(of).collect())
    }

    /// Returns one scope for every item.
    #[must_use]
    pub fn all(scope: Scope) -> Self {
        Self::by(|_| scope)
    }

    /// Returns the scope of an item.
    #[must_use]
    pub fn of(&self, item: Item) -> Scope {
        self.0[item.index()]
    }

    /// Returns whether any item has a scope.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Returns the other scope for every item.
    #[must_use]
    pub fn swapped(&self) -> Self {
        Self::by(|item| self.of(item).other())
    }
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
    /// The package minutes it gives.
    pub minutes: PackMinutes,
    /// Usage that starts inside may be covered.
    pub valid: Span,
    /// When it was taken back: from then on it gives nothing.
    pub ended: Option<Stamp>,
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
    /// True if it is asked before all others.
    pub always_first: bool,
    /// Its place before all other marks of order; 0 but in a counterfactual.
    pub rank: usize,
    /// Package minutes per minute: by segment, then by [`Item::index`]; `None` is not covered.
    pub ratios: Vec<Vec<Option<Ratio>>>,
    /// The package minutes left of it when the ledger starts, where the account says so.
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
    /// The price.
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
    /// Of one billing unit; of the first band, where the volume decides.
    pub price: UnitPrice,
    /// Prices by the month's volume over the account.
    pub tiers: Option<PriceTiers>,
    /// The first day.
    pub from: Day,
    /// The first day behind.
    pub until: Option<Day>,
}

/// Prices of a billing unit by the month's volume of an item over the account (阶梯价).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTiers {
    /// The way the bands are applied.
    pub tiering: Tiering,
    /// The largest volume of each band, inclusive, and its price; the last has no limit.
    pub bands: Vec<(Option<Quantity>, UnitPrice)>,
}

impl AgreedPrice {
    /// Returns whether it is the price of an item on a day.
    #[must_use]
    pub fn holds(&self, item: Item, on: Day) -> bool {
        self.item == item && self.from <= on && self.until.is_none_or(|until| on < until)
    }
}

impl PriceTiers {
    /// Returns the price of the band that a volume reaches.
    #[must_use]
    pub fn reached(&self, volume: Quantity) -> UnitPrice {
        let holds = |band: &&(Option<Quantity>, UnitPrice)| band.0.is_none_or(|up_to| volume <= up_to);
        let band = self.bands.iter().find(holds).or_else(|| self.bands.last());
        band.map_or_else(|| unreachable!("the last band has no limit"), |(_, price)| *price)
    }

    /// Returns what a part of the volume costs, from one point of it to another: each band's part at its price.
    #[must_use]
    pub fn graduated(&self, from: Quantity, until: Quantity) -> Money {
        let (mut begun, mut cost) = (from, Money::ZERO);
        for (up_to, price) in &self.bands {
            let end = up_to.map_or(until, |up_to| up_to.min(until));
            if end > begun {
                cost += Money::new(price.decimal() * (end - begun).decimal());
                begun = end;
            }
        }
        cost
    }
}

impl Segment {
    /// Returns a day that it rules: its first, or its last where it has no first.
    #[must_use]
    pub fn any_day(&self) -> Day {
        if self.span.from > Stamp::MIN { self.span.from.day() } else { (self.span.until + -1).day() }
    }
}

impl Grant {
    /// Returns true if it covers only its own application at a moment.
    #[must_use]
    pub fn is_bound(&self, at: Stamp) -> bool {
        self.app.is_some() && !self.unbound.iter().any(|offer| offer.contains(at))
    }

    /// Returns when it may cover usage: its validity, up to the moment at which it was taken back.
    #[must_use]
    pub fn in_force(&self) -> Span {
        Span { until: self.ended.map_or(self.valid.until, |ended| ended.min(self.valid.until)), ..self.valid }
    }

    /// Returns true if it may cover usage of an application at a moment; taken back before it works, it never does.
    #[must_use]
    pub fn serves(&self, app: AppId, at: Stamp) -> bool {
        let works = self.ended.is_none_or(|ended| self.ready < ended);
        works && self.in_force().contains(at) && at >= self.since && (self.app == Some(app) || !self.is_bound(at))
    }
}

impl Terms {
    /// Returns the segment that rules usage at a moment. The segments have no gap, so
    /// there is always one.
    #[must_use]
    pub fn segment(&self, at: Stamp) -> usize {
        self.segments.partition_point(|segment| segment.span.until <= at)
    }

    /// Returns the grants that can cover an item of an application in a time.
    pub fn grants_for(&self, app: Option<AppId>, item: Item, span: Span) -> impl Iterator<Item = &Grant> {
        let segment = self.segment(span.from);
        self.grants.iter().filter(move |grant| {
            grant.valid.overlaps(span)
                && (grant.app.is_none() || app.is_none() || grant.app == app)
                && grant.ratios.get(segment).is_some_and(|ratios| ratios[item.index()].is_some())
        })
    }

    /// Returns true if the bill holds usage at a moment.
    #[must_use]
    pub fn bills(&self, at: Stamp) -> bool {
        match self.segments[self.segment(at)].settled {
            Settlement::Day => self.window.days.contains(at + -self.day_shift),
            Settlement::Month => self.window.month.span().contains(at + -self.day_shift),
        }
    }

    /// Returns the usage in minutes that the bill can hold, from the first of it to the
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

    /// Returns the moment before which everything was bought that the bill can hold or that covers its usage.
    #[must_use]
    pub fn bought_until(&self) -> Stamp {
        self.billed_usage().until.max(self.window.fees.until)
    }

    /// Returns the day that usage at a moment belongs to.
    #[must_use]
    pub fn day(&self, at: Stamp) -> Day {
        (at + -self.day_shift).day()
    }

    /// Returns the currency of the bill.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.segments[self.segment(self.window.days.from)].card.currency
    }

    /// Returns the cards that rule the bill's usage, in order of time.
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

    /// Returns the agreed price of an item on a day, if one was agreed.
    #[must_use]
    pub fn agreed_price(&self, item: Item, on: Day) -> Option<UnitPrice> {
        self.agreement(item, on).map(|agreed| agreed.price)
    }

    /// Returns what was agreed on the price of an item on a day.
    #[must_use]
    pub fn agreement(&self, item: Item, on: Day) -> Option<&AgreedPrice> {
        self.agreed.iter().find(|agreed| agreed.holds(item, on))
    }

    /// Returns whether a price depends on the month's volume.
    #[must_use]
    pub fn prices_by_volume(&self) -> bool {
        self.agreed.iter().any(|agreed| agreed.tiers.is_some())
    }
}
