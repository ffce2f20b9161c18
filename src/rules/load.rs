//! Card files, built in or from a folder, become [`Cards`]; a broken one is
//! refused with its line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use rust_decimal::Decimal;
use serde::Deserialize;
use toml::Spanned;

use super::card::{
    Allowance, BillDate, Card, Fold, ListPrice, Meter, Negotiable, OlderCount, Order, RatioSet, Sells, ServiceRule,
    SettlementRule, Tiers, Window,
};
use super::toml_file::{CARDS, Source, line};
use super::{check, read};
use crate::model::Item;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics, nearest, shown};
use crate::model::policy::Site;

const FILES: [(&str, &str); 8] = [
    ("cn-2019.toml", include_str!("cards/cn-2019.toml")),
    ("cn-2019b.toml", include_str!("cards/cn-2019b.toml")),
    ("cn-2020.toml", include_str!("cards/cn-2020.toml")),
    ("cn-2022.toml", include_str!("cards/cn-2022.toml")),
    ("intl-2020.toml", include_str!("cards/intl-2020.toml")),
    ("intl-2021.toml", include_str!("cards/intl-2021.toml")),
    ("intl-2022.toml", include_str!("cards/intl-2022.toml")),
    ("intl-2024.toml", include_str!("cards/intl-2024.toml")),
];

/// The rate cards that a run knows.
#[derive(Debug, Clone)]
pub struct Cards(Vec<Arc<Card>>);

/// A card file as it is written; `Spanned` where a check must name the line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    id: Spanned<String>,
    #[serde(with = "read::SiteName")]
    site: Site,
    currency: String,
    title: String,
    #[serde(deserialize_with = "read::source")]
    source: String,
    #[serde(default)]
    notes: Vec<String>,
    #[serde(default)]
    applies: Vec<Spanned<Window>>,
    settlement: SettlementRule,
    meter: Meter,
    order: Order,
    #[serde(default)]
    tiers: Vec<Spanned<Tiers>>,
    prices: Vec<Spanned<PriceGroup>>,
    #[serde(default)]
    folds: Vec<Spanned<Fold>>,
    #[serde(default)]
    ratios: Vec<Spanned<RatioSet>>,
    #[serde(default)]
    allowances: Vec<Allowance>,
    #[serde(default)]
    sells: Vec<Spanned<Sells>>,
    #[serde(default)]
    bill_dates: Vec<BillDate>,
    #[serde(default)]
    older_counts: Vec<OlderCount>,
    negotiable: Option<Negotiable>,
    service: Option<ServiceRule>,
}

/// `[[prices]]`: figures with one source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceGroup {
    pub(super) per: u32,
    #[serde(default)]
    derived: bool,
    #[serde(deserialize_with = "read::figures")]
    list: BTreeMap<Item, Decimal>,
    #[serde(deserialize_with = "read::source")]
    source: String,
}

impl Cards {
    /// The published cards.
    #[must_use]
    pub fn embedded() -> Self {
        static CARDS: LazyLock<Vec<Arc<Card>>> = LazyLock::new(|| {
            let read = |(file, text): (&str, &str)| {
                let card = parse(file, text);
                Arc::new(card.unwrap_or_else(|why| {
                    panic!("cards/{file}: {}", why.iter().map(ToString::to_string).collect::<String>())
                }))
            };
            FILES.into_iter().map(read).collect()
        });
        Self(CARDS.clone())
    }

    /// The published cards and those of a folder's `.toml` files, in order of
    /// their names. A published card is never replaced.
    pub fn with_folder(folder: &Path) -> Result<Self, Diagnostics> {
        let mut cards = Self::embedded();
        let mut problems = Diagnostics::default();
        for path in CARDS.of(folder)? {
            match load(&path) {
                Ok(card) => cards.add(card, &mut problems),
                Err(found) => problems.extend(found),
            }
        }
        if !problems.has_errors() {
            problems.extend(check::windows(&cards.0));
        }
        if problems.has_errors() { Err(problems) } else { Ok(cards) }
    }

