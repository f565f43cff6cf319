"""One page of a site that has a button."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote

SITE_IDENTITY: Final = "site"  # a site is a thing too: one can subscribe to it and give to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A page with a button; `modified` is the page's time of last change in seconds since 1970, if its claim said so.

    `paid_site` is the site with the longest verified scope around the page: its owner is paid.
    """

    id: int
    site: str
    paid_site: str
    identity: str
    url: str
    title: str
    language: str | None
    category: str | None
    tags: tuple[str, ...]
    hidden: bool
    generation: int  # of the key that signed what we know
    modified: int | None
    original: str | None  # the address of the page of which this one is a translation


def is_older(*, known: tuple[int, int | None], offered: tuple[int, int | None]) -> bool:
    """Tell whether a claim is from an older build than what we know, and so must not overwrite it.

    Both are (generation of the key, time of last change): a newer key counts more than any time, so a thief of the
    old one cannot freeze a title; a claim without a time overwrites none that has one.
    """
    (known_generation, known_modified), (generation, modified) = known, offered
    if known_generation != generation:
        return generation < known_generation
    return known_modified is not None and (modified is None or modified < known_modified)


def credible_modified(modified: int | None, now: datetime) -> int | None:
    """Return a time of last change, but none that lies more than a day ahead: no later build could overwrite it."""
    is_ahead = modified is not None and modified > (now + timedelta(days=1)).timestamp()
    return None if is_ahead else modified


def has_words(words: str, *, title: str, url: str) -> bool:
    """Tell whether each of some words stands in the title or the address, small letters being as good as capitals."""
    place = _folded(f"{title} {url} {unquote(url)}")
    return all(word in place for word in _folded(words).split())


def _folded(text: str) -> str:
    return normalize("NFKC", text).casefold()
