"""A signed Flattr button for the posts of a Lektor site: `{{ flattr_button(this) }}`, `{{ flattr_head(this) }}`."""

import os
import sys
from hashlib import sha256
from html import escape
from typing import Any

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
    texts,
    yes_or_no,
)

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

    def _signed(self, page: Any) -> SignedThing | None:
        settings, config = self.get_config(), page.pad.db.config
        wish = Wish.read(_field(page, "flattr"))
        if not _wants_button(page, wish, texts(settings.get("models", "blog-post"))):
            return None
        blog = Blog.from_settings(os.environ, **{RECEIVER: settings.get("receiver"), SITE: config.base_url})
        written = page.pad.get(page.path, alt=page["_source_alt"])  # a page that is not translated is its original
        original = page.pad.get(page.path)
        return blog.sign_post(
            url=_address(written),
            title=escape(str(_field(page, "title") or page.record_label)),
            language=(config.get_alternative(written.alt) or {}).get("locale") or config.site_locale,
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
        key = os.environ.get("FLATTR_SITE_KEY") or os.environ.get("FLATTR_SITE_KEY_FILE") or ""
        return sha256(key.encode()).hexdigest()[:16]


def _wants_button(page: Any, wish: Wish, models: list[str]) -> bool:
    if not page.is_discoverable or yes_or_no(_field(page, "draft")):
        return False
    return page.datamodel.id in models if wish.wanted is None else wish.wanted


def _field(page: Any, name: str) -> Any:
    return page[name] if name in page else None  # noqa: SIM401 - a record has no get


def _address(page: Any) -> str:
    return str(page.pad.make_url(page.url_path, external=True))
