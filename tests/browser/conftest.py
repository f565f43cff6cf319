"""One receiver and two blogs for all browser tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from receiver.web.requests import cookie_name
from tests.browser.world import BuiltBlog, Reader, World, mkdocs_blog, pelican_blog, running_world

Open = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture(scope="session")
def carlas_blog(world: World) -> Iterator[BuiltBlog]:
    with pelican_blog(world) as blog:
        yield blog


@pytest.fixture(scope="session")
def cems_notebook(world: World) -> Iterator[BuiltBlog]:
    with mkdocs_blog(world) as blog:
        yield blog


@pytest.fixture
def open_browser(chromium: Browser, world: World) -> Iterator[Open]:
    """Open a browser of somebody's own: `open_browser(reader, java_script_enabled=False)`."""
    contexts = []

    def open_(reader: Reader | None = None, **options: Any) -> BrowserContext:
        contexts.append(context := chromium.new_context(**options))
        context.set_default_timeout(10_000)
        if reader is not None:
            name = cookie_name(world.parts, "session")
            context.add_cookies([{"name": name, "value": reader.session, "url": world.url}])
        return context

    yield open_
    for context in contexts:
        context.close()
