//! A large file is not read to its end before its rows are: its digest, its
//! encoding and its number of lines are told when they were.

use crate::digest::Digests;
use crate::model::diagnostic::{At, Diagnostic, Diagnostics};
use crate::read::encoding::{Decoding, Survey, survey};
use crate::read::source::Bytes;
use crate::read::{Encoding, Late, maybe_cut};
use std::sync::OnceLock;

/// Smaller files are read to their end at once.
const LARGE: u64 = 32 << 20;
/// So much of the file must be UTF-8 for the rest to be taken for it.
const SAMPLE: u64 = 1 << 20;

/// The checks of a large text file, complete once it was read to its end.
#[derive(Debug)]
pub(super) struct LateText {
    path: String,
    bytes: Bytes,
    first: Decoding,
    told: OnceLock<Result<Survey, Diagnostic>>,
}

impl LateText {
    /// For a large file that begins as UTF-8; its rows show whether it goes on so.
    pub(super) fn of(path: &str, bytes: &Bytes, forced: Option<Encoding>) -> Option<Self> {
        let Bytes::File(location) = bytes else { return None };
        let size = std::fs::metadata(location).ok()?.len();
        if size < LARGE || forced.is_some() {
            return None;
        }
        let start = bytes.start(SAMPLE).ok()?;
        let valid = start.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
        if valid + 4 <= start.len() || memchr::memchr(0, &start).is_some() {
            return None;
        }
        let mark = if start.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let first = Decoding { encoding: Encoding::Utf8, mark };
        let (path, bytes) = (path.to_owned(), bytes.clone());
        Some(Self { path, bytes, first, told: OnceLock::new() })
    }

    /// Returns how it is decoded, as far as it is known.
    pub(super) fn decoding(&self) -> Decoding {
        match self.told.get() {
            Some(Ok(Survey { decoding: Ok(decoding), .. })) => *decoding,
            _ => self.first,
        }
    }

    pub(super) fn is_told(&self) -> bool {
        self.told.get().is_some()
    }

    /// Takes what reading the file to its end as UTF-8 told.
    pub(super) fn tell(&self, blake3: String, lines: u64) {
        let digests = Digests { blake3, sha256: None };
        let _ = self.told.set(Ok(Survey { digests, decoding: Ok(self.first), lines }));
    }

    /// Reads the file to its end, unless it was; an error where it cannot be decoded.
    pub(super) fn survey(&self) -> Result<(), Diagnostic> {
        match self.told.get_or_init(|| survey(&self.path, &self.bytes, None, false)) {
            Ok(Survey { decoding: Err(why), .. }) | Err(why) => Err(why.clone()),
            Ok(_) => Ok(()),
        }
    }
}

impl Late for LateText {
    fn finish(&self, read_as: &mut String) -> Diagnostics {
        let mut found = Diagnostics::default();
        if let Err(why) = self.survey() {
            found.push(why);
        }
        if let Some(Ok(survey)) = self.told.get() {
            if let Ok(decoding) = &survey.decoding {
                *read_as = read_as.replacen(&self.first.name(), &decoding.name(), 1);
            }
            found.extend(maybe_cut(&At::file(&self.path), survey.lines));
        }
        found
    }

    fn blake3(&self) -> Option<&str> {
        // Without it there is an error among the findings.
        let surveyed = self.told.get().and_then(|told| told.as_ref().ok());
        Some(surveyed.map_or("", |survey| survey.digests.blake3.as_str()))
    }
}
