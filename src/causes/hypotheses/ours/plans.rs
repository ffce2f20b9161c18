//! Grants and subscriptions that account.toml does not list, that were returned, or that had another balance.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Edit, Own};
use crate::case::Account;
use crate::case::account::{Ended, EndedBy, GrantEntry, Opening, SubscriptionEntry};
use crate::causes::bill_partition::Mark;
use crate::causes::messages::say;
use crate::causes::own_side::State;
use crate::compare::Kind;
use crate::compare::finding::Finding;
use crate::model::cause::Cause;
use crate::model::invoice::{InvoiceLine, LineClass};
use crate::model::{AppId, Day, Item, PackMinutes, Rounding, Stamp, Unit};
use crate::rules::plan::{Bound, Kind as PlanKind, Plan};
use crate::rules::quote::quote;
use crate::rules::{Plans, terms};

/// Hours of the day at which a payment may have been made, of which the bill says the day alone.
const HOURS: [i64; 3] = [0, 12, 23];
const HOUR: i64 = 3_600;
/// Decimals at which a balance is tried.
const PLACES: [u32; 4] = [0, 2, 4, 8];
/// So many days before the first one that is covered a month's minutes may have begun.
const MONTH: i32 = 31;

/// Returns the plan of a fee.
fn plan_of(item: Option<Item>) -> Option<&'static Plan> {
    Plans::known().get(item?.id().strip_prefix("fee.")?)
}

/// A plan at a time, as account.toml lists it.
#[derive(Clone)]
struct Listed {
    plan: &'static Plan,
    app: Option<AppId>,
    purchased: Stamp,
    minutes: Option<PackMinutes>,
    paid: Option<Decimal>,
    opening: Option<Opening>,
    /// True if it is a subscription that renews.
    renews: bool,
}

impl Listed {
    fn id(&self) -> String {
        format!("{}-{}", self.plan.id, self.purchased.day().to_string().replace('-', ""))
    }

    fn is_subscription(&self) -> bool {
        self.plan.kind == PlanKind::Monthly && self.opening.is_none()
    }

    fn add(&self, account: &mut Account) {
        let mut id = self.id();
        let taken = |id: &str| {
            account.grants.iter().any(|grant| grant.id == id)
                || account.subscriptions.iter().any(|other| other.id == id)
        };
        while taken(&id) {
            id.push('b');
        }
        if self.is_subscription() {
            account.subscriptions.push(SubscriptionEntry {
                id,
                plan: self.plan.id.clone(),
                app: self.app,
                purchased: self.purchased,
                auto_renew: self.renews,
                end: None,
                paid: self.paid,
                opening: None,
                ended: None,
                line: 0,
            });
        } else {
            account.grants.push(GrantEntry {
                id,
                plan: self.plan.id.clone(),
                purchased: self.purchased,
                app: self.app,
                minutes: self.minutes,
                paid: self.paid,
                start: None,
                end: None,
                opening: self.opening,
                ended: None,
                line: 0,
            });
        }
    }

    fn paste(&self) -> String {
        let table = if self.is_subscription() { "subscription" } else { "grant" };
        let mut text = format!("[[{table}]]\nid = \"{}\"\nplan = \"{}\"\n", self.id(), self.plan.id);
        let _ = writeln!(text, "purchased = {}", self.purchased);
        let mut put = |line: Option<String>| text.push_str(&line.unwrap_or_default());
        put(self.app.map(|app| format!("app = {app}\n")));
        put(self.minutes.map(|minutes| format!("minutes = {minutes}\n")));
        put(self.renews.then(|| "auto_renew = true\n".to_owned()));
        put(self.paid.map(|paid| format!("paid = \"{paid}\"\n")));
        put(self
            .opening
            .map(|opening| format!("opening = {{ at = {}, minutes = \"{}\" }}\n", opening.at, opening.minutes)));
        text
    }

    fn change(self) -> Own {
        let plan = self.plan.id.clone();
        let what: [(&str, &dyn std::fmt::Display); 2] = [("plan", &plan), ("day", &self.purchased.day())];
        let (cause, plain) = if self.is_subscription() {
            (Cause::SubscriptionMissing { plan: plan.clone() }, say("subscription_missing", &what))
        } else {
            (Cause::GrantMissing { plan: plan.clone() }, say("grant_missing", &what))
        };
        Own::of_account(cause, plain, self.paste(), move |account| self.add(account))
    }
}

