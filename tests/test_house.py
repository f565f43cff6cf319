"""The rules of the house: floors, file names, money without fractions, complete documentation."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from receiver.settings import OF_THE_PLUGINS, PREFIX, Settings

ROOT = Path(__file__).parents[1]
FLOORS = [
    *(ROOT / "receiver" / name for name in ("domain", "store", "gateways", "actions", "web", "cli")),
    *(
        ROOT / "plugins" / name
        for name in ("flattr_button", "markdown_flattr", "pelican_flattr", "mkdocs_flattr", "flattr_tool")
    ),
]
WAITS = {"turns.py"}  # the only fractions beside money: seconds to wait for a lock
MONEY = [
    path
    for name in ("domain", "store", "actions")
    for path in sorted((ROOT / "receiver" / name).rglob("*.py"))
    if path.name not in WAITS
]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "snippets/**/*.md", "bench/**/*.md", "tests/**/*.md")
    for page in ROOT.glob(pattern)
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_two_floors_of_the_receiver_share_a_file_name():
    homes: dict[str, list[str]] = {}
    for path in [*(ROOT / "receiver").rglob("*.py"), *(ROOT / "plugins" / "flattr_button").glob("*.py")]:
        if path.name != "__init__.py" and "versions" not in path.parts:
            homes.setdefault(path.name, []).append(name_of(path))

    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}


def test_no_file_is_a_drawer():
    drawers = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common", "base", "core", "types"}

    assert [name_of(path) for floor in FLOORS for path in floor.rglob("*.py") if path.stem in drawers] == []


@pytest.mark.parametrize("path", MONEY, ids=name_of)
def test_money_is_never_a_fraction(path):
    found = [f"line {node.lineno}" for node in ast.walk(ast.parse(path.read_text())) if _makes_a_fraction(node)]

    assert found == [], "no float and no true division where money is"


def _makes_a_fraction(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.Name):
        return node.id == "float"
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Div)
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _joins_a_path(node)


def _joins_a_path(node: ast.BinOp) -> bool:
    return any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (node.left, node.right))


@pytest.mark.parametrize("code", ["a / b", "0.5", "float(a)", "a /= b", "x: float"])
def test_the_check_for_fractions_finds(code):
    assert any(_makes_a_fraction(node) for node in ast.walk(ast.parse(code)))


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("plugins/flattr_button", []),
        ("plugins/flattr_tool", []),
        ("plugins/markdown_flattr", ["markdown", "zensical"]),
        ("plugins/pelican_flattr", ["pelican"]),
        ("plugins/mkdocs_flattr", ["mkdocs", "markdown"]),
        ("receiver", ["receiver"]),
    ],
)
def test_what_is_imported_is_declared(folder, extras):
    """A library that only comes along with another one is gone when the other one changes its mind."""
    declared = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        declared += PROJECT["project"]["optional-dependencies"][extra]
    allowed = {re.split(r"[\[<>=~! ;]", line)[0].lower().replace("_", "-") for line in declared}
    ours = {"receiver", "flattr_button", "markdown_flattr", "pelican_flattr", "mkdocs_flattr", "flattr_tool"}
    distributions = importlib.metadata.packages_distributions()

    imported = {module for path in (ROOT / folder).rglob("*.py") for module in _top_imports(path)}
    foreign = imported - ours - set(sys.stdlib_module_names)
    undeclared = {
        module
        for module in foreign
        if not allowed & {name.lower().replace("_", "-") for name in distributions.get(module, [module])}
    }

    assert undeclared - _optional() == set()


def _optional() -> set[str]:
    """Return what is imported only if an extra of its own is installed."""
    return {"stripe", "psycopg", "duckdb"}


def _top_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def test_nothing_is_kept_that_git_is_told_to_ignore():
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("allowed in CI: this copy has no history, or the machine no git")
    kept = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    assert kept == ""


@pytest.mark.docs
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(page):
    broken = [link for link in _relative_links(page) if not _leads_somewhere(page, link)]

    assert broken == []


def _relative_links(page: Path) -> list[str]:
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(), flags=re.M | re.S)
    text = re.sub(r"`[^`\n]*`", "", text)
    links = re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", text)
    return [link for link in links if not re.match(r"[a-z]+:", link)]


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT):
        return False
    return not heading or target.suffix != ".md" or heading in _headings(target)


def _headings(page: Path) -> set[str]:
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(), flags=re.M | re.S)
    titles = (title.strip().lower() for title in re.findall(r"^#+ (.*)$", text, re.M))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


@pytest.mark.docs
def test_every_setting_is_documented_and_nothing_else():
    page = (ROOT / "docs" / "settings.md").read_text()
    all_pages = "".join(page.read_text() for page in PAGES)

    settings = {PREFIX + field.upper() for field in Settings.model_fields}
    documented = set(re.findall(rf"\b{PREFIX}[A-Z_]+\b", page))

    assert settings - documented == set(), "not documented"
    assert documented - settings - OF_THE_PLUGINS == set(), "documented, but there is no such setting"
    assert {name for name in OF_THE_PLUGINS if name not in all_pages} == set(), "of the plugins, on no page"


@pytest.mark.docs
def test_every_command_is_documented():
    from flattr_tool.command import COMMANDS
    from receiver.cli.commands import main

    pages = "".join(page.read_text() for page in PAGES)

    assert [name for name in main.commands if f"flattr-receiver {name}" not in pages] == []
    assert [name for name in COMMANDS if f"flattr {name}" not in pages] == []


@pytest.mark.docs
def test_every_target_of_make_is_listed_by_make_help():
    makefile = (ROOT / "Makefile").read_text()
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()

    assert [target for target in targets if f"make {target} " not in listed] == []


@pytest.mark.docs
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_has_one_sentence_a_line(page):
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(), flags=re.M | re.S)
    prose = [line for line in text.splitlines() if line and not line.startswith(("|", "#", ">"))]

    two = [line for line in prose if re.search(r"[a-z)`][.?!] [A-Z]\w+ \w+.*[.?!]$", line)]

    assert two == []


@pytest.mark.parametrize(
    ("body", "ci", "passes"),
    [
        ("def test_it():\n    pytest.skip('no Chromium')", "", True),
        ("def test_it():\n    pytest.skip('no Chromium')", "true", False),
        ("pytest.importorskip('no_such_module')", "true", False),
        ("@pytest.mark.skipif(True, reason='slow')\ndef test_it(): ...", "true", False),
        ("def test_it():\n    pytest.skip('allowed in CI: needs a Mac')", "true", True),
        ("@pytest.mark.xfail\ndef test_it():\n    assert False", "true", True),
    ],
)
def test_in_ci_a_skipped_test_fails(body, ci, passes, tmp_path):
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_one.py").write_text(f"import pytest\n\n{body}\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]

    run = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"CI": ci}, check=False, cwd=tmp_path
    )

    assert (run.returncode == 0) == passes, run.stdout
