//! Hypotheses about what is missing or wrong in the case folder: changes of our side, a file for each family.
//!
//! A change says what is missing, how the account or the usage looks with it, and which lines of account.toml
//! make it so. [`crate::causes::own_side`] tries them.

mod account;
mod bill;
mod plans;
mod prices;
mod usage;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::case::Account;
use crate::causes::bill_partition::Mark;
use crate::causes::own_side::State;
use crate::model::Usage;
use crate::model::cause::Cause;

pub use bill::missing as bill_missing;
pub use plans::{purchase, unlisted};
pub use usage::{filled, topped};

/// One change of our side.
#[derive(Clone)]
pub struct Own {
    /// Its causes: more than one where several holes are filled at once.
    pub causes: Vec<Cause>,
    /// The missing or wrong part of our side, as a sentence.
    pub plain: String,
    /// The lines of account.toml that make it so; empty where a file is missing.
    pub paste: String,
    /// Its effect on our side.
    pub edit: Edit,
}

/// The effect of a change of our side.
#[derive(Clone)]
pub enum Edit {
    /// Changes what account.toml says.
    Account(Arc<dyn Fn(&mut Account) + Send + Sync>),
    /// Adds usage.
    Usage(Arc<Vec<Usage>>),
    /// Takes lines out of the comparison that no case folder can hold as it is.
    Excuse(Arc<BTreeSet<Mark>>),
    /// Changes what account.toml says, and takes lines out of the comparison.
    Both(Arc<dyn Fn(&mut Account) + Send + Sync>, Arc<BTreeSet<Mark>>),
}

impl Own {
    /// Returns a change of account.toml.
    pub fn of_account(
        cause: Cause,
        plain: String,
        paste: String,
        edit: impl Fn(&mut Account) + Send + Sync + 'static,
    ) -> Self {
        Self { causes: vec![cause], plain, paste, edit: Edit::Account(Arc::new(edit)) }
    }
}

/// Returns the changes that are tried in a state, the plainest first. What needs many trials is not among them.
#[must_use]
pub fn plain(state: &State<'_>) -> Vec<Own> {
    let mut changes = plans::bought(state);
    changes.extend(plans::returned(state));
    changes.extend(prices::discount(state));
    changes.extend(prices::agreed(state));
    changes.extend(account::keys(state));
    changes.extend(plans::openings(state));
    changes
}
