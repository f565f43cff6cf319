"""What a built page says of Flattr: its buttons, its head link, its canonical address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import quote, urljoin

from flattr_button import BadUrl, canonical_url
from flattr_button.button import CSS_CLASS
from flattr_button.token import TOKEN_FORM

SITE_TOKEN_PREFIX: Final = "fst1_"  # noqa: S105 - of buttons that nobody signs; each receiver looks at those itself

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


@dataclass(frozen=True, slots=True)
class Button:
    """A link to a receiver; the token is None if the address is none of a button."""

    receiver: str
    token: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A built page; `canonical` is as the page says it, resolved, None if it says nothing or no address."""

    path: str
    buttons: tuple[Button, ...]
    head_links: tuple[Button, ...]
    canonical: str | None


def read_page(path: str, html: str, scope: str) -> Page:
    """Read a page below a scope, as a browser reads it: comments, scripts and templates are not there."""
    buttons: list[Button] = []
    head_links: list[Button] = []
    canonical = None
    for name, attributes in _tags(html):
        relations, href = attributes.get("rel", "").lower().split(), attributes.get("href", "").strip()
        button = _button(href)
        if name == "link" and "canonical" in relations:
            canonical = canonical or _canonical(urljoin(_own_address(path, scope), href))
        elif name == "link" and "payment" in relations and button.token is not None:
            head_links.append(button)
        elif name == "a" and _is_button(attributes, relations, button) and SITE_TOKEN_PREFIX not in href:
            buttons.append(button)
    return Page(path, tuple(buttons), tuple(head_links), canonical)


def own_addresses(path: str, scope: str) -> set[str]:
    """Return the canonical addresses at which hosts serve a file below a scope."""
    address = _own_address(path, scope)
    written = {address, re.sub(r"(?<=/)index\.html?\Z", "", address), re.sub(r"\.html?\Z", "", address)}
    return {canonical for canonical in map(_canonical, written) if canonical is not None}


def _is_button(attributes: dict[str, str], relations: list[str], button: Button) -> bool:
    return CSS_CLASS in attributes.get("class", "").split() or ("payment" in relations and button.token is not None)


def _button(href: str) -> Button:
    match = _ADDRESS.fullmatch(href)
    if match is None:
        return Button(href, None)
    return Button(match["receiver"], match["token"] if TOKEN_FORM.fullmatch(match["token"]) else None)


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


def _own_address(path: str, scope: str) -> str:
    return scope + quote(path)


def _canonical(address: str) -> str | None:
    try:
        return canonical_url(address)
    except BadUrl:
        return None
