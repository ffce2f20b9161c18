//! The schemas in `schema/` say what the program takes and writes: every
//! sample validates, a surplus key does not, and keys, plans and items are
//! those that the program itself knows.
//!
//! The validator is small: it knows the keywords that the two schemas use and
//! refuses any other, so that none stands there unchecked. (The validator
//! crates of today would switch on features of crates below polars, and so
//! build it twice.)

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;
use serde_json::{Value, json};
use trtc_recon::case::read::account;
use trtc_recon::model::Item;
use trtc_recon::rules::plan_ids;

use crate::samples;

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.schema.json"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What of a value the schema refuses, with the place.
fn refusals(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut refuse = |holds: bool, why: String| {
        if !holds {
            found.push(format!("{at}: {why}: {value}"));
        }
    };
    let mut inside = Vec::new();
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" | "required" => {}
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                inside.extend(refusals(root, &root["$defs"][name], value, at));
            }
            "type" => {
                let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                refuse(types.iter().any(|name| is(value, name.as_str().unwrap())), format!("no {rule}"));
            }
            "enum" => refuse(rule.as_array().unwrap().contains(value), "none of the known".to_owned()),
            "const" => refuse(rule == value, format!("not {rule}")),
            "pattern" => {
                let pattern = Regex::new(rule.as_str().unwrap()).unwrap();
                refuse(value.as_str().is_none_or(|text| pattern.is_match(text)), format!("not like {rule}"));
            }
            "minimum" => refuse(value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()), "too low".into()),
            "items" => {
                for (position, one) in value.as_array().into_iter().flatten().enumerate() {
                    inside.extend(refusals(root, rule, one, &format!("{at}[{position}]")));
                }
            }
            "properties" | "additionalProperties" => {}
            "anyOf" | "oneOf" => {
                let fits = |one: &&Value| refusals(root, one, value, at).is_empty();
                let fitting = rule.as_array().unwrap().iter().filter(fits).count();
                let holds = if keyword == "oneOf" { fitting == 1 } else { fitting > 0 };
                refuse(holds, format!("fits {fitting} of the forms"));
            }
            other => panic!("the keyword {other} is not checked"),
        }
    }
    if let (Some(known), Some(values)) = (schema["properties"].as_object(), value.as_object()) {
        assert_eq!(schema["additionalProperties"], json!(false), "{at} lets any key in");
        for (key, one) in values {
            match known.get(key) {
                Some(rule) => inside.extend(refusals(root, rule, one, &format!("{at}.{key}"))),
                None => refuse(false, format!("unknown key {key}")),
            }
        }
    }
    if let Some(values) = value.as_object() {
        for key in schema["required"].as_array().into_iter().flatten() {
            refuse(values.contains_key(key.as_str().unwrap()), format!("{key} is missing"));
        }
    }
    found.extend(inside);
    found
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("the type {other} is not checked"),
    }
}

fn valid(schema: &Value, value: &Value, name: &str) {
    let found = refusals(schema, schema, value, name);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// TOML as JSON; a date is its text.
fn json_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), json_of(value))).collect(),
        toml::Value::Array(values) => values.iter().map(json_of).collect(),
        toml::Value::Datetime(time) => json!(time.to_string()),
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => json!(flag),
    }
}

fn toml_of(text: &str) -> Value {
    json_of(&toml::Value::Table(text.parse().unwrap()))
}

#[test]
fn every_account_and_every_report_of_the_samples_is_valid() {
    let (accounts, reports) = (schema("account"), schema("reconciliation"));
    for case in samples::all() {
        let name = case.display().to_string();
        valid(&accounts, &toml_of(&fs::read_to_string(case.join("account.toml")).unwrap()), &name);
        let report = fs::read_to_string(case.join("expected/reconciliation.json")).unwrap();
        valid(&reports, &serde_json::from_str(&report).unwrap(), &name);
    }
}

