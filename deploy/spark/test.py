"""Runs the driver on a real cluster of one master and two workers on 127.0.0.1.

    python test.py TRTC_RECON [--small]

Proves: the reports are equal to those of a local run, to the byte; also in mode csv, by mapInPandas,
and when a worker is killed while its child runs; no child is left behind; bad rows fail the job.
"""

import datetime as dt
import filecmp
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pyspark

HERE = pathlib.Path(__file__).resolve().parent
SPARK = pathlib.Path(pyspark.__file__).parent
BEIJING = dt.timezone(dt.timedelta(hours=8))
ITEMS = ["av.audio", "av.hd", "av.fhd", "rec.hd"]
ACCOUNT = """[account]
uin = "{uin}"
site = "intl"
registered = 2023-03-01
first_app_created = 2023-03-02
period = "2024-10"
[[app]]
sdk_app_id = 1400000001
[[app]]
sdk_app_id = 1400000002
[[grant]]
id = "free-2024-10"
plan = "free-monthly"
purchased = 2024-10-01T00:00:00
"""


def rows_of(number, uin):
    """Rows in the order that the worker asks for: start, item, application."""
    chance = random.Random(number)
    first = int(dt.datetime(2024, 10, 1, tzinfo=BEIJING).timestamp())
    rows = []
    for slot in range(0, 31 * 288, 7):
        for item in sorted(ITEMS):
            for app in (1400000001, 1400000002):
                if chance.random() < 0.5:
                    rows.append((uin, app, item, first + slot * 300, chance.randrange(0, 900)))
    return rows


def make(folder, accounts):
    """Cases for the local run, and the same rows as a lake without order."""
    everything = []
    for number in range(accounts):
        uin = str(100000000001 + number)
        case = folder / "cases" / uin
        (case / "usage").mkdir(parents=True)
        (case / "account.toml").write_text(ACCOUNT.format(uin=uin))
        rows = rows_of(number, uin)
        lines = "".join(",".join(map(str, row)) + "\n" for row in rows)
        (case / "usage" / "usage.csv").write_text("account,app,item,start,seconds\n" + lines)
        files = folder / "files" / uin
        files.mkdir(parents=True)
        shutil.copy(case / "usage" / "usage.csv", files / "usage.csv")
        everything += rows
    random.Random(1).shuffle(everything)
    lake(folder / "lake", everything)


def lake(folder, rows, files=5):
    folder.mkdir()
    for number in range(files):
        columns = list(zip(*rows[number::files]))
        names = ["account", "app", "item", "start", "seconds"]
        pq.write_table(pa.table([pa.array(column) for column in columns], names), folder / f"part-{number}.parquet")


