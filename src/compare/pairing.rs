//! Which bill lines bill which charges: by key, then wider.
//!
//! 1. A bill line and a charge of the same application, item and days pair.
//! 2. A bill line without an application, or for more days, takes the charges
//!    of its item and time that no narrower line took; a charge wider than its
//!    bill lines takes them all.

use std::collections::BTreeMap;

use crate::model::invoice::InvoiceLine;
use crate::model::{AppId, Item, Span};
use crate::rate::charge::Charge;

/// Charges and the bill lines that bill them, by position; either side may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pairing {
    /// Positions among the charges.
    pub charges: Vec<usize>,
    /// Positions among the bill lines.
    pub lines: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    item: Option<Item>,
    app: Option<AppId>,
    span: Span,
}

impl Key {
    fn of_charge(charge: &Charge) -> Self {
        Self { item: Some(charge.item), app: charge.app, span: charge.day.span() }
    }

    fn of_line(line: &InvoiceLine) -> Self {
        Self { item: line.item, app: line.app, span: line.span }
    }

    /// Returns true if a line may bill a charge, or the charge be more than the line.
    /// A line of several items bills what lies within it: that it is part of
    /// something wider, only an item could tell.
    fn bills(self, charge: Self) -> bool {
        let within = |inner: Span, outer: Span| outer.from <= inner.from && inner.until <= outer.until;
        let of_its_app = self.app.is_none() || self.app == charge.app;
        if self.item.is_none() {
            return of_its_app && within(charge.span, self.span);
        }
        let spans = within(self.span, charge.span) || within(charge.span, self.span);
        self.item == charge.item && (of_its_app || charge.app.is_none()) && spans
    }
}

/// Pairs charges with bill lines (both of one class). Every charge and every
/// line is in exactly one pairing.
#[must_use]
pub fn pair(charges: &[(usize, &Charge)], lines: &[(usize, &InvoiceLine)]) -> Vec<Pairing> {
    let mut due = positions(charges.iter().map(|(at, charge)| (Key::of_charge(charge), *at)));
    let mut billed = positions(lines.iter().map(|(at, line)| (Key::of_line(line), *at)));
    let mut pairings: Vec<Pairing> = Vec::new();
    billed.retain(|key, lines| match due.remove(key) {
        Some(charges) => {
            pairings.push(Pairing { charges, lines: std::mem::take(lines) });
            false
        }
        None => true,
    });
    pairings.extend(widen(&mut due, billed));
    pairings.extend(due.into_values().map(|charges| Pairing { charges, lines: Vec::new() }));
    pairings
}

fn positions(keys: impl Iterator<Item = (Key, usize)>) -> BTreeMap<Key, Vec<usize>> {
    keys.fold(BTreeMap::new(), |mut positions, (key, at)| {
        positions.entry(key).or_insert_with(Vec::new).push(at);
        positions
    })
}

/// Pairs what no exact key paired, the narrowest bill lines first.
fn widen(due: &mut BTreeMap<Key, Vec<usize>>, billed: BTreeMap<Key, Vec<usize>>) -> Vec<Pairing> {
    let mut rest: Vec<(Key, Vec<usize>)> = billed.into_iter().collect();
    rest.sort_by_key(|(key, _)| (key.item.is_none(), key.app.is_none(), key.span.seconds(), *key));
    let mut pairings = Vec::new();
    while !rest.is_empty() {
        let (key, mut lines) = rest.remove(0);
        let met: Vec<Key> = due.keys().filter(|charge| key.bills(**charge)).copied().collect();
        let charges = met.iter().filter_map(|charge| due.remove(charge)).flatten().collect();
        let wider =
            |charge: &Key| charge.span.seconds() > key.span.seconds() || (charge.app.is_none() && key.app.is_some());
        for charge in met.iter().filter(|charge| wider(charge)) {
            let (same, other) = rest.into_iter().partition(|(line, _)| line.bills(*charge));
            rest = other;
            lines.extend(Vec::from_iter(same).into_iter().flat_map(|(_, lines): (Key, Vec<usize>)| lines));
        }
        lines.sort_unstable();
        pairings.push(Pairing { charges, lines });
    }
    pairings
}
