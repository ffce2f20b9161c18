//! Parquet as usage of a case: the same charges as the tidy CSV, or a refusal by name.

use std::fs;
use std::path::Path;

use trtc_recon::model::diagnostic::Severity;
use trtc_recon::pipeline::{self, Options, Outcome, Task};
use trtc_recon::report::Format;
use trtc_recon::rules::Cards;

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
                       first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";

const TIDY: &str = "start,end,sdk_app_id,item,quantity,unit\n\
                    2024-10-01T00:00:00,2024-10-01T00:05:00,1400000001,av.hd,90,s\n\
                    2024-10-01T00:05:00,2024-10-01T00:10:00,1400000001,av.hd,30,s\n";

fn rated(name: &str, bytes: &[u8]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    fs::create_dir_all(case.join("usage")).unwrap();
    fs::write(case.join("account.toml"), ACCOUNT).unwrap();
    fs::write(case.join("usage").join(name), bytes).unwrap();
    let options = Options {
        out: folder.path().join("out"),
        formats: vec![Format::Csv],
        ..Options::reading(Task::Rate, None, Cards::embedded())
    };
    pipeline::run(&case, &options)
}

fn parquet(name: &str) -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/parquet").join(format!("{name}.parquet"));
    rated("u.parquet", &fs::read(path).unwrap())
}

fn errors(outcome: &Outcome) -> Vec<&'static str> {
    let errors = outcome.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let mut codes: Vec<&str> = errors.map(|found| found.code).collect();
    codes.dedup();
    codes
}

#[test]
fn parquet_rates_as_the_tidy_csv_does() {
    let csv = rated("u.csv", TIDY.as_bytes()).report.unwrap();
    // 120 s are 2 minutes of one day.
    assert_eq!(csv.charges.len(), 1);
    assert_eq!((csv.charges[0].metered.to_string(), csv.charges[0].billable.to_string()), ("120".into(), "2".into()));
    let lake = ["lake", "lake-zstd", "lake-int32", "lake-extra"];
    let tidy =
        ["tidy-utc-us", "tidy-utc-ms", "tidy-utc-ns", "tidy-naive", "tidy-text", "tidy-decimal", "tidy-fraction"];
    for name in lake.into_iter().chain(tidy) {
        let outcome = parquet(name);
        let report = outcome.report.as_ref().unwrap_or_else(|| panic!("{name}: {:?}", errors(&outcome)));
        assert_eq!(report.charges, csv.charges, "{name}");
        let usage = &report.inputs.iter().find(|input| input.path.ends_with(".parquet")).unwrap();
        assert_eq!((usage.rows, usage.used), (2, 2), "{name}");
    }
}

#[test]
fn what_parquet_cannot_say_for_sure_is_refused_by_name() {
    for (name, code) in [
        ("lake-null", "usage-quantity-missing"),
        ("lake-float", "parquet-column-type"),
        ("lake-nested", "parquet-column-type"),
        ("lake-binary", "parquet-column-type"),
        ("lake-off-grid", "usage-interval"),
        ("tidy-int96", "parquet-time-unclear"),
        ("tidy-date", "parquet-column-type"),
        ("large-group", "parquet-too-large"),
    ] {
        let outcome = parquet(name);
        assert_eq!(errors(&outcome), [code], "{name}");
        assert!(outcome.report.is_none());
    }
    assert_eq!(errors(&rated("u.parquet", b"PAR1, and no more")), ["parquet-damaged"]);
}

#[test]
fn rows_of_another_account_are_left_out_with_their_number() {
    let outcome = parquet("lake-other-account");
    let note = outcome.diagnostics.iter().find(|found| found.code == "usage-accounts").unwrap();
    assert!(note.message.starts_with("1 rows are of other accounts"), "{}", note.message);
    let report = outcome.report.unwrap();
    let usage = report.inputs.iter().find(|input| input.path.ends_with(".parquet")).unwrap();
    assert_eq!((usage.rows, usage.used, usage.excluded), (2, 1, 1));
}

#[test]
fn the_form_of_a_lake_is_a_csv_too() {
    let lake = "account,app,item,start,seconds\n100000000001,1400000001,av.hd,1727712000,90\n\
                100000000001,1400000001,av.hd,1727712300,30\n";
    let csv = rated("u.csv", TIDY.as_bytes()).report.unwrap();
    assert_eq!(rated("u.csv", lake.as_bytes()).report.unwrap().charges, csv.charges);
}
