//! account.toml: text -> [`Account`]. Everything wrong is collected, with its line.

use std::collections::BTreeMap;

use toml::de::DeTable;

use super::account::{
    Account, Alias, App, Discounts, Ended, EndedBy, FileHint, GrantEntry, Letter, Opening, Stop, SubscriptionEntry,
};
use super::contract::contract;
use super::section::{Document, Entry, Section};
use crate::model::diagnostic::{Diagnostics, nearest, shown};
use crate::model::policy::{Cut, PartialMinute, Policy, Scope, ScopeChoice, Settlement, Site, TieOrder};
use crate::model::{Day, Item, Month, PackMinutes, Stamp};
use crate::rules::{plan_ids, unknown_plan};

/// The services that `[[file]] service` may name.
const SERVICES: [&str; 7] = ["av", "rec", "mix", "deliver.tencent", "deliver.third", "page", "relay"];

/// The services that `[policy] metering_scope` may name.
const METERED: [&str; 9] =
    ["av", "rec", "mix", "mix.h264", "mix.h265", "deliver", "deliver.tencent", "deliver.third", "page"];

/// Reads the text of an account.toml.
pub fn account(file: &str, text: &str) -> Result<Account, Diagnostics> {
    let document = Document::new(file, text);
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let position = error.span().map_or(0, |span| span.start);
            let help = "account.toml is TOML: a text stands in quotes, a date does not".to_owned();
            document.refuse("account-syntax", position, format!("not readable as TOML: {}", error.message()), help);
            return Err(document.findings());
        }
    };
    let account = whole(Section::root(&document, table.get_ref()));
    let findings = document.findings();
    match account {
        Some(account) if !findings.has_errors() => Ok(account),
        _ => Err(findings),
    }
}

/// `None` only where something was refused.
fn whole(root: Section<'_, '_>) -> Option<Account> {
    let identity = root.required("account", root.table("account")).map(identity);
    let contract = root.table("contract").map(contract).unwrap_or_default();
    let settled_from = settled_from(&root);
    let apps = each(&root, "app", app);
    let app_lines: Vec<u32> = root.tables("app").iter().map(Section::line).collect();
    let grants = each(&root, "grant", grant);
    let subscriptions = each(&root, "subscription", subscription);
    if apps.len() == app_lines.len() {
        unique(&root, "app", apps.iter().map(|app| app.id.to_string()).zip(app_lines));
    }
    let bought = grants.iter().map(|grant| (grant.id.clone(), grant.line));
    let bought = bought.chain(subscriptions.iter().map(|cycles| (cycles.id.clone(), cycles.line)));
    unique(&root, "grant or subscription", bought);
    let stops = each(&root, "stop", stop);
    let cut = root.table("bill").map(cut).unwrap_or_default();
    let usage_complete = root.table("usage").is_some_and(usage_complete);
    let policy = root.table("policy").map(policy).unwrap_or_default();
    let aliases = each(&root, "alias", alias);
    let files = each(&root, "file", file_hint);
    let letter = root.table("letter").map(letter).unwrap_or_default();
    listed(&apps, grants.iter().map(|grant| (grant.app, grant.line)), &root);
    listed(&apps, subscriptions.iter().map(|subscription| (subscription.app, subscription.line)), &root);
    root.finish();
    let identity = identity??;
    Some(Account {
        settled_from,
        apps,
        grants,
        subscriptions,
        stops,
        usage_complete,
        cut,
        policy,
        discount: Discounts(contract.discounts),
        prices: contract.prices,
        minimums: contract.minimums,
        rebates: contract.rebates,
        aliases,
        files,
        letter,
        ..identity
    })
}

