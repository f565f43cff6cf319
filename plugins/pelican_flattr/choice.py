"""Which posts FLATTR_INCLUDE and FLATTR_EXCLUDE name: by category, tag, or path below the content folder."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, Self

from flattr_button import texts
from pelican_flattr.faults import BadSetting

Article = Any  # Pelican has no types

NAMES: Final = ("category", "tag", "path")
_FORM: Final = 'it reads {"category": ["Kitchen"], "tag": ["rye"], "path": ["notes/*"]}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Some posts: those with one of the categories, one of the tags, or a path like one of the patterns.

    Names are those that authors write or their slugs, in any case; `*` in a path stands for folders, too.
    """

    categories: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()

    @classmethod
    def read(cls, name: str, setting: Any) -> Self:
        """Read a setting.  Raises BadSetting: a misspelt word must not give a post a button."""
        if not isinstance(setting, Mapping) or not setting.keys() <= set(NAMES):
            raise BadSetting(name, setting, _FORM)
        return cls(
            categories=frozenset(text.casefold() for text in texts(setting.get("category"))),
            tags=frozenset(text.casefold() for text in texts(setting.get("tag"))),
            paths=tuple(texts(setting.get("path"))),
        )

    def __contains__(self, article: Article) -> bool:
        path = getattr(article, "relative_source_path", None) or ""
        return (
            any(name in self.categories for name in _names_of(getattr(article, "category", None)))
            or any(name in self.tags for tag in getattr(article, "tags", ()) for name in _names_of(tag))
            or any(fnmatchcase(path, pattern) for pattern in self.paths)
        )


def _names_of(label: Any) -> Iterator[str]:
    """Yield the name and the slug of a category or a tag; of a page it may be a plain text."""
    if label is not None:
        yield str(label).casefold()
        yield str(getattr(label, "slug", label)).casefold()
