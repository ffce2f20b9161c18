//! Tries changes and keeps what each of them explains.

use std::collections::{BTreeSet, HashSet};

use super::changes::{self, Change};
use super::scenario::Scenario;
use super::{Situation, is_open, rows};
use crate::domain::{AppId, Item};
use crate::rating::charge::{Charge, Settled};
use crate::reconcile::finding::Finding;
use crate::reconcile::pairing::Pairing;
use crate::reconcile::{Bill, Compared, Kind, compare};

/// Rows that may be rated in one search: the bound of its time.
const WORK: usize = 30_000_000;
/// What a trial costs at least, in rows.
const TRIAL: usize = 2_000;
/// At most so many causes are joined with a second one.
const LEADING: usize = 4;

/// A change, or two, that give a finding's figures.
#[derive(Debug, Clone)]
pub struct Reason {
    /// The causes.
    pub causes: Vec<String>,
    /// In plain words, after "the bill agrees if".
    pub plain: String,
    /// How good it is.
    pub grade: Grade,
    /// Whether it is a rule of the grants.
    pub grants: bool,
    /// Whether it touches lines one by one: a price, a neighbour's figures.
    pub local: bool,
}

/// How good a reason is, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// It explains several findings and every printed figure, and spoils nothing.
    Several,
    /// It explains this one finding and every printed figure, and spoils nothing.
    Single,
    /// It explains what is charged, not the usage before deduction that is printed.
    ChargeOnly,
    /// Other lines, which agree, would differ.
    Spoils,
    /// Both of the above.
    SpoilsChargeOnly,
}

impl Grade {
    /// Whether lines that agree would differ.
    pub const fn spoils(self) -> bool {
        matches!(self, Self::Spoils | Self::SpoilsChargeOnly)
    }
}

/// Something that does not agree: a bill line, or a charge without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Line(usize),
    Charge(Settled, Option<AppId>, Item),
}

/// Everything that does not agree.
struct Differences {
    /// In what is charged.
    charged: BTreeSet<Mark>,
    /// In what is charged or in the usage before deduction.
    printed: BTreeSet<Mark>,
}

/// A search for the causes of all findings of one comparison.
pub struct Search<'a> {
    situation: Situation<'a>,
    base: Scenario<'a>,
    findings: Vec<Finding>,
    notes: Vec<Pairing>,
    found: Differences,
    reasons: Vec<Vec<Reason>>,
    tried: HashSet<String>,
    left: usize,
}

impl<'a> Search<'a> {
    /// A search that has not begun.
    #[must_use]
    pub fn new(situation: &Situation<'a>, compared: &Compared) -> Self {
        Self {
            situation: *situation,
            base: Scenario::of(situation),
            findings: compared.findings.clone(),
            notes: compared.notes.clone(),
            found: Differences::of(compared, situation.bill.charges),
            reasons: vec![Vec::new(); compared.findings.len()],
            tried: HashSet::new(),
            left: WORK,
        }
    }

    /// The reasons of each finding: rules, then single rows, then two together.
    #[must_use]
    pub fn run(mut self) -> Vec<Vec<Reason>> {
        let rules = changes::rules(&self.situation);
        let base = self.base.clone();
        let mut live: Vec<(&Change, usize)> = Vec::new();
        for rule in &rules {
            if let Some(cleared) = self.attempt(&[rule], &rule.applied(&base)) {
                live.push((rule, cleared));
            }
        }
        let open = self.findings.iter().filter(|finding| is_open(finding)).count();
        let one_for_all = live.iter().any(|(rule, cleared)| !rule.local && *cleared == open && open > 1);
        self.rows(None, &base, !one_for_all);
        self.pairs(&live, &base);
        self.reasons
    }

    /// Rates under a change and keeps what it explains: how many findings it
    /// explains without spoiling a line; `None` where it changes no charge.
    fn attempt(&mut self, changes: &[&Change], scenario: &Scenario<'_>) -> Option<usize> {
        let key: Vec<&str> = changes.iter().flat_map(|change| [change.cause.as_str(), &change.plain]).collect();
        let cost = scenario.usage.len() + 8 * self.situation.bill.lines.len() + TRIAL;
        if self.left < cost || !self.tried.insert(key.join("\n")) {
            return None;
        }
        self.left -= cost;
        if !scenario.is_ratable() {
            return None;
        }
        let (charges, possible) = (scenario.charges(), scenario.possible());
        if charges == self.situation.bill.charges && possible == self.situation.bill.possible {
            return None;
        }
        let bill = Bill { charges: &charges, possible: &possible, ..self.situation.bill };
        let then = Differences::of(&compare(&bill), &charges);
        Some(self.keep(changes, &then))
    }

