"""Questions of a build about its own site, and what they are answered."""

from dataclasses import replace
from typing import Any

import pytest

from flattr_button import RetiredKey, SiteKey, UnknownSite, sign_webhook
from flattr_button.question import Question
from receiver.actions import tell_builds
from receiver.actions.register_site import replace_leaked_site_key, rotate_site_key
from receiver.actions.tell_builds import KnownThings, tell_counts, tell_site, tell_things
from receiver.domain.errors import BadWebhookBody, WrongSignature
from receiver.domain.month import Month
from tests.fakes.database import dump
from tests.receiver.cast import RECEIVER, Blog, Person, Stage, at

SEPTEMBER = Month(2026, 9)
TELL = {"site": tell_site, "things": tell_things, "counts": tell_counts}


def ask(
    blog: Blog, asks: str, *, key: SiteKey | None = None, sent: str = "", at_address_of: str = "", **fields: Any
) -> Any:
    stage, key = blog.stage, key or blog.key
    fields = {"receiver": RECEIVER, "site": key.site, "generation": key.generation} | fields
    body = Question(asks=asks, **fields).body()
    headers = sign_webhook(key.secret, body, message_id="build-1", sent_at=at(sent) if sent else stage.now)
    tell = TELL[at_address_of or asks]
    return tell(stage.db, stage.keys, body=body, headers=headers, receiver=RECEIVER, now=stage.now)


@pytest.fixture
def readers(stage: Stage) -> list[Person]:
    people = [stage.person(f"reader{number}@reads.example") for number in range(4)]
    for person in people:
        person.pays("50.00")
        person.pledges("10.00")
    return people


def test_a_site_is_told_as_it_is_known(bread: Blog, cem: Person) -> None:
    waiting = cem.registers("https://radio.example/", is_approved=False)

    known, of_waiting = ask(bread, "site"), ask(waiting, "site")

    assert (known.site.scope, known.site.is_verified, known.newest_generation, known.retires_at) == (
        "https://bread.example/", True, 1, None,
    )  # fmt: skip
    assert not of_waiting.site.is_verified


def test_a_key_that_was_succeeded_learns_when_it_retires(stage: Stage, carla: Person, bread: Blog) -> None:
    rotate_site_key(stage.db, stage.keys, owner=carla.user, site=bread.key.site, generation=1, now=stage.now)

    known = ask(bread, "site")

    assert (known.newest_generation, known.retires_at) == (2, at("2026-12-02"))


def test_a_retired_key_is_told_to_its_holder_alone(stage: Stage, carla: Person, bread: Blog, radio: Blog) -> None:
    replace_leaked_site_key(stage.db, stage.keys, owner=carla.user, site=bread.key.site, generation=1, now=stage.now)
    thief = replace(bread.key, secret=radio.key.secret)

    with pytest.raises(RetiredKey):
        ask(bread, "site")
    with pytest.raises(WrongSignature):
        ask(bread, "site", key=thief)


@pytest.mark.parametrize("asks", TELL)
def test_nobody_else_is_told_anything(bread: Blog, radio: Blog, asks: str) -> None:
    others = replace(bread.key, secret=radio.key.secret)

    for error, how in {
        "another key": (WrongSignature, {"key": others}),
        "another site": (WrongSignature, {"key": radio.key, "site": bread.key.site}),
        "another receiver": (WrongSignature, {"receiver": "https://other.example/"}),
        "late": (WrongSignature, {"sent": "2026-09-02T23:54"}),
        "unknown site": (UnknownSite, {"site": "unknown222"}),
        "unknown generation": (UnknownSite, {"generation": 2}),
    }.values():
        with pytest.raises(error):
            ask(bread, asks, **how)


def test_a_question_at_the_address_of_another_is_refused(bread: Blog) -> None:
    with pytest.raises(BadWebhookBody):
        ask(bread, "site", at_address_of="counts")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"null", b"[" * 100_000, b'{"version":1}'])
def test_what_is_no_question_is_refused(stage: Stage, body: bytes) -> None:
    with pytest.raises(BadWebhookBody):
        tell_site(stage.db, stage.keys, body=body, headers={}, receiver=RECEIVER, now=stage.now)


def test_asking_writes_nothing(stage: Stage, rosa: Person, bread: Blog) -> None:
    rosa.clicks(bread.post("rye"))
    before = dump(stage.db)

    for asks in TELL:
        ask(bread, asks)

    assert dump(stage.db) == before


def test_things_are_told_in_pieces(rosa: Person, bread: Blog, radio: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tell_builds, "THINGS_PER_ANSWER", 2)
    rosa.clicks(*bread.posts("rye oats spelt"), radio.post("valves"))

    first: KnownThings = ask(bread, "things")
    rest: KnownThings = ask(bread, "things", after=first.after)

    assert [thing.title for thing in first.things] == ["About rye", "About oats"]
    assert ([thing.title for thing in rest.things], rest.after) == (["About spelt"], None)


def test_no_count_is_told_before_three_readers(bread: Blog, readers: list[Person]) -> None:
    rye, oats = bread.posts("rye oats")
    for reader in readers[:3]:
        reader.clicks(rye)
    for reader in readers[:2]:
        reader.clicks(oats)

    assert ask(bread, "counts") == {rye.url: 3}


def test_an_undone_click_does_not_count(bread: Blog, readers: list[Person]) -> None:
    rye = bread.post("rye")
    *_, last = [reader.clicks(rye) for reader in readers[:3]]
    readers[2].undoes(last)

    assert ask(bread, "counts") == {}


def test_months_add_up_and_the_same_reader_in_three_months_is_not_three(
    stage: Stage, bread: Blog, readers: list[Person]
) -> None:
    rye, oats = bread.posts("rye oats")
    for number in range(3):
        for reader in readers[: 4 - number]:
            reader.clicks(rye)
        readers[0].clicks(oats)
        if number < 2:
            stage.close(SEPTEMBER.plus(number))
            readers = [stage.person(reader.user.email) for reader in readers]  # their sessions are a month old

    assert ask(bread, "counts") == {rye.url: 4 + 3 + 2}


def test_a_click_that_waits_for_its_site_counts_once(stage: Stage, cem: Person, readers: list[Person]) -> None:
    waiting = cem.registers("https://radio.example/", is_approved=False)
    valves = waiting.post("valves")
    for reader in readers[:3]:
        reader.clicks(valves)

    before = ask(waiting, "counts")
    stage.close(SEPTEMBER)
    carried = ask(waiting, "counts")
    waiting.is_approved()
    stage.close(SEPTEMBER.plus(1))

    assert before == carried == ask(waiting, "counts") == {valves.url: 3}
