//! Tries changes and keeps what each of them explains.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use rayon::prelude::*;

use super::changes::{self, Change};
use super::parts::{Mark, Marks, Part, Parts, Standing, marks_of};
use super::rerating::Rerating;
use super::scenario::Scenario;
use super::{Situation, hidden, is_open, rows};
use crate::domain::Money;
use crate::reconcile::finding::Finding;
use crate::reconcile::pairing::Pairing;
use crate::reconcile::{Compared, Kind};

/// What may be done in one search, in lines and rows gone through: the bound of
/// its time, the same on every machine.
const WORK: usize = 400_000_000;
/// What a trial costs at least.
const TRIAL: usize = 3_000;
/// What it costs to meter a row, in lines gone through.
const ROW: usize = 12;
/// At most so many changes that explain something are joined with a second one,
/// and as many that bring the bill nearest.
const LEADING: usize = 6;
/// One change that explains so many findings and spoils nothing leaves no room for rows.
const MANY: usize = 4;

/// A change, or two, that give a finding's figures.
#[derive(Debug, Clone)]
pub struct Reason {
    /// The causes.
    pub causes: Vec<String>,
    /// Each in plain words.
    pub plain: Vec<String>,
    /// How many findings it explains.
    pub explains: usize,
    /// How many lines would differ that agree without it.
    pub spoils: usize,
    /// Whether every printed figure comes out, and not only what is charged.
    pub printed: bool,
    /// Whether it is a rule of the grants.
    pub grants: bool,
    /// Whether it touches lines one by one: a price, a neighbour's figures.
    pub local: bool,
}

impl Reason {
    /// Whether every printed figure comes out and no other line suffers.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.printed && self.spoils == 0
    }
}

/// What was found: the reasons of each finding, and whether all changes were tried.
#[derive(Debug)]
pub struct Found {
    /// By finding.
    pub reasons: Vec<Vec<Reason>>,
    /// Whether the work ran out before the changes did.
    pub cut_short: bool,
}

/// What a trial explains.
struct Effect {
    /// Findings, and whether every printed figure comes out.
    clears: Vec<(usize, bool)>,
    spoils: usize,
    /// The money by which the parts with findings are off.
    off: Money,
}

/// A change that changes something.
#[derive(Clone, Copy)]
struct Live<'c> {
    change: &'c Change,
    /// How many findings it explains without spoiling a line.
    explains: usize,
    off: Money,
}

/// A scenario to depart from, and how it stands against the bill.
struct Base<'a> {
    rerating: Rerating<'a>,
    standing: Standing,
    /// What it spoils already.
    spoils: BTreeMap<Part, usize>,
}

impl Base<'_> {
    /// The money by which parts are off.
    fn off(&self, parts: &BTreeMap<Part, Vec<usize>>) -> Money {
        parts.keys().filter_map(|part| self.standing.marks.get(part)).map(|marks| marks.off).sum()
    }
}

/// A search for the causes of all findings of one comparison.
pub struct Search<'a> {
    situation: Situation<'a>,
    findings: Vec<Finding>,
    notes: Vec<Pairing>,
    parts: Parts<'a>,
    /// What does not agree without any change.
    known: BTreeMap<Part, Marks>,
    /// Of each finding that is open: where it stands.
    marks: Vec<Vec<(Part, Mark)>>,
    by_part: BTreeMap<Part, Vec<usize>>,
    open: usize,
    reasons: Vec<Vec<Reason>>,
    tried: HashSet<String>,
    left: usize,
    cut_short: bool,
}

