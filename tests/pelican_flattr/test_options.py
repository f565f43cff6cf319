"""What the creator chooses for all posts, and the author for one."""

import re

import pytest

from flattr_button import Claim, SiteOfToken, verify
from tests.pelican_flattr.conftest import BREAD, BUTTON, KEY, SITE_URL, said, token_on

POSTS = {
    "bread.md": BREAD,
    "bees.md": "Title: Bees\nDate: 2026-01-03\nCategory: Garden Notes\nTags: Honey\n\nThey came back.\n",
    "notes/rust.md": "Title: Rust\nDate: 2026-01-04\nTags: iron\n\nOn the gate.\n",
    "notes/old/gate.md": "Title: Gate\nDate: 2026-01-05\nFlattr: yes\n\nIt squeaks.\n",
    "hidden.md": "Title: Hidden\nDate: 2026-01-06\nStatus: hidden\n\nFor friends.\n",
    "pages/about.md": "Title: About\nCategory: Self\n\nI am Carla.\n",
    "pages/imprint.md": "Title: Imprint\nFlattr: no\n\nLaw.\n",
    "pages/secret.md": "Title: Secret\nStatus: hidden\n\nFor friends.\n",
    "pages/draft.md": "Title: Page draft\nStatus: draft\n\nNot yet.\n",
    "draft.md": "Title: Draft\nDate: 2026-01-07\nStatus: draft\nFlattr: yes\n\nNot yet.\n",
}
ARTICLES = {"bread.html", "bees.html", "rust.html", "gate.html"}
BODY = "<p>Flour and water.</p>"


@pytest.mark.parametrize(
    ("settings", "pages"),
    [
        ("", ARTICLES),
        ("FLATTR_PAGES = True", ARTICLES | {"pages/about.html"}),
        ("FLATTR_HIDDEN_POSTS = 'yes'", ARTICLES | {"hidden.html"}),
        (
            "FLATTR_PAGES = FLATTR_HIDDEN_POSTS = True",
            ARTICLES | {"hidden.html", "pages/about.html", "pages/secret.html"},
        ),
        ("FLATTR_INCLUDE = {'category': ['kitchen']}", {"bread.html", "gate.html"}),
        ("FLATTR_INCLUDE = {'category': 'garden-notes', 'tag': 'IRON'}", {"bees.html", "rust.html", "gate.html"}),
        ("FLATTR_EXCLUDE = {'tag': ['rye', 'honey']}", {"rust.html", "gate.html"}),
        ("FLATTR_EXCLUDE = {'path': ['notes/*']}", {"bread.html", "bees.html", "gate.html"}),
        ("FLATTR_INCLUDE = {'path': 'notes/*, b*.md'}\nFLATTR_EXCLUDE = {'tag': 'iron'}", ARTICLES - {"rust.html"}),
    ],
)  # fmt: skip
def test_the_creator_chooses_and_the_author_has_the_last_word(build, settings, pages):
    blog = build(POSTS, settings)

    assert blog.pages_with_button == pages
    assert all(blog[page].count(BUTTON) == 1 for page in pages)
    hidden = {"hidden.html", "pages/secret.html"}
    assert set(blog.claims) == pages - hidden, "the list is public, so nothing hidden is on it"


def test_a_page_is_signed_as_it_is_and_a_hidden_post_is_hidden_from_the_directory(build):
    blog = build(POSTS, "FLATTR_PAGES = FLATTR_HIDDEN_POSTS = True\nFLATTR_EXCLUDE = {}")

    about = blog.claims["pages/about.html"]
    assert (about.title, about.category, about.tags, about.modified) == ("About", None, (), None)
    assert not about.hidden
    assert claim_on(blog["hidden.html"]).hidden
    assert claim_on(blog["pages/secret.html"]).hidden


def claim_on(page: str) -> Claim:
    return verify(token_on(page), lambda *_: SiteOfToken(KEY.secret, f"{SITE_URL}/"))


@pytest.mark.parametrize(
    ("position", "form"),
    [
        ("after", f"{BODY}\\s*<p>{BUTTON}[^§]*</a></p>"),
        ("before", f"<p>{BUTTON}[^§]*</a></p>\\s*{BODY}"),
        ("BOTH", f"<p>{BUTTON}[^§]*</a></p>\\s*{BODY}\\s*<p>{BUTTON}[^§]*</a></p>"),
    ],
)
@pytest.mark.parametrize("field", ["content", "_content"])
def test_the_button_is_where_the_creator_wants_it(build, position, form, field):
    theme = {"article.html": f"<html><head></head><body><main>§{{{{ article.{field} }}}}§</main></body></html>"}

    blog = build({"bread.md": BREAD}, f"FLATTR_POSITION = {position!r}", theme=theme)

    between = blog["bread.html"].split("§")[1]
    assert re.fullmatch(form, between.strip())
    assert "flattr-place" not in blog["bread.html"]


