"""snippets/eleventy in a real Eleventy, in layouts of three languages."""

import json
import shutil
from itertools import cycle
from pathlib import Path

import pytest

from tests.snippets.generators import Site, build, link_node_modules, problems_of, remove, tool, url_of
from tests.snippets.strange_posts import (
    BAD_KEYS,
    KEY,
    LONG,
    MISTYPED,
    POSTS,
    SNIPPETS,
    Post,
    buttons_on,
    claim_on,
    title_of,
)

OURS = ("flattr.mjs", "flattr-eleventy.mjs")
LAYOUTS = ("in-nunjucks.njk", "in-liquid.liquid", "in-javascript.11ty.js")
PAGES = {f"posts/{slug}/index.html" for slug in POSTS}


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Carla's blog, with the snippet as its README says."""
    folder = tmp_path_factory.mktemp("eleventy") / "blog"
    shutil.copytree(Path(__file__).parent / "eleventy", folder)
    for name in OURS:
        shutil.copy(SNIPPETS / "eleventy" / name, folder)
    for (slug, post), layout in zip(POSTS.items(), cycle(LAYOUTS), strict=False):
        _write(folder / "posts" / f"{slug}.md", post, layout=layout)
    _write(folder / "posts" / "draft.md", Post("Draft"), draft=True)
    _write(folder / "posts" / "none.md", Post("None"), flattr=False)
    _write(folder / "about.md", Post("About"), tags=[])
    _write(folder / "wanted.md", Post("Wanted"), tags=["page"], flattr=True)
    link_node_modules(folder)
    return folder


def _write(path: Path, post: Post, **further: object) -> None:
    front_matter = {
        "title": post.title, "lang": post.language, "date": "2026-01-02T03:04:05Z", "layout": LAYOUTS[0],
        "category": post.category, "tags": ["posts", *post.tags],
    }  # fmt: skip
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"---json\n{json.dumps(front_matter | further)}\n---\n\nFlour and *water*.\n")


@pytest.fixture(scope="module")
def run(blog):
    def run(key: str | None, **further: str) -> Site:
        remove(blog, "_site")
        return build(blog, blog / "_site", tool("npx"), "eleventy", key=key, further=further)

    return run


@pytest.fixture(scope="module")
def site(run):
    return run(KEY.text())


@pytest.mark.parametrize("slug", POSTS)
def test_the_receiver_takes_the_button_of_each_post(site, slug):
    post = POSTS[slug]

    claim = claim_on(site.page(f"posts/{slug}/index.html"), language=post.language)

    assert claim.title == title_of(post, claim.url)
    assert claim.language == post.language
    assert claim.modified == 1767323045


def test_a_claim_carries_address_and_labels_of_its_post(site):
    fish = claim_on(site.page("posts/fish/index.html"))
    size = claim_on(site.page("posts/groesse-größe-蜂/index.html"))
    long = claim_on(site.page(f"posts/{LONG}/index.html"))

    assert (fish.category, fish.tags) == ("Food & <Drink>", ('a"b', "ü"))
    assert (size.url, size.tags) == ("https://blog.example/posts/groesse-gr%C3%B6%C3%9Fe-%E8%9C%82/", ("Käse",))
    assert (long.category, long.tags) == (None, ())


def test_buttons_are_on_published_posts_and_nowhere_else(site):
    assert site.exit_code == 0, site.said
    assert site.with_flattr == PAGES | {"wanted/index.html"}
    assert all(len(buttons_on(site.page(path))) == 1 for path in site.with_flattr)
    assert {"index.html", "feed.xml", "search.json", "about/index.html", "posts/draft/index.html"} <= set(site.files)
    assert "Flour and" in site.page("feed.xml")
    assert "Flour and" in site.page("search.json")


def test_the_signed_list_names_every_post_and_the_tool_finds_nothing_wrong(site, blog):
    assert site.listed == {url_of(site.page(path)) for path in site.with_flattr}
    assert problems_of(blog / "_site") == []


def test_the_key_is_in_no_file(site):
    assert site.with_key == set()


def test_a_build_with_the_key_says_nothing_of_it(site):
    assert "flattr:" not in site.said
    assert "fsk1_" not in site.said


def test_the_same_posts_give_the_same_bytes(site, run):
    assert run(KEY.text()).files == site.files


@pytest.mark.parametrize("key", [None, "  "])
def test_without_a_key_there_is_no_button_and_the_build_passes(run, key):
    site = run(key)

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert "flattr:" not in site.said
    assert set(site.files) >= PAGES


@pytest.mark.parametrize(("key", "sentence"), [
    (BAD_KEYS["short"], "FLATTR_SITE_KEY holds no site key; it reads fsk1_"),
    (MISTYPED, "the checksum of FLATTR_SITE_KEY does not fit; a character was changed, copy it again"),
])  # fmt: skip
def test_a_bad_key_signs_nothing_and_is_said_once_without_showing_it(run, key, sentence):
    site = run(key)

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert site.said.count(f"flattr: posts have no button; {sentence}") == 1
    assert key not in site.said


def test_an_address_that_is_none_is_said_and_the_build_goes_on(run):
    site = run(KEY.text(), SITE="blog.example")

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert "flattr: posts have no button; write an absolute address that begins with https://" in site.said
