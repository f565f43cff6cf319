"""The include for GitHub Pages, built by a real Jekyll in safe mode, as GitHub runs it."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.snippets.link_follower import SCOPE, LinkFollower, link_follower, links_of

POSTS = {
    "bees": "How to keep bees",
    "quotes": "'Bees & \"butter\" #1 + 50 % <em>more</em>'",
    "ünï": "Über Bücher 🐝",
}


@pytest.fixture(scope="module")
def follower(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LinkFollower]:
    with link_follower(tmp_path_factory.mktemp("receiver")) as follower:
        yield follower


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, follower: LinkFollower) -> Path:
    return built(tmp_path_factory.mktemp("site"), follower, url="https://blog.example")


def built(folder: Path, follower: LinkFollower, *, url: str) -> Path:
    jekyll = shutil.which("jekyll")
    if jekyll is None:
        pytest.skip("no Jekyll on this machine; install it (Debian: apt install jekyll)")
    for name in ("_includes", "_layouts", "_posts"):
        (folder / name).mkdir()
    (folder / "_config.yml").write_text(f"url: {url}\nbaseurl: /notes\npermalink: /:year/:title/\n")
    (folder / "_includes/flattr.html").write_text(follower.snippet("github-pages/flattr.html"))
    (folder / "_layouts/post.html").write_text("<title>x</title>{{ content }}\n{% include flattr.html %}\n")
    for slug, title in POSTS.items():
        (folder / f"_posts/2026-09-01-{slug}.md").write_text(f"---\ntitle: {title}\nlayout: post\n---\nA post.\n")
    command = [
        jekyll,
        "build",
        "--safe",
        "--quiet",
        "--disable-disk-cache",
        "-s",
        str(folder),
        "-d",
        str(folder / "_out"),
    ]
    subprocess.run(command, check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
    return folder / "_out"


def link_of(site: Path, slug: str) -> str:
    (link,) = links_of((site / f"2026/{slug}/index.html").read_text())
    return link


@pytest.mark.parametrize(
    ("slug", "title", "address"),
    [
        ("bees", "How to keep bees", "notes/2026/bees/"),
        ("quotes", 'Bees & "butter" #1 + 50 % more', "notes/2026/quotes/"),
        ("ünï", "Über Bücher 🐝", "notes/2026/%C3%BCn%C3%AF/"),
    ],
)
def test_the_link_of_a_post_leads_to_the_click_on_it(
    slug: str, title: str, address: str, site: Path, follower: LinkFollower
) -> None:
    assert follower.clicked_by_following(link_of(site, slug), said_title=title) == SCOPE + address


def test_a_preview_has_no_button(tmp_path: Path, follower: LinkFollower) -> None:
    preview = built(tmp_path, follower, url="http://localhost:4000")

    assert links_of((preview / "2026/bees/index.html").read_text()) == []
