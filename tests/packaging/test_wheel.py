"""One distribution, several extras: each brings what it promises and nothing of the others."""

import re
import subprocess
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "receiver": ROOT / "receiver",
    "receiver/snippets": ROOT / "snippets",
    **{path.name: path for path in sorted((ROOT / "plugins").iterdir()) if (path / "__init__.py").exists()},
}
DISTRIBUTIONS = """
import importlib.metadata
answer = sorted({d.metadata["Name"].lower().replace("_", "-") for d in importlib.metadata.distributions()})
"""


def entry_point(group, name="flattr"):
    return f"""
from importlib.metadata import entry_points
(point,) = entry_points(group={group!r}, name={name!r})
loaded = point.load()
"""


def test_the_wheel_holds_every_file_of_every_package_and_nothing_else(distribution):
    source = {
        f"{name}/{path.relative_to(folder)}"
        for name, folder in PACKAGES.items()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not _is_ignored(path)
    }

    shipped = {name for name in distribution.names_in_wheel() if ".dist-info/" not in name}

    assert shipped - source == {"pelican/plugins/flattr/__init__.py"}
    assert source - shipped == set()


def _is_ignored(path):
    check = subprocess.run(["git", "check-ignore", "--quiet", str(path)], cwd=ROOT, check=False)
    return check.returncode == 0


def test_the_wheel_leaves_pelican_its_own_init_files(distribution):
    names = distribution.names_in_wheel()

    assert "pelican/plugins/flattr/__init__.py" in names
    assert not {"pelican/__init__.py", "pelican/plugins/__init__.py"} & names


def test_the_wheel_is_typed_and_licensed(distribution):
    names = distribution.names_in_wheel()

    assert {f"{package}/py.typed" for package in PACKAGES if not package.startswith("receiver")} <= names
    assert any(re.fullmatch(r"selfhosted_flattr-[^/]+\.dist-info/licenses/LICENSE", name) for name in names)


def test_the_source_distribution_builds_the_same_wheel_without_our_tests(distribution):
    with tarfile.open(distribution.sdist) as archive:  # the wheel was built from it: conftest.py
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}

    assert {"receiver", "plugins", "snippets", "docs", "pyproject.toml", "README.md", "LICENSE"} <= tops
    assert not {"tests", ".venv", ".git", "examples"} & tops


def test_the_core_brings_two_libraries(installed):
    assert installed("").evaluate(DISTRIBUTIONS) == ["itsdangerous", "markupsafe", "selfhosted-flattr"]


def test_the_core_signs(installed):
    token = installed("").evaluate("""
from flattr_button import SiteKey, claim_for_post, sign
key = SiteKey("carlablog2", 1, b"0" * 64)
answer = sign(claim_for_post(key, url="https://carla.example/", title="Bees"), key)
""")

    assert re.fullmatch(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}", token)


def test_the_core_has_the_command_of_creators(installed, tmp_path):
    core = installed("")
    key = core.evaluate("""
from flattr_button import SiteKey
answer = SiteKey("carlablog2", 1, b"0" * 64).text()
""")

    told = core.run("flattr", "key", environment={"FLATTR_SITE_KEY": key})

    assert "carlablog2" in told
    assert "0" * 64 not in told
    assert "check" in core.run("flattr", "--help")
    assert (
        core.evaluate("""
import sys
import flattr_tool.command
answer = sorted({name.partition(".")[0] for name in sys.modules} & {"starlette", "sqlalchemy", "click", "receiver"})
""")
        == []
    )


def test_the_markdown_extension_is_found_by_its_short_name(installed):
    html = installed("markdown").evaluate("""
import markdown
answer = markdown.markdown("Bees.\\n\\n[flattr]\\n", extensions=["flattr"])
""")

    assert "Bees." in html
    assert "[flattr]" not in html


def test_pelican_finds_the_plugin_by_itself(installed):
    found = installed("pelican").evaluate("""
import pelican
from pelican.plugins._utils import get_namespace_plugins
plugins = get_namespace_plugins()
answer = [hasattr(pelican, "Pelican"), sorted(plugins), callable(plugins["pelican.plugins.flattr"].register)]
""")

    assert found == [True, ["pelican.plugins.flattr"], True]


