//! The bytes of an input: what may be opened, from where it is read, and its
//! digests.

use super::InputFile;
use crate::digest::{Digests, Hasher};
use crate::model::diagnostic::{At, Diagnostic};
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::PathBuf;
use std::sync::Arc;

/// Where the bytes of a file are: on disk, or in memory for the member of a zip.
#[derive(Debug, Clone)]
pub(super) enum Bytes {
    /// A file of its own.
    File(PathBuf),
    /// The member of a zip, unpacked.
    Memory(Arc<[u8]>),
}

/// Bytes that can be read from any place.
pub(super) trait Source: Read + Seek + Send {}
impl<T: Read + Seek + Send> Source for T {}

impl Bytes {
    /// Starts reading at the first byte.
    pub(super) fn open(&self) -> io::Result<Box<dyn Source>> {
        Ok(match self {
            Self::File(path) => Box::new(File::open(path)?),
            Self::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }

    /// Returns the first bytes, at most `limit`.
    pub(super) fn start(&self, limit: u64) -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        self.open()?.take(limit).read_to_end(&mut start)?;
        Ok(start)
    }

    /// Returns the digests of all bytes.
    pub(super) fn digests(&self, with_sha256: bool) -> io::Result<Digests> {
        let mut hasher = Hasher::new(with_sha256);
        let mut source = self.open()?;
        let mut block = vec![0; 1 << 18];
        loop {
            match source.read(&mut block)? {
                0 => return Ok(hasher.finish()),
                count => hasher.update(&block[..count]),
            }
        }
    }
}

/// A failure of the system while a file is read, as a finding.
pub(super) fn unreadable(path: &str, error: &io::Error) -> Diagnostic {
    let help = "check that the file is there, that it may be read, and that the disk is in order";
    Diagnostic::error("file-unreadable", At::file(path), format!("the file cannot be read: {error}"), help)
}

/// Refuses what is not a plain file with something in it, before it is opened:
/// opening a FIFO would wait for ever.
pub(super) fn refuse_before_open(file: &InputFile) -> Option<Diagnostic> {
    let at = At::file(&file.path);
    let meta = match std::fs::metadata(&file.location) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound && file.location.is_symlink() => {
            let help = "restore the file that the link names, or remove the link";
            let message = "the link leads nowhere: the file that it names is not there";
            return Some(Diagnostic::error("file-dangling-link", at, message, help));
        }
        Err(error) => return Some(unreadable(&file.path, &error)),
    };
    if !meta.is_file() {
        let kind = if meta.is_dir() { "a folder" } else { "a device, pipe or socket" };
        let help = "put the exported file itself here";
        return Some(Diagnostic::error("file-not-plain", at, format!("{kind}, where a file is expected"), help));
    }
    let name = file.location.file_name().map(|name| name.to_string_lossy().into_owned());
    if name.is_some_and(|name| name.starts_with("~$")) {
        let message = "a lock file that Excel leaves while a workbook is open; it holds no figures";
        return Some(Diagnostic::error(
            "excel-lock-file",
            at,
            message,
            "close the workbook in Excel, or delete this file",
        ));
    }
    (meta.len() == 0).then(|| empty(&file.path))
}

/// Returns a file of zero bytes.
pub(super) fn empty(path: &str) -> Diagnostic {
    Diagnostic::error("file-empty", At::file(path), "the file is empty (0 bytes)", "export it again")
}