class Cluster:
    """A master and workers, as processes that this one started."""

    def __init__(self, folder):
        self.folder = folder
        self.environment = dict(
            os.environ,
            SPARK_HOME=str(SPARK),
            SPARK_LOCAL_IP="127.0.0.1",
            SPARK_LOCAL_DIRS=str(folder / "local"),
            SPARK_WORKER_DIR=str(folder / "work"),
            SPARK_MASTER_OPTS="-Dspark.master.rest.enabled=false",
            SPARK_DAEMON_MEMORY="256m",
            PYSPARK_PYTHON=sys.executable,
            PYSPARK_DRIVER_PYTHON=sys.executable,
        )
        self.processes = {}
        master = self.start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        self.url = self.said("master", r"Starting Spark master at (spark://\S+)")
        self.workers = [self.worker(name) for name in ("worker-1", "worker-2")]
        self.master = master

    def start(self, name, *command):
        log = open(self.folder / f"{name}.log", "wb")
        process = subprocess.Popen(
            [SPARK / "bin" / "spark-class", *command], env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        self.processes[name] = process
        return process

    def worker(self, name):
        options = ["-c", "1", "-m", "1g", "--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
        process = self.start(name, "org.apache.spark.deploy.worker.Worker", *options, self.url)
        self.said(name, "Successfully registered with master")
        return process

    def said(self, name, pattern):
        until = time.time() + 120
        while time.time() < until:
            found = re.search(pattern, (self.folder / f"{name}.log").read_text("utf-8", "replace"))
            if found:
                return found.group(found.re.groups)
            time.sleep(0.2)
        raise SystemExit(f"{name} did not say {pattern}")

    def submit(self, *arguments):
        configuration = {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.executor.memory": "700m",
            "spark.driver.memory": "700m",
            "spark.sql.shuffle.partitions": "4",
        }
        flags = [flag for name, value in configuration.items() for flag in ("--conf", f"{name}={value}")]
        command = [SPARK / "bin" / "spark-submit", "--master", self.url, *flags, "--py-files", HERE / "pipe.py"]
        command += [HERE / "driver.py", *arguments]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            process.wait(60)


def parents(pid):
    """The processes above a process."""
    while pid > 1:
        yield pid
        try:
            pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            return


def children(program):
    """Processes that run the program."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue
        if any(word.endswith(b"/" + program.encode()) for word in words[:2]) and b"worker" in words:
            found.append(int(entry.name))
    return found


def same(one, other):
    """Whether two folders hold the same files, to the byte; the summary of a batch is the local run's own."""
    names = lambda folder: sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    ours = [name for name in names(one) if not name.startswith("batch.")]
    assert ours == names(other), f"{len(ours)} files, {len(names(other))} files"
    differing = [name for name in ours if not filecmp.cmp(one / name, other / name, shallow=False)]
    assert not differing, f"{differing[:3]} and others differ"
    return len(ours)


class Test:
    def __init__(self, folder, binary, small):
        self.folder, self.binary, self.small = folder, binary, small
        make(folder, 4 if small else 40)
        self.formats = "csv,xlsx,html"
        local = [binary, "rate", folder / "cases", "--out", folder / "local-run", "--format", self.formats, "--quiet"]
        subprocess.run(local, check=True, stdout=subprocess.DEVNULL)
        self.cluster = Cluster(folder)

    def job(self, name, *arguments, binary=None):
        place = self.folder / name
        given = ["--accounts", self.folder / "cases", "--binary", binary or self.binary, "--partitions", "4"]
        given += ["--format", self.formats, "--rows", f"file://{place}-rows", "--out", f"{place}-out"]
        return self.cluster.submit(*given, *arguments)

    def ended_well(self, name, job):
        said, _ = job.communicate(timeout=600)
        assert job.returncode == 0, said[-6000:]
        files = same(self.folder / "local-run", self.folder / f"{name}-out")
        until = time.time() + 10
        while children(self.binary.name) or children("slow"):
            assert time.time() < until, "children were left behind"
            time.sleep(0.1)
        print(f"{name}: {files} files equal to the local run", flush=True)

    def equal(self):
        self.ended_well("rows", self.job("rows", "--usage", self.folder / "lake"))

    def files(self):
        self.ended_well("files", self.job("files", "--csv", self.folder / "files" / "*" / "*.csv"))

    def by_pandas(self):
        self.ended_well("pandas", self.job("pandas", "--usage", self.folder / "lake", "--pandas"))

    def killed(self):
        """A worker, and the executor that it started, die while a child of theirs runs."""
        slow = self.folder / "slow"
        slow.write_text(f'#!/bin/sh\nsleep 4\nexec "{self.binary}" "$@"\n')
        slow.chmod(0o755)
        # merge is run by the same name, so it is slow too.
        job = self.job("killed", "--usage", self.folder / "lake", binary=slow)
        victim = self.cluster.workers[0]
        until = time.time() + 300
        while time.time() < until and job.poll() is None:
            below = [list(parents(child)) for child in children(slow.name)]
            below = next((line for line in below if victim.pid in line), None)
            if below:
                # From the executor's JVM, two below the worker, up; the child itself is left to notice.
                for pid in below[below.index(victim.pid) - 1 :][:2]:
                    os.kill(pid, signal.SIGKILL)
                break
            time.sleep(0.05)
        else:
            raise AssertionError("no child ran below the worker: " + job.communicate()[0][-4000:])
        self.ended_well("killed", job)
        self.cluster.workers[0] = self.cluster.worker("worker-3")

    def bad(self):
        """One row of an unknown item: the job fails and says why; nothing can be merged."""
        rows = rows_of(0, "100000000001")
        rows[5] = rows[5][:2] + ("av.hdd",) + rows[5][3:]
        lake(self.folder / "bad-lake", rows)
        job = self.job("bad", "--usage", self.folder / "bad-lake")
        said, _ = job.communicate(timeout=600)
        assert job.returncode != 0 and "usage-item-unknown" in said and "av.hdd" in said, said[-6000:]
        merge = [self.binary, "merge", self.folder / "bad-rows", "--rows", "1", "--total", "1", "--out", self.folder / "bad-out"]
        refused = subprocess.run(merge, capture_output=True, text=True)
        assert refused.returncode == 2 and "merge-no-success" in refused.stderr, refused.stderr
        assert not (self.folder / "bad-out").exists()
        print("bad rows: refused by name", flush=True)

    def run(self):
        try:
            self.equal()
            self.killed()
            self.bad()
            if not self.small:
                self.files()
                self.by_pandas()
        finally:
            self.cluster.stop()


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="trtc-recon-spark-"))
    try:
        Test(folder, binary, "--small" in sys.argv).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
