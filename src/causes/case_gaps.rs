//! Names what the case folder may lack beside a finding that nothing proves: rows of the exports, lines of the bill.

use std::collections::BTreeSet;

use super::sides::has_more;
use crate::compare::Bill;
use crate::compare::coverage::{Presence, days_to_fill, export_of, named};
use crate::compare::finding::{Finding, Kind, Side};
use crate::model::cause::{Cause, Causes};
use crate::model::invoice::LineClass;
use crate::rate::charge::Settled;

/// Puts what may be missing before the other causes of an open finding, unless a rule of billing gives its figures.
pub fn name(finding: &mut Finding, bill: &Bill<'_>, presence: Option<&Presence>) {
    let vague =
        |cause: &Cause| matches!(cause, Cause::Unexplained | Cause::IntervalDuplicated | Cause::IntervalMissing);
    let causes = &finding.causes.0;
    if finding.side != Side::Open || !(causes.is_empty() || causes.iter().any(vague)) || causes.iter().any(is_gap) {
        return;
    }
    let gap = match finding.kind {
        Kind::MissingInBill => lines(finding, bill),
        Kind::Quantity | Kind::MissingInUsage | Kind::Deduction => {
            presence.and_then(|known| rows(finding, bill, known))
        }
        _ => None,
    };
    let Some(gap) = gap else { return };
    if finding.causes.0.is_empty() {
        finding.causes = Causes(vec![Cause::Unexplained]);
    }
    finding.causes.0.insert(0, gap);
}

fn is_gap(cause: &Cause) -> bool {
    matches!(cause, Cause::UsageMissing { .. } | Cause::BillMissing { .. })
}

/// Returns the rows that would fill up a line of more minutes than were used by the exports.
fn rows(finding: &Finding, bill: &Bill<'_>, presence: &Presence) -> Option<Cause> {
    let [line] = finding.pairing.lines[..] else { return None };
    let line = &bill.lines[line];
    let (app, item) = (line.app?, line.item?);
    let place = (app, export_of(item));
    let open = line.class == LineClass::Usage && has_more(finding) && !presence.is_whole(place, line.span);
    open.then(|| Cause::UsageMissing { what: named(app, place.1, &days_to_fill(presence, place, line.span)) })
}

/// Returns the lines that would bill a charge of a service without any on its day.
fn lines(finding: &Finding, bill: &Bill<'_>) -> Option<Cause> {
    let [charge] = finding.pairing.charges[..] else { return None };
    let charge = &bill.charges[charge];
    let (Some(app), Settled::Day(day)) = (charge.app, charge.day) else { return None };
    let service = export_of(charge.item);
    let billed = bill.lines.iter().any(|line| {
        line.app == Some(app)
            && line.span.overlaps(day.span())
            && line.item.is_some_and(|item| export_of(item) == service)
    });
    (!billed).then(|| Cause::BillMissing { what: named(app, service, &BTreeSet::from([day])) })
}
