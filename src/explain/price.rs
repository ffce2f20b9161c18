//! Explains the price of a unit, and its source.

use std::fmt::Write as _;

use super::{Subject, segment};
use crate::model::diagnostic::shown;
use crate::model::number::plain;
use crate::rate::charge::Charge;
use crate::rules::Plans;
use crate::rules::list_price::Origin;
use crate::rules::terms::AgreedPrice;

/// Returns the price of usage.
pub(super) fn list(subject: &Subject<'_>, charge: &Charge) -> String {
    let (terms, segment) = (subject.terms, segment(subject, charge));
    let (unit, currency) = (charge.item.unit().name(), shown(&segment.card.currency));
    let mut out = "\nPrice\n".to_owned();
    let on = charge.day.first_day();
    match terms.price_origin(charge.item, on, segment) {
        Origin::Agreed(agreed) => out.push_str(&by_contract(agreed, unit, &currency)),
        Origin::List(list) => {
            let derived = if list.derived { ", derived: not published" } else { "" };
            let _ = writeln!(
                out,
                "  list price {} {currency} per {} {unit} = {} per {unit}{derived}",
                plain(list.list),
                list.per,
                list.unit_price()
            );
            let _ = writeln!(out, "  source: card {}: {}", segment.card.id, list.source);
            match terms.discount.on(on) {
                Some(factor) => {
                    let _ = writeln!(
                        out,
                        "  x {} by contract (account.toml, [contract] discount) = {}",
                        plain(factor),
                        charge.price
                    );
                }
                None => out.push_str("  no contract changes it\n"),
            }
        }
    }
    let _ = writeln!(out, "  why this card: {}", segment.reason);
    out
}

fn by_contract(agreed: &AgreedPrice, unit: &str, currency: &str) -> String {
    let until = agreed.until.map(|until| format!(" to {}", until + -1)).unwrap_or_default();
    format!(
        "  {} {currency} per {unit} by contract from {}{until}\n  source: account.toml, [[contract.price]] for {}\n",
        agreed.price, agreed.from, agreed.item
    )
}

/// Returns the fee of a plan or package.
pub(super) fn fee(subject: &Subject<'_>, charge: &Charge) -> String {
    let plan_id = charge.item.id().strip_prefix("fee.").unwrap_or_default();
    let account = subject.account;
    let bought = account.grants.iter().filter(|entry| entry.plan == plan_id && entry.app == charge.app);
    let subscribed = account.subscriptions.iter().filter(|entry| entry.plan == plan_id && entry.app == charge.app);
    let grants = bought.map(|entry| (&entry.id, entry.purchased, entry.paid, entry.line));
    let entries: Vec<_> =
        grants.chain(subscribed.map(|entry| (&entry.id, entry.purchased, entry.paid, entry.line))).collect();
    let mut out = "Purchase\n".to_owned();
    for (id, purchased, _, line) in &entries {
        let _ = writeln!(out, "  {} paid on {purchased} (account.toml, line {line})", shown(id));
    }
    out.push_str("\nPrice\n");
    let paid = entries.iter().find_map(|(_, _, paid, _)| *paid);
    match (subject.terms.agreement(charge.item, charge.day.first_day()), paid) {
        (Some(agreed), _) => out.push_str(&by_contract(agreed, "month", subject.terms.currency())),
        (None, Some(paid)) => {
            let _ = writeln!(out, "  {} as account.toml says (paid)", plain(paid));
        }
        (None, None) => {
            let _ = writeln!(out, "  {} by list", charge.price);
        }
    }
    if let Some(plan) = Plans::known().get(plan_id) {
        let _ = writeln!(out, "  source of the plan: {}", plan.source);
    }
    out
}
