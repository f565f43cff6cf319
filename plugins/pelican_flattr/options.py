"""The settings of the plugin in `pelicanconf.py`; docs/pelican.md explains each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from flattr_button import require_look, require_position, yes_or_no
from flattr_button.old_flattr import OldSettings, old_settings
from pelican_flattr.choice import Article, Choice
from pelican_flattr.faults import BadSetting

_NO_OLD_SETTINGS = old_settings({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the creator has chosen for all posts; `old` is what settings of the old Flattr say."""

    position: str = "after"
    look: str = "standard"
    include: Choice | None = None
    exclude: Choice | None = None
    with_pages: bool = False
    with_hidden: bool = False
    in_feeds: bool = True
    replaces_old: bool = False
    shows_counts: bool = False
    old: OldSettings = _NO_OLD_SETTINGS

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """Read the settings.  Raises BadSetting, BadPosition or BadLook."""
        include, exclude = settings.get("FLATTR_INCLUDE"), settings.get("FLATTR_EXCLUDE")
        return cls(
            position=require_position(settings.get("FLATTR_POSITION", "after")),
            look=require_look(settings.get("FLATTR_LOOK", "standard")),
            include=Choice.read("FLATTR_INCLUDE", include) if include else None,
            exclude=Choice.read("FLATTR_EXCLUDE", exclude) if exclude else None,
            with_pages=_flag(settings, "FLATTR_PAGES"),
            with_hidden=_flag(settings, "FLATTR_HIDDEN_POSTS"),
            in_feeds=_flag(settings, "FLATTR_FEEDS", default=True),
            replaces_old=_flag(settings, "FLATTR_REPLACE_OLD"),
            shows_counts=_flag(settings, "FLATTR_COUNTS"),
            old=old_settings({name: value for name, value in settings.items() if name.startswith("FLATTR_")}),
        )

    def take(self, article: Article, *, is_page: bool) -> bool:
        """Tell whether an article or page, of which its author says nothing, has a button."""
        return (
            (self.with_pages or not is_page)
            and (self.with_hidden or article.status != "hidden")
            and (self.include is None or article in self.include)
            and (self.exclude is None or article not in self.exclude)
        )


def _flag(settings: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    said = yes_or_no(settings.get(name, default))
    if said is None:
        raise BadSetting(name, settings.get(name), "it is True or False")
    return said
