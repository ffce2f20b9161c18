//! Which purchases cover a month, and which mix is the cheapest.
//!
//! The packages of a card take the same package minutes for a minute, so that
//! what is left to pay depends on their sum alone (`Rest`). Every mix is
//! tried but those in which some packages can be exchanged for a larger one
//! that costs no more.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::what_if::{Cost, Month, Purchase};
use crate::model::diagnostic::Diagnostics;
use crate::model::{AppId, Day, Item, Money, PackMinutes, Quantity, Ratio, Rounding, Stamp, UnitPrice};
use crate::rate::drawdown::draw_down;
use crate::rate::metering::{self, Bound};
use crate::rules::plan::{Kind, Plan};
use crate::rules::{Card, Plans};

/// Where a month would take more of a package than this, the first ones are
/// taken without trying others in their place.
const TRIED: i64 = 64;

/// Purchases for a month: how many of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mix {
    /// The purchases, each with its count.
    pub bought: Vec<(Purchase, i64)>,
}

/// Returns the plans sold with a card.
#[must_use]
pub fn sold(card: &Card) -> Vec<&'static Plan> {
    let ids = card.sells.iter().flat_map(|sells| &sells.plans);
    ids.filter_map(|id| Plans::known().get(id)).collect()
}

/// Returns true if usage that no package covers may be charged with these purchases. Where a plan that is sold with a
/// card ends service once it is used up, postpaid needs a purchase: one that does not end service, or that opens
/// postpaid.
#[must_use]
pub fn may_pay_as_you_go<'a>(card: &Card, bought: impl Iterator<Item = &'a str>) -> bool {
    let opens = |plan: &Plan| plan.opens_postpaid || !plan.ends_service;
    !sold(card).iter().any(|plan| plan.ends_service) || bought.filter_map(|id| Plans::known().get(id)).any(opens)
}

impl Mix {
    /// Returns true if the rules allow it: what it leaves to pay as you go needs a purchase that opens postpaid.
    #[must_use]
    pub fn is_allowed(&self, card: &Card, cost: &Cost) -> bool {
        cost.usage.is_zero() || may_pay_as_you_go(card, self.bought.iter().map(|(one, _)| one.plan.as_str()))
    }
}

/// Returns the ratio of a plan for accounts of today.
#[must_use]
pub fn ratio(plan: &Plan, item: Item, card: &Card) -> Option<Ratio> {
    let newest: Day = Stamp::MAX.day();
    plan.ratio(item, card, newest)
}

/// Usage that no package covers: minutes of an item, at a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// The item.
    pub item: Item,
    /// Minutes.
    pub minutes: Quantity,
    /// The price of a minute.
    pub price: UnitPrice,
}

/// A month's usage that the account's own grants do not cover, in the order in which it would be covered.
struct Uncovered {
    open: Vec<Open>,
    /// True if a price is derived and not published.
    derived: bool,
}

impl Uncovered {
    fn of(month: &Month<'_>) -> Result<Self, Diagnostics> {
        let (terms, rated) = month.rated(&[])?;
        let prices: BTreeMap<Item, UnitPrice> =
            rated.charges.iter().map(|charge| (charge.item, charge.price)).collect();
        let intervals = metering::meter(month.usage, &terms, Bound::Most);
        let uncovered = draw_down(&intervals, &terms).uncovered;
        let open = intervals.iter().zip(uncovered).filter_map(|(interval, minutes)| {
            Some(Open { item: interval.item, minutes, price: *prices.get(&interval.item)? })
        });
        let open = open.collect();
        Ok(Self { open, derived: rated.charges.iter().any(|charge| charge.derived_price) })
    }
}

/// For each plan sold: as many as it takes to cover the month; of a monthly plan one.
pub fn cover(month: &Month<'_>, card: &Card, app: AppId) -> Result<Vec<(Mix, Cost)>, Diagnostics> {
    let mut mixes = Vec::new();
    let uncovered = Uncovered::of(month)?;
    for plan in sold(card) {
        let rest = Rest::of(&uncovered, card, plan);
        if rest.need.is_zero() {
            continue;
        }
        let Some(one) = Purchase::of(plan, Some(whole_up(rest.need)), Some(app)) else { continue };
        let count = if plan.kind == Kind::Monthly { 1 } else { packages(rest.need, one.minutes) };
        let count = plan.at_most.map_or(count, |most| count.min(i64::from(most)));
        mixes.push(rest.way(vec![(one, count)]));
    }
    Ok(mixes)
}

/// Returns the cheapest mix of the plans sold with a card, pay as you go for what it
/// does not cover: none, where nothing is cheaper than to buy nothing.
pub fn cheapest(month: &Month<'_>, card: &Card, app: AppId) -> Result<Option<(Mix, Cost)>, Diagnostics> {
    Ok(cheapest_of(&Uncovered::of(month)?, &sold(card), card, app))
}

