//! Tries changes and keeps what each of them explains.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::bill_partition::{Line, Mark, Marks, Part, Parts, Standing, is_line_by_line, lines_of, marks_of};
use super::candidate::{Reason, Scale, told};
use super::hypotheses::{self, Change};
use super::hypotheses::{covered_usage, usage_rows};
use super::incremental_rating::Rerating;
use super::pair_candidates::{Live, Reach, leading};
use super::prefilter::Probe;
use super::scenario::Scenario;
use super::trial::{Base, Effect};
use super::{Situation, induced};
use crate::compare::finding::Finding;
use crate::compare::pairing::Pairing;
use crate::compare::{Compared, Kind};
use crate::progress;
use crate::rate::charge::LineKey;

/// The work of one search at most, in lines and rows gone through: the bound of
/// its time, the same on every machine.
const WORK: usize = 100_000_000;
/// Of more findings than these the largest are searched row by row.
const SEARCHED: usize = 200;
/// One change that explains so many findings and spoils nothing leaves no room for rows.
const MANY: usize = 4;
/// At most so many findings are searched row by row behind a first change.
const BEHIND: usize = 40;

/// The result of a search: the reasons of each finding, and whether all changes were tried.
#[derive(Debug)]
pub struct Found {
    /// By finding.
    pub reasons: Vec<Vec<Reason>>,
    /// True if the work ran out before the changes did.
    pub cut_short: bool,
    /// True if not all usage was tried that packages may hide.
    pub crowded: bool,
}

/// A search for the causes of all findings of one comparison.
pub struct Search<'a> {
    situation: Situation<'a>,
    findings: Vec<Finding>,
    notes: Vec<Pairing>,
    parts: Parts<'a>,
    /// The marks that do not agree without any change.
    known: BTreeMap<Part, Marks>,
    /// Of each finding that is open, then of each note: where it stands.
    marks: Vec<Vec<(Part, Mark)>>,
    by_part: BTreeMap<Part, Vec<usize>>,
    /// The findings of a line that is due or billed.
    by_line: HashMap<Line, Vec<usize>>,
    open: usize,
    /// Findings that a rule on lines explains: nothing else is searched for them.
    settled: BTreeSet<usize>,
    /// True if the bill's lines are those of the charges, and must agree exactly.
    line_by_line: bool,
    reasons: Vec<Vec<Reason>>,
    tried: HashSet<String>,
    left: usize,
    cut_short: bool,
    crowded: bool,
}

impl<'a> Search<'a> {
    /// Returns a search that has not begun, of the findings that are meant.
    #[must_use]
    pub fn new(situation: &Situation<'a>, compared: &Compared, meant: fn(&Finding) -> bool) -> Self {
        let parts = Parts::new(&situation.bill);
        let placed = |mark: Mark| parts.of_mark(&mark).map(|part| (part, mark));
        let marks = |finding: &Finding| {
            let all = if meant(finding) { marks_of(finding, situation.bill.charges) } else { Vec::new() };
            all.into_iter().filter_map(placed).collect::<Vec<_>>()
        };
        let mut marks: Vec<Vec<(Part, Mark)>> = compared.findings.iter().map(marks).collect();
        let open = marks.iter().filter(|marks| !marks.is_empty()).count();
        let lines = |note: &Pairing| note.lines.iter().copied().map(Mark::Line).filter_map(placed).collect();
        marks.extend(compared.notes.iter().map(lines));
        let mut by_part: BTreeMap<Part, Vec<usize>> = BTreeMap::new();
        for (at, marks) in marks.iter().enumerate() {
            let own: BTreeSet<Part> = marks.iter().map(|(part, _)| *part).collect();
            for part in own {
                by_part.entry(part).or_default().push(at);
            }
        }
        let mut by_line: HashMap<_, Vec<usize>> = HashMap::new();
        for (at, finding) in compared.findings.iter().enumerate().filter(|(at, _)| !marks[*at].is_empty()) {
            for key in lines_of(finding, &situation.bill) {
                by_line.entry(key).or_default().push(at);
            }
        }
        Self {
            by_line,
            line_by_line: is_line_by_line(&situation.bill),
            situation: *situation,
            findings: compared.findings.clone(),
            notes: compared.notes.clone(),
            parts,
            known: BTreeMap::new(),
            open,
            reasons: vec![Vec::new(); marks.len()],
            marks,
            by_part,
            settled: BTreeSet::new(),
            tried: HashSet::new(),
            left: WORK,
            cut_short: false,
            crowded: false,
        }
    }

