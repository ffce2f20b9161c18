//! Classifies a row: of the product or not, which class, which item. Rows that read the same are decided once
//! ([`Memo`]).

use std::collections::HashMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::columns::{Field, Layout};
use super::configuration_text;
use super::fee;
use super::record::Record;
use super::transaction_type::{self, Class};
use crate::case::account::Alias;
use crate::model::Item;
use crate::model::diagnostic::{nearest, shown, toml_string};
use crate::model::invoice::LineClass;
use crate::normalise::item_vocabulary::{Meaning, Words, is_product, named_service, names_of_items};
use crate::normalise::text::normalised;

/// The kind of a row.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// Not for the comparison, for this reason.
    Excluded(Arc<str>),
    /// Paid by a voucher: set aside, with its money.
    Voucher,
    /// A text that is not known.
    Unknown(Arc<Unknown>),
    /// A row of the product.
    Ours(Ours),
}

/// A row of the product.
#[derive(Debug, Clone)]
pub(super) struct Ours {
    /// Its class.
    pub class: Class,
    /// Its item, where it names one.
    pub item: Option<Item>,
    /// Its own text for the item.
    pub text: Arc<str>,
}

/// A text that is not known, and what to say about it.
#[derive(Debug)]
pub(super) struct Unknown {
    /// The diagnostic's code.
    pub code: &'static str,
    /// The field that holds the text.
    pub field: Field,
    /// The fault, for the user.
    pub message: String,
    /// The remedy, for the user.
    pub help: String,
}

/// The start of the reason that leaves out a row of another product.
pub(super) const OTHER_PRODUCT: &str = "another product: ";

/// The texts that decide; two rows with the same ones are the same.
const DECIDING: &[Field] = &[
    Field::Product,
    Field::ProductCode,
    Field::Subproduct,
    Field::BillingMode,
    Field::TransactionType,
    Field::ComponentType,
    Field::ComponentTypeCode,
    Field::Component,
    Field::ComponentCode,
    Field::Attribute,
    Field::Other,
    Field::ChargeCategory,
    Field::ChargeClass,
];

/// The texts that name the item, the most telling first.
const ITEM_TEXTS: &[Field] =
    &[Field::Component, Field::ComponentType, Field::Attribute, Field::Other, Field::Subproduct];

/// The vocabulary of an account.
pub(super) struct Vocabulary {
    words: Words,
    aliases: Vec<(String, Item)>,
}

/// The known kinds of rows, by their texts.
#[derive(Debug, Default)]
pub(super) struct Memo {
    known: HashMap<String, Kind>,
    key: String,
}

impl Memo {
    /// Returns what a row is.
    pub(super) fn kind(&mut self, record: &Record<'_>, words: &Vocabulary, total: Option<Decimal>) -> Kind {
        let negative = total.is_some_and(|total| total.is_sign_negative());
        self.key.clear();
        for field in DECIDING {
            self.key.push_str(record.text(*field).unwrap_or_default());
            self.key.push('\u{1f}');
        }
        self.key.push(if negative { '-' } else { '+' });
        if let Some(kind) = self.known.get(&self.key) {
            return kind.clone();
        }
        let kind = words.kind(record, negative);
        // A fee may be told by its price, a resource by its configuration.
        let varies = matches!(&kind, Kind::Ours(ours) if !is_usage(ours.class)) || matches!(kind, Kind::Unknown(_));
        if !varies && record.columns.layout != Layout::L2 {
            self.known.insert(self.key.clone(), kind.clone());
        }
        kind
    }
}

fn is_usage(class: Class) -> bool {
    class.kind == LineClass::Usage
}

impl Vocabulary {
    /// Returns the vocabulary with the account's own texts.
    pub(super) fn new(aliases: &[Alias]) -> Self {
        Self {
            words: Words::new(aliases),
            aliases: aliases.iter().map(|alias| (normalised(&alias.text), alias.item)).collect(),
        }
    }

    fn kind(&self, record: &Record<'_>, negative: bool) -> Kind {
        let precision = [
            Field::Product,
            Field::ProductCode,
            Field::TransactionType,
            Field::Component,
            Field::ComponentType,
            Field::ComponentCode,
            Field::ComponentTypeCode,
        ];
        if precision.iter().any(|field| transaction_type::is_precision(&record.folded(*field))) {
            let class = Class::of(LineClass::Precision);
            return Kind::Ours(Ours { class, item: None, text: own_text(record) });
        }
        if let Some(other) = other_product(record) {
            return Kind::Excluded(format!("{OTHER_PRODUCT}{}", shown(&other)).into());
        }
        if record.folded(Field::ChargeCategory) == "tax" {
            return Kind::Excluded("tax".into());
        }
        if record.folded(Field::ChargeCategory) == "credit" && record.folded(Field::ChargeClass) != "correction" {
            return Kind::Voucher;
        }
        if record.columns.layout == Layout::L1 {
            let class = Class { monthly: true, ..Class::of(LineClass::Total) };
            return Kind::Ours(Ours { class, item: None, text: own_text(record) });
        }
        match class_of(record, negative) {
            Ok(class) => self.classed(record, class, negative),
            Err(unknown) => Kind::Unknown(unknown.into()),
        }
    }

