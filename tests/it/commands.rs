//! The commands as they are typed: exit status, standard output and standard
//! error of the real program.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use trtc_recon::digest::{Digests, Naming};
use trtc_recon::model::Month;
use trtc_recon::pipeline::{self, Options, Task};
use trtc_recon::report::Format;
use trtc_recon::rules::Cards;

fn program(folder: &Path) -> Command {
    let mut command = crate::program();
    command.current_dir(folder);
    command
}

/// Status, stdout and stderr.
pub fn ran(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = program(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n\
                     2024-10-01T00:00:00,2024-10-02T00:00:00,1400000001,av.hd,6000000,s\n";

fn case() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(ran(folder.path(), &["init", "c"]).0, 0);
    fs::write(folder.path().join("c/usage/u.csv"), USAGE).unwrap();
    folder
}

#[test]
fn quotes_are_the_bands_of_the_total() {
    let folder = tempfile::tempdir().unwrap();
    let quote = |minutes: &str| ran(folder.path(), &["quote", "--card", "cn-2022", "--minutes", minutes]).1;
    // 24,999 x 0.007 = 174.993; 25,000 x 0.00672 = 168; 3,000,000 x 0.00562934 = 16,888.02.
    assert!(quote("24999").contains("cn-general-custom  24999    174.99  CNY"));
    assert!(quote("25000").contains("cn-general-25k     25000    168.00  CNY"));
    assert!(
        quote("3000000")
            .contains("cn-general-custom  3000000  16888.02  CNY       0.00562934  5.630           16890.00")
    );
    let (status, _, errors) = ran(folder.path(), &["quote", "--card", "cn-2023", "--minutes", "1"]);
    assert_eq!(status, 2);
    assert!(errors.contains("unknown rate card `cn-2023`") && errors.contains("intl-2024"), "{errors}");
    assert_eq!(ran(folder.path(), &["quote", "--card", "cn-2022", "--minutes", "1,000"]).0, 2);
}

#[test]
fn an_estimate_finds_the_cheapest_mix() {
    let folder = tempfile::tempdir().unwrap();
    let scene = ["--rooms", "10", "--hosts", "2", "--viewers", "8", "--minutes", "60", "--tier", "hd"];
    let (status, text, _) = ran(folder.path(), &[&["estimate", "--card", "cn-2022"][..], &scene].concat());
    assert_eq!(status, 0);
    // 2 x 1 + 8 x 2 pictures x 18,000 min = 324,000 HD; x 0.028 = 9,072; x 4 = 1,296,000 package
    // minutes; x 0.005968 = 7,734.528 in one custom package.
    for line in [
        "av.hd  324000  0.02800000  9072.00    4      1296000",
        "Cheapest of all mixes: 1 x cn-general-custom of 1296000 min: 7734.53 CNY, 1337.47 less than as you go",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!(ran(folder.path(), &["estimate", "--rooms", "3"]).0, 2);
}

#[test]
fn a_month_is_rated_again_with_one_plan_more() {
    let folder = case();
    let (status, text, _) = ran(folder.path(), &["estimate", "--case", "c", "--plan", "conference-starter"]);
    assert_eq!(status, 0, "{text}");
    // 100,000 HD min x 0.00399 = 399; 50,000 package minutes cover 12,500: 349.125 + 39.90 = 389.025.
    assert!(text.contains("349.13  0.00  39.90     389.03  -9.98"), "{text}");
}

/// Files are named by BLAKE3, with `--digest sha256` by SHA-256 too; SHA256SUMS holds every other file of the report.
#[test]
fn files_are_named_by_their_digests() {
    let folder = case();
    for (options, names) in
        [(&["--format", "csv"][..], &["blake3"][..]), (&["--digest", "sha256"][..], &["blake3", "sha256"][..])]
    {
        let command = [&["rate", "c", "--period", "2024-10", "--out", "o"][..], options].concat();
        let (status, _, errors) = ran(folder.path(), &command);
        assert_eq!(status, 0, "{errors}");
        let report = fs::read_dir(folder.path().join("o")).unwrap().map(|entry| entry.unwrap().path());
        let report = report.filter(|path| path.join("manifest.json").is_file()).min().unwrap();
        let manifest: Value = serde_json::from_slice(&fs::read(report.join("manifest.json")).unwrap()).unwrap();
        let named = |of: &str, root: &Path| {
            let files = manifest[of].as_array().unwrap();
            for file in files {
                let digests = Digests::of(&fs::read(root.join(file["path"].as_str().unwrap())).unwrap(), true);
                let found: Vec<&str> = ["blake3", "sha256"].into_iter().filter(|name| !file[*name].is_null()).collect();
                assert_eq!(found, names, "{file}");
                assert_eq!(file["blake3"], digests.blake3, "{file}");
                assert!(!names.contains(&"sha256") || file["sha256"] == digests.sha256.unwrap(), "{file}");
            }
            files.len()
        };
        assert_eq!(named("inputs", &folder.path().join("c")), 2);
        let outputs = named("outputs", &report);
        let sums =
            Command::new("sha256sum").args(["--strict", "-c", "SHA256SUMS"]).current_dir(&report).output().unwrap();
        let told = String::from_utf8(sums.stdout).unwrap();
        assert!(sums.status.success() && told.lines().count() == outputs + 1, "the manifest too: {told}");
        assert_eq!(fs::read_dir(&report).unwrap().count(), outputs + 2, "manifest.json and SHA256SUMS");
        assert_eq!(ran(folder.path(), &["replay", &report.to_string_lossy(), "c"]).0, 0);
    }
}

/// A report of a version that knew SHA-256 alone is replayed to the byte, and still holds for `--resume`.
#[test]
fn a_report_with_sha256_alone_is_replayed() {
    let folder = case();
    let options = Options {
        out: folder.path().join("o"),
        formats: vec![Format::Csv],
        naming: Naming::Sha256,
        ..Options::reading(Task::Rate, Some(Month::parse("2024-10").unwrap()), Cards::embedded())
    };
    let written = pipeline::run(&folder.path().join("c"), &options).written.unwrap();
    let manifest = fs::read_to_string(written.join("manifest.json")).unwrap();
    assert!(!manifest.contains("blake3") && manifest.contains("sha256") && !written.join("SHA256SUMS").exists());
    let report = written.to_string_lossy();
    assert_eq!(ran(folder.path(), &["replay", &report]).1, "3 files, equal to the byte (case: ./c)\n");
    fs::write(folder.path().join("c/usage/u.csv"), USAGE.replace("6000000", "6000001")).unwrap();
    assert_eq!(ran(folder.path(), &["replay", &report, "c"]).0, 1);
}

#[test]
fn a_report_is_replayed_to_the_byte() {
    let folder = case();
    let (root, report) = (folder.path(), "reports/100000000001-2024-10");
    assert_eq!(ran(root, &["rate", "c"]).0, 0);
    assert_eq!(ran(root, &["replay", report]).1, "6 files, equal to the byte (case: ./c)\n");
    fs::write(root.join(report).join("drawdown.csv"), "other\n").unwrap();
    let (status, text, _) = ran(root, &["replay", report]);
    assert_eq!(status, 1);
    assert!(text.contains("drawdown.csv: line 1\n  report  other"), "{text}");
    fs::write(root.join("c/usage/u.csv"), USAGE.replace("6000000", "60")).unwrap();
    let (status, _, errors) = ran(root, &["replay", report, "c"]);
    assert_eq!(status, 1);
    assert!(errors.contains("since the report was made, usage/u.csv was changed"), "{errors}");
    assert_eq!(ran(root, &["replay", "c"]).0, 2);
}

#[test]
fn calls_become_usage_on_stdout_or_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let calls = "sdk_app_id,room_id,actor_id,activity,start,end,streams\n\
                 1400000001,r,a,room,2024-10-01T00:04:30,2024-10-01T00:05:40,640x480\n";
    fs::write(folder.path().join("calls.csv"), calls).unwrap();
    // 30 s before the edge at 00:05, 40 s behind it.
    let usage = "start,end,sdk_app_id,item,quantity,unit\n\
                 2024-10-01T00:00:00,2024-10-01T00:05:00,1400000001,av.hd,30,s\n\
                 2024-10-01T00:05:00,2024-10-01T00:10:00,1400000001,av.hd,40,s\n";
    let meter = ["meter", "calls.csv", "--card", "intl-2024"];
    assert_eq!(ran(folder.path(), &meter).1, usage);
    let (status, text, _) = ran(folder.path(), &[&meter[..], &["--out", "u.csv"]].concat());
    assert_eq!((status, text.as_str()), (0, ""));
    assert_eq!(fs::read_to_string(folder.path().join("u.csv")).unwrap(), usage);
    for target in ["calls.csv", "/dev/null", "none/u.csv"] {
        assert_eq!(ran(folder.path(), &[&meter[..], &["--out", target]].concat()).0, 2, "{target}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("calls.csv")).unwrap(), calls);
}

#[test]
fn a_case_is_begun_once() {
    let folder = case();
    let (status, _, errors) = ran(folder.path(), &["init", "c"]);
    assert_eq!((status, errors.contains("case-exists")), (2, true));
}

#[test]
fn every_command_shows_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let commands = "reconcile rate check explain sensitivity selftest meter estimate quote refund cards plans items replay init completions man";
    for command in commands.split(' ') {
        let (status, text, _) = ran(folder.path(), &[command, "--help"]);
        assert!(status == 0 && text.contains(&format!("  trtc-recon {command}")), "{text}");
    }
}

#[test]
fn a_path_need_not_be_utf8_but_an_input_name_must() {
    let folder = case();
    let name = OsStr::from_bytes(b"c-\xff");
    fs::rename(folder.path().join("c"), folder.path().join(name)).unwrap();
    let run = || program(folder.path()).arg("rate").arg(name).output().unwrap();
    assert_eq!(run().status.code(), Some(0));
    fs::write(folder.path().join(name).join("usage").join(OsStr::from_bytes(b"u\xff.csv")), USAGE).unwrap();
    let refused = run();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("file-name-not-utf8"));
}

#[test]
fn a_reader_that_is_gone_is_a_quiet_end_a_full_disk_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let gone = program(folder.path()).arg("plans").stdout(writer).output().unwrap();
    assert_eq!((gone.status.code(), gone.stderr.as_slice()), (Some(0), &b""[..]));
    let full = File::options().write(true).open("/dev/full").unwrap();
    assert_eq!(program(folder.path()).arg("plans").stdout(full).output().unwrap().status.code(), Some(2));
}

