"""DuckDB: seconds to minutes interval by interval, and what is used before each
of them, by window functions: the nearest to a ledger that SQL has in one pass."""
import sys

import duckdb

rows, minutes, last = duckdb.sql(
    f"""with usage as (
    select "日期" as day, "用量起始时间" as start, "sdkAppId" as app, "其他信息" as tier, "组件" as component,
           "子产品名称" as service, "标准用量" as seconds
    from read_csv('{sys.argv[1]}')),
totals as (select *, sum(seconds) over (partition by day, app, service, component, tier order by start) as total from usage),
minutes as (select *, ceil(total / 60) - ceil((total - seconds) / 60) as minutes from totals)
select count(*), sum(minutes), max(used) from (
    select minutes, sum(minutes) over (order by start, service, component, tier, app rows unbounded preceding) as used
    from minutes)"""
).fetchall()[0]
print(rows, minutes, last)
