//! The charged minutes of the bill as a target: whether a scenario covers too much or too little, by the first day on
//! which it differs.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::causes::bill_partition::Line;
use crate::causes::incremental_rating::{Changed, Rerating};
use crate::causes::scenario::Scenario;
use crate::compare::judge::Figures;
use crate::compare::{Bill, pair_usage};
use crate::model::{AppId, Item, Quantity, Unit};
use crate::rate::charge::Settled;

/// Lines of minutes whose charged quantity the bill prints.
pub struct Target<'t, 'a> {
    rerating: &'t Rerating<'a>,
    /// The place of a line among the groups that are billed together.
    group: HashMap<Line, usize>,
    /// The first day of each group, and by how much the bill charges more than the scenario without any change.
    groups: Vec<(Settled, Quantity)>,
}

/// A line on which the bill charges other minutes.
#[derive(Debug, Clone, Copy)]
pub struct Off {
    /// Its day or month.
    pub day: Settled,
    /// Its application.
    pub app: Option<AppId>,
    /// Its item.
    pub item: Item,
    /// By how much the bill charges more.
    pub more: Quantity,
}

impl<'t, 'a> Target<'t, 'a> {
    /// Returns the target that a bill is.
    #[must_use]
    pub fn of(bill: &Bill<'_>, rerating: &'t Rerating<'a>) -> Self {
        let mut target = Self { rerating, group: HashMap::new(), groups: Vec::new() };
        for pairing in pair_usage(bill) {
            let lines = || pairing.lines.iter().map(|at| &bill.lines[*at]);
            let charges = || pairing.charges.iter().map(|at| &bill.charges[*at]);
            let items: BTreeSet<Item> =
                charges().map(|one| one.item).chain(lines().filter_map(|one| one.item)).collect();
            if items.iter().any(|item| item.unit() != Unit::Minute) {
                continue;
            }
            let billed =
                if pairing.lines.is_empty() { Some(Quantity::ZERO) } else { Figures::of_lines(lines()).charged };
            let due: Quantity = charges().map(|charge| charge.charged).sum();
            let own = charges().map(|charge| (charge.day, charge.app, charge.item));
            let printed = lines().filter_map(|line| {
                let day = line.span.from.day();
                let settled = if line.span == day.span() { Settled::Day(day) } else { Settled::Month(day.month()) };
                Some((settled, line.app, line.item?))
            });
            let keys: Vec<Line> = if pairing.charges.is_empty() { printed.collect() } else { own.collect() };
            if let (Some(billed), Some(first)) = (billed, keys.iter().map(|key| key.0).min()) {
                target.group.extend(keys.into_iter().map(|key| (key, target.groups.len())));
                target.groups.push((first, billed - due));
            }
        }
        target
    }

    /// Returns the lines on which the bill charges other minutes, in order of time.
    #[must_use]
    pub fn off(&self) -> Vec<Off> {
        let off = |(line, at): (&Line, &usize)| {
            let more = self.groups[*at].1;
            (!more.is_zero()).then_some(Off { day: line.0, app: line.1, item: line.2, more })
        };
        let mut all: Vec<Off> = self.group.iter().filter_map(off).collect();
        all.sort_by_key(|one| (one.day, one.app, one.item));
        all
    }

    /// Returns whether the bill charges more (`Greater`) or less on the first day on which a scenario differs from it.
    #[must_use]
    pub fn against(&self, scenario: &Scenario) -> Option<Ordering> {
        Some(self.first(&self.rerating.under(scenario)?))
    }

    fn first(&self, changed: &Changed) -> Ordering {
        let mut off: Vec<Quantity> = self.groups.iter().map(|(_, more)| *more).collect();
        for (key, charge) in &changed.lines {
            let Some(at) = self.group.get(&(key.0, key.1, key.2)) else {
                if charge.as_ref().is_some_and(|charge| !charge.charged.is_zero()) {
                    // A line that nothing on the bill stands for.
                    return Ordering::Less;
                }
                continue;
            };
            let was = self.rerating.charges.get(key).map(|charge| charge.charged).unwrap_or_default();
            let now = charge.as_ref().map(|charge| charge.charged).unwrap_or_default();
            off[*at] += was - now;
        }
        let mut days: BTreeMap<Settled, (Quantity, Ordering)> = BTreeMap::new();
        for ((day, _), off) in self.groups.iter().zip(&off).filter(|(_, off)| !off.is_zero()) {
            let sums = days.entry(*day).or_insert((Quantity::ZERO, off.cmp(&Quantity::ZERO)));
            sums.0 += *off;
        }
        let first = days.into_values().next();
        first.map_or(Ordering::Equal, |(sum, first)| sum.cmp(&Quantity::ZERO).then(first))
    }
}
