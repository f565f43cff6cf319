"""Zensical has no plugins, but it runs Markdown extensions: this one signs a page and hands the button to the theme.

Zensical tells an extension of the page through a preprocessor, and gives the page's front matter to the templates
when the page is rendered, so the button goes there: `page.meta.flattr_button`.  Anything in the content itself would
get into search and lists.  Read in Zensical 0.0.73: `zensical/extensions/context.py`, `zensical/markdown/render.py`.
"""

import logging
import os
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from flattr_button import MARK_TAG, Blog, FlattrButtonError, looks_like_site_key, preview_button
from markdown_flattr.choice import Candidate, Choice, PathSpec
from markdown_flattr.thing import sign_page, wish_of

log = logging.getLogger(__name__)

PRIORITY: Final = -10  # behind the table of contents (5), which knows the title
BUTTON: Final = "flattr_button"
HEAD_LINK: Final = "flattr_head_link"

_STASHED: Final = re.compile("\x02[^\x03]*\x03")
_POST_DIR: Final = "{blog}/posts"


class Rendered(NamedTuple):
    """The page that Zensical is rendering, and its configuration."""

    page: Any
    config: Mapping[str, Any]


def rendered_by_zensical(md: Markdown) -> Rendered | None:
    for processor in md.preprocessors:
        if type(processor).__name__ == "ContextPreprocessor" and type(processor).__module__.startswith("zensical."):
            return Rendered(processor.page, processor.config)  # type: ignore[attr-defined]
    return None


class SigningProcessor(Treeprocessor):
    """Signs the page of Zensical that was just read."""

    def __init__(self, md: Markdown, options: Mapping[str, Any]) -> None:
        super().__init__(md)
        self.options = options

    def run(self, root: Element) -> None:
        rendered = rendered_by_zensical(self.md)
        assert rendered is not None
        is_marked = _take_marks(root)
        try:
            if self.options["receiver"] and _wants_button(rendered, choice_of(self.options), is_marked=is_marked):
                self._put_button(rendered, root)
        except Exception as error:  # a missing button is no reason for a missing site
            _tell_once(f"no button for {rendered.page.path}: {type(error).__name__}: {error}")

    def _put_button(self, rendered: Rendered, root: Element) -> None:
        page, config = rendered
        if looks_like_site_key(self.options["receiver"]):
            _tell_once("ignored receiver, which is a site key; set FLATTR_SITE_KEY in the environment instead")
            return
        language = str(page.meta.get("lang") or config.get("theme", {}).get("language") or "")
        if "serve" in sys.argv[1:]:  # Zensical tells an extension nothing of the command
            page.meta[BUTTON] = str(preview_button(language, self.options["look"]))
            return
        blog = _blog_of(self.options, config)
        if blog is not None:
            title = self._title_of(page, root)
            thing = sign_page(blog, page.meta, url=urljoin(blog.scope, page.url), title=title, language=language)
            page.meta.update({BUTTON: str(thing.button), HEAD_LINK: str(thing.head_link)})

    def _title_of(self, page: Any, root: Element) -> str:
        """Return the title as Zensical finds it: of the navigation, the front matter, the first heading, the file."""
        told = getattr(page, "title_override", None) or page.meta.get("title")
        if told:
            return str(told)
        headings = [token["name"] for token in getattr(self.md, "toc_tokens", []) if token["level"] == 1]
        if not headings:
            headings = [_STASHED.sub("", "".join(heading.itertext())) for heading in root.iter("h1")]
        return str(headings[0] if headings else page.title or "")


def _take_marks(root: Element) -> bool:
    """Take the places of the button out of a page, where nobody would fill them; tell whether there were any."""
    marked = [(parent, mark) for parent in root.iter() for mark in parent if mark.tag == MARK_TAG]
    for parent, mark in marked:
        parent.remove(mark)
    return bool(marked)


def choice_of(options: Mapping[str, Any]) -> Choice:
    return Choice(
        pages=_spec(options["pages"]),
        exclude=_spec(options["exclude"]),
        **{name: options[name] for name in ("categories", "tags", "exclude_categories", "exclude_tags")},
    )


def _wants_button(rendered: Rendered, choice: Choice, *, is_marked: bool) -> bool:
    path, meta, blogs = rendered.page.path, rendered.page.meta, _blogs_of(rendered.config)
    is_list = any(path == _joined(_folder(blog), "index.md") for blog in blogs)
    candidate = Candidate(
        path=path,
        meta=meta,
        is_post=any(PurePosixPath(path).is_relative_to(_folder_of_posts(blog)) for blog in blogs),
        is_generated=is_list or not Path(str(rendered.config.get("docs_dir", "")), path).is_file(),
        is_marked=is_marked,
    )
    return choice.takes(candidate, wish_of(meta), has_blog=bool(blogs))


def _blogs_of(config: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = config.get("plugins", {}).get("blogs", {}).get("config", [])
    return [blog["config"] for blog in listed if blog["config"].get("enabled", True)]


def _folder(blog: Mapping[str, Any]) -> str:
    return str(blog.get("blog_dir") or "blog").strip("/")


def _folder_of_posts(blog: Mapping[str, Any]) -> str:
    written = str(blog.get("post_dir") or _POST_DIR)
    return _joined(written.replace("{blog}", _folder(blog)))


def _joined(*parts: str) -> str:
    return PurePosixPath(*parts).as_posix()


@cache
def _spec(lines: str) -> PathSpec | None:
    if not lines.strip():
        return None
    from pathspec.gitignore import GitIgnoreSpec  # only Zensical needs it here, and brings it along

    return GitIgnoreSpec.from_lines(lines.splitlines())


def _blog_of(options: Mapping[str, Any], config: Mapping[str, Any]) -> Blog | None:
    site_url = options["canonical_url"] or config.get("site_url")
    try:
        return Blog.from_settings(os.environ, look=options["look"], receiver=options["receiver"], site_url=site_url)
    except FlattrButtonError as error:
        _tell_once(f"posts have no button; {error}")
        return None


@cache
def _tell_once(message: str) -> None:
    log.warning("flattr: %s", message)
