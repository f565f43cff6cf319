"""A signed Flattr button for the posts of a Lektor site: `{{ flattr_button(this) }}`, `{{ flattr_head(this) }}`."""

import os
import sys
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from lektor.constants import PRIMARY_ALT
from lektor.context import get_ctx
from lektor.pluginsystem import Plugin
from lektor.sourceobj import VirtualSourceObject
from markupsafe import Markup

from flattr_button import (
    BadSiteKey,
    Blog,
    FlattrButtonError,
    MissingSettings,
    SignedThing,
    Wish,
    moment_of,
    site_key_from_environment,
    texts,
    yes_or_no,
)
from flattr_button.things_list import WELL_KNOWN_PATH

RECEIVER, SITE = "receiver in configs/flattr.ini", "url in the .lektorproject file"


class FlattrPlugin(Plugin):
    name = "Flattr"
    description = "A signed Flattr button for each published post"

    def on_setup_env(self, **_extra: Any) -> None:
        self.told: set[str] = set()
        self.env.jinja_env.globals.update(flattr_button=self.flattr_button, flattr_head=self.flattr_head)
        self.env.virtualpathresolver("flattr")(lambda page, _pieces: MarkOfKey(page))

    def flattr_button(self, page: Any) -> Markup:
        thing = self._thing_of(page)
        return Markup("<p>{}</p>").format(thing.button) if thing else Markup()

    def flattr_head(self, page: Any) -> Markup:
        thing = self._thing_of(page)
        return thing.head_link if thing else Markup()

    def _thing_of(self, page: Any) -> SignedThing | None:
        """Return the signed button of the page that is built; a post in a list or a feed has none."""
        context = get_ctx()
        if context is None or context.record is None or context.record.path != page.path:
            return None
        context.record_virtual_dependency(MarkOfKey(page))
        return self._signed_or_none(page)

    def _signed_or_none(self, page: Any) -> SignedThing | None:
        try:
            return self._signed(page)
        except MissingSettings as error:
            if "FLATTR_SITE_KEY" not in error.names:
                self._tell(f"posts have no button; {error}")
        except BadSiteKey as error:
            self._tell(f"posts have no button; {error}")
        except FlattrButtonError as error:
            self._tell(f"no button for {page.path}; {error}")
        return None

    def on_after_build_all(self, builder: Any, **_extra: Any) -> None:
        """Write the signed list of all posts, also of those that this build found unchanged."""
        try:
            blog = self._blog(builder.pad)
        except FlattrButtonError:
            return  # said when the pages were built
        things = [self._signed_or_none(page) for page in _all_pages(builder.pad)]
        path = Path(builder.destination_path, WELL_KNOWN_PATH)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(blog.list_of(sorted({thing.token for thing in things if thing})).encode())

    def _blog(self, pad: Any) -> Blog:
        receiver = self.get_config().get("receiver")
        return Blog.from_settings(os.environ, **{RECEIVER: receiver, SITE: pad.db.config.base_url})

    def _signed(self, page: Any) -> SignedThing | None:
        wish = Wish.read(_field(page, "flattr"))
        if not _wants_button(page, wish, texts(self.get_config().get("models", "blog-post"))):
            return None
        config = page.pad.db.config
        words = config.get_alternative(page["_source_alt"]) or config.get_alternative(config.primary_alternative) or {}
        original = page.pad.get(page.path)
        return self._blog(page.pad).sign_post(
            url=_address(page),
            title=escape(str(_field(page, "title") or page.record_label)),
            language=words.get("locale") or config.site_locale,
            category=_field(page, "category"),
            tags=texts(_field(page, "tags")),
            modified=moment_of(_field(page, "updated") or _field(page, "pub_date")),
            original=_address(original) if original is not None else None,
            wish=wish,
        )

    def _tell(self, message: str) -> None:
        if message not in self.told:
            self.told.add(message)
            print(f"flattr: {message}", file=sys.stderr)


class MarkOfKey(VirtualSourceObject):
    """What Lektor sees change when the key does, so that it builds the page anew."""

    @property
    def path(self) -> str:
        return f"{self.record.path}@flattr"

    def get_checksum(self, _path_cache: Any) -> str:
        try:
            key = site_key_from_environment(os.environ)
        except BadSiteKey:
            key = None  # said when a page is built
        return sha256(key.text().encode()).hexdigest()[:16] if key else "no key"


def _all_pages(pad: Any) -> Iterator[Any]:
    for alt in pad.db.config.list_alternatives() or [PRIMARY_ALT]:
        below = [pad.get("/", alt=alt)]
        while below:
            page = below.pop()
            yield page
            below += page.children


def _wants_button(page: Any, wish: Wish, models: list[str]) -> bool:
    if not page.is_discoverable or yes_or_no(_field(page, "draft")):
        return False
    return page.datamodel.id in models if wish.wanted is None else wish.wanted


def _field(page: Any, name: str) -> Any:
    return page[name] if name in page else None  # noqa: SIM401 - a record has no get


def _address(page: Any) -> str:
    return str(page.pad.make_url(page.url_path, external=True))
