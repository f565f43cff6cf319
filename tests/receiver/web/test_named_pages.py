"""A link with a site token, from the page it stands on to the recorded click."""

from html import unescape
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from receiver.actions import click_named_page
from receiver.actions.mint_click_token import mint_click_token
from receiver.actions.open_named_page import name_of_page
from receiver.app import keep_house
from receiver.domain.month import Month
from receiver.web.parts import Parts
from tests.fakes.database import dump
from tests.fakes.pages import Pages
from tests.receiver.cast import Blog, Person, Stage
from tests.receiver.web.browser import Browser, click_token_on, text_of

RYE = "https://bread.example/rye/"


def link(blog: Blog, **query: str) -> str:
    return f"/s/{blog.site_token}?{urlencode(query)}"


def way_back(page: str) -> str:
    """Return where the sign-in form of a page leads back to."""
    return unescape(page.partition('name="to" value="')[2].partition('"')[0])


def press(browser: Browser, blog: Blog, url: str, click: str) -> str:
    answer = browser.post("/s", {"site": blog.site_token, "u": url, "t": "", "click": click})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_from_the_link_through_sign_in_to_the_recorded_click(stage: Stage, visit, bread: Blog) -> None:
    browser = visit()
    page = browser.get(link(bread, u=RYE, t="Rye & “butter” +1"))
    assert "Sign in to flattr this" in page.text

    to = way_back(page.text)
    browser.follow(browser.post("/sign-in", {"to": to, "email": "nina@reads.example"}))
    confirm = browser.follow(browser.post("/sign-in/code", {"code": stage.outbox.newest.code}))
    assert "The link calls it “ Rye & “butter” +1 ”" in text_of(confirm)
    done = browser.get(press(browser, bread, RYE, click_token_on(confirm)))

    assert "bread.example/rye" in text_of(done)
    assert "/f/undo/" in done.text


def test_the_page_shows_its_address_until_somebody_looked_at_it(
    parts: Parts, rosas: Browser, bread: Blog, pages: Pages
) -> None:
    spoofed = link(bread, u=RYE, t="Win a prize")
    before = rosas.get(spoofed)
    press(rosas, bread, RYE, click_token_on(before))
    pages.body_by_url[RYE] = b"<title>Rye</title>"
    keep_house(parts)

    after = rosas.get(spoofed)

    assert "<bdi>bread.example/rye</bdi></h1>" in before.text
    assert "The link calls it" in before.text
    assert "<bdi>Rye</bdi></h1>" in after.text
    assert "Win a prize" not in after.text


def test_pressing_twice_and_coming_again_are_kindly_answered(rosas: Browser, bread: Blog) -> None:
    click = click_token_on(rosas.get(link(bread, u=RYE)))
    first, second = press(rosas, bread, RYE, click), press(rosas, bread, RYE, click)

    assert second == f"{first}?again=1"
    assert "You clicked this in September 2026 already" in text_of(rosas.get(link(bread, u=RYE)))


def test_what_is_known_well_is_recorded_together_with_others(
    parts: Parts, rosas: Browser, rosa: Person, visit, rui: Person, bread: Blog, pages: Pages, monkeypatch
) -> None:
    press(rosas, bread, RYE, click_token_on(rosas.get(link(bread, u=RYE))))
    pages.body_by_url[RYE] = b"<title>Rye</title>"
    keep_house(parts)
    rosas.post("/s", {"site": bread.site_token, "u": RYE, "click": click_token_of(parts, rosa, bread)})
    ruis = visit().of(rui)
    click = click_token_on(ruis.get(link(bread, u=RYE)))

    def refuse(*_args: object, **_about: object) -> None:
        raise AssertionError("this was looked at carefully")

    monkeypatch.setattr("receiver.web.named_pages.click_named_page", refuse)
    press(ruis, bread, RYE, click)

    assert [line.thing.title for line in rui.month(Month(2026, 9)).lines] == ["Rye"]


def click_token_of(parts: Parts, person: Person, blog: Blog) -> str:
    return mint_click_token(
        parts.keys,
        session=person.session,
        reader=person.user,
        token=name_of_page(blog.site_token, RYE),
        now=parts.clock(),
    )


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ({}, 422, "needs u= and the address of a page of https://bread.example/"),
        ({"u": ""}, 422, "needs u="),
        ({"t": "Rye"}, 422, "needs u="),
        ({"u": "rye"}, 422, "an absolute address"),
        ({"u": "https://evil.example/"}, 403, "is outside https://bread.example/"),
        ({"u": "https://bread.example\\@evil.example/"}, 422, "white space, control characters or backslashes"),
        ({"u": "https://bread.example/" + "a" * 2_000}, 422, "address may have 1,024 bytes"),
    ],
)
def test_a_link_that_names_no_page_says_why(
    query: dict[str, str], status: int, sentence: str, stage: Stage, rosas: Browser, anybody: Browser, bread: Blog
) -> None:
    before = dump(stage.db)

    for browser in (rosas, anybody):
        answer = browser.get(link(bread, **query))
        assert answer.status_code == status
        assert sentence in text_of(answer)
    assert dump(stage.db) == before


