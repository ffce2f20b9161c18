//! Packages one minute from their end, payments a minute from midnight, sizes a
//! minute from another price.

use super::{Edge, EdgeKind, Month};
use crate::model::{Item, Money, PackMinutes, Quantity, Stamp};
use crate::rate::drawdown::Balance;
use crate::rules::Plans;
use crate::rules::quote::quote;
use crate::rules::terms::Grant;

const A_MINUTE: i64 = 60;
const A_DAY: i64 = 86_400;

/// Grants that one minute of usage, or of time, would end otherwise.
pub(super) fn ends(month: &Month<'_>) -> Vec<Edge> {
    let grants = month.terms.grants.iter().zip(&month.rated.balances).enumerate();
    grants
        .flat_map(|(at, (grant, balance))| {
            [left(month, grant, balance), ran_out(month, at, grant), midnight(month, grant)]
        })
        .flatten()
        .collect()
}

fn edge(grant: &Grant, text: String) -> Edge {
    Edge { kind: EdgeKind::PackageEnd, what: grant.id.clone(), text, worth: None }
}

/// Less left than one more minute of an item would take.
fn left(month: &Month<'_>, grant: &Grant, balance: &Balance) -> Option<Edge> {
    let left = balance.expired + balance.remaining;
    if left.is_zero() || balance.used.is_zero() {
        return None;
    }
    let segment = month.terms.segment(month.terms.billed_usage().until + -1);
    let one = Quantity::whole(1);
    let beyond = Item::all().find(|item| {
        let used = month.rated.charges.iter().any(|charge| charge.item == *item);
        used && grant.ratios[segment][item.index()].is_some_and(|ratio| one.at_ratio(ratio) > left)
    })?;
    let text = format!("{left} package minutes are left: one minute more of {beyond} would run it out");
    Some(edge(grant, text))
}

/// Returns the interval in which it ran out had at most a minute of its item more or less to cover.
fn ran_out(month: &Month<'_>, at: usize, grant: &Grant) -> Option<Edge> {
    let last = month.rated.drawdown.iter().rev().find(|given| given.grant == at)?;
    let within = last.after.is_zero() && last.minutes <= Quantity::whole(1);
    let text = format!(
        "ran out at {} with {} min of {} of {} covered: a minute less before it, and it would have lasted longer",
        last.time, last.minutes, last.item, last.app
    );
    within.then(|| edge(grant, text))
}

/// Paid within a minute of midnight: the day decides from when on it counts.
fn midnight(month: &Month<'_>, grant: &Grant) -> Option<Edge> {
    let of_day = (grant.purchased - Stamp::day(grant.purchased).start()).rem_euclid(A_DAY);
    let bought = grant.ready > grant.purchased && month.terms.billed_usage().until > grant.purchased;
    let near = bought && of_day > 0 && (of_day <= A_MINUTE || of_day >= A_DAY - A_MINUTE);
    let text =
        format!("paid at {}, within a minute of midnight: the day of payment decides its validity", grant.purchased);
    near.then(|| edge(grant, text))
}

/// Custom packages a minute from the size at which a minute costs something else.
pub(super) fn bands(month: &Month<'_>) -> Vec<Edge> {
    let mut found = Vec::new();
    for entry in &month.account.grants {
        let Some((plan, size)) = Plans::known().get(&entry.plan).zip(entry.minutes) else { continue };
        for step in [PackMinutes::whole(1), PackMinutes::ZERO - PackMinutes::whole(1)] {
            let other = size + step;
            let (Some(here), Some(there)) = (plan.band(size), plan.band(other)) else { continue };
            if here == there {
                continue;
            }
            let price = |size: PackMinutes| quote(plan, size).map(|quote| quote.amount);
            let worth: Option<Money> = price(size).zip(price(other)).map(|(here, there)| there - here);
            let text = format!("{size} minutes at {} each; {other} would cost {} each", here.price, there.price);
            found.push(Edge { kind: EdgeKind::Tier, what: entry.id.clone(), text, worth });
        }
    }
    found
}
