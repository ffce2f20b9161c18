//! Several months of one account as one: what it holds over them, and what they cost under other purchases.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use rust_decimal::Decimal;

use crate::case::Account;
use crate::case::account::{GrantEntry, SubscriptionEntry};
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, shown};
use crate::model::{AppId, Money, Month, Place, Runs, Span, Stamp, Unit, Usage};
use crate::rate::charge::Charge;
use crate::rate::{item_mapping, rate_runs};
use crate::rules::plan::Kind;
use crate::rules::quote::quote;
use crate::rules::subscription::{Cycle, cycles};
use crate::rules::terms::Terms;
use crate::rules::{Cards, Plans, build_terms};
use crate::tools::estimate::Purchase;

/// The case of one month.
#[derive(Debug, Clone, Copy)]
pub struct MonthCase<'a> {
    /// The account, from the month's account.toml.
    pub account: &'a Account,
    /// The billing month.
    pub period: Month,
    /// The terms of the month as it was.
    pub terms: &'a Terms,
    /// The usage, by the items that the files name.
    pub usage: &'a [Usage],
}

/// A set of purchases, instead of the account's own or besides them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Set {
    /// Ids of entries of account.toml that are not bought.
    pub dropped: BTreeSet<String>,
    /// The purchases, each with its moment.
    pub bought: Vec<(Stamp, Purchase)>,
}

impl Set {
    /// Its purchases as a text.
    fn named(&self) -> String {
        let mut name: String = self.dropped.iter().map(|id| format!("{id} ")).collect();
        for (at, one) in &self.bought {
            let _ = write!(name, "/{} {} {:?} {}", at.seconds(), one.plan, one.app, one.minutes);
        }
        name
    }
}

/// A plan or package that an account holds for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The plan.
    pub plan: String,
    /// The application it is for.
    pub app: Option<AppId>,
    /// When it is valid.
    pub span: Span,
}

/// Months that follow each other.
pub struct Year<'a> {
    cards: &'a Cards,
    months: Vec<MonthCase<'a>>,
    grants: Vec<GrantEntry>,
    subscriptions: Vec<SubscriptionEntry>,
    /// All usage, in order of time, by the items of the cards.
    usage: Vec<Usage>,
    /// The days of all months.
    pub span: Span,
    /// The entries of account.toml that were bought within the months and might not have been.
    pub droppable: Vec<String>,
    /// When the grants of account.toml may cover usage, for each month.
    reach: Vec<Vec<Span>>,
    /// Months that were rated, by what decides them.
    known: Mutex<HashMap<(usize, String), Rated>>,
}

/// A rated month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    /// The total, fees included.
    pub total: Money,
    /// True if usage in minutes is charged that no package covers.
    pub beyond_packages: bool,
}

