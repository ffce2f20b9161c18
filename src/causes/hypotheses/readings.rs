//! The other readings of the vendor's pages, where these are silent or contradict each other.

use std::sync::Arc;

use crate::causes::Situation;
use crate::causes::hypotheses::Change;
use crate::causes::messages::say;
use crate::model::cause::Cause;
use crate::rules::readings::{READINGS, Reading};

/// Returns each reading that was not taken and that touches anything of the account.
pub fn not_taken(situation: &Situation<'_>) -> Vec<Change> {
    let account = Arc::new(situation.account.clone());
    let change = |reading: &'static Reading| {
        let other = reading.of(situation.account, situation.terms)?;
        let account = Arc::clone(&account);
        let plain = say(&format!("reading.{}", reading.code), &[]);
        let change = Change::of_terms(Cause::Reading { code: reading.code }, plain, move |terms| {
            reading.apply(&account, terms);
        });
        Some(Change { grants: other.grants != situation.terms.grants, ..change })
    };
    READINGS.iter().filter_map(change).collect()
}
