"""Polars: the bare sums by day and application; nothing is checked or priced."""
import sys

import polars as pl

sums = (
    pl.scan_csv(sys.argv[1])
    .group_by("日期", "sdkAppId")
    .agg(pl.col("标准用量").sum())
    .collect(engine="streaming")
)
print(len(sums), sums["标准用量"].sum())
