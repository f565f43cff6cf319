"""The plain link, and the script that fills it in, in a real Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from tests.snippets.link_follower import SCOPE, LinkFollower, link_follower, links_of

POST = f"{SCOPE}2026/bees/"
TITLE = 'Bees & "butter" #1, 50 %'


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[LinkFollower]:
    with link_follower(tmp_path) as follower:
        yield follower


def link_in_browser(chromium: Browser, page: str, *, address: str, runs_script: bool = True) -> tuple[str, str]:
    """Open a page at its address; return where its button leads, and the referrer when it is pressed."""
    pressed: list[str] = []

    def answer(route: Route) -> None:
        if route.request.url.startswith(SCOPE):
            route.fulfill(body=page, content_type="text/html; charset=utf-8")
            return
        pressed.append(route.request.headers.get("referer", ""))
        route.fulfill(body="The receiver.", content_type="text/html")

    context = chromium.new_context(java_script_enabled=runs_script)
    context.route("**/*", answer)
    tab = context.new_page()
    tab.goto(address)
    assert pressed == [], "nothing is requested before the press"
    tab.click("a.flattr-button")
    tab.wait_for_url("https://flattr.example/**")
    link = tab.url
    context.close()
    return link, pressed[0]


def test_the_plain_link_leads_to_the_click(follower: LinkFollower) -> None:
    (link,) = links_of(follower.snippet("html/link.html"))

    assert follower.clicked_by_following(link, said_title="A post") == f"{SCOPE}a-post/"


@pytest.mark.browser
def test_the_script_fills_in_the_page_it_stands_on(chromium: Browser, follower: LinkFollower) -> None:
    page = f'<title>Bees &amp; "butter" #1, 50 %</title><body>{follower.snippet("html/script.html")}'

    link, _ = link_in_browser(chromium, page, address=f"{POST}?utm_source=x#top")

    assert follower.clicked_by_following(link, said_title=TITLE) == POST


@pytest.mark.browser
@pytest.mark.parametrize(
    ("canonical", "clicked"),
    [("/bees/", f"{SCOPE}bees/"), (f"{SCOPE}bees/", f"{SCOPE}bees/"), ("https://medium.example/bees", POST)],
)
def test_the_script_believes_a_canonical_address_of_the_same_site(
    canonical: str, clicked: str, chromium: Browser, follower: LinkFollower
) -> None:
    head = f'<title>x</title><link rel="canonical" href="{canonical}"><meta property="og:title" content="Bees">'

    link, _ = link_in_browser(chromium, f"{head}<body>{follower.snippet('html/script.html')}", address=POST)

    assert follower.clicked_by_following(link, said_title="Bees") == clicked


@pytest.mark.browser
def test_without_script_the_browser_tells_the_page(chromium: Browser, follower: LinkFollower) -> None:
    page = f"<title>Bees</title><body>{follower.snippet('html/script.html')}"

    link, referrer = link_in_browser(chromium, page, address=POST, runs_script=False)

    assert "?" not in link
    assert follower.clicked_by_following(link, referrer=referrer) == POST
