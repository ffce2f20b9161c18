//! Checks balances: compares the vendor's package figures with our ledger. Pure.
//!
//! The vendor tells it in three ways: a package list has what is left
//! (`lists`), a deduction record what was taken (`records`), a usage
//! export what packages covered of each row (`printed`). Each becomes pairs
//! of a figure of theirs and one of ours, in order of time, and `hold`
//! compares them: how many differ, and the first that does. A difference is a
//! warning; whether money is affected is for the bill to decide.

mod deduction_records;
mod package_lists;
mod packages;
mod usage_deductions;

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::model::diagnostic::{At, Diagnostic};
use crate::model::policy::Scope;
use crate::model::usage::Exactness;
use crate::model::usage_series::Run;
use crate::model::{AppId, Item, Place, Runs, Stamp, Unit, Usage};
use crate::normalise::packages::{DeductionRecord, PackageAssertion};
use crate::normalise::usage::VendorDeduction;
use crate::rate::Rated;
use crate::rate::drawdown::Deduction;
use crate::rules::terms::{Bucket, Terms};
use packages::Packages;

/// Every code of this module, with what it means.
pub const CODES: &[(&str, &str)] = &[
    ("package-balance", "a package list has another balance than our ledger"),
    ("package-deduction", "a deduction record differs from our ledger"),
    ("package-unknown-grant", "a package that no [[grant]] or [[subscription]] of account.toml fits"),
    ("usage-deduction", "a usage export prints another cover than our ledger has"),
];

const DAY: u32 = 86_400;

/// The vendor's figures of packages and deductions.
#[derive(Debug, Clone, Copy)]
pub struct Claims<'a> {
    /// Package lists.
    pub packages: &'a [PackageAssertion],
    /// Deduction records.
    pub records: &'a [DeductionRecord],
    /// Usage, with what exports print as deducted from its rows.
    pub usage: &'a Runs,
    /// The deductions that exports print in rows that are no row of the usage.
    pub printed: &'a [VendorDeduction],
}

/// Our own figures of packages and deductions.
#[derive(Debug, Clone, Copy)]
pub struct Ledger<'a> {
    /// The terms by which the account was rated.
    pub terms: &'a Terms,
    /// The rated charges, deductions and balances.
    pub rated: &'a Rated,
    /// True if every balance is known to the minute.
    exact: bool,
}

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A package list: what is left.
    List,
    /// A deduction record: what was taken.
    Record,
    /// A usage export: what packages covered.
    Usage,
}

/// True if the vendor's figures are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// They are.
    Agrees,
    /// At least one is not.
    Differs,
    /// They cannot be compared.
    Undecided,
}

/// The vendor's statement on one package (or, in usage exports, on all), and its agreement with our ledger: a row of
/// balances.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Who says it.
    pub source: Source,
    /// The vendor's id of the package; empty in usage exports.
    pub package: String,
    /// The grant, by its position among the terms' grants.
    pub grant: Option<usize>,
    /// True if it is so.
    pub outcome: Outcome,
    /// The number of figures compared.
    pub compared: usize,
    /// Of these the ones that differ.
    pub differing: usize,
    /// The sum of the vendor's figures; of a list the balance.
    pub theirs: Decimal,
    /// The sum of ours.
    pub ours: Decimal,
    /// Where the two part first.
    pub first: Option<Parting>,
    /// One sentence for a person.
    pub explanation: String,
    /// Where the vendor says it (where the two part, if they do).
    pub place: Place,
}

/// The first place where the vendor's figures and ours part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parting {
    /// The start of the interval; none where the vendor's file has no time.
    pub time: Option<Stamp>,
    /// The application.
    pub app: Option<AppId>,
    /// The item.
    pub item: Option<Item>,
    /// Their figure.
    pub theirs: Decimal,
    /// Ours.
    pub ours: Decimal,
    /// The row of our ledger, by its position.
    pub row: Option<usize>,
}

