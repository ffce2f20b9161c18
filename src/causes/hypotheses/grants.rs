//! Changes of what gives minutes: left out, other ratios, bound otherwise.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use super::prices::terms_if;
use crate::causes::Situation;
use crate::causes::hypotheses::Change;
use crate::causes::messages::say;
use crate::model::cause::Cause;
use crate::model::policy::PartialMinute;
use crate::model::{AppId, Day, Item, PackMinutes, Ratio};
use crate::rules::Plans;
use crate::rules::plan::RatioSource;
use crate::rules::terms::{Grant, Terms};

/// At most so many applications are tried for each grant.
const APPS: usize = 128;

/// Returns each grant left out; a subscription also as a whole.
pub fn skipped(situation: &Situation<'_>) -> Vec<Change> {
    let skip = |id: &str, gone: Vec<String>| {
        Change::of_grants(
            Cause::GrantSkipped { grant: id.to_owned() },
            say("grant_skipped", &[("grant", &id)]),
            move |terms| {
                for grant in terms.grants.iter_mut().filter(|grant| gone.contains(&grant.id)) {
                    grant.opening = Some(PackMinutes::ZERO);
                }
            },
        )
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

/// Returns the ratios of accounts that were registered on the other side of a date.
pub fn cohort(situation: &Situation<'_>) -> Vec<Change> {
    let registered = situation.account.registered();
    let mut others: BTreeSet<Day> = BTreeSet::new();
    for plan in situation.terms.grants.iter().filter_map(|grant| Plans::known().get(&grant.plan)) {
        if let Some(RatioSource::Cohorts(cohorts)) = &plan.ratio {
            let other = cohorts.iter().filter(|cohort| !cohort.holds(registered));
            others.extend(other.filter_map(|cohort| {
                cohort.registered_from.or_else(|| cohort.registered_until.map(|until| until + -1))
            }));
        }
    }
    let change = |day: Day| {
        let other = terms_if(situation, |account| account.registered = Some(day))?;
        let plain = say("grant_cohort", &[("day", &day)]);
        Some(Change::of_grants(Cause::GrantCohort, plain, move |terms| {
            for grant in &mut terms.grants {
                let same = other.grants.iter().find(|known| known.id == grant.id);
                grant.ratios = same.map_or_else(|| grant.ratios.clone(), |known| known.ratios.clone());
            }
        }))
    };
    others.into_iter().filter_map(change).collect()
}

fn for_grant<F: Fn(&mut Grant) + Send + Sync>(id: &str, edit: F) -> impl Fn(&mut Terms) + Send + Sync + use<F> {
    let id = id.to_owned();
    move |terms| terms.grants.iter_mut().filter(|grant| grant.id == id).for_each(&edit)
}

/// Bound to one application, or not.
pub fn scope(situation: &Situation<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    let widen = |grant: &mut Grant| grant.app = None;
    for grant in &situation.terms.grants {
        let own: [(&str, &dyn Display); 1] = [("grant", &grant.id)];
        if !grant.unbound.is_empty() {
            let plain = say("grant_scope.offer", &own);
            changes.push(Change::of_grants(
                Cause::GrantScope,
                plain,
                for_grant(&grant.id, |grant| grant.unbound.clear()),
            ));
        }
        if grant.app.is_some() {
            let plain = say("grant_scope.wide", &own);
            changes.push(Change::of_grants(Cause::GrantScope, plain, for_grant(&grant.id, widen)));
            continue;
        }
        for app in apps(situation) {
            let plain = say("grant_scope.bound", &[("grant", &grant.id), ("app", &app)]);
            let bind = move |grant: &mut Grant| grant.app = Some(app);
            changes.push(Change::of_grants(Cause::GrantScope, plain, for_grant(&grant.id, bind)));
        }
    }
    if situation.terms.grants.iter().filter(|grant| grant.app.is_some()).count() > 1 {
        let all = move |terms: &mut Terms| terms.grants.iter_mut().for_each(widen);
        changes.push(Change::of_grants(Cause::GrantScope, say("grant_scope.all_wide", &[]), all));
        let own = |terms: &mut Terms| terms.grants.iter_mut().for_each(|grant| grant.unbound.clear());
        changes.push(Change::of_grants(Cause::GrantScope, say("grant_scope.all_own", &[]), own));
    }
    changes
}

/// Returns the applications that the charges name, the first few.
fn apps(situation: &Situation<'_>) -> Vec<AppId> {
    let apps: BTreeSet<AppId> = situation.bill.charges.iter().filter_map(|charge| charge.app).collect();
    if apps.len() < 2 { Vec::new() } else { apps.into_iter().take(APPS).collect() }
}

/// Returns what is left of a package covers whole minutes only, or parts of one.
pub fn partial_minute(_: &Situation<'_>) -> Vec<Change> {
    let change = |name: &str, partial: PartialMinute| {
        Change::of_grants(Cause::PartialMinute, say(name, &[]), move |terms| terms.partial_minute = partial)
    };
    vec![
        change("partial_minute.whole", PartialMinute::Whole),
        change("partial_minute.fraction", PartialMinute::Fraction),
    ]
}

/// Returns the ratios that another card has for the plan, or that it has at all. An
/// item is taken for what that card counts it as.
pub fn ratio(situation: &Situation<'_>) -> Vec<Change> {
    let grants = &situation.terms.grants;
    let mut changes = Vec::new();
    let mut known: Vec<Vec<Vec<Option<Ratio>>>> = Vec::new();
    for card in situation.cards {
        let counted = |item: Item| card.admit(item).unwrap_or(item);
        let plan = |grant: &Grant| {
            let plan = Plans::known().get(&grant.plan);
            let ratio = |item| plan.and_then(|plan| plan.ratio(counted(item), card, situation.account.registered()));
            Item::all().map(ratio).collect::<Vec<_>>()
        };
        let own: Vec<Vec<Option<Ratio>>> = grants.iter().map(plan).collect();
        let of_card = card.ratios.values().map(|set| {
            let ratios: Vec<Option<Ratio>> = Item::all().map(|item| set.of.get(&counted(item)).copied()).collect();
            vec![ratios; grants.len()]
        });
        for sets in std::iter::once(own).chain(of_card).filter(|sets| !sets.is_empty()) {
            if !known.contains(&sets) {
                known.push(sets.clone());
                let plain = say("ratio.card", &[("card", &card.id)]);
                changes.push(Change::of_grants(Cause::Ratio, plain, move |terms| set_each(terms, &sets)));
            }
        }
    }
    changes
}

/// Other ratios where a grant covers an item and the other set knows it.
fn set_each(terms: &mut Terms, sets: &[Vec<Option<Ratio>>]) {
    for (grant, set) in terms.grants.iter_mut().zip(sets) {
        for ratios in &mut grant.ratios {
            for (place, other) in ratios.iter_mut().zip(set) {
                *place = place.map(|own| other.unwrap_or(own));
            }
        }
    }
}
