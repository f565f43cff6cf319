"""docs/token.md: every recipe on it is run and must print what the page says."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import flattr_button

pytestmark = pytest.mark.docs

PAGE = (Path(__file__).parents[2] / "docs" / "token.md").read_text()
PLUGINS = Path(flattr_button.__file__).parents[1]
_RECIPE = re.compile(r"^```(?P<language>sh|python)\n(?P<code>.*?)^```\n\n```text\n(?P<printed>.*?)^```$", re.M | re.S)
RECIPES = [pytest.param(*match.group("language", "code", "printed"), id=f"{number}-{match['language']}")
           for number, match in enumerate(_RECIPE.finditer(PAGE), start=1)]  # fmt: skip


@pytest.mark.parametrize(("language", "code", "printed"), RECIPES)
def test_a_recipe_prints_what_the_page_says(language, code, printed, tmp_path):
    if language == "sh" and not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    command = ["sh", "-eu", "-c", code] if language == "sh" else [sys.executable, "-c", code]

    run = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": str(PLUGINS), "PYTHONUTF8": "1"},
    )  # fmt: skip

    assert run.stderr == ""
    assert run.stdout == printed


def test_every_recipe_is_run():
    fences = re.findall(r"^```(?:sh|python)$", PAGE, re.M)

    assert len(fences) == len(RECIPES) >= 7


def test_the_page_names_every_field_and_every_refusal():
    refusals = [name for name in vars(flattr_button) if name.endswith(("Token", "Site", "Key", "TooLong", "Scope"))]
    errors = [name for name in refusals if issubclass(getattr(flattr_button, name), flattr_button.BadToken)]

    assert errors
    assert [name for name in errors if f"`{name}`" not in PAGE] == []
    assert [name for name in "vsgutlckhim" if f"| `{name}` |" not in PAGE] == []
