"""Close exported months again on Spark: `python audit/on_spark.py FOLDER/2026-09 …`."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from months import COLUMNS_BY_TABLE, INPUTS, KEYS_BY_TABLE, Months, months_of_command, statements

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
os.environ.setdefault("SPARK_CONF_DIR", str(Path(__file__).with_name("spark")))

try:
    from pyspark.sql import SparkSession
except ImportError:
    sys.exit("Spark is not installed here; run: pip install 'pyspark>=4'")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    sys.exit("Spark needs Java 17 or newer; install it (Debian: apt install default-jre-headless)")

FLOOR_DIV = "create temporary function floor_div(a bigint, b bigint) returns bigint return a div b"


def close(months: Months) -> None:
    """Settle the months into their folders `spark`."""
    with tempfile.TemporaryDirectory(prefix="flattr-audit-") as scratch:
        spark = session(scratch)
        for table in INPUTS:
            spark.read.parquet(*months.paths("inputs", table)).createOrReplaceTempView(table)
        spark.sql(FLOOR_DIV)
        for statement in statements():
            spark.sql(statement)
        for table, columns in COLUMNS_BY_TABLE.items():
            rows = spark.table(f"settled_{table}").select(*columns).orderBy("month", *KEYS_BY_TABLE[table])
            months.write("spark", table, rows.toLocalIterator())
        spark.stop()
    months.print_sums("spark")


def session(scratch: str) -> SparkSession:
    """Start Spark on this machine alone, with its temporary files in a folder of ours."""
    return (
        SparkSession.builder.master("local[*]")
        .appName("flattr audit")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", scratch)
        .config("spark.sql.warehouse.dir", f"{scratch}/warehouse")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )


if __name__ == "__main__":
    close(months_of_command(__doc__))
