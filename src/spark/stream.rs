//! Arrow's stream between two processes, and the trailer behind it.
//!
//! A stream that is cut between two messages looks like a whole one to its
//! reader. So 16 bytes follow it: a mark, and how many rows there were.

use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Schema};

/// The first bytes of a trailer.
pub const MARK: [u8; 8] = *b"trtcEND1";

/// Reads a stream and its trailer.
pub struct Input<R: Read> {
    reader: StreamReader<R>,
    rows: u64,
}

/// Writes a stream and its trailer.
pub struct Output<W: Write> {
    writer: StreamWriter<W>,
    rows: u64,
}

/// Returns what is wrong, where the reader panics on bytes that it did not expect too.
fn guarded<T>(read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(_) => Err("its reader gave up on it".to_owned()),
    }
}

impl<R: Read> Input<R> {
    /// Reads the schema.
    pub fn open(source: R) -> Result<Self, String> {
        Ok(Self { reader: guarded(|| StreamReader::try_new(source, None))?, rows: 0 })
    }

    /// Returns the schema.
    #[must_use]
    pub fn schema(&self) -> Arc<Schema> {
        self.reader.schema()
    }

    /// Returns the next batch; `None` behind the last, when the trailer is there and
    /// right and nothing follows it.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, String> {
        let batch = guarded(|| self.reader.next().transpose())?;
        match batch {
            Some(batch) => {
                self.rows += batch.num_rows() as u64;
                Ok(Some(batch))
            }
            None => self.end().map(|()| None),
        }
    }

    fn end(&mut self) -> Result<(), String> {
        let source = self.reader.get_mut();
        let mut trailer = [0; 16];
        source
            .read_exact(&mut trailer)
            .map_err(|_| format!("it ends without its trailer, after {} rows", self.rows))?;
        let (mark, rows) = trailer.split_at(MARK.len());
        let rows = rows.try_into().map(u64::from_le_bytes).map_err(|_| "its trailer is cut")?;
        if mark != MARK {
            return Err("what follows it is no trailer".to_owned());
        }
        if rows != self.rows {
            return Err(format!("its trailer says {rows} rows, {} came", self.rows));
        }
        match source.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err("something follows its trailer".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl<W: Write> Output<W> {
    /// Writes the schema.
    pub fn open(target: W, schema: &Schema) -> Result<Self, ArrowError> {
        Ok(Self { writer: StreamWriter::try_new(target, schema)?, rows: 0 })
    }

    /// Writes a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch)
    }

    /// Ends the stream with its trailer.
    pub fn finish(self) -> io::Result<W> {
        let mut target = self.writer.into_inner().map_err(io::Error::other)?;
        target.write_all(&MARK)?;
        target.write_all(&self.rows.to_le_bytes())?;
        target.flush()?;
        Ok(target)
    }
}
