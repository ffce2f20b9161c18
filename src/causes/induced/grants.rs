//! Solves for grants as the bill has them: a grant of another size, from another time on, given twice, of another plan, of
//! another application. The values are solved for by halving: on the first day on which the bill covers otherwise, it
//! covers too much or too little.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::bisect::{Fit, fit};
use super::target::{Off, Target};
use crate::causes::Situation;
use crate::causes::hypotheses::Change;
use crate::causes::incremental_rating::Rerating;
use crate::causes::messages::say;
use crate::causes::scenario::Scenario;
use crate::model::cause::Cause;
use crate::model::{AppId, PackMinutes, Quantity, Stamp};
use crate::rules::terms::{Grant, Terms};
use crate::rules::{Plans, build_terms};

/// At most so many grants are solved for, those of the first line that differs first.
const GRANTS: usize = 12;
/// At most so many other applications are tried for a grant.
const APPS: usize = 8;
/// At most so many times are tried one by one.
const SCANNED: usize = 2_000;
/// Decimals of a size, one after another.
const PLACES: [u32; 4] = [0, 2, 4, 8];

/// The grants to solve for, and the work left for it.
pub struct Solver<'s, 'a> {
    situation: &'s Situation<'a>,
    rerating: &'s Rerating<'a>,
    target: Target<'s, 'a>,
    off: Vec<Off>,
    left: &'s mut usize,
}

impl<'s, 'a> Solver<'s, 'a> {
    /// Returns a solver of what a bill covers otherwise.
    #[must_use]
    pub fn new(situation: &'s Situation<'a>, rerating: &'s Rerating<'a>, left: &'s mut usize) -> Self {
        let target = Target::of(&situation.bill, rerating);
        let off = target.off();
        Self { situation, rerating, target, off, left }
    }

    /// Returns the changes of grants that may give the bill's figures.
    #[must_use]
    pub fn changes(mut self) -> Vec<Change> {
        let Some(first) = self.off.first().copied() else { return Vec::new() };
        let terms = self.rerating.scenario.terms.clone();
        let mut concerned: Vec<&Grant> = terms.grants.iter().filter(|grant| self.concerns(grant)).collect();
        concerned.sort_by_key(|grant| (!serves(grant, &first, &terms), !grant.valid.overlaps(first.day.span())));
        concerned.truncate(GRANTS);
        let mut changes = Vec::new();
        let mut plans: BTreeSet<&str> = BTreeSet::new();
        for grant in concerned {
            let more = first.more > Quantity::ZERO;
            let doubled = (!more).then(|| self.doubled(grant)).flatten();
            if doubled.is_none() {
                changes.extend(self.sized(grant, more));
            }
            changes.extend(doubled);
            changes.extend(self.started(grant));
            let own = grant.id.split('#').next().unwrap_or(&grant.id);
            if plans.insert(own) {
                changes.extend(self.of_other_plans(own, &grant.plan));
            }
            changes.extend(self.of_other_apps(grant));
        }
        changes
    }

    /// Returns true if a grant covers, or may cover, a line that differs.
    fn concerns(&self, grant: &Grant) -> bool {
        self.off.iter().any(|off| serves(grant, off, &self.rerating.scenario.terms))
    }

    fn against(&mut self, edit: impl FnOnce(&mut Terms)) -> Option<Ordering> {
        let mut scenario = Scenario::clone(&self.rerating.scenario);
        edit(scenario.rules());
        *self.left = self.left.checked_sub(self.rerating.cost(&scenario))?;
        self.target.against(&scenario)
    }

    /// Returns the grant given twice, where that makes the bill's minutes.
    fn doubled(&mut self, grant: &Grant) -> Option<Change> {
        let twin = Grant { id: format!("{}+", grant.id), ..grant.clone() };
        let again = twin.clone();
        let fits = self.against(|terms| terms.grants.push(again))? == Ordering::Equal;
        let plain = say("grant_doubled", &[("grant", &grant.id)]);
        let cause = Cause::GrantDoubled { grant: grant.id.clone() };
        fits.then(|| Change::of_grants(cause, plain, move |terms| terms.grants.push(twin.clone())))
    }

