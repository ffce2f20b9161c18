//! Changes of single rows and days of usage beside one finding: an interval
//! left out or counted twice, usage under another tier, usage on another day.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::tiers;
use crate::causes::hypotheses::Change;
use crate::causes::messages::say;
use crate::causes::usage_edit::{Chosen, Edit, Fate, Rows};
use crate::compare::Bill;
use crate::compare::judge::Figures;
use crate::compare::pairing::Pairing;
use crate::model::cause::Cause;
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::policy::Scope;
use crate::model::{AppId, Day, Item, Quantity, Span, Unit, Usage};
use crate::rate::charge::Charge;
use crate::rules::terms::{Bucket, Terms};

/// At most so many intervals are tried for one finding and cause.
pub const INTERVALS: usize = 160;
const DAY: i64 = 86_400;
const MINUTE: i64 = 60;

/// Where a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// The application, where it is about one.
    pub app: Option<AppId>,
    /// The item.
    pub item: Item,
    /// The days.
    pub span: Span,
}

/// The seconds that the bill lacks (positive) or has too many of (negative).
#[derive(Debug, Clone, Copy)]
struct Lack {
    seconds: i64,
    /// True if packages may hide a part of it, and turn it round.
    covered: bool,
    /// True if it is of all applications, which are rounded together.
    together: bool,
}

impl Site {
    /// Returns the place in words.
    #[must_use]
    pub fn name(self) -> String {
        let (first, last) = (self.span.from.day(), (self.span.until + -1).day());
        let month = first.month();
        match (self.app, first == last) {
            (None, true) => say("place.day", &[("item", &self.item), ("day", &first)]),
            (Some(app), true) => say("place.app_day", &[("item", &self.item), ("app", &app), ("day", &first)]),
            (None, false) => say("place.month", &[("item", &self.item), ("day", &month)]),
            (Some(app), false) => say("place.app_month", &[("item", &self.item), ("app", &app), ("day", &month)]),
        }
    }

    const fn chosen(self, item: Item) -> Chosen {
        Chosen::All { item, app: self.app, span: Some(self.span) }
    }

    /// Of a pairing, where it is about usage in minutes.
    #[must_use]
    pub fn of(pairing: &Pairing, bill: &Bill<'_>) -> Option<Self> {
        let charges = || pairing.charges.iter().map(|at| &bill.charges[*at]);
        if let Some(charge) = charges().next() {
            let app = charge.app.filter(|app| charges().all(|charge| charge.app == Some(*app)));
            let lines = pairing.lines.iter().map(|at| bill.lines[*at].span);
            let spans = charges().map(|charge| charge.day.span()).chain(lines);
            let hull = |a: Span, b: Span| Span { from: a.from.min(b.from), until: a.until.max(b.until) };
            let site = Self { app, item: charge.item, span: spans.fold(charge.day.span(), hull) };
            return (charge.item.unit() == Unit::Minute).then_some(site);
        }
        let line = &bill.lines[*pairing.lines.first()?];
        let item = line.item.filter(|item| item.unit() == Unit::Minute)?;
        Some(Self { app: line.app, item, span: line.span })
    }
}

/// Returns what may have been done to the rows behind a pairing. Where packages cover a
/// part and nothing is printed of it, any of them; else those that fit the gap.
/// `due` are the charges of a scenario; the pairing's own say where it stands.
#[must_use]
pub fn candidates<'c>(
    rows: &Rows<'_>,
    terms: &Terms,
    pairing: &Pairing,
    bill: &Bill<'_>,
    due: impl Iterator<Item = &'c Charge> + Clone,
) -> Vec<Change> {
    let Some(site) = Site::of(pairing, bill) else { return Vec::new() };
    let mut changes = shifted(site, rows);
    let used = Site { span: Span { until: site.span.until + terms.day_shift, ..site.span }, ..site };
    changes.extend(of_gap(used, site.lack(pairing, bill, due.clone()), rows, terms));
    if site.is_rounded_together(terms) {
        changes.extend(of_gap(used, site.lack_of_all(bill, due), rows, terms));
    }
    changes
}

