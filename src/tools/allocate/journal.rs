//! The allocation as tables: the journal, and FOCUS with the owners of costs.

use serde_json::{Map, Value};

use super::apportion::decimal;
use super::{Allocation, Line, Owner, Subject};
use crate::model::{AppId, Money, Quantity};
use crate::report::focus::Share;
use crate::report::table::{Cell, app, money, text};

/// The columns of journal.csv.
pub const COLUMNS: [&str; 12] = [
    "account",
    "period",
    "entry",
    "department",
    "sdk_app_id",
    "name",
    "cost",
    "item",
    "key",
    "exact",
    "amount",
    "currency",
];

/// Returns the journal of one month: a debit for each line, and a credit of the payable total.
#[must_use]
pub fn rows<'a>(subject: &'a Subject<'a>, allocation: &'a Allocation) -> Vec<Vec<Cell<'a>>> {
    let report = subject.report;
    let head =
        move |entry: &'a str| vec![text(&report.account), Cell::Text(report.period.to_string().into()), text(entry)];
    let debit = move |line: &'a Line| {
        let mut row = head("debit");
        row.extend([
            text(line.owner.department.as_deref().unwrap_or_default()),
            app(line.owner.app),
            text(name(subject, line.owner.app)),
            text(line.cost.name()),
            text(line.item.id()),
            text(&line.key),
            money(line.exact),
            money(Money::new(decimal(line.cents, 2))),
            text(&report.currency),
        ]);
        row
    };
    let mut credit = head("credit");
    credit.extend(std::iter::repeat_n(Cell::Empty, 6));
    let payable = money(Money::new(decimal(allocation.payable, 2)));
    credit.extend([money(report.expected_total), payable, text(&report.currency)]);
    allocation.lines.iter().map(debit).chain([credit]).collect()
}

/// Returns the name of an application, where account.toml gives one.
#[must_use]
pub fn name<'a>(subject: &'a Subject<'a>, app: Option<AppId>) -> &'a str {
    let known = subject.account.apps.iter().find(|known| Some(known.id) == app);
    known.and_then(|known| known.name.as_deref()).unwrap_or_default()
}

/// Returns what each owner pays of each charge, as FOCUS has it.
#[must_use]
pub fn shares<'a>(subject: &Subject<'_>, allocation: &'a Allocation) -> Vec<Vec<Share<'a>>> {
    let share = |part: &'a super::Part| Share {
        app: part.owner.app,
        tags: tags(subject, &part.owner),
        key: &part.key,
        billed: Money::new(decimal(part.amount, 8)),
        quantity: Quantity::from_decimal(decimal(part.quantity, 8)).unwrap_or_default(),
    };
    allocation.parts.iter().map(|parts| parts.iter().map(share).collect()).collect()
}

/// Returns the tags of an owner: department and application, as far as they are known.
#[must_use]
pub fn tags(subject: &Subject<'_>, owner: &Owner) -> String {
    let name = Some(name(subject, owner.app)).filter(|name| !name.is_empty()).map(str::to_owned);
    let tags = [("department", owner.department.clone()), ("application", name)];
    let known = tags.into_iter().filter_map(|(tag, value)| Some((tag.to_owned(), Value::String(value?))));
    Value::Object(known.collect::<Map<_, _>>()).to_string()
}

/// Returns the tags of an application.
#[must_use]
pub fn tags_of(subject: &Subject<'_>, app: Option<AppId>) -> String {
    let known = subject.account.apps.iter().find(|known| Some(known.id) == app);
    tags(subject, &Owner { department: known.and_then(|known| known.department.clone()), app })
}
