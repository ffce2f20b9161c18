//! The exports for other programs, of every sample: FOCUS by the rules of its
//! specification, Parquet cell by cell against the csv, SARIF and `JUnit` by
//! what their readers require.

mod focus;
mod parquet;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::samples::{self, Run};

/// A report of a sample in the exports beside csv and json.
fn exported(case: &Path) -> (Run, PathBuf) {
    let formats = "csv,json,focus,parquet,sarif,junit";
    let words = ["reconcile", case.to_str().unwrap(), "--out", "out", "--format", formats, "--lang", "en"];
    let run = Run::of(&words.map(OsStr::new));
    let report = run.report().unwrap_or_else(|| panic!("{}", run.stderr));
    (run, report)
}

fn json(report: &Path, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(report.join(name)).unwrap()).unwrap()
}

/// The rows of a csv file, as fields by column.
fn rows(report: &Path, name: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let text = fs::read_to_string(report.join(name)).unwrap();
    let mut rows = records(&text);
    let header = rows.remove(0);
    (header, rows)
}

pub fn records(text: &str) -> Vec<Vec<String>> {
    let (mut all, mut fields, mut quoted) = (Vec::new(), vec![String::new()], false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            // Within quotes two stand for one.
            '"' if quoted && letters.next_if_eq(&'"').is_some() => fields.last_mut().unwrap().push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            '\n' if !quoted => all.push(std::mem::replace(&mut fields, vec![String::new()])),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    all
}

#[test]
fn the_manifest_has_the_exports_and_a_second_run_gives_the_same_bytes() {
    let case = samples::folder().join("intl-wrong");
    let (_kept, first) = exported(&case);
    let (_also, second) = exported(&case);
    let manifest = json(&first, "manifest.json");
    let listed: BTreeSet<&str> =
        manifest["outputs"].as_array().unwrap().iter().map(|output| output["path"].as_str().unwrap()).collect();
    for name in ["focus.csv", "charges.parquet", "discrepancies.parquet", "findings.sarif", "findings.junit.xml"] {
        assert!(listed.contains(name), "{name} in {listed:?}");
    }
    for name in listed {
        assert!(fs::read(first.join(name)).unwrap() == fs::read(second.join(name)).unwrap(), "{name}");
    }
}

/// What SARIF 2.1.0 requires of a log, and of what code hosts show.
#[test]
fn sarif_has_what_its_schema_requires_and_every_finding() {
    for case in samples::all() {
        let (_run, report) = exported(&case);
        let (log, result) = (json(&report, "findings.sarif"), json(&report, "reconciliation.json"));
        assert_eq!(log["version"], "2.1.0");
        let [run] = &log["runs"].as_array().unwrap()[..] else { panic!("one run") };
        let driver = &run["tool"]["driver"];
        assert_eq!(driver["name"], "trtc-recon");
        let rules: BTreeSet<&str> =
            driver["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        assert_eq!(rules.len(), driver["rules"].as_array().unwrap().len(), "ids of rules are distinct");
        let mut found = BTreeSet::new();
        for one in run["results"].as_array().unwrap() {
            assert!(rules.contains(one["ruleId"].as_str().unwrap()));
            assert!(["error", "warning", "note"].contains(&one["level"].as_str().unwrap()));
            assert!(!one["message"]["text"].as_str().unwrap().is_empty());
            for place in one["locations"].as_array().unwrap() {
                let physical = &place["physicalLocation"];
                let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
                assert!(uri.is_ascii() && !uri.starts_with('/') && !uri.contains([' ', '\\']), "{uri}");
                if let Some(region) = physical.get("region") {
                    assert!(region["startLine"].as_u64().unwrap() >= 1);
                }
            }
            if let Some(id) = one["partialFingerprints"]["discrepancyId/v1"].as_str() {
                assert!(found.insert(id.to_owned()));
            }
        }
        let known =
            result["discrepancies"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned());
        assert_eq!(found, known.collect(), "{}", case.display());
    }
}

#[test]
fn sarif_names_the_row_of_the_bill() {
    let (_run, report) = exported(&samples::folder().join("intl-wrong"));
    let log = json(&report, "findings.sarif");
    let result = json(&report, "reconciliation.json");
    let first = &result["discrepancies"][0];
    let (file, row) = first["source"].as_str().unwrap().split_once('!').unwrap();
    let place = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], file);
    assert_eq!(place["region"]["startLine"].to_string(), row);
}

/// The counts that a suite tells are those of its cases.
#[test]
fn junit_is_well_formed_and_counts_what_it_holds() {
    for case in samples::all() {
        let (_run, report) = exported(&case);
        let result = json(&report, "reconciliation.json");
        let text = fs::read_to_string(report.join("findings.junit.xml")).unwrap();
        let mut reader = Reader::from_str(&text);
        let (mut cases, mut failures, mut skipped, mut told) = (0, 0, 0, Vec::new());
        loop {
            match reader.read_event().unwrap() {
                Event::Start(tag) | Event::Empty(tag) => {
                    let value = |name: &str| {
                        let found = tag.try_get_attribute(name).unwrap().unwrap_or_else(|| panic!("{name}"));
                        found.value.into_owned()
                    };
                    match tag.name().as_ref() {
                        "testsuites" => told = ["tests", "failures", "skipped"].map(value).to_vec(),
                        "testsuite" => drop(["name", "tests", "failures", "errors", "skipped"].map(value)),
                        "testcase" => {
                            assert!(!value("name").is_empty() && !value("classname").is_empty());
                            cases += 1;
                        }
                        "failure" => failures += usize::from(!value("message").is_empty() && !value("type").is_empty()),
                        "skipped" => skipped += usize::from(!value("message").is_empty()),
                        other => panic!("{other}"),
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(told, [cases, failures, skipped].map(|count: usize| count.to_string()), "{}", case.display());
        let certain = |row: &&Value| row["strength"] == "certain";
        assert_eq!(failures, result["discrepancies"].as_array().unwrap().iter().filter(certain).count());
    }
}
