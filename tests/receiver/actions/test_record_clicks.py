"""Clicks from the confirm page and from applications; each refusal leaves no row behind."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from zlib import compress

import pytest
from itsdangerous import URLSafeSerializer

from flattr_button import (
    ApplicationClick,
    BadToken,
    Claim,
    ForgedToken,
    MalformedToken,
    OutsideScope,
    RetiredKey,
    SiteKey,
    TokenTooLong,
    UnknownSite,
    sign,
)
from receiver.actions.connect_application import disconnect_application
from receiver.actions.record_clicks import click_from_application
from receiver.actions.register_site import replace_leaked_site_key, rotate_site_key
from receiver.actions.undo_click import look_at_click, undo_click
from receiver.domain.click import ClickState
from receiver.domain.errors import (
    BadClickToken,
    BadWebhookBody,
    MonthClosed,
    NotKnown,
    OwnThing,
    RevokedKey,
    StaleClickToken,
    WrongSignature,
)
from receiver.domain.month import Month
from tests.fakes.database import dump
from tests.receiver.cast import Blog, Page, Person, Stage, at

SEPTEMBER = Month(2026, 9)


@contextmanager
def nothing_written(stage: Stage) -> Iterator[None]:
    before = dump(stage.db)
    yield
    assert dump(stage.db) == before


def test_a_second_press_finds_the_first(rosa: Person, bread: Blog) -> None:
    first, second = rosa.clicks(bread.post("rye")), rosa.clicks(bread.post("rye"))

    assert (first.is_new, second.is_new) == (True, False)
    assert first.click_id == second.click_id


def test_the_very_same_press_twice_is_one_click(rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    click_token = rosa.opens(rye)

    assert rosa.presses(rye, click_token).click_id == rosa.presses(rye, click_token).click_id


def test_an_undone_click_can_be_made_again(rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    rosa.undoes(rosa.clicks(rye))
    undone = [line.state for line in rosa.month(SEPTEMBER).lines]

    again = rosa.clicks(rye)

    assert undone == [ClickState.UNDONE]
    assert again.is_new
    assert [line.state for line in rosa.month(SEPTEMBER).lines] == [ClickState.COUNTS]


@pytest.mark.parametrize("pages_opened", [1, 2])
def test_a_page_opened_before_the_undo_does_not_redo_it(
    stage: Stage, rosa: Person, bread: Blog, pages_opened: int
) -> None:
    """Neither the very page that was used, nor another one left open in a second tab."""
    rye = bread.post("rye")
    opened = [rosa.opens(rye) for _ in range(pages_opened)]
    stage.now += timedelta(microseconds=1)
    rosa.undoes(rosa.presses(rye, opened[0]))

    receipt = rosa.presses(rye, opened[-1])

    assert not receipt.is_new
    assert [line.state for line in rosa.month(SEPTEMBER).lines] == [ClickState.UNDONE]


def test_undone_and_done_again_any_earlier_page_is_spent(stage: Stage, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    opened = []
    for _ in range(3):
        opened.append(rosa.opens(rye))
        stage.now += timedelta(seconds=1)
        receipt = rosa.presses(rye, opened[-1])
        assert receipt.is_new
        rosa.undoes(receipt)

    assert not any(rosa.presses(rye, click_token).is_new for click_token in opened)


def test_nobody_clicks_their_own_thing(stage: Stage, carla: Person, bread: Blog) -> None:
    with nothing_written(stage), pytest.raises(OwnThing):
        carla.clicks(bread.post("rye"))


def test_a_click_is_nobody_elses_business(stage: Stage, rosa: Person, rui: Person, bread: Blog) -> None:
    receipt = rosa.clicks(bread.post("rye"))

    with nothing_written(stage), pytest.raises(NotKnown):
        rui.undoes(receipt)
    with pytest.raises(NotKnown):
        look_at_click(stage.db, reader=rui.user, click_id=receipt.click_id)


def test_a_click_of_a_closed_month_stays(stage: Stage, rosa: Person, bread: Blog) -> None:
    receipt = rosa.clicks(bread.post("rye"))
    stage.close(SEPTEMBER)

    with nothing_written(stage), pytest.raises(MonthClosed):
        rosa.undoes(receipt)


def test_the_last_month_can_be_undone_until_it_closes(stage: Stage, rosa: Person, bread: Blog) -> None:
    receipt = rosa.clicks(bread.post("rye"))
    stage.now = at("2026-10-01")
    undo_click(stage.db, reader=rosa.user, click_id=receipt.click_id, now=stage.now)
    stage.close(SEPTEMBER)

    assert rosa.month(SEPTEMBER).taken == 0


def _edited(token: str) -> str:
    payload, _, signature = token.partition(".")
    claim = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).replace(b"rye", b"bad")
    return f"{urlsafe_b64encode(claim).decode().rstrip('=')}.{signature}"


def _compressed(token: str) -> str:
    payload, _, signature = token.partition(".")
    packed = urlsafe_b64encode(compress(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))).decode()
    return f".{packed.rstrip('=')}.{signature}"


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (_edited, ForgedToken),
        (_compressed, MalformedToken),
        (lambda token: token[:-1], MalformedToken),
        (lambda token: token[:-1] + ("A" if token[-1] != "A" else "E"), ForgedToken),
        (lambda token: token.partition(".")[0], MalformedToken),
        (lambda token: token + " ", MalformedToken),
        (lambda token: token.replace(".", ".."), MalformedToken),
        (lambda token: "A" * 5_000 + token, TokenTooLong),
        (lambda _: "", MalformedToken),
        (lambda _: "../../etc/passwd", MalformedToken),
        (lambda _: "\ud800", MalformedToken),
        (lambda token: token + "\0", MalformedToken),
    ],
)  # fmt: skip
def test_a_spoilt_button_clicks_nothing(
    stage: Stage, rosa: Person, bread: Blog, spoil: Callable[[str], str], error: type[BadToken]
) -> None:
    page = bread.post("rye")
    spoilt = replace(page, token=spoil(page.token))

    with nothing_written(stage), pytest.raises(error):
        rosa.clicks(spoilt)


def test_a_button_of_another_receiver_clicks_nothing(stage: Stage, rosa: Person, bread: Blog) -> None:
    foreign = SiteKey("foreign222", 1, b"ab" * 32)
    claim = Claim(site="foreign222", generation=1, url="https://bread.example/rye/", title="Rye")

    with nothing_written(stage), pytest.raises(UnknownSite):
        rosa.clicks(Page(stage, sign(claim, foreign), claim.url))


def test_a_button_for_somebody_elses_page_clicks_nothing(stage: Stage, rosa: Person, bread: Blog, radio: Blog) -> None:
    claim = Claim(site=radio.key.site, generation=1, url="https://bread.example/rye/", title="Rye")

    with nothing_written(stage), pytest.raises(OutsideScope):
        rosa.clicks(Page(stage, sign(claim, radio.key), claim.url))


def test_a_button_signed_with_a_leaked_key_clicks_nothing(
    stage: Stage, rosa: Person, carla: Person, bread: Blog
) -> None:
    page = bread.post("rye")
    replace_leaked_site_key(stage.db, stage.keys, owner=carla.user, site=bread.key.site, generation=1, now=stage.now)

    with nothing_written(stage), pytest.raises(RetiredKey):
        rosa.clicks(page)


def test_a_rotated_key_is_good_for_ninety_days(stage: Stage, rosa: Person, carla: Person, bread: Blog) -> None:
    page = bread.post("rye")
    rotate_site_key(stage.db, stage.keys, owner=carla.user, site=bread.key.site, generation=1, now=stage.now)
    stage.now += timedelta(days=89)
    rosa.clicks(page)
    stage.now += timedelta(days=2)

    with nothing_written(stage), pytest.raises(RetiredKey):
        rosa.clicks(page)


@pytest.mark.parametrize("forged", ["", "x", "a.b", "A" * 700, "\ud800", "ünïcode.x"])
def test_a_press_without_our_page_is_refused(stage: Stage, rosa: Person, bread: Blog, forged: str) -> None:
    with nothing_written(stage), pytest.raises(BadClickToken):
        rosa.presses(bread.post("rye"), forged)


def test_a_press_minted_with_another_key_is_refused(stage: Stage, rosa: Person, bread: Blog) -> None:
    page = bread.post("rye")
    fields = {"s": "x", "r": rosa.user.id, "h": "y", "p": 202609, "n": "nonce", "at": int(stage.now.timestamp())}
    forged = URLSafeSerializer(b"not our key", salt="flattr.click.1").dumps(fields)

    with nothing_written(stage), pytest.raises(BadClickToken):
        rosa.presses(page, str(forged))


def test_a_page_made_for_somebody_else_is_refused(stage: Stage, rosa: Person, rui: Person, bread: Blog) -> None:
    page = bread.post("rye")

    with nothing_written(stage), pytest.raises(BadClickToken):
        rosa.presses(page, rui.opens(page))
    with nothing_written(stage), pytest.raises(BadClickToken):
        replace(rosa, session="another session").presses(page, rosa.opens(page))
    with nothing_written(stage), pytest.raises(BadClickToken):
        rosa.presses(page, rosa.opens(bread.post("spelt")))


@pytest.mark.parametrize("age", [timedelta(minutes=11), timedelta(minutes=-6)])
def test_a_page_open_for_too_long_is_refused(stage: Stage, rosa: Person, bread: Blog, age: timedelta) -> None:
    page = bread.post("rye")
    click_token = rosa.opens(page)
    stage.now += age

    with nothing_written(stage), pytest.raises(StaleClickToken):
        rosa.presses(page, click_token)


def test_a_page_opened_in_another_month_is_refused(stage: Stage, rosa: Person, bread: Blog) -> None:
    page = bread.post("rye")
    stage.now = at("2026-09-30T23:59")
    click_token = rosa.opens(page)
    stage.now = at("2026-10-01T00:01")

    with nothing_written(stage), pytest.raises(StaleClickToken):
        rosa.presses(page, click_token)


class Reader:
    """An application of Rosa's that clicks in her name."""

    def __init__(self, rosa: Person) -> None:
        self.rosa = rosa
        self.key = rosa.connects()
        self.number = 0

    def signs(self, page: Page, *, pressed: str, nonce: str | None = None) -> str:
        self.number += 1
        nonce = nonce or f"nonce-of-sixteen-{self.number}"
        pressed_at = int(at(pressed).timestamp())
        return ApplicationClick(self.key.id, page.token, nonce, pressed_at).signed(self.key)

    def sends(self, *signed: str):
        stage = self.rosa.stage
        return click_from_application(stage.db, stage.keys, list(signed), now=stage.now)