/// A figure of theirs beside one of ours; they agree if less than `slack` lies between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Figure {
    theirs: Decimal,
    ours: Decimal,
    slack: Decimal,
}

/// The figures compared for one interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pair {
    time: Option<Stamp>,
    app: Option<AppId>,
    item: Option<Item>,
    /// The interval's own figure.
    own: Figure,
    /// The running total at the end of the interval.
    running: Option<Figure>,
    row: Option<usize>,
    place: Place,
}

/// The result of comparing pairs in order of time.
#[derive(Debug, Default)]
struct Held {
    compared: usize,
    differing: usize,
    theirs: Decimal,
    ours: Decimal,
    /// The first pair that differs.
    first: Option<Pair>,
    /// The place of the first pair of all.
    place: Option<Place>,
}

impl Figure {
    /// Returns a figure as the vendor prints it: equal at its own decimals, rounded either way.
    fn printed(theirs: Decimal, ours: Decimal) -> Self {
        let (theirs, ours) = (theirs.normalize(), ours.normalize());
        let slack = Decimal::new(1, if ours.scale() > theirs.scale() { theirs.scale() } else { 28 });
        Self { theirs, ours, slack }
    }

    fn agrees(&self) -> bool {
        (self.theirs - self.ours).abs() < self.slack
    }
}

impl Held {
    /// Compares a pair.
    fn add(&mut self, pair: &Pair) {
        self.compared += 1;
        self.theirs += pair.own.theirs;
        self.ours += pair.own.ours;
        self.place.get_or_insert(pair.place);
        if !pair.own.agrees() || pair.running.is_some_and(|running| !running.agrees()) {
            self.differing += 1;
            self.first.get_or_insert(*pair);
        }
    }
}

impl<'a> FromIterator<&'a Pair> for Held {
    fn from_iter<I: IntoIterator<Item = &'a Pair>>(pairs: I) -> Self {
        let mut held = Self::default();
        pairs.into_iter().for_each(|pair| held.add(pair));
        held
    }
}

impl Pair {
    /// Where the two part, by the figure that shows it.
    fn parting(&self) -> Parting {
        let figure = self.running.filter(|_| self.own.agrees()).unwrap_or(self.own);
        let Self { time, app, item, row, .. } = *self;
        Parting { time, app, item, theirs: figure.theirs, ours: figure.ours, row }
    }
}

impl Assertion {
    /// Returns what comparing pairs came to; `None` of no pair. `says` makes the sentence for the first that differs.
    fn of(
        source: Source,
        package: &str,
        grant: Option<usize>,
        held: &Held,
        says: impl FnOnce(&Parting) -> String,
    ) -> Option<Self> {
        let place = held.first.map(|pair| pair.place).or(held.place)?;
        let first = held.first.as_ref().map(Pair::parting);
        Some(Self {
            source,
            package: package.to_owned(),
            grant,
            outcome: if first.is_some() { Outcome::Differs } else { Outcome::Agrees },
            compared: held.compared,
            differing: held.differing,
            theirs: held.theirs,
            ours: held.ours,
            explanation: first.as_ref().map_or_else(String::new, says),
            first,
            place,
        })
    }

    /// Returns what cannot be compared, and why.
    fn undecided(source: Source, package: &str, grant: Option<usize>, why: String, place: Place) -> Self {
        Self {
            source,
            package: package.to_owned(),
            grant,
            outcome: Outcome::Undecided,
            compared: 0,
            differing: 0,
            theirs: Decimal::ZERO,
            ours: Decimal::ZERO,
            first: None,
            explanation: why,
            place,
        }
    }

    /// Returns the warning about a difference.
    fn warning(&self, at: At) -> Option<Diagnostic> {
        let (code, help) = match self.source {
            Source::List => (
                "package-balance",
                "The bill decides whether money is affected. Ask the vendor for the deduction record of that time, \
                 and check the grant's `opening` in account.toml.",
            ),
            Source::Record => (
                "package-deduction",
                "The bill decides whether money is affected. Ask the vendor why this interval was deducted otherwise.",
            ),
            Source::Usage => (
                "usage-deduction",
                "The bill decides whether money is affected. Check that account.toml lists every package, \
                 and the `opening` of those that are older.",
            ),
        };
        (self.outcome == Outcome::Differs).then(|| Diagnostic::warning(code, at, self.explanation.clone(), help))
    }
}

