"""Where the button stands on a page.

A plugin puts an empty element, the place, into the content of a post, lets the theme render the page,
and swaps the place for the button.  Why not the button at once: themes, search and feeds cut the content into
descriptions, excerpts and indexes; an empty element leaves nothing visible wherever it gets to.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Final

from flattr_button.faults import BadPosition

MARK_TAG: Final = "flattr-place"  # a custom element: no theme styles it, no minifier knows it
MARK: Final = f"<{MARK_TAG}></{MARK_TAG}>"

POSITIONS: Final = ("after", "before", "both", "manual")

Span = tuple[int, int]

_RAW_TAGS: Final = ("script", "style", "textarea", "title", "template", "noscript", "iframe")
_COMMENT: Final = r"<!--.*?(?:-->|\Z)"
_RAW_TEXT: Final = rf"<(?P<raw>{'|'.join(_RAW_TAGS)})\b.*?(?:</(?P=raw)\s*>|\Z)"
_HEAD: Final = r"<head(?=[\s>]).*?(?:</head\s*>|(?=<body\b)|\Z)"
_TAG: Final = r"""</?[a-zA-Z](?:=\s*+(?:"[^"]*"|'[^']*')|[^>])*+>"""  # as browsers read it: a quote counts after =
_NOTHING: Final = r"(?!)"
_CLOSED_BEFORE: Final = re.compile(r"</[a-z][a-z0-9]*>\s*\Z", re.I)
_HEAD_OPENED: Final = re.compile(r"<head[\s>]")
_QUOTE_OPENED: Final = re.compile(r"(?:=|\A)\s*\Z")

# One pattern for the places of all posts, for compiling one for each took longer than all the rest.
_PLACE_TAG: Final = rf"{MARK_TAG}(?:-[0-9a-f]{{16}})?"
_PLACE: Final = rf"<(?P<tag>{_PLACE_TAG})\s*(?:/>|>\s*</(?P=tag)\s*>)"  # also as HTML libraries write it anew
_LESS: Final = r"(?:<|&(?:amp;)*(?:lt|#60|#x3c);|\\+u003c|%3C)"
_SLASH: Final = r"(?:\\*/|%2F)?"
_GREATER: Final = r"(?:>|&(?:amp;)*(?:gt|#62|#x3e);|\\+u003e|%3E)"
_TRACE: Final = re.compile(rf"{_LESS}{_SLASH}(?P<tag>{_PLACE_TAG})\s*{_SLASH}{_GREATER}", re.I)


def place_of(token: str) -> str:
    """Return the empty element that keeps the place of one button; no text of an author can be mistaken for it."""
    tag = f"{MARK_TAG}-{hashlib.sha256(token.encode()).hexdigest()[:16]}"
    return f"<{tag}></{tag}>"


def has_mark(content: str) -> bool:
    """Tell whether the author has placed the button by hand."""
    return any(_places(content, MARK))


def require_position(position: object) -> str:
    """Return one of POSITIONS, however it was spelt, or raise BadPosition."""
    word = str(position).strip().lower()
    if word not in POSITIONS:
        raise BadPosition(position, POSITIONS)
    return word


def with_place(content: str, place: str, *, position: str = "after") -> str:
    """Return the content with the place where the author marked it, else where `position` says; further marks vanish.

    `manual` puts it nowhere but at a mark.
    """
    pieces: list[str] = []
    end_of_last = 0
    for start, end in _places(content, MARK):
        pieces += [content[end_of_last:start], "" if pieces else place]
        end_of_last = end
    if pieces:
        return "".join([*pieces, content[end_of_last:]])
    before = f"{place}\n" if position in ("before", "both") else ""
    after = f"\n{place}" if position in ("after", "both") else ""
    return f"{before}{content}{after}"


def with_button(page: str, place: str, button: str, *, body: str = "", position: str = "after") -> str | None:
    """Return the page with the button at the first place that a reader sees; every other trace of the place goes.

    With `both`, at the first two.  If the theme has not printed the place: at the author's mark; else, but for
    `manual`, around the last occurrence of the body as `position` says; else at the end of the first `article`,
    of `main`, or of `body`.  None if the page has none of these.
    """
    spots = list(islice(_places(page, place, dark=_HEAD), 2 if position == "both" and not has_mark(body) else 1))
    if not spots and has_mark(body):
        spots = list(islice(_places(page, MARK, dark=_HEAD), 1))
    if not spots and position != "manual":
        spots = _around_post(page, body.strip(), position)
    if not spots:
        return None
    pieces: list[str] = []
    end_of_last = 0
    for start, end in spots:
        pieces += [_without_traces(page[end_of_last:start], place), f"<p>{button}</p>"]
        end_of_last = end
    return "".join([*pieces, _without_traces(page[end_of_last:], place)])


def without_place(page: str, place: str) -> str:
    """Return the page without any trace of a place, for a theme that has put the button by itself."""
    pieces: list[str] = []
    end_of_last = 0
    for start, end in _places(page, place):
        pieces.append(page[end_of_last:start])
        end_of_last = end
    return _without_traces("".join([*pieces, page[end_of_last:]]), place)


def with_head_link(page: str, link: str) -> str:
    """Return the page with a link at the end of its head; unchanged if it has no head."""
    spot = next(_visible(page, r"</head\s*>"), None)
    return page if spot is None else f"{page[: spot.start()]}{link}\n{page[spot.start() :]}"


def _places(html: str, place: str, *, dark: str = _NOTHING) -> Iterator[Span]:
    """Yield where one place is, with the paragraph around it if that holds nothing else."""
    tag, folded = _tag_of(place), html.lower()
    if tag not in folded:
        return
    plain = _only_spot(html, folded, place)
    if plain is not None:
        yield _with_paragraph(html, *plain)
        return
    for match in _visible(html, _PLACE, dark=dark):
        if match["tag"].lower() == tag:
            yield _with_paragraph(html, *match.span())


def _only_spot(html: str, folded: str, place: str) -> Span | None:
    """Return where the place is, if it is there once, as it was put, and seen for sure; None leaves it to the scanner.

    A page may have thousands of tags, most of them in its navigation: reading each takes longer than signing does.
    """
    start = html.find(place)
    if start < 0 or folded.count(_tag_of(place)) != 2 or len(folded) != len(html):  # opened and closed; `İ` grows
        return None
    is_seen = (
        _CLOSED_BEFORE.search(html[max(0, start - 32) : start]) is not None  # so it stands in no tag …
        and not any(_QUOTE_OPENED.search(html[max(0, at - 8) : at]) for at in _last_quotes(html, start))  # … or value
        and _is_over(folded, "<!--", "-->", start)
        and all(_is_over(folded, f"<{name}", f"</{name}", start) for name in _RAW_TAGS)
        and all(folded.find("</head>", head.end(), start) >= 0 for head in _HEAD_OPENED.finditer(folded, 0, start))
    )
    return (start, start + len(place)) if is_seen else None


def _last_quotes(html: str, end: int) -> Iterator[int]:
    return (at for quote in "\"'" if (at := html.rfind(quote, 0, end)) >= 0)


def _is_over(folded: str, opening: str, closing: str, end: int) -> bool:
    opened = folded.rfind(opening, 0, end)
    return opened < 0 or folded.find(closing, opened + len(opening), end) >= 0


def _with_paragraph(html: str, start: int, end: int) -> Span:
    opened = re.search(r"<p>\s*\Z", html[max(0, start - 16) : start])
    closed = re.match(r"\s*</p>", html[end : end + 16])
    return (start - len(opened[0]), end + len(closed[0])) if opened and closed else (start, end)


def _without_traces(html: str, place: str) -> str:
    tag = _tag_of(place)
    return _TRACE.sub(lambda trace: "" if trace["tag"].lower() == tag else trace[0], html) if tag in html else html


def _tag_of(place: str) -> str:
    return place[1 : place.index(">")]


@cache
def _scanner(wanted: str, dark: str) -> re.Pattern[str]:
    """Return the pattern of all that is wanted or hides it; each begins with `<`, to which the engine can skip."""
    kinds = (f"(?P<wanted>{wanted[1:]})", *(kind[1:] for kind in (_COMMENT, _RAW_TEXT, dark, _TAG) if kind != _NOTHING))
    return re.compile(rf"<(?:{'|'.join(kinds)})", re.I | re.S)


def _visible(html: str, wanted: str, *, dark: str = _NOTHING) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern outside of comments, scripts, attributes and what else is dark."""
    return (match for match in _scanner(wanted, dark).finditer(html) if match["wanted"] is not None)


def _around_post(page: str, body: str, position: str) -> list[Span]:
    """Return the spots beside a post whose place the theme has not printed, in the order of the page."""
    start = page.rfind(body) if body else -1
    if start >= 0:
        edges = {"before": (start,), "after": (start + len(body),), "both": (start, start + len(body))}[position]
        return [(edge, edge) for edge in edges]
    end = _end_of_post(page)
    return [] if end is None else [(end, end)]


def _end_of_post(page: str) -> int | None:
    end_of_article = _end_of_first_article(page)
    if end_of_article is not None:
        return end_of_article
    for tag in ("main", "body"):
        closing = list(_visible(page, rf"</{tag}\s*>", dark=_HEAD))
        if closing:
            return closing[-1].start()
    return None


def _end_of_first_article(page: str) -> int | None:
    depth = 0  # comments are articles inside of the article
    for tag in _visible(page, r"</?article(?=[\s>])[^>]*>", dark=_HEAD):
        depth += -1 if tag[0].startswith("</") else 1
        if depth == 0:
            return tag.start()
    return None
