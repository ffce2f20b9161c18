//! Changes a rule of an account, to rate a month under it: the keys of account.toml that can be changed on the command
//! line, and how. The account is changed, and everything else follows as it does for any account.

use rust_decimal::Decimal;

use crate::case::Account;
use crate::case::account::ContractPrice;
use crate::model::diagnostic::{At, Diagnostic, nearest, shown};
use crate::model::number::parse_decimal;
use crate::model::policy::{Cut, PartialMinute, Scope, ScopeChoice, Settlement, TieOrder};
use crate::model::{Day, Item, PackMinutes};
use crate::rules::quote::quote;
use crate::rules::{Plans, plan_ids};

/// A rule that has a name of its own, with what it may be.
type Rule = (&'static str, &'static str, fn(&mut Account, &str) -> Option<()>);

const RULES: [Rule; 9] = [
    ("partial_minute", "fraction or whole", |account, value| {
        let choices = [("fraction", PartialMinute::Fraction), ("whole", PartialMinute::Whole)];
        account.policy.partial_minute = choice(value, &choices)?;
        Some(())
    }),
    ("metering_scope", "app or account", |account, value| {
        let scope = choice(value, &[("app", Scope::App), ("account", Scope::Account)])?;
        account.policy.metering_scope = ScopeChoice::all(scope);
        Some(())
    }),
    ("tie_order", "time or item", |account, value| {
        account.policy.tie_order = Some(choice(value, &[("time", TieOrder::Time), ("item", TieOrder::Item)])?);
        Some(())
    }),
    ("settlement", "day or month", |account, value| {
        account.settlement = Some(choice(value, &[("day", Settlement::Day), ("month", Settlement::Month)])?);
        Some(())
    }),
    ("cut", "usage or deduction", |account, value| {
        account.cut = choice(value, &[("usage", Cut::Usage), ("deduction", Cut::Deduction)])?;
        Some(())
    }),
    ("card", "the id of a rate card, or none for the derived one", |account, value| {
        account.card = (value != "none").then(|| value.to_owned());
        Some(())
    }),
    ("registered", "a day such as 2023-03-01", |account, value| {
        account.registered = Some(Day::parse(value)?);
        Some(())
    }),
    ("first_app_created", "a day such as 2023-03-01", |account, value| {
        account.first_app_created = Some(Day::parse(value)?);
        Some(())
    }),
    ("discount", "a factor such as 0.85, or none", |account, value| {
        let factor =
            |value| figure(value).filter(|factor| !factor.is_zero() && *factor <= Decimal::ONE && factor.scale() <= 8);
        let factor = if value == "none" { None } else { Some(factor(value)?) };
        account.discount = factor.into();
        Some(())
    }),
];

/// Rules that are about one item, grant or subscription.
const FAMILIES: [&str; 3] = ["price.", "plan.", "minutes."];

/// Changes an account as `rule=value` says.
pub fn change(account: &mut Account, setting: &str) -> Result<(), Box<Diagnostic>> {
    let Some((name, value)) = setting.split_once('=') else {
        return Err(refused(format!("`{}` is no setting", shown(setting)), "write it as rule=value: discount=0.9"));
    };
    // Also as the key stands in account.toml: `policy.tie_order`.
    let sections = ["policy.", "contract.", "account.", "bill."];
    let bare = sections.iter().find_map(|section| name.strip_prefix(section)).unwrap_or(name);
    if let Some((_, choices, set)) = RULES.iter().find(|(known, ..)| *known == bare) {
        let wrong = || refused(format!("{bare} cannot be `{}`", shown(value)), &format!("it is {choices}"));
        return set(account, value).ok_or_else(wrong);
    }
    if let Some(item) = bare.strip_prefix("price.") {
        return price(account, item, value);
    }
    if let Some(id) = bare.strip_prefix("plan.") {
        return plan(account, id, value);
    }
    if let Some(id) = bare.strip_prefix("minutes.") {
        return minutes(account, id, value);
    }
    let known = names(account);
    let near = nearest(bare, known.iter().map(String::as_str));
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let rules: Vec<&str> = RULES.iter().map(|(known, ..)| *known).collect();
    let help = format!("{near}The rules are {}, price.<item>, plan.<id>, minutes.<id>", rules.join(", "));
    Err(refused(format!("unknown rule `{}`", shown(name)), &help))
}

