//! Usage that was billed under another item: one finding for both sides.

use std::collections::BTreeSet;

use super::Bill;
use super::finding::{Finding, Kind, Strength};
use super::judge::Figures;
use super::pairing::Pairing;
use crate::model::cause::Cause;
use crate::model::{AppId, Item, Quantity, Span};

/// Where a finding stands: which item, which application, which days.
#[derive(Debug, Clone, Copy)]
struct Site {
    item: Item,
    app: Option<AppId>,
    span: Span,
}

/// Joins charges that no line bills with lines that bill just their quantity
/// under another item, in place of the findings of either side.
pub fn join(findings: &mut Vec<Finding>, unbilled: &[Pairing], bill: &Bill<'_>) {
    let mut fits: Vec<Fit> = Vec::new();
    for (used, pairing) in unbilled.iter().enumerate() {
        let Some(site) = charge_site(pairing, bill) else { continue };
        let expected = Figures::of_charges(pairing.charges.iter().map(|at| &bill.charges[*at]));
        let fit = |(finding, of): (usize, &Finding)| {
            let (billed, item) = excess(of, site, &expected, bill)?;
            let far = distance(site.item, item, !expected.amount.is_zero())?;
            Some(Fit { far, used, finding, site, expected, billed, item })
        };
        fits.extend(findings.iter().enumerate().filter_map(fit));
    }
    fits.sort_by_key(|fit| (fit.far, fit.used, fit.finding));
    let mut joined: Vec<Finding> = Vec::new();
    let (mut used, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for fit in fits {
        if used.contains(&fit.used) || taken.contains(&fit.finding) {
            continue;
        }
        used.insert(fit.used);
        taken.insert(fit.finding);
        let (own, finding) = (&unbilled[fit.used], &findings[fit.finding]);
        joined.push(fit.joined(own, finding, bill));
    }
    let joined_charges: BTreeSet<usize> = used.iter().filter_map(|at| unbilled[*at].charges.first().copied()).collect();
    let of_them = |at: &usize| joined_charges.contains(at);
    let gone = |pairing: &Pairing| pairing.lines.is_empty() && pairing.charges.first().is_some_and(of_them);
    let mut at = 0;
    findings.retain(|finding| {
        at += 1;
        !taken.contains(&(at - 1)) && !gone(&finding.pairing)
    });
    findings.extend(joined);
}

/// Usage that no line bills, and a finding that bills just its quantity too much.
struct Fit {
    far: u8,
    used: usize,
    finding: usize,
    site: Site,
    expected: Figures,
    billed: Figures,
    item: Item,
}

impl Fit {
    fn joined(self, used: &Pairing, finding: &Finding, bill: &Bill<'_>) -> Finding {
        let pairing = Pairing { charges: used.charges.clone(), lines: finding.pairing.lines.clone() };
        let unsure = |at: &usize| bill.charges[*at].least.is_some() || bill.charges[*at].derived_price;
        let strength = if pairing.charges.iter().any(unsure) { Strength::Inconclusive } else { Strength::Certain };
        let mut joined = Finding::new(Kind::Item, pairing, self.expected, self.billed, strength);
        joined.used_item = Some(self.site.item);
        joined.causes = Cause::OtherTier { item: self.item }.into();
        joined
    }
}

/// Returns how far the used item is from the billed one: what is due and stands under
/// another tier of its own service comes first. What packages cover whole may
/// be left out by a bill, so it is no more than a tier of the same service.
fn distance(used: Item, billed: Item, due: bool) -> Option<u8> {
    let family = |item: Item| item.service().split('.').next();
    match (used.service() == billed.service(), family(used) == family(billed)) {
        (true, _) => Some(if due { 0 } else { 3 }),
        (false, true) => due.then_some(1),
        (false, false) => due.then_some(2),
    }
}

fn charge_site(pairing: &Pairing, bill: &Bill<'_>) -> Option<Site> {
    let charge = &bill.charges[*pairing.charges.first()?];
    Some(Site { item: charge.item, app: charge.app, span: charge.day.span() })
}

/// Returns what a finding bills beyond its own charges, if that is just the quantity
/// that another item used at the same place; and the billed item.
fn excess(finding: &Finding, used: Site, expected: &Figures, bill: &Bill<'_>) -> Option<(Figures, Item)> {
    let line = &bill.lines[*finding.pairing.lines.first()?];
    let item = line.item.filter(|item| *item != used.item && item.unit() == used.item.unit())?;
    let same_place = line.span.overlaps(used.span) && (line.app.is_none() || line.app == used.app);
    if !same_place || !matches!(finding.kind, Kind::MissingInUsage | Kind::Quantity) {
        return None;
    }
    let beyond =
        |billed: Option<Quantity>, own: Option<Quantity>| billed.map(|billed| own.map_or(billed, |own| billed - own));
    let usage = beyond(finding.billed.usage, finding.expected.usage);
    let charged = beyond(finding.billed.charged, finding.expected.charged);
    let same_usage = usage.is_some() && usage == expected.usage;
    let same_charge = charged.is_some_and(|quantity| !quantity.is_zero()) && charged == expected.charged;
    (same_usage || same_charge).then(|| {
        let billed = Figures {
            usage,
            covered: beyond(finding.billed.covered, finding.expected.covered),
            charged,
            price: finding.billed.price,
            amount: finding.difference(),
        };
        (billed, item)
    })
}
