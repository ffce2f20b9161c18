//! The result of reading one table: figures, and the account of its rows.

use std::collections::BTreeMap;
use std::collections::HashMap;

use super::fast_path::Known;
use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::model::printed_cover::Covered;
use crate::model::usage_series;
use crate::model::{Item, Runs, Usage};
use crate::read::Table;

/// So many findings of one kind are shown for a table; the others are counted.
const SHOWN: usize = 10;

/// A row of another account.
pub(super) const OTHER_ACCOUNT: &str = "usage-other-account";

/// A cell that Excel has shortened.
pub(super) const OF_EXCEL: &str = "usage-of-excel";

/// Returns the key under which a fault is counted, and how many findings of it are shown:
/// a file of another account, or one that Excel has spoilt, is one finding, not one a row.
/// Values that are wrong for one reason are one finding, too: the first of them.
fn group(fault: &Fault) -> Kind {
    let reason = fault.message.rsplit_once("\" is not ").map_or("", |(_, reason)| reason).to_owned();
    let column = fault.column.filter(|_| fault.code != OF_EXCEL);
    (fault.code, column, reason)
}

/// Returns how many findings of a kind are shown.
fn most(kind: &Kind) -> usize {
    if matches!(kind.0, OTHER_ACCOUNT | OF_EXCEL) || !kind.2.is_empty() { 1 } else { SHOWN }
}

/// A reason to take a row with a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Notice {
    /// An `SDKAppID` with a decimal point.
    Point,
    /// The vendor's own deduction does not add up.
    Uneven,
}

impl Notice {
    const fn code(self) -> &'static str {
        match self {
            Self::Point => "usage-app-with-point",
            Self::Uneven => "usage-vendor-sum",
        }
    }

    /// Returns what such rows have, and what to do.
    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::Point => (
                "have an SDKAppID with a decimal point (1400000001.0)",
                "They are taken without it. Store the column as text to keep the id as it is.",
            ),
            Self::Uneven => (
                "have a usage that is not the sum of what was deducted and what was left (标准用量 = 抵扣用量 + 抵扣余量)",
                "The usage is taken. Ask the vendor why the deduction does not add up.",
            ),
        }
    }
}

/// Why a row gives no figure.
#[derive(Debug)]
pub(super) enum Stop {
    /// It is left out, for this reason.
    Exclude(&'static str),
    /// It cannot be read: the run fails.
    Reject(Box<Fault>),
}

/// The fault of a row.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub code: &'static str,
    /// The column in the file.
    pub column: Option<usize>,
    pub message: String,
    pub help: String,
}

impl Stop {
    pub(super) fn reject(
        code: &'static str,
        column: Option<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self::Reject(Box::new(Fault { code, column, message: message.into(), help: help.into() }))
    }
}

/// The meaning of the texts of a row, kept for each distinct combination.
#[derive(Debug, Clone)]
pub(super) enum Meant<T> {
    /// Their meaning.
    Known(T),
    /// They put the row out.
    Excluded(&'static str),
    /// They are not understood.
    Unknown(Box<Fault>),
}

impl<T> Meant<T> {
    pub(super) fn of(stop: Stop) -> Self {
        match stop {
            Stop::Exclude(reason) => Self::Excluded(reason),
            Stop::Reject(fault) => Self::Unknown(fault),
        }
    }

    pub(super) fn known(&self) -> Result<&T, Stop> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Excluded(reason) => Err(Stop::Exclude(reason)),
            Self::Unknown(fault) => Err(Stop::Reject(fault.clone())),
        }
    }
}