def test_by_hand_there_is_a_button_at_a_mark_only_but_each_page_still_names_its_own(build):
    marked = "Title: Bees\nDate: 2026-01-03\n\nFirst.\n\n<flattr-place></flattr-place>\n\nSecond.\n"

    blog = build({"bread.md": BREAD, "bees.md": marked}, "FLATTR_POSITION = 'manual'")

    assert blog.pages_with_button == {"bees.html"}
    assert re.search(f"First.</p>\\s*<p>{BUTTON}.*Second", blog["bees.html"], re.S)
    assert {path for path, text in blog.files.items() if '<link rel="payment"' in text} == {"bread.html", "bees.html"}
    assert set(blog.claims) == {"bread.html", "bees.html"}
    assert blog["all.atom"].count('rel="payment"') == 2


def test_the_look_is_that_of_the_creator(build):
    blog = build({"bread.md": BREAD}, "FLATTR_LOOK = 'text'")

    assert BUTTON in blog["bread.html"]
    assert "<svg" not in blog["bread.html"].partition(BUTTON)[2].partition("</a>")[0]


@pytest.mark.parametrize(
    ("setting", "remedy"),
    [
        ("FLATTR_POSITION = 'under'", "after, before, both, manual"),
        ("FLATTR_LOOK = 'huge'", "standard, compact, text"),
        ("FLATTR_EXCLUDE = {'categories': ['Kitchen']}", "FLATTR_EXCLUDE is {'categories': ['Kitchen']}, but it reads"),
        ("FLATTR_INCLUDE = ['Kitchen']", "FLATTR_INCLUDE is ['Kitchen'], but it reads"),
        ("FLATTR_PAGES = 'perhaps'", "FLATTR_PAGES is 'perhaps', but it is True or False"),
    ],
)
def test_a_setting_that_is_not_understood_gives_no_post_a_button(build, setting, remedy):
    blog = build({"bread.md": BREAD}, setting)

    (message,) = said(blog, "ERROR")
    assert remedy in message
    assert not blog.pages_with_button
    assert blog.exit_code == 0


FRONT_MATTER = {
    "bread.md": BREAD.replace(
        "\n\n",
        "\nFlattr_Title: Our daily bread\nFlattr_Category: Food\nFlattr_Tags: flour, water\nFlattr_Hidden: yes\n"
        "Flattr_Id: bread-1\n\n",
        1,
    ),
    "bees.rst": "Bees\n####\n\n:date: 2026-01-03\n:flattr_title: Bees came back\n:flattr_tags: honey\n\nThey did.\n",
    "typo.md": "Title: Typo\nDate: 2026-01-04\nFlattr_Hiden: yes\n\nText.\n",
    "out.md": "Title: Out\nDate: 2026-01-05\nFlattr_Button: no\n\nText.\n",
    "yaml.md": "Title: Yaml\nDate: 2026-01-06\n\nText.\n",
    "plain.md": "Title: Plain\nDate: 2026-01-07\nFlattr: No\n\nText.\n",
}
YAML = """
class YamlReader:
    __name__ = "yaml_reader"  # as plugins do that read YAML: values have types
    def register(self):
        from pelican.plugins import signals
        signals.article_generator_context.connect(self.read)
    def read(self, generator, metadata):
        if metadata["title"] == "Yaml":
            metadata["flattr"] = {"title": "A mapping", "tags": ["a", "b"], "hidden": True, "id": 7}
        if metadata["title"] == "Plain":
            metadata["flattr"] = False
PLUGINS.append(YamlReader())
"""


def test_the_author_says_more_in_the_front_matter(build):
    blog = build(FRONT_MATTER, YAML)

    bread, bees, yaml = (blog.claims[path] for path in ("bread.html", "bees.html", "yaml.html"))
    assert (bread.title, bread.category, bread.tags) == ("Our daily bread", "Food", ("flour", "water"))
    assert (bread.hidden, bread.id) == (True, "bread-1")
    assert (bees.title, bees.tags, bees.hidden) == ("Bees came back", ("honey",), False)
    assert (yaml.title, yaml.tags, yaml.hidden, yaml.id) == ("A mapping", ("a", "b"), True, "7")
    assert blog.pages_with_button == {"bread.html", "bees.html", "yaml.html"}
    (message,) = said(blog, "ERROR")
    assert "content/typo.md" in message
    assert "hiden is not known" in message
