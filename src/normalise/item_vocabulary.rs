//! From the words of an export or a bill to the item they mean.
//!
//! The words are data (`words.toml`). The service comes from the first text
//! that names one, the tier from the first text that names one; folding a tier
//! that a rate card does not have is left to the card.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::text::{label, normalised, spoken};
use crate::case::account::Alias;
use crate::model::Item;
use crate::model::diagnostic::{nearest, shown, toml_string};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceRow {
    id: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Neutral {
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WordFile {
    product: Vec<String>,
    items: Vec<String>,
    whole: Vec<String>,
    service: Vec<ServiceRow>,
    tier: BTreeMap<String, Vec<String>>,
    codec: BTreeMap<String, Vec<String>>,
    target: BTreeMap<String, Vec<String>>,
    neutral: Neutral,
}

/// The meaning of a word, apart from the service.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Says<'a> {
    tier: Option<&'a str>,
    codec: Option<&'a str>,
}

/// A word and what it says.
struct Word {
    text: String,
    tier: Option<String>,
    codec: Option<String>,
}

struct Lexicon {
    product: Vec<String>,
    items: Vec<String>,
    /// Headers of columns that count calls whole, without tiers.
    whole: Vec<String>,
    services: Vec<(String, Vec<String>)>,
    targets: BTreeMap<String, Vec<String>>,
    /// Tiers, codecs and what is neither; the longest first.
    words: Vec<Word>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let file: WordFile =
        toml::from_str(include_str!("item_vocabulary.toml")).unwrap_or_else(|e| panic!("item_vocabulary.toml: {e}"));
    let mut words: Vec<Word> =
        file.neutral.words.iter().map(|text| Word { text: spoken(text), tier: None, codec: None }).collect();
    for (codec, texts) in &file.codec {
        words.extend(texts.iter().map(|t| Word { text: spoken(t), tier: None, codec: Some(codec.clone()) }));
        // SDH264, FullHDH265: the tier and the codec without a border.
        for (tier, names) in &file.tier {
            let latin = names.iter().filter(|name| name.is_ascii());
            words.extend(latin.map(|name| Word {
                text: spoken(&format!("{name}{codec}")),
                tier: Some(tier.clone()),
                codec: Some(codec.clone()),
            }));
        }
    }
    for (tier, texts) in &file.tier {
        words.extend(texts.iter().map(|t| Word { text: spoken(t), tier: Some(tier.clone()), codec: None }));
    }
    words.sort_by(|a, b| b.text.len().cmp(&a.text.len()).then_with(|| a.text.cmp(&b.text)));
    let spoken_all = |texts: Vec<String>| texts.iter().map(|text| spoken(text)).collect::<Vec<_>>();
    Lexicon {
        product: file.product.iter().map(|word| normalised(word)).collect(),
        items: file.items,
        whole: file.whole.iter().map(|word| normalised(word)).collect(),
        services: file.service.into_iter().map(|row| (row.id, spoken_all(row.words))).collect(),
        targets: file.target.into_iter().map(|(id, texts)| (id, spoken_all(texts))).collect(),
        words,
    }
});

/// The meaning of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A billable item.
    Item(Item),
    /// Delivery to the vendor's VOD, which is free.
    FreeDelivery,
}

/// Why texts mean no item: what to say and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoMeaning {
    /// The fault, for the user.
    pub message: String,
    /// The remedy, for the user.
    pub help: String,
}

/// The words together with the account's own (`[[alias]]`).
#[derive(Debug)]
pub struct Words {
    aliases: Vec<(String, Item)>,
}

impl Words {
    /// Returns the words of an account.
    #[must_use]
    pub fn new(aliases: &[Alias]) -> Self {
        Self { aliases: aliases.iter().map(|alias| (normalised(&alias.text), alias.item)).collect() }
    }

    /// Returns what texts mean together, the most telling first. `service` is what the
    /// file, sheet or `[[file]]` says, for texts that name none.
    pub fn meaning(&self, service: Option<&str>, texts: &[&str]) -> Result<Meaning, NoMeaning> {
        if let Some(item) = self.alias(texts) {
            return Ok(Meaning::Item(item));
        }
        if let Some(item) = texts.iter().find_map(|text| Item::parse(&text.trim().to_lowercase())) {
            return Ok(Meaning::Item(item));
        }
        let spoken: Vec<String> = texts.iter().map(|text| spoken(text)).collect();
        let named = service_of(&spoken);
        if named == Some("vod") {
            return Ok(Meaning::FreeDelivery);
        }
        let says = says(&spoken).map_err(|why| no_meaning(service, texts, &why))?;
        let service = match (named, service) {
            (Some(named), None) => Some(named),
            // A general word gives way to what the file says; a special one does not.
            (Some("av") | None, Some(hint)) => Some(hint),
            (Some(named), Some(hint)) if hint.starts_with(named) => Some(hint),
            (named, _) => named,
        };
        item_of(service, says, &spoken).map(Meaning::Item).map_err(|why| no_meaning(service, texts, &why))
    }

