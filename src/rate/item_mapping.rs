//! Maps an item to the item that a card counts it as: a card without SD adds SD to HD, a card with one price counts
//! every minute the same. An item that a card does not know is refused, never dropped.

use std::collections::BTreeMap;

use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::model::invoice::InvoiceLine;
use crate::model::usage_series::under_items;
use crate::model::{Item, Place, Runs, Stamp, Unit, Usage};
use crate::rules::terms::{Bucket, Terms};

const A_DAY: u32 = 86_400;

/// Usage that its card does not take as it stands.
#[derive(Default)]
struct Refused {
    coarse: Option<(Place, usize)>,
    unknown: BTreeMap<(usize, Item), (Place, usize)>,
}

/// Usage by the items of the cards that rule it.
pub fn admit_usage(usage: &mut [Usage], terms: &Terms, at: impl Fn(Place) -> At) -> Diagnostics {
    let mut refused = Refused::default();
    for row in usage {
        if let Some(item) = refused.admit(row, 1, terms) {
            row.item = item;
        }
    }
    refused.findings(terms, at)
}

/// Returns the same of usage in runs, each in order of time.
pub fn admit_runs(usage: &mut Runs, terms: &Terms, at: impl Fn(Place) -> At) -> Diagnostics {
    let mut refused = Refused::default();
    usage.change(|run| {
        let (mut parts, mut from) = (Vec::new(), 0);
        while from < run.len() {
            let first = run.usage(from);
            let segment = terms.segment(ruled_from(&first, terms));
            let rows = run.rows_before(from, ruled_until(first.item, segment, terms)).max(1);
            parts.push((from..from + rows, refused.admit(&first, rows, terms).unwrap_or(first.item)));
            from += rows;
        }
        under_items(run, &parts)
    });
    refused.findings(terms, at)
}

impl Refused {
    /// Returns what rows like one count as; `None` where their card does not know it.
    fn admit(&mut self, row: &Usage, rows: usize, terms: &Terms) -> Option<Item> {
        let segment = terms.segment(ruled_from(row, terms));
        if row.item.unit() == Unit::Minute && row.seconds > A_DAY && terms.segments[segment].bucket == Bucket::Day {
            self.coarse.get_or_insert((row.place, 0)).1 += rows;
        }
        let item = terms.segments[segment].card.admit(row.item);
        if item.is_none() {
            self.unknown.entry((segment, row.item)).or_insert((row.place, 0)).1 += rows;
        }
        item
    }

    fn findings(self, terms: &Terms, at: impl Fn(Place) -> At) -> Diagnostics {
        let refuse = |((segment, item), (place, rows)): ((usize, Item), (Place, usize))| {
            let card = &terms.segments[segment].card.id;
            let message =
                format!("{item} is not an item of the rate card {card}, which rules this usage ({rows} rows)");
            let help =
                format!("`trtc-recon cards show {card}` lists its items; check `site` and `card` in account.toml");
            Diagnostic::error("item-not-on-card", at(place), message, help)
        };
        let too_coarse = |(place, rows): (Place, usize)| {
            let message =
                format!("a figure of a whole month cannot be split into the days that are settled ({rows} rows)");
            Diagnostic::error("usage-too-coarse", at(place), message, "export the usage by day or by 5 minutes")
        };
        self.coarse.into_iter().map(too_coarse).chain(self.unknown.into_iter().map(refuse)).collect()
    }
}

/// Returns the first start of usage of an item that a later segment rules.
fn ruled_until(item: Item, segment: usize, terms: &Terms) -> Stamp {
    let until = terms.segments[segment].span.until;
    match item.unit() {
        Unit::Minute => until,
        // Its month begins in the segment; the first month that does not is another's.
        _ if until == Stamp::MAX => until,
        _ => {
            let month = (until + -1).day().month().plus(1).first_day().start();
            month + terms.day_shift
        }
    }
}

/// When the card is asked: at the start of usage in minutes; what is settled by
/// the month takes the card of the month's 1st.
fn ruled_from(row: &Usage, terms: &Terms) -> Stamp {
    match row.item.unit() {
        Unit::Minute => row.start,
        _ => terms.day(row.start).month().first_day().start(),
    }
}

/// Bill lines by the items of the cards that rule their days: as billed where
/// one of these cards prices the item, else as one of them counts it. An item
/// that none of them knows stays: it was billed without a rule.
pub fn admit_lines(lines: &mut [InvoiceLine], terms: &Terms) {
    for line in lines {
        let ruling = || terms.segments.iter().filter(|segment| segment.span.overlaps(line.span));
        let billed = |item: Item| ruling().any(|segment| segment.card.price(item).is_some());
        let counted = |item: Item| ruling().find_map(|segment| segment.card.admit(item));
        line.item = line.item.map(|item| if billed(item) { item } else { counted(item).unwrap_or(item) });
    }
}
