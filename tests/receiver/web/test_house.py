"""While it runs, the receiver does what is due by itself."""

import logging
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from receiver import app as house
from receiver.actions.send_mails import PAUSES
from receiver.app import build_app, build_parts, keep_house
from receiver.domain.click import MonthState
from receiver.domain.errors import BadSettings, BooksBusy, BooksOutOfBalance
from receiver.domain.month import Month
from receiver.settings import Settings
from receiver.store.mails import queue_mail
from receiver.web.parts import Parts
from tests.receiver.cast import Blog, Person, Stage, at

SEPTEMBER = Month(2026, 9)


@pytest.fixture
def told() -> Iterator[threading.Event]:
    """Set as soon as the receiver has logged something."""
    event = threading.Event()

    class Listener(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            event.set()

    logging.getLogger("receiver").addHandler(listener := Listener(logging.INFO))
    yield event
    logging.getLogger("receiver").removeHandler(listener)


def test_a_month_that_is_over_is_closed_and_subscriptions_click(
    parts: Parts, stage: Stage, rosa: Person, bread: Blog
) -> None:
    rye = bread.post("rye")
    rosa.clicks(rye)
    rosa.subscribes(rye)
    stage.now = at("2026-10-01")

    keep_house(parts)
    keep_house(parts)

    assert rosa.month(SEPTEMBER).state is MonthState.CLOSED
    assert rosa.month(SEPTEMBER).taken == 10_000_000
    assert [line.thing.url for line in rosa.month(Month(2026, 10)).lines] == [rye.url]


def test_an_operator_may_close_months_by_hand(parts: Parts, stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")

    keep_house(replace(parts, settings=parts.settings.model_copy(update={"close_automatically": False})))

    assert rosa.month(SEPTEMBER).state is MonthState.OPEN


def test_mails_are_sent_and_a_server_that_stays_away_is_told(
    parts: Parts, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    def queue(to: str) -> None:
        with stage.db.writing() as connection:
            queue_mail(connection, to=to, subject="Your September", text="10.00 EUR", now=stage.now)

    queue("rosa@reads.example")
    keep_house(parts)
    stage.outbox.is_down = True
    queue("rui@reads.example")
    for pause in (timedelta(), *PAUSES):
        stage.now += pause
        keep_house(parts)

    assert [(mail.to, mail.text) for mail in stage.outbox.mails] == [("rosa@reads.example", "10.00 EUR")]
    assert [record.getMessage() for record in caplog.records] == ["mails given up after ten tries: 1"]


def test_a_running_receiver_keeps_house_and_stops_when_told(
    parts: Parts, stage: Stage, rosa: Person, bread: Blog, told: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")

    with TestClient(build_app(parts), base_url="https://flattr.example") as client:
        assert told.wait(5)
        assert client.get("/healthz").status_code == 200

    assert rosa.month(SEPTEMBER).state is MonthState.CLOSED


@pytest.mark.parametrize("trouble", [BooksBusy(), ZeroDivisionError()], ids=["busy", "our-own-mistake"])
def test_housekeeping_that_fails_is_told_and_tried_again(
    trouble: Exception, parts: Parts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries, came_back = [], threading.Event()

    def keep(_parts: Parts) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise trouble
        came_back.set()

    monkeypatch.setattr(house, "keep_house", keep)
    monkeypatch.setattr(house, "HOUSEKEEPING_S", 0.01)

    with TestClient(build_app(parts)):
        assert came_back.wait(5)

    assert "housekeeping" in caplog.text


def test_housekeeping_ends_when_the_books_do_not_balance(
    parts: Parts, told: threading.Event, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries = []

    def keep(_parts: Parts) -> None:
        tries.append(1)
        raise BooksOutOfBalance(["a place holds what it does not hold"])

    monkeypatch.setattr(house, "keep_house", keep)
    monkeypatch.setattr(house, "HOUSEKEEPING_S", 0.01)

    with TestClient(build_app(parts)) as client:
        assert told.wait(5)
        assert client.get("/nothing").status_code == 404, "pages go on"

    assert tries == [1]
    assert "the books do not balance" in caplog.text


def test_the_first_start_makes_keys_and_books_that_only_their_owner_reads(tmp_path: Path) -> None:
    settings = Settings(public_url="http://127.0.0.1:8000", data_dir=tmp_path / "data")

    first = build_parts(settings)
    first.db.close()
    second = build_parts(settings)
    second.db.close()

    assert second.keys.derive("x") == first.keys.derive("x")
    for path in (settings.database_path, settings.master_keys_path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_codes_are_not_printed_where_readers_come_over_the_network(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="FLATTR_SMTP_URL"):
        build_parts(Settings(public_url="https://flattr.example", data_dir=tmp_path))
