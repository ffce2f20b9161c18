#!/usr/bin/env python3
"""A batch of many cases: time, use of the cores, and peak memory.

    python3 benches/batch.py BINARY [--cases 1000] [--rows 8928]

Makes cases of 20 applications each under target/batch, one of which has a
file that is refused. Then a tenth of them and all of them are reconciled, and
all of them once more with --resume.
"""

import argparse
import os
import shutil
import subprocess
from pathlib import Path

from measured import measured

WORK = Path(__file__).resolve().parent.parent / "target" / "batch"


def make(binary: str, cases: int, rows: int) -> Path:
    folder = WORK / f"{cases}-{rows}"
    done = folder.with_suffix(".done")
    if done.exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    for seed in range(1, cases + 1):
        case = str(folder / f"case-{seed:04}")
        made = ["--apps", "20", "--rows", str(rows), "--seed", str(seed)]
        subprocess.run([binary, "generate", case, *made], check=True, stdout=subprocess.DEVNULL)
        rename(Path(case), seed)
    with open(folder / "case-0007" / "usage" / "usage-detail.csv", "a", encoding="utf-8") as usage:
        usage.write("a row that is cut\n")
    done.touch()
    return folder


def rename(case: Path, account: int) -> None:
    """Gives a case an account of its own: two of one account and month are refused."""
    for path in (path for path in case.rglob("*") if path.is_file()):
        path.write_bytes(path.read_bytes().replace(b"100000000001", str(100000000000 + account).encode()))


def run(title: str, binary: str, folder: Path, cases: int, *options: str) -> None:
    command = [binary, "reconcile", *sorted(str(case) for case in folder.iterdir())[:cases]]
    command += ["--out", str(WORK / "reports"), "--format", "csv,json", "--quiet", *options]
    # The case that is refused decides.
    wall, cpu, peak = measured(command, status=2)
    busy = cpu / wall / (os.cpu_count() or 1)
    print(f"| {title} | {wall:.1f} | {cpu:.1f} | {busy:.0%} | {peak:.0f} |", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("binary")
    arguments.add_argument("--cases", type=int, default=1000)
    arguments.add_argument("--rows", type=int, default=8928)
    asked = arguments.parse_args()
    folder = make(asked.binary, asked.cases, asked.rows)
    shutil.rmtree(WORK / "reports", ignore_errors=True)
    print("| | wall s | cpu s | cores busy | peak MiB |\n|---|--:|--:|--:|--:|")
    tenth = asked.cases // 10
    run(f"{tenth} cases of 20 applications", asked.binary, folder, tenth)
    shutil.rmtree(WORK / "reports", ignore_errors=True)
    run(f"{asked.cases} cases of 20 applications", asked.binary, folder, asked.cases)
    run("the same with `--resume`", asked.binary, folder, asked.cases, "--resume")


if __name__ == "__main__":
    main()
