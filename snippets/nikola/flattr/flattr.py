"""A signed Flattr button under each published post of a Nikola site."""

import os
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from blinker import signal
from nikola.plugin_categories import Task
from nikola.utils import config_changed, get_logger

from flattr_button import Blog, FlattrButtonError, MissingSettings, SignedThing, Wish, with_button, with_head_link
from flattr_button.things_list import WELL_KNOWN_PATH

log = get_logger("flattr")


class Flattr(Task):
    """Renders the page of a post with a place for its button, and puts the button there when the page is written.

    Nikola reads each page again with lxml before it writes it, which would spell the button in another way.
    """

    name = "flattr"
    sign: Any = None

    def set_site(self, site: Any) -> None:
        super().set_site(site)
        signal("configured").connect(self._open_blog)

    def _open_blog(self, site: Any) -> None:
        if not site.configured:
            return
        settings = {name: site.config.get(name) for name in ("FLATTR_URL", "SITE_URL")}
        site.GLOBAL_CONTEXT["flattr_mark"] = ""
        try:
            blog = Blog.from_settings(os.environ, **settings)
        except MissingSettings as error:
            log.info("posts have no button; %s", error)
        except FlattrButtonError as error:
            log.error("posts have no button; %s", error)
        else:
            # Nikola renders anew what depends on a changed value: also after a new key.
            mark = sha256(f"{blog.key.text()} {blog.receiver}".encode()).hexdigest()[:16]
            site.GLOBAL_CONTEXT["flattr_mark"] = mark
            self.blog, self.sign = blog, partial(_sign, blog)
            templates = site.template_system
            templates.render_template = partial(_render_with_place, self.sign, templates.render_template)
            site.render_template = partial(_write_with_button, self.sign, site.render_template)

    def gen_tasks(self) -> Iterator[dict[str, Any]]:
        """Yield what writes the signed list of all posts."""
        yield self.group_task()
        if self.sign is not None:
            text = self.blog.list_of(sorted({thing.token for thing in self._things()}))
            path = Path(self.site.config["OUTPUT_FOLDER"], WELL_KNOWN_PATH)
            yield {
                "basename": self.name,
                "name": str(path),
                "targets": [str(path)],
                "actions": [(_write, [path, text])],
                "uptodate": [config_changed({"list": text}, "flattr")],
                "clean": True,
            }

    def _things(self) -> Iterator[SignedThing]:
        self.site.scan_posts()
        shows_all = self.site.config["SHOW_UNTRANSLATED_POSTS"]
        for post in self.site.timeline:
            for lang in self.site.config["TRANSLATIONS"]:
                if not shows_all and not post.is_translation_available(lang):
                    continue
                thing = self.sign({"post": post, "lang": lang, "pagekind": ["post_page"]})
                if thing is not None:
                    yield thing


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _render_with_place(sign: Any, render: Any, name: str, output: str | None, context: dict[str, Any]) -> Any:
    page = render(name, output, context)
    thing = sign(context)
    if thing is None:
        return page
    body = context["post"].text(lang=context["lang"])
    return with_button(page, thing.place, thing.place, body=body) or page


def _write_with_button(sign: Any, render: Any, name: str, output: str | None, context: Any, *further: Any) -> Any:
    page = render(name, output, context, *further)
    thing = sign(context, says_why=True)
    if thing is not None and output is not None:
        path = Path(output)
        with_it = with_button(path.read_text("utf-8"), thing.place, str(thing.button), position="manual")
        if with_it is not None:
            path.write_bytes(with_head_link(with_it, str(thing.head_link)).encode())
    return page


def _sign(blog: Blog, context: dict[str, Any], *, says_why: bool = False) -> SignedThing | None:
    """Return the signed button of the page that is rendered, or None if it is no post or is not to have one."""
    post, lang = context.get("post"), context["lang"]
    if post is None or not {"post_page", "story_page"}.intersection(context.get("pagekind", ())):
        return None
    try:
        wish = Wish.read(post.meta("flattr", lang=lang))
        if not _wants_button(post, wish):
            return None
        spoken = lang if post.is_translation_available(lang) else post.default_lang
        return blog.sign_post(
            url=post.permalink(lang, absolute=True),
            title=escape(post.title(spoken)),
            language=spoken,
            category=post.meta("category", lang=spoken),
            tags=post.tags_for_language(spoken),
            modified=post.updated,
            original=post.permalink(post.default_lang, absolute=True),
            wish=wish,
        )
    except FlattrButtonError as error:
        if says_why:
            log.error("no button for %s; %s", post.source_path, error)
        return None


def _wants_button(post: Any, wish: Wish) -> bool:
    if post.is_draft or post.is_private or post.publish_later:
        return False
    return post.is_post if wish.wanted is None else wish.wanted