    /// Returns the reasons of each finding among some changes.
    #[must_use]
    pub fn prove(mut self, changes: &[Change], rerating: Rerating<'_>) -> Found {
        let base = self.start(rerating);
        self.attempt(None, changes.iter(), &base);
        self.found()
    }

    /// Returns the reasons of each finding: rules, then rows, then two together. What is settled is explained already.
    #[must_use]
    pub fn run(mut self, rerating: Rerating<'_>, settled: BTreeSet<usize>) -> Found {
        let base = self.start(rerating);
        self.settled = settled;
        let rules = hypotheses::rules(&self.situation);
        let mut live = self.attempt(None, rules.iter(), &base);
        if !self.one_for_all() || self.grants_for_all() {
            let mut left = self.left;
            let solved = induced::of_rating(&self.situation, &self.findings, super::is_open, &base.rerating, &mut left);
            self.left = left;
            self.attempt(None, solved.iter(), &base);
        }
        let mut single = Vec::new();
        if !self.one_for_all() {
            single = self.rows(None, &base);
            self.hidden(&base);
        }
        let reach = Arc::new(Reach::anywhere());
        live.push(Live { change: hypotheses::repeated(), explains: 0, off: base.off(&self.by_part), reach });
        self.pairs(&live, &single, &base);
        self.found()
    }

