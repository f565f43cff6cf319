"""Titles, labels and addresses are strangers' words: shown, never run."""

import pytest

from flattr_button import Claim, sign
from receiver.actions.publish_reader import publish_reader
from receiver.actions.trust_site import trust_site
from receiver.domain.month import Month
from tests.receiver.cast import Blog, Page, Person, Stage
from tests.receiver.web.browser import Browser

WORDS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</title></textarea><svg/onload=alert(1)>",
    "{{7*7}}{% raw %}${7*7}",
    "&lt;b&gt; &amp;amp;",
    "javascript:alert(1)//",
    "العنوان <b>עברית",
    "a" * 200,
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "-2+3",
]
DANGEROUS = ("<script>alert", "<img src=x", "<svg/onload", "</textarea>", "<b>", ">49<")


@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
def test_a_title_is_shown_and_never_run(
    words: str, stage: Stage, rosa: Person, carla: Person, rosas: Browser, carlas: Browser
) -> None:
    blog = carla.registers("https://words.example/", title=words)
    titled = titled_post(blog, words)
    click = rosa.clicks(titled).click_id
    rosa.connects(words)
    rosa.subscribes(titled)
    trust_site(stage.db, reader=rosa.user, click_id=click, now=stage.now)
    publish_reader(stage.db, reader=rosa.user, handle="rosa", shows_clicks=True, is_findable=False, now=stage.now)
    stage.close(Month(2026, 9))
    rosas, carlas = rosas.of(stage.person(rosa.user.email)), carlas.of(stage.person(carla.user.email))
    site = blog.key.site

    pages = [
        rosas.get(path)
        for path in (
            "/",
            "/sites",
            f"/sites/{site}",
            f"/f/{titled.token}",
            f"/f/done/{click}",
            "/me",
            "/me/2026-09",
            "/me/applications",
            "/me/subscriptions",
            "/readers/rosa",
        )
    ]
    pages += [carlas.get(path) for path in ("/creator", f"/creator/sites/{site}", "/creator/2026-09")]

    assert {page.status_code for page in pages} == {200}
    assert not [mark for page in pages for mark in DANGEROUS if mark in page.text]


@pytest.mark.parametrize("words", [words for words in WORDS if words[0] in "=@-"])
def test_a_title_is_no_formula_in_a_spreadsheet(words: str, rosas: Browser, rosa: Person, carla: Person):
    blog = carla.registers("https://words.example/")
    rosa.clicks(titled_post(blog, words))

    table = rosas.get("/me/2026-09.csv").text

    assert f",'{words}," in table or f",\"'{words}" in table
    assert rosa.month(Month(2026, 9)).counting == 1


def titled_post(blog: Blog, title: str) -> Page:
    """A post of a hostile creator, whose generator cleans no titles."""
    key = blog.key
    claim = Claim(
        site=key.site,
        generation=key.generation,
        url=f"{blog.address}rye/",
        title=title,
        category=title[:40],
        tags=("x",),
    )
    return Page(blog.stage, sign(claim, key), claim.url)


@pytest.mark.parametrize(
    "referrer",
    ["https://<b>.example/", 'https://x"onload=.example/', "//", "https://", "%", "https://[", "javascript:alert(1)"],
)
def test_where_one_came_from_is_shown_and_never_run(referrer: str, rosas: Browser, carla: Person) -> None:
    page = carla.registers("https://words.example/").post("rye")

    answer = rosas.get(f"/f/{page.token}", referer=referrer)

    assert answer.status_code == 200
    assert "<b>" not in answer.text
    assert 'onload=.example"' not in answer.text


@pytest.mark.parametrize(
    "path", ["/%3Cscript%3Ealert(1)%3C/script%3E", "/sites/%3Cb%3E", "/creator/sites/%3Cb%3E", "/me/%3Cb%3E"]
)
def test_an_address_is_never_run(path: str, rosas: Browser) -> None:
    answer = rosas.get(path)

    assert answer.status_code == 404
    assert "<b>" not in answer.text
    assert "<script>alert" not in answer.text
