"""What happens at each signal of Pelican.

Feeds are written before any article and caches are saved before that, so what is done to an article between
`article_generator_write_article` and `content_written` reaches its own page and nothing else.
"""

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from markupsafe import Markup
from pelican.contents import Content
from pelican.plugins import signals

from flattr_button import (
    Blog,
    FlattrButtonError,
    MissingSettings,
    button_html,
    looks_like_site_key,
    preview_button,
    with_button,
    with_head_link,
    without_place,
)
from flattr_button.counts import fetch_counts
from flattr_button.things_list import WELL_KNOWN_PATH
from pelican_flattr.article import own_content, show_place
from pelican_flattr.build import Build, Builds, Writing
from pelican_flattr.choice import Article
from pelican_flattr.feed import add_payment_links, links_of
from pelican_flattr.options import Options

log = logging.getLogger(__name__)

MACRO: Final = "flattr_button"
_OWN_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1"})  # noqa: S104 - read, not bound

_builds = Builds()


def register() -> None:
    """Connect to Pelican; doing so again changes nothing, for these are the same functions."""
    signals.initialized.connect(keep_key_from_templates)
    signals.generator_init.connect(begin_build)
    signals.feed_generated.connect(put_feed_links)
    signals.article_generator_write_article.connect(put_place)
    signals.page_generator_write_page.connect(put_place)
    signals.content_written.connect(put_button)
    signals.finalized.connect(write_list)


def keep_key_from_templates(pelican: Any) -> None:
    """Take a key out of the settings, before Pelican hands them to every template."""
    with _BuildGoesOn("the settings"):
        for name, setting in list(pelican.settings.items()):
            if name in ("FLATTR_SITE_KEY", "FLATTR_SITE_KEY_FILE") or looks_like_site_key(setting):
                del pelican.settings[name]
                log.warning(
                    "flattr: ignored %s in the settings, where every template can print it; set FLATTR_SITE_KEY "
                    "or FLATTR_SITE_KEY_FILE in the environment of the build instead",
                    name,
                )


def begin_build(generator: Any) -> None:
    """Begin a run with its first generator; give the templates of each generator the macro."""
    with _BuildGoesOn("the settings"):
        generator.env.globals.setdefault(MACRO, _macro_of(generator.context))
        is_enabled = generator.env.tests.get("plugin_enabled", lambda _: False)
        generator.env.tests["plugin_enabled"] = lambda name: name == "flattr" or is_enabled(name)
        if _builds.of_context(generator.context) is None:
            _settle(_builds.begin(generator.settings, generator.context, Path(generator.output_path).absolute()))


def put_feed_links(context: Any, feed: Any) -> None:
    """Let each entry of a feed name its button."""
    with _BuildGoesOn("a feed"):
        build = _builds.of_context(context)
        if build is not None and build.blog is not None and build.options.in_feeds:
            url_by_link = {link: url for link in links_of(feed) if (url := _button_url(build, link)) is not None}
            add_payment_links(feed, url_by_link)


def put_place(generator: Any, content: Article) -> None:
    """Let an article or page show the place of its button while its own file is written."""
    with _BuildGoesOn(content.source_path):
        build = _builds.of_context(generator.context)
        if build is None or not build.has_buttons:
            return
        build.end_writing()
        thing = build.thing_of(content)
        if thing is not None:
            build.writing = Writing(content, thing, show_place(content, thing.place, build.options))


def put_button(path: str, context: Mapping[str, Any]) -> None:
    """Swap the place for the button in the page just written."""
    article = context.get("article") or context.get("page")
    with _BuildGoesOn(getattr(article, "source_path", None) or path):
        page = Path(path).absolute()
        found = _builds.end_writing(context)
        if found is None:
            _builds.forget_page(page)
            return
        build, writing = found
        if page in build.overriding_paths:
            return  # Pelican keeps the file of the post that overrode this one
        build.listed_by_path.pop(page, None)
        if hasattr(writing.article, "override_save_as"):
            build.overriding_paths.add(page)
        if _write_button(page, writing, build.options) and writing.article.status == "published":
            build.listed_by_path[page] = writing.thing  # all can read the list, so nothing is on it that hides


def write_list(pelican: Any) -> None:
    """Write the signed list of what this run has really written."""
    with _BuildGoesOn(WELL_KNOWN_PATH):
        build = _builds.end(pelican.settings)
        if build is None or build.blog is None:
            return
        build.end_writing()
        _builds.hand_on(build)
        path = build.output_path / WELL_KNOWN_PATH
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(build.blog.list_of(thing.token for thing in build.listed(build.blog)).encode())


def _macro_of(context: Any) -> Callable[..., Markup]:
    """Return what themes call: `{{ flattr_button(article) }}`, in any template of the run with this context."""

    def flattr_button(content: Article, look: str | None = None) -> Markup:
        if isinstance(content, Content):  # a template may have no article to ask for
            with _BuildGoesOn(content.source_path):
                return _button_for_theme(_builds.of_context(context), content, look)
        return Markup()

    return flattr_button