impl<'a> Search<'a> {
    /// A search that has not begun.
    #[must_use]
    pub fn new(situation: &Situation<'a>, compared: &Compared) -> Self {
        let parts = Parts::new(&situation.bill);
        let placed = |mark: Mark| parts.of_mark(&mark).map(|part| (part, mark));
        let marks = |finding: &Finding| {
            let all = if is_open(finding) { marks_of(finding, situation.bill.charges) } else { Vec::new() };
            all.into_iter().filter_map(placed).collect::<Vec<_>>()
        };
        let marks: Vec<Vec<(Part, Mark)>> = compared.findings.iter().map(marks).collect();
        let mut by_part: BTreeMap<Part, Vec<usize>> = BTreeMap::new();
        for (at, marks) in marks.iter().enumerate() {
            let own: BTreeSet<Part> = marks.iter().map(|(part, _)| *part).collect();
            for part in own {
                by_part.entry(part).or_default().push(at);
            }
        }
        Self {
            situation: *situation,
            findings: compared.findings.clone(),
            notes: compared.notes.clone(),
            parts,
            known: BTreeMap::new(),
            open: marks.iter().filter(|marks| !marks.is_empty()).count(),
            marks,
            by_part,
            reasons: vec![Vec::new(); compared.findings.len()],
            tried: HashSet::new(),
            left: WORK,
            cut_short: false,
        }
    }

    /// The reasons of each finding: rules, then rows, then two together.
    #[must_use]
    pub fn run(mut self) -> Found {
        let rerating = Rerating::of(Cow::Borrowed(self.situation.usage), Scenario::of(self.situation.terms));
        let base = self.base(rerating);
        self.known.clone_from(&base.standing.marks);
        let base = Base { spoils: BTreeMap::new(), ..base };
        let rules = changes::rules(&self.situation);
        let repeated = changes::repeated();
        let mut live = self.attempt(None, rules.iter(), &base);
        if !self.one_for_all(MANY) {
            self.rows(None, &base);
        }
        if !self.one_for_all(2) {
            self.hidden(&base);
        }
        live.push(Live { change: &repeated, explains: 0, off: base.off(&self.by_part) });
        self.pairs(&live, &base);
        Found { reasons: self.reasons, cut_short: self.cut_short }
    }

