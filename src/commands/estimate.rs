//! `estimate`: a month that was thought of, or a case's month with one plan more.

use std::path::Path;

use super::{because, card, cards, print, tell};
use crate::case::Account;
use crate::case::account::GrantEntry;
use crate::cli;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::model::{AppId, Day, Month as BillingMonth};
use crate::pipeline::{Measured, Options, Status, Task, measured};
use crate::rules::plan::{Bound, Kind, Plan};
use crate::rules::terms::{Grant, Terms};
use crate::rules::{Card, Cards, Plans, unknown_plan};
use crate::tools::estimate::{Mix, Month, Purchase, Scene, Sent, cheapest, cover, mix, scene, text};

pub(super) fn run(asked: &cli::Estimate) -> Result<Status, Diagnostics> {
    let cards = cards(asked.cards.as_deref())?;
    match (&asked.case, &asked.card) {
        (Some(case), _) => of_case(case, asked, cards),
        (None, Some(id)) => of_scene(&scene_of(asked)?, card(&cards, id)?, &cards),
        (None, None) => Err(because(incomplete())),
    }
}

/// The parser asks for all of these; so this is never seen.
fn incomplete() -> Diagnostic {
    let help = "see `trtc-recon estimate --help`";
    Diagnostic::error("estimate-scene", At::file("estimate"), "neither a case nor a card with rooms was given", help)
}

fn scene_of(asked: &cli::Estimate) -> Result<Scene, Diagnostics> {
    let sent = match (&asked.picture, &asked.tier) {
        (Some(picture), _) => Some(Sent::Picture(picture.area())),
        (None, tier) => tier.clone().map(Sent::Tier),
    };
    let scene = || {
        Some(Scene {
            rooms: asked.rooms?,
            hosts: asked.hosts?,
            viewers: asked.viewers?,
            minutes: asked.minutes?,
            days: asked.days,
            sent: sent?,
        })
    };
    scene().ok_or_else(|| because(incomplete()))
}

/// Returns a scene's month: an account with one application and nothing bought.
fn of_scene(scene: &Scene, card: &Card, cards: &Cards) -> Result<Status, Diagnostics> {
    let counted = scene.counted(card).map_err(because)?;
    // Of 31 days, and before any offer of limited time.
    let period = BillingMonth::parse("2024-01").ok_or_else(|| because(incomplete()))?;
    let account = account_of(card, period.first_day());
    let usage = scene.usage(&counted, period.first_day());
    let month = Month { account: &account, cards, period, usage: &usage };
    let mut ways = vec![(Mix { bought: Vec::new() }, month.cost(&[])?)];
    ways.extend(cover(&month, card, scene::APP)?);
    let best = cheapest(&month, card, scene::APP)?;
    let new = best.filter(|best| !ways.iter().any(|way| way.0 == best.0));
    ways.extend(new);
    let charges = month.charges()?;
    Ok(print(&text::scene(scene, card, &counted, &charges, &ways)))
}

/// Returns an account of a card with the free minutes that its site gives each month.
fn account_of(card: &Card, created: Day) -> Account {
    let monthly = |plan: &&Plan| plan.kind == Kind::Free && plan.at_most_in_a_row.is_some();
    let given = Plans::known().iter().filter(monthly).find(|plan| plan.currency == card.currency);
    let gift = |plan: &Plan| GrantEntry::new(plan.id.clone(), plan.id.clone(), created.start());
    let grants = given.map(gift).filter(|_| !card.sells.is_empty()).into_iter().collect();
    Account { card: Some(card.id.clone()), grants, ..Account::new("", card.site, created, created) }
}

/// Returns a case's month as it is, and with each plan.
fn of_case(root: &Path, asked: &cli::Estimate, cards: Cards) -> Result<Status, Diagnostics> {
    let options = Options::reading(Task::Rate, asked.period, cards);
    let mut found = Diagnostics::default();
    let Some(measured) = measured(root, &options, &mut found) else { return Err(found) };
    tell(&found);
    let Measured { case, period, terms, usage } = &measured;
    let card = &terms.segments[terms.segment(terms.window.days.from)].card;
    let plans = match &asked.plan {
        Some(id) => vec![plan(id, terms.currency())?],
        None => mix::sold(card),
    };
    let apps: Vec<AppId> = match asked.app {
        Some(app) if !case.account.has_app(app) => return Err(because(unknown_app(app, &case.account))),
        Some(app) => vec![app],
        None => case.account.apps.iter().map(|app| app.id).collect(),
    };
    let month = Month { account: &case.account, cards: &options.cards, period: *period, usage };
    let real = month.cost(&[])?;
    let mut tried = Vec::new();
    for plan in plans {
        for one in purchases(plan, &apps, asked)? {
            let cost = match barred(plan, &one, &case.account, terms) {
                Some(why) => Err(because(why)),
                None => month.cost(std::slice::from_ref(&one)),
            };
            tried.push((one, cost));
        }
    }
    tried.sort_by_key(text::rank);
    let currency = terms.currency();
    let heading = format!(
        "{} {period}, {}: what the month would have cost with one plan more, bought at its start ({currency})",
        shown(&case.account.uin),
        card.id
    );
    Ok(print(&text::what_if(&heading, currency, &real, &tried)))
}

