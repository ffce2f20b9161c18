//! Finds the kind of a file by its first bytes: a file that is named as one kind and is another is refused as what it
//! really is.

use memchr::memmem;
use zip::ZipArchive;

use super::source::Bytes;
use crate::model::diagnostic::{At, Diagnostic};

/// The first bytes of a file of Microsoft's older container.
pub(super) const OLD_CONTAINER: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
/// So much of a file is looked at.
const START: u64 = 64 << 10;

/// The kind of a file, for people, and the ending that would fit.
struct Kind {
    name: &'static str,
    ending: Option<&'static str>,
}

/// Refuses a text file, a response or a zip that is something else. A file
/// that cannot be read says nothing here: its reader will.
pub(super) fn other_than_named(path: &str, ending: Option<&str>, bytes: &Bytes) -> Option<Diagnostic> {
    let named = match ending? {
        "csv" | "tsv" | "txt" => "a table of text",
        "json" => "a response of the usage API (JSON)",
        "zip" => "a zip of files",
        _ => return None,
    };
    let start = bytes.start(START).ok()?;
    let kind = if named.starts_with("a zip") {
        is_workbook(bytes, &start).then_some(WORKBOOK)?
    } else {
        kind_of(bytes, &start, ending != Some("json"))?
    };
    let help = match kind.ending {
        Some(ending) => format!("give it the ending of what it is: .{ending}"),
        None => "export it again; the console offers CSV and Excel".to_owned(),
    };
    let message = format!("the file is named like {named}, but it is {}", kind.name);
    Some(Diagnostic::error("file-other-kind", At::file(path), message, help))
}

const WORKBOOK: Kind = Kind { name: "an Excel workbook", ending: Some("xlsx") };

/// Returns a zip with the entries of a workbook of its own: what it stores may be one too.
fn is_workbook(bytes: &Bytes, start: &[u8]) -> bool {
    let zip = || ZipArchive::new(bytes.open().ok()?).ok();
    let has = |zip: ZipArchive<_>| {
        ["xl/workbook.xml", "xl/workbook.bin"].iter().any(|name| zip.index_for_name(name).is_some())
    };
    start.starts_with(b"PK") && zip().is_some_and(has)
}

/// Returns what is no text file; JSON is none where a table is expected.
fn kind_of(bytes: &Bytes, start: &[u8], table: bool) -> Option<Kind> {
    let kind = |name, ending| Some(Kind { name, ending });
    if is_workbook(bytes, start) {
        return Some(WORKBOOK);
    }
    if start.starts_with(b"PK\x03\x04") {
        return kind("a zip", Some("zip"));
    }
    if start.starts_with(&OLD_CONTAINER) {
        return kind("an old Excel workbook, or one with a password", Some("xls"));
    }
    if start.starts_with(b"%PDF") {
        return kind("a PDF", None);
    }
    if start.starts_with(&[0x1F, 0x8B]) {
        return kind("packed with gzip; unpack it first", None);
    }
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    let lower = text[..text.len().min(512)].to_ascii_lowercase();
    let html =
        [&b"<html"[..], b"<!doctype html", b"<table", b"<body"].iter().any(|tag| memmem::find(&lower, tag).is_some());
    match text.first() {
        Some(b'<') if html => kind("a web page (HTML); perhaps the console had logged out", None),
        Some(b'<') if lower.starts_with(b"<?xml") => kind("XML", None),
        Some(b'{') if table => kind("JSON, perhaps an error message of the console", Some("json")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, bytes: &[u8]) -> Option<String> {
        let ending = path.rsplit_once('.').map(|(_, ending)| ending);
        let found = other_than_named(path, ending, &Bytes::Memory(bytes.into()))?;
        assert_eq!(found.code, "file-other-kind");
        Some(format!("{} {}", found.message, found.help))
    }

    #[test]
    fn a_file_is_called_what_it_is() {
        let mut book = rust_xlsxwriter::Workbook::new();
        book.add_worksheet();
        let book = book.save_to_buffer().unwrap();
        for (path, bytes, what) in [
            ("a.csv", book.as_slice(), "an Excel workbook give it the ending of what it is: .xlsx"),
            ("a.json", book.as_slice(), "an Excel workbook"),
            ("a.zip", book.as_slice(), "an Excel workbook"),
            ("a.csv", b"PK\x03\x04....".as_slice(), "a zip give it the ending of what it is: .zip"),
            ("a.csv", OLD_CONTAINER.as_slice(), ".xls"),
            ("a.csv", b"\xEF\xBB\xBF<!DOCTYPE html><html>".as_slice(), "a web page"),
            ("a.json", b"<html>".as_slice(), "a web page"),
            ("a.csv", b" {\"Response\":{}}".as_slice(), "JSON"),
            ("a.txt", b"%PDF-1.7".as_slice(), "a PDF"),
        ] {
            assert!(said(path, bytes).is_some_and(|said| said.contains(what)), "{path} {what}");
        }
        let mut stored = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let as_it_is = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        stored.start_file("usage.xlsx", as_it_is).unwrap();
        std::io::Write::write_all(&mut stored, &book).unwrap();
        assert_eq!(said("a.zip", &stored.finish().unwrap().into_inner()), None);
        assert_eq!(said("a.csv", b"a,b\n1,2\n"), None);
        assert_eq!(said("a.json", b"{\"Response\":{}}"), None);
        assert_eq!(said("a.zip", b"PK\x03\x04...."), None);
    }
}
