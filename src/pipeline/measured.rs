//! A case as far as its usage: what is rated, before it is rated.

use std::path::Path;

use super::{Inputs, Options, accept, period};
use crate::case::Case;
use crate::case::folder;
use crate::model::diagnostic::Diagnostics;
use crate::model::{Month, Usage};
use crate::normalise::document::Folder;
use crate::rules::build_terms;
use crate::rules::terms::Terms;

/// A case and its usage.
#[derive(Debug)]
pub struct Measured {
    /// The case.
    pub case: Case,
    /// The billing month.
    pub period: Month,
    /// The terms by which it is rated.
    pub terms: Terms,
    /// The usage, by the items that the files name.
    pub usage: Vec<Usage>,
}

/// Reads a case and its usage. `None` where an error stopped it.
pub fn measured(root: &Path, options: &Options, found: &mut Diagnostics) -> Option<Measured> {
    let (case, period, terms, inputs) = read(root, options, found)?;
    if found.has_errors() { None } else { Some(Measured { case, period, terms, usage: inputs.usage.rows() }) }
}

/// READ, NORMALISE: a case, the terms it is rated by, and all that its files
/// hold. What is wrong with them is in `found`.
pub(super) fn read(root: &Path, options: &Options, found: &mut Diagnostics) -> Option<(Case, Month, Terms, Inputs)> {
    let mut case = accept(folder::open(root), found)?;
    if let Some((folder, files)) = &options.further.instead {
        let replaced = match folder {
            Folder::Usage => &mut case.usage,
            Folder::Bills => &mut case.bills,
            Folder::Packages => &mut case.packages,
        };
        replaced.clone_from(files);
    }
    found.extend(case.diagnostics.clone());
    let period = period(&case, options, found)?;
    let terms = accept(build_terms::terms(&case.account, &options.cards, period), found)?;
    found.extend(build_terms::openings(&case.account));
    let inputs = Inputs::read(&case, options, &terms, found);
    Some((case, period, terms, inputs))
}