    /// Returns true if the account itself says what a text means.
    #[must_use]
    pub fn has_alias(&self, text: &str) -> bool {
        self.alias(&[text]).is_some()
    }

    fn alias(&self, texts: &[&str]) -> Option<Item> {
        if self.aliases.is_empty() {
            return None;
        }
        texts
            .iter()
            .map(|text| normalised(text))
            .find_map(|text| self.aliases.iter().find(|(alias, _)| *alias == text).map(|(_, item)| *item))
    }
}

/// Returns true if a text, as [`normalised`] makes it, names the product.
#[must_use]
pub fn is_product(text: &str) -> bool {
    LEXICON.product.iter().any(|word| text.contains(word.as_str()))
}

/// Names of items as bills have them.
pub fn names_of_items() -> impl Iterator<Item = &'static str> {
    LEXICON.items.iter().map(String::as_str)
}

/// Returns the service that a single text names (a file name, a sheet, a title), or whose id it is.
#[must_use]
pub fn named_service(text: &str) -> Option<&'static str> {
    let text = spoken(text);
    let services: &'static [(String, Vec<String>)] = &LEXICON.services;
    let by_id = services.iter().map(|(id, _)| id.as_str()).find(|id| *id == text);
    by_id.or_else(|| service_of(&[text]))
}

/// Returns the tier that a single text names; none where it names none, or two.
#[must_use]
pub fn tier_named(text: &str) -> Option<&'static str> {
    says(&[spoken(text)]).ok()?.tier
}

/// Returns what to say of a text that should name a tier and names nothing at all; `None` where it names something.
#[must_use]
pub fn unknown_tier(text: &str) -> Option<NoMeaning> {
    let said = spoken(text);
    let known = !words_in(&said).is_empty() || service_of(&[said]).is_some();
    (!known).then(|| no_meaning(None, &[text], "it names no tier"))
}

/// Returns true if a single text (a column's header) names a tier, a codec or a
/// service without tiers, and so may head a column of figures.
#[must_use]
pub fn names_figure(text: &str) -> bool {
    let whole = LEXICON.whole.contains(&label(text).key);
    let text = spoken(text);
    let bandwidth = ["带宽", "bandwidth"].iter().any(|word| finds(&text, word));
    whole
        || bandwidth
        || words_in(&text).iter().any(|word| word.tier.is_some() || word.codec.is_some())
        || matches!(service_of(&[text]), Some("snapshot" | "mau" | "relay"))
}

/// Returns the word for a tier or codec that is nearest to a text that names nothing at all.
#[must_use]
pub fn nearest_tier(text: &str) -> Option<&'static str> {
    let said = spoken(text);
    let words: &'static [Word] = &LEXICON.words;
    if names_figure(text) { None } else { nearest(&said, words.iter().map(|word| word.text.as_str())) }
}

/// Returns the first text that names a special service; else `av` where one names that.
fn service_of(texts: &[String]) -> Option<&'static str> {
    let services: &'static [(String, Vec<String>)] = &LEXICON.services;
    let in_text = |text: &String| {
        services.iter().find(|(_, words)| words.iter().any(|word| finds(text, word))).map(|(id, _)| id.as_str())
    };
    let named: Vec<&'static str> = texts.iter().filter_map(in_text).collect();
    named.iter().find(|id| **id != "av").or_else(|| named.first()).copied()
}

/// Tier and codec: each from the first text that names one.
fn says(texts: &[String]) -> Result<Says<'static>, String> {
    let mut all = Says { tier: None, codec: None };
    for text in texts {
        let mut here = Says { tier: None, codec: None };
        for word in words_in(text) {
            for (slot, value) in [(&mut here.tier, word.tier.as_deref()), (&mut here.codec, word.codec.as_deref())] {
                match (&slot, value) {
                    (Some(one), Some(other)) if *one != other => {
                        return Err(format!("it names {one} and {other} at once"));
                    }
                    (_, None) => {}
                    _ => *slot = value,
                }
            }
        }
        all = Says { tier: all.tier.or(here.tier), codec: all.codec.or(here.codec) };
    }
    Ok(all)
}

