"""Old Flattr in HTML and settings: what flattr.com, closed in 2023, left behind in blogs.

It is read, never written: its names would wake up dead code of themes.
Wire formats: flattr/developers.flattr.net at a486954 (content/button, content/auto-submit), and the loader
api.flattr.com/js/0.6/load.js.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, Final
from urllib.parse import parse_qsl

from flattr_button.wish import texts, yes_or_no

EXCERPT_POINTS_MAX: Final = 120
NAMES_OF_THE_USER: Final = ("FLATTR_ID", "FLATTR_UID", "FLATTR_USER", "FLATTR_USERNAME")
NAMES_OF_DEFAULTS: Final = ("FLATTR_CAT", "FLATTR_CATEGORY", "FLATTR_HIDDEN", "FLATTR_LANGUAGE", "FLATTR_TAGS")

# Whatever is left open is closed by the end of the text, so each character is looked at once.
_ELEMENT: Final = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?P<dark>script|noscript|iframe|style|textarea|title|template|pre|code|xmp)(?=[\s/>]).*?(?:</(?P=dark)\s*>|\Z)"
    r"""|<(?P<tag>/?[a-z][^\s/>]*)(?:=\s*+(?:"[^"]*"|'[^']*')|[^>])*+(?:>|\Z)""",
    re.I | re.S,
)
_ATTRIBUTE: Final = re.compile(
    r"""(?P<name>[^\s"'<>/=]++)(?:\s*+=\s*+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s>]*)))?"""
)
_SUBMIT: Final = re.compile(r"\s*(?:https?:)?//(?:www\.)?flattr\.com/submit/auto/?\?(?P<query>.*)", re.I | re.S)
_ON_FLATTR: Final = re.compile(r"\s*(?:https?:)?//(?:[\w-]+\.)*flattr\.com(?![\w.-])", re.I)
_LOADED: Final = re.compile(r"(?:/|\\/){2}(?:api|button|cdn)\.flattr\.com(?![\w.-])", re.I)


@dataclass(frozen=True, slots=True)
class OldCode:
    """A remainder of one kind: `button`, `submit link`, `user id`, or `request`, which asks flattr.com at each view."""

    kind: str
    line: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class OldButton:
    """A button of then: where it is in its HTML, and what it says of its thing."""

    span: tuple[int, int]
    url: str | None
    title: str | None
    language: str | None
    category: str | None
    tags: tuple[str, ...]
    hidden: bool


@dataclass(frozen=True, slots=True)
class OldSettings:
    """The names of then that a blog still sets, and what they say of all its posts."""

    names: tuple[str, ...]
    was_on_flattr: bool
    language: str | None
    category: str | None
    tags: tuple[str, ...]
    hidden: bool


def old_code(html: str) -> list[OldCode]:
    """Return all that is left of old Flattr in a page, in its order; none in code samples and comments."""
    found: list[OldCode] = []
    line, end_of_last = 1, 0
    for element in _ELEMENT.finditer(html):
        kind = _kind_of(element)
        if kind is not None:
            line += html.count("\n", end_of_last, element.start())
            end_of_last = element.start()
            excerpt = " ".join(element[0][: 2 * EXCERPT_POINTS_MAX].split())[:EXCERPT_POINTS_MAX]
            found.append(OldCode(kind, line, excerpt))
    return found


def old_buttons(html: str) -> Iterator[OldButton]:
    """Yield the buttons and submit links of then; none in code samples, comments and scripts.

    A span is that of the link, or of its opening tag if the link is never closed.
    """
    opened: re.Match[str] | None = None
    for element in _ELEMENT.finditer(html):
        tag = (element["tag"] or "").lower()
        if tag not in ("a", "/a"):
            continue
        if opened is not None:
            yield _button(opened, element.end() if tag == "/a" else opened.end())
        opened = element if tag == "a" and _kind_of(element) in ("button", "submit link") else None
    if opened is not None:
        yield _button(opened, opened.end())


