//! The changes that explain a finding, and the decision if they are enough.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::cause::Cause;

/// Of the single changes that explain the most so many are held against each other.
const WAYS: usize = 60;

/// A change, or two, that give a finding's figures.
#[derive(Debug, Clone)]
pub struct Reason {
    /// The causes.
    pub causes: Vec<Cause>,
    /// Each in plain words.
    pub plain: Vec<String>,
    /// The number of findings it explains.
    pub explains: usize,
    /// The findings whose lines it touches, explained or not.
    pub touches: Arc<BTreeSet<usize>>,
    /// The number of lines that differ with it and agree without it.
    pub spoils: usize,
    /// True if every printed figure comes out, and not only what is charged.
    pub printed: bool,
    /// True if it is a rule of the grants.
    pub grants: bool,
    /// On what all of it acts.
    pub on: Scale,
}

/// On what a change acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// The whole account.
    Account,
    /// Lines one by one: a price, a neighbour's figures.
    Lines,
    /// Rows of usage, and it shows on their own lines.
    Rows,
    /// Rows of usage that packages cover: it shows on other lines alone, where packages run out.
    Hidden,
}

impl Reason {
    /// Returns true if it touches lines one by one.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.on == Scale::Lines
    }

    /// Returns true if all of it was done to rows of usage.
    #[must_use]
    pub fn is_of_rows(&self) -> bool {
        matches!(self.on, Scale::Rows | Scale::Hidden)
    }

    /// Returns true if it shows only where packages run out.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.on == Scale::Hidden
    }

    /// Returns true if every printed figure comes out and no other line suffers.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.printed && self.spoils == 0
    }
}

/// A single change, and the findings that it explains.
struct Way<'r> {
    reason: &'r Reason,
    explains: BTreeSet<usize>,
}

/// Returns true if nothing is unexplained, and what explains it is no list of
/// coincidences: one change, two that leave each other's findings alone, or
/// one story of two for all.
#[must_use]
pub fn told(open: &[usize], reasons: &[Vec<Reason>]) -> bool {
    let story = |reason: &Reason| reason.explains == open.len() && reason.is_clean();
    let explained = |at: &usize| reasons[*at].iter().any(Reason::is_clean);
    open.iter().all(explained) && (reasons.iter().flatten().any(story) || two_explain(open, reasons))
}

/// Returns true if two single changes explain all findings, each where the other changes nothing.
fn two_explain(open: &[usize], reasons: &[Vec<Reason>]) -> bool {
    let mut ways: BTreeMap<&str, Way<'_>> = BTreeMap::new();
    for at in open {
        for reason in reasons[*at].iter().filter(|reason| reason.causes.len() == 1 && reason.is_clean()) {
            let way = ways.entry(&reason.plain[0]).or_insert_with(|| Way { reason, explains: BTreeSet::new() });
            way.explains.insert(*at);
        }
    }
    let mut ways: Vec<Way<'_>> = ways.into_values().collect();
    ways.sort_by_key(|way| std::cmp::Reverse(way.explains.len()));
    ways.truncate(WAYS);
    let alone = |own: &Way<'_>, other: &Way<'_>, at: &usize| {
        own.explains.contains(at) && (!other.reason.touches.contains(at) || other.explains.contains(at))
    };
    let both = |a: &Way<'_>, b: &Way<'_>| open.iter().all(|at| alone(a, b, at) || alone(b, a, at));
    ways.iter().enumerate().any(|(at, one)| ways[at..].iter().any(|other| both(one, other)))
}