@pytest.fixture
def reader(rosa: Person) -> Reader:
    return Reader(rosa)


def test_an_application_clicks_for_its_reader(rosa: Person, bread: Blog, reader: Reader) -> None:
    outcomes = reader.sends(*[reader.signs(page, pressed="2026-09-02") for page in bread.posts("rye spelt")])

    assert [outcome.receipt.is_new for outcome in outcomes] == [True, True]
    assert len(rosa.month(SEPTEMBER).lines) == 2


def test_a_refused_click_leaves_its_neighbours_alone(rosa: Person, bread: Blog, reader: Reader) -> None:
    good = reader.signs(bread.post("rye"), pressed="2026-09-02")
    also_good = reader.signs(bread.post("spelt"), pressed="2026-09-02")

    outcomes = reader.sends(good, good[:-2], also_good)

    assert [outcome.refusal is None for outcome in outcomes] == [True, False, True]
    assert len(rosa.month(SEPTEMBER).lines) == 2


def test_a_batch_sent_twice_is_one_click(rosa: Person, bread: Blog, reader: Reader) -> None:
    signed = reader.signs(bread.post("rye"), pressed="2026-09-02")

    first, second = reader.sends(signed), reader.sends(signed)

    assert first[0].receipt.click_id == second[0].receipt.click_id
    assert not second[0].receipt.is_new


