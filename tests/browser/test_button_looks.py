"""Every look of the button, in every language, in a real browser: quiet, big enough, and in the theme's colours."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from flattr_button import LOOKS, button_html
from flattr_button.badge import HEIGHT, badge_svg
from flattr_button.wording import LANGUAGES
from tests.browser.button_looks import TOKEN, page_of_looks
from tests.flattr_button.makers import RECEIVER

pytestmark = pytest.mark.browser
BLOG = "https://carla.example/"
BUTTONS = "[...document.querySelectorAll('.flattr-button')]"
Show = Callable[..., Page]


@pytest.fixture
def asked() -> list[str]:
    """What the browser asked of anybody."""
    return []


@pytest.fixture
def show(chromium: Browser, asked: list[str]) -> Iterator[Show]:
    """Show a page of Carla's blog: `show(html, policy="default-src 'none'", viewport=…)`."""
    contexts = []

    def show_(html: str, *, policy: str | None = None, **options: object) -> Page:
        contexts.append(context := chromium.new_context(**options))
        headers = {"content-type": "text/html; charset=utf-8"}
        if policy is not None:
            headers["content-security-policy"] = policy

        def answer(route: Route) -> None:
            asked.append(route.request.url)
            route.fulfill(body=html if route.request.url == BLOG else "", headers=headers)

        context.route("**/*", answer)
        page = context.new_page()
        page.goto(BLOG)
        return page

    yield show_
    for context in contexts:
        context.close()


def test_no_look_and_no_badge_causes_a_request(show: Show, asked: list[str]) -> None:
    page = show(page_of_looks())
    for number in range(len(LOOKS)):
        page.locator(".flattr-button").nth(number).hover()
        page.locator(".flattr-button").nth(number).focus()
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")

    assert page.locator(".flattr-button").count() >= len(LOOKS) * len(LANGUAGES)
    assert page.locator("svg[role=img]").count() == len(LANGUAGES)
    assert asked == [BLOG]


def test_the_log_of_requests_would_have_shown_one(show: Show, asked: list[str]) -> None:
    show(page_of_looks(("en",)).replace("</body>", f'<img src="{RECEIVER}count.png"></body>'))

    assert asked == [BLOG, f"{RECEIVER}count.png"]


def test_a_press_leads_to_the_receiver(show: Show, asked: list[str]) -> None:
    page = show(f"<p>{button_html(RECEIVER, TOKEN, look='text')}</p>")

    page.get_by_role("link", name="Flattr this").click()

    page.wait_for_url(f"{RECEIVER}f/{TOKEN}")
    assert asked[1] == f"{RECEIVER}f/{TOKEN}"