/// Findings of one kind: their code, their column, and why a value is none.
type Kind = (&'static str, Option<usize>, String);

/// The figures and findings of a table, or of a piece of it.
#[derive(Debug)]
pub(super) struct Gathered<T> {
    /// Figures of a table that may turn out to be of another length.
    pub usage: Vec<Usage>,
    /// Figures of rows that are one figure each.
    pub tape: Tape,
    pub rows: u64,
    pub rejected: u64,
    pub snapped: u64,
    pub excluded: BTreeMap<&'static str, u64>,
    /// The first row and the number of rows of each notice; a notice is one warning a table.
    noticed: BTreeMap<Notice, (u32, u64)>,
    /// Findings by code and column: the first few, and how many in all.
    faults: BTreeMap<Kind, (Vec<Diagnostic>, u64)>,
    /// The meanings of distinct texts.
    pub meanings: HashMap<String, Meant<T>>,
    /// The texts of the row at hand, for the search among the meanings.
    pub key: String,
    /// The meaning of the row that was read last, if it gave a figure.
    pub last: Option<Figure>,
    /// Facts known of rows that can be read quickly.
    pub known: Known,
}

/// Figures in the order of their rows, and their kinds.
#[derive(Debug, Default)]
pub(super) struct Tape {
    known: HashMap<usage_series::Kind, usize>,
    kinds: Vec<usage_series::Kind>,
    /// For each kind the one that came behind it last: rows come in the same turn again and again.
    next: Vec<usize>,
    last: usize,
    /// Where the kinds stand among the runs that this tape was moved to.
    moved: Vec<Option<usize>>,
    rows: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: u32,
    figure: usage_series::Figure,
    covered: Covered,
}

impl Tape {
    /// Adds a figure of a kind, and what the vendor printed as covered of it.
    pub(super) fn push(&mut self, kind: usage_series::Kind, figure: usage_series::Figure, covered: Covered) {
        let likely = self.next.get(self.last).copied().filter(|next| self.kinds[*next] == kind);
        let kind = likely.unwrap_or_else(|| self.position(kind));
        self.last = kind;
        let kind = u32::try_from(kind).unwrap_or_else(|_| panic!("more than {} kinds of rows", u32::MAX));
        self.rows.push(Entry { kind, figure, covered });
    }

    /// Where a kind stands that comes out of turn.
    fn position(&mut self, kind: usage_series::Kind) -> usize {
        let position = *self.known.entry(kind).or_insert_with(|| {
            self.kinds.push(kind);
            self.next.push(self.kinds.len() - 1);
            self.moved.push(None);
            self.kinds.len() - 1
        });
        self.next[self.last] = position;
        position
    }

    /// Adds a figure, and what the vendor printed as covered of it.
    pub(super) fn add(&mut self, usage: &Usage, covered: Covered) {
        self.push(usage_series::Kind::of(usage), usage_series::Figure::of(usage), covered);
    }

    /// Moves the figures behind those that are there; always to the same runs.
    fn move_to(&mut self, runs: &mut Runs) {
        for entry in self.rows.drain(..) {
            let own = entry.kind as usize;
            let run = *self.moved[own].get_or_insert_with(|| runs.run(self.kinds[own]));
            runs.run_mut(run).push(entry.figure, entry.covered);
        }
    }
}

/// The figures and findings of all pieces of a table.
#[derive(Debug)]
pub(super) struct Sum<T> {
    /// Everything but the tapes.
    pub all: Gathered<T>,
    /// The figures of the tapes, in runs.
    pub runs: Runs,
}

impl<T> Sum<T> {
    pub(super) fn new() -> Self {
        Self { all: Gathered::new(), runs: Runs::default() }
    }

    /// Adds what a later piece of the same table gave, and empties it.
    pub(super) fn take(&mut self, piece: &mut Gathered<T>) {
        piece.tape.move_to(&mut self.runs);
        self.all.append(piece);
    }
}

impl<T> Gathered<T> {
    pub(super) fn new() -> Self {
        Self {
            usage: Vec::new(),
            rows: 0,
            rejected: 0,
            snapped: 0,
            excluded: BTreeMap::new(),
            noticed: BTreeMap::new(),
            faults: BTreeMap::new(),
            meanings: HashMap::new(),
            key: String::new(),
            tape: Tape::default(),
            last: None,
            known: Known::default(),
        }
    }

    /// Enters a row in the account of rows.
    pub(super) fn account_for(&mut self, table: &Table, row: u32, result: Result<(), Stop>) {
        self.rows += 1;
        match result {
            Ok(()) => {}
            Err(Stop::Exclude(reason)) => *self.excluded.entry(reason).or_insert(0) += 1,
            Err(Stop::Reject(fault)) => {
                self.rejected += 1;
                let kind = group(&fault);
                let most = most(&kind);
                let (shown, count) = self.faults.entry(kind).or_default();
                *count += 1;
                if shown.len() < most && shown.iter().all(|known| known.message != fault.message) {
                    let at = table.at().row(row);
                    let at = if let Some(column) = fault.column { at.column(column) } else { at };
                    shown.push(Diagnostic::error(fault.code, at, fault.message, fault.help));
                }
            }
        }
    }

    /// Counts a row that is taken with a warning.
    pub(super) fn notice(&mut self, notice: Notice, row: u32) {
        self.noticed.entry(notice).or_insert((row, 0)).1 += 1;
    }

    /// Adds what a later piece of the same table gave.
    fn append(&mut self, later: &mut Self) {
        self.usage.append(&mut later.usage);
        for (sum, part) in [
            (&mut self.rows, &mut later.rows),
            (&mut self.rejected, &mut later.rejected),
            (&mut self.snapped, &mut later.snapped),
        ] {
            *sum += std::mem::take(part);
        }
        for (reason, count) in std::mem::take(&mut later.excluded) {
            *self.excluded.entry(reason).or_insert(0) += count;
        }
        for (notice, (row, count)) in std::mem::take(&mut later.noticed) {
            self.noticed.entry(notice).or_insert((row, 0)).1 += count;
        }
        for (key, (shown, count)) in std::mem::take(&mut later.faults) {
            let most = most(&key);
            let (mine, mine_count) = self.faults.entry(key).or_default();
            for finding in shown {
                if mine.len() < most && mine.iter().all(|known| known.message != finding.message) {
                    mine.push(finding);
                }
            }
            *mine_count += count;
        }
    }

    /// Returns the number of rows that are of other accounts.
    pub(super) fn rows_of_other_accounts(&self) -> u64 {
        self.faults.iter().filter(|((code, ..), _)| *code == OTHER_ACCOUNT).map(|(_, (_, rows))| rows).sum()
    }

    /// Returns the findings of the whole table, those beyond the first few as a number.
    pub(super) fn findings(&mut self, table: &Table) -> Diagnostics {
        let mut all = Diagnostics::default();
        for (_, (mut shown, count)) in std::mem::take(&mut self.faults) {
            let more = count - u64::try_from(shown.len()).unwrap_or(count);
            if let (Some(last), true) = (shown.last_mut(), more > 0) {
                last.message = format!("{} (and {more} more rows like it)", last.message);
            }
            all.extend(shown);
        }
        for (notice, (row, count)) in std::mem::take(&mut self.noticed) {
            let (has, help) = notice.told();
            let message = format!("{count} rows {has}, from this row on");
            all.push(Diagnostic::warning(notice.code(), table.at().row(row), message, help));
        }
        all
    }
}

/// The item and how its figure is measured: what the texts of a tall row mean.
pub(super) type Figure = (Item, super::unit::Measure);