/// Returns the words of a text from left to right, the longest that fits at each place.
fn words_in(text: &str) -> Vec<&'static Word> {
    let words: &'static [Word] = &LEXICON.words;
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match words.iter().find(|word| stands_at(text, at, &word.text)) {
            Some(word) => {
                found.push(word);
                at += word.text.len();
            }
            None => at += text[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    found
}

fn finds(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| stands_at(text, at, word))
}

/// Returns true if a word stands at a place, with borders where it has Latin letters.
fn stands_at(text: &str, at: usize, word: &str) -> bool {
    let latin = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let (bytes, inner) = (text.as_bytes(), word.as_bytes());
    let behind = at + word.len();
    text[at..].starts_with(word)
        && !(latin(inner.first()) && at > 0 && latin(bytes.get(at - 1)))
        && !(latin(inner.last()) && latin(bytes.get(behind)))
}

fn item_of(service: Option<&str>, says: Says<'_>, texts: &[String]) -> Result<Item, String> {
    let known = |id: String| Item::parse(&id).ok_or_else(|| format!("there is no item {id}"));
    let service = match (service, says) {
        (Some(service), _) => service,
        (None, Says { codec: Some(_), .. }) => "mix",
        (None, Says { tier: Some("2k+"), .. }) => "rec",
        (None, Says { tier: Some(_), .. }) => "av",
        (None, _) => return Err("it names neither a service nor a tier".to_owned()),
    };
    match service {
        "snapshot" | "mau" | "relay.tencent" | "relay.third" => known(service.to_owned()),
        "relay" => {
            let target = ["third", "tencent"].into_iter().find(|target| {
                LEXICON
                    .targets
                    .get(*target)
                    .is_some_and(|words| texts.iter().any(|text| words.iter().any(|word| finds(text, word))))
            });
            known(format!("relay.{}", target.ok_or("it does not say where the relay goes (腾讯云 or 第三方)")?))
        }
        "av" if says.tier.is_none() => known("av.call".to_owned()),
        _ => known(tiered(service, says)?),
    }
}

fn tiered(service: &str, says: Says<'_>) -> Result<String, String> {
    let tier = says.tier.ok_or_else(|| format!("it names no tier of {service}"))?;
    let tier = match (service, tier) {
        ("rec" | "av", "2k+") => return Ok("rec.4k".to_owned()),
        (_, "2k+") => return Err(format!("{service} has no tier 2K+")),
        // Neither card nor contract knows SD here; HD begins at no pixel at all.
        ("deliver.tencent" | "deliver.third" | "page", "sd") => "hd",
        _ => tier,
    };
    let service = match (service, tier, says.codec) {
        ("mix" | "mix.h264" | "mix.h265", "audio", _) => "mix",
        ("mix", _, None) => return Err("it names no codec (H264 or H265)".to_owned()),
        ("mix", _, Some(codec)) => return Ok(format!("mix.{codec}.{tier}")),
        _ => service,
    };
    Ok(format!("{service}.{tier}"))
}

/// Returns an item of a service, for a message.
fn example(service: Option<&str>) -> &'static str {
    let service = service.unwrap_or("av");
    let of = |id: &&str| id.strip_prefix(service).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    let items: Vec<&str> = Item::all().map(Item::id).filter(of).collect();
    items.iter().find(|id| tier_named(id) == Some("hd")).or(items.first()).copied().unwrap_or("av.hd")
}

fn no_meaning(service: Option<&str>, texts: &[&str], why: &str) -> NoMeaning {
    let shown_texts: Vec<String> = texts.iter().filter(|text| !text.is_empty()).map(|text| shown(text)).collect();
    let known = LEXICON.services.iter().flat_map(|(_, words)| words).chain(LEXICON.words.iter().map(|word| &word.text));
    let near = shown_texts.first().and_then(|text| nearest(text, known.map(String::as_str)));
    let near = near.map(|word| format!("; the nearest known word is {word}")).unwrap_or_default();
    let text = texts.iter().find(|text| !text.is_empty()).copied().unwrap_or_default();
    NoMeaning {
        message: format!("\"{}\" is no item that is known: {why}{near}", shown_texts.join(" / ")),
        help: format!(
            "Say in account.toml what it means: [[alias]] text = {}, item = \"{}\" (or another item).",
            toml_string(text),
            example(service)
        ),
    }
}

#[cfg(test)]
#[path = "item_vocabulary_tests.rs"]
mod tests;
