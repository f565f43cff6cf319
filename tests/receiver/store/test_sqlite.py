# ruff: noqa: PT012 - what fails is the transaction as a whole
"""One file: who may open it, who may write, and what is said when the disk fails."""

import fcntl
import os
import resource
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio.to_thread
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from receiver.actions.check_books import check_books
from receiver.domain.errors import BooksBusy, BooksDamaged, BooksReadOnly, BooksServed
from receiver.store import sqlite as database_module
from receiver.store import users
from receiver.store.sqlite import SqliteDatabase
from receiver.store.turns import FileLock, ThreadTurns
from tests.fakes.database import SqliteBooks, dump
from tests.receiver.cast import at

NOW = at("2026-09-03")
NOBODY = 65534


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "LOCK_WAIT_S", 0.2)


@pytest.fixture
def books(sqlite_books: SqliteBooks, impatient: None) -> Iterator[SqliteDatabase]:
    db = sqlite_books.open(sqlite_books.begin())
    yield db
    db.close()


def add_user(db: SqliteDatabase, email: str = "rosa@example.org") -> None:
    with db.writing() as connection:
        users.add(connection, email=email, name="Rosa", now=NOW)


def test_what_raises_is_not_written(books: SqliteDatabase) -> None:
    with pytest.raises(ZeroDivisionError), books.writing() as connection:
        users.add(connection, email="rosa@example.org", name="Rosa", now=NOW)
        raise ZeroDivisionError

    with books.reading() as connection:
        assert users.find_by_email(connection, "rosa@example.org") is None


def test_a_reader_sees_one_moment_throughout(books: SqliteDatabase) -> None:
    with books.reading() as connection:
        before = users.find_by_email(connection, "rosa@example.org")
        add_user(books)
        after = users.find_by_email(connection, "rosa@example.org")

    assert (before, after) == (None, None)


def test_a_reading_connection_cannot_write(books: SqliteDatabase) -> None:
    with pytest.raises(BooksReadOnly), books.reading() as connection:
        users.add(connection, email="rosa@example.org", name="Rosa", now=NOW)


