//! Notes on the minutes that were paid for: those that lapsed, and packages that cost more than they replaced.

use rust_decimal::Decimal;

use super::assumptions::plain;
use super::prices::Prices;
use super::purchases::Held;
use super::{Assumption, Subject, is_money};
use crate::model::message::{Sentence, Value, is};
use crate::model::{Money, PackMinutes};
use crate::rate::charge::LINE;
use crate::rate::drawdown::Balance;

/// Minutes that lapsed, and packages that cost more than they replaced.
pub(super) fn notes(subject: &Subject<'_>, held: &[Held<'_>], prices: &Prices<'_>) -> Vec<Assumption> {
    let balances = || subject.rated.balances.iter();
    let mut found: Vec<Assumption> = balances().filter_map(|balance| expired(subject, held, balance)).collect();
    let dear = |(index, balance): (usize, &Balance)| dear(subject, held, prices, index, balance);
    found.extend(balances().enumerate().filter_map(dear));
    found
}

/// Returns the part of a grant's price that some of its minutes stand for; `None`
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
        Some(worth) if worth.is_zero() => plain("worth_free"),
        Some(worth) => Sentence::of("worth", [("amount", is(subject.money(worth)))]),
        None => plain("worth_unknown"),
    };
    let values = [
        ("id", is(&balance.id)),
        ("plan", is(&balance.plan)),
        ("day", is((balance.valid.until + -1).day())),
        ("minutes", is(balance.expired)),
        ("worth", Value::Says(said)),
    ];
    Some(Assumption { code: "grant-expired", said: Sentence::of("expired", values), amount: worth })
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
        let values = [
            ("minutes", is(balance.used)),
            ("id", is(&balance.id)),
            ("plan", is(&balance.plan)),
            ("cost", is(subject.money(cost))),
            ("replaced", is(subject.money(replaced))),
            ("amount", is(subject.money(lost))),
        ];
        Assumption::of("package-dearer", lost, Sentence::of("dear", values))
    })
}