/// Returns the cheapest mix of packages of the whole account for usage, in the order in which it would be covered;
/// none, where nothing is cheaper than to buy nothing.
#[must_use]
pub fn cheapest_packages(open: Vec<Open>, card: &Card) -> Option<Mix> {
    let packages: Vec<&'static Plan> = sold(card).into_iter().filter(|plan| plan.kind == Kind::Package).collect();
    let (mix, _) = cheapest_of(&Uncovered { open, derived: false }, &packages, card, 0)?;
    (!mix.bought.is_empty()).then_some(mix)
}

/// Returns what may be bought of monthly plans for an application at one time: of each product one plan or none.
#[must_use]
pub fn monthly_sets(card: &Card, app: AppId) -> Vec<Vec<Purchase>> {
    let monthly: Vec<&'static Plan> = sold(card).into_iter().filter(|plan| plan.kind == Kind::Monthly).collect();
    let mut sets = vec![Vec::new()];
    for product in dimensions(&monthly, PackMinutes::ZERO, app) {
        let with = |set: &Vec<Purchase>| {
            let choices = product.iter().map(|choice| choice.as_ref().map(|(one, _)| one.clone()));
            choices.map(|choice| set.iter().cloned().chain(choice).collect()).collect::<Vec<Vec<Purchase>>>()
        };
        sets = sets.iter().flat_map(with).collect();
    }
    sets
}

