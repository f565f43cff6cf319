"""snippets/sphinx in a real Sphinx with ABlog."""

import re
import shutil
from pathlib import Path

import pytest

from tests.snippets.generators import OLD_KEY, Site, build, problems_of, remove, tool, url_of
from tests.snippets.strange_posts import (
    BAD_KEYS,
    KEY,
    LONG,
    POSTS,
    SECRET,
    SNIPPETS,
    Post,
    buttons_on,
    claim_on,
    title_of,
)

PAGES = {f"posts/{slug}.html" for slug in POSTS}


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Carla's blog, with the snippet as its README says."""
    folder = tmp_path_factory.mktemp("sphinx") / "blog"
    shutil.copytree(Path(__file__).parent / "sphinx", folder)
    shutil.copy(SNIPPETS / "sphinx" / "flattr_sphinx.py", folder)
    for slug, post in POSTS.items():
        _write(folder / "posts" / f"{slug}.rst", post, _directive(post))
    _write(folder / "posts" / "draft.rst", Post("Draft"), ".. post::")
    _write(folder / "posts" / "none.rst", Post("None"), ":flattr: no\n\n.. post:: 2026-01-02")
    _write(folder / "about.rst", Post("About"))
    _write(folder / "wanted.rst", Post("Wanted"), ":flattr: yes")
    _write(folder / "notes" / "one.rst", Post("One"), ":date: 2026-01-02")
    _write(folder / "notes" / "two.rst", Post("Two"), ":draft: yes")
    return folder


def _directive(post: Post) -> str:
    return f""".. post:: 2026-01-02 03:04:05
   :tags: {", ".join(filter(None, post.tags))}
   :category: {post.category or ""}
   :language: {post.language}"""


def _write(path: Path, post: Post, head: str = "") -> None:
    fields, directive = (head, "") if head.startswith(":") else ("", head)
    title = re.sub(r"([\\*`|_<>])", r"\\\1", post.title)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{fields}\n\n{title}\n{'=' * 700}\n\n{directive}\n\nFlour and *water*.\n")


@pytest.fixture(scope="module")
def run(blog):
    def run(key: str | None, *arguments: str, fresh: bool = True, **further: str) -> Site:
        if fresh:
            remove(blog, "_doctrees", "_site")
        command = [tool("sphinx-build"), "-d", "_doctrees", *arguments, ".", "_site"]
        return build(blog, blog / "_site", *command, key=key, further=further)

    return run


@pytest.fixture(scope="module")
def site(run):
    return run(KEY.text())


@pytest.mark.parametrize("slug", POSTS)
def test_the_receiver_takes_the_button_of_each_post(site, slug):
    post = POSTS[slug]

    claim = claim_on(site.page(f"posts/{slug}.html"), language=post.language)

    assert claim.title == title_of(post, claim.url)
    assert claim.language == post.language
    assert claim.modified == 1767323045


def test_a_claim_carries_address_and_labels_of_its_post(site):
    fish = claim_on(site.page("posts/fish.html"))
    size = claim_on(site.page("posts/groesse-größe-蜂.html"))
    long = claim_on(site.page(f"posts/{LONG}.html"))

    assert (fish.category, fish.tags) == ("Food & <Drink>", ('a"b', "ü"))
    assert (size.url, size.tags) == ("https://blog.example/posts/groesse-gr%C3%B6%C3%9Fe-%E8%9C%82.html", ("Käse",))
    assert (long.category, long.tags) == (None, ())


def test_buttons_are_on_published_posts_and_nowhere_else(site):
    assert site.exit_code == 0, site.said
    assert site.with_flattr == PAGES | {"notes/one.html", "wanted.html"}
    assert all(len(buttons_on(site.page(path))) == 1 for path in site.with_flattr)
    assert {"index.html", "about.html", "posts/draft.html", "notes/two.html", "blog/tag/u.html"} <= set(site.files)
    assert "Flour and" in site.page("blog/atom.xml")
    assert "flour" in site.page("searchindex.js")


def test_the_signed_list_names_every_post_and_the_tool_finds_nothing_wrong(site, blog):
    assert site.listed == {url_of(site.page(path)) for path in site.with_flattr}
    assert problems_of(blog / "_site") == []


def test_the_key_is_in_no_file(site, blog):
    assert site.with_key == set()
    assert not [
        path for path in (blog / "_doctrees").rglob("*") if path.is_file() and SECRET in path.read_text("latin-1")
    ]


def test_the_same_posts_give_the_same_bytes(site, run):
    again = run(KEY.text(), "-j", "2")

    changed = {path for path in site.files if again.files.get(path) != site.files[path]}
    assert set(again.files) == set(site.files)
    assert changed <= {"blog/atom.xml"}, "ABlog writes the time of the build into its feed"


def test_a_new_key_signs_every_post_anew_though_none_was_changed(run, tmp_path):
    key_file = tmp_path / "key"
    key_file.write_text(OLD_KEY.text())
    run(None, FLATTR_SITE_KEY_FILE=str(key_file))

    key_file.write_text(KEY.text())
    signed_anew = run(None, fresh=False, FLATTR_SITE_KEY_FILE=str(key_file))
    without_key = run(None, fresh=False)

    assert {path for path in signed_anew.with_button if url_of(signed_anew.page(path))} == PAGES | {
        "notes/one.html",
        "wanted.html",
    }
    assert without_key.with_button == set()


def test_without_a_key_there_is_no_button_and_a_strict_build_passes(run):
    site = run(None, "-W")

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert "flattr: posts have no button; not set: FLATTR_SITE_KEY" in site.said
    assert set(site.files) >= PAGES


def test_a_bad_key_signs_nothing_and_is_said_once_without_showing_it(run):
    site = run(BAD_KEYS["short"])

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert site.said.count("ERROR: flattr: posts have no button; this is no site key; it reads fsk1_") == 1
    assert BAD_KEYS["short"] not in site.said


def test_a_blog_without_an_address_is_told_which_setting_is_missing(run):
    site = run(KEY.text(), SITE="")

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert "flattr: posts have no button; not set: html_baseurl" in site.said


def test_without_ablog_posts_are_the_pages_that_the_settings_name(run):
    site = run(KEY.text(), "-D", "extensions=flattr_sphinx")

    assert site.with_button == {"notes/one.html", "wanted.html"}
    assert claim_on(site.page("notes/one.html")).modified == 1767312000
