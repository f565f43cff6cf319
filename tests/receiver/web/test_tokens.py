"""Bad tokens: each the right answer, and no row written."""

import base64
import json
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from flattr_button import Claim, SiteKey, sign
from flattr_button.token import TokenSerializer
from receiver.domain.month import Month
from tests.fakes.database import dump
from tests.receiver.cast import Blog, Page, Person, Stage
from tests.receiver.web.browser import Browser, click_token_on, text_of

OTHERS_KEY = SiteKey("unknownsit", 1, b"0badc0de" * 8)


def signed(fields: dict[str, object], key: SiteKey) -> str:
    return TokenSerializer(key.secret).dumps(fields)  # type: ignore[no-any-return]


def compressed(token: str, _key: SiteKey) -> str:
    payload = zlib.compress(b"{" + b" " * 100_000 + b"}")
    return "." + base64.urlsafe_b64encode(payload).decode().rstrip("=") + "." + token.partition(".")[2]


def of_unknown_site(_token: str, _key: SiteKey) -> str:
    claim = Claim(site=OTHERS_KEY.site, generation=1, url="https://bread.example/rye/", title="Rye")
    return sign(claim, OTHERS_KEY)


def signed_by_another_site(_token: str, key: SiteKey) -> str:
    fields = {"v": 1, "s": key.site, "g": 1, "u": "https://bread.example/rye/", "t": "Rye"}
    return signed(fields, OTHERS_KEY)


def outside_its_scope(_token: str, key: SiteKey) -> str:
    return sign(Claim(site=key.site, generation=1, url="https://bread.example.evil.example/", title="Rye"), key)


def edited(token: str, _key: SiteKey) -> str:
    payload, _, signature = token.partition(".")
    fields = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    fields["t"] = "Give me everything"
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") + "." + signature


def right_to_left(_token: str, key: SiteKey) -> str:
    fields = {"v": 1, "s": key.site, "g": 1, "u": "https://bread.example/rye/", "t": "Rye \u202e daerb"}
    return signed(fields, key)


BAD: dict[str, tuple[Callable[[str, SiteKey], str], int]] = {
    "edited": (edited, 403),
    "signed by another site": (signed_by_another_site, 403),
    "changed in the signature": (lambda token, _: token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1], 403),
    "truncated": (lambda token, _: token[:-1], 400),
    "without signature": (lambda token, _: token.partition(".")[0], 400),
    "in another spelling": (lambda token, _: token + "=", 400),
    "compressed": (compressed, 400),
    "without claim": (lambda token, _: "." + token.partition(".")[2], 400),
    "not ours at all": (lambda *_: "hello", 400),
    "with a turned title": (right_to_left, 400),
    "of a foreign site": (of_unknown_site, 404),
    "outside its scope": (outside_its_scope, 403),
    "over-long": (lambda token, _: "A" * 4_000 + "." + token.partition(".")[2], 414),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "status"), BAD.values(), ids=BAD)
def test_a_bad_token_is_refused_and_writes_nothing(
    spoil: Callable[[str, SiteKey], str], status: int, stage: Stage, rosas: Browser, anybody: Browser, bread: Blog
) -> None:
    rye = bread.post("rye")
    click = click_token_on(rosas.get(f"/f/{rye.token}"))
    bad = spoil(rye.token, bread.key)
    before = dump(stage.db)

    signed_in, signed_out = rosas.get(f"/f/{bad}"), anybody.get(f"/f/{bad}")
    with_a_click_token_of_another = rosas.post("/f", {"token": bad, "click": click})

    assert (signed_in.status_code, signed_out.status_code) == (status, status)
    assert with_a_click_token_of_another.status_code == 403
    assert "Give me everything" not in signed_in.text
    assert dump(stage.db) == before


def test_a_genuine_click_token_does_not_help_a_forged_thing(stage: Stage, rosas: Browser, rosa: Person, bread: Blog):
    forged = Page(stage, edited(bread.post("rye").token, bread.key), "")
    click = rosa.opens(forged)
    before = dump(stage.db)

    assert rosas.post("/f", {"token": forged.token, "click": click}).status_code == 403
    assert dump(stage.db) == before