/// Returns the applications that a plan may be for: the line's, else each that is known.
fn apps(plan: &Plan, app: Option<AppId>, state: &State<'_>) -> Vec<Option<AppId>> {
    if app.is_some() || plan.bound != Bound::App {
        return vec![app];
    }
    state.apps().into_iter().map(Some).collect()
}

/// Returns each purchase and renewal of the bill that account.toml does not list.
pub fn bought(state: &State<'_>) -> Vec<Own> {
    let bill = state.bill();
    let unlisted = state.compared.findings.iter().filter(|finding| {
        finding.kind == Kind::SubscriptionFee && finding.pairing.charges.is_empty() && finding.expected.amount.is_zero()
    });
    let mut changes = Vec::new();
    for line in unlisted.filter_map(|finding| finding.pairing.lines.first()).map(|at| &bill.lines[*at]) {
        let Some(plan) = plan_of(line.item) else { continue };
        for app in apps(plan, line.app, state) {
            changes.extend(purchases(plan, app, line).into_iter().map(Listed::change));
        }
    }
    changes
}

/// Returns the entry that account.toml lacks for a purchase or renewal of the bill.
#[must_use]
pub fn purchase(line: &InvoiceLine) -> Option<Own> {
    let plan = plan_of(line.item)?;
    purchases(plan, line.app, line).into_iter().next().map(Listed::change)
}

/// Returns what may have been bought with a line: at the moment that it prints, else at several hours of its day; a
/// renewal also a month before.
fn purchases(plan: &'static Plan, app: Option<AppId>, line: &InvoiceLine) -> Vec<Listed> {
    let day = line.span.from.day();
    let paid = Some(line.amount.decimal().normalize());
    let sizes: Vec<Option<PackMinutes>> = match plan.minutes {
        Some(_) => vec![None],
        None => sizes(plan, line).into_iter().map(Some).collect(),
    };
    let at = |purchased: Stamp, minutes: Option<PackMinutes>| Listed {
        plan,
        app,
        purchased,
        minutes,
        paid,
        opening: None,
        renews: false,
    };
    let hours = HOURS.into_iter().map(|hour| day.start() + hour * HOUR);
    let moments: Vec<Stamp> = line.paid_at.into_iter().chain(hours).collect();
    let mut all: Vec<Listed> = Vec::new();
    for size in sizes {
        all.extend(moments.iter().map(|moment| at(*moment, size)));
    }
    if plan.kind == PlanKind::Monthly {
        all.push(Listed { renews: true, ..at(day.plus_months(-1).start(), None) });
        // Printed the day after.
        all.push(at((day + -1).start(), None));
    }
    all
}

/// Returns the sizes of a custom package that cost just so much.
fn sizes(plan: &Plan, line: &InvoiceLine) -> Vec<PackMinutes> {
    let fits = |minutes: &PackMinutes| quote(plan, *minutes).is_some_and(|quoted| quoted.amount == line.amount);
    let of_band = |band: &crate::rules::plan::Band| {
        let near = Rounding::HalfUp(0).apply(line.amount.decimal().checked_div(band.price)?);
        let near = i64::try_from(near.mantissa()).ok()?;
        // A round size first: packages are sold by the thousand.
        let round = [1_000, 100, 10, 1].map(|step| PackMinutes::whole((near + step / 2) / step * step));
        round.into_iter().find(|minutes| fits(minutes))
    };
    plan.bands.iter().filter_map(of_band).collect()
}

