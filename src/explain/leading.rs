//! Which changes are joined with a second one.

use super::changes::Change;
use crate::domain::Money;

/// At most so many changes that explain something are joined with a second one,
/// and as many that bring the bill nearest.
const LEADING: usize = 10;

/// A change that changes something.
#[derive(Clone)]
pub struct Live {
    /// The change.
    pub change: Change,
    /// How many findings and notes it explains without spoiling a line.
    pub explains: usize,
    /// The money by which the bill is off under it.
    pub off: Money,
}

/// The changes that are joined with a second one: rules that explain something
/// or bring the bill nearest, and rows that explain something.
#[must_use]
pub fn leading<'l>(live: &'l [Live], single: &'l [Live]) -> Vec<&'l Live> {
    let rules = || live.iter().filter(|one| !one.change.rows);
    let telling = |one: &&Live| one.explains > 0;
    let most = |mut all: Vec<&'l Live>| {
        all.sort_by_key(|one| std::cmp::Reverse(one.explains));
        all.truncate(LEADING);
        all
    };
    let mut nearest: Vec<&Live> = rules().filter(|one| one.explains == 0).collect();
    nearest.sort_by_key(|one| one.off);
    nearest.truncate(LEADING);
    let rows = most(single.iter().filter(telling).collect());
    most(rules().filter(telling).collect()).into_iter().chain(nearest).chain(rows).collect()
}
