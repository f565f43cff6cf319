"""Every page fits a phone, is small, and asks for little."""

import pytest
from playwright.sync_api import Page, Response, expect

from receiver.domain.month import Month
from tests.browser.conftest import Open
from tests.browser.world import BuiltBlog, Reader, World

pytestmark = pytest.mark.browser
PAGE_BYTES_MAX = 60_000
REQUESTS_MAX = 5


@pytest.fixture(scope="module")
def otto(world: World, carlas_blog: BuiltBlog, cems_notebook: BuiltBlog) -> Reader:
    """Operates, reads and writes: sees every page, and full ones."""
    otto = world.strong(world.funded("otto@receiver.example", pledge=2000, funds=5000))
    for token in (*carlas_blog.thing_tokens, *cems_notebook.thing_tokens):
        world.click(otto, token)
    world.register("otto@receiver.example", "https://a-rather-long-name-of-a-blog.example/~otto/notes/", "W" * 60)
    return otto


def addresses(world: World, blog: BuiltBlog, otto: Reader) -> list[str]:
    click = world.click(otto, blog.thing_tokens[0]).click_id
    month, button = Month.of(world.now), f"creator/sites/{world.site_of(otto)}/button"
    paths = ["", "sites", f"sites/{blog.key.site}", "things", "things?sort=clicked&tag=oven&language=en", "things/2"]
    paths += ["fee", "statistics", f"statistics/{month}"]
    paths += [f"f/{blog.thing_tokens[1]}", f"f/done/{click}", "me", f"me/{month}"]
    paths += [f"{button}?platform={platform}&look=text" for platform in ("pelican", "hugo", "readme", "wordpress")]
    paths += ["me/applications", "creator", f"creator/{month}", "creator/income", "operator", "no-such-page"]
    paths += [f"creator/sites/{world.site_of(otto)}{rest}" for rest in ("", "/things", "/things?words=x")]
    paths += ["me/account", "me/account/leave", "sign-in/recovery-code"]
    paths += [f"me/{part}" for part in ("history", "subscriptions", "public")]
    return [world.url + path for path in paths]


@pytest.mark.parametrize("width", [320, 390])
def test_no_page_scrolls_sideways_on_a_phone(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, otto: Reader, width: int
) -> None:
    page = open_browser(otto, viewport={"width": width, "height": 700}).new_page()
    wide = []

    for address in addresses(world, carlas_blog, otto):
        page.goto(address)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(address)
    page.goto(f"{world.url}creator")
    page.locator("main tbody a").first.click()
    page.get_by_role("button", name="Show key").click()
    page.get_by_text("fsk1_").first.wait_for()  # the click alone does not wait for the answer
    if page.evaluate("document.documentElement.scrollWidth") > width:
        wide.append("the page with the key")

    assert wide == []


def test_pages_are_small_and_ask_for_little(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, otto: Reader
) -> None:
    too_much = []

    for address in addresses(world, carlas_blog, otto):
        context = open_browser(otto)
        answers: list[Response] = []
        page = context.new_page()
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        page.goto(address)
        page.wait_for_load_state("load")
        size = sum(answer.request.sizes()["responseBodySize"] for answer in answers)
        if size > PAGE_BYTES_MAX or len(answers) > REQUESTS_MAX:
            too_much.append((address, size, [answer.url for answer in answers]))
        context.close()

    assert too_much == []


def test_no_page_breaks_its_own_content_security_policy(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, otto: Reader
) -> None:
    page = open_browser(otto).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))

    for address in addresses(world, carlas_blog, otto):
        page.goto(address)

    assert [text for text in said if "404" not in text] == []


def test_what_is_pressed_is_big_enough_for_a_thumb(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, otto: Reader
) -> None:
    page = open_browser(otto, viewport={"width": 390, "height": 700}).new_page()
    small = []

    for address in addresses(world, carlas_blog, otto):
        page.goto(address)
        small += [f"{address}: {text}" for text in small_targets(page)]

    assert small == []


def test_a_refused_form_shows_what_to_mend(world: World, open_browser: Open, otto: Reader) -> None:
    """The pledge is far down on a phone: the field is in sight again, with what was typed and what is wrong."""
    page = open_browser(otto, viewport={"width": 390, "height": 700}, java_script_enabled=False).new_page()
    page.goto(f"{world.url}me")
    page.fill("#other", "1,50")
    page.get_by_role("button", name="Set pledge").click()

    expect(page.locator("#other")).to_be_in_viewport()
    expect(page.locator("#other")).to_be_focused()
    expect(page.locator("#other")).to_have_value("1,50")
    expect(page.get_by_role("alert")).to_be_in_viewport()


def small_targets(page: Page) -> list[str]:
    return list(
        page.evaluate(
            """() => [...document.querySelectorAll("button, .button, input:not([type=hidden]), select, nav a")]
            .filter((element) => element.getBoundingClientRect().height < 44).map((element) => element.outerHTML)"""
        )
    )
