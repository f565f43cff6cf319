"""Real sites with the themes and plugins of others: Material's blog, feeds, minifiers, languages, versions."""

import json
import os
import re
import subprocess
from itertools import permutations
from pathlib import Path

import pytest

from tests.mkdocs_flattr.conftest import BUTTON, KEY, PLUGINS, RECEIVER, SITE_URL

FLATTR = f"flattr: {{receiver: '{RECEIVER}'}}"
POST = "---\ndate: 2026-0{}-14\n---\n\n# {}\n\nFirst words.\n\nFurther words.\n"
PAGES = {
    "index.md": "# Hello\n",
    "about.md": "# About\n",
    "blog/index.md": "# Blog\n",
    "blog/posts/oil.md": POST.format(1, "Oil & grease"),
    "blog/posts/rain.md": POST.format(2, "Rain").replace("date:", "categories: [Weather]\ntags: [wet]\ndate:"),
    "blog/posts/out.md": POST.format(3, "Out").replace("date:", "flattr: false\ndate:"),
    "news/index.md": "# News\n",
    "news/posts/yarısı.md": POST.format(4, "Gece yarısı"),
}
POSTS = {
    "blog/2026/01/14/oil--grease/index.html",
    "blog/2026/02/14/rain/index.html",
    "news/2026/04/14/gece-yarısı/index.html",
}
PRIVACY = "privacy: {assets_exclude: ['unpkg.com/*']}"  # what the theme's own script loads is not to be had here
NEIGHBOURS = ("search", "tags", "blog", "blog: {blog_dir: news}", PRIVACY, "minify: {minify_html: true}")
NAME = os.environ.get("HOST_THEME", "material")
THEME = f"{{name: {NAME}, font: false}}"
MINIFIED_BUTTON = re.compile(r'\s?<p>\s*<a [^>]*class="?flattr-button.*?</a>\s*(?:</p>)?', re.S)


def listed(*plugins: str) -> str:
    return f"plugins: [{', '.join(plugins)}]"


@pytest.mark.parametrize("plugins", [(*NEIGHBOURS, FLATTR), (FLATTR, *NEIGHBOURS)], ids=["last", "first"])
def test_each_post_of_each_blog_of_material_has_one_button(build, sites_python, plugins):
    plain = build(PAGES, plugins=listed(*NEIGHBOURS), theme=THEME, python=sites_python)
    notebook = build(PAGES, plugins=listed(*plugins), theme=THEME, python=sites_python, arguments=("--strict",))

    assert notebook.exit_code == 0, notebook.log
    assert notebook.pages_with_button == POSTS
    assert len(notebook.claims) == 3
    for path in notebook.files.keys() - {".well-known/flattr.json"}:
        without = re.sub(r"<link rel=\"?payment[^>]*>\s*", "", MINIFIED_BUTTON.sub("", notebook[path]))
        assert without.split() == plain[path].split(), path


def test_the_line_in_the_partial_of_material_is_the_only_place(build, sites_python):
    modules = {"theme/partials/comments.html": "{{ page.meta.flattr_button | safe }}\n"}

    notebook = build(
        PAGES,
        plugins=listed("blog", "offline", FLATTR),
        theme=f"{{name: {NAME}, custom_dir: theme, features: [navigation.instant]}}",
        modules=modules,
        python=sites_python,
    )

    assert notebook.pages_with_button == {
        "blog/2026/01/14/oil--grease.html", "blog/2026/02/14/rain.html",
    }, notebook.log  # fmt: skip
    for path in notebook.pages_with_button:
        assert notebook[path].count(BUTTON) == 1
        assert f"{BUTTON}" in notebook[path].split("Further words.")[1]
        assert f"</p>\n<p>{BUTTON}" not in notebook[path]
        assert "flattr-place" not in notebook[path]


READ_FEED = """
import feedparser, json, sys
feed = feedparser.parse(sys.argv[1])
assert not feed.bozo, feed.bozo_exception
print(json.dumps({entry.id: [link.href for link in entry.links if link.rel == "payment"] for entry in feed.entries}))
"""
FEED = "feed_rss_created.xml"


@pytest.mark.parametrize("rss", [("rss: {use_git: false}", FLATTR), (FLATTR, "rss: {use_git: false}")])
def test_each_entry_of_a_feed_names_the_button_of_its_page(build, sites_python, rss):
    pages = {
        "index.md": "# Hello\n",
        "a&b.md": "---\ndate: 2026-06-14\n---\n# A & <b>\n",
        "out.md": "---\nflattr: false\n---\n# O\n",
    }
    plain = build(pages, plugins=listed("search", "rss: {use_git: false}"), python=sites_python)
    notebook = build(pages, plugins=listed("search", *rss), python=sites_python)
    untouched = build(pages, plugins=listed("search", *rss).replace("'}", "', feeds: false}"), python=sites_python)

    read = subprocess.run(
        [sites_python, "-c", READ_FEED, notebook[FEED]], capture_output=True, text=True, check=True
    ).stdout
    links_by_entry = json.loads(read)
    assert {entry for entry, links in links_by_entry.items() if links} == {f"{SITE_URL}a%26b/", SITE_URL}
    for entry, links in links_by_entry.items():
        page = f"{entry.removeprefix(SITE_URL).replace('%26', '&')}index.html"
        assert all(f'href="{link}"' in notebook[page] for link in links)
        assert len(links) == (0 if "out" in entry else 1)
    for name in ("feed_rss_created.xml", "feed_rss_updated.xml", "feed_json_created.json"):
        without = re.sub(r'<atom:link rel="payment"[^>]*/>', "", notebook[name])
        assert _without_dates(without) == _without_dates(plain[name]) == _without_dates(untouched[name])


