//! Rows at fault that packages hide: a line that they cover whole shows nothing,
//! and what it used too much or too little is missing where they run out.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::tiers;
use super::usage_rows::{self, Site};
use crate::causes::hypotheses::Change;
use crate::causes::usage_edit::{Fate, Rows};
use crate::compare::Bill;
use crate::compare::finding::Finding;
use crate::model::invoice::InvoiceLine;
use crate::model::policy::PartialMinute;
use crate::model::{AppId, Item, Quantity, Ratio, Span, Unit, Usage};
use crate::rate::charge::Charge;
use crate::rules::terms::{Grant, Terms};

/// Of more rows at most so many changes are tried of one kind.
const MOST: usize = 400;
/// Of so many rows that are hidden each is tried.
const FEW: usize = 1_000;
const MINUTE: i64 = 60;

/// Changes to be tried.
pub struct Trials {
    /// The changes.
    pub changes: Vec<Change>,
    /// True if there were more of them: then the true one may be among those left out.
    pub cut: bool,
}

/// A possible fault in covered usage.
enum Fault {
    App(AppId, Item, Item),
    Place(Site, Item),
    Row(Usage, Fate),
}

impl Fault {
    fn change(self) -> Change {
        match self {
            Self::App(app, item, other) => tiers::all(item, other, Some(app)),
            Self::Place(site, other) => usage_rows::place_as(site, other),
            Self::Row(row, Fate::LeftOut) => usage_rows::left_out(row),
            Self::Row(row, Fate::As(other)) => usage_rows::one_as(row, other),
            Self::Row(row, Fate::Twice | Fate::Moved(_)) => usage_rows::twice(row),
        }
    }
}

/// The package minutes that the findings come to by one grant's ratios.
struct Weight<'a> {
    ratios: &'a [Option<Ratio>],
    missing: Decimal,
    /// Package minutes that a package may keep back, where it covers whole minutes only.
    kept: Decimal,
    /// True if there are so few rows that all are tried, the nearest first.
    few: bool,
}

/// Returns what may have been done to covered usage that the bill does not print, so that
/// packages ran out as the bill has it. Of few rows any may be at fault: what one
/// package gives less another may give more, so that nothing weighs up.
#[must_use]
pub fn candidates(rows: &Rows<'_>, terms: &Terms, bill: &Bill<'_>, findings: &[Finding]) -> Trials {
    let printed: BTreeSet<_> = bill.lines.iter().filter(|line| line.usage.is_some()).map(key_of_line).collect();
    let key = |charge: &Charge| (Some(charge.item), charge.app, charge.day.span());
    let covered = |charge: &&Charge| charge.item.unit() == Unit::Minute && !charge.covered.is_zero();
    let unseen = bill.charges.iter().filter(covered).filter(|charge| !printed.contains(&key(charge)));
    let site = |charge: &Charge| Site { app: charge.app, item: charge.item, span: charge.day.span() };
    let unseen: Vec<(Site, Quantity)> = unseen.map(|charge| (site(charge), charge.billable)).collect();
    let of = |site: Site| rows.of(site.item, site.app, Some(site.span));
    let few = unseen.iter().flat_map(|(site, _)| of(*site)).nth(FEW).is_none();
    let apps = by_app(&unseen);
    let most = if few { usize::MAX } else { MOST };
    let mut trials = Trials { changes: Vec::new(), cut: false };
    for weight in weights(terms, bill.charges, findings, few) {
        let mut own = Vec::new();
        for (app, used) in &apps {
            weight.of_app(*app, *used, terms, &mut own);
        }
        for (site, minutes) in &unseen {
            weight.of_line(*site, *minutes, terms, &mut own);
            of(*site).for_each(|row| weight.of_row(*row, terms, &mut own));
        }
        own.sort_by_key(|(off, _)| *off);
        trials.cut |= own.len() > most;
        trials.changes.extend(own.into_iter().take(most).map(|(_, fault)| fault.change()));
    }
    trials
}

/// Returns the minutes of each item of an application, and the lines that they stand on.
fn by_app(unseen: &[(Site, Quantity)]) -> BTreeMap<(AppId, Item), (Quantity, i64)> {
    let mut apps: BTreeMap<(AppId, Item), (Quantity, i64)> = BTreeMap::new();
    for (site, minutes) in unseen {
        let Some(app) = site.app else { continue };
        let used = apps.entry((app, site.item)).or_default();
        *used = (used.0 + *minutes, used.1 + 1);
    }
    apps
}

fn key_of_line(line: &InvoiceLine) -> (Option<Item>, Option<AppId>, Span) {
    (line.item, line.app, line.span)
}