impl Lack {
    fn of(due: &Figures, billed: &Figures, together: bool) -> Self {
        let seconds = |due: Option<Quantity>, billed: Option<Quantity>| {
            let lacking = due.unwrap_or_default() - billed.unwrap_or_default();
            i64::try_from((lacking.decimal() * Decimal::from(MINUTE)).trunc().mantissa()).unwrap_or(i64::MAX)
        };
        if billed.usage.is_some() {
            return Self { seconds: seconds(due.usage, billed.usage), covered: false, together };
        }
        let covered = due.covered.is_some_and(|covered| !covered.is_zero());
        Self { seconds: seconds(due.charged, billed.charged), covered, together }
    }

    /// Returns true if fewer (or more) seconds may be the reason. Where applications are
    /// rounded together a short row moves minutes from one to another.
    const fn takes(self, fewer: bool) -> bool {
        match self.seconds {
            0 => self.together,
            lacking => self.covered || (lacking > 0) == fewer,
        }
    }

    /// Returns true if so many seconds may be what is missing, or too much.
    fn fits(self, seconds: i64) -> bool {
        let slack = if self.together { MINUTE } else { 2 * MINUTE };
        self.covered || (seconds - self.seconds.abs()).abs() <= slack
    }
}

impl Site {
    /// Returns true if the seconds of all applications are added up before rounding.
    fn is_rounded_together(self, terms: &Terms) -> bool {
        terms.segments[terms.segment(self.span.from)].scope.has(Scope::Account)
    }

    /// Returns what the bill lacks on the lines of a pairing.
    fn lack<'c>(self, pairing: &Pairing, bill: &Bill<'_>, due: impl Iterator<Item = &'c Charge> + Clone) -> Lack {
        let own: Vec<&Charge> = pairing.charges.iter().map(|at| &bill.charges[*at]).collect();
        let same = |charge: &&Charge| match own.as_slice() {
            [] => charge.item == self.item && charge.app == self.app && charge.day.span() == self.span,
            own => own.iter().any(|own| (own.day, own.app, own.item) == (charge.day, charge.app, charge.item)),
        };
        let lines = pairing.lines.iter().map(|at| &bill.lines[*at]);
        Lack::of(&Figures::of_charges(due.filter(same)), &Figures::of_lines(lines), false)
    }

    /// Returns what it lacks on the lines of all applications.
    fn lack_of_all<'c>(self, bill: &Bill<'_>, due: impl Iterator<Item = &'c Charge> + Clone) -> Lack {
        let holds = |inner: Span| self.span.from <= inner.from && inner.until <= self.span.until;
        let due = due.filter(|charge| charge.item == self.item && holds(charge.day.span()));
        let of_usage = |line: &&InvoiceLine| line.item == Some(self.item) && holds(line.span);
        let lines = bill.lines.iter().filter(|line| line.class == LineClass::Usage).filter(of_usage);
        Lack::of(&Figures::of_charges(due), &Figures::of_lines(lines), true)
    }
}

/// Returns what may have been done to a site's rows so that the bill lacks so much.
fn of_gap(site: Site, lack: Lack, rows: &Rows<'_>, terms: &Terms) -> Vec<Change> {
    let mut changes = Vec::new();
    for other in tiers::others(site.item, site.span, terms) {
        for (used, billed) in [(site.item, other), (other, site.item)] {
            if !lack.takes(used == site.item) {
                continue;
            }
            let places = retiered(site, used, billed, lack, rows, terms);
            if !places.is_empty() {
                changes.extend(site.app.map(|app| tiers::all(used, billed, Some(app))));
            }
            changes.extend(places);
            let fitting = fitting(site, used, lack, rows, terms);
            changes.extend(fitting.into_iter().map(|row| one_as(row, billed)));
        }
    }
    for (fewer, change) in [(true, left_out as fn(Usage) -> Change), (false, twice)] {
        if lack.takes(fewer) {
            changes.extend(fitting(site, site.item, lack, rows, terms).into_iter().map(change));
        }
    }
    changes
}

