//! `history` and `sign`: sums that are those of each report, months that differ from what was signed, and the
//! reports of a group against its payer's bill.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::samples;

fn run(folder: &Path, words: &[&str]) -> Output {
    crate::program().args(words).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

fn value(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn figure(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// The reports of some samples below a folder.
fn reports(folder: &Path, formats: &str) {
    for (at, name) in ["intl-clean", "intl-wrong", "cn-2020", "intl-2022"].iter().enumerate() {
        let case = samples::folder().join(name);
        let out = format!("made-{at}");
        let words = ["reconcile", case.to_str().unwrap(), "--out", &out, "--format", formats];
        let output = run(folder, &words);
        assert!(output.status.code() != Some(2), "{}", said(&output));
        for entry in fs::read_dir(folder.join(&out)).unwrap() {
            let entry = entry.unwrap();
            let target = folder.join("reports").join(entry.file_name());
            fs::create_dir_all(folder.join("reports")).unwrap();
            // Two samples may be of one account and month: the first counts.
            if entry.path().join("manifest.json").is_file() && !target.exists() {
                fs::rename(entry.path(), target).unwrap();
            }
        }
    }
}

#[test]
fn the_sums_of_a_history_are_those_of_each_report() {
    for formats in ["csv,json", "json,parquet"] {
        let folder = tempfile::tempdir().unwrap();
        reports(folder.path(), formats);
        let output = run(folder.path(), &["history", "reports", "--out", "year", "--lang", "en"]);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let history = value(&folder.path().join("year/history.json"));
        let mut lines: BTreeMap<(String, String), Decimal> = BTreeMap::new();
        for line in history["lines"].as_array().unwrap() {
            let key = ["account", "period"].map(|name| line[name].as_str().unwrap().to_owned());
            *lines.entry(key.into()).or_default() += figure(&line["amount"]);
        }
        let mut count = 0;
        for entry in fs::read_dir(folder.path().join("reports")).unwrap() {
            let result = value(&entry.unwrap().path().join("reconciliation.json"));
            let key = ["account", "period"].map(|name| result[name].as_str().unwrap().to_owned());
            let month =
                history["months"].as_array().unwrap().iter().find(|month| {
                    month["account"].as_str() == Some(&key[0]) && month["period"].as_str() == Some(&key[1])
                });
            let month = month.unwrap();
            for name in ["expected_total", "billed_total", "difference"] {
                assert_eq!(figure(&month[name]), figure(&result[name]), "{name} of {key:?}");
            }
            assert_eq!(lines.get(&(key[0].clone(), key[1].clone())), Some(&figure(&result["expected_total"])));
            count += 1;
        }
        assert_eq!(history["months"].as_array().unwrap().len(), count);
        let csv = fs::read_to_string(folder.path().join("year/history.csv")).unwrap();
        assert_eq!(csv.lines().count() - 1, history["lines"].as_array().unwrap().len());
        let page = fs::read_to_string(folder.path().join("year/history.html")).unwrap();
        assert!(page.contains("<svg") && page.contains("Expected and billed by month") && !page.contains("http://"));
        assert!(fs::read(folder.path().join("year/history.xlsx")).unwrap().starts_with(b"PK"));
        // The same reports in another order are the same history.
        let mut folders: Vec<String> = fs::read_dir(folder.path().join("reports"))
            .unwrap()
            .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
            .collect();
        folders.sort();
        folders.reverse();
        let mut words = vec!["history", "--out", "again"];
        words.extend(folders.iter().map(String::as_str));
        assert_eq!(run(folder.path(), &words).status.code(), Some(0));
        for name in ["history.json", "history.csv", "history.html", "history.xlsx"] {
            let read = |out: &str| fs::read(folder.path().join(out).join(name)).unwrap();
            assert_eq!(read("year"), read("again"), "{name}");
        }
    }
}

#[test]
fn a_thousand_reports_are_one_history() {
    let folder = tempfile::tempdir().unwrap();
    reports(folder.path(), "csv,json");
    let source = fs::read_dir(folder.path().join("reports")).unwrap().next().unwrap().unwrap().path();
    let (manifest, result) = (value(&source.join("manifest.json")), value(&source.join("reconciliation.json")));
    for number in 0..1000 {
        let own = folder.path().join(format!("many/{number}"));
        fs::create_dir_all(&own).unwrap();
        fs::copy(source.join("charges.csv"), own.join("charges.csv")).unwrap();
        for (name, value) in [("manifest.json", &manifest), ("reconciliation.json", &result)] {
            let mut value = value.clone();
            value["account"] = Value::from((200_000_000_000_u64 + number).to_string());
            fs::write(own.join(name), value.to_string()).unwrap();
        }
    }
    let output = run(folder.path(), &["history", "many", "--out", "year"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let history = value(&folder.path().join("year/history.json"));
    let sum: Decimal = history["totals"].as_array().unwrap().iter().map(|total| figure(&total["expected_total"])).sum();
    assert_eq!(sum, figure(&result["expected_total"]) * Decimal::from(1000));
}

#[test]
fn a_signed_month_that_differs_later_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    copy(&samples::folder().join("intl-clean"), &case);
    let make = || {
        let output = run(folder.path(), &["reconcile", "case", "--format", "csv,json", "--quiet"]);
        assert!(output.status.code() != Some(2), "{}", said(&output));
    };
    make();
    let report = fs::read_dir(folder.path().join("reports")).unwrap().next().unwrap().unwrap().path();
    let report = report.to_str().unwrap().to_owned();
    let sign = |name: &str| run(folder.path(), &["sign", &report, "--as", name, "--on", "2024-11-06", "--lang", "en"]);
    assert_eq!(sign("Li Na").status.code(), Some(0));
    assert_eq!(sign("Wang").status.code(), Some(0), "two may sign");
    assert!(said(&sign("Wang")).contains("[sign-name]"));
    let history = || run(folder.path(), &["history", "reports", "--lang", "en"]);
    let output = history();
    assert!(output.status.code() == Some(0) && said(&output).contains("Li Na, Wang"), "{}", said(&output));
    // Made again of the same inputs, it is the same.
    make();
    assert_eq!(history().status.code(), Some(0));
    // An input that changes, and a report that is made again.
    let settings = case.join("account.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("# another\n{text}")).unwrap();
    make();
    let output = history();
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("[sign-changed]") && text.contains("input account.toml has changed"), "{text}");
    let refused = sign("Zhao");
    assert!(refused.status.code() == Some(2) && said(&refused).contains("[sign-changed]"), "{}", said(&refused));
    // A file that is edited by hand.
    fs::remove_file(format!("{report}.signed.json")).unwrap();
    assert_eq!(sign("Li Na").status.code(), Some(0));
    let charges = Path::new(&report).join("discrepancies.csv");
    fs::write(&charges, fs::read_to_string(&charges).unwrap() + "\n").unwrap();
    let text = said(&history());
    assert!(text.contains("file discrepancies.csv was edited"), "{text}");
    fs::remove_file(format!("{report}.signed.json")).unwrap();
    assert!(said(&sign("Li Na")).contains("[sign-edited]"));
    // A report that is taken away, and leaves its signature.
    make();
    assert_eq!(sign("Li Na").status.code(), Some(0));
    fs::rename(&report, folder.path().join("reports/another")).unwrap();
    let output = history();
    let text = said(&output);
    assert!(output.status.code() == Some(1) && text.contains("[sign-report-gone]"), "{text}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

const PAYERS: &str = "支付者UIN,使用者UIN,产品名称,资源ID,交易类型,账单归属月,开始使用时间,结束使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,优惠后总价,币种\n";

#[test]
fn the_reports_of_a_group_tie_to_the_payers_bill() {
    let folder = tempfile::tempdir().unwrap();
    let row = |owner: u64, minutes: u32, amount: &str| {
        format!(
            "200000000001,{owner},实时音视频,1400000001,按量计费日结,2024-10,2024-10-08 00:00:00,2024-10-08 23:59:59,高清HD,3.99,美元/千分钟,{minutes},分钟,{amount},USD\n"
        )
    };
    // 10 minutes at 3.99 dollars per 1,000 are 0.0399, 20 are 0.0798: 0.1197 in all.
    let bill = format!("{PAYERS}{}{}", row(100_000_000_001, 10, "0.0399"), row(100_000_000_002, 20, "0.0798"));
    fs::write(folder.path().join("payer.csv"), &bill).unwrap();
    for (owner, seconds) in [(100_000_000_001_u64, 600), (100_000_000_002, 1200)] {
        let case = folder.path().join(format!("cases/{owner}"));
        fs::create_dir_all(case.join("usage")).unwrap();
        fs::create_dir_all(case.join("bills")).unwrap();
        let account = format!(
            "[account]\nuin = \"{owner}\"\nsite = \"intl\"\nregistered = 2023-03-01\nfirst_app_created = 2023-03-02\nperiod = \"2024-10\"\n\n[[app]]\nsdk_app_id = 1400000001\n"
        );
        fs::write(case.join("account.toml"), account).unwrap();
        let usage = format!(
            "start,end,sdk_app_id,item,quantity,unit\n2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,{seconds},s\n"
        );
        fs::write(case.join("usage/usage.csv"), usage).unwrap();
        fs::write(case.join("bills/bill.csv"), &bill).unwrap();
    }
    let output = run(folder.path(), &["reconcile", "cases", "--format", "csv,json"]);
    assert!(output.status.code() != Some(2), "{}", said(&output));
    let output = run(folder.path(), &["history", "reports", "--payer", "payer.csv", "--lang", "en"]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("The payer's bill of 2024-10 comes to 0.1197 USD, the reports to 0.1197."), "{text}");
    fs::remove_dir_all(folder.path().join("reports/100000000002-2024-10")).unwrap();
    let output = run(folder.path(), &["history", "reports", "--payer", "payer.csv", "--lang", "en"]);
    let text = said(&output);
    assert!(output.status.code() == Some(1) && text.contains("no billed total"), "{text}");
}
