"""snippets/jekyll in the real Jekyll of Debian."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from flattr_button import cleaned_title
from tests.snippets.strange_posts import (
    BAD_KEYS,
    KEY,
    LONG,
    MISTYPED,
    POSTS,
    SCOPE,
    SECRET,
    SNIPPETS,
    Post,
    buttons_on,
    claim_on,
    require_proof,
    title_of,
    tree_of,
    wild_titles,
)  # fmt: skip

SNIPPET = SNIPPETS / "jekyll"
CONFIG = "url: https://blog.example\ntimezone: UTC\npermalink: /:title/\n"
LAYOUT = """<html><head><title>{{ page.title | escape }}</title>{% flattr_head %}</head>
<body>{{ content }}{% flattr %}</body></html>"""
INDEX = """---
layout: default
---
{% for post in site.posts %}<h2>{{ post.title | escape }}</h2>{{ post.excerpt }}{% endfor %}"""
FEED = """---
---
<feed>{% for post in site.posts %}<entry>
<content>{{ post.content | xml_escape }}</content></entry>{% endfor %}</feed>"""


@dataclass(frozen=True)
class Site:
    """What a build wrote and said."""

    files: dict[str, bytes]
    said: str
    exit_code: int

    def page(self, path: str) -> str:
        return self.files[path].decode()

    @property
    def with_flattr(self) -> set[str]:
        return {path for path, raw in self.files.items() if b"flattr" in raw} - {".well-known/flattr.json"}


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Carla's blog, with the snippet as its README says."""
    if not shutil.which("jekyll"):
        pytest.skip("no Jekyll on this machine; install it (Debian: apt install jekyll)")
    folder = tmp_path_factory.mktemp("jekyll")
    shutil.copytree(SNIPPET / "_plugins", folder / "_plugins")
    files = {"_config.yml": CONFIG, "_layouts/default.html": LAYOUT, "index.html": INDEX, "feed.xml": FEED}
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    for slug, post in POSTS.items():
        _write(folder / "_posts" / f"2026-01-02-{slug}.md", post)
    _write(folder / "_drafts" / "draft.md", Post("Draft"))
    _write(folder / "_posts" / "2026-01-02-none.md", Post("None"), flattr=False)
    _write(folder / "_posts" / "2026-01-02-unpublished.md", Post("Unpublished"), published=False)
    _write(folder / "_posts" / "2026-01-02-far.md", Post("Far"), permalink=f"/far/{'ü' * 100}/{'ü' * 100}/")
    _write(folder / "_posts" / "2026-01-02-own.md", Post("Own"), permalink="/über uns/%7ecarla%c3%bc/")
    _write(folder / "about.md", Post("About"))
    _write(folder / "wanted.md", Post("Wanted"), flattr=True)
    return folder


