//! The changes as a table: one row a change, with both figures.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{Change, Diff, Effects, Figures, Part, Row};
use crate::report::table::{Cell, Measure, Table, text};

const COLUMNS: [&str; 26] = [
    "part",
    "change",
    "account",
    "sdk_app_id",
    "day",
    "item",
    "class",
    "old_usage",
    "new_usage",
    "old_covered",
    "new_covered",
    "old_charged",
    "new_charged",
    "old_price",
    "new_price",
    "old_list_price",
    "new_list_price",
    "old_amount",
    "new_amount",
    "difference",
    "currency",
    "effect",
    "old_text",
    "new_text",
    "old_place",
    "new_place",
];

/// Returns every change of every list, as csv and json have them.
#[must_use]
pub fn table(diff: &Diff) -> Table<'_> {
    let changes = diff.sections.iter().flat_map(|section| section.changes.iter().map(|change| (section.part, change)));
    let effects = Effects::of(diff);
    Table { columns: COLUMNS.to_vec(), rows: Box::new(changes.map(move |(part, change)| row(&effects, part, change))) }
}

fn row<'a>(effects: &Effects<'_>, part: Part, change: &'a Change<Row>) -> Vec<Cell<'a>> {
    let (name, old, new) = match change {
        Change::Added(new) => ("added", None, Some(new)),
        Change::Gone(old) => ("gone", Some(old), None),
        Change::Changed(old, new) => ("changed", Some(old), Some(new)),
    };
    let key = change.key();
    let pair = |figure: fn(&Figures) -> Option<Decimal>, measure: Measure| {
        [old, new]
            .map(|row| row.and_then(|row| figure(&row.figures)).map_or(Cell::Empty, |it| Cell::Figure(it, measure)))
    };
    let mut cells =
        vec![text(part.name()), text(name), text(&key.account), text(&key.app), text(&key.day), text(&key.item)];
    cells.push(text(&key.class));
    cells.extend(pair(|figures| figures.usage, Measure::Count));
    cells.extend(pair(|figures| figures.covered, Measure::Count));
    cells.extend(pair(|figures| figures.charged, Measure::Count));
    cells.extend(pair(|figures| figures.price, Measure::Price));
    cells.extend(pair(|figures| figures.list_price, Measure::Price));
    cells.extend(pair(|figures| figures.amount, Measure::Money));
    cells.push(difference(change).map_or(Cell::Empty, |amount| Cell::Figure(amount, Measure::Money)));
    let currencies = [old, new].map(|row| row.map_or("", |row| row.figures.currency.as_str()));
    cells.push(match currencies {
        ["", one] | [one, ""] => text(one),
        [old, new] if old == new => text(old),
        [old, new] => Cell::Text(Cow::Owned(format!("{old} > {new}"))),
    });
    let effect = effects.on(part, key);
    cells.push(if effect.is_empty() { Cell::Empty } else { Cell::Text(Cow::Owned(effect)) });
    cells.extend([old, new].map(|row| row.map_or(Cell::Empty, |row| text(&row.figures.text))));
    cells.extend([old, new].map(|row| row.map_or(Cell::Empty, |row| text(&row.place))));
    cells
}

/// Returns `new - old` of the amounts; a row that is not there counts as nothing. `None` without amounts, or where
/// the currency is another one.
#[must_use]
pub fn difference(change: &Change<Row>) -> Option<Decimal> {
    match change {
        Change::Added(new) => new.figures.amount,
        Change::Gone(old) => old.figures.amount.map(|amount| -amount),
        Change::Changed(old, new) if old.figures.currency == new.figures.currency => {
            Some(new.figures.amount? - old.figures.amount?)
        }
        Change::Changed(..) => None,
    }
}
