"""Pipes the rows of a partition through `trtc-recon worker`.

Shipped to the executors by driver.py. One child for a partition that has rows, none for an empty one. Both
pipes are bounded, so the rows are written by a thread of their own. Whatever happens, the child is
ended and waited for; whatever goes wrong is raised, so that Spark runs the task again or fails.
"""

import os
import shutil
import struct
import subprocess
import tempfile
import threading

import pyarrow as pa
from pyspark import SparkFiles

MARK = b"trtcEND1"
ROWS = pa.schema(
    [("account", pa.string()), ("app", pa.int64()), ("item", pa.string()), ("start", pa.int64()), ("seconds", pa.int64())]
)
CSV = pa.schema([("account", pa.string()), ("path", pa.string()), ("content", pa.binary())])
# Of stderr, what goes into the exception.
TAIL = 8192


class Pipe:
    """What every task needs to know; it is sent to the executors."""

    def __init__(self, binary, terms, sha256, mode, arguments):
        self.binary, self.terms, self.sha256, self.mode, self.arguments = binary, terms, sha256, mode, arguments

    def command(self):
        binary = SparkFiles.get(self.binary)
        os.chmod(binary, 0o755)
        terms = ["--terms", SparkFiles.get(self.terms), "--terms-sha256", self.sha256]
        return [binary, "worker", "--mode", self.mode, *terms, *self.arguments]

    def arrow(self, batches):
        """For mapInArrow."""
        schema = ROWS if self.mode == "rows" else CSV
        batches = (batch for batch in batches if batch.num_rows)
        first = next(batches, None)
        if first is None:
            return
        place = tempfile.mkdtemp(prefix="trtc-recon-")
        try:
            yield from self.run(first, batches, schema, place)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def pandas(self, frames):
        """For mapInPandas, where Spark is older than 3.3."""
        schema = ROWS if self.mode == "rows" else CSV
        batches = (pa.RecordBatch.from_pandas(frame, schema=schema, preserve_index=False) for frame in frames)
        for batch in self.arrow(batches):
            # A whole number beside a null must not become a float.
            yield batch.to_pandas(integer_object_nulls=True)

    def run(self, first, batches, schema, place):
        # The child keeps the files of one account in TMPDIR.
        environment = dict(os.environ, TMPDIR=place)
        with open(os.path.join(place, "stderr"), "w+b") as said:
            child = subprocess.Popen(
                self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, env=environment
            )
            writer = Writer(child, first, batches, schema)
            try:
                writer.start()
                problem = None
                try:
                    yield from received(child.stdout)
                except (pa.ArrowInvalid, EOFError, OSError) as error:
                    problem = error
                if problem:
                    # Not before the child has said why; its end lets the writer go.
                    child.stdout.close()
                status = child.wait()
                writer.join()
                if status or problem or writer.problem:
                    raise RuntimeError(f"trtc-recon worker: status {status}, {problem or writer.problem}\n{tail(said)}")
            finally:
                if child.poll() is None:
                    child.kill()
                child.stdout.close()
                child.wait()
                writer.join()


class Writer(threading.Thread):
    """Writes the rows and the trailer."""

    def __init__(self, child, first, batches, schema):
        super().__init__(daemon=True)
        self.child, self.first, self.batches, self.schema, self.problem = child, first, batches, schema, None

    def run(self):
        try:
            rows = 0
            with pa.ipc.new_stream(self.child.stdin, self.schema) as stream:
                for batch in self.all():
                    # Refuses a column of another type.
                    stream.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=self.schema))
                    rows += batch.num_rows
            self.child.stdin.write(MARK + struct.pack("<Q", rows))
            self.child.stdin.close()
        except BaseException as error:
            self.problem = error
            # A stream without its trailer is refused.
            try:
                self.child.stdin.close()
            except OSError:
                pass

    def all(self):
        yield self.first
        yield from self.batches


def received(source):
    """The batches of the child, if their trailer is right."""
    rows = 0
    with pa.ipc.open_stream(source) as stream:
        for batch in stream:
            rows += batch.num_rows
            yield batch
        trailer = source.read(len(MARK) + 8)
    if trailer != MARK + struct.pack("<Q", rows):
        raise EOFError(f"the child's stream ends without its trailer, after {rows} rows")


def tail(said):
    size = said.seek(0, os.SEEK_END)
    said.seek(max(0, size - TAIL))
    return said.read().decode("utf-8", "replace")