/// Why the account cannot buy a plan for an application at the start of the month; `None` where it can.
fn barred(plan: &Plan, one: &Purchase, account: &Account, terms: &Terms) -> Option<Diagnostic> {
    let at = terms.window.days.from;
    let refused = |message: String| Diagnostic::error("estimate-plan", At::file("--plan"), message, "");
    let known = |id: &String| Plans::known().get(id);
    let granted = account.grants.iter().map(|entry| (&entry.id, &entry.plan, entry.purchased, entry.app));
    let cycles = account.subscriptions.iter().map(|entry| (&entry.id, &entry.plan, entry.purchased, entry.app));
    let held: Vec<_> = granted.chain(cycles).collect();
    let in_force = terms.grants.iter().filter(|grant| grant.in_force().contains(at));
    let same = |grant: &&Grant| {
        let product = known(&grant.plan).and_then(|other| other.product.as_ref());
        plan.product.is_some() && product == plan.product.as_ref() && grant.app == one.app
    };
    if let Some(grant) = in_force.clone().find(same) {
        return Some(refused(format!("{} ({}) is in force on that application", grant.id, grant.plan)));
    }
    let earlier = held.iter().find(|(_, other, bought, _)| *bought < at && plan.not_after.contains(other));
    if let Some((id, other, ..)) = earlier {
        return Some(refused(format!("it is not sold after {other} ({id})")));
    }
    let times = held.iter().filter(|(_, other, bought, _)| *bought < at && **other == plan.id).count();
    let most = plan.at_most.filter(|most| times >= *most as usize)?;
    Some(refused(format!("an account may buy it {most} times")))
}

/// Returns a plan for the account, or for each application that it may be bound to.
/// A plan of any size is bought only in a size that was asked for.
fn purchases(plan: &Plan, apps: &[AppId], asked: &cli::Estimate) -> Result<Vec<Purchase>, Diagnostics> {
    let bound = matches!(plan.bound, Bound::App | Bound::AppIfGiven { .. });
    let apps: Vec<Option<AppId>> = if bound { apps.iter().copied().map(Some).collect() } else { vec![None] };
    let bought: Vec<Purchase> = apps.into_iter().filter_map(|app| Purchase::of(plan, asked.size, app)).collect();
    let other_size = asked.size.is_some() && plan.minutes.is_some();
    if asked.plan.is_some() && (bought.is_empty() || other_size) {
        let (message, help) = match (plan.minutes, plan.price) {
            (None, _) if asked.size.is_none() => {
                (format!("`{}` is sold in any size", plan.id), "say how many minutes with --size 100000")
            }
            (Some(own), _) if asked.size.is_some() => (format!("`{}` has {own} minutes", plan.id), "leave --size out"),
            _ => (format!("`{}` is not sold alone", plan.id), "take another plan: `trtc-recon plans`"),
        };
        return Err(because(Diagnostic::error("estimate-plan", At::file("--plan"), message, help)));
    }
    Ok(bought)
}

fn plan(id: &str, currency: &str) -> Result<&'static Plan, Diagnostics> {
    let plans = Plans::known();
    let refused = |message: String, help: String| {
        Err(because(Diagnostic::error("unknown-plan", At::file("--plan"), message, help)))
    };
    let of_account = |plan: &&Plan| plan.currency == currency && plan.kind != Kind::Trial;
    let known: Vec<&str> = plans.iter().filter(of_account).map(|plan| plan.id.as_str()).collect();
    let list = format!("plans in {currency}: {}", known.join(", "));
    match plans.get(id) {
        Some(plan) if plan.currency == currency => Ok(plan),
        Some(plan) => {
            refused(format!("plan `{id}` is sold in {}, the account is billed in {currency}", plan.currency), list)
        }
        None => {
            let (message, near) = unknown_plan(id);
            refused(message, near.map_or_else(|| list.clone(), |near| format!("{near} {list}")))
        }
    }
}

fn unknown_app(app: AppId, account: &Account) -> Diagnostic {
    let known: Vec<String> = account.apps.iter().map(|app| app.id.to_string()).collect();
    let help = format!("it lists: {}", known.join(", "));
    Diagnostic::error("unknown-app", At::file("--app"), format!("account.toml lists no application {app}"), help)
}
