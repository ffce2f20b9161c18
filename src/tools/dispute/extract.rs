//! The smallest part of the usage from which the claimed lines come out as
//! expected. What is left out is what rating proves to be of no matter to them.

use crate::causes::Situation;
use crate::model::{Span, Usage};
use crate::rate::charge::Charge;
use crate::rate::rate;

/// The extent of the usage taken around a line, from the narrowest to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// The line's own: its application, item and days.
    Line,
    /// Of every application, which are rounded together.
    Item,
    /// Everything of the application up to the line's end: packages are drawn down.
    App,
    /// Everything up to the line's end.
    Account,
    /// Everything.
    All,
}

impl Reach {
    const fn wider(self) -> Self {
        match self {
            Self::Line => Self::Item,
            Self::Item => Self::App,
            Self::App => Self::Account,
            Self::Account | Self::All => Self::All,
        }
    }

    fn takes(self, row: &Usage, charge: &Charge, span: Span) -> bool {
        let own_app = charge.app.is_none_or(|app| app == row.app);
        match self {
            Self::Line => own_app && row.item == charge.item && span.contains(row.start),
            Self::Item => row.item == charge.item && span.contains(row.start),
            Self::App => own_app && row.start < span.until,
            Self::Account => row.start < span.until,
            Self::All => true,
        }
    }
}

/// Usage under which the charges at these positions are what they are. Each
/// line starts with its own rows, and reaches further as long as it comes out otherwise.
pub(super) fn extract(claimed: &[usize], situation: &Situation<'_>) -> Vec<Usage> {
    let charges: Vec<&Charge> = claimed.iter().map(|at| &situation.bill.charges[*at]).collect();
    let usage_lines = |charge: &&Charge| !charge.item.is_fee();
    let charges: Vec<&Charge> = charges.into_iter().filter(usage_lines).collect();
    let mut reaches = vec![Reach::Line; charges.len()];
    loop {
        let usage = taken(&charges, &reaches, situation);
        let rated = rate(&usage, situation.terms).charges;
        let stands = |charge: &Charge| rated.iter().any(|other| same(other, charge));
        let open: Vec<usize> =
            (0..charges.len()).filter(|at| reaches[*at] < Reach::All && !stands(charges[*at])).collect();
        if open.is_empty() {
            return usage;
        }
        for at in open {
            reaches[at] = reaches[at].wider();
        }
    }
}

/// Returns the rows that are within reach of a line, those of one interval as one: a
/// card that counts SD as HD has two rows of HD there.
fn taken(charges: &[&Charge], reaches: &[Reach], situation: &Situation<'_>) -> Vec<Usage> {
    let shift = situation.terms.day_shift;
    let span = |charge: &Charge| {
        let span = charge.day.span();
        Span { from: span.from + shift, until: span.until + shift }
    };
    let near = |row: &&Usage| charges.iter().zip(reaches).any(|(charge, reach)| reach.takes(row, charge, span(charge)));
    let mut rows: Vec<Usage> = situation.usage.iter().filter(near).copied().collect();
    let key = |row: &Usage| (row.start, row.app, row.item, row.seconds);
    rows.sort_by_key(key);
    let mut merged: Vec<Usage> = Vec::with_capacity(rows.len());
    for row in rows {
        match merged.last_mut() {
            Some(last) if key(last) == key(&row) && last.exactness == row.exactness => last.quantity += row.quantity,
            _ => merged.push(row),
        }
    }
    merged
}

fn same(one: &Charge, other: &Charge) -> bool {
    let key = |charge: &Charge| (charge.day, charge.app, charge.item);
    let figures = |charge: &Charge| (charge.billable, charge.covered, charge.charged, charge.price, charge.amount);
    key(one) == key(other) && figures(one) == figures(other)
}