def swap_old_buttons(html: str, replace: Callable[[OldButton], str | None]) -> str:
    """Return the HTML with each old button replaced; one for which `replace` returns None stays as it is."""
    pieces: list[str] = []
    end_of_last = 0
    for button in old_buttons(html):
        replacement = replace(button)
        if replacement is not None:
            start, end = button.span
            pieces += [html[end_of_last:start], replacement]
            end_of_last = end
    return "".join([*pieces, html[end_of_last:]])


def old_settings(settings: Mapping[str, Any]) -> OldSettings:
    """Return what a blog's settings say of old Flattr, in upper case (Pelican) or lower case (Jekyll, Octopress)."""
    said = {str(name).upper(): value for name, value in settings.items() if value not in (None, "")}
    return OldSettings(
        names=tuple(name for name in (*NAMES_OF_THE_USER, *NAMES_OF_DEFAULTS) if name in said),
        was_on_flattr=any(name in said for name in NAMES_OF_THE_USER),
        language=_text(said.get("FLATTR_LANGUAGE")),
        category=_text(said.get("FLATTR_CATEGORY") or said.get("FLATTR_CAT")),
        tags=tuple(texts(said.get("FLATTR_TAGS"))),
        hidden=yes_or_no(said.get("FLATTR_HIDDEN")) or False,
    )


def _kind_of(element: re.Match[str]) -> str | None:
    dark, tag = (element["dark"] or "").lower(), (element["tag"] or "").lower()
    if dark in ("script", "noscript", "iframe"):
        return "request" if _LOADED.search(element[0]) else None
    is_one = tag in ("a", "link", "meta", "img") and element[0].endswith(">")  # else the page ends within it
    if not is_one or "flattr" not in element[0].lower():
        return None
    attributes = _attributes(element)
    if tag == "a" and "flattrbutton" in attributes.get("class", "").lower().split():
        return "button"
    if _SUBMIT.match(attributes.get("href", "")):
        return "submit link"
    if _ON_FLATTR.match(attributes.get("src", "")):
        return "request"
    return "user id" if tag == "meta" and attributes.get("name", "").lower() == "flattr:id" else None


def _button(opening: re.Match[str], end: int) -> OldButton:
    attributes = _attributes(opening)
    said = _said_in_attributes(attributes)
    submit = _SUBMIT.match(attributes.get("href", ""))
    if submit:
        said = dict(parse_qsl(submit["query"].replace("&amp;", "&")))  # feeds and READMEs escaped it twice
    return OldButton(
        span=(opening.start(), end),
        url=_text(said.get("url")),
        title=_text(said.get("title")),
        language=_text(said.get("language")),
        category=_text(said.get("category")),
        tags=tuple(texts(said.get("tags"))),
        hidden=yes_or_no(said.get("hidden")) or False,
    )


def _said_in_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return what a button says, as the loader read it: `rev` goes before `rel`, that before `data-flattr-`."""
    plain = {"url": attributes.get("href", ""), "title": attributes.get("title", "")}
    plain["language"] = attributes.get("lang", "")
    for name in ("rev", "rel"):
        marker, *pairs = attributes.get(name, "").split(";")
        if marker.strip().lower() == "flattr":
            return plain | {key.strip().lower(): value for key, _, value in (pair.partition(":") for pair in pairs)}
    prefix = "data-flattr-"
    return plain | {name[len(prefix) :]: value for name, value in attributes.items() if name.startswith(prefix)}


def _attributes(opening: re.Match[str]) -> dict[str, str]:
    """Return the attributes of a tag; of two with one name the first counts, as in browsers."""
    value_by_name: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(opening.string, opening.end("tag"), opening.end()):
        value = match["double"] or match["single"] or match["bare"] or ""
        value_by_name.setdefault(match["name"].lower(), unescape(value))
    return value_by_name


def _text(said: Any) -> str | None:
    return str(said or "").strip() or None
