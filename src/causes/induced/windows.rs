//! Stretches of time whose usage was left out or counted twice: on every line of a day that differs, rows next to each
//! other come to just the minutes that the bill has less or more.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::sites::{Site, Sites};
use crate::causes::hypotheses::Change;
use crate::causes::incremental_rating::Rerating;
use crate::causes::messages::say;
use crate::causes::usage_edit::{Chosen, Edit, Fate};
use crate::model::cause::Cause;
use crate::model::policy::Scope;
use crate::model::{AppId, Item, Quantity, Span, Stamp, Unit, Usage};
use crate::rate::charge::Settled;
use crate::rules::terms::Terms;

/// At most so many runs of rows are kept for a line, and as many for several lines together.
const RUNS: usize = 400;
/// At most so many stretches are tried for the same lines.
const TRIED: usize = 8;
/// At most so many days are looked at.
const DAYS: usize = 62;
const MINUTE: i64 = 60;

/// Bounds of a stretch: it begins behind `after`, at `first` at the latest, and holds `last` but not `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    after: Stamp,
    first: Stamp,
    last: Stamp,
    next: Stamp,
}

/// A line whose minutes differ.
struct Line {
    app: AppId,
    item: Item,
    /// True if the bill has no line for it at all.
    gone: bool,
    /// The stretches that make its minutes.
    runs: Vec<Bounds>,
}

/// Returns the stretches of time that may be missing or counted twice.
#[must_use]
pub fn changes(sites: &Sites<'_>, rerating: &Rerating<'_>) -> Vec<Change> {
    let terms = &rerating.scenario.terms;
    if terms.day_shift != 0 {
        return Vec::new();
    }
    let mut by_day: BTreeMap<(Settled, bool), Vec<Line>> = BTreeMap::new();
    for site in sites.open().into_iter().map(|at| &sites.all[at]) {
        if let Some((day, fewer, line)) = line(site, rerating, terms) {
            by_day.entry((day, fewer)).or_default().push(line);
        }
    }
    let mut changes = Vec::new();
    for ((day, fewer), lines) in by_day.into_iter().take(DAYS) {
        let all: Vec<&Line> = lines.iter().collect();
        let mut found = together(&all, sites, rerating, day, fewer);
        for by in [|line: &Line| (Some(line.app), None), |line: &Line| (None, Some(line.item))] {
            if found.is_empty() {
                found = apart(&all, by).iter().flat_map(|part| together(part, sites, rerating, day, fewer)).collect();
            }
        }
        if found.is_empty() {
            found = all.iter().flat_map(|line| together(&[*line], sites, rerating, day, fewer)).collect();
        }
        changes.extend(found);
    }
    changes
}

/// Returns lines in parts, by a key.
fn apart<'l>(lines: &[&'l Line], key: impl Fn(&Line) -> (Option<AppId>, Option<Item>)) -> Vec<Vec<&'l Line>> {
    let mut parts: BTreeMap<(Option<AppId>, Option<Item>), Vec<&'l Line>> = BTreeMap::new();
    for line in lines {
        parts.entry(key(line)).or_default().push(line);
    }
    parts.into_values().collect()
}

/// Returns the line of a pairing, with the stretches that make its minutes.
fn line(site: &Site<'_>, rerating: &Rerating<'_>, terms: &Terms) -> Option<(Settled, bool, Line)> {
    let [charge] = site.charges[..] else { return None };
    let app = charge.app.filter(|_| charge.item.unit() == Unit::Minute)?;
    let billed = match (site.billed.usage, charge.covered.is_zero()) {
        _ if site.lines.is_empty() => Quantity::ZERO,
        (Some(usage), _) => usage,
        (None, true) => site.billed.charged?,
        // What packages cover hides how much is missing.
        (None, false) => return None,
    };
    let lacking = charge.billable.decimal() - billed.decimal();
    let seconds = i64::try_from((lacking * Decimal::from(MINUTE)).trunc().mantissa()).ok()?;
    let together = terms.segments[terms.segment(charge.day.span().from)].scope.of(charge.item) == Scope::Account;
    let slack = if together { 2 * MINUTE } else { MINUTE - 1 };
    let span = charge.day.span();
    let rows: Vec<&Usage> = rerating.rows.of(charge.item, Some(app), Some(span)).collect();
    let runs = runs(&rows, span, seconds.abs(), slack);
    let line = Line { app, item: charge.item, gone: site.lines.is_empty(), runs };
    (seconds != 0).then_some((charge.day, seconds > 0, line))
}

/// Returns the runs of rows that come to so many seconds.
fn runs(rows: &[&Usage], span: Span, seconds: i64, slack: i64) -> Vec<Bounds> {
    let mut found = Vec::new();
    for first in 0..rows.len() {
        // A stretch begins with the first row of a moment.
        if first > 0 && rows[first - 1].start == rows[first].start {
            continue;
        }
        let mut sum = 0;
        for (last, row) in rows.iter().enumerate().skip(first) {
            sum += row.quantity;
            if sum > seconds + slack || found.len() >= RUNS {
                break;
            }
            let next = rows.get(last + 1).map_or(span.until, |next| next.start);
            if sum >= seconds - slack && next > row.start {
                let after = first.checked_sub(1).map_or(span.from + -1, |before| rows[before].start);
                found.push(Bounds { after, first: rows[first].start, last: row.start, next });
            }
        }
    }
    found
}

