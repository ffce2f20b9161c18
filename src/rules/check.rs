//! Checks that a card is whole: every tier has a price, bounds rise, windows neither gap nor overlap.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::card::{Card, Fold, ListPrice, RatioSet, Sells, Tiers, Window, site_name};
use super::catalogue::{plan_ids, unknown_plan};
use super::load::PriceGroup;
use super::toml_file::Source;
use crate::model::diagnostic::{At, Diagnostic, nearest, shown};
use crate::model::policy::Site;
use crate::model::{Day, Item, Unit, UnitPrice};

type Span = Range<usize>;

/// Returns the prices of a card by item; one an item, for 1 or 1,000 units.
pub(super) fn prices(groups: impl Iterator<Item = (Span, PriceGroup)>, source: &mut Source) -> Vec<Option<ListPrice>> {
    let mut prices = vec![None; Item::count()];
    for (span, group) in groups {
        if group.per != 1 && group.per != 1000 {
            source.refuse(&span, format!("`per` is {}", group.per), "a price is for 1 or for 1000 units");
            continue;
        }
        for (item, price) in group.prices() {
            price_of_item(&mut prices, item, price, &span, source);
        }
    }
    prices
}

fn price_of_item(prices: &mut [Option<ListPrice>], item: Item, price: ListPrice, span: &Span, source: &mut Source) {
    if item.unit() == Unit::Month {
        source.refuse(span, format!("`{item}` has a price"), "a fee stands in the plan, not on a card");
    } else if UnitPrice::checked(price.list).is_none() {
        source.refuse(span, format!("the price of `{item}` has too many digits"), "at most 18 digits");
    } else if let Some(slot) = prices.get_mut(item.index()) {
        if slot.is_some() {
            source.refuse(span, format!("`{item}` has two prices"), "keep one: an item has one price on a card");
        }
        *slot = Some(price);
    }
}

/// A window that holds at least one day.
pub(super) fn window(window: &Window, span: &Span, source: &mut Source) {
    let mut holds = |from: Option<Day>, until: Option<Day>, what: &str| {
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            let message = format!("{what} from {from} until {until} holds no day");
            source.refuse(span, message, "`until` is the first day behind: it must be later");
        }
    };
    holds(window.usage_from, window.usage_until, "usage");
    holds(window.first_app_from, window.first_app_until, "first app");
}