    fn add(&mut self, card: Card, problems: &mut Diagnostics) {
        match self.get(&card.id) {
            None => self.0.push(Arc::new(card)),
            Some(known) => problems.push(Diagnostic::error(
                "card-exists",
                At::file(&card.file),
                format!("the card `{}` exists already ({})", shown(&card.id), known.file),
                "a published card is never edited: give the changed one an id of its own",
            )),
        }
    }

    /// The card of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Card>> {
        self.0.iter().find(|card| card.id == id)
    }

    /// The card of an id that was written at a place.
    pub fn named(&self, id: &str, at: At) -> Result<&Arc<Card>, Diagnostics> {
        self.get(id).ok_or_else(|| {
            let near = nearest(id, self.0.iter().map(|card| card.id.as_str()));
            let near = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
            let known: Vec<_> = self.0.iter().map(|card| card.id.as_str()).collect();
            let message = format!("unknown rate card `{}`", shown(id));
            one(Diagnostic::error(
                "unknown-card",
                at,
                message,
                format!("{near}known: {} (trtc-recon cards list)", known.join(", ")),
            ))
        })
    }

    /// All cards: the published ones in order of time, then those of the folder.
    pub fn iter(&self) -> std::slice::Iter<'_, Arc<Card>> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Cards {
    type Item = &'a Arc<Card>;
    type IntoIter = std::slice::Iter<'a, Arc<Card>>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

fn one(diagnostic: Diagnostic) -> Diagnostics {
    [diagnostic].into_iter().collect()
}

fn load(path: &Path) -> Result<Card, Diagnostics> {
    parse(&path.display().to_string(), &CARDS.text(path)?)
}

/// A card from the text of its file.
pub(super) fn parse(file: &str, text: &str) -> Result<Card, Diagnostics> {
    let written: CardFile = toml::from_str(text).map_err(|error| one(CARDS.refused(file, text, &error)))?;
    let mut source = Source { files: CARDS, file, text, problems: Diagnostics::default() };
    let card = written.card(&mut source);
    if source.problems.has_errors() { Err(source.problems) } else { Ok(card) }
}

impl CardFile {
    fn card(self, source: &mut Source) -> Card {
        let mut card = Card {
            prices: check::prices(self.prices.into_iter().map(split), source),
            id: self.id.into_inner(),
            site: self.site,
            currency: self.currency,
            title: self.title,
            source: self.source,
            notes: self.notes,
            applies: Vec::new(),
            settlement: self.settlement,
            meter: self.meter,
            order: self.order,
            tiers: Vec::new(),
            folds: Vec::new(),
            ratios: BTreeMap::new(),
            allowances: self.allowances,
            sells: Vec::new(),
            bill_dates: self.bill_dates,
            older_counts: self.older_counts,
            negotiable: self.negotiable,
            service: self.service,
            file: source.file.to_owned(),
        };
        for (span, mut window) in self.applies.into_iter().map(split) {
            window.line = line(source.text, span.start);
            check::window(&window, &span, source);
            card.applies.push(window);
        }
        for (span, tiers) in self.tiers.into_iter().map(split) {
            check::tiers(&card, &tiers, &span, source);
            card.tiers.push(tiers);
        }
        for (span, fold) in self.folds.into_iter().map(split) {
            check::fold(&card, &fold, &span, source);
            card.folds.push(fold);
        }
        for (span, ratios) in self.ratios.into_iter().map(split) {
            check::ratios(&card, &ratios, &span, source);
            card.ratios.insert(ratios.set.clone(), ratios);
        }
        for (span, sells) in self.sells.into_iter().map(split) {
            check::sells(&sells, &span, source);
            card.sells.push(sells);
        }
        card
    }
}

fn split<T>(spanned: Spanned<T>) -> (Range<usize>, T) {
    (spanned.span(), spanned.into_inner())
}

impl PriceGroup {
    /// The prices of the group, each with the group's source.
    pub(super) fn prices(self) -> impl Iterator<Item = (Item, ListPrice)> {
        let Self { per, derived, list, source } = self;
        list.into_iter().map(move |(item, list)| (item, ListPrice { list, per, derived, source: source.clone() }))
    }
}
