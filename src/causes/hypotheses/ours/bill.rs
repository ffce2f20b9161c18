//! A part of the bill that the case folder lacks: an application, a service, days.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Edit, Own};
use crate::causes::bill_partition::marks_of;
use crate::causes::messages::say;
use crate::causes::own_side::State;
use crate::compare::Kind;
use crate::compare::coverage::{export_of, ranges};
use crate::model::cause::Cause;
use crate::model::policy::Cut;
use crate::model::{AppId, Day};
use crate::rate::charge::Settled;

/// So many days of one service without a line are a stretch, and no single line.
const STRETCH: usize = 2;

/// Returns the parts of the bill that are missing as a whole: of the lines that are not there, those of an
/// application, a service or days of which the bill has no line at all.
#[must_use]
pub fn missing(state: &State<'_>) -> Vec<Own> {
    let bill = &state.bill();
    let billed_app = |app: Option<AppId>, day: Option<Day>, service: Option<&str>| {
        bill.lines.iter().any(|line| {
            (app.is_none() || line.app.is_none() || line.app == app)
                && day.is_none_or(|day| line.span.overlaps(day.span()))
                && service.is_none_or(|service| line.item.is_none_or(|item| export_of(item) == service))
                && line.item.is_none_or(|item| !item.is_fee())
        })
    };
    let mut groups: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    let unbilled = state.compared.findings.iter().filter(|finding| finding.kind == Kind::MissingInBill);
    let unbilled: Vec<_> = unbilled
        .filter_map(|finding| {
            let charge = &bill.charges[*finding.pairing.charges.first()?];
            Some((finding, charge))
        })
        .collect();
    let mut days: BTreeMap<(AppId, &str), BTreeSet<Day>> = BTreeMap::new();
    for (_, charge) in &unbilled {
        if let (Some(app), Settled::Day(day)) = (charge.app, charge.day)
            && !billed_app(Some(app), Some(day), Some(export_of(charge.item)))
        {
            days.entry((app, export_of(charge.item))).or_default().insert(day);
        }
    }
    for (finding, charge) in unbilled {
        let Some(app) = charge.app else { continue };
        let service = export_of(charge.item);
        let what = if !billed_app(Some(app), None, None) {
            Some(format!("app={app}"))
        } else if !billed_app(Some(app), None, Some(service)) {
            Some(format!("app={app};service={service}"))
        } else if let Settled::Day(day) = charge.day {
            if billed_app(None, Some(day), None) {
                let gone = days.get(&(app, service));
                let stretch = gone.map(|gone| stretch(day, gone)).filter(|stretch| stretch.len() >= STRETCH);
                stretch.map(|days| format!("app={app};service={service};days={}", ranges(&days)))
            } else {
                let empty = state.charged_days().into_iter().filter(|day| !billed_app(None, Some(*day), None));
                Some(format!("days={}", ranges(&empty.collect())))
            }
        } else {
            None
        };
        if let Some(what) = what {
            groups.entry(what).or_default().extend(marks_of(finding, bill.charges));
        }
    }
    let edges = edges(state);
    let change = |(what, marks): (String, BTreeSet<_>)| Own {
        plain: say("bill_missing", &[("what", &what)]),
        paste: if edges.contains(&what) { format!("[bill]\ncut = \"{}\"\n", other_cut(state)) } else { String::new() },
        causes: if edges.contains(&what) {
            vec![Cause::Account { key: "bill.cut".to_owned() }, Cause::BillMissing { what }]
        } else {
            vec![Cause::BillMissing { what }]
        },
        edit: Edit::Excuse(Arc::new(marks)),
    };
    groups.into_iter().map(change).collect()
}

/// Returns the days around one that follow each other without a gap.
fn stretch(day: Day, gone: &BTreeSet<Day>) -> BTreeSet<Day> {
    let run = |step: i32| (0..).map(move |k| day + k * step).take_while(|day| gone.contains(day));
    run(-1).chain(run(1)).collect()
}

/// Returns what is missing where only the day is that a bill cut otherwise has in another month: its first or its last.
fn edges(state: &State<'_>) -> BTreeSet<String> {
    let days = state.terms().window.days;
    let edge = match state.account.cut {
        Cut::Usage => (days.until + -1).day(),
        Cut::Deduction => days.from.day(),
    };
    BTreeSet::from([format!("days={edge}")])
}

const fn other_cut(state: &State<'_>) -> &'static str {
    match state.account.cut {
        Cut::Usage => "deduction",
        Cut::Deduction => "usage",
    }
}
