//! Which grant each purchase gave.

use super::charge::Charge;
use super::drawdown::Balance;
use crate::model::Money;

/// Returns, for each charge, the position of the grant that it paid for: of the fee's plan and application, not yet
/// paid for by an earlier charge, of the fee's amount (`costs` has what each grant cost), in force soonest after the
/// payment. `None` for usage, and for a fee without minutes.
#[must_use]
pub fn grants_bought(charges: &[Charge], balances: &[Balance], costs: &[Option<Money>]) -> Vec<Option<usize>> {
    let mut bought = vec![false; balances.len()];
    let found = charges.iter().map(|charge| {
        let plan = charge.item.id().strip_prefix("fee.")?;
        let gave = |(position, grant): &(usize, &Balance)| {
            grant.plan == plan
                && grant.app == charge.app
                && grant.valid.until.day() >= charge.day.first_day()
                && !bought[*position]
        };
        let other_cost = |position: usize| costs.get(position).copied().flatten() != Some(charge.amount);
        let order = |(position, grant): &(usize, &Balance)| (other_cost(*position), grant.valid.from, grant.id.clone());
        let (position, _) = balances.iter().enumerate().filter(gave).min_by_key(order)?;
        bought[position] = true;
        Some(position)
    });
    found.collect()
}
