//! Decides if other rules of metering may explain anything at all: meters only the few lines that the findings are
//! about, before all others.

use std::collections::{BTreeMap, BTreeSet};

use super::bill_partition::Line;
use super::incremental_rating::Rerating;
use super::is_open;
use super::scenario::Scenario;
use super::trial::LARGE;
use crate::compare::finding::Finding;
use crate::model::policy::Scope;
use crate::model::{AppId, Item, Quantity, Span, Stamp, Unit, Usage};
use crate::rate::charge::{Charge, Settled};
use crate::rate::metered_day::Metered;
use crate::rules::terms::Bucket;

const DAY: i64 = 86_400;

/// Findings of which the bill prints another usage than there was.
pub struct Probe<'p> {
    rerating: &'p Rerating<'p>,
    /// The usage that is billed.
    billed: BTreeMap<Line, Quantity>,
    /// Where its rows may be.
    sites: BTreeSet<(Item, Option<AppId>, Settled)>,
}

impl<'p> Probe<'p> {
    /// `None` where all rows must be metered to tell.
    #[must_use]
    pub fn new(findings: &[Finding], rerating: &'p Rerating<'p>, charges: &[Charge]) -> Option<Self> {
        let mut probe = Self { rerating, billed: BTreeMap::new(), sites: BTreeSet::new() };
        if rerating.rows.usage().len() < LARGE {
            return None;
        }
        for finding in findings.iter().filter(|finding| is_open(finding)) {
            if finding.pairing.lines.is_empty() {
                // No line, no usage: rows that are there are metered to something.
                continue;
            }
            let usage = finding.billed.usage.filter(|usage| Some(*usage) != finding.expected.usage)?;
            let [charge] = *finding.pairing.charges.as_slice() else { return None };
            let charge = &charges[charge];
            if charge.item.unit() != Unit::Minute {
                return None;
            }
            probe.billed.insert((charge.day, charge.app, charge.item), usage);
            probe.sites.insert((charge.item, charge.app, charge.day));
        }
        Some(probe)
    }

    /// Returns true if a scenario gives the usage of any finding; of rules that meter
    /// alike that is not asked.
    #[must_use]
    pub fn may_explain(&self, scenario: &Scenario) -> bool {
        let card = scenario.counted_by.as_ref();
        if card.is_none() && scenario.meters_as(&self.rerating.scenario.terms) {
            return true;
        }
        let counted = |item: Item| card.map_or(Some(item), |card| card.admit(item));
        let segments = || scenario.terms.segments.iter();
        let by_month = segments().any(|segment| segment.bucket == Bucket::Month);
        let together = segments().any(|segment| segment.scope.has(Scope::Account));
        let near = |(item, app, day): &(Item, Option<AppId>, Settled)| {
            let own = if by_month { day.first_day().month().span() } else { day.span() };
            let (app, from, until) = (app.filter(|_| !together), own.from + -DAY, own.until + DAY);
            let alike = Item::all().filter(|other| counted(*other) == Some(*item)).collect::<Vec<_>>();
            alike.into_iter().map(move |item| (item, app, from, until))
        };
        let sites: BTreeSet<(Item, Option<AppId>, Stamp, Stamp)> = self.sites.iter().flat_map(near).collect();
        let rows = |(item, app, from, until)| self.rerating.rows.of(item, app, Some(Span { from, until }));
        let mut near: Vec<&Usage> = sites.into_iter().flat_map(rows).collect();
        near.sort_unstable_by_key(|row| std::ptr::from_ref(*row));
        near.dedup_by(|a, b| std::ptr::eq(*a, *b));
        let rows: Vec<Usage> =
            near.into_iter().filter_map(|row| Some(Usage { item: counted(row.item)?, ..*row })).collect();
        let mut usage: BTreeMap<Line, Quantity> = BTreeMap::new();
        for cell in Metered::of(&rows, &scenario.terms).stretches.iter().flat_map(|stretch| &stretch.cells) {
            *usage.entry((cell.key.0, cell.key.1, cell.key.2)).or_default() += cell.minutes;
        }
        self.billed.iter().any(|(line, billed)| usage.get(line) == Some(billed))
    }
}
