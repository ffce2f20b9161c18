//! `cards list`, `cards show`, `cards diff`.

use super::table;
use crate::model::number::plain;
use crate::model::policy::{Scope, TieOrder};
use crate::model::{Day, Item};
use crate::rules::Cards;
use crate::rules::card::{AllowanceRule, Bucket, Card, CardSettlement, Clock, ServiceRule, Tiers, Window, site_name};

/// One statement of a card.
struct Fact {
    section: &'static str,
    label: String,
    value: String,
    source: String,
}

/// One line a card.
#[must_use]
pub fn cards(cards: &Cards) -> String {
    let mut rows = vec![["card", "site", "currency", "items", "applies", "title"].map(str::to_owned).to_vec()];
    rows.extend(cards.iter().map(|card| {
        let applies: Vec<_> = card.applies.iter().map(usage).collect();
        vec![
            card.id.clone(),
            site_name(card.site).to_owned(),
            card.currency.clone(),
            card.items().count().to_string(),
            if applies.is_empty() { "only where named".to_owned() } else { applies.join(" / ") },
            card.title.clone(),
        ]
    }));
    table(&rows)
}

/// Everything that a card says, each statement with its source.
#[must_use]
pub fn card(card: &Card) -> String {
    let mut out = format!("{}: {}\nsource: {}\n", card.id, card.title, card.source);
    let facts = facts(card);
    for section in sections(&facts) {
        let of_section = facts.iter().filter(|fact| fact.section == section);
        let rows: Vec<_> = of_section
            .map(|fact| vec![format!("  {}", fact.label), fact.value.clone(), format!("[{}]", fact.source)])
            .collect();
        out.extend(["\n", section, "\n", &table(&rows)]);
    }
    if !card.notes.is_empty() {
        out.push_str("\nnotes\n");
        out.extend(card.notes.iter().map(|note| format!("  {note}\n")));
    }
    out
}

/// The statements in which two cards differ.
#[must_use]
pub fn diff(one: &Card, other: &Card) -> String {
    let (left, right) = (facts(one), facts(other));
    let both: Vec<&Fact> = left.iter().chain(&right).collect();
    let mut rows = vec![vec![String::new(), String::new(), one.id.clone(), other.id.clone()]];
    let mut known = std::collections::BTreeSet::new();
    for section in sections_of(&both) {
        for fact in both.iter().filter(|fact| fact.section == section) {
            let (was, is) = (value(&left, fact), value(&right, fact));
            if was != is && known.insert((fact.section, fact.label.as_str())) {
                rows.push(vec![section.to_owned(), fact.label.clone(), was.to_owned(), is.to_owned()]);
            }
        }
    }
    if rows.len() == 1 { format!("{} and {} say the same\n", one.id, other.id) } else { table(&rows) }
}

fn value<'a>(facts: &'a [Fact], like: &Fact) -> &'a str {
    let same = facts.iter().find(|fact| fact.section == like.section && fact.label == like.label);
    same.map_or("-", |fact| fact.value.as_str())
}

fn sections(facts: &[Fact]) -> Vec<&'static str> {
    sections_of(&facts.iter().collect::<Vec<_>>())
}

/// The sections in the order in which they first come.
fn sections_of(facts: &[&Fact]) -> Vec<&'static str> {
    let mut sections = Vec::new();
    for fact in facts {
        if !sections.contains(&fact.section) {
            sections.push(fact.section);
        }
    }
    sections
}

fn facts(card: &Card) -> Vec<Fact> {
    let mut facts = rules(card);
    facts.extend(card.tiers.iter().flat_map(tiers));
    facts.extend(card.items().filter_map(|item| price(card, item)));
    for fold in &card.folds {
        let value = format!("counts as {}", fold.to);
        facts.extend(fold.from.iter().map(|item| fact("folded items", item.id(), value.clone(), &fold.source)));
    }
    for set in card.ratios.values() {
        let of = set.of.iter();
        facts.extend(of.map(|(item, ratio)| {
            fact("package minutes per minute", &format!("{}: {item}", set.set), ratio.to_string(), &set.source)
        }));
    }
    for allowance in &card.allowances {
        let unit = allowance.item.unit().name();
        let value = match allowance.rule {
            AllowanceRule::FreeAMonth(free) => format!("{free} {unit} a month per account"),
            AllowanceRule::ExemptBelow(bound) => format!("everything while below {bound} {unit}"),
        };
        facts.push(fact("free without a grant", allowance.item.id(), value, &allowance.source));
    }
    for sells in &card.sells {
        facts.extend(sells.plans.iter().map(|plan| fact("sold with it", plan, "yes".to_owned(), &sells.source)));
    }
    facts
}

fn fact(section: &'static str, label: &str, value: String, source: &str) -> Fact {
    Fact { section, label: label.to_owned(), value, source: source.to_owned() }
}

