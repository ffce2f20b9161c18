//! `quote`: what a package costs.

use super::{because, card, cards, print};
use crate::cli::Quote;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, nearest, shown};
use crate::pipeline::Status;
use crate::rules::quote::quotes;
use crate::rules::{Card, show};
use crate::tools::estimate::mix::sold;

pub(super) fn run(asked: &Quote) -> Result<Status, Diagnostics> {
    let cards = cards(asked.cards.as_deref())?;
    let card = card(&cards, &asked.card)?;
    if let Some(plan) = &asked.plan {
        sold_with(card, plan)?;
    }
    let mut found = quotes(card, asked.minutes)?;
    let others: Vec<String> = found.iter().map(|quote| quote.plan.clone()).collect();
    found.retain(|quote| asked.plan.as_ref().is_none_or(|plan| *plan == quote.plan));
    if let (Some(plan), true) = (&asked.plan, found.is_empty()) {
        let size = sold(card).into_iter().find(|own| own.id == *plan).and_then(|own| own.minutes);
        let size = size.map(|size| format!("; `{plan}` has {size}")).unwrap_or_default();
        let message = format!("`{plan}` is not sold with {} minutes{size}", asked.minutes);
        let help = format!("sold with {} minutes: {}", asked.minutes, others.join(", "));
        return Err(because(Diagnostic::error("no-such-package", At::file("--minutes"), message, help)));
    }
    Ok(print(&show::quotes(&found)))
}

/// Refuses a plan that is not sold with a card, with those that are.
fn sold_with(card: &Card, plan: &str) -> Result<(), Diagnostics> {
    let ids: Vec<&str> = sold(card).into_iter().map(|plan| plan.id.as_str()).collect();
    if ids.contains(&plan) {
        return Ok(());
    }
    let near = nearest(plan, ids.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let help = if ids.is_empty() {
        "no plan is known that is sold with this card".to_owned()
    } else {
        format!("{near}sold with {}: {}", card.id, ids.join(", "))
    };
    let message = format!("no plan `{}` is sold with {}", shown(plan), card.id);
    Err(because(Diagnostic::error("unknown-plan", At::file("--plan"), message, help)))
}
