//! Parses the texts of a card or plan file into values, each refused with what was expected. The TOML reader adds the
//! place.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

use crate::model::diagnostic::{nearest, shown};
use crate::model::number::parse_decimal;
use crate::model::policy::{Scope, Site, TieOrder};
use crate::model::{Day, Item, Ratio, Stamp};

/// A set of items: one name, or all whose name starts so (`av.*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Returns true if the item is in the set.
    #[must_use]
    pub fn matches(&self, item: Item) -> bool {
        match self.0.strip_suffix('*') {
            Some(start) => item.id().starts_with(start),
            None => item.id() == self.0,
        }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let pattern = Self(String::deserialize(from)?);
        if Item::all().any(|item| pattern.matches(item)) {
            return Ok(pattern);
        }
        Err(unknown_item(&pattern.0))
    }
}

fn unknown_item<E: Error>(text: &str) -> E {
    let near = nearest(text, Item::all().map(Item::id));
    let near = near.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
    E::custom(format!("unknown item `{}`{near}", shown(text)))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Named(Item);

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Item::parse(&text).map(Self).ok_or_else(|| unknown_item(&text))
    }
}

struct Figure(Decimal);

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let figure = parse_decimal(&text).filter(|figure| !figure.is_sign_negative());
        figure.map(Self).ok_or_else(|| {
            D::Error::custom(format!("`{}` is not a figure: expected a plain decimal like \"3.99\"", shown(&text)))
        })
    }
}

struct Weight(Ratio);

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Figure(figure) = Figure::deserialize(from)?;
        let ratio = Ratio::from_decimal(figure).filter(|ratio| !ratio.is_zero());
        ratio.map(Self).ok_or_else(|| {
            D::Error::custom(format!("`{figure}` is not a ratio: expected above 0 with at most 4 decimals"))
        })
    }
}

/// Returns an item by its name.
pub(super) fn item<'de, D: Deserializer<'de>>(from: D) -> Result<Item, D::Error> {
    Named::deserialize(from).map(|named| named.0)
}

/// Items by their names.
pub(super) fn items<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Item>, D::Error> {
    Ok(Vec::<Named>::deserialize(from)?.into_iter().map(|named| named.0).collect())
}

/// Returns a figure, written as text so that it is never a binary fraction.
pub(super) fn figure<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    Figure::deserialize(from).map(|figure| figure.0)
}

/// Returns a figure that may be absent.
pub(super) fn some_figure<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    figure(from).map(Some)
}

/// Figures by item.
pub(super) fn figures<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Item, Decimal>, D::Error> {
    let figures = BTreeMap::<Named, Figure>::deserialize(from)?;
    Ok(figures.into_iter().map(|(item, figure)| (item.0, figure.0)).collect())
}

/// Ratios by item.
pub(super) fn ratios<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<Item, Ratio>, D::Error> {
    let ratios = BTreeMap::<Named, Weight>::deserialize(from)?;
    Ok(ratios.into_iter().map(|(item, ratio)| (item.0, ratio.0)).collect())
}

/// Returns a ratio.
pub(super) fn ratio<'de, D: Deserializer<'de>>(from: D) -> Result<Ratio, D::Error> {
    Weight::deserialize(from).map(|weight| weight.0)
}

/// Returns a day that may be absent.
pub(super) fn some_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Day>, D::Error> {
    day(from).map(Some)
}

/// Returns a day: `2022-08-01`.
pub(super) fn day<'de, D: Deserializer<'de>>(from: D) -> Result<Day, D::Error> {
    let text = Datetime::deserialize(from)?.to_string();
    Day::parse(&text).ok_or_else(|| D::Error::custom(format!("`{text}` is not a day: expected like 2022-08-01")))
}

/// Returns a second that may be absent.
pub(super) fn some_stamp<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Stamp>, D::Error> {
    stamp(from).map(Some)
}

/// Returns a second of Beijing time: `2022-10-01T00:00:00`.
pub(super) fn stamp<'de, D: Deserializer<'de>>(from: D) -> Result<Stamp, D::Error> {
    let text = Datetime::deserialize(from)?.to_string();
    Stamp::parse(&text)
        .ok_or_else(|| D::Error::custom(format!("`{text}` is not a time: expected like 2022-10-01T00:00:00")))
}

/// Where a figure stands: never blank.
pub(super) fn source<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() {
        return Err(D::Error::custom("the source is blank: say where the figure is published"));
    }
    Ok(text)
}

/// The file's name for a site.
#[derive(Deserialize)]
#[serde(remote = "Site", rename_all = "kebab-case")]
pub(super) enum SiteName {
    Cn,
    Intl,
}

/// The file's name for a scope.
#[derive(Deserialize)]
#[serde(remote = "Scope", rename_all = "kebab-case")]
pub(super) enum ScopeName {
    App,
    Account,
}

/// The file's name for an order within a bucket.
#[derive(Deserialize)]
#[serde(remote = "TieOrder", rename_all = "kebab-case")]
pub(super) enum TieOrderName {
    Time,
    Item,
}
