//! Rates past months under other plans and packages. Pure.
//!
//! Every set of purchases is rated exactly, month by month, as `rate` does it. Few sets are tried all; of many, one
//! place after the other is changed to the best that it can be, until no place makes the months cheaper.

pub mod text;
pub mod year;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::model::diagnostic::Diagnostics;
use crate::model::{AppId, Money, PackMinutes, Span, Stamp, Unit};
use crate::rate::charge::Charge;
use crate::rules::plan::{Kind, Offer};
use crate::rules::{Card, Cards, Plan, Plans};
use crate::tools::estimate::Purchase;
use crate::tools::estimate::mix::{Open, cheapest_packages, monthly_sets, sold};
pub use year::{Held, MonthCase, Rated, Set, Year};

/// So many sets are tried all.
pub const ALL: usize = 4_096;

/// The cost of several months.
#[derive(Debug, Clone)]
pub struct Cost {
    /// The purchases.
    pub set: Set,
    /// Each month.
    pub months: Vec<Money>,
    /// All of them.
    pub total: Money,
}

/// The result of a backtest.
#[derive(Debug, Clone)]
pub struct Found {
    /// With the purchases of account.toml, packages without `paid` at their list price.
    pub real: Cost,
    /// With nothing bought within the months; `None` where usage beyond packages may not be charged.
    pub nothing: Option<Cost>,
    /// The cheapest set.
    pub best: Cost,
    /// The number of sets rated.
    pub tried: usize,
    /// True if these are all sets of the bound.
    pub all: bool,
}

/// A place of a set that can be changed by itself.
enum Place {
    /// An entry of account.toml: bought or not.
    Entry(String),
    /// The monthly plans of an application in a month.
    Plans(Stamp, AppId, Vec<Vec<Purchase>>),
    /// The packages of the account that are bought at the start of a month.
    Packages(Stamp, Vec<Vec<Purchase>>),
}

/// Tries the sets of purchases for months of one account.
pub fn backtest(months: Vec<MonthCase<'_>>, cards: &Cards) -> Result<Found, Diagnostics> {
    let year = Year::of(months, cards)?;
    let search = Search { year: &year, tried: AtomicUsize::new(0) };
    let real = search.rated(&Set::default()).ok_or_else(year::unrated)?;
    let nothing = Set { dropped: year.droppable.iter().cloned().collect(), bought: Vec::new() };
    let places = search.places(&nothing).ok_or_else(year::unrated)?;
    let empty = search.legal(&nothing);
    let count = places.iter().map(Place::choices).fold(1, usize::saturating_mul);
    let all = count <= ALL;
    let best = if all {
        let mut best = real.clone();
        search.every(&places, &nothing, &mut best);
        best
    } else {
        // Where nothing was bought, both are the same.
        let starts = [Some(real.clone()), empty.clone().filter(|empty| empty.set != real.set)];
        let ends = starts.into_iter().flatten().map(|start| search.descend(&places, start));
        let ends: Vec<Cost> = ends.collect();
        ends.into_iter()
            .reduce(|best, next| if next.is_before(&best) { next } else { best })
            .unwrap_or_else(|| real.clone())
    };
    Ok(Found { real, nothing: empty, best, tried: search.tried.into_inner(), all })
}

impl Cost {
    /// Returns whether it is cheaper, or as cheap with fewer purchases.
    fn is_before(&self, other: &Self) -> bool {
        (self.total, self.set.bought.len()) < (other.total, other.set.bought.len())
    }
}

impl Place {
    fn choices(&self) -> usize {
        match self {
            Self::Entry(_) => 2,
            Self::Plans(_, _, sets) | Self::Packages(_, sets) => sets.len(),
        }
    }

    /// Puts a choice into a set.
    fn choose(&self, choice: usize, set: &mut Set) {
        match self {
            Self::Entry(id) if choice == 0 => {
                set.dropped.insert(id.clone());
            }
            Self::Entry(id) => {
                set.dropped.remove(id);
            }
            Self::Plans(at, app, sets) => {
                set.bought.retain(|(other, one)| !(other == at && one.monthly && one.app == Some(*app)));
                set.bought.extend(sets[choice].iter().map(|one| (*at, one.clone())));
            }
            Self::Packages(at, sets) => {
                set.bought.retain(|(other, one)| other != at || one.monthly);
                set.bought.extend(sets[choice].iter().map(|one| (*at, one.clone())));
            }
        }
        set.bought.sort_by(|a, b| (a.0, a.1.app, &a.1.plan, a.1.minutes).cmp(&(b.0, b.1.app, &b.1.plan, b.1.minutes)));
    }
}

