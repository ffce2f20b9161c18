//! Both languages say everything, with the same figures in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lang, TEXTS, fill};
use crate::compare::Kind;
use crate::model::cause::{Cause, Causes};
use crate::model::{Item, Unit};
use crate::report::table;

/// Returns every text of a language by its path (`text.sentence`).
fn flat(text: &str) -> BTreeMap<String, String> {
    let tables: toml::Table = text.parse().unwrap();
    let mut out = BTreeMap::new();
    for (name, table) in tables {
        for (key, value) in table.as_table().unwrap() {
            out.insert(format!("{name}.{key}"), value.as_str().unwrap().to_owned());
        }
    }
    out
}

fn placeholders(text: &str) -> BTreeSet<String> {
    text.split('{').skip(1).map(|part| part.split_once('}').expect("a brace is closed").0.to_owned()).collect()
}

#[test]
fn both_languages_have_every_text_with_the_same_placeholders() {
    let [(_, zh), (_, en)] = TEXTS.map(|(lang, text)| (lang, flat(text)));
    assert_eq!(zh.keys().collect::<Vec<_>>(), en.keys().collect::<Vec<_>>());
    for (name, english) in &en {
        assert_eq!(placeholders(&zh[name]), placeholders(english), "{name}");
        assert!(!english.trim().is_empty() && !zh[name].trim().is_empty(), "{name} says nothing");
        // U+2E80 is where the scripts of East Asia begin.
        assert!(english.chars().all(|letter| letter < '\u{2e80}'), "{name} is no English: {english}");
    }
}

#[test]
fn a_missing_or_surplus_text_does_not_load() {
    let (_, text) = TEXTS[1];
    for wrong in [text.replace("reconciled = \"reconciled\"\n", ""), text.replace("[page]", "[page]\nsurplus = \"x\"")]
    {
        assert!(toml::from_str::<super::Words>(&wrong).is_err());
    }
    assert!(toml::from_str::<super::Words>(text).is_ok());
}

#[test]
fn every_name_of_the_program_has_a_text() {
    for lang in [Lang::Zh, Lang::En] {
        let words = lang.words();
        for item in Item::all() {
            assert_ne!(words.item(item.id()), item.id());
            let unit: Unit = item.unit();
            assert!(words.units.get(&unit.name().to_lowercase()).is_some(), "{}", unit.name());
        }
        for kind in Kind::ALL {
            assert!(words.kinds.get(kind.name()).is_some(), "{}", kind.name());
        }
    }
}

/// Checks that every column that a table prints has a name. The snapshots show that the placeholders in the sentences
/// of this folder's callers are filled.
#[test]
fn every_column_has_a_name() {
    let report = crate::report::tests::report();
    let comparison = report.comparison.as_ref().unwrap();
    let tables = [
        table::charges(&report).columns,
        table::drawdown(&report).columns,
        table::discrepancies(&report, comparison).columns,
        table::grants(&report).columns,
        table::inputs(&report).columns,
        table::balances(&report).columns,
    ];
    for column in tables.concat() {
        assert!(Lang::Zh.words().columns.get(column).is_some(), "{column}");
    }
}

/// The codes stand in the sources of the audit: each has a name.
#[test]
fn every_assumption_has_a_name() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/audit");
    let mut codes = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        let text = std::fs::read_to_string(entry).unwrap();
        for before in ["Assumption::of(\"", "stake(\"", "stake(subject, \"", "code: \"", "=> (\"service-"] {
            let service = if before.ends_with('-') { "service-" } else { "" };
            let found = text.split(before).skip(1).filter_map(|rest| rest.split('"').next());
            codes.extend(found.map(|code| format!("{service}{code}")));
        }
    }
    codes.extend(crate::rules::readings::READINGS.iter().map(|reading| reading.code.to_owned()));
    assert!(codes.len() > 25, "{codes:?}");
    let known: BTreeSet<String> = flat(TEXTS[1].1)
        .keys()
        .filter_map(|name| name.strip_prefix("readings.").map(|name| name.replace('_', "-")))
        .collect();
    assert_eq!(codes, known);
}

#[test]
fn placeholders_are_filled_once() {
    assert_eq!(fill("{a} of {b}", &[("a", "{b}"), ("b", "2")]), "{b} of 2");
    assert_eq!(fill("{unknown} {", &[("a", "1")]), "{unknown} {");
}

#[test]
fn causes_and_items_read_as_people_say_them() {
    let [zh, en] = [Lang::Zh, Lang::En].map(Lang::words);
    let skipped = Cause::GrantSkipped { grant: "live#1".to_owned() };
    assert_eq!(
        en.cause(&Causes(vec![skipped.clone(), Cause::Ratio])),
        "grant not used: live#1 or other deduction ratio"
    );
    assert_eq!(zh.cause(&skipped.into()), "未抵扣：live#1");
    assert_eq!(en.item("mix.h264.hd"), "Mixing H.264 HD");
    assert_eq!(zh.item("av.hd"), "音视频 高清");
    assert_eq!(en.item("fee.rtc-engine-pro"), "Fee of rtc-engine-pro");
    assert_eq!(en.item("snapshot"), "Snapshots");
}

/// The sentences of an audit are named in its sources: each is there, and none that nobody says.
#[test]
fn every_sentence_of_an_audit_has_a_text() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/audit");
    let sources: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let known: BTreeSet<String> =
        flat(TEXTS[1].1).keys().filter_map(|name| name.strip_prefix("assumed.").map(str::to_owned)).collect();
    let unsaid: Vec<_> = known.iter().filter(|name| !sources.contains(&format!("\"{name}\""))).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
    for before in ["Sentence::of(\"", "plain(\"", "part(\""] {
        for name in sources.split(before).skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(known.contains(name), "{name} has no text");
        }
    }
}

/// A reader of Chinese meets no English sentence: beside the names that both
/// languages share, what is assumed is said in Chinese.
#[test]
fn assumptions_are_said_in_the_language_of_the_report() {
    let names = [
        "partial_minute",
        "tie_order",
        "metering_scope",
        "fraction",
        "whole",
        "time",
        "item",
        "app",
        "account",
        "contract",
        "price",
        "toml",
        "paid",
        "grant",
        "card",
        "cn",
        "month",
        "rtc",
        "engine",
        "mbps",
        "postpaid",
        "false",
        "ended",
        "ended_by",
        "refund",
        "t",
    ];
    for (name, text) in flat(TEXTS[0].1).iter().filter(|(name, _)| name.starts_with("assumed.")) {
        let mut plain = String::new();
        for (at, piece) in text.split(['{', '}']).enumerate() {
            plain.push_str(if at % 2 == 0 { piece } else { " " });
        }
        let words = plain.split(|letter: char| !(letter.is_ascii_alphabetic() || letter == '_'));
        let english: Vec<_> =
            words.filter(|word| !word.is_empty() && !names.contains(&word.to_lowercase().as_str())).collect();
        assert!(english.is_empty(), "{name}: {english:?}");
    }
}
