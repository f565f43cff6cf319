"""The jobs in docs/check.md, run on blogs that are really built, against a receiver that is really served."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from flattr_button import SiteKey
from tests.flattr_tool.conftest import NOBODY, Receiver

ROOT = Path(__file__).parents[2]
PROGRAMS = {"flattr": "flattr_tool", "pelican": "pelican", "mkdocs": "mkdocs"}
OURS = ("pelican ", "mkdocs ", "flattr ")
GITHUB, GITLAB, FORGEJO = range(3)
POSTS = {GITHUB: 9, GITLAB: 7, FORGEJO: 9}  # of twelve texts one is a draft, one hidden, one without a button


@dataclass(frozen=True)
class Step:
    """A command of a job, and the names of the secrets that it is given."""

    command: str
    secrets: frozenset[str]


def documents() -> list[Any]:
    page = (ROOT / "docs" / "check.md").read_text()
    return [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", page, re.S | re.M)]


def steps(job: int) -> list[Step]:
    document = documents()[job]
    if job == GITLAB:
        return [Step(line, frozenset({"FLATTR_SITE_KEY"})) for line in document["pages"]["script"]]
    return [
        Step(step["run"], frozenset(re.findall(r"secrets\.(\w+)", str(step.get("env", "")))))
        for step in document["jobs"]["publish"]["steps"]
        if "run" in step
    ]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The programs of the jobs, as scripts that run the code of this checkout."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, module in PROGRAMS.items():
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        script.chmod(0o755)
    return folder


@dataclass(frozen=True)
class Checkout:
    """An example blog of this repository, as its creator has it in a repository of their own."""

    folder: Path
    programs: Path
    receiver: str
    address: str
    key: SiteKey

    def run(self, step: Step) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FLATTR_", "CI"))}
        environment = inherited | {
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "plugins"),
            "FLATTR_URL": self.receiver,
            "SITEURL": self.address,
            "SITE_URL": self.address,
        }
        if "FLATTR_SITE_KEY" in step.secrets:
            environment["FLATTR_SITE_KEY"] = self.key.text()
        return subprocess.run(
            ["bash", "-e", "-c", step.command],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


def checkout(job: int, programs: Path, receiver: str, address: str, key: SiteKey) -> Checkout:
    kind = "mkdocs" if job == GITLAB else "pelican"
    folder = programs.parent / "checkout"
    shutil.copytree(ROOT / "examples" / f"{kind}-blog", folder)
    if kind == "pelican":
        shutil.copy(folder / "pelicanconf.py", folder / "publishconf.py")
    return Checkout(folder, programs, receiver, address, key)


@pytest.mark.parametrize("job", [GITHUB, GITLAB, FORGEJO], ids=["github", "gitlab", "forgejo"])
def test_a_job_builds_checks_and_registers(job: int, programs: Path, receiver: Receiver) -> None:
    address = f"https://blog-in-ci-{job}.example/"
    blog = checkout(job, programs, receiver.url, address, receiver.blog(address).key)
    ours = [step for step in steps(job) if step.command.startswith(OURS)]

    runs = [blog.run(step) for step in ours]
    again = blog.run(ours[-1])

    assert [step.command.split()[:2] for step in ours][1:] == [["flattr", "check"], ["flattr", "register"]]
    assert [run.returncode for run in runs] == [0, 0, 0], [run.stdout + run.stderr for run in runs]
    _, check, register = (run.stdout for run in runs)
    assert re.search(
        rf"^{POSTS[job]} posts on the list, {POSTS[job]} buttons on pages, .*: 0 problems, 0 notes$", check, re.M
    )
    assert f"sent {POSTS[job]} of {POSTS[job]}" in register
    assert f"0 new, 0 changed, {POSTS[job]} unchanged" in again.stdout
    assert not any(blog.key.secret.decode() in run.stdout + run.stderr for run in runs)


def test_a_job_goes_on_without_its_receiver_and_not_with_a_problem(programs: Path) -> None:
    key = SiteKey("carlablog2", 1, b"5ca1ab1e" * 8)
    blog = checkout(GITHUB, programs, NOBODY, "https://blog.example/", key)
    build, check, register = (step for step in steps(GITHUB) if step.command.startswith(OURS))

    blog.run(build)
    codes = [blog.run(step).returncode for step in (check, register)]
    (blog.folder / "output" / "leak.txt").write_text(key.text())

    assert codes == [0, 0]
    assert blog.run(check).returncode == 1


def test_a_key_is_given_to_the_steps_that_need_it_and_to_no_other() -> None:
    for job in (GITHUB, FORGEJO):
        for step in steps(job):
            assert ("FLATTR_SITE_KEY" in step.secrets) == step.command.startswith(OURS), step.command


def test_github_is_told_to_publish_the_list() -> None:
    steps_of_github = documents()[GITHUB]["jobs"]["publish"]["steps"]
    (upload,) = (step for step in steps_of_github if "upload-pages-artifact" in step.get("uses", ""))

    assert upload["with"]["include-hidden-files"] is True
