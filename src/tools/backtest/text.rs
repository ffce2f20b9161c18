//! Renders the result of a backtest for the screen.

use std::fmt::Write as _;

use super::{ALL, Cost, Found};
use crate::model::diagnostic::{shown, toml_string};
use crate::model::style::aligned;
use crate::model::{Money, Month, Stamp};
use crate::report::summary::{amount, cents};
use crate::tools::estimate::Purchase;

/// Returns the result: each month under the three sets, the cheapest set, and what bounds the search.
#[must_use]
pub fn found(account: &str, months: &[Month], currency: &str, found: &Found) -> String {
    let (Some(first), Some(last)) = (months.first(), months.last()) else { return String::new() };
    let (name, currency) = (shown(account), shown(currency));
    let saved = found.real.total - found.best.total;
    let mut out = if saved > Money::ZERO {
        let (real, best, saved) = (cents(found.real.total), cents(found.best.total), cents(saved));
        format!(
            "{name} {first} to {last}: {real} {currency} as it was, {best} with the cheapest set; {saved} too much\n\n"
        )
    } else {
        let real = cents(found.real.total);
        format!("{name} {first} to {last}: {real} {currency} as it was; no other set is cheaper\n\n")
    };
    out.push_str(&by_month(months, found));
    out.push_str(&purchases(&found.best));
    out.push_str(&bound(found));
    out
}

fn by_month(months: &[Month], found: &Found) -> String {
    let cell = |cost: Option<&Cost>, at: usize| {
        cost.and_then(|cost| cost.months.get(at)).map_or_else(|| "-".to_owned(), |money| amount(*money))
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (at, month) in months.iter().enumerate() {
        let (real, nothing, best) = (Some(&found.real), found.nothing.as_ref(), Some(&found.best));
        rows.push(vec![month.to_string(), cell(real, at), cell(nothing, at), cell(best, at)]);
    }
    let nothing = found.nothing.as_ref().map_or_else(|| "-".to_owned(), |cost| amount(cost.total));
    rows.push(vec!["total".to_owned(), amount(found.real.total), nothing, amount(found.best.total)]);
    format!("{}\n", aligned(&["month", "as it was", "nothing bought", "cheapest"], &[1, 2, 3], &rows))
}

/// Returns what is bought and not bought in a set; what is bought also as account.toml has it.
fn purchases(best: &Cost) -> String {
    let mut out = String::new();
    if !best.set.dropped.is_empty() {
        let ids: Vec<String> = best.set.dropped.iter().map(|id| shown(id)).collect();
        let _ = writeln!(out, "Not bought in the cheapest set: {}\n", ids.join(", "));
    }
    if best.set.bought.is_empty() {
        return out;
    }
    let row = |(at, one): &(Stamp, Purchase)| {
        let app = one.app.map_or_else(|| "-".to_owned(), |app| app.to_string());
        vec![at.day().to_string(), shown(&one.plan), app, one.minutes.to_string(), cents(one.price)]
    };
    let rows: Vec<Vec<String>> = best.set.bought.iter().map(row).collect();
    let header = ["bought", "plan", "application", "min", "price"];
    let _ = writeln!(out, "Bought in the cheapest set\n{}", aligned(&header, &[3, 4], &rows));
    let _ = writeln!(out, "The same for account.toml\n");
    for (number, (at, one)) in best.set.bought.iter().enumerate() {
        let _ = writeln!(out, "{}", entry(number + 1, *at, one));
    }
    out
}

/// Returns an entry of account.toml.
fn entry(number: usize, at: Stamp, one: &Purchase) -> String {
    let section = if one.monthly { "subscription" } else { "grant" };
    let mut text = format!(
        "[[{section}]]\nid = \"backtest-{number}\"\nplan = {}\npurchased = {at}\npaid = \"{}\"\n",
        toml_string(&one.plan),
        one.price
    );
    if let Some(app) = one.app {
        let _ = writeln!(text, "app = {app}");
    }
    if one.any_size {
        let _ = writeln!(text, "minutes = {}", one.minutes);
    }
    text
}

fn bound(found: &Found) -> String {
    let how = if found.all {
        "All of these sets were tried.".to_owned()
    } else {
        format!(
            "There are more than {ALL} of them: from the purchases as they were, and from none, one place after the other \
             was changed. No change of one purchase, of one application's plans of a month, or of the packages of a \
             month makes it cheaper."
        )
    };
    format!(
        "{} sets were rated exactly, as `rate` does it, by the rate cards of the months. Purchases of account.toml within the months are kept or left out; \
         what is bought is bought on the 1st of a month: for each application the monthly plans that cost less than the \
         usage they could cover, and packages of the account. {how} Minutes left at the end count nothing.\n",
        found.tried
    )
}
