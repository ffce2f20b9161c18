//! What an audit says, apart from any language: which sentence, and its
//! values, of which some are sentences themselves.

use std::fmt::Display;

use crate::report::words::{Words, fill};

/// A sentence, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Its name among the texts.
    name: &'static str,
    /// The values of its placeholders.
    values: Vec<(&'static str, Value)>,
}

/// What stands for a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A figure or a name, the same in every language; empty where there is none.
    Is(String),
    /// A part of the sentence.
    Says(Sentence),
}

impl Sentence {
    /// The sentence of that name with its values.
    #[must_use]
    pub fn of<const N: usize>(name: &'static str, values: [(&'static str, Value); N]) -> Self {
        Self { name, values: values.into() }
    }

    /// The sentence in a language.
    #[must_use]
    pub fn text(&self, words: &Words) -> String {
        let values: Vec<_> = self.values.iter().map(|(name, value)| (*name, value.text(words))).collect();
        words.assumed.get(self.name).map_or_else(String::new, |text| fill(text, &values))
    }
}

impl Value {
    fn text(&self, words: &Words) -> String {
        match self {
            Self::Is(text) => text.clone(),
            Self::Says(part) => part.text(words),
        }
    }
}

/// A figure or a name.
#[must_use]
pub fn is(value: impl Display) -> Value {
    Value::Is(value.to_string())
}

/// A part that says one thing, if it is there.
#[must_use]
pub fn part<T: Display>(name: &'static str, key: &'static str, value: Option<T>) -> Value {
    value.map_or_else(|| is(""), |value| Value::Says(Sentence::of(name, [(key, is(value))])))
}
