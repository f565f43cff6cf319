"""One click on a site that the reader trusts, and the sheet of paper, in Chromium."""

import json
import re
from itertools import count

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from receiver.actions.state_month import state_reader_month
from receiver.actions.trust_site import trust_site
from receiver.domain.month import Month
from tests.browser.conftest import Open
from tests.browser.world import BuiltBlog, Reader, World

pytestmark = pytest.mark.browser
names = (f"trusting{number}" for number in count())


@pytest.fixture
def trusting(world: World, carlas_blog: BuiltBlog) -> Reader:
    """A reader who trusts Carla's blog."""
    reader = world.funded(f"{next(names)}@reads.example", pledge=500, funds=500)
    click = world.click(reader, carlas_blog.thing_tokens[0]).click_id
    trust_site(world.parts.db, reader=reader.user, click_id=click, now=world.now)
    return reader


def clicks_of(world: World, reader: Reader) -> int:
    month = Month.of(world.now)
    return state_reader_month(world.parts.db, world.parts.rules, reader=reader.user, month=month).counting


def post_of(blog: BuiltBlog) -> str:
    return f"{blog.url}the-oven-lies.html"


def test_one_press_on_the_post_is_a_click_that_can_be_undone(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, trusting: Reader
) -> None:
    page = open_browser(trusting).new_page()
    page.goto(post_of(carlas_blog))
    page.click("a.flattr-button")

    expect(page.get_by_text("It was clicked at once, because you trust")).to_be_visible()
    assert clicks_of(world, trusting) == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Your click of")).to_be_visible()
    assert clicks_of(world, trusting) == 1

    page.goto(post_of(carlas_blog))
    page.click("a.flattr-button")
    expect(page.get_by_role("button", name="Flattr this")).to_be_visible()  # what was undone is asked for
    assert clicks_of(world, trusting) == 1


def test_without_a_script_the_confirm_page_is_shown(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, trusting: Reader
) -> None:
    page = open_browser(trusting, java_script_enabled=False).new_page()
    page.goto(post_of(carlas_blog))
    page.click("a.flattr-button")

    expect(page.get_by_role("button", name="Flattr this")).to_be_visible()
    expect(page.locator("#at-once-words")).to_be_hidden()
    assert clicks_of(world, trusting) == 1


def asked(page: Page, world: World, reader: Reader) -> None:
    """The confirm page stands there, and nothing was clicked."""
    expect(page.get_by_role("button", name="Flattr this")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("button", name="Flattr this")).to_be_visible()
    assert clicks_of(world, reader) == 1


def test_a_page_that_nobody_has_touched_is_asked(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, trusting: Reader
) -> None:
    """The trusted site itself sends its reader on by a script, as soon as its page is there."""
    page, post = open_browser(trusting).new_page(), post_of(carlas_blog)
    page.goto(post)
    button = page.locator("a.flattr-button").first.get_attribute("href")
    page.goto("about:blank")
    forced = f"<!doctype html><title>Forced</title><script>location.href = {json.dumps(button)}</script>"
    page.route(post, lambda route: route.fulfill(content_type="text/html", body=forced))

    page.goto(post)

    asked(page, world, trusting)


def test_who_types_the_address_of_a_button_is_asked(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, trusting: Reader
) -> None:
    page = open_browser(trusting).new_page()

    page.goto(f"{world.url}f/{carlas_blog.thing_tokens[3]}")

    asked(page, world, trusting)


def test_a_third_site_with_a_copied_button_is_asked(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, cems_notebook: BuiltBlog, trusting: Reader
) -> None:
    page = open_browser(trusting).new_page()
    page.goto(post_of(carlas_blog))
    button = page.locator("a.flattr-button").first.get_attribute("href")
    page.goto(f"{cems_notebook.url}bicycles/oil/")
    page.evaluate("address => { document.querySelector('a.flattr-button').href = address }", button)
    page.click("a.flattr-button")

    asked(page, world, trusting)


def printed_pages(context: BrowserContext, address: str) -> tuple[Page, int]:
    page = context.new_page()
    page.goto(address)
    pdf = page.pdf(format="A4", prefer_css_page_size=True)
    return page, len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def test_a_statement_is_printed_on_one_sheet_without_anything_to_press(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, trusting: Reader
) -> None:
    for token in carlas_blog.thing_tokens[1:6]:
        world.click(trusting, token)
    page, sheets = printed_pages(open_browser(trusting), f"{world.url}me/{Month.of(world.now)}")
    page.emulate_media(media="print")
    pressable = page.locator("button, input, select, nav, form, footer, .skip").all()

    assert sheets == 1
    assert len(pressable) > 10
    assert [one.inner_text() for one in pressable if one.is_visible()] == []
    expect(page.get_by_text(f"For {trusting.user.email}, stated by")).to_be_visible()
    expect(page.get_by_role("heading", name="Who got what")).to_be_visible()
    expect(page.get_by_text("Save as PDF")).to_be_hidden()
