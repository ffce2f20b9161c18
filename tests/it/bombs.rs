//! Small files that unpack, promise or nest without measure: refused by the
//! real program, which may use one second of a processor and 200 MiB.
//!
//! The limits are the system's own (`ulimit -t`, `ulimit -d`), so that a busy
//! machine does not fail the test: what goes beyond is killed or fails to get
//! its memory, and then the exit status is not 2.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::{Cursor, Write as _};
use std::process::Command;

use zip::write::SimpleFileOptions;

use crate::forms;

const LIMITS: &str = "ulimit -c 0; ulimit -d 204800; ulimit -t 1; exec \"$0\" \"$@\"";
const ACCOUNT: &str = "[account]\nuin = \"100000000001\"\nsite = \"intl\"\nregistered = 2023-03-01\n\
    first_app_created = 2023-03-02\nperiod = \"2024-10\"\n[[app]]\nsdk_app_id = 1400000001\n";

/// A bomb: what it is, where it lies, its bytes, and the code that refuses it.
type Bomb = (&'static str, &'static str, Vec<u8>, &'static str);

/// Parts of a zip; a part may be a text a great many times.
fn packed(parts: &[(&str, &str, usize)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text, times) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        let block = text.repeat((1 << 20) / text.len() + 1);
        if *times == 1 {
            zip.write_all(text.as_bytes()).unwrap();
        } else {
            (0..=(text.len() * times / block.len())).for_each(|_| zip.write_all(block.as_bytes()).unwrap());
        }
    }
    zip.finish().unwrap().into_inner()
}

const TYPES: &str = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#;
const ROOT: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>"#;
const LINKS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const SHEET: &str = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>"#;

/// A workbook with these parts in place of the plain ones, or beside them.
fn workbook(parts: &[(&str, &str, usize)]) -> Vec<u8> {
    let plain = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", ROOT),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", LINKS),
        ("xl/worksheets/sheet1.xml", SHEET),
    ];
    let kept = plain.iter().filter(|(name, _)| parts.iter().all(|(other, _, _)| other != name));
    let all: Vec<(&str, &str, usize)> =
        kept.map(|(name, text)| (*name, *text, 1)).chain(parts.iter().copied()).collect();
    packed(&all)
}

/// Ten entities, each ten of the one before.
fn laughs() -> String {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE sst [<!ENTITY a0 \"ha\">");
    for level in 1..10 {
        let _ = write!(text, "<!ENTITY a{level} \"{}\">", format!("&a{};", level - 1).repeat(10));
    }
    text + "]><sst count=\"1\" uniqueCount=\"1\"><si><t>&a9;</t></si></sst>"
}

fn promises(attribute: &str) -> String {
    format!(
        "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" {attribute}><si><t>a</t></si></sst>"
    )
}

/// A zip whose directory names one packed part many times over.
fn overlapping() -> Vec<u8> {
    let one = packed(&[("0000.csv", "0000000000\n", 1 << 20)]);
    let directory = memchr::memmem::rfind(&one, b"PK\x01\x02").unwrap();
    let end = memchr::memmem::rfind(&one, b"PK\x05\x06").unwrap();
    let (entry, count) = (&one[directory..end], 2000_u16);
    let mut bytes = one[..directory].to_vec();
    for number in 0..count {
        let mut entry = entry.to_vec();
        entry[46..50].copy_from_slice(format!("{number:04}").as_bytes());
        bytes.extend(entry);
    }
    let mut tail = one[end..].to_vec();
    for at in [8, 10] {
        tail[at..at + 2].copy_from_slice(&count.to_le_bytes());
    }
    let size = u32::try_from(entry.len()).unwrap() * u32::from(count);
    tail[12..16].copy_from_slice(&size.to_le_bytes());
    [bytes, tail].concat()
}

