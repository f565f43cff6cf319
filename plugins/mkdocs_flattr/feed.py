"""The button of each entry in a feed, which feed readers find by `rel="payment"` (RFC 8288)."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Final

from markupsafe import escape
from mkdocs.config.defaults import MkDocsConfig

_ITEM: Final = re.compile(r"<item>.*?</item>", re.S)
_ADDRESS: Final = re.compile(r"<(guid|link)\b[^>]*>\s*([^<]*?)\s*</\1>")
_ATOM: Final = re.compile(r"""\sxmlns:([\w.-]+)=["']http://www\.w3\.org/2005/Atom["']""")
_HAS_BUTTON: Final = re.compile(r"""<[\w.-]+:link\s[^>]*rel=["']payment["']""")


def feeds_of(config: MkDocsConfig) -> Iterator[Path]:
    """Yield the RSS files that mkdocs-rss-plugin has written; it is known by its options and need not be installed."""
    for plugin in config.plugins.values():
        names = getattr(plugin, "config", {}).get("feeds_filenames") or {}  # a hook is a module
        for name in ("rss_created", "rss_updated"):
            path = Path(config.site_dir, str(names.get(name) or ""))
            if path.is_file():
                yield path


def with_payment_links(feed: str, button_url_by_address: Mapping[str, str]) -> str:
    """Return an RSS feed with the button of each entry that has one, and nothing else changed.

    Doing it again changes nothing.  A feed that has not named Atom's elements stays as it is.
    """
    atom = _ATOM.search(feed)
    if atom is None:
        return feed

    def with_link(item: re.Match[str]) -> str:
        for address in _ADDRESS.finditer(item[0]):
            url = button_url_by_address.get(unescape(address[2]))
            if url is not None and not _HAS_BUTTON.search(item[0]):
                link = f'<{atom[1]}:link rel="payment" type="text/html" href="{escape(url)}" />'
                return item[0][: address.end()] + link + item[0][address.end() :]
        return item[0]

    return _ITEM.sub(with_link, feed)
