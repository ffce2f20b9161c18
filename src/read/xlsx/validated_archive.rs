//! A workbook as a zip whose parts are not packed: what its reader is given in
//! place of the file. Each part is unpacked once, by the guard, which hands
//! on what it has checked; a large sheet goes by in blocks, while it is read.

use super::part_repair::repaired;
use super::zip_layout::Layout;
use crate::model::diagnostic::Diagnostic;
use crate::read::archive_limits::{Archive, Entry, Told, check_part, is_sheet, limit};
use crate::read::source::Bytes;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Parts up to this size are kept in memory...
const SMALL: u64 = 1 << 20;
/// ...but no more of them than this.
const MOST_KEPT: u64 = 64 << 20;
/// So many blocks of a part may wait for its reader.
const WAITING: usize = 8;

/// A workbook whose structure was checked, and all its parts but for large sheets.
#[derive(Debug)]
pub(in crate::read) struct Unpacked {
    path: String,
    bytes: Bytes,
    parts: Vec<Part>,
    directory: Vec<u8>,
    /// Where the directory begins.
    behind: u64,
    told: Mutex<BTreeMap<usize, Result<Told, Diagnostic>>>,
}

/// A part, and where it stands.
#[derive(Debug)]
struct Part {
    /// Its place in the packed zip.
    index: usize,
    name: String,
    at: u64,
    header: Vec<u8>,
    kept: Option<Vec<u8>>,
}

impl Unpacked {
    /// Checks the structure of a workbook, and its parts. With `late` large
    /// sheets are checked when they are read.
    pub(in crate::read) fn open(path: &str, bytes: &Bytes, late: bool) -> Result<Self, Diagnostic> {
        let mut archive = Archive::open(path, bytes)?;
        let mut entries = Vec::new();
        for index in 0..archive.len() {
            let (name, folder) = archive.name(index)?;
            if folder {
                continue;
            }
            let name = name.to_lowercase().replace('\\', "/");
            entries.push((index, archive.admit(index, limit(&name))?, name));
        }
        let (mut layout, mut parts, mut told, mut left) = (Layout::default(), Vec::new(), BTreeMap::new(), MOST_KEPT);
        for (index, Entry { raw_name, mut crc, mut size }, name) in entries {
            let small = size <= SMALL.min(left);
            let (check, mut kept) = check_now(&mut archive, (index, &name), small, late)?;
            if let Some(content) = kept.as_deref().and_then(|content| repaired(&name, content)) {
                (crc, size) = (crc32fast::hash(&content), content.len() as u64);
                kept = Some(content);
            }
            left -= kept.as_ref().map_or(0, |content| content.len() as u64).min(left);
            told.extend(check.map(|check| (parts.len(), Ok(check))));
            let raw_name = with_slashes(raw_name);
            let (at, header) = layout.add(&raw_name, crc, size);
            parts.push(Part { index, name, at, header, kept });
        }
        let (behind, directory) = (layout.at, layout.end());
        let (path, bytes) = (path.to_owned(), bytes.clone());
        Ok(Self { path, bytes, parts, directory, behind, told: Mutex::new(told) })
    }

    /// Returns true if there is a part of a name.
    pub(in crate::read) fn has(&self, name: &str) -> bool {
        self.parts.iter().any(|part| part.name == name)
    }

    /// Returns true if all parts were read to their end.
    pub(in crate::read) fn is_told(&self) -> bool {
        self.lock().len() == self.parts.len()
    }

    /// Returns what the parts have told that were read to their end; an error where the guard refused one.
    pub(in crate::read) fn told(&self) -> Result<Vec<Told>, Diagnostic> {
        self.lock().values().cloned().collect()
    }

    /// Reads what was not read yet, and says what all parts have told.
    pub(in crate::read) fn finish(&self) -> Result<Vec<Told>, Diagnostic> {
        for place in 0..self.parts.len() {
            if !self.lock().contains_key(&place) {
                self.check(place, |_| true);
            }
        }
        self.told()
    }

    /// Checks a part and hands on its blocks, for as long as they are taken.
    fn check(&self, place: usize, show: impl FnMut(&[u8]) -> bool) {
        let mut archive = match Archive::open(&self.path, &self.bytes) {
            Ok(archive) => archive,
            Err(refused) => return drop(self.lock().insert(place, Err(refused))),
        };
        if let Some(told) = check_part(&mut archive, self.parts[place].index, show).transpose() {
            self.lock().insert(place, told);
        }
    }