fn bombs() -> Vec<Bomb> {
    let strings = "xl/sharedStrings.xml";
    let sheet = "xl/worksheets/sheet1.xml";
    let cells = |cells: &str| SHEET.replace("<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>", cells);
    let rows = "<row><c t=\"inlineStr\"><is><t>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</t></is></c></row>";
    let formats = "<xf numFmtId=\"0\"/>";
    let books: [(&'static str, Vec<u8>, &'static str); 9] = [
        ("a sheet of zeros", workbook(&[(sheet, "0000000000", 40 << 20)]), "zip-bomb"),
        ("a sheet of rows", workbook(&[(sheet, rows, 5 << 20)]), "zip-bomb"),
        ("texts of zeros", workbook(&[(strings, "0000000000", 40 << 20)]), "zip-bomb"),
        ("entities", workbook(&[(strings, &laughs(), 1)]), "zip-bomb"),
        ("entities in the sheet", workbook(&[(sheet, &laughs(), 1)]), "zip-bomb"),
        ("texts promised", workbook(&[(strings, &promises("uniqueCount=\"4000000000\""), 1)]), "zip-bomb"),
        ("texts promised oddly", workbook(&[(strings, &promises("uniqueCount = '0004000000000'"), 1)]), "zip-bomb"),
        ("formats without end", workbook(&[("xl/styles.xml", formats, 300_000)]), "zip-bomb"),
        (
            "a cell beyond the edge",
            workbook(&[(sheet, &cells("<row r=\"1\"><c r=\"XFE1\"><v>1</v></c></row>"), 1)]),
            "excel-",
        ),
    ];
    let mut all: Vec<Bomb> = books.into_iter().map(|(what, bytes, code)| (what, "usage/u.xlsx", bytes, code)).collect();
    let far = vec![("S".to_owned(), vec![vec!["a".to_owned()]])];
    let nested = forms::zip(&[("b.zip".to_owned(), forms::xlsx(&far, forms::Cells::Text))], false);
    let many: Vec<(String, Vec<u8>)> = (0..10_001).map(|at| (format!("{at}.csv"), b"a".to_vec())).collect();
    all.extend([
        ("a member of zeros", "usage/u.zip", packed(&[("u.csv", "0000000000", 40 << 20)]), "zip-bomb"),
        ("members of rows", "bills/b.zip", packed(&[("a.csv", "a,b,c\n", 80 << 20)]), "zip-bomb"),
        ("one part named many times", "usage/u.zip", overlapping(), "zip-damaged"),
        ("a zip in a zip", "bills/b.zip", nested, "zip-nested"),
        ("ten thousand members", "usage/u.zip", forms::zip(&many, false), "zip-bomb"),
        ("brackets without end", "usage/u.json", "[".repeat(1 << 20).into_bytes(), "json-"),
        ("objects without end", "usage/u.json", "{\"a\":".repeat(1 << 18).into_bytes(), "json-"),
        ("a field without end", "usage/u.csv", [b"a,b\n\"", vec![b'x'; 8 << 20].as_slice()].concat(), "csv-"),
        ("columns without end", "usage/u.csv", ",".repeat(1 << 20).into_bytes(), "csv-too-many-columns"),
        ("quotes without end", "usage/u.csv", "\"".repeat(4 << 20).into_bytes(), "csv-"),
    ]);
    all
}

fn run(path: &str, bytes: &[u8]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    for below in ["usage", "bills"] {
        fs::create_dir(folder.path().join(below)).unwrap();
    }
    fs::write(folder.path().join("account.toml"), ACCOUNT).unwrap();
    fs::write(folder.path().join("usage/good.csv"), "start,end,sdk_app_id,item,quantity,unit\n").unwrap();
    fs::write(folder.path().join(path), bytes).unwrap();
    let mut command = Command::new("sh");
    command.args([OsStr::new("-c"), OsStr::new(LIMITS), OsStr::new(env!("CARGO_BIN_EXE_trtc-recon"))]);
    let output = command.args(["check", "--jobs", "1"]).arg(folder.path()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn bombs_are_refused_within_a_second_in_little_memory() {
    let mut wrong = Vec::new();
    for (what, path, bytes, code) in bombs() {
        assert!(bytes.len() < 9 << 20, "{what}: {} bytes", bytes.len());
        let (status, said) = run(path, &bytes);
        let named = said.contains(&format!("error[{code}")) && said.contains(path);
        if status != Some(2) || !named || !said.contains("help: ") {
            wrong.push(format!("== {what}: status {status:?}, expected {code}\n{}", &said[..said.len().min(600)]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The limits do not stand in the way of a case without a bomb: a status of 2 above means what it says.
#[test]
fn a_good_file_is_read_within_the_same_limits() {
    let rows = "2024-10-08 10:00:00,2024-10-08 10:05:00,1400000001,av.hd,600,s\n";
    let text = format!("start,end,sdk_app_id,item,quantity,unit\n{rows}");
    let (status, said) = run("usage/u.csv", text.as_bytes());
    assert_eq!(status, Some(3), "{said}");
}
