"""DuckDB settling the same clicks, from its own file and in the order in which they came.

`python -m bench.duck FILE` is the process that is measured; it keeps nothing of a receiver: no entries, no balances,
no checks, and nobody may click meanwhile.
"""

import csv
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from bench.machine import peak_mib
from bench.world import Clicks, pledge_of
from receiver.domain.rules import BASIS_POINTS, Rules

SETTLE_READERS: Final = f"""
create or replace table reader_settlements as
select reader, things, fee, (pot - fee) // things as share from (
  select reader, pot, pot * {Rules().fee_basis_points} // {BASIS_POINTS} as fee, things
  from (select reader, count(*) as things from clicks group by reader) join readers using (reader)
) order by reader"""
SETTLE_THINGS: Final = """
create or replace table thing_settlements as
select thing, count(*) as readers, sum(share) as micros
from clicks join reader_settlements using (reader) group by thing order by thing"""


def fill(path: Path, clicks: Clicks) -> None:
    """Write the file: clicks as they came, and every reader's pot."""
    readers = sorted({reader for reader, _ in clicks})
    with _connection(path) as connection:
        connection.execute("create table clicks (reader bigint not null, thing bigint not null)")
        connection.execute("create table readers (reader bigint not null, pot bigint not null)")
        _copy(connection, "clicks", clicks)
        _copy(connection, "readers", ((reader, pledge_of(reader)) for reader in readers))


def settled(path: Path) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """Return the rows of both tables: (reader, things, fee, share) and (thing, readers, micros)."""
    with _connection(path) as connection:
        readers = connection.execute("select reader, things, fee, share from reader_settlements order by 1").fetchall()
        things = connection.execute("select thing, readers, micros::bigint from thing_settlements order by 1")
        return readers, things.fetchall()


def main() -> None:
    begun = time.perf_counter()
    with _connection(Path(sys.argv[1])) as connection:
        connection.execute(SETTLE_READERS)
        connection.execute(SETTLE_THINGS)
    print(json.dumps({"close_s": time.perf_counter() - begun, "check_s": 0, "mib": peak_mib()}))


def _connection(path: Path) -> Any:  # its types are only there where benchmarks are run
    import duckdb

    return duckdb.connect(str(path))


def _copy(connection: Any, table: str, rows: Iterable[tuple[int, int]]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        csv.writer(file).writerows(rows)
        file.flush()
        connection.execute(f"copy {table} from '{file.name}' (header false)")


if __name__ == "__main__":
    main()
