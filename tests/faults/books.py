"""Where the books are, as the operator names them to the server, and as SQL reads them past the server."""

import importlib.util
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self

from receiver.actions.check_books import check_books
from receiver.app import build_parts
from receiver.domain.month import Month
from receiver.settings import load_settings
from receiver.web.parts import Parts
from tests.fakes.mail import Outbox
from tests.fakes.postgres import MISSING, Cluster, binaries, cluster
from tests.fakes.senders import Click
from tests.fakes.served_receiver import run_command

DATABASES: Final = ("sqlite", "postgres")
NO_DRIVER: Final = 'no psycopg in this environment; install it (pip install "selfhosted-flattr[postgres]")'
_OWNER, _APPLICATION = "flattr_owner", "flattr_application"


class Books(Protocol):
    """A folder for the server to run in, and what it is told by its environment."""

    @property
    def folder(self) -> Path: ...

    @property
    def environment(self) -> dict[str, str]: ...

    def rows(self, statement: str) -> list[tuple[str, ...]]:
        """Read, without the receiver's code; all is text."""

    def copied_to(self, folder: Path) -> Self:
        """Return the same books once more, for another server.  Nobody may have them open."""


@dataclass(frozen=True)
class SqliteBooks:
    """One file; `data` may lie on another disk than the folder."""

    folder: Path
    data: Path

    @property
    def environment(self) -> dict[str, str]:
        return _environment(self.data)

    @property
    def path(self) -> Path:
        return self.data / "flattr.db"

    def rows(self, statement: str) -> list[tuple[str, ...]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return [tuple(map(str, row)) for row in connection.execute(statement)]

    def copied_to(self, folder: Path) -> "SqliteBooks":
        return self.copied_to_disk(folder, folder / "data")

    def copied_to_disk(self, folder: Path, data: Path) -> "SqliteBooks":
        folder.mkdir(exist_ok=True)
        shutil.copytree(self.data, data, dirs_exist_ok=True)
        return SqliteBooks(folder, data)


@dataclass(frozen=True)
class PostgresBooks:
    """A database of a cluster of one's own; the keys are in the folder."""

    folder: Path
    cluster: Cluster
    database: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            **_environment(self.folder / "data"),
            "FLATTR_DATABASE_URL": self.cluster.url(self.database, role=_APPLICATION),
            "FLATTR_DATABASE_OWNER_URL": self.cluster.url(self.database, role=_OWNER),
        }

    def rows(self, statement: str) -> list[tuple[str, ...]]:
        said = self.cluster.sql(statement, database=self.database)
        return [tuple(line.split("|")) for line in said.splitlines()]

    def copied_to(self, folder: Path) -> "PostgresBooks":
        number = int(self.cluster.sql("select count(*) from pg_database"))
        copy = PostgresBooks(folder, self.cluster, f"books_{number}")
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        self.cluster.sql(f"create database {copy.database} template {self.database} owner {_OWNER}")
        # A copied sequence believes its next 32 numbers to be logged; after a crash it would give them out again.
        self.cluster.sql("checkpoint")
        return copy


@contextmanager
def empty_books(database: str, folder: Path) -> Iterator[Books]:
    """Give books that nobody has written in yet."""
    folder.mkdir(exist_ok=True)
    if database == "sqlite":
        yield SqliteBooks(folder, folder / "data")
        return
    with cluster(is_durable=True) as running:
        for role in (_OWNER, _APPLICATION):
            running.sql(f"create role {role} login")
        running.sql(f"create database books_0 owner {_OWNER}")
        books = PostgresBooks(folder, running, "books_0")
        code, said = run_command("migrate", folder=folder, environment=books.environment)
        assert code == 0, said
        yield books


def why_not(database: str) -> str:
    """Return why these books cannot be tried here; nothing if they can."""
    if database == "sqlite":
        return ""
    if importlib.util.find_spec("psycopg") is None:
        return NO_DRIVER
    return MISSING if binaries() is None else ""


@contextmanager
def parts_of(books: Books) -> Iterator[Parts]:
    """Open the books in this process, as a command of the operator does beside the server."""
    settings = load_settings(books.environment, file=books.folder / "flattr.env")
    parts = build_parts(settings, mailer=Outbox())
    try:
        yield parts
    finally:
        parts.db.close()


def require_balanced(books: Books) -> None:
    """Do what `flattr-receiver check` does.  Raises BooksOutOfBalance."""
    with parts_of(books) as parts:
        check_books(parts.db)


def clicks_there(books: Books, address: str) -> Counter[Click]:
    """Count every click on the pages below an address; more than one of a click would be one too many."""
    rows = books.rows(
        "select c.month, c.reader_id, t.url from clicks c join things t on t.id = c.thing_id"
        f" where t.url like '{address}%'"
    )
    return Counter(Click(int(month), int(reader), url) for month, reader, url in rows)


def pages_without_a_click(books: Books, address: str) -> list[str]:
    """Return things that are there although the click that was to bring them is not: half a click."""
    rows = books.rows(
        f"select url from things t where url like '{address}%'"
        " and not exists (select 1 from clicks c where c.thing_id = t.id)"
    )
    return [url for (url,) in rows]


def state_of_month(books: Books, month: Month) -> str:
    return books.rows(f"select state from months where month = {month.number}")[0][0]


def _environment(data: Path) -> dict[str, str]:
    return {
        "FLATTR_PUBLIC_URL": "http://127.0.0.1:8000",
        "FLATTR_DATA_DIR": str(data),
        "FLATTR_CLOSE_AUTOMATICALLY": "no",
    }
