"""*Your button* in Chromium: the preview looks as it will, code is copied to the letter, and the hash holds."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from receiver.store.snippets import read_snippets
from tests.browser.conftest import Open
from tests.browser.world import Reader, World

pytestmark = pytest.mark.browser
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
NAMES_THE_POST = re.compile(r"/s/fst1_[^?]+\?u=https%3A%2F%2Fvera\.example%2Fblog%2Fbees%2F&t=Bees$")
PLATFORMS = ["pelican", "mkdocs", *(snippet.name for snippet in read_snippets())]


@pytest.fixture(scope="module")
def vera(world: World) -> Reader:
    """Writes a blog that needs every kind of snippet."""
    world.register("vera@writes.example", "https://vera.example/blog/", "Vera’s blog")
    return world.sign_in("vera@writes.example")


@pytest.fixture
def address(world: World, vera: Reader) -> str:
    return f"{world.url}creator/sites/{world.site_of(vera)}/button"


def style_of(page: Page, selector: str, name: str) -> str:
    return str(page.locator(selector).evaluate(f"(element) => getComputedStyle(element).{name}"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", ["standard", "compact", "text"])
def test_the_preview_is_light_and_dark_whatever_the_page_is(
    address: str, vera: Reader, open_browser: Open, scheme: str, look: str
) -> None:
    page = open_browser(vera, color_scheme=scheme).new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    page.goto(f"{address}?look={look}")

    grounds = [style_of(page, f".preview.{name}", "backgroundColor") for name in ("light", "dark")]
    words = [style_of(page, f".preview.{name} a", "color") for name in ("light", "dark")]
    assert grounds[0] == "rgb(255, 255, 255)"
    assert grounds[1] != grounds[0]
    assert words[0] != words[1]
    for name in ("light", "dark"):
        assert style_of(page, f".preview.{name} a", "display") == "flex", "the style of the button is in force"
    assert said == [], "the policy allows each style that is there"


def test_nothing_is_requested_for_the_preview(address: str, vera: Reader, open_browser: Open, world: World) -> None:
    page = open_browser(vera).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(world.url).partition("?")[0]))

    for platform in ("pelican", "readme"):
        asked.clear()
        page.goto(f"{address}?platform={platform}", wait_until="networkidle")

        own = {"static/flattr.css", "static/copy.js", "static/icon.svg", f"{address.removeprefix(world.url)}"}
        assert {name for name in asked if not name.startswith("data:")} <= own


def test_each_file_is_copied_to_the_letter(address: str, vera: Reader, open_browser: Open) -> None:
    context = open_browser(vera)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()

    for platform in ("pelican", "html", "shell"):
        page.goto(f"{address}?platform={platform}&look=compact")
        for figure in page.locator(".file").all():
            figure.get_by_role("button", name="Copy").click()
            expect(figure.get_by_role("status")).to_have_text("Copied")

            copied = page.evaluate("navigator.clipboard.readText()")
            assert copied == figure.locator("code").evaluate("(code) => code.textContent")


def test_where_the_clipboard_is_closed_the_code_is_selected(address: str, vera: Reader, open_browser: Open) -> None:
    context = open_browser(vera)
    context.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined });")
    page = context.new_page()
    page.goto(f"{address}?platform=pelican")

    page.get_by_role("button", name="Copy").first.click()

    expect(page.get_by_role("status").first).to_have_text("Selected: now copy it")
    assert "PLUGINS" in page.evaluate("getSelection().toString()")


def test_without_script_everything_is_there_but_the_buttons_that_copy(
    world: World, address: str, vera: Reader, open_browser: Open
) -> None:
    page = open_browser(vera, java_script_enabled=False).new_page()
    page.goto(address)

    page.get_by_role("radio", name="Ghost").check()
    page.get_by_label("Language").select_option("de")
    page.get_by_label("Look").select_option("compact")
    page.get_by_role("button", name="Show my button").click()

    expect(page.get_by_role("heading", name="Ghost, step by step")).to_be_visible()
    expect(page.locator(".preview a").first).to_have_text("Diesen Beitrag flattrn")
    expect(page.locator(".file code").first).to_contain_text("https://vera.example/blog/")
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_label("Address of a post").fill("https://elsewhere.example/")
    page.get_by_role("button", name="Fetch and test").click()
    expect(page.get_by_role("alert")).to_contain_text("outside of this site")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(page.get_by_role("radio", name="Ghost")).to_be_checked()


def test_a_platform_is_chosen_by_keyboard_and_code_is_scrolled_by_it(
    address: str, vera: Reader, open_browser: Open
) -> None:
    page = open_browser(vera, viewport={"width": 390, "height": 700}).new_page()
    page.goto(address)

    page.get_by_role("radio", name="Pelican").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**platform=mkdocs**")

    page.goto(f"{address}?platform=html")
    code = page.get_by_role("region", name="link.html")
    code.focus()
    code.evaluate("(code) => { window.scrolled = new Promise((done) => code.addEventListener('scroll', done)); }")
    page.keyboard.press("ArrowRight")
    page.evaluate("() => window.scrolled.then(() => true)")
    assert code.evaluate("(code) => code.scrollLeft") > 0


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_code_scrolls_inside_itself(address: str, vera: Reader, open_browser: Open, width: int) -> None:
    page = open_browser(vera, viewport={"width": width, "height": 700}).new_page()
    wide = []

    for platform in PLATFORMS:
        page.goto(f"{address}?platform={platform}&look=compact&language=fr")
        if page.evaluate(WIDE):
            wide.append(platform)

    assert wide == []


@pytest.mark.parametrize(("platform", "file"), [("html", "script.html"), ("ghost", "code-injection.html")])
def test_a_strict_blog_runs_the_script_by_the_hash_that_is_shown(
    address: str, vera: Reader, open_browser: Open, platform: str, file: str
) -> None:
    page = open_browser(vera).new_page()
    page.goto(f"{address}?platform={platform}")
    code = page.locator(f"[id='file-{file}'] code").evaluate("(code) => code.textContent")
    policy = page.locator("#policy code").text_content() or ""
    post = f'<body class="post-template"><title>Bees</title><article>Bees.</article>{code}'

    def serve(route: Route) -> None:
        headers = {"content-security-policy": f"default-src 'none'; {policy}", "content-type": "text/html"}
        route.fulfill(body=post, headers=headers)

    blog = open_browser()
    blog.route("**/*", serve)
    tab = blog.new_page()
    tab.goto("https://vera.example/blog/bees/")
    link = tab.locator("a.flattr-button")

    expect(link).to_have_attribute("href", NAMES_THE_POST)
