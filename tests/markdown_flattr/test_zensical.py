"""Zensical has no plugins; the Markdown extension signs, and one line of the theme prints."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from markdown import Markdown

from flattr_button import Claim, SiteKey, SiteOfToken, ThingsList, verify
from markdown_flattr import FlattrExtension
from tests.mkdocs_flattr.conftest import BUTTON, INSTALLED, KEY, PLUGINS, RECEIVER

SITE_URL = "https://cem.example/notes/"
DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "mkdocs.md").read_text()


def documented(language: str, after: str) -> str:
    """Return the first example of a language behind a line of docs/mkdocs.md."""
    found = re.search(rf"^```{re.escape(language)}\n(.*?)^```$", DOCUMENT[DOCUMENT.index(after) :], re.M | re.S)
    assert found
    return found[1]


SETTINGS = documented("yaml", "## Zensical").replace("https://cem.example/", SITE_URL) + (
    "      pages: notes/\n      exclude_tags: [ad]\n"
)
PAGES = {
    "docs/index.md": "# Home\n",
    "docs/about.md": "---\nflattr: true\n---\n\n# About\n",
    "docs/notes/oil.md": "# Oil\n",
    "docs/blog/index.md": "# Blog\n",
    "docs/blog/posts/öl.md": (
        "---\ndate: 2026-01-14\nlang: de\ntags: [Ketten]\ncategories: [Räder]\n---\n\n"
        "# Öl & *Fett* `x<y`\n\nText.\n\n[flattr]\n\n## Mehr\n\nText.\n"
    ),
    "docs/blog/posts/titled.md": (
        "---\ndate: 2026-02-14\ntitle: A title\nflattr: {id: one, hidden: yes}\n---\n\nText.\n"
    ),
    "docs/blog/posts/out.md": "---\ndate: 2026-03-14\nflattr: false\n---\n\n# Out\n",
    "docs/blog/posts/ad.md": "---\ndate: 2026-04-14\ntags: [ad]\n---\n\n# Ad\n",
    "overrides/partials/comments.html": documented("jinja", "### In your theme"),
    "overrides/main.html": documented("html+jinja", "## Zensical"),
    "mkdocs.yml": SETTINGS,
}
WITH_BUTTON = {
    "about/index.html",
    "notes/oil/index.html",
    "blog/2026/01/14/öl--fett-xy/index.html",
    "blog/2026/02/14/a-title/index.html",
}
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zensical")
    for name, text in (PAGES | INSTALLED).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def run(site: Path, sites_python: str) -> Run:
    def run(*arguments: str, key: SiteKey | None = KEY) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLATTR_")}
        signing = {"FLATTR_SITE_KEY": key.text()} if key else {}
        return subprocess.run(
            [sites_python, *arguments],
            cwd=site,
            env=inherited | {"PYTHONPATH": f"{PLUGINS}{os.pathsep}{site}"} | signing,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def built(run: Run, site: Path) -> dict[str, str]:
    """Build without a key, then with it, and return the text of each file of the second build."""
    keyless = run("-m", "zensical", "build", "--clean", key=None)
    assert keyless.returncode == 0
    assert keyless.stderr.count("posts have no button; not set: FLATTR_SITE_KEY") == 1
    assert not any("flattr" in text for text in files_of(site).values())
    signed = run("-m", "zensical", "build", "--clean", "--strict")
    assert signed.returncode == 0, signed.stdout + signed.stderr
    assert "flattr" not in signed.stderr
    return files_of(site)


def files_of(site: Path) -> dict[str, str]:
    return {
        path.relative_to(site / "site").as_posix(): path.read_text(errors="replace")
        for path in (site / "site").rglob("*")
        if path.suffix in (".html", ".json", ".xml", ".js", ".txt")
    }


def test_each_post_and_chosen_page_has_one_button_and_nothing_else_has_one(built):
    assert {path for path, text in built.items() if "flattr" in text} == WITH_BUTTON
    for path in WITH_BUTTON:
        assert built[path].count(BUTTON) == built[path].count('<link rel="payment"') == 1
        assert "[flattr]" not in built[path]
    assert "blog/index.html" in built
    assert any(path.endswith("search.json") for path in built)


def test_the_token_says_what_the_page_says(built):
    claims = {claim.url.removeprefix(SITE_URL): claim for claim in map(claim_on, map(built.get, WITH_BUTTON))}

    assert set(claims) == {"about/", "notes/oil/", "blog/2026/01/14/%C3%B6l--fett-xy/", "blog/2026/02/14/a-title/"}
    oil, titled = claims["blog/2026/01/14/%C3%B6l--fett-xy/"], claims["blog/2026/02/14/a-title/"]
    assert (oil.title, oil.language, oil.category, oil.tags) == ("Öl & Fett x<y", "de", "Räder", ("Ketten",))
    assert oil.modified == 1768348800  # 2026-01-14
    assert (titled.title, titled.id, titled.hidden) == ("A title", "one", True)
    assert claims["about/"].title == "About"


def claim_on(page: str) -> Claim:
    (token,) = set(re.findall(rf"{RECEIVER}f/([\w.-]+)", page))
    return verify(token, lambda *_: SiteOfToken(KEY.secret, SITE_URL))


def test_the_list_is_made_of_what_was_built(built, run, site):
    done = run("-m", "markdown_flattr", "site", SITE_URL)

    things = ThingsList.parse((site / "site/.well-known/flattr.json").read_text())
    things.verify(KEY.secret, receiver=RECEIVER, scope=SITE_URL)
    assert len(things.tokens) == len(WITH_BUTTON)
    assert "4 things" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "key", "remedy"),
    [
        (("site", SITE_URL), None, "not set: FLATTR_SITE_KEY"),
        (("site", "https://dora.example/"), KEY, "build the site with it"),
        (("site", SITE_URL), SiteKey("carlablog2", 1, b"0ddba115" * 8), "build the site with it"),
        (("nowhere", SITE_URL), KEY, "the folder that was built, and its address"),
    ],
)
def test_no_list_is_written_without_what_it_needs(built, run, arguments, key, remedy):
    done = run("-m", "markdown_flattr", *arguments, key=key)

    assert done.returncode != 0
    assert remedy in done.stderr


def test_outside_of_zensical_the_extension_signs_nothing_and_is_silent(monkeypatch, caplog):
    monkeypatch.setenv("FLATTR_SITE_KEY", KEY.text())
    markdown = Markdown(extensions=["flattr"], extension_configs={"flattr": {"receiver": RECEIVER}})

    assert markdown.convert("# Oil\n\nText.") == "<h1>Oil</h1>\n<p>Text.</p>"
    assert not caplog.records


def test_each_option_of_the_extension_is_in_the_docs():
    (line,) = re.findall(r"^- The extension knows the options (.*), which mean", DOCUMENT, re.M)

    assert sorted(re.findall(r"`(\w+)`", line)) == sorted(FlattrExtension().getConfigs())


def test_a_misspelt_option_is_refused():
    with pytest.raises(KeyError):
        Markdown(extensions=["flattr"], extension_configs={"flattr": {"reciever": RECEIVER}})