    /// Returns what there is to depart from.
    fn start<'b>(&mut self, rerating: Rerating<'b>) -> Base<'b> {
        let base = self.base(rerating);
        self.known.clone_from(&base.standing.marks);
        Base { spoils: BTreeMap::new(), ..base }
    }

    fn found(mut self) -> Found {
        self.reasons.truncate(self.findings.len());
        Found { reasons: self.reasons, cut_short: self.cut_short, crowded: self.crowded }
    }

    fn base<'b>(&self, rerating: Rerating<'b>) -> Base<'b> {
        let standing = self.parts.standing(&rerating);
        let fresh = |(part, marks): (&Part, &Marks)| (*part, self.spoiled(*part, marks));
        let spoils = standing.marks.iter().map(fresh).collect();
        Base { rerating, standing, spoils }
    }

    /// Returns how many marks a part has that it has not without any change.
    fn spoiled(&self, part: Part, marks: &Marks) -> usize {
        let (charged, printed) = (&marks.charged, &marks.printed);
        match self.known.get(&part) {
            Some(known) => printed.difference(&known.printed).count().max(charged.difference(&known.charged).count()),
            None => printed.len(),
        }
    }

    /// Returns true if one change explains everything, many findings, and spoils nothing; or nothing is left to
    /// explain.
    fn one_for_all(&self) -> bool {
        let whole = |reason: &Reason| reason.is_clean() && reason.explains == self.open;
        self.open().is_empty() || self.open >= MANY && self.reasons.iter().flatten().any(whole)
    }

    /// Returns true if what explains everything is a rule of the grants: a value of a grant may do so as well.
    fn grants_for_all(&self) -> bool {
        let whole = |reason: &&Reason| reason.is_clean() && reason.explains == self.open;
        let mut all = self.reasons.iter().flatten().filter(whole).peekable();
        all.peek().is_some() && all.all(|reason| reason.grants)
    }

    /// Rates under each change, alone or after a first one, and keeps what it
    /// explains. Gives those that change something.
    fn attempt<'c>(
        &mut self,
        first: Option<&Change>,
        changes: impl Iterator<Item = &'c Change>,
        base: &Base<'_>,
    ) -> Vec<Live> {
        let mut trials: Vec<(&'c Change, Scenario)> = Vec::new();
        let probe = Probe::new(&self.findings, &base.rerating, self.situation.bill.charges).filter(|_| first.is_none());
        for change in changes {
            let key = format!("{}\n{}", first.map_or("", |first| &first.plain), change.plain);
            let scenario = change.applied(&base.rerating.scenario);
            if probe.as_ref().is_some_and(|probe| !probe.may_explain(&scenario)) {
                continue;
            }
            let cost = base.rerating.cost(&scenario);
            if self.left < cost {
                self.cut_short = true;
            } else if self.tried.insert(key + &change.cause.to_string()) {
                self.left -= cost;
                trials.push((change, scenario));
            }
        }
        let this = &*self;
        let effects: Vec<Option<Effect>> = trials
            .par_iter()
            .map(|(_, scenario)| this.effect(scenario, base))
            .inspect(|_| progress::add_trial())
            .collect();
        let mut live = Vec::new();
        for ((change, _), effect) in trials.iter().zip(effects) {
            let Some(effect) = effect else { continue };
            let explains = if effect.spoils == 0 { effect.clears.len() } else { 0 };
            self.keep(first, change, &effect);
            let (off, reach) = (effect.off, Arc::new(effect.reach));
            live.push(Live { change: Change::clone(change), explains, off, reach });
        }
        live
    }

    /// Returns what a scenario explains; `None` where it changes no charge.
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
        let all = !clears.is_empty() && self.all_clear(&concerned, &base.standing);
        let touches = if clears.is_empty() { BTreeSet::new() } else { self.findings_of(changed.lines.keys()) };
        let used = self.findings_of(changed.used(&base.rerating.charges));
        let shows = clears.iter().any(|(at, _)| used.contains(at) && !self.findings[*at].billed.amount.is_zero());
        let wrong = |line: &Line| self.by_line.contains_key(line);
        let by_line = || Reach::of(&changed, &base.rerating.charges, wrong);
        let reach = if self.line_by_line { by_line() } else { Reach::anywhere() };
        Some(Effect { clears, all, touches: Arc::new(touches), shows, spoils, off, reach })
    }

    /// Returns the findings of some lines.
    fn findings_of<'k>(&self, lines: impl Iterator<Item = &'k LineKey>) -> BTreeSet<usize> {
        let of = |key: &LineKey| self.by_line.get(&(key.0, key.1, key.2)).into_iter().flatten().copied();
        lines.flat_map(of).collect()
    }

    /// Returns the findings that a change touches.
    fn touched_by(&self, reach: &Reach) -> BTreeSet<usize> {
        self.by_line.iter().filter(|(line, _)| reach.touches(line)).flat_map(|(_, at)| at).copied().collect()
    }

    /// Returns true if a finding or note has a mark left, of what is charged or of what is printed.
    fn marked(
        &self,
        at: usize,
        of: fn(&Marks) -> &BTreeSet<Mark>,
        now: &BTreeMap<Part, Marks>,
        was: &Standing,
    ) -> bool {
        let in_part = |part: &Part| now.get(part).or_else(|| was.marks.get(part));
        self.marks[at].iter().any(|(part, mark)| in_part(part).is_some_and(|marks| of(marks).contains(mark)))
    }

    /// Returns true if no finding has a mark left.
    fn all_clear(&self, now: &BTreeMap<Part, Marks>, was: &Standing) -> bool {
        (0..self.findings.len()).all(|at| !self.marked(at, |marks| &marks.printed, now, was))
    }

    /// The findings and notes in these parts that have no mark left. Of a note
    /// what is printed is all that differs.
    fn cleared(&self, now: &BTreeMap<Part, Marks>, was: &Standing) -> Vec<(usize, bool)> {
        let concerned: BTreeSet<usize> = now.keys().flat_map(|part| &self.by_part[part]).copied().collect();
        let clear = |at: usize| {
            let printed = !self.marked(at, |marks| &marks.printed, now, was);
            let charged = || at < self.findings.len() && !self.marked(at, |marks| &marks.charged, now, was);
            (printed || charged()).then_some((at, printed))
        };
        concerned.into_iter().filter_map(clear).collect()
    }

    fn keep(&mut self, first: Option<&Change>, change: &Change, effect: &Effect) {
        let both = || first.into_iter().chain([change]);
        let own = effect.clears.iter().filter(|(at, _)| *at < self.findings.len()).count();
        let reason = Reason {
            causes: both().map(|change| change.cause.clone()).collect(),
            plain: both().map(|change| change.plain.clone()).collect(),
            explains: if effect.all { self.open } else { own },
            touches: Arc::clone(&effect.touches),
            spoils: effect.spoils,
            printed: false,
            grants: both().any(|change| change.grants),
            on: if both().all(|change| change.local) {
                Scale::Lines
            } else if both().all(|change| change.rows) {
                if effect.shows { Scale::Rows } else { Scale::Hidden }
            } else {
                Scale::Account
            },
        };
        let clean = effect.spoils == 0;
        if first.is_some() && effect.all && clean {
            for at in self.open() {
                self.reasons[at].push(Reason { printed: true, ..reason.clone() });
            }
            return;
        }
        for (at, printed) in &effect.clears {
            // What one change alone explains is not the work of two. A rule may have been
            // broken on one line of many; what is done to a row shows on every line it touches.
            let known = self.reasons[*at].iter().any(|reason| reason.causes.len() == 1 && reason.is_clean());
            let whole = first.is_none() && !change.rows;
            if clean && (first.is_none() || !known) || whole {
                self.reasons[*at].push(Reason { printed: *printed, ..reason.clone() });
            }
        }
    }

    /// Returns the findings whose cause is looked for.
    fn open(&self) -> Vec<usize> {
        (0..self.findings.len()).filter(|at| !self.marks[*at].is_empty() && !self.settled.contains(at)).collect()
    }

    /// Returns the findings for which nothing is found that is good in itself.
    fn unexplained(&self) -> Vec<usize> {
        let lacks = |at: &usize| !self.reasons[*at].iter().any(Reason::is_clean);
        self.open().into_iter().filter(lacks).collect()
    }

    /// Changes of single rows and days, beside each finding and each note. Gives
    /// those that explain something. In a large account what a first change does not
    /// touch is not searched again behind it.
    fn rows(&mut self, first: Option<(&Change, &BTreeSet<usize>)>, base: &Base<'_>) -> Vec<Live> {
        let mut open = if first.is_some() { self.left_open(base) } else { self.open() };
        open.retain(|at| !base.is_large() || first.is_none_or(|(_, touched)| touched.contains(at)));
        if open.len() > SEARCHED {
            open.sort_by_key(|at| std::cmp::Reverse(self.findings[*at].difference().abs()));
            open.truncate(SEARCHED);
            open.sort_unstable();
            self.cut_short = true;
        }
        let first = first.map(|(first, _)| first);
        let mut pairings: Vec<Pairing> = open.into_iter().map(|at| self.used(at)).collect();
        pairings.extend(self.notes.iter().cloned());
        let mut telling = Vec::new();
        let count = pairings.len();
        for (at, pairing) in pairings.into_iter().enumerate() {
            progress::look_at_finding(at + 1, count);
            let Rerating { rows, scenario, charges, .. } = &base.rerating;
            let changes =
                usage_rows::candidates(rows, &scenario.terms, &pairing, &self.situation.bill, charges.values());
            telling.extend(self.attempt(first, changes.iter(), base).into_iter().filter(|one| one.explains > 0));
        }
        telling
    }

    /// Returns what is to be searched behind a first change: what it leaves of the
    /// findings, if it explains some and leaves few; else what nothing explains.
    fn left_open(&self, base: &Base<'_>) -> Vec<usize> {
        let open = self.open();
        let marked = |at: &usize| self.marked(*at, |marks| &marks.printed, &BTreeMap::new(), &base.standing);
        let left: Vec<usize> = open.iter().copied().filter(marked).collect();
        if left.len() < open.len() && left.len() <= BEHIND { left } else { self.unexplained() }
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
        let (rows, terms) = (&base.rerating.rows, &base.rerating.scenario.terms);
        let trials = covered_usage::candidates(rows, terms, &self.situation.bill, &self.findings);
        self.attempt(None, trials.changes.iter(), base);
        self.crowded = trials.cut;
        let moved = |at: &usize| self.findings[*at].kind == Kind::Deduction;
        if self.unexplained().iter().any(moved) {
            let trials = covered_usage::short(rows, terms);
            self.attempt(None, trials.changes.iter(), base);
            self.crowded |= trials.cut;
        }
    }

    /// Two changes together, for what one alone does not explain: those that
    /// explain something already or bring the bill nearest, with each other rule
    /// and with rows.
    fn pairs(&mut self, live: &[Live], single: &[Live], base: &Base<'_>) {
        let mut done: HashSet<&str> = HashSet::new();
        for first in leading(live, single) {
            if told(&self.open(), &self.reasons) {
                return;
            }
            let joins = |second: &&Live| {
                second.change.cause != first.change.cause
                    && !done.contains(second.change.plain.as_str())
                    && first.reach.joins(&second.reach)
            };
            let others: Vec<&Live> = live.iter().filter(joins).collect();
            let touched = self.touched_by(&first.reach);
            // A row that shows on its own finding alone hardly leaves anything to a second one.
            let alone = base.is_large() && first.change.rows && touched.len() <= first.explains;
            let rows = first.reach.is_narrow() && !alone;
            if others.is_empty() && !rows {
                continue;
            }
            let scenario = first.change.applied(&base.rerating.scenario);
            let cost = base.rerating.cost_of_all(&scenario);
            if self.left < cost {
                self.cut_short = true;
                return;
            }
            self.left -= cost;
            let Some(under) = base.rerating.then(&scenario).map(|rerating| self.base(rerating)) else { continue };
            self.attempt(Some(&first.change), others.into_iter().map(|second| &second.change), &under);
            if rows {
                self.rows(Some((&first.change, &touched)), &under);
            }
            done.insert(&first.change.plain);
        }
    }
}
