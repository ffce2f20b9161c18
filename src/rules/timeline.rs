//! Which card applies when to an account.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::card::{Card, Window, site_name};
use super::load::Cards;
use crate::case::Account;
use crate::case::account::{Ended, GrantEntry};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::{Day, Span, Stamp};

/// Why a card applies that account.toml names.
pub const CHOSEN: &str = "set by account.toml";

/// A stretch of usage time with one card.
#[derive(Debug, Clone)]
pub struct Segment {
    /// The usage time, half-open; whole days, or without end.
    pub span: Span,
    /// The card.
    pub card: Arc<Card>,
    /// Why, for the report.
    pub reason: String,
}

impl Window {
    /// Whether it holds a usage day of an account; `granted` says whether a
    /// grant of a plan whose id starts so was paid by that day.
    pub(super) fn holds(&self, usage: Day, first_app: Day, granted: impl Fn(&str) -> bool) -> bool {
        self.usage_from.is_none_or(|from| from <= usage)
            && self.usage_until.is_none_or(|until| usage < until)
            && self.first_app_from.is_none_or(|from| from <= first_app)
            && self.first_app_until.is_none_or(|until| first_app < until)
            && !self.before_grant.iter().any(|plans| granted(plans))
    }
}

/// The cards of an account over all time, in order, without gap or overlap.
/// account.toml's own choice holds for all time; else of the windows that hold
/// a day the one with the highest precedence wins.
pub fn timeline(cards: &Cards, account: &Account) -> Result<Vec<Segment>, Diagnostics> {
    if let Some(id) = &account.card {
        let card = Arc::clone(cards.named(id, At::file("account.toml"))?);
        if card.site != account.site {
            return Err(other_site(&card, account));
        }
        let span = Span { from: Stamp::MIN, until: Stamp::MAX };
        return Ok(vec![Segment { span, card, reason: CHOSEN.to_owned() }]);
    }
    let mut found: Vec<(Span, &Arc<Card>, &Window)> = Vec::new();
    for (span, day) in stretches(cards, account) {
        let (card, window) = winner(cards, account, day).ok_or_else(|| gap(account, day))?;
        match found.last_mut() {
            Some((known, last, why)) if last.id == card.id => {
                known.until = span.until;
                *why = window;
            }
            _ => found.push((span, card, window)),
        }
    }
    let segment = |(span, card, window): (Span, &Arc<Card>, &Window)| Segment {
        span,
        card: Arc::clone(card),
        reason: reason(account, span, window),
    };
    Ok(found.into_iter().map(segment).collect())
}

/// Refuses a card that account.toml names and that is for accounts of the other site.
fn other_site(card: &Card, account: &Account) -> Diagnostics {
    let mut refused = Diagnostics::default();
    let (of_card, of_account) = (site_name(card.site), site_name(account.site));
    let message =
        format!("the rate card {} is for accounts of site = \"{of_card}\", and site is \"{of_account}\"", card.id);
    let help = format!("write `site = \"{of_card}\"` in [account], or take `card` out");
    refused.push(Diagnostic::error("account-contradicted", At::file("account.toml"), message, help));
    refused
}

/// The stretches between all days on which something can change, each with a
/// day that stands for it.
fn stretches(cards: &Cards, account: &Account) -> Vec<(Span, Day)> {
    let windows = || cards.iter().filter(|card| card.site == account.site).flat_map(|card| &card.applies);
    let mut turns: BTreeSet<Day> = windows().flat_map(|w| [w.usage_from, w.usage_until]).flatten().collect();
    let ending = windows().flat_map(|window| &window.before_grant);
    turns.extend(ending.filter_map(|plans| first_grant(account, plans)));
    let before = turns.first().map_or(account.first_app_created(), |first| *first + -1);
    let starts = std::iter::once((Stamp::MIN, before)).chain(turns.iter().map(|day| (day.start(), *day)));
    let ends = turns.iter().map(|day| day.start()).chain(std::iter::once(Stamp::MAX));
    starts.zip(ends).map(|((from, day), until)| (Span { from, until }, day)).collect()
}

/// The day on which the first grant of a plan whose id starts so was paid, and its price not returned.
fn first_grant(account: &Account, plans: &str) -> Option<Day> {
    let returned = |grant: &&GrantEntry| grant.ended.is_some_and(Ended::is_refund);
    let kept = account.grants.iter().filter(|grant| !returned(grant));
    kept.filter(|grant| grant.plan.starts_with(plans)).map(|grant| grant.purchased.day()).min()
}

fn winner<'a>(cards: &'a Cards, account: &Account, day: Day) -> Option<(&'a Arc<Card>, &'a Window)> {
    let granted = |plans: &str| first_grant(account, plans).is_some_and(|paid| paid <= day);
    let of_site = cards.iter().filter(|card| card.site == account.site);
    of_site
        .flat_map(|card| card.applies.iter().map(move |window| (card, window)))
        .filter(|(_, window)| window.holds(day, account.first_app_created(), granted))
        .max_by_key(|(_, window)| window.precedence)
}

fn gap(account: &Account, day: Day) -> Diagnostics {
    let mut refused = Diagnostics::default();
    refused.push(Diagnostic::error(
        "card-gap",
        At::file("account.toml"),
        format!("no rate card applies to usage of {day} of the account {}", account.uin),
        "set `card` in [account], or add a card for these days",
    ));
    refused
}

/// `derived: site intl, usage from 2024-08-01`.
fn reason(account: &Account, span: Span, window: &Window) -> String {
    let mut parts = vec![format!("derived: site {}", site_name(account.site))];
    parts.push(match (span.from > Stamp::MIN, span.until < Stamp::MAX) {
        (true, true) => format!("usage from {} to {}", span.from.day(), span.until.day() + -1),
        (true, false) => format!("usage from {}", span.from.day()),
        (false, true) => format!("usage before {}", span.until.day()),
        (false, false) => "all usage".to_owned(),
    });
    parts.extend(window.first_app_from.map(|from| format!("first app from {from}")));
    parts.extend(window.first_app_until.map(|until| format!("first app before {until}")));
    let first = window.before_grant.iter().filter_map(|plans| Some((first_grant(account, plans)?, plans))).min();
    parts.extend(first.map(|(day, plans)| format!("first {plans}* grant paid on {day}")));
    let none = first.is_none() && !window.before_grant.is_empty();
    parts.extend(none.then(|| format!("no {}* grant", window.before_grant.join("* or "))));
    parts.join(", ")
}
