//! A CSV file in blocks that start and end between two records, so that they
//! can be read side by side.

use super::scan::{Fault, FaultKind, Scanner, line_ends};
use super::{Csv, Dialect};
use crate::read::encoding::{Text, TextFault};

/// The size of a block. Two groups of at most [`super::MOST_AT_ONCE`] blocks
/// are in memory at a time.
const BLOCK: usize = 4 << 20;

/// Records, whole, in a row.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) text: String,
    /// The line on which it starts.
    pub(super) line: u32,
}

/// Why no further block can be had.
#[derive(Debug)]
pub(super) enum BlockFault {
    /// The file cannot be read, or no longer as it could be when it was opened.
    Text(TextFault),
    /// The next record cannot be read; with its text, cut.
    Record(Fault, String),
}

/// The blocks of a file, in order.
pub(super) struct Blocks {
    source: Text,
    rest: Vec<u8>,
    line: u32,
    dialect: Dialect,
    ended: bool,
}

impl Blocks {
    pub(super) fn open(csv: &Csv) -> Result<Self, BlockFault> {
        let mut source =
            Text::open(&csv.bytes, csv.decoding()).map_err(|error| BlockFault::Text(TextFault::Io(error)))?;
        let mut rest = Vec::new();
        let dialect = csv.dialect;
        let more = source.fill(&mut rest, BLOCK).map_err(BlockFault::Text)?;
        let line = if dialect.named > 0 { 2 } else { 1 };
        rest.drain(..dialect.named.min(rest.len()));
        Ok(Self { source, rest, line, dialect, ended: !more })
    }

    /// At most `count` blocks; with the fault that follows them, if one does.
    pub(super) fn group(&mut self, count: usize) -> (Vec<Block>, Option<BlockFault>) {
        let mut blocks = Vec::new();
        while blocks.len() < count {
            match self.next() {
                Ok(Some(block)) => blocks.push(block),
                Ok(None) => break,
                Err(fault) => return (blocks, Some(fault)),
            }
        }
        (blocks, None)
    }

    /// Returns the next block; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Block>, BlockFault> {
        while !self.ended && self.rest.len() < BLOCK {
            let want = BLOCK + 64 - self.rest.len();
            self.ended = !self.source.fill(&mut self.rest, want).map_err(BlockFault::Text)?;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let cut = if self.ended { self.rest.len() } else { self.cut()? };
        let rest = self.rest.split_off(cut);
        let bytes = std::mem::replace(&mut self.rest, rest);
        let line = self.line;
        self.line = u32::try_from(line_ends(&bytes))
            .ok()
            .and_then(|lines| line.checked_add(lines))
            .ok_or_else(|| record_fault(FaultKind::TooManyLines, line))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Block { text, line })),
            Err(_) => Err(BlockFault::Text(TextFault::Malformed(0))),
        }
    }

    fn cut(&self) -> Result<usize, BlockFault> {
        match cut_by_quotes(&self.rest) {
            Some(cut) => Ok(cut),
            None => self.cut_by_scanning(),
        }
    }

    /// Returns the end of the last whole record, found record by record: for texts in
    /// which quotes do not come in pairs.
    fn cut_by_scanning(&self) -> Result<usize, BlockFault> {
        let text = match std::str::from_utf8(&self.rest) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&self.rest[..error.valid_up_to()]).unwrap_or_default(),
        };
        let mut scanner = Scanner::new(text, self.line, self.dialect.delimiter);
        let mut cut = 0;
        let fault = loop {
            match scanner.record(|_, _| ()) {
                // A CR at the very end may be the first half of a CRLF.
                Ok(Some(_)) if scanner.position() < text.len() && scanner.ended_a_line() => cut = scanner.position(),
                Ok(_) => break Fault { kind: FaultKind::RecordTooLong, line: self.line, column: 0, start: 0 },
                Err(fault) => break fault,
            }
        };
        if cut > 0 {
            return Ok(cut);
        }
        let excerpt = text.chars().take(200).collect();
        Err(BlockFault::Record(fault, excerpt))
    }
}

fn record_fault(kind: FaultKind, line: u32) -> BlockFault {
    BlockFault::Record(Fault { kind, line, column: 0, start: 0 }, String::new())
}

/// Returns the end of the last line that does not lie within quotes: behind an even
/// number of quotes. Exact for a text in which quotes come in pairs; for any
/// other the block ends within quotes, and reading it says so.
fn cut_by_quotes(bytes: &[u8]) -> Option<usize> {
    let mut within = !memchr::memchr_iter(b'"', bytes).count().is_multiple_of(2);
    for at in memchr::memrchr3_iter(b'"', b'\n', b'\r', bytes) {
        match bytes[at] {
            b'"' => within = !within,
            _ if within => {}
            // A CR at the very end may be the first half of a CRLF, which must stay whole.
            b'\r' if at + 1 == bytes.len() || bytes[at + 1] == b'\n' => {}
            _ => return Some(at + 1),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_lies_behind_a_line_that_is_not_within_quotes() {
        assert_eq!(cut_by_quotes(b"a,b\nc,d\ne"), Some(8));
        assert_eq!(cut_by_quotes(b"a,b\n\"c\nd"), Some(4));
        assert_eq!(cut_by_quotes(b"a,\"b\nb\"\r\nc"), Some(9));
        assert_eq!(cut_by_quotes(b"a\r\nb\r"), Some(3));
        assert_eq!(cut_by_quotes(b"a\rb"), Some(2));
        assert_eq!(cut_by_quotes(b"\"a\nb"), None);
    }
}
