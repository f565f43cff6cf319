"""Which pages of a site of Markdown files have a button."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from flattr_button import Wish
from markdown_flattr.front_matter import FrontMatter, categories_of, is_draft, tags_of


class PathSpec(Protocol):
    """Lines as in `.gitignore`, compiled; `pathspec` makes them, and MkDocs and Zensical bring it along."""

    def match_file(self, file: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A published page: its source below the folder of documents, and what is known of it."""

    path: str
    meta: FrontMatter
    is_post: bool = False
    is_generated: bool = False
    is_marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the settings say; without any, a blog's posts, and where there is no blog each page that somebody wrote."""

    pages: PathSpec | None = None
    exclude: PathSpec | None = None
    categories: Iterable[str] = ()
    tags: Iterable[str] = ()
    exclude_categories: Iterable[str] = ()
    exclude_tags: Iterable[str] = ()

    def takes(self, page: Candidate, wish: Wish, *, has_blog: bool) -> bool:
        """Tell whether a page is to have a button: as its author wishes, else as the settings say."""
        if is_draft(page.meta):
            return False
        if wish.wanted is not None:
            return wish.wanted
        return page.is_marked or (self._allows(page) and self._names(page, has_blog=has_blog))

    def _allows(self, page: Candidate) -> bool:
        categories, tags = _folded(categories_of(page.meta)), _folded(tags_of(page.meta))
        return not (
            (self.exclude is not None and self.exclude.match_file(page.path))
            or categories & _folded(self.exclude_categories)
            or tags & _folded(self.exclude_tags)
            or (self.categories and not categories & _folded(self.categories))
            or (self.tags and not tags & _folded(self.tags))
        )

    def _names(self, page: Candidate, *, has_blog: bool) -> bool:
        if page.is_post or page.is_generated:
            return page.is_post
        return not has_blog if self.pages is None else self.pages.match_file(page.path)


def _folded(labels: Iterable[str]) -> set[str]:
    return {label.strip().casefold() for label in labels}
