"""The books in one SQLite file: one writer at a time, readers that cannot write.

Before 3.51.3 SQLite could corrupt a WAL file when two connections wrote or checkpointed at the same moment
(sqlite.org/wal.html#walresetbug, read 2026-11-20).  So every write of every process goes through one connection
per process and takes a turn (`turns.py`), under which commits and their checkpoints happen; readers open read-only
and never checkpoint.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool, StaticPool

from receiver.domain.errors import BooksBusy, BooksDamaged, BooksReadOnly, BooksServed
from receiver.store.turns import FileLock, Turns

LOCK_WAIT_S: Final = 10
RECHECK_S: Final = 1  # between tries to write again after the disk failed
READERS_KEPT: Final = 8  # open between requests; more come and go
READERS_MAX: Final = 48  # more than the 40 threads of the server, so that none of them waits for a connection
CACHE_KIB: Final = 32_768
WAL_PAGES: Final = 2_000  # 8 MB; more takes clicks longer when they are copied back
WAL_MENDED_IN: Final = (3, 51, 3)
MIGRATIONS: Final = Path(__file__).parent / "migrations"

log = logging.getLogger("receiver")


class SqliteDatabase:
    """The books in one file.

    After a failed write nothing is written until the file was found whole and could be written again; that is tried
    by itself, every `RECHECK_S`.  Reading goes on meanwhile.
    """

    click_lanes = 1

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turns = Turns(path)
        self._served = FileLock(path.with_name(path.name + ".serving"))
        self._failure: BooksReadOnly | BooksDamaged | None = None
        self._is_closed = threading.Event()
        self._bare_writer: Any = None
        self._writer = _engine(path, "rwc", _prepare_writer, poolclass=StaticPool)
        self._readers = _engine(
            path, "ro", _prepare_reader,
            poolclass=QueuePool, pool_size=READERS_KEPT, max_overflow=READERS_MAX - READERS_KEPT,
            pool_timeout=LOCK_WAIT_S,
        )  # fmt: skip
        event.listen(self._writer, "begin", lambda connection: connection.exec_driver_sql("begin immediate"))
        event.listen(self._readers, "begin", lambda connection: connection.exec_driver_sql("begin"))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with _failures_named(), self._readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with self._turns.one(timeout_s=LOCK_WAIT_S):
            if self._failure is not None:
                raise self._failure
            with self._failures_remembered(), _failures_named(), self._writer.begin() as connection:
                yield connection

    @contextmanager
    def clicking(self) -> Iterator[Any]:
        with self._turns.one(timeout_s=LOCK_WAIT_S):
            if self._failure is not None:
                raise self._failure
            with self._failures_remembered(), _failures_named():
                driver = self._driver()
                driver.execute("begin immediate")
                try:
                    yield driver
                    driver.commit()
                except BaseException:
                    driver.rollback()
                    raise

    def has_books(self) -> bool:
        return self.path.exists()

    def migrate(self) -> None:
        with self._turns.one(timeout_s=LOCK_WAIT_S), _failures_named():
            self._require_exclusive_turns()
            _create_private(self.path)
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["engine"] = self._writer
            command.upgrade(config, "head")

    def claim(self) -> None:
        if not self._served.try_acquire():
            raise BooksServed(str(self.path))

    @contextmanager
    def leading(self) -> Iterator[bool]:
        yield True  # only one receiver serves a file

    def require_writable(self) -> None:
        if self._failure is not None:
            raise self._failure
        for place in (self.path, self.path.parent):
            if not os.access(place, os.W_OK):
                raise BooksReadOnly(f"{place.name} may not be written")

    def versions(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def recheck(self) -> bool:
        """Try whether the file is whole and can be written again; if so, writing goes on."""
        if self._failure is None:
            return True
        try:
            with self._turns.one(timeout_s=LOCK_WAIT_S), _failures_named():
                self._dispose_writer()
                _write_something(self._writer)
                _require_whole(self._writer)
                self._failure = None
        except (BooksBusy, BooksReadOnly):
            return False
        except BooksDamaged as damage:
            self._failure = damage
            log.critical("%s", damage)
            return False
        log.warning("the books can be written again")
        return True

    def close(self) -> None:
        """Close the connections; without a turn the writer is left to whoever opens the file next.

        What was committed is in the WAL and stays, so a command that has booked never fails at its end.
        """
        self._is_closed.set()
        self._readers.dispose()
        with suppress(BooksBusy, BooksReadOnly), self._turns.one(timeout_s=LOCK_WAIT_S):
            self._dispose_writer()  # the last connection to close checkpoints, which is a write
        self._turns.close()
        self._served.close()

    @contextmanager
    def _failures_remembered(self) -> Iterator[None]:
        try:
            yield
        except BooksReadOnly as failure:
            log.error("%s; only reading from now on, until it can be written again", failure)
            self._failure = failure
            self._is_closed.clear()
            threading.Thread(target=self._recheck_until_whole, name="recheck", daemon=True).start()
            raise

    def _recheck_until_whole(self) -> None:
        while not self._is_closed.wait(RECHECK_S):
            if isinstance(self._failure, BooksDamaged) or self.recheck():
                return

    def _driver(self) -> Any:
        """Return the writer's connection as the driver knows it; only for whoever has the turn."""
        if self._bare_writer is None:
            pooled = self._writer.raw_connection()
            self._bare_writer = pooled.driver_connection
            pooled.close()  # which gives it back to its pool of one
        return self._bare_writer

    def _dispose_writer(self) -> None:
        self._bare_writer = None
        self._writer.dispose()

    def _require_exclusive_turns(self) -> None:
        """Refuse to write where nothing keeps a second writer out and SQLite is too old to bear one."""
        if sqlite3.sqlite_version_info < WAL_MENDED_IN and not self._turns.are_exclusive():
            needed = ".".join(map(str, WAL_MENDED_IN))
            raise BooksReadOnly(
                f"the file system of {self.path.parent} keeps no locks, and SQLite {sqlite3.sqlite_version} needs them;"
                f" use a local disk, or SQLite {needed}"
            )


