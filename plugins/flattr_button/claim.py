"""What a button states about its page."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from flattr_button.canonical import canonical_url
from flattr_button.faults import BadClaim, BadUrl

TITLE_POINTS_MAX: Final = 200
LABEL_POINTS_MAX: Final = 40  # of a category or a tag
TAGS_MAX: Final = 10
ID_POINTS_MAX: Final = 128
GENERATION_MAX: Final = 9999
MODIFIED_MAX: Final = 2**53 - 1  # the largest whole number that every JSON reader keeps

ID_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"  # nothing that looks like something else
SITE_ID: Final = re.compile(r"[a-z2-7]{10}")
LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")
# C0, C1, line separators, bidirectional controls, lone surrogates and what else is invisible:
# a title with them can show as something else than it is.
# Unassigned characters are let through, or an older Python would refuse the emoji of a newer one; but not those
# that will never be assigned or are reserved to be invisible.
_UNSAFE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_NEVER_VISIBLE: Final = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]")
_BLANK: Final = re.compile("[\\s\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u2800\u3164\uffa0]")
_VISIBLE_ASCII: Final = re.compile("[!-~]")
_JOINERS: Final = frozenset("\u200c\u200d")  # needed in Persian, Indic scripts and emoji


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One page of a site, as its signed button states it.

    `url` is absolute and canonical, and so is `original`, the page of which this one is a translation.
    `modified` is the time of last change in whole seconds since 1970 (UTC).
    There is no payee and no time of signing: docs/token.md says why.

    Raises BadClaim if a field is out of bounds.
    """

    site: str
    generation: int
    url: str
    title: str
    language: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    hidden: bool = False
    id: str | None = None
    modified: int | None = None
    original: str | None = None

    def __post_init__(self) -> None:
        if not SITE_ID.fullmatch(self.site):
            raise BadClaim("s", "is not the id of a site")
        if not 1 <= self.generation <= GENERATION_MAX:
            raise BadClaim("g", "is not between 1 and %(most)s", most=GENERATION_MAX)
        _require_canonical("u", self.url)
        _require_text("t", self.title, TITLE_POINTS_MAX)
        if self.language is not None and not LANGUAGE.fullmatch(self.language):
            raise BadClaim("l", "is not a language tag such as en or pt-BR")
        if self.category is not None:
            _require_text("c", self.category, LABEL_POINTS_MAX)
        if len(self.tags) > TAGS_MAX:
            raise BadClaim("k", "has more than %(most)s tags", most=TAGS_MAX)
        for tag in self.tags:
            _require_text("k", tag, LABEL_POINTS_MAX)
        if self.id is not None:
            _require_text("i", self.id, ID_POINTS_MAX)
        if self.modified is not None and not 0 <= self.modified <= MODIFIED_MAX:
            raise BadClaim("m", "is not a time in seconds since 1970")
        if self.original is not None:
            _require_canonical("o", self.original)
            if self.original == self.url:
                raise BadClaim("o", "is the page itself; leave it out on an original")

    @property
    def identity(self) -> str:
        """Return what makes the thing the same thing inside its site: the stable id, else the address."""
        return f"i:{self.id}" if self.id is not None else f"u:{self.url}"


def cleaned_title(text: str, *, points_max: int = TITLE_POINTS_MAX) -> str:
    """Return the text as a claim may carry it: NFC, one line, nothing invisible, not too long; maybe empty."""
    if not text.isprintable():  # as nearly all are, and then there is nothing to drop
        spaced = "".join(" " if character.isspace() else character for character in text)
        text = "".join(character for character in spaced if not is_unsafe(character))
    line = " ".join(unicodedata.normalize("NFC", text).split())  # last: what was dropped may have kept two apart
    if len(line) > points_max:
        line = line[: points_max - 1].rstrip() + "…"
    return line if _shows_something(line) else ""


def is_unsafe(character: str) -> bool:
    """Tell whether a title with this character could show as something else than it is."""
    if character in _JOINERS:
        return False
    return (
        unicodedata.category(character) in _UNSAFE_CATEGORIES
        or _NEVER_VISIBLE.match(character) is not None
        or ord(character) & 0xFFFE == 0xFFFE
    )


def _shows_something(text: str) -> bool:
    return _VISIBLE_ASCII.search(text) is not None or any(
        not _BLANK.match(character) and unicodedata.category(character) != "Mn" for character in text
    )


def _require_canonical(field: str, url: str) -> None:
    try:
        canonical = canonical_url(url)
    except BadUrl as error:
        raise BadClaim(field, "is no address (%(fault)s)", fault=error) from None
    if canonical != url:
        raise BadClaim(field, "is not canonical, which would be %(canonical)s", canonical=canonical)


def _require_text(field: str, text: str, points_max: int) -> None:
    if not 1 <= len(text) <= points_max:
        raise BadClaim(field, "has %(length)s characters, not 1 to %(most)s", length=len(text), most=points_max)
    # Python calls nothing printable that is unsafe, and calls it so in one look; a test asks it of every character.
    if not text.isprintable() and any(is_unsafe(character) for character in text):
        raise BadClaim(field, "holds a control or invisible character")
    if text != text.strip() or not unicodedata.is_normalized("NFC", text):
        raise BadClaim(field, "is not trimmed and in Unicode form NFC")
    if not text.isascii() and not _shows_something(text):
        raise BadClaim(field, "shows nothing")
