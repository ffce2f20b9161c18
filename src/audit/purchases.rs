//! Lists the purchases and gifts of the account, one by one: also trials and dashboards, which give no minutes and are
//! no grants of the terms.

use rust_decimal::Decimal;

use crate::case::Account;
use crate::case::account::{Ended, GrantEntry, SubscriptionEntry};
use crate::model::{AppId, Item, Money, PackMinutes, Span, Stamp};
use crate::rules::quote::quote;
use crate::rules::subscription;
use crate::rules::terms::Terms;
use crate::rules::{Plan, Plans};

/// One purchase: a grant, or one cycle of a subscription.
#[derive(Debug, Clone)]
pub(super) struct Held<'a> {
    /// The id of its entry in account.toml.
    pub entry: &'a str,
    /// Its own id: `<entry>#<cycle>` for a cycle.
    pub id: String,
    /// The plan.
    pub plan: &'static Plan,
    /// The application it is for.
    pub app: Option<AppId>,
    /// The minutes it gave.
    pub minutes: Option<PackMinutes>,
    /// The payment.
    pub purchased: Stamp,
    /// When it is in force: up to the moment at which it was taken back.
    pub valid: Span,
    /// True if its price was returned, as account.toml says: it covered nothing and cost nothing.
    pub returned: bool,
    /// The price paid, from account.toml.
    pub paid: Option<Decimal>,
}

/// Returns all purchases before a moment that were not returned, in the order of account.toml.
pub(super) fn kept(account: &Account, until: Stamp) -> Vec<Held<'_>> {
    held(account, until).into_iter().filter(|held| !held.returned).collect()
}

/// Returns all purchases before a moment, in the order of account.toml.
pub(super) fn held(account: &Account, until: Stamp) -> Vec<Held<'_>> {
    let grants = account.grants.iter().filter(|entry| entry.purchased < until).filter_map(granted);
    grants.chain(account.subscriptions.iter().flat_map(|entry| cycles(entry, until))).collect()
}

fn granted(entry: &GrantEntry) -> Option<Held<'_>> {
    let plan = Plans::known().get(&entry.plan)?;
    let valid = plan.validity(entry.purchased);
    let valid = Span { from: entry.start.unwrap_or(valid.from), until: entry.end.unwrap_or(valid.until) };
    Some(Held {
        entry: &entry.id,
        id: entry.id.clone(),
        plan,
        app: entry.app,
        minutes: entry.minutes.or_else(|| plan.grants()),
        purchased: entry.purchased,
        valid: taken_back(valid, entry.ended.map(|ended| ended.at)),
        returned: entry.ended.is_some_and(Ended::is_refund),
        paid: entry.paid,
    })
}

fn cycles(entry: &SubscriptionEntry, until: Stamp) -> Vec<Held<'_>> {
    let Some(plan) = Plans::known().get(&entry.plan) else { return Vec::new() };
    let of_cycle = |cycle: subscription::Cycle| Held {
        entry: &entry.id,
        id: cycle.id(entry),
        plan,
        app: entry.app,
        minutes: plan.grants(),
        purchased: cycle.bought,
        valid: taken_back(cycle.span, cycle.ended),
        returned: cycle.returned,
        paid: entry.paid,
    };
    subscription::cycles(entry, plan, until).filter(|cycle| cycle.bought < until).map(of_cycle).collect()
}

/// Returns a validity up to the moment at which it was taken back.
fn taken_back(valid: Span, ended: Option<Stamp>) -> Span {
    Span { until: ended.map_or(valid.until, |ended| ended.min(valid.until)), ..valid }
}

impl Held<'_> {
    /// `fee.<plan>`.
    pub fn fee(&self) -> Option<Item> {
        Item::fee(&self.plan.id)
    }

    /// Returns the list price; `None` where it is not sold alone.
    pub fn list(&self) -> Option<Money> {
        quote(self.plan, self.minutes?).map(|quote| quote.amount)
    }

    /// Returns the price by contract.
    pub fn agreed(&self, terms: &Terms) -> Option<Money> {
        let agreed = terms.agreed_price(self.fee()?, self.purchased.day())?;
        Some(Money::new(agreed.decimal()))
    }

    /// Returns what it cost: by contract, as account.toml says, by list.
    pub fn price(&self, terms: &Terms) -> Option<Money> {
        self.agreed(terms).or_else(|| self.paid.map(Money::new)).or_else(|| self.list())
    }

    /// Returns true if it is for an application, or for every one.
    pub fn is_for(&self, app: AppId) -> bool {
        self.app.is_none_or(|own| own == app)
    }

    /// Returns true if it is what unlocks paying for more.
    pub const fn opens_postpaid(&self) -> bool {
        self.plan.opens_postpaid
    }
}
