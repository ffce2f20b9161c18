//! Prices a month of an account that had bought something more at its start.

use rust_decimal::Decimal;

use crate::case::Account;
use crate::case::account::{GrantEntry, SubscriptionEntry};
use crate::model::diagnostic::{At, Diagnostics};
use crate::model::policy::Settlement;
use crate::model::{AppId, Item, Money, PackMinutes, Place, Stamp, Usage};
use crate::rate::charge::Charge;
use crate::rate::{Rated, item_mapping, rate};
use crate::rules::Cards;
use crate::rules::build_terms;
use crate::rules::plan::{Kind, Plan};
use crate::rules::quote::quote;
use crate::rules::terms::Terms;

/// The start of the ids of grants that only the estimate buys.
const ID: &str = "estimate-";

/// A month of an account: everything that decides what it costs.
#[derive(Debug)]
pub struct Month<'a> {
    /// Who the account is.
    pub account: &'a Account,
    /// The rate cards.
    pub cards: &'a Cards,
    /// The billing month.
    pub period: crate::model::Month,
    /// The usage, as it was read.
    pub usage: &'a [Usage],
}

/// Something that is bought at the start of the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The plan, by its id.
    pub plan: String,
    /// True if it is a monthly plan or a trial.
    pub monthly: bool,
    /// The package minutes it gives.
    pub minutes: PackMinutes,
    /// True if the size was chosen.
    pub any_size: bool,
    /// The app that it is bought for.
    pub app: Option<AppId>,
    /// The price.
    pub price: Money,
}

/// The cost of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The charges of usage.
    pub usage: Money,
    /// The fees and purchases that the account has anyway.
    pub fees: Money,
    /// The price of what was bought in thought.
    pub bought: Money,
    /// The package minutes of these purchases left at the end of the month.
    pub left: PackMinutes,
    /// True if a price is derived and not published.
    pub derived: bool,
}

impl Cost {
    /// Returns all of it.
    #[must_use]
    pub fn total(&self) -> Money {
        self.usage + self.fees + self.bought
    }
}

impl Purchase {
    /// Returns a plan at its listed price; packages of any size need `minutes`. `None`: it is not sold in that size.
    #[must_use]
    pub fn of(plan: &Plan, minutes: Option<PackMinutes>, app: Option<AppId>) -> Option<Self> {
        let given = plan.grants().or(minutes)?;
        let price = match quote(plan, given) {
            Some(quote) => quote.amount,
            None if plan.grants().is_none_or(|own| own == given) => plan.fee()?,
            None => return None,
        };
        let monthly = matches!(plan.kind, Kind::Monthly | Kind::Trial);
        Some(Self { plan: plan.id.clone(), monthly, minutes: given, any_size: plan.minutes.is_none(), app, price })
    }

    /// Enters it into an account, bought at a moment. With `paid`, its price is a fee of the bill.
    pub fn enter(&self, account: &mut Account, id: String, purchased: Stamp, paid: Option<Decimal>) {
        if self.monthly {
            let entry = SubscriptionEntry::new(id, self.plan.clone(), purchased);
            account.subscriptions.push(SubscriptionEntry { app: self.app, paid, ..entry });
            return;
        }
        let entry = GrantEntry::new(id, self.plan.clone(), purchased);
        let minutes = self.any_size.then_some(self.minutes);
        account.grants.push(GrantEntry { app: self.app, minutes, paid, ..entry });
    }
}

impl Month<'_> {
    /// Returns what it costs with some purchases more.
    pub fn cost(&self, purchases: &[Purchase]) -> Result<Cost, Diagnostics> {
        let (terms, rated) = self.rated(purchases)?;
        let sum = |fees: bool| -> Money {
            rated.charges.iter().filter(|charge| charge.item.is_fee() == fees).map(|charge| charge.amount).sum()
        };
        let on = terms.window.days.from.day();
        let agreed = |own: &Purchase| terms.agreed_price(Item::parse(&format!("fee.{}", own.plan))?, on);
        let price = |own: &Purchase| agreed(own).map_or(own.price, |price| Money::new(price.decimal()));
        let ours = rated.balances.iter().filter(|balance| balance.id.starts_with(ID));
        Ok(Cost {
            usage: sum(false),
            fees: sum(true),
            bought: purchases.iter().map(price).sum(),
            left: ours.map(|balance| balance.expired + balance.remaining).sum(),
            derived: rated.charges.iter().any(|charge| charge.derived_price),
        })
    }

    /// Returns the charges of its usage as it is.
    pub fn charges(&self) -> Result<Vec<Charge>, Diagnostics> {
        let (_, rated) = self.rated(&[])?;
        Ok(rated.charges.into_iter().filter(|charge| !charge.item.is_fee()).collect())
    }

    /// Returns the month rated with some purchases more.
    pub(super) fn rated(&self, purchases: &[Purchase]) -> Result<(Terms, Rated), Diagnostics> {
        let real = build_terms::terms(self.account, self.cards, self.period)?;
        let purchased = start(&real);
        let mut account = self.account.clone();
        for (number, purchase) in purchases.iter().enumerate() {
            purchase.enter(&mut account, format!("{ID}{}", number + 1), purchased, None);
        }
        let mut terms = build_terms::terms(&account, self.cards, self.period)?;
        // Fees stand in the order of account.toml: what is behind the real ones is ours, and has its price apart.
        terms.fees.truncate(real.fees.len());
        let mut usage = self.usage.to_vec();
        let unknown = item_mapping::admit_usage(&mut usage, &terms, |_: Place| At::file("usage"));
        if unknown.has_errors() {
            return Err(unknown);
        }
        let rated = rate(&usage, &terms);
        Ok((terms, rated))
    }
}

/// Returns the first second of usage that the bill of the month holds.
fn start(terms: &Terms) -> Stamp {
    match terms.segments[terms.segment(terms.window.days.from)].settled {
        Settlement::Day => terms.window.days.from,
        Settlement::Month => terms.window.month.span().from,
    }
}
