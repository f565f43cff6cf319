"""What builds and applications send, and what they are answered."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from flattr_button import ApplicationClick, ClickKey, SiteKey, ThingsList, sign_webhook
from flattr_button.question import Question
from receiver.domain.month import Month
from tests.fakes.database import dump
from tests.receiver.cast import RECEIVER, Blog, Page, Person, Stage
from tests.receiver.web.browser import Browser

SEPTEMBER = Month(2026, 9)


def send_list(browser: Browser, blog: Blog, pages: list[Page], *, key: SiteKey | None = None, **changes: Any):
    """Send a build's list; `changes`: message_id, sent_at, body, headers."""
    key = key or blog.key
    listing = ThingsList.signed(key, receiver=RECEIVER, scope=blog.address, tokens=[page.token for page in pages])
    body = listing.text().encode()
    headers = sign_webhook(
        key.secret,
        body,
        message_id=changes.get("message_id", "build-1"),
        sent_at=changes.get("sent_at", blog.stage.now),
    )
    headers |= changes.get("headers", {})
    return browser.client.post("/webhooks/things", content=changes.get("body", body), headers=headers)


def send_clicks(browser: Browser, *signed: str) -> httpx2.Response:
    return browser.client.post("/webhooks/clicks", json={"clicks": list(signed)})


def signed_click(key: ClickKey, page: Page, *, nonce: str = "n" * 16, minutes_ago: int = 0) -> str:
    pressed_at = int((page.stage.now - timedelta(minutes=minutes_ago)).timestamp())
    return ApplicationClick(key.id, page.token, nonce, pressed_at).signed(key)


def assert_refused(stage: Stage, before: str, answer: httpx2.Response, status: int, name: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, name)
    assert dump(stage.db) == before


def test_a_build_registers_its_things(anybody: Browser, bread: Blog) -> None:
    first = send_list(anybody, bread, bread.posts("rye oats"))
    second = send_list(anybody, bread, bread.posts("rye oats spelt"), message_id="build-2")

    assert first.json() == {"added": 2, "changed": 0, "unchanged": 0, "refused": []}
    assert second.json() == {"added": 1, "changed": 0, "unchanged": 2, "refused": []}
    assert "About spelt" in anybody.get("/").text


def test_a_list_with_a_wrong_signature_is_refused(stage: Stage, anybody: Browser, bread: Blog, radio: Blog) -> None:
    pages, before = bread.posts("rye"), dump(stage.db)
    other = SiteKey(bread.key.site, 1, radio.key.secret)

    signed_by_another = send_list(anybody, bread, pages, key=other)
    of_unknown_site = send_list(anybody, bread, pages, key=SiteKey("unknownsit", 1, b"0badc0de" * 8))
    unsigned = send_list(anybody, bread, pages, headers={"webhook-signature": "v1,"})
    edited = send_list(anybody, bread, pages, headers={"webhook-id": "build-2"})
    late = send_list(anybody, bread, pages, sent_at=stage.now - timedelta(minutes=6))

    for answer in (signed_by_another, of_unknown_site, unsigned, edited, late):
        assert_refused(stage, before, answer, 401, "WrongSignature")


def test_a_replayed_list_is_refused(stage: Stage, anybody: Browser, bread: Blog) -> None:
    pages = bread.posts("rye")
    send_list(anybody, bread, pages)
    before = dump(stage.db)

    assert_refused(stage, before, send_list(anybody, bread, pages), 409, "Replayed")


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"version": 1}', b"null"])
def test_a_body_that_is_no_list_is_refused(body: bytes, stage: Stage, anybody: Browser, bread: Blog) -> None:
    before = dump(stage.db)

    assert_refused(stage, before, send_list(anybody, bread, [], body=body), 422, "BadWebhookBody")


def test_a_list_of_a_retired_key_is_refused(stage: Stage, anybody: Browser, carlas: Browser, bread: Blog) -> None:
    pages = bread.posts("rye")
    carlas.post(f"/creator/sites/{bread.key.site}/leaked", {"generation": "1"})
    before = dump(stage.db)

    assert_refused(stage, before, send_list(anybody, bread, pages), 401, "WrongSignature")


def test_an_application_clicks_and_clicks_again(anybody: Browser, rosa: Person, bread: Blog) -> None:
    key, rye = rosa.connects(), bread.post("rye")

    first = send_clicks(anybody, signed_click(key, rye))
    replayed = send_clicks(anybody, signed_click(key, rye))
    another = send_clicks(anybody, signed_click(key, rye, nonce="m" * 16))

    (result,) = first.json()["results"]
    assert (first.status_code, result["status"], result["new"]) == (200, 200, True)
    assert [answer.json()["results"][0]["new"] for answer in (replayed, another)] == [False, False]
    assert {answer.json()["results"][0]["click"] for answer in (replayed, another)} == {result["click"]}
    assert rosa.month(SEPTEMBER).counting == 1