def test_a_replay_does_not_redo_what_was_undone(rosa: Person, bread: Blog, reader: Reader) -> None:
    signed = reader.signs(bread.post("rye"), pressed="2026-09-02")
    rosa.undoes(reader.sends(signed)[0].receipt)

    reader.sends(signed)

    assert [line.state for line in rosa.month(SEPTEMBER).lines] == [ClickState.UNDONE]


def test_a_later_press_redoes_what_was_undone_once(stage: Stage, rosa: Person, bread: Blog, reader: Reader) -> None:
    rye = bread.post("rye")
    rosa.undoes(reader.sends(reader.signs(rye, pressed="2026-09-02"))[0].receipt)
    later = reader.signs(rye, pressed="2026-09-03T00:02")
    receipt = reader.sends(later)[0].receipt
    stage.now += timedelta(minutes=1)
    rosa.undoes(receipt)

    again = reader.sends(later)[0].receipt

    assert receipt.is_new
    assert not again.is_new
    assert [line.state for line in rosa.month(SEPTEMBER).lines] == [ClickState.UNDONE]


def test_a_retry_from_a_device_whose_clock_is_ahead_does_not_redo_an_undo(
    stage: Stage, rosa: Person, bread: Blog, reader: Reader
) -> None:
    """Pressed "at" four minutes past, undone at one minute past, retried at two."""
    signed = reader.signs(bread.post("rye"), pressed="2026-09-03T00:04")
    receipt = reader.sends(signed)[0].receipt
    stage.now += timedelta(minutes=1)
    rosa.undoes(receipt)
    stage.now += timedelta(minutes=1)

    assert not reader.sends(signed)[0].receipt.is_new


