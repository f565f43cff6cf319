"""What the front matter of a Markdown page tells, whichever generator has read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flattr_button import moment_of, texts, yes_or_no

FrontMatter = Mapping[str, Any]


def is_draft(meta: FrontMatter) -> bool:
    return bool(yes_or_no(meta.get("draft")))


def categories_of(meta: FrontMatter) -> list[str]:
    return _labels(meta.get("categories", meta.get("category")))


def tags_of(meta: FrontMatter) -> list[str]:
    return _labels(meta.get("tags"))


def modified_of(meta: FrontMatter) -> datetime | None:
    """Return the last change as the front matter tells it, for the time of the build would make each build differ."""
    date = meta.get("date")
    dates = date if isinstance(date, Mapping) else {"created": date}
    told = (meta.get("modified"), meta.get("updated"), dates.get("updated"), dates.get("created"))
    return next((moment for moment in map(moment_of, told) if moment), None)


def _labels(written: Any) -> list[str]:
    """Return a list as it is; one text is one label, for a category may have a comma in it."""
    return texts([written] if isinstance(written, str) else written)
