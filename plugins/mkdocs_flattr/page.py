"""What the plugin knows of a page."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urljoin

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File
from mkdocs.structure.pages import Page

from flattr_button import MARK, Blog, SignedThing, has_mark, preview_button
from flattr_button.old_flattr import swap_old_buttons
from flattr_button.placement import place_of
from markdown_flattr.choice import Candidate, Choice
from markdown_flattr.thing import sign_page as sign_from_front_matter
from markdown_flattr.thing import wish_of


def body_of(page: Page, *, replaces_old: bool) -> str:
    """Return the content of a page; a button of the old Flattr is a mark, if its creator asks for that."""
    content = page.content or ""
    return swap_old_buttons(content, lambda _: MARK) if replaces_old and "flattr" in content.lower() else content


def wants_button(page: Page, config: MkDocsConfig, choice: Choice, *, body: str) -> bool:
    """Tell whether a page that is published is to have a button.  Raises BadFrontMatter."""
    is_excluded: bool = page.file.inclusion.is_excluded()  # type: ignore[no-untyped-call]
    candidate = Candidate(
        path=page.file.src_uri,
        meta=page.meta,
        is_post=_is_made_by_blog(page, "Post"),
        is_generated=_is_made_by_blog(page, "View") or getattr(page.file, "generated_by", None) is not None,  # from 1.6
        is_marked=has_mark(body),
    )
    return not is_excluded and choice.takes(candidate, wish_of(page.meta), has_blog=_has_blog(config))


def sign_page(
    blog: Blog, page: Page, config: MkDocsConfig, *, canonical_url: str | None, counts: Mapping[str, int]
) -> SignedThing:
    """Sign the button of a page; `canonical_url` is the address of the site if the build has another one."""
    original = _original_of(page, config)
    address = original if original and _is_stand_in(page) else page.canonical_url
    thing = sign_from_front_matter(
        blog,
        page.meta,
        url=_moved(address or "", config, canonical_url),
        title=str(page.title or ""),
        language=language_of(page, config),
        original=_moved(original, config, canonical_url) if original else None,
        counts=counts,
    )
    return replace(thing, button=_out_of_search(thing.button))


def preview_page(page: Page, config: MkDocsConfig, *, look: str) -> SignedThing:
    """Return what stands in the place of the button while nothing is signed."""
    button = preview_button(language_of(page, config), look)
    return SignedThing(url="", token="", button=button, head_link=Markup(), place=place_of(page.file.src_uri))


def _out_of_search(button: Markup) -> Markup:
    """Pagefind, the search of MaterialX, reads the pages as they were built; this keeps our words out of its index."""
    return Markup(button.replace(" href=", " data-pagefind-ignore href=", 1))  # noqa: S704 - the button, already escaped


def language_of(page: Page, config: MkDocsConfig) -> str:
    """Return the language of a page: as its author, else a plugin for languages, else the theme says."""
    theme = config.theme
    told = (page.meta.get("lang"), getattr(page.file, "locale", None), theme.get("language"), theme.locale)
    return next((str(language) for language in told if language), "")


def _original_of(page: Page, config: MkDocsConfig) -> str | None:
    """Return the address of a page in the default language of mkdocs-static-i18n, also if that is the page itself."""
    file_by_language: dict[str, File] = getattr(page.file, "alternates", {})
    told = (plugin for plugin in config.plugins.values() if _comes_from(plugin, "I18n", "mkdocs_static_i18n.plugin"))
    file = next((file_by_language.get(str(plugin.default_language)) for plugin in told), None)
    return urljoin(_with_slash(config.site_url), file.url) if file is not None and config.site_url else None


def _is_stand_in(page: Page) -> bool:
    """Tell whether mkdocs-static-i18n shows the original here because there is no translation: the same thing."""
    shown, asked_for = (getattr(page.file, name, None) for name in ("locale", "locale_alternate_of"))
    return shown != asked_for


def _moved(address: str, config: MkDocsConfig, canonical_url: str | None) -> str:
    """Return an address of this build as it is in the canonical version of the site."""
    built_at = _with_slash(config.site_url)
    if not canonical_url or not address.startswith(built_at):
        return address
    return _with_slash(canonical_url) + address.removeprefix(built_at)


def _with_slash(site_url: str | None) -> str:
    return f"{(site_url or '').rstrip('/')}/"


def _has_blog(config: MkDocsConfig) -> bool:
    """Tell whether the blog plugin of Material or MaterialX is at work, by name: neither need be installed."""
    return any(
        _comes_from(plugin, "BlogPlugin", "plugins.blog.plugin") and plugin.config.get("enabled", True)
        for plugin in config.plugins.values()
    )


def _is_made_by_blog(page: Page, name: str) -> bool:
    return _comes_from(page, name, "plugins.blog.structure")


def _comes_from(instance: object, name: str, module: str) -> bool:
    return any(cls.__name__ == name and cls.__module__.endswith(module) for cls in type(instance).__mro__)
