//! From what an account is and bought to the terms it is rated by.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::dates;
use super::readings::FreeReading;
use super::subscription::{Cycle, cycles};
use super::terms::{AgreedPrice, Bucket, Fee, Grant, PriceTiers, Quota, Scopes, Segment, Terms, Window};
use crate::case::Account;
use crate::case::account::{ContractPrice, Ended, GrantEntry, InForce, SubscriptionEntry};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::policy::Settlement;
use crate::model::{AppId, Day, Item, Money, Month, Quantity, Rounding, Span, Stamp, UnitPrice};
use crate::rules::plan::{Bound, Kind};
use crate::rules::quote::quote;
use crate::rules::{Cards, Plan, Plans, timeline};

/// The terms of an account for the bill of a month.
pub fn terms(account: &Account, cards: &Cards, period: Month) -> Result<Terms, Diagnostics> {
    let window = Window::of(account.cut, period);
    let account = &*dates::known(account, cards, window)?;
    let mut found = Diagnostics::default();
    let segments = segments(account, cards)?;
    let agreed = agreed_prices(account, &segments, &mut found);
    let mut terms = Terms {
        segments,
        grants: Vec::new(),
        fees: Vec::new(),
        possible_fees: Vec::new(),
        quotas: Vec::new(),
        discount: account.discount.clone(),
        agreed,
        minimum: minimum(account, period),
        rebates: rebates(account, period),
        partial_minute: account.policy.partial_minute,
        free: FreeReading::default(),
        window,
        day_shift: 0,
    };
    let mut purchases: Vec<Purchase<'_>> = Vec::new();
    for entry in &account.grants {
        purchases.extend(granted(entry, account, &terms, &mut found));
    }
    for entry in &account.subscriptions {
        purchases.extend(subscribed(entry, account, &terms, &mut found));
    }
    terms.quotas = quotas(account, &purchases, window.month);
    for purchase in purchases {
        purchase.agree(&mut terms);
    }
    if found.has_errors() { Err(found) } else { Ok(terms) }
}

/// A warning for each `opening` above what its plan ever gave.
#[must_use]
pub fn openings(account: &Account) -> Vec<Diagnostic> {
    let warning = |entry: &GrantEntry| {
        let opening = entry.opening?.minutes;
        let given = entry.minutes.or_else(|| Plans::known().get(&entry.plan).and_then(Plan::grants))?;
        let message = format!(
            "grant `{}`: its opening has {opening} minutes, and its plan never gave more than {given}",
            entry.id
        );
        let help = "correct `opening`; two packages of one plan are two [[grant]] entries";
        let at = At::file("account.toml").row(entry.line);
        (opening > given).then(|| Diagnostic::warning("account-opening", at, message, help))
    };
    account.grants.iter().filter_map(warning).collect()
}

/// The cards of the account over time, parted where the ratios of what it holds change under a card.
fn segments(account: &Account, cards: &Cards) -> Result<Vec<Segment>, Diagnostics> {
    let held = account.grants.iter().filter_map(|entry| Plans::known().get(&entry.plan));
    let turns: BTreeSet<Day> = held.flat_map(Plan::ratio_turns).collect();
    let turns: BTreeSet<Day> = turns.into_iter().chain(account.settled_from.iter().map(|(from, _)| *from)).collect();
    let segment = |found: crate::rules::Segment| {
        let settled = found.card.settlement(account, found.span);
        let scope = |item| account.policy.metering_scope.of(item).unwrap_or(found.card.meter.scope);
        Segment {
            span: found.span,
            settled,
            bucket: match found.card.bucket(settled) {
                Settlement::Day => Bucket::Day,
                Settlement::Month => Bucket::Month,
            },
            scope: Scopes::by(scope),
            tie_order: account.policy.tie_order.unwrap_or(found.card.order.tie),
            reason: found.reason,
            card: found.card,
            whole: 0,
        }
    };
    let parts = timeline(cards, account)?.into_iter().flat_map(|found| parted(found, &turns));
    let mut segments: Vec<Segment> = Vec::new();
    for mut part in parts.map(segment) {
        let goes_on = segments.last().filter(|last| last.card.id == part.card.id && last.bucket == part.bucket);
        part.whole = goes_on.map_or(segments.len(), |last| last.whole);
        segments.push(part);
    }
    Ok(segments)
}

