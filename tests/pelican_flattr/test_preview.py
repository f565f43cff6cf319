"""Before a blog is published, its author sees where the buttons come; nothing is signed."""

import pytest

from tests.pelican_flattr.conftest import BREAD, KEY, said
from tests.pelican_flattr.test_macro import THEME
from tests.pelican_flattr.test_placement import CAST, PUBLISHED


@pytest.mark.parametrize(
    ("site_url", "key", "level", "why"),
    [
        ("", None, "INFO", "SITEURL is not set"),
        ("", KEY, "WARNING", "SITEURL is not set"),  # a key says that the blog is to be published
        ("http://localhost:8000", KEY, "INFO", "SITEURL is http://localhost:8000"),
        ("http://127.0.0.1:8000/blog", None, "INFO", "SITEURL is http://127.0.0.1:8000/blog"),
    ],
)
def test_a_blog_without_an_address_shows_previews_and_signs_nothing(build, site_url, key, level, why):
    plain = build(CAST, plugins="PLUGINS = []", site_url=site_url, key=None)
    blog = build(CAST, site_url=site_url, key=key)

    assert blog.pages_with_button == PUBLISHED
    assert all(blog[path].count("flattr-preview") == 1 for path in PUBLISHED)
    assert blog.files.keys() == plain.files.keys(), "no list"
    assert all(text == plain[path] for path, text in blog.files.items() if path not in PUBLISHED)
    assert not any("/f/" in text or 'rel="payment' in text for text in blog.files.values())
    (message,) = said(blog, level)
    assert why in message


def test_a_preview_is_where_the_button_will_be(build):
    theme = {"article.html": "<body>{{ article.content }}"}

    blog = build({"bread.md": BREAD}, "FLATTR_POSITION = 'before'", site_url="", theme=theme)

    assert blog["bread.html"].startswith('<body><p><a class="flattr-preview flattr-button"')
    assert blog["bread.html"].endswith("</a></p>\n<p>Flour and water.</p>")


def test_a_theme_shows_previews_too(build):
    blog = build(CAST, theme=THEME, site_url="")

    assert all(blog[path].count("flattr-preview") == 1 for path in PUBLISHED)
    assert blog["index.html"].count("flattr-preview") == 2
    assert "<svg" not in blog["index.html"], "in the look that the theme asks for"


def test_with_a_receiver_on_the_same_machine_the_buttons_are_signed(build):
    settings = "FLATTR_URL = 'http://127.0.0.1:8000'"

    blog = build(CAST, settings, site_url="http://localhost:8001", key=KEY)

    assert all('href="http://127.0.0.1:8000/f/' in blog[path] for path in PUBLISHED)
    assert ".well-known/flattr.json" in blog.files
