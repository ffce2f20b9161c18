//! Usage counted or priced as another tier of its service.

use std::collections::BTreeSet;

use crate::causes::Situation;
use crate::causes::hypotheses::Change;
use crate::causes::messages::say;
use crate::causes::usage_edit::{Chosen, Edit, Fate};
use crate::model::cause::Cause;
use crate::model::{AppId, Item, Span, Unit};
use crate::rules::terms::Terms;

/// Returns the other tiers of the item's service on the cards that rule a time.
pub fn others(item: Item, span: Span, terms: &Terms) -> Vec<Item> {
    let family = |item: Item| item.service().split('.').next().unwrap_or_default();
    let ruling = || terms.segments.iter().filter(|segment| segment.span.overlaps(span));
    let other = |other: &Item| {
        *other != item
            && other.unit() == Unit::Minute
            && family(*other) == family(item)
            && ruling().any(|segment| segment.card.price(*other).is_some())
    };
    Item::all().filter(other).collect()
}

/// Returns the items in minutes of the charges, each with its other tiers.
fn pairs(situation: &Situation<'_>) -> BTreeSet<(Item, Item)> {
    let charges = situation.bill.charges.iter().filter(|charge| charge.item.unit() == Unit::Minute);
    let used: BTreeSet<Item> = charges.map(|charge| charge.item).collect();
    let span = situation.terms.billed_usage();
    let tiers = |item: Item| others(item, span, situation.terms).into_iter().map(move |other| (item, other));
    used.into_iter().flat_map(tiers).collect()
}

/// Returns the price alone of another tier.
pub fn priced(situation: &Situation<'_>) -> Vec<Change> {
    let change = |(item, other): (Item, Item)| {
        let plain = say("other_tier.price", &[("item", &item), ("other", &other)]);
        let cause = Cause::OtherTier { item: other };
        Change::new(cause, plain, move |scenario| scenario.priced_as = Some((item, other))).on_lines()
    };
    pairs(situation).into_iter().map(change).collect()
}

/// Returns all usage of a tier, of the whole account.
pub fn everywhere(situation: &Situation<'_>) -> Vec<Change> {
    pairs(situation).into_iter().map(|(item, other)| all(item, other, None)).collect()
}

/// All usage of a tier counted under another, of one application or all.
pub fn all(item: Item, other: Item, app: Option<AppId>) -> Change {
    let plain = match app {
        None => say("other_tier.account", &[("item", &item), ("other", &other)]),
        Some(app) => say("other_tier.app", &[("item", &item), ("app", &app), ("other", &other)]),
    };
    counted(plain, Chosen::All { item, app, span: None }, other)
}

/// Some usage counted under another tier.
pub fn counted(plain: String, of: Chosen, other: Item) -> Change {
    Change::of_usage(Cause::OtherTier { item: other }, plain, Edit { of, fate: Fate::As(other) })
}
