"""The books of a receiver on SQLite and on PostgreSQL: begun as a user begins them, then filled fast."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from bench.machine import Missing, require_postgres, staying_on
from receiver.app import build_parts
from receiver.settings import Settings, load_settings
from receiver.web.parts import Parts
from tests.fakes import postgres

PUBLIC_URL: Final = "http://127.0.0.1:8000/"
_WITH_NUMBERS: Final = ("users", "things", "places", "entries")  # the tables filled here whose ids the database counts


class Books(Protocol):
    """Where a receiver keeps everything."""

    folder: Path

    def environment(self) -> dict[str, str]:
        """Return the settings of a receiver of these books."""

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows the fast way; the database's own checks look at each."""

    def settle(self) -> None:
        """Do what is due after loading."""

    def rows(self, query: str) -> list[tuple[int, ...]]:
        """Ask the database itself for numbers."""

    def copy(self) -> AbstractContextManager["Books"]:
        """Make books with the same content, for the length of a `with`; nobody may have these open."""


Maker = Callable[[], AbstractContextManager[Books]]


def begin(books: Books) -> Parts:
    """Open the books as a receiver does, which makes them if there are none."""
    return build_parts(load_settings(books.environment(), file=books.folder / "none.env"))


def clicks_in(books: Books) -> int:
    return books.rows("select count(*) from clicks")[0][0]


@contextmanager
def on_sqlite() -> Iterator[Books]:
    with _folder() as folder:
        yield SqliteBooks(folder)


@contextmanager
def on_postgres(*, core: int | None = None) -> Iterator[Books]:
    """Run a PostgreSQL that keeps what it says, on a core of its own if one is named.  Raises Missing."""
    require_postgres()
    if "database_url" not in Settings.model_fields:
        raise Missing("this receiver knows no PostgreSQL yet")
    if core is None:
        with postgres.cluster(is_durable=True) as cluster, _folder() as folder:
            yield _new_on(cluster, folder)
        return
    with staying_on(core):
        running = postgres.cluster(is_durable=True)
        cluster = running.__enter__()
    try:
        with _folder() as folder:
            yield _new_on(cluster, folder)
    finally:
        running.__exit__(None, None, None)


class SqliteBooks:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def environment(self) -> dict[str, str]:
        return _settings(self.folder)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        with self._connection() as connection:
            connection.execute("pragma synchronous = off")
            connection.execute("pragma cache_size = -200000")
            marks = ", ".join("?" for _ in columns)
            connection.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)
            connection.commit()

    def settle(self) -> None:
        with self._connection() as connection:
            connection.execute("pragma wal_checkpoint(truncate)")

    def rows(self, query: str) -> list[tuple[int, ...]]:
        with self._connection() as connection:
            return connection.execute(query).fetchall()

    @contextmanager
    def copy(self) -> Iterator[Books]:
        with _folder() as folder:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)
            yield SqliteBooks(folder)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.folder / "data" / "flattr.db")
        try:
            yield connection
        finally:
            connection.close()


class PostgresBooks:
    def __init__(self, cluster: postgres.Cluster, database: str, folder: Path) -> None:
        self.folder = folder
        self._cluster, self._database = cluster, database

    def environment(self) -> dict[str, str]:
        return {
            **_settings(self.folder),
            "FLATTR_DATABASE_URL": self._cluster.url(self._database, role="flattr"),
            "FLATTR_DATABASE_OWNER_URL": self._cluster.url(self._database, role="flattr_owner"),
        }

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        psql = [self._psql(), "-X", "-q", "-v", "ON_ERROR_STOP=1", self._cluster.url(self._database)]
        statement = f"copy {table} ({', '.join(columns)}) from stdin"
        process = subprocess.Popen([*psql, "-c", statement], stdin=subprocess.PIPE, text=True)
        assert process.stdin is not None
        with process.stdin as lines:
            for row in rows:
                lines.write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")
        if process.wait() != 0:
            raise RuntimeError(f"{table} was not loaded")

    def settle(self) -> None:
        for table in _WITH_NUMBERS:
            newest = f"(select max(id) from {table})"
            self._sql(f"select setval(pg_get_serial_sequence('{table}', 'id'), {newest})")
        self._sql("vacuum analyze")  # the database would do it by itself, in the middle of a round
        self._sql("checkpoint")

    def rows(self, query: str) -> list[tuple[int, ...]]:
        return [tuple(int(cell) for cell in line.split("|")) for line in self._sql(query).splitlines()]

    @contextmanager
    def copy(self) -> Iterator[Books]:
        with _folder() as folder:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)
            database = f"copy_{folder.name.lower().replace('-', '_')}"
            self._cluster.sql(f"create database {database} template {self._database} owner flattr_owner")
            self._cluster.sql("checkpoint")
            try:
                yield PostgresBooks(self._cluster, database, folder)
            finally:
                self._cluster.sql(f"drop database {database} with (force)")

    def _sql(self, statement: str) -> str:
        return self._cluster.sql(statement, database=self._database)

    def _psql(self) -> str:
        binaries = postgres.binaries()
        assert binaries is not None
        return str(binaries / "psql")


def _new_on(cluster: postgres.Cluster, folder: Path) -> PostgresBooks:
    for role in ("flattr_owner", "flattr"):
        cluster.sql(f"create role {role} login")
    cluster.sql("create database books owner flattr_owner")
    books = PostgresBooks(cluster, "books", folder)
    environment = {**os.environ, **books.environment()}
    subprocess.run([sys.executable, "-m", "receiver", "migrate"], env=environment, check=True, capture_output=True)
    return books


def _settings(folder: Path) -> dict[str, str]:
    return {
        "FLATTR_PUBLIC_URL": PUBLIC_URL,
        "FLATTR_DATA_DIR": str(folder / "data"),
        "FLATTR_CLOSE_AUTOMATICALLY": "no",  # months are closed when the benchmark says so
    }


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="flattr-bench-") as folder:
        yield Path(folder)