def test_pelican_takes_the_plugin_by_name(installed):
    answer = "import pelican_flattr\nanswer = callable(pelican_flattr.register)"

    assert installed("pelican").evaluate(answer)


def test_mkdocs_finds_the_plugin(installed):
    is_plugin = installed("mkdocs").evaluate(
        entry_point("mkdocs.plugins") + "from mkdocs.plugins import BasePlugin\nanswer = issubclass(loaded, BasePlugin)"
    )

    assert is_plugin


@pytest.mark.parametrize("extra", ["", "markdown", "pelican", "mkdocs"])
def test_a_blog_installs_nothing_of_the_receiver(installed, extra):
    names = set(installed(extra).evaluate(DISTRIBUTIONS))

    assert not names & {"starlette", "sqlalchemy", "alembic", "cryptography", "uvicorn", "pydantic"}


def test_the_receiver_answers_on_the_command_line(installed):
    help_text = installed("receiver").run("flattr-receiver", "--help")

    assert "Usage: flattr-receiver" in help_text


def test_the_receiver_makes_its_database_with_what_was_installed(installed, tmp_path):
    settings = {"FLATTR_PUBLIC_URL": "http://127.0.0.1:8000", "FLATTR_DATA_DIR": str(tmp_path / "data")}

    begin = "from receiver.app import build_parts; from receiver.settings import load_settings; "
    begin += "build_parts(load_settings()).db.close()"
    installed("receiver").run("python", "-c", begin, environment=settings)
    installed("receiver").run("flattr-receiver", "check", environment=settings)

    assert (tmp_path / "data" / "flattr.db").stat().st_size > 0


def test_the_receiver_offers_every_snippet_with_what_was_installed(installed):
    names = installed("receiver").evaluate("""
from receiver.store.snippets import read_snippets
answer = {snippet.name: len(snippet.files) for snippet in read_snippets()}
""")

    assert sorted(names) == sorted(path.parent.name for path in (ROOT / "snippets").glob("*/README.md"))
    assert all(names.values())


def test_the_audit_writes_parquet_with_what_was_installed(installed, tmp_path):
    written = installed("audit").evaluate(f"""
from pathlib import Path
from receiver.domain.month import Month
from receiver.store.parquet import private_tables
folder, columns = Path({str(tmp_path / "exports")!r}), {{"clicks": ("reader", "thing")}}
with private_tables(folder, "inputs", Month(2026, 9), columns) as tables:
    tables.add("clicks", [(1, 2)])
answer = tables.rows_by_table
""")

    assert written == {"clicks": 1}
    assert (tmp_path / "exports" / "2026-09" / "inputs" / "clicks.parquet").read_bytes()[:4] == b"PAR1"


def test_postgresql_needs_an_extra_and_has_it(installed):
    ask = """
from receiver.domain.errors import FlattrError
from receiver.store.postgres import PostgresDatabase
try:
    PostgresDatabase("postgresql://flattr@127.0.0.1:1/none").has_books()
except FlattrError as error:
    answer = [type(error).__name__, str(error)]
"""

    without, with_extra = installed("receiver").evaluate(ask), installed("postgres").evaluate(ask)

    assert without[0] == "BadSettings"
    assert "selfhosted-flattr[postgres]" in without[1]
    assert with_extra[0] == "BooksUnreachable"


def test_the_receiver_brings_nothing_of_the_blogs(installed):
    names = set(installed("receiver").evaluate(DISTRIBUTIONS))

    assert not names & {"pelican", "mkdocs", "markdown"}


def test_every_module_of_an_extra_can_be_imported(installed):
    imports = """
import importlib, pkgutil
answer = []
for name in packages:
    package = importlib.import_module(name)
    answer.append(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        if ".migrations." not in module.name:  # alembic alone can run those
            importlib.import_module(module.name)
            answer.append(module.name)
"""
    for extra, packages in {
        "": ["flattr_button", "flattr_tool"],
        "markdown": ["markdown_flattr"],
        "pelican": ["pelican_flattr"],
        "mkdocs": ["mkdocs_flattr"],
        "receiver": ["receiver"],
    }.items():
        assert installed(extra).evaluate(f"packages = {packages!r}{imports}"), extra
