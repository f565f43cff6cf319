"""Real plugins of others beside ours, before and after it."""

import importlib.util
import re

import pytest

from flattr_button import SiteOfToken, verify
from tests.pelican_flattr.conftest import BREAD, BUTTON, KEY, RECEIVER, SITE_URL, Blog, claims_of, said
from tests.pelican_flattr.test_placement import CAST, PUBLISHED

OTHERS = ("seo", "minify", "sitemap")
ORDERS = [
    ("seo", "pelican_flattr", "minify", "sitemap"),
    ("pelican_flattr", "seo", "sitemap", "minify"),
    ("minify", "sitemap", "pelican_flattr", "seo"),
    ("sitemap", "minify", "seo", "pelican_flattr"),
]
ENHANCED = (
    'SEO_ENHANCER = SEO_ENHANCER_OPEN_GRAPH = SEO_ENHANCER_TWITTER_CARDS = True\nSEO_REPORT = False\nAUTHOR = "Carla"\n'
)
LANGUAGES = """
DEFAULT_LANG = "en"
I18N_SUBSITES = {"de": {"SITENAME": "Carlas Blog"}, "fr": {}}
FLATTR_PAGES = True
"""
MANY_LANGUAGES = {
    "bees.md": "Title: Bees\nDate: 2026-01-03\nLang: en\nSlug: bees\n\nThey came back.\n",
    "bienen.md": "Title: Bienen\nDate: 2026-01-03\nLang: de\nSlug: bees\n\nSie sind wieder da.\n",
    "abeilles.md": "Title: Abeilles\nDate: 2026-01-03\nLang: fr\nSlug: bees\n\nElles sont revenues.\n",
    "bread.md": BREAD.replace("\n\n", "\nLang: en\n\n", 1),
    "pages/about.md": "Title: About\nLang: en\nSlug: about\n\nI am Carla.\n",
    "pages/ueber.md": "Title: Über mich\nLang: de\nSlug: about\n\nIch bin Carla.\n",
}


@pytest.fixture(scope="module", autouse=True)
def _plugins_of_others():
    for name in (*OTHERS, "i18n_subsites"):
        if importlib.util.find_spec(f"pelican.plugins.{name}") is None:
            pytest.skip(f"pelican-{name.replace('_', '-')} is not installed: make, or pip install it")


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_in_any_order_each_post_has_one_button_and_no_description_has_any(build, order):
    blog = build(CAST, ENHANCED, plugins=f"PLUGINS = {list(order)!r}")

    assert blog.exit_code == 0
    assert blog.pages_with_button == PUBLISHED
    for path in PUBLISHED:
        assert len(re.findall("<a [^>]*flattr-button", blog[path])) == 1
        assert len(re.findall("<link [^>]*rel=.?payment", blog[path])) == 1
        assert not [meta for meta in re.findall("<meta[^>]*>", blog[path]) if "lattr this" in meta or "payment" in meta]
        assert "flattr-place" not in blog[path]
        assert verify(token_in(blog[path]), site_of_token).url == f"{SITE_URL}/{path}"
    assert "flattr" not in blog["sitemap.xml"]


def token_in(page: str) -> str:
    (token,) = set(re.findall(rf"""href=["']?{RECEIVER}f/([\w.-]+)""", page))
    return token


def site_of_token(*_: object) -> SiteOfToken:
    return SiteOfToken(KEY.secret, f"{SITE_URL}/")


@pytest.fixture(scope="module")
def many(build_once) -> Blog:
    return build_once(MANY_LANGUAGES, LANGUAGES, plugins='PLUGINS = ["i18n_subsites", "pelican_flattr"]')


def test_each_language_of_i18n_subsites_has_its_things_and_each_names_its_original(many):
    assert many.exit_code == 0
    assert not said(many, "ERROR")
    claims = many.claims
    assert {path: (claim.title, claim.language) for path, claim in claims.items()} == {
        "bees.html": ("Bees", "en"),
        "bread.html": ("Bread", "en"),
        "pages/about.html": ("About", "en"),
        "de/bees.html": ("Bienen", "de"),
        "de/pages/about.html": ("Über mich", "de"),
        "fr/bees.html": ("Abeilles", "fr"),
    }
    original_by_title = {claim.title: claim.original for claim in claims.values()}
    assert original_by_title == {
        "Bees": None,
        "Bread": None,
        "About": None,
        "Bienen": f"{SITE_URL}/bees.html",
        "Abeilles": f"{SITE_URL}/bees.html",
        "Über mich": f"{SITE_URL}/pages/about.html",
    }
    assert [claim.title for claim in claims_of(many.files, scope=f"{SITE_URL}/fr/", folder="fr/")] == ["Abeilles"]
    assert all(many[path].count(BUTTON) == 1 for path in many.pages_with_button)
    assert len(many.pages_with_button) == 6


def test_an_entry_names_the_button_of_its_page_in_the_feeds_of_all_languages(many):
    for folder in ("", "de/", "fr/"):
        for feed in (many[f"{folder}all.atom"], many[f"{folder}all.rss"]):
            entries = re.findall(r"<(?:entry|item)>.*?</(?:entry|item)>", feed, re.S)
            assert len(entries) == (4 if folder == "" else 3)
            for entry in entries:
                path = re.search(rf"{SITE_URL}/([\w/-]+.html)", entry)[1]
                assert token_in(entry) == token_in(many[path])


def test_a_preview_of_many_languages_signs_none(build):
    blog = build(MANY_LANGUAGES, LANGUAGES, plugins='PLUGINS = ["pelican_flattr", "i18n_subsites"]', site_url="")

    assert len(blog.pages_with_button) == 6
    assert all("flattr-preview" in blog[path] for path in blog.pages_with_button)
    assert not [path for path in blog.files if "well-known" in path]
    assert not said(blog, "ERROR")
