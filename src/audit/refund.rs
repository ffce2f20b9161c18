//! Decides if money is returned for a plan or package, and how much.
//!
//! All of the price paid less vouchers, until the end of the fifth day after
//! the day of purchase, only if nothing of the grant was used, and once per
//! account; never where service was stopped for a violation (实时音视频 购买指南 (2024-10)).

use super::purchases::{Held, held};
use super::service_after_expiry::stopped;
use super::{Assumption, Subject};
use crate::case::Account;
use crate::case::account::Stop;
use crate::compare::RefundRuling;
use crate::model::diagnostic::{nearest, shown};
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::message::{Sentence, is};
use crate::model::{Day, Money, PackMinutes, Rounding};
use crate::rate::Rated;
use crate::rate::charge::rebate;
use crate::rules::terms::Terms;

/// A refund, and its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// True if the rule allows it.
    pub allowed: bool,
    /// The refunded amount, vouchers not yet taken off; zero where the refund is refused.
    pub amount: Money,
    /// Every reason to refuse; where allowed, what the amount leaves open.
    pub reasons: Vec<String>,
}

/// Returns true if a grant or subscription is refunded on a day, and how much.
///
/// `grant` is the id of a `[[grant]]`, of a `[[subscription]]` (its last cycle
/// that was paid by the day) or of one cycle (`sub-1#2`); a renewal counts as a
/// purchase. `rated` is the case rated by `terms` with everything that
/// account.toml lists; `already` says whether the account had a refund before.
///
/// For `refund <CASE> --grant ID --on DATE`:
/// `refund(&case.account, &terms, &rated, id, on, false)`.
#[must_use]
pub fn refund(account: &Account, terms: &Terms, rated: &Rated, grant: &str, on: Day, already: bool) -> Refund {
    let behind = (on + 1).start();
    let all = held(account, behind.max(terms.bought_until()));
    let named = |held: &&Held<'_>| held.id == grant || held.entry == grant;
    let paid = all.iter().filter(named).filter(|held| held.purchased < behind).max_by_key(|held| held.purchased);
    match paid {
        Some(held) => judge(account, terms, rated, held, on, already),
        None => refused(vec![match all.iter().find(named) {
            Some(later) => format!("{} was paid on {}, after {on}", later.id, later.purchased.day()),
            None => unknown(account, grant),
        }]),
    }
}

const fn refused(reasons: Vec<String>) -> Refund {
    Refund { allowed: false, amount: Money::ZERO, reasons }
}

