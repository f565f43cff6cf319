"""A signed Flattr button under each published post of a Sphinx site, with ABlog or without it."""

import os
from fnmatch import fnmatchcase
from functools import partial
from hashlib import sha256
from html import escape
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.logging import getLogger

from flattr_button import Blog, FlattrButtonError, MissingSettings, Wish, moment_of, yes_or_no
from flattr_button.claim import LANGUAGE

log = getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("flattr_url", "", "html", str)
    app.add_config_value("flattr_pages", [], "html", list)
    app.add_config_value("flattr_mark_of_key", "", "html", str)
    app.connect("config-inited", _render_anew_after_a_new_key)
    app.connect("builder-inited", _open_blog)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _render_anew_after_a_new_key(_app: Sphinx, config: Config) -> None:
    key = os.environ.get("FLATTR_SITE_KEY") or os.environ.get("FLATTR_SITE_KEY_FILE") or ""
    config["flattr_mark_of_key"] = sha256(key.encode()).hexdigest()[:16] if key else ""


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
        # Late, so that ABlog has spoken; and bound here, so that the key is in no setting and no pickle.
        app.connect("html-page-context", partial(_add_button, blog), priority=900)


def _add_button(blog: Blog, app: Sphinx, page: str, _template: str, context: dict[str, Any], doctree: Any) -> None:
    if doctree is None:
        return
    try:
        post = _post_of(page, context)
        metadata = app.env.metadata[page]
        wish = Wish.read(metadata.get("flattr"))
        if not _wants_button(app, page, post, metadata, wish):
            return
        thing = blog.sign_post(
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
        return
    context["body"] = f"{context['body']}\n<p>{thing.button}</p>\n"
    context["metatags"] = f"{context.get('metatags', '')}\n{thing.head_link}"


def _post_of(page: str, context: dict[str, Any]) -> Any:
    """Return the post of ABlog that a page is, or None."""
    posts = context.get("ablog")
    return posts[page] if posts is not None and page in posts else None


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