def _button_for_theme(build: Build | None, content: Article, look: str | None) -> Markup:
    """Return the button of an article or page, or nothing; on its own page no other one is put then."""
    thing = build.thing_of(content) if build is not None and build.has_buttons else None
    if build is None or thing is None:
        return Markup()
    if build.writing is not None and build.writing.article is content:
        build.writing.is_placed_by_theme = True
    if look is None:
        return thing.button
    language, count = getattr(content, "lang", None), build.counts.get(thing.url)
    if build.blog is None:
        return preview_button(language, look)
    return button_html(build.blog.receiver, thing.token, language=language, look=look, count=count)


def _button_url(build: Build, link: str) -> str | None:
    article = build.article_of(link)
    with _BuildGoesOn(getattr(article, "source_path", None) or link):
        return None if article is None else build.button_url_of(article)
    return None


def _write_button(page: Path, writing: Writing, options: Options) -> bool:
    """Put the button into the page; tell whether it is signed and there."""
    with page.open("r+b") as file:
        html = file.read().decode()
        with_it = _with_button(html, writing, options)
        if with_it is None:
            log.info("flattr: no button on %s, which is no HTML page", writing.article.source_path)
        if with_it is None or with_it == html:
            return False
        file.seek(0)
        file.write(with_it.encode())
        file.truncate()
    return bool(writing.thing.token)


def _with_button(html: str, writing: Writing, options: Options) -> str | None:
    """Return the page with its button and its link; where buttons are put by hand, maybe with the link alone."""
    thing = writing.thing
    if writing.is_placed_by_theme and thing.token in html:
        with_it: str | None = without_place(html, thing.place)
    else:
        is_printed = thing.place in html and options.position != "both"  # then nobody looks for the body
        body = "" if is_printed else own_content(writing.article.content, options)
        with_it = with_button(html, thing.place, thing.button, body=body, position=options.position)
    if with_it is None and options.position == "manual":
        with_it = html
    return with_head_link(with_it, thing.head_link) if with_it is not None and thing.head_link else with_it


def _settle(build: Build) -> None:
    """Find out whether the run signs, shows previews, or does nothing; say once why not."""
    receiver, site_url = build.settings.get("FLATTR_URL"), build.settings.get("SITEURL")
    try:
        build.options = Options.read(build.settings)
        _tell_of_old_settings(build)
        if receiver and (_is_to_look_at(site_url, receiver) or (build.outer is not None and build.outer.is_preview)):
            build.is_preview = True
            _tell_of_preview(build, site_url)
            return
        build.blog = Blog.from_settings(os.environ, look=build.options.look, FLATTR_URL=receiver, SITEURL=site_url)
        if build.options.shows_counts:
            build.counts = _counts_for(build, build.blog)
    except MissingSettings as error:
        is_begun = receiver or "FLATTR_SITE_KEY" not in error.names
        # Pelican loads installed plugins by itself: who has set nothing wants nothing.
        _tell_once(build, logging.WARNING if is_begun else logging.INFO, f"flattr: posts have no button; {error}")
    except FlattrButtonError as error:
        _tell_once(build, logging.ERROR, f"flattr: posts have no button; {error}")


def _counts_for(build: Build, blog: Blog) -> Mapping[str, int]:
    """Return how often things were clicked; a site in several languages asks once."""
    if build.outer is not None and build.outer.options.shows_counts:
        return build.outer.counts
    return fetch_counts(blog, Path(build.settings["CACHE_PATH"], "flattr-counts.json"), log=log)


def _is_to_look_at(site_url: str | None, receiver: str) -> bool:
    """Tell whether a blog is built to be looked at by its author: it has no address, or one of this machine.

    If the receiver is on this machine too, somebody tries out the whole, and wants buttons that lead somewhere.
    """
    return not (site_url or "").strip() or (_is_own_machine(site_url) and not _is_own_machine(receiver))


def _is_own_machine(address: str | None) -> bool:
    host = urlsplit((address or "").strip()).hostname or ""
    return host in _OWN_MACHINE or host.endswith(".localhost")


def _tell_of_preview(build: Build, site_url: str | None) -> None:
    is_to_be_published = not site_url and any(os.environ.get(f"FLATTR_SITE_KEY{end}") for end in ("", "_FILE"))
    level = logging.WARNING if is_to_be_published else logging.INFO
    why = f"SITEURL is {site_url}" if site_url else "SITEURL is not set"
    _tell_once(build, level, f"flattr: the buttons are previews and not signed, for {why}")


def _tell_of_old_settings(build: Build) -> None:
    names = build.options.old.names
    if names:
        _tell_once(
            build,
            logging.INFO,
            f"flattr: found {', '.join(names)} of the old Flattr; a category, tags, a language or hiding stands in "
            "where a post says nothing, and a name of a user there means nothing here",
        )


def _tell_once(build: Build, level: int, message: str) -> None:
    if message not in build.told:
        build.told.add(message)
        log.log(level, "%s", message)


class _BuildGoesOn:
    """Pelican stops at an error of a plugin; a missing button is no reason for a missing blog."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __enter__(self) -> None:
        pass

    def __exit__(self, _class: object, error: BaseException | None, _traceback: object) -> bool:
        if isinstance(error, Exception):
            log.error("flattr: no button for %s: %s: %s", self.source, type(error).__name__, error)
        return error is None or isinstance(error, Exception)
