"""DuckDB: the bare sums by day and application; nothing is checked or priced."""
import sys

import duckdb

rows, total = duckdb.sql(
    f"""select count(*), sum(seconds) from (
    select "日期", "sdkAppId", sum("标准用量") as seconds from read_csv('{sys.argv[1]}') group by all)"""
).fetchall()[0]
print(rows, total)
