//! Estimates as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::mix::{Mix, may_pay_as_you_go, ratio, sold};
use super::scene::{Counted, Scene};
use super::what_if::{Cost, Purchase};
use crate::model::diagnostic::Diagnostics;
use crate::model::{AppId, Item, Money, PackMinutes, Quantity, Rounding};
use crate::rate::charge::Charge;
use crate::rules::card::Clock;
use crate::rules::show::table;
use crate::rules::{Card, Plans};

/// Money in cents, half up, as it is paid.
fn cents(money: Money) -> String {
    format!("{:.2}", money.round(Rounding::HalfUp(2)).decimal())
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// Returns the estimate of a scene: how it was counted, what it costs, and how it may be paid.
#[must_use]
pub fn scene(scene: &Scene, card: &Card, counted: &[Counted], charges: &[Charge], ways: &[(Mix, Cost)]) -> String {
    let Scene { rooms, hosts, viewers, minutes, days, .. } = scene;
    let mut out = format!(
        "{} ({}), {}\n{rooms} rooms a day of {minutes} min, each with {hosts} hosts and {viewers} viewers; {days} days\n\n",
        card.id, card.currency, card.title
    );
    let _ = writeln!(out, "Counted: {}", clock(card.meter.clock));
    let mut rows = vec![row(&["", "in a room", "each receives", "each runs", "min a month"])];
    rows.extend(counted.iter().map(|group| {
        let runs = group.item.map_or_else(|| "nothing".to_owned(), |item| format!("{} x {item}", group.clocks));
        let receives = format!("{} hosts", group.receives);
        vec![group.who.to_owned(), group.users.to_string(), receives, runs, group.minutes.to_string()]
    }));
    let _ = writeln!(out, "{}", table(&rows));
    let _ = writeln!(out, "{}", usage(card, charges));
    let _ = writeln!(out, "{}", paying(card, ways));
    out.push_str(&verdict(card, ways));
    out.push_str(&free(charges));
    out.push_str(&remarks(card, counted, ways));
    out
}

const fn clock(clock: Clock) -> &'static str {
    match clock {
        Clock::WholeStay => "every minute of a user in a room, whatever is received",
        Clock::PerPicture => "each received picture runs the clock of its tier; who receives none runs one audio clock",
        Clock::PerStream => "each received stream runs a clock; who receives none runs nothing",
        Clock::SumOfAreas => {
            "the areas of all received pictures are added, the sum's tier runs one clock; who receives none runs audio"
        }
    }
}

/// Per item: the minutes, the money as you go, and the package minutes of each family of plans.
fn usage(card: &Card, charges: &[Charge]) -> String {
    let mut sums: BTreeMap<Item, (Quantity, Money, Decimal)> = BTreeMap::new();
    for charge in charges {
        let sum = sums.entry(charge.item).or_default();
        *sum = (sum.0 + charge.billable, sum.1 + charge.amount, charge.price.decimal());
    }
    let plans = sold(card);
    let mut rows = vec![row(&["item", "min", "a minute", "as you go", "ratio", "package min"])];
    rows.extend(sums.into_iter().map(|(item, (minutes, amount, price))| {
        let ratio = plans.iter().find_map(|plan| ratio(plan, item, card));
        let taken = ratio.map_or_else(|| "-".to_owned(), |ratio| minutes.at_ratio(ratio).to_string());
        let ratio = ratio.map_or_else(|| "-".to_owned(), |ratio| ratio.to_string());
        vec![item.to_string(), minutes.to_string(), format!("{price:.8}"), cents(amount), ratio, taken]
    }));
    table(&rows)
}

fn paying(card: &Card, ways: &[(Mix, Cost)]) -> String {
    let mut rows = vec![row(&["ways to pay", "plans", "as you go", "total", "min left over", ""])];
    rows.extend(ways.iter().map(|(mix, cost)| {
        let allowed = if mix.is_allowed(card, cost) { "" } else { "not possible: service stops where it is used up" };
        let figures = [cents(cost.bought), cents(cost.usage), cents(cost.total()), cost.left.to_string()];
        std::iter::once(mix_name(mix)).chain(figures).chain([allowed.to_owned()]).collect()
    }));
    table(&rows)
}

fn mix_name(mix: &Mix) -> String {
    if mix.bought.is_empty() {
        return "pay as you go".to_owned();
    }
    mix.bought.iter().map(|(one, count)| format!("{count} x {}", name(one))).collect::<Vec<_>>().join(" + ")
}

fn name(one: &Purchase) -> String {
    if one.any_size { format!("{} of {} min", one.plan, one.minutes) } else { one.plan.clone() }
}