/// The names of all rules that this account has.
fn names(account: &Account) -> Vec<String> {
    let mut names: Vec<String> = RULES.iter().map(|(known, ..)| (*known).to_owned()).collect();
    names.extend(Item::all().map(|item| format!("{}{item}", FAMILIES[0])));
    for family in &FAMILIES[1..] {
        names.extend(entries(account).into_iter().map(|id| format!("{family}{id}")));
    }
    names
}

fn entries(account: &Account) -> Vec<&str> {
    let grants = account.grants.iter().map(|entry| entry.id.as_str());
    grants.chain(account.subscriptions.iter().map(|entry| entry.id.as_str())).collect()
}

fn refused(message: String, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error("what-if", At::file("--with"), message, help))
}

fn choice<T: Copy>(value: &str, choices: &[(&str, T)]) -> Option<T> {
    choices.iter().find(|(name, _)| *name == value).map(|(_, choice)| *choice)
}

fn figure(text: &str) -> Option<Decimal> {
    parse_decimal(text).filter(|figure| !figure.is_sign_negative())
}

/// Returns an agreed price for all time, or none.
fn price(account: &mut Account, item: &str, value: &str) -> Result<(), Box<Diagnostic>> {
    let Some(item) = Item::parse(item) else {
        let near = nearest(item, Item::all().map(Item::id)).map(|near| format!("did you mean `{near}`? "));
        let help = format!("{}`trtc-recon items` lists them", near.unwrap_or_default());
        return Err(refused(format!("unknown item `{}`", shown(item)), &help));
    };
    account.prices.retain(|agreed| agreed.item != item);
    if value == "list" {
        return Ok(());
    }
    let Some(price) = figure(value) else {
        let help = "it is a price in the card's unit (per 1,000 minutes), or list";
        return Err(refused(format!("the price of {item} cannot be `{}`", shown(value)), help));
    };
    let from = Day::from_civil(jiff::civil::Date::constant(1970, 1, 1));
    account.prices.push(ContractPrice { item, price, tiers: None, from, until: None });
    Ok(())
}

/// Another plan for a grant or subscription, at its list price, or none.
fn plan(account: &mut Account, id: &str, value: &str) -> Result<(), Box<Diagnostic>> {
    known_entry(account, id)?;
    if value == "none" {
        account.grants.retain(|entry| entry.id != id);
        account.subscriptions.retain(|entry| entry.id != id);
        return Ok(());
    }
    let Some(plan) = Plans::known().get(value) else {
        let near = nearest(value, plan_ids()).map(|near| format!("did you mean `{near}`? "));
        let help = format!("{}`trtc-recon plans` lists them", near.unwrap_or_default());
        return Err(refused(format!("unknown plan `{}`", shown(value)), &help));
    };
    for entry in account.grants.iter_mut().filter(|entry| entry.id == id) {
        value.clone_into(&mut entry.plan);
        entry.minutes = if plan.minutes.is_some() { None } else { entry.minutes };
        let size = plan.grants().or(entry.minutes);
        let list = size.and_then(|size| quote(plan, size)).map(|quote| quote.amount.decimal());
        entry.paid = entry.paid.and(list);
    }
    for entry in account.subscriptions.iter_mut().filter(|entry| entry.id == id) {
        value.clone_into(&mut entry.plan);
        entry.paid = None;
    }
    Ok(())
}

/// Another size of a package, at its list price.
fn minutes(account: &mut Account, id: &str, value: &str) -> Result<(), Box<Diagnostic>> {
    known_entry(account, id)?;
    let size = figure(value).and_then(PackMinutes::from_decimal);
    let Some((entry, size)) = account.grants.iter_mut().find(|entry| entry.id == id).zip(size) else {
        let help = "it is the minutes of a [[grant]], such as 250000";
        return Err(refused(format!("minutes.{} cannot be `{}`", shown(id), shown(value)), help));
    };
    let list = Plans::known().get(&entry.plan).and_then(|plan| quote(plan, size));
    entry.minutes = Some(size);
    entry.paid = entry.paid.and(list.map(|quote| quote.amount.decimal()));
    Ok(())
}

fn known_entry(account: &Account, id: &str) -> Result<(), Box<Diagnostic>> {
    let known = entries(account);
    if known.contains(&id) {
        return Ok(());
    }
    let near = nearest(id, known.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let has = if known.is_empty() { "it has none".to_owned() } else { format!("it has: {}", known.join(", ")) };
    Err(refused(format!("account.toml has no grant or subscription `{}`", shown(id)), &format!("{near}{has}")))
}
