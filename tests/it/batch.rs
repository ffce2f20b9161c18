//! Batches: one summary over all cases, whatever the threads; one bad case in
//! nobody's way; `--resume` runs what no longer holds, and nothing else.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::Value;

fn account(number: u32, month: &str) -> String {
    format!(
        "[account]\nuin = \"10000000000{number}\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
         first_app_created = 2023-03-02\nperiod = \"{month}\"\n[[app]]\nsdk_app_id = 1400000001\n"
    )
}

/// Cases a to e: a, b and d are rated, c is refused, e has no account.toml that can be read.
fn batch() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, name) in [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")] {
        let case = folder.path().join("cases").join(name);
        fs::create_dir_all(case.join("usage")).unwrap();
        let toml = if name == "e" { "[account\n".to_owned() } else { account(number, "2024-10") };
        fs::write(case.join("account.toml"), toml).unwrap();
        let item = if name == "c" { "av.hdd" } else { "av.hd" };
        let rows = format!(
            "start,end,sdk_app_id,item,quantity,unit\n\
             2024-10-01T00:00:00,2024-10-01T00:05:00,1400000001,{item},{},s\n",
            60_000 * number
        );
        fs::write(case.join("usage/u.csv"), rows).unwrap();
    }
    folder
}

/// Status and standard output of a run over the batch.
fn run(folder: &Path, more: &[&str]) -> (i32, String) {
    let mut command = crate::program();
    let output = command.current_dir(folder).args(["rate", "cases", "--format", "csv"]).args(more).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn summary(folder: &Path, out: &str) -> Value {
    serde_json::from_slice(&fs::read(folder.join(out).join("batch.json")).unwrap()).unwrap()
}

/// Tells whether a report was written anew.
fn written(folder: &Path, report: &str) -> (u64, i64) {
    let meta = fs::metadata(folder.join("reports").join(report).join("charges.csv")).unwrap();
    (meta.ino(), meta.mtime_nsec())
}

#[test]
fn every_case_has_a_row_and_a_bad_one_is_in_nobodys_way() {
    let folder = batch();
    let (status, _) = run(folder.path(), &[]);
    assert_eq!(status, 2);
    let found = summary(folder.path(), "reports");
    let rows: Vec<String> = found["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {} {} {} {}", row["case"], row["account"], row["verdict"], row["status"], row["errors"]))
        .collect();
    assert_eq!(
        rows,
        [
            r#""a" "100000000001" "rated" 0 {}"#,
            r#""b" "100000000002" "rated" 0 {}"#,
            r#""c" "100000000003" "refused" 2 {"usage-item-unknown":1}"#,
            r#""d" "100000000004" "rated" 0 {}"#,
            r#""e" "" "refused" 2 {"account-syntax":1}"#,
        ]
    );
    // intl-2024 asks 3.99 for 1,000 minutes of HD; 1,000, 2,000 and 4,000 minutes: 7 x 3.99.
    assert_eq!(found["totals"][0]["expected_total"], "27.93");
    assert_eq!(found["totals"][0]["cases"], 3);
    assert_eq!(found["cases"][3]["expected_total"], "15.96");
    assert_eq!(found["status"], 2);
}

#[test]
fn the_summary_is_the_same_for_any_number_of_threads() {
    let folder = batch();
    run(folder.path(), &["--jobs", "1", "--out", "one"]);
    run(folder.path(), &["--jobs", "4", "--out", "four"]);
    for name in ["batch.json", "batch.xlsx"] {
        let bytes = |out: &str| fs::read(folder.path().join(out).join(name)).unwrap();
        assert!(bytes("one") == bytes("four"), "{name} differs");
    }
}

#[test]
fn a_resumed_batch_runs_what_no_longer_holds() {
    let folder = batch();
    let at = |path: &str| folder.path().join(path);
    run(folder.path(), &[]);
    let first = fs::read(at("reports/batch.json")).unwrap();
    let report = |number: u32| format!("10000000000{number}-2024-10");
    let before: Vec<_> = [1, 2, 4].map(|number| written(folder.path(), &report(number))).into();
    fs::remove_file(at("reports/batch.json")).unwrap();
    let (status, out) = run(folder.path(), &["--resume"]);
    assert_eq!(status, 2);
    assert_eq!(out.matches("unchanged").count(), 3, "{out}");
    assert!(fs::read(at("reports/batch.json")).unwrap() == first);
    let after: Vec<_> = [1, 2, 4].map(|number| written(folder.path(), &report(number))).into();
    assert_eq!(before, after);

    // An input that changed, an output that was changed, and another argument.
    let usage = fs::read_to_string(at("cases/a/usage/u.csv")).unwrap();
    fs::write(at("cases/a/usage/u.csv"), usage.replace("60000", "60060")).unwrap();
    fs::write(at("reports").join(report(2)).join("drawdown.csv"), "no longer what it was\n").unwrap();
    let (_, out) = run(folder.path(), &["--resume"]);
    assert_eq!(out.matches("unchanged").count(), 1, "{out}");
    // 1,001 minutes x 0.00399.
    assert_eq!(summary(folder.path(), "reports")["cases"][0]["expected_total"], "3.99399");
    let (_, out) = run(folder.path(), &["--resume", "--period", "2024-10"]);
    assert_eq!(out.matches("unchanged").count(), 0, "{out}");
    fs::write(at("cases/d/usage/v.csv"), "start,end,sdk_app_id,item,quantity,unit\n").unwrap();
    let (_, out) = run(folder.path(), &["--resume", "--period", "2024-10"]);
    assert_eq!(out.matches("unchanged").count(), 2, "{out}");
}