struct Search<'a> {
    year: &'a Year<'a>,
    /// Sets that were rated.
    tried: AtomicUsize,
}

impl Search<'_> {
    fn rated(&self, set: &Set) -> Option<Cost> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        let months: Vec<Money> = self.year.cost(set)?.into_iter().map(|month| month.total).collect();
        Some(Cost { set: set.clone(), total: months.iter().copied().sum(), months })
    }

    /// Rates a set that the account could have bought.
    fn legal(&self, set: &Set) -> Option<Cost> {
        if !self.may_be_bought(set) {
            return None;
        }
        self.tried.fetch_add(1, Ordering::Relaxed);
        let rated = self.year.cost(set)?;
        let open = |(at, month): (usize, &Rated)| !month.beyond_packages || self.year.months()[at].account.postpaid;
        if !rated.iter().enumerate().all(open) {
            return None;
        }
        let months: Vec<Money> = rated.into_iter().map(|month| month.total).collect();
        Some(Cost { set: set.clone(), total: months.iter().copied().sum(), months })
    }

    /// Every set of the places, from the first open one on.
    fn every(&self, places: &[Place], set: &Set, best: &mut Cost) {
        let Some((first, others)) = places.split_first() else {
            if let Some(cost) = self.legal(set).filter(|cost| cost.is_before(best)) {
                *best = cost;
            }
            return;
        };
        for choice in 0..first.choices() {
            let mut with = set.clone();
            first.choose(choice, &mut with);
            self.every(others, &with, best);
        }
    }

    /// Changes one place after the other to its best choice, until none makes it cheaper.
    fn descend(&self, places: &[Place], mut best: Cost) -> Cost {
        // Each round is cheaper than the one before, or the last.
        loop {
            let before = best.clone();
            for place in places {
                best = self.best_choice(place, best);
            }
            if !best.is_before(&before) {
                return best;
            }
        }
    }

    /// Returns the best choice at a place, everything else as it is; of equal ones the first.
    fn best_choice(&self, place: &Place, now: Cost) -> Cost {
        let tried = |choice: usize| {
            let mut set = now.set.clone();
            place.choose(choice, &mut set);
            if set == now.set { None } else { self.legal(&set) }
        };
        let costs: Vec<Option<Cost>> = (0..place.choices()).into_par_iter().map(tried).collect();
        costs.into_iter().flatten().fold(now, |best, cost| if cost.is_before(&best) { cost } else { best })
    }

    /// Returns the places at which sets differ. A purchase that costs as much as the usage that it could cover is
    /// left out. `None` where the months cannot be rated without purchases.
    fn places(&self, nothing: &Set) -> Option<Vec<Place>> {
        let year = self.year;
        let mut places: Vec<Place> = year.droppable.iter().cloned().map(Place::Entry).collect();
        let charges: Vec<Vec<Charge>> =
            (0..year.months().len()).map(|at| year.charges_with(at, nothing)).collect::<Option<_>>()?;
        for (at, month) in year.months().iter().enumerate() {
            let start = month.period.first_day().start();
            let card = &month.terms.segments[month.terms.segment(start)].card;
            let open: Vec<&Charge> = charges[at..].iter().flatten().collect();
            places.push(Place::Packages(start, packages(&open, card)));
            let apps: BTreeSet<AppId> = charges[at].iter().filter_map(|charge| charge.app).collect();
            for app in apps {
                places.push(Place::Plans(start, app, worthwhile(card, app, start, &charges[at])));
            }
        }
        places.retain(|place| place.choices() > 1);
        Some(places)
    }

    /// Returns true if an account may buy a set: of a product one plan at a time on an application, none after a plan
    /// that excludes it, none more often than it is sold. At one place only one plan of a product is offered.
    fn may_be_bought(&self, set: &Set) -> bool {
        let kept = self.year.kept(set);
        set.bought.iter().all(|(at, one)| {
            let Some(plan) = Plans::known().get(&one.plan) else { return false };
            let span = plan.validity(*at);
            let meets = |held: &Held| {
                let known = Plans::known().get(&held.plan);
                let same = plan.product.is_some() && known.is_some_and(|known| known.product == plan.product);
                same && held.app == one.app && held.span.overlaps(span)
            };
            if one.monthly && kept.iter().any(meets) {
                return false;
            }
            let earlier = kept.iter().map(|held| (held.span.from, held.plan.as_str()));
            let earlier = earlier.chain(set.bought.iter().map(|(at, one)| (*at, one.plan.as_str())));
            let may_follow = plan.not_after.is_empty()
                || !earlier
                    .clone()
                    .any(|(bought, other)| bought < *at && plan.not_after.iter().any(|plan| plan == other));
            may_follow
                && plan.at_most.is_none_or(|most| {
                    earlier.filter(|(bought, other)| bought <= at && *other == plan.id).count() <= most as usize
                })
        })
    }
}

