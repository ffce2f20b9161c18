//! The same input gives the same bytes: for any number of threads, time zone,
//! locale, working folder and umask, with and without a home. A Chinese locale
//! changes what is printed, and no file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::samples;

/// A change of the surroundings: arguments and environment of the run.
type Change = fn(&mut Command);

/// What a run must not notice.
const CHANGES: [(&str, Change); 8] = [
    ("one thread", |run| _ = run.args(["--jobs", "1"])),
    ("four threads", |run| _ = run.args(["--jobs", "4"])),
    ("New York", |run| _ = run.env("TZ", "America/New_York")),
    ("a zone ahead of Beijing", |run| _ = run.env("TZ", "Pacific/Kiritimati")),
    ("a German locale", |run| _ = run.env("LANG", "de_DE.UTF-8").env("LC_ALL", "de_DE.UTF-8")),
    ("no locale", |run| _ = run.env("LC_ALL", "C")),
    ("no home", |run| _ = run.env_remove("HOME")),
    ("nothing in the environment", |run| _ = run.env_clear()),
];

/// All files below a folder, and what the run printed but for the report's place.
type Bytes = BTreeMap<PathBuf, Vec<u8>>;

fn gather(root: &Path, folder: &Path, bytes: &mut Bytes) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(root, &path, bytes);
        } else {
            bytes.insert(path.strip_prefix(root).unwrap().to_owned(), fs::read(&path).unwrap());
        }
    }
}

fn bytes(run: &mut Command, out: &Path) -> Bytes {
    let output = run.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let kept: Vec<&str> =
        printed.lines().filter(|line| !["Report: ", "报告："].iter().any(|place| line.starts_with(place))).collect();
    let mut bytes = Bytes::new();
    gather(out, out, &mut bytes);
    bytes.insert("stdout".into(), kept.join("\n").into_bytes());
    bytes.insert("status".into(), format!("{:?}", output.status.code()).into_bytes());
    bytes
}

fn binary() -> Command {
    crate::program()
}

fn assert_same(what: &str, got: &Bytes, expected: &Bytes) {
    assert_eq!(got.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}");
    let differing: Vec<_> =
        expected.iter().filter(|(file, bytes)| got[*file] != **bytes).map(|(file, _)| file).collect();
    assert!(differing.is_empty(), "{what}: {differing:?}");
}

/// A run of all samples as a batch.
fn batch(change: impl FnOnce(&mut Command)) -> Bytes {
    let place = tempfile::tempdir().unwrap();
    let mut run = binary();
    run.arg("reconcile").arg(samples::folder()).arg("--out").arg(place.path()).current_dir(place.path());
    change(&mut run);
    bytes(&mut run, place.path())
}

#[test]
fn the_surroundings_change_no_byte() {
    let expected = batch(|_| {});
    assert!(expected.keys().any(|file| file.ends_with("reconciliation.xlsx")));
    assert!(expected.keys().any(|file| file.ends_with("reconciliation.html")));
    for (what, change) in CHANGES {
        assert_same(what, &batch(change), &expected);
    }
}

#[test]
fn a_chinese_locale_changes_what_is_printed_and_no_file() {
    let (mut english, mut chinese) = (batch(|_| {}), batch(|run| _ = run.env("LC_ALL", "zh_CN.UTF-8")));
    let (said, printed) = (english.remove(Path::new("stdout")), chinese.remove(Path::new("stdout")));
    assert_ne!(said, printed);
    assert_same("a Chinese locale", &chinese, &english);
}

#[test]
fn a_case_gives_the_same_bytes_alone_and_in_a_batch() {
    let together = batch(|_| {});
    for case in samples::all() {
        let place = tempfile::tempdir().unwrap();
        let alone = bytes(binary().arg("reconcile").arg(&case).arg("--out").arg(place.path()), place.path());
        for (file, bytes) in alone.iter().filter(|(file, _)| file.components().count() > 1) {
            assert!(together[file] == *bytes, "{} of {}", file.display(), case.display());
        }
    }
}

#[test]
fn a_case_by_a_relative_path_gives_the_same_bytes() {
    let case = &samples::all()[0];
    let run = |folder: &Path, name: &Path| {
        let place = tempfile::tempdir().unwrap();
        let mut run = binary();
        bytes(run.arg("reconcile").arg(name).arg("--out").arg(place.path()).current_dir(folder), place.path())
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let expected = run(elsewhere.path(), case);
    assert_same("from the samples", &run(&samples::folder(), Path::new(case.file_name().unwrap())), &expected);
    assert_same("from within", &run(case, Path::new(".")), &expected);
}

#[cfg(unix)]
#[test]
fn a_strict_umask_changes_no_byte() {
    let case = &samples::all()[0];
    let run = |umask: &str| {
        let place = tempfile::tempdir().unwrap();
        let mut run = Command::new("sh");
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        run.args(["-c", &script, env!("CARGO_BIN_EXE_trtc-recon"), "reconcile"]).arg(case);
        bytes(run.arg("--out").arg(place.path()), place.path())
    };
    assert_same("umask 077", &run("077"), &run("022"));
}
