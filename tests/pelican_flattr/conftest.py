"""Real builds of small blogs by Carla."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from flattr_button import Claim, SiteKey, SiteOfToken, ThingsList, verify

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
RECEIVER = "https://flattr.example/"
SITE_URL = "https://carla.example"
KEY = SiteKey("carlasblog", 1, b"c0ffee00" * 8)
BUTTON = '<a class="flattr-button"'
BREAD = "Title: Bread\nDate: 2026-01-02\nCategory: Kitchen\nTags: rye, oven\n\nFlour and water.\n"

Tree = dict[str, str]


@dataclass(frozen=True)
class Blog:
    """The output of a build as text by path, and what the build said."""

    files: Tree
    log: str
    exit_code: int
    folder: Path

    def __getitem__(self, path: str) -> str:
        return self.files[path]

    @property
    def pages_with_button(self) -> set[str]:
        return {path for path, text in self.files.items() if "flattr-button" in text}

    @property
    def claims(self) -> dict[str, Claim]:
        """Return the verified claims of the signed list, by path below the site's address."""
        return {claim.url.removeprefix(f"{SITE_URL}/"): claim for claim in claims_of(self.files)}


def claims_of(files: Tree, *, key: SiteKey = KEY, scope: str = f"{SITE_URL}/", folder: str = "") -> list[Claim]:
    things = ThingsList.parse(files[f"{folder}.well-known/flattr.json"])
    things.verify(key.secret, receiver=RECEIVER, scope=scope)
    return [verify(token, lambda *_: SiteOfToken(key.secret, scope)) for token in things.tokens]


def token_on(page: str) -> str:
    (token,) = set(re.findall(rf'href="{RECEIVER}f/([^"]+)"', page))
    return token


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Blog]:
    """Build a blog of some posts and settings; each call builds into a folder of its own."""
    return builder_in(tmp_path)


@pytest.fixture(scope="module")
def build_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Blog]:
    """Build a blog that several tests of a module look at."""
    return lambda *asked, **more: builder_in(tmp_path_factory.mktemp("once"))(*asked, **more)


def builder_in(tmp_path: Path) -> Callable[..., Blog]:
    built: list[Path] = []

    def run(
        posts: Tree,
        settings: str = "",
        *,
        key: SiteKey | str | None = KEY,
        environment: dict[str, str] | None = None,
        theme: Tree | None = None,
        plugins: str = 'PLUGINS = ["pelican_flattr"]',
        site_url: str = SITE_URL,
        receiver: str = RECEIVER,
        arguments: tuple[str, ...] = (),
    ) -> Blog:
        folder = tmp_path / "blog"
        for name, text in posts.items():
            path = folder / "content" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
        lines = [f"SITEURL = {site_url!r}", plugins, f"FLATTR_URL = {receiver!r}" if receiver else ""]
        lines += ["PATH = 'content'", "TIMEZONE = 'UTC'", "FEED_ALL_ATOM = 'all.atom'", "FEED_ALL_RSS = 'all.rss'"]
        lines += ["RSS_FEED_SUMMARY_ONLY = False", "FEED_DOMAIN = SITEURL", dedent(settings)]
        if theme is not None:
            for name, text in theme.items():
                path = folder / "theme" / "templates" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            (folder / "theme" / "static").mkdir(exist_ok=True)
            lines.append("THEME = 'theme'")
        (folder / "pelicanconf.py").write_text("\n".join(lines))
        built.append(output := tmp_path / f"output{len(built)}")
        text_of_key = key.text() if isinstance(key, SiteKey) else key
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLATTR_")}
        python_path = os.pathsep.join(filter(None, [str(PLUGINS), str(folder), os.environ.get("PYTHONPATH")]))
        done = subprocess.run(
            [sys.executable, "-m", "pelican", "-s", "pelicanconf.py", "-o", str(output), "-v", *arguments],
            cwd=folder,
            env=inherited
            | {"PYTHONPATH": python_path, "COLUMNS": "1000", "NO_COLOR": "1"}
            | ({"FLATTR_SITE_KEY": text_of_key} if text_of_key else {})
            | (environment or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        files = {
            path.relative_to(output).as_posix(): path.read_text()
            for path in sorted(output.rglob("*"))
            if path.is_file() and path.suffix not in (".png", ".woff", ".woff2", ".ttf", ".eot", ".ico")
        }
        return Blog(files, done.stdout + done.stderr, done.returncode, folder)

    return run


def without_payment_links(feed: str) -> str:
    return re.sub(r'<(?:atom:)?link [^>]*rel="payment"[^>]*/>', "", feed)


def said(blog: Blog, level: str) -> list[str]:
    """Return what the plugin said at a level of logging."""
    return [line for line in blog.log.splitlines() if re.search(rf"\b{level}\b.*flattr:", line)]