impl<'a> Year<'a> {
    /// Joins months of one account that follow each other, whatever their order.
    pub fn of(mut months: Vec<MonthCase<'a>>, cards: &'a Cards) -> Result<Self, Diagnostics> {
        months.sort_by_key(|month| month.period);
        joined(&months)?;
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            return Err(refused("backtest-months", "there is no month".to_owned(), "name the cases of the months"));
        };
        let span = Span { from: first.period.span().from, until: last.period.span().until };
        let (mut grants, mut subscriptions) = entries(&months);
        let mut droppable = Vec::new();
        for entry in &mut grants {
            let bought = span.contains(entry.purchased) && listed(&entry.plan);
            if let Some(price) = entry.paid.or_else(|| price(entry)).filter(|_| bought) {
                entry.paid = Some(price);
                droppable.push(entry.id.clone());
            }
        }
        for entry in &mut subscriptions {
            let bought = span.contains(entry.purchased) || entry.auto_renew;
            if bought && listed(&entry.plan) {
                droppable.push(entry.id.clone());
            }
        }
        let usage = usage(&months)?;
        let (known, reach) = (Mutex::new(HashMap::new()), Vec::new());
        let mut year = Self { cards, months, grants, subscriptions, usage, span, droppable, reach, known };
        let all = Set::default();
        year.reach = (0..year.months.len())
            .map(|at| year.terms(at, &all).map(|terms| self::reach(&terms)).ok_or_else(unrated))
            .collect::<Result<_, _>>()?;
        year.keep_cards();
        Ok(year)
    }

    /// Keeps what decides the rate card of a month: an entry is left out only where the cards stay as they are.
    fn keep_cards(&mut self) {
        let mut none = Set::default();
        for id in std::mem::take(&mut self.droppable) {
            let mut without = none.clone();
            without.dropped.insert(id.clone());
            if (0..self.months.len()).all(|at| self.terms(at, &without).is_some()) {
                self.droppable.push(id);
                none = without;
            }
        }
    }

    /// Returns the months, in order.
    #[must_use]
    pub fn months(&self) -> &[MonthCase<'a>] {
        &self.months
    }

    /// Returns the account of a month with a set of purchases; every purchase has its price as a fee.
    #[must_use]
    pub fn account(&self, month: usize, set: &Set) -> Account {
        let kept = |entry: &&GrantEntry| !set.dropped.contains(&entry.id);
        let mut account = Account {
            grants: self.grants.iter().filter(kept).cloned().collect(),
            subscriptions: self.subscriptions.iter().filter_map(|entry| self.subscribed(entry, set)).collect(),
            ..self.months[month].account.clone()
        };
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        for (at, purchase) in &set.bought {
            let app = purchase.app.map(|app| format!("-{app}")).unwrap_or_default();
            let id = format!("{}{app}-{}", purchase.plan, at.day());
            let number = numbers.entry(id.clone()).or_default();
            *number += 1;
            let id = if *number == 1 { id } else { format!("{id}-{number}") };
            purchase.enter(&mut account, id, *at, Some(purchase.price.decimal()));
        }
        account
    }

    /// Returns a subscription as far as it is kept: one that began before the months ends with them.
    fn subscribed(&self, entry: &SubscriptionEntry, set: &Set) -> Option<SubscriptionEntry> {
        if !set.dropped.contains(&entry.id) {
            return Some(entry.clone());
        }
        let end = entry.end.map_or(self.span.from, |end| end.min(self.span.from));
        (entry.purchased < self.span.from).then(|| SubscriptionEntry { end: Some(end), ..entry.clone() })
    }

    /// Returns the plans and packages of account.toml that a set keeps.
    #[must_use]
    pub fn kept(&self, set: &Set) -> Vec<Held> {
        let granted = self.grants.iter().filter(|entry| !set.dropped.contains(&entry.id)).filter_map(|entry| {
            let valid = Plans::known().get(&entry.plan)?.validity(entry.purchased);
            Some(Held {
                plan: entry.plan.clone(),
                app: entry.app,
                span: Span { until: entry.end.unwrap_or(valid.until), ..valid },
            })
        });
        let renewed = self.subscriptions.iter().filter_map(|entry| self.subscribed(entry, set)).flat_map(|entry| {
            let plan = Plans::known().get(&entry.plan);
            let cycles = plan.map(|plan| cycles(&entry, plan, self.span.until).collect::<Vec<_>>());
            let held = |cycle: Cycle| Held { plan: entry.plan.clone(), app: entry.app, span: cycle.span };
            cycles.into_iter().flatten().map(held).collect::<Vec<_>>()
        });
        granted.chain(renewed).collect()
    }

    /// Returns what each month comes to with a set of purchases: the sum of the charges of `rate`. `None` where a
    /// month cannot be rated with them, or would be rated by another card.
    #[must_use]
    pub fn cost(&self, set: &Set) -> Option<Vec<Rated>> {
        (0..self.months.len()).map(|month| self.month(month, set)).collect()
    }

    fn month(&self, at: usize, set: &Set) -> Option<Rated> {
        let deciding = self.deciding(at, set);
        let key = (at, deciding.named());
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Some(known.clone());
        }
        let charges = self.charges_with(at, &deciding)?;
        let beyond = |charge: &Charge| charge.item.unit() == Unit::Minute && !charge.charged.is_zero();
        let rated = Rated {
            total: charges.iter().map(|charge| charge.amount).sum(),
            beyond_packages: charges.iter().any(beyond),
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, rated.clone());
        Some(rated)
    }

    /// Returns what of a set plays a part in a month: what is left out, and what is bought from the first month on
    /// that a grant connects with it. Monthly plans of earlier months are over by then.
    fn deciding(&self, at: usize, set: &Set) -> Set {
        let window = self.months[at].terms.window;
        let packages = set.bought.iter().filter(|(_, one)| !one.monthly).filter_map(|(at, one)| {
            Some(Span { from: *at, until: Plans::known().get(&one.plan)?.validity(*at).until })
        });
        let spans: Vec<Span> = self.reach[at].iter().copied().chain(packages).collect();
        let from = connected(window.from().day().month().first_day().start(), window.until(), &spans);
        let first = set.bought.partition_point(|(at, _)| *at < from);
        let behind = set.bought.partition_point(|(at, _)| *at < window.until());
        Set { dropped: set.dropped.clone(), bought: set.bought[first..behind.max(first)].to_vec() }
    }

    /// Returns the charges of a month with a set of purchases.
    #[must_use]
    pub fn charges_with(&self, at: usize, set: &Set) -> Option<Vec<Charge>> {
        let terms = self.terms(at, set)?;
        Some(self.charges(at, self.touched(at, &terms), &terms))
    }

    fn terms(&self, at: usize, set: &Set) -> Option<Terms> {
        let terms = build_terms::terms(&self.account(at, set), self.cards, self.months[at].period).ok()?;
        (cards(&terms) == cards(self.months[at].terms)).then_some(terms)
    }

    fn charges(&self, at: usize, from: Stamp, terms: &Terms) -> Vec<Charge> {
        let until = self.months[at].terms.window.until();
        let first = self.usage.partition_point(|row| row.start < from);
        let behind = self.usage.partition_point(|row| row.start < until);
        let runs: Runs = self.usage[first..behind.max(first)].iter().collect();
        rate_runs(&runs, terms).charges
    }

    /// Returns the first usage that plays a part in a month: that of its bill, and what draws on grants that are in
    /// force then, or on grants that are in force with these.
    fn touched(&self, at: usize, terms: &Terms) -> Stamp {
        let window = self.months[at].terms.window;
        connected(window.from().day().month().first_day().start(), window.until(), &reach(terms))
    }
}

