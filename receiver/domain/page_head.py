"""What the head of a page says of it: title, canonical address, language, whose site it is.

Whoever wrote it is not believed yet.
"""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from receiver.domain.ownership import META_NAME

BYTES_READ: Final = 131_072  # a head that is longer has its title near its beginning
_CHARSET: Final = re.compile(rb"charset=[\"']?([A-Za-z0-9_-]{1,40})")


@dataclass(frozen=True, slots=True)
class PageHead:
    """As written: `canonical` may be relative or nonsense, and `title` anything; empty if the page does not say.

    `owners` is what each `<meta name="flattr-site">` says; a blog may be at several receivers.
    """

    title: str = ""
    canonical: str = ""
    language: str = ""
    owners: tuple[str, ...] = ()


def read_head(body: bytes) -> PageHead:
    """Return what the head says; the title that is meant for sharing, which names no site, before that of the window.

    What stands in the body of the page is not looked at: comments can hold a `link` too.
    """
    reader = _HeadReader()
    with suppress(_Body, AssertionError):  # the latter is what the parser says of a declaration that is none
        reader.feed(text_of(body[:BYTES_READ]))
    return PageHead(
        reader.shared_title or reader.title.strip(), reader.canonical, reader.language, tuple(reader.owners)
    )


class _Body(Exception):
    """The head is over."""


class _HeadReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title = self.shared_title = self.canonical = self.language = ""
        self.owners: list[str] = []
        self._is_in_title = self._has_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: (value or "").strip() for name, value in reversed(attrs)}  # of two the first, as in browsers
        match tag:
            case "body":
                raise _Body
            case "html":
                self.language = values.get("lang", "")
            case "title":
                self._is_in_title = not self._has_title
            case "link" if "canonical" in values.get("rel", "").lower().split():
                self.canonical = self.canonical or values.get("href", "")
            case "meta" if values.get("property", "").lower() == "og:title":
                self.shared_title = self.shared_title or values.get("content", "")
            case "meta" if values.get("name", "").lower() == META_NAME:
                self.owners.append(values.get("content", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "head":
            raise _Body
        if tag == "title" and self._is_in_title:
            self._is_in_title, self._has_title = False, True

    def handle_data(self, data: str) -> None:
        if self._is_in_title:
            self.title += data


def text_of(raw: bytes) -> str:
    """Return a page as text, in the charset that it declares; what cannot be read is replaced."""
    declared = _CHARSET.search(raw[:2048])
    try:
        name = codecs.lookup(declared[1].decode()).name if declared else "utf-8"
        return raw.decode(name, errors="replace")
    except (LookupError, UnicodeError):  # a name of no charset, or of none for text
        return raw.decode(errors="replace")