#[test]
fn a_signal_ends_the_run_and_leaves_nothing() {
    for (signal, status) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)] {
        let folder = case();
        fs::create_dir(folder.path().join("reports")).unwrap();
        // The run waits for this lock, so that it is still there when it is told to end.
        let held = File::create(folder.path().join("reports/.100000000001-2024-10.lock")).unwrap();
        held.lock().unwrap();
        let mut child =
            program(folder.path()).args(["rate", "c"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(status));
        let left: Vec<_> =
            fs::read_dir(folder.path().join("reports")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, [".100000000001-2024-10.lock"]);
    }
}

/// One case is asked for: a folder that is none is named, and one of a folder of cases.
#[test]
fn a_question_about_no_case_names_one() {
    let folder = case();
    for arguments in [
        &["explain", "nowhere", "x"][..],
        &["sensitivity", "nowhere"],
        &["refund", "nowhere", "--grant", "g", "--on", "2024-10-01"],
        &["rate", "nowhere", "--with", "discount=0.9"],
        &["estimate", "--case", "nowhere"],
    ] {
        let (status, _, errors) = ran(folder.path(), arguments);
        assert_eq!(status, 2, "{arguments:?}");
        assert!(errors.contains("error[case-not-found]") && errors.contains("nowhere"), "{arguments:?}: {errors}");
    }
    let (_, _, errors) = ran(folder.path(), &["explain", ".", "x"]);
    assert!(
        errors.contains("is a folder of cases (1)") && errors.contains("name one of them, such as ./c"),
        "{errors}"
    );
}

