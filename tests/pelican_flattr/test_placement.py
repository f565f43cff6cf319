"""Each published post has one button on its own page, in any theme, and nothing else has one."""

import re

import pytest

from tests.pelican_flattr.conftest import BREAD, BUTTON, SITE_URL, claims_of, token_on, without_payment_links

CAST = {
    "bread.md": BREAD,
    "bees.md": "Title: Bees & more\nDate: 2026-01-03\nModified: 2026-02-03 10:00\nLang: en\n\nThey came back.\n",
    "bienen.md": "Title: Bienen\nDate: 2026-01-03\nSlug: bees-more\nLang: de\n\nSie sind wieder da.\n",
    "draft.md": "Title: Draft\nDate: 2026-01-04\nStatus: draft\n\nNot yet.\n",
    "hidden.md": "Title: Hidden\nDate: 2026-01-05\nStatus: hidden\n\nFor friends.\n",
    "free.md": "Title: Free\nDate: 2026-01-06\nFlattr: False\n\nNo button here.\n",
    "pages/about.md": "Title: About\n\nI am Carla.\n",
}
PUBLISHED = {"bread.html", "bees-more.html", "bees-more-de.html"}

META_THEME = """<html><head><meta name="description" content="{{ article.content|striptags }}">
<meta property="og:description" content="{{ article.summary|striptags }}">
<meta name="raw" content="{{ article.content|e }}"><title>{{ article.title }}</title>
<script type="application/ld+json">{"articleBody": {{ article.content|tojson }}}</script></head>
<body><!-- {{ article.content }} --><div data-body='{{ article.content }}'></div>
<script>var body = {{ article.content|tojson }};</script>
<template>{{ article.content }}</template><main>{{ article.content }}</main><aside>{{ article.content }}</aside>
<footer>{{ article.summary }}</footer></body></html>"""
BYPASSING_THEME = "<html><head></head><body><div>{{ article._content }}</div><p>end</p></body></html>"
SILENT_THEME = (
    "<html><body><article><article>a comment</article>{{ article.title }}</article>"
    "<article>next</article></body></html>"
)


@pytest.mark.parametrize("theme", ["simple", "notmyidea"])
def test_each_published_post_has_one_button_and_nothing_else_changes(build, theme):
    settings = f"THEME = {theme!r}\nSUMMARY_MAX_LENGTH = None"

    plain = build(CAST, settings, plugins="PLUGINS = []")
    blog = build(CAST, settings)

    assert blog.pages_with_button == PUBLISHED
    assert blog.files.keys() - plain.files.keys() == {".well-known/flattr.json"}
    for path, text in plain.files.items():
        if path in PUBLISHED:
            assert blog[path].count(BUTTON) == 1
            without = re.sub(r"\n<p><a class=.flattr-button.*?</a></p>", "", blog[path], flags=re.S)
            assert re.sub("<link rel=.payment.*?>\n", "", without) == text
        else:
            assert without_payment_links(blog[path]) == text


def test_the_claim_says_what_the_post_says(build):
    blog = build(CAST)

    bread, bees, bienen = (blog.claims[path] for path in ("bread.html", "bees-more.html", "bees-more-de.html"))
    assert (bread.title, bread.category, bread.tags, bread.language) == ("Bread", "Kitchen", ("rye", "oven"), "en")
    assert bread.modified == 1767312000  # 2026-01-02T00:00Z, the date of the post
    assert bees.title == "Bees & more"
    assert bees.modified == 1770112800  # 2026-02-03T10:00Z, its last change
    assert (bienen.title, bienen.language) == ("Bienen", "de")
    assert "Diesen Beitrag flattrn" in blog["bees-more-de.html"]
    assert (bread.original, bees.original, bienen.original) == (None, None, f"{SITE_URL}/bees-more.html")


def test_the_head_names_the_same_address_as_the_button(build):
    blog = build({"bread.md": BREAD})

    head = blog["bread.html"].partition("</head>")[0]
    assert (
        f'<link rel="payment" type="text/html" href="https://flattr.example/f/{token_on(blog["bread.html"])}">' in head
    )


def test_the_list_holds_the_tokens_of_the_pages(build):
    blog = build(CAST)

    assert set(blog.claims) == PUBLISHED
    assert all(token_on(blog[path]) in blog[".well-known/flattr.json"] for path in PUBLISHED)


def test_a_theme_that_prints_the_content_everywhere_still_has_one_button(build):
    blog = build({"bread.md": BREAD}, theme={"article.html": META_THEME})

    page = blog["bread.html"]
    assert page.count("flattr-button") == page.count("Flattr this") == 1
    assert page.index("<main>") < page.index(BUTTON) < page.index("</main>")
    assert "flattr-place" not in page
    assert page.count('rel="payment"') == 1


def test_a_theme_that_bypasses_the_content_has_the_button_after_the_body(build):
    blog = build({"bread.md": BREAD}, theme={"article.html": BYPASSING_THEME})

    assert f"<p>Flour and water.</p><p>{BUTTON}" in blog["bread.html"]


