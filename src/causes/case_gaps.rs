//! Names what the case folder may lack beside a finding that nothing proves: rows of the exports, lines of the bill,
//! purchases and balances that account.toml does not have.

use std::collections::BTreeSet;

use super::Situation;
use super::hypotheses::ours;
use super::sides::has_more;
use crate::compare::coverage::{Presence, days_to_name, export_of, named};
use crate::compare::finding::{Finding, Kind, Side};
use crate::model::cause::{Cause, Causes};
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{AppId, Item, Span};
use crate::rate::charge::Settled;

/// Facts known of the case folder.
pub struct Gaps<'a> {
    /// The account, its rules and the bill.
    pub situation: &'a Situation<'a>,
    /// The rows of the exports; `None` where account.toml says that they are complete.
    pub presence: Option<&'a Presence>,
    /// The grants whose balance is known.
    pub vouched: &'a BTreeSet<String>,
}

impl Gaps<'_> {
    /// Puts what may be missing before the other causes of an open finding, unless a rule of billing gives its figures.
    pub fn name(&self, finding: &mut Finding) {
        let vague =
            |cause: &Cause| matches!(cause, Cause::Unexplained | Cause::IntervalDuplicated | Cause::IntervalMissing);
        if finding.side != Side::Open || !(finding.causes.0.is_empty() || finding.causes.0.iter().any(vague)) {
            return;
        }
        if let Some(own) = self.purchase(finding) {
            finding.causes = Causes(own.causes);
            finding.paste = own.paste;
            return;
        }
        let mut gaps: Vec<Cause> = self.file(finding).into_iter().chain(self.balances(finding)).collect();
        gaps.retain(|gap| !finding.causes.0.iter().any(|cause| cause.family() == gap.family()));
        if gaps.is_empty() {
            return;
        }
        if finding.causes.0.is_empty() {
            gaps.push(Cause::Unexplained);
        }
        finding.causes.0.splice(0..0, gaps);
    }

    /// Returns the entry for a fee of the bill that no entry of account.toml makes due.
    fn purchase(&self, finding: &Finding) -> Option<ours::Own> {
        let unlisted = finding.kind == Kind::SubscriptionFee && finding.pairing.charges.is_empty();
        unlisted.then(|| ours::purchase(self.line(finding)?)).flatten()
    }

    /// Returns what a file may lack.
    fn file(&self, finding: &Finding) -> Option<Cause> {
        match finding.kind {
            Kind::MissingInBill => self.lines(finding),
            Kind::Quantity | Kind::MissingInUsage | Kind::Deduction => self.rows(finding),
            _ => None,
        }
    }

    /// Returns the rows that would fill up a line of more minutes than the exports come to.
    fn rows(&self, finding: &Finding) -> Option<Cause> {
        let (presence, line) = (self.presence?, self.line(finding)?);
        let service = export_of(line.item?);
        // Of a line that does not print what was used, more may have been used than packages cover.
        let unseen = || finding.billed.usage.is_none() && finding.billed.charged > finding.expected.charged;
        let whole = line.app.is_some_and(|app| presence.is_whole((app, service), line.span));
        let open = line.class == LineClass::Usage && (has_more(finding) || unseen()) && !whole;
        let days = || line.app.map(|app| days_to_name(presence, (app, service), line.span)).unwrap_or_default();
        open.then(|| Cause::UsageMissing { what: named(line.app, service, &days()) })
    }

    /// Returns the lines that would bill a charge of a service without any on its day.
    fn lines(&self, finding: &Finding) -> Option<Cause> {
        let bill = &self.situation.bill;
        let [charge] = finding.pairing.charges[..] else { return None };
        let charge = &bill.charges[charge];
        let (Some(_), Settled::Day(day)) = (charge.app, charge.day) else { return None };
        let service = export_of(charge.item);
        let billed = bill.lines.iter().any(|line| {
            line.app == charge.app
                && line.span.overlaps(day.span())
                && line.item.is_some_and(|item| export_of(item) == service)
        });
        (!billed).then(|| Cause::BillMissing { what: named(charge.app, service, &BTreeSet::from([day])) })
    }

    /// Returns the grants whose unknown balance decides what is charged.
    fn balances(&self, finding: &Finding) -> Vec<Cause> {
        let Some((app, item, span)) = self.charged_otherwise(finding) else { return Vec::new() };
        let known = |id: &String| self.vouched.contains(id);
        let listed = |id: &String| self.situation.account.grants.iter().any(|entry| entry.id == *id);
        let ids = self.situation.terms.grants_for(app, item, span).map(|grant| &grant.id);
        ids.filter(|id| listed(id) && !known(id)).map(|id| Cause::Opening { grant: id.clone() }).collect()
    }

    /// Returns the place of a finding on minutes that are charged otherwise, though used alike as far as the bill says.
    fn charged_otherwise(&self, finding: &Finding) -> Option<(Option<AppId>, Item, Span)> {
        let line = self.line(finding)?;
        let alike = finding.billed.usage.is_none_or(|usage| Some(usage) == finding.expected.usage);
        let other = finding.billed.charged.is_some_and(|charged| Some(charged) != finding.expected.charged);
        let of_kind = matches!(finding.kind, Kind::Quantity | Kind::Deduction);
        (of_kind && alike && other).then_some((line.app, line.item?, line.span))
    }

    /// Returns the first line of a finding, if all its lines bill one item of one application.
    fn line(&self, finding: &Finding) -> Option<&InvoiceLine> {
        let mut lines = finding.pairing.lines.iter().map(|at| &self.situation.bill.lines[*at]);
        let first = lines.next()?;
        lines.all(|line| (line.item, line.app, line.span) == (first.item, first.app, first.span)).then_some(first)
    }
}
