//! Progress of the work, for whoever shows it: one count and one stage for the whole process, which decide nothing.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

static ROWS: AtomicU64 = AtomicU64::new(0);
static STAGE: AtomicU8 = AtomicU8::new(0);
static TRIALS: AtomicU64 = AtomicU64::new(0);
static FINDING: AtomicU64 = AtomicU64::new(0);
static FINDINGS: AtomicU64 = AtomicU64::new(0);

/// The stage of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its files are read.
    Reading,
    /// Its usage is rated.
    Rating,
    /// Its bill is held against the charges, and causes are looked for.
    Explaining,
    /// Its report is written.
    Writing,
}

const STAGES: [Stage; 4] = [Stage::Reading, Stage::Rating, Stage::Explaining, Stage::Writing];

/// Rows that were read just now.
pub fn add_rows(rows: u64) {
    ROWS.fetch_add(rows, Ordering::Relaxed);
}

/// Rows read so far.
#[must_use]
pub fn rows() -> u64 {
    ROWS.load(Ordering::Relaxed)
}

/// One more changed rule was tried in the search for causes.
pub fn add_trial() {
    TRIALS.fetch_add(1, Ordering::Relaxed);
}

/// The search for causes looks at one finding of several, counted from 1.
pub fn look_at_finding(at: usize, of: usize) {
    FINDING.store(at.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
    FINDINGS.store(of.try_into().unwrap_or(u64::MAX), Ordering::Relaxed);
}

/// The progress of the search for causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search {
    /// Changed rules that were tried.
    pub trials: u64,
    /// The finding that is looked at, from 1; 0 before the first.
    pub finding: u64,
    /// The findings that are looked at one by one.
    pub of: u64,
}

/// Returns how far the search for causes is.
#[must_use]
pub fn search() -> Search {
    let [trials, finding, of] = [&TRIALS, &FINDING, &FINDINGS].map(|count| count.load(Ordering::Relaxed));
    Search { trials, finding, of }
}

/// A stage begins; of several cases at once the last to say so counts.
pub fn enter(stage: Stage) {
    STAGE.store(stage as u8, Ordering::Relaxed);
}

/// Returns the stage that began last.
#[must_use]
pub fn stage() -> Stage {
    STAGES.get(usize::from(STAGE.load(Ordering::Relaxed))).copied().unwrap_or(Stage::Reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_counts_its_trials_and_its_findings() {
        let before = search().trials;
        add_trial();
        look_at_finding(7, 20);
        // Searches of other tests count too.
        let Search { trials, finding, of } = search();
        assert!(trials > before && finding >= 1 && of >= 1);
    }
}
