//! Lists the points on which a month's total depends: the questions that the vendor's text leaves open, and what is one
//! step (a second, a minute, an image, a user) from where the charge would change. Pure.

mod edges;
mod packages;

use crate::model::Money;
use crate::rate::Rated;
use crate::rules::terms::Terms;

pub use edges::edges;

use crate::case::Account;
use crate::model::Runs;

/// Something that stands at an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The kind of edge.
    pub kind: EdgeKind,
    /// The line, grant or figure: `1400000001/2024-10-03/av.hd`.
    pub what: String,
    /// Where it stands, and what one step would do.
    pub text: String,
    /// The money that the step changes, where it changes money.
    pub worth: Option<Money>,
}

/// A kind of edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// Where seconds become a minute, or images a thousand.
    Rounding,
    /// Where a package ends, in time or in minutes.
    PackageEnd,
    /// Where another price or allowance begins.
    Tier,
    /// Where the payable total turns to the next cent.
    Cent,
}

/// A rated month of an account.
#[derive(Debug, Clone, Copy)]
pub struct Month<'a> {
    /// Who the account is.
    pub account: &'a Account,
    /// The terms by which it is rated.
    pub terms: &'a Terms,
    /// The rated usage.
    pub usage: &'a Runs,
    /// The rated charges, deductions and balances.
    pub rated: &'a Rated,
}

impl EdgeKind {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Rounding, Self::PackageEnd, Self::Tier, Self::Cent];

    /// Returns what it is, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rounding => "rounding edges",
            Self::PackageEnd => "package ends",
            Self::Tier => "tiers and allowances",
            Self::Cent => "the payable total",
        }
    }
}
