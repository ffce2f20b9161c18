//! Where a worker lays out the case of one account: a folder of its own, gone when it is dropped.

use std::fs::{self, DirBuilder, File};
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::error;
use crate::model::diagnostic::Diagnostic;

/// A folder that nobody else reads.
#[derive(Debug)]
pub struct Workplace(PathBuf);

/// A file of the case while it is written.
pub type Writing = BufWriter<File>;

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Diagnostic {
    move |why| {
        let message = format!("cannot be written: {why}");
        let help =
            "the files of one account lie there while it is rated: give it room, or name another place by TMPDIR";
        error("worker-workplace", &path.to_string_lossy(), message, help)
    }
}

impl Workplace {
    /// Returns a new one in the system's folder for such.
    pub fn new() -> Result<Self, Diagnostic> {
        let base = std::env::temp_dir();
        // A folder of this name is of a process that is dead: nobody else had this number.
        let path = base.join(format!("trtc-recon-{}", std::process::id()));
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) {
            fs::remove_dir_all(&path).map_err(failed(&path))?;
        }
        DirBuilder::new().mode(0o700).create(&path).map_err(failed(&path))?;
        Ok(Self(path))
    }

    /// Returns a path in it.
    #[must_use]
    pub fn at(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    /// Returns an empty case.
    pub fn case(&self, account: &[u8]) -> Result<PathBuf, Diagnostic> {
        let case = self.at("case");
        if case.exists() {
            fs::remove_dir_all(&case).map_err(failed(&case))?;
        }
        fs::create_dir_all(case.join("usage")).map_err(failed(&case))?;
        self.put("case/account.toml", account)?;
        Ok(case)
    }

    /// Returns a file.
    pub fn put(&self, path: &str, bytes: &[u8]) -> Result<(), Diagnostic> {
        let path = self.at(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed(parent))?;
        }
        fs::write(&path, bytes).map_err(failed(&path))
    }

    /// Returns a file that is written line by line.
    pub fn begin(&self, path: &str) -> Result<Writing, Diagnostic> {
        let path = self.at(path);
        Ok(BufWriter::new(File::create_new(&path).map_err(failed(&path))?))
    }

    /// Returns a line of such a file.
    pub fn line(&self, file: &mut Writing, line: &str) -> Result<(), Diagnostic> {
        file.write_all(line.as_bytes()).map_err(failed(&self.0))
    }

    /// Returns the end of such a file.
    pub fn end(&self, mut file: Writing) -> Result<(), Diagnostic> {
        file.flush().map_err(failed(&self.0))
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's folder for such.
        let _ = fs::remove_dir_all(&self.0);
    }
}
