//! Wrong input of each kind: exit status 2, a message that names the place
//! and says what to do, and nothing is written.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::samples::{self, Run};

/// What is done to a good case, and what the message must say.
struct Wrong {
    what: &'static str,
    spoil: fn(&Path),
    says: &'static [&'static str],
}

const USAGE: &str = "usage/usage-202503.csv";
const BILL: &str = "bills/100000000102-202503-bill_details.csv";

const ALL: [Wrong; 13] = [
    Wrong {
        what: "a file that is no usage",
        spoil: |case| fs::write(case.join("usage/notes.csv"), "minutes of the meeting\n").unwrap(),
        says: &["normalise-layout-unknown", "usage/notes.csv", "Known layouts", "Take the file out of usage/"],
    },
    Wrong {
        what: "no account.toml",
        spoil: |case| fs::remove_file(case.join("account.toml")).unwrap(),
        says: &["account.toml", "a case is a folder with"],
    },
    Wrong {
        what: "an unknown plan",
        spoil: |case| edit(case, "account.toml", "live-lite", "live-light"),
        says: &["account.toml!27", "unknown plan `live-light`", "did you mean `live-lite`?"],
    },
    Wrong {
        what: "an unknown key",
        spoil: |case| edit(case, "account.toml", "paid =", "payed ="),
        says: &["account.toml!30", "unknown key `payed`", "did you mean `paid`?"],
    },
    Wrong {
        what: "not TOML",
        spoil: |case| edit(case, "account.toml", "\"intl\"", "intl"),
        says: &["account.toml!4", "a text stands in quotes"],
    },
    Wrong {
        what: "a letter for a bill",
        spoil: |case| fs::write(case.join("bills/bill.txt"), "Dear customer, you owe us 396.15 USD.\n").unwrap(),
        says: &["bills/bill.txt", "looks like the header of a bill", "Move the file out of bills/"],
    },
    Wrong {
        what: "a text named like a workbook",
        spoil: |case| fs::write(case.join("bills/bill.xlsx"), "Dear customer\n").unwrap(),
        says: &["bills/bill.xlsx", "it is text", "export it again"],
    },
    Wrong { what: "no bill", spoil: |case| fs::remove_file(case.join(BILL)).unwrap(), says: &["bills"] },
    Wrong {
        what: "no usage",
        spoil: |case| fs::remove_file(case.join(USAGE)).unwrap(),
        says: &["usage", "there is no usage export", "put the usage exports of the month there"],
    },
    Wrong {
        what: "a bill without amounts",
        spoil: |case| {
            fs::write(case.join("bills/extra.csv"), "产品名称,组件名称,开始使用时间\n实时音视频,语音,2025-03-01\n")
                .unwrap();
        },
        says: &["bills/extra.csv!1", "as a bill this table lacks", "Total Amount After Discount"],
    },
    Wrong {
        what: "a quantity that is no number",
        spoil: |case| edit(case, USAGE, "14:54:59,696,", "14:54:59,about 700,"),
        says: &["usage/usage-202503.csv!O2", "about"],
    },
    Wrong {
        what: "a unit that is none",
        spoil: |case| edit(case, USAGE, ",秒,", ",光年,"),
        says: &["usage/usage-202503.csv!L2", "光年", "Units are"],
    },
    Wrong {
        what: "another account",
        spoil: |case| edit(case, "account.toml", "100000000102", "100000000999"),
        says: &["usage/usage-202503.csv!B2", "100000000102", "a case of its own"],
    },
];

/// Replaces a text, which must be there, at its first place.
fn edit(case: &Path, file: &str, from: &str, to: &str) {
    let path = case.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// A copy of the pattern's account, usage and bill.
fn good() -> tempfile::TempDir {
    let (folder, pattern) = (tempfile::tempdir().unwrap(), samples::folder().join(super::PATTERN));
    for name in ["usage", "bills"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    for file in ["account.toml", USAGE, BILL] {
        fs::copy(pattern.join(file), folder.path().join(file)).unwrap();
    }
    folder
}

#[test]
fn wrong_input_is_refused_with_its_place_and_what_to_do() {
    let mut faults = Vec::new();
    for wrong in ALL {
        let case = good();
        (wrong.spoil)(case.path());
        let run = Run::reconcile(case.path());
        let missing: Vec<_> = wrong.says.iter().filter(|text| !run.stderr.contains(**text)).collect();
        if run.status != 2 || run.report().is_some() || !missing.is_empty() {
            let first: Vec<&str> = run.stderr.lines().take(6).collect();
            let told = first.join("\n    ");
            faults.push(format!("{}: status {}, not said: {missing:?}\n    {told}", wrong.what, run.status));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_wrong_flag_or_path_is_refused() {
    let case = good();
    let run = |arguments: &[&str]| {
        let start = [OsStr::new("reconcile"), case.path().as_os_str(), OsStr::new("--out"), OsStr::new("out")];
        Run::of(&start.into_iter().chain(arguments.iter().map(OsStr::new)).collect::<Vec<_>>())
    };
    for (arguments, says) in [
        (&["--perod", "2025-03"][..], "--period"),
        (&["--period", "2025-13"], "write a month as 2024-10"),
        (&["--jobs", "0"], "--jobs"),
        (&["--abs-tol", "1e-3"], "write a plain decimal"),
        (&["--format", "pdf"], "xlsx"),
    ] {
        let run = run(arguments);
        assert_eq!(run.status, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(says), "{arguments:?}: {}", run.stderr);
        assert!(run.report().is_none(), "{arguments:?}");
    }
    let nowhere = Run::reconcile(Path::new("nowhere"));
    assert_eq!(nowhere.status, 2);
    assert!(nowhere.stderr.contains("nowhere") && nowhere.stderr.contains("name a case folder"), "{}", nowhere.stderr);
}

/// Where neither usage nor bill has a row of the month, nothing was compared:
/// that is no reconciled month.
#[test]
fn a_month_without_any_row_is_not_reconciled() {
    let case = good();
    let case = case.path().as_os_str();
    let run = Run::of(&[
        "reconcile".as_ref(),
        case,
        "--out".as_ref(),
        "out".as_ref(),
        "--period".as_ref(),
        "2025-05".as_ref(),
    ]);
    assert_ne!(run.status, 0, "{}", run.stdout);
}
