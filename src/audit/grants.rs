//! What became of minutes that were paid for (RULES.md 11).

use rust_decimal::Decimal;

use super::held::Held;
use super::prices::Prices;
use super::{Assumption, Subject, is_money};
use crate::domain::{Money, PackMinutes};
use crate::rating::charge::LINE;
use crate::rating::drawdown::Balance;

/// Minutes that lapsed, and packages that cost more than they replaced.
pub(super) fn notes(subject: &Subject<'_>, held: &[Held<'_>], prices: &Prices<'_>) -> Vec<Assumption> {
    let balances = || subject.rated.balances.iter();
    let mut found: Vec<Assumption> = balances().filter_map(|balance| expired(subject, held, balance)).collect();
    let dear = |(index, balance): (usize, &Balance)| dear(subject, held, prices, index, balance);
    found.extend(balances().enumerate().filter_map(dear));
    found
}

/// The part of a grant's price that some of its minutes stand for; `None`
/// where nothing says what it cost.
fn share(subject: &Subject<'_>, held: &[Held<'_>], balance: &Balance, minutes: PackMinutes) -> Option<Money> {
    let price = held.iter().find(|held| held.id == balance.id)?.price(subject.terms)?;
    let granted = balance.granted.decimal();
    (granted > Decimal::ZERO).then(|| Money::new(price.decimal() * minutes.decimal() / granted).round(LINE))
}

fn expired(subject: &Subject<'_>, held: &[Held<'_>], balance: &Balance) -> Option<Assumption> {
    let bill = subject.bill();
    let in_bill = bill.from < balance.valid.until && balance.valid.until <= bill.until;
    if balance.expired.is_zero() || !in_bill {
        return None;
    }
    let worth = share(subject, held, balance, balance.expired);
    let said = match worth {
        Some(worth) if worth.is_zero() => "they were given free".to_owned(),
        Some(worth) => format!("worth {} of its price", subject.money(worth)),
        None => "nothing says what they cost".to_owned(),
    };
    let last = (balance.valid.until + -1).day();
    let text =
        format!("{} ({}) ended on {last} with {} minutes left: {said}.", balance.id, balance.plan, balance.expired);
    Some(Assumption { code: "grant-expired", text, amount: worth })
}

fn dear(
    subject: &Subject<'_>,
    held: &[Held<'_>],
    prices: &Prices<'_>,
    index: usize,
    balance: &Balance,
) -> Option<Assumption> {
    let cost = share(subject, held, balance, balance.used)?;
    let replaced = prices.replaced(subject.rated.drawdown.iter().filter(|deduction| deduction.grant == index));
    let lost = cost - replaced;
    (lost > Money::ZERO && is_money(lost)).then(|| {
        let text = format!(
            "The {} minutes taken from {} ({}) cost {} of its price and replaced {} of pay-as-you-go: {} more.",
            balance.used,
            balance.id,
            balance.plan,
            subject.money(cost),
            subject.money(replaced),
            subject.money(lost)
        );
        Assumption::of("package-dearer", lost, text)
    })
}
