"""Close exported months again on DuckDB: `python audit/on_duckdb.py FOLDER/2026-09 …`."""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from months import COLUMNS_BY_TABLE, INPUTS, KEYS_BY_TABLE, Months, months_of_command, statements

try:
    import duckdb
except ImportError:
    sys.exit("DuckDB is not installed here; run: pip install 'duckdb>=1.3'")

FLOOR_DIV = "create temporary macro floor_div(a, b) as a // b"
ROWS_PER_FETCH = 10_000


def close(months: Months) -> None:
    """Settle the months into their folders `duckdb`."""
    with (
        tempfile.TemporaryDirectory(prefix="flattr-audit-") as scratch,
        duckdb.connect(config={"temp_directory": scratch}) as connection,
    ):
        for table in INPUTS:
            connection.read_parquet(months.paths("inputs", table)).create_view(table)
        connection.execute(FLOOR_DIV)
        for statement in statements():
            connection.execute(statement)
        for table in COLUMNS_BY_TABLE:
            months.write("duckdb", table, ordered(connection, f"settled_{table}", table))
    months.print_sums("duckdb")


def ordered(connection: duckdb.DuckDBPyConnection, relation: str, table: str) -> Iterator[Sequence[Any]]:
    """Yield the rows of a relation with the columns of a settled table, in order of month and keys."""
    columns, keys = ", ".join(COLUMNS_BY_TABLE[table]), ", ".join(KEYS_BY_TABLE[table])
    result = connection.execute(f"select {columns} from {relation} order by month, {keys}")
    while chunk := result.fetchmany(ROWS_PER_FETCH):
        yield from chunk


if __name__ == "__main__":
    close(months_of_command(__doc__))
