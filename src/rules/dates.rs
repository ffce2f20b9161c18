//! The dates of an account that account.toml may leave out: nobody is asked
//! for a date on which nothing depends, and none is assumed where something does.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Cards;
use super::card::CardSettlement;
use super::plan::{Plan, RatioSource};
use super::terms::Window;
use super::{Plans, timeline};
use crate::case::Account;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::policy::Settlement;
use crate::model::{Day, Item, Month, Span, Stamp};

/// The ruling by one date of the first application: the card and the settlement of each span of usage.
type Ruling = Vec<(Span, String, Settlement)>;

/// Returns the account with a day for its first application, where any day
/// gives the same terms; refuses the account where a missing date decides.
pub(super) fn known<'a>(account: &'a Account, cards: &Cards, window: Window) -> Result<Cow<'a, Account>, Diagnostics> {
    let mut found = Diagnostics::default();
    if account.registered.is_none() {
        found.extend(registration_wanted(account));
    }
    let filled = match account.first_app_created {
        Some(_) => Ok(Cow::Borrowed(account)),
        None => with_first_app(account, cards, window),
    };
    match filled {
        Ok(account) if !found.has_errors() => Ok(account),
        Ok(_) => Err(found),
        Err(refused) => {
            found.extend(refused);
            Err(found)
        }
    }
}

/// Refuses a plan whose ratios go by the day of registration.
fn registration_wanted(account: &Account) -> Option<Diagnostic> {
    let by_cohort = |plan: &&'static Plan| matches!(plan.ratio, Some(RatioSource::Cohorts(_)));
    let held = account.grants.iter().find_map(|entry| {
        let plan = Plans::known().get(&entry.plan).filter(by_cohort)?;
        Some((plan, entry))
    });
    held.map(|(plan, entry)| {
        let message = format!(
            "[account] registered is missing: what a minute of grant `{}` (plan `{}`) covers depends on the day on \
             which the account was registered",
            entry.id, plan.id
        );
        let help = "add `registered = 2023-03-01` to [account]; the console shows the day under Account Information \
                    (账号信息, 注册时间)";
        Diagnostic::error("account-missing-key", At::file("account.toml").row(entry.line), message, help)
    })
}

/// A date that account.toml must have, and why.
#[derive(Debug)]
pub struct Wanted {
    /// Its key in `[account]`.
    pub key: &'static str,
    /// The reason why it is wanted.
    pub why: String,
}

/// Returns the dates that the account leaves out and that its charges of a month depend on.
#[must_use]
pub fn wanted(account: &Account, cards: &Cards, period: Month) -> Vec<Wanted> {
    let window = Window::of(account.cut, period);
    let mut wanted = Vec::new();
    if account.registered.is_none() {
        let of_grant = registration_wanted(account);
        wanted.extend(of_grant.map(|found| Wanted { key: "registered", why: found.message }));
    }
    if let (None, Err(found)) = (account.first_app_created, with_first_app(account, cards, window)) {
        let why = found.iter().map(|found| found.message.clone());
        wanted.extend(why.map(|why| Wanted { key: "first_app_created", why }));
    }
    wanted
}

/// Returns the cards that may rule the month's usage, whatever the first application's day, by id.
#[must_use]
pub fn cards_of(account: &Account, cards: &Cards, period: Month) -> Vec<String> {
    let span = Window::of(account.cut, period).days;
    let rulings = possible(account, cards).into_iter().filter_map(|dated| ruling(&dated, cards, span));
    let ids: BTreeSet<String> = rulings.flatten().map(|(_, card, _)| card).collect();
    ids.into_iter().collect()
}

/// Returns the card that rules all usage that matters to a month, where only that one prices these items.
#[must_use]
pub fn card_shown(account: &Account, cards: &Cards, period: Month, items: &[Item]) -> Option<String> {
    let window = Window::of(account.cut, period);
    let mut shown: Option<String> = None;
    for dated in possible(account, cards) {
        let of_month = ruling(&dated, cards, window.days)?;
        let priced = |item: &Item| {
            let mut known = of_month.iter().filter_map(|(_, card, _)| cards.get(card));
            known.any(|card| card.price(*item).is_some())
        };
        if !items.iter().all(priced) {
            continue;
        }
        let all = ruling(&dated, cards, relevant(account, window))?;
        let [(_, card, _)] = &all[..] else { return None };
        if shown.as_ref().is_some_and(|known| known != card) {
            return None;
        }
        shown = Some(card.clone());
    }
    shown
}

