//! Rounding edges, tiers and the last cent.

use std::collections::BTreeMap;

use rayon::prelude::*;
use rust_decimal::Decimal;

use super::{Edge, EdgeKind, Month, packages};
use crate::explain::name;
use crate::model::policy::Scope;
use crate::model::usage_series::Run;
use crate::model::{AppId, Item, Money, Quantity, Rounding, Unit, Usage};
use crate::rate::charge::{Charge, Settled, settled};
use crate::rate::metering::{Bound, Key, bucket, meter_telling};
use crate::rules::card::AllowanceRule;
use crate::rules::terms::Terms;

const MINUTE: i64 = 60;

/// Everything that stands at an edge, by kind.
#[must_use]
pub fn edges(month: &Month<'_>) -> Vec<Edge> {
    let mut found = seconds(month);
    found.extend(month.rated.charges.iter().filter_map(|charge| counted(month, charge)));
    found.extend(packages::ends(month));
    found.extend(packages::bands(month));
    found.extend(cent(month));
    found.sort_by_key(|edge| edge.kind);
    found
}

/// A bucket's last interval of the bill, and its seconds.
struct Bucket {
    total: i64,
    line: (Settled, Option<AppId>),
}

/// Buckets that end on a full minute, or one second above it.
fn seconds(month: &Month<'_>) -> Vec<Edge> {
    let by_app = |item: Item| month.terms.segments.iter().all(|segment| segment.scope.of(item) == Scope::App);
    let mut together: BTreeMap<(Item, Option<AppId>), Vec<&Run>> = BTreeMap::new();
    for run in month.usage.runs() {
        together.entry((run.kind.item, by_app(run.kind.item).then_some(run.kind.app))).or_default().push(run);
    }
    let groups: Vec<_> = together.into_values().collect();
    let buckets: BTreeMap<Key, Bucket> = groups.par_iter().flat_map_iter(|runs| buckets(runs, month.terms)).collect();
    buckets.into_iter().filter_map(|(key, bucket)| second(month, key, &bucket)).collect()
}

/// Returns the buckets of runs that share none with other runs.
fn buckets(runs: &[&Run], terms: &Terms) -> BTreeMap<Key, Bucket> {
    let usage: Vec<Usage> = runs.iter().flat_map(|run| run.iter()).collect();
    let mut buckets = BTreeMap::new();
    meter_telling(&usage, terms, Bound::Most, |interval, total| {
        if let Some(day) = settled(interval, terms) {
            buckets.insert(bucket(interval, terms), Bucket { total, line: (day, Some(interval.app)) });
        }
    });
    buckets
}

fn second(month: &Month<'_>, key: Key, bucket: &Bucket) -> Option<Edge> {
    let total = bucket.total;
    let text = match total.rem_euclid(MINUTE) {
        0 => format!("{total} s are just {} min: one second more is a minute more", total / MINUTE),
        1 => format!("{total} s are {} min: one second less is a minute less", total / MINUTE + 1),
        _ => return None,
    };
    let (day, app) = bucket.line;
    let charge =
        month.rated.charges.iter().find(|charge| (charge.day, charge.app, charge.item) == (day, app, key.item))?;
    let (text, worth) = if charge.charged.is_zero() {
        (format!("{text} of a package"), None)
    } else {
        (text, Some(Money::new(charge.price.decimal())))
    };
    let what = match key.app {
        Some(_) => name(charge),
        None => format!("all applications/{day}/{}", key.item),
    };
    Some(Edge { kind: EdgeKind::Rounding, what, text, worth })
}

/// Images, users and bandwidth beside the figure at which the charge turns.
fn counted(month: &Month<'_>, charge: &Charge) -> Option<Edge> {
    let edge = |kind, text: String, worth: Option<Money>| Some(Edge { kind, what: name(charge), text, worth });
    let price = Some(Money::new(charge.price.decimal()));
    match charge.item.unit() {
        Unit::Thousand => {
            let images = charge.metered.decimal();
            let beyond = images % Decimal::ONE_THOUSAND;
            let worth = price.filter(|_| !charge.charged.is_zero());
            if beyond.is_zero() {
                return edge(EdgeKind::Rounding, format!("{images} images: one more is a thousand more"), worth);
            }
            (beyond == Decimal::ONE)
                .then(|| edge(EdgeKind::Rounding, format!("{images} images: one less is a thousand less"), worth))?
        }
        Unit::User => {
            let free = charge.covered;
            let next = charge.charged.is_zero() && charge.metered == free && quota(month, charge) == Some(free);
            if next {
                return edge(
                    EdgeKind::Tier,
                    format!("{free} users are just the free ones: one more is charged"),
                    price,
                );
            }
            (charge.charged == Quantity::whole(1))
                .then(|| edge(EdgeKind::Tier, "one user above the free ones".to_owned(), price))?
        }
        Unit::Mbps => {
            let segment = &month.terms.segments[month.terms.segment(charge.day.span().from)];
            let Some(AllowanceRule::ExemptBelow(limit)) = segment.card.allowance(charge.item) else { return None };
            let distance = charge.billable.decimal() - Decimal::from(limit);
            let whole = Money::new(charge.price.decimal() * charge.billable.decimal());
            (distance.abs() <= Decimal::ONE).then(|| {
                let text =
                    format!("{} Mbps; it is free below {limit} Mbps and charged whole from there", charge.billable);
                edge(EdgeKind::Tier, text, Some(whole))
            })?
        }
        Unit::Minute | Unit::Month => None,
    }
}

fn quota(month: &Month<'_>, charge: &Charge) -> Option<Quantity> {
    let own = month.terms.quotas.iter().filter(|quota| Some(quota.app) == charge.app);
    let users: i64 = own.map(|quota| quota.users).sum();
    (users > 0).then(|| Quantity::whole(users))
}

/// Returns the payable total, where a minute of the cheapest charge would turn its last cent.
fn cent(month: &Month<'_>) -> Option<Edge> {
    let total: Money = month.rated.charges.iter().map(|charge| charge.amount).sum();
    let minute = |charge: &&Charge| charge.item.unit() == Unit::Minute && !charge.charged.is_zero();
    let step = month.rated.charges.iter().filter(minute).map(|charge| charge.price).min()?;
    let rounded = |value: Decimal| Rounding::HalfUp(2).apply(value);
    let (value, step) = (total.decimal(), step.decimal());
    let here = rounded(value);
    let turned = [value + step, value - step].map(rounded).into_iter().find(|there| *there != here)?;
    let text = format!("{value} is {here} to pay; one minute ({step}) from {turned}");
    Some(Edge { kind: EdgeKind::Cent, what: "payable".to_owned(), text, worth: Some(Money::new(turned - here)) })
}
