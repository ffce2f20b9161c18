//! Usage that the exports lack, filled in from the bill's own quantities.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Edit, Own};
use crate::causes::messages::say;
use crate::causes::own_side::State;
use crate::compare::Kind;
use crate::compare::coverage::{Hole, export_of, named};
use crate::model::cause::Cause;
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::usage::Exactness;
use crate::model::{AppId, Day, Item, Quantity, Span, Stamp, Unit, Usage};

const MINUTE: i64 = 60;
const SLOT: i64 = 300;

/// When on its days the usage that is filled in happened: no bill says it.
const TIMES: [When; 8] = [
    When::First,
    When::Last,
    When::Spread,
    When::Hour(4),
    When::Hour(8),
    When::Hour(12),
    When::Hour(16),
    When::Hour(20),
];

#[derive(Clone, Copy)]
enum When {
    /// Before all other usage of the day.
    First,
    /// After it.
    Last,
    /// In equal parts over the day.
    Spread,
    /// At an hour of the day.
    Hour(i64),
}

/// Returns the usage of all holes filled in, once for each time of the day at which it may have happened.
#[must_use]
pub fn filled(state: &State<'_>, holes: &[Hole]) -> Vec<Own> {
    if holes.is_empty() {
        return Vec::new();
    }
    let bill = state.bill();
    let causes: Vec<Cause> = holes.iter().map(|hole| Cause::UsageMissing { what: hole.named() }).collect();
    let names: Vec<String> = holes.iter().map(Hole::named).collect();
    let change = |when: When| {
        let of =
            |hole: &Hole| hole.lines.iter().flat_map(|at| rows(hole.app, &bill.lines[*at], when)).collect::<Vec<_>>();
        let rows = holes.iter().flat_map(of).collect();
        Own {
            causes: causes.clone(),
            plain: say("usage_missing", &[("what", &names.join(", "))]),
            paste: String::new(),
            edit: Edit::Usage(Arc::new(rows)),
        }
    };
    TIMES.into_iter().map(change).collect()
}

/// Returns what lines bill beyond our usage filled in: rows of a part of a day may be missing.
#[must_use]
pub fn topped(state: &State<'_>) -> Vec<Own> {
    if state.account.usage_complete {
        return Vec::new();
    }
    let bill = state.bill();
    let mut more: Vec<(AppId, InvoiceLine)> = Vec::new();
    let mut places: BTreeMap<(AppId, &'static str), BTreeSet<Day>> = BTreeMap::new();
    for finding in &state.compared.findings {
        let [line] = finding.pairing.lines[..] else { continue };
        let line = &bill.lines[line];
        let (Some(app), Some(item)) = (line.app, line.item) else { continue };
        if line.class != LineClass::Usage || finding.kind == Kind::Item {
            continue;
        }
        let printed = finding.billed.usage.map(|billed| billed - finding.expected.usage.unwrap_or_default());
        let charged = || finding.billed.charged.map(|billed| billed - finding.expected.charged.unwrap_or_default());
        let Some(beyond) = printed.or_else(charged).filter(|beyond| *beyond > Quantity::ZERO) else { continue };
        let days: Vec<Day> = state.days_to_fill(app, item, line.span).into_iter().collect();
        places.entry((app, export_of(item))).or_default().extend(&days);
        let (first, last) = (days[0], days[days.len() - 1]);
        let span = if days.len() == line.span.days().count() { line.span } else { first.span() };
        let span = Span { from: span.from, until: span.until.max(first.span().until).min((last + 1).start()) };
        more.push((app, InvoiceLine { usage: Some(beyond), span, ..line.clone() }));
    }
    if more.is_empty() {
        return Vec::new();
    }
    let names: Vec<String> = places.iter().map(|((app, service), days)| named(*app, service, days)).collect();
    let change = |when: When| Own {
        causes: names.iter().map(|what| Cause::UsageMissing { what: what.clone() }).collect(),
        plain: say("usage_missing", &[("what", &names.join(", "))]),
        paste: String::new(),
        edit: Edit::Usage(Arc::new(more.iter().flat_map(|(app, line)| rows(*app, line, when)).collect())),
    };
    TIMES.into_iter().map(change).collect()
}

/// Returns the rows that a line was billed for.
fn rows(app: AppId, line: &InvoiceLine, when: When) -> Vec<Usage> {
    let Some(item) = line.item else { return Vec::new() };
    let printed = line.usage.or_else(|| Some(line.charged? + line.covered.unwrap_or_default()));
    let Some(seconds) = printed.and_then(|quantity| finest(item, quantity)) else { return Vec::new() };
    let days: Vec<_> = line.span.days().collect();
    let row = |start: Stamp, seconds: u32, quantity: i64| Usage {
        start,
        seconds,
        item,
        exactness: Exactness::Exact,
        app,
        quantity,
        place: line.place,
    };
    if item.unit() != Unit::Minute {
        let month = Span { from: line.span.from, until: line.span.until };
        return vec![row(month.from, u32::try_from(month.seconds()).unwrap_or(u32::MAX), seconds)];
    }
    let share = |parts: i64, at: i64| seconds / parts + i64::from(at < seconds % parts);
    let several = i64::try_from(days.len()).unwrap_or(1).max(1);
    let mut rows = Vec::new();
    for (at, day) in (0_i64..).zip(&days) {
        let own = share(several, at);
        match when {
            When::First => rows.push(row(day.start(), 300, own)),
            When::Last => rows.push(row(day.start() + (86_400 - SLOT), 300, own)),
            When::Hour(hour) => rows.push(row(day.start() + hour * 3_600, 300, own)),
            When::Spread => {
                let part = |slot: i64| own / 24 + i64::from(slot < own % 24);
                rows.extend((0..24).map(|slot| row(day.start() + slot * 3_600, 300, part(slot))));
            }
        }
    }
    rows.retain(|row| row.quantity > 0);
    rows
}

/// Returns a billed quantity in the finest unit of its item.
fn finest(item: Item, quantity: Quantity) -> Option<i64> {
    let factor = match item.unit() {
        Unit::Minute => MINUTE,
        Unit::Thousand => 1_000,
        Unit::Mbps => 1_000_000,
        Unit::User | Unit::Month => 1,
    };
    let product = quantity.decimal().checked_mul(rust_decimal::Decimal::from(factor))?;
    i64::try_from(product.ceil().mantissa() / 10_i128.pow(product.ceil().scale())).ok()
}
