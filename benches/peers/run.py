#!/usr/bin/env python3
"""The tool beside its peers, on the same files and in the same run: a table for each layout.

    python3 benches/peers/run.py BINARY CELLS [--apps 200] [--rounds 5] [--layouts time,app,days,workbook]

BINARY is trtc-recon, CELLS the example `cells`, both built with full
optimisation (`just peers` does that). The contenders take turns, round by
round; printed are the medians of wall time, of processor time (user and
system) and of peak memory. What is needed is made under target/peers (3 GB for
each layout of 200 applications): the cases, the workbook, and an environment
with polars, duckdb and pandas.
"""

import argparse
import statistics
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from measured import measured  # noqa: E402

WORK = HERE.parent.parent / "target" / "peers"


def python() -> str:
    home = WORK / "venv"
    program = home / "bin" / "python"
    if not program.exists():
        venv.create(home, with_pip=True)
        subprocess.run([program, "-m", "pip", "install", "-q", "polars", "duckdb", "pandas", "pyarrow"], check=True)
    return str(program)


def case(binary: str, name: str, *arguments: str) -> Path:
    folder = WORK / name
    if not (folder / "account.toml").exists():
        subprocess.run([binary, "generate", str(folder), *arguments], check=True, stdout=subprocess.DEVNULL)
    return folder


def compare(title: str, contenders: dict[str, list[str]], base: str, rounds: int) -> None:
    figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, command in contenders.items():
            figures[name].append(measured(command))
    median = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in figures.items()}
    print(f"\n{title}; medians of {rounds} rounds, in turns\n")
    print(f"| | wall s | of {base} | cpu s | of {base} | peak MiB |\n|---|--:|--:|--:|--:|--:|")
    for name, (wall, cpu, peak) in median.items():
        parts = f"{wall:.2f} | {wall / median[base][0]:.2f} | {cpu:.2f} | {cpu / median[base][1]:.2f} | {peak:.0f}"
        print(f"| {name} | {parts} |")


# The layouts of the usage detail as CSV, and what `generate` makes them by.
LAYOUTS = {
    "time": ("one file, in order of time", []),
    "app": ("one file, in order of application", ["--order", "app"]),
    "days": ("a file a day", ["--files", "day"]),
}


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("binary")
    arguments.add_argument("cells")
    arguments.add_argument("--apps", type=int, default=200)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--layouts", default="time,app,days,workbook")
    asked = arguments.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    interpreter = python()
    layouts = asked.layouts.split(",")

    def ours(command: str, folder: Path) -> list[str]:
        out = WORK / "reports" / f"{folder.name}-{command}"
        return [asked.binary, command, str(folder), "--out", str(out), "--format", "csv,json", "--quiet"]

    for layout, (title, options) in LAYOUTS.items():
        if layout not in layouts:
            continue
        large = case(asked.binary, f"{layout}-{asked.apps}", "--apps", str(asked.apps), *options)
        files = list((large / "usage").iterdir())
        pattern = str(large / "usage" / "*.csv")

        def peer(script: str, pattern: str = pattern) -> list[str]:
            return [interpreter, str(HERE / script), pattern]

        contenders = {
            "Polars, daily sums": peer("polars_sums.py"),
            "trtc-recon rate": ours("rate", large),
            "trtc-recon reconcile": ours("reconcile", large),
        }
        if layout == "time":
            part = case(asked.binary, f"time-{asked.apps // 4}", "--apps", str(asked.apps // 4))
            line = "1400000001/2024-10-03/av.hd"
            contenders |= {
                "trtc-recon rate, a quarter of the rows": ours("rate", part),
                "trtc-recon explain": [asked.binary, "explain", str(large), line],
                "trtc-recon sensitivity": [asked.binary, "sensitivity", str(large)],
                "DuckDB, daily sums": peer("duckdb_sums.py"),
                "DuckDB, ledger": peer("duckdb_ledger.py"),
                "pandas, daily sums": peer("pandas_sums.py"),
            }
        size = sum(file.stat().st_size for file in files) / 1e9
        rows = f"{asked.apps * 44640} rows, {size:.1f} GB"
        compare(f"usage detail as CSV, {title}: {rows}", contenders, "Polars, daily sums", asked.rounds)
    if "workbook" in layouts:
        book = case(asked.binary, "workbook", "--apps", "7", "--rows", "300000", "--layout", "workbook")
        compare(
            "usage detail as a workbook, 300000 x 20 cells",
            {
                "calamine, bare stream": [asked.cells, str(book / "usage" / "usage-detail.xlsx")],
                "trtc-recon rate": ours("rate", book),
            },
            "calamine, bare stream",
            asked.rounds,
        )


if __name__ == "__main__":
    main()
