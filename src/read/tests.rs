use super::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn code(location: &Path) -> &'static str {
    let name = location.file_name().unwrap().to_string_lossy();
    let file = InputFile { path: format!("usage/{name}"), location: location.to_owned() };
    let opened = open(&file, &mut 0, &ReadOptions::default());
    opened[0].diagnostics.iter().next().map_or("", |finding| finding.code)
}

#[test]
fn what_is_no_plain_file_is_refused_before_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder.csv")).unwrap();
    assert_eq!(code(&at("folder.csv")), "file-not-plain");
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe.csv"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0)
        .unwrap();
    assert_eq!(code(&at("pipe.csv")), "file-not-plain");
    assert_eq!(code(Path::new("/dev/null")), "file-not-plain");
    std::os::unix::fs::symlink(at("nowhere"), at("link.csv")).unwrap();
    assert_eq!(code(&at("link.csv")), "file-dangling-link");
    assert_eq!(code(&at("absent.csv")), "file-unreadable");
    fs::write(at("empty.csv"), "").unwrap();
    assert_eq!(code(&at("empty.csv")), "file-empty");
    fs::write(at("~$a.xlsx"), "x").unwrap();
    assert_eq!(code(&at("~$a.xlsx")), "excel-lock-file");
    fs::write(at("a.pdf"), "x").unwrap();
    assert_eq!(code(&at("a.pdf")), "file-unknown-kind");
}

#[test]
#[cfg(not(feature = "polars"))]
fn parquet_is_refused_where_its_reader_was_not_built_in() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.parquet"), "PAR1").unwrap();
    assert_eq!(code(&folder.path().join("a.parquet")), "parquet-not-built-in");
}

#[test]
fn a_file_that_changes_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let location = folder.path().join("a.csv");
    fs::write(&location, "a,b\n1,2\n").unwrap();
    let file = InputFile { path: "usage/a.csv".to_owned(), location: location.clone() };
    let opened = open(&file, &mut 0, &ReadOptions::default());
    assert_eq!(opened[0].digests, digests_of(&location, false).unwrap());
    fs::write(&location, "a,b\n1,3\n").unwrap();
    assert_ne!(opened[0].digests, digests_of(&location, false).unwrap());
    // The text can no longer be what it was when its encoding was decided.
    fs::write(&location, b"a,b\n1,\xFF\n").unwrap();
    let findings = opened[0].tables[0].fold(1, &[0], || (), |(), _| ()).unwrap_err();
    assert_eq!(findings.iter().next().unwrap().code, "file-changed");
}

#[test]
fn tables_are_numbered_to_the_end() {
    let mut next = u16::MAX;
    let mut ids = TableIds { next: &mut next };
    assert_eq!(ids.next("a").unwrap_err().code, "too-many-tables");
}

#[test]
fn a_text_named_like_a_workbook_is_read_as_text() {
    let mut next = 0;
    let bytes = source::Bytes::Memory(b"a,b\n1,2\n"[..].into());
    let opened = open_bytes("usage/a.xls", &bytes, &mut TableIds { next: &mut next }, &ReadOptions::default());
    assert_eq!(opened[0].diagnostics.iter().next().unwrap().code, "file-text-named-workbook");
    assert_eq!(opened[0].tables.len(), 1);
}

/// The codes that the sources name are those that the list explains, and each
/// is earned by a test.
#[test]
fn every_code_is_listed_and_tested() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/read");
    let (mut sources, mut tests) = (String::new(), String::new());
    for folder in ["", "csv", "json", "xlsx"].map(|part| folder.join(part)) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            let text = fs::read_to_string(entry.path()).unwrap();
            let (source, own) = text.split_once("#[cfg(test)]").unwrap_or((&text, ""));
            if entry.file_name().to_string_lossy().ends_with("tests.rs") {
                tests.push_str(&text);
            } else if entry.path().ends_with("read/mod.rs") {
                let (before, after) = source.split_once("pub const CODES").unwrap();
                sources.push_str(before);
                sources.push_str(after.split_once("];").unwrap().1);
            } else {
                sources.push_str(source);
                tests.push_str(own);
            }
        }
    }
    let listed: BTreeSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(listed.len(), CODES.len());
    for code in listed {
        assert!(sources.contains(&format!("\"{code}\"")), "{code} is never given");
        let untestable = ["csv-too-many-rows", "json-too-large"];
        assert!(untestable.contains(&code) || tests.contains(&format!("\"{code}\"")), "{code} is not tested");
    }
    for (at, _) in sources.match_indices("Diagnostic::").chain(sources.match_indices("FaultKind::")) {
        let rest = &sources[at..sources.len().min(at + 200)];
        let Some(literal) = rest.split('"').nth(1).filter(|_| rest.contains("(\"")) else { continue };
        let is_code = literal.contains('-') && literal.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        assert!(!is_code || CODES.iter().any(|(code, _)| *code == literal), "{literal} is not listed");
    }
}