    fn base<'b>(&self, rerating: Rerating<'b>) -> Base<'b> {
        let standing = self.parts.standing(&rerating);
        let fresh = |(part, marks): (&Part, &Marks)| (*part, self.spoiled(*part, marks));
        let spoils = standing.marks.iter().map(fresh).collect();
        Base { rerating, standing, spoils }
    }

    /// How many marks a part has that it has not without any change.
    fn spoiled(&self, part: Part, marks: &Marks) -> usize {
        let (charged, printed) = (&marks.charged, &marks.printed);
        match self.known.get(&part) {
            Some(known) => printed.difference(&known.printed).count().max(charged.difference(&known.charged).count()),
            None => printed.len(),
        }
    }

    /// Whether one change explains everything, at least so many findings, and spoils nothing.
    fn one_for_all(&self, least: usize) -> bool {
        let whole = |reason: &Reason| reason.is_clean() && !reason.local && reason.explains == self.open;
        self.open >= least && self.reasons.iter().flatten().any(whole)
    }

    /// Rates under each change, alone or after a first one, and keeps what it
    /// explains. Gives those that change something.
    fn attempt<'c>(
        &mut self,
        first: Option<&Change>,
        changes: impl Iterator<Item = &'c Change>,
        base: &Base<'_>,
    ) -> Vec<Live<'c>> {
        let mut trials: Vec<(&Change, Scenario)> = Vec::new();
        for change in changes {
            let key = format!("{}\n{}", first.map_or("", |first| &first.plain), change.plain);
            let scenario = change.applied(&base.rerating.scenario);
            let cost = cost(&scenario, base);
            if self.left < cost {
                self.cut_short = true;
            } else if self.tried.insert(key + &change.cause) {
                self.left -= cost;
                trials.push((change, scenario));
            }
        }
        let this = &*self;
        let effects: Vec<Option<Effect>> = trials.par_iter().map(|(_, scenario)| this.effect(scenario, base)).collect();
        let mut live = Vec::new();
        for ((change, _), effect) in trials.iter().zip(effects) {
            let Some(effect) = effect else { continue };
            let explains = if effect.spoils == 0 { effect.clears.len() } else { 0 };
            live.push(Live { change, explains, off: effect.off });
            self.keep(first, change, &effect);
        }
        live
    }

    /// What a scenario explains; `None` where it changes no charge.
    fn effect(&self, scenario: &Scenario, base: &Base<'_>) -> Option<Effect> {
        let changed = base.rerating.under(scenario)?;
        if changed.is_empty() {
            return None;
        }
        let touched = self.parts.touched(&base.rerating, &changed);
        let under = |part: &Part| {
            let fresh = touched.get(part).map(Vec::as_slice).unwrap_or_default();
            self.parts.under(&base.rerating, &base.standing, &changed, *part, fresh)
        };
        let concerned: BTreeMap<Part, Marks> =
            touched.keys().filter(|part| self.by_part.contains_key(part)).map(|part| (*part, under(part))).collect();
        let clears = self.cleared(&concerned, &base.standing);
        let mut spoils: usize =
            base.spoils.iter().filter(|(part, _)| !touched.contains_key(part)).map(|(_, n)| n).sum();
        if !clears.is_empty() {
            for part in touched.keys() {
                let marks = concerned.get(part);
                spoils += marks.map_or_else(|| self.spoiled(*part, &under(part)), |marks| self.spoiled(*part, marks));
            }
        }
        let off = |part: &Part| concerned.get(part).or_else(|| base.standing.marks.get(part)).map(|marks| marks.off);
        let off = self.by_part.keys().filter_map(off).sum();
        Some(Effect { clears, spoils, off })
    }

    /// The findings in these parts that have no mark left.
    fn cleared(&self, now: &BTreeMap<Part, Marks>, standing: &Standing) -> Vec<(usize, bool)> {
        let concerned: BTreeSet<usize> = now.keys().flat_map(|part| &self.by_part[part]).copied().collect();
        let in_part = |part: &Part| now.get(part).or_else(|| standing.marks.get(part));
        let clear = |at: usize| {
            let marked = |of: fn(&Marks) -> &BTreeSet<Mark>| {
                self.marks[at].iter().any(|(part, mark)| in_part(part).is_some_and(|marks| of(marks).contains(mark)))
            };
            (!marked(|marks| &marks.charged)).then(|| (at, !marked(|marks| &marks.printed)))
        };
        concerned.into_iter().filter_map(clear).collect()
    }

    fn keep(&mut self, first: Option<&Change>, change: &Change, effect: &Effect) {
        let both = || first.into_iter().chain([change]);
        let reason = Reason {
            causes: both().map(|change| change.cause.clone()).collect(),
            plain: both().map(|change| change.plain.clone()).collect(),
            explains: effect.clears.len(),
            spoils: effect.spoils,
            printed: false,
            grants: both().any(|change| change.grants),
            local: both().all(|change| change.local),
        };
        for (at, printed) in &effect.clears {
            // What one change alone explains is not the work of two. A rule may have been
            // broken on one line of many; what is done to a row shows on every line it touches.
            let known = self.reasons[*at].iter().any(|reason| reason.causes.len() == 1 && reason.is_clean());
            let whole = first.is_none() && !change.rows;
            if effect.spoils == 0 && (first.is_none() || !known) || whole {
                self.reasons[*at].push(Reason { printed: *printed, ..reason.clone() });
            }
        }
    }

    /// The findings for which nothing is found that is good in itself.
    fn unexplained(&self) -> Vec<usize> {
        let lacks = |at: &usize| !self.marks[*at].is_empty() && !self.reasons[*at].iter().any(Reason::is_clean);
        (0..self.findings.len()).filter(lacks).collect()
    }

    /// Changes of single rows and days, beside each finding and each note.
    fn rows(&mut self, first: Option<&Change>, base: &Base<'_>) {
        let open: Vec<usize> = match first {
            None => (0..self.findings.len()).filter(|at| !self.marks[*at].is_empty()).collect(),
            Some(_) => self.unexplained(),
        };
        let mut pairings: Vec<Pairing> = open.into_iter().map(|at| self.used(at)).collect();
        pairings.extend(self.notes.iter().cloned());
        for pairing in pairings {
            let bill = &self.situation.bill;
            let changes = rows::candidates(&base.rerating.rows, &base.rerating.scenario.terms, &pairing, bill);
            self.attempt(first, changes.iter(), base);
        }
    }

    /// Where the usage of a finding stands: without the lines that bill it as another item.
    fn used(&self, at: usize) -> Pairing {
        let finding = &self.findings[at];
        let lines = if finding.kind == Kind::Item { Vec::new() } else { finding.pairing.lines.clone() };
        Pairing { charges: finding.pairing.charges.clone(), lines }
    }

    /// Changes of usage that show on other lines alone: of what packages cover,
    /// where the bill does not print it; of less than a minute.
    fn hidden(&mut self, base: &Base<'_>) {
        let bill = &self.situation.bill;
        let silent = |at: &usize| bill.lines[*at].usage.is_none();
        let unseen = self.findings.iter().any(|finding| finding.pairing.lines.iter().all(silent));
        let (rows, terms) = (&base.rerating.rows, &base.rerating.scenario.terms);
        if unseen {
            let changes = hidden::candidates(rows, terms, bill.charges, &self.findings);
            self.attempt(None, changes.iter(), base);
        }
        let moved = |at: &usize| self.findings[*at].kind == Kind::Deduction;
        if self.unexplained().iter().any(moved) {
            self.attempt(None, hidden::short(rows, terms).iter(), base);
        }
    }

    /// Two changes together, for what one alone does not explain: those that
    /// explain something already or bring the bill nearest, with each other rule
    /// and with rows.
    fn pairs(&mut self, live: &[Live<'_>], base: &Base<'_>) {
        for first in leading(live) {
            if self.unexplained().is_empty() {
                return;
            }
            let cost = base.rerating.rows.usage().len() * ROW;
            if self.left < cost {
                self.cut_short = true;
                return;
            }
            self.left -= cost;
            let then = base.rerating.then(&first.change.applied(&base.rerating.scenario));
            let Some(under) = then.map(|rerating| self.base(rerating)) else { continue };
            let others = live.iter().map(|second| second.change).filter(|second| second.cause != first.change.cause);
            self.attempt(Some(first.change), others, &under);
            self.rows(Some(first.change), &under);
        }
    }
}

