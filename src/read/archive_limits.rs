//! The guard through which zips and workbooks are unpacked: every part is read
//! to its end in bounded memory and checked block by block, so that the reader
//! of workbooks, which checks neither damage nor bombs, meets none of them.

use super::source::{Bytes, Source, unreadable};
use crate::model::diagnostic::{At, Diagnostic, column_letters, shown};
use crate::read::overlay::Overlay;
use crate::read::xlsx::sheet_xml_check::{Cells, NEWER_ERROR, Odd};
use memchr::memmem;
use std::borrow::Cow;
use std::io::{self, Read};
use zip::read::HasZipMetadata as _;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

const MOST_ENTRIES: usize = 10_000;
const LARGEST_PART: u64 = (4 << 30) - 2;
const LARGEST_ALL: u64 = 8 << 30;
/// Shared strings are held in memory.
const LARGEST_STRINGS: u64 = 256 << 20;
/// The largest ratio of unpacked to packed size: beyond it a file is no export...
const LARGEST_RATIO: u64 = 100;
/// ...unless it unpacks to at most so many bytes, since a few repeated rows pack well.
const RATIO_AFTER: u64 = 32 << 20;
/// Excel knows 65,490 formats of cells.
const MOST_FORMATS: u64 = 200_000;
/// So much of a block is looked at again with the next, in case a mark is cut.
const OVERLAP: usize = 64;
/// So many hidden ranges of a sheet are named.
const MOST_RANGES: usize = 10;
const BLOCK: usize = 128 << 10;

/// A zip whose structure was checked; its parts were not read yet.
pub(super) struct Archive<'a> {
    path: &'a str,
    zip: ZipArchive<Box<dyn Source>>,
    size: u64,
    /// The unpacked size of the entries that were admitted, in bytes.
    admitted: u64,
}

/// An entry of the list of contents.
pub(super) struct Entry {
    pub(super) raw_name: Vec<u8>,
    pub(super) crc: u32,
    pub(super) size: u64,
}

/// The results of reading a part of a workbook.
#[derive(Debug, Default, Clone)]
pub(super) struct Told {
    /// The number of rows.
    pub(super) rows: u64,
    pub(super) formulas: u64,
    pub(super) merges: u64,
    /// True if the part asks that all formulas be calculated when the workbook is opened.
    pub(super) uncalculated: bool,
    /// Hidden rows and columns, as people name them.
    pub(super) hidden: Option<String>,
}

impl<'a> Archive<'a> {
    /// Opens a zip and checks its structure.
    pub(super) fn open(path: &'a str, bytes: &Bytes) -> Result<Self, Diagnostic> {
        let mut source = bytes.open().map_err(|error| unreadable(path, &error))?;
        let size = source.seek(io::SeekFrom::End(0)).map_err(|error| unreadable(path, &error))?;
        let mut zip = ZipArchive::new(source).map_err(|error| damaged(path, None, &error))?;
        if zip.len() > MOST_ENTRIES {
            return Err(bomb(path, format!("the zip holds {} entries; at most {MOST_ENTRIES} are taken", zip.len())));
        }
        if zip.has_duplicate_names() {
            let message = "two entries of the zip have the same name: it cannot be said which of them counts";
            let help = "pack the files again";
            return Err(Diagnostic::error("zip-duplicate-name", At::file(path), message, help));
        }
        if zip.validate_header_consistency().is_err() {
            zip = with_times_of_the_directory(zip, bytes).map_err(|error| damaged(path, None, &error))?;
        }
        Ok(Self { path, zip, size, admitted: 0 })
    }

    pub(super) fn len(&self) -> usize {
        self.zip.len()
    }

    /// Returns the name of an entry, and whether it is a folder.
    pub(super) fn name(&mut self, index: usize) -> Result<(String, bool), Diagnostic> {
        let path = self.path;
        let entry = self.zip.by_index_raw(index).map_err(|error| damaged(path, None, &error))?;
        let name = name_of(entry.name_raw());
        if entry.get_metadata().is_encrypted() {
            let message = format!("the entry {} is encrypted", shown(&name));
            return Err(Diagnostic::error(
                "zip-encrypted",
                At::file(path),
                message,
                "unpack it with its password first",
            ));
        }
        let folder = entry.is_dir();
        Ok((name, folder))
    }

    /// Takes note of what an entry promises to unpack to: refused before any
    /// of it is in memory, if it is beyond `limit` or what an export holds.
    pub(super) fn admit(&mut self, index: usize, limit: u64) -> Result<Entry, Diagnostic> {
        let (name, _) = self.name(index)?;
        let path = self.path;
        let entry = self.zip.by_index_raw(index).map_err(|error| damaged(path, None, &error))?;
        let method = entry.compression();
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            return Err(unread_method(path, &name, method));
        }
        let (packed, size) = (entry.compressed_size(), entry.size());
        let sum = self.admitted.saturating_add(size);
        let ratio = |size: u64, packed: u64| size > RATIO_AFTER && size / LARGEST_RATIO > packed;
        if size > limit.min(LARGEST_PART) || sum > LARGEST_ALL || ratio(size, packed) || ratio(sum, self.size) {
            return Err(too_large(path, &name, size, packed));
        }
        self.admitted = sum;
        Ok(Entry { raw_name: entry.name_raw().to_vec(), crc: entry.crc32(), size })
    }

    /// Reads an entry to its end, which checks its CRC, and shows it block by
    /// block, for as long as somebody looks. False where nobody did any more.
    pub(super) fn read(
        &mut self,
        index: usize,
        mut show: impl FnMut(&[u8]) -> Result<bool, Diagnostic>,
    ) -> Result<bool, Diagnostic> {
        let (name, _) = self.name(index)?;
        let path = self.path;
        let mut entry = self.zip.by_index(index).map_err(|error| damaged(path, Some(&name), &error))?;
        let (packed, promised) = (entry.compressed_size(), entry.size());
        let mut block = vec![0; BLOCK];
        let mut size = 0_u64;
        loop {
            let count = entry.read(&mut block).map_err(|error| damaged(path, Some(&name), &error.into()))?;
            if count == 0 {
                return Ok(true);
            }
            size += count as u64;
            // More than was promised is no export's.
            if size > promised {
                return Err(too_large(path, &name, size, packed));
            }
            if !show(&block[..count])? {
                return Ok(false);
            }
        }
    }
}

/// Returns the same zip with each entry's time as the directory has it: .NET writes
/// another one, 2 seconds off, before the entry itself. All else must agree.
fn with_times_of_the_directory(
    mut zip: ZipArchive<Box<dyn Source>>,
    bytes: &Bytes,
) -> Result<ZipArchive<Box<dyn Source>>, ZipError> {
    const TIME_IN_HEADER: u64 = 10;
    let mut times = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let entry = zip.by_index_raw(index)?;
        if let Some(time) = entry.last_modified() {
            let (time, date) = (time.timepart().to_le_bytes(), time.datepart().to_le_bytes());
            times.push((entry.header_start().saturating_add(TIME_IN_HEADER), [time, date].concat()));
        }
    }
    let source: Box<dyn Source> = Box::new(Overlay::new(bytes.open()?, times));
    let mut zip = ZipArchive::new(source)?;
    zip.validate_header_consistency()?;
    Ok(zip)
}

/// Returns true if a part, by its name in lower case, holds a sheet's cells.
pub(super) fn is_sheet(name: &str) -> bool {
    name.strip_suffix(".xml").is_some_and(|name| name.starts_with("xl/worksheets/"))
}

/// Returns true if it holds the shared texts.
fn holds_texts(name: &str) -> bool {
    name.ends_with("sharedstrings.xml")
}

/// Returns what it may unpack to.
pub(super) fn limit(name: &str) -> u64 {
    if holds_texts(name) { LARGEST_STRINGS } else { LARGEST_PART }
}

/// Reads a part of a workbook and hands on what was checked, for as long as it
/// is taken; `None` where it was not to the end.
pub(super) fn check_part(
    archive: &mut Archive<'_>,
    index: usize,
    mut hand_on: impl FnMut(&[u8]) -> bool,
) -> Result<Option<Told>, Diagnostic> {
    let (path, (name, _)) = (archive.path, archive.name(index)?);
    let lower = name.to_lowercase();
    let (mut scan, mut cells) = (Scan::default(), Cells::of(is_sheet(&lower) || holds_texts(&lower)));
    let is_xml = [".xml", ".rels", ".vml"].iter().any(|end| lower.ends_with(end));
    let mut odd = None;
    let whole = archive.read(index, |block| {
        scan.size += block.len() as u64;
        if is_xml {
            scan.feed(path, &name, block)?;
        }
        odd = odd.take().or_else(|| cells.feed(block).err());
        // What is odd may be damaged: then the checksum at the end says so.
        Ok(odd.is_some() || hand_on(block))
    })?;
    if !whole {
        return Ok(None);
    }
    if let Some(odd) = odd.or_else(|| cells.finish().err()) {
        return Err(odd_cell(path, &name, &odd));
    }
    scan.look(path, &name, true)?;
    if scan.promised.is_some_and(|promised| promised.saturating_mul(5) > scan.size) {
        let message = format!("the part {} promises more texts than it can hold", shown(&name));
        return Err(bomb(path, message));
    }
    let Cells { rows, formulas, merges, .. } = cells;
    let uncalculated = scan.uncalculated;
    Ok(Some(Told { rows, formulas, merges, uncalculated, hidden: hidden_in(&name, &cells) }))
}

/// Marks in one part, found while it streams by.
#[derive(Debug, Default)]
struct Scan {
    window: Vec<u8>,
    size: u64,
    formats: u64,
    /// The number of texts that the part states: the reader takes the memory at once.
    promised: Option<u64>,
    /// True if `fullCalcOnLoad` is set.
    uncalculated: bool,
}

impl Scan {
    fn feed(&mut self, path: &str, part: &str, block: &[u8]) -> Result<(), Diagnostic> {
        self.window.extend_from_slice(block);
        self.look(path, part, false)
    }

    /// Looks for marks; those that start in the overlap wait for the next block.
    fn look(&mut self, path: &str, part: &str, last: bool) -> Result<(), Diagnostic> {
        let until = if last { self.window.len() } else { self.window.len().saturating_sub(OVERLAP) };
        if found(&self.window, b"<!DOCTYPE", until).next().is_some() {
            let message = format!("the part {} declares a document type, which no workbook needs", shown(part));
            return Err(bomb(path, message));
        }
        self.formats += found(&self.window, b"<xf", until).filter(|end| is_end_of_name(*end)).count() as u64;
        for at in memmem::find_iter(&self.window, b"uniqueCount").take_while(|at| *at < until) {
            self.promised = self.promised.max(number_after(&self.window[at + b"uniqueCount".len()..]));
        }
        self.uncalculated |=
            memmem::find_iter(&self.window, b"fullCalcOnLoad").take_while(|at| *at < until).any(|at| {
                let value = self.window[at + b"fullCalcOnLoad".len()..].trim_ascii_start().strip_prefix(b"=");
                let value = value.map(<[u8]>::trim_ascii_start);
                value
                    .and_then(|value| value.get(1..))
                    .is_some_and(|value| value.starts_with(b"1") || value.starts_with(b"true"))
            });
        if self.formats > MOST_FORMATS {
            return Err(bomb(path, format!("the part {} holds more than {MOST_FORMATS} formats", shown(part))));
        }
        self.window.drain(..until);
        Ok(())
    }
}

/// Returns the bytes that follow each occurrence of a mark.
fn found<'a>(window: &'a [u8], mark: &'a [u8], until: usize) -> impl Iterator<Item = Option<u8>> + 'a {
    let places = memmem::find_iter(window, mark).take_while(move |at| *at < until);
    places.map(|at| window.get(at + mark.len()).copied())
}

fn is_end_of_name(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| matches!(byte, b' ' | b'>' | b'/' | b'\t' | b'\r' | b'\n'))
}

/// Returns the number in `="123"`; one too large for u64 counts as the largest.
fn number_after(bytes: &[u8]) -> Option<u64> {
    let rest = bytes.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'"))?;
    let digits: Vec<u8> = rest.iter().copied().take_while(u8::is_ascii_digit).collect();
    let text = String::from_utf8(digits).ok().filter(|text| !text.is_empty())?;
    Some(text.parse().unwrap_or(u64::MAX))
}

