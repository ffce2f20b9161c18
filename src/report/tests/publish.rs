//! Faults at every step of publishing: the old report is whole, or the new one.

use std::collections::BTreeMap;
use std::path::Path;

use crate::report::disk::{Disk, Fault};
use crate::report::publish::{self, PublishError};

type Files = Vec<(String, Vec<u8>)>;

/// On a disk that is in order.
fn publish(target: &Path, files: &Files) -> Result<(), PublishError> {
    publish::publish(&mut Disk::default(), target, files)
}

fn files(text: &str, count: usize) -> Files {
    let others: Files =
        (0..count).map(|number| (format!("{number}.csv"), format!("{text} {number}").into_bytes())).collect();
    let outputs: Vec<_> = others.iter().map(|(path, _)| serde_json::json!({"path": path})).collect();
    let manifest = serde_json::json!({"tool": "trtc-recon", "command": "reconcile", "outputs": outputs});
    std::iter::once(("manifest.json".to_owned(), manifest.to_string().into_bytes())).chain(others).collect()
}

#[test]
fn files_that_are_not_ours_stay() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("1-2024-10");
    publish(&target, &files("old", 2)).unwrap();
    std::fs::write(target.join("call.eml"), "from the vendor").unwrap();
    std::fs::create_dir_all(target.join("mine/deep")).unwrap();
    std::fs::write(target.join("mine/deep/a.txt"), "a").unwrap();
    let new = files("new", 1);
    publish(&target, &new).unwrap();
    assert_eq!(names(&target), ["0.csv", "call.eml", "manifest.json", "mine"]);
    assert_eq!(std::fs::read(target.join("mine/deep/a.txt")).unwrap(), b"a");
    assert_eq!(std::fs::read(target.join("0.csv")).unwrap(), b"new 0");
    assert_eq!(names(folder.path()), ["1-2024-10"]);
    std::fs::write(target.join("1.csv"), "mine").unwrap();
    let refused = publish(&target, &files("next", 2)).unwrap_err();
    assert!(matches!(refused, PublishError::Foreign { .. }), "{refused}");
    assert_eq!(std::fs::read(target.join("1.csv")).unwrap(), b"mine");
}

#[test]
fn rate_does_not_replace_a_comparison() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("1-2024-10");
    publish(&target, &files("old", 2)).unwrap();
    let rated = vec![("manifest.json".to_owned(), br#"{"tool": "trtc-recon", "command": "rate"}"#.to_vec())];
    let refused = publish(&target, &rated).unwrap_err();
    assert!(matches!(refused, PublishError::Compared { .. }), "{refused}");
    assert_eq!(found(&target).unwrap(), whole(&files("old", 2)));
}

/// Returns what stands under a name; `None` where nothing does.
fn found(folder: &Path) -> Option<BTreeMap<String, Vec<u8>>> {
    let entries = std::fs::read_dir(folder).ok()?;
    let name = |entry: &std::fs::DirEntry| entry.file_name().into_string().unwrap();
    Some(
        entries.map(|entry| entry.unwrap()).map(|entry| (name(&entry), std::fs::read(entry.path()).unwrap())).collect(),
    )
}

fn whole(files: &Files) -> BTreeMap<String, Vec<u8>> {
    files.iter().cloned().collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every k until a run is not touched by the fault: after it the old report
/// (or none, where there was none) or the new one stands, and the next run
/// succeeds and leaves nothing beside it.
fn strike(fault: fn(u32) -> Fault, had_old: bool, without_exchange: bool) {
    let (old, new, next) = (files("old", 2), files("new", 1), files("next", 0));
    for k in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("1-2024-10");
        if had_old {
            publish(&target, &old).unwrap();
        }
        let mut disk = Disk::with(fault(k));
        disk.without_exchange = without_exchange;
        let outcome = publish::publish(&mut disk, &target, &new);
        let stands = found(&target);
        let before = had_old.then(|| whole(&old));
        // A dead process, or a disk that refuses all, cannot take back what it did: the new one may stand. Without
        // an exchange the old one may then stand under its other name only.
        let helpless = !matches!(fault(k), Fault::Once(_));
        let aside = names(folder.path()).iter().any(|name| name.contains(".old-"));
        let set_aside = without_exchange && stands.is_none() && aside;
        match &outcome {
            Ok(()) => assert_eq!(stands, Some(whole(&new)), "{:?}", fault(k)),
            Err(_) if helpless => {
                assert!(stands == before || stands == Some(whole(&new)) || set_aside, "{:?}", fault(k));
            }
            Err(_) => {
                assert_eq!(stands, before, "{:?}", fault(k));
                let beside = names(folder.path()).into_iter().filter(|name| name.starts_with('.')).count();
                assert_eq!(beside, 0, "{:?}", fault(k));
            }
        }
        publish(&target, &next).unwrap();
        assert_eq!(found(&target), Some(whole(&next)));
        assert_eq!(names(folder.path()), ["1-2024-10"], "{:?}", fault(k));
        if disk.operations() <= k {
            outcome.unwrap();
            return;
        }
    }
}

#[test]
fn a_fault_at_any_step_leaves_a_whole_report() {
    for fault in [Fault::Once, Fault::ForGood, Fault::StopDead] {
        for had_old in [false, true] {
            strike(fault, had_old, false);
        }
        strike(fault, true, true);
    }
}

/// The folder above, and who holds the lock.
const STEPS_OF_THE_LOCK: u32 = 2;

#[test]
fn a_report_that_was_set_aside_is_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("1-2024-10");
    publish(&target, &files("old", 1)).unwrap();
    std::fs::rename(&target, folder.path().join(".1-2024-10.old-7-0")).unwrap();
    // The next run fails when it builds the new report: the old one is back all the same.
    let mut disk = Disk::with(Fault::ForGood(STEPS_OF_THE_LOCK + 2));
    assert!(matches!(publish::publish(&mut disk, &target, &files("new", 1)), Err(PublishError::Disk { .. })));
    assert_eq!(found(&target), Some(whole(&files("old", 1))));
}

#[test]
fn what_is_no_report_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |target: &Path| {
        let error = publish(target, &files("new", 1)).unwrap_err();
        assert!(matches!(error, PublishError::Target { .. }), "{error}");
        assert!(error.diagnostic(target).to_string().contains("--out"));
    };
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    refused(&file);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");

    let case = folder.path().join("1-2024-10");
    std::fs::create_dir(&case).unwrap();
    std::fs::write(case.join("account.toml"), "mine").unwrap();
    refused(&case);
    assert_eq!(names(&case), ["account.toml"]);

    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&case, &link).unwrap();
    refused(&link);
    refused(Path::new("/"));
    assert_eq!(names(folder.path()), ["1-2024-10", "file", "link"]);
}

#[test]
fn only_what_this_tool_left_is_cleaned() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a");
    for name in [".a.new-1-0", ".a.new-notes", ".a.old-2-1", ".b.new-1-0"] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
    }
    publish(&target, &files("new", 1)).unwrap();
    assert_eq!(names(folder.path()), [".a.new-notes", ".b.new-1-0", "a"]);
}

#[test]
fn runs_on_one_target_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a");
    std::thread::scope(|threads| {
        for run in 0..3 {
            let target = &target;
            threads.spawn(move || publish(target, &files(&format!("run {run}"), 2)).unwrap());
        }
    });
    let stands = found(&target);
    assert!((0..3).any(|run| stands == Some(whole(&files(&format!("run {run}"), 2)))));
    assert_eq!(names(folder.path()), ["a"]);
}
