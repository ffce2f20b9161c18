//! A sample's account.toml as the reference takes it: read with the `toml`
//! crate alone, so that the tool's own reader is not part of the proof.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;
use toml::{Table, Value};

use crate::reference::{Account, Card, ContractPrice, Cut, Ended, Grant, Scope, Settlement, Site, Subscription, dec};

/// The account that a text describes.
pub fn account(text: &str) -> Account {
    let root: Table = text.parse().unwrap();
    let own = root["account"].as_table().unwrap();
    let site = if string(own, "site") == "cn" { Site::Cn } else { Site::Intl };
    let period = Date::from_str(&format!("{}-01", string(own, "period"))).unwrap();
    let mut account = Account::new(site, day(&own["first_app_created"]), period);
    account.older_cards = true;
    account.uin = string(own, "uin");
    account.registered = day(&own["registered"]);
    account.settlement = own.get("settlement").map(|_| settlement(&string(own, "settlement")));
    account.card = own.get("card").map(|_| card(&string(own, "card")));
    account.apps = tables(&root, "app").map(|app| integer(app, "sdk_app_id")).collect();
    account.grants = tables(&root, "grant").map(grant).collect();
    account.subscriptions = tables(&root, "subscription").map(subscription).collect();
    if let Some(bill) = table(&root, "bill") {
        account.cut = if string(bill, "cut") == "deduction" { Cut::Deduction } else { Cut::Usage };
    }
    if let Some(policy) = table(&root, "policy") {
        agree_policy(&mut account, policy);
    }
    if let Some(contract) = table(&root, "contract") {
        account.discount = contract.get("discount").map(decimal);
        account.prices = tables(contract, "price").map(price).collect();
        account.minimum = tables(contract, "minimum").map(|minimum| decimal(&minimum["amount"])).reduce(|a, b| a + b);
    }
    account
}

fn agree_policy(account: &mut Account, policy: &Table) {
    let says = |key: &str, value: &str| policy.get(key).is_some_and(|text| text.as_str() == Some(value));
    account.whole_minutes = says("partial_minute", "whole");
    account.item_order = says("tie_order", "item");
    let app = says("metering_scope", "app").then_some(Scope::App);
    account.metering_scope = app.or_else(|| says("metering_scope", "account").then_some(Scope::Account));
}

fn grant(table: &Table) -> Grant {
    let mut grant = Grant::new(&string(table, "id"), &string(table, "plan"), stamp(&table["purchased"]));
    grant.app = table.get("app").map(|_| integer(table, "app"));
    grant.minutes = table.get("minutes").map(decimal);
    grant.paid = table.get("paid").map(decimal);
    grant.start = table.get("start").map(stamp);
    grant.end = table.get("end").map(stamp);
    grant.opening = table.get("opening").map(|opening| (stamp(&opening["at"]), decimal(&opening["minutes"])));
    grant.ended = ended(table);
    grant
}

fn ended(table: &Table) -> Option<Ended> {
    let refund = table.get("ended_by").is_some_and(|by| by.as_str() == Some("refund"));
    Some(Ended { at: stamp(table.get("ended")?), refund })
}

fn subscription(table: &Table) -> Subscription {
    let (id, plan) = (string(table, "id"), string(table, "plan"));
    let bought = Subscription::new(&id, &plan, integer(table, "app"), stamp(&table["purchased"]));
    Subscription {
        auto_renew: table.get("auto_renew").is_some_and(|flag| flag.as_bool() == Some(true)),
        end: table.get("end").map(day),
        paid: table.get("paid").map(decimal),
        ended: ended(table),
        ..bought
    }
}

fn price(table: &Table) -> ContractPrice {
    ContractPrice {
        item: string(table, "item"),
        price: decimal(&table["price"]),
        from: day(&table["from"]),
        until: table.get("until").map(day),
        tiers: None,
    }
}

fn settlement(name: &str) -> Settlement {
    if name == "day" { Settlement::Day } else { Settlement::Month }
}

fn card(name: &str) -> Card {
    let all = [
        Card::Cn2019,
        Card::Cn2019b,
        Card::Cn2020,
        Card::Cn2022,
        Card::Intl2020,
        Card::Intl2021,
        Card::Intl2022,
        Card::Intl2024,
    ];
    all.into_iter().find(|card| card.name() == name).unwrap()
}

fn table<'a>(root: &'a Table, key: &str) -> Option<&'a Table> {
    root.get(key).map(|value| value.as_table().unwrap())
}

fn tables<'a>(root: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> {
    root.get(key).into_iter().flat_map(|list| list.as_array().unwrap()).map(|one| one.as_table().unwrap())
}

fn string(table: &Table, key: &str) -> String {
    table[key].as_str().unwrap().to_owned()
}

fn integer(table: &Table, key: &str) -> u64 {
    table[key].as_integer().unwrap().try_into().unwrap()
}

fn decimal(value: &Value) -> Decimal {
    match value {
        Value::Integer(whole) => Decimal::from(*whole),
        text => dec(text.as_str().unwrap()),
    }
}

/// A moment; a day stands for its midnight.
fn stamp(value: &Value) -> DateTime {
    let text = value.as_datetime().unwrap().to_string();
    DateTime::from_str(&text).unwrap_or_else(|_| Date::from_str(&text).unwrap().to_datetime(Time::midnight()))
}

fn day(value: &Value) -> Date {
    stamp(value).date()
}