fn verdict(card: &Card, ways: &[(Mix, Cost)]) -> String {
    let allowed = || ways.iter().filter(|(mix, cost)| mix.is_allowed(card, cost));
    let Some((mix, cost)) = allowed().min_by_key(|(mix, cost)| (cost.total(), mix.bought.len())) else {
        return "No mix of the plans sold is possible.\n".to_owned();
    };
    let plain = allowed().find(|(mix, _)| mix.bought.is_empty()).map(|(_, cost)| cost.total());
    let saved = plain.map(|plain| plain - cost.total()).filter(|saved| !saved.is_zero());
    let saved = saved.map(|saved| format!(", {} less than as you go", cents(saved))).unwrap_or_default();
    let mut out =
        format!("Cheapest of all mixes: {}: {} {}{saved}\n", mix_name(mix), cents(cost.total()), card.currency);
    for (one, _) in &mix.bought {
        out.push_str(&conditions(one));
    }
    out
}

/// On what conditions a plan is sold.
fn conditions(one: &Purchase) -> String {
    let Some(plan) = Plans::known().get(&one.plan) else { return String::new() };
    let times = plan.at_most.map(|times| format!("at most {times} times"));
    let after = (!plan.not_after.is_empty()).then(|| format!("not after {}", plan.not_after.join(", ")));
    let all: Vec<String> = times.into_iter().chain(after).collect();
    if all.is_empty() { String::new() } else { format!("{} is sold {}.\n", plan.id, all.join(" and ")) }
}

/// Returns what the free minutes of the account cover of the month.
fn free(charges: &[Charge]) -> String {
    let covered: Quantity = charges.iter().map(|charge| charge.covered).sum();
    if covered.is_zero() {
        return String::new();
    }
    format!("The account's free minutes of the month cover {covered} minutes of it.\n")
}

fn remarks(card: &Card, counted: &[Counted], ways: &[(Mix, Cost)]) -> String {
    let mut out = String::new();
    if ways.iter().any(|(_, cost)| cost.derived) {
        out.push_str("No list price is published for a tier that is used: the card's price is derived.\n");
    }
    let mut items: Vec<Item> = counted.iter().filter_map(|group| group.item).collect();
    items.dedup();
    for item in items {
        let unlocks = |plan: &&&crate::rules::Plan| plan.unlocks.iter().any(|pattern| pattern.matches(item));
        let plans = sold(card);
        let plans: Vec<&str> = plans.iter().filter(unlocks).map(|plan| plan.id.as_str()).collect();
        if !plans.is_empty() {
            let _ = writeln!(out, "{item} is open only to apps with one of: {}.", plans.join(", "));
        }
    }
    if !may_pay_as_you_go(card, std::iter::empty()) {
        out.push_str("Postpaid needs a purchase: without a paid plan service stops where free minutes end.\n");
    }
    if ways.iter().any(|(_, cost)| !cost.left.is_zero()) {
        out.push_str("Minutes left over serve later months as long as the plan is valid; they are not counted here.\n");
    }
    out
}

/// Returns what a real month would have cost with one plan more: the month as it is, then each plan.
#[must_use]
pub fn what_if(heading: &str, currency: &str, real: &Cost, tried: &[(Purchase, Result<Cost, Diagnostics>)]) -> String {
    let mut out = format!("{heading}\n\n");
    let mut rows = vec![row(&["", "usage", "fees", "the plan", "total", "difference", "min left over"])];
    let figures = |name: String, cost: &Cost| {
        let difference = (cost.total() - real.total()).round(Rounding::HalfUp(2));
        let sign = if difference > Money::ZERO { "+" } else { "" };
        let left = cost.left.to_string();
        let difference = format!("{sign}{}", cents(difference));
        vec![name, cents(cost.usage), cents(cost.fees), cents(cost.bought), cents(cost.total()), difference, left]
    };
    rows.push(figures("as it is".to_owned(), real));
    let mut refused = String::new();
    for (one, cost) in tried {
        let name = format!("with {}{}", name(one), one.app.map(for_app).unwrap_or_default());
        match cost {
            Ok(cost) => rows.push(figures(name, cost)),
            Err(why) => {
                let why: Vec<&str> = why.iter().map(|found| found.message.as_str()).collect();
                let _ = writeln!(refused, "{name}: cannot be rated: {}", why.join("; "));
            }
        }
    }
    let _ = write!(out, "{}\n{refused}", table(&rows));
    let costs = tried.iter().filter_map(|(one, cost)| Some((one, cost.as_ref().ok()?)));
    let best = costs.filter(|(_, cost)| cost.total() < real.total()).min_by_key(|(_, cost)| cost.total());
    let _ = match best {
        Some((one, cost)) => {
            let saved = cents(real.total() - cost.total());
            writeln!(out, "{} would have saved {saved} {currency}", name(one))
        }
        None => writeln!(out, "no plan of these would have saved anything"),
    };
    out
}

fn for_app(app: AppId) -> String {
    format!(" for {app}")
}

/// Returns the order of the rows: the cheapest first, what cannot be rated last.
#[must_use]
pub fn rank(tried: &(Purchase, Result<Cost, Diagnostics>)) -> (bool, Money, PackMinutes) {
    let (one, cost) = tried;
    let total = cost.as_ref().map_or(Money::ZERO, Cost::total);
    (cost.is_err(), total, one.minutes)
}
