//! The files that the tool reads: account.toml and the tidy usage.

use std::fmt::{Display, Write};

use jiff::civil::DateTime;

use rust_decimal::Decimal;

use crate::reference::{Account, Cut, Ended, Grant, Scope, Settlement, Site, Subscription, Usage, plain};

fn stamp(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn bare(text: &mut String, key: &str, value: impl Display) {
    writeln!(text, "{key} = {value}").unwrap();
}

fn quoted(text: &mut String, key: &str, value: impl Display) {
    writeln!(text, "{key} = \"{value}\"").unwrap();
}

/// The account as the contract's account.toml.
pub fn account_toml(account: &Account) -> String {
    let mut text = String::from("[account]\n");
    quoted(&mut text, "uin", &account.uin);
    quoted(&mut text, "site", if account.site == Site::Cn { "cn" } else { "intl" });
    bare(&mut text, "registered", account.registered);
    bare(&mut text, "first_app_created", account.first_app);
    quoted(&mut text, "period", account.period.strftime("%Y-%m"));
    if let Some(settlement) = account.settlement {
        quoted(&mut text, "settlement", if settlement == Settlement::Day { "day" } else { "month" });
    }
    if let Some(card) = account.card {
        quoted(&mut text, "card", card.name());
    }
    for app in &account.apps {
        text.push_str("\n[[app]]\n");
        bare(&mut text, "sdk_app_id", app);
        if let Some((_, users)) = account.mau_quotas.iter().find(|(of, _)| of == app) {
            bare(&mut text, "mau_quota", users);
        }
    }
    for (from, by) in &account.settled_from {
        text.push_str("\n[[settlement]]\n");
        bare(&mut text, "from", from);
        quoted(&mut text, "by", if *by == Settlement::Day { "day" } else { "month" });
    }
    for grant in &account.grants {
        write_grant(&mut text, grant);
    }
    for subscription in &account.subscriptions {
        write_subscription(&mut text, subscription);
    }
    write_terms(&mut text, account);
    text
}

fn write_grant(text: &mut String, grant: &Grant) {
    text.push_str("\n[[grant]]\n");
    quoted(text, "id", &grant.id);
    quoted(text, "plan", &grant.plan);
    bare(text, "purchased", stamp(grant.purchased));
    if let Some(app) = grant.app {
        bare(text, "app", app);
    }
    if let Some(minutes) = grant.minutes {
        bare(text, "minutes", plain(minutes));
    }
    if let Some(paid) = grant.paid {
        quoted(text, "paid", paid);
    }
    if let Some(start) = grant.start {
        bare(text, "start", stamp(start));
    }
    if let Some(end) = grant.end {
        bare(text, "end", stamp(end));
    }
    write_ended(text, grant.ended);
    if let Some((at, minutes)) = grant.opening {
        writeln!(text, "opening = {{ at = {}, minutes = \"{}\" }}", stamp(at), plain(minutes)).unwrap();
    }
}

fn write_ended(text: &mut String, ended: Option<Ended>) {
    if let Some(ended) = ended {
        bare(text, "ended", stamp(ended.at));
        quoted(text, "ended_by", if ended.refund { "refund" } else { "change" });
    }
}

fn write_subscription(text: &mut String, subscription: &Subscription) {
    text.push_str("\n[[subscription]]\n");
    quoted(text, "id", &subscription.id);
    quoted(text, "plan", &subscription.plan);
    bare(text, "app", subscription.app);
    bare(text, "purchased", stamp(subscription.purchased));
    bare(text, "auto_renew", subscription.auto_renew);
    if let Some(end) = subscription.end {
        bare(text, "end", end);
    }
    if let Some(paid) = subscription.paid {
        quoted(text, "paid", paid);
    }
    write_ended(text, subscription.ended);
}

/// The tables `bill`, `policy` and `contract`.
fn write_terms(text: &mut String, account: &Account) {
    text.push_str("\n[bill]\n");
    quoted(text, "cut", if account.cut == Cut::Usage { "usage" } else { "deduction" });
    text.push_str("\n[policy]\n");
    quoted(text, "partial_minute", if account.whole_minutes { "whole" } else { "fraction" });
    if let Some(scope) = account.metering_scope {
        quoted(text, "metering_scope", if scope == Scope::App { "app" } else { "account" });
    }
    if !account.service_scopes.is_empty() {
        let name = |scope: &Scope| if *scope == Scope::App { "app" } else { "account" };
        let entries = account.service_scopes.iter().map(|(service, scope)| format!("{service} = \"{}\"", name(scope)));
        bare(text, "metering_scope", format!("{{ {} }}", entries.collect::<Vec<_>>().join(", ")));
    }
    quoted(text, "tie_order", if account.item_order { "item" } else { "time" });
    text.push_str("\n[contract]\n");
    if let Some(discount) = account.discount {
        quoted(text, "discount", discount);
    }
    for price in &account.prices {
        text.push_str("\n[[contract.price]]\n");
        quoted(text, "item", &price.item);
        if price.tiers.is_none() {
            quoted(text, "price", price.price);
        }
        bare(text, "from", price.from);
        if let Some(until) = price.until {
            bare(text, "until", until);
        }
        if let Some(tiers) = &price.tiers {
            quoted(text, "tiering", if tiers.graduated { "graduated" } else { "total" });
            let band = |(up_to, price): &(Option<Decimal>, Decimal)| {
                let up_to = up_to.map(|up_to| format!("up_to = \"{up_to}\", ")).unwrap_or_default();
                format!("{{ {up_to}price = \"{price}\" }}")
            };
            bare(text, "tiers", format!("[{}]", tiers.bands.iter().map(band).collect::<Vec<_>>().join(", ")));
        }
    }
    for (factor, from, until) in &account.discounts {
        text.push_str("\n[[contract.discount]]\n");
        quoted(text, "factor", factor);
        if let Some(from) = from {
            bare(text, "from", from);
        }
        if let Some(until) = until {
            bare(text, "until", until);
        }
    }
    if let Some(minimum) = account.minimum {
        text.push_str("\n[[contract.minimum]]\n");
        quoted(text, "amount", minimum);
    }
    if let Some(rate) = account.rebate {
        text.push_str("\n[[contract.rebate]]\n");
        quoted(text, "rate", rate);
    }
}

/// The usage as the tidy CSV.
pub fn usage_csv(usage: &[Usage]) -> String {
    let mut text = String::from("start,end,sdk_app_id,item,quantity,unit\n");
    for line in usage {
        let unit = match line.item.as_str() {
            "mau" => "user",
            "snapshot" => "image",
            item if item.starts_with("relay.") => "Mbps",
            _ => "s",
        };
        let (start, end, quantity) = (stamp(line.start), stamp(line.end), plain(line.quantity));
        writeln!(text, "{start},{end},{},{},{quantity},{unit}", line.app, line.item).unwrap();
    }
    text
}
