//! The k-th step of writing a report fails, once or for good, or the process
//! is killed there, over a whole `reconcile`: the old report stands whole or
//! the new one does, and the next run is not in anyone's way.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use trtc_recon::model::diagnostic::Severity;
use trtc_recon::pipeline::{self, Options, Outcome, Status, Task};
use trtc_recon::report::Format;
use trtc_recon::report::disk::{Disk, Fault};
use trtc_recon::rules::Cards;

use crate::run::side_by_side;

const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
    first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";
const USAGE: &str = "start,end,sdk_app_id,item,quantity,unit\n\
    2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,600,s\n";
const BILL: &str = "产品名称,资源ID,交易类型,交易ID,扣费时间,开始使用时间,结束使用时间,组件名称,组件单价,组件价格单位,组件用量,组件用量单位,优惠后总价,币种\n\
    实时音视频,1400000001,按量计费日结,T1,2024-10-09 10:00:00,2024-10-08 00:00:00,2024-10-08 23:59:59,高清HD,0.00399,美元/分钟,10,分钟,0.0399,USD\n";
const REPORT: &str = "100000000001-2024-10";
/// Where the child that is to be killed finds its orders: the step, and the folder of the case.
const ORDERS: &str = "TRTC_RECON_TEST_KILLED_AT";

type Report = BTreeMap<String, Vec<u8>>;

/// A case whose bill is right, in a folder that also takes the report.
fn case() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let case = folder.path().join("case");
    for (below, name, text) in [("usage", "usage.csv", USAGE), ("bills", "bill.csv", BILL)] {
        fs::create_dir_all(case.join(below)).unwrap();
        fs::write(case.join(below).join(name), text).unwrap();
    }
    fs::write(case.join("account.toml"), ACCOUNT).unwrap();
    folder
}

/// Another month's figures under the same name: the report that must replace the old one.
fn use_more(folder: &Path) {
    fs::write(folder.join("case/usage/usage.csv"), USAGE.replace("600", "660")).unwrap();
}

fn run(folder: &Path, fault: Fault, without_exchange: bool) -> (Outcome, u32) {
    let options = Options {
        out: folder.join("out"),
        formats: vec![Format::Csv, Format::Json],
        ..Options::reading(Task::Reconcile, None, Cards::embedded())
    };
    let mut disk = Disk::with(fault);
    disk.without_exchange = without_exchange;
    let outcome = pipeline::run_on(&mut disk, &folder.join("case"), &options);
    (outcome, disk.operations())
}

/// What stands under the report's name.
fn stands(folder: &Path) -> Option<Report> {
    let entries = fs::read_dir(folder.join("out").join(REPORT)).ok()?;
    let file = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    Some(entries.map(|entry| file(entry.unwrap())).collect())
}

fn beside(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder.join("out")) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != REPORT).collect()
}

/// The report that a case gives where nothing goes wrong.
fn whole(changed: bool) -> Report {
    let folder = case();
    if changed {
        use_more(folder.path());
    }
    let (outcome, _) = run(folder.path(), Fault::Never, false);
    assert!(outcome.written.is_some());
    stands(folder.path()).unwrap()
}

/// A run that nothing disturbs gives the new report, at once, and leaves nothing beside it.
fn recovers(folder: &Path, new: &Report, what: &str) {
    let started = Instant::now();
    let (outcome, _) = run(folder, Fault::Never, false);
    assert_eq!(outcome.status, Status::Inconclusive, "{what}");
    assert_eq!(stands(folder).as_ref(), Some(new), "{what}");
    assert_eq!(beside(folder), [""; 0], "{what}");
    assert!(started.elapsed() < Duration::from_secs(4), "{what}: waited for a lock of a dead run");
}

/// One run with a fault at one step; whether it came that far.
fn strike(fault: Fault, k: u32, had_old: bool, without_exchange: bool, reports: &(Report, Report)) -> bool {
    let (old, new) = reports;
    let what = format!("{fault:?}, old: {had_old}, without exchange: {without_exchange}");
    let folder = case();
    if had_old {
        assert!(run(folder.path(), Fault::Never, false).0.written.is_some());
    }
    use_more(folder.path());
    let (outcome, operations) = run(folder.path(), fault, without_exchange);
    let now = stands(folder.path());
    let (before, after) = (had_old.then_some(old), Some(new));
    if outcome.status == Status::Refused {
        let codes: Vec<_> =
            outcome.diagnostics.iter().filter(|f| f.severity == Severity::Error).map(|found| found.code).collect();
        assert_eq!(codes, ["output-disk"], "{what}");
        assert!(outcome.written.is_none() && outcome.report.is_none(), "{what}");
        // What failed once could be put back. Where nothing more could be done, the new one may stand; without an
        // exchange, the old one may be left under its hidden name.
        let set_aside = without_exchange && now.is_none() && beside(folder.path()).iter().any(|n| n.contains(".old-"));
        let helpless = !matches!(fault, Fault::Once(_)) && (now.as_ref() == after || set_aside);
        assert!(now.as_ref() == before || helpless, "{what}: {:?}", now.map(|now| now.into_keys().collect::<Vec<_>>()));
    } else {
        assert_eq!(now.as_ref(), after, "{what}");
    }
    recovers(folder.path(), new, &what);
    operations > k
}