/// The minutes and users that a set of monthly plans gives, and its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Gives {
    price: Money,
    minutes: PackMinutes,
    /// Minutes that cover every application of the account.
    wide: PackMinutes,
    /// Free users.
    users: i64,
    /// True if a plan of it is not always sold, or excludes another.
    limited: bool,
}

impl Gives {
    /// Of a set that is bought at a time; users count where the application has any.
    fn of(set: &[Purchase], at: Stamp, counts_users: bool) -> Self {
        let plans: Vec<(&Purchase, &Plan)> =
            set.iter().filter_map(|one| Some((one, Plans::known().get(&one.plan)?))).collect();
        let wide = |plan: &Plan| {
            let offer = |offer: &Offer| Span { from: offer.usage_from.start(), until: offer.usage_until.start() };
            plan.account_wide.iter().map(offer).any(|offer| offer.overlaps(plan.validity(at)))
        };
        let excludes = |plan: &Plan| Plans::known().iter().any(|other| other.not_after.contains(&plan.id));
        let users: i64 = plans.iter().filter_map(|(_, plan)| plan.mau_quota).sum();
        Self {
            price: set.iter().map(|one| one.price).sum(),
            minutes: set.iter().map(|one| one.minutes).sum(),
            wide: plans.iter().filter(|(_, plan)| wide(plan)).map(|(one, _)| one.minutes).sum(),
            users: if counts_users { users } else { 0 },
            limited: plans.iter().any(|(_, plan)| plan.at_most.is_some() || excludes(plan)),
        }
    }

    /// Returns whether it gives as much for as little.
    fn is_as_good_as(&self, other: &Self) -> bool {
        let gives = self.minutes >= other.minutes && self.wide >= other.wide && self.users >= other.users;
        gives && self.price <= other.price && !self.limited
    }
}

/// Returns the sets of monthly plans of an application that cost less than the usage that they could cover, without
/// those that give no more than another and cost no less.
fn worthwhile(card: &Card, app: AppId, at: Stamp, charges: &[Charge]) -> Vec<Vec<Purchase>> {
    let own = year::coverable(charges, Some(app));
    let all = year::coverable(charges, None);
    let has_users = charges.iter().any(|charge| charge.app == Some(app) && charge.item.unit() == Unit::User);
    let sets = monthly_sets(card, app).into_iter().map(|set| (Gives::of(&set, at, has_users), set));
    let worth = |gives: &Gives| if gives.wide.is_zero() { own } else { all };
    let cheap: Vec<(Gives, Vec<Purchase>)> =
        sets.filter(|(gives, set)| set.is_empty() || gives.price < worth(gives)).collect();
    let beaten = |at: usize| {
        let own = cheap[at].0;
        // Of two that are the same the first stays.
        let beats = |(other, (gives, _)): (usize, &(Gives, Vec<Purchase>))| {
            other != at && gives.is_as_good_as(&own) && (!own.is_as_good_as(gives) || other < at)
        };
        cheap.iter().enumerate().any(beats)
    };
    (0..cheap.len()).filter(|at| !beaten(*at)).map(|at| cheap[at].1.clone()).collect()
}

/// Packages of the account for the usage from a month on: none, the cheapest mix for all of it, and one of each.
fn packages(charges: &[&Charge], card: &Card) -> Vec<Vec<Purchase>> {
    let minutes = charges.iter().filter(|charge| charge.item.unit() == Unit::Minute);
    let open: Vec<Open> =
        minutes.map(|charge| Open { item: charge.item, minutes: charge.charged, price: charge.price }).collect();
    let worth: Money = open.iter().map(|open| Money::new(open.price.decimal() * open.minutes.decimal())).sum();
    let mut sets = vec![Vec::new()];
    let mix = cheapest_packages(open, card).map(|mix| {
        let times =
            |(one, count): (Purchase, i64)| std::iter::repeat_n(one, usize::try_from(count).unwrap_or_default());
        mix.bought.into_iter().flat_map(times).collect::<Vec<Purchase>>()
    });
    sets.extend(mix);
    let fixed = sold(card).into_iter().filter(|plan| plan.kind == Kind::Package && plan.at_most.is_none());
    let one_of_each = fixed.filter_map(|plan| Purchase::of(plan, None, None)).filter(|one| one.price < worth);
    sets.extend(one_of_each.map(|one| vec![one]));
    sets.dedup();
    sets
}