/// Returns the account with each day of its first application that may make a difference.
fn possible(account: &Account, cards: &Cards) -> Vec<Account> {
    let days = account.first_app_created.map_or_else(|| candidates(cards, account), |day| vec![day]);
    days.into_iter().map(|day| Account { first_app_created: Some(day), ..account.clone() }).collect()
}

/// Returns the usage that matters to a bill: from the first purchase on.
fn relevant(account: &Account, window: Window) -> Span {
    let bought = account.grants.iter().map(|grant| grant.purchased);
    let bought = bought.chain(account.subscriptions.iter().map(|subscription| subscription.purchased));
    Span { from: bought.chain([window.from()]).min().unwrap_or(Stamp::MIN), until: window.until() }
}

fn with_first_app<'a>(account: &'a Account, cards: &Cards, window: Window) -> Result<Cow<'a, Account>, Diagnostics> {
    let span = relevant(account, window);
    let dated = |day: Day| Account { first_app_created: Some(day), ..account.clone() };
    let mut rulings: Vec<(Day, Ruling)> = Vec::new();
    for day in candidates(cards, account) {
        let Some(ruling) = ruling(&dated(day), cards, span) else { continue };
        if !rulings.iter().any(|(_, known)| *known == ruling) {
            rulings.push((day, ruling));
        }
    }
    match &rulings[..] {
        [] => Ok(Cow::Borrowed(account)),
        [(day, _)] => Ok(Cow::Owned(dated(*day))),
        [(_, one), .., (turn, other)] => Err([first_app_wanted(one, other, *turn)].into_iter().collect()),
    }
}

/// Returns a day on each side of every date of a first application that a card
/// knows. Where account.toml says how usage is settled, only the days that give that settlement.
fn candidates(cards: &Cards, account: &Account) -> Vec<Day> {
    let of_site = || cards.iter().filter(|card| card.site == account.site);
    let windows = of_site().flat_map(|card| &card.applies);
    let mut turns: BTreeSet<Day> = windows.flat_map(|w| [w.first_app_from, w.first_app_until]).flatten().collect();
    let by_first_app = of_site().filter_map(|card| match card.settlement.rule {
        CardSettlement::FirstApp { day_from } => Some(day_from),
        CardSettlement::Day | CardSettlement::Month => None,
    });
    turns.extend(by_first_app.clone());
    let earliest = turns.first().map(|day| *day + -1);
    let days: Vec<Day> = earliest.into_iter().chain(turns).collect();
    let days = if days.is_empty() { vec![account.first_app_created()] } else { days };
    let settled =
        |day: Day| by_first_app.clone().all(|from| (day >= from) == (account.settlement == Some(Settlement::Day)));
    let of_settlement: Vec<Day> = days.iter().copied().filter(|day| settled(*day)).collect();
    if account.settlement.is_some() && !of_settlement.is_empty() { of_settlement } else { days }
}

/// Returns what rules the usage of a span; `None` where no card does.
fn ruling(account: &Account, cards: &Cards, span: Span) -> Option<Ruling> {
    let segments = timeline(cards, account).ok()?;
    let inside = segments.into_iter().filter(|segment| segment.span.overlaps(span));
    Some(inside.map(|it| (it.span.within(span), it.card.id.clone(), it.card.settlement(account, it.span))).collect())
}

fn first_app_wanted(one: &Ruling, other: &Ruling, turn: Day) -> Diagnostic {
    let named = |ruling: &Ruling| {
        let of = |(_, card, settled): &(Span, String, Settlement)| {
            let settled = if *settled == Settlement::Day { "by day" } else { "by month" };
            format!("card {card} settled {settled}")
        };
        ruling.iter().map(of).collect::<Vec<_>>().join(", then ")
    };
    let message = format!(
        "[account] first_app_created is missing, and the charges depend on it: {} where the first application was \
         created on {turn} or later, else {}",
        named(other),
        named(one)
    );
    let help = "add `first_app_created = 2023-03-02` to [account] with the day that the console shows for the oldest \
                application; or say `settlement` and `card`, if the bill shows them";
    Diagnostic::error("account-missing-key", At::file("account.toml"), message, help)
}
