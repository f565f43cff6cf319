"""One build of the distribution, and empty environments to install it into."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class Distribution:
    wheel: Path
    sdist: Path

    def names_in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the distribution, one extra, and nothing else: not even pip."""

    folder: Path

    def run(self, *command: str, environment: Mapping[str, str] = MappingProxyType({})) -> str:
        """Run a command of the environment, outside the repository; return what it prints."""
        run = subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            capture_output=True, text=True, cwd=self.folder, check=False, timeout=120,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), **environment},
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return run.stdout

    def evaluate(self, code: str) -> Any:
        """Run Python code there; return the value that it leaves in `answer`."""
        return json.loads(self.run("python", "-I", "-c", f"import json\n{code}\nprint(json.dumps(answer))"))


@pytest.fixture(scope="session")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """Build the source distribution, and the wheel from it, with the build backend of this environment."""
    folder = tmp_path_factory.mktemp("dist")
    _checked(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    return Distribution(wheel=next(folder.glob("*.whl")), sdist=next(folder.glob("*.tar.gz")))


@pytest.fixture(scope="session")
def installed(distribution: Distribution, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Environment]:
    """Install the wheel with an extra (or "" for none) into an environment of its own, once for each extra."""
    environments: dict[str, Environment] = {}

    def install(extra: str) -> Environment:
        if extra not in environments:
            folder = tmp_path_factory.mktemp(f"with-{extra or 'none'}")
            venv.create(folder, with_pip=False, symlinks=True)
            wanted = f"{distribution.wheel}[{extra}]" if extra else str(distribution.wheel)
            _checked(
                sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"),
                "install", "--quiet", "--no-compile", wanted,
            )  # fmt: skip
            environments[extra] = Environment(folder)
        return environments[extra]

    return install


def _checked(*command: str) -> None:
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ | QUIET, check=False, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr
