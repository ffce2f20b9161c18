//! Which encoding a text file is in, decided over the whole file, and its
//! text as UTF-8, block by block.
//!
//! A byte-order mark decides; else strict UTF-8; else strict GB18030. No byte
//! is ever replaced: what cannot be decoded is refused. Text is decoded
//! before it is split, since the second byte of a GB18030 character may look
//! like a digit or a letter.

use super::Encoding;
use super::source::{Bytes, Source, unreadable};
use crate::digest::{Digests, Hasher};
use crate::model::diagnostic::{At, Diagnostic};
use encoding_rs::{Decoder, DecoderResult, GB18030, UTF_16BE, UTF_16LE};
use std::io::{self, Read};

/// The size of the blocks in which a file is surveyed.
const BLOCK: usize = 1 << 20;
/// So much of a file shows whether it is UTF-16 without a mark; an even number.
const SAMPLE: u64 = 4096;

/// The results of a pass over a whole text file.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) digests: Digests,
    /// The decoding of its bytes, or the reason to refuse it.
    pub(super) decoding: Result<Decoding, Diagnostic>,
    /// The number of lines.
    pub(super) lines: u64,
}

/// The decoding of bytes to text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decoding {
    pub(super) encoding: Encoding,
    /// The length of the byte-order mark.
    pub(super) mark: u64,
}

/// A place in a file where reading stopped.
#[derive(Debug)]
pub(super) enum TextFault {
    Io(io::Error),
    /// A sequence of bytes that the encoding does not know starts here.
    Malformed(u64),
}

impl Encoding {
    /// Its name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Gb18030 => "GB18030",
        }
    }

    fn decoder(self) -> Option<Decoder> {
        match self {
            Self::Utf8 => None,
            Self::Utf16Le => Some(UTF_16LE.new_decoder_without_bom_handling()),
            Self::Utf16Be => Some(UTF_16BE.new_decoder_without_bom_handling()),
            Self::Gb18030 => Some(GB18030.new_decoder_without_bom_handling()),
        }
    }

    /// Returns the encoding that a byte-order mark names, and the mark's length.
    fn marked(start: &[u8]) -> Option<(Self, u64)> {
        match start {
            [0xEF, 0xBB, 0xBF, ..] => Some((Self::Utf8, 3)),
            [0xFF, 0xFE, ..] => Some((Self::Utf16Le, 2)),
            [0xFE, 0xFF, ..] => Some((Self::Utf16Be, 2)),
            _ => None,
        }
    }
}

/// Returns the order of bytes of UTF-16 without a mark: the half of its digits, commas
/// and line ends that is NUL stands nearly always first, or nearly always second.
fn unmarked_utf16(start: &[u8]) -> Option<Encoding> {
    let nul = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nul(0), nul(1));
    let enough = start.len().is_multiple_of(2) && even + odd >= 8 && (even + odd) * 10 > start.len();
    // A few characters end in a NUL themselves: 开 is 5F00.
    match (even, odd) {
        _ if !enough => None,
        (few, many) if few * 16 <= many => Some(Encoding::Utf16Le),
        (many, few) if few * 16 <= many => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// True for the start of a text in rows of several fields, in any encoding that is read.
pub(super) fn looks_like_a_table(start: &[u8]) -> bool {
    let encoding = Encoding::marked(start)
        .map(|(encoding, _)| encoding)
        .or_else(|| unmarked_utf16(&start[..start.len().min(4096) & !1]));
    let wide = matches!(encoding, Some(Encoding::Utf16Le | Encoding::Utf16Be));
    let plain: Vec<u8> = start.iter().copied().filter(|byte| !wide || *byte != 0).collect();
    // Controls are no text; of UTF-16 half a character may look like one.
    let controls = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    (wide || !plain.iter().any(controls)) && plain.iter().any(|byte| matches!(byte, b',' | b'\t' | b';'))
}

impl Decoding {
    /// Its name, for people.
    pub(super) fn name(self) -> String {
        let mark = if self.mark > 0 { " with byte-order mark" } else { "" };
        format!("{}{mark}", self.encoding.name())
    }
}

/// Reads a text file once: its digests, its encoding, its number of lines. A file
/// that is not UTF-8 is read once more.
pub(super) fn survey(
    path: &str,
    bytes: &Bytes,
    forced: Option<Encoding>,
    with_sha256: bool,
) -> Result<Survey, Diagnostic> {
    let first = Utf8Pass::run(bytes, with_sha256).map_err(|error| unreadable(path, &error))?;
    let start = bytes.start(SAMPLE).map_err(|error| unreadable(path, &error))?;
    let marked = Encoding::marked(&start).or_else(|| unmarked_utf16(&start).map(|encoding| (encoding, 0)));
    let mark = |encoding| marked.filter(|(named, _)| *named == encoding).map_or(0, |(_, length)| length);
    let encoding = match (forced, marked) {
        (Some(encoding), _) | (None, Some((encoding, _))) => encoding,
        (None, None) if first.malformed.is_some() => Encoding::Gb18030,
        (None, None) => Encoding::Utf8,
    };
    let decoding = Decoding { encoding, mark: mark(encoding) };
    let mut survey = Survey { digests: first.digests.clone(), decoding: Ok(decoding), lines: first.lines.count() };
    if encoding == Encoding::Utf8 {
        survey.decoding = first.verdict(path).map_or(Ok(decoding), Err);
        return Ok(survey);
    }
    let guessed = forced.is_none() && marked.is_none();
    if guessed && let Some(diagnostic) = first.looks_like_utf8(path, bytes).map_err(|error| unreadable(path, &error))? {
        survey.decoding = Err(diagnostic);
        return Ok(survey);
    }
    match strict_pass(path, bytes, decoding, guessed.then_some(&first)) {
        Ok(lines) => survey.lines = lines,
        Err(diagnostic) => survey.decoding = Err(diagnostic),
    }
    Ok(survey)
}

/// Lines, counted by their ends.
#[derive(Debug, Default)]
struct Lines {
    newlines: u64,
    returns: u64,
    /// True if the text seen so far ends within a line.
    open: bool,
}

impl Lines {
    fn add(&mut self, block: &[u8]) {
        self.newlines += memchr::memchr_iter(b'\n', block).count() as u64;
        self.returns += memchr::memchr_iter(b'\r', block).count() as u64;
        self.open = block.last().map_or(self.open, |last| !matches!(last, b'\n' | b'\r'));
    }

    /// Returns the line that the next byte is on.
    fn current(&self) -> u64 {
        1 + if self.newlines > 0 { self.newlines } else { self.returns }
    }

    fn count(&self) -> u64 {
        self.current() - u64::from(!self.open)
    }
}

/// The first pass: digests, strict UTF-8, NUL.
#[derive(Debug, Default)]
struct Utf8Pass {
    digests: Digests,
    lines: Lines,
    /// Line, offset and value of the first byte that is not UTF-8.
    malformed: Option<(u64, u64, u8)>,
    /// Line and offset of the first NUL.
    nul: Option<(u64, u64)>,
}

impl Utf8Pass {
    fn run(bytes: &Bytes, with_sha256: bool) -> io::Result<Self> {
        let (mut pass, mut hasher, mut source) = (Self::default(), Hasher::new(with_sha256), bytes.open()?);
        let (mut block, mut offset) = (Vec::with_capacity(BLOCK + 4), 0_u64);
        loop {
            let carried = block.len();
            let read = source.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
            hasher.update(&block[carried..]);
            let used = pass.check(&block, offset, read == 0);
            pass.lines.add(&block[..used]);
            block.drain(..used);
            offset += used as u64;
            if read == 0 {
                break;
            }
        }
        pass.digests = hasher.finish();
        Ok(pass)
    }

    /// Checks a block; returns how much of it is dealt with (a character that
    /// is cut by the block's end waits for the next).
    fn check(&mut self, block: &[u8], offset: u64, last: bool) -> usize {
        if self.nul.is_none()
            && let Some(at) = memchr::memchr(0, block)
        {
            self.nul = Some((self.line_at(&block[..at]), offset + at as u64));
        }
        match std::str::from_utf8(block) {
            Err(error) if error.error_len().is_none() && !last => error.valid_up_to(),
            Err(error) if self.malformed.is_none() => {
                let at = error.valid_up_to();
                self.malformed = Some((self.line_at(&block[..at]), offset + at as u64, block[at]));
                block.len()
            }
            _ => block.len(),
        }
    }

    fn line_at(&self, before: &[u8]) -> u64 {
        let mut lines = Lines { ..self.lines };
        lines.add(before);
        lines.current()
    }

    /// Why the file is not UTF-8 text, if it is not.
    fn verdict(&self, path: &str) -> Option<Diagnostic> {
        if let Some((line, offset, byte)) = self.malformed {
            let message = format!("byte 0x{byte:02X} at offset {offset} (line {line}) is not UTF-8");
            return Some(Diagnostic::error("encoding-invalid", at(path, line), message, ENCODING_HELP));
        }
        self.nul.map(|(line, offset)| nul(path, line, Some(offset)))
    }

    /// Returns a file that is mostly good UTF-8 is damaged or mixed UTF-8. Read as
    /// GB18030 it would be taken, and every Chinese word in it would be another.
    fn looks_like_utf8(&self, path: &str, bytes: &Bytes) -> io::Result<Option<Diagnostic>> {
        let Some((line, offset, byte)) = self.malformed else { return Ok(None) };
        let (mut wide, mut invalid, mut source) = (0_u64, 0_u64, bytes.open()?);
        let mut block = Vec::with_capacity(BLOCK);
        while source.by_ref().take(BLOCK as u64).read_to_end(&mut block)? > 0 {
            for chunk in block.utf8_chunks() {
                wide += chunk.valid().chars().filter(|character| character.len_utf8() >= 3).count() as u64;
                invalid += u64::from(!chunk.invalid().is_empty());
            }
            block.clear();
        }
        Ok((wide * 4 > invalid).then(|| {
            let message = format!(
                "byte 0x{byte:02X} at offset {offset} (line {line}) is not UTF-8, though {wide} characters of the file \
                 are: the file is damaged, cut within a character, or put together from two encodings"
            );
            Diagnostic::error("encoding-mixed", at(path, line), message, ENCODING_HELP)
        }))
    }
}

const ENCODING_HELP: &str = "export the file again as UTF-8; if its encoding is known, name it: --encoding utf-8, utf-16le, utf-16be or gb18030";

fn at(path: &str, line: u64) -> At {
    let at = At::file(path);
    u32::try_from(line).map_or(at.clone(), |line| at.row(line))
}

fn nul(path: &str, line: u64, offset: Option<u64>) -> Diagnostic {
    let offset = offset.map(|offset| format!(" at offset {offset}")).unwrap_or_default();
    let message =
        format!("a NUL byte{offset} (line {line}): this is no text file, or UTF-16 without a byte-order mark");
    let help = "export the file again as CSV in UTF-8; for UTF-16 name it: --encoding utf-16le";
    Diagnostic::error("text-nul", at(path, line), message, help)
}

/// Decodes the whole file and throws the text away: its number of lines, or
/// the first place that cannot be decoded.
fn strict_pass(path: &str, bytes: &Bytes, decoding: Decoding, guessed: Option<&Utf8Pass>) -> Result<u64, Diagnostic> {
    let mut text = Text::open(bytes, decoding).map_err(|error| unreadable(path, &error))?;
    let (mut lines, mut block) = (Lines::default(), Vec::new());
    loop {
        block.clear();
        let filled = text.fill(&mut block, BLOCK);
        if let Some(zero) = memchr::memchr(0, &block) {
            lines.add(&block[..zero]);
            return Err(nul(path, lines.current(), None));
        }
        lines.add(&block);
        match filled {
            Ok(true) => {}
            Ok(false) => return Ok(lines.count()),
            Err(TextFault::Io(error)) => return Err(unreadable(path, &error)),
            Err(TextFault::Malformed(offset)) => {
                let line = lines.current();
                let also = guessed.and_then(|pass| pass.malformed).map_or(String::new(), |(line, offset, byte)| {
                    format!(", and byte 0x{byte:02X} at offset {offset} (line {line}) is not UTF-8")
                });
                let message =
                    format!("the bytes at offset {offset} (line {line}) are not {}{also}", decoding.encoding.name());
                return Err(Diagnostic::error("encoding-invalid", at(path, line), message, ENCODING_HELP));
            }
        }
    }
}

/// A file's text as UTF-8, without its byte-order mark.
pub(super) struct Text {
    source: Box<dyn Source>,
    decoder: Option<Decoder>,
    /// Bytes that are read and not yet decoded.
    raw: Vec<u8>,
    offset: u64,
    ended: bool,
}

impl Text {
    pub(super) fn open(bytes: &Bytes, decoding: Decoding) -> io::Result<Self> {
        let mut source = bytes.open()?;
        source.seek(io::SeekFrom::Start(decoding.mark))?;
        let decoder = decoding.encoding.decoder();
        Ok(Self { source, decoder, raw: Vec::new(), offset: decoding.mark, ended: false })
    }

    /// Adds about `want` bytes of text to `out`; false when the text has ended.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>, want: usize) -> Result<bool, TextFault> {
        let Some(decoder) = &mut self.decoder else {
            let read = self.source.by_ref().take(want as u64).read_to_end(out).map_err(TextFault::Io)?;
            return Ok(read == want);
        };
        let mut end = out.len();
        let full = end + want;
        out.resize(full, 0);
        while !self.ended && full - end > 16 {
            if self.raw.is_empty() {
                let mut reader = self.source.by_ref().take((BLOCK / 4) as u64);
                reader.read_to_end(&mut self.raw).map_err(TextFault::Io)?;
            }
            let last = self.raw.is_empty();
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(&self.raw, &mut out[end..full], last);
            self.raw.drain(..read);
            self.offset += read as u64;
            end += written;
            match result {
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => break,
                DecoderResult::Malformed(length, behind) => {
                    out.truncate(end);
                    let back = u64::from(length) + u64::from(behind);
                    return Err(TextFault::Malformed(self.offset.saturating_sub(back)));
                }
            }
        }
        out.truncate(end);
        Ok(!self.ended)
    }
}
