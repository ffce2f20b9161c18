"""Makes the Parquet files of this folder, by the writers that such files come from.

    pip install pyarrow==21.0.0 && python make.py

Two rows of application 1400000001, av.hd: 90 s from 2024-10-01 00:00 and 30 s from 00:05 in Beijing.
"""

import datetime as dt
import decimal as dec
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
BEIJING = dt.timezone(dt.timedelta(hours=8))
starts = [dt.datetime(2024, 10, 1, 0, 0, tzinfo=BEIJING), dt.datetime(2024, 10, 1, 0, 5, tzinfo=BEIJING)]
ends = [start + dt.timedelta(minutes=5) for start in starts]
epoch = pa.array([int(start.timestamp()) for start in starts], pa.int64())
two = lambda value, kind: pa.array([value, value], kind)


def lake(**other):
    columns = {
        "account": two("100000000001", pa.string()),
        "app": two(1400000001, pa.int64()),
        "item": two("av.hd", pa.string()),
        "start": epoch,
        "seconds": pa.array([90, 30], pa.int64()),
    }
    return pa.table(columns | other)


def tidy(start, end, quantity=pa.array([90, 30], pa.int64()), app=two(1400000001, pa.uint64())):
    columns = [start, end, app, two("av.hd", pa.dictionary(pa.int32(), pa.string())), quantity, two("s", pa.string())]
    return pa.table(columns, ["start", "end", "sdk_app_id", "item", "quantity", "unit"])


def naive(times):
    return [time.replace(tzinfo=None) for time in times]


def put(name, table, **options):
    pq.write_table(table, here / f"{name}.parquet", **options)


put("lake", lake())
put("lake-zstd", lake(), compression="zstd", row_group_size=1)
put("lake-int32", lake(app=two(1400000001, pa.int32()), seconds=pa.array([90, 30], pa.uint32())))
put("lake-other-account", lake(account=pa.array(["100000000001", "100000000002"], pa.string())))
put("lake-null", lake(seconds=pa.array([90, None], pa.int64())))
put("lake-float", lake(seconds=pa.array([90.0, 30.0], pa.float64())))
put("lake-nested", lake(item=pa.array([["av.hd"], ["av.hd"]], pa.list_(pa.string()))))
put("lake-binary", lake(item=two(b"av.hd", pa.binary())))
put("lake-off-grid", lake(start=pa.array([epoch[0].as_py(), epoch[1].as_py() + 1], pa.int64())))
put("lake-extra", lake(note=pa.array([1.5, 2.5], pa.float64()), tags=pa.array([[1], [2]], pa.list_(pa.int8()))))
zone = lambda unit: pa.timestamp(unit, "America/New_York")
put("tidy-utc-us", tidy(pa.array(starts, zone("us")), pa.array(ends, zone("us"))))
put("tidy-utc-ms", tidy(pa.array(starts, zone("ms")), pa.array(ends, zone("ms"))))
put("tidy-utc-ns", tidy(pa.array(starts, zone("ns")), pa.array(ends, zone("ns"))))
put("tidy-naive", tidy(pa.array(naive(starts), pa.timestamp("us")), pa.array(naive(ends), pa.timestamp("us"))))
text = lambda times: pa.array([time.strftime("%Y-%m-%dT%H:%M:%S") for time in times], pa.string())
put("tidy-text", tidy(text(starts), text(ends), app=two("1400000001", pa.string())))
put("tidy-fraction", tidy(pa.array([s + dt.timedelta(milliseconds=5) for s in starts], zone("us")), pa.array(ends, zone("us"))))
figures = [dec.Decimal("90.00"), dec.Decimal("30.00")]
put("tidy-decimal", tidy(text(starts), text(ends), quantity=pa.array(figures, pa.decimal128(20, 2))))
put("tidy-int96", tidy(pa.array(starts, zone("us")), pa.array(ends, zone("us"))), use_deprecated_int96_timestamps=True)
put("tidy-date", tidy(pa.array([s.date() for s in starts], pa.date32()), pa.array(ends, zone("us"))))
# One row more than a row group may have.
many = (1 << 25) + 1
put("large-group", pa.table({"seconds": pa.repeat(pa.scalar(0, pa.int8()), many)}), row_group_size=many)