impl Bounds {
    /// Returns the stretches that are both; `None` where none is.
    fn and(self, other: &Self) -> Option<Self> {
        let both = Self {
            after: self.after.max(other.after),
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            next: self.next.min(other.next),
        };
        (both.after < both.first && both.last < both.next).then_some(both)
    }

    /// Returns the shortest stretch.
    fn span(self) -> Span {
        Span { from: self.first, until: self.last + 1 }
    }
}

/// Returns the stretches that make the minutes of several lines at once.
fn together(lines: &[&Line], sites: &Sites<'_>, rerating: &Rerating<'_>, day: Settled, fewer: bool) -> Vec<Change> {
    let mut by_runs: Vec<&&Line> = lines.iter().collect();
    by_runs.sort_by_key(|line| line.runs.len());
    let Some((first, others)) = by_runs.split_first() else { return Vec::new() };
    let mut bounds = first.runs.clone();
    for line in others {
        bounds = bounds.iter().flat_map(|own| line.runs.iter().filter_map(|run| own.and(run))).take(RUNS).collect();
    }
    bounds.truncate(TRIED);
    bounds.into_iter().filter_map(|bounds| change(lines, bounds, sites, rerating, day, fewer)).collect()
}

/// Returns the change for a stretch: of everything in it, else of the application or the item of the lines alone.
fn change(
    lines: &[&Line],
    bounds: Bounds,
    sites: &Sites<'_>,
    rerating: &Rerating<'_>,
    day: Settled,
    fewer: bool,
) -> Option<Change> {
    if let [only] = lines
        && only.gone
    {
        // A line that is missing is no stretch of time.
        return None;
    }
    let span = bounds.span();
    let apps: BTreeSet<AppId> = lines.iter().map(|line| line.app).collect();
    let items: BTreeSet<Item> = lines.iter().map(|line| line.item).collect();
    let one_app = apps.first().copied().filter(|_| apps.len() == 1);
    let one_item = items.first().copied().filter(|_| items.len() == 1);
    let agreeing = || sites.all.iter().filter(|site| site.agrees).flat_map(|site| &site.charges);
    let touched: Vec<(Option<AppId>, Item)> = agreeing()
        .filter(|charge| charge.day == day && charge.item.unit() == Unit::Minute)
        .filter(|charge| rerating.rows.of(charge.item, charge.app, Some(span)).next().is_some())
        .map(|charge| (charge.app, charge.item))
        .collect();
    let scopes = [(None, None), (one_app, None), (None, one_item), (one_app, one_item)];
    let apart = |(app, item): &(Option<AppId>, Option<Item>)| {
        let holds = |(own, other): &(Option<AppId>, Item)| {
            app.is_none_or(|app| own.is_none_or(|own| own == app)) && item.is_none_or(|item| item == *other)
        };
        !touched.iter().any(holds)
    };
    let (app, item) = scopes.into_iter().find(apart)?;
    let rows: Vec<&Usage> = items.iter().flat_map(|item| rerating.rows.of(*item, app, Some(span))).collect();
    let end = rows.iter().map(|row| row.start + i64::from(row.seconds)).max()?;
    if rows.len() < 2 {
        // A single row has a name of its own.
        return None;
    }
    let fate = if fewer { Fate::LeftOut } else { Fate::Twice };
    let edits: Vec<Edit> =
        items.into_iter().map(|item| Edit { of: Chosen::All { item, app, span: Some(span) }, fate }).collect();
    let (cause, plain) = named(app, item, span.from, end, fewer);
    Some(Change::of_rows(cause, plain, edits))
}

fn named(app: Option<AppId>, item: Option<Item>, from: Stamp, to: Stamp, fewer: bool) -> (Cause, String) {
    let part = |key: &str, value: Option<String>| value.map(|value| format!(";{key}={value}")).unwrap_or_default();
    let of = [part("app", app.map(|app| app.to_string())), part("item", item.map(|item| item.to_string()))].concat();
    let what = format!("from={from};to={to}{of}");
    let place = match (app, item) {
        (None, None) => say("place.all", &[]),
        (Some(app), None) => say("place.app", &[("app", &app)]),
        (None, Some(item)) => item.to_string(),
        (Some(app), Some(item)) => say("place.app_item", &[("app", &app), ("item", &item)]),
    };
    let figures: [(&str, &dyn std::fmt::Display); 3] = [("place", &place), ("from", &from), ("to", &to)];
    if fewer {
        (Cause::TimeMissing { what }, say("time_missing", &figures))
    } else {
        (Cause::TimeDoubled { what }, say("time_doubled", &figures))
    }
}