    /// Returns the position of the part that a byte of the zip belongs to; `None` for its directory.
    fn part_at(&self, at: u64) -> Option<usize> {
        let place = self.parts.partition_point(|part| part.at <= at);
        place.checked_sub(1).filter(|_| at < self.behind)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Result<Told, Diagnostic>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks a part to its end, unless that is for later, and keeps it if it is small.
fn check_now(
    archive: &mut Archive<'_>,
    (index, name): (usize, &str),
    small: bool,
    late: bool,
) -> Result<(Option<Told>, Option<Vec<u8>>), Diagnostic> {
    if late && !small && is_sheet(name) {
        return Ok((None, None));
    }
    let mut content = Vec::new();
    let told = check_part(archive, index, |block| {
        if small {
            content.extend_from_slice(block);
        }
        true
    })?;
    Ok((told, small.then_some(content)))
}

/// Returns the name of an entry as Excel writes it; some programs write `\\` between folders.
fn with_slashes(raw_name: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(raw_name) {
        Ok(name) => name.replace('\\', "/").into_bytes(),
        Err(other) => other.into_bytes(),
    }
}

/// Reads the zip that is not packed.
pub(in crate::read) struct Unpacking {
    book: Arc<Unpacked>,
    at: u64,
    stream: Option<Stream>,
    /// True if parts are checked to their end although the reader leaves before.
    whole: bool,
    checks: Arc<Checks>,
}

/// The checks of parts that are under way.
#[derive(Debug, Default)]
pub(in crate::read) struct Checks(Mutex<Vec<JoinHandle<()>>>);

/// A part that goes by.
struct Stream {
    place: usize,
    at: u64,
    blocks: Receiver<Vec<u8>>,
    block: Vec<u8>,
    taken: usize,
}

impl Checks {
    /// Waits for their end; a check that panicked has passed nothing.
    pub(in crate::read) fn wait(&self) {
        let checks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for check in checks {
            check.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    }
}

impl Unpacking {
    pub(in crate::read) fn new(book: &Arc<Unpacked>, whole: bool) -> Self {
        Self { book: Arc::clone(book), at: 0, stream: None, whole, checks: Arc::default() }
    }

    /// Returns the checks that reading begins.
    pub(in crate::read) fn checks(&self) -> Arc<Checks> {
        Arc::clone(&self.checks)
    }

    /// Starts a part from its first byte.
    fn begin(&mut self, place: usize) -> io::Result<()> {
        let (send, blocks) = sync_channel(WAITING);
        let (book, whole) = (Arc::clone(&self.book), self.whole);
        let check = Builder::new().spawn(move || pass(&book, place, whole, &send))?;
        self.checks.0.lock().unwrap_or_else(PoisonError::into_inner).push(check);
        self.stream = Some(Stream { place, at: 0, blocks, block: Vec::new(), taken: 0 });
        Ok(())
    }

    /// Reads of a part that goes by.
    fn stream(&mut self, place: usize, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.stream.as_ref().is_some_and(|stream| stream.place == place && stream.at <= at) {
            self.begin(place)?;
        }
        let Some(stream) = &mut self.stream else { return Ok(0) };
        loop {
            if let Some(ahead) = usize::try_from(at - stream.at).ok().filter(|ahead| *ahead < stream.left()) {
                stream.take(ahead);
                let count = buffer.len().min(stream.left());
                buffer[..count].copy_from_slice(&stream.block[stream.taken..stream.taken + count]);
                stream.take(count);
                return Ok(count);
            }
            stream.take(stream.left());
            match stream.blocks.recv() {
                Ok(block) => (stream.block, stream.taken) = (block, 0),
                Err(_) if matches!(self.book.lock().get(&place), Some(Ok(_))) => return Ok(0),
                Err(_) => return Err(io::Error::other("the part was refused")),
            }
        }
    }
}

impl Stream {
    fn left(&self) -> usize {
        self.block.len() - self.taken
    }

    fn take(&mut self, count: usize) {
        self.taken += count;
        self.at += count as u64;
    }
}

/// Passes a part on to its reader.
fn pass(book: &Unpacked, place: usize, whole: bool, send: &SyncSender<Vec<u8>>) {
    let (mut listens, mut first) = (true, true);
    book.check(place, |block| {
        let other = if std::mem::take(&mut first) { repaired(&book.parts[place].name, block) } else { None };
        listens = listens && send.send(other.unwrap_or_else(|| block.to_vec())).is_ok();
        listens || whole
    });
}

impl Read for Unpacking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let copied = |from: &[u8], at: u64, buffer: &mut [u8]| {
            let rest = usize::try_from(at).ok().and_then(|at| from.get(at..)).unwrap_or_default();
            let count = rest.len().min(buffer.len());
            buffer[..count].copy_from_slice(&rest[..count]);
            count
        };
        let book = Arc::clone(&self.book);
        let count = match book.part_at(self.at) {
            None => copied(&book.directory, self.at.saturating_sub(book.behind), buffer),
            Some(place) => {
                let part = &book.parts[place];
                let (within, header) = (self.at - part.at, part.header.len() as u64);
                match &part.kept {
                    _ if within < header => copied(&part.header, within, buffer),
                    Some(content) => copied(content, within - header, buffer),
                    None => self.stream(place, within - header, buffer)?,
                }
            }
        };
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Unpacking {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.book.behind + self.book.directory.len() as u64;
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use zip::ZipArchive;

    fn packed(parts: &[(&str, Vec<u8>)]) -> Bytes {
        let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            new.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            io::Write::write_all(&mut new, content).unwrap();
        }
        Bytes::Memory(new.finish().unwrap().into_inner().into())
    }

    fn sheet(rows: u32) -> Vec<u8> {
        let row = |row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>{}</v></c></row>", row * 7919);
        (1..=rows).map(row).collect::<String>().into_bytes()
    }

    #[test]
    fn every_part_reads_as_it_was_packed() {
        let parts = [("a.xml", b"<a/>".to_vec()), ("xl/worksheets/sheet1.xml", sheet(60_000)), ("空", Vec::new())];
        let book = Arc::new(Unpacked::open("a.xlsx", &packed(&parts), true).unwrap());
        assert!(!book.is_told());
        let reader = Unpacking::new(&book, true);
        let checks = reader.checks();
        let mut zip = ZipArchive::new(reader).unwrap();
        for (name, content) in &parts {
            let mut read = Vec::new();
            zip.by_name(name).unwrap().read_to_end(&mut read).unwrap();
            assert!(read == *content, "{name}");
        }
        drop(zip);
        checks.wait();
        assert!(book.is_told());
        assert_eq!(book.told().unwrap().iter().map(|part| part.rows).sum::<u64>(), 60_000);
    }

    #[test]
    fn what_a_reader_leaves_is_checked_nevertheless() {
        let mut bad = sheet(60_000);
        bad.extend_from_slice(b"<c r=\"B9\"><v>1</v><v>2</v></c>");
        let book = Arc::new(Unpacked::open("a.xlsx", &packed(&[("xl/worksheets/sheet1.xml", bad)]), true).unwrap());
        for whole in [false, true] {
            let reader = Unpacking::new(&book, whole);
            let checks = reader.checks();
            let mut zip = ZipArchive::new(reader).unwrap();
            assert!(checks.0.lock().unwrap().is_empty());
            zip.by_index(0).unwrap().read_exact(&mut [0; 100]).unwrap();
            drop(zip);
            checks.wait();
            assert_eq!(book.told().is_err(), whole);
        }
        assert_eq!(book.finish().unwrap_err().code, "excel-odd-cell");
    }

    #[test]
    fn the_layout_goes_beyond_four_gib() {
        let mut layout = Layout::default();
        let size = u64::from(u32::MAX) - 1;
        let mut part = |name: &str| {
            let (at, header) = layout.add(name.as_bytes(), 0, size);
            Part { index: 0, name: name.to_owned(), at, header, kept: None }
        };
        let parts = ["one", "two", "three"].map(&mut part).into();
        let (behind, directory) = (layout.at, layout.end());
        let book = Unpacked {
            path: String::new(),
            bytes: Bytes::Memory(Arc::new([])),
            parts,
            directory,
            behind,
            told: Mutex::default(),
        };
        let mut zip = ZipArchive::new(Unpacking::new(&Arc::new(book), false)).unwrap();
        assert_eq!(zip.len(), 3);
        let last = zip.by_index_raw(2).unwrap();
        assert_eq!((last.size(), last.header_start()), (size, 2 * (size + 33)));
    }
}
