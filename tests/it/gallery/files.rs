//! What may be wrong with files before anyone asks what they hold.

use std::any::Any;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::{Case, ROW, USAGE};
use crate::forms;

fn csv(code: &'static str, bytes: impl AsRef<[u8]>) -> Case {
    match std::str::from_utf8(bytes.as_ref()) {
        Ok(text) if !text.contains('\0') => Case::text(code, "usage/a.csv", text),
        _ => Case::bytes(code, "usage/a.csv", bytes.as_ref().to_vec()),
    }
}

fn json(code: &'static str, text: &str) -> Case {
    Case::text(code, "usage/音视频通话-1400000001.json", text)
}

fn zip(code: &'static str, members: &[(&str, &[u8])]) -> Case {
    Case::bytes(code, "bills/pack.zip", zipped(members))
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    forms::zip(&members.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect::<Vec<_>>(), false)
}

/// A zip with every occurrence of some bytes replaced.
fn with(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    while let Some(at) = memchr::memmem::find(&bytes, from) {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

/// A zip whose only entry is marked as encrypted, in both of its headers.
fn encrypted() -> Vec<u8> {
    let mut bytes = zipped(&[("bill.csv", b"a,b\n1,2\n")]);
    let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    bytes[6] |= 1;
    bytes[directory + 8] |= 1;
    bytes
}

fn dangling(folder: &Path) -> Box<dyn Any> {
    symlink("nowhere.csv", folder.join("case/usage/link.csv")).unwrap();
    Box::new(())
}

fn circle(folder: &Path) -> Box<dyn Any> {
    symlink("link.csv", folder.join("case/usage/link.csv")).unwrap();
    Box::new(())
}

fn device(folder: &Path) -> Box<dyn Any> {
    symlink("/dev/null", folder.join("case/usage/null.csv")).unwrap();
    Box::new(())
}

fn odd_name(folder: &Path) -> Box<dyn Any> {
    fs::write(folder.join("case/usage").join(OsStr::from_bytes(b"\xD3\xC3\xC1\xBF.csv")), "x").unwrap();
    Box::new(())
}

fn copy(folder: &Path) -> Box<dyn Any> {
    fs::copy(folder.join("case/usage/usage.csv"), folder.join("case/usage/usage (1).csv")).unwrap();
    Box::new(())
}

fn file_for_folder(folder: &Path) -> Box<dyn Any> {
    fs::remove_dir(folder.join("case/bills")).unwrap();
    fs::write(folder.join("case/bills"), "a,b\n").unwrap();
    Box::new(())
}

/// A zip whose entry says that it is packed with bzip2.
fn bzip2() -> Vec<u8> {
    let mut bytes = zipped(&[("bill.csv", b"a,b\n1,2\n")]);
    let line = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    (bytes[8], bytes[line + 10]) = (12, 12);
    bytes
}

pub fn cases() -> Vec<Case> {
    let gb = forms::gb18030("开始时间,单位\n");
    let utf8 = "开始时间,单位\n".as_bytes();
    let rows = |count: usize| format!("{USAGE}{}", ROW.repeat(count - 1));
    let zeros = vec![b'0'; 40 << 20];
    let mut all = vec![
        csv("csv-field-too-long", format!("{USAGE}{}\n", "x".repeat((1 << 20) + 1))),
        csv("csv-open-quote", format!("{USAGE}\"2024-10-08,600\n{ROW}")),
        csv("csv-row-too-long", format!("{},", "x".repeat(1_000_000)).repeat(5)),
        csv("csv-row-width", format!("{USAGE}{}", ROW.replace("600", "1,234.50"))),
        csv(
            "csv-text-after-quote",
            format!("{USAGE}\"2024-10-08\" 10:00,2024-10-08 10:05:00,1400000001,av.hd,600,s\n"),
        ),
        csv("csv-too-many-columns", format!("x{}\n", ",".repeat(4096))),
        csv("encoding-invalid", [USAGE.as_bytes(), b"\xFF\xFF\n"].concat()),
        csv("encoding-mixed", [utf8, &gb].concat()),
        csv("maybe-cut", rows(65_536)),
        csv("table-blank", "\n \n"),
        csv("text-nul", format!("{USAGE}2024-10-08\0,2024-10-09,1400000001,av.hd,600,s\n")),
        csv("file-other-kind", "<html><body>Please log in</body></html>\n"),
        Case::text("folder-too-deep", "bills/1/2/3/4/5/6/7/8/9/bill.csv", "a,b\n"),
        Case::new("folder-unreadable", "check case").without("bills/bill.csv").prepared(file_for_folder),
        Case::text("account-misnamed", "account.toml.txt", super::ACCOUNT).without("account.toml"),
        Case::text("folder-misnamed", "bill/bill.csv", super::BILL).without("bills/bill.csv"),
        Case::text("file-outside", "notes.csv", "who,what\n"),
        Case::text("file-elsewhere", "usage/bill.csv", super::BILL).without("bills/bill.csv"),
        Case::text("file-empty", "bills/new.csv", ""),
        Case::text("file-ignored", "bills/bill.pdf", "%PDF-1.7\n"),
        zip("file-unknown-kind", &[("bill.pdf", b"%PDF-1.7\n")]),
        Case::new("file-dangling-link", "check case").prepared(dangling),
        Case::new("file-name-not-utf8", "check case").prepared(odd_name),
        Case::new("file-not-plain", "check case").prepared(device),
        Case::new("file-twice", "check case").prepared(copy),
        Case::new("file-unreadable", "check case").prepared(circle),
    ];
    all.extend([
        json("json-api-error", r#"{"Response":{"Error":{"Code":"AuthFailure","Message":"expired"},"RequestId":"r"}}"#),
        json("json-invalid", "{\"Response\":{\"UsageKey\":[\"Audio\"],\n"),
        json("json-pages-missing", r#"{"Response":{"Record":[{"Date":"d"}],"Total":2}}"#),
        json("json-no-table", r#"{"Response":{"RequestId":"r"}}"#),
        json(
            "json-odd-shape",
            r#"{"UsageKey":["Audio","SD"],"UsageList":[{"TimeKey":"2024-10-08","UsageValue":[1]}]}"#,
        ),
        json("too-many-tables", &format!("[{}{{}}]", r#"{"UsageKey":[],"UsageList":[]},"#.repeat(65_536))),
        zip("zip-bomb", &[("bill.csv", &zeros)]),
        Case::bytes("zip-method", "bills/pack.zip", bzip2()),
        Case::bytes("zip-damaged", "bills/pack.zip", zipped(&[("bill.csv", b"a,b\n1,2\n")])[..60].to_vec()),
        Case::bytes(
            "zip-duplicate-name",
            "bills/pack.zip",
            with(zipped(&[("a.csv", b"x"), ("b.csv", b"y")]), b"b.csv", b"a.csv"),
        ),
        zip("zip-empty", &[]),
        Case::bytes("zip-encrypted", "bills/pack.zip", encrypted()),
        zip("zip-nested", &[("inner.zip", b"x")]),
        zip("zip-odd-name", &[("../bill.csv", b"x")]),
        Case::bytes("parquet-damaged", "usage/lake.parquet", b"PAR1 and no more PAR1".to_vec()),
        Case::bytes(
            "parquet-column-type",
            "usage/lake.parquet",
            include_bytes!("../parquet/lake-float.parquet").to_vec(),
        ),
        Case::bytes(
            "parquet-time-unclear",
            "usage/t.parquet",
            include_bytes!("../parquet/tidy-int96.parquet").to_vec(),
        ),
        Case::bytes(
            "parquet-time-without-zone",
            "usage/t.parquet",
            include_bytes!("../parquet/tidy-naive.parquet").to_vec(),
        ),
        Case::bytes(
            "parquet-too-large",
            "usage/lake.parquet",
            include_bytes!("../parquet/large-group.parquet").to_vec(),
        ),
    ]);
    all
}
