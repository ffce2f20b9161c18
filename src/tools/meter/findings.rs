//! Collects the diagnostics about rows: the first are shown, the others counted.

use crate::model::diagnostic::{At, Diagnostic, Diagnostics};

/// So many findings are told of a file; who reads them has understood by then.
const TOLD: usize = 20;

/// Findings about rows, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Findings {
    told: Vec<Diagnostic>,
    count: u64,
}

impl Findings {
    /// Adds a finding about a row; one that is only counted is not made.
    pub(super) fn add(&mut self, finding: impl FnOnce() -> Diagnostic) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(finding());
        }
    }

    /// Adds the findings of a later piece of the file.
    pub(super) fn append(&mut self, later: Self) {
        self.count += later.count;
        let room = TOLD.saturating_sub(self.told.len());
        self.told.extend(later.told.into_iter().take(room));
    }

    /// Returns the first findings, and how many more there are.
    pub(super) fn told(self) -> Diagnostics {
        let untold = self.count - self.told.len() as u64;
        let more = self.told.last().filter(|_| untold > 0).map(|last| {
            let message = format!("{untold} more findings like these are not listed");
            let help = "Correct the rows above first: most of the others will have the same cause.";
            let file = At { row: None, column: None, ..last.at.clone() };
            Diagnostic::error("meter-more", file, message, help)
        });
        self.told.into_iter().chain(more).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_twenty_they_are_counted() {
        let finding = |row| Diagnostic::error("meter-overlap", At::default().row(row), "", "");
        let mut findings = Findings::default();
        for row in 2..27 {
            findings.add(|| finding(row));
        }
        let told = findings.told();
        assert_eq!(told.iter().count(), 21);
        assert!(told.iter().last().unwrap().message.starts_with("5 more findings"));
    }
}
