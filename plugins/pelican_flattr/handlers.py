"""What happens at each signal of Pelican.

Feeds are written before any article and caches are saved before that, so what is done to an article between
`article_generator_write_article` and `content_written` reaches its own page and nothing else.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pelican.plugins import signals

from flattr_button import Blog, FlattrButtonError, MissingSettings, looks_like_site_key, with_button, with_head_link
from flattr_button.things_list import WELL_KNOWN_PATH
from pelican_flattr.article import Article, show_place, sign_article, wants_button
from pelican_flattr.build import Build, Builds, Writing

log = logging.getLogger(__name__)

_builds = Builds()


def register() -> None:
    """Connect to Pelican; doing so again changes nothing, for these are the same functions."""
    signals.initialized.connect(keep_key_from_templates)
    signals.article_generator_init.connect(begin_build)
    signals.article_generator_write_article.connect(put_place)
    signals.content_written.connect(put_button)
    signals.finalized.connect(write_list)


def keep_key_from_templates(pelican: Any) -> None:
    """Take a key out of the settings, before Pelican hands them to every template."""
    with _build_goes_on("the settings"):
        for name, setting in list(pelican.settings.items()):
            if name in ("FLATTR_SITE_KEY", "FLATTR_SITE_KEY_FILE") or looks_like_site_key(setting):
                del pelican.settings[name]
                log.warning(
                    "flattr: ignored %s in the settings, where every template can print it; set FLATTR_SITE_KEY "
                    "or FLATTR_SITE_KEY_FILE in the environment of the build instead",
                    name,
                )


def begin_build(generator: Any) -> None:
    with _build_goes_on("the settings"):
        settings = generator.settings
        build = _builds.begin(settings, Path(generator.output_path).absolute())
        build.blog = _blog_of(build)


def put_place(generator: Any, content: Article) -> None:
    """Let an article show the place of its button while its own page is written."""
    with _build_goes_on(content.source_path):
        build = _builds.of(generator.settings)
        if build is None or build.blog is None:
            return
        build.end_writing()
        if wants_button(content):
            thing = sign_article(build.blog, build.settings["SITEURL"], content)
            build.writing = Writing(content, thing, show_place(content, thing.place))


def put_button(path: str, context: Mapping[str, Any]) -> None:
    """Swap the place for the button in the page just written."""
    article = context.get("article")
    with _build_goes_on(getattr(article, "source_path", None) or path):
        page = Path(path).absolute()
        found = _builds.end_writing(article)
        if found is None:
            _builds.forget_page(page)
            return
        build, writing = found
        if page in build.overriding_paths:
            return  # Pelican keeps the file of the post that overrode this one
        build.thing_by_path.pop(page, None)
        if hasattr(article, "override_save_as"):
            build.overriding_paths.add(page)
        if _write_button(page, writing):
            build.thing_by_path[page] = writing.thing


def write_list(pelican: Any) -> None:
    """Write the signed list of what this run has really written."""
    with _build_goes_on(WELL_KNOWN_PATH):
        build = _builds.end(pelican.settings)
        if build is None or build.blog is None:
            return
        build.end_writing()
        _builds.hand_on(build)
        path = build.output_path / WELL_KNOWN_PATH
        path.parent.mkdir(parents=True, exist_ok=True)
        tokens = [thing.token for thing in build.things().values()]
        path.write_bytes(build.blog.list_of(tokens).encode())


def _write_button(page: Path, writing: Writing) -> bool:
    html = page.read_bytes().decode()
    with_it = with_button(html, writing.thing.place, writing.thing.button, body=writing.article.content or "")
    if with_it is None:
        log.info("flattr: no button on %s, which is no HTML page", writing.article.source_path)
        return False
    page.write_bytes(with_head_link(with_it, writing.thing.head_link).encode())
    return True


def _blog_of(build: Build) -> Blog | None:
    receiver, site_url = build.settings.get("FLATTR_URL"), build.settings.get("SITEURL")
    try:
        return Blog.from_settings(os.environ, FLATTR_URL=receiver, SITEURL=site_url)
    except MissingSettings as error:
        is_begun = receiver or "FLATTR_SITE_KEY" not in error.names
        # Pelican loads installed plugins by itself: who has set nothing wants nothing.
        _tell_once(build, logging.WARNING if is_begun else logging.INFO, f"flattr: posts have no button; {error}")
    except FlattrButtonError as error:
        _tell_once(build, logging.ERROR, f"flattr: posts have no button; {error}")
    return None


def _tell_once(build: Build, level: int, message: str) -> None:
    if message not in build.told:
        build.told.add(message)
        log.log(level, "%s", message)


@contextmanager
def _build_goes_on(source: str) -> Iterator[None]:
    """Pelican stops at an error of a plugin; a missing button is no reason for a missing blog."""
    try:
        yield
    except Exception as error:
        log.error("flattr: no button for %s: %s: %s", source, type(error).__name__, error)