/// `[account]`, in an account that has nothing else yet.
fn identity(section: Section<'_, '_>) -> Option<Account> {
    let uin = section.required("uin", section.digits("uin"));
    let site = section.required("site", section.choice("site", &[("cn", Site::Cn), ("intl", Site::Intl)]));
    let registered = section.day("registered").map(|entry| entry.value);
    let first_app_created = section.day("first_app_created").map(|entry| entry.value);
    let period = section.text("period").and_then(|entry| month(&section, &entry));
    let settlement = section.choice("settlement", &[("day", Settlement::Day), ("month", Settlement::Month)]);
    let card = section.text("card").map(|entry| entry.value);
    let name = section.text("name").map(|entry| entry.value);
    let postpaid = section.flag("postpaid").unwrap_or(true);
    section.finish();
    let account = Account::undated(&uin?.value, site?);
    Some(Account { registered, first_app_created, period, settlement, postpaid, card, name, ..account })
}

fn month(section: &Section<'_, '_>, entry: &Entry<String>) -> Option<Month> {
    let month = Month::parse(&entry.value);
    if month.is_none() {
        let message = format!("period is \"{}\"; expected a month", shown(&entry.value));
        section.refuse_at(&entry.at, message, "write it as \"2024-10\"".to_owned());
    }
    month
}

/// `[[settlement]]`: how usage is settled from the 1st of a month on.
fn settled_from(root: &Section<'_, '_>) -> Vec<(Day, Settlement)> {
    let read = |section: Section<'_, '_>| {
        let from = section.required("from", section.day("from"));
        let by = section.choice("by", &[("day", Settlement::Day), ("month", Settlement::Month)]);
        let by = section.required("by", by);
        if let Some(odd) = from.as_ref().filter(|from| from.value.month().first_day() != from.value) {
            let help = "a settlement changes on the 1st of a month, so that no month is settled in two ways";
            section.refuse_at(&odd.at, format!("from is {}; expected the 1st of a month", odd.value), help.to_owned());
        }
        section.finish();
        Some((from?.value, by?))
    };
    let mut changes: Vec<(Day, Settlement)> = root.tables("settlement").into_iter().filter_map(read).collect();
    changes.sort_by_key(|(from, _)| *from);
    changes
}

pub(super) fn each<T>(root: &Section<'_, '_>, key: &'static str, read: fn(Section<'_, '_>) -> Option<T>) -> Vec<T> {
    root.tables(key).into_iter().filter_map(read).collect()
}

/// Ids with the line of their entry: a second one is refused at its own.
fn unique(root: &Section<'_, '_>, what: &str, ids: impl Iterator<Item = (String, u32)>) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (id, line) in ids {
        match seen.get(&id) {
            Some(first) => {
                let message = format!("a second entry for {what} `{}`; the first is on line {first}", shown(&id));
                root.refuse_line(line, message, "give each an id of its own, or remove one".to_owned());
            }
            None => _ = seen.insert(id, line),
        }
    }
}

/// Refuses a purchase for an application that is not listed, where any is listed.
fn listed(apps: &[App], bought: impl Iterator<Item = (Option<u64>, u32)>, root: &Section<'_, '_>) {
    for (app, line) in bought {
        let Some(id) = app.filter(|id| !apps.is_empty() && !apps.iter().any(|known| known.id == *id)) else { continue };
        let known: Vec<String> = apps.iter().map(|app| app.id.to_string()).collect();
        let near = nearest(&id.to_string(), known.iter().map(String::as_str));
        let help = near.map_or_else(
            || "add an [[app]] with this sdk_app_id".to_owned(),
            |near| format!("did you mean {near}? Or add an [[app]] with this sdk_app_id"),
        );
        root.refuse_line(line, format!("app {id} is not among the [[app]] of this account"), help);
    }
}

fn app(section: Section<'_, '_>) -> Option<App> {
    let id = section.required("sdk_app_id", section.app("sdk_app_id"));
    let name = section.text("name").map(|entry| entry.value);
    let department = section.text("department").map(|entry| entry.value);
    let mau_quota = section.count("mau_quota").unwrap_or(0);
    section.finish();
    Some(App { id: id?.value, name, department, mau_quota })
}