/// When the grants of terms may cover usage.
fn reach(terms: &Terms) -> Vec<Span> {
    terms.grants.iter().map(|grant| Span { from: grant.since, until: grant.in_force().until }).collect()
}

/// Returns the 1st of the first month that spans connect with the time between two moments.
fn connected(mut from: Stamp, until: Stamp, spans: &[Span]) -> Stamp {
    loop {
        let met = spans.iter().filter(|span| span.overlaps(Span { from, until }));
        let first = met.map(|span| span.from).min().map_or(from, |first| first.min(from));
        let first = first.day().month().first_day().start();
        if first >= from {
            return from;
        }
        from = first;
    }
}

/// Returns the rate cards over time.
fn cards(terms: &Terms) -> Vec<(&str, Stamp)> {
    let mut cards: Vec<(&str, Stamp)> =
        terms.segments.iter().map(|segment| (segment.card.id.as_str(), segment.span.from)).collect();
    cards.dedup_by_key(|(id, _)| *id);
    cards
}

/// Returns true if a plan is bought, and not given.
fn listed(plan: &str) -> bool {
    Plans::known().get(plan).is_some_and(|plan| matches!(plan.kind, Kind::Package | Kind::Monthly))
}

/// Returns the list price of a grant.
fn price(entry: &GrantEntry) -> Option<Decimal> {
    let plan = Plans::known().get(&entry.plan)?;
    Some(quote(plan, entry.minutes.or_else(|| plan.grants())?)?.amount.decimal())
}

fn refused(code: &'static str, message: String, help: &str) -> Diagnostics {
    [Diagnostic::error(code, At::file("backtest"), message, help)].into_iter().collect()
}

/// Refuses months of several accounts, and months that do not follow each other.
fn joined(months: &[MonthCase<'_>]) -> Result<(), Diagnostics> {
    for two in months.windows(2) {
        let (one, next) = (&two[0], &two[1]);
        if one.account.uin != next.account.uin {
            let message = format!("the cases are of {} and {}", shown(&one.account.uin), shown(&next.account.uin));
            return Err(refused("backtest-accounts", message, "name the months of one account"));
        }
        if one.period.plus(1) != next.period {
            let message = format!("{} does not follow {}", next.period, one.period);
            return Err(refused("backtest-months", message, "name one case of each month, without a gap"));
        }
    }
    Ok(())
}

/// Returns the entries of all months: as the last month has them, with the opening that the first has.
fn entries(months: &[MonthCase<'_>]) -> (Vec<GrantEntry>, Vec<SubscriptionEntry>) {
    let mut grants: Vec<GrantEntry> = Vec::new();
    let mut subscriptions: Vec<SubscriptionEntry> = Vec::new();
    for month in months {
        for entry in &month.account.grants {
            match grants.iter_mut().find(|known| known.id == entry.id) {
                Some(known) => *known = GrantEntry { opening: known.opening, ..entry.clone() },
                None => grants.push(entry.clone()),
            }
        }
        for entry in &month.account.subscriptions {
            match subscriptions.iter_mut().find(|known| known.id == entry.id) {
                Some(known) => *known = SubscriptionEntry { opening: known.opening, ..entry.clone() },
                None => subscriptions.push(entry.clone()),
            }
        }
    }
    (grants, subscriptions)
}

/// Returns the usage of all months, each from its own case; what the first case has of the time before counts too.
fn usage(months: &[MonthCase<'_>]) -> Result<Vec<Usage>, Diagnostics> {
    let mut all = Vec::new();
    let mut behind = Stamp::MIN;
    for month in months {
        let until = month.terms.window.until();
        let own = |row: &&Usage| row.start >= behind && row.start < until;
        let mut rows: Vec<Usage> = month.usage.iter().filter(own).copied().collect();
        let unknown = item_mapping::admit_usage(&mut rows, month.terms, |_: Place| At::file("usage"));
        if unknown.has_errors() {
            return Err(unknown);
        }
        all.extend(rows);
        behind = until;
    }
    all.sort_by_key(|row| (row.start, row.item, row.app, row.place));
    Ok(all)
}

/// Returns what the charges of an application, or of all, come to, as far as a package or a plan's quota may cover them.
#[must_use]
pub fn coverable(charges: &[Charge], app: Option<AppId>) -> Money {
    let may_be = |charge: &&Charge| matches!(charge.item.unit(), Unit::Minute | Unit::User);
    let of_app = charges.iter().filter(|charge| app.is_none() || charge.app == app);
    of_app.filter(may_be).map(|charge| charge.amount).sum()
}

/// Said where the months cannot be rated together.
#[must_use]
pub fn unrated() -> Diagnostics {
    let message = "these months cannot be rated as one: an entry of one month changes the rate card of another";
    refused("backtest-rated", message.to_owned(), "rate the months one by one, or name the months under one card")
}
