//! Messages without a language: the name of a text and the values of its placeholders. `i18n/` turns them into
//! sentences.

use std::fmt::Display;

/// A sentence, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Its name among the texts.
    pub name: &'static str,
    /// The values of its placeholders.
    pub values: Vec<(&'static str, Value)>,
}

/// The value of a placeholder.
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
}

/// Returns a figure or a name.
#[must_use]
pub fn is(value: impl Display) -> Value {
    Value::Is(value.to_string())
}

/// Returns a part that says one thing, if it is there.
#[must_use]
pub fn part<T: Display>(name: &'static str, key: &'static str, value: Option<T>) -> Value {
    value.map_or_else(|| is(""), |value| Value::Says(Sentence::of(name, [(key, is(value))])))
}

/// A sentence about a finding, apart from any language: which one, and its
/// figures. A figure that is not there is said to be not printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its name among the texts about findings.
    pub name: &'static str,
    /// The values of its placeholders.
    pub values: Vec<(&'static str, Option<String>)>,
}
