//! Changes of the order in which grants are asked.

use crate::causes::Situation;
use crate::causes::hypotheses::Change;
use crate::causes::messages::say;
use crate::model::Stamp;
use crate::model::cause::Cause;
use crate::model::policy::TieOrder;
use crate::rules::terms::Grant;

/// Returns all grants in another order.
pub fn of_all(situation: &Situation<'_>) -> Vec<Change> {
    if situation.terms.grants.len() < 2 {
        return Vec::new();
    }
    vec![
        by("wide", |g| (!g.always_first, g.app.is_some(), end(g), bought(g))),
        by("narrow", |g| (!g.always_first, g.app.is_none(), end(g), bought(g))),
        by("no_scope", |g| (!g.always_first, false, end(g), bought(g))),
        by("last", |g| (!g.always_first, false, -end(g), bought(g))),
        by("last_narrow", |g| (!g.always_first, g.app.is_none(), -end(g), bought(g))),
        by("bought", |g| (!g.always_first, false, bought(g), end(g))),
        by("bought_last", |g| (!g.always_first, false, -bought(g), end(g))),
        by("paid", |g| (g.always_first, g.app.is_none(), end(g), bought(g))),
        by("paid_no_scope", |g| (g.always_first, false, end(g), bought(g))),
        by("free_turn", |g| (false, g.app.is_none(), end(g), bought(g))),
        by("end", |g| (false, false, end(g), bought(g))),
    ]
}

/// Returns one grant before or after all others.
pub fn of_one(situation: &Situation<'_>) -> Vec<Change> {
    let grants = &situation.terms.grants;
    let turned = |name: &str, id: &str, own: usize| {
        let mine = id.to_owned();
        Change::of_grants(Cause::GrantOrder, say(name, &[("grant", &id)]), move |terms| {
            terms.grants.iter_mut().for_each(|grant| grant.rank = if grant.id == mine { own } else { 1 });
        })
    };
    let ids = grants.iter().filter(|_| grants.len() > 1).map(|grant| grant.id.as_str());
    ids.flat_map(|id| [turned("grant_order.before", id, 0), turned("grant_order.after", id, 2)]).collect()
}

/// Returns what was used before a package worked; usage of one moment.
pub fn within_a_day(_: &Situation<'_>) -> Vec<Change> {
    let tie = |name: &str, tie: TieOrder| {
        Change::of_grants(Cause::GrantOrder, say(name, &[]), move |terms| {
            terms.segments.iter_mut().for_each(|segment| segment.tie_order = tie);
        })
    };
    vec![
        Change::of_grants(Cause::GrantOrder, say("grant_order.no_sweep", &[]), |terms| {
            terms.grants.iter_mut().for_each(|grant| grant.since = grant.since.max(grant.ready));
        }),
        tie("grant_order.by_item", TieOrder::Item),
        tie("grant_order.by_time", TieOrder::Time),
    ]
}

fn end(grant: &Grant) -> i64 {
    grant.valid.until.seconds()
}

fn bought(grant: &Grant) -> i64 {
    Stamp::seconds(grant.purchased)
}

/// Returns the grants in the order of a key; those of one key by their ids.
fn by<K: Ord>(name: &str, key: impl Fn(&Grant) -> K + Send + Sync + 'static) -> Change {
    Change::of_grants(Cause::GrantOrder, say(&format!("grant_order.{name}"), &[]), move |terms| {
        let mut order: Vec<usize> = (0..terms.grants.len()).collect();
        order.sort_by_key(|index| (key(&terms.grants[*index]), terms.grants[*index].id.clone()));
        for (rank, index) in order.into_iter().enumerate() {
            terms.grants[index].rank = rank;
        }
    })
}
