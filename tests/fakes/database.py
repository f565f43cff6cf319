"""Databases to try things on, of both kinds; and one that is killed when told."""

import itertools
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, event, select

from receiver.store.database import Database
from receiver.store.postgres import PostgresDatabase
from receiver.store.schema import (
    carried_clicks,
    clicks,
    creator_settlements,
    entries,
    gift_parts,
    gift_settlements,
    metadata,
    months,
    places,
    pledges,
    postings,
    rail_movements,
    reader_settlements,
    team_settlements,
    thing_settlements,
    things,
)
from receiver.store.sqlite import MIGRATIONS, SqliteDatabase
from tests.fakes.postgres import Cluster

_WRITES = ("insert", "update", "delete", "copy")
OWNER, APPLICATION = "flattr_owner", "flattr_app"


class Books(Protocol):
    """Makes databases of one kind; where one is, its address says."""

    name: str

    def begin(self) -> Any:
        """Return the address of a migrated database without a row."""

    def begin_older(self, revision: str) -> Any:
        """Return the address of a database as an older version made it, without a row."""

    def bring_up_to_date(self, address: Any) -> None:
        """Migrate as the operator does."""

    def copy(self, address: Any) -> Any:
        """Return the address of a copy; nobody has the database open meanwhile."""

    def open(self, address: Any) -> Database:
        """Open a database as the application does."""

    def open_as_owner(self, address: Any) -> Database:
        """Open a database as who may do everything to it."""

    def tamper(self, address: Any, statement: str) -> None:
        """Change books as nobody can: past every trigger, but the one that moves balances, and every constraint."""

    def drop(self, address: Any) -> None: ...


