"""The state of one run of Pelican; a site in several languages has a run inside of a run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flattr_button import Blog, OutsideScope, SignedThing, button_url, is_in_scope
from pelican_flattr.article import absolute_url, original_of, preview_article, sign_article, wants_button
from pelican_flattr.choice import Article
from pelican_flattr.feed import address_of, articles_in_feeds, canonical_or_none
from pelican_flattr.options import Options


@dataclass(slots=True)
class Writing:
    """The article whose file is being written, and the way back to how the article was."""

    article: Article
    thing: SignedThing
    way_back: Callable[[], None]
    is_placed_by_theme: bool = False


@dataclass(slots=True)
class Build:
    """One run: its settings and context, which name it; its blog, if it can sign; and what it has written so far."""

    settings: Any
    context: Any
    output_path: Path
    told: set[str]
    outer: "Build | None" = None
    options: Options = field(default_factory=Options)
    blog: Blog | None = None
    is_preview: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    writing: Writing | None = None
    listed_by_path: dict[Path, SignedThing] = field(default_factory=dict)
    overriding_paths: set[Path] = field(default_factory=set)
    _thing_by_id: dict[int, tuple[Article, SignedThing | None]] = field(default_factory=dict)
    _url_by_id: dict[int, tuple[Article, str]] = field(default_factory=dict)
    _article_by_address: dict[str, Article] | None = None

    @property
    def has_buttons(self) -> bool:
        return self.blog is not None or self.is_preview

    def thing_of(self, article: Article) -> SignedThing | None:
        """Return the thing of an article or page, signed when first asked for; None if it has no button.

        What is wrong with an article is raised the first time only; from then on it has no button.
        """
        key = id(article)
        if key not in self._thing_by_id:
            self._thing_by_id[key] = article, None
            self._thing_by_id[key] = article, self._new_thing(article)
        return self._thing_by_id[key][1]

    def url_of(self, article: Article) -> str:
        """Return the address of an article or page; Pelican would format it anew at each look."""
        if id(article) not in self._url_by_id:
            self._url_by_id[id(article)] = article, absolute_url(self.settings["SITEURL"], article.url)
        return self._url_by_id[id(article)][1]

    def article_of(self, link: str) -> Article | None:
        """Return the article to which a link of a feed leads."""
        if self._article_by_address is None:
            articles = articles_in_feeds(self.context)
            self._article_by_address = {
                address: article
                for article in articles
                if (address := canonical_or_none(self.url_of(article))) is not None
            }
        address = address_of(link, self.settings["SITEURL"])
        return None if address is None else self._article_by_address.get(address)

    def button_url_of(self, article: Article) -> str | None:
        thing = self.thing_of(article)
        return None if thing is None or self.blog is None else button_url(self.blog.receiver, thing.token)

    def end_writing(self) -> Writing | None:
        """Give the article back as it was."""
        writing, self.writing = self.writing, None
        if writing is not None:
            writing.way_back()
        return writing

    def listed(self, blog: Blog) -> Iterator[SignedThing]:
        """Yield the things in the scope of a blog whose pages are there, in the order of writing."""
        for path, thing in self.listed_by_path.items():
            if path.is_file() and is_in_scope(thing.url, blog.scope):
                yield thing

    def _new_thing(self, article: Article) -> SignedThing | None:
        if not wants_button(article, self.options):
            return None
        if self.blog is None:
            return preview_article(article, self.options) if self.is_preview else None
        try:
            return self._signed(article, self.blog)
        except OutsideScope:
            if self.outer is None or self.outer.blog is None:
                raise
            return self._signed(article, self.outer.blog)  # feeds of one language show posts of all

    def _signed(self, article: Article, blog: Blog) -> SignedThing:
        language = self.context.get("main_lang") or self.settings.get("DEFAULT_LANG")  # the former is of i18n_subsites
        original = original_of(article, language)
        return sign_article(
            blog,
            article,
            self.options,
            url=self.url_of(article),
            original=None if original is None else self.url_of(original),
            counts=self.counts,
        )


class Builds:
    """All runs that have begun and not ended."""

    def __init__(self) -> None:
        self._builds: list[Build] = []

    def begin(self, settings: Any, context: Any, output_path: Path) -> Build:
        """Begin a run; one for the same output, which an error has ended before, is forgotten."""
        self._builds = [build for build in self._builds if build.output_path != output_path]
        outer = self._around(output_path)
        build = Build(settings, context, output_path, told=set() if outer is None else outer.told, outer=outer)
        self._builds.append(build)
        return build

    def of_context(self, context: Any) -> Build | None:
        """Return the run to which a generator or a feed belongs: all of a run share one context."""
        return next((build for build in self._builds if build.context is context), None)

    def end(self, settings: Any) -> Build | None:
        """Return the run of these settings, which has ended."""
        ended = next((build for build in self._builds if build.settings is settings), None)
        self._builds = [build for build in self._builds if build is not ended]
        return ended

    def end_writing(self, context: Mapping[str, Any]) -> tuple[Build, Writing] | None:
        """Return the run that was writing the page of the article or page in this context of a template."""
        shown = context.get("article"), context.get("page")
        for build in self._builds:
            if build.writing is not None and any(build.writing.article is content for content in shown):
                writing = build.end_writing()
                assert writing is not None
                return build, writing
        return None

    def forget_page(self, path: Path) -> None:
        """Drop the thing whose page was overwritten by another."""
        for build in self._builds:
            build.listed_by_path.pop(path, None)

    def hand_on(self, build: Build) -> None:
        """Put what an inner run has written also on the list of the site around it."""
        if build.outer is not None:
            build.outer.listed_by_path.update(build.listed_by_path)

    def _around(self, output_path: Path) -> Build | None:
        around = [build for build in self._builds if build.output_path in output_path.parents]
        return max(around, key=lambda build: len(build.output_path.parts), default=None)