fn unknown(account: &Account, grant: &str) -> String {
    let grants = account.grants.iter().map(|entry| entry.id.as_str());
    let known: Vec<&str> = grants.chain(account.subscriptions.iter().map(|entry| entry.id.as_str())).collect();
    let near = nearest(grant, known.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
    format!(
        "account.toml lists no grant or subscription `{}` by that day{}",
        shown(grant),
        near.unwrap_or_else(|| format!("; it lists: {}", known.join(", ")))
    )
}

fn judge(account: &Account, terms: &Terms, rated: &Rated, held: &Held<'_>, on: Day, already: bool) -> Refund {
    let mut reasons = Vec::new();
    match held.plan.refund_days {
        None => reasons.push(format!("the vendor's pages give `{}` no right of return", held.plan.id)),
        Some(days) if on > held.purchased.day() + days => reasons.push(format!(
            "it was bought on {}: money is returned until the end of {}, day {days} after; the day of purchase is not \
             counted",
            held.purchased.day(),
            held.purchased.day() + days
        )),
        Some(_) => {}
    }
    let used = used(rated, held, on);
    if !used.is_zero() {
        reasons.push(format!("{used} of its minutes were used by the end of {on}"));
    }
    if already {
        reasons.push("the account had a refund before, and it is given once".to_owned());
    }
    let violations = account.stops.iter().filter(|stop| is_violation(stop)).map(|stop| stopped(terms, stop).from.day());
    if let Some(stopped) = violations.filter(|day| *day <= on).min() {
        reasons.push(format!("service was stopped on {stopped} for a violation"));
    }
    let price = held.price(terms);
    match price {
        None => reasons.push("nothing says what it cost: add `paid` to its entry".to_owned()),
        Some(price) if price.is_zero() => reasons.push("it cost nothing".to_owned()),
        Some(_) => {}
    }
    match price {
        Some(amount) if reasons.is_empty() => {
            Refund { allowed: true, amount, reasons: remarks(account, terms, held, on) }
        }
        _ => refused(reasons),
    }
}

fn is_violation(stop: &Stop) -> bool {
    let named = |reason: &str| reason.contains("违规") || reason.to_lowercase().contains("violation");
    stop.reason.as_deref().is_some_and(named)
}

/// Returns what was taken from a grant by the end of a day: in the bill, and before it.
fn used(rated: &Rated, held: &Held<'_>, on: Day) -> PackMinutes {
    let Some(grant) = rated.balances.iter().position(|balance| balance.id == held.id) else {
        return PackMinutes::ZERO;
    };
    let balance = &rated.balances[grant];
    let before = if balance.opening < balance.granted { balance.granted - balance.opening } else { PackMinutes::ZERO };
    let behind = (on + 1).start();
    let deductions = rated.drawdown.iter().filter(|deduction| deduction.grant == grant && deduction.time < behind);
    before + deductions.map(|deduction| deduction.taken).sum()
}

/// Returns what an allowed amount leaves open.
fn remarks(account: &Account, terms: &Terms, held: &Held<'_>, on: Day) -> Vec<String> {
    let mut remarks =
        vec!["what vouchers paid of it is not returned, and account.toml does not say how much".to_owned()];
    if held.paid.is_none() && held.agreed(terms).is_none() {
        remarks.push("account.toml does not say what it cost: its list price stands in".to_owned());
    }
    if held.plan.refund_days.is_some_and(|days| on == held.purchased.day() + days) {
        remarks.push(format!(
            "{on} is the last day as the day of purchase is not counted; counted, it was {}, and nothing is returned",
            on + -1
        ));
    }
    let until = terms.billed_usage().until;
    if on.start() >= until {
        remarks.push(format!("usage from {} on is not in this case", until.day()));
    }
    if account.grants.len() + account.subscriptions.len() > 1 {
        remarks.push("only if the account had no refund before".to_owned());
    }
    remarks
}

/// Returns what the rule says to each refund line of a bill, in the lines' order, and to the line that returns the
/// contract's rebate. Each refund must return the price of a grant or cycle of its plan and application.
#[must_use]
pub fn rulings(account: &Account, terms: &Terms, rated: &Rated, lines: &[InvoiceLine]) -> Vec<RefundRuling> {
    let mut already = false;
    let refunds = lines.iter().enumerate().filter(|(_, line)| line.class == LineClass::Refund);
    let promised = rebate(&rated.charges, terms);
    let returned = |line: &InvoiceLine| {
        let due = promised.map(|due| -due.round(Rounding::HalfUp(line.decimals)));
        line.class == LineClass::Adjustment && line.currency == terms.currency() && due == Some(line.amount)
    };
    // One line returns what the contract promises; a second is a finding.
    let rebate =
        lines.iter().position(returned).map(|line| RefundRuling { line, allowed: true, reason: String::new() });
    let ruling = |(line, billed): (usize, &InvoiceLine)| {
        let found = rule(account, terms, rated, billed, already);
        already |= found.is_ok();
        RefundRuling { line, allowed: found.is_ok(), reason: found.err().unwrap_or_default() }
    };
    refunds.map(ruling).chain(rebate).collect()
}

/// Returns what the refund lines of a bill mean for the account: what was returned, where its entry does not say so,
/// and a refund that holds on its last day alone.
#[must_use]
pub fn returned(subject: &Subject<'_>, lines: &[InvoiceLine]) -> Vec<Assumption> {
    let mut already = false;
    let mut notes = Vec::new();
    for line in lines.iter().filter(|line| line.class == LineClass::Refund) {
        let Ok(held) = rule(subject.account, subject.terms, subject.rated, line, already) else { continue };
        already = true;
        let (amount, on) = (-line.amount, line.span.from.day());
        let values = || {
            let (id, plan, entry) = (("id", is(&held.id)), ("plan", is(&held.plan.id)), ("entry", is(held.entry)));
            [id, plan, entry, ("day", is(on)), ("earlier", is(on + -1)), ("amount", is(subject.money(amount)))]
        };
        if !held.returned {
            notes.push(Assumption::of("grant-returned", amount, Sentence::of("returned", values())));
        }
        if held.plan.refund_days.is_some_and(|days| on == held.purchased.day() + days) {
            notes.push(Assumption::of("refund-last-day", amount, Sentence::of("last_day", values())));
        }
    }
    notes
}

/// Returns what a refund line rightly returns the price of; else why it does not.
fn rule<'a>(
    account: &'a Account,
    terms: &Terms,
    rated: &Rated,
    line: &InvoiceLine,
    already: bool,
) -> Result<Held<'a>, String> {
    if line.currency != terms.currency() {
        return Err(format!("the account is billed in {}, this line is in {}", terms.currency(), line.currency));
    }
    let on = line.span.from.day();
    let all = held(account, (on + 1).start());
    let fits = |held: &&Held<'_>| {
        line.item.is_none_or(|item| held.fee() == Some(item)) && line.app.is_none_or(|app| held.is_for(app))
    };
    let returns = |amount: Money| line.amount == -amount.round(Rounding::HalfUp(line.decimals));
    let mut candidates: Vec<&Held<'_>> = all.iter().filter(fits).collect();
    // A line that names no plan is known by its amount alone.
    candidates.retain(|held| line.item.is_some() || held.price(terms).is_some_and(returns));
    candidates.sort_by_key(|held| std::cmp::Reverse(held.purchased));
    let mut why = "no grant or subscription of account.toml fits it".to_owned();
    for (position, held) in candidates.into_iter().enumerate() {
        let refund = judge(account, terms, rated, held, on, already);
        if refund.allowed && returns(refund.amount) {
            return Ok(held.clone());
        }
        if position == 0 {
            why = refusal(held, &refund, line);
        }
    }
    Err(why)
}

fn refusal(held: &Held<'_>, refund: &Refund, line: &InvoiceLine) -> String {
    if !refund.allowed {
        return format!("{} is not refunded: {}", held.id, refund.reasons.join("; "));
    }
    let returned = -line.amount;
    let vouchers =
        if returned < refund.amount { " (vouchers are not returned, and their part is not known)" } else { "" };
    format!("{} is refunded with {}, the bill returns {returned}{vouchers}", held.id, refund.amount)
}