/// Returns the id of a known plan.
fn plan(section: &Section<'_, '_>) -> Option<String> {
    let entry = section.required("plan", section.text("plan"))?;
    if plan_ids().contains(&entry.value.as_str()) {
        return Some(entry.value);
    }
    let (message, near) = unknown_plan(&entry.value);
    section.refuse_at(&entry.at, message, near.unwrap_or_else(|| format!("the plans are: {}", plan_ids().join(", "))));
    None
}

/// Returns a known item.
pub(super) fn item(section: &Section<'_, '_>) -> Option<Item> {
    let entry = section.required("item", section.text("item"))?;
    let found = Item::parse(&entry.value);
    if found.is_none() {
        let known = nearest(&entry.value, Item::all().map(Item::id));
        let help = known.map_or_else(
            || "items look like av.hd, rec.audio, mix.h264.fhd, fee.rtc-engine-pro; all: trtc-recon items".to_owned(),
            |known| format!("did you mean `{known}`? All: trtc-recon items"),
        );
        section.refuse_at(&entry.at, format!("unknown item `{}`", shown(&entry.value)), help);
    }
    found
}

fn pack_minutes(section: &Section<'_, '_>) -> Option<PackMinutes> {
    let entry = section.decimal("minutes")?;
    let minutes = PackMinutes::from_decimal(entry.value);
    if minutes.is_none() {
        section.refuse_at(&entry.at, "minutes has more than 12 decimals".to_owned(), String::new());
    }
    minutes
}

fn opening(section: Section<'_, '_>) -> Option<Opening> {
    let at = section.required("at", section.stamp("at"));
    let minutes = section.required("minutes", pack_minutes(&section));
    section.finish();
    Some(Opening { at: at?.value, minutes: minutes? })
}

fn grant(section: Section<'_, '_>) -> Option<GrantEntry> {
    let line = section.line();
    let id = section.required("id", section.text("id"));
    let plan = plan(&section);
    let purchased = section.required("purchased", section.stamp("purchased"));
    let app = section.app("app").map(|entry| entry.value);
    let minutes = pack_minutes(&section);
    let paid = section.decimal("paid").map(|entry| entry.value);
    let (start, end) = (section.stamp("start"), section.stamp("end"));
    if let (Some(start), Some(end)) = (&start, &end) {
        in_order(&section, start.value, end);
    }
    let opening = section.table("opening").and_then(opening);
    let ended = ended(&section, purchased.as_ref().map(|entry| entry.value));
    section.finish();
    Some(GrantEntry {
        id: id?.value,
        plan: plan?,
        purchased: purchased?.value,
        app,
        minutes,
        paid,
        start: start.map(|entry| entry.value),
        end: end.map(|entry| entry.value),
        opening,
        ended,
        line,
    })
}

/// When and why it was taken back.
fn ended(section: &Section<'_, '_>, purchased: Option<Stamp>) -> Option<Ended> {
    let at = section.stamp("ended");
    let reasons = [("refund", EndedBy::Refund), ("change", EndedBy::Change), ("violation", EndedBy::Violation)];
    let by = section.choice("ended_by", &reasons);
    if by.is_some() && at.is_none() {
        let help = "add `ended = …`, the moment at which it was taken back".to_owned();
        section.refuse_line(section.line(), "ended_by says why, and nothing says when".to_owned(), help);
    }
    let at = at?;
    if let Some(purchased) = purchased.filter(|purchased| at.value < *purchased) {
        let message = format!("ended is {}, before the purchase at {purchased}", at.value);
        section.refuse_at(&at.at, message, "it was taken back after it had been bought".to_owned());
    }
    Some(Ended { at: at.value, by })
}

pub(super) fn in_order(section: &Section<'_, '_>, start: Stamp, end: &Entry<Stamp>) {
    if end.value <= start {
        let message = format!("it ends at {} and starts at {start}", end.value);
        section.refuse_at(&end.at, message, "the end is the first moment behind, later than the start".to_owned());
    }
}