impl Source {
    /// Its name in the reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Record => "record",
            Self::Usage => "usage",
        }
    }

    /// Returns what its figures are.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::List | Self::Record => "package minutes",
            Self::Usage => "seconds of usage",
        }
    }
}

impl Outcome {
    /// Its name in the reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Differs => "differs",
            Self::Undecided => "undecided",
        }
    }
}

impl<'a> Ledger<'a> {
    /// Returns the ledger of rated usage.
    #[must_use]
    pub fn new(usage: &Runs, terms: &'a Terms, rated: &'a Rated) -> Self {
        let to_the_minute = |row: &Usage| {
            let segment = &terms.segments[terms.segment(row.start)];
            let bucket =
                row.seconds == DAY && segment.bucket == Bucket::Day && segment.scope.of(row.item) == Scope::App;
            row.item.unit() != Unit::Minute || row.exactness == Exactness::Exact || bucket
        };
        let rough = usage.runs().iter().filter(|run| run.kind.exactness != Exactness::Exact);
        Self { terms, rated, exact: rough.flat_map(Run::iter).all(|row| to_the_minute(&row)) }
    }

    /// Returns the deductions from a grant, with their positions.
    fn of(&self, grant: usize) -> impl Iterator<Item = (usize, &'a Deduction)> {
        self.rated.drawdown.iter().enumerate().filter(move |(_, deduction)| deduction.grant == grant)
    }

    fn name(&self, grant: usize) -> &'a str {
        &self.terms.grants[grant].id
    }
}

/// Why figures cannot be held against a ledger that is known only roughly.
const ROUGH: &str = "some usage is known only in rounded minutes, so our balance is not known to the minute";

impl Claims<'_> {
    /// Compares everything that the vendor says with our ledger.
    #[must_use]
    pub fn compared(&self, ledger: &Ledger<'_>) -> Vec<Assertion> {
        let known = Packages::match_up(self.packages, ledger.terms);
        let mut all = package_lists::assertions(self.packages, &known, ledger);
        all.extend(deduction_records::assertions(self.records, &known, ledger));
        all.extend(usage_deductions::assertion(self, ledger));
        all
    }

    /// Returns a warning for each difference, and for each package that account.toml does not have. `at` names a place
    /// as file, sheet and row.
    #[must_use]
    pub fn warnings(&self, compared: &[Assertion], terms: &Terms, at: impl Fn(Place) -> At) -> Vec<Diagnostic> {
        let mut found: Vec<Diagnostic> = compared.iter().filter_map(|one| one.warning(at(one.place))).collect();
        found.extend(Packages::match_up(self.packages, terms).unknown(self.packages, terms, &at));
        found
    }
}

/// Returns the grants, by id, whose balance or deductions the vendor's own files have as our ledger has them.
#[must_use]
pub fn attested(compared: &[Assertion], ledger: &Ledger<'_>) -> BTreeSet<String> {
    let agreeing = || compared.iter().filter(|one| one.outcome == Outcome::Agrees);
    let printed = agreeing().any(|one| one.source == Source::Usage);
    let used = ledger.rated.drawdown.iter().filter(|_| printed).map(|deduction| deduction.grant);
    agreeing().filter_map(|one| one.grant).chain(used).map(|grant| ledger.name(grant).to_owned()).collect()
}

/// Returns the row of drawdown.csv, and what stands in it.
fn row_of(ledger: &Ledger<'_>, row: usize) -> String {
    let deduction = &ledger.rated.drawdown[row];
    format!("{}, {} of {} (drawdown.csv, line {})", deduction.time, deduction.item, deduction.app, row + 2)
}
