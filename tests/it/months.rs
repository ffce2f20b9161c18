//! One account.toml for an account, with its months below it.

use std::fs;
use std::path::Path;

use crate::commands::ran;
use crate::samples;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &target) } else { _ = fs::copy(&path, target).unwrap() }
    }
}

/// The sample as a month of an account, beside the same month with an account.toml of its own.
#[test]
fn a_month_below_an_account_is_a_case_of_it() {
    let place = tempfile::tempdir().unwrap();
    let (sample, month) = (samples::folder().join("intl-wrong"), place.path().join("accounts/100000000102/2025-03"));
    for folder in ["usage", "bills"] {
        copy(&sample.join(folder), &month.join(folder));
    }
    // The folder's name goes before the period of the file.
    let account = fs::read_to_string(sample.join("account.toml")).unwrap().replace("2025-03\"", "2025-02\"");
    fs::write(place.path().join("accounts/100000000102/account.toml"), account).unwrap();
    for (at, asked) in ["accounts/100000000102/2025-03", "accounts/100000000102", "accounts"].into_iter().enumerate() {
        let out = format!("out{at}");
        let (status, _, errors) = ran(place.path(), &["reconcile", asked, "--out", &out]);
        assert_eq!(status, 1, "{asked}: {errors}");
        let report = place.path().join(out).join("100000000102-2025-03");
        for file in ["charges.csv", "discrepancies.csv"] {
            let expected = fs::read_to_string(sample.join("expected").join(file)).unwrap();
            assert_eq!(fs::read_to_string(report.join(file)).unwrap(), expected, "{asked}: {file}");
        }
        let manifest = fs::read_to_string(report.join("manifest.json")).unwrap();
        assert!(manifest.contains("\"../account.toml\""), "{manifest}");
        let (status, _, errors) = ran(place.path(), &["replay", &report.to_string_lossy(), &month.to_string_lossy()]);
        assert_eq!(status, 0, "{asked}: {errors}");
    }
}
