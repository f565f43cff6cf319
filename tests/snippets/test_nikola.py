"""snippets/nikola in a real Nikola, in two languages."""

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


def path_of(slug: str, post: Post) -> str:
    return f"{'de/' if post.language == 'de' else ''}posts/{slug}/index.html"


PAGES = {path_of(slug, post) for slug, post in POSTS.items()} | {"de/posts/fish/index.html"}


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Carla's blog, with the snippet as its README says."""
    folder = tmp_path_factory.mktemp("nikola") / "blog"
    shutil.copytree(Path(__file__).parent / "nikola", folder)
    shutil.copytree(SNIPPETS / "nikola" / "flattr", folder / "plugins" / "flattr")
    for slug, post in POSTS.items():
        _write(folder / "posts" / f"{slug}{'.de' if post.language == 'de' else ''}.md", post, slug)
    _write(folder / "posts" / "fish.de.md", Post("Fisch"), "fish")
    _write(folder / "posts" / "draft.md", Post("Draft"), "draft", status="draft")
    _write(folder / "posts" / "none.md", Post("None"), "none", flattr="no")
    _write(folder / "pages" / "about.md", Post("About"), "about")
    _write(folder / "pages" / "wanted.md", Post("Wanted"), "wanted", flattr="yes")
    return folder


def _write(path: Path, post: Post, slug: str, **further: str) -> None:
    fields = {
        "title": post.title, "slug": slug, "date": "2026-01-02 03:04:05 UTC", "category": post.category or "",
        "tags": ", ".join(filter(None, post.tags)),
    }  # fmt: skip
    head = "\n".join(f".. {name}: {value}" for name, value in (fields | further).items())
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"<!--\n{head}\n-->\n\nFlour and *water*, [mixed](link://slug/about).\n")


@pytest.fixture(scope="module")
def run(blog):
    def run(key: str | None, *arguments: str, fresh: bool = True, **further: str) -> Site:
        if fresh:
            remove(blog, "cache", "output", ".doit.db*")
        return build(blog, blog / "output", tool("nikola"), "build", *arguments, key=key, further=further)

    return run


@pytest.fixture(scope="module")
def site(run):
    return run(KEY.text())


@pytest.mark.parametrize("slug", POSTS)
def test_the_receiver_takes_the_button_of_each_post(site, slug):
    post = POSTS[slug]

    claim = claim_on(site.page(path_of(slug, post)), language=post.language)

    assert claim.title == title_of(post, claim.url)
    assert claim.language == post.language
    assert claim.modified == 1767323045


def test_a_claim_carries_address_and_labels_of_its_post(site):
    fish = claim_on(site.page("posts/fish/index.html"))
    size = claim_on(site.page("posts/groesse-größe-蜂/index.html"))
    long = claim_on(site.page(f"posts/{LONG}/index.html"))

    assert (fish.category, set(fish.tags)) == ("Food & <Drink>", {'a"b', "ü"})
    assert (size.url, size.tags) == ("https://blog.example/posts/groesse-gr%C3%B6%C3%9Fe-%E8%9C%82/", ("Käse",))
    assert (long.category, long.tags) == (None, ())


def test_a_translation_is_a_thing_of_its_own_and_names_its_original(site):
    fish, fisch = (
        claim_on(site.page("posts/fish/index.html")),
        claim_on(site.page("de/posts/fish/index.html"), language="de"),
    )

    assert (fisch.title, fisch.language) == ("Fisch", "de")
    assert (fisch.original, fish.original) == (fish.url, None)


def test_a_post_shown_untranslated_speaks_as_its_words_and_names_its_original(run, blog):
    site = run(KEY.text(), UNTRANSLATED="yes")

    hindi = claim_on(site.page("de/posts/hindi/index.html"), language="en")
    assert (hindi.url, hindi.language) == ("https://blog.example/de/posts/hindi/", "en")
    assert hindi.original == "https://blog.example/posts/hindi/"
    assert problems_of(blog / "output") == []


def test_buttons_are_on_published_posts_and_nowhere_else(site):
    assert site.exit_code == 0, site.said
    assert site.with_flattr == PAGES | {"wanted/index.html"}
    assert all(len(buttons_on(site.page(path))) == 1 for path in site.with_flattr)
    assert {"index.html", "about/index.html", "posts/none/index.html", "categories/index.html"} <= set(site.files)
    assert "Flour and" in site.page("rss.xml")
    assert "Flour and" in site.page("index.atom")


def test_the_button_is_behind_the_words_of_the_post(site):
    page = site.page("posts/fish/index.html")

    between = page[page.rindex("Flour and") : page.index('<a class="flattr-button"')]
    assert re.sub(r"<[^>]*>|\s", "", between) == "Flourandwater,mixed."


def test_the_signed_list_names_every_post_and_the_tool_finds_nothing_wrong(site, blog):
    assert site.listed == {url_of(site.page(path)) for path in site.with_flattr}
    assert problems_of(blog / "output") == []


def test_the_key_is_in_no_file_of_the_blog(site, blog):
    files = [path for path in blog.rglob("*") if path.is_file()]

    assert site.with_key == set()
    assert [path for path in files if path.name.startswith(".doit.db")]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_the_same_posts_give_the_same_bytes(site, run):
    again = run(KEY.text(), "-n", "2")

    changed = {path for path in site.files if again.files.get(path) != site.files[path]}
    assert set(again.files) == set(site.files)
    assert {Path(path).suffix for path in changed} <= {".xml", ".atom"}, (
        "Nikola writes the time of the build into feeds"
    )


def test_a_new_key_signs_every_post_anew_though_none_was_changed(run, tmp_path):
    key_file = tmp_path / "key"
    key_file.write_text(OLD_KEY.text())
    run(None, FLATTR_SITE_KEY_FILE=str(key_file))

    key_file.write_text(KEY.text())
    signed_anew = run(None, fresh=False, FLATTR_SITE_KEY_FILE=str(key_file))
    without_key = run(None, fresh=False)

    assert {path for path in signed_anew.with_button if url_of(signed_anew.page(path))} == PAGES | {"wanted/index.html"}
    assert without_key.with_button == set()


def test_without_a_key_there_is_no_button_and_the_build_passes(run):
    site = run(None)

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert set(site.files) >= PAGES


def test_a_bad_key_signs_nothing_and_is_said_once_without_showing_it(run):
    site = run(BAD_KEYS["short"])

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert site.said.count("posts have no button; this is no site key; it reads fsk1_") == 1
    assert BAD_KEYS["short"] not in site.said


def test_a_blog_without_a_receiver_is_told_which_setting_is_missing(run):
    site = run(KEY.text(), RECEIVER="")

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert "posts have no button; not set: FLATTR_URL" in site.said


def test_a_theme_in_jinja_has_the_same_buttons(run):
    site = run(KEY.text(), THEME="bootblog4-jinja")

    assert site.with_flattr == PAGES | {"wanted/index.html"}
    assert claim_on(site.page("posts/fish/index.html")).url == "https://blog.example/posts/fish/"