/// Returns the rows of a site whose seconds fit what the bill lacks, the nearest first.
/// Where applications are rounded together, short rows of others may tip a
/// minute, also where packages hide how much all of them lack.
fn fitting(site: Site, item: Item, lack: Lack, rows: &Rows<'_>, terms: &Terms) -> Vec<Usage> {
    let wanted = lack.seconds.abs();
    let near = |row: &&Usage| !lack.covered && lack.fits(row.quantity);
    let app = site.app.filter(|_| !lack.together);
    let mut own: Vec<Usage> = rows.of(item, app, Some(site.span)).filter(near).copied().collect();
    own.sort_by_key(|row| ((row.quantity - wanted).abs(), row.start, row.app));
    own.truncate(INTERVALS);
    if site.is_rounded_together(terms) && !lack.together && wanted <= 2 * MINUTE {
        let short = |row: &&Usage| Some(row.app) != site.app && row.quantity <= 2 * MINUTE;
        own.extend(rows.of(item, None, Some(site.span)).filter(short).take(INTERVALS).copied());
    }
    own
}

fn of_row(cause: Cause, row: Usage, fate: Fate) -> Change {
    let figures: [(&str, &dyn std::fmt::Display); 4] =
        [("app", &row.app), ("start", &row.start), ("seconds", &row.quantity), ("item", &row.item)];
    let plain = say(cause.family(), &figures);
    Change::of_usage(cause, plain, Edit { of: Chosen::Row(row), fate })
}

/// Returns an interval left out.
#[must_use]
pub fn left_out(row: Usage) -> Change {
    of_row(Cause::IntervalMissing, row, Fate::LeftOut)
}

/// An interval counted twice.
#[must_use]
pub fn twice(row: Usage) -> Change {
    of_row(Cause::IntervalDuplicated, row, Fate::Twice)
}

/// An interval counted under another tier.
#[must_use]
pub fn one_as(row: Usage, other: Item) -> Change {
    let plain = say(
        "other_tier.row",
        &[("app", &row.app), ("start", &row.start), ("seconds", &row.quantity), ("item", &row.item), ("other", &other)],
    );
    tiers::counted(plain, Chosen::Row(row), other)
}

/// The usage of a place counted under another tier.
#[must_use]
pub fn place_as(site: Site, other: Item) -> Change {
    let plain = say("other_tier.place", &[("place", &site.name()), ("other", &other)]);
    tiers::counted(plain, site.chosen(site.item), other)
}

/// A tier counted under another at a place; of a month also on each of its days.
fn retiered(site: Site, used: Item, billed: Item, lack: Lack, rows: &Rows<'_>, terms: &Terms) -> Vec<Change> {
    let site = Site { item: used, ..site };
    let each = terms.segments[terms.segment(site.span.from)].bucket == Bucket::Interval;
    let billed_for = |row: &Usage| if each { (row.quantity + MINUTE - 1) / MINUTE * MINUTE } else { row.quantity };
    let mut days: BTreeMap<Day, i64> = BTreeMap::new();
    for row in rows.of(used, site.app, Some(site.span)) {
        *days.entry(row.start.day()).or_default() += billed_for(row);
    }
    let all: i64 = days.values().sum();
    // Where days are cut at another hour a day's usage stands on two lines.
    let fits = |seconds: i64| terms.day_shift != 0 || lack.fits(seconds);
    let whole = days.first_key_value().filter(|_| fits(all)).map(|_| site);
    let single = days.into_iter().filter(|(_, seconds)| site.span.seconds() > DAY && fits(*seconds));
    let single = single.map(|(day, _)| Site { span: day.span(), ..site });
    whole.into_iter().chain(single).map(|site| place_as(site, billed)).collect()
}

/// Returns the usage of a day, or of a month's first and last day, counted on the day
/// before or after, or theirs on this one.
fn shifted(site: Site, rows: &Rows<'_>) -> Vec<Change> {
    let last = site.span.seconds() - DAY;
    let change = |(first, by): (i64, i64)| {
        let from = site.span.from + first;
        let of = Site { span: Span { from, until: from + DAY }, ..site };
        rows.of(of.item, of.app, Some(of.span)).next()?;
        let plain = say("period_shift.moved", &[("place", &of.name()), ("day", &(from + by).day())]);
        Some(Change::of_usage(Cause::PeriodShift, plain, Edit { of: of.chosen(of.item), fate: Fate::Moved(by) }))
    };
    [(last, DAY), (0, -DAY), (-DAY, DAY), (last + DAY, -DAY)].into_iter().filter_map(change).collect()
}