/// One of each section, with every kind of value.
const WHOLE: &str = r#"
[account]
uin = "1"
site = "cn"
registered = 2023-03-01
first_app_created = 2023-03-02
[[app]]
sdk_app_id = 1400000001
[[grant]]
id = "g"
plan = "free-monthly"
purchased = 2024-10-01T00:00:00
opening = { at = 2024-10-01, minutes = "4264.5" }
[[subscription]]
id = "s"
plan = "rtc-engine-pro"
app = 1400000001
purchased = 2024-10-03T15:20:00
auto_renew = true
paid = 1499.5
[[stop]]
from = 2024-10-20T00:00:00
[bill]
cut = "usage"
[policy]
tie_order = "time"
[contract]
discount = "0.85"
[[contract.price]]
item = "av.hd"
price = "3.50"
from = 2024-10-01
[[alias]]
text = "x"
item = "av.hd"
[[file]]
path = "usage/a.csv"
"#;

/// Every object of the schema of accounts with its place, as in [`WHOLE`].
const SECTIONS: [&str; 13] = [
    "",
    "/account",
    "/app/0",
    "/grant/0",
    "/grant/0/opening",
    "/subscription/0",
    "/stop/0",
    "/bill",
    "/policy",
    "/contract",
    "/contract/price/0",
    "/alias/0",
    "/file/0",
];

#[test]
fn an_unknown_key_a_wrong_value_and_a_missing_key_are_refused() {
    let schema = schema("account");
    let whole = toml_of(WHOLE);
    valid(&schema, &whole, "account.toml");
    for section in SECTIONS {
        let mut surplus = whole.clone();
        surplus.pointer_mut(section).unwrap()["zzzz"] = json!(1);
        assert_eq!(refusals(&schema, &schema, &surplus, "").len(), 1, "{section}");
    }
    for (place, wrong) in [
        ("/account/site", json!("fr")),
        ("/account/uin", json!("12a")),
        ("/grant/0/plan", json!("free")),
        ("/grant/0/opening/minutes", json!("-1")),
        ("/subscription/0/auto_renew", json!("yes")),
        ("/contract/discount", json!("1e5")),
        ("/app/0/sdk_app_id", json!(-1)),
    ] {
        let mut changed = whole.clone();
        *changed.pointer_mut(place).unwrap() = wrong;
        assert_eq!(refusals(&schema, &schema, &changed, "").len(), 1, "{place}");
    }
    let mut missing = whole.clone();
    missing["account"].as_object_mut().unwrap().shift_remove("uin");
    assert_eq!(refusals(&schema, &schema, &missing, "").len(), 1);
}

/// A key that is near none makes the reader name those that it knows.
#[test]
fn the_schema_has_the_keys_that_the_program_reads() {
    let schema = schema("account");
    let mut whole: toml::Value = toml::Value::Table(WHOLE.parse().unwrap());
    for section in SECTIONS {
        let (mut at, mut rule) = (&mut whole, &schema);
        for step in section.split('/').skip(1) {
            (at, rule) = match step.parse::<usize>() {
                Ok(position) => (&mut at[position], &rule["items"]),
                Err(_) => (&mut at[step], &rule["properties"][step]),
            };
        }
        at.as_table_mut().unwrap().insert("zzzz".to_owned(), toml::Value::Integer(1));
        let text = toml::to_string(&whole).unwrap();
        let found = account("account.toml", &text).err().unwrap();
        let help = found.iter().find_map(|one| one.help.strip_prefix("known here: ")).unwrap().to_owned();
        let known: BTreeSet<&str> = help.split(", ").collect();
        let told: BTreeSet<&str> = rule["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(told, known, "[{section}]");
        let mut at = &mut whole;
        for step in section.split('/').skip(1) {
            at = match step.parse::<usize>() {
                Ok(position) => &mut at[position],
                Err(_) => &mut at[step],
            };
        }
        at.as_table_mut().unwrap().remove("zzzz");
    }
}

#[test]
fn the_schema_has_the_plans_and_items_of_the_program() {
    let schema = schema("account");
    let told = |name: &str| -> BTreeSet<String> {
        schema["$defs"][name]["enum"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told("plan"), plan_ids().into_iter().map(str::to_owned).collect());
    assert_eq!(told("item"), Item::all().map(|item| item.id().to_owned()).collect());
}

#[test]
fn the_program_prints_the_published_schemas() {
    for name in ["account", "reconciliation"] {
        let run = samples::Run::of(&["schema".as_ref(), name.as_ref()]);
        assert_eq!(run.status, 0);
        assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap(), schema(name));
    }
}
