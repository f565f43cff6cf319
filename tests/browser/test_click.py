"""A click in Chromium: from a generated post to done, undo, and again."""

from itertools import count

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from receiver.actions.find_user import find_user
from receiver.actions.state_month import state_reader_month
from receiver.domain.click import ClickState
from receiver.domain.month import Month
from tests.browser.conftest import Open
from tests.browser.world import World

pytestmark = pytest.mark.browser
ARMED_AFTER_MS = 850
names = (f"rosa{number}" for number in count())


@pytest.fixture(params=["pelican", "mkdocs"])
def post(request: pytest.FixtureRequest) -> str:
    """The address of a generated post."""
    if request.param == "pelican":
        return str(request.getfixturevalue("carlas_blog").url) + "the-oven-lies.html"
    return str(request.getfixturevalue("cems_notebook").url) + "bicycles/oil/"


@pytest.mark.parametrize("has_script", [True, False], ids=["with-script", "without-script"])
def test_a_reader_clicks_undoes_and_clicks_again(world: World, post: str, open_browser: Open, has_script: bool) -> None:
    address = f"{next(names)}@reads.example"
    context = open_browser(java_script_enabled=has_script)
    page = context.new_page()

    page.goto(post)
    title = page.locator("h1").last.inner_text()
    page.click("a.flattr-button")
    expect(page.locator(".ticket h1")).to_have_text(title)
    expect(page.locator(".ticket .host")).to_have_text(post.split("/")[2])
    expect(page.get_by_role("button", name="Flattr this")).to_have_count(0)

    sign_in(page, world, address)
    expect(page.locator(".ticket h1")).to_have_text(title)
    assert clicks_of(world, address) == []

    press(page)
    expect(page.get_by_role("status")).to_have_text("Clicked")
    assert clicks_of(world, address) == [ClickState.UNFUNDED]

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status")).to_have_text("Undone")
    assert clicks_of(world, address) == [ClickState.UNDONE]

    page.get_by_role("link", name="Back to the page").click()
    expect(page).to_have_url(post)
    page.click("a.flattr-button")
    press(page)
    expect(page.get_by_role("status")).to_have_text("Clicked")
    assert clicks_of(world, address) == [ClickState.UNFUNDED]

    fund(world, address)
    page.goto(f"{world.url}me")
    expect(page.locator("#clicks tbody tr")).to_have_count(1)
    expect(page.locator("#clicks tbody .number")).to_have_text("1.80\u00a0EUR")


def test_reading_a_post_asks_the_receiver_nothing(world: World, post: str, open_browser: Open) -> None:
    page = open_browser().new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    before = len(world.log.requests)

    page.goto(post)
    page.wait_for_load_state("networkidle")
    page.locator("a.flattr-button").hover()

    assert len(world.log.requests) == before
    assert not [url for url in asked if url.startswith(world.url)]


def test_the_button_tells_where_it_belongs_when_it_was_copied(world: World, post: str, open_browser: Open) -> None:
    context = open_browser()
    page = context.new_page()
    page.goto(post)
    href = page.locator("a.flattr-button").get_attribute("href")
    copied_to(context, "http://copies.example/", f'<a href="{href}">Flattr this</a>')

    page.goto("http://copies.example/")
    page.click("a")

    expect(page.get_by_role("note")).to_contain_text("You came from copies.example; this button belongs to localhost")


def sign_in(page: Page, world: World, address: str) -> None:
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("The code of eight digits").fill(world.mails.code_for(address))
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def press(page: Page) -> None:
    """Press the confirm button as a person does: look, move, press."""
    button = page.get_by_role("button", name="Flattr this")
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] - 5, box["y"] - 5)
    page.wait_for_timeout(ARMED_AFTER_MS)
    page.mouse.move(box["x"] + 40, box["y"] + 20, steps=4)
    page.mouse.down()
    page.mouse.up()


def fund(world: World, address: str) -> None:
    reader = world.funded(address, pledge=200, funds=500)
    assert reader.user.email == address


def clicks_of(world: World, address: str) -> list[ClickState]:
    parts = world.parts
    reader = find_user(parts.db, address)
    month = Month.of(world.now)
    return [line.state for line in state_reader_month(parts.db, parts.rules, reader=reader, month=month).lines]


def copied_to(context: BrowserContext, url: str, body: str) -> None:
    context.route(url, lambda route: route.fulfill(content_type="text/html", body=f"<!doctype html>{body}"))
