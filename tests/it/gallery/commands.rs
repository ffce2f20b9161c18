//! What the other commands refuse, and what may be wrong with call records.

use std::any::Any;
use std::fs;
use std::path::Path;

use super::{ACCOUNT, BILL, Case, ROW, USAGE};
use crate::forms;

const CALLS: &str = "sdk_app_id,room_id,actor_id,activity,start,end,streams\n";

/// Call records below a header.
fn calls(code: &'static str, rows: &str) -> Case {
    sheet(code, &format!("{CALLS}{rows}"))
}

fn sheet(code: &'static str, text: &str) -> Case {
    Case::new(code, "meter calls.csv --card intl-2024").beside("calls.csv", text)
}

/// A record of one room and user.
fn record(activity: &str, streams: &str) -> String {
    format!("1400000001,r,u,{activity},2024-10-08T10:00:00,2024-10-08T10:09:00,{streams}\n")
}

fn meter() -> Vec<Case> {
    let room = record("room", "");
    let rows = |count: usize| (0..count).map(|at| room.replace(",r,u,", &format!(",r,u{at},"))).collect::<String>();
    let month = "2024-10-01T00:00:00,2024-11-01T00:00:00";
    let room_of = |at: u32| room.replace("1400000001", &(1_400_000_001 + at).to_string());
    let long: String =
        (0..2300).map(|at| room_of(at).replace("2024-10-08T10:00:00,2024-10-08T10:09:00", month)).collect();
    let with = |code, column: &str, row: &str| sheet(code, &format!("{},{column}\n{row}\n", CALLS.trim_end()));
    vec![
        calls("meter-activity", &record("call", "")),
        calls("meter-app", &room.replace("1400000001", "1.4E+09")),
        calls("meter-app-with-point", &room.replace("1400000001", "1400000001.0")),
        with("meter-copies", "copies", &format!("{},two", record("recording", "640x480").trim_end())),
        calls("meter-kbps", &record("relay.tencent", "")),
        sheet("meter-layout", "a,b\n1,2\n"),
        calls("meter-more", &rows(30).replace("1400000001", "x")),
        calls("meter-name", &room.replace(",r,u,", ",,u,")),
        calls("meter-no-rows", ""),
        calls("meter-no-time", &room.replace("10:09:00", "10:00:00")),
        calls("meter-not-on-card", &record("mix.h264", "640x480")).by("meter calls.csv --card cn-2022"),
        with("meter-output", "output", &format!("{},720p", record("mix.h264", "640x480").trim_end())),
        calls("meter-overlap", &format!("{room}{}", room.replace("10:00:00", "10:05:00"))),
        calls("meter-picture-too-large", &record("room", "8000x8000")),
        calls("meter-several-pictures", &record("deliver.third", "640x480+640x480")),
        calls("meter-span", &room.replace("10:09:00", "09:00:00")),
        calls("meter-streams", &record("room", "720p")),
        calls("meter-time", &room.replace("2024-10-08T10:00:00", "08/10/2024 10:00")),
        calls("meter-too-much", &long),
        calls("meter-two-rooms", &format!("{room}{}", room.replace(",r,", ",s,"))),
    ]
}

/// Another run holds the lock.
fn hold_lock(folder: &Path) -> Box<dyn Any> {
    fs::create_dir(folder.join("reports")).unwrap();
    let path = folder.join("reports/.100000000001-2024-10.lock");
    fs::write(&path, "4711").unwrap();
    let lock = fs::File::open(path).unwrap();
    lock.lock().unwrap();
    Box::new(lock)
}

fn make_out(folder: &Path) -> Box<dyn Any> {
    fs::create_dir_all(folder.join("usage.csv")).unwrap();
    Box::new(())
}

