"""The whole story, as `make demo CHECK=1` tells it: real builds, real HTTP, real commands."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_demo_comes_true():
    run = subprocess.run(
        [sys.executable, "examples/demo.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert "2.00 EUR, 2 clicks: 0.90 EUR each" in lines
    assert "5.00 EUR, 10 clicks: 0.45 EUR each" in lines
    assert any(re.fullmatch(r"sum +0\.00 +EUR", line) for line in lines)
    assert lines[-1] == "books balanced"
    assert "fsk1_" not in run.stdout + run.stderr
