"""A signed Flattr button under each published post of a Sphinx site, with ABlog or without it."""

import os
from fnmatch import fnmatchcase
from functools import partial
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.logging import getLogger

from flattr_button import (
    BadSiteKey,
    Blog,
    FlattrButtonError,
    MissingSettings,
    SignedThing,
    Wish,
    moment_of,
    site_key_from_environment,
    yes_or_no,
)
from flattr_button.claim import LANGUAGE
from flattr_button.things_list import WELL_KNOWN_PATH

log = getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("flattr_url", "", "html", str)
    app.add_config_value("flattr_pages", [], "html", list)
    app.add_config_value("flattr_mark_of_key", "", "html", str)
    app.connect("config-inited", _render_anew_after_a_new_key)
    app.connect("builder-inited", _open_blog)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _render_anew_after_a_new_key(_app: Sphinx, config: Config) -> None:
    try:
        key = site_key_from_environment(os.environ)
    except BadSiteKey:
        key = None  # said when the blog is opened
    config["flattr_mark_of_key"] = sha256(key.text().encode()).hexdigest()[:16] if key else ""


def _open_blog(app: Sphinx) -> None:
    if app.builder.name not in ("html", "dirhtml"):
        return
    base = app.config.html_baseurl or (app.config.values.get("blog_baseurl") and app.config.blog_baseurl)
    try:
        blog = Blog.from_settings(os.environ, flattr_url=app.config.flattr_url, html_baseurl=base)
    except MissingSettings as error:
        log.info("flattr: posts have no button; %s", error)
    except FlattrButtonError as error:
        log.error("flattr: posts have no button; %s", error)
    else:
        # Bound here, so that the key is in no setting and no pickle.
        app.connect("html-page-context", partial(_add_button, blog))
        app.connect("build-finished", partial(_write_list, blog))


def _add_button(blog: Blog, app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: Any) -> None:
    thing = None if doctree is None else _signed(blog, app, page)
    if thing is not None:
        context["body"] = f"{context['body']}\n<p>{thing.button}</p>\n"
        context["metatags"] = f"{context.get('metatags', '')}\n{thing.head_link}"


def _write_list(blog: Blog, app: Sphinx, exception: Exception | None) -> None:
    """Write the signed list of all posts, also of those that this build found unchanged."""
    if exception is None:
        things = [_signed(blog, app, page) for page in app.env.found_docs]
        path = Path(app.outdir, WELL_KNOWN_PATH)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(blog.list_of(sorted(thing.token for thing in things if thing)).encode())


def _signed(blog: Blog, app: Sphinx, page: str) -> SignedThing | None:
    """Return the signed button of a page, or None if it has none."""
    try:
        post = _post_of(app, page)
        metadata = app.env.metadata[page]
        wish = Wish.read(metadata.get("flattr"))
        if not _wants_button(app, page, post, metadata, wish):
            return None
        return blog.sign_post(
            url=f"{blog.scope}{app.builder.get_target_uri(page)}",
            title=escape(app.env.titles[page].astext()),
            language=_language_of(post, metadata) or app.config.language,
            category=next(iter(_names(post, "category")), None),
            tags=_names(post, "tags"),
            modified=moment_of(getattr(post, "update", None) or metadata.get("date")),
            wish=wish,
        )
    except FlattrButtonError as error:
        log.error("flattr: no button for %s; %s", page, error)
        return None


def _post_of(app: Sphinx, page: str) -> Any:
    """Return the post of ABlog that a page is, or None."""
    if "ablog" not in app.extensions:
        return None
    from ablog.blog import Blog as Posts

    posts = Posts(app)
    return posts[page] if page in posts else None  # noqa: SIM401 - it has no get


def _wants_button(app: Sphinx, page: str, post: Any, metadata: dict[str, Any], wish: Wish) -> bool:
    if yes_or_no(metadata.get("draft")) or (post is not None and not post.published):
        return False
    is_post = post is not None or any(fnmatchcase(page, pattern) for pattern in app.config.flattr_pages)
    return is_post if wish.wanted is None else wish.wanted


def _names(post: Any, kind: str) -> list[str]:
    return [str(label) for label in getattr(post, kind, None) or ()]


def _language_of(post: Any, metadata: dict[str, Any]) -> str | None:
    """Return the language that a post names; ABlog lets authors write anything there, such as Deutsch."""
    words = [*_names(post, "language"), str(metadata.get("language", ""))]
    return next((word for word in words if LANGUAGE.fullmatch(word)), None)
