//! What the account bought or was given, purchase by purchase: also trials and
//! dashboards, which give no minutes and are no grants of the terms.

use rust_decimal::Decimal;

use crate::case::Account;
use crate::case::account::{GrantEntry, SubscriptionEntry};
use crate::model::{AppId, Item, Money, PackMinutes, Span, Stamp};
use crate::rules::plan::{Kind, cycle};
use crate::rules::quote::quote;
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
    /// When it is in force.
    pub valid: Span,
    /// What account.toml says it cost.
    pub paid: Option<Decimal>,
}

/// All purchases before a moment, in the order of account.toml.
pub(super) fn held(account: &Account, until: Stamp) -> Vec<Held<'_>> {
    let grants = account.grants.iter().filter(|entry| entry.purchased < until).filter_map(granted);
    grants.chain(account.subscriptions.iter().flat_map(|entry| cycles(entry, until))).collect()
}

fn granted(entry: &GrantEntry) -> Option<Held<'_>> {
    let plan = Plans::embedded().get(&entry.plan)?;
    let valid = plan.validity(entry.purchased);
    Some(Held {
        entry: &entry.id,
        id: entry.id.clone(),
        plan,
        app: entry.app,
        minutes: entry.minutes.or_else(|| plan.grants()),
        purchased: entry.purchased,
        valid: Span { from: entry.start.unwrap_or(valid.from), until: entry.end.unwrap_or(valid.until) },
        paid: entry.paid,
    })
}

fn cycles(entry: &SubscriptionEntry, until: Stamp) -> Vec<Held<'_>> {
    let Some(plan) = Plans::embedded().get(&entry.plan) else { return Vec::new() };
    let renews = |k: i32| {
        let before_end = entry.end.is_none_or(|end| cycle(entry.purchased, k).from < end);
        plan.kind == Kind::Monthly && entry.auto_renew && before_end
    };
    let bought = |k: i32| if k == 0 { entry.purchased } else { cycle(entry.purchased, k).from };
    let of_cycle = |k: i32| Held {
        entry: &entry.id,
        id: format!("{}#{}", entry.id, k + 1),
        plan,
        app: entry.app,
        minutes: plan.grants(),
        purchased: bought(k),
        valid: if plan.kind == Kind::Monthly { cycle(entry.purchased, k) } else { plan.validity(entry.purchased) },
        paid: entry.paid,
    };
    (0..i32::MAX).take_while(|k| bought(*k) < until && (*k == 0 || renews(*k))).map(of_cycle).collect()
}

impl Held<'_> {
    /// `fee.<plan>`.
    pub fn fee(&self) -> Option<Item> {
        Item::parse(&format!("fee.{}", self.plan.id))
    }

    /// The list price; `None` where it is not sold alone.
    pub fn list(&self) -> Option<Money> {
        quote(self.plan, self.minutes?).map(|quote| quote.amount)
    }

    /// The price by contract.
    pub fn agreed(&self, terms: &Terms) -> Option<Money> {
        let agreed = terms.agreed_price(self.fee()?, self.purchased.day())?;
        Some(Money::new(agreed.decimal()))
    }

    /// What it cost: by contract, as account.toml says, by list.
    pub fn price(&self, terms: &Terms) -> Option<Money> {
        self.agreed(terms).or_else(|| self.paid.map(Money::new)).or_else(|| self.list())
    }

    /// Whether it is for an application, or for every one.
    pub fn is_for(&self, app: AppId) -> bool {
        self.app.is_none_or(|own| own == app)
    }

    /// Whether it is a month plan with minutes: what unlocks paying for more.
    pub fn is_paid_month(&self) -> bool {
        self.plan.kind == Kind::Monthly && !self.plan.covers.is_empty()
    }
}
