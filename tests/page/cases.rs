//! Reports to be looked at, made by the program itself.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A report in a folder of its own.
pub struct Made {
    place: tempfile::TempDir,
}

impl Made {
    /// The only page that was written.
    pub fn page(&self) -> PathBuf {
        let mut reports = fs::read_dir(self.place.path().join("out")).unwrap().map(|entry| entry.unwrap().path());
        let report = reports.find(|path| path.is_dir()).unwrap();
        fs::canonicalize(report.join("reconciliation.html")).unwrap()
    }
}

fn reconcile(case: &Path, more: &[&str], place: tempfile::TempDir) -> Made {
    let output = Command::new(env!("CARGO_BIN_EXE_trtc-recon"))
        .arg("reconcile")
        .arg(case)
        .args(["--out", "out", "--format", "html"])
        .args(more)
        .current_dir(place.path())
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    Made { place }
}

/// A sample's report.
pub fn sample(name: &str, more: &[&str]) -> Made {
    let case = super::root().join("samples").join(name);
    reconcile(&case, more, tempfile::tempdir().unwrap())
}

/// An account of so many applications with a call a day each, some of them
/// added up wrongly; with a line of the bill that is named `text`.
fn written(apps: u64, text: &str) -> Made {
    let place = tempfile::tempdir().unwrap();
    let case = place.path().join("case");
    for folder in ["usage", "bills"] {
        fs::create_dir_all(case.join(folder)).unwrap();
    }
    let mut account = "[account]\nuin = \"100000000777\"\nsite = \"intl\"\nregistered = 2024-08-05\n\
                       first_app_created = 2024-08-06\nperiod = \"2025-03\"\n"
        .to_owned();
    let mut usage = "start,end,sdk_app_id,item,quantity,unit\n".to_owned();
    let mut bill = "Payer Account ID,Owner Account ID,Operator Account ID,Product Name,Subproduct Name,Billing Mode,\
                    Transaction Type,Transaction ID,Transaction Time,Usage Start Time,Usage End Time,Instance ID,\
                    Component Type,Component Name,Component List Price,Component Contracted Price,\
                    Component Price Measurement Unit,Component Usage,Component Usage Unit,Original Cost,Currency,\
                    Total Amount After Discount (Excluding Tax),Original Usage/Duration,Deducted Usage/Duration,Bill Month\n"
        .to_owned();
    for app in 1..=apps {
        let id = 1_400_000_000 + app;
        writeln!(account, "\n[[app]]\nsdk_app_id = {id}").unwrap();
        for day in 1..=31 {
            for (item, name, list) in [("av.audio", "Audio", 99), ("av.hd", "HD", 399)] {
                let minutes = 10 + (app * 7 + day) % 50;
                writeln!(usage, "2025-03-{day:02}T10:00:00,2025-03-{day:02}T10:05:00,{id},{item},{},s", minutes * 60)
                    .unwrap();
                // Quantity and price are right, so that no cause is searched for: this is about the page.
                let wrong = u64::from((app + day) % 9 == 0);
                let (billed, amount) = (minutes, format!("0.{:05}", minutes * list + wrong * 100));
                let price = format!("{}.{:02}", list / 100, list % 100);
                writeln!(
                    bill,
                    "100000000777,100000000777,100000000777,Tencent Real-Time Communication,TRTC,Pay-as-you-go,\
                     Daily settlement,{app}{day:02}{list},2025-03-{day:02} 23:59:59,2025-03-{day:02} 00:00:00,\
                     2025-03-{day:02} 23:59:59,{id},Audio and Video Duration,{name},{price},{price},USD/1000 minutes,\
                     {billed},minutes,{amount},USD,{amount},{billed},0,2025-03"
                )
                .unwrap();
            }
        }
    }
    if !text.is_empty() {
        writeln!(
            bill,
            "100000000777,100000000777,100000000777,Tencent Real-Time Communication,TRTC,Pay-as-you-go,\
             Daily settlement,77,2025-03-09 23:59:59,2025-03-09 00:00:00,2025-03-09 23:59:59,1400000001,\
             Recording,{text},1,1,USD/1000 minutes,5,minutes,0.005,USD,0.005,5,0,2025-03"
        )
        .unwrap();
        writeln!(account, "\n[[alias]]\ntext = \"{text}\"\nitem = \"rec.hd\"").unwrap();
    }
    fs::write(case.join("account.toml"), account).unwrap();
    fs::write(case.join("usage/usage.csv"), usage).unwrap();
    fs::write(case.join("bills/l3.csv"), bill).unwrap();
    reconcile(&case, &[], place)
}

/// A month of an account with many applications.
pub fn hundred_applications() -> Made {
    written(100, "")
}

/// A bill with markup in it.
pub fn hostile() -> Made {
    written(1, "<img src=x onerror=alert(1)>")
}