@pytest.mark.parametrize(
    ("spoil", "status"),
    [
        (lambda token: token[:-1], 400),
        (lambda token: token + ".x", 400),
        (lambda token: token[:-1] + ("a" if token[-1] != "a" else "e"), 403),
        (lambda token: token.replace("fst1", "fst2"), 400),
        (lambda token: "fst1_aaaaaaaaaa_1_" + token[-26:], 404),
        (lambda token: "fst1_SITE_TOKEN", 400),
    ],
)
def test_a_bad_site_token_is_refused_and_writes_nothing(spoil, status: int, stage, rosas: Browser, bread: Blog) -> None:
    click = click_token_on(rosas.get(link(bread, u=RYE)))
    before = dump(stage.db)

    bad = spoil(bread.site_token)
    answers = [
        rosas.get(f"/s/{quote(bad)}?{urlencode({'u': RYE})}"),
        rosas.post("/s", {"site": bad, "u": RYE, "click": click}),
    ]

    assert [answer.status_code for answer in answers] == [status, 403]
    assert dump(stage.db) == before


def test_neither_token_opens_the_page_of_the_other(rosas: Browser, bread: Blog) -> None:
    signed = bread.post("rye")

    assert rosas.get(f"/f/{bread.site_token}").status_code == 400
    assert rosas.get(f"/s/{signed.token}?{urlencode({'u': signed.url})}").status_code == 400


def test_a_click_token_of_another_page_is_refused(stage: Stage, rosas: Browser, rosa: Person, bread: Blog) -> None:
    click = click_token_on(rosas.get(link(bread, u=RYE)))
    signed = bread.post("oats")
    before = dump(stage.db)

    answers = [
        rosas.post("/s", {"site": bread.site_token, "u": "https://bread.example/oats/", "click": click}),
        rosas.post("/s", {"site": bread.site_token, "u": RYE, "click": rosa.opens(signed)}),
        rosas.post("/f", {"token": f"{bread.site_token} {RYE}", "click": click}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 400]
    assert dump(stage.db) == before


def test_a_page_that_was_open_for_too_long_is_shown_again(stage: Stage, rosas: Browser, bread: Blog) -> None:
    click = click_token_on(rosas.get(link(bread, u=RYE, t="Rye")))
    stage.now = stage.now.replace(hour=1)

    answer = rosas.post("/s", {"site": bread.site_token, "u": RYE, "t": "Rye", "click": click})

    assert answer.status_code == 409
    assert "press again" in text_of(answer)
    assert "The link calls it" in answer.text
    press(rosas, bread, RYE, click_token_on(answer))


def test_a_session_that_ended_leads_to_the_page_again(anybody: Browser, bread: Blog) -> None:
    answer = anybody.post("/s", {"site": bread.site_token, "u": RYE, "t": "Rye", "click": "x"})

    assert answer.headers["location"] == link(bread, u=RYE, t="Rye")
    assert "Sign in to flattr this" in anybody.follow(answer).text


def test_the_way_back_never_leads_away(anybody: Browser) -> None:
    answer = anybody.post("/s", {"site": "//evil.example/\\..", "u": "https://evil.example/", "click": "x"})

    assert answer.headers["location"].startswith("/s/%2F%2Fevil.example%2F%5C..?u=https%3A%2F%2Fevil.example%2F")


def test_the_browser_may_say_which_page_it_was(rosas: Browser, bread: Blog) -> None:
    page = rosas.get(f"/s/{bread.site_token}", Referer=RYE)

    press(rosas, bread, RYE, click_token_on(page))


def test_an_origin_alone_is_no_page(rosas: Browser, bread: Blog) -> None:
    assert rosas.get(f"/s/{bread.site_token}", Referer="https://bread.example/").status_code == 422


def test_a_title_is_shown_as_text_and_never_too_long(rosas: Browser, anybody: Browser, bread: Blog) -> None:
    for browser in (rosas, anybody):
        assert "<script>alert" not in browser.get(link(bread, u=RYE, t="<script>alert(1)</script>")).text
        page = browser.get(link(bread, u=RYE, t="🐝" * 3_000))
        assert page.status_code == 200
        assert "🐝" * 200 not in page.text
    assert "The link calls it" not in rosas.get(link(bread, u=RYE, t=" \u202e ")).text


def test_a_long_title_does_not_keep_anybody_from_signing_in(anybody: Browser, bread: Blog) -> None:
    url = "https://bread.example/" + "%C3%BC" * 150
    page = anybody.get(link(bread, u=url, t="🐝" * 300))
    to = way_back(page.text)

    assert len(to) <= 4_000
    assert parse_qs(urlsplit(to).query)["u"] == [url]


def test_too_many_new_pages_are_told_when_to_come_back(rosas: Browser, bread: Blog, monkeypatch) -> None:
    monkeypatch.setattr(click_named_page, "NEW_PER_READER_AND_HOUR", 1)
    press(rosas, bread, RYE, click_token_on(rosas.get(link(bread, u=RYE))))
    other = "https://bread.example/other/"
    click = click_token_on(rosas.get(link(bread, u=other)))

    answer = rosas.post("/s", {"site": bread.site_token, "u": other, "click": click})

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3600")


def test_a_creator_sees_the_site_token_and_a_renewed_key_changes_it(carlas: Browser, bread: Blog) -> None:
    page = f"/creator/sites/{bread.key.site}"
    old = bread.site_token
    assert old in carlas.get(page).text

    carlas.post(f"{page}/leaked", {"generation": 1})

    assert bread.site_token in carlas.get(page).text
    assert old not in carlas.get(page).text
    assert carlas.get(f"/s/{old}?{urlencode({'u': RYE})}").status_code == 410