/// An account.toml in a folder of cases would make one case of them.
#[test]
fn a_case_is_not_begun_around_others() {
    let folder = case();
    let (status, _, errors) = ran(folder.path(), &["init", "."]);
    assert!(status == 2 && errors.contains("error[case-exists]") && errors.contains("init ./<NAME>"), "{errors}");
    assert!(!folder.path().join("account.toml").exists() && !folder.path().join("usage").exists());
}

/// A tolerance below zero is answered by what a tolerance is, not as an unknown flag.
#[test]
fn a_negative_tolerance_is_told_how_to_be_written() {
    let folder = case();
    for flag in ["--abs-tol", "--rel-tol"] {
        let (status, _, errors) = ran(folder.path(), &["reconcile", "c", flag, "-1"]);
        assert!(status == 2 && errors.contains("write a plain decimal such as 0.01"), "{errors}");
    }
}

/// No command has a manual page of its own: the one page names them as they are typed.
#[test]
fn the_manual_names_commands_as_they_are_typed() {
    let page = ran(Path::new("."), &["man"]).1;
    assert!(page.contains("\ntrtc\\-recon reconcile\n") && page.contains(".SH \"TRTC-RECON RECONCILE\""), "{page}");
    assert!(!page.contains("(1)"), "{page}");
}