    fn keep(&mut self, changes: &[&Change], then: &Differences) -> usize {
        let marks: Vec<Vec<Mark>> =
            self.findings.iter().map(|finding| marks(finding, self.situation.bill.charges)).collect();
        let cleared = |marks: &[Mark]| marks.iter().all(|mark| !then.charged.contains(mark));
        let count =
            self.findings.iter().zip(&marks).filter(|(finding, marks)| is_open(finding) && cleared(marks)).count();
        let spoiled = then.charged.difference(&self.found.charged).count();
        let spoiled_print = then.printed.difference(&self.found.printed).count();
        let local = changes.iter().all(|change| change.local);
        for (at, marks) in marks.iter().enumerate() {
            if !is_open(&self.findings[at]) || !cleared(marks) {
                continue;
            }
            let printed = marks.iter().all(|mark| !then.printed.contains(mark));
            let grade = match (printed, spoiled, spoiled_print) {
                (true, _, 0) if count > 1 => Grade::Several,
                (true, _, 0) => Grade::Single,
                (true, ..) if local => Grade::Single,
                (_, 0, _) => Grade::ChargeOnly,
                (false, ..) if local => Grade::ChargeOnly,
                (true, ..) => Grade::Spoils,
                (false, ..) => Grade::SpoilsChargeOnly,
            };
            if changes.len() > 1 && spoiled > 0 {
                continue;
            }
            self.reasons[at].push(reason(changes, grade, spoiled.max(spoiled_print)));
        }
        if spoiled == 0 { count } else { 0 }
    }

    fn best(&self, at: usize) -> Option<Grade> {
        self.reasons[at].iter().map(|reason| reason.grade).min()
    }

    /// Findings without a reason as good as this.
    fn without(&self, grade: Grade) -> Vec<usize> {
        let lacks = |at: &usize| {
            self.findings[*at].causes.is_empty()
                && is_open(&self.findings[*at])
                && self.best(*at).is_none_or(|best| best > grade)
        };
        (0..self.findings.len()).filter(lacks).collect()
    }

    /// Changes of single rows, for what is still open, or (`all`) for every finding.
    fn rows(&mut self, under: Option<&Change>, from: &Scenario<'a>, all: bool) {
        let open: Vec<Pairing> = (0..self.findings.len())
            .filter(|at| is_open(&self.findings[*at]))
            .filter(|at| all || self.best(*at).is_none_or(|best| best > Grade::ChargeOnly))
            .map(|at| self.used(at))
            .collect();
        for pairing in &open {
            self.rows_of(pairing, under, from);
        }
        if all || !self.without(Grade::ChargeOnly).is_empty() {
            for pairing in self.notes.clone() {
                self.rows_of(&pairing, under, from);
            }
        }
    }

    /// Where the usage of a finding stands: without the lines that bill it as another item.
    fn used(&self, at: usize) -> Pairing {
        let finding = &self.findings[at];
        let lines = if finding.kind == Kind::Item { Vec::new() } else { finding.pairing.lines.clone() };
        Pairing { charges: finding.pairing.charges.clone(), lines }
    }

    fn rows_of(&mut self, pairing: &Pairing, under: Option<&Change>, from: &Scenario<'a>) {
        let open = self.findings.iter().filter(|finding| is_open(finding)).count();
        for group in rows::candidates(from, pairing, &self.situation.bill) {
            for change in group {
                let changes: Vec<&Change> = under.into_iter().chain([&change]).collect();
                if self.attempt(&changes, &change.applied(from)) == Some(open) {
                    break;
                }
            }
        }
    }

    /// Two changes together, for what one alone does not explain: the rules
    /// that explain something already, with each other one and with rows.
    fn pairs(&mut self, live: &[(&Change, usize)], base: &Scenario<'a>) {
        let mut leading: Vec<&(&Change, usize)> = live.iter().filter(|(_, cleared)| *cleared > 0).collect();
        leading.sort_by_key(|(_, cleared)| std::cmp::Reverse(*cleared));
        if leading.is_empty() && self.findings.len() > 1 {
            leading = live.iter().collect();
        } else {
            leading.truncate(LEADING);
        }
        for (first, _) in leading {
            if self.without(Grade::ChargeOnly).is_empty() {
                return;
            }
            let from = first.applied(base);
            for (second, _) in live.iter().filter(|(second, _)| second.cause != first.cause) {
                self.attempt(&[*first, *second], &second.applied(&from));
            }
            self.rows(Some(*first), &from, false);
        }
    }
}

fn reason(changes: &[&Change], grade: Grade, spoiled: usize) -> Reason {
    let mut plain = changes.iter().map(|change| change.plain.as_str()).collect::<Vec<_>>().join(" and, together, ");
    if grade.spoils() {
        plain = format!("{plain} on this line ({spoiled} others, which agree, would differ)");
    } else if grade != Grade::Several && spoiled > 0 {
        plain.push_str(" on this line");
    }
    Reason {
        causes: changes.iter().map(|change| change.cause.clone()).collect(),
        plain,
        grade,
        grants: changes.iter().any(|change| change.grants),
        local: changes.iter().all(|change| change.local),
    }
}

impl Differences {
    fn of(compared: &Compared, charges: &[Charge]) -> Self {
        let charged: BTreeSet<Mark> = compared.findings.iter().flat_map(|finding| marks(finding, charges)).collect();
        let noted = compared.notes.iter().flat_map(|note| note.lines.iter().map(|line| Mark::Line(*line)));
        let printed = charged.iter().copied().chain(noted).collect();
        Self { charged, printed }
    }
}

/// What a finding is about: its lines; the charges where there is none.
fn marks(finding: &Finding, charges: &[Charge]) -> Vec<Mark> {
    let pairing = &finding.pairing;
    let mut marks: Vec<Mark> = pairing.lines.iter().map(|line| Mark::Line(*line)).collect();
    if marks.is_empty() || finding.kind == Kind::Item {
        let charge = |at: &usize| Mark::Charge(charges[*at].day, charges[*at].app, charges[*at].item);
        marks.extend(pairing.charges.iter().map(charge));
    }
    marks
}
