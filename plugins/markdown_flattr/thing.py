"""From the front matter of a page to its signed thing, for every generator that reads Markdown files."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flattr_button import Blog, SignedThing, Wish
from markdown_flattr.front_matter import FrontMatter, categories_of, modified_of, tags_of

_NO_COUNTS: Final[Mapping[str, int]] = MappingProxyType({})


def wish_of(meta: FrontMatter) -> Wish:
    """Return what the author asks for under `flattr:`.  Raises BadFrontMatter."""
    return Wish.read(meta.get("flattr"))


def sign_page(
    blog: Blog,
    meta: FrontMatter,
    *,
    url: str,
    title: str,
    language: str,
    original: str | None = None,
    counts: Mapping[str, int] = _NO_COUNTS,
) -> SignedThing:
    """Sign the button of a page; `original` is the address of the page of which it is a translation.

    `counts` says by address how often things were clicked.
    """
    categories = categories_of(meta)
    return blog.sign_post(
        url=url,
        title=title,
        language=language,
        category=categories[0] if categories else None,
        tags=tags_of(meta),
        modified=modified_of(meta),
        original=original,
        wish=wish_of(meta),
        counts=counts,
    )
