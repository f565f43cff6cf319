"""One table says what each error is: complete, and right where it matters."""

import fcntl
import inspect
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flattr_button import ApplicationClick, faults
from receiver.domain import errors
from receiver.domain.month import Month
from receiver.store import months, sqlite
from receiver.web.answers import ANSWER_BY_ERROR, answer_of
from tests.fakes.database import dump
from tests.receiver.cast import Blog, Person, Stage
from tests.receiver.web.browser import Browser, click_token_on

CLASSES = [
    cls
    for module in (errors, faults)
    for cls in vars(module).values()
    if inspect.isclass(cls) and issubclass(cls, Exception) and cls.__module__ == module.__name__
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_error_has_its_own_row(cls: type[Exception]) -> None:
    assert cls in ANSWER_BY_ERROR


def test_the_table_has_no_row_for_what_is_gone() -> None:
    assert set(ANSWER_BY_ERROR) == set(CLASSES)


def test_a_new_error_is_answered_like_its_parent() -> None:
    class WetPaper(errors.BooksReadOnly):
        pass

    assert answer_of(WetPaper("rain")) == ANSWER_BY_ERROR[errors.BooksReadOnly]


@contextmanager
def locked_by_another_process(path: Path) -> Iterator[None]:
    program = (
        "import fcntl, sys\n"
        f"lock = open({str(path)!r} + '.lock', 'a')\n"
        f"fcntl.flock(lock, {fcntl.LOCK_EX})\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        yield
        other.communicate("")


@contextmanager
def held_by_another_writer(path: Path) -> Iterator[None]:
    """A tool that knows nothing of our lock, such as the sqlite3 shell, holds SQLite's own."""
    program = (
        "import sqlite3, sys\n"
        f"books = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        "books.execute('begin immediate')\n"
        "print('locked', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        yield
        other.communicate("")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_S", 0.05)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("books", ["sqlite"], indirect=True)  # PostgreSQL: tests/receiver/store/test_postgres.py
def test_a_click_while_another_process_writes_is_asked_for_again(
    stage: Stage, rosas: Browser, rosa: Person, bread: Blog
) -> None:
    rye, key = bread.post("rye"), rosa.connects()
    form = {"token": rye.token, "click": click_token_on(rosas.get(f"/f/{rye.token}"))}
    signed = ApplicationClick(key.id, rye.token, "n" * 16, int(stage.now.timestamp())).signed(key)
    before = dump(stage.db)

    with locked_by_another_process(stage.db.path):
        while_locked = rosas.post("/f", form)
        can_read = rosas.get("/me")
        sign_in = rosas.post("/sign-in", {"email": "rosa@reads.example"})
        for_machines = rosas.client.post("/webhooks/clicks", json={"clicks": [signed]})
    assert dump(stage.db) == before
    after = rosas.post("/f", form)

    assert while_locked.status_code == sign_in.status_code == for_machines.status_code == 503
    assert {answer.headers["retry-after"] for answer in (while_locked, sign_in, for_machines)} == {"5"}
    assert "The books are busy; nothing was changed" in while_locked.text
    assert for_machines.json()["error"] == "BooksBusy"
    assert can_read.status_code == 200
    assert after.status_code == 303


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)  # PostgreSQL: tests/receiver/store/test_postgres.py
def test_a_click_while_somebody_holds_the_file_itself_is_asked_for_again(
    stage: Stage, rosas: Browser, bread: Blog
) -> None:
    rye = bread.post("rye")
    form = {"token": rye.token, "click": click_token_on(rosas.get(f"/f/{rye.token}"))}
    with stage.db._writer.connect() as connection:
        connection.exec_driver_sql("pragma busy_timeout = 50")

    with held_by_another_writer(stage.db.path):
        while_held = rosas.post("/f", form)
    after = rosas.post("/f", form)

    assert (while_held.status_code, while_held.headers["retry-after"]) == (503, "5")
    assert after.status_code == 303


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)  # PostgreSQL: tests/receiver/store/test_postgres.py
def test_a_database_that_cannot_be_written_says_so_and_can_be_read(
    stage: Stage, rosas: Browser, rosa: Person, bread: Blog
) -> None:
    rye = bread.post("rye")
    form = {"token": rye.token, "click": click_token_on(rosas.get(f"/f/{rye.token}"))}
    before = dump(stage.db)

    set_read_only(stage, "on")
    refused = rosas.post("/f", form)
    can_read = rosas.get("/me")
    set_read_only(stage, "off")

    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "5"
    assert "The books cannot be written" in refused.text
    assert "nothing was changed, tell the operator" in refused.text
    assert can_read.status_code == 200
    assert dump(stage.db) == before


def set_read_only(stage: Stage, state: str) -> None:
    """Let SQLite itself refuse to write; a mode of the file would not stop root, who may run the tests."""
    connection = stage.db._writer.raw_connection()
    connection.driver_connection.execute(f"pragma query_only = {state}")
    connection.close()


def test_a_closed_month_takes_no_click(stage: Stage, rosas: Browser, rosa: Person, bread: Blog) -> None:
    rye, oats = bread.posts("rye oats")
    click = rosa.clicks(rye).click_id
    token = click_token_on(rosas.get(f"/f/{oats.token}"))
    with stage.db.writing() as connection:
        months.set_closing(connection, Month.of(stage.now), stage.now)
        months.set_closed(connection, Month.of(stage.now), stage.now)
    before = dump(stage.db)

    clicked = rosas.post("/f", {"token": oats.token, "click": token})
    undone = rosas.post(f"/f/undo/{click}")
    pledged = rosas.post("/me/pledge", {"amount": "5.00"})

    assert (clicked.status_code, undone.status_code, pledged.status_code) == (409, 409, 409)
    assert "A closed month never changes" in clicked.text or "September 2026 is closed" in clicked.text
    assert dump(stage.db) == before


def test_nobody_elses_click_can_be_seen_or_undone(carlas: Browser, rosa: Person, bread: Blog) -> None:
    click = rosa.clicks(bread.post("rye")).click_id

    assert carlas.get(f"/f/done/{click}").status_code == 404
    assert carlas.post(f"/f/undo/{click}").status_code == 404
    assert rosa.month(Month(2026, 9)).counting == 1
