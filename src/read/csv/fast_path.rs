//! A CSV whose rows are alike, read once: its bytes are cut, folded and, if it
//! is large, hashed in one pass, and no row is looked at field by field.
//!
//! Only what is regular throughout is read in this way. At the first thing
//! that is not, nothing of it counts and the strict reader begins anew: it
//! alone refuses, and says why.

use super::row_template::Templates;
use super::scan::{Field, Scanner};
use super::{Csv, Picked};
use crate::digest::hex;
use crate::read::row_buffer::Batch;
use crate::read::source::Source;
use crate::read::table::{Alike, Reading, Used, Width};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

/// Small enough to stay in a core's cache while it is hashed and read.
const BLOCK: usize = 1 << 20;
/// So many blocks may wait for the hash, which is one chain and may end after
/// the rows do: what follows then goes on beside it.
const WAITING: usize = 16;

/// Why a file cannot be read in this way.
#[derive(Debug)]
struct Irregular;

/// What a pass over the whole file told.
#[derive(Debug)]
pub(super) struct Told {
    /// The hash, where it was asked for; it may come later.
    pub(super) sha256: Option<JoinHandle<String>>,
    pub(super) lines: u64,
}

/// Folds the file; `None` where it is not regular.
///
/// While blocks are read, those before them are absorbed and those behind them
/// fetched and hashed.
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
    let hash = hashed.then(|| blocks.hash());
    let at_once = rayon::current_num_threads().clamp(1, super::MOST_AT_ONCE);
    let worker = || Worker::new(csv, used, width, reading.free, (reading.init)());
    let workers = || (0..at_once).map(|_| worker()).collect::<Vec<_>>();
    let (mut workers, mut done) = (workers(), workers());
    let mut group = blocks.group(at_once).ok()?;
    while !group.is_empty() {
        let read = || workers.par_iter_mut().zip(&group).try_for_each(|(worker, block)| worker.block(block, reading));
        let beside = || {
            for worker in &mut done {
                absorb(&mut worker.state);
            }
            blocks.group(at_once)
        };
        let (read, next) = rayon::join(read, beside);
        read.ok()?;
        std::mem::swap(&mut workers, &mut done);
        let read = std::mem::replace(&mut group, next.ok()?);
        blocks.spent.extend(read.into_iter().map(|block| block.bytes));
    }
    for worker in &mut done {
        absorb(&mut worker.state);
    }
    let lines = u64::from(blocks.line) - 1;
    drop(blocks);
    Some(Told { sha256: hash, lines })
}

/// Whole lines of the file.
struct Block {
    bytes: Arc<Vec<u8>>,
    /// Where the lines begin.
    from: usize,
    /// The number of the first line.
    first: u32,
}

/// The file, cut behind line ends.
struct Blocks {
    source: Box<dyn Source>,
    /// Where the parts of the file go that are to be hashed.
    hash: Option<SyncSender<Arc<Vec<u8>>>>,
    /// What was read behind the last line end.
    rest: Vec<u8>,
    line: u32,
    /// So many bytes at the start are no part of the table.
    skip: usize,
    ended: bool,
    /// Blocks that were read, to be used again once nobody holds them.
    spent: VecDeque<Arc<Vec<u8>>>,
}

impl Blocks {
    fn open(csv: &Csv) -> io::Result<Self> {
        let mark = usize::try_from(csv.decoding().mark).map_err(io::Error::other)?;
        let line = if csv.dialect.named > 0 { 2 } else { 1 };
        let (source, skip) = (csv.bytes.open()?, mark + csv.dialect.named);
        Ok(Self { source, hash: None, rest: Vec::new(), line, skip, ended: false, spent: VecDeque::new() })
    }

    /// Has all that is read from now on hashed beside; the hash is there once the blocks are dropped.
    fn hash(&mut self) -> JoinHandle<String> {
        let (send, receive) = sync_channel::<Arc<Vec<u8>>>(WAITING);
        self.hash = Some(send);
        thread::spawn(move || {
            let mut sha = Sha256::new();
            for bytes in receive {
                sha.update(&bytes[..]);
            }
            hex(&sha.finalize())
        })
    }

    fn group(&mut self, count: usize) -> Result<Vec<Block>, Irregular> {
        let mut group = Vec::with_capacity(count);
        while group.len() < count && !self.ended {
            group.push(self.next()?);
        }
        Ok(group)
    }

    fn next(&mut self) -> Result<Block, Irregular> {
        let mut bytes = self.buffer();
        bytes.resize(BLOCK, 0);
        let kept = self.rest.len();
        if kept > BLOCK / 2 {
            return Err(Irregular);
        }
        bytes[..kept].copy_from_slice(&self.rest);
        let filled = self.fill(&mut bytes, kept).map_err(|_| Irregular)?;
        self.ended = filled < bytes.len();
        let from = std::mem::take(&mut self.skip);
        let cut = if self.ended { filled } else { memchr::memrchr(b'\n', &bytes[..filled]).map_or(0, |end| end + 1) };
        if cut < from || (cut == 0 && !self.ended) {
            return Err(Irregular);
        }
        self.rest.clear();
        self.rest.extend_from_slice(&bytes[cut..filled]);
        bytes.truncate(cut);
        let first = self.line;
        let text = &bytes[from..];
        let open = usize::from(text.last().is_some_and(|last| *last != b'\n'));
        let lines = u32::try_from(memchr::memchr_iter(b'\n', text).count() + open).map_err(|_| Irregular)?;
        self.line = first.checked_add(lines).ok_or(Irregular)?;
        let bytes = Arc::new(bytes);
        if let Some(hash) = &self.hash {
            hash.send(Arc::clone(&bytes)).map_err(|_| Irregular)?;
        }
        Ok(Block { bytes, from, first })
    }

    fn buffer(&mut self) -> Vec<u8> {
        let spent = self.spent.pop_front();
        let free = spent.and_then(|spent| Arc::try_unwrap(spent).map_err(|held| self.spent.push_back(held)).ok());
        free.unwrap_or_default()
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

/// What reads blocks, one after the other.
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
        let (bytes, mut at, mut number) = (&block.bytes[..], block.from, block.first);
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