/// Returns each grant whose price the bill returns: it covers nothing, and neither its purchase nor its refund is owed.
pub fn returned(state: &State<'_>) -> Vec<Own> {
    let bill = state.bill();
    let refunds = bill.lines.iter().enumerate().filter(|(_, line)| line.class == LineClass::Refund);
    let mut changes = Vec::new();
    for (at, line) in refunds {
        let day = line.span.from.day();
        let purchase = |plan: &str| {
            bill.lines.iter().position(|fee| {
                let named = fee.item.is_some_and(|item| item.id().strip_prefix("fee.") == Some(plan));
                fee.class == LineClass::Fee && named && fee.amount == -line.amount
            })
        };
        let excused =
            |plan: &str| -> BTreeSet<Mark> { std::iter::once(at).chain(purchase(plan)).map(Mark::Line).collect() };
        let grants = state.account.grants.iter().map(|grant| (&grant.id, &grant.plan, grant.app, grant.purchased));
        let subscriptions = state.account.subscriptions.iter().map(|one| (&one.id, &one.plan, one.app, one.purchased));
        let all: Vec<_> = grants.chain(subscriptions).collect();
        let fits = |plan: &str, app: Option<AppId>, bought: Stamp| {
            let named = line.item.is_none_or(|item| item.id().strip_prefix("fee.") == Some(plan));
            let for_it = line.app.is_none() || app.is_none() || line.app == app;
            named && for_it && bought.day() <= day
        };
        let own: Vec<_> = all.into_iter().filter(|(_, plan, app, bought)| fits(plan, *app, *bought)).collect();
        for (id, plan, _, bought) in &own {
            let gone = (*id).clone();
            let at = day.start().max(*bought);
            let ended = Some(Ended { at, by: Some(EndedBy::Refund) });
            let edit = move |account: &mut Account| {
                account.grants.iter_mut().filter(|grant| grant.id == gone).for_each(|grant| grant.ended = ended);
                account.subscriptions.iter_mut().filter(|one| one.id == gone).for_each(|one| one.ended = ended);
            };
            let listed = state.account.grants.iter().any(|grant| grant.id == **id);
            let table = if listed { "grant" } else { "subscription" };
            changes.push(Own {
                causes: vec![Cause::GrantReturned { grant: (*id).clone() }],
                plain: say("grant_returned", &[("grant", id), ("day", &day)]),
                paste: format!("[[{table}]]\nid = \"{id}\"\nended = {at}\nended_by = \"refund\"\n"),
                edit: Edit::Both(Arc::new(edit), Arc::new(excused(plan))),
            });
        }
        let plan = plan_of(line.item).map_or("", |plan| &plan.id);
        if own.is_empty() && purchase(plan).is_some() {
            changes.push(Own {
                plain: say("grant_returned", &[("grant", &plan), ("day", &day)]),
                causes: vec![Cause::GrantReturned { grant: plan.to_owned() }],
                paste: String::new(),
                edit: Edit::Excuse(Arc::new(excused(plan))),
            });
        }
    }
    changes
}

/// Returns the package minutes that the bill covers beyond the charges, at the ratios of a grant.
fn beyond(state: &State<'_>, grant: &terms::Grant) -> Decimal {
    let bill = state.bill();
    let of = |finding: &Finding| {
        let charge = &bill.charges[*finding.pairing.charges.first()?];
        let same = finding.billed.usage.is_none_or(|usage| Some(usage) == finding.expected.usage);
        if charge.item.unit() != Unit::Minute || !same {
            return None;
        }
        let segment = state.terms().segment(charge.day.first_day().start());
        let ratio = grant.ratios.get(segment)?.get(charge.item.index()).copied()??;
        let figure = |figure: Option<crate::model::Quantity>| figure.unwrap_or_default().decimal();
        Some((figure(finding.expected.charged) - figure(finding.billed.charged)) * ratio.decimal())
    };
    state.compared.findings.iter().filter_map(of).sum()
}

/// Returns each grant with the balance that would make the month agree.
pub fn openings(state: &State<'_>) -> Vec<Own> {
    let mut changes = Vec::new();
    let begins = state.terms().window.from();
    // A balance fitted to a grant that is itself a guess proves neither.
    let listed = |entry: &&GrantEntry| state.situation().account.grants.iter().any(|known| known.id == entry.id);
    for entry in state.account.grants.iter().filter(listed) {
        let Some(grant) = state.terms().grants.iter().find(|grant| grant.id == entry.id) else { continue };
        let Some(balance) = state.balances().iter().find(|balance| balance.id == entry.id) else { continue };
        let fee = |line: &&InvoiceLine| {
            line.class == LineClass::Fee
                && line.item.is_some_and(|item| item.id().strip_prefix("fee.") == Some(&entry.plan))
                && (0..=1).contains(&(line.span.from.day() - entry.purchased.day()))
        };
        let bought = entry.opening.is_none() && entry.purchased >= begins && grant.plan != "free-monthly";
        if bought || state.situation().attested.contains(&entry.id) || state.bill().lines.iter().any(|line| fee(&line))
        {
            // Bought within the bill, or as the vendor's package files have it: its balance is known.
            continue;
        }
        let off = beyond(state, grant);
        if off.is_zero() {
            continue;
        }
        let left = (balance.remaining + balance.expired).decimal();
        let opening = entry.opening.map(|opening| opening.minutes.decimal());
        let available = opening.unwrap_or_else(|| balance.opening.decimal());
        let exact = available - left + off;
        let at = entry.opening.map_or_else(|| grant.valid.from.max(begins), |opening| opening.at);
        let mut tried = BTreeSet::new();
        for places in PLACES {
            let minutes = Rounding::HalfUp(places).apply(exact).normalize();
            let far = (minutes - exact).abs() > Decimal::new(1, 4);
            if far || minutes <= Decimal::ZERO || !tried.insert(minutes) {
                continue;
            }
            let Some(minutes) = PackMinutes::from_decimal(minutes) else { continue };
            if minutes > grant.minutes {
                continue;
            }
            let (id, opening) = (entry.id.clone(), Opening { at, minutes });
            changes.push(Own::of_account(
                Cause::Opening { grant: id.clone() },
                say("opening", &[("grant", &id), ("minutes", &minutes), ("at", &at)]),
                format!("[[grant]]\nid = \"{id}\"\nopening = {{ at = {at}, minutes = \"{minutes}\" }}\n"),
                move |account| {
                    for grant in account.grants.iter_mut().filter(|grant| grant.id == id) {
                        grant.opening = Some(opening);
                    }
                },
            ));
        }
    }
    changes
}

