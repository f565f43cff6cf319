"""Many clicks in one commit: as if each had been recorded by itself, only faster."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from flattr_button import ApplicationClick, ClickKey
from receiver.actions import commit_clicks, genuine
from receiver.actions.close_month import close_month
from receiver.actions.commit_clicks import ClickCommitter
from receiver.actions.connect_application import disconnect_application
from receiver.actions.genuine import BUTTON_LENGTH_MAX, Bounded, Button, Genuine
from receiver.actions.record_clicks import Outcome, click_on_page, record_carefully
from receiver.actions.register_site import replace_leaked_site_key
from receiver.actions.sign_in import sign_out
from receiver.domain.errors import BooksBusy, BooksReadOnly, MonthClosed, OwnThing, RevokedKey
from receiver.domain.month import Month
from receiver.store import presses, sites
from tests.fakes.database import MortalDatabase
from tests.receiver.cast import Blog, Page, Person, Stage, at

SEPTEMBER = Month(2026, 9)


class Application:
    """An application of somebody's, which clicks through the committer."""

    def __init__(self, person: Person, committer: ClickCommitter) -> None:
        self.person, self.committer, self.key, self.number = person, committer, person.connects(), 0

    def signs(self, page: Page, *, key: ClickKey | None = None) -> str:
        self.number += 1
        key, now = key or self.key, self.person.stage.now
        nonce = f"nonce-of-sixteen-{self.number}"
        return ApplicationClick(key.id, page.token, nonce, int(now.timestamp())).signed(key)

    def sends(self, *signed: str) -> list[Outcome]:
        return asyncio.run(self.committer.record_signed(list(signed), now=self.person.stage.now))

    def clicks(self, *pages: Page) -> list[Outcome]:
        return self.sends(*[self.signs(page) for page in pages])


@pytest.fixture
def committer(stage: Stage) -> ClickCommitter:
    return ClickCommitter(stage.db, stage.keys)


@pytest.fixture
def rosas(rosa: Person, committer: ClickCommitter, bread: Blog) -> Application:
    """An application that has clicked before, as has somebody else, so that its key and the buttons are known."""
    application = Application(rosa, committer)
    rita = Application(rosa.stage.person("rita@reads.example"), committer)
    rita.clicks(*bread.posts("rye spelt oats corn"))
    application.clicks(bread.post("corn"))
    return application