    fn classed(&self, record: &Record<'_>, class: Option<Class>, negative: bool) -> Kind {
        let text = own_text(record);
        let fee = self.fee(record);
        let class = class.unwrap_or_else(|| unnamed_class(fee.is_some(), negative));
        let ours = |class, item| Kind::Ours(Ours { class, item, text: text.clone() });
        match class.kind {
            LineClass::Precision | LineClass::Total => ours(class, None),
            LineClass::Refund => ours(class, fee),
            LineClass::Adjustment if class.guarantee => ours(class, Some(Item::shortfall())),
            LineClass::Adjustment => ours(class, fee.or_else(|| self.usage(record).ok().flatten())),
            LineClass::Fee => match fee {
                Some(item) => ours(class, Some(item)),
                None => Kind::Unknown(unknown_fee(record).into()),
            },
            LineClass::Usage => match self.usage(record) {
                Ok(Some(item)) => ours(class, Some(item)),
                // Delivery to the vendor's VOD costs nothing; an amount for it is no charge that a rule derives.
                Ok(None) => ours(Class { kind: LineClass::Adjustment, ..class }, None),
                Err(unknown) => Kind::Unknown(unknown.into()),
            },
        }
    }

    /// Returns what an alias of account.toml says about one of these texts.
    fn alias(&self, record: &Record<'_>, fields: &[Field]) -> Option<Item> {
        if self.aliases.is_empty() {
            return None;
        }
        let of = |text: &str| self.aliases.iter().find(|(alias, _)| alias == text).map(|(_, item)| *item);
        let whole = normalised(&own_text(record));
        fields.iter().find_map(|field| of(&record.folded(*field))).or_else(|| of(&whole))
    }

    fn fee(&self, record: &Record<'_>) -> Option<Item> {
        let fields =
            [Field::Component, Field::ComponentType, Field::Configuration, Field::Attribute, Field::Subproduct];
        if let Some(item) = self.alias(record, &fields) {
            return item.is_fee().then_some(item);
        }
        let figures: Vec<Decimal> = [Field::ListPrice, Field::Original, Field::Total]
            .iter()
            .filter_map(|field| record.text(*field).and_then(|text| crate::normalise::number::number(text).ok()?))
            .collect();
        let text: Vec<_> = fields.iter().map(|field| record.folded(*field)).collect();
        fee::item_of(&text.join("|"), &figures)
            .or_else(|| fee::item_of(&format!("{}|{}", text.join("|"), record.folded(Field::Product)), &figures))
    }

    /// Returns the item of usage; `None` for what is free by its nature.
    fn usage(&self, record: &Record<'_>) -> Result<Option<Item>, Unknown> {
        if let Some(item) = self.alias(record, ITEM_TEXTS) {
            return Ok(Some(item));
        }
        let configured = record.text(Field::Configuration).map(configured_name);
        let mut texts: Vec<&str> = ITEM_TEXTS.iter().filter_map(|field| record.text(*field)).collect();
        // The configuration names the item of a resource; of a component it says more.
        let position = if record.columns.layout == Layout::L2 { 0 } else { texts.len() };
        texts.splice(position..position, configured);
        let unknown = |message, help| Unknown {
            code: "bill-item-unknown",
            field: if record.columns.has(Field::Component) { Field::Component } else { Field::Configuration },
            message,
            help,
        };
        match self.words.meaning(None, &texts) {
            Ok(Meaning::FreeDelivery) => Ok(None),
            // Without a tier only the word for a stay in a room is the item of
            // one price; the product's general words around an unknown name are not.
            Ok(Meaning::Item(item))
                if item.id() == "av.call" && texts.first().is_some_and(|name| !names_a_stay(name)) =>
            {
                let text = texts.first().copied().unwrap_or_default();
                let name = shown(text);
                let near = nearest(&name, names_of_items());
                let near = near.map(|word| format!("; the nearest known one is {word}")).unwrap_or_default();
                Err(unknown(
                    format!("\"{name}\" names no item that is known{near}"),
                    format!(
                        "Say in account.toml what it means: [[alias]] text = {}, item = \"av.hd\".",
                        toml_string(text)
                    ),
                ))
            }
            Ok(Meaning::Item(item)) => Ok(Some(item)),
            Err(why) => Err(unknown(why.message, why.help)),
        }
    }
}

