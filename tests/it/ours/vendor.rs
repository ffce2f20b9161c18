//! Errors of the vendor, planted in a bill that is right.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::bill::{self, Row};
use super::folder::{Folder, Found};
use crate::accounts::Dice;
use crate::reference::half_up;

/// A line as findings name it: day or month, application, item.
pub type Line = (String, String, String);

fn line(row: &Row) -> Line {
    let day = row.from.strftime(if row.monthly { "%Y-%m" } else { "%Y-%m-%d" }).to_string();
    (day, row.app.map(|app| app.to_string()).unwrap_or_default(), row.item.clone())
}

/// What was planted: the right rows, and the lines that are wrong now.
pub struct Planted {
    right: Vec<Row>,
    touched: BTreeSet<Line>,
}

impl Planted {
    /// Whether a finding is on a line that was made wrong.
    pub fn touches(&self, found: &Found) -> bool {
        self.touched.contains(&(found.day.clone(), found.app.clone(), found.item.clone()))
    }

    /// Whether a finding gives the right amount of a line that was made wrong.
    pub fn is_true(&self, found: &Found) -> bool {
        let key = (found.day.clone(), found.app.clone(), found.item.clone());
        let right: Decimal = self.right.iter().filter(|row| line(row) == key).map(|row| row.amount).sum();
        self.touches(found) && right == found.expected
    }
}

/// Plants an error; `None` where the bill has no line for it.
pub fn plant(folder: &mut Folder, dice: &mut Dice) -> Option<Planted> {
    let right = folder.rows.clone();
    let charged: Vec<usize> =
        (0..right.len()).filter(|at| right[*at].is_usage() && right[*at].charged > Decimal::ONE).collect();
    if charged.is_empty() {
        return None;
    }
    let at = *dice.pick(&charged);
    let row = &right[at];
    match dice.below(4) {
        0 => folder.rows[at] = row.charging(row.charged + Decimal::from(7)),
        1 => folder.rows.push(row.clone()),
        2 => {
            let price = half_up(row.price * Decimal::from(2), 8);
            folder.rows[at] = Row { price, listed: None, ..row.clone() }.charging(row.charged);
            folder.rows[at].usage = row.usage;
        }
        _ => {
            let of_bill = |used: &&crate::reference::Usage| used.app == row.app.unwrap_or_default();
            let rows: Vec<_> = folder.usage.iter().filter(of_bill).cloned().collect();
            let mut usage = folder.usage.clone();
            usage.push((!rows.is_empty()).then(|| dice.pick(&rows).clone())?);
            folder.rows = bill::rows(&folder.account, &usage);
        }
    }
    let lines: BTreeSet<Line> = right.iter().chain(&folder.rows).map(line).collect();
    let of = |rows: &[Row], key: &Line| {
        let own = rows.iter().filter(|row| line(row) == *key);
        let (mut charged, mut amount) = (Decimal::ZERO, Decimal::ZERO);
        own.for_each(|row| (charged, amount) = (charged + row.charged, amount + row.amount));
        (charged, amount)
    };
    let touched: BTreeSet<Line> = lines.into_iter().filter(|key| of(&right, key) != of(&folder.rows, key)).collect();
    (!touched.is_empty()).then_some(Planted { right, touched })
}
