"""Write an Atom feed (RFC 4287)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

MEDIA_TYPE: Final = "application/atom+xml"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class AtomEntry:
    """An entry; `id` is the same for ever, an address or a tag (RFC 4151)."""

    id: str
    title: str
    text: str
    link: str
    updated_at: datetime


def atom_feed(
    *, id: str, title: str, author: str, language: str, updated_at: datetime, link: str, entries: Iterable[AtomEntry]
) -> bytes:
    """Return a feed as bytes: the same for the same values."""
    feed = Element("feed", {"xmlns": _NAMESPACE, "xml:lang": language})
    _text(feed, "id", id)
    _text(feed, "title", title)
    _text(feed, "updated", _stamp(updated_at))
    _text(SubElement(feed, "author"), "name", author)
    SubElement(feed, "link", {"rel": "alternate", "href": link})
    for entry in entries:
        element = SubElement(feed, "entry")
        _text(element, "id", entry.id)
        _text(element, "title", entry.title)
        _text(element, "updated", _stamp(entry.updated_at))
        SubElement(element, "link", {"rel": "alternate", "href": entry.link})
        _text(element, "summary", entry.text)
    document: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
