"""From what a blog knows of a post to the claim of its button."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from typing import Any

from flattr_button.canonical import canonical_url
from flattr_button.claim import LABEL_POINTS_MAX, LANGUAGE, TAGS_MAX, Claim, cleaned_title
from flattr_button.faults import TokenTooLong
from flattr_button.site_key import SiteKey
from flattr_button.token import sign

_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|<!--[^<>]*-->")  # not the signs of `a < b > c`


def claim_for_post(key: SiteKey, **known: Any) -> Claim:
    """Return the claim of a post, which knows what `signed_post` takes."""
    return signed_post(key, **known)[0]


def signed_post(
    key: SiteKey,
    *,
    url: str,
    title: str,
    language: str | None = None,
    category: str | None = None,
    tags: Iterable[str] = (),
    hidden: bool = False,
    stable_id: str | None = None,
    modified: datetime | None = None,
    original: str | None = None,
) -> tuple[Claim, str]:
    """Return the claim of a post and its token, whatever its author wrote in the front matter.

    Titles are HTML, as themes print them: cleaned of markup, entities and invisible characters and cut to
    200 characters.  Tags beyond ten are left out; category and tags, and then `original`, if the token grew too long;
    an unreadable language is dropped.
    `original` is the address of the page of which this one is a translation; the page itself counts as none.
    A time without zone is taken as UTC, so that every machine builds the same bytes.
    Raises BadUrl or BadClaim if the address or the stable id cannot be mended.
    """
    canonical = canonical_url(url)
    original = canonical_url(original) if original else None
    labels = dict.fromkeys(cleaned_title(str(tag), points_max=LABEL_POINTS_MAX) for tag in tags)
    language = (language or "").replace("_", "-")
    claim = Claim(
        site=key.site,
        generation=key.generation,
        url=canonical,
        title=cleaned_title(unescape(_MARKUP.sub("", title))) or canonical[:200],
        language=language if LANGUAGE.fullmatch(language) else None,
        category=cleaned_title(category or "", points_max=LABEL_POINTS_MAX) or None,
        tags=tuple(label for label in labels if label)[:TAGS_MAX],
        hidden=hidden,
        id=stable_id or None,
        modified=None if modified is None else _seconds(modified),
        original=original if original != canonical else None,
    )
    return _signed_as_fits(claim, key)


def _signed_as_fits(claim: Claim, key: SiteKey) -> tuple[Claim, str]:
    """Return the claim with as much as fits into a token, and the token."""
    try:
        return claim, sign(claim, key)
    except TokenTooLong:
        pass
    without_tags = replace(claim, category=None, tags=())
    try:
        return without_tags, sign(without_tags, key)
    except TokenTooLong:
        bare = replace(without_tags, original=None)
        return bare, sign(bare, key)


def _seconds(moment: datetime) -> int:
    return max(0, int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))
