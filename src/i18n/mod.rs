//! Every text of a report that a person reads, in each language: `en.toml` and
//! `zh.toml`. Both must have every text and no other, or they do not load; a
//! test holds the placeholders of the two against each other.
//!
//! The outputs for programs (csv, json, the names of files) are the same in every language.

pub mod catalogue;
#[cfg(test)]
mod tests;
mod texts;

use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::cause::{self, Cause};
use crate::model::diagnostic::Labels;
use crate::model::message::{Said, Sentence, Value};
use crate::model::policy::Site;
pub use texts::{
    Assumed, Causes, Columns, Families, Findings, Kinds, PageTexts, Readings, Steps, Strengths, Texts, Tiers, Totals,
    Units, Verdicts,
};

/// A language of the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lang {
    /// Chinese.
    Zh,
    /// English.
    En,
}

/// All texts of one language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The results of a comparison.
    pub verdicts: Verdicts,
    /// True if a discrepancy is proved.
    pub strengths: Strengths,
    /// The kinds of finding.
    pub kinds: Kinds,
    /// The steps of the bridge that no cause names.
    pub steps: Steps,
    /// Why it differs.
    pub causes: Causes,
    /// The sentences on the rules' figure and the bill's figure, by kind of finding.
    pub findings: Findings,
    /// The subject of each assumption, by its code.
    pub readings: Readings,
    /// The assumptions and observations of the audit, sentence by sentence.
    pub assumed: Assumed,
    /// The totals of a report.
    pub totals: Totals,
    /// The columns of the tables, by their names in csv.
    pub columns: Columns,
    /// The units.
    pub units: Units,
    /// The name that the items of one family share.
    pub families: Families,
    /// The tiers of an item.
    pub tiers: Tiers,
    /// Sentences that several outputs say, and those of the terminal.
    pub text: Texts,
    /// The page.
    pub page: PageTexts,
}

const TEXTS: [(Lang, &str); 2] = [(Lang::Zh, include_str!("zh.toml")), (Lang::En, include_str!("en.toml"))];

impl Lang {
    /// The language of a site's own bills.
    #[must_use]
    pub const fn of(site: Site) -> Self {
        match site {
            Site::Cn => Self::Zh,
            Site::Intl => Self::En,
        }
    }

    /// Returns the language of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Zh, Self::En].into_iter().find(|lang| lang.name() == name)
    }

    /// Returns the language of a locale such as `zh_CN.UTF-8`; `None` for one that names neither.
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<Self> {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        Self::parse(&language.to_lowercase())
    }

    /// Its name on the command line and in a manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// Its name in html (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-Hans",
            Self::En => "en",
        }
    }

    /// Its texts.
    #[must_use]
    pub fn words(self) -> &'static Words {
        static ALL: LazyLock<Vec<(Lang, Words)>> =
            LazyLock::new(|| TEXTS.into_iter().map(|(lang, text)| (lang, read(lang, text))).collect());
        let found = ALL.iter().find(|(lang, _)| *lang == self);
        found.map_or_else(|| unreachable!("{} has texts", self.name()), |(_, words)| words)
    }
}

/// The texts are part of the program: one that does not load is a defect of it.
fn read(lang: Lang, text: &str) -> Words {
    toml::from_str(text).unwrap_or_else(|error| panic!("words/{}.toml: {error}", lang.name()))
}

impl Words {
    /// Returns what a diagnostic is labelled with.
    #[must_use]
    pub fn labels(&self) -> Labels<'_> {
        Labels { error: &self.text.error, warning: &self.text.warning, note: &self.text.note, help: &self.text.help }
    }

    /// Returns causes for people, joined by "or".
    #[must_use]
    pub fn cause(&self, causes: &cause::Causes) -> String {
        let one = |cause: &Cause| {
            let text = self.causes.get(cause.family()).unwrap_or(cause.family());
            let detail = match cause {
                Cause::UsageMissing { what } | Cause::BillMissing { what } => self.part(what),
                other => other.detail().unwrap_or_default().to_owned(),
            };
            fill(text, &[("detail", detail)])
        };
        causes.0.iter().map(one).collect::<Vec<_>>().join(&self.text.or)
    }

    /// Returns a part of the usage or the bill (`app=…;service=…;days=…`) for people.
    fn part(&self, what: &str) -> String {
        let one = |pair: &str| match pair.split_once('=') {
            Some(("app", id)) => fill(&self.text.of_app, &[("id", id)]),
            Some(("service", service)) => self.families.get(&service.replace('.', "_")).unwrap_or(service).to_owned(),
            Some((_, value)) => value.to_owned(),
            None => pair.to_owned(),
        };
        what.split(';').map(one).collect::<Vec<_>>().join(&self.text.comma)
    }

    /// Returns an item (`mix.h264.hd`) for people; a fee with its plan.
    #[must_use]
    pub fn item(&self, id: &str) -> String {
        if let Some(plan) = id.strip_prefix("fee.") {
            return fill(&self.families.fee, &[("plan", plan)]);
        }
        let (family, tier) = id.rsplit_once('.').unwrap_or((id, ""));
        let family_text = self.families.get(&family.replace('.', "_"));
        let tier_text = if tier.is_empty() { Some("") } else { self.tiers.get(&format!("t{tier}")) };
        match (family_text, tier_text) {
            (Some(family), Some("")) => family.to_owned(),
            (Some(family), Some(tier)) => fill(&self.text.item, &[("family", family), ("tier", tier)]),
            _ => id.to_owned(),
        }
    }

    /// Returns a column of a table, by its name in csv.
    #[must_use]
    pub fn column<'a>(&'a self, name: &'a str) -> &'a str {
        self.columns.get(name).unwrap_or(name)
    }

    /// Returns a unit, by its name in csv.
    #[must_use]
    pub fn unit<'a>(&'a self, name: &'a str) -> &'a str {
        self.units.get(&name.to_lowercase()).unwrap_or(name)
    }

    /// `1 line`, `2 lines`.
    #[must_use]
    pub fn lines(&self, count: usize) -> String {
        counted(count, &self.text.one_line, &self.text.lines)
    }
}

impl Said {
    /// Returns the sentence in a language.
    #[must_use]
    pub fn text(&self, words: &Words) -> String {
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| words.text.not_printed.clone());
        let values: Vec<_> = self.values.iter().map(|(name, value)| (*name, shown(value))).collect();
        words.findings.get(self.name).map_or_else(String::new, |text| fill(text, &values))
    }
}

impl Sentence {
    /// Returns the sentence in a language.
    #[must_use]
    pub fn text(&self, words: &Words) -> String {
        let shown = |value: &Value| match value {
            Value::Is(text) => text.clone(),
            Value::Says(part) => part.text(words),
        };
        let values: Vec<_> = self.values.iter().map(|(name, value)| (*name, shown(value))).collect();
        words.assumed.get(self.name).map_or_else(String::new, |text| fill(text, &values))
    }
}

/// Returns one or many of something: the second text has the placeholder `{count}`.
#[must_use]
pub fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { one.to_owned() } else { fill(many, &[("count", &count.to_string())]) }
}

/// Returns a text with its placeholders (`{period}`) filled. A value is never looked
/// through for placeholders itself.
#[must_use]
pub fn fill<V: AsRef<str>>(text: &str, values: &[(&str, V)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let known = behind.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        let Some((value, after)) = known else {
            // No placeholder that is given: left as it stands, to be seen.
            out.push('{');
            rest = behind;
            continue;
        };
        out.push_str(value.as_ref());
        rest = after;
    }
    out.push_str(rest);
    out
}
