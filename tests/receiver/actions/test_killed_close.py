"""A close that is killed, at every write and for real, and run again ends in the bytes of one that was not."""

import os
import random
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from receiver.actions import close_month as closing
from receiver.actions import subscribe as subscribing
from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_month
from receiver.domain.month import Month
from receiver.domain.rules import Rules
from receiver.store.database import Database
from receiver.store.master_keys import MasterKeys
from receiver.store.sqlite import SqliteDatabase
from tests.fakes.database import Books, Killed, MortalDatabase, books_of, dump
from tests.fakes.mail import Outbox
from tests.receiver.cast import Stage, at

SEPTEMBER = Month(2026, 9)
NOW = at("2026-10-02")
REAL_KILLS = 36


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> Iterator[None]:
    """Close in chunks of one and two, so that a small month has many commits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(closing, "READERS_PER_CHUNK", 2)
        patch.setattr(closing, "THINGS_PER_CHUNK", 2)
        patch.setattr(closing, "CREATORS_PER_CHUNK", 1)
        patch.setattr(closing, "TEAMS_PER_CHUNK", 1)
        patch.setattr(closing, "GIFTS_PER_CHUNK", 1)
        patch.setattr(subscribing, "CHUNK", 1)
        yield


@pytest.fixture(scope="module")
def september(books: Books) -> Any:
    """A database whose September is over: clicks carried and unfunded, gifts, subscriptions, reused earnings,
    teams."""
    address = books.begin()
    db = books.open(address)
    stage = Stage(db, MasterKeys({1: bytes(32)}), Outbox(), now=at("2026-08-03"))
    carla, cem = stage.person("carla@writes.example"), stage.person("cem@writes.example")
    bread = carla.registers("https://bread.example/")
    radio = cem.registers("https://radio.example/")
    later = cem.registers("https://later.example/", is_approved=False)
    rye, spelt, valves, pending = *bread.posts("rye spelt"), radio.post("valves"), later.post("pending")
    readers = [stage.person(f"reader{number}@reads.example") for number in range(5)]
    for number, reader in enumerate(readers):
        reader.pledges(f"{number + 2}.37")
        reader.pays("20.00") if number else None
        reader.clicks(rye, pending)
    stage.now = at("2026-09-01")
    close_month(db, stage.rules, Month(2026, 8), now=stage.now)
    stage.now = at("2026-09-12")
    cem.pledges("2.00")
    cem.clicks(rye)
    carla.pledges("3.00")
    carla.reuses("1.00")
    carla.clicks(valves)
    for number, reader in enumerate(readers):
        reader.clicks(*[rye, spelt, valves, pending][number % 3 :])
    readers[1].gives(valves, "1.00")
    readers[2].gives(rye, "1.00")
    readers[3].subscribes(spelt)
    stage.now = at("2026-09-20")
    later.is_approved()
    readers[4].subscribes(pending)
    carla.shares(bread, cem, 2)
    carla.shares(bread, stage.person("cleo@writes.example"), 3)
    cem.shares(radio, carla, 7)
    check_books(db)
    db.close()
    return address


@dataclass(frozen=True)
class Due:
    """Books whose September is to be closed, as often as one likes, and what a close that nobody killed ends in."""

    books: Books
    address: Any
    expected: str
    writes: int
    commits: int

    @contextmanager
    def copied(self) -> Iterator[Any]:
        address = self.books.copy(self.address)
        yield address
        self.books.drop(address)

    def close(self, address: Any) -> None:
        db = self.books.open(address)
        _close(db)
        db.close()

    def die(self, address: Any, **at: int) -> bool:
        """Close until killed; False if that was not before the end."""
        db = MortalDatabase(self.books.open(address), **at)
        try:
            _close(db)
        except Killed:
            return True
        finally:
            db.close()
        return False

    def resumed(self, address: Any) -> str:
        db = self.books.open(address)
        check_books(db)  # also in the middle of a close
        _close(db)
        check_books(db)
        found = _end(db)
        db.close()
        return found

    def kill_oneself(self, address: Any, *, at_write: int) -> None:
        kill = lambda: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731 - short
        try:
            _close(MortalDatabase(self.books.open(address), at_write=at_write, kill=kill))
        finally:
            os._exit(99)


@pytest.fixture(scope="module")
def due(books: Books, september: Any) -> Due:
    address = books.copy(september)
    db = MortalDatabase(books.open(address))
    _close(db)
    found = _end(db._db)
    db.close()
    return Due(books, september, found, db.writes, db.commits)


def test_the_close_has_many_points_to_die_at(due: Due) -> None:
    assert due.writes >= 24
    assert due.commits >= 15


def test_killed_at_any_write_it_ends_in_the_same_bytes(due: Due) -> None:
    for number in range(1, due.writes + 1):
        with due.copied() as address:
            assert due.die(address, at_write=number)
            assert due.resumed(address) == due.expected, f"killed at write {number}"


def test_killed_at_any_commit_it_ends_in_the_same_bytes(due: Due) -> None:
    for number in range(1, due.commits + 1):
        with due.copied() as address:
            due.die(address, at_commit=number)
            assert due.resumed(address) == due.expected, f"killed at commit {number}"


def test_killed_again_and_again_it_ends_in_the_same_bytes(due: Due) -> None:
    with due.copied() as address:
        deaths = sum(due.die(address, at_commit=2 + number // 2) for number in range(due.commits))

        assert deaths >= 8
        assert due.resumed(address) == due.expected


def test_killed_by_the_kernel_it_ends_in_the_same_bytes(due: Due) -> None:
    """`kill -9` of a real process: at every third write point, and at moments drawn at random."""
    chance = random.Random(2026)
    points = [round(1 + number * (due.writes - 1) / (REAL_KILLS * 2 // 3 - 1)) for number in range(REAL_KILLS * 2 // 3)]

    for point in points:
        with due.copied() as address:
            child = _fork(lambda address=address, point=point: due.kill_oneself(address, at_write=point))
            assert _wait(child) == -signal.SIGKILL
            assert due.resumed(address) == due.expected, f"killed at write {point}"
    for _ in range(REAL_KILLS // 3):
        with due.copied() as address:
            child = _fork(lambda address=address: due.close(address))
            time.sleep(chance.uniform(0.0, 0.15))
            os.kill(child, signal.SIGKILL)
            _wait(child)
            assert due.resumed(address) == due.expected


def test_closing_twice_changes_nothing(due: Due) -> None:
    with due.copied() as address:
        db = due.books.open(address)

        _close(db)
        close_month(db, Rules(), SEPTEMBER, now=at("2027-01-01"))

        assert _end(db) == due.expected
        db.close()


def test_a_close_resumed_days_later_books_at_the_instant_it_began(due: Due) -> None:
    with due.copied() as address:
        due.die(address, at_commit=due.commits // 2)
        db = due.books.open(address)

        close_month(db, Rules(), SEPTEMBER, now=at("2026-10-09"))

        assert _end(db) == due.expected
        db.close()


def test_two_closers_in_one_process_end_in_the_same_bytes(due: Due) -> None:
    for _ in range(3):
        with due.copied() as address:
            shared, other = due.books.open(address), due.books.open(address)
            failures: list[BaseException] = []

            def run(db: Database, failures: list[BaseException] = failures) -> None:
                try:
                    _close(db)
                except BaseException as error:
                    failures.append(error)

            threads = [threading.Thread(target=run, args=(db,)) for db in (shared, shared, other)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            found = _end(shared)
            shared.close()
            other.close()

            assert failures == []
            assert found == due.expected


def test_two_closing_processes_end_in_the_same_bytes(due: Due) -> None:
    for _ in range(3):
        with due.copied() as address:
            children = [_fork(lambda address=address: due.close(address)) for _ in range(2)]

            assert [_wait(child) for child in children] == [0, 0]
            assert due.resumed(address) == due.expected


def _end(db: Database) -> str:
    """Return what a close ends in, to the byte; on PostgreSQL but for numbers, which a killed transaction uses up."""
    return dump(db) if isinstance(db, SqliteDatabase) else repr(books_of(db))


def _close(db: Database | MortalDatabase) -> None:
    close_month(db, Rules(), SEPTEMBER, now=NOW)  # type: ignore[arg-type]


def _fork(run: Callable[[], None]) -> int:
    """Run in a child process that knows nothing of pytest; return its id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads: the child starts its own
        child = os.fork()
    if child == 0:
        try:
            run()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def _wait(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