fn parted(whole: crate::rules::Segment, turns: &BTreeSet<Day>) -> Vec<crate::rules::Segment> {
    let (mut parts, mut rest) = (Vec::new(), whole);
    for turn in turns.iter().map(|day| day.start()) {
        if rest.span.from < turn && turn < rest.span.until {
            let before = Span { until: turn, ..rest.span };
            parts.push(crate::rules::Segment { span: before, ..rest.clone() });
            rest.span.from = turn;
        }
    }
    parts.push(rest);
    parts
}

/// One thing that was bought or given, and what follows from it.
struct Purchase<'a> {
    plan: &'a Plan,
    grant: Grant,
    /// The app it is for, also where its minutes cover others.
    app: Option<AppId>,
    fee: Option<Fee>,
    possible_fee: Option<Fee>,
    /// Whether its price was returned: then it never gave anything.
    returned: bool,
}

impl Purchase<'_> {
    fn agree(self, terms: &mut Terms) {
        let paid = terms.window.fees;
        // A fee may be printed a day late (实时音视频 购买指南 (2024-10)): one of the day before may stand on this bill.
        let eve = (paid.from.day() + -1).span();
        let (due, late): (Vec<Fee>, Vec<Fee>) = self.fee.into_iter().partition(|fee| paid.contains(fee.day.start()));
        terms.fees.extend(due);
        let possible = late.into_iter().chain(self.possible_fee);
        terms.possible_fees.extend(possible.filter(|fee| {
            let day = fee.day.start();
            paid.contains(day) || eve.contains(day)
        }));
        if !self.returned && (!self.grant.minutes.is_zero() || self.grant.opening.is_some()) {
            terms.grants.push(self.grant);
        }
    }
}

fn refuse(found: &mut Diagnostics, line: u32, message: String, help: &str) {
    found.push(Diagnostic::error("account-plan", At::file("account.toml").row(line), message, help));
}

/// The plan of an entry, if it may be bought by this account.
fn plan(id: &str, line: u32, terms: &Terms, found: &mut Diagnostics) -> Option<&'static Plan> {
    let plan = Plans::known().get(id)?;
    let currency = terms.currency();
    if plan.currency == currency {
        return Some(plan);
    }
    let message = format!("plan `{id}` is sold in {}, this account is billed in {currency}", plan.currency);
    let site = if plan.currency == "CNY" { "cn" } else { "intl" };
    let help = format!("write `site = \"{site}\"` in [account], or correct the plan");
    refuse(found, line, message, &help);
    None
}

/// What a `[[grant]]` gives.
fn granted<'a>(entry: &GrantEntry, account: &Account, terms: &Terms, found: &mut Diagnostics) -> Option<Purchase<'a>> {
    let plan = plan(&entry.plan, entry.line, terms, found)?;
    let minutes = match (plan.grants(), entry.minutes) {
        (Some(fixed), None) => fixed,
        (Some(fixed), Some(given)) if fixed == given => fixed,
        (None, Some(given)) => given,
        (Some(fixed), Some(given)) => {
            let message = format!("grant `{}`: plan `{}` gives {fixed} minutes, not {given}", entry.id, plan.id);
            refuse(found, entry.line, message, "remove `minutes`; only custom packages have it");
            return None;
        }
        (None, None) => {
            let message = format!("grant `{}`: plan `{}` needs `minutes`", entry.id, plan.id);
            refuse(found, entry.line, message, "add `minutes = …`, what the package held when it was bought");
            return None;
        }
    };
    bound_app(plan, entry.app, &entry.id, entry.line, found)?;
    let mut grant = grant_of(plan, entry.id.clone(), entry.purchased, entry.app, account, terms);
    grant.minutes = minutes;
    if let Some(start) = entry.start {
        grant.valid.from = start;
        grant.since = if plan.sweep_from(entry.purchased).is_some() { grant.since.max(start) } else { start };
        grant.ready = if plan.sweep_from(entry.purchased).is_some() { grant.ready } else { start };
    }
    if let Some(end) = entry.end {
        grant.valid.until = end;
    }
    if let Some(opening) = entry.opening {
        grant.opening = Some(opening.minutes);
        grant.since = grant.since.max(opening.at);
    }
    grant.ended = entry.ended.map(|ended| ended.at);
    let list = || quote(plan, minutes).map(|quote| quote.amount.decimal());
    let cost = fee(plan, entry.app, entry.purchased, entry.paid.or_else(list), terms);
    let returned = entry.ended.is_some_and(Ended::is_refund);
    let (fee, possible_fee) = if entry.paid.is_some() && !returned { (cost, None) } else { (None, cost) };
    Some(Purchase { plan, grant, app: entry.app, fee, possible_fee, returned })
}