/// A workbook in which someone wrote two things about one finding.
fn notes(folder: &Path) -> Box<dyn Any> {
    let cells = |line: &str| line.split(',').map(str::to_owned).collect();
    let rows = ["id,comment", "5f390a5e5c66,asked the vendor", "5f390a5e5c66,settled"].map(cells).to_vec();
    let book = forms::xlsx(&[("Discrepancies".to_owned(), rows)], forms::Cells::Text);
    fs::write(folder.join("old/reconciliation.xlsx"), book).unwrap();
    Box::new(())
}

/// A workbook of which someone removed the columns for notes.
fn without_notes(folder: &Path) -> Box<dyn Any> {
    let rows = vec![vec!["Id".to_owned(), "Difference".to_owned()]];
    let book = forms::xlsx(&[("Discrepancies".to_owned(), rows)], forms::Cells::Text);
    fs::write(folder.join("reports/100000000001-2024-10/reconciliation.xlsx"), book).unwrap();
    Box::new(())
}

/// The result of an earlier run without findings.
const RESULT: &str = r#"{"account": "100000000001", "period": "2024-09", "discrepancies": []}
"#;

/// A bill with rows of two accounts.
const OWNERS: &str = "使用者UIN,产品名称,资源ID,交易类型,开始使用时间,结束使用时间,组件名称,组件用量,优惠后总价,币种
100000000001,实时音视频,1400000001,按量计费日结,2024-10-08 00:00:00,2024-10-08 23:59:59,高清HD,10,0.0399,USD
100000000002,实时音视频,1400000002,按量计费日结,2024-10-08 00:00:00,2024-10-08 23:59:59,高清HD,10,0.0399,USD
";

/// The package with which an account comes to the next rate card.
const GENERAL: &str = "
[[grant]]
id = \"general\"
plan = \"cn-general-25k\"
purchased = 2024-10-15T10:00:00
";

/// A report without its reconciliation.json.
fn rate_without_json(folder: &Path) -> Box<dyn Any> {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_trtc-recon"));
    let rated = command.args(["rate", "case", "--out", "old", "--format", "csv"]).current_dir(folder).output().unwrap();
    assert!(rated.status.success());
    Box::new(())
}

