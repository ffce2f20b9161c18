//! Finds the kind of a workbook by what it holds, not by its name.

use super::xlsx::validated_archive::Unpacked;
use super::{Opened, ReadOptions, TableIds, xls, xlsx};
use crate::model::diagnostic::{At, Diagnostic};
use crate::read::sniff::OLD_CONTAINER;
use crate::read::source::{Bytes, unreadable};
use memchr::memmem;
use std::sync::Arc;

/// So much of a file is looked at.
const START: u64 = 1 << 20;

/// Reads a workbook of any kind.
pub(super) fn open(path: &str, bytes: &Bytes, ids: &mut TableIds<'_>, options: &ReadOptions) -> Opened {
    let mut opened = Opened::of(path);
    match bytes.digests(options.sha256) {
        Ok(digests) => opened.digests = digests,
        Err(error) => return opened.refuse(unreadable(path, &error)),
    }
    let start = match bytes.start(START) {
        Ok(start) => start,
        Err(error) => return opened.refuse(unreadable(path, &error)),
    };
    if start.starts_with(&OLD_CONTAINER) {
        if is_encrypted(&start) {
            let message = "the workbook is encrypted with a password";
            let help = "open it in Excel and save it without a password";
            return opened.refuse(Diagnostic::error("excel-encrypted", At::file(path), message, help));
        }
        return xls::open(opened, bytes, ids, options);
    }
    if !start.starts_with(b"PK") {
        let message = format!("the file is named like a workbook, but it is {}", kind_of(&start));
        let help = "export it again as .xlsx or .csv; a table in another format needs that format's ending";
        return opened.refuse(Diagnostic::error("excel-not-a-workbook", At::file(path), message, help));
    }
    let unpacked = match Unpacked::open(path, bytes, options.late) {
        Ok(unpacked) => unpacked,
        Err(diagnostic) => return opened.refuse(diagnostic),
    };
    if unpacked.has("xl/workbook.bin") {
        // The reader of such workbooks opens the file itself.
        return match unpacked.finish() {
            Ok(_) => xls::open(opened, bytes, ids, options),
            Err(diagnostic) => opened.refuse(diagnostic),
        };
    }
    xlsx::open(opened, ids, &Arc::new(unpacked))
}

/// An encrypted workbook is an old container with a stream of this name.
fn is_encrypted(start: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    memmem::find(start, &name).is_some()
}

/// True for a table of text that is named like a workbook, as many programs write it.
pub(super) fn is_text(bytes: &Bytes) -> bool {
    let Ok(start) = bytes.start(START) else { return false };
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&start).trim_ascii_start();
    if matches!(text.first(), None | Some(b'<' | b'{' | b'['))
        || start.starts_with(b"PK")
        || start.starts_with(&OLD_CONTAINER)
    {
        return false;
    }
    super::encoding::looks_like_a_table(&start)
}

/// Returns what a file that is no workbook is, for people.
fn kind_of(start: &[u8]) -> &'static str {
    if let [0x09, 0x00 | 0x02 | 0x04, 0x04 | 0x06, 0x00, ..] = start {
        return "a workbook of Excel 2, 3 or 4, which is not read";
    }
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    let lower = start[..start.len().min(512)].to_ascii_lowercase();
    match start.first() {
        Some(b'<') if memmem::find(&lower, b"<html").is_some() || lower.starts_with(b"<table") => "a web page (HTML)",
        Some(b'<') if memmem::find(&lower, b"office:spreadsheet").is_some() => {
            "an XML spreadsheet of 2003, which is not read"
        }
        Some(b'<') if memmem::find(&lower, b"opendocument").is_some() => {
            "a flat OpenDocument spreadsheet, which is not read"
        }
        Some(b'<') => "XML or a web page",
        Some(b'{' | b'[') => "JSON, perhaps an error message of the console",
        Some(_) if std::str::from_utf8(&lower).is_ok() => "text, perhaps CSV",
        _ => "something else",
    }
}
