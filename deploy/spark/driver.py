"""Rates usage that lies in a lake, account by account, on the executors of Apache Spark.

    spark-submit --py-files pipe.py driver.py --binary trtc-recon --accounts accounts \
        --usage cosn://bucket/usage/ --rows hdfs:///tmp/rows-2024-10 --period 2024-10

See README.md beside this file.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import zipfile

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipe import Pipe

# Spark parses no date and no number: a column of another type fails the job.
USAGE = "account string, app bigint, item string, start bigint, seconds bigint"
FIGURES = "metered billable covered charged unit_price amount".split()
DEDUCTED = "minutes ratio before taken after".split()
TAGGED = ", ".join(
    ["account string", "kind string", "row bigint"]
    + [f"{name} string" for name in ("sdk_app_id", "day", "item", "unit")]
    + [f"{name} decimal(38,18)" for name in FIGURES]
    + ["currency string", "card string", "amount_low decimal(38,18)", "amount_high decimal(38,18)"]
    + ["time string", "grant string"]
    + [f"{name} decimal(38,18)" for name in DEDUCTED]
    + ["name string", "content binary", "rows bigint", "total bigint", "columns string"]
)


def arguments():
    parser = argparse.ArgumentParser(description="Rates usage on the executors of Apache Spark.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--usage", help="Parquet: account, app, item, start (seconds since 1970 in UTC), seconds")
    what.add_argument("--csv", help="files of usage, as a pattern; the account stands in their path")
    parser.add_argument("--account-in-path", default=r"/(\d+)/[^/]+$", help="what of the path is the account, in mode csv")
    parser.add_argument("--accounts", required=True, help="a folder of <uin>.toml, or of cases <uin>/account.toml")
    parser.add_argument("--cards", help="a folder of further rate cards")
    parser.add_argument("--binary", required=True, help="trtc-recon, as it is built for the cluster")
    parser.add_argument("--rows", required=True, help="a fresh folder for the tagged rows")
    parser.add_argument("--out", help="a fresh folder for the reports, where --rows is a local folder")
    parser.add_argument("--partitions", type=int, help="default: two for each core")
    parser.add_argument("--period", help="YYYY-MM, instead of the one in account.toml")
    parser.add_argument("--format", default="csv", help="csv,xlsx,html")
    parser.add_argument("--pandas", action="store_true", help="mapInPandas, as on Spark before 3.3")
    return parser.parse_args()


def put(archive, name, path):
    # No clock in it: the same terms have the same SHA-256.
    with open(path, "rb") as file:
        archive.writestr(zipfile.ZipInfo(name), file.read(), zipfile.ZIP_DEFLATED)


def terms_file(accounts, cards, folder):
    """accounts/<uin>.toml and cards/*.toml as one file; and its SHA-256."""
    path = os.path.join(folder, "terms.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(os.listdir(accounts)):
            inside = os.path.join(accounts, name, "account.toml")
            if os.path.isfile(inside):
                put(archive, f"accounts/{name}.toml", inside)
            elif name.endswith(".toml"):
                put(archive, f"accounts/{name}", os.path.join(accounts, name))
        for name in sorted(os.listdir(cards)) if cards else []:
            if name.endswith(".toml"):
                put(archive, f"cards/{name}", os.path.join(cards, name))
    with open(path, "rb") as file:
        return path, hashlib.sha256(file.read()).hexdigest()


def usage(spark, asked):
    """The input, how an account's rows are sorted, and what is counted and summed of it."""
    if asked.usage:
        frame = spark.read.schema(USAGE).parquet(asked.usage)
        return frame, ["account", "start", "item", "app"], frame, "seconds"
    # Few files at a time: their bytes go through as they are.
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "8")
    files = spark.read.format("binaryFile").load(asked.csv)
    account = F.regexp_extract("path", asked.account_in_path, 1)
    frame = files.select(account.alias("account"), "path", "content")
    return frame, ["account", "path"], files, "length"


def main():
    asked = arguments()
    spark = (
        SparkSession.builder.appName("trtc-recon")
        .config("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
    frame, order, counted, figure = usage(spark, asked)
    # A decimal: a sum of bigints could wrap in silence.
    control = counted.agg(F.count(F.lit(1)), F.sum(F.col(figure).cast("decimal(38,0)"))).first()
    rows, total = control[0], int(control[1] or 0)
    with tempfile.TemporaryDirectory() as folder:
        terms, sha256 = terms_file(asked.accounts, asked.cards, folder)
        spark.sparkContext.addFile(terms)
        spark.sparkContext.addFile(os.path.abspath(asked.binary))
        more = ["--format", asked.format] + (["--period", asked.period] if asked.period else [])
        mode = "rows" if asked.usage else "csv"
        pipe = Pipe(os.path.basename(asked.binary), os.path.basename(terms), sha256, mode, more)
        partitions = asked.partitions or 2 * spark.sparkContext.defaultParallelism
        sorted_rows = frame.repartition(partitions, "account").sortWithinPartitions(*order)
        if hasattr(sorted_rows, "mapInArrow") and not asked.pandas:
            tagged = sorted_rows.mapInArrow(pipe.arrow, TAGGED)
        else:
            tagged = sorted_rows.mapInPandas(pipe.pandas, TAGGED)
        tagged.write.mode("error").parquet(asked.rows)
    local = re.sub("^file:(//)?", "", asked.rows)
    merge = [asked.binary, "merge", local, "--rows", str(rows), "--total", str(total), "--out"]
    if asked.out:
        return subprocess.run(merge + [asked.out]).returncode
    print("rows are written; bring them here and merge them:", *merge, "<OUT>")
    return 0


if __name__ == "__main__":
    sys.exit(main())
