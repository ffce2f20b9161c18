//! Changes of single rows of usage, beside one finding: an interval left out
//! or counted twice, usage under another tier, usage on another day.

use super::changes::Change;
use super::scenario::Scenario;
use crate::domain::{AppId, Item, Quantity, Span, Unit, Usage};
use crate::reconcile::Bill;
use crate::reconcile::judge::Figures;
use crate::reconcile::pairing::Pairing;

/// At most so many intervals are tried for one finding and cause.
const INTERVALS: usize = 48;
const DAY: i64 = 86_400;
const MINUTE: i64 = 60;

/// Where a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Site {
    app: Option<AppId>,
    item: Item,
    span: Span,
}

/// What the bill has too little (positive) or too much, in seconds; and
/// whether packages may have covered a part of it.
#[derive(Debug, Clone, Copy)]
struct Lack {
    seconds: i64,
    at_least: bool,
}

impl Site {
    fn holds(self, row: &Usage, item: Item) -> bool {
        row.item == item && self.app.is_none_or(|app| app == row.app) && self.span.contains(row.start)
    }

    fn name(self) -> String {
        let app = self.app.map(|app| format!(" of {app}")).unwrap_or_default();
        let (first, last) = (self.span.from.day(), (self.span.until + -1).day());
        if first == last {
            format!("{}{app} on {first}", self.item)
        } else {
            format!("{}{app} in {}", self.item, first.month())
        }
    }
}

/// What may have been done to the rows behind a pairing: groups, of each of
/// which the first that explains something is enough.
#[must_use]
pub fn candidates(from: &Scenario<'_>, pairing: &Pairing, bill: &Bill<'_>) -> Vec<Vec<Change>> {
    let Some(site) = site(pairing, bill) else { return Vec::new() };
    let lack = lack(pairing, bill);
    let mut groups = vec![shifted(site, lack, from)];
    for other in tiers(site, from) {
        let (used, billed) = if lack.seconds > 0 { (site.item, other) } else { (other, site.item) };
        groups.push(retiered(site, used, billed, from));
        groups.push(retiered_row(site, used, billed, lack, from));
    }
    groups.push(intervals(site, lack, from));
    groups
}

fn site(pairing: &Pairing, bill: &Bill<'_>) -> Option<Site> {
    if let Some(charge) = pairing.charges.first().map(|at| &bill.charges[*at]) {
        let app = charge.app.filter(|_| pairing.charges.len() == 1);
        return (charge.item.unit() == Unit::Minute).then(|| Site { app, item: charge.item, span: charge.day.span() });
    }
    let line = &bill.lines[*pairing.lines.first()?];
    let item = line.item.filter(|item| item.unit() == Unit::Minute)?;
    Some(Site { app: line.app, item, span: line.span })
}

fn lack(pairing: &Pairing, bill: &Bill<'_>) -> Lack {
    let expected = Figures::of_charges(pairing.charges.iter().map(|at| &bill.charges[*at]));
    let billed = Figures::of_lines(pairing.lines.iter().map(|at| &bill.lines[*at]));
    let seconds = |due: Option<Quantity>, billed: Option<Quantity>| {
        let lacking = due.unwrap_or_default() - billed.unwrap_or_default();
        i64::try_from((lacking.decimal() * rust_decimal::Decimal::from(MINUTE)).trunc().mantissa()).unwrap_or(i64::MAX)
    };
    if billed.usage.is_some() || pairing.lines.is_empty() {
        return Lack { seconds: seconds(expected.usage, billed.usage), at_least: false };
    }
    let at_least = expected.covered.is_some_and(|covered| !covered.is_zero());
    Lack { seconds: seconds(expected.charged, billed.charged), at_least }
}

impl Lack {
    fn fits(self, row: &Usage) -> bool {
        let wanted = self.seconds.abs();
        row.quantity >= wanted - 2 * MINUTE && (self.at_least || row.quantity <= wanted + 2 * MINUTE)
    }
}

/// The rows of a site whose seconds fit what the bill lacks, the nearest first.
fn fitting(site: Site, item: Item, lack: Lack, from: &Scenario<'_>) -> Vec<Usage> {
    let mut rows: Vec<Usage> =
        from.usage.iter().filter(|row| site.holds(row, item) && lack.fits(row)).copied().collect();
    rows.sort_by_key(|row| ((row.quantity - lack.seconds.abs()).abs(), row.start, row.app));
    rows.truncate(INTERVALS);
    rows
}