    /// Returns the grant with the size that makes the bill's minutes.
    fn sized(&mut self, grant: &Grant, smaller: bool) -> Option<Change> {
        let id = grant.id.clone();
        let own = grant.minutes.decimal();
        let used: Decimal = self.rerating.charges.values().map(|charge| charge.billable.decimal()).sum();
        let most = if smaller { own } else { own + used * Decimal::TEN };
        let whole = |value: Decimal| i64::try_from(value.ceil().mantissa()).ok();
        let (mut least, mut most) = (0, whole(most.normalize().ceil())?);
        for (turn, places) in PLACES.into_iter().enumerate() {
            let size = |value: i64| PackMinutes::from_decimal(Decimal::new(value, places));
            let found = fit(least, most, |value| {
                let minutes = size(value)?;
                // Where the bill charges more, the size is too large.
                self.against(|terms| each(terms, &id, |grant| resize(grant, minutes)))
            })?;
            match found {
                Fit::Values(first, last) => {
                    let (first_size, last_size) = (size(first)?, size(last)?);
                    // Less than a minute is none at all: that has a name of its own.
                    let none = last_size < PackMinutes::whole(1);
                    let unchanged = (first_size..=last_size).contains(&grant.minutes) || none;
                    return (!unchanged).then(|| of_size(grant, first_size, last_size, last == most && !smaller));
                }
                Fit::Behind(value) if value < least || value >= most => return None,
                Fit::Behind(value) => {
                    let finer = PLACES.get(turn + 1)? - places;
                    let times = 10_i64.checked_pow(finer)?;
                    (least, most) = (value.checked_mul(times)?, (value + 1).checked_mul(times)?);
                }
            }
        }
        None
    }

    /// Returns the grant from the time on that makes the bill's minutes.
    fn started(&mut self, grant: &Grant) -> Option<Change> {
        let id = grant.id.clone();
        let terms = self.rerating.scenario.terms.clone();
        let begins = grant.valid.from.max(grant.since);
        let covers = |row: &&crate::model::Usage| {
            let segment = terms.segment(row.start);
            let own = grant.app.is_none_or(|app| app == row.app) || !grant.is_bound(row.start);
            own && grant.ratios.get(segment).is_some_and(|ratios| ratios[row.item.index()].is_some())
        };
        let rows = self.rerating.rows.usage().iter().filter(covers).map(|row| row.start);
        let times: Vec<Stamp> =
            rows.filter(|at| *at < grant.valid.until).collect::<BTreeSet<_>>().into_iter().collect();
        let position = |at: usize| i64::try_from(at).ok();
        let time = |at: i64| usize::try_from(at).ok().and_then(|at| times.get(at)).copied();
        let found = fit(0, position(times.len())? - 1, |at| {
            let start = time(at)?;
            let order = self.against(|terms| each(terms, &id, |grant| restart(grant, start)))?;
            // Where the bill charges more, the start is too early.
            Some(order.reverse())
        })?;
        let (first, last) = match found {
            Fit::Values(first, last) => (first, last),
            Fit::Behind(_) => self.scanned(&id, &times)?,
        };
        let (after, start) = (time(first - 1), time(last)?);
        let unchanged = after.is_none_or(|after| after < begins) && begins <= start;
        (!unchanged).then(|| of_start(grant, after, start))
    }

    /// Returns the first and the last of the times that fit, where no halving finds them: another grant may cover what
    /// this one does not, so that nothing differs on the first days.
    fn scanned(&mut self, id: &str, times: &[Stamp]) -> Option<(i64, i64)> {
        let mut fitting: Option<(i64, i64)> = None;
        for (at, start) in times.iter().enumerate().take(SCANNED) {
            let at = i64::try_from(at).ok()?;
            let fits = self.against(|terms| each(terms, id, |grant| restart(grant, *start)))? == Ordering::Equal;
            fitting = match fitting {
                known @ Some(_) if !fits => return known,
                Some((first, _)) => Some((first, at)),
                None => fits.then_some((at, at)),
            };
        }
        fitting
    }

    /// Returns the grant as another plan of the catalogue would give it, where that makes the bill's minutes.
    fn of_other_plans(&mut self, own: &str, plan: &str) -> Vec<Change> {
        let due = plan;
        let (account, terms) = (self.situation.account, self.rerating.scenario.terms.clone());
        let mut changes = Vec::new();
        let other = |plan: &&crate::rules::plan::Plan| plan.id != due && plan.currency == terms.currency();
        for plan in Plans::known().iter().filter(other) {
            let mut account = account.clone();
            account.grants.iter_mut().filter(|one| one.id == own).for_each(|one| one.plan.clone_from(&plan.id));
            account.subscriptions.iter_mut().filter(|one| one.id == own).for_each(|one| one.plan.clone_from(&plan.id));
            let Ok(other) = build_terms::terms(&account, self.situation.cards, self.situation.period) else { continue };
            let same = other.grants.iter().zip(&terms.grants).all(|(one, two)| one.id == two.id);
            if !same || other.grants.len() != terms.grants.len() || other.grants == terms.grants {
                continue;
            }
            let grants = other.grants.clone();
            match self.against(|terms| terms.grants = grants) {
                Some(Ordering::Equal) => {
                    let cause = Cause::GrantPlan { grant: own.to_owned(), what: format!("{own};plan={}", plan.id) };
                    let plain = say("grant_plan", &[("grant", &own), ("plan", &plan.id)]);
                    let grants = other.grants;
                    changes.push(Change::of_grants(cause, plain, move |terms| terms.grants.clone_from(&grants)));
                }
                Some(_) => {}
                None => break,
            }
        }
        changes
    }

