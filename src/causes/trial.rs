//! The effect of a trial, and the scenario that trials depart from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::bill_partition::{Part, Standing};
use super::incremental_rating::Rerating;
use super::pair_candidates::Reach;
use crate::model::Money;

/// Of fewer rows everything is tried.
pub const LARGE: usize = 50_000;

/// The effect of a trial on the findings.
pub struct Effect {
    /// Findings and notes, and whether every printed figure comes out.
    pub clears: Vec<(usize, bool)>,
    /// True if every printed figure of all findings comes out.
    pub all: bool,
    /// The findings whose lines it touches.
    pub touches: Arc<BTreeSet<usize>>,
    /// True if it changes the minutes used on a line that it explains, of which something is billed.
    pub shows: bool,
    /// The number of lines that differ with it and agree without it.
    pub spoils: usize,
    /// The money by which the parts with findings are off.
    pub off: Money,
    /// The lines on which it shows.
    pub reach: Reach,
}

/// A scenario to depart from, and how it stands against the bill.
pub struct Base<'a> {
    /// Its charges.
    pub rerating: Rerating<'a>,
    /// Its differences from the bill.
    pub standing: Standing,
    /// The number of lines that it spoils already, by part.
    pub spoils: BTreeMap<Part, usize>,
}

impl Base<'_> {
    /// Returns true if its rows are so many that trials must be chosen with care.
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.rerating.rows.usage().len() >= LARGE
    }

    /// Returns the money by which parts are off.
    #[must_use]
    pub fn off(&self, parts: &BTreeMap<Part, Vec<usize>>) -> Money {
        parts.keys().filter_map(|part| self.standing.marks.get(part)).map(|marks| marks.off).sum()
    }
}
