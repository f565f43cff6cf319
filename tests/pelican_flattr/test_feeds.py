"""Each entry of each feed names its button once, and is otherwise as it was."""

import io
import re

import pytest

from tests.pelican_flattr.conftest import BREAD, RECEIVER, SITE_URL, Blog, token_on, without_payment_links

POSTS = {
    "bread.md": BREAD.replace("\n\n", "\nAuthor: Carla\n\n", 1),
    "bees.md": "Title: Bees & <em>more</em>\nDate: 2026-01-03\nLang: en\n\nThey came back.\n",
    "bienen.md": "Title: Bienen\nDate: 2026-01-03\nSlug: bees-more\nLang: de\n\nSie sind wieder da.\n",
    "note.md": "Title: Note\nDate: 2026-01-04\nUrl: note:one 1.html\nSave_as: note:one 1.html\n\nA colon.\n",
    "umlaut.md": "Title: Brötchen\nDate: 2026-01-05\nSlug: brötchen\n\nKlein.\n",
    "free.md": "Title: Free\nDate: 2026-01-06\nFlattr: False\n\nNo button here.\n",
    "hidden.md": "Title: Hidden\nDate: 2026-01-07\nStatus: hidden\n\nFor friends.\n",
}
PAGES = ("bread.html", "bees-more.html", "bees-more-de.html", "note:one 1.html", "brötchen.html")
FEEDS = """
SLUGIFY_USE_UNICODE = True
FEED_ATOM, FEED_RSS = "feeds/one.atom", "feeds/one.rss"
CATEGORY_FEED_ATOM, CATEGORY_FEED_RSS = "feeds/category-{slug}.atom", "feeds/category-{slug}.rss"
AUTHOR_FEED_ATOM, AUTHOR_FEED_RSS = "feeds/author-{slug}.atom", "feeds/author-{slug}.rss"
TAG_FEED_ATOM, TAG_FEED_RSS = "feeds/tag-{slug}.atom", "feeds/tag-{slug}.rss"
TRANSLATION_FEED_ATOM, TRANSLATION_FEED_RSS = "feeds/in-{lang}.atom", "feeds/in-{lang}.rss"
"""
SETTINGS = {
    "absolute": FEEDS,
    "relative": f"{FEEDS}RELATIVE_URLS = True\n",
    "marked": f"{FEEDS}FEED_APPEND_REF = True\nRSS_FEED_SUMMARY_ONLY = True\n",
}


@pytest.fixture(scope="module", params=SETTINGS)
def pair(request, build_once) -> tuple[Blog, Blog]:
    settings = SETTINGS[request.param]
    return build_once(POSTS, settings, plugins="PLUGINS = []"), build_once(POSTS, settings)


def feeds_of(blog: Blog) -> dict[str, str]:
    return {path: text for path, text in blog.files.items() if path.endswith((".atom", ".rss"))}


def entries_of(feed: str) -> list[str]:
    return re.findall(r"<(?:entry|item)>.*?</(?:entry|item)>", feed, re.S)


def test_each_entry_names_the_button_of_its_page_once_and_is_otherwise_as_it_was(pair):
    plain, blog = pair
    url_by_title = {
        title: f"{RECEIVER}f/{token_on(blog[page])}"
        for title, page in zip(("Bread", "Bees &amp; more", "Bienen", "Note", "Brötchen"), PAGES, strict=True)
    }

    assert len(feeds_of(plain)) >= 16
    for path, text in feeds_of(plain).items():
        assert without_payment_links(blog[path]) == text
        for entry in entries_of(blog[path]):
            title = re.search("<title>(.*?)</title>", entry)[1]
            links = re.findall(r'<(?:atom:)?link [^>]*rel="payment"[^>]*>', entry)
            assert [re.search('href="(.*?)"', link)[1] for link in links] == (
                [] if title == "Free" else [url_by_title[title]]
            )
    assert all("payment" not in re.sub(r"<(entry|item)>.*</\1>", "", text) for text in feeds_of(blog).values())


def test_feedparser_reads_the_link_back_and_still_finds_the_post(pair):
    feedparser = pytest.importorskip("feedparser", reason="feedparser is not installed: make, or pip install it")
    plain, blog = pair

    for path, text in feeds_of(blog).items():
        before, after = feedparser.parse(plain[path]), feedparser.parse(text)
        assert not after.bozo
        assert [entry.link for entry in after.entries] == [entry.link for entry in before.entries]
        for entry in after.entries:
            links = [link.href for link in entry.links if link.rel == "payment"]
            assert len(links) == (entry.title != "Free")
            assert all(link.startswith(f"{RECEIVER}f/") for link in links)


def test_podcastparser_reads_the_payment_url_of_each_entry(pair):
    podcastparser = pytest.importorskip("podcastparser", reason="podcastparser is not installed: pip install it")
    _, blog = pair

    for path, text in feeds_of(blog).items():
        parsed = podcastparser.parse(f"{SITE_URL}/{path}", io.BytesIO(text.encode()))
        urls = {episode["title"]: episode.get("payment_url") for episode in parsed["episodes"]}
        assert urls
        for title, url in urls.items():
            assert (url is None) == (title == "Free"), (path, title)


def test_a_creator_may_leave_feeds_as_they_are(build):
    plain = build({"bread.md": BREAD}, plugins="PLUGINS = []")
    blog = build({"bread.md": BREAD}, "FLATTR_FEEDS = False")

    assert feeds_of(blog) == feeds_of(plain)
    assert blog.pages_with_button == {"bread.html"}


def test_a_feed_of_another_make_declares_what_it_uses(build):
    settings = """
    from feedgenerator import Rss201rev2Feed
    from pelican import writers
    class Bare(Rss201rev2Feed):
        def rss_attributes(self):
            return {"version": "2.0"}
        def add_root_elements(self, handler):
            handler.addQuickElement("title", self.feed["title"])
    writers.Rss201rev2Feed = Bare
    """

    blog = build({"bread.md": BREAD}, settings)

    (link,) = re.findall("<atom:link[^>]*>", blog["all.rss"])
    assert 'xmlns:atom="http://www.w3.org/2005/Atom"' in link
    assert token_on(blog["bread.html"]) in link
