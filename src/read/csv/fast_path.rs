//! A CSV whose rows are alike, read once: its bytes are cut, folded and, if it
//! is large, hashed in one pass, and no row is looked at field by field.
//!
//! Only what is regular throughout is read in this way. At the first thing
//! that is not, nothing of it counts and the strict reader begins anew: it
//! alone refuses, and says why.

use super::row_template::Templates;
use super::scan::{Field, Scanner};
use super::{Csv, Picked};
use crate::digest::{PART, blake3_of_parts, hash_part};
use crate::read::row_buffer::Batch;
use crate::read::source::Source;
use crate::read::table::{Alike, Reading, Used, Width};
use blake3::hazmat::ChainingValue;
use rayon::prelude::*;
use std::io::{self, Read as _};
use std::ops::Range;

/// Why a file cannot be read in this way.
#[derive(Debug)]
struct Irregular;

/// The results of a pass over the whole file.
#[derive(Debug)]
pub(super) struct Told {
    /// The digest, where it was wanted.
    pub(super) blake3: Option<String>,
    pub(super) lines: u64,
}

/// Folds the file; `None` where it is not regular.
///
/// While blocks are hashed and read, those before them are absorbed and those
/// behind them fetched.
pub(super) fn fold<A: Send, Q, L, S, I>(
    csv: &Csv,
    used: &Used<'_>,
    width: Width,
    reading: &Reading<'_, Q, L, S, I>,
    hashed: bool,
    mut absorb: impl FnMut(&mut A) + Send,
) -> Option<Told>
where
    Q: Fn(&mut A, &Alike<'_>) -> bool + Sync,
    L: Fn(&mut A, usize) + Sync,
    S: Fn(&mut A, super::Row<'_>) + Sync,
    I: Fn() -> A + Sync,
{
    let mut blocks = Blocks::open(csv).ok()?;
    let mut parts = Vec::new();
    let at_once = rayon::current_num_threads().clamp(1, super::MOST_AT_ONCE);
    let worker = || Worker::new(csv, used, width, reading.free, (reading.init)());
    let workers = || (0..at_once).map(|_| worker()).collect::<Vec<_>>();
    let (mut workers, mut done) = (workers(), workers());
    let mut group = blocks.group(at_once).ok()?;
    while !group.is_empty() {
        let read = || {
            let each = workers.par_iter_mut().zip(&group).map(|(worker, block)| {
                let part = hashed.then(|| block.hash()).flatten();
                worker.block(block, reading).map(|()| part)
            });
            each.collect::<Result<Vec<_>, _>>()
        };
        let beside = || {
            for worker in &mut done {
                absorb(&mut worker.state);
            }
            blocks.group(at_once)
        };
        let (read, next) = rayon::join(read, beside);
        parts.extend(read.ok()?.into_iter().flatten());
        std::mem::swap(&mut workers, &mut done);
        blocks.spent.extend(std::mem::replace(&mut group, next.ok()?));
    }
    for worker in &mut done {
        absorb(&mut worker.state);
    }
    let lines = u64::from(blocks.line) - 1;
    let blake3 = if hashed { Some(blake3_of_parts(&parts)?) } else { None };
    Some(Told { blake3, lines })
}

/// A part of the file, with the start of its first line before it. Small
/// enough to stay in a core's cache while it is hashed and read.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    /// Where the part begins.
    part: usize,
    /// The part's place in the file.
    offset: u64,
    /// The whole lines.
    lines: Range<usize>,
    /// The number of the first line.
    first: u32,
}

impl Block {
    /// Hashes the part; `None` where the file ended before it.
    fn hash(&self) -> Option<ChainingValue> {
        let part = &self.bytes[self.part..];
        (!part.is_empty()).then(|| hash_part(part, self.offset))
    }
}

/// The file, cut behind line ends.
struct Blocks {
    source: Box<dyn Source>,
    /// The bytes read behind the last line end.
    rest: Vec<u8>,
    /// Where the next part begins in the file.
    offset: u64,
    line: u32,
    /// So many bytes at the start are no part of the table.
    skip: usize,
    ended: bool,
    /// Blocks that were read, to be used again.
    spent: Vec<Block>,
}

impl Blocks {
    fn open(csv: &Csv) -> io::Result<Self> {
        let mark = usize::try_from(csv.decoding().mark).map_err(io::Error::other)?;
        let line = if csv.dialect.named > 0 { 2 } else { 1 };
        let (source, skip) = (csv.bytes.open()?, mark + csv.dialect.named);
        Ok(Self { source, rest: Vec::new(), offset: 0, line, skip, ended: false, spent: Vec::new() })
    }

    fn group(&mut self, count: usize) -> Result<Vec<Block>, Irregular> {
        let mut group = Vec::with_capacity(count);
        while group.len() < count && !self.ended {
            group.push(self.next()?);
        }
        Ok(group)
    }

    fn next(&mut self) -> Result<Block, Irregular> {
        let mut bytes = self.spent.pop().unwrap_or_default().bytes;
        let part = self.rest.len();
        if part > PART / 2 {
            return Err(Irregular);
        }
        bytes.resize(part + PART, 0);
        bytes[..part].copy_from_slice(&self.rest);
        let filled = self.fill(&mut bytes, part).map_err(|_| Irregular)?;
        self.ended = filled < bytes.len();
        bytes.truncate(filled);
        let from = std::mem::take(&mut self.skip);
        let end = if self.ended { filled } else { memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1) };
        if end < from || (end == 0 && !self.ended) {
            return Err(Irregular);
        }
        self.rest.clear();
        self.rest.extend_from_slice(&bytes[end..]);
        let text = &bytes[from..end];
        let open = usize::from(text.last().is_some_and(|last| *last != b'\n'));
        let count = u32::try_from(memchr::memchr_iter(b'\n', text).count() + open).map_err(|_| Irregular)?;
        let block = Block { part, offset: self.offset, lines: from..end, first: self.line, bytes };
        self.line = self.line.checked_add(count).ok_or(Irregular)?;
        self.offset += PART as u64;
        Ok(block)
    }

    /// Reads until the buffer is full or the file has ended.
    fn fill(&mut self, buffer: &mut [u8], mut filled: usize) -> io::Result<usize> {
        while filled < buffer.len() {
            match self.source.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

/// The reader of blocks, one after the other.
struct Worker<'a, A> {
    used: &'a Used<'a>,
    width: Width,
    delimiter: u8,
    templates: Templates,
    fields: Vec<Field>,
    picked: Picked,
    batch: Batch,
    state: A,
}

impl<'a, A> Worker<'a, A> {
    fn new(csv: &Csv, used: &'a Used<'a>, width: Width, free: &[usize], state: A) -> Self {
        let delimiter = csv.dialect.delimiter;
        Self {
            used,
            width,
            delimiter,
            templates: Templates::new(free, delimiter),
            fields: Vec::new(),
            picked: Picked::new(used.columns),
            batch: Batch::default(),
            state,
        }
    }

    fn block<Q, L, S, I>(&mut self, block: &Block, reading: &Reading<'_, Q, L, S, I>) -> Result<(), Irregular>
    where
        Q: Fn(&mut A, &Alike<'_>) -> bool,
        L: Fn(&mut A, usize),
        S: Fn(&mut A, super::Row<'_>),
    {
        let (bytes, mut at, mut number) = (&block.bytes[..block.lines.end], block.lines.start, block.first);
        while at < bytes.len() {
            let found = self.templates.find(bytes, at, number);
            let known = found.is_some();
            let taken = found.filter(|(row, _)| (reading.quick)(&mut self.state, row));
            at = match taken {
                Some((_, end)) => end,
                None => self.strictly(bytes, at, number, reading, known)?,
            };
            number += 1;
        }
        self.templates.leave(bytes);
        crate::progress::add_rows(u64::from(number - block.first));
        Ok(())
    }

    /// Reads one line by the strict scanner; where it ends.
    fn strictly<Q, L, S, I>(
        &mut self,
        bytes: &[u8],
        at: usize,
        number: u32,
        reading: &Reading<'_, Q, L, S, I>,
        known: bool,
    ) -> Result<usize, Irregular>
    where
        L: Fn(&mut A, usize),
        S: Fn(&mut A, super::Row<'_>),
    {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end + 1);
        let row = std::str::from_utf8(&bytes[at..end]).map_err(|_| Irregular)?;
        if memchr::memchr(0, row.as_bytes()).is_some() {
            return Err(Irregular);
        }
        self.fields.clear();
        self.picked.clear();
        let mut scanner = Scanner::new(row, number, self.delimiter);
        let (fields, picked) = (&mut self.fields, &mut self.picked);
        let record = scanner.record(|index, field| {
            fields.push(field);
            picked.see(index, field);
        });
        let record = record.ok().flatten().filter(|_| scanner.position() == row.len()).ok_or(Irregular)?;
        if record.blank || number <= self.used.header_row {
            return Ok(end);
        }
        let last_is_blank = self.fields.last().is_some_and(|last| row[last.start..last.end].trim().is_empty());
        if !self.width.fits(record.fields, last_is_blank) {
            return Err(Irregular);
        }
        self.picked.hand_on(row, &mut self.batch);
        self.batch.end_row(number);
        let state = &mut self.state;
        self.batch.flush(row, self.used.columns.len(), |row| (reading.step)(state, row));
        if !known && let Some(kin) = self.templates.learn(row.as_bytes(), &self.fields) {
            (reading.learn)(&mut self.state, kin);
        }
        Ok(end)
    }
}
