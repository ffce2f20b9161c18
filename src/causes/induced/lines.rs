//! Rules on lines, solved for from the figures of the bill: a factor on prices or amounts, another price of an item, a
//! rounding of prices, amounts or minutes.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::simplest::Interval;
use super::sites::{Site, Sites};
use crate::causes::line_rule::{Effect, Factor, LineRule, Lines, Mode};
use crate::model::{Item, Unit, UnitPrice};

/// One figure solves for a parameter; the second one proves it.
const LEAST: usize = 2;
/// At most so many values of a parameter are tried, the most frequent first.
const VALUES: usize = 6;
/// So many lines are looked at before all are.
const SAMPLE: usize = 40;
/// A factor is written with at most so many decimals.
const PLACES: u32 = 6;
/// A divisor is written with at most so many decimals.
const DIVISOR: u32 = 3;
/// Blocks of minutes to which a bill may round.
const BLOCKS: [u32; 15] = [2, 5, 6, 10, 15, 20, 30, 50, 60, 100, 200, 500, 1_000, 5_000, 10_000];

/// A rule that gives the figures of some findings and changes no line that agrees.
#[derive(Debug, Clone)]
pub struct Found {
    /// The rule.
    pub rule: LineRule,
    /// The findings.
    pub explains: BTreeSet<usize>,
}

/// Returns the rules that explain the most; of two that explain the same and mean the same, the plainer one.
#[must_use]
pub fn rules(sites: &Sites<'_>) -> Vec<Found> {
    let open = sites.open();
    if open.len() < LEAST {
        return Vec::new();
    }
    let mut effects = factors(sites, &open);
    effects.extend(prices(sites, &open));
    effects.extend(roundings(sites, &open));
    let mut found: Vec<Found> = Vec::new();
    for effect in effects {
        found.extend(proved(sites, &open, effect));
    }
    found.sort_by_key(|one| (std::cmp::Reverse(one.explains.len()), one.rule.effect.digits()));
    let mut kept: Vec<Found> = Vec::new();
    for one in found {
        let beaten = |other: &Found| {
            one.explains.is_subset(&other.explains)
                && (one.explains.len() < other.explains.len() || one.rule.effect.is_like(other.rule.effect))
        };
        if !kept.iter().any(beaten) {
            kept.push(one);
        }
    }
    kept
}

/// Returns an effect on the widest lines on which it holds: on all that it explains, else item by item, or application
/// by application.
fn proved(sites: &Sites<'_>, open: &[usize], effect: Effect) -> Vec<Found> {
    let mut sample = open.iter().step_by(open.len().div_ceil(SAMPLE));
    if effect.is_rounding() && !sample.any(|at| sites.agrees_under(*at, effect)) {
        return Vec::new();
    }
    let explained: Vec<usize> = open.iter().copied().filter(|at| sites.agrees_under(*at, effect)).collect();
    if explained.len() < LEAST {
        return Vec::new();
    }
    let agreeing = (0..sites.all.len()).filter(|at| sites.all[*at].agrees);
    let broken: Vec<usize> = agreeing.filter(|at| !sites.agrees_under(*at, effect)).collect();
    let on = |within: &[usize]| {
        let by_item = matches!(effect, Effect::OtherPrice(_));
        let of = sites.widest(within, &broken, by_item).filter(|_| within.len() >= LEAST)?;
        let explains = within.iter().filter_map(|at| sites.all[*at].finding).collect();
        Some(Found { rule: LineRule { of, effect }, explains })
    };
    if let Some(found) = on(&explained) {
        return vec![found];
    }
    let by_item = parts(&explained, |at| sites.all[at].charges[0].item);
    let found: Vec<Found> = by_item.iter().filter_map(|part| on(part)).collect();
    if !found.is_empty() {
        return found;
    }
    parts(&explained, |at| sites.all[at].charges[0].app).iter().filter_map(|part| on(part)).collect()
}

/// Returns pairings in parts, by a key.
fn parts<K: Ord>(all: &[usize], key: impl Fn(usize) -> K) -> Vec<Vec<usize>> {
    let mut parts: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for at in all {
        parts.entry(key(*at)).or_default().push(*at);
    }
    parts.into_values().collect()
}

/// Returns the values that several pairings speak for, the most frequent first.
fn frequent<K: Ord + Copy>(values: impl Iterator<Item = K>) -> Vec<K> {
    let mut votes: BTreeMap<K, usize> = BTreeMap::new();
    for value in values {
        *votes.entry(value).or_default() += 1;
    }
    let mut votes: Vec<(K, usize)> = votes.into_iter().filter(|(_, count)| *count >= LEAST).collect();
    votes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    votes.into_iter().take(VALUES).map(|(value, _)| value).collect()
}

/// Returns the factors on prices and on amounts.
fn factors(sites: &Sites<'_>, open: &[usize]) -> Vec<Effect> {
    let of = |ratio: fn(&Site<'_>) -> Option<Interval>| {
        frequent(open.iter().filter_map(|at| factor(ratio(&sites.all[*at])?)))
    };
    let price = of(price_ratio).into_iter().map(Effect::Price);
    price.chain(of(amount_ratio).into_iter().map(Effect::Amount)).collect()
}

