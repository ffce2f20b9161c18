//! Facts of a file that are known only when its rows were read.

use super::Opened;
use crate::model::diagnostic::Diagnostics;
use std::fmt::Debug;

/// A file that was not read to its end when it was opened.
pub trait Late: Debug + Send + Sync {
    /// Reads it to its end, unless that was done: the findings that opening it
    /// would have had. What it was read as is mended, if need be.
    fn finish(&self, read_as: &mut String) -> Diagnostics;

    /// Returns the BLAKE3 of the file; `None` where it was known when the
    /// file was opened.
    fn blake3(&self) -> Option<&str>;
}

impl Opened {
    /// Reads the file to its end, if that was left for later.
    pub fn finish(&mut self) {
        if let Some(late) = self.late.take() {
            let found = late.finish(&mut self.read_as);
            self.diagnostics.extend(found);
            if let Some(blake3) = late.blake3() {
                blake3.clone_into(&mut self.digests.blake3);
            }
        }
    }
}