pub fn cases() -> Vec<Case> {
    let subscribed = format!(
        "{ACCOUNT}\n[[subscription]]\nid = \"live\"\nplan = \"live-lite\"\napp = 1400000001\npurchased = 2024-10-03T15:20:00\n"
    );
    let chinese = ACCOUNT.replace("intl", "cn").replace("2023-03", "2019-03");
    let mut cases = meter();
    let month =
        |columns: &str, row: &str| format!("产品名称,使用者UIN,{columns}优惠后总价\n实时音视频,100000000001,{row}1\n");
    cases.extend([
        Case::new("diff-left-out", "diff old.csv case/bills/bill.csv")
            .beside("old.csv", format!("{BILL}云服务器,,,2024-10-08,,CPU,,,,,1,USD\n")),
        Case::new("diff-not-comparable", "diff case/usage case/bills"),
        Case::new("diff-nothing", "diff notes.csv case/bills").beside("notes.csv", "day,note\n2024-10-08,paid\n"),
        Case::new("diff-option", "diff case/bills case/bills --out changes.txt"),
        Case::new("report-unreadable", "diff old old").beside("old/manifest.json", MANIFEST),
        Case::new("split-not-a-bill", "split totals.csv --out cases").beside("totals.csv", month("原价,", "1,")),
        Case::new("split-there-already", "split 202410.csv --out cases")
            .beside("202410.csv", month("组件名称,开始使用时间,", "语音,2024-10-08,"))
            .beside("cases/100000000001-2024-10/bills/202410.csv", "mine\n"),
        Case::new("accrue-until", "accrue case --until 2024-12-05"),
        Case::new("accrue-report", "accrue case --true-up reports/100000000001-2024-10"),
        Case::new("backtest-accounts", "backtest case other")
            .beside("other/account.toml", ACCOUNT.replace("100000000001", "100000000002").replace("2024-10", "2024-11"))
            .beside("other/usage/usage.csv", format!("{USAGE}{ROW}").replace("2024-10", "2024-11")),
        Case::new("backtest-months", "backtest case later")
            .beside("later/account.toml", ACCOUNT.replace("2024-10", "2024-12"))
            .beside("later/usage/usage.csv", format!("{USAGE}{ROW}").replace("2024-10", "2024-12")),
        Case::new("backtest-rated", "backtest case later")
            .with("account.toml", chinese.clone())
            .without("usage/days.csv")
            .beside("later/account.toml", chinese.replace("2024-10", "2024-11") + GENERAL)
            .beside("later/usage/usage.csv", format!("{USAGE}{ROW}").replace("2024-10", "2024-11")),
        Case::new("allocate-key", "allocate case --key relay=covered"),
        Case::new("estimate-plan", "estimate --case case --plan rtc-engine-pro --size 1000"),
        Case::new(
            "estimate-scene",
            "estimate --card intl-2024 --rooms 1 --hosts 1 --viewers 1 --minutes 10 --tier sdd",
        ),
        Case::new("no-such-package", "quote --card intl-2024 --minutes 1000"),
        Case::new("unknown-app", "estimate --case case --plan live-lite --app 1400000009"),
        Case::text("unknown-grant", "account.toml", subscribed).by("refund case --grant lives --on 2024-10-05"),
        Case::new("unknown-plan", "estimate --case case --plan live-light"),
        Case::new("unknown-line", "explain case 1400000001/2024-10-08/av.hdd"),
        Case::new("what-if", "rate case --with discont=0.9"),
        Case::new("previous-none", "reconcile case --previous old"),
        Case::new("previous-report", "reconcile case --previous old").beside("old/manifest.json", MANIFEST),
        Case::new("previous-twice", "reconcile case --previous old")
            .beside("old/manifest.json", MANIFEST)
            .beside("old/reconciliation.json", RESULT)
            .prepared(notes),
        Case::new("init-no-account", "init new --from d").beside("d/usage.csv", format!("{USAGE}{ROW}")),
        Case::new("init-several-owners", "init new --from d").beside("d/bill.csv", OWNERS),
        Case::new("init-next", "init new --next old/100000000001-2024-10").prepared(rate_without_json),
        Case::new("format-list", "reconcile case --format csv xlsx"),
        Case::new("replay-case", "replay old").beside("old/manifest.json", MANIFEST),
        Case::new("replay-manifest", "replay case"),
        Case::new("output-disk", "rate case --out /dev/null/reports"),
        Case::new("generate-too-long", "generate new --layout workbook --apps 500"),
        Case::new("output-locked", "rate case").prepared(hold_lock),
        sheet("output-not-a-file", &format!("{CALLS}{}", record("room", "")))
            .by("meter calls.csv --card intl-2024 --out usage.csv")
            .prepared(make_out),
        Case::new("notes-unreadable", "reconcile case")
            .beside("reports/100000000001-2024-10/manifest.json", EDITED)
            .prepared(without_notes),
        Case::new("output-compared", "rate case").beside("reports/100000000001-2024-10/manifest.json", EDITED),
        Case::new("output-foreign", "rate case")
            .beside("reports/100000000001-2024-10/manifest.json", MANIFEST)
            .beside("reports/100000000001-2024-10/charges.csv", "mine\n"),
        Case::new("output-not-a-report", "rate case").beside("reports/100000000001-2024-10/notes.txt", "mine\n"),
    ]);
    cases
}

/// A report of a bill, of whose workbook it had other bytes.
const EDITED: &str = r#"{"tool": "trtc-recon", "version": "0.1.0", "command": "reconcile", "outputs": [{"path": "reconciliation.xlsx", "sha256": "0000"}]}
"#;

/// A report made of an account.toml that is nowhere to be found.
const MANIFEST: &str = r#"{"tool": "trtc-recon", "version": "0.1.0", "command": "rate", "arguments": {"period": null, "abs_tol": "0", "rel_tol": "0", "encoding": null, "format": ["csv"]}, "inputs": [{"path": "account.toml", "sha256": "0000"}], "outputs": []}
"#;
