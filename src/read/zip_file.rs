//! Zips: every member is a file of its own. Members are unpacked in memory,
//! never to the disk, one zip at most [`LARGEST_MEMBERS`] bytes in all.

use super::archive_limits::Archive;
use super::source::{Bytes, empty, unreadable};
use super::{ENDINGS, Opened, ReadOptions, TableIds, left_out, open_bytes};
use crate::model::diagnostic::{At, Diagnostic, shown};

/// The members of one zip are in memory together.
const LARGEST_MEMBERS: u64 = 1 << 30;

/// Reads a zip: itself first (it has no tables), then its members in order.
pub(super) fn open(path: &str, bytes: &Bytes, ids: &mut TableIds<'_>, options: &ReadOptions) -> Vec<Opened> {
    let mut zip = Opened::of(path);
    match bytes.digests(options.sha256) {
        Ok(digests) => zip.digests = digests,
        Err(error) => return vec![zip.refuse(unreadable(path, &error))],
    }
    let members = match unpack(path, bytes) {
        Ok(members) => members,
        Err(diagnostic) => return vec![zip.refuse(diagnostic)],
    };
    let count = members.iter().filter(|(name, _)| is_read(name)).count();
    zip.read_as = if count == 1 { "zip, 1 member".to_owned() } else { format!("zip, {count} members") };
    if count == 0 {
        let help = "get the file again; if the period has no lines, take the file away";
        zip.diagnostics.push(Diagnostic::error(
            "zip-empty",
            At::file(path),
            "the zip holds no file that is read",
            help,
        ));
    }
    let mut all = vec![zip];
    for (name, content) in members {
        let member = format!("{path}/{name}");
        if !is_read(&name) {
            all[0].diagnostics.push(left_out(&member));
        } else if content.is_empty() {
            all.push(Opened::of(&member).refuse(empty(&member)));
        } else {
            all.extend(open_bytes(&member, &Bytes::Memory(content.into()), ids, options));
        }
    }
    all
}

pub(super) fn unpack(path: &str, bytes: &Bytes) -> Result<Vec<(String, Vec<u8>)>, Diagnostic> {
    let mut archive = Archive::open(path, bytes)?;
    let (mut members, mut left) = (Vec::new(), LARGEST_MEMBERS);
    for index in 0..archive.len() {
        let (name, folder) = archive.name(index)?;
        if let Some(diagnostic) = refuse_name(path, &name) {
            return Err(diagnostic);
        }
        if folder || is_of_the_packer(&name) {
            continue;
        }
        let mut content = Vec::new();
        archive.admit(index, left)?;
        archive.read(index, |block| {
            content.extend_from_slice(block);
            Ok(true)
        })?;
        left -= content.len() as u64;
        members.push((name, content));
    }
    Ok(members)
}

/// Members are never written to the disk, but a name that leads out of the
/// zip is no export's, and places in the report would lead astray.
fn refuse_name(path: &str, name: &str) -> Option<Diagnostic> {
    let odd = name.starts_with(['/', '\\'])
        || name.contains(['\0', '\\', ':'])
        || name.split('/').any(|part| part == ".." || part == ".");
    if odd {
        let message = format!("a member is named {}, which leads out of the zip", shown(name));
        return Some(Diagnostic::error(
            "zip-odd-name",
            At::file(path),
            message,
            "pack the files again, without folders",
        ));
    }
    if name.to_ascii_lowercase().ends_with(".zip") {
        let message = format!("the member {} is a zip itself", shown(name));
        return Some(Diagnostic::error("zip-nested", At::file(path), message, "unpack it and put its files here"));
    }
    None
}

/// What macOS and Windows add to folders; it holds no figures.
fn is_of_the_packer(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    name.split('/').any(|part| part == "__MACOSX")
        || file.starts_with('.')
        || file.eq_ignore_ascii_case("thumbs.db")
        || file.eq_ignore_ascii_case("desktop.ini")
}

