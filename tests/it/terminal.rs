//! What a run says beside its result: colours where they are asked for, and a
//! log of JSON for programs.

use std::ffi::OsStr;
use std::process::Output;

use serde_json::Value;

use crate::samples;

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let place = tempfile::tempdir().unwrap();
    let mut command = crate::program();
    command.args(arguments).current_dir(place.path()).env_remove("NO_COLOR");
    for (name, value) in environment {
        command.env(name, value);
    }
    command.output().unwrap()
}

fn sample(name: &str) -> String {
    samples::folder().join(name).to_string_lossy().into_owned()
}

#[test]
fn colours_are_only_where_they_are_asked_for() {
    let case = sample("intl-wrong");
    let painted = |more: &[&str], environment: &[(&str, &str)]| {
        let output = run(&[&["reconcile", &case, "--out", "out"], more].concat(), environment);
        output.stdout.contains(&0x1b)
    };
    // No terminal here.
    assert!(!painted(&[], &[]));
    assert!(!painted(&["--color", "auto"], &[("NO_COLOR", "1")]));
    assert!(!painted(&["--color", "never"], &[]));
    // What was typed counts more than the environment.
    assert!(painted(&["--color", "always"], &[("NO_COLOR", "1")]));
}

#[test]
fn a_log_of_json_has_an_object_a_line() {
    let (good, gone) = (sample("intl-clean"), "no-such-case".to_owned());
    let output = run(&["reconcile", &good, &gone, "--out", "out", "--log-format", "json"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
    let error = lines.iter().find(|line| line["level"] == "error").unwrap();
    assert!(error["code"].is_string() && error["message"].is_string() && error["help"].is_string(), "{error}");
    let result = lines.iter().find(|line| line["level"] == "result").unwrap();
    assert_eq!((&result["status"], &result["verdict"]), (&Value::from(0), &Value::from("reconciled")));
    // The result itself stays what it is.
    assert!(String::from_utf8(output.stdout).unwrap().contains("verdict=reconciled"));
}

#[test]
fn the_language_is_the_sites_or_the_one_that_is_asked_for() {
    for (name, asked, chinese) in [
        ("intl-wrong", None, false),
        ("intl-wrong", Some("zh"), true),
        ("cn-2020", None, true),
        ("cn-2020", Some("en"), false),
    ] {
        let case = sample(name);
        let mut arguments = vec!["reconcile", &case, "--out", "out"];
        arguments.extend(asked.iter().flat_map(|lang| ["--lang", lang]));
        let place = samples::Run::of(&arguments.iter().map(OsStr::new).collect::<Vec<_>>());
        assert_eq!(place.stdout.contains("应计"), chinese, "{name} {asked:?}\n{}", place.stdout);
        let report = place.report().unwrap();
        let page = std::fs::read_to_string(report.join("reconciliation.html")).unwrap();
        assert_eq!(page.contains("<html lang=\"zh-Hans\">"), chinese, "{name} {asked:?}");
        let again = crate::program().arg("replay").arg(&report).arg(&case).output();
        let again = again.unwrap();
        assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stdout));
    }
}