def test_a_batch_of_several_tells_of_each(
    anybody: Browser, rosa: Person, rui: Person, carla: Person, bread: Blog, radio: Blog
) -> None:
    key, forged = rosa.connects(), ClickKey(rui.connects().id, b"0badc0de" * 8)
    own = carla.connects()

    answer = send_clicks(
        anybody,
        signed_click(key, bread.post("rye")),
        signed_click(forged, bread.post("rye")),
        signed_click(own, bread.post("rye")),
        "nonsense",
        signed_click(key, radio.post("valves"), nonce="m" * 16),
    )

    results = answer.json()["results"]
    assert answer.status_code == 200
    assert [result["status"] for result in results] == [200, 403, 403, 400, 200]
    assert [result.get("error") for result in results] == [None, "ForgedToken", "OwnThing", "MalformedToken", None]
    assert rosa.month(SEPTEMBER).counting == 2


def test_a_single_refusal_is_the_answers_own_status(
    stage: Stage, anybody: Browser, rosas: Browser, rosa: Person, carla: Person, bread: Blog
) -> None:
    rye, key = bread.post("rye"), rosa.connects()
    unknown = ClickKey("a" * 16, b"0badc0de" * 8)
    revoked = rosa.connects("Old phone")
    rosas.post(f"/me/applications/{revoked.id}/disconnect")
    cut = Page(stage, rye.token[:-5], "")
    cases = {
        (400, "MalformedToken"): "x.y",
        (414, "TokenTooLong"): "A" * 9_000,
        (403, "ForgedToken"): signed_click(key, rye)[:-44] + "." + "A" * 43,
        (401, "WrongSignature"): signed_click(unknown, rye),
        (401, "RevokedKey"): signed_click(revoked, rye),
        (403, "OwnThing"): signed_click(carla.connects(), rye),
        (403, "BadClickToken"): signed_click(key, rye, minutes_ago=-60),
        (409, "MonthClosed"): signed_click(key, rye, minutes_ago=60 * 24 * 70),
    }
    cut_thing = send_clicks(anybody, signed_click(key, cut))
    before = dump(stage.db)

    for (status, name), signed in cases.items():
        answer = send_clicks(anybody, signed)
        (result,) = answer.json()["results"]
        assert (answer.status_code, result["status"], result["error"]) == (status, status, name)

    assert cut_thing.status_code == 400
    assert dump(stage.db) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"click",
        b"[]",
        b"{}",
        b'{"clicks": {}}',
        b'{"clicks": []}',
        b'{"clicks": [1]}',
        b'{"clicks": [null]}',
        b'{"clicks": "x.y"}',
        b"\xff\xfe",
        b"[" * 200_000,
        json.dumps({"clicks": ["x.y"] * 1_001}).encode(),
    ],
    ids=range(12),
)
def test_foreign_json_is_refused(body: bytes, stage: Stage, anybody: Browser, rosa: Person) -> None:
    before = dump(stage.db)

    answer = anybody.client.post("/webhooks/clicks", content=body)

    assert_refused(stage, before, answer, 422, "BadWebhookBody")


def test_machines_need_no_cookie_and_no_origin(anybody: Browser, rosa: Person, bread: Blog) -> None:
    signed = signed_click(rosa.connects(), bread.post("rye"))

    answer = anybody.client.post(
        "/webhooks/clicks", json={"clicks": [signed]}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


def ask(browser: Browser, blog: Blog, path: str, asks: str, *, key: SiteKey | None = None) -> httpx2.Response:
    key = key or blog.key
    body = Question(asks=asks, receiver=RECEIVER, site=key.site, generation=key.generation).body()
    headers = sign_webhook(key.secret, body, message_id="question-1", sent_at=blog.stage.now)
    return browser.client.post(path, content=body, headers=headers)


def test_a_build_asks_about_its_site(stage: Stage, anybody: Browser, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye", language="de", tags=["bread"], stable_id="rye")
    rosa.clicks(rye)

    site = ask(anybody, bread, "/webhooks/site", "site").json()
    known = ask(anybody, bread, "/webhooks/site/things", "things").json()
    counts = ask(anybody, bread, "/webhooks/counts", "counts").json()

    assert site == {
        "site": bread.key.site,
        "scope": "https://bread.example/",
        "is_verified": True,
        "newest_generation": 1,
        "retires_at": None,
    }
    assert known == {
        "things": [{"g": 1, "u": rye.url, "t": "About rye", "l": "de", "k": ["bread"], "i": "rye"}],
        "after": None,
    }
    assert counts == {"counts": {}}


def test_a_question_that_nobody_may_ask_is_refused(
    stage: Stage, anybody: Browser, carlas: Browser, bread: Blog, radio: Blog
) -> None:
    thief = SiteKey(bread.key.site, 1, radio.key.secret)
    stranger = SiteKey("unknownsit", 1, radio.key.secret)
    carlas.post(f"/creator/sites/{bread.key.site}/leaked", {"generation": "1"})
    before = dump(stage.db)

    for path, asks in (("/webhooks/site", "site"), ("/webhooks/counts", "counts")):
        assert_refused(stage, before, ask(anybody, bread, path, asks, key=thief), 401, "WrongSignature")
        assert_refused(stage, before, ask(anybody, bread, path, asks, key=stranger), 404, "UnknownSite")
        assert_refused(stage, before, ask(anybody, bread, path, asks), 410, "RetiredKey")
        assert anybody.client.post(path, content=b"x" * 5_000).status_code == 413
