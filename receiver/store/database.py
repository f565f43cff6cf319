"""One SQLite file: one writer at a time, readers that cannot write.

Before 3.51.3 SQLite could corrupt a WAL file when two connections wrote or checkpointed at the same moment
(sqlite.org/wal.html#walresetbug, read 2026-11-20).  So every write of every process goes through one connection
per process and an flock on `FILE.lock`, under which commits and their checkpoints happen; readers open read-only
and never checkpoint.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool, StaticPool

from receiver.domain.errors import BooksBusy, BooksDamaged, BooksReadOnly

LOCK_WAIT_S: Final = 10.0
LOCK_POLL_S: Final = 0.002
GIVE_WAY_S: Final = 0.005  # longer than a poll, so that whoever waits for the lock finds it free
READERS_KEPT: Final = 8  # open between requests; more come and go
READERS_MAX: Final = 48  # more than the 40 threads of the server, so that none of them waits for a connection


class Database(Protocol):
    """Where the books are.  Only actions open transactions."""

    def reading(self) -> Any:
        """Open a connection that cannot write, for the length of a `with`; it sees one moment throughout."""

    def writing(self) -> Any:
        """Open the writing transaction, for the length of a `with`: committed at its end, or nothing of it.

        Raises BooksBusy or BooksReadOnly; nothing is changed then.
        """

    def writing_part(self) -> Any:
        """Open one of many writing transactions of a long deed, such as a close; whoever waits comes in between."""

    def require_writable(self) -> None:
        """Raise BooksReadOnly if the file or its folder may not be written, without writing."""

    def close(self) -> None:
        """Let go of the books; whoever comes next opens them anew."""


class SqliteDatabase:
    """The books in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock_path = path.with_name(path.name + ".lock")
        self._turn = threading.Lock()
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
        with self._alone(), _failures_named(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def writing_part(self) -> Iterator[Connection]:
        with self.writing() as connection:
            yield connection
        time.sleep(GIVE_WAY_S)  # locks are not fair: without it clicks wait for the end of the whole close

    def migrate(self) -> None:
        """Bring the schema to the newest version; safe to call at every start."""
        with self._alone(), _failures_named():
            _create_private(self.path)
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            config.attributes["engine"] = self._writer
            command.upgrade(config, "head")

    def require_writable(self) -> None:
        for place in (self.path, self.path.parent):
            if not os.access(place, os.W_OK):
                raise BooksReadOnly(f"{place.name} may not be written")

    def close(self) -> None:
        """Close the connections; without a turn at the lock the writer is left to whoever opens the file next.

        What was committed is in the WAL and stays, so a command that has booked never fails at its end.
        """
        self._readers.dispose()
        with suppress(BooksBusy, BooksReadOnly), self._alone():
            self._writer.dispose()  # the last connection to close checkpoints, which is a write

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=LOCK_WAIT_S):
            raise BooksBusy
        try:
            with _file_lock(self._lock_path):
                yield
        finally:
            self._turn.release()


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
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")  # `normal` loses acknowledged clicks when the power fails
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma recursive_triggers = on")  # else `insert or replace` slips past the triggers
    connection.execute("pragma secure_delete = on")  # what is forgotten leaves the file too


def _prepare_reader(connection: Any) -> None:
    connection.execute("pragma query_only = on")


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BooksReadOnly(f"{path.name}: {error.strerror}") from None
    try:
        deadline = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BooksBusy from None
                time.sleep(LOCK_POLL_S)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _failures_named() -> Iterator[None]:
    """Name what the disk did; integrity errors pass, they are the caller's or our own mistake."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeout as error:
        raise BooksBusy from error
    except DBAPIError as error:
        cause = str(error.orig)
        if "malformed" in cause or "not a database" in cause:
            raise BooksDamaged(cause) from error
        if isinstance(error, OperationalError) and ("locked" in cause or "busy" in cause):
            raise BooksBusy from error
        if any(sign in cause for sign in ("readonly", "disk", "full", "unable to open", "I/O")):
            raise BooksReadOnly(cause) from error
        raise