def test_an_offline_click_counts_in_the_month_it_was_pressed_in(
    stage: Stage, rosa: Person, bread: Blog, reader: Reader
) -> None:
    stage.now = at("2026-10-01")

    reader.sends(reader.signs(bread.post("rye"), pressed="2026-09-30T23:00"))

    assert len(rosa.month(SEPTEMBER).lines) == 1


def test_an_offline_click_into_a_closed_month_is_refused(
    stage: Stage, rosa: Person, bread: Blog, reader: Reader
) -> None:
    stage.close(SEPTEMBER)

    with nothing_written(stage):
        outcome = reader.sends(reader.signs(bread.post("rye"), pressed="2026-09-30T23:00"))[0]

    assert isinstance(outcome.refusal, MonthClosed)


def test_refused_applications_write_nothing(stage: Stage, carla: Person, bread: Blog, reader: Reader) -> None:
    page = bread.post("rye")
    stranger = replace(reader.key, id="a" * 16)
    wrong_secret = replace(reader.key, secret=b"ab" * 32)
    own = Reader(carla)
    click = ApplicationClick(reader.key.id, page.token, "nonce-of-sixteen-x", int(stage.now.timestamp()))
    refused = [
        (click._replace(key_id=stranger.id).signed(stranger), WrongSignature),
        (click.signed(wrong_secret), ForgedToken),
        (reader.signs(page, pressed="2026-09-03T01:00"), BadClickToken),  # an hour ahead
        (reader.signs(page, pressed="2026-07-30"), MonthClosed),
        (reader.signs(replace(page, token=_edited(page.token)), pressed="2026-09-02"), ForgedToken),
        (own.signs(page, pressed="2026-09-02"), OwnThing),
        ("A" * 9_000, TokenTooLong),
        ("no click", MalformedToken),
        (page.token, MalformedToken),  # a thing's token is no click
    ]

    with nothing_written(stage):
        outcomes = reader.sends(*[signed for signed, _ in refused])

    assert [type(outcome.refusal) for outcome in outcomes] == [error for _, error in refused]


def test_a_revoked_key_clicks_nothing(stage: Stage, rosa: Person, bread: Blog, reader: Reader) -> None:
    signed = reader.signs(bread.post("rye"), pressed="2026-09-02")
    disconnect_application(stage.db, reader=rosa.user, key_id=reader.key.id, now=stage.now)

    with nothing_written(stage):
        assert isinstance(reader.sends(signed)[0].refusal, RevokedKey)


@pytest.mark.parametrize("size", [0, 1_001])
def test_a_batch_has_one_to_a_thousand_clicks(stage: Stage, reader: Reader, size: int) -> None:
    with nothing_written(stage), pytest.raises(BadWebhookBody):
        reader.sends(*["x"] * size)