@pytest.fixture
def careful(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was looked at carefully."""
    looked_at: list[str] = []
    original = commit_clicks.record_carefully

    def noted(db: Any, keys: Any, signed: list[str], **others: Any) -> list[Outcome]:
        looked_at.extend(signed)
        return original(db, keys, signed, **others)

    monkeypatch.setattr(commit_clicks, "record_carefully", noted)
    return looked_at


def test_what_is_plain_is_recorded_without_a_careful_look(
    rosas: Application, rosa: Person, bread: Blog, careful: list[str]
) -> None:
    outcomes = rosas.clicks(*bread.posts("rye spelt oats"))

    assert [outcome.receipt.is_new for outcome in outcomes if outcome.receipt] == [True] * 3
    assert len(rosa.month(SEPTEMBER).lines) == 4
    assert careful == []


def test_a_second_click_finds_the_first(rosas: Application, bread: Blog) -> None:
    (first,) = rosas.clicks(bread.post("rye"))
    (second,) = rosas.clicks(bread.post("rye"))

    assert first.receipt is not None
    assert second.receipt is not None
    assert first.receipt.click_id == second.receipt.click_id
    assert (first.receipt.is_new, second.receipt.is_new) == (True, False)


def test_the_same_click_twice_in_a_batch_is_new_once(rosas: Application, rosa: Person, bread: Blog) -> None:
    outcomes = rosas.clicks(bread.post("rye"), bread.post("rye"))

    assert [outcome.receipt.is_new for outcome in outcomes if outcome.receipt] == [True, False]
    assert len(rosa.month(SEPTEMBER).lines) == 2


def test_refusals_leave_their_neighbours_alone(
    rosas: Application, rosa: Person, carla: Person, committer: ClickCommitter, bread: Blog
) -> None:
    own = Application(carla, committer).signs(bread.post("rye"))
    good, also_good = rosas.signs(bread.post("rye")), rosas.signs(bread.post("spelt"))

    outcomes = rosas.sends(good, "no click", own, _spoilt(good), also_good)

    assert [type(outcome.refusal).__name__ for outcome in outcomes] == [
        "NoneType", "MalformedToken", "OwnThing", "ForgedToken", "NoneType",
    ]  # fmt: skip
    assert len(rosa.month(SEPTEMBER).lines) == 3


def _spoilt(signed: str) -> str:
    return signed[:-8] + ("A" * 8 if not signed.endswith("A" * 8) else "B" * 8)


def test_a_key_that_was_revoked_meanwhile_clicks_nothing(rosas: Application, rosa: Person, bread: Blog) -> None:
    disconnect_application(rosa.stage.db, reader=rosa.user, key_id=rosas.key.id, now=rosa.stage.now)

    (outcome,) = rosas.clicks(bread.post("rye"))

    assert isinstance(outcome.refusal, RevokedKey)
    assert len(rosa.month(SEPTEMBER).lines) == 1


def test_a_button_whose_key_was_retired_meanwhile_clicks_nothing(
    rosas: Application, rosa: Person, carla: Person, bread: Blog
) -> None:
    replace_leaked_site_key(
        rosa.stage.db, rosa.stage.keys, owner=carla.user, site=bread.key.site, generation=1, now=rosa.stage.now
    )

    (outcome,) = rosas.clicks(bread.post("rye"))

    assert type(outcome.refusal).__name__ == "RetiredKey"


def test_what_became_ones_own_meanwhile_clicks_nothing(
    rosas: Application, rosa: Person, carla: Person, committer: ClickCommitter, bread: Blog
) -> None:
    carlas = Application(carla, committer)

    (outcome,) = carlas.clicks(bread.post("rye"))

    assert isinstance(outcome.refusal, OwnThing)
    assert carla.month(SEPTEMBER).lines == []


def test_a_month_that_closed_meanwhile_takes_no_click(rosas: Application, rosa: Person, bread: Blog) -> None:
    signed = rosas.signs(bread.post("rye"))
    rosa.stage.now = at("2026-10-02")
    close_month(rosa.stage.db, rosa.stage.rules, SEPTEMBER, now=rosa.stage.now)

    (outcome,) = rosas.sends(signed)

    assert isinstance(outcome.refusal, MonthClosed)


def test_a_batch_that_the_database_refuses_is_looked_at_click_by_click(
    rosas: Application, bread: Blog, careful: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL a month can begin to close between the look at the presses and their adding."""

    def refused(driver: Any, plain: list[Any], *, now: Any) -> Any:
        raise IntegrityError(None, None, Exception("month is not open"))

    monkeypatch.setattr(presses, "record", refused)
    outcomes = rosas.clicks(*bread.posts("rye spelt"))

    assert [outcome.receipt.is_new for outcome in outcomes if outcome.receipt] == [True, True]
    assert len(careful) == 2


def test_an_undone_click_is_redone_by_a_later_press_only(rosas: Application, rosa: Person, bread: Blog) -> None:
    old = rosas.signs(bread.post("rye"))
    (first,) = rosas.sends(old)
    assert first.receipt is not None
    rosa.stage.now += timedelta(seconds=2)
    rosa.undoes(first.receipt)
    (replayed,) = rosas.sends(old)
    rosa.stage.now += timedelta(seconds=2)

    (again,) = rosas.clicks(bread.post("rye"))

    assert replayed.receipt is not None
    assert again.receipt is not None
    assert (replayed.receipt.is_new, again.receipt.is_new) == (False, True)


@pytest.mark.parametrize("books", ["sqlite"], indirect=True)  # on PostgreSQL a deed keeps no click waiting
def test_many_requests_at_once_share_a_commit(
    rosas: Application, rosa: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = [rosas.signs(page) for page in bread.posts("rye spelt oats")]
    committer, commits = rosas.committer, []
    original = committer._record
    monkeypatch.setattr(committer, "_record", lambda batch: (commits.append(len(batch)), original(batch)))

    async def all_at_once() -> list[list[Outcome]]:
        return await asyncio.gather(*[committer.record_signed([one], now=rosa.stage.now) for one in signed])

    with _busy(committer):
        outcomes = asyncio.run(_while_held(committer, all_at_once()))

    assert all(outcome.receipt and outcome.receipt.is_new for (outcome,) in outcomes)
    assert commits[-1] >= 2


@contextmanager
def _busy(committer: ClickCommitter) -> Iterator[None]:
    """Hold the turn to write, so that requests gather."""
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with committer._db.writing():
            held.set()
            release.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    committer.release = release  # type: ignore[attr-defined]
    yield
    release.set()
    thread.join()


async def _while_held(committer: ClickCommitter, requests: Any) -> Any:
    waiting = asyncio.ensure_future(requests)
    while committer._waiting < 3:
        await asyncio.sleep(0)
    committer.release.set()  # type: ignore[attr-defined]
    return await waiting


def test_more_than_can_wait_are_asked_to_come_again(
    rosas: Application, rosa: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_clicks, "WAITING_MAX", 2)

    with pytest.raises(BooksBusy):
        rosas.clicks(*bread.posts("rye spelt oats"))

    assert len(rosa.month(SEPTEMBER).lines) == 1
    assert rosas.clicks(*bread.posts("rye spelt"))[1].receipt is not None


def test_a_batch_that_cannot_be_written_is_answered_so_and_can_be_sent_again(
    rosas: Application, rosa: Person, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: Any, **_others: Any) -> Any:
        raise BooksReadOnly("database or disk is full")

    signed = rosas.signs(bread.post("rye"))
    with monkeypatch.context() as patch:
        patch.setattr(presses, "record", full)
        with pytest.raises(BooksReadOnly):
            rosas.sends(signed)
    if rosa.stage.db.click_lanes == 1:
        assert rosa.stage.db.recheck()

    (outcome,) = rosas.sends(signed)

    assert outcome.receipt is not None
    assert outcome.receipt.is_new


def test_a_button_is_remembered_only_once_its_thing_is_committed(stage: Stage, rosa: Person, bread: Blog) -> None:
    """The number of a thing that was rolled back is given to another, which would get the clicks of this one."""

    def fail() -> None:
        raise ZeroDivisionError

    failing, known = MortalDatabase(stage.db, at_commit=1, kill=fail), Genuine()
    signed = Application(rosa, ClickCommitter(stage.db, stage.keys)).signs(bread.post("rye"))
    click_token, spelt = rosa.opens(bread.post("spelt")), bread.post("spelt")

    with pytest.raises(ZeroDivisionError):
        record_carefully(failing, stage.keys, [signed], now=stage.now, genuine=known)
    failing = MortalDatabase(stage.db, at_commit=1, kill=fail)
    with pytest.raises(ZeroDivisionError):
        click_on_page(
            failing, stage.keys, reader=rosa.user, session=rosa.session, token=spelt.token, click_token=click_token,
            now=stage.now, genuine=known,
        )  # fmt: skip

    assert len(known.buttons) == 0
    assert record_carefully(stage.db, stage.keys, [signed], now=stage.now, genuine=known)[0].receipt is not None
    assert len(known.buttons) == 1


def test_our_own_mistake_fails_its_batch_and_no_other(
    rosas: Application, bread: Blog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistaken(*_arguments: Any, **_others: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(presses, "record", mistaken)
        with pytest.raises(ZeroDivisionError):
            rosas.clicks(bread.post("rye"))

    assert rosas.clicks(bread.post("rye"))[0].receipt is not None
    assert "clicks were not recorded" in caplog.text


def test_a_lane_ends_when_idle_and_begins_again_with_the_next_click(
    rosas: Application, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commit_clicks, "IDLE_S", 0.01)
    rosas.clicks(bread.post("rye"))
    for lane in list(rosas.committer._lanes):
        lane.join()
    assert rosas.committer._lanes == set()

    assert rosas.clicks(bread.post("spelt"))[0].receipt is not None


def test_no_click_is_left_behind_by_a_lane_that_ends(
    rosas: Application, bread: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lanes that end at once, again and again, while clicks come."""
    monkeypatch.setattr(commit_clicks, "IDLE_S", 0)

    for _ in range(100):
        assert rosas.clicks(bread.post("rye"))[0].receipt is not None


def test_whoever_has_gone_is_recorded_all_the_same(rosas: Application, rosa: Person, bread: Blog) -> None:
    signed = rosas.signs(bread.post("rye"))

    async def leaves() -> None:
        waiting = asyncio.ensure_future(rosas.committer.record_signed([signed], now=rosa.stage.now))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(leaves())
    (outcome,) = rosas.sends(signed)

    assert outcome.receipt is not None
    assert rosas.committer._waiting == 0
    assert len(rosa.month(SEPTEMBER).lines) == 2


def test_a_press_on_a_page_is_recorded_with_the_others(
    rosas: Application, stage: Stage, rosa: Person, bread: Blog, committer: ClickCommitter
) -> None:
    rye = bread.post("rye")

    def presses_with(session: str, click_token: str) -> Any:
        return asyncio.run(
            committer.record_page(session=session, token=rye.token, click_token=click_token, now=stage.now)
        )

    click_token = rosa.opens(rye)

    assert presses_with(rosa.session, "x") is None
    assert presses_with("another session", click_token) is None
    receipt = presses_with(rosa.session, click_token)
    assert receipt is not None
    assert receipt.is_new
    assert presses_with(rosa.session, click_token) is None, "the second press is looked at carefully"


def test_a_press_of_a_session_that_has_ended_is_not_recorded(
    rosas: Application, stage: Stage, rosa: Person, bread: Blog, committer: ClickCommitter
) -> None:
    rye = bread.post("rye")
    click_token = rosa.opens(rye)
    sign_out(stage.db, rosa.session)

    pressed = committer.record_page(session=rosa.session, token=rye.token, click_token=click_token, now=stage.now)

    assert asyncio.run(pressed) is None
    assert len(rosa.month(SEPTEMBER).lines) == 1


def test_what_is_remembered_is_bounded() -> None:
    bounded: Bounded[int, int] = Bounded(3)
    for number in range(3):
        bounded.put(number, number)
    assert bounded.get(0) == 0

    bounded.put(3, 3)

    assert len(bounded) == 3
    assert bounded.get(1) is None, "the one that was not used for longest"
    assert bounded.get(0) == 0


def test_long_buttons_are_not_remembered() -> None:
    known = Genuine()

    known.remember_button("x" * (BUTTON_LENGTH_MAX + 1), Button(1, 1))

    assert len(known.buttons) == 0
    assert genuine.BUTTONS_MAX * (BUTTON_LENGTH_MAX + 300) < 30 * 2**20


def test_buttons_that_are_new_to_a_receiver_are_looked_up_all_at_once(
    rosas: Application, rosa: Person, bread: Blog, radio: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [*bread.posts("rye spelt oats bran"), *radio.posts("valves coils")]
    rosas.clicks(*pages)
    asked: list[str] = []
    find_key = sites.find_key

    def count(connection: Any, site: str, generation: int) -> Any:
        asked.append(site)
        return find_key(connection, site, generation)

    monkeypatch.setattr(sites, "find_key", count)
    restarted = Application(rosa, ClickCommitter(rosa.stage.db, rosa.stage.keys))
    outcomes = restarted.clicks(*pages)

    assert all(outcome.receipt is not None and not outcome.receipt.is_new for outcome in outcomes)
    assert len(restarted.committer.genuine.buttons) == len(pages)
    assert asked[:2] in ([bread.key.site, radio.key.site], [radio.key.site, bread.key.site])