@pytest.mark.parametrize("root_px", [10, 16, 24])
def test_each_look_is_big_enough_for_a_thumb(show: Show, root_px: int) -> None:
    """WCAG 2.2: 44 px (2.5.5), or 24 px between other things (2.5.8), in themes with small type too."""
    sections = "".join(f"<p>{button_html(RECEIVER, TOKEN, language='ja', look=look)}</p>" for look in LOOKS)
    page = show(f"<style>:root {{ font-size: {root_px}px }}</style><body>{sections}{badge_svg('ja')}")

    sizes = page.evaluate(f"{BUTTONS}.map(e => e.getBoundingClientRect()).map(r => [r.width, r.height])")
    smallest = {look: min(size) for look, size in zip(LOOKS, sizes, strict=True)}
    assert smallest["standard"] >= 44
    assert min(smallest.values()) >= 24
    assert page.locator("svg[role=img]").bounding_box()["height"] == HEIGHT >= 24


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_cut_off_or_scrolls_sideways(show: Show, width: int) -> None:
    page = show(page_of_looks(), viewport={"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(f"{BUTTONS}.filter(e => e.scrollWidth > e.clientWidth + 1).length") == 0
    cut = """[...document.querySelectorAll('svg[role=img]')].filter(badge => {
        const box = badge.querySelector('text').getBBox();
        return box.x < 4 || box.x + box.width > badge.width.baseVal.value - 4;
    }).map(badge => badge.lang || badge.getAttribute('lang'))"""
    assert page.evaluate(cut) == []


@pytest.mark.parametrize("look", ["standard", "compact"])
def test_text_border_and_coin_take_the_colour_of_the_text_around(show: Show, look: str) -> None:
    button = button_html(RECEIVER, TOKEN, look=look)
    page = show(f"<style>a {{ color: red }}</style><body style='color: rgb(1, 2, 3)'>{button}")

    assert colours(page) == ["rgb(1, 2, 3)", "rgb(1, 2, 3)", "rgb(1, 2, 3)", "rgba(0, 0, 0, 0)"]


@pytest.mark.parametrize("look", ["standard", "compact"])
def test_a_theme_dresses_the_button_by_custom_properties(show: Show, look: str) -> None:
    dress = "--flattr-color: white; --flattr-background: green; --flattr-border: blue; --flattr-radius: 3px"
    button = button_html(RECEIVER, TOKEN, look=look)
    page = show(f"<style>.flattr-button {{ {dress} }}</style><body>{button}")

    assert colours(page) == ["rgb(255, 255, 255)", "rgb(0, 0, 255)", "rgb(255, 255, 255)", "rgb(0, 128, 0)"]
    assert page.evaluate(f"getComputedStyle({BUTTONS}[0]).borderRadius") == "3px"


def test_the_text_look_is_a_link_like_every_other(show: Show) -> None:
    page = show(f"<style>a {{ color: rgb(1, 2, 3) }}</style><body>{button_html(RECEIVER, TOKEN, look='text')}")

    colour, _, _, background = colours(page)
    assert (colour, background) == ("rgb(1, 2, 3)", "rgba(0, 0, 0, 0)")
    assert "underline" in page.evaluate(f"getComputedStyle({BUTTONS}[0]).textDecoration")
    assert page.evaluate(f"getComputedStyle({BUTTONS}[0]).borderStyle") == "none"


def test_in_dark_mode_the_button_is_light(show: Show) -> None:
    page = show(
        f"<style>:root {{ color-scheme: light dark }}</style><body>{button_html(RECEIVER, TOKEN)}",
        color_scheme="dark",
    )

    assert colours(page)[:3] == ["rgb(255, 255, 255)"] * 3


def test_where_inline_style_is_forbidden_the_button_is_still_a_link(show: Show) -> None:
    page = show(f"<body>{button_html(RECEIVER, TOKEN)}", policy="default-src 'none'; style-src 'self'")

    assert page.get_by_role("link", name="Flattr this").get_attribute("href") == f"{RECEIVER}f/{TOKEN}"
    assert page.locator(".flattr-button svg").bounding_box()["width"] == 16
    assert page.evaluate(f"getComputedStyle({BUTTONS}[0]).display") == "inline"


def test_one_line_of_a_policy_allows_the_style_of_the_button(show: Show) -> None:
    policy = "default-src 'none'; style-src 'self'; style-src-attr 'unsafe-inline'"
    page = show(f"<body>{button_html(RECEIVER, TOKEN)}", policy=policy)

    assert page.evaluate(f"getComputedStyle({BUTTONS}[0]).display") == "inline-flex"


def test_a_button_from_the_right_has_its_coin_at_the_right(show: Show) -> None:
    page = show(f"<body>{button_html(RECEIVER, TOKEN, language='he')}")

    assert page.locator(".flattr-button svg").bounding_box()["x"] > page.locator("span").bounding_box()["x"]


def colours(page: Page) -> list[str]:
    """Return the colours of text, border, coin and background of the first button."""
    return list(
        page.evaluate(
            """() => {
                const button = document.querySelector(".flattr-button"), style = getComputedStyle(button);
                const coin = getComputedStyle(button.querySelector("svg") ?? button);
                return [style.color, style.borderTopColor, coin.stroke, style.backgroundColor];
            }"""
        )
    )