class SqliteBooks:
    """Files in a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder, self._numbers = folder, itertools.count()
        self._empty = folder / "empty.db"
        db = SqliteDatabase(self._empty)
        db.migrate()
        db.close()

    def begin(self) -> Path:
        return self.copy(self._empty)

    def begin_older(self, revision: str) -> Path:
        home = self._folder / str(next(self._numbers))
        home.mkdir()
        _migrate(f"sqlite:///{home / 'books.db'}", revision)
        return home / "books.db"

    def bring_up_to_date(self, address: Path) -> None:
        db = self.open(address)
        db.migrate()
        db.close()

    def copy(self, address: Path) -> Path:
        home = self._folder / str(next(self._numbers))
        home.mkdir()
        return Path(shutil.copy(address, home / "books.db"))

    def open(self, address: Path) -> SqliteDatabase:
        return SqliteDatabase(address)

    open_as_owner = open

    def tamper(self, address: Path, statement: str) -> None:
        shell = sqlite3.connect(address)
        for (name,) in shell.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            if name != "postings_insert":
                shell.execute(f"drop trigger {name}")
        shell.execute("pragma ignore_check_constraints = on")
        shell.execute(statement)
        shell.commit()
        shell.close()

    def drop(self, address: Path) -> None:
        shutil.rmtree(address.parent)


class PostgresBooks:
    """Databases of a cluster, each a copy of another."""

    name = "postgres"

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self._numbers = cluster, itertools.count()
        for role in (OWNER, APPLICATION):
            cluster.sql(f"create role {role} login")
        cluster.sql(f"create database empty owner {OWNER}")
        db = self.owner("empty")
        db.migrate()
        db.close()

    def begin(self) -> str:
        return self.copy("empty")

    def begin_older(self, revision: str) -> str:
        name = f"books_{next(self._numbers)}"
        self.cluster.sql(f"create database {name} owner {OWNER}")
        _migrate(self.cluster.url(name, role=OWNER).replace("postgresql:", "postgresql+psycopg:"), revision)
        return name

    def bring_up_to_date(self, address: str) -> None:
        db = self.owner(address)
        db.migrate()
        db.close()

    def copy(self, address: str) -> str:
        name = f"books_{next(self._numbers)}"
        self.cluster.sql(f"create database {name} template {address} owner {OWNER}")
        return name

    def open(self, address: str) -> PostgresDatabase:
        return PostgresDatabase(self.cluster.url(address, role=APPLICATION))

    def open_as_owner(self, address: str) -> PostgresDatabase:
        return PostgresDatabase(self.cluster.url(address, role=OWNER))

    def owner(self, address: str) -> PostgresDatabase:
        """Open a database as `flattr-receiver migrate` does."""
        return PostgresDatabase(self.url(address), owner_url=self.cluster.url(address, role=OWNER))

    def tamper(self, address: str, statement: str) -> None:
        self.cluster.sql(
            "do $$ declare found record; begin"
            " for found in select tgrelid::regclass as name, tgname from pg_trigger"
            " where not tgisinternal and tgname <> 'postings_insert' and tgparentid = 0 loop"
            "   execute format('alter table %s disable trigger %I', found.name, found.tgname); end loop;"
            " for found in select conrelid::regclass as name, conname from pg_constraint"
            " where contype = 'c' and coninhcount = 0 and conrelid <> 0 loop"
            "   execute format('alter table %s drop constraint %I', found.name, found.conname); end loop;"
            f" end $$; {statement}",
            database=address,
        )

    def url(self, address: str) -> str:
        """Return what FLATTR_DATABASE_URL would be."""
        return self.cluster.url(address, role=APPLICATION)

    def drop(self, address: str) -> None:
        self.cluster.sql(f"drop database {address} with (force)")


def _migrate(url: str, revision: str) -> None:
    engine, config = create_engine(url), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    command.upgrade(config, revision)
    engine.dispose()


class Killed(BaseException):
    """The process ends here: no `except Exception` sees it, as none sees a `kill -9`."""


def _raise() -> None:
    raise Killed


class MortalDatabase:
    """Dies before write statement number `at_write`, or instead of commit number `at_commit`; both count from 1.

    What it counted until then is in `writes` and `commits`.  Dying rolls the open transaction back, as the next
    opening of the books would; throw the object away after that.  With another `kill` it dies in another way.
    """

    click_lanes = 1

    def __init__(
        self,
        db: Any,
        *,
        at_write: int | None = None,
        at_commit: int | None = None,
        kill: Callable[[], None] = _raise,
    ) -> None:
        self._db = db
        self._kill = kill
        self._at_write, self._at_commit = at_write, at_commit
        self.writes = self.commits = 0
        event.listen(self._db._writer, "before_cursor_execute", self._count_write)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._db.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._db.writing() as connection:
            yield connection
            self.commits += 1
            if self.commits == self._at_commit:
                self._kill()

    def clicking(self) -> AbstractContextManager[Connection]:
        return self.writing()

    def close(self) -> None:
        self._db.close()

    def _count_write(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().lower().startswith(_WRITES):
            self.writes += 1
            if self.writes == self._at_write:
                self._kill()


def dump(db: Database) -> str:
    """Return every row of every table, in order of its key; two equal databases have equal dumps."""
    lines = []
    with db.reading() as connection:
        for table in metadata.sorted_tables:
            order = ", ".join(column.name for column in table.primary_key)
            rows = connection.exec_driver_sql(f"select * from {table.name} order by {order}")
            lines += [f"{table.name} {tuple(row)}" for row in rows]
    return "\n".join(lines)


def books_of(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the books hold, by the names that things have in the world: sites and keys are drawn at random."""
    with db.reading() as connection:
        url_by_thing = {row[0]: row[1] for row in connection.execute(select(things.c.id, things.c.url))}
        name_by_place = {row[0]: row[1] for row in connection.execute(select(places.c.id, places.c.name))}
        key_by_entry = {row[0]: row[1] for row in connection.execute(select(entries.c.id, entries.c.key))}
        named = {
            "thing_id": url_by_thing,
            "source_id": name_by_place,
            "target_id": name_by_place,
            "entry_id": key_by_entry,
        }
        return {
            table.name: sorted(
                (
                    tuple(named.get(name, {}).get(value, value) for name, value in row._mapping.items() if name != "id")
                    for row in connection.execute(select(table))
                ),
                key=repr,
            )
            for table in _BOOKS
        }


_BOOKS = (
    places, entries, postings, rail_movements, months, pledges,
    clicks, carried_clicks, gift_settlements, reader_settlements,
    thing_settlements, creator_settlements, team_settlements, gift_parts,
)  # fmt: skip
