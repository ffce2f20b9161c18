//! Items that are settled by the month and not in minutes: relayed bandwidth,
//! snapshots, monthly active users, with their free allowances.

use std::collections::BTreeMap;

use super::metering::Bound;
use crate::model::usage::Exactness;
use crate::model::{AppId, Item, Quantity, Stamp, Unit, Usage};
use crate::rules::card::AllowanceRule;
use crate::rules::readings::{FreeImages, FreeRelay};
use crate::rules::terms::Terms;

/// The month's usage of one item, and its free part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthlyUse {
    /// The application; `None` where the item is the account's.
    pub app: Option<AppId>,
    /// The item.
    pub item: Item,
    /// In the finest unit.
    pub metered: Quantity,
    /// In the billing unit, rounded as the item asks.
    pub billable: Quantity,
    /// Free of it.
    pub covered: Quantity,
}

/// Returns the month's use of every item that is not billed in minutes.
#[must_use]
pub fn monthly(usage: &[Usage], terms: &Terms, bound: Bound) -> Vec<MonthlyUse> {
    let month = terms.window.month.span();
    let mut rows: BTreeMap<Item, Vec<&Usage>> = BTreeMap::new();
    for row in usage.iter().filter(|row| row.item.unit() != Unit::Minute && month.contains(row.start)) {
        rows.entry(row.item).or_default().push(row);
    }
    let uses = rows.into_iter().flat_map(|(item, rows)| match item.unit() {
        Unit::Mbps => bandwidth(item, &rows, terms, bound),
        Unit::Thousand => thousands(item, &rows, terms),
        Unit::User => users(item, &rows, terms, bound),
        Unit::Minute | Unit::Month => Vec::new(),
    });
    uses.filter(|monthly| !monthly.metered.is_zero()).collect()
}

/// Returns the highest sum over all applications of simultaneous samples. Where only
/// peaks of longer stretches are known, they coincided at most all, at least none.
fn bandwidth(item: Item, rows: &[&Usage], terms: &Terms, bound: Bound) -> Vec<MonthlyUse> {
    let mut samples: BTreeMap<Stamp, i64> = BTreeMap::new();
    let mut peaks: BTreeMap<AppId, i64> = BTreeMap::new();
    for row in rows {
        if row.exactness == Exactness::Peak {
            let peak = peaks.entry(row.app).or_default();
            *peak = row.quantity.max(*peak);
        } else {
            *samples.entry(row.start).or_default() += row.quantity;
        }
    }
    let highest = samples.into_values().max().into_iter().chain(peaks.into_values());
    let together: Option<i64> = match bound {
        Bound::Most => Some(highest.sum()),
        Bound::Least => highest.max(),
    };
    let metered = item.metered(together.into_iter().sum());
    let exempt = match allowance(item, terms) {
        Some(AllowanceRule::ExemptBelow(limit)) => {
            let limit = Quantity::whole(i64::from(limit));
            match terms.free.relay {
                FreeRelay::SumBelow => metered < limit,
                FreeRelay::SumAtMost => metered <= limit,
                FreeRelay::EachBelow => largest(rows).into_values().all(|peak| item.metered(peak) < limit),
            }
        }
        Some(AllowanceRule::FreeAMonth(_)) | None => false,
    };
    let covered = if exempt { metered } else { Quantity::ZERO };
    vec![MonthlyUse { app: None, item, metered, billable: metered, covered }]
}

/// Per application rounded up to thousands; the account's free ones are taken
/// from the applications in ascending id.
fn thousands(item: Item, rows: &[&Usage], terms: &Terms) -> Vec<MonthlyUse> {
    let a_month = match allowance(item, terms) {
        Some(AllowanceRule::FreeAMonth(free)) => i64::from(free),
        Some(AllowanceRule::ExemptBelow(_)) | None => 0,
    };
    let sums = sums(rows);
    let mut free = match terms.free.images {
        FreeImages::ByTen => by_the_free_amount(sums.values().map(|images| in_thousands(*images)).sum(), a_month),
        FreeImages::BeforeRounding => a_month * 1_000,
        FreeImages::OfAccount | FreeImages::OfApplication => a_month,
    };
    let mut uses = Vec::new();
    for (app, images) in sums {
        let billable = in_thousands(images);
        let covered = match terms.free.images {
            FreeImages::OfApplication => billable.min(free),
            FreeImages::OfAccount | FreeImages::ByTen => {
                let covered = billable.min(free);
                free -= covered;
                covered
            }
            FreeImages::BeforeRounding => {
                let taken = images.min(free);
                free -= taken;
                billable - in_thousands(images - taken)
            }
        };
        let (billable, covered) = (Quantity::whole(billable), Quantity::whole(covered));
        uses.push(MonthlyUse { app: Some(app), item, metered: Quantity::whole(images), billable, covered });
    }
    uses
}

fn in_thousands(images: i64) -> i64 {
    begun(images, 1_000)
}

/// Returns how many whole parts of a size hold a count.
fn begun(count: i64, size: i64) -> i64 {
    count.div_euclid(size) + i64::from(count.rem_euclid(size) > 0)
}

/// Returns what is free of some thousands, where the rest is rounded up to as many as are free.
fn by_the_free_amount(used: i64, free: i64) -> i64 {
    if used <= free || free == 0 { free } else { used - begun(used - free, free) * free }
}

/// Per application, above the quotas of its plans. Counts of parts of the month
/// may name the same users: at most all differ, at least the largest part stands.
fn users(item: Item, rows: &[&Usage], terms: &Terms, bound: Bound) -> Vec<MonthlyUse> {
    let counted = match bound {
        Bound::Most => sums(rows),
        Bound::Least => largest(rows),
    };
    let month = terms.window.month;
    let with_quota = |(app, users): (AppId, i64)| {
        let in_force = terms.quotas.iter().filter(|quota| quota.app == app && quota.month == month);
        let free: i64 = in_force.map(|quota| quota.users).sum();
        let metered = Quantity::whole(users);
        MonthlyUse { app: Some(app), item, metered, billable: metered, covered: Quantity::whole(users.min(free)) }
    };
    counted.into_iter().map(with_quota).collect()
}

/// Returns what the card of the month's 1st gives free.
fn allowance(item: Item, terms: &Terms) -> Option<AllowanceRule> {
    terms.segments[terms.segment(terms.window.month.span().from)].card.allowance(item)
}

fn sums(rows: &[&Usage]) -> BTreeMap<AppId, i64> {
    rows.iter().fold(BTreeMap::new(), |mut sums, row| {
        *sums.entry(row.app).or_default() += row.quantity;
        sums
    })
}

fn largest(rows: &[&Usage]) -> BTreeMap<AppId, i64> {
    rows.iter().fold(BTreeMap::new(), |mut largest: BTreeMap<AppId, i64>, row| {
        let users = largest.entry(row.app).or_default();
        *users = row.quantity.max(*users);
        largest
    })
}
