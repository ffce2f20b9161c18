//! The workbook's own texts, besides the words that all outputs share: `en.toml` and `zh.toml`.
#![allow(missing_docs, reason = "the texts in en.toml say it")]

use std::sync::LazyLock;

use serde::Deserialize;

use crate::report::Lang;

/// The texts of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Texts {
    /// The names of the sheets.
    pub sheets: Sheets,
    /// The contents of the sheets, for the list on the cover.
    pub about: Sheets,
    /// Columns that only the workbook has.
    pub columns: Columns,
    /// The cover.
    pub cover: Cover,
    /// The bridge and the days.
    pub charts: Charts,
    /// The checks; `[checks]` are sentences that are true.
    pub checks: Checks,
    /// Single words and remarks.
    pub says: Says,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sheets {
    pub cover: String,
    pub bridge: String,
    pub applications: String,
    pub items: String,
    pub days: String,
    pub discrepancies: String,
    pub followup: String,
    pub lines: String,
    pub drawdown: String,
    pub grants: String,
    pub balances: String,
    pub rates: String,
    pub assumptions: String,
    pub inputs: String,
    pub checks: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Columns {
    pub item_name: String,
    pub lines: String,
    pub expected: String,
    pub billed: String,
    pub difference: String,
    pub average_price: String,
    pub status: String,
    pub owner: String,
    pub comment: String,
    pub step: String,
    pub running: String,
    pub deductions: String,
    pub paid: String,
    pub minute_price: String,
    pub used_worth: String,
    pub figure: String,
    pub stands_for: String,
    pub per: String,
    pub applied: String,
    pub published: String,
    pub number: String,
    pub weight: String,
    pub code: String,
    pub text: String,
    pub help: String,
    pub check: String,
    pub left: String,
    pub right: String,
    pub holds: String,
    pub place: String,
    pub document: String,
    pub earlier: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cover {
    pub account: String,
    pub period: String,
    pub verdict: String,
    pub next: String,
    pub ours: String,
    pub causes: String,
    pub completeness: String,
    pub cards: String,
    pub made_by: String,
    pub amounts: String,
    pub expected: String,
    pub expected_range: String,
    pub billed: String,
    pub difference: String,
    pub overcharged: String,
    pub undercharged: String,
    pub payable: String,
    pub checks_hold: String,
    pub sign: String,
    pub name: String,
    pub date: String,
    pub signature: String,
    pub prepared: String,
    pub reviewed: String,
    pub approved: String,
    pub sheets: String,
    pub inputs: String,
    pub more_inputs: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Charts {
    pub bridge: String,
    pub cut_axis: String,
    pub base: String,
    pub total: String,
    pub up: String,
    pub up_below: String,
    pub down: String,
    pub down_below: String,
    pub days: String,
    pub differences: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Checks {
    pub lines_counted: String,
    pub lines_total: String,
    pub payable: String,
    pub parts: String,
    pub applications: String,
    pub items: String,
    pub days: String,
    pub billed_applications: String,
    pub billed_items: String,
    pub billed_days: String,
    pub billed_lines: String,
    pub bridge: String,
    pub difference: String,
    pub discrepancies_counted: String,
    pub discrepancies_bridge: String,
    pub certain: String,
    pub drawdown_used: String,
    pub drawdown_counted: String,
    pub grants: String,
    pub inputs: String,
    pub all: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Says {
    pub total: String,
    pub account_wide: String,
    pub no_item: String,
    pub elsewhere: String,
    pub bill: String,
    pub ledger_summed: String,
    pub fixed_lines: String,
    pub checks_precision: String,
    pub status_help: String,
    /// The words for the status, the first for a finding that nobody touched; parted by `|`.
    pub statuses: String,
    pub list_price: String,
    pub ratio: String,
    pub published: String,
    pub derived: String,
    pub assumption: String,
    pub note: String,
    pub warning: String,
    pub minute: String,
    pub documents: String,
    pub fixed_sums: String,
}

const TEXTS: [(Lang, &str); 2] = [(Lang::Zh, include_str!("zh.toml")), (Lang::En, include_str!("en.toml"))];

impl Texts {
    /// Those of a language.
    pub fn of(lang: Lang) -> &'static Self {
        static ALL: LazyLock<Vec<(Lang, Texts)>> =
            LazyLock::new(|| TEXTS.into_iter().map(|(lang, text)| (lang, read(lang, text))).collect());
        let found = ALL.iter().find(|(known, _)| *known == lang);
        found.map_or_else(|| unreachable!("{} has texts", lang.name()), |(_, texts)| texts)
    }
}

/// The texts are part of the program: one that does not load is a defect of it.
fn read(lang: Lang, text: &str) -> Texts {
    toml::from_str(text).unwrap_or_else(|error| panic!("workbook/{}.toml: {error}", lang.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(text: &str) -> Vec<(String, String)> {
        let tables: toml::Table = text.parse().unwrap();
        let of = |(name, table): (String, toml::Value)| {
            let table = table.as_table().unwrap().clone();
            table.into_iter().map(move |(key, text)| (format!("{name}.{key}"), text.as_str().unwrap().to_owned()))
        };
        tables.into_iter().flat_map(of).collect()
    }

    #[test]
    fn both_languages_have_every_text_with_the_same_placeholders() {
        let [(_, zh), (_, en)] = TEXTS.map(|(lang, text)| (lang, flat(text)));
        let names = |texts: &[(String, String)]| texts.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&zh), names(&en));
        let braces = |text: &str| {
            let mut found: Vec<_> =
                text.split('{').skip(1).map(|part| part.split('}').next().unwrap().to_owned()).collect();
            found.sort();
            found
        };
        for ((name, chinese), (_, english)) in zh.iter().zip(&en) {
            assert_eq!(braces(chinese), braces(english), "{name}");
            assert!(english.is_ascii() && !english.trim().is_empty() && !chinese.trim().is_empty(), "{name}");
        }
    }

    #[test]
    fn a_missing_or_surplus_text_does_not_load() {
        let (_, text) = TEXTS[1];
        assert!(toml::from_str::<Texts>(text).is_ok());
        assert!(toml::from_str::<Texts>(&text.replace("owner = \"owner\"\n", "")).is_err());
        assert!(toml::from_str::<Texts>(&text.replace("[checks]", "[checks]\nmore = \"x\"")).is_err());
    }

    #[test]
    fn names_of_sheets_are_short_and_distinct() {
        for (lang, text) in TEXTS {
            let names: Vec<String> =
                flat(text).into_iter().filter(|(name, _)| name.starts_with("sheets.")).map(|(_, name)| name).collect();
            let distinct: std::collections::BTreeSet<_> = names.iter().collect();
            assert_eq!(distinct.len(), names.len(), "{}", lang.name());
            // A spreadsheet takes 31 characters; " 99" goes behind a name that goes on.
            assert!(names.iter().all(|name| name.chars().count() <= 28 && !name.contains(['\'', '!', '/', '*'])));
        }
    }
}
