//! What became of the mistakes, by kind.

use std::collections::BTreeMap;
use std::fmt::Write;

/// What the tool said of one folder.
pub struct Outcome {
    pub kind: String,
    pub label: String,
    /// Certain findings that are false.
    pub certain: usize,
    /// Whether money is claimed.
    pub claimed: bool,
    /// Whether it said that all agrees.
    pub silent: bool,
    /// Whether the missing thing is named (with an error of the vendor: whether that is found on its line).
    pub named: bool,
    /// Whether the lines to paste make it reconcile (with an error of the vendor: whether that is certain).
    pub mended: Option<bool>,
    pub told: String,
}

impl Outcome {
    /// Whether anything is not as it should be.
    pub fn fails(&self) -> bool {
        self.certain > 0 || self.claimed || !self.named || self.mended == Some(false)
    }
}

#[derive(Default)]
struct Tally {
    cases: usize,
    certain: usize,
    claimed: usize,
    silent: usize,
    named: usize,
    to_mend: usize,
    mended: usize,
}

#[derive(Default)]
pub struct Table {
    kinds: BTreeMap<String, Tally>,
    false_ones: Vec<String>,
    unnamed: Vec<String>,
    unmended: Vec<String>,
}

impl Table {
    pub fn cases(&self) -> usize {
        self.sum(|tally| tally.cases)
    }

    pub fn add(&mut self, outcome: Outcome) {
        let Outcome { kind, label, certain, claimed, silent, named, mended, told } = outcome;
        let tally = self.kinds.entry(kind).or_default();
        tally.cases += 1;
        tally.certain += usize::from(certain > 0);
        tally.claimed += usize::from(claimed);
        tally.silent += usize::from(silent);
        tally.named += usize::from(named);
        tally.to_mend += usize::from(mended.is_some());
        tally.mended += usize::from(mended == Some(true));
        if certain > 0 || claimed {
            self.false_ones.push(format!("{label}: {told}"));
        } else if !named {
            self.unnamed.push(format!("{label}: {told}"));
        } else if mended == Some(false) {
            self.unmended.push(format!("{label}: {told}"));
        }
    }

    /// The table as the document has it.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "| in the folder | cases | falsely certain | claimed | silent | named | mended |\n|---|---|---|---|---|---|---|\n",
        );
        for (kind, tally) in &self.kinds {
            let Tally { cases, certain, claimed, silent, named, to_mend, mended } = tally;
            let mended = if *to_mend == 0 { "-".to_owned() } else { format!("{mended} of {to_mend}") };
            writeln!(text, "| {kind} | {cases} | {certain} | {claimed} | {silent} | {named} | {mended} |").unwrap();
        }
        for (what, list) in [("FALSE", &self.false_ones), ("UNNAMED", &self.unnamed), ("UNMENDED", &self.unmended)] {
            for line in list {
                writeln!(text, "{what} {line}").unwrap();
            }
        }
        text
    }

    fn sum(&self, of: fn(&Tally) -> usize) -> usize {
        self.kinds.values().map(of).sum()
    }

    /// Nothing certain that is false, nothing claimed.
    pub fn accuses_nobody(&self) {
        assert_eq!(self.sum(|tally| tally.certain) + self.sum(|tally| tally.claimed), 0, "{}", self.text());
    }

    /// Nobody accused; 95 of 100 named and mended.
    pub fn holds(&self) {
        self.accuses_nobody();
        assert!(self.sum(|tally| tally.named) * 100 >= self.cases() * 95, "{}", self.text());
        assert!(self.sum(|tally| tally.mended) * 100 >= self.sum(|tally| tally.to_mend) * 95, "{}", self.text());
    }
}
