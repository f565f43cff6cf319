"""The generators that snippets are tried in, as `make generators` installs them, and what a build wrote and said."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from flattr_button import SiteKey, ThingsList
from flattr_button.things_list import WELL_KNOWN_PATH
from flattr_tool.check import check_site
from flattr_tool.listed import Wanted
from tests.snippets.strange_posts import KEY, RECEIVER, SCOPE, SECRET, buttons_on, claim_of, tree_of

ROOT: Final = Path(__file__).resolve().parents[2]
INSTALLED: Final = ROOT / ".generators"
BIN: Final = INSTALLED / "python" / "bin"
NODE_MODULES: Final = INSTALLED / "node" / "node_modules"
OLD_KEY: Final = SiteKey(KEY.site, KEY.generation - 1, b"decade00" * 8)


@dataclass(frozen=True)
class Site:
    """The output of a build by path, what the build said, and how it ended."""

    files: dict[str, bytes]
    said: str
    exit_code: int

    def page(self, path: str) -> str:
        return self.files[path].decode()

    @property
    def with_flattr(self) -> set[str]:
        """Return the paths of all files but the signed list with any trace of a button: address, class, words."""
        return {path for path, raw in self.files.items() if b"flattr" in raw.lower() and path != WELL_KNOWN_PATH}

    @property
    def with_button(self) -> set[str]:
        return {path for path, raw in self.files.items() if path.endswith(".html") and buttons_on(raw.decode())}

    @property
    def listed(self) -> set[str]:
        """Return the addresses of all posts on the signed list, once the receiver has taken it."""
        listing = ThingsList.parse(self.files[WELL_KNOWN_PATH])
        listing.verify(KEY.secret, receiver=f"{RECEIVER}/", scope=SCOPE)
        assert list(listing.tokens) == sorted(set(listing.tokens))
        return {claim_of(token).url for token in listing.tokens}

    @property
    def with_key(self) -> set[str]:
        return {path for path, raw in self.files.items() if SECRET.encode() in raw or b"fsk1_" in raw}


def problems_of(folder: Path) -> list[str]:
    """Return what the command `flattr check` finds wrong with a built site."""
    wanted = Wanted.of(KEY, receiver=RECEIVER, site_url=SCOPE)
    return [finding.line() for finding in check_site(folder, wanted, is_offline=True).problems]


def url_of(page: str) -> str:
    """Return the address that the one button of a page names."""
    (token,) = re.findall(rf'href="{RECEIVER}/f/([^"]*)"', "".join(buttons_on(page)))
    return claim_of(token).url


def tool(name: str) -> Path:
    """Return a tool of a generator, or skip the test."""
    if not (INSTALLED / "installed").exists():
        pytest.skip(f"no {name}; run: make generators")
    return BIN / name


def link_node_modules(folder: Path) -> None:
    (folder / "node_modules").symlink_to(NODE_MODULES)


def run_node(folder: Path, script: str, *arguments: str, given: str = "") -> str:
    """Run a module in Node with what is given as its input; return what it says and prints."""
    done = subprocess.run(
        [tool("node"), "--input-type=module", "--eval", script, *arguments], cwd=folder, env=_environment(None),
        input=given, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def remove(folder: Path, *patterns: str) -> None:
    """Remove what earlier builds have left, so that the next one begins anew."""
    for path in (path for pattern in patterns for path in folder.glob(pattern)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def build(
    folder: Path, output: Path, *command: str | Path, key: str | None,
    further: Mapping[str, str] = MappingProxyType({}),
) -> Site:  # fmt: skip
    """Run the build of a generator in a folder, with a key in its environment or without one."""
    done = subprocess.run(
        command, cwd=folder, env=_environment(key) | further, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    return Site(tree_of(output), done.stdout, done.returncode)


def _environment(key: str | None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("FLATTR_")}
    return inherited | {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "plugins"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ASTRO_TELEMETRY_DISABLED": "1",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
        **({} if key is None else {"FLATTR_SITE_KEY": key}),
    }
