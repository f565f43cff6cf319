"""Build a blog with and without the plugin, by turns; and ask a profiler how much of a build the plugin is."""

import json
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.building import GENERATOR_BY_NAME, KEY
from bench.machine import ROOT, Missing
from bench.measure import spread
from bench.scale import Scale
from bench.servers import own_environment
from bench.table import Table

COLUMNS = ["builds", "seconds with", "seconds without", "with ÷ without", "spread", "plugin's share", "its spread"]


@dataclass(frozen=True, slots=True)
class Built:
    """Processor seconds of one build, and the plugin's share of them in percent if a profiler watched."""

    seconds: float
    share: float | None = None


def run(scale: Scale, name: str) -> Table:
    if not GENERATOR_BY_NAME[name].python.exists():
        raise Missing(f"{name} is not installed; install it: make sites")
    with tempfile.TemporaryDirectory(prefix="flattr-builds-") as folder:
        blog = Path(folder)
        GENERATOR_BY_NAME[name].write(blog, scale.build_posts)
        _pair(name, blog, 0)  # compiles what was never imported
        pairs = [_pair(name, blog, number) for number in range(scale.build_rounds)]
        shares = [_built(name, blog, "with", "--profile").share or 0.0 for _ in range(scale.build_rounds)]
    row = [
        f"{scale.build_posts:,} posts",
        f"{statistics.median(one.seconds for one, _ in pairs):.2f}",
        f"{statistics.median(other.seconds for _, other in pairs):.2f}",
        *spread([one.seconds / other.seconds for one, other in pairs]),
        f"{statistics.median(shares):.2f} %",
        f"{min(shares):.2f}..{max(shares):.2f}",
    ]
    return Table(f"building with {name}, processor time", COLUMNS, [row])


def _pair(name: str, blog: Path, number: int) -> tuple[Built, Built]:
    """Build with and without the plugin; each second time the other way round, for a machine drifts."""
    if number % 2:
        without = _built(name, blog, "without")
        return _built(name, blog, "with"), without
    return _built(name, blog, "with"), _built(name, blog, "without")


def _built(name: str, blog: Path, *arguments: str) -> Built:
    done = subprocess.run(
        [str(GENERATOR_BY_NAME[name].python), "-m", "bench.building", name, str(blog), *arguments],
        cwd=ROOT, env=own_environment({"FLATTR_SITE_KEY": KEY.text()}), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name} does not build:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return Built(**json.loads(done.stdout.splitlines()[-1]))