fn cheapest_of(uncovered: &Uncovered, plans: &[&'static Plan], card: &Card, app: AppId) -> Option<(Mix, Cost)> {
    let mut alike: BTreeMap<Vec<Option<Ratio>>, Vec<&'static Plan>> = BTreeMap::new();
    for plan in plans.iter().copied() {
        let ratios = card.items().map(|item| ratio(plan, item, card)).collect();
        alike.entry(ratios).or_default().push(plan);
    }
    let mut ways = Vec::new();
    for plans in alike.values() {
        let rest = Rest::of(uncovered, card, plans[0]);
        let open = dimensions(plans, rest.need, app);
        let mut search = Search { any_size: any_size(plans), rest, card, app, best: None };
        search.go(&open, Vec::new());
        ways.extend(search.best.map(|found| search.rest.way(found.bought)));
    }
    ways.into_iter().min_by_key(|(mix, cost)| (cost.total(), mix.bought.len()))
}

/// Minutes of a package of any size are whole.
fn whole_up(minutes: PackMinutes) -> PackMinutes {
    PackMinutes::from_decimal(minutes.decimal().ceil()).unwrap_or(minutes)
}

fn packages(need: PackMinutes, size: PackMinutes) -> i64 {
    if size.is_zero() {
        return 0;
    }
    let count = (need.decimal() / size.decimal()).ceil();
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The charges left for usage when some package minutes have covered the first of it.
struct Rest {
    /// After each interval, in the order of drawdown: package minutes taken up to it, and the money they saved.
    steps: Vec<(PackMinutes, Decimal)>,
    /// Minutes, ratio and price of each interval.
    intervals: Vec<(Quantity, Ratio, UnitPrice)>,
    /// Package minutes that cover everything.
    need: PackMinutes,
    /// The charges where nothing is covered.
    all: Decimal,
    /// True if a price is derived and not published.
    derived: bool,
}

impl Rest {
    fn of(uncovered: &Uncovered, card: &Card, plan: &Plan) -> Self {
        let (steps, intervals) = (Vec::new(), Vec::new());
        let derived = uncovered.derived;
        let mut rest = Self { steps, intervals, need: PackMinutes::ZERO, all: Decimal::ZERO, derived };
        let mut saved = Decimal::ZERO;
        for Open { item, minutes, price } in &uncovered.open {
            let money = price.decimal() * minutes.decimal();
            rest.all += money;
            if let Some(ratio) = ratio(plan, *item, card).filter(|_| !minutes.is_zero()) {
                rest.need += minutes.at_ratio(ratio);
                saved += money;
                rest.steps.push((rest.need, saved));
                rest.intervals.push((*minutes, ratio, *price));
            }
        }
        rest
    }

    /// Returns a mix with its money.
    fn way(&self, bought: Vec<(Purchase, i64)>) -> (Mix, Cost) {
        let minutes = bought.iter().map(|(one, count)| times(one.minutes, *count)).sum();
        let cost = Cost {
            usage: Money::new(Rounding::HalfUp(8).apply(self.after(minutes))),
            fees: Money::ZERO,
            bought: price(&bought),
            left: if minutes > self.need { minutes - self.need } else { PackMinutes::ZERO },
            derived: self.derived,
        };
        (Mix { bought }, cost)
    }

    fn after(&self, minutes: PackMinutes) -> Decimal {
        let whole = self.steps.partition_point(|(taken, _)| *taken <= minutes);
        let (taken, saved) = whole.checked_sub(1).map_or((PackMinutes::ZERO, Decimal::ZERO), |last| self.steps[last]);
        let part = self.intervals.get(whole).map_or(Decimal::ZERO, |(most, ratio, price)| {
            (minutes - taken).covers(*ratio).min(*most).decimal() * price.decimal()
        });
        self.all - saved - part
    }
}

/// Alternatives of which one is taken: so many of a package, or one plan of a product.
type Dimension = Vec<Option<(Purchase, i64)>>;

fn any_size(plans: &[&'static Plan]) -> Vec<&'static Plan> {
    plans.iter().copied().filter(|plan| !plan.bands.is_empty()).collect()
}

/// Returns what can be combined freely: of each product of monthly plans one or none,
/// of each package every count that no larger package replaces.
fn dimensions(plans: &[&'static Plan], need: PackMinutes, app: AppId) -> Vec<Dimension> {
    let mut products: BTreeMap<&str, Dimension> = BTreeMap::new();
    let mut packages_of = Vec::new();
    for plan in plans.iter().filter(|plan| plan.bands.is_empty()) {
        let Some(one) = Purchase::of(plan, None, Some(app)) else { continue };
        if one.monthly {
            let product = plan.product.as_deref().unwrap_or(&plan.id);
            products.entry(product).or_insert_with(|| vec![None]).push(Some((one, 1)));
        } else {
            packages_of.push((one, plan.at_most));
        }
    }
    packages_of.sort_by_key(|(one, _)| std::cmp::Reverse(one.minutes));
    let fixed = packages_of.iter().map(|(one, at_most)| counts(one, *at_most, &packages_of, need));
    fixed.chain(products.into_values()).collect()
}

fn counts(one: &Purchase, at_most: Option<u32>, all: &[(Purchase, Option<u32>)], need: PackMinutes) -> Dimension {
    let covers = packages(need, one.minutes);
    // k of it give no more than a larger one and cost no less: k are never needed.
    let larger = |other: &Purchase| other.minutes > one.minutes && !one.price.is_zero();
    let replaced = all.iter().filter(|(other, limit)| limit.is_none() && larger(other));
    let replaced = replaced.filter_map(|(other, _)| {
        let k = i64::try_from((other.price.decimal() / one.price.decimal()).ceil()).ok()?;
        (one.minutes.decimal() * Decimal::from(k) <= other.minutes.decimal()).then_some(k - 1)
    });
    let most = replaced.chain(at_most.map(i64::from)).min().map_or(covers, |most| most.min(covers));
    let least = (most - TRIED).max(0);
    (least..=most).map(|count| (count > 0).then(|| (one.clone(), count))).collect()
}

struct Found {
    cost: Decimal,
    bought: Vec<(Purchase, i64)>,
}

struct Search<'a> {
    any_size: Vec<&'static Plan>,
    rest: Rest,
    card: &'a Card,
    app: AppId,
    best: Option<Found>,
}

impl Search<'_> {
    fn go(&mut self, open: &[Dimension], bought: Vec<(Purchase, i64)>) {
        let minutes: PackMinutes = bought.iter().map(|(one, count)| times(one.minutes, *count)).sum();
        let Some((first, others)) = open.split_first().filter(|_| minutes < self.rest.need) else {
            return self.complete(minutes, bought);
        };
        for choice in first {
            let mut with = bought.clone();
            with.extend(choice.clone());
            self.go(others, with);
        }
    }

    /// The rest as you go, or by a package of the rest's size or of the least size of a cheaper band.
    fn complete(&mut self, minutes: PackMinutes, bought: Vec<(Purchase, i64)>) {
        if minutes < self.rest.need {
            let rest = whole_up(self.rest.need - minutes);
            for plan in self.any_size.clone() {
                let bands = plan.bands.iter().map(|band| PackMinutes::whole(band.from));
                for size in bands.filter(|size| !size.is_zero()).chain([rest]) {
                    let Some(one) = Purchase::of(plan, Some(size), Some(self.app)) else { continue };
                    let mut with = bought.clone();
                    with.push((one, 1));
                    self.offer(minutes + size, with);
                }
            }
        }
        self.offer(minutes, bought);
    }

    fn offer(&mut self, minutes: PackMinutes, bought: Vec<(Purchase, i64)>) {
        let as_you_go = self.rest.after(minutes);
        let plans = bought.iter().map(|(one, _)| one.plan.as_str());
        if !as_you_go.is_zero() && !may_pay_as_you_go(self.card, plans) {
            return;
        }
        let cost = price(&bought).decimal() + as_you_go;
        let pieces = |bought: &[(Purchase, i64)]| bought.iter().map(|(_, count)| count).sum::<i64>();
        let better = |best: &Found| (cost, pieces(&bought)) < (best.cost, pieces(&best.bought));
        if self.best.as_ref().is_none_or(better) {
            self.best = Some(Found { cost, bought });
        }
    }
}

fn times(minutes: PackMinutes, count: i64) -> PackMinutes {
    let product = minutes.decimal() * Decimal::from(count);
    PackMinutes::from_decimal(product).unwrap_or_else(|| unreachable!("whole package minutes"))
}

fn price(bought: &[(Purchase, i64)]) -> Money {
    Money::new(bought.iter().map(|(one, count)| one.price.decimal() * Decimal::from(*count)).sum())
}
