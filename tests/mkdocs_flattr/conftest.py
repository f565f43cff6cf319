"""Real builds of small notebooks by Cem.

HOST_PYTHON and HOST_PROGRAM name another host than the MkDocs beside the tests: tests/real_sites/hosts.sh.
"""

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

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
RECEIVER = "https://flattr.example/"
SITE_URL = "https://cem.example/"
PYTHON = os.environ.get("HOST_PYTHON", sys.executable)
PROGRAM = os.environ.get("HOST_PROGRAM", "mkdocs")
KEY = SiteKey("cemsnotes2", 1, b"0ddba115" * 8)
BUTTON = '<a class="flattr-button"'
WITH_PLUGIN = f"plugins: [search, flattr: {{receiver: '{RECEIVER}'}}]"
WITHOUT = "plugins: [search]"

Tree = dict[str, str]
INSTALLED: Tree = {
    "flattr_tests-0.dist-info/METADATA": "Metadata-Version: 2.1\nName: flattr-tests\nVersion: 0\n",
    "flattr_tests-0.dist-info/entry_points.txt": (
        "[mkdocs.plugins]\nflattr = mkdocs_flattr.plugin:FlattrPlugin\n"
        "[markdown.extensions]\nflattr = markdown_flattr:FlattrExtension\n"
    ),
}


@dataclass(frozen=True)
class Notebook:
    """The output of a build as text by path, and what the build said."""

    files: Tree
    log: str
    exit_code: int

    def __getitem__(self, path: str) -> str:
        return self.files[path]

    @property
    def pages_with_button(self) -> set[str]:
        return {path for path, text in self.files.items() if "flattr-button" in text}

    @property
    def claims(self) -> dict[str, Claim]:
        return self.claims_in(SITE_URL)

    def claims_in(self, scope: str) -> dict[str, Claim]:
        """Return the verified claims of the signed list, by path below the site's address."""
        things = ThingsList.parse(self.files[".well-known/flattr.json"])
        things.verify(KEY.secret, receiver=RECEIVER, scope=scope)
        claims = [verify(token, lambda *_: SiteOfToken(KEY.secret, scope)) for token in things.tokens]
        return {claim.url.removeprefix(scope): claim for claim in claims}

    def said(self, level: str) -> list[str]:
        return [line for line in self.log.splitlines() if re.match(rf"{level} +-  mkdocs_flattr:", line)]


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Notebook]:
    """Build a notebook of some pages and settings; each call builds into a folder of its own."""
    built = []

    def run(
        pages: Tree,
        settings: str = "",
        *,
        plugins: str = WITH_PLUGIN,
        key: SiteKey | str | None = KEY,
        site_url: str = SITE_URL,
        theme: str = "mkdocs",
        modules: Tree | None = None,
        arguments: tuple[str, ...] = (),
        program: str | None = None,
        python: str = PYTHON,
        host: str = PROGRAM,
    ) -> Notebook:
        folder = tmp_path / "notebook"
        for name, text in (
            {f"docs/{name}": text for name, text in pages.items()} | INSTALLED | (modules or {})
        ).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        lines = ["site_name: Cem", f"theme: {theme}", plugins, f"site_url: {site_url}" if site_url else ""]
        (folder / "mkdocs.yml").write_text("\n".join([*lines, dedent(settings)]))
        built.append(output := tmp_path / f"output{len(built)}")
        text_of_key = key.text() if isinstance(key, SiteKey) else key
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLATTR_")}
        command = ["-c", program, str(output)] if program else ["-m", host, "build", "-d", str(output), *arguments]
        done = subprocess.run(
            [python, *command],
            cwd=folder,
            env=inherited
            | {"PYTHONPATH": os.pathsep.join([str(PLUGINS), str(folder)]), "SOURCE_DATE_EPOCH": "1760000000"}
            | {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
            | ({"FLATTR_SITE_KEY": text_of_key} if text_of_key else {}),
            capture_output=True,
            text=True,
            check=False,
        )
        files = {
            path.relative_to(output).as_posix(): path.read_text()
            for path in sorted(output.rglob("*"))
            if path.suffix in (".html", ".json", ".xml", ".js", ".md", ".txt")
        }
        return Notebook(files, done.stdout + done.stderr, done.returncode)

    return run
