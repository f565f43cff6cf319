"""Write an Atom feed (RFC 4287), and answer with it unless a feed reader has it already (RFC 9110, 13.1.2)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE: Final = "application/atom+xml"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True, kw_only=True)
class AtomEntry:
    """An entry; `id` is the same for ever, an address or a tag (RFC 4151).

    `about` is a page of ours on what `link` leads to, and `payment` where a reader can flattr it.
    """

    id: str
    title: str
    link: str
    updated_at: datetime
    text: str = ""
    author: str = ""
    language: str | None = None
    about: str = ""
    payment: str = ""
    categories: Sequence[str] = ()


def atom_feed(
    *,
    id: str,
    title: str,
    author: str,
    language: str,
    updated_at: datetime,
    link: str,
    entries: Iterable[AtomEntry],
    own_link: str = "",
) -> bytes:
    """Return a feed as bytes: the same for the same values.  `own_link` is the feed's address, if it is no secret."""
    feed = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": language})
    _text(feed, "id", id)
    _text(feed, "title", title)
    _text(feed, "updated", _stamp(updated_at))
    _text(SubElement(feed, "author"), "name", author)
    _links(feed, {"self": own_link, "alternate": link})
    for entry in entries:
        _add(feed, entry)
    document: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def atom_answer(request: Request, feed: bytes, *, kept: str) -> Response:
    """Answer with a feed that is the same for whoever asks in one language; `kept` says by whom and how long."""
    tag = f'"{hashlib.sha256(feed).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": kept, "Vary": "Accept-Language"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(feed, media_type=MEDIA_TYPE, headers=headers)


def _add(feed: Element, entry: AtomEntry) -> None:
    element = SubElement(feed, "entry", {"xml:lang": entry.language} if entry.language else {})
    _text(element, "id", entry.id)
    _text(element, "title", entry.title)
    _text(element, "updated", _stamp(entry.updated_at))
    if entry.author:
        _text(SubElement(element, "author"), "name", entry.author)
    _links(element, {"alternate": entry.link, "related": entry.about, "payment": entry.payment})
    for category in entry.categories:
        SubElement(element, "category", {"term": _holdable(category)})
    if entry.text:
        _text(element, "summary", entry.text)


def _links(parent: Element, address_by_relation: dict[str, str]) -> None:
    for relation, address in address_by_relation.items():
        if address:
            SubElement(parent, "link", {"rel": relation, "href": address})


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _holdable(text)


def _holdable(text: str) -> str:
    """Leave out what XML 1.0 cannot hold (section 2.2)."""
    return "".join(c for c in text if c.isprintable() or (c > " " and not 0xD800 <= ord(c) <= 0xDFFF and c < "\ufffe"))


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
