//! How far reading is, for whoever shows it: one count for the whole process,
//! which decides nothing.

use std::sync::atomic::{AtomicU64, Ordering};

static ROWS: AtomicU64 = AtomicU64::new(0);

/// Rows that were read just now.
pub fn add_rows(rows: u64) {
    ROWS.fetch_add(rows, Ordering::Relaxed);
}

/// Rows read so far.
#[must_use]
pub fn rows() -> u64 {
    ROWS.load(Ordering::Relaxed)
}
