"""A close that is killed, at every write and for real, and run again ends in the bytes of one that was not."""

import os
import random
import shutil
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from receiver.actions import close_month as closing
from receiver.actions import subscribe as subscribing
from receiver.actions.check_books import check_books
from receiver.actions.close_month import close_month
from receiver.domain.month import Month
from receiver.domain.rules import Rules
from receiver.store.database import SqliteDatabase
from receiver.store.master_keys import MasterKeys
from tests.fakes.database import Killed, MortalDatabase, dump
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
        patch.setattr(closing, "GIFTS_PER_CHUNK", 1)
        patch.setattr(subscribing, "CHUNK", 1)
        yield


@pytest.fixture(scope="module")
def due(empty_books: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database whose September is over: clicks carried and unfunded, gifts, subscriptions, reused earnings."""
    path = tmp_path_factory.mktemp("due") / "books.db"
    shutil.copy(empty_books, path)
    db = SqliteDatabase(path)
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
    check_books(db)
    db.close()
    return path


@pytest.fixture(scope="module")
def uninterrupted(due: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int, int]:
    """The dump of a close that nobody killed; how many statements it wrote, and how many commits."""
    path = _copy(due, tmp_path_factory.mktemp("whole"))
    db = MortalDatabase(path)
    _close(db)
    db.close()
    return dump(path), db.writes, db.commits


def test_the_close_has_many_points_to_die_at(uninterrupted: tuple[str, int, int]) -> None:
    _, writes, commits = uninterrupted

    assert writes >= 40
    assert commits >= 15


def test_killed_at_any_write_it_ends_in_the_same_bytes(due: Path, uninterrupted, tmp_path: Path) -> None:
    expected, writes, _ = uninterrupted

    for number in range(1, writes + 1):
        path = _copy(due, tmp_path)
        _die(path, at_write=number)
        assert _resumed(path) == expected, f"killed at write {number}"


def test_killed_at_any_commit_it_ends_in_the_same_bytes(due: Path, uninterrupted, tmp_path: Path) -> None:
    expected, _, commits = uninterrupted

    for number in range(1, commits + 1):
        path = _copy(due, tmp_path)
        _die(path, at_commit=number)
        assert _resumed(path) == expected, f"killed at commit {number}"


def test_killed_again_and_again_it_ends_in_the_same_bytes(due: Path, uninterrupted, tmp_path: Path) -> None:
    expected, _, commits = uninterrupted
    path = _copy(due, tmp_path)

    deaths = 0
    for _ in range(commits + 1):
        if not _die(path, at_commit=2):
            break
        deaths += 1

    assert deaths >= 10
    assert _resumed(path) == expected


def test_killed_by_the_kernel_it_ends_in_the_same_bytes(due: Path, uninterrupted, tmp_path: Path) -> None:
    """`kill -9` of a real process: at every third write point, and at moments drawn at random."""
    expected, writes, _ = uninterrupted
    chance = random.Random(2026)

    points = [round(1 + number * (writes - 1) / (REAL_KILLS * 2 // 3 - 1)) for number in range(REAL_KILLS * 2 // 3)]
    for point in points:
        path = _copy(due, tmp_path)
        assert _wait(_fork(lambda path=path, point=point: _kill_oneself(path, at_write=point))) == -signal.SIGKILL
        assert _resumed(path) == expected, f"killed at write {point}"
    for _ in range(REAL_KILLS // 3):
        path = _copy(due, tmp_path)
        child = _fork(lambda path=path: _close_file(path))
        time.sleep(chance.uniform(0.0, 0.15))
        os.kill(child, signal.SIGKILL)
        _wait(child)
        assert _resumed(path) == expected


def test_closing_twice_changes_nothing(due: Path, uninterrupted, tmp_path: Path) -> None:
    path = _copy(due, tmp_path)
    db = SqliteDatabase(path)

    _close(db)
    close_month(db, Rules(), SEPTEMBER, now=at("2027-01-01"))

    db.close()
    assert dump(path) == uninterrupted[0]


def test_a_close_resumed_days_later_books_at_the_instant_it_began(due: Path, uninterrupted, tmp_path: Path) -> None:
    path = _copy(due, tmp_path)
    _die(path, at_commit=uninterrupted[2] // 2)
    db = SqliteDatabase(path)

    close_month(db, Rules(), SEPTEMBER, now=at("2026-10-09"))

    db.close()
    assert dump(path) == uninterrupted[0]


def test_two_closers_in_one_process_end_in_the_same_bytes(due: Path, uninterrupted, tmp_path: Path) -> None:
    for _ in range(3):
        path = _copy(due, tmp_path)
        shared, other = SqliteDatabase(path), SqliteDatabase(path)
        failures: list[BaseException] = []

        def run(db: SqliteDatabase, failures: list[BaseException] = failures) -> None:
            try:
                _close(db)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=run, args=(db,)) for db in (shared, shared, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        shared.close()
        other.close()

        assert failures == []
        assert dump(path) == uninterrupted[0]


def test_two_closing_processes_end_in_the_same_bytes(due: Path, uninterrupted, tmp_path: Path) -> None:
    for _ in range(3):
        path = _copy(due, tmp_path)
        children = [_fork(lambda path=path: _close_file(path)) for _ in range(2)]

        assert [_wait(child) for child in children] == [0, 0]
        assert dump(path) == uninterrupted[0]


def _copy(source: Path, folder: Path) -> Path:
    path = folder / "books.db"
    for leftover in folder.glob("books.db*"):
        leftover.unlink()
    shutil.copy(source, path)
    return path


def _close(db: SqliteDatabase | MortalDatabase) -> None:
    close_month(db, Rules(), SEPTEMBER, now=NOW)


def _close_file(path: Path) -> None:
    db = SqliteDatabase(path)
    _close(db)
    db.close()


def _die(path: Path, *, at_write: int | None = None, at_commit: int | None = None) -> bool:
    db = MortalDatabase(path, at_write=at_write, at_commit=at_commit)
    try:
        _close(db)
    except Killed:
        return True
    finally:
        db.close()
    return False


def _resumed(path: Path) -> str:
    db = SqliteDatabase(path)
    check_books(db)  # also in the middle of a close
    _close(db)
    check_books(db)
    db.close()
    return dump(path)


def _kill_oneself(path: Path, *, at_write: int) -> None:
    try:
        _close(MortalDatabase(path, at_write=at_write, kill=lambda: os.kill(os.getpid(), signal.SIGKILL)))
    finally:
        os._exit(99)


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