fn subscription(section: Section<'_, '_>) -> Option<SubscriptionEntry> {
    let line = section.line();
    let id = section.required("id", section.text("id"));
    let plan = plan(&section);
    let app = section.app("app").map(|entry| entry.value);
    let purchased = section.required("purchased", section.stamp("purchased"));
    let auto_renew = section.flag("auto_renew");
    let end = section.stamp("end");
    if let (Some(purchased), Some(end)) = (&purchased, &end) {
        in_order(&section, purchased.value, end);
    }
    let paid = section.decimal("paid").map(|entry| entry.value);
    let opening = section.table("opening").and_then(opening);
    let ended = ended(&section, purchased.as_ref().map(|entry| entry.value));
    section.finish();
    Some(SubscriptionEntry {
        id: id?.value,
        plan: plan?,
        app,
        purchased: purchased?.value,
        auto_renew: auto_renew == Some(true),
        end: end.map(|entry| entry.value),
        opening,
        paid,
        ended,
        line,
    })
}

fn stop(section: Section<'_, '_>) -> Option<Stop> {
    let unpaid_since = section.stamp("unpaid_since").map(|entry| entry.value);
    let from = section.stamp("from").map(|entry| entry.value);
    let begins = if let Some(known) = from.or(unpaid_since) { Some(known) } else { section.required("from", None) };
    let until = section.stamp("until");
    if let (Some(begins), Some(until)) = (begins, &until) {
        in_order(&section, begins, until);
    }
    let reason = section.text("reason").map(|entry| entry.value);
    section.finish();
    let until = until.map_or(Stamp::MAX, |entry| entry.value);
    begins.map(|_| Stop { from, until, reason, unpaid_since })
}

fn letter(section: Section<'_, '_>) -> Letter {
    let text = |key| section.text(key).map(|entry| entry.value);
    let (to, company, contact) = (text("to"), text("company"), text("contact"));
    let date = section.day("date").map(|entry| entry.value);
    section.finish();
    Letter { to, company, contact, date }
}

fn usage_complete(section: Section<'_, '_>) -> bool {
    let complete = section.flag("complete");
    section.finish();
    complete == Some(true)
}

fn cut(section: Section<'_, '_>) -> Cut {
    let cut = section.choice("cut", &[("usage", Cut::Usage), ("deduction", Cut::Deduction)]);
    section.finish();
    cut.unwrap_or_default()
}

const SCOPES: [(&str, Scope); 2] = [("app", Scope::App), ("account", Scope::Account)];

/// Returns one scope, or a table of scopes by service.
fn metering_scope(section: &Section<'_, '_>) -> ScopeChoice {
    if !section.is_table("metering_scope") {
        return ScopeChoice { all: section.choice("metering_scope", &SCOPES), by_service: BTreeMap::new() };
    }
    let Some(table) = section.table("metering_scope") else { return ScopeChoice::default() };
    let chosen = |service: &'static str| Some((service.to_owned(), table.choice(service, &SCOPES)?));
    let by_service = METERED.into_iter().filter_map(chosen).collect();
    table.finish();
    ScopeChoice { all: None, by_service }
}

fn policy(section: Section<'_, '_>) -> Policy {
    let partial_minute =
        section.choice("partial_minute", &[("fraction", PartialMinute::Fraction), ("whole", PartialMinute::Whole)]);
    let policy = Policy {
        partial_minute: partial_minute.unwrap_or_default(),
        metering_scope: metering_scope(&section),
        tie_order: section.choice("tie_order", &[("time", TieOrder::Time), ("item", TieOrder::Item)]),
    };
    section.finish();
    policy
}

fn alias(section: Section<'_, '_>) -> Option<Alias> {
    let text = section.required("text", section.text("text"));
    let item = item(&section);
    section.finish();
    Some(Alias { text: text?.value, item: item? })
}

fn file_hint(section: Section<'_, '_>) -> Option<FileHint> {
    let path = section.required("path", section.text("path"));
    let app = section.app("sdk_app_id").map(|entry| entry.value);
    let choices = SERVICES.map(|service| (service, service));
    let service = section.choice("service", &choices).map(str::to_owned);
    section.finish();
    Some(FileHint { path: path?.value, app, service })
}
