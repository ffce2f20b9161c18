//! What became of planted errors, by cause.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use trtc_recon::compare::finding::Finding;
use trtc_recon::compare::{Compared, Strength};
use trtc_recon::model::invoice::InvoiceLine;

use super::plants::Plant;
use super::world::{Key, World};

#[derive(Default)]
struct Tally {
    planted: usize,
    named: usize,
    wrong: usize,
    rivals: usize,
    doubted: usize,
    certain: usize,
}

#[derive(Default)]
pub struct Table {
    causes: BTreeMap<String, Tally>,
    misplaced: Vec<String>,
    wrong: Vec<String>,
    unnamed: Vec<String>,
    open: Vec<String>,
}

/// A cause without what it names.
fn family(cause: &str) -> &str {
    cause.split(':').next().unwrap()
}

/// Returns true if a finding has a cause of that name.
fn names(finding: &Finding, cause: &str) -> bool {
    finding.causes.0.iter().any(|known| known.to_string() == cause)
}

impl Table {
    /// One error: found on its lines and no other; named on each of them?
    pub fn add(&mut self, label: &str, world: &World, plant: &Plant) {
        let touched = world.touched(&plant.lines);
        if touched.is_empty() {
            return;
        }
        let compared = self.placed(&format!("{label} {}", plant.cause), world, &plant.lines, &touched);
        let right = |finding: &&Finding| names(finding, &plant.cause);
        let missed: Vec<&Finding> = compared.findings.iter().filter(|finding| !right(finding)).collect();
        let rivals = compared.findings.iter().filter(|finding| finding.causes.0.len() > 1).count();
        self.count(&format!("{label} {}", plant.cause), family(&plant.cause), &compared, &missed, rivals);
    }

    /// Two errors of different causes in one bill, on lines of their own or
    /// made together: each finding bears one of their names, and both occur.
    pub fn add_pairs(&mut self, label: &str, world: &World, turn: usize) {
        let plants = world.plants(turn);
        let touched: Vec<BTreeSet<Key>> = plants.iter().map(|plant| world.touched(&plant.lines)).collect();
        for one in (turn % 5..plants.len()).step_by(5) {
            for other in (one + 1..plants.len()).skip(turn % 7).step_by(7) {
                let (a, b) = (&plants[one], &plants[other]);
                let real = |at: usize| !touched[at].is_empty();
                if family(&a.cause) == family(&b.cause) || !real(one) || !real(other) {
                    continue;
                }
                let label = format!("{label} {} and {}", a.cause, b.cause);
                if touched[one].is_disjoint(&touched[other]) && touched[other].len() < 40 {
                    let lines = beside(a, b, &touched[other]);
                    self.add_two(&label, "two, beside", world, [a, b], &lines);
                } else if let Some(lines) = world.both(a, b) {
                    self.add_two(&label, "two, together", world, [a, b], &lines);
                }
            }
        }
    }

    fn add_two(&mut self, label: &str, kind: &str, world: &World, two: [&Plant; 2], lines: &[InvoiceLine]) {
        let touched = world.touched(lines);
        if touched.is_empty() {
            return;
        }
        let compared = self.placed(label, world, lines, &touched);
        let named_by = |finding: &Finding, plant: &Plant| names(finding, &plant.cause);
        let named = |finding: &&Finding| two.iter().any(|plant| named_by(finding, plant));
        let missed: Vec<&Finding> = compared.findings.iter().filter(|finding| !named(finding)).collect();
        let rivals = compared.findings.iter().filter(|finding| finding.causes.0.len() > 2).count();
        self.count(label, kind, &compared, &missed, rivals);
        let both = two.iter().all(|plant| compared.findings.iter().any(|finding| named_by(finding, plant)));
        if !both && missed.is_empty() {
            let tally = self.causes.get_mut(kind).unwrap();
            tally.named -= 1;
            self.unnamed.push(format!("{label}: only one of them"));
        }
    }

    /// Explains a bill; its findings must be on the lines that were touched.
    fn placed(&mut self, label: &str, world: &World, lines: &[InvoiceLine], touched: &BTreeSet<Key>) -> Compared {
        let compared = world.explained(lines);
        let keys: Vec<Vec<Key>> = compared.findings.iter().map(|finding| world.keys_of(finding, lines)).collect();
        let found: BTreeSet<Key> = keys.iter().flatten().copied().collect();
        let false_line = keys.iter().any(|keys| keys.iter().all(|key| !touched.contains(key)));
        if false_line || !touched.is_subset(&found) {
            self.misplaced.push(label.to_owned());
        }
        compared
    }

    fn count(&mut self, label: &str, cause: &str, compared: &Compared, missed: &[&Finding], rivals: usize) {
        let tally = self.causes.entry(cause.to_owned()).or_default();
        let in_doubt = |finding: &&Finding| names(finding, "unexplained");
        let wrong = missed.iter().find(|finding| !finding.causes.0.is_empty() && !in_doubt(finding));
        tally.planted += 1;
        tally.named += usize::from(missed.is_empty());
        tally.wrong += usize::from(wrong.is_some());
        tally.rivals += usize::from(rivals > 0);
        let certain = |finding: &Finding| finding.strength == Strength::Certain;
        let open = compared.findings.iter().find(|finding| !certain(finding));
        tally.certain += usize::from(open.is_none());
        self.open.extend(open.map(|finding| format!("{label}: {:?} {}", finding.kind, finding.causes)));
        tally.doubted += usize::from(compared.findings.iter().any(|finding| in_doubt(&finding)));
        if let Some(finding) = wrong.or(missed.first()) {
            let all = compared.findings.len();
            let named = format!("{:?} {} {:?}", finding.kind, finding.causes, finding.because);
            let text = format!(
                "{label}: {} of {all} findings, {named} {:?} {:?}",
                missed.len(),
                finding.expected,
                finding.billed
            );
            if wrong.is_some() { self.wrong.push(text) } else { self.unnamed.push(text) }
        }
    }

    /// Every error on its lines; so many of 100 named at least, and wrong causes
    /// alone on so many at most.
    pub fn holds(&self, least_named: usize, most_wrong: usize) {
        let sum = |of: fn(&Tally) -> usize| self.causes.values().map(of).sum::<usize>();
        let (planted, named, wrong) = (sum(|t| t.planted), sum(|t| t.named), sum(|t| t.wrong));
        let good = named * 100 >= planted * least_named && wrong * 100 <= planted * most_wrong;
        assert!(self.misplaced.is_empty() && good, "{}", self.text());
    }

    pub fn text(&self) -> String {
        let mut text = String::from("cause: planted, named, wrong alone, with rivals, in doubt, certain\n");
        for (cause, tally) in &self.causes {
            let Tally { planted, named, wrong, rivals, doubted, certain } = tally;
            writeln!(text, "{cause}: {planted} {named} {wrong} {rivals} {doubted} {certain}").unwrap();
        }
        for (what, list) in
            [("MISPLACED", &self.misplaced), ("WRONG", &self.wrong), ("UNNAMED", &self.unnamed), ("OPEN", &self.open)]
        {
            for line in list {
                writeln!(text, "{what} {line}").unwrap();
            }
        }
        text
    }
}

/// The bill of the first, with the lines that the second touches.
fn beside(one: &Plant, other: &Plant, touched: &BTreeSet<Key>) -> Vec<InvoiceLine> {
    let of = |line: &&InvoiceLine| touched.contains(&(line.span, line.app, line.item));
    let kept = one.lines.iter().filter(|line| !of(line));
    kept.chain(other.lines.iter().filter(of)).cloned().collect()
}