/// Returns true if a text names the stay in a room itself, rather than the product around it.
fn names_a_stay(name: &str) -> bool {
    named_service(name) == Some("av") || ["时长", "duration", "通话", "分钟"].iter().any(|w| normalised(name) == *w)
}

/// `视频HD: 1000分钟; ` without its quantity; the first item that has one.
fn configured_name(configuration: &str) -> &str {
    configuration_text::first_name(configuration).unwrap_or(configuration)
}

/// Returns the row's own text for the item, as printed.
fn own_text(record: &Record<'_>) -> Arc<str> {
    let fields = [Field::ComponentType, Field::Component, Field::Attribute, Field::Configuration];
    let mut texts: Vec<&str> = fields.iter().filter_map(|field| record.text(*field)).collect();
    if texts.is_empty() {
        texts.extend(record.text(Field::Product));
    }
    texts.join(" / ").into()
}

/// Returns true if a row is of TRTC.
pub(super) fn is_of_the_product(record: &Record<'_>) -> bool {
    other_product(record).is_none()
}

/// Returns the product, where it is another one.
fn other_product(record: &Record<'_>) -> Option<String> {
    let (name, code) = (record.folded(Field::Product), record.folded(Field::ProductCode));
    if is_product(&name) || is_product(&code) {
        return None;
    }
    let named = record.text(Field::Product).or_else(|| record.text(Field::ProductCode));
    Some(named.unwrap_or("none is named").to_owned())
}

/// Returns the class that the row names; `Ok(None)` where it names none.
fn class_of(record: &Record<'_>, negative: bool) -> Result<Option<Class>, Unknown> {
    if record.columns.layout == Layout::Focus {
        return Ok(focus_class(record, negative));
    }
    let kind = record.folded(Field::TransactionType);
    if kind.is_empty() {
        return Ok(transaction_type::class_of(&record.folded(Field::BillingMode)));
    }
    if let Some(class) = transaction_type::class_of(&kind) {
        return Ok(Some(class));
    }
    let text = shown(record.text(Field::TransactionType).unwrap_or_default());
    let near = nearest(&text, transaction_type::KNOWN.iter().copied());
    let near = near.map(|word| format!("; the nearest known one is {word}")).unwrap_or_default();
    Err(Unknown {
        code: "bill-transaction-type",
        field: Field::TransactionType,
        message: format!("\"{text}\" is no transaction type that is known{near}"),
        help: format!("Known are: {}.", transaction_type::KNOWN.join(", ")),
    })
}

fn focus_class(record: &Record<'_>, negative: bool) -> Option<Class> {
    let class = |kind| Some(Class::of(kind));
    if record.folded(Field::ChargeClass) == "correction" {
        return class(LineClass::Adjustment);
    }
    match &*record.folded(Field::ChargeCategory) {
        "usage" => class(LineClass::Usage),
        "purchase" if negative => class(LineClass::Refund),
        "purchase" => class(LineClass::Fee),
        "adjustment" => class(LineClass::Adjustment),
        _ => None,
    }
}

/// Returns what a row is that has no column for it: fees by their plan, negative
/// amounts as what is given back.
const fn unnamed_class(fee: bool, negative: bool) -> Class {
    let kind = match (fee, negative) {
        (true, false) => LineClass::Fee,
        (true, true) => LineClass::Refund,
        (false, true) => LineClass::Adjustment,
        (false, false) => LineClass::Usage,
    };
    Class::of(kind)
}

fn unknown_fee(record: &Record<'_>) -> Unknown {
    let text = own_text(record);
    let plans = crate::rules::plan_ids();
    let near = nearest(&text, plans.iter().copied());
    let near = near.map(|plan| format!("; the nearest plan is {plan}")).unwrap_or_default();
    Unknown {
        code: "bill-plan-unknown",
        field: if record.columns.has(Field::Component) { Field::Component } else { Field::Configuration },
        message: format!("\"{}\" is the fee of no plan that is known{near}", shown(&text)),
        help: format!(
            "Say in account.toml what it means: [[alias]] text = {}, item = \"fee.<plan>\". Plans: {}.",
            toml_string(record.text(Field::Component).or_else(|| record.text(Field::ComponentType)).unwrap_or(&text)),
            plans.join(", ")
        ),
    }
}