def test_a_click_token_of_another_session_is_refused(stage: Stage, visit, rosa: Person, bread: Blog) -> None:
    """Signed in again, in another browser, the same reader's token of the first is no good."""
    rye = bread.post("rye")
    click = rosa.opens(rye)
    elsewhere = visit().of(stage.person("rosa@reads.example"))

    assert_refused(stage, elsewhere, rye, click, 403)


def test_a_click_token_of_another_reader_is_refused(stage: Stage, rosas: Browser, rui: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    assert_refused(stage, rosas, rye, rui.opens(rye), 403)


def test_a_click_token_of_another_thing_is_refused(stage: Stage, rosas: Browser, rosa: Person, bread: Blog) -> None:
    rye, oats = bread.posts("rye oats")
    assert_refused(stage, rosas, rye, rosa.opens(oats), 403)


@pytest.mark.parametrize("spoilt", ["", "x", "x.y", "..", "é", "a" * 700])
def test_a_spoilt_click_token_is_refused(spoilt: str, stage: Stage, rosas: Browser, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    assert_refused(stage, rosas, rye, spoilt, 403)
    assert_refused(stage, rosas, rye, rosa.opens(rye)[:-1] + "!", 403)


def test_a_thing_token_is_no_click_token(stage: Stage, rosas: Browser, bread: Blog) -> None:
    rye = bread.post("rye")
    assert_refused(stage, rosas, rye, rye.token, 403)


def test_a_click_token_is_no_thing_token(rosas: Browser, rosa: Person, bread: Blog) -> None:
    assert rosas.get(f"/f/{rosa.opens(bread.post('rye'))}").status_code == 400


def test_a_stale_page_asks_to_press_again_and_has_a_fresh_token(stage: Stage, rosas: Browser, bread: Blog) -> None:
    rye = bread.post("rye")
    click = click_token_on(rosas.get(f"/f/{rye.token}"))
    stage.now += timedelta(minutes=10, seconds=1)
    before = dump(stage.db)

    stale = rosas.post("/f", {"token": rye.token, "click": click})

    assert stale.status_code == 409
    assert "this page was open for too long; press again" in text_of(stale)
    assert dump(stage.db) == before
    assert rosas.post("/f", {"token": rye.token, "click": click_token_on(stale)}).status_code == 303


def test_a_page_of_another_month_asks_to_press_again(stage: Stage, rosas: Browser, rosa: Person, bread: Blog) -> None:
    rye = bread.post("rye")
    stage.now = Month(2026, 10).start() - timedelta(seconds=30)
    click = click_token_on(rosas.get(f"/f/{rye.token}"))
    stage.now += timedelta(seconds=60)

    assert_refused(stage, rosas, rye, click, 409)


def test_a_replayed_press_finds_the_same_click(stage: Stage, rosas: Browser, bread: Blog) -> None:
    rye = bread.post("rye")
    form = {"token": rye.token, "click": click_token_on(rosas.get(f"/f/{rye.token}"))}

    first = rosas.post("/f", form)
    before = dump(stage.db)
    again = [rosas.post("/f", form) for _ in range(5)]

    assert {answer.headers["location"] for answer in again} == {f"{first.headers['location']}?again=1"}
    assert dump(stage.db) == before


def test_a_replayed_press_does_not_bring_an_undone_click_back(
    stage: Stage, rosas: Browser, rosa: Person, bread: Blog
) -> None:
    rye = bread.post("rye")
    form = {"token": rye.token, "click": click_token_on(rosas.get(f"/f/{rye.token}"))}
    stage.now += timedelta(seconds=1)
    click = rosas.post("/f", form).headers["location"].rpartition("/")[2]
    rosas.post(f"/f/undo/{click}")

    page = rosas.follow(rosas.post("/f", form))

    assert "Undone" in text_of(page)
    assert rosa.month(Month(2026, 9)).counting == 0


def assert_refused(stage: Stage, browser: Browser, page: Page, click: str, status: int) -> None:
    before = dump(stage.db)
    assert browser.post("/f", {"token": page.token, "click": click}).status_code == status
    assert dump(stage.db) == before
