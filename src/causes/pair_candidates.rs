//! Which changes are joined with a second one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::bill_partition::Line;
use super::hypotheses::Change;
use super::incremental_rating::Changed;
use crate::model::{Money, Quantity};
use crate::rate::charge::{Charge, LineKey};

/// At most so many changes that explain something are joined with a second one,
/// and as many that bring the bill nearest.
const LEADING: usize = 10;
/// A rule that harms more lines is not mended by rows.
const HARMED: usize = 200;
/// So many lines that packages cover otherwise may be the work of two changes.
const COVERED: usize = 40;

/// A change that changes something.
#[derive(Clone)]
pub struct Live {
    /// The change.
    pub change: Change,
    /// The number of findings and notes it explains without spoiling a line.
    pub explains: usize,
    /// The money by which the bill is off under it.
    pub off: Money,
    /// Where it shows.
    pub reach: Arc<Reach>,
}

/// The lines on which a change shows.
#[derive(Debug, Default)]
pub struct Reach {
    /// Those that differ under it.
    touched: BTreeSet<Line>,
    /// Those of them that are billed right without it, and have other minutes or another price under it.
    harmed: BTreeSet<Line>,
    /// Those of them that are billed right without it, and are covered otherwise.
    uncovered: BTreeSet<Line>,
    /// True if its lines are not known one by one.
    anywhere: bool,
}

/// By how much a line differs.
#[derive(Default)]
struct By {
    minutes: Quantity,
    charged: Quantity,
    amount: Money,
    priced: bool,
}

impl Reach {
    /// Of something that may show on any line.
    #[must_use]
    pub fn anywhere() -> Self {
        Self { anywhere: true, ..Self::default() }
    }

    /// Of the charges that differ from what they are without a change.
    #[must_use]
    pub fn of(changed: &Changed, charges: &BTreeMap<LineKey, Charge>, wrong: impl Fn(&Line) -> bool) -> Self {
        let mut moved: BTreeMap<Line, By> = BTreeMap::new();
        for (key, charge) in &changed.lines {
            let by = moved.entry((key.0, key.1, key.2)).or_default();
            let (old, new) = (charges.get(key), charge.as_ref());
            by.priced |= old.zip(new).is_some_and(|(old, new)| old.price != new.price);
            let of =
                |charge: Option<&Charge>| charge.map(|it| (it.billable, it.charged, it.amount)).unwrap_or_default();
            let (old, new) = (of(old), of(new));
            by.minutes += new.0 - old.0;
            by.charged += new.1 - old.1;
            by.amount += new.2 - old.2;
        }
        let mut reach = Self::default();
        for (line, by) in moved {
            reach.touched.insert(line);
            if wrong(&line) || (by.charged.is_zero() && by.amount.is_zero()) {
                continue;
            }
            let own = if by.priced || !by.minutes.is_zero() { &mut reach.harmed } else { &mut reach.uncovered };
            own.insert(line);
        }
        reach
    }

    /// Returns true if it shows on a line.
    #[must_use]
    pub fn touches(&self, line: &Line) -> bool {
        self.anywhere || self.touched.contains(line)
    }

    /// Returns true if two changes together may leave every line right that is right: what
    /// one of them harms the other must touch. What packages cover may depend on both.
    #[must_use]
    pub fn joins(&self, other: &Self) -> bool {
        self.anywhere || other.anywhere || (self.mends(other) && other.mends(self))
    }

    fn mends(&self, other: &Self) -> bool {
        let beside = |lines: &BTreeSet<Line>| lines.difference(&self.touched).nth(COVERED).is_some();
        other.harmed.len() <= self.touched.len() && other.harmed.is_subset(&self.touched) && !beside(&other.uncovered)
    }

    /// Returns true if changes of single rows may mend what it harms.
    #[must_use]
    pub fn is_narrow(&self) -> bool {
        self.anywhere || self.harmed.len() + self.uncovered.len() <= HARMED
    }
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
