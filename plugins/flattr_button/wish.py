"""What an author asks for in the front matter of one post."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from flattr_button.faults import BadFrontMatter

_NO: Final = frozenset({"false", "no", "off", "0"})
_YES: Final = frozenset({"true", "yes", "on", "1"})
NAMES: Final = ("button", "title", "category", "tags", "hidden", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What `flattr:` asks for; None is what the author says nothing about.

    `wanted` is whether there is to be a button; the rest overrides what the blog knows of the post.
    """

    wanted: bool | None = None
    title: str | None = None
    category: str | None = None
    tags: tuple[str, ...] | None = None
    hidden: bool = False
    id: str | None = None

    @classmethod
    def read(cls, front_matter: Any) -> Self:
        """Read the value of `flattr:`, which is yes, no or a mapping.

        Raises BadFrontMatter for a name that is not known: a misspelt `hiden` must not make a post public.
        """
        if not isinstance(front_matter, Mapping):
            return cls(wanted=yes_or_no(front_matter))
        said = {str(name).strip().lower(): value for name, value in front_matter.items() if value is not None}
        unknown = sorted(said.keys() - set(NAMES))
        if unknown:
            raise BadFrontMatter(unknown, NAMES)
        return cls(
            wanted=yes_or_no(said.get("button")),
            title=_text(said.get("title")),
            category=_text(said.get("category")),
            tags=tuple(texts(said["tags"])) if "tags" in said else None,
            hidden=yes_or_no(said.get("hidden")) or False,
            id=_text(said.get("id")),
        )


def yes_or_no(front_matter: Any) -> bool | None:
    """Return what a word of the front matter means: yes, no, or neither."""
    word = str(front_matter).strip().lower()
    return False if word in _NO else True if word in _YES else None


def texts(front_matter: Any) -> list[str]:
    """Return a list, or words between commas, as texts."""
    if isinstance(front_matter, str):
        words: Iterable[Any] = front_matter.split(",")
    elif isinstance(front_matter, Iterable):
        words = front_matter
    else:
        words = [] if front_matter is None else [front_matter]
    return [text for word in words if word is not None and (text := str(word).strip())]


def _text(front_matter: Any) -> str | None:
    return None if front_matter is None else str(front_matter).strip() or None
