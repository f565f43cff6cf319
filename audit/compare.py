"""Compare what the receiver settled with what others made of it: `python audit/compare.py FOLDER/2026-09 …`.

Equal is equal byte for byte.  Exits with 1 if anything differs, and names it.
"""

import csv
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import duckdb
from months import COLUMNS_BY_TABLE, KEYS_BY_TABLE, Months, months_of_command, sha256
from on_duckdb import ordered

OTHERS = ("duckdb", "spark")
DIFFERENCES_SHOWN = 20


def compare(months: Months) -> bool:
    """Tell whether all settlements of each month are the same bytes, and print what differs."""
    with duckdb.connect() as connection:
        for table in COLUMNS_BY_TABLE:
            connection.read_parquet(months.paths("settled", table)).create_view(f"receiver_{table}")
            months.write("settled", table, ordered(connection, f"receiver_{table}", table))
    months.print_sums("settled")
    are_alike = [_is_settled_alike(folder) for folder in months.folders]
    return all(are_alike)


def _is_settled_alike(folder: Path) -> bool:
    others = [folder / name for name in OTHERS if (folder / name).is_dir()]
    if not others:
        sys.exit(f"nothing is there to compare with; run: python audit/on_duckdb.py {folder}")
    are_equal = [_is_equal(folder / "settled", other, table) for other in others for table in COLUMNS_BY_TABLE]
    return all(are_equal)


def _is_equal(settled: Path, other: Path, table: str) -> bool:
    receivers, others = settled / f"{table}.csv", other / f"{table}.csv"
    if sha256(receivers) == sha256(others):
        print(f"equal    {others}")
        return True
    print(f"differs  {others}")
    for difference in islice(differences(receivers, others, table, other.name), DIFFERENCES_SHOWN):
        print(f"  {difference}")
    return False


def differences(receivers: Path, others: Path, table: str, name: str) -> Iterator[str]:
    """Yield a sentence for each figure that differs; the rows of both files are in order of their keys."""

    def key(row: Mapping[str, str]) -> tuple[int, ...]:
        return tuple(int(row[column]) for column in KEYS_BY_TABLE[table])

    def named(row: Mapping[str, str]) -> str:
        return " ".join(f"{column} {row[column]}" for column in KEYS_BY_TABLE[table])

    with receivers.open(newline="") as receivers_file, others.open(newline="") as others_file:
        receivers_rows, others_rows = csv.DictReader(receivers_file), csv.DictReader(others_file)
        settled, other = next(receivers_rows, None), next(others_rows, None)
        while settled or other:
            if other is None or (settled and key(settled) < key(other)):
                assert settled is not None
                yield f"{named(settled)}: settled by the receiver, not by {name}"
                settled = next(receivers_rows, None)
            elif settled is None or key(other) < key(settled):
                yield f"{named(other)}: settled by {name}, not by the receiver"
                other = next(others_rows, None)
            else:
                for column, value in settled.items():
                    if value != other[column]:
                        yield f"{named(settled)}: {column} is {value} at the receiver, {other[column]} on {name}"
                settled, other = next(receivers_rows, None), next(others_rows, None)


if __name__ == "__main__":
    sys.exit(not compare(months_of_command(__doc__)))