def test_a_theme_that_prints_no_content_has_the_button_at_the_end_of_the_article(build):
    blog = build({"bread.md": BREAD}, theme={"article.html": SILENT_THEME})

    assert f"Bread<p>{BUTTON}" in blog["bread.html"]
    assert blog["bread.html"].count(BUTTON) == 1


def test_a_page_that_is_no_html_has_no_button_and_is_on_no_list(build):
    blog = build({"bread.md": BREAD}, theme={"article.html": "{{ article.title }}: {{ article._content|striptags }}"})

    assert blog["bread.html"] == "Bread: Flour and water."
    assert not blog.claims


def test_a_post_without_text_has_a_button(build):
    blog = build({"bread.md": "Title: Bread\nDate: 2026-01-02\n\n"})

    assert blog["bread.html"].count(BUTTON) == 1


def test_posts_shown_on_the_page_of_another_bring_no_button_along(build):
    neighbours = (
        "<html><head></head><body>{{ article.content }}{% for other in articles %}{{ other.content }}{% endfor %}"
    )

    blog = build(CAST, theme={"article.html": neighbours + "</body></html>"})

    assert blog.pages_with_button == PUBLISHED
    assert all(blog[path].count(BUTTON) == 1 for path in PUBLISHED)


@pytest.mark.parametrize("settings", ["", "MARKDOWN = {'extension_configs': {'flattr': {}}}"])
def test_the_example_of_a_mark_in_code_stays_text(build, settings):
    code = "Title: Bread\nDate: 2026-01-02\n\nWrite `[flattr]` so:\n\n    [flattr]\n\nEnd.\n"

    blog = build({"bread.md": code}, settings)

    assert "<code>[flattr]</code>" in blog["bread.html"]
    assert f"<p>End.</p>\n<p>{BUTTON}" in blog["bread.html"]


def test_the_mark_of_the_author_wins_over_the_automatic_place(build):
    marked = "Title: Bread\nDate: 2026-01-02\n\nFirst.\n\n[flattr]\n\nSecond.\n\n[flattr]\n\nThird.\n"

    blog = build({"bread.md": marked}, "MARKDOWN = {'extension_configs': {'flattr': {}}}")

    assert blog["bread.html"].count(BUTTON) == 1
    assert re.search(f"<p>First.</p>\n<p>{BUTTON}.*</a></p><p>Second.</p>\n<p>Third.</p>", blog["bread.html"], re.S)
    assert "[flattr]" not in "".join(blog.files.values())
    assert "flattr-place" not in blog["bread.html"]


def test_the_mark_works_in_restructured_text_as_raw_html(build):
    raw = (
        "Bread\n#####\n\n:date: 2026-01-02\n\nFirst.\n\n.. raw:: html\n\n   <flattr-place></flattr-place>\n\nSecond.\n"
    )

    blog = build({"bread.rst": raw})

    assert re.search(f"<p>First.</p>\n<p>{BUTTON}.*</a></p><p>Second.</p>", blog["bread.html"], re.S)


def test_a_post_with_a_mark_that_is_left_out_shows_nothing(build):
    marked = "Title: Bread\nDate: 2026-01-02\nFlattr: no\n\nFirst.\n\n[flattr]\n"

    blog = build({"bread.md": marked}, "MARKDOWN = {'extension_configs': {'flattr': {}}}")

    assert "[flattr]" not in blog["bread.html"]
    assert not blog.pages_with_button


@pytest.mark.parametrize(
    ("settings", "path", "url"),
    [
        ("RELATIVE_URLS = True\nARTICLE_URL = ARTICLE_SAVE_AS = 'a/b/{slug}.html'", "a/b/brod.html", "a/b/brod.html"),
        ("ARTICLE_URL = 'p/{slug}/'\nARTICLE_SAVE_AS = 'p/{slug}/index.html'", "p/brod/index.html", "p/brod/"),
        ("SLUGIFY_USE_UNICODE = True", "bröd.html", "br%C3%B6d.html"),
        ("ARTICLE_URL = 'note:{slug} 1.html'\nARTICLE_SAVE_AS = ARTICLE_URL", "note:brod 1.html", "note:brod%201.html"),
    ],
)  # fmt: skip
def test_the_address_is_absolute_and_canonical(build, settings, path, url):
    blog = build({"bread.md": BREAD.replace("Title: Bread", "Title: Bröd")}, settings)

    assert blog[path].count(BUTTON) == 1
    assert set(blog.claims) == {url}


def test_a_site_below_a_path_signs_below_it(build):
    blog = build({"bread.md": BREAD}, site_url=f"{SITE_URL}/notes/")

    assert [claim.url for claim in claims_of(blog.files, scope=f"{SITE_URL}/notes/")] == [
        f"{SITE_URL}/notes/bread.html"
    ]
