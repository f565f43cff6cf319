"""What happens at each event of MkDocs; ProperDocs raises the same ones.

Search indexes take the content of a page at priority 0, so the place of the button is put there later;
the button itself comes when the theme has rendered the page.
"""

import logging
import os
import warnings
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin, event_priority, get_plugin_logger
from mkdocs.structure.pages import Page

from flattr_button import (
    Blog,
    FlattrButtonError,
    MissingSettings,
    SignedThing,
    looks_like_site_key,
    with_button,
    with_head_link,
    with_place,
)
from flattr_button.things_list import WELL_KNOWN_PATH
from mkdocs_flattr.page import sign_page, wants_button

log = get_plugin_logger(__name__)

# Templates reach every attribute of a plugin, by `config.plugins`, so what holds the site key is kept out of there.
_blog_by_plugin: "WeakKeyDictionary[FlattrPlugin, Blog]" = WeakKeyDictionary()

EXTENSION_NAMES = frozenset({"flattr", "markdown_flattr"})


class FlattrConfig(Config):  # type: ignore[no-untyped-call]
    receiver = config_options.Optional(config_options.Type(str))
    enabled = config_options.Type(bool, default=True)


class FlattrPlugin(BasePlugin[FlattrConfig]):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        self.is_preview = False
        self.is_dirty = False
        self.told: set[str] = set()
        self.content_by_path: dict[Path, str] = {}
        self.thing_by_path: dict[Path, SignedThing] = {}

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Begin anew; a site in several languages builds more than once after this, and all of it is one list."""
        self.__init__()  # type: ignore[misc]
        self.is_preview = command == "serve"
        self.is_dirty = dirty

    @event_priority(-90)
    def on_config(self, config: MkDocsConfig) -> None:
        _blog_by_plugin.pop(self, None)
        first = next(plugin for plugin in config.plugins.values() if isinstance(plugin, FlattrPlugin))
        if not self.config.enabled or self is not first:  # listed twice, a page still has one button
            return
        self._keep_key_from_templates(config)
        if not EXTENSION_NAMES.intersection(map(str, config.markdown_extensions)):
            config.markdown_extensions.append("markdown_flattr")
        blog = self._blog_of(config)
        if blog is not None:
            _blog_by_plugin[self] = blog

    @event_priority(-90)
    def on_page_context(self, _context: Any, *, page: Page, config: MkDocsConfig, **_others: Any) -> None:
        blog = _blog_by_plugin.get(self)
        if blog is None:
            return
        with _build_goes_on(page.file.src_uri):
            if not wants_button(page, config):
                return
            thing = sign_page(blog, page, config)
            path = Path(page.file.abs_dest_path)
            self.thing_by_path[path] = thing
            self.content_by_path[path] = page.content or ""
            page.content = with_place(page.content or "", thing.place)

    @event_priority(90)
    def on_post_page(self, output: str, *, page: Page, **_others: Any) -> str:
        path = Path(page.file.abs_dest_path)
        content = self.content_by_path.pop(path, None)
        if content is None:
            return output
        page.content = content
        with _build_goes_on(page.file.src_uri):
            output = self._with_button(output, path, content)
        return output  # noqa: RET504 - with an error, as it was

    @event_priority(-90)
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write the signed list, unless this build has seen a part of the pages only."""
        blog = _blog_by_plugin.get(self)
        if blog is None or self.is_dirty:
            return
        with _build_goes_on(WELL_KNOWN_PATH):
            path = Path(config.site_dir, WELL_KNOWN_PATH)
            path.parent.mkdir(parents=True, exist_ok=True)
            tokens = [thing.token for page, thing in self.thing_by_path.items() if page.is_file()]
            path.write_bytes(blog.list_of(tokens).encode())

    def _with_button(self, output: str, path: Path, content: str) -> str:
        thing = self.thing_by_path.pop(path)
        with_it = with_button(output, thing.place, thing.button, body=content)
        if with_it is None:
            log.info("no button in %s, which is no HTML page", path.name)
            return output
        self.thing_by_path[path] = thing
        return with_head_link(with_it, thing.head_link)

    def _blog_of(self, config: MkDocsConfig) -> Blog | None:
        if self.is_preview or _is_served(config):
            self._tell_once(logging.INFO, "posts have no button in a preview; build the site to see them")
            return None
        try:
            return Blog.from_settings(os.environ, receiver=self.config.get("receiver"), site_url=config.site_url)
        except MissingSettings as error:
            # No warning: a build without the key, of somebody's fork, may be strict.
            self._tell_once(logging.INFO, f"posts have no button; {error}")
        except FlattrButtonError as error:
            self._tell_once(logging.ERROR, f"posts have no button; {error}")
        return None

    def _keep_key_from_templates(self, config: MkDocsConfig) -> None:
        level = logging.INFO if self.is_preview else logging.WARNING
        for settings in (self.config, config.extra):
            for name in _take_keys(settings):
                self._tell_once(
                    level, f"ignored {name} in the configuration; set FLATTR_SITE_KEY in the environment instead"
                )
            # Templates reach this too: the same as it was written, before the defaults.
            _take_keys(_written(settings))
        _take_keys(_written(config))

    def _tell_once(self, level: int, message: str) -> None:
        if message not in self.told:
            self.told.add(message)
            log.log(level, message)


def _take_keys(settings: Any) -> list[str]:
    """Take every site key out of nested settings; return the names of the settings that held one."""
    named: list[tuple[Any, Any]] = []
    if isinstance(settings, MutableMapping):
        named = list(settings.items())
    elif isinstance(settings, list):
        named = list(enumerate(settings))
    taken = []
    for name, setting in reversed(named):  # from the end, so that the numbers of a list stay right
        if looks_like_site_key(setting):
            del settings[name]
            taken.append(str(name))
        else:
            taken += [f"{name}.{inner}" for inner in _take_keys(setting)]
    return taken


def _is_served(config: MkDocsConfig) -> bool:
    """Tell whether `serve --clean` has put its own address in the place of the site's; it calls itself a build."""
    address = f"http://{config.dev_addr.host}:{config.dev_addr.port}/"
    written = [settings.get("site_url") for settings in _written(config)]
    own = next((str(site_url) for site_url in reversed(written) if site_url), "")
    return (config.site_url or "").startswith(address) and urlsplit(own).netloc != urlsplit(address).netloc


def _written(config: Config) -> list[dict[str, Any]]:
    """Return the configuration as it was written; MkDocs warns of asking for it, ProperDocs may drop it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        written: list[dict[str, Any]] = getattr(config, "user_configs", [])
        return written


@contextmanager
def _build_goes_on(source: str) -> Iterator[None]:
    """MkDocs stops at an error of a plugin; a missing button is no reason for a missing site."""
    try:
        yield
    except Exception as error:
        log.error("no button for %s: %s: %s", source, type(error).__name__, error)