def _create_private(path: Path) -> None:
    """Make sure only the owner can read the books, before SQLite gives its other files the same rights."""
    try:
        path.touch(mode=0o600)
        path.chmod(path.stat().st_mode & 0o700)
    except OSError as error:
        raise BooksReadOnly(f"{path.name}: {error.strerror}") from None


def _engine(path: Path, mode: str, prepare: Callable[[Any], None], **pool: Any) -> Engine:
    url = f"sqlite:///file:{path.resolve()}?mode={mode}&uri=true"
    arguments = {"timeout": LOCK_WAIT_S, "check_same_thread": False, "isolation_level": None}
    # Errors get into the log; what was asked or written is a person's address or reading history.
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, **pool)
    event.listen(engine, "connect", lambda connection, _record: prepare(connection))
    return engine


def _prepare_writer(connection: Any) -> None:
    connection.execute("pragma synchronous = extra")  # else a power cut can bring back the journal of an empty file
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")  # `normal` loses acknowledged clicks when the power fails
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma recursive_triggers = on")  # else `insert or replace` slips past the triggers
    connection.execute("pragma secure_delete = on")  # what is forgotten leaves the file too
    connection.execute("pragma temp_store = memory")  # else each batch of clicks makes and removes a file
    connection.execute(f"pragma cache_size = -{CACHE_KIB}")
    connection.execute(f"pragma wal_autocheckpoint = {WAL_PAGES}")  # pages that change often are copied back once


def _prepare_reader(connection: Any) -> None:
    connection.execute("pragma query_only = on")


def _write_something(engine: Engine) -> None:
    """Write and take back a row, each time as far as the disk."""
    with engine.begin() as connection:
        connection.exec_driver_sql("insert into nonces values ('recheck', ?, 0)", (str(time.time_ns()),))
    with engine.begin() as connection:
        connection.exec_driver_sql("delete from nonces where purpose = 'recheck'")


def _require_whole(engine: Engine) -> None:
    with engine.begin() as connection:
        found = connection.exec_driver_sql("pragma quick_check(1)").scalar_one()
    if found != "ok":
        raise BooksDamaged(str(found))


@contextmanager
def _failures_named() -> Iterator[None]:
    """Name what the disk did; integrity errors pass, they are the caller's or our own mistake."""
    try:
        yield
    except IntegrityError:
        raise
    except sqlite3.IntegrityError as error:
        raise IntegrityError(None, None, error) from error
    except PoolTimeout as error:
        raise BooksBusy from error
    except (DBAPIError, sqlite3.Error) as error:
        cause = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        if "malformed" in cause or "not a database" in cause:
            raise BooksDamaged(cause) from error
        if "locked" in cause or "busy" in cause:
            raise BooksBusy from error
        if any(sign in cause for sign in ("readonly", "disk", "full", "unable to open", "I/O")):
            raise BooksReadOnly(cause) from error
        raise
