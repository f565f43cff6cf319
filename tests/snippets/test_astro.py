"""snippets/astro in a real Astro, with a content collection, a feed and a script for the browser."""

import json
import shutil
from pathlib import Path

import pytest

from tests.snippets.generators import Site, build, link_node_modules, problems_of, remove, tool, url_of
from tests.snippets.strange_posts import (
    BAD_KEYS,
    KEY,
    LONG,
    POSTS,
    SNIPPETS,
    Post,
    buttons_on,
    claim_on,
    title_of,
)

PAGES = {f"blog/{slug}/index.html" for slug in POSTS}


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Carla's blog, with the snippet as its README says."""
    folder = tmp_path_factory.mktemp("astro") / "blog"
    shutil.copytree(Path(__file__).parent / "astro", folder)
    shutil.copytree(SNIPPETS / "astro", folder / "src" / "components" / "flattr")
    for slug, post in POSTS.items():
        _write(folder / "posts" / f"{slug}.md", post)
    _write(folder / "posts" / "draft.md", Post("Draft"), draft=True)
    _write(folder / "posts" / "none.md", Post("None"), flattr=False)
    link_node_modules(folder)
    return folder


def _write(path: Path, post: Post, **further: object) -> None:
    front_matter = {
        "title": post.title, "lang": post.language, "updated": "2026-01-02T03:04:05Z",
        "category": post.category, "tags": post.tags,
    }  # fmt: skip
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"---\n{json.dumps(front_matter | further)}\n---\n\nFlour and *water*.\n")


@pytest.fixture(scope="module")
def run(blog):
    def run(key: str | None, *, site: str = "https://blog.example/", **further: str) -> Site:
        remove(blog, "dist")
        return build(blog, blog / "dist", tool("npx"), "astro", "build", key=key, further={"SITE": site} | further)

    return run


@pytest.fixture(scope="module")
def site(run):
    return run(KEY.text())


@pytest.mark.parametrize("slug", POSTS)
def test_the_receiver_takes_the_button_of_each_post(site, slug):
    post = POSTS[slug]

    claim = claim_on(site.page(f"blog/{slug}/index.html"), language=post.language)

    assert claim.title == title_of(post, claim.url)
    assert claim.language == post.language
    assert claim.modified == 1767323045


def test_a_claim_carries_address_and_labels_of_its_post(site):
    fish = claim_on(site.page("blog/fish/index.html"))
    size = claim_on(site.page("blog/groesse-größe-蜂/index.html"))
    long = claim_on(site.page(f"blog/{LONG}/index.html"))

    assert (fish.category, fish.tags) == ("Food & <Drink>", ('a"b', "ü"))
    assert (size.url, size.tags) == ("https://blog.example/blog/groesse-gr%C3%B6%C3%9Fe-%E8%9C%82/", ("Käse",))
    assert (long.category, long.tags) == (None, ())


def test_buttons_are_on_published_posts_and_nowhere_else(site):
    assert site.exit_code == 0, site.said
    assert site.with_flattr == PAGES
    assert all(len(buttons_on(site.page(path))) == 1 for path in site.with_flattr)
    assert {"index.html", "rss.xml", "search.json", "blog/draft/index.html", "blog/none/index.html"} <= set(site.files)
    assert "Flour and" in site.page("rss.xml")
    assert "Flour and" in site.page("search.json")


def test_the_signed_list_names_every_post_and_the_tool_finds_nothing_wrong(site, blog):
    assert site.listed == {url_of(site.page(path)) for path in site.with_flattr}
    assert problems_of(blog / "dist") == []


def test_the_key_is_in_no_file_and_nothing_of_ours_goes_to_the_browser(site):
    scripts = {path for path in site.files if path.endswith((".js", ".mjs"))}

    assert site.with_key == set()
    assert len(scripts) == 1
    assert not scripts & site.with_flattr
    assert not any(b"createHmac" in raw for raw in site.files.values())


def test_the_same_posts_give_the_same_bytes(site, run):
    assert run(KEY.text()).files == site.files


def test_without_a_key_there_is_no_button_and_the_build_passes(run):
    site = run(None)

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert "flattr:" not in site.said
    assert set(site.files) >= PAGES


def test_a_bad_key_signs_nothing_and_is_said_once_without_showing_it(run):
    site = run(BAD_KEYS["short"])

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert site.said.count("flattr: posts have no button; FLATTR_SITE_KEY holds no site key; it reads fsk1_") == 1
    assert BAD_KEYS["short"] not in site.said


def test_a_blog_without_an_address_has_no_button_and_says_why_once(run):
    site = run(KEY.text(), site="")

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert site.said.count("flattr: posts have no button; set the address of the receiver and the address") == 1


def test_a_blog_below_a_path_is_signed_for_that_path(run):
    site = run(KEY.text(), BASE="/notes")

    assert claim_on(site.page("blog/fish/index.html")).url == "https://blog.example/notes/blog/fish/"
