//! What became of errors that no table holds: by kind, in money.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use rust_decimal::Decimal;
use trtc_recon::compare::Strength;
use trtc_recon::compare::finding::Finding;
use trtc_recon::model::cause::Cause;

use super::beyond::Planted;
use super::world::World;

/// One planted error.
pub struct Outcome {
    kind: &'static str,
    label: String,
    /// The money of all findings, and of those that bear the right cause.
    money: Decimal,
    named: Decimal,
    /// Whether a wrong cause is named with nothing beside it.
    wrong: bool,
    /// Whether a wrong cause is certain.
    certain: bool,
    /// The sets of causes that the findings bear: a person reads one row of each.
    rows: usize,
    took: Duration,
    told: String,
}

#[derive(Default)]
struct Tally {
    planted: usize,
    money: Decimal,
    named: Decimal,
    whole: usize,
    wrong: usize,
    certain: usize,
    scattered: usize,
    longest: Duration,
}

#[derive(Default)]
pub struct Named {
    kinds: BTreeMap<&'static str, Tally>,
    wrong: Vec<String>,
    unnamed: Vec<String>,
}

/// The rows in which a person reads a cause.
const ROWS: usize = 3;

/// Looks at what is said of a planted bill; `None` where it changes nothing.
pub fn outcome(seed: u64, world: &World, planted: &Planted) -> Option<Outcome> {
    if world.touched(&planted.lines).is_empty() {
        return None;
    }
    let begun = Instant::now();
    let compared = world.explained(&planted.lines);
    let took = begun.elapsed();
    let right = |finding: &&Finding| finding.causes.0.iter().any(|cause| planted.is_right(&cause.to_string()));
    let money = |all: &mut dyn Iterator<Item = &Finding>| all.map(|one| one.difference().abs().decimal()).sum();
    let missed: Vec<&Finding> = compared.findings.iter().filter(|finding| !right(finding)).collect();
    let alone = |finding: &&&Finding| !finding.causes.0.is_empty() && !finding.causes.0.contains(&Cause::Unexplained);
    let rows: BTreeSet<String> = compared.findings.iter().map(|finding| finding.causes.to_string()).collect();
    let said = missed.first().map(|finding| format!("{:?} {} {:?}", finding.kind, finding.causes, finding.because));
    Some(Outcome {
        kind: planted.kind,
        label: format!("seed {seed} {} {:?}", planted.kind, planted.causes),
        money: money(&mut compared.findings.iter()),
        named: money(&mut compared.findings.iter().filter(right)),
        wrong: missed.iter().any(|finding| alone(&finding)),
        certain: missed.iter().any(|finding| alone(&finding) && finding.strength == Strength::Certain),
        rows: rows.len(),
        took,
        told: format!(
            "{} of {} findings, {} rows, {}",
            missed.len(),
            compared.findings.len(),
            rows.len(),
            said.unwrap_or_default()
        ),
    })
}

impl Named {
    pub fn add(&mut self, outcome: &Outcome) {
        let tally = self.kinds.entry(outcome.kind).or_default();
        tally.planted += 1;
        tally.money += outcome.money;
        tally.named += outcome.named;
        tally.whole += usize::from(outcome.named == outcome.money);
        tally.wrong += usize::from(outcome.wrong);
        tally.certain += usize::from(outcome.certain);
        tally.scattered += usize::from(outcome.rows > ROWS);
        tally.longest = tally.longest.max(outcome.took);
        let text = format!("{}: {}", outcome.label, outcome.told);
        if outcome.wrong {
            self.wrong.push(text);
        } else if outcome.named < outcome.money {
            self.unnamed.push(text);
        }
    }

    /// The table as the document has it.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "| kind | bills | named whole | of 100 of the money | a wrong cause alone | certain | more than 3 rows | longest |\n|---|---|---|---|---|---|---|---|\n",
        );
        let mut all = Tally::default();
        for (kind, tally) in &self.kinds {
            tally.write(kind, &mut text);
            all.planted += tally.planted;
            all.money += tally.money;
            all.named += tally.named;
            all.whole += tally.whole;
            all.wrong += tally.wrong;
            all.certain += tally.certain;
            all.scattered += tally.scattered;
            all.longest = all.longest.max(tally.longest);
        }
        all.write("all", &mut text);
        for (what, list) in [("WRONG", &self.wrong), ("UNNAMED", &self.unnamed)] {
            for line in list {
                writeln!(text, "{what} {line}").unwrap();
            }
        }
        text
    }

    /// So many of 100 bills named whole at least, wrong causes alone in so many of 1,000 at most, none certain.
    pub fn holds(&self, least_named: usize, most_wrong: usize) {
        let sum = |of: fn(&Tally) -> usize| self.kinds.values().map(of).sum::<usize>();
        let planted = sum(|tally| tally.planted);
        let named = sum(|tally| tally.whole) * 100 >= planted * least_named;
        let wrong = sum(|tally| tally.wrong) * 1_000 <= planted * most_wrong;
        assert!(named && wrong && sum(|tally| tally.certain) == 0, "{}", self.text());
    }
}

impl Tally {
    fn write(&self, kind: &str, text: &mut String) {
        let Self { planted, money, named, whole, wrong, certain, scattered, longest } = self;
        let share = if money.is_zero() { Decimal::from(100) } else { (named / money * Decimal::from(100)).round_dp(1) };
        let seconds = longest.as_secs_f64();
        writeln!(
            text,
            "| {kind} | {planted} | {whole} | {share} | {wrong} | {certain} | {scattered} | {seconds:.1} s |"
        )
        .unwrap();
    }
}
