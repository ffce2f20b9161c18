//! The rate cards and plans, as data with their sources.

/// The ids of the plans of the catalogue, in the order of the contract.
#[must_use]
pub fn plan_ids() -> &'static [String] {
    &[]
}
