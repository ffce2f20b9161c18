//! Usage that was billed under another item: one finding for both sides.

use super::Bill;
use super::finding::{Finding, Kind, Strength};
use super::judge::Figures;
use super::pairing::Pairing;
use crate::domain::{AppId, Item, Quantity, Span};

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
    for used in unbilled {
        let Some(site) = charge_site(used, bill) else { continue };
        let expected = Figures::of_charges(used.charges.iter().map(|at| &bill.charges[*at]));
        let fits = |finding: &Finding| excess(finding, site, &expected, bill).is_some();
        let Some(position) = findings.iter().position(fits) else { continue };
        let Some((billed, item)) = excess(&findings[position], site, &expected, bill) else { continue };
        let lines = findings[position].pairing.lines.clone();
        findings.remove(position);
        findings.retain(|finding| finding.pairing != *used);
        let pairing = Pairing { charges: used.charges.clone(), lines };
        let mut joined = Finding::new(Kind::Item, pairing, expected, billed, Strength::Certain);
        joined.used_item = Some(site.item);
        joined.causes = vec![format!("other_tier:{item}")];
        if joined.pairing.charges.iter().any(|at| bill.charges[*at].least.is_some() || bill.charges[*at].derived_price)
        {
            joined.strength = Strength::Inconclusive;
        }
        findings.push(joined);
    }
}

fn charge_site(pairing: &Pairing, bill: &Bill<'_>) -> Option<Site> {
    let charge = &bill.charges[*pairing.charges.first()?];
    Some(Site { item: charge.item, app: charge.app, span: charge.day.span() })
}

/// What a finding bills beyond its own charges, if that is just the quantity
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