/// Returns the plainest factor of an interval: a decimal of few places, else one divided by such a decimal.
fn factor(ratio: Interval) -> Option<Factor> {
    let times = ratio.simplest().filter(|value| value.scale() <= PLACES);
    let divisor = ratio.reciprocal().and_then(Interval::simplest).filter(|value| value.scale() <= DIVISOR);
    let times = times.map(|value| Factor { value, divides: false });
    let divisor = divisor.map(|value| Factor { value, divides: true });
    let plainest = [times, divisor].into_iter().flatten().min_by_key(|one| (one.value.scale(), one.divides));
    plainest.filter(|one| one.value > Decimal::ZERO && one.value != Decimal::ONE)
}

/// Returns what a printed price, else the amount, says of the factor on a price.
fn price_ratio(site: &Site<'_>) -> Option<Interval> {
    let due = site.due.price?.decimal();
    match site.billed.price {
        Some(billed) => Interval::of_ratio(billed.decimal(), due, Decimal::new(5, 9)).map(|ratio| {
            // The amount may say more digits of it.
            let finer = amount_ratio(site).filter(|own| own.least <= ratio.most && ratio.least <= own.most);
            finer.map_or(ratio, |own| Interval { least: own.least.max(ratio.least), most: own.most.min(ratio.most) })
        }),
        None => amount_ratio(site),
    }
}

/// Returns what the amount says of a factor, where the charged quantity is right or not printed.
fn amount_ratio(site: &Site<'_>) -> Option<Interval> {
    let same = site.billed.charged.is_none_or(|charged| Some(charged) == site.due.charged);
    if !same || site.due.amount.is_zero() {
        return None;
    }
    let places = site.lines.iter().map(|line| line.decimals).min()?;
    let off = Decimal::new(5, places + 1) + Decimal::new(1, 8);
    Interval::of_ratio(site.billed.amount.decimal(), site.due.amount.decimal(), off)
}

/// Returns other prices of single items.
fn prices(sites: &Sites<'_>, open: &[usize]) -> Vec<Effect> {
    let price = |at: &usize| {
        let site = &sites.all[*at];
        let item: Item = site.charges[0].item;
        let printed = site.billed.price.map(UnitPrice::decimal);
        let charged = site.due.charged?.decimal();
        let by_amount = || {
            let off = Decimal::new(5, site.lines.iter().map(|line| line.decimals).min()? + 1);
            Interval::of_ratio(site.billed.amount.decimal(), charged, off)?.simplest()
        };
        let price = printed.or_else(by_amount)?.normalize();
        (Some(price) != site.due.price.map(|due| due.decimal().normalize())).then_some((item, price))
    };
    let found = frequent(open.iter().filter_map(price));
    found
        .into_iter()
        .filter(|(_, price)| !price.is_zero())
        .map(|(_, price)| Effect::OtherPrice(UnitPrice::new(price)))
        .collect()
}

/// Returns the roundings that may be.
fn roundings(sites: &Sites<'_>, open: &[usize]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for places in 0..=5 {
        effects.extend(Mode::ALL.map(|mode| Effect::AmountTo(mode, places)));
    }
    for places in 2..=6 {
        effects.extend(Mode::ALL.map(|mode| Effect::PriceTo(mode, places)));
    }
    let minutes = |at: &&usize| sites.all[**at].charges[0].item.unit() == Unit::Minute;
    let billed: Vec<Decimal> = open
        .iter()
        .filter(minutes)
        .filter_map(|at| sites.all[*at].billed.charged)
        .map(crate::model::Quantity::decimal)
        .collect();
    for block in BLOCKS.into_iter().filter(|_| !billed.is_empty()) {
        // The bill may have other errors beside the rounding.
        let fits = billed.iter().filter(|charged| (**charged % Decimal::from(block)).is_zero()).count();
        if fits >= LEAST && fits * 2 >= billed.len() {
            effects.extend(Mode::ALL.map(|mode| Effect::QuantityTo(mode, block)));
            effects.extend(Mode::ALL.map(|mode| Effect::UsageTo(mode, block)));
        }
    }
    effects
}

impl Effect {
    /// Returns its place among effects that give the same figures: a factor in hundredths, another price, a factor of
    /// more digits, a rounding.
    const fn digits(self) -> u32 {
        match self {
            Self::Price(factor) | Self::Amount(factor) if factor.value.scale() <= 2 => 0,
            Self::OtherPrice(_) => 1,
            Self::Price(_) | Self::Amount(_) => 2,
            _ => 3,
        }
    }

    const fn is_rounding(self) -> bool {
        self.digits() == 3
    }

    /// Returns true if two effects that give the same figures say the same thing.
    fn is_like(self, other: Self) -> bool {
        let nearest = |one: Mode, two: Mode| one.is_nearest() && two.is_nearest();
        match (self, other) {
            (Self::AmountTo(one, a), Self::AmountTo(two, b)) | (Self::PriceTo(one, a), Self::PriceTo(two, b)) => {
                a == b && nearest(one, two)
            }
            (Self::QuantityTo(one, a) | Self::UsageTo(one, a), Self::QuantityTo(two, b) | Self::UsageTo(two, b)) => {
                a == b && (one == two || nearest(one, two))
            }
            (_, Self::Price(_) | Self::Amount(_) | Self::OtherPrice(_)) => true,
            _ => false,
        }
    }
}

impl Lines {
    /// Returns what the lines have in common, as `;key=value`.
    #[must_use]
    pub fn detail(&self) -> String {
        let part = |key: &str, value: Option<String>| value.map(|value| format!(";{key}={value}")).unwrap_or_default();
        [
            part("item", self.item.map(|item| item.to_string())),
            part("app", self.app.map(|app| app.to_string())),
            part("from", self.from.map(|day| day.to_string())),
            part("to", self.last.map(|day| day.to_string())),
        ]
        .concat()
    }
}
