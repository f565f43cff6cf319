"""Lists of things that builds send, signed with the site's key."""

from dataclasses import replace

import pytest

from flattr_button import ThingsList, sign_webhook
from receiver.actions import register_things
from receiver.actions.register_site import replace_leaked_site_key
from receiver.actions.register_things import Registration, register_list
from receiver.actions.show_directory import list_newest_things
from receiver.domain.errors import BadWebhookBody, Replayed, WrongSignature
from tests.fakes.database import dump
from tests.receiver.cast import RECEIVER, Blog, Page, Person, Stage, at


def body_of(blog: Blog, *pages: Page, receiver: str = RECEIVER) -> bytes:
    tokens = [page.token for page in pages]
    return ThingsList.signed(blog.key, receiver=receiver, scope=blog.address, tokens=tokens).text().encode()


def send(
    blog: Blog, body: bytes, *, message_id: str = "build-1", sent: str = "2026-09-03", **headers: str
) -> Registration:
    stage = blog.stage
    signed = sign_webhook(blog.key.secret, body, message_id=message_id, sent_at=at(sent)) | headers
    return register_list(stage.db, stage.keys, body=body, headers=signed, receiver=RECEIVER, now=stage.now)


def test_a_list_registers_its_things_once(stage: Stage, bread: Blog) -> None:
    body = body_of(bread, *bread.posts("rye spelt"))

    first, second = send(bread, body), send(bread, body, message_id="build-2")

    assert (first.added, second.added, second.unchanged) == (2, 0, 2)
    assert {thing.title for thing in list_newest_things(stage.db, limit=9)} == {"About rye", "About spelt"}


def test_a_translation_is_a_thing_of_its_own_that_names_its_original(stage: Stage, bread: Blog) -> None:
    original = bread.post("rye")
    translation = bread.post("roggen", language="de", original=original.url)

    registration = send(bread, body_of(bread, original, translation))

    assert registration.added == 2
    assert {thing.url: thing.original for thing in list_newest_things(stage.db, limit=9)} == {
        original.url: None,
        translation.url: original.url,
    }


def test_an_older_button_does_not_overwrite_a_newer_title(stage: Stage, rosa: Person, bread: Blog) -> None:
    new = bread.post("rye", stable_id="rye", modified=at("2026-09-02"))
    old = bread.post("old-rye", stable_id="rye", modified=at("2026-09-01"))
    send(bread, body_of(bread, new))

    rosa.clicks(old)

    assert [thing.title for thing in list_newest_things(stage.db, limit=9)] == ["About rye"]


def test_the_list_of_a_build_is_the_newest_whatever_its_dates(stage: Stage, bread: Blog) -> None:
    send(bread, body_of(bread, bread.post("rye", stable_id="rye", modified=at("2026-09-02"))))
    corrected = bread.post("new-rye", stable_id="rye", modified=at("2026-09-01"))

    registration = send(bread, body_of(bread, corrected), message_id="build-2")

    assert registration.changed == 1
    assert [thing.title for thing in list_newest_things(stage.db, limit=9)] == ["About new-rye"]


def test_a_bad_token_fails_only_itself(bread: Blog, radio: Blog) -> None:
    foreign, rye = radio.post("valves"), bread.post("rye")
    spoilt = replace(rye, token=rye.token[:-4] + "AAAA")

    registration = send(bread, body_of(bread, rye, foreign, spoilt))

    assert registration.added == 1
    assert len(registration.refused) == 2


def test_a_site_has_so_many_things_and_no_more(bread: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register_things, "THINGS_PER_SITE_MAX", 3)  # one of them is the site itself

    registration = send(bread, body_of(bread, *bread.posts("a b c d")))

    assert (registration.added, len(registration.refused)) == (2, 2)


def refused(bread: Blog, body: bytes, error: type[Exception], **how: str) -> None:
    before = dump(bread.stage.db)
    with pytest.raises(error):
        send(bread, body, **how)
    assert dump(bread.stage.db) == before


def test_the_same_message_twice_is_refused(bread: Blog) -> None:
    body = body_of(bread, bread.post("rye"))
    send(bread, body)

    refused(bread, body, Replayed)


@pytest.mark.parametrize("sent", ["2026-09-02T23:54", "2026-09-03T00:06"])
def test_an_old_message_or_one_of_the_future_is_refused(bread: Blog, sent: str) -> None:
    refused(bread, body_of(bread, bread.post("rye")), WrongSignature, sent=sent)


def test_a_wrong_signature_is_refused(bread: Blog, radio: Blog) -> None:
    body = body_of(bread, bread.post("rye"))
    others = replace(bread, key=replace(bread.key, secret=radio.key.secret))

    refused(bread, body, WrongSignature, **{"webhook-signature": "v1,AAAA"})
    refused(bread, body, WrongSignature, **{"webhook-id": "another"})
    refused(others, body, WrongSignature)
    refused(bread, body.replace(b'"generation": 1', b'"generation": 2'), WrongSignature)
    refused(radio, body, WrongSignature)


def test_a_list_for_another_receiver_is_refused(bread: Blog) -> None:
    refused(bread, body_of(bread, bread.post("rye"), receiver="https://other.example/"), WrongSignature)


def test_a_retired_key_and_an_unknown_site_are_refused(stage: Stage, carla: Person, bread: Blog) -> None:
    body = body_of(bread, bread.post("rye"))
    unknown = replace(bread, key=replace(bread.key, site="unknown222"))
    refused(unknown, body_of(unknown), WrongSignature)
    replace_leaked_site_key(stage.db, stage.keys, owner=carla.user, site=bread.key.site, generation=1, now=stage.now)

    refused(bread, body, WrongSignature)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\xff", b"null", b"[" * 100_000, b'{"version": 1}'])
def test_what_is_no_list_is_refused(bread: Blog, body: bytes) -> None:
    refused(bread, body, BadWebhookBody)
