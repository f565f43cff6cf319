"""docs/audit.md: its commands, run in their order, end in equal bytes; and it names every file and column."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from receiver.actions.export_month import INPUTS, SETTLED
from receiver.app import build_parts
from receiver.settings import load_settings
from tests.receiver.cast import Stage, at

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
RECEIVER = {"FLATTR_PUBLIC_URL": "http://127.0.0.1:8000", "FLATTR_CLOSE_AUTOMATICALLY": "no"}


@pytest.fixture
def receiver_folder(tmp_path, monkeypatch, outbox) -> Path:
    """The folder of a receiver in which Rosa clicked three posts of Carla's in September 2026."""
    monkeypatch.chdir(tmp_path)
    parts = build_parts(load_settings(RECEIVER))
    stage = Stage(parts.db, parts.keys, outbox, now=at("2026-09-05"))
    rosa = stage.person("rosa@reads.example")
    rosa.pays("10.00")
    rosa.pledges("10.00")
    rosa.clicks(*stage.person("carla@writes.example").registers("https://bread.example/").posts("rye oats corn"))
    parts.db.close()
    return tmp_path


def test_the_commands_of_the_page_end_in_equal_bytes(receiver_folder):
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.S | re.M)
    lines = [line for block in blocks for line in block.splitlines()]
    *before, compare = [line for line in lines if not line.startswith(("pip ", "python audit/on_spark.py "))]

    said = [_run(line, receiver_folder) for line in before]

    assert "audit-exports/2026-09/inputs/clicks.parquet: 3 rows" in said[0]
    assert "audit-exports/2026-09/settled/things.parquet: 3 rows" in said[2]
    assert re.findall(r"^(\w+) ", _run(compare, receiver_folder), re.M)[-2:] == ["equal", "equal"]


def _run(line: str, folder: Path) -> str:
    program, *arguments = shlex.split(line)
    if program == "flattr-receiver":
        command = [sys.executable, "-m", "receiver", *arguments]
    else:
        assert program == "python"
        command = [sys.executable, str(ROOT / arguments[0]), *arguments[1:]]
    source = {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"}
    done = subprocess.run(
        command, cwd=folder, env=os.environ | RECEIVER | source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.docs
def test_the_page_names_every_column_of_every_file():
    named = {
        name: tuple(re.findall(r"`(\w+)`", columns))
        for name, columns in re.findall(r"^\| `((?:inputs|settled)/\w+)\.parquet` \| ([^|]+) \|", PAGE, re.M)
    }

    assert named == {f"inputs/{table}": columns for table, columns in INPUTS.items()} | {
        f"settled/{table}": columns for table, columns in SETTLED.items()
    }
