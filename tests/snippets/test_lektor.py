"""snippets/lektor in a real Lektor, in two languages."""

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

SLUG_OF_ITS_OWN = {"groesse-größe-蜂": "groesse", LONG: "long"}  # Lektor refuses addresses beyond ASCII
# Lektor builds every page in every language, from the words of the primary one where there is no translation.
EN = {f"blog/{SLUG_OF_ITS_OWN.get(slug, slug)}/index.html" for slug in POSTS}
PAGES = EN | {f"de/{path}" for path in EN}
WANTED = {"wanted/index.html", "de/wanted/index.html"}


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Carla's blog, with the snippet as its README says."""
    folder = tmp_path_factory.mktemp("lektor") / "blog"
    shutil.copytree(Path(__file__).parent / "lektor", folder)
    shutil.copytree(SNIPPETS / "lektor" / "flattr", folder / "packages" / "flattr")
    _write(folder / "content", Post("Carla's blog"), "page")
    _write(folder / "content" / "blog", Post("Blog"), "blog")
    _write(folder / "content" / "feed", Post("Feed"), "feed", _slug="feed.xml")
    _write(folder / "content" / "about", Post("About"), "page")
    _write(folder / "content" / "wanted", Post("Wanted"), "page", flattr="yes")
    for slug, post in POSTS.items():
        post_folder = folder / "content" / "blog" / SLUG_OF_ITS_OWN.get(slug, slug)
        if post.language == "de":
            _write(post_folder, post, to="contents+de.lr")
            post = Post("In English")
        _write(post_folder, post)
    _write(folder / "content" / "blog" / "draft", Post("Draft"), _discoverable="no")
    _write(folder / "content" / "blog" / "none", Post("None"), flattr="no")
    return folder


def _write(folder: Path, post: Post, model: str = "blog-post", *, to: str = "contents.lr", **further: str) -> None:
    fields = {
        "_model": model, "title": post.title, "pub_date": "2026-01-02 03:04:05 +0000", "category": post.category or "",
        "tags": "\n\n" + "\n".join(filter(None, post.tags)), "body": "\n\nFlour and *water*.",
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / to).write_text("\n---\n".join(f"{name}: {value}" for name, value in (fields | further).items()) + "\n")


@pytest.fixture(scope="module")
def run(blog):
    def run(key: str | None, *, fresh: bool = True, **further: str) -> Site:
        if fresh:
            remove(blog, "output")
        offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_NO_BUILD_ISOLATION": "0"}
        command = [tool("lektor"), "build", "--output-path", "output"]
        return build(
            blog, blog / "output", *command, key=key, further=offline | further | {"XDG_CACHE_HOME": str(blog.parent)}
        )

    return run


@pytest.fixture(scope="module")
def site(run):
    return run(KEY.text())


@pytest.mark.parametrize("slug", POSTS)
def test_the_receiver_takes_the_button_of_each_post(site, slug):
    post = POSTS[slug]
    path = f"blog/{SLUG_OF_ITS_OWN.get(slug, slug)}/"

    prefix = "de/" if post.language == "de" else ""
    claim = claim_on(site.page(f"{prefix}{path}index.html"), language=post.language)

    assert claim.url == f"https://blog.example/{prefix}{path}"
    assert claim.title == title_of(post, claim.url)
    assert claim.language == post.language
    assert claim.modified == 1767323045
    assert claim.original == (f"https://blog.example/{path}" if prefix else None)


def test_a_claim_carries_the_labels_of_its_post(site):
    fish = claim_on(site.page("blog/fish/index.html"))

    assert (fish.category, fish.tags) == ("Food & <Drink>", ('a"b', "ü"))
    assert claim_on(site.page("blog/groesse/index.html")).tags == ("Käse",)


def test_a_page_that_is_not_translated_speaks_as_its_words_and_names_its_original(site):
    fish = claim_on(site.page("de/blog/fish/index.html"), language="en")

    assert (fish.url, fish.language) == ("https://blog.example/de/blog/fish/", "en")
    assert fish.original == "https://blog.example/blog/fish/"


def test_buttons_are_on_published_posts_and_nowhere_else(site):
    pages = {path for path in site.with_flattr if not path.startswith(".lektor/")}

    assert site.exit_code == 0, site.said
    assert pages == PAGES | WANTED
    assert all(len(buttons_on(site.page(path))) == 1 for path in pages)
    assert {"blog/index.html", "about/index.html", "blog/draft/index.html", "blog/none/index.html"} <= set(site.files)
    assert "Flour and" in site.page("feed.xml")
    assert "Flour and" in site.page("blog/index.html")


def test_the_signed_list_names_every_post_and_the_tool_finds_nothing_wrong(site, blog):
    assert site.listed == {url_of(site.page(path)) for path in PAGES | WANTED}
    assert problems_of(blog / "output") == []


def test_the_key_is_in_no_file_of_the_blog(site, blog):
    files = [path for path in blog.parent.rglob("*") if path.is_file()]

    assert (blog / "output" / ".lektor" / "buildstate") in files
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_the_same_posts_give_the_same_bytes(site, run):
    again = run(KEY.text())

    assert set(again.files) == set(site.files)
    assert {path for path in site.files if again.files[path] != site.files[path]} <= {".lektor/buildstate"}


def test_a_new_key_signs_every_post_anew_though_none_was_changed(run, tmp_path):
    key_file = tmp_path / "key"
    key_file.write_text(OLD_KEY.text())
    run(None, FLATTR_SITE_KEY_FILE=str(key_file))

    key_file.write_text(KEY.text())
    signed_anew = run(None, fresh=False, FLATTR_SITE_KEY_FILE=str(key_file))
    without_key = run(None, fresh=False)

    assert {path for path in signed_anew.with_button if url_of(signed_anew.page(path))} == PAGES | WANTED
    assert without_key.with_button == set()


def test_without_a_key_there_is_no_button_and_the_build_passes(run):
    site = run(None)

    assert (site.exit_code, site.with_button) == (0, set())
    assert "flattr: posts have no button" not in site.said
    assert set(site.files) >= PAGES


def test_a_bad_key_signs_nothing_and_is_said_once_without_showing_it(run):
    site = run(BAD_KEYS["short"])

    assert (site.exit_code, site.with_button) == (0, set())
    assert site.said.count("flattr: posts have no button; this is no site key; it reads fsk1_") == 1
    assert BAD_KEYS["short"] not in site.said


def test_a_blog_without_a_receiver_is_told_where_to_write_it(run, blog):
    settings = blog / "configs" / "flattr.ini"
    written = settings.read_text()
    settings.write_text("")
    try:
        site = run(KEY.text())
    finally:
        settings.write_text(written)

    assert (site.exit_code, site.with_button) == (0, set())
    assert site.said.count("flattr: posts have no button; not set: receiver in configs/flattr.ini") == 1
