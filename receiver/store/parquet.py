"""Tables of a month in a folder that only its owner can look into, as Parquet, written by DuckDB with flat memory."""

import csv
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from receiver.domain.errors import BadInput, NotInstalled
from receiver.domain.month import Month

MEMORY_MAX: Final = "256MB"

Columns = Mapping[str, Sequence[str]]  # by table


class PrivateTables:
    """Tables of whole numbers on their way to `place`, gathered as CSV until they are written."""

    def __init__(self, place: Path, scratch: Path, columns_by_table: Columns) -> None:
        self.place = place
        self.rows_by_table = dict.fromkeys(columns_by_table, 0)
        self._columns_by_table = columns_by_table
        self._path_by_table = {table: scratch.joinpath(f"{table}.csv") for table in columns_by_table}
        self._files = ExitStack()
        self._writer_by_table = {
            table: csv.writer(self._files.enter_context(path.open("w", newline="")))
            for table, path in self._path_by_table.items()
        }
        for table, columns in columns_by_table.items():
            self._writer_by_table[table].writerow(columns)

    def add(self, table: str, rows: Sequence[tuple[int | None, ...]]) -> None:
        """Append rows, in order."""
        self._writer_by_table[table].writerows(rows)
        self.rows_by_table[table] += len(rows)

    def close(self) -> None:
        self._files.close()

    def write_parquet(self, connection: Any, folder: Path, month: Month) -> None:
        """Write each table as a file; the month is the first column of all, so that months can be read together."""
        for table, columns in self._columns_by_table.items():
            kinds = ", ".join(f"'{column}': 'bigint'" for column in columns)
            source = f"read_csv($path, header = true, auto_detect = false, columns = {{{kinds}}})"
            rows = connection.sql(
                f"select '{month}' as month, * from {source}",  # noqa: S608 - names of our own
                params={"path": str(self._path_by_table[table])},
            )
            target = folder.joinpath(f"{table}.parquet")
            rows.write_parquet(str(target), compression="zstd")
            target.chmod(0o600)


@contextmanager
def private_tables(folder: Path, name: str, month: Month, columns_by_table: Columns) -> Iterator[PrivateTables]:
    """Write tables to `folder/MONTH/name` at the end of a `with`: all of them, or on an error none.

    Raises NotInstalled without DuckDB; BadInput if others could look into the folder, something is there already,
    or it cannot be written.
    """
    try:
        import duckdb
    except ImportError:
        raise NotInstalled("Parquet is written by DuckDB", extra="audit") from None
    place = folder.joinpath(str(month), name)
    unfinished = place.with_name(f"{name}.unfinished")
    try:
        _make_private(folder)
        _make_private(place.parent)
        if place.exists():
            raise BadInput(
                "%(place)s is there already, and an export is never written over; name another folder", place=place
            )
        shutil.rmtree(unfinished, ignore_errors=True)  # of an export that was killed
        scratch = unfinished / "scratch"
        for made in (unfinished, scratch):
            made.mkdir(mode=0o700)
        tables = PrivateTables(place, scratch, columns_by_table)
        try:
            yield tables
        finally:
            tables.close()
        with duckdb.connect(config={"memory_limit": MEMORY_MAX, "threads": 1}) as connection:
            tables.write_parquet(connection, unfinished, month)
        shutil.rmtree(scratch)
        unfinished.rename(place)
    except (OSError, duckdb.IOException) as error:
        raise BadInput(
            "%(place)s cannot be written (%(reason)s); make room, or name another folder", place=place, reason=error
        ) from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        raise BadInput(
            "others may look into %(folder)s, and this is reading history; run: chmod 700 %(folder)s", folder=folder
        )
