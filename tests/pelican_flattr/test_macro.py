"""A theme may put the button by itself: `{{ flattr_button(article) }}`."""

import pytest

from tests.pelican_flattr.conftest import BREAD, BUTTON, claims_of, said, token_on
from tests.pelican_flattr.test_placement import CAST, PUBLISHED

MACROS = "{% macro corner(post) %}<aside>{{ flattr_button(post) }}</aside>{% endmacro %}"
HEAD = '{% import "macros.html" as macros %}<html><head></head><body>'
THEME = {
    "macros.html": MACROS,
    "article.html": HEAD + "{{ article.content }}{{ macros.corner(article) }}</body></html>",
    "page.html": HEAD + "{{ page.content }}{{ flattr_button(page) }}</body></html>",
    "index.html": "{% for post in articles %}{{ flattr_button(post, look='text') }}{% endfor %}"
    "{% for post in drafts + hidden_articles %}{{ flattr_button(post) }}{% endfor %}"
    "[{{ flattr_button(nothing) }}]{{ 'flattr' is plugin_enabled }}",
}


@pytest.fixture(scope="module")
def blog(build_once):
    return build_once(CAST, theme=THEME)


def test_on_its_own_page_the_button_of_the_theme_is_the_only_one(blog):
    for path in PUBLISHED:
        assert blog[path].count(BUTTON) == 1
        assert f"<aside>{BUTTON}" in blog[path]
        assert "flattr-place" not in blog[path]
        assert blog[path].count('<link rel="payment"') == 1
    assert set(blog.claims) == PUBLISHED


def test_on_an_index_page_there_is_what_the_theme_asks_for(blog):
    assert blog["index.html"].count(BUTTON) == 2  # bread and bees; their translation is no post of its own
    assert token_on(blog["bread.html"]) in blog["index.html"]
    assert "<svg" not in blog["index.html"]
    assert blog["index.html"].endswith("[]True")
    assert not said(blog, "ERROR")


def test_what_has_no_button_gives_the_theme_nothing(blog):
    for path in ("drafts/draft.html", "hidden.html", "free.html", "pages/about.html"):
        assert "flattr-button" not in blog[path]
        assert "payment" not in blog[path]


def test_pages_have_one_if_the_creator_wants_it(build):
    blog = build(CAST, "FLATTR_PAGES = True", theme=THEME)

    assert blog["pages/about.html"].count(BUTTON) == 1
    assert blog["pages/about.html"].endswith("</a></body></html>")


def test_a_theme_puts_all_buttons_if_they_are_put_by_hand(build):
    blog = build(CAST, "FLATTR_POSITION = 'manual'", theme=THEME)

    assert all(f"<aside>{BUTTON}" in blog[path] and blog[path].count(BUTTON) == 1 for path in PUBLISHED)


@pytest.mark.parametrize("theme", [{"article.html": "{% set x = flattr_button(article) %}<body>{{ article.content }}"}])
def test_a_theme_that_asks_and_shows_nothing_keeps_the_automatic_button(build, theme):
    blog = build({"bread.md": BREAD}, theme=theme)

    assert blog["bread.html"].count(BUTTON) == 1


@pytest.mark.parametrize(("key", "settings"), [(None, ""), ("hunter2", "")])
def test_without_a_key_the_theme_still_renders(build, key, settings):
    blog = build(CAST, settings, theme=THEME, key=key)

    assert blog.exit_code == 0
    assert not blog.pages_with_button
    assert blog["bread.html"].endswith("<aside></aside></body></html>")


def test_a_look_that_is_none_is_one_error_with_its_remedy_and_no_broken_page(build):
    blog = build({"bread.md": BREAD}, theme={"index.html": "[{{ flattr_button(articles[0], look='huge') }}]"})

    assert blog["index.html"] == "[]"
    assert "standard, compact, text" in said(blog, "ERROR")[0]
    assert [claim.title for claim in claims_of(blog.files)] == ["Bread"]


def test_a_macro_of_that_name_by_the_creator_stays_theirs(build):
    settings = "JINJA_GLOBALS = {'flattr_button': lambda article: 'mine'}"

    blog = build({"bread.md": BREAD}, settings, theme={"index.html": "{{ flattr_button(articles[0]) }}"})

    assert blog["index.html"] == "mine"
