#!/usr/bin/env python3
"""The last benchmark figures beside the committed ones.

    python3 benches/compare.py            # a table; no judgement: machines differ
    python3 benches/compare.py --take     # make the last figures the committed ones

Reads what criterion left under target/criterion (or $CARGO_TARGET_DIR/criterion).
"""

import json
import os
import platform
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BASELINE = HERE / "baseline.json"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target"))


def last() -> dict[str, float]:
    """Median seconds by benchmark."""
    found = {}
    for path in sorted(TARGET.glob("criterion/**/new/estimates.json")):
        name = "/".join(path.relative_to(TARGET / "criterion").parts[:-2])
        found[name] = json.loads(path.read_text())["median"]["point_estimate"] / 1e9
    return found


def main() -> None:
    now = last()
    if "--take" in sys.argv:
        machine = f"{os.cpu_count()} cores, {platform.machine()}"
        BASELINE.write_text(json.dumps({"machine": machine, "seconds": now}, indent=2) + "\n")
        return
    known = json.loads(BASELINE.read_text())
    print(f"committed on: {known['machine']}\n\n| benchmark | committed s | now s | now / committed |\n|---|--:|--:|--:|")
    for name, seconds in now.items():
        before = known["seconds"].get(name)
        parts = f"{before:.4f} | {seconds:.4f} | {seconds / before:.2f}" if before else f"- | {seconds:.4f} | -"
        print(f"| {name} | {parts} |")


if __name__ == "__main__":
    main()
