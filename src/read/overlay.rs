//! Bytes of an input of which a few read as others.

use super::source::Source;
use std::io::{self, Read, Seek, SeekFrom};

/// A source with other bytes in a few places.
pub(super) struct Overlay {
    source: Box<dyn Source>,
    at: u64,
    /// Where the bytes begin, and what they read as.
    patches: Vec<(u64, Vec<u8>)>,
}

impl Overlay {
    pub(super) fn new(source: Box<dyn Source>, patches: Vec<(u64, Vec<u8>)>) -> Self {
        Self { source, at: 0, patches }
    }
}

impl Read for Overlay {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        let end = self.at + count as u64;
        for (from, bytes) in &self.patches {
            for (place, byte) in (*from..).zip(bytes).filter(|(place, _)| (self.at..end).contains(place)) {
                buffer[usize::try_from(place - self.at).map_err(io::Error::other)?] = *byte;
            }
        }
        self.at = end;
        Ok(count)
    }
}

impl Seek for Overlay {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.source.seek(to)?;
        Ok(self.at)
    }
}