/// Returns what may have been done to rows of less than a minute: it may leave every sum
/// as it is, and yet move the minute that a package is asked for.
#[must_use]
pub fn short(rows: &Rows<'_>, terms: &Terms) -> Trials {
    let is_short = |row: &&Usage| row.item.unit() == Unit::Minute && row.quantity < MINUTE;
    let all = || rows.usage().iter().filter(is_short);
    let mut changes = Vec::new();
    for row in all().take(MOST) {
        changes.extend([usage_rows::left_out(*row), usage_rows::twice(*row)]);
        changes.extend(
            tiers::others(row.item, row.span(), terms).into_iter().map(|other| usage_rows::one_as(*row, other)),
        );
    }
    Trials { changes, cut: all().nth(MOST).is_some() }
}

/// Returns one for each set of ratios.
fn weights<'a>(terms: &'a Terms, charges: &[Charge], findings: &[Finding], few: bool) -> Vec<Weight<'a>> {
    let mut sets: Vec<&[Option<Ratio>]> = Vec::new();
    let of = |grant: &'a Grant| grant.ratios.iter().map(Vec::as_slice);
    for set in terms.grants.iter().flat_map(of) {
        if !sets.contains(&set) && set.iter().any(Option::is_some) {
            sets.push(set);
        }
    }
    let weight = |ratios: &'a [Option<Ratio>]| {
        let ratio = |item: Item| ratios[item.index()].map(Ratio::decimal);
        let more = |finding: &Finding| {
            let item = charges[*finding.pairing.charges.first()?].item;
            let quantity = |figure: Option<Quantity>| figure.unwrap_or_default().decimal();
            Some((quantity(finding.billed.charged) - quantity(finding.expected.charged)) * ratio(item)?)
        };
        let missing: Decimal = findings.iter().filter_map(more).sum();
        let highest = ratios.iter().flatten().max().map_or(Decimal::ZERO, |ratio| ratio.decimal());
        let kept = if terms.partial_minute == PartialMinute::Whole { highest } else { Decimal::ONE };
        (few || !missing.is_zero()).then_some(Weight { ratios, missing, kept, few })
    };
    sets.into_iter().filter_map(weight).collect()
}

impl Weight<'_> {
    fn ratio(&self, item: Item) -> Option<Decimal> {
        self.ratios[item.index()].map(Ratio::decimal)
    }

    /// Returns how far a change of so many minutes at a ratio is off, if it is near: a
    /// minute more or less is rounding.
    fn near(&self, minutes: Decimal, ratio: Decimal) -> Option<Decimal> {
        self.near_on(1, minutes, ratio)
    }

    /// Returns the same of so many lines, each of which is rounded.
    fn near_on(&self, lines: i64, minutes: Decimal, ratio: Decimal) -> Option<Decimal> {
        let off = (minutes * ratio - self.missing).abs();
        (self.few || off <= (ratio.abs() + self.kept) * Decimal::from(lines)).then_some(off)
    }

    /// All usage of an item by one application: no single line or row of it comes to as much.
    fn of_app(
        &self,
        (app, item): (AppId, Item),
        (minutes, lines): (Quantity, i64),
        terms: &Terms,
        found: &mut Vec<(Decimal, Fault)>,
    ) {
        let Some(own) = self.ratio(item) else { return };
        for other in tiers::others(item, terms.billed_usage(), terms) {
            let off = self.ratio(other).and_then(|other| self.near_on(lines, minutes.decimal(), other - own));
            found.extend(off.map(|off| (off, Fault::App(app, item, other))));
        }
    }

    fn of_line(&self, site: Site, minutes: Quantity, terms: &Terms, found: &mut Vec<(Decimal, Fault)>) {
        let Some(own) = self.ratio(site.item) else { return };
        for other in tiers::others(site.item, site.span, terms) {
            let off = self.ratio(other).and_then(|other| self.near(minutes.decimal(), other - own));
            found.extend(off.map(|off| (off, Fault::Place(site, other))));
        }
    }

    fn of_row(&self, row: Usage, terms: &Terms, found: &mut Vec<(Decimal, Fault)>) {
        let minutes = Decimal::from(row.quantity) / Decimal::from(MINUTE);
        let Some(own) = self.ratio(row.item) else { return };
        found.extend(self.near(minutes, -own).map(|off| (off, Fault::Row(row, Fate::LeftOut))));
        found.extend(self.near(minutes, own).map(|off| (off, Fault::Row(row, Fate::Twice))));
        for other in tiers::others(row.item, row.span(), terms) {
            let off = self.ratio(other).and_then(|other| self.near(minutes, other - own));
            found.extend(off.map(|off| (off, Fault::Row(row, Fate::As(other)))));
        }
    }
}
