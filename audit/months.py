"""The folders of exported months, and the settlements in them as canonical CSV."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

INPUTS = ("clicks", "things", "teams", "pots", "rules")
COLUMNS_BY_TABLE = {
    "readers": ("month", "reader", "pledge", "from_earned", "from_fresh", "fee", "share", "things"),
    "things": ("month", "thing", "creator", "readers", "micros"),
    "teams": ("month", "team", "member", "parts", "micros"),
}
# Within a month, rows are in their order.
KEYS_BY_TABLE = {"readers": ("reader",), "things": ("thing",), "teams": ("team", "member")}

os.umask(0o077)  # who gave what to whom is nobody else's business


class Months:
    """Folders of months, each named by its month as the export named it: `audit/2026-09`."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.folders = [Path(argument).absolute() for argument in arguments]
        self._folder_by_month = {folder.name: folder for folder in self.folders}
        if len(self._folder_by_month) < len(self.folders):
            sys.exit("two folders are of one month; name them in two calls")

    def paths(self, part: str, table: str) -> list[str]:
        """Return the Parquet files of a table of all months; exit with the remedy if one is missing."""
        paths = [folder / part / f"{table}.parquet" for folder in self.folders]
        for folder, path in zip(self.folders, paths, strict=True):
            if not path.exists():
                when = "before" if part == "inputs" else "after"
                sys.exit(
                    f"{path} is not there; {when} {folder.name} is closed run:"
                    f" flattr-receiver export {folder.name} {folder.parent}"
                )
        return [str(path) for path in paths]

    def write(self, implementation: str, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows, in order of month and key, as the CSV of an implementation in the folder of each month."""
        path_by_month = {
            month: folder / implementation / f"{table}.csv" for month, folder in self._folder_by_month.items()
        }
        for path in path_by_month.values():
            path.parent.mkdir(exist_ok=True)
            path.write_text(",".join(COLUMNS_BY_TABLE[table]) + "\n", encoding="ascii")
        for month, rows_of_month in groupby(rows, key=itemgetter(0)):
            if month not in path_by_month:
                sys.exit(f"an export of {month} is in a folder of another name; name the folder {month}")
            with path_by_month[month].open("a", encoding="ascii", newline="") as file:
                file.writelines(",".join(map(str, row)) + "\n" for row in rows_of_month)

    def print_sums(self, implementation: str) -> None:
        """Print the SHA-256 of each CSV, as `sha256sum` does."""
        for folder in self.folders:
            for table in COLUMNS_BY_TABLE:
                path = folder / implementation / f"{table}.csv"
                print(f"{sha256(path)}  {path}")


def months_of_command(usage: str | None) -> Months:
    """Return the months that the command line names; exit with the usage if it names none."""
    if not sys.argv[1:]:
        sys.exit(usage)
    return Months(sys.argv[1:])


def statements() -> Iterator[str]:
    """Yield the statements of close.sql, one by one."""
    lines = Path(__file__).with_name("close.sql").read_text(encoding="utf-8").splitlines()
    code = "\n".join(line for line in lines if not line.startswith("--"))
    return (statement for statement in map(str.strip, code.split(";")) if statement)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
