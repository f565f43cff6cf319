"""What happens at each event of MkDocs; ProperDocs raises the same ones.

Search indexes take the content of a page at priority 0, so the place of the button is put there later;
the button itself comes when the theme has rendered the page.  A theme may print `page.meta.flattr_button` instead.
"""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import BasePlugin, event_priority, get_plugin_logger
from mkdocs.structure.pages import Page

from flattr_button import (
    Blog,
    FlattrButtonError,
    MissingSettings,
    SignedThing,
    button_url,
    looks_like_site_key,
    with_button,
    with_head_link,
    with_place,
    without_place,
)
from flattr_button.counts import fetch_counts
from flattr_button.things_list import WELL_KNOWN_PATH
from mkdocs_flattr.feed import feeds_of, with_payment_links
from mkdocs_flattr.options import FlattrConfig
from mkdocs_flattr.page import body_of, preview_page, sign_page, wants_button

log = get_plugin_logger(__name__)

# Templates reach every attribute of a plugin, by `config.plugins`, so what holds the site key is kept out of there.
_blog_by_plugin: "WeakKeyDictionary[FlattrPlugin, Blog]" = WeakKeyDictionary()

EXTENSION_NAMES: Final = frozenset({"flattr", "markdown_flattr"})
VARIABLE: Final = "flattr_button"  # of `page.meta`, while the page is rendered


class FlattrPlugin(BasePlugin[FlattrConfig]):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        self.is_preview = False
        self.is_dirty = False
        self.shows_preview = False
        self.told: set[str] = set()
        self.content_by_path: dict[Path, str] = {}
        self.thing_by_path: dict[Path, SignedThing] = {}
        self.button_url_by_address: dict[str, str] = {}
        self.counts: Mapping[str, int] = {}

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        """Begin anew; a site in several languages builds more than once after this, and all of it is one list."""
        self.__init__()  # type: ignore[misc]
        self.is_preview = command == "serve"
        self.is_dirty = dirty

    @event_priority(-90)
    def on_config(self, config: MkDocsConfig) -> None:
        _blog_by_plugin.pop(self, None)
        self.shows_preview = False
        first = next(plugin for plugin in config.plugins.values() if isinstance(plugin, FlattrPlugin))
        if not self.config.enabled or self is not first:  # listed twice, a page still has one button
            return
        self._keep_key_from_templates(config)
        if not EXTENSION_NAMES.intersection(map(str, config.markdown_extensions)):
            config.markdown_extensions.append("markdown_flattr")
        if self.is_preview or _is_served(config):
            self._begin_preview()
        elif (blog := self._blog_of(config)) is not None:
            _blog_by_plugin[self] = blog
            self.counts = fetch_counts(blog, _cache_of(config), log=log.logger) if self.config.counts else {}

    @event_priority(-90)
    def on_page_context(self, _context: Any, *, page: Page, config: MkDocsConfig, **_others: Any) -> None:
        if not self.shows_preview and self not in _blog_by_plugin:
            return
        with _build_goes_on(page.file.src_uri):
            body = body_of(page, replaces_old=self.config.replace_old)
            if not wants_button(page, config, self.config.choice(), body=body):
                return
            thing = self._thing_of(page, config)
            path = Path(page.file.abs_dest_path)
            self.thing_by_path[path] = thing
            self.content_by_path[path] = page.content or ""
            page.content = with_place(body, thing.place, position=self.config.position)
            page.meta[VARIABLE] = thing.button

    @event_priority(90)
    def on_post_page(self, output: str, *, page: Page, **_others: Any) -> str:
        path = Path(page.file.abs_dest_path)
        content = self.content_by_path.pop(path, None)
        if content is None:
            return output
        page.content = content
        del page.meta[VARIABLE]
        thing = self.thing_by_path.pop(path)
        with _build_goes_on(page.file.src_uri):
            body = body_of(page, replaces_old=self.config.replace_old)
            with_it = self._with_button(output, thing, body)
            if with_it is not None:
                output = with_it
                self.thing_by_path[path] = thing
                self._remember_for_feeds(page, thing)
            elif self.config.position != "manual":
                log.info("no button in %s, which is no HTML page", path.name)
        return output

    @event_priority(-90)
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write what is made of all pages: buttons in feeds, and the signed list."""
        blog = _blog_by_plugin.get(self)
        if blog is None:
            return
        if self.config.feeds:
            self._write_feeds(config)
        if not self.is_dirty:  # else this build has seen a part of the pages only
            with _build_goes_on(WELL_KNOWN_PATH):
                self._write_list(Path(config.site_dir, WELL_KNOWN_PATH), blog)

    def _write_list(self, path: Path, blog: Blog) -> None:
        token_by_url: dict[str, str] = {}
        for page, thing in self.thing_by_path.items():
            if page.is_file():
                token_by_url.setdefault(thing.url, thing.token)  # shown in another language for want of a translation
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(blog.list_of(token_by_url.values()).encode())

    def _thing_of(self, page: Page, config: MkDocsConfig) -> SignedThing:
        blog = _blog_by_plugin.get(self)
        if blog is None:
            return preview_page(page, config, look=self.config.look)
        canonical_url = self.config.get("canonical_url")
        return sign_page(blog, page, config, canonical_url=canonical_url, counts=self.counts)

    def _with_button(self, output: str, thing: SignedThing, body: str) -> str | None:
        if thing.button in output:  # the theme has printed the variable
            with_it: str | None = without_place(output, thing.place)
        else:
            with_it = with_button(output, thing.place, thing.button, body=body, position=self.config.position)
        return with_head_link(with_it, thing.head_link) if with_it and thing.head_link else with_it

    def _remember_for_feeds(self, page: Page, thing: SignedThing) -> None:
        blog = _blog_by_plugin.get(self)
        if blog is not None and page.canonical_url:
            self.button_url_by_address[page.canonical_url] = button_url(blog.receiver, thing.token)

    def _write_feeds(self, config: MkDocsConfig) -> None:
        for path in feeds_of(config):
            with _build_goes_on(path.name):
                feed = path.read_bytes().decode()
                with_links = with_payment_links(feed, self.button_url_by_address)
                if with_links != feed:
                    path.write_bytes(with_links.encode())

    def _begin_preview(self) -> None:
        """Show where buttons come; nothing is signed, for the addresses are those of the creator's own machine."""
        if self.config.get("receiver"):
            self.shows_preview = True
            self._tell_once(logging.INFO, "buttons are previews here and lead nowhere; build the site to sign them")
        else:
            self._tell_once(logging.INFO, "posts have no button; not set: receiver")

    def _blog_of(self, config: MkDocsConfig) -> Blog | None:
        receiver, canonical_url = self.config.get("receiver"), self.config.get("canonical_url")
        try:
            return Blog.from_settings(
                os.environ, look=self.config.look, receiver=receiver, site_url=canonical_url or config.site_url
            )
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


def _cache_of(config: MkDocsConfig) -> Path:
    return Path(config.config_file_path or config.docs_dir).parent / ".cache" / "flattr-counts.json"


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
