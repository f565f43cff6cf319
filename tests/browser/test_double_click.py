"""A click aimed at another page never lands on the button that moves money (DoubleClickjacking)."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Open
from tests.browser.test_click import ARMED_AFTER_MS, copied_to
from tests.browser.world import BuiltBlog, Reader, World

STYLE = Path(__file__).resolve().parents[2] / "receiver/web/static/flattr.css"
LURE = "http://lure.example/"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def rosa(world: World) -> Reader:
    return world.funded("rosa@double.example", pledge=200, funds=500)


@pytest.fixture
def target(world: World, carlas_blog: BuiltBlog) -> str:
    return f"{world.url}f/{carlas_blog.thing_tokens[0]}"


@pytest.fixture
def spot(open_browser: Open, rosa: Reader, target: str) -> tuple[float, float]:
    """Where the button will be: the attacker knows, it is the same for everybody who comes from their page."""
    page = open_browser(rosa).new_page()
    page.goto(target, referer=LURE)
    box = page.get_by_role("button", name="Flattr this").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("pause_ms", [0, 60, 250, 500])
def test_the_second_half_of_a_double_click_is_swallowed(
    world: World, open_browser: Open, rosa: Reader, target: str, spot: tuple[float, float], pause_ms: int
) -> None:
    """The first mousedown navigates, the second click lands where the button is."""
    page = lured(open_browser(rosa), target, spot)
    before = world.presses

    page.wait_for_timeout(pause_ms)
    press_in_place(page)

    assert page.url == target
    assert world.presses == before


def test_without_the_defence_the_attack_succeeds(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, rosa: Reader, spot: tuple[float, float]
) -> None:
    """Else the test above would prove nothing."""
    target = f"{world.url}f/{carlas_blog.thing_tokens[2]}"
    context = open_browser(rosa)
    context.route("**/arm.js?*", lambda route: route.fulfill(content_type="text/javascript", body=""))
    style = STYLE.read_text().replace("animation: arm", "animation: none")
    context.route("**/flattr.css?*", lambda route: route.fulfill(content_type="text/css", body=style))
    page = lured(context, target, spot)
    before = world.presses

    press_in_place(page)
    page.wait_for_url("**/f/done/**")  # a busy machine needs longer than a moment

    assert world.presses == before + 1


def test_a_window_that_was_behind_another_is_not_armed(
    world: World, open_browser: Open, rosa: Reader, target: str, spot: tuple[float, float]
) -> None:
    """A window on top closes between the two clicks.

    Playwright holds every page focused, so what the window system would tell this one is told by hand.
    """
    page = open_browser(rosa).new_page()
    page.goto(target, referer=LURE)
    page.mouse.move(*spot, steps=5)
    page.wait_for_timeout(ARMED_AFTER_MS)
    before = world.presses

    page.evaluate("dispatchEvent(new Event('blur')), dispatchEvent(new Event('focus'))")
    press_in_place(page)

    expect(page.get_by_role("status")).to_have_text("Press again to confirm")
    assert world.presses == before


def test_a_bare_click_is_announced_and_the_next_one_counts(
    world: World, open_browser: Open, rosa: Reader, target: str, spot: tuple[float, float]
) -> None:
    """Screen readers send clicks without any movement before."""
    page = open_browser(rosa).new_page()
    page.goto(target)
    page.wait_for_timeout(ARMED_AFTER_MS)
    before = world.presses

    page.locator("#go").dispatch_event("click")
    expect(page.get_by_role("status")).to_have_text("Press again to confirm")
    assert world.presses == before

    page.locator("#go").dispatch_event("click")
    expect(page.get_by_role("status")).to_have_text("Clicked")
    assert world.presses == before + 1


def test_a_reader_with_a_keyboard_presses_once(
    world: World, open_browser: Open, carlas_blog: BuiltBlog, rosa: Reader
) -> None:
    page = open_browser(rosa).new_page()
    page.goto(f"{world.url}f/{carlas_blog.thing_tokens[1]}")
    page.wait_for_timeout(ARMED_AFTER_MS)

    for _ in range(20):
        page.keyboard.press("Tab")
        if page.locator("#go:focus").count():
            break
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("Clicked")


def lured(context: BrowserContext, target: str, spot: tuple[float, float]) -> Page:
    """Press the mouse on an attacker's page, which navigates; return the confirm page under the pointer."""
    page = context.new_page()
    script = f"<script>addEventListener('mousedown', () => {{ location = {target!r}; }});</script>"
    copied_to(context, LURE, f"<h1>Double-click to see the kitten</h1>{script}")
    page.goto(LURE)
    page.mouse.move(*spot)
    page.mouse.down()
    page.wait_for_url(target, wait_until="commit")
    page.mouse.up()
    page.locator("#go").wait_for()
    return page


def press_in_place(page: Page) -> None:
    page.mouse.down()
    page.mouse.up()
    page.wait_for_timeout(100)  # for the request that must not, or must, come
