"""What a built page says of Flattr: its buttons, its head link, its canonical address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, urljoin

from flattr_button.button import CSS_CLASS
from flattr_button.canonical import canonical_url
from flattr_button.faults import BadUrl
from flattr_button.token import TOKEN_FORM

_TAG: Final = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<dark>script|style|textarea|title|template)(?=[\s/>]).*?(?:</(?P=dark)\s*>|\Z)"
    r"""|<(?P<name>a|link)(?=\s)(?P<attributes>(?:=\s*+(?:"[^"]*"|'[^']*')|[^>])*+)(?:>|\Z)""",
    re.I | re.S,
)
_ATTRIBUTE: Final = re.compile(
    r"""(?P<name>[^\s"'<>/=]++)(?:\s*+=\s*+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>]*)))?"""
)
_ADDRESS: Final = re.compile(r"(?P<receiver>.*/)f/(?P<token>[^/?#]*)", re.S)
_NAMING: Final = re.compile(r"(?P<receiver>[^?#]*/)s/(?P<token>fst1_[^/?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?", re.S)


@dataclass(frozen=True, slots=True)
class Button:
    """A link to a receiver; the token is None if the address is none of a button."""

    receiver: str
    token: str | None


@dataclass(frozen=True, slots=True)
class NamingLink:
    """A link that names a page beside a site token; the address is as written, empty if the link names none."""

    receiver: str
    site_token: str
    address: str


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """A page as it is published; `canonical` is resolved, None if the page says nothing or no address."""

    buttons: tuple[Button, ...]
    naming_links: tuple[NamingLink, ...]
    head_links: tuple[Button, ...]
    canonical: str | None


def read_page(html: str, address: str) -> BuiltPage:
    """Read the page at an address, as a browser reads it: comments, scripts and templates are not there."""
    buttons: list[Button] = []
    naming_links: list[NamingLink] = []
    head_links: list[Button] = []
    canonical = None
    for name, attributes in _tags(html):
        relations, href = attributes.get("rel", "").lower().split(), attributes.get("href", "").strip()
        button, naming = _button(href), _naming_link(href)
        if name == "link" and "canonical" in relations:
            canonical = canonical or _canonical(address, href)
        elif name == "link" and "payment" in relations and button.token is not None:
            head_links.append(button)
        elif name == "a" and naming is not None:
            naming_links.append(naming)
        elif name == "a" and _is_button(attributes, relations, button):
            buttons.append(button)
    return BuiltPage(tuple(buttons), tuple(naming_links), tuple(head_links), canonical)


def _is_button(attributes: dict[str, str], relations: list[str], button: Button) -> bool:
    return CSS_CLASS in attributes.get("class", "").split() or ("payment" in relations and button.token is not None)


def _button(href: str) -> Button:
    match = _ADDRESS.fullmatch(href)
    if match is None:
        return Button(href, None)
    return Button(match["receiver"], match["token"] if TOKEN_FORM.fullmatch(match["token"]) else None)


def _naming_link(href: str) -> NamingLink | None:
    match = _NAMING.fullmatch(href)
    if match is None:
        return None
    named = [value for name, value in parse_qsl(match["query"] or "") if name == "u"]
    return NamingLink(match["receiver"], match["token"], next(iter(named), ""))


def _tags(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    for tag in _TAG.finditer(html):
        if tag["name"] is not None:
            yield tag["name"].lower(), _attributes(tag["attributes"])


def _attributes(text: str) -> dict[str, str]:
    """Return the attributes of a tag; of two with one name the first counts, as in browsers."""
    attributes: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = match["double"] or match["single"] or match["bare"] or ""
        attributes.setdefault(match["name"].lower(), unescape(value))
    return attributes


def _canonical(address: str, href: str) -> str | None:
    try:
        return canonical_url(urljoin(address, href))
    except (BadUrl, ValueError):  # urljoin's own, of brackets that hold no address
        return None
