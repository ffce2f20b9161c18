//! Follows up the findings of an earlier run: which are new, still open, changed or gone, how old they are, and what a
//! person wrote about them.

mod earlier;
pub mod notes;

use std::collections::BTreeMap;

pub use earlier::{Earlier, EarlierFinding, from_folder, from_json, to_json};

use crate::compare::Discrepancy;
use crate::model::{Money, Month};

/// A person's notes on a finding, in the workbook of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notes {
    /// The status of the work on it.
    pub status: String,
    /// Who cares for it.
    pub owner: String,
    /// Anything else.
    pub comment: String,
}

/// A finding against the earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The finding's id.
    pub id: String,
    /// Its state since the earlier run.
    pub state: State,
    /// The billing month of the report that had it first.
    pub first_seen: String,
    /// The number of runs that had it, this one included.
    pub runs: u32,
    /// A person's notes on it.
    pub notes: Notes,
    /// Its subject: `2024-10-03 1400000001 av.hd quantity`.
    pub subject: Subject,
    /// `billed - expected` now; `None` where it is gone or of another month.
    pub difference: Option<Money>,
    /// The same in the earlier run.
    pub before: Option<Money>,
}

/// The subject of a finding, as texts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// The application; empty for the account.
    pub app: String,
    /// The day or month.
    pub day: String,
    /// The item.
    pub item: String,
    /// The kind.
    pub kind: String,
}

/// The state of a finding since the earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The earlier run did not have it.
    New,
    /// As it was.
    Open,
    /// There still, of another amount.
    Changed,
    /// No longer found.
    Gone,
    /// Of another month: kept, and not looked at.
    Earlier,
}

impl State {
    /// All, in the order in which they are counted.
    pub const ALL: [Self; 5] = [Self::New, Self::Open, Self::Changed, Self::Gone, Self::Earlier];

    /// Its name in the reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Changed => "changed",
            Self::Gone => "gone",
            Self::Earlier => "earlier",
        }
    }
}

/// The findings of this run and of the one before, together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followup {
    /// The earlier run.
    pub earlier: Earlier,
    /// Each finding: those of this run in their order, then gone ones, then those of other months.
    pub entries: Vec<Entry>,
}

impl Followup {
    /// Holds the findings of a month against an earlier report's.
    #[must_use]
    pub fn of(found: &[Discrepancy], earlier: Earlier, period: Month) -> Self {
        let known: BTreeMap<&str, &EarlierFinding> =
            earlier.findings.iter().map(|finding| (finding.id.as_str(), finding)).collect();
        let mut entries: Vec<Entry> =
            found.iter().map(|row| now(row, known.get(row.id.as_str()).copied(), period)).collect();
        let is_there = |finding: &&EarlierFinding| found.iter().any(|row| row.id == finding.id);
        let mut past: Vec<Entry> = earlier.findings.iter().filter(|f| !is_there(f)).map(|f| then(f, period)).collect();
        past.sort_by_key(|entry| entry.state);
        entries.extend(past);
        Self { earlier, entries }
    }

    /// Returns what is known of a finding.
    #[must_use]
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// Returns how many findings are in a state.
    #[must_use]
    pub fn count(&self, state: State) -> usize {
        self.entries.iter().filter(|entry| entry.state == state).count()
    }
}

fn now(row: &Discrepancy, before: Option<&EarlierFinding>, period: Month) -> Entry {
    let subject = Subject {
        app: row.app.map(|app| app.to_string()).unwrap_or_default(),
        day: row.day.clone(),
        item: row.item.map(|item| item.id().to_owned()).unwrap_or_default(),
        kind: row.kind.name().to_owned(),
    };
    let state = match before {
        None => State::New,
        Some(before) if before.difference == row.difference => State::Open,
        Some(_) => State::Changed,
    };
    Entry {
        id: row.id.clone(),
        state,
        first_seen: before.map_or_else(|| period.to_string(), |before| before.first_seen.clone()),
        runs: before.map_or(1, |before| before.runs.saturating_add(1)),
        notes: before.map(|before| before.notes.clone()).unwrap_or_default(),
        subject,
        difference: Some(row.difference),
        before: before.map(|before| before.difference),
    }
}

fn then(finding: &EarlierFinding, period: Month) -> Entry {
    let state = if finding.period == period.to_string() { State::Gone } else { State::Earlier };
    Entry {
        id: finding.id.clone(),
        state,
        first_seen: finding.first_seen.clone(),
        runs: finding.runs,
        notes: finding.notes.clone(),
        subject: finding.subject.clone(),
        difference: None,
        before: Some(finding.difference),
    }
}
