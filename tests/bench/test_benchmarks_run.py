"""The benchmarks are kept running; what they measure is for people to read."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import PARTS_BY_NAME

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PARTS_BY_NAME)
def test_a_benchmark_runs(name):
    run = subprocess.run(
        [sys.executable, "-m", "bench", name, "--quick", "--markdown"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'plugins'}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    skipped = re.findall(r"^skipped: (.*)$", run.stdout, re.M)
    assert len(re.findall(r"^\| ---", run.stdout, re.M)) == len(PARTS_BY_NAME[name]) - len(skipped)
    if skipped:
        pytest.skip("; ".join(skipped))
