"""The books in PostgreSQL, for several receivers: deeds one at a time among all of them, clicks beside each other.

A deed takes one advisory lock for its transaction, so all that an action has read is still so when it commits, as in
the one file of SQLite.  Clicks do not take it: they only add rows, which keys, triggers and the state of their month
guard (docs/decisions/0011-postgresql.md).
"""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from receiver.domain.errors import BadSettings, BooksBusy, BooksReadOnly, BooksUnreachable
from receiver.store.grants import grant

LOCK_WAIT_S: Final = 10
CONNECT_WAIT_S: Final = 5
CONNECTIONS_KEPT: Final = 4
CONNECTIONS_MAX: Final = 24  # a receiver; PostgreSQL allows 100 unless told otherwise
DEEDS: Final = 0x466C6174_74720001  # names the lock of deeds: "Flattr", 1
MIGRATIONS_LOCK: Final = 0x466C6174_74720002
LEADER: Final = 0x466C6174_74720003
MIGRATIONS: Final = Path(__file__).parent / "migrations"

# https://www.postgresql.org/docs/15/errcodes-appendix.html, read 2026-11-25
_BUSY: Final = {"55P03", "40P01", "40001", "53300"}  # lock not available, deadlock, serialization, too many connections
_READ_ONLY: Final = {"53100", "25006", "58030"}  # disk full, read only (a standby), I/O error