fn position(usage: &[Usage], row: &Usage) -> Option<usize> {
    usage.iter().position(|known| known == row)
}

fn intervals(site: Site, lack: Lack, from: &Scenario<'_>) -> Vec<Change> {
    if lack.seconds == 0 {
        return Vec::new();
    }
    let change = |row: Usage| {
        let name = format!("the interval of {} at {} ({} s of {})", row.app, row.start, row.quantity, row.item);
        if lack.seconds > 0 {
            Change::new("interval_missing", &format!("{name} is left out"), move |scenario| {
                if let Some(at) = position(&scenario.usage, &row) {
                    scenario.usage.to_mut().remove(at);
                }
            })
        } else {
            Change::new("interval_duplicated", &format!("{name} is counted twice"), move |scenario| {
                scenario.usage.to_mut().push(row);
            })
        }
    };
    fitting(site, site.item, lack, from).into_iter().map(change).collect()
}

/// The other tiers of the item's service on the card that rules the day.
fn tiers(site: Site, from: &Scenario<'_>) -> Vec<Item> {
    let card = &from.terms.segments[from.terms.segment(site.span.from)].card;
    let family = |item: Item| item.service().split('.').next().unwrap_or_default();
    card.items()
        .filter(|item| *item != site.item && item.unit() == Unit::Minute && family(*item) == family(site.item))
        .collect()
}

/// All usage of a tier counted under another: of the account, the
/// application, the day.
fn retiered(site: Site, used: Item, billed: Item, from: &Scenario<'_>) -> Vec<Change> {
    if !from.usage.iter().any(|row| site.holds(row, used)) {
        return Vec::new();
    }
    let change = |plain: &str, app: Option<AppId>, span: Option<Span>| {
        Change::new(&format!("other_tier:{billed}"), plain, move |scenario| {
            for row in scenario.usage.to_mut() {
                let inside = app.is_none_or(|app| row.app == app) && span.is_none_or(|span| span.contains(row.start));
                if row.item == used && inside {
                    row.item = billed;
                }
            }
        })
    };
    let place = Site { item: used, ..site }.name();
    let mut changes = vec![change(&format!("all usage of {used} is counted as {billed}"), None, None)];
    if let Some(app) = site.app {
        changes.push(change(&format!("all usage of {used} of {app} is counted as {billed}"), Some(app), None));
    }
    changes.push(change(&format!("the usage of {place} is counted as {billed}"), site.app, Some(site.span)));
    changes
}

/// One interval counted under another tier.
fn retiered_row(site: Site, used: Item, billed: Item, lack: Lack, from: &Scenario<'_>) -> Vec<Change> {
    if lack.seconds == 0 {
        return Vec::new();
    }
    let change = |row: Usage| {
        let plain = format!(
            "the interval of {} at {} ({} s of {used}) is counted as {billed}",
            row.app, row.start, row.quantity
        );
        Change::new(&format!("other_tier:{billed}"), &plain, move |scenario| {
            if let Some(at) = position(&scenario.usage, &row) {
                scenario.usage.to_mut()[at].item = billed;
            }
        })
    };
    fitting(site, used, lack, from).into_iter().take(INTERVALS / 4).map(change).collect()
}

/// The usage of a day counted on the day before or after.
fn shifted(site: Site, lack: Lack, from: &Scenario<'_>) -> Vec<Change> {
    if lack.seconds == 0 || site.span.seconds() != DAY {
        return Vec::new();
    }
    let change = |to: i64| {
        let (first, by) = if lack.seconds > 0 { (site.span.from, to) } else { (site.span.from + to, -to) };
        let of = Site { span: Span { from: first, until: first + DAY }, ..site };
        if !from.usage.iter().any(|row| of.holds(row, of.item)) {
            return None;
        }
        let plain = format!("the usage of {} is counted on {}", of.name(), (first + by).day());
        Some(Change::new("period_shift", &plain, move |scenario| {
            for row in scenario.usage.to_mut() {
                if of.holds(row, of.item) {
                    row.start = row.start + by;
                }
            }
        }))
    };
    [DAY, -DAY].into_iter().filter_map(change).collect()
}
