//! What `deploy/cron/` promises, tried: the script, the line of the crontab,
//! the units of systemd.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::samples;

fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/cron").join(name)
}

/// A folder with samples as the cases of a month, and the programs on a path of its own.
fn folder(month: &str, names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("cases").join(month)).unwrap();
    for name in names {
        symlink(samples::folder().join(name), folder.path().join("cases").join(month).join(name)).unwrap();
    }
    fs::create_dir(folder.path().join("bin")).unwrap();
    symlink(env!("CARGO_BIN_EXE_trtc-recon"), folder.path().join("bin/trtc-recon")).unwrap();
    symlink(deployed("trtc-monthly"), folder.path().join("bin/trtc-monthly")).unwrap();
    folder
}

/// A command as cron runs it: by sh, with hardly an environment.
fn as_cron(folder: &Path, line: &str) -> Output {
    let path = format!("{}:/usr/bin:/bin", folder.join("bin").display());
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]).env_clear().env("PATH", path).env("TRTC_FOLDER", folder).current_dir("/");
    command.output().unwrap()
}

fn last_month() -> String {
    let output = Command::new("/bin/sh").args(["-c", "date -d \"$(date +%Y-%m-01) -1 day\" +%Y-%m"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_month_that_is_well_mails_nothing() {
    let folder = folder("2024-10", &["intl-clean"]);
    let output = as_cron(folder.path(), "trtc-monthly 2024-10");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
    assert!(folder.path().join("reports/2024-10/100000000101-2024-10/manifest.json").exists());
    // Again: the findings of the last run are followed up, and nothing is said.
    let output = as_cron(folder.path(), "trtc-monthly 2024-10");
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    assert!(folder.path().join("reports/2024-10/100000000101-2024-10/previous.json").exists());
}

#[test]
fn the_line_of_the_crontab_mails_a_verdict_that_ends_in_a_line_for_programs() {
    let crontab = fs::read_to_string(deployed("crontab")).unwrap();
    let line = crontab.lines().last().unwrap();
    let fields: Vec<&str> = line.splitn(6, ' ').collect();
    assert_eq!(fields[..5], ["15", "6", "5", "*", "*"]);
    let folder = folder("2025-03", &["intl-wrong"]);
    let output = as_cron(folder.path(), &format!("{} 2025-03", fields[5]));
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let mail = String::from_utf8(output.stdout).unwrap();
    assert!(mail.starts_with("100000000102 2025-03: overcharged by"), "{mail}");
    assert!(mail.lines().last().unwrap().starts_with("verdict=discrepancies expected=381.84607 "), "{mail}");
    assert!(!mail.contains('\u{1b}'), "no colours in a mail");
    // Without a month it is the one before this one, whose folders are made.
    let output = as_cron(folder.path(), fields[5]);
    assert_eq!(output.status.code(), Some(2));
    assert!(folder.path().join("reports").join(last_month()).is_dir());
}

#[test]
fn the_units_are_sound_where_systemd_can_tell() {
    let units = [deployed("trtc-recon.service"), deployed("trtc-recon.timer")];
    let [service, timer] = units.each_ref().map(|unit| fs::read_to_string(unit).unwrap());
    assert!(service.contains("ExecStart=/usr/local/bin/trtc-monthly") && timer.contains("OnCalendar=*-*-05 06:15:00"));
    let Ok(output) = Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&units).output() else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    // The program is not installed where this runs; nothing else may be wrong.
    let wrong = said.lines().filter(|line| line.contains("trtc-recon") && !line.contains("is not executable"));
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&str>::new());
}
