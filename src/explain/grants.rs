//! Changes of what gives minutes: left out, other ratios, bound otherwise,
//! asked in another order.

use std::collections::{BTreeMap, BTreeSet};

use super::Situation;
use super::changes::Change;
use super::prices::terms_if;
use crate::case::account::{PartialMinute, TieOrder};
use crate::domain::{AppId, Day, Item, Ratio, Stamp};
use crate::ratecard::plan::{Plan, RatioSource};
use crate::ratecard::{Card, Plans};
use crate::rating::terms::{Grant, Terms};

/// At most so many applications are tried for each grant.
const APPS: usize = 8;

/// Each grant left out; a subscription also as a whole.
pub fn skipped(situation: &Situation<'_>) -> Vec<Change> {
    let skip = |id: &str, gone: Vec<String>| {
        let plain = format!("the minutes of {id} are not applied");
        Change::of_grants(&format!("grant_skipped:{id}"), &plain, move |terms| {
            terms.grants.retain(|grant| !gone.contains(&grant.id));
        })
    };
    let grants = &situation.terms.grants;
    let mut cycles: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (subscription, _) in grants.iter().filter_map(|grant| grant.id.split_once('#')) {
        let prefix = format!("{subscription}#");
        let own = grants.iter().filter(|grant| grant.id.starts_with(&prefix)).map(|grant| grant.id.clone());
        cycles.entry(subscription).or_insert_with(|| own.collect());
    }
    let single = grants.iter().map(|grant| skip(&grant.id, vec![grant.id.clone()]));
    let whole = cycles.into_iter().filter(|(_, ids)| ids.len() > 1).map(|(id, ids)| skip(id, ids));
    single.chain(whole).collect()
}

/// The ratios of accounts that were registered on the other side of a date.
pub fn cohort(situation: &Situation<'_>) -> Vec<Change> {
    let registered = situation.account.registered;
    let mut others: BTreeSet<Day> = BTreeSet::new();
    for plan in situation.terms.grants.iter().filter_map(|grant| Plans::embedded().get(&grant.plan)) {
        if let Some(RatioSource::Cohorts(cohorts)) = &plan.ratio {
            let other = cohorts.iter().filter(|cohort| !cohort.holds(registered));
            others.extend(other.filter_map(|cohort| {
                cohort.registered_from.or_else(|| cohort.registered_until.map(|until| until + -1))
            }));
        }
    }
    let change = |day: Day| {
        let other = terms_if(situation, |account| account.registered = day)?;
        let plain = format!("the free minutes are those of an account registered on {day}");
        Some(Change::of_grants("grant_cohort", &plain, move |terms| {
            for grant in &mut terms.grants {
                let same = other.grants.iter().find(|known| known.id == grant.id);
                grant.ratios = same.map_or_else(|| grant.ratios.clone(), |known| known.ratios.clone());
            }
        }))
    };
    others.into_iter().filter_map(change).collect()
}

fn for_grant<F: Fn(&mut Grant)>(id: &str, edit: F) -> impl Fn(&mut Terms) + use<F> {
    let id = id.to_owned();
    move |terms| terms.grants.iter_mut().filter(|grant| grant.id == id).for_each(&edit)
}

/// Bound to one application, or not.
pub fn scope(situation: &Situation<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let widen = |grant: &mut Grant| grant.app = None;
    for grant in &situation.terms.grants {
        if !grant.unbound.is_empty() {
            let plain = format!("the minutes of {} cover only their own application", grant.id);
            changes.push(Change::of_grants("grant_scope", &plain, for_grant(&grant.id, |grant| grant.unbound.clear())));
        }
        if grant.app.is_some() {
            let plain = format!("the minutes of {} cover every application", grant.id);
            changes.push(Change::of_grants("grant_scope", &plain, for_grant(&grant.id, widen)));
            continue;
        }
        for app in apps(situation) {
            let plain = format!("the minutes of {} cover only the application {app}", grant.id);
            let bind = move |grant: &mut Grant| grant.app = Some(app);
            changes.push(Change::of_grants("grant_scope", &plain, for_grant(&grant.id, bind)));
        }
    }
    if situation.terms.grants.iter().filter(|grant| grant.app.is_some()).count() > 1 {
        let all = move |terms: &mut Terms| terms.grants.iter_mut().for_each(widen);
        let plain = "all minutes that are bound to an application cover every application";
        changes.push(Change::of_grants("grant_scope", plain, all));
        let own = |terms: &mut Terms| terms.grants.iter_mut().for_each(|grant| grant.unbound.clear());
        let plain = "all minutes that are bound to an application cover only their own";
        changes.push(Change::of_grants("grant_scope", plain, own));
    }
    changes
}

/// The applications that the charges name, the first few.
fn apps(situation: &Situation<'_>) -> Vec<AppId> {
    let apps: BTreeSet<AppId> = situation.bill.charges.iter().filter_map(|charge| charge.app).collect();
    if apps.len() < 2 { Vec::new() } else { apps.into_iter().take(APPS).collect() }
}

/// What is left of a package covers whole minutes only, or parts of one.
pub fn partial_minute(_: &Situation<'_>) -> Vec<Change> {
    let change = |plain: &str, partial: PartialMinute| {
        Change::of_grants("partial_minute", plain, move |terms| terms.partial_minute = partial)
    };
    vec![
        change("the last package minutes cover whole minutes only", PartialMinute::Whole),
        change("the last package minutes cover part of a minute", PartialMinute::Fraction),
    ]
}

