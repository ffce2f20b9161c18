//! Bills that were made of other usage.

use super::Plant;
use super::own_bill::{OwnBill, write};
use crate::compare::judge::Figures;
use crate::model::cause::Cause;
use crate::model::invoice::LineClass;
use crate::model::usage::Exactness;
use crate::model::{Unit, Usage};
use crate::rate::charge::{Charge, Settled};

pub(super) fn plants(own: &OwnBill<'_>) -> Vec<Plant> {
    let mut plants = Vec::new();
    if let Some(row) = busiest(own) {
        plants.push(planted(Cause::IntervalMissing, own.of_usage(|usage| usage.retain(|known| *known != row))));
        plants.push(planted(Cause::IntervalDuplicated, own.of_usage(|usage| usage.push(row))));
        plants.extend(other_tier(own, row));
    }
    plants.extend(period_shift(own));
    plants
}

fn planted(cause: Cause, lines: Vec<crate::model::invoice::InvoiceLine>) -> Plant {
    Plant { error: cause.family(), cause: Some(cause), kind: None, families: &[], lines }
}

/// Returns the row of the bill's usage in minutes with the most seconds, and known exactly.
fn busiest(own: &OwnBill<'_>) -> Option<Usage> {
    let billed = |row: &&Usage| {
        row.item.unit() == Unit::Minute && row.exactness == Exactness::Exact && own.situation.terms.bills(row.start)
    };
    let rows = own.situation.usage.iter().filter(billed);
    rows.max_by_key(|row| (row.quantity, std::cmp::Reverse(row.start), std::cmp::Reverse(row.item))).copied()
}

/// Returns the usage of a row's application, item and day under another tier.
fn other_tier(own: &OwnBill<'_>, row: Usage) -> Option<Plant> {
    let terms = own.situation.terms;
    let card = &terms.segments[terms.segment(row.start)].card;
    let other = card.items().find(|item| *item != row.item && item.service() == row.item.service())?;
    let lines = own.of_usage(|usage| {
        let same =
            |known: &&mut Usage| (known.app, known.item, known.start.day()) == (row.app, row.item, row.start.day());
        usage.iter_mut().filter(same).for_each(|known| known.item = other);
    });
    Some(Plant { error: "other_tier", cause: Some(Cause::OtherTier { item: other }), kind: None, families: &[], lines })
}

/// Returns a line with the figures of the same line a day later.
fn period_shift(own: &OwnBill<'_>) -> Option<Plant> {
    let charges = own.situation.bill.charges;
    let of = |day: Settled, like: &Charge| {
        charges.iter().find(|charge| (charge.day, charge.app, charge.item) == (day, like.app, like.item))
    };
    let next = |line: &crate::model::invoice::InvoiceLine| {
        let own = charges
            .iter()
            .find(|charge| (charge.day.span(), charge.app, Some(charge.item)) == (line.span, line.app, line.item))?;
        let Settled::Day(day) = own.day else { return None };
        of(Settled::Day(day + 1), own).filter(|other| other.amount != own.amount && !other.amount.is_zero())
    };
    let (at, other) = own.largest(LineClass::Usage).into_iter().find_map(|(at, line)| Some((at, next(line)?)))?;
    let mut lines = own.lines();
    write(&mut lines[at], &Figures::of_charges(std::iter::once(other)));
    Some(planted(Cause::PeriodShift, lines))
}
