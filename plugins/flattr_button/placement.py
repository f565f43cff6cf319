"""Where the button stands on a page.

A plugin puts an empty element, the place, into the content of a post, lets the theme render the page,
and swaps the place for the button.  Why not the button at once: themes, search and feeds cut the content into
descriptions, excerpts and indexes; an empty element leaves nothing visible wherever it gets to.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Final

MARK_TAG: Final = "flattr-place"  # a custom element: no theme styles it, no minifier knows it
MARK: Final = f"<{MARK_TAG}></{MARK_TAG}>"

_COMMENT: Final = r"<!--.*?(?:-->|\Z)"
_RAW_TEXT: Final = r"<(?P<raw>script|style|textarea|title|template|noscript|iframe)\b.*?(?:</(?P=raw)\s*>|\Z)"
_HEAD: Final = r"<head(?=[\s>]).*?(?:</head\s*>|(?=<body\b)|\Z)"
_TAG: Final = r"""</?[a-zA-Z](?:=\s*+(?:"[^"]*"|'[^']*')|[^>])*+>"""  # as browsers read it: a quote counts after =
_LESS: Final = r"(?:<|&(?:amp;)*(?:lt|#60|#x3c);|\\+u003c|%3C)"
_SLASH: Final = r"(?:\\*/|%2F)?"
_GREATER: Final = r"(?:>|&(?:amp;)*(?:gt|#62|#x3e);|\\+u003e|%3E)"


def place_of(token: str) -> str:
    """Return the empty element that keeps the place of one button; no text of an author can be mistaken for it."""
    tag = f"{MARK_TAG}-{hashlib.sha256(token.encode()).hexdigest()[:16]}"
    return f"<{tag}></{tag}>"


def has_mark(content: str) -> bool:
    """Tell whether the author has placed the button by hand."""
    return next(_visible(content, _element(MARK)), None) is not None


def with_place(content: str, place: str) -> str:
    """Return the content with the place where the author marked it, else at the end; further marks vanish."""
    spans = list(_visible(content, _element(MARK)))
    if not spans:
        return f"{content}\n{place}"
    pieces, end_of_last = [], 0
    for number, (start, end) in enumerate(spans):
        pieces += [content[end_of_last:start], place if number == 0 else ""]
        end_of_last = end
    return "".join([*pieces, content[end_of_last:]])


def with_button(page: str, place: str, button: str, *, body: str = "") -> str | None:
    """Return the page with the button at the first place that a reader sees; every other trace of the place goes.

    If the theme has not printed the place: at the author's mark, else after the last occurrence of the body,
    else at the end of the first `article`, of `main`, or of `body`.  None if the page has none of these.
    """
    spot = next(_visible(page, _element(place), dark=_HEAD), None)
    if spot is None and has_mark(body):
        spot = next(_visible(page, _element(MARK), dark=_HEAD), None)
    if spot is None:
        spot = _end_of_post(page, body.strip())
    if spot is None:
        return None
    traces = _traces(place)
    return f"{traces.sub('', page[: spot[0]])}<p>{button}</p>{traces.sub('', page[spot[1] :])}"


def with_head_link(page: str, link: str) -> str:
    """Return the page with a link at the end of its head; unchanged if it has no head."""
    spot = next(_visible(page, r"</head\s*>"), None)
    return page if spot is None else f"{page[: spot[0]]}{link}\n{page[spot[0] :]}"


def _element(html: str) -> str:
    """Return the pattern of an empty element, also as HTML libraries write it anew, alone in its paragraph or not."""
    tag = html[1 : html.index(">")]
    element = rf"<{tag}\s*(?:/>|>\s*</{tag}\s*>)"
    return rf"<p>\s*{element}\s*</p>|{element}"


def _traces(place: str) -> re.Pattern[str]:
    tag = place[1 : place.index(">")]
    return re.compile(rf"{_LESS}{_SLASH}{tag}\s*{_SLASH}{_GREATER}", re.I)


def _visible(html: str, wanted: str, *, dark: str = r"(?!)") -> Iterator[tuple[int, int]]:
    """Yield the spans of a pattern outside of comments, scripts, attributes and what else is dark."""
    scan = re.compile(rf"(?P<wanted>{wanted})|{_COMMENT}|{_RAW_TEXT}|{dark}|{_TAG}", re.I | re.S)
    return (match.span() for match in scan.finditer(html) if match["wanted"] is not None)


def _end_of_post(page: str, body: str) -> tuple[int, int] | None:
    start = page.rfind(body) if body else -1
    if start >= 0:
        return (start + len(body),) * 2
    end_of_article = _end_of_first_article(page)
    if end_of_article is not None:
        return (end_of_article,) * 2
    for tag in ("main", "body"):
        closing = list(_visible(page, rf"</{tag}\s*>", dark=_HEAD))
        if closing:
            return (closing[-1][0],) * 2
    return None


def _end_of_first_article(page: str) -> int | None:
    depth = 0  # comments are articles inside of the article
    for start, end in _visible(page, r"</?article(?=[\s>])[^>]*>", dark=_HEAD):
        depth += -1 if page.startswith("</", start, end) else 1
        if depth == 0:
            return start
    return None