def _without_dates(feed: str) -> str:
    return re.sub(r"<(pubDate|lastBuildDate)>.*?</\1>|\"date_\w+\": \"[^\"]*\"", "", feed)


LANGUAGES = (
    "i18n: {docs_structure: STRUCTURE, fallback_to_default: true, languages: "
    "[{locale: en, name: English, default: true, build: true}, {locale: de, name: Deutsch, build: true}]}"
)


@pytest.mark.parametrize(
    ("structure", "pages"),
    [
        ("suffix", {"index.md": "# Hi\n", "oil.md": "# Oil\n", "oil.de.md": "# Öl\n", "only.de.md": "# Nur\n"}),
        (
            "folder",
            {"en/index.md": "# Hi\n", "en/oil.md": "# Oil\n", "de/oil.md": "# Öl\n", "de/only.md": "# Nur\n"},
        ),
    ],
)
def test_a_translation_is_a_thing_of_its_own_that_names_its_original(build, sites_python, structure, pages):
    plugins = listed("search", LANGUAGES.replace("STRUCTURE", structure), FLATTR)

    notebook = build(pages, plugins=plugins, python=sites_python)

    assert {path: (claim.title, claim.language, claim.original) for path, claim in notebook.claims.items()} == {
        "": ("Hi", "en", None),
        "oil/": ("Oil", "en", None),
        "de/oil/": ("Öl", "de", f"{SITE_URL}oil/"),
        "de/only/": ("Nur", "de", None),
    }
    assert notebook.pages_with_button == {
        "index.html", "oil/index.html", "de/index.html", "de/oil/index.html", "de/only/index.html",
    }  # fmt: skip
    (button,) = re.findall(r'href="(\S+/f/\S+)"', notebook["index.html"].split("<body")[1])
    assert button in notebook["de/index.html"]  # not translated: the same thing
    assert notebook["de/oil/index.html"].count(BUTTON) == 1


@pytest.mark.parametrize(
    ("mike", "options", "scope"),
    [
        ("mike: {canonical_version: latest}", "", "https://cem.example/latest/"),
        ("mike", ", canonical_url: 'https://cem.example/latest/'", "https://cem.example/latest/"),
        ("mike", "", "https://cem.example/1.0/"),
    ],
)
def test_a_version_of_mike_counts_for_the_canonical_one(build, sites_python, tmp_path, mike, options, scope):
    plugins = listed("search", mike, FLATTR.replace("'}", f"'{options}}}"))
    build({"index.md": "# Hello\n", "oil.md": "# Oil\n"}, plugins=plugins, python=sites_python)
    folder = tmp_path / "notebook"
    environment = os.environ | {
        "PATH": f"{Path(sites_python).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{PLUGINS}:{folder}",
        "FLATTR_SITE_KEY": KEY.text(),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "NO_MKDOCS_2_WARNING": "1",
    }

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("git", "init", "-q", ".")
    run("git", "config", "user.name", "Cem")
    run("git", "config", "user.email", "cem@cem.example")
    run("git", "commit", "-q", "--allow-empty", "-m", "Begin")
    run("mike", "deploy", "--alias-type", "copy", "1.0", "latest")

    things = json.loads(run("git", "show", "gh-pages:latest/.well-known/flattr.json"))
    assert things["scope"] == scope
    assert len(things["things"]) == 2
    assert BUTTON in run("git", "show", "gh-pages:1.0/oil/index.html")


def test_plugins_in_any_order_make_the_same_site(build, sites_python):
    pages = {"index.md": "# Hello\n\nWords.\n", "oil.md": "# Oil\n"}
    sites = [
        build(pages, plugins=listed(*order), python=sites_python).files
        for order in permutations(["search", "minify: {minify_html: true}", FLATTR])
    ]

    assert "flattr-button" in sites[0]["oil/index.html"]
    assert all(site == sites[0] for site in sites)


def test_properdocs_makes_the_same_buttons(build, sites_python):
    pages = {"index.md": "# Hello\n\n[flattr]\n\nWords.\n", "oil.md": "---\nflattr: {id: oil}\n---\n# Oil\n"}
    plugins = listed("search", FLATTR)

    mkdocs = build(pages, plugins=plugins, python=sites_python)
    properdocs = build(pages, plugins=plugins, python=sites_python, host="properdocs", arguments=("--strict",))

    assert properdocs.exit_code == 0, properdocs.log
    assert properdocs.claims == mkdocs.claims
    assert properdocs.pages_with_button == mkdocs.pages_with_button == {"index.html", "oil/index.html"}