/// Returns the plans of the catalogue that would explain deductions which no listed grant explains, from each day on
/// which they may have begun.
pub fn unlisted(state: &State<'_>) -> Vec<Own> {
    let Some(first) = state.first_covered_beyond() else { return Vec::new() };
    let begins = state.terms().window.from().day();
    let mut changes = Vec::new();
    for plan in Plans::known() {
        let fits = plan.currency == state.terms().currency() && plan.ratio.is_some() && plan.kind != PlanKind::Trial;
        if !fits || !state.beyond_items().iter().all(|item| covers(plan, *item, state)) {
            continue;
        }
        let apps = if plan.bound == Bound::App { state.beyond_apps() } else { BTreeSet::from([None]) };
        if plan.bound == Bound::App && apps.len() != 1 {
            continue;
        }
        let app = apps.into_iter().next().flatten();
        let lasting = matches!(plan.kind, PlanKind::Package);
        let earliest = if lasting { begins + -1 } else { first + -MONTH };
        let mut days: Vec<Day> = vec![first];
        if !state.charges_before(first) {
            days.extend((earliest.number()..first.number()).rev().map(Day::from_number).take(if lasting {
                1
            } else {
                31
            }));
        }
        if lasting && first > begins && !state.charges_before(first) {
            days.push(begins + -1);
        }
        // Packages add up; the minutes of a month are given once.
        let given = |day: &Day| {
            let same = |grant: &&terms::Grant| grant.plan == plan.id && grant.app == app;
            state.terms().grants.iter().filter(same).any(|grant| grant.valid.overlaps(day.span()))
        };
        for day in days.into_iter().filter(|day| lasting || !given(day)) {
            let base =
                Listed { plan, app, purchased: day.start(), minutes: None, paid: None, opening: None, renews: false };
            if plan.minutes.is_some() {
                changes.push(base.clone().change());
            }
            let Some(grant) = state.grant_if(|account| {
                Listed { minutes: Some(PackMinutes::whole(1)).filter(|_| plan.minutes.is_none()), ..base.clone() }
                    .add(account);
            }) else {
                continue;
            };
            let off = beyond(state, &grant);
            for places in [0, 4] {
                let Some(minutes) = PackMinutes::from_decimal(Rounding::HalfUp(places).apply(off)) else { continue };
                if minutes.is_zero() || off <= Decimal::ZERO || plan.grants().is_some_and(|most| minutes > most) {
                    continue;
                }
                let at = day.start().max(state.terms().window.from());
                changes.push(match plan.minutes {
                    Some(_) => Listed { opening: Some(Opening { at, minutes }), ..base.clone() }.change(),
                    None => Listed { minutes: Some(minutes), ..base.clone() }.change(),
                });
            }
        }
    }
    changes
}

fn covers(plan: &Plan, item: Item, state: &State<'_>) -> bool {
    let segments = state.terms().segments.iter();
    segments.clone().any(|segment| {
        segment.span.overlaps(state.terms().billed_usage())
            && plan.ratio_on(item, &segment.card, state.account.registered(), segment.any_day()).is_some()
    })
}