def _write(path: Path, post: Post, **further: object) -> None:
    front_matter = {
        "layout": "default", "title": post.title, "lang": post.language, "tags": list(post.tags),
        "categories": [post.category] if post.category else [],
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(front_matter | further, ensure_ascii=False, indent=1)
    path.write_text(f"---\n{text}\n---\nFlour and *water*.\n")


@pytest.fixture(scope="module")
def build(blog, tmp_path_factory):
    def run(key: str | None = KEY.text(), *arguments: str) -> Site:
        output = tmp_path_factory.mktemp("site")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLATTR_")}
        done = subprocess.run(
            ["jekyll", "build", "--disable-disk-cache", "--destination", str(output), *arguments], cwd=blog, text=True,
            env=inherited | {"LC_ALL": "C.UTF-8"} | ({} if key is None else {"FLATTR_SITE_KEY": key}),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        return Site(tree_of(output), re.sub("\x1b\\[[0-9;]*m", "", done.stdout), done.returncode)

    return run


@pytest.fixture(scope="module")
def site(build):
    return build(KEY.text(), "--drafts")


@pytest.mark.parametrize("slug", POSTS)
def test_the_receiver_takes_the_button_of_each_post(site, slug):
    post = POSTS[slug]

    claim = claim_on(site.page(f"{slug}/index.html"), language=post.language)

    assert claim.url.startswith(SCOPE)
    assert claim.title == title_of(post, claim.url)
    assert claim.language == post.language
    assert claim.modified == 1767312000


def test_a_claim_carries_the_labels_of_its_post_or_none_if_they_do_not_fit(site):
    fish = claim_on(site.page("fish/index.html"))
    size = claim_on(site.page("groesse-größe-蜂/index.html"))
    long = claim_on(site.page(f"{LONG}/index.html"))

    assert (fish.category, fish.tags) == ("Food & <Drink>", ('a"b', "ü"))
    assert size.tags == ("Käse",)
    assert size.url == "https://blog.example/groesse-gr%C3%B6%C3%9Fe-%E8%9C%82/"
    assert (long.category, long.tags) == (None, ())


def test_an_address_of_ones_own_is_made_canonical(site):
    (own,) = [site.page(path) for path in site.files if "uns" in path]

    assert claim_on(own).url == "https://blog.example/%C3%BCber%20uns/~carla%C3%BC/"


def test_buttons_are_on_published_posts_and_nowhere_else(site):
    own = {path for path in site.files if "uns" in path}

    assert site.exit_code == 0
    assert site.with_flattr == {f"{slug}/index.html" for slug in POSTS} | {"wanted/index.html"} | own
    assert all(len(buttons_on(site.page(path))) == 1 for path in site.with_flattr)
    assert {"draft/index.html", "none/index.html", "about/index.html", "index.html", "feed.xml"} <= set(site.files)


def test_an_address_that_is_too_long_has_no_button_and_is_named(site):
    (said,) = re.findall("flattr: .*", site.said)

    assert said.startswith("flattr: the address https://blog.example/far/%C3%BC%C3%BC")
    assert said.endswith("cannot stand in a button; give the post a plain slug")


def test_the_file_that_proves_the_site_is_beside_the_pages(site):
    require_proof(site.page(".well-known/flattr.json"))


def test_the_key_is_in_no_file(site):
    assert [path for path, raw in site.files.items() if SECRET.encode() in raw or b"fsk1_" in raw] == []


def test_the_same_posts_give_the_same_bytes(site, build):
    assert build(KEY.text(), "--drafts").files == site.files


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_there_is_no_button_and_the_build_passes(build, key):
    site = build(key)

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert ".well-known/flattr.json" not in site.files
    assert "flattr:" not in site.said


@pytest.mark.parametrize("key", [*BAD_KEYS.values(), MISTYPED])
def test_a_bad_key_signs_nothing_and_is_said_once_without_showing_it(build, key):
    site = build(key)

    assert (site.exit_code, site.with_flattr) == (0, set())
    (said,) = re.findall("flattr: .*", site.said)
    assert re.search("(copy it as a whole|copy it again)$", said)
    assert key not in site.said


def test_a_blog_built_for_another_address_has_no_button_and_says_why(build, tmp_path):
    (tmp_path / "preview.yml").write_text("url: https://preview.example\n")

    site = build(KEY.text(), "--config", f"_config.yml,{tmp_path / 'preview.yml'}")

    assert (site.exit_code, site.with_flattr) == (0, set())
    (said,) = re.findall("flattr: .*", site.said)
    assert (
        said == "flattr: https://preview.example is outside of https://blog.example/, so there are no buttons; "
        "correct url, or SCOPE in _plugins/flattr.rb"
    )


def test_titles_are_cleaned_as_flattr_button_does(blog):
    titles = wild_titles(1000)
    script = """require "jekyll"; require "./_plugins/flattr"
      puts JSON.generate(JSON.parse($stdin.read).map { |title| Flattr.send(:cleaned, title, 200) })"""

    done = subprocess.run(
        ["ruby", "-e", script], cwd=blog, input=json.dumps(titles), text=True, capture_output=True, check=True
    )

    assert json.loads(done.stdout) == [cleaned_title(title) for title in titles]