/// Returns the name of an entry: UTF-8, else GB18030, which is what Chinese Windows
/// writes. One that is neither is shown byte by byte.
fn name_of(raw: &[u8]) -> String {
    let utf8 = std::str::from_utf8(raw).ok().map(str::to_owned);
    let gb = || encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(raw).map(Cow::into_owned);
    utf8.or_else(gb).unwrap_or_else(|| raw.escape_ascii().to_string())
}

fn odd_cell(path: &str, part: &str, odd: &Odd) -> Diagnostic {
    let place = if odd.cell.is_empty() { String::new() } else { format!("cell {} of ", shown(&odd.cell)) };
    if odd.what == NEWER_ERROR {
        let message = format!("{place}{} holds {}", shown(sheet_of(part)), odd.what);
        let help = "mend the formula in Excel, or export the file again: an export holds no formulas";
        return Diagnostic::error("excel-error-cell", At::file(path), message, help);
    }
    let message = format!("{place}{} has {}, which Excel does not write", shown(sheet_of(part)), odd.what);
    let help =
        "a program other than Excel wrote or changed the file; open it in Excel, check the cell and save it again";
    Diagnostic::error("excel-odd-cell", At::file(path), message, help)
}

/// `sheet1` of `xl/worksheets/sheet1.xml`.
fn sheet_of(part: &str) -> &str {
    let name = part.rsplit('/').next().unwrap_or(part);
    name.strip_suffix(".xml").unwrap_or(name)
}

/// Returns the hidden rows and columns of a sheet, as ranges.
fn hidden_in(part: &str, cells: &Cells) -> Option<String> {
    let letters = |column: u32| column_letters(column.saturating_sub(1) as usize);
    let columns = cells.hidden_columns.iter().map(|(first, last)| range("column", &letters(*first), &letters(*last)));
    let rows = cells.hidden_rows.chunk_by(|a, b| a + 1 == *b);
    let rows = rows.filter_map(|run| Some(range("row", &run.first()?.to_string(), &run.last()?.to_string())));
    let all: Vec<String> = columns.chain(rows).collect();
    let more = all.len().saturating_sub(MOST_RANGES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let shown: Vec<&str> = all.iter().take(MOST_RANGES).map(String::as_str).collect();
    (!all.is_empty()).then(|| format!("{}: {}{more}", sheet_of(part), shown.join(", ")))
}

fn range(what: &str, first: &str, last: &str) -> String {
    if first == last { format!("{what} {first}") } else { format!("{what}s {first} to {last}") }
}

fn unread_method(path: &str, name: &str, method: CompressionMethod) -> Diagnostic {
    let message = format!("the entry {} is compressed by a method that is not read ({method})", shown(name));
    Diagnostic::error("zip-method", At::file(path), message, "pack it again as plain zip (Deflate)")
}

fn too_large(path: &str, name: &str, size: u64, packed: u64) -> Diagnostic {
    bomb(path, format!("the entry {} unpacks to {size} bytes or more from {packed}", shown(name)))
}

fn bomb(path: &str, message: String) -> Diagnostic {
    let help = "this does not come from an export; get the file again from the console";
    Diagnostic::error("zip-bomb", At::file(path), message, help)
}

fn damaged(path: &str, part: Option<&str>, error: &ZipError) -> Diagnostic {
    let part = part.map(|part| format!(", at its entry {}", shown(part))).unwrap_or_default();
    let message = format!("the file is damaged or cut short{part}: {}", in_plain_words(error));
    Diagnostic::error("zip-damaged", At::file(path), message, "get the file again; compare its size with the original")
}

/// Returns what is wrong with a zip, for people.
fn in_plain_words(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        ZipError::Io(error) if error.to_string().to_lowercase().contains("checksum") => {
            "its bytes are not those that its checksum was made of".to_owned()
        }
        ZipError::Io(error) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
            "what is packed in it cannot be unpacked".to_owned()
        }
        ZipError::Io(error) => format!("it cannot be read to its end ({})", error.kind()),
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            "it is packed in a way that is not known".to_owned()
        }
        _ => "its list of contents is broken".to_owned(),
    }
}