fn bound_app(plan: &Plan, app: Option<AppId>, id: &str, line: u32, found: &mut Diagnostics) -> Option<()> {
    if plan.bound == Bound::App && app.is_none() {
        let message = format!("`{id}`: plan `{}` is bound to one application", plan.id);
        refuse(found, line, message, "add `app = <SDKAppID>`");
        return None;
    }
    Some(())
}

/// The cycles of a `[[subscription]]` that start before the bill's usage ends.
fn subscribed<'a>(
    entry: &SubscriptionEntry,
    account: &Account,
    terms: &Terms,
    found: &mut Diagnostics,
) -> Vec<Purchase<'a>> {
    let Some(plan) = plan(&entry.plan, entry.line, terms, found) else { return Vec::new() };
    if !matches!(plan.kind, Kind::Monthly | Kind::Trial) {
        let message = format!("subscription `{}`: plan `{}` is not a monthly plan", entry.id, plan.id);
        refuse(found, entry.line, message, "list it as [[grant]]");
        return Vec::new();
    }
    if bound_app(plan, entry.app, &entry.id, entry.line, found).is_none() {
        return Vec::new();
    }
    let behind = terms.window.until().max(terms.window.fees.until);
    // A cycle that was over when the balance was taken gives nothing behind it.
    let lasts = |cycle: &Cycle| entry.opening.is_none_or(|opening| opening.at < cycle.span.until);
    cycles(entry, plan, behind).filter(lasts).map(|cycle| cycle_of(plan, entry, &cycle, account, terms)).collect()
}

/// One cycle. The first is bought at the payment; a renewal works from its start and catches nothing up.
fn cycle_of<'a>(
    plan: &'a Plan,
    entry: &SubscriptionEntry,
    cycle: &Cycle,
    account: &Account,
    terms: &Terms,
) -> Purchase<'a> {
    let mut grant = grant_of(plan, cycle.id(entry), cycle.bought, entry.app, account, terms);
    grant.valid = cycle.span;
    if cycle.number > 1 {
        (grant.ready, grant.since) = (cycle.span.from, cycle.span.from);
    }
    grant.minutes = plan.grants().unwrap_or_default();
    if let Some(opening) = entry.opening.filter(|opening| cycle.span.contains(opening.at)) {
        grant.opening = Some(opening.minutes);
        grant.since = grant.since.max(opening.at);
    }
    grant.ended = cycle.ended;
    let price = if plan.kind == Kind::Trial { None } else { entry.paid.or(plan.price) };
    let fee = fee(plan, entry.app, cycle.bought, price, terms);
    let (fee, possible_fee) = if cycle.returned { (None, fee) } else { (fee, None) };
    Purchase { plan, grant, app: entry.app, fee, possible_fee, returned: cycle.returned }
}

/// A grant as its plan has it, without minutes yet.
fn grant_of(plan: &Plan, id: String, purchased: Stamp, app: Option<AppId>, account: &Account, terms: &Terms) -> Grant {
    let mut valid = plan.validity(purchased);
    let (ready, since) = match plan.sweep_from(purchased) {
        Some(since) => (plan.ready(purchased), since),
        None => (valid.from, valid.from),
    };
    valid.from = valid.from.min(since);
    let ratios = |segment: &Segment| {
        let usage = segment.any_day();
        Item::all().map(|item| plan.ratio_on(item, &segment.card, account.registered(), usage)).collect::<Vec<_>>()
    };
    let offer =
        |offer: &crate::rules::plan::Offer| Span { from: offer.usage_from.start(), until: offer.usage_until.start() };
    Grant {
        id,
        plan: plan.id.clone(),
        minutes: crate::model::PackMinutes::ZERO,
        valid,
        ready,
        since,
        purchased,
        app: plan.bound_to(app, purchased),
        unbound: plan.account_wide.iter().map(offer).collect(),
        ended: None,
        always_first: plan.always_first,
        rank: 0,
        ratios: terms.segments.iter().map(ratios).collect(),
        opening: None,
    }
}