def test_the_writer_keeps_its_pragmas(books: SqliteDatabase) -> None:
    with books.writing() as connection:
        pragmas = [
            connection.execute(text(f"pragma {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "secure_delete")
        ]

    assert pragmas == ["wal", 2, 1, 1, 1]


@pytest.mark.usefixtures("impatient")
def test_only_the_owner_can_read_the_files(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        db = SqliteDatabase(tmp_path / "books.db")
        db.migrate()
        add_user(db)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
        db.close()
    finally:
        os.umask(old)

    assert set(modes) == {"books.db", "books.db-wal", "books.db-shm", "books.db.lock", "books.db.queue"}
    assert set(modes.values()) == {0o600}


def test_a_file_that_others_could_read_is_taken_back(books: SqliteDatabase) -> None:
    books.path.chmod(0o644)

    books.migrate()

    assert stat.S_IMODE(books.path.stat().st_mode) == 0o600


def test_migrating_twice_changes_nothing(books: SqliteDatabase) -> None:
    before = dump(books)

    books.migrate()

    assert dump(books) == before


def test_a_command_reads_books_that_no_process_writes(sqlite_books: SqliteBooks) -> None:
    """After the last writer has closed there is no -wal and no -shm; a reader makes do."""
    path = sqlite_books.begin()
    db = SqliteDatabase(path)

    assert check_books(db)

    db.close()
    assert not path.with_name("books.db-wal").exists() or path.with_name("books.db-wal").stat().st_size == 0


def test_a_command_reads_while_the_server_writes(books: SqliteDatabase) -> None:
    command = SqliteDatabase(books.path)
    with books.writing() as connection:
        users.add(connection, email="rosa@example.org", name="Rosa", now=NOW)
        with command.reading() as other:
            assert users.find_by_email(other, "rosa@example.org") is None
    command.close()


def test_where_there_are_no_books_nothing_is_made_by_reading(tmp_path: Path) -> None:
    db = SqliteDatabase(tmp_path / "books.db")

    with pytest.raises(BooksReadOnly), db.reading():
        pass

    assert list(tmp_path.iterdir()) == []


def test_while_another_process_writes_the_books_are_busy(books: SqliteDatabase) -> None:
    before = dump(books)
    with (books.path.with_name("books.db.lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(BooksBusy):
            add_user(books)

    assert dump(books) == before
    add_user(books)  # and the lock is free again


def test_while_another_program_locks_the_file_the_books_are_busy(books: SqliteDatabase) -> None:
    before = dump(books)
    stranger = sqlite3.connect(books.path, isolation_level=None)
    stranger.execute("begin immediate")
    with pytest.raises(BooksBusy):
        add_user(books)
    stranger.execute("rollback")
    stranger.close()

    assert dump(books) == before
    add_user(books)


def test_while_another_thread_writes_the_books_are_busy(books: SqliteDatabase) -> None:
    is_writing, may_end = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with books.writing():
            is_writing.set()
            may_end.wait()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    is_writing.wait()
    with pytest.raises(BooksBusy):
        add_user(books)
    may_end.set()
    thread.join()

    add_user(books)


def test_a_close_that_gets_no_turn_leaves_what_was_written(books: SqliteDatabase) -> None:
    add_user(books)
    with (books.path.with_name("books.db.lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        books.close()

    with books.reading() as connection:
        assert users.find_by_email(connection, "rosa@example.org") is not None


def test_every_thread_of_the_server_can_read_at_once(books: SqliteDatabase) -> None:
    with ThreadPoolExecutor(1) as aside:  # another test may have an event loop running in this thread
        threads = int(aside.submit(anyio.run, _threads_of_the_server).result())
    with ExitStack() as stack:
        connections = [stack.enter_context(books.reading()) for _ in range(threads)]

    assert len(connections) == threads


async def _threads_of_the_server() -> float:
    return anyio.to_thread.current_default_thread_limiter().total_tokens


def test_more_readers_than_there_may_be_are_told_to_try_again(books: SqliteDatabase) -> None:
    with ExitStack() as stack:
        for _ in range(database_module.READERS_MAX):
            stack.enter_context(books.reading())
        with pytest.raises(BooksBusy), books.reading():
            pass


def test_no_error_of_the_database_tells_about_a_person(books: SqliteDatabase) -> None:
    add_user(books)

    with pytest.raises(IntegrityError) as caught:
        add_user(books)
    with pytest.raises(OperationalError) as misread, books.reading() as connection:
        connection.execute(text("select * from nothing where email = :email"), {"email": "rosa@example.org"})

    assert "rosa" not in str(caught.value) + str(misread.value)


@pytest.mark.parametrize("is_same_process", [True, False])
def test_clicks_do_not_wait_for_the_end_of_a_long_deed(books: SqliteDatabase, is_same_process: bool) -> None:
    """A close takes its turn again as soon as it gives it back; somebody who waits must have theirs in between."""
    clicking = books if is_same_process else SqliteDatabase(books.path)
    is_over, clicked = threading.Event(), []

    def close_for_long() -> None:
        while not is_over.is_set():
            with books.writing():
                time.sleep(0.01)

    thread = threading.Thread(target=close_for_long)
    thread.start()
    try:
        for number in range(10):
            time.sleep(0.007)  # so that the other thread has the lock
            add_user(clicking, f"reader{number}@example.org")  # within the fifth of a second that `impatient` waits
            clicked.append(number)
    finally:
        is_over.set()
        thread.join()
        clicking.close()

    assert len(clicked) == 10


def test_a_file_that_may_not_be_written_is_named(sqlite_books: SqliteBooks, impatient: None) -> None:
    content = sqlite_books.begin().read_bytes()
    with _as_nobody() as folder:
        path = folder / "books.db"
        path.write_bytes(content)
        path.chmod(0o400)
        db = SqliteDatabase(path)
        with pytest.raises(BooksReadOnly):
            add_user(db)
        assert check_books(db)  # reading goes on
        db.close()


def test_a_folder_that_may_not_be_written_is_named(sqlite_books: SqliteBooks, impatient: None) -> None:
    content = sqlite_books.begin().read_bytes()
    with _as_nobody() as folder:
        path = folder / "books.db"
        path.write_bytes(content)
        db = SqliteDatabase(path)
        folder.chmod(0o500)
        with pytest.raises(BooksReadOnly):
            add_user(db)
        with pytest.raises(BooksReadOnly):  # also to read: SQLite writes `-shm` beside the file
            check_books(db)
        folder.chmod(0o700)
        db.close()


def test_a_full_disk_is_named_and_nothing_is_written(books: SqliteDatabase) -> None:
    with books.writing() as connection:
        connection.exec_driver_sql("pragma max_page_count = 1")  # SQLite takes the pages that are there
    before = dump(books)

    with pytest.raises(BooksReadOnly, match="full"), books.writing() as connection:
        for number in range(2_000):
            users.add(connection, email=f"rosa{number}@example.org", name="Rosa " * 20, now=NOW)

    assert dump(books) == before
    assert books.recheck()
    add_user(books)


def test_a_file_that_may_not_grow_is_named_and_nothing_is_written(books: SqliteDatabase) -> None:
    """The limit of the process on the size of files makes the commit itself fail, as a full disk does."""
    add_user(books, "first@example.org")
    before = dump(books)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(BooksReadOnly), books.writing() as connection:
            for number in range(2_000):
                users.add(connection, email=f"rosa{number}@example.org", name="Rosa " * 20, now=NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert dump(books) == before
    assert books.recheck()
    add_user(books)


def test_after_a_failed_write_nothing_is_written_until_the_file_was_found_whole(books: SqliteDatabase) -> None:
    add_user(books, "first@example.org")
    with _files_that_cannot_grow(), pytest.raises(BooksReadOnly):
        _write_much(books)

    with pytest.raises(BooksReadOnly):
        add_user(books)  # though the disk has room again
    with pytest.raises(BooksReadOnly):
        books.require_writable()
    with books.reading() as connection:
        assert users.find_by_email(connection, "first@example.org") is not None
    assert books.recheck()
    books.require_writable()
    add_user(books)


def test_a_disk_that_is_still_full_is_found_so(books: SqliteDatabase) -> None:
    add_user(books, "first@example.org")
    with _files_that_cannot_grow():
        with pytest.raises(BooksReadOnly):
            _write_much(books)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        assert not books.recheck()

    assert books.recheck()


def test_writing_goes_on_by_itself_once_it_can(books: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "RECHECK_S", 0.01)
    with _files_that_cannot_grow(), pytest.raises(BooksReadOnly):
        _write_much(books)

    for thread in [thread for thread in threading.enumerate() if thread.name == "recheck"]:
        thread.join()

    add_user(books)


def _write_much(db: SqliteDatabase) -> None:
    with db.writing() as connection:
        for number in range(2_000):
            users.add(connection, email=f"rosa{number}@example.org", name="Rosa " * 20, now=NOW)


@contextmanager
def _files_that_cannot_grow() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_books_are_served_by_one_receiver(books: SqliteDatabase) -> None:
    books.claim()
    second = SqliteDatabase(books.path)

    with pytest.raises(BooksServed, match="stop that one first"):
        second.claim()
    add_user(second)  # commands take turns with the receiver

    books.close()
    second.claim()
    second.close()


def test_where_nothing_keeps_a_lock_an_old_sqlite_does_not_write(
    books: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileLock, "try_acquire", lambda self: True)
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(BooksReadOnly, match=r"keeps no locks.*SQLite 3\.51\.3"):
        books.migrate()

    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 51, 3))
    books.migrate()


def test_who_waits_has_their_turn_in_the_order_they_came() -> None:
    turns, order = ThreadTurns(), []
    turns.acquire(timeout_s=1)

    def take(number: int) -> None:
        turns.acquire(timeout_s=10)
        order.append(number)
        turns.release()

    threads = [threading.Thread(target=take, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        while len(turns._waiting) < number:
            time.sleep(0)
    turns.release()
    for thread in threads:
        thread.join()

    assert order == [0, 1, 2, 3, 4]


def test_who_gives_up_waiting_does_not_keep_the_turn() -> None:
    turns = ThreadTurns()
    turns.acquire(timeout_s=1)

    assert not turns.acquire(timeout_s=0.01)
    turns.release()
    assert turns.acquire(timeout_s=0)


def test_a_damaged_file_is_named(tmp_path: Path, impatient: None) -> None:
    path = tmp_path / "books.db"
    path.write_bytes(b"this is no database at all, " * 200)
    db = SqliteDatabase(path)

    with pytest.raises(BooksDamaged), db.writing():
        pass

    path.write_bytes(b"")  # so that closing has nothing to read
    db.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    db = SqliteDatabase(tmp_path / "nowhere" / "books.db")

    with pytest.raises(BooksReadOnly):
        db.migrate()


@contextmanager
def _as_nobody() -> Iterator[Path]:
    """Yield a folder of one's own, as a user who is not root: root may write everywhere."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(folder, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