/// The ratios that another card has for the plan, or that it has at all.
pub fn ratio(situation: &Situation<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut known: Vec<BTreeMap<Item, Ratio>> = Vec::new();
    for card in situation.cards {
        let plain = format!("package minutes are taken at the ratios of the rate card {}", card.id);
        let grants = situation.terms.grants.iter();
        let own: Vec<Vec<Option<Ratio>>> = grants
            .map(|grant| {
                let plan = Plans::embedded().get(&grant.plan);
                plan.map_or_else(Vec::new, |plan| ratios_on(plan, card, situation.account.registered))
            })
            .collect();
        if !own.is_empty() {
            changes.push(Change::of_grants("ratio", &plain, move |terms| set_each(terms, &own)));
        }
        for set in card.ratios.values().filter(|_| !situation.terms.grants.is_empty()) {
            if !known.contains(&set.of) {
                known.push(set.of.clone());
                let set: Vec<Option<Ratio>> = Item::all().map(|item| set.of.get(&item).copied()).collect();
                changes.push(Change::of_grants("ratio", &plain, move |terms| {
                    let sets = vec![set.clone(); terms.grants.len()];
                    set_each(terms, &sets);
                }));
            }
        }
    }
    changes
}

fn ratios_on(plan: &Plan, card: &Card, registered: Day) -> Vec<Option<Ratio>> {
    Item::all().map(|item| plan.ratio(item, card, registered)).collect()
}

/// Other ratios where a grant covers an item; of an item that the other set
/// does not know those of its highest tier, else its own stay.
fn set_each(terms: &mut Terms, sets: &[Vec<Option<Ratio>>]) {
    let above_hd = Item::parse("av.hdplus");
    for (grant, set) in terms.grants.iter_mut().zip(sets) {
        if set.iter().all(Option::is_none) {
            continue;
        }
        let highest = above_hd.and_then(|item| set[item.index()]);
        for (item, place) in grant.ratios.iter_mut().flat_map(|ratios| Item::all().zip(ratios)) {
            let large = matches!(item.id(), "av.fhd" | "av.2k" | "av.4k");
            let other = set[item.index()].or_else(|| highest.filter(|_| large));
            *place = place.map(|own| other.unwrap_or(own));
        }
    }
}

/// The grants asked in another order.
pub fn order(situation: &Situation<'_>) -> Vec<Change> {
    let mut changes = vec![
        by("account-wide minutes are used before those of one application", |g| {
            (!g.always_first, g.app.is_some(), end(g), bought(g))
        }),
        by("minutes of one application are used before account-wide ones", |g| {
            (!g.always_first, g.app.is_none(), end(g), bought(g))
        }),
        by("it plays no part whether minutes are bound to an application", |g| {
            (!g.always_first, false, end(g), bought(g))
        }),
        by("the minutes that end last are used first", |g| (!g.always_first, false, -end(g), bought(g))),
        by("the minutes that end last are used first, within those of one application", |g| {
            (!g.always_first, g.app.is_none(), -end(g), bought(g))
        }),
        by("minutes are used in the order of purchase", |g| (!g.always_first, false, bought(g), end(g))),
        by("the minutes bought last are used first", |g| (!g.always_first, false, -bought(g), end(g))),
        by("paid minutes are used before free ones", |g| (g.always_first, g.app.is_none(), end(g), bought(g))),
        by("paid minutes are used before free ones, whatever application they are for", |g| {
            (g.always_first, false, end(g), bought(g))
        }),
        by("free minutes take their turn by their end", |g| (false, g.app.is_none(), end(g), bought(g))),
        by("all minutes take their turn by their end alone", |g| (false, false, end(g), bought(g))),
    ];
    if situation.terms.grants.len() < 2 {
        changes.clear();
    }
    let no_sweep = "a package catches up nothing that was used before it worked";
    changes.push(Change::of_grants("grant_order", no_sweep, |terms| {
        terms.grants.iter_mut().for_each(|grant| grant.since = grant.since.max(grant.ready));
    }));
    let tie = |plain: &str, tie: TieOrder| {
        Change::of_grants("grant_order", plain, move |terms| {
            terms.segments.iter_mut().for_each(|segment| segment.tie_order = tie);
        })
    };
    changes.push(tie("a day's usage is covered item by item", TieOrder::Item));
    changes.push(tie("usage is covered interval by interval", TieOrder::Time));
    changes
}

fn end(grant: &Grant) -> i64 {
    grant.valid.until.seconds()
}

fn bought(grant: &Grant) -> i64 {
    Stamp::seconds(grant.purchased)
}

/// The grants in the order of a key; those of one key as they were.
fn by<K: Ord>(plain: &str, key: impl Fn(&Grant) -> K + 'static) -> Change {
    Change::of_grants("grant_order", plain, move |terms| {
        let mut order: Vec<usize> = (0..terms.grants.len()).collect();
        order.sort_by_key(|index| (key(&terms.grants[*index]), terms.grants[*index].id.clone()));
        for (rank, index) in order.into_iter().enumerate() {
            terms.grants[index].rank = rank;
        }
    })
}
