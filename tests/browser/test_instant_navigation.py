"""Material swaps pages without loading them anew; the button is a link, so it comes along."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.mkdocs_flattr.conftest import RECEIVER
from tests.mkdocs_flattr.conftest import build as build  # the fixture

PAGES = {"index.md": "# Home\n", "oil.md": "# Oil\n\nWords on oil.\n", "rain.md": "# Rain\n\nWords on rain.\n"}


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    handler = functools.partial(QuietHandler, directory=str(tmp_path / "output0"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.browser
def test_the_button_of_each_page_comes_along(chromium, build, server, sites_python):
    address = f"http://127.0.0.1:{server.server_port}/"
    notebook = build(
        PAGES,
        plugins=f"plugins: [search, flattr: {{receiver: '{RECEIVER}'}}]",
        theme="{name: material, font: false, features: [navigation.instant]}",
        site_url=address,
        python=sites_python,
    )
    assert notebook.exit_code == 0, notebook.log
    context = chromium.new_context()
    context.set_default_timeout(10_000)
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = context.new_page()

    page.goto(address)
    page.evaluate("window.isSamePage = true")
    buttons, names = [], ("oil", "rain")
    for title in map(str.title, names):
        page.locator(".md-nav--primary a", has_text=title).first.click()
        page.locator("h1", has_text=title).wait_for()
        assert page.locator("a.flattr-button").count() == 1
        assert page.locator("a.flattr-button").is_visible()
        buttons.append(page.locator("a.flattr-button").get_attribute("href"))

    assert page.evaluate("window.isSamePage") is True  # never loaded anew
    assert len(set(buttons)) == 2
    assert all(
        f'href="{button}"' in notebook[f"{name}/index.html"] for button, name in zip(buttons, names, strict=True)
    )
    assert not [url for url in requested if url.startswith(RECEIVER)]
    context.close()