/// The fee of a purchase; by contract, else as given.
fn fee(plan: &Plan, app: Option<AppId>, paid_at: Stamp, price: Option<Decimal>, terms: &Terms) -> Option<Fee> {
    let item = Item::fee(&plan.id)?;
    let price = terms.agreed_price(item, paid_at.day()).or_else(|| price.map(UnitPrice::new))?;
    Some(Fee { item, app, day: paid_at.day(), price })
}

/// Free users of each app: one quota per product, the largest in force on any
/// day of the month; and what other products give.
fn quotas(account: &Account, purchases: &[Purchase<'_>], month: Month) -> Vec<Quota> {
    let mut largest: BTreeMap<(AppId, &str), i64> = BTreeMap::new();
    let in_force = |purchase: &&Purchase<'_>| !purchase.returned && purchase.grant.in_force().overlaps(month.span());
    for purchase in purchases.iter().filter(in_force) {
        if let (Some(app), Some(product), Some(users)) = (purchase.app, &purchase.plan.product, purchase.plan.mau_quota)
        {
            let quota = largest.entry((app, product)).or_default();
            *quota = users.max(*quota);
        }
    }
    let of_plans = largest.into_iter().map(|((app, _), users)| Quota { app, month, users });
    let of_others = account.apps.iter().filter(|app| app.mau_quota > 0);
    of_plans.chain(of_others.map(|app| Quota { app: app.id, month, users: app.mau_quota })).collect()
}

/// The least that the bill's usage costs by contract.
fn minimum(account: &Account, period: Month) -> Option<Money> {
    let in_force = account.minimums.iter().filter(|minimum| minimum.in_force.holds(period.first_day()));
    in_force.map(|minimum| Money::new(minimum.amount)).reduce(|sum, amount| sum + amount)
}

/// What the contract returns for the bill's month.
fn rebates(account: &Account, period: Month) -> Vec<crate::case::account::RebateOf> {
    let in_force = account.rebates.iter().filter(|rebate| rebate.in_force.holds(period.first_day()));
    in_force.map(|rebate| rebate.of).collect()
}

/// Prices by contract, for one billing unit at 8 decimals.
fn agreed_prices(account: &Account, segments: &[Segment], found: &mut Diagnostics) -> Vec<AgreedPrice> {
    let mut agreed: Vec<AgreedPrice> = Vec::new();
    for entry in &account.prices {
        let days = |from: Day, until: Option<Day>| InForce { from: Some(from), until };
        let own = days(entry.from, entry.until);
        let meets = |other: &AgreedPrice| other.item == entry.item && own.meets(days(other.from, other.until));
        let message = match agreed_price(entry, segments) {
            None => format!("[[contract.price]] for {}: no rate card of this account prices it", entry.item),
            Some(_) if agreed.iter().any(meets) => {
                format!("[[contract.price]]: two prices for {} are in force on {} or later", entry.item, entry.from)
            }
            Some(price) => {
                agreed.push(price);
                continue;
            }
        };
        let help = "`cards show` lists the items of a card; `until` ends a price";
        found.push(Diagnostic::error("account-contract", At::file("account.toml"), message, help));
    }
    agreed
}

/// A price by contract for one billing unit, where a card says for how many units a price is given.
fn agreed_price(entry: &ContractPrice, segments: &[Segment]) -> Option<AgreedPrice> {
    let listed = segments.iter().rev().find_map(|segment| segment.card.price(entry.item)).map(|list| list.per);
    let per = Decimal::from(if entry.item.is_fee() { 1 } else { listed? });
    let of_unit = |price: Decimal| UnitPrice::checked(Rounding::HalfUp(8).apply(price / per));
    let bands = |tiers: &crate::case::account::VolumeTiers| {
        let band = |band: &crate::case::account::VolumeBand| {
            let up_to = match band.up_to {
                Some(up_to) => Some(Quantity::from_decimal(up_to)?),
                None => None,
            };
            Some((up_to, of_unit(band.price)?))
        };
        Some(PriceTiers { tiering: tiers.tiering, bands: tiers.bands.iter().map(band).collect::<Option<_>>()? })
    };
    let tiers = match &entry.tiers {
        Some(tiers) if !entry.item.is_fee() => Some(bands(tiers)?),
        _ => None,
    };
    Some(AgreedPrice { item: entry.item, price: of_unit(entry.price)?, tiers, from: entry.from, until: entry.until })
}