    /// Returns the grant bound to an application of which the bill covers more.
    fn of_other_apps(&mut self, grant: &Grant) -> Vec<Change> {
        let Some(own) = grant.app else { return Vec::new() };
        let covered = self.off.iter().filter(|off| off.more < Quantity::ZERO).filter_map(|off| off.app);
        let apps: BTreeSet<AppId> = covered.filter(|app| *app != own).collect();
        let mut changes = Vec::new();
        for app in apps.into_iter().take(APPS) {
            let id = grant.id.clone();
            if self.against(|terms| each(terms, &id, |grant| grant.app = Some(app))) == Some(Ordering::Equal) {
                let plain = say("grant_scope.bound", &[("grant", &id), ("app", &app)]);
                changes.push(Change::of_grants(Cause::GrantScope, plain, move |terms| {
                    each(terms, &id, |grant| grant.app = Some(app));
                }));
            }
        }
        changes
    }
}

/// Returns true if a grant can cover what a line bills, by its item and application; at any time.
fn serves(grant: &Grant, off: &Off, terms: &Terms) -> bool {
    let at = off.day.span().from;
    let own = grant.app.is_none() || off.app.is_none() || grant.app == off.app || !grant.is_bound(at);
    own && grant.ratios.get(terms.segment(at)).is_some_and(|ratios| ratios[off.item.index()].is_some())
}

fn each(terms: &mut Terms, id: &str, edit: impl Fn(&mut Grant)) {
    terms.grants.iter_mut().filter(|grant| grant.id == id).for_each(edit);
}

/// Gives a grant another size; what was left of it when the ledger starts is as much less or more.
fn resize(grant: &mut Grant, minutes: PackMinutes) {
    let more = minutes.decimal() - grant.minutes.decimal();
    let left = |opening: PackMinutes| PackMinutes::from_decimal((opening.decimal() + more).max(Decimal::ZERO));
    grant.opening = grant.opening.and_then(left);
    grant.minutes = minutes;
}

/// Lets a grant begin at another time.
fn restart(grant: &mut Grant, start: Stamp) {
    let later = start > grant.valid.from.max(grant.since);
    grant.valid.from = start;
    grant.since = start;
    grant.ready = if later { grant.ready.max(start) } else { start };
}

fn of_size(grant: &Grant, least: PackMinutes, most: PackMinutes, open: bool) -> Change {
    let id = grant.id.clone();
    let (what, plain) = if open {
        (format!("{id};minutes={least}.."), say("grant_size.least", &[("grant", &id), ("least", &least)]))
    } else if least == most {
        (format!("{id};minutes={least}"), say("grant_size", &[("grant", &id), ("minutes", &least)]))
    } else {
        let figures: [(&str, &dyn std::fmt::Display); 3] = [("grant", &id), ("least", &least), ("most", &most)];
        (format!("{id};minutes={least}..{most}"), say("grant_size.between", &figures))
    };
    let cause = Cause::GrantSize { grant: id.clone(), what };
    Change::of_grants(cause, plain, move |terms| each(terms, &id, |grant| resize(grant, least)))
}

fn of_start(grant: &Grant, after: Option<Stamp>, start: Stamp) -> Change {
    let id = grant.id.clone();
    let (what, plain) = match after {
        Some(after) => {
            let figures: [(&str, &dyn std::fmt::Display); 3] = [("grant", &id), ("after", &after), ("start", &start)];
            (format!("{id};start={after}..{start}"), say("grant_start.between", &figures))
        }
        None => (format!("{id};start=..{start}"), say("grant_start", &[("grant", &id), ("start", &start)])),
    };
    let cause = Cause::GrantStart { grant: id.clone(), what };
    Change::of_grants(cause, plain, move |terms| each(terms, &id, |grant| restart(grant, start)))
}
