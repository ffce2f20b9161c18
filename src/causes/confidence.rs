//! Decides if a cause may give a finding's figures by chance: then `unexplained`
//! stands beside it, since the true cause may be one that was not tried.

use super::SEVERAL;
use super::candidate::Reason;
use super::search::Found;
use crate::compare::Kind;
use crate::compare::finding::Finding;
use crate::model::Quantity;
use crate::model::cause::Cause;

/// One of the rules gives some line a figure that is off by so few minutes.
const FEW: i64 = 5;
/// A rule that was broken on at most one in so many of the lines that differ, and not on others that agree, is no likely
/// cause.
const CROWD: usize = 10;

/// Evidence in the rest of the bill against a cause of one line.
pub struct Doubt {
    /// Changes that several findings speak for.
    proved: Vec<Reason>,
    open: usize,
    /// True if not everything was tried that packages may hide.
    untried: bool,
}

impl Doubt {
    /// Of all that was found.
    #[must_use]
    pub fn new(found: &Found, open: usize) -> Self {
        let mut proved: Vec<Reason> = Vec::new();
        let sure = |reason: &&Reason| {
            reason.causes.len() == 1 && reason.printed && reason.explains >= SEVERAL && reason.explains > reason.spoils
        };
        for reason in found.reasons.iter().flatten().filter(sure) {
            if !proved.iter().any(|known| known.plain == reason.plain) {
                proved.push(reason.clone());
            }
        }
        Self { proved, open, untried: found.crowded || found.cut_short }
    }

    /// Returns true if all that is to be named of a finding may be chance.
    #[must_use]
    pub fn covers(&self, at: usize, finding: &Finding, reasons: &[Reason]) -> bool {
        if reasons.is_empty() {
            // The comparison's own cause: the quantity stands under another item.
            return self.proved.iter().any(|proved| proved.touches.contains(&at));
        }
        reasons.iter().all(|reason| self.is_weak(finding, reason) || self.is_refuted(at, reason))
    }

    /// Returns true if it gives one line's figure alone, and a figure that many changes give.
    fn is_weak(&self, finding: &Finding, reason: &Reason) -> bool {
        if reason.is_hidden() && (self.untried || reason.explains < self.open) {
            // On however many lines packages run out, it says one thing: how much they were short.
            return true;
        }
        if reason.spoils > 0 && reason.explains * CROWD <= self.open {
            return true;
        }
        if reason.explains < SEVERAL && reason.causes.iter().any(Cause::has_value) {
            // Its value was made for a finding: that says little of one more.
            return true;
        }
        let speaks = reason.explains >= SEVERAL || reason.explains == self.open;
        if speaks && reason.explains > 1.max(reason.spoils) {
            return false;
        }
        if reason.is_of_rows() && (is_elsewhere(finding) || is_off_by_at_most(finding, 1)) {
            return true;
        }
        let few = || !reason.is_local() && !reason.is_of_rows() && is_off_by_at_most(finding, FEW);
        self.open > 1 && (is_nothing(finding) || few())
    }

    /// Returns true if a change that several findings speak for would change this line
    /// too, and does not give its figure.
    fn is_refuted(&self, at: usize, reason: &Reason) -> bool {
        let other = |proved: &Reason| {
            proved.touches.contains(&at)
                && reason.explains < proved.explains
                && !reason.causes.contains(&proved.causes[0])
        };
        self.proved.iter().any(other)
    }
}

/// Returns true if it is off by so few whole minutes: rounding, any short row and many rules come to that.
fn is_off_by_at_most(finding: &Finding, minutes: i64) -> bool {
    let charged = |quantity: Option<Quantity>| quantity.unwrap_or_default();
    let off = charged(finding.billed.charged) - charged(finding.expected.charged);
    (1..=minutes).map(Quantity::whole).any(|few| off == few || off == Quantity::ZERO - few)
}

/// Returns true if the line's own usage is right, so that a row at fault is one of many on other lines.
fn is_elsewhere(finding: &Finding) -> bool {
    finding.kind == Kind::Deduction && finding.billed.usage.is_some()
}

/// Returns true if nothing is billed, which is no figure.
fn is_nothing(finding: &Finding) -> bool {
    finding.billed.amount.is_zero()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Doubt, Finding, Found, Kind, Quantity, Reason};
    use crate::causes::candidate::Scale;
    use crate::compare::finding::Strength;
    use crate::compare::judge::Figures;
    use crate::compare::pairing::Pairing;

    const OPEN: usize = 5;

    /// Returns true if a change of rows that explains so many of the findings is in doubt.
    fn is_doubted(on: Scale, explains: usize, crowded: bool) -> bool {
        let charged = |minutes: i64| Figures { charged: Some(Quantity::whole(minutes)), ..Figures::NONE };
        let pairing = Pairing { charges: vec![0], lines: vec![0] };
        let finding = Finding::new(Kind::Quantity, pairing, charged(40), charged(20), Strength::Certain);
        let reason = Reason {
            causes: vec![crate::model::cause::Cause::IntervalMissing],
            plain: vec!["an interval is left out".to_owned()],
            explains,
            touches: Arc::default(),
            spoils: 0,
            printed: true,
            grants: false,
            on,
        };
        let found = Found { reasons: vec![vec![reason.clone()]], cut_short: false, crowded };
        Doubt::new(&found, OPEN).covers(0, &finding, &[reason])
    }

    #[test]
    fn rows_that_packages_hide_must_explain_all() {
        assert!(!is_doubted(Scale::Rows, 3, false));
        assert!(is_doubted(Scale::Hidden, 3, false));
        assert!(!is_doubted(Scale::Hidden, OPEN, false));
    }

    #[test]
    fn of_a_list_that_was_cut_the_true_one_may_be_missing() {
        assert!(is_doubted(Scale::Hidden, OPEN, true));
        assert!(!is_doubted(Scale::Rows, OPEN, true));
    }
}