/// The changes that are joined with a second one.
fn leading<'c>(live: &[Live<'c>]) -> Vec<Live<'c>> {
    let rules = || live.iter().filter(|one| !one.change.rows);
    let mut explaining: Vec<&Live<'_>> = rules().filter(|one| one.explains > 0).collect();
    explaining.sort_by_key(|one| std::cmp::Reverse(one.explains));
    let mut nearest: Vec<&Live<'_>> = rules().filter(|one| one.explains == 0).collect();
    nearest.sort_by_key(|one| one.off);
    explaining.into_iter().take(LEADING).chain(nearest.into_iter().take(LEADING)).copied().collect()
}

/// What a trial costs: lines drawn, rows metered.
fn cost(scenario: &Scenario, base: &Base<'_>) -> usize {
    let rerating = &base.rerating;
    let whole = rerating.cells() + TRIAL;
    if scenario.counted_by.is_some() || !scenario.meters_as(&rerating.scenario.terms) {
        return whole + rerating.rows.usage().len() * ROW;
    }
    let by_row = |edit: &super::edit::Edit| matches!(edit.of, super::edit::Chosen::Row(_));
    if !scenario.edits.is_empty() && scenario.edits.iter().all(by_row) { TRIAL + rerating.cells() / 4 } else { whole }
}