#[test]
fn a_step_that_fails_leaves_the_old_report_whole_or_the_new_one() {
    let reports = (whole(false), whole(true));
    assert_ne!(reports.0, reports.1);
    let faults: [fn(u32) -> Fault; 3] = [Fault::Once, Fault::ForGood, Fault::StopDead];
    let ways: Vec<_> = faults
        .into_iter()
        .flat_map(|fault| [(false, false), (true, false), (true, true)].map(|(old, without)| (fault, old, without)))
        .collect();
    let steps: Vec<u32> = side_by_side(&ways, |(fault, old, without)| {
        (0..).find(|k| !strike(fault(*k), *k, *old, *without, &reports)).unwrap()
    });
    assert!(steps.iter().all(|steps| *steps > 20), "{steps:?}");
}

/// What the child of the next test does; without orders nothing.
#[test]
fn a_child_that_is_told_where_to_die() {
    let Some(orders) = std::env::var_os(ORDERS) else { return };
    let orders = orders.into_string().unwrap();
    let (k, folder) = orders.split_once(':').unwrap();
    let (outcome, operations) = run(Path::new(folder), Fault::Killed(k.parse().unwrap()), false);
    assert!(outcome.written.is_some());
    fs::write(Path::new(folder).join("steps"), operations.to_string()).unwrap();
}

/// The process is killed at each step in turn.
#[test]
fn a_process_killed_at_any_step_leaves_a_whole_report_and_no_lock() {
    let (old, new) = (whole(false), whole(true));
    for had_old in [true, false] {
        for k in 0.. {
            let folder = case();
            if had_old {
                assert!(run(folder.path(), Fault::Never, false).0.written.is_some());
            }
            use_more(folder.path());
            let status = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "faults::a_child_that_is_told_where_to_die"])
                .env(ORDERS, format!("{k}:{}", folder.path().to_str().unwrap()))
                .stdout(Stdio::null())
                .status()
                .unwrap();
            let what = format!("killed at {k}, old: {had_old}");
            if status.success() {
                assert!(k > 20, "{what}");
                break;
            }
            assert_eq!(status.signal(), Some(9), "{what}");
            let now = stands(folder.path());
            assert!(now.as_ref() == had_old.then_some(&old) || now.as_ref() == Some(&new), "{what}");
            recovers(folder.path(), &new, &what);
        }
    }
}

/// The program itself, started through a shell that limits it first.
fn program(folder: &Path, limits: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{limits} exec \"$0\" \"$@\"");
    command.args([OsStr::new("-c"), OsStr::new(&script), OsStr::new(env!("CARGO_BIN_EXE_trtc-recon"))]);
    command.args(["reconcile", "--format", "csv,json", "--jobs", "1", "--out"]);
    command.arg(folder.join("out")).arg(folder.join("case")).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The program is killed at moments spread over its run, by the clock.
#[test]
fn a_program_killed_at_any_moment_leaves_a_whole_report_and_no_lock() {
    let (old, new) = (whole(false), whole(true));
    let folder = case();
    let started = Instant::now();
    assert_eq!(program(folder.path(), "").status().unwrap().code(), Some(0));
    let whole_run = started.elapsed();
    assert_eq!(stands(folder.path()).unwrap(), old);
    let mut killed = 0;
    for moment in 0..40 {
        let folder = case();
        assert!(run(folder.path(), Fault::Never, false).0.written.is_some());
        use_more(folder.path());
        let mut child = program(folder.path(), "").spawn().unwrap();
        std::thread::sleep(whole_run * (moment * 29 % 40) / 32);
        child.kill().unwrap();
        killed += u32::from(child.wait().unwrap().signal() == Some(9));
        let now = stands(folder.path()).unwrap();
        assert!(now == old || now == new, "moment {moment}");
        recovers(folder.path(), &new, &format!("moment {moment}"));
    }
    assert!(killed > 0, "none of the runs was killed");
}

/// The system itself refuses to make files longer than so many blocks: as an error, and by ending the process in the
/// middle of a write.
#[test]
fn a_real_limit_of_the_disk_leaves_a_whole_report() {
    let (old, new) = (whole(false), whole(true));
    for trap in ["trap '' XFSZ;", ""] {
        let mut failed = 0;
        for blocks in 0.. {
            let folder = case();
            assert!(run(folder.path(), Fault::Never, false).0.written.is_some());
            use_more(folder.path());
            let limits = format!("ulimit -c 0; {trap} ulimit -f {blocks};");
            let status = program(folder.path(), &limits).status().unwrap();
            if status.code() == Some(3) {
                assert_eq!(stands(folder.path()).unwrap(), new);
                break;
            }
            failed += 1;
            assert!(status.code() == Some(2) || status.signal().is_some(), "{status:?}");
            assert_eq!(stands(folder.path()).unwrap(), old, "{blocks} blocks");
            recovers(folder.path(), &new, &format!("{trap} {blocks} blocks"));
        }
        assert!(failed > 1, "{failed}");
    }
}

/// Every other file of the case is as it was: a report is written nowhere else.
#[test]
fn a_run_writes_nothing_but_its_report() {
    let folder = case();
    run(folder.path(), Fault::Never, false).0.written.unwrap();
    let mut found: Vec<PathBuf> = Vec::new();
    let mut open = vec![folder.path().to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() { open.push(entry) } else { found.push(entry) }
        }
    }
    let outside = found.iter().filter(|path| !path.starts_with(folder.path().join("out").join(REPORT))).count();
    assert_eq!(outside, 3, "{found:?}");
}
