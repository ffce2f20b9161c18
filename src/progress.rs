//! How far the work is, for whoever shows it: one count and one stage for the
//! whole process, which decide nothing.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

static ROWS: AtomicU64 = AtomicU64::new(0);
static STAGE: AtomicU8 = AtomicU8::new(0);

/// What a case is at.
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

/// A stage begins; of several cases at once the last to say so counts.
pub fn enter(stage: Stage) {
    STAGE.store(stage as u8, Ordering::Relaxed);
}

/// The stage that began last.
#[must_use]
pub fn stage() -> Stage {
    STAGES.get(usize::from(STAGE.load(Ordering::Relaxed))).copied().unwrap_or(Stage::Reading)
}
