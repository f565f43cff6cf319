"""One page of a site that has a button."""

from dataclasses import dataclass
from typing import Final

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
    modified: int | None


def is_older(*, known: int | None, offered: int | None) -> bool:
    """Tell whether a claim is from an older build than the one we know, and so must not overwrite it."""
    return known is not None and (offered is None or offered < known)
