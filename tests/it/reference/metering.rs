//! From seconds to billable minutes (section 4): one running total per card,
//! bucket, scope and item; an interval's minutes are the rise of the total's
//! rounded-up minutes.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;

use super::cards::{Card, bucket, card_on, item_order, scope};
use super::{Account, Scope, Settlement, Usage, first_of_month};

/// One interval of one application and item.
#[derive(Clone, Debug)]
pub struct Row {
    pub start: DateTime,
    pub app: u64,
    pub item: String,
    pub card: Card,
    pub seconds: Decimal,
    /// Billable minutes: the rise of the bucket's total.
    pub minutes: Decimal,
    /// What no grant has covered yet.
    pub uncovered: Decimal,
}

/// Timed usage as rows in the order of section 6, with their minutes.
pub fn metered(account: &Account, usage: &[Usage]) -> Vec<Row> {
    let mut rows = folded(account, usage);
    rows.sort_by_key(|row| {
        // READING: `tie_order = "item"` goes through a bucket by item, and
        // within the item by time, then SDKAppID.
        let bucket = if account.item_order { Some(bucket_start(account, row)) } else { None };
        let item_first = if account.item_order { item_order(&row.item) } else { (0, 0) };
        (bucket, item_first, row.start, item_order(&row.item), row.app)
    });
    for index in 0..rows.len() {
        let mut before = Decimal::ZERO;
        for earlier in &rows[..index] {
            if same_bucket(account, earlier, &rows[index]) {
                before += earlier.seconds;
            }
        }
        let after = before + rows[index].seconds;
        rows[index].minutes = whole_minutes(after) - whole_minutes(before);
        rows[index].uncovered = rows[index].minutes;
    }
    rows
}

/// One row per interval, application and item; SD joins HD where the card has
/// no SD, before anything is rounded.
fn folded(account: &Account, usage: &[Usage]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in usage {
        let card = card_on(account, line.start.date());
        let item = card.folded(&line.item);
        if !card.timed_items().contains(&item) {
            assert!(card.monthly_items().contains(&item.as_str()), "{} has no {item}", card.name());
            continue;
        }
        let known = rows.iter_mut().find(|row| row.start == line.start && row.app == line.app && row.item == item);
        if let Some(row) = known {
            row.seconds += line.quantity;
            continue;
        }
        let (minutes, uncovered) = (Decimal::ZERO, Decimal::ZERO);
        rows.push(Row { start: line.start, app: line.app, item, card, seconds: line.quantity, minutes, uncovered });
    }
    rows
}

fn whole_minutes(seconds: Decimal) -> Decimal {
    (seconds / Decimal::from(60)).ceil()
}

/// The bucket's first day and length. A day and a month that begin together are two.
fn bucket_start(account: &Account, row: &Row) -> (Date, Settlement) {
    let of = bucket(account, row.card, row.start.date());
    match of {
        Settlement::Day => (row.start.date(), of),
        Settlement::Month => (first_of_month(row.start.date()), of),
    }
}

fn same_bucket(account: &Account, one: &Row, other: &Row) -> bool {
    one.card == other.card
        && one.item == other.item
        && bucket_start(account, one) == bucket_start(account, other)
        && (scope(account, one.card, &one.item) == Scope::Account || one.app == other.app)
}