/// Whether a member may hold a table, by its ending; the lock file of an open workbook holds none.
fn is_read(name: &str) -> bool {
    if name.rsplit('/').next().is_some_and(|file| file.starts_with("~$")) {
        return false;
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write as _};

    fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn read(bytes: &[u8]) -> Vec<Opened> {
        let mut next = 7;
        let options = ReadOptions::default();
        open("bills/p.zip", &Bytes::Memory(bytes.into()), &mut TableIds { next: &mut next }, &options)
    }

    fn code(opened: &[Opened]) -> &'static str {
        opened.iter().flat_map(|opened| opened.diagnostics.iter()).next().unwrap().code
    }

    #[test]
    fn members_are_files_of_their_own() {
        let json = br#"{"UsageKey":["Audio"],"UsageList":[]}"#;
        let opened = read(&zipped(&[("账单/a.csv", b"a,b\n1,2\n"), ("b.json", json), ("__MACOSX/a.csv", b"x")]));
        let paths: Vec<&str> = opened.iter().map(|opened| opened.path.as_str()).collect();
        assert_eq!(paths, ["bills/p.zip", "bills/p.zip/账单/a.csv", "bills/p.zip/b.json"]);
        assert_eq!(opened[0].read_as, "zip, 2 members");
        assert_eq!(opened[1].tables[0].id.0, 7);
        assert_eq!(opened[2].tables[0].id.0, 8);
        // SHA-256 of the member's own bytes.
        assert_eq!(opened[1].digests, Bytes::Memory(b"a,b\n1,2\n"[..].into()).digests(false).unwrap());
        assert!(opened.iter().all(|opened| opened.diagnostics.is_empty()));
    }

    #[test]
    fn what_a_packer_adds_and_what_is_no_table_is_left_out() {
        let members: [(&str, &[u8]); 7] = [
            ("账单/a.csv", b"a,b\n1,2\n"),
            ("账单/._a.csv", b"\0\x05\x16"),
            ("账单/__MACOSX/b.csv", b"x"),
            ("账单/.DS_Store", b"x"),
            ("Thumbs.db", b"x"),
            ("概览.PDF", b"%PDF"),
            ("~$a.xlsx", b"\x05me"),
        ];
        let opened = read(&zipped(&members));
        let paths: Vec<&str> = opened.iter().map(|opened| opened.path.as_str()).collect();
        assert_eq!(paths, ["bills/p.zip", "bills/p.zip/账单/a.csv"]);
        assert_eq!(code(&opened), "file-unknown-kind");
        assert_eq!(opened[0].read_as, "zip, 1 member");
    }

    /// The header of the only entry, and its line of the directory, with other bytes in both.
    fn with(at: usize, header: &[u8], directory: &[u8]) -> Vec<u8> {
        let mut bytes = zipped(&[("a.csv", b"a,b\n1,2\n")]);
        let line = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap() + 2;
        bytes[at..at + header.len()].copy_from_slice(header);
        bytes[line + at..line + at + directory.len()].copy_from_slice(directory);
        bytes
    }

    #[test]
    fn two_times_of_an_entry_are_no_damage() {
        // 10:00:00 and 10:00:02 of 2024-05-01.
        let opened = read(&with(10, &[0, 0x50, 0xA1, 0x58], &[1, 0x50, 0xA1, 0x58]));
        assert!(opened.len() == 2 && opened.iter().all(|opened| opened.diagnostics.is_empty()));
        // Two sizes are.
        assert_eq!(code(&read(&with(22, &[9], &[8]))), "zip-damaged");
    }

    #[test]
    fn a_method_that_is_not_read_is_named() {
        for (method, name) in [(12, "bzip2"), (14, "lzma"), (9, "deflate64")] {
            let opened = read(&with(8, &[method], &[method]));
            assert_eq!(code(&opened), "zip-method");
            let message = &opened[0].diagnostics.iter().next().unwrap().message;
            assert!(message.to_lowercase().contains(name), "{message}");
        }
    }

    #[test]
    fn odd_zips_are_refused() {
        assert_eq!(code(&read(&zipped(&[("../a.csv", b"a")]))), "zip-odd-name");
        assert_eq!(code(&read(&zipped(&[("/a.csv", b"a")]))), "zip-odd-name");
        assert_eq!(code(&read(&zipped(&[("a.zip", b"a")]))), "zip-nested");
        assert_eq!(code(&read(&zipped(&[]))), "zip-empty");
        assert_eq!(code(&read(&zipped(&[("a.csv", b"")]))), "file-empty");
        assert_eq!(code(&read(&zipped(&[("a.pdf", b"x")]))), "zip-empty");
        assert_eq!(code(&read(b"no zip")), "zip-damaged");
        let bomb = vec![b'0'; 64 << 20];
        assert_eq!(code(&read(&zipped(&[("a.csv", &bomb)]))), "zip-bomb");
        let many: Vec<String> = (0..10_001).map(|number| format!("{number}.csv")).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b"a"[..])).collect();
        assert_eq!(code(&read(&zipped(&many))), "zip-bomb");
    }

    #[test]
    fn two_members_of_one_name_are_refused() {
        let mut bytes = zipped(&[("a.csv", b"a,b\n1,2\n"), ("b.csv", b"a,b\n1,3\n")]);
        while let Some(at) = memchr::memmem::find(&bytes, b"b.csv") {
            bytes[at] = b'a';
        }
        assert_eq!(code(&read(&bytes)), "zip-duplicate-name");
    }

    #[test]
    fn encrypted_members_are_refused() {
        let mut bytes = zipped(&[("a.csv", b"a,b\n1,2\n")]);
        // The first bit of the flags, in the entry's own header and in the directory.
        let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
        bytes[6] |= 1;
        bytes[directory + 8] |= 1;
        assert_eq!(code(&read(&bytes)), "zip-encrypted");
    }

    #[test]
    fn names_may_be_in_gb18030() {
        let bytes = zipped(&[("abcd.csv", b"a,b\n1,2\n")]);
        let gb = encoding_rs::GB18030.encode("账单").0.into_owned();
        let mut renamed = bytes;
        while let Some(at) = memchr::memmem::find(&renamed, b"abcd") {
            renamed[at..at + 4].copy_from_slice(&gb);
        }
        assert_eq!(read(&renamed)[1].path, "bills/p.zip/账单.csv");
    }

    #[test]
    fn damage_is_found_by_its_crc() {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("a.csv", stored).unwrap();
        zip.write_all(b"a,b\n1,2\n").unwrap();
        let mut bytes = zip.finish().unwrap().into_inner();
        let at = memchr::memmem::find(&bytes, b"1,2").unwrap();
        bytes[at] = b'9';
        assert_eq!(code(&read(&bytes)), "zip-damaged");
    }
}