fn rules(card: &Card) -> Vec<Fact> {
    let mut facts = vec![
        fact("account", "site", site_name(card.site).to_owned(), &card.source),
        fact("account", "currency", card.currency.clone(), &card.source),
    ];
    for (index, applies) in card.applies.iter().enumerate() {
        facts.push(fact("applies to", &format!("usage {}", index + 1), window(applies), &applies.source));
    }
    let settlement = &card.settlement;
    facts.push(fact("settled", "usage", settled(settlement.rule), &settlement.source));
    for pattern in &settlement.always_by_month {
        facts.push(fact("settled", &pattern.to_string(), "by month".to_owned(), &settlement.source));
    }
    let meter = &card.meter;
    let bucket = match meter.bucket {
        Bucket::Day => "seconds of a day, rounded up once",
        Bucket::Month => "seconds of a calendar month, rounded up once",
        Bucket::Settlement => "seconds of the settlement day or month, rounded up once",
    };
    let scope = scope_name(meter.scope);
    facts.push(fact("metered", "clock", clock(meter.clock).to_owned(), &meter.source));
    facts.push(fact("metered", "bucket", bucket.to_owned(), &meter.source));
    facts.push(fact("metered", "scope", scope.to_owned(), &meter.source));
    if let Some(reading) = &meter.perhaps {
        let services = reading.services.join(", ");
        facts.push(fact(
            "metered",
            &format!("not taken: {services}"),
            scope_name(reading.scope).to_owned(),
            &reading.source,
        ));
    }
    for billed in &card.bill_dates {
        let items = billed.items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        facts.push(fact("billed", &items, billed.when.clone(), &billed.source));
    }
    for older in &card.older_counts {
        let value = format!("before {} counted by output, not by input", older.usage_until);
        facts.push(fact("metered", &older.services.join(", "), value, &older.source));
    }
    facts.extend(card.negotiable.iter().map(|from| {
        let value = format!("on request, for a month above {} {}", plain(from.above), card.currency);
        fact("discount", "usage", value, &from.source)
    }));
    facts.extend(card.service.iter().flat_map(arrears));
    let tie = match card.order.tie {
        TieOrder::Time => "by interval, then item, then SDKAppID",
        TieOrder::Item => "the whole bucket by item, then interval",
    };
    let grants =
        if card.order.narrow_first { "bound to an app first, then the earliest end" } else { "the earliest end" };
    facts.push(fact("order", "usage", tie.to_owned(), &card.order.source));
    facts.push(fact("order", "grants", grants.to_owned(), &card.order.source));
    facts
}

/// Returns what becomes of the service of an account in arrears.
fn arrears(service: &ServiceRule) -> [Fact; 3] {
    let about = |about: &str, value: String| fact("service", about, value, &service.source);
    [
        about("unpaid", format!("stops after {} hours", service.stops_after_hours)),
        about("stopped", format!("data and packages reclaimed after {} days", service.reclaimed_after_days)),
        about("package", format!("works {} minutes after payment if bought then", service.works_after_minutes)),
    ]
}

fn tiers(tiers: &Tiers) -> Vec<Fact> {
    let dated = dates(tiers.usage_from, tiers.usage_until).map(|dates| format!(" ({dates})")).unwrap_or_default();
    let of_service = |service: &String| {
        let label = format!("{service}{dated}");
        tiers.bounds.iter().map(move |bound| {
            let value = bound.px.map_or_else(|| "everything larger".to_owned(), |px| format!("up to {px} px"));
            fact("tiers by picture area", &format!("{label} {}", bound.tier), value, &tiers.source)
        })
    };
    tiers.services.iter().flat_map(of_service).collect()
}

fn price(card: &Card, item: Item) -> Option<Fact> {
    let price = card.price(item)?;
    let unit = item.unit().name();
    let derived = if price.derived { ", derived: not published" } else { "" };
    let value = format!(
        "{} {} per {} {unit} = {} per {unit}{derived}",
        plain(price.list),
        card.currency,
        price.per,
        price.unit_price()
    );
    Some(fact("list prices", item.id(), value, &price.source))
}

fn settled(rule: CardSettlement) -> String {
    match rule {
        CardSettlement::Day => "by day".to_owned(),
        CardSettlement::Month => "by month".to_owned(),
        CardSettlement::FirstApp { day_from } => {
            format!("by day if the first app is of {day_from} or later, else by month")
        }
    }
}

const fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::App => "each SDKAppID",
        Scope::Account => "all applications of the account",
    }
}

const fn clock(clock: Clock) -> &'static str {
    match clock {
        Clock::WholeStay => "a user's whole stay in the room, alone or not",
        Clock::PerPicture => "each received picture in its tier; without one, audio",
        Clock::PerStream => "each received stream, audio too; alone, nothing",
        Clock::SumOfAreas => "the sum of the received areas; without a picture, audio",
    }
}

fn dates(from: Option<Day>, until: Option<Day>) -> Option<String> {
    match (from, until.map(|until| until + -1)) {
        (Some(from), Some(last)) => Some(format!("{from} to {last}")),
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(last)) => Some(format!("to {last}")),
        (None, None) => None,
    }
}

fn usage(window: &Window) -> String {
    dates(window.usage_from, window.usage_until).unwrap_or_else(|| "always".to_owned())
}

fn window(window: &Window) -> String {
    let mut parts = vec![usage(window)];
    parts.extend(dates(window.first_app_from, window.first_app_until).map(|dates| format!("first app {dates}")));
    let plans = window.before_grant.join("* or ");
    parts.extend((!plans.is_empty()).then(|| format!("until the first {plans}* grant is paid")));
    parts.extend((window.precedence != 0).then(|| format!("precedence {}", window.precedence)));
    parts.join(", ")
}
