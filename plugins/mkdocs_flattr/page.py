"""What the plugin knows of a page."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

from flattr_button import Blog, SignedThing, Wish, has_mark, moment_of, yes_or_no


def wants_button(page: Page, config: MkDocsConfig) -> bool:
    """Tell whether a page is a published post, or its author wants a button there.

    With a blog plugin only its posts are; else every page that somebody wrote.
    """
    is_excluded: bool = page.file.inclusion.is_excluded()  # type: ignore[no-untyped-call]
    if is_excluded or yes_or_no(page.meta.get("draft")):
        return False
    wish = Wish.read(page.meta.get("flattr")).wanted
    if wish is not None:
        return wish
    if has_mark(page.content or ""):
        return True
    return _is_post(page) if _has_blog(config) else page.file.generated_by is None


def sign_page(blog: Blog, page: Page, config: MkDocsConfig) -> SignedThing:
    meta = page.meta
    categories, tags = _texts(meta.get("categories", meta.get("category"))), _texts(meta.get("tags"))
    return blog.sign_post(
        url=page.canonical_url or "",
        title=str(page.title or ""),
        language=language_of(page, config),
        category=categories[0] if categories else None,
        tags=tags,
        modified=modified_of(meta),
    )


def language_of(page: Page, config: MkDocsConfig) -> str:
    """Return the language of a page: as its author, else a plugin for languages, else the theme says."""
    theme = config.theme
    told = (page.meta.get("lang"), getattr(page.file, "locale", None), theme.get("language"), theme.locale)
    return next((str(language) for language in told if language), "")


def modified_of(meta: Mapping[str, Any]) -> datetime | None:
    """Return the last change as the front matter tells it, for the time of the build would make each build differ."""
    date = meta.get("date")
    dates = date if isinstance(date, Mapping) else {"created": date}
    told = (meta.get("modified"), meta.get("updated"), dates.get("updated"), dates.get("created"))
    return next((moment for moment in map(moment_of, told) if moment), None)


def _texts(front_matter: Any) -> list[str]:
    if isinstance(front_matter, list | tuple):
        return [str(text) for text in front_matter if text is not None]
    return [str(front_matter)] if front_matter else []


def _has_blog(config: MkDocsConfig) -> bool:
    """Tell whether the blog plugin of Material or MaterialX is at work, by name: neither need be installed."""
    return any(
        _comes_from(plugin, "BlogPlugin", "plugins.blog.plugin") and plugin.config.get("enabled", True)
        for plugin in config.plugins.values()
    )


def _is_post(page: Page) -> bool:
    return _comes_from(page, "Post", "plugins.blog.structure")


def _comes_from(instance: object, name: str, module: str) -> bool:
    return any(cls.__name__ == name and cls.__module__.endswith(module) for cls in type(instance).__mro__)