class PostgresDatabase:
    """The books behind a URL, as the role that may not change them; `owner_url` is the role that makes the tables."""

    click_lanes = 2

    def __init__(self, url: str, *, owner_url: str = "") -> None:
        self._url = _parsed("FLATTR_DATABASE_URL", url)
        self._owner_url = _parsed("FLATTR_DATABASE_OWNER_URL", owner_url) if owner_url else None
        self._writer = _engine(self._url)
        self._readers = _engine(self._url, isolation_level="REPEATABLE READ", is_read_only=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with _failures_named(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with _failures_named(), self._writer.begin() as connection:
            connection.exec_driver_sql(f"select pg_advisory_xact_lock({DEEDS})")
            yield connection

    @contextmanager
    def clicking(self) -> Iterator[Any]:
        with _failures_named():
            pooled = self._writer.raw_connection()
            driver: Any = pooled.driver_connection
            try:
                yield driver
                driver.commit()
            except BaseException as error:
                if driver.broken:
                    pooled.invalidate(error)
                    self._writer.dispose()  # those that rest in the pool are broken too, as a rule
                else:
                    driver.rollback()
                raise
            finally:
                pooled.close()

    def has_books(self) -> bool:
        with self.reading() as connection:
            if not inspect(connection).has_table("constants"):
                return False
            return connection.exec_driver_sql("select exists (select 1 from constants)").scalar_one() is True

    def migrate(self) -> None:
        if self._owner_url is None:
            self._require_newest_schema()
            return
        owner = _engine(self._owner_url)
        try:
            with _failures_named(), owner.connect() as waiting:
                waiting.exec_driver_sql(f"select pg_advisory_lock({MIGRATIONS_LOCK})")  # until this connection closes
                command.upgrade(_config(owner), "head")
                with owner.begin() as connection:
                    grant(connection, role=str(self._url.username))
        finally:
            owner.dispose()

    def claim(self) -> None:
        """Do nothing: several receivers may serve the same books."""

    @contextmanager
    def leading(self) -> Iterator[bool]:
        with _failures_named(), self._writer.connect() as connection:
            found = connection.exec_driver_sql(f"select pg_try_advisory_lock({LEADER})").scalar_one()
            connection.commit()  # the lock is the session's, not the transaction's
            try:
                yield found
            finally:
                connection.exec_driver_sql(f"select pg_advisory_unlock({LEADER})")
                connection.commit()

    def require_writable(self) -> None:
        with self.reading() as connection:
            if connection.exec_driver_sql("select pg_is_in_recovery()").scalar_one():
                raise BooksReadOnly("the database is a standby")

    def versions(self) -> str:
        with self.reading() as connection:
            return f"PostgreSQL {connection.exec_driver_sql('show server_version').scalar_one()}"

    def close(self) -> None:
        self._readers.dispose()
        self._writer.dispose()

    def _require_newest_schema(self) -> None:
        with _failures_named(), self._readers.begin() as connection:
            there = MigrationContext.configure(connection).get_current_revision()
        newest = ScriptDirectory.from_config(_config(None)).get_current_head()
        if there != newest:
            raise BadSettings(
                [f"the schema of the database is {there or 'not there'}, not {newest}; run: flattr-receiver migrate, "
                 "with FLATTR_DATABASE_OWNER_URL naming the role that owns the tables"]
            )  # fmt: skip


def _config(owner: Engine | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = owner
    return config


def _parsed(setting: str, url: str) -> URL:
    """Return the address with its driver named.  Raises BadSettings, without the password that may stand in it."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise BadSettings([f"{setting}: write postgresql://ROLE:PASSWORD@HOST/DATABASE"]) from None
    if parsed.get_backend_name() not in ("postgresql", "postgres") or not parsed.username or not parsed.database:
        raise BadSettings([f"{setting}: write postgresql://ROLE:PASSWORD@HOST/DATABASE"])
    if importlib.util.find_spec("psycopg") is None:
        raise BadSettings([f'{setting}: PostgreSQL needs more: pip install "selfhosted-flattr[postgres]"'])
    return parsed.set(drivername="postgresql+psycopg")


def _engine(url: URL, *, isolation_level: str = "READ COMMITTED", is_read_only: bool = False) -> Engine:
    options = f"-c lock_timeout={int(LOCK_WAIT_S * 1_000)} -c timezone=UTC"
    if is_read_only:
        options += " -c default_transaction_read_only=on"
    else:
        options += " -c plan_cache_mode=force_generic_plan"  # prepared statements suit any values, and many are long
    engine = create_engine(
        url, isolation_level=isolation_level, hide_parameters=True, pool_timeout=LOCK_WAIT_S, pool_pre_ping=False,
        pool_size=CONNECTIONS_KEPT, max_overflow=CONNECTIONS_MAX - CONNECTIONS_KEPT,
        connect_args={"connect_timeout": CONNECT_WAIT_S, "options": options, "application_name": "flattr-receiver"},
    )  # fmt: skip
    event.listen(engine, "connect", _send_whole_numbers)
    event.listen(engine, "handle_error", _keep_secret)
    if not is_read_only:
        event.listen(engine, "connect", _require_durable)
    return engine


def _send_whole_numbers(connection: Any, _record: Any) -> None:
    """Send every number as one of 64 bits, else each size of it is another statement to prepare."""
    from psycopg.types.numeric import Int8Dumper  # here: whoever keeps to SQLite need not install it

    connection.adapters.register_dumper(int, Int8Dumper)
    connection.prepare_threshold, connection.prepared_max = 2, 512


def _keep_secret(context: Any) -> None:
    """Keep of a refusal its first line: the details tell the row, which is a person's address or reading history."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\n")[0],)


def _require_durable(connection: Any, _record: Any) -> None:
    """Commit to the disk, whatever the server does by itself: with `off` an acknowledged click can be lost."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('synchronous_commit')")
        if cursor.fetchone() == ("off",):
            cursor.execute("set synchronous_commit = on")
    connection.commit()


@contextmanager
def _failures_named() -> Iterator[None]:
    """Name what the server did; integrity errors pass, they are the caller's or our own mistake."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeout as error:
        raise BooksBusy from error
    except DBAPIError as error:
        raise _named(error.orig or error) or error from error
    except Exception as error:
        if hasattr(error, "sqlstate"):  # of the driver itself, which need not be installed
            raise _named(error) or error from error
        raise


def _named(error: BaseException) -> Exception | None:
    """Return our name for what the driver tells, if there is one; of its words the first line, which tells no row."""
    state, sentence = getattr(error, "sqlstate", None), str(error).partition("\n")[0]
    if state in _BUSY:
        return BooksBusy()
    if state in _READ_ONLY:
        return BooksReadOnly(sentence)
    if state is not None and state.startswith("23"):
        return IntegrityError(None, None, Exception(sentence))
    if state is None or state[:2] in ("08", "57"):
        return BooksUnreachable(sentence)
    return None