/// Bounds rise, only the last may be open, and each tier has a price.
pub(super) fn tiers(card: &Card, tiers: &Tiers, span: &Span, source: &mut Source) {
    if tiers.bounds.is_empty() || tiers.services.is_empty() {
        source.refuse(span, "the tiers name no service or no bound".to_owned(), "give both or drop the table");
    }
    for pair in tiers.bounds.windows(2) {
        let [lower, upper] = pair else { continue };
        let rises = match (lower.px, upper.px) {
            (Some(lower), Some(upper)) => lower < upper,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if !rises {
            let message = format!("the bound of `{}` does not lie above that of `{}`", upper.tier, lower.tier);
            source.refuse(span, message, "list the tiers by rising px; only the last may have none");
        }
    }
    for service in &tiers.services {
        if let Some(known) = card.tiers.iter().find(|known| known.services.contains(service) && meet(known, tiers)) {
            let message = format!("`{service}` has two tables of tiers for one day ({})", known.source);
            source.refuse(span, message, "close the earlier table with `usage_until`");
        }
        for bound in &tiers.bounds {
            tier_price(card, &format!("{service}.{}", bound.tier), span, source);
        }
    }
}

fn meet(one: &Tiers, other: &Tiers) -> bool {
    let before = |a: Option<Day>, b: Option<Day>| a.zip(b).is_some_and(|(until, from)| until <= from);
    !before(one.usage_until, other.usage_from) && !before(other.usage_until, one.usage_from)
}

fn tier_price(card: &Card, id: &str, span: &Span, source: &mut Source) {
    match Item::parse(id) {
        Some(item) if card.price(item).is_some() => {}
        Some(item) => source.refuse(span, format!("the tier `{item}` has no price"), "add it to a [[prices]] table"),
        None => {
            let near = nearest(id, Item::all().map(Item::id));
            let near = near.map_or_else(String::new, |name| format!("did you mean `{name}`?"));
            source.refuse(span, format!("unknown item `{}`", shown(id)), &near);
        }
    }
}

/// A fold leads from items without a price to one with a price.
pub(super) fn fold(card: &Card, fold: &Fold, span: &Span, source: &mut Source) {
    if card.price(fold.to).is_none() {
        source.refuse(span, format!("`{}` has no price", fold.to), "fold into an item that the card prices");
    }
    for item in fold.from.iter().filter(|item| card.price(**item).is_some()) {
        source.refuse(span, format!("`{item}` has a price of its own"), "an item is either priced or folded");
    }
    for item in fold.from.iter().filter(|item| card.folds.iter().any(|known| known.from.contains(item))) {
        source.refuse(span, format!("`{item}` is folded twice"), "keep one");
    }
}

/// A set of ratios has a name of its own and weighs items that the card prices.
pub(super) fn ratios(card: &Card, ratios: &RatioSet, span: &Span, source: &mut Source) {
    if card.ratios.contains_key(&ratios.set) {
        source.refuse(span, format!("two sets of ratios are called `{}`", shown(&ratios.set)), "keep one");
    }
    for item in ratios.of.keys().filter(|item| card.price(**item).is_none()) {
        source.refuse(span, format!("a ratio for `{item}`, which has no price"), "weigh items that the card prices");
    }
}

/// Plans that exist.
pub(super) fn sells(sells: &Sells, span: &Span, source: &mut Source) {
    for plan in sells.plans.iter().filter(|plan| !plan_ids().contains(&plan.as_str())) {
        let (message, near) = unknown_plan(plan);
        source.refuse(span, message, &near.unwrap_or_default());
    }
}

/// The kinds of account that windows tell apart.
struct Grid {
    usage: BTreeSet<Day>,
    first_app: BTreeSet<Day>,
    granted: Vec<bool>,
}

impl Grid {
    /// Between two bounds nothing changes, so the bounds and one day before
    /// them stand for all days.
    fn of(cards: &[Arc<Card>]) -> Self {
        let windows = || cards.iter().flat_map(|card| &card.applies);
        let around = |day: Day| [day + -1, day];
        Self {
            usage: windows().flat_map(|w| [w.usage_from, w.usage_until]).flatten().flat_map(around).collect(),
            first_app: windows()
                .flat_map(|w| [w.first_app_from, w.first_app_until])
                .flatten()
                .flat_map(around)
                .collect(),
            granted: vec![false, true],
        }
    }
}

/// For every kind of account and every day exactly one window wins.
pub(super) fn windows(cards: &[Arc<Card>]) -> Vec<Diagnostic> {
    let grid = Grid::of(cards);
    let mut problems: Vec<Diagnostic> = Vec::new();
    for site in [Site::Cn, Site::Intl] {
        for &usage in &grid.usage {
            for &first_app in &grid.first_app {
                for &granted in &grid.granted {
                    let found = winners(cards, site, usage, first_app, granted);
                    let Some(problem) = clash(&found, site, usage, first_app) else { continue };
                    if !problems.iter().any(|known| known.at == problem.at && known.code == problem.code) {
                        problems.push(problem);
                    }
                }
            }
        }
    }
    problems
}

fn winners(cards: &[Arc<Card>], site: Site, usage: Day, first_app: Day, granted: bool) -> Vec<(&Card, &Window)> {
    let of_site = cards.iter().filter(|card| card.site == site);
    let all = of_site.flat_map(|card| card.applies.iter().map(move |window| (&**card, window)));
    let holding: Vec<_> = all.filter(|(_, window)| window.holds(usage, first_app, |_| granted)).collect();
    let best = holding.iter().map(|(_, window)| window.precedence).max();
    holding.into_iter().filter(|(_, window)| Some(window.precedence) == best).collect()
}

fn clash(found: &[(&Card, &Window)], site: Site, usage: Day, first_app: Day) -> Option<Diagnostic> {
    match found {
        [_] => None,
        [] => Some(Diagnostic::error(
            "card-gap",
            At::file("cards"),
            format!(
                "no card applies to {} usage of {usage} by accounts whose first app is of {first_app}",
                site_name(site)
            ),
            "add an [[applies]] table that holds the day",
        )),
        [.., (earlier, _), (card, window)] => Some(Diagnostic::error(
            "card-overlap",
            At::file(&card.file).row(window.line),
            format!(
                "`{}` and `{}` both apply to usage of {usage} by accounts whose first app is of {first_app}",
                earlier.id, card.id
            ),
            "close one window, or give one the higher `precedence`",
        )),
    }
}
