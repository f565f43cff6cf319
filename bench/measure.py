"""Measure two things by turns and compare them pair by pair, so that a drifting machine does not matter."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.table import Table


@dataclass(frozen=True, slots=True)
class Ratio:
    """How much longer one thing took than its baseline: median of paired ratios, and their spread."""

    name: str
    baseline_s: float
    measured_s: float
    median: float
    lowest: float
    highest: float

    def line(self) -> str:
        return (
            f"{self.name:<52} {self.measured_s * 1e3:>10.2f} ms  {self.baseline_s * 1e3:>10.2f} ms  "
            f"{self.median:>8.2f}  [{self.lowest:.2f}..{self.highest:.2f}]"
        )


HEADER = f"{'measured':<52} {'median':>13}  {'baseline':>13}  {'ratio':>8}  spread"


def ratio_table(title: str, ratios: Sequence[Ratio]) -> Table:
    columns = ["measured", "ms", "baseline ms", "ratio", "spread"]
    rows = [
        [ratio.name, f"{ratio.measured_s * 1e3:.2f}", f"{ratio.baseline_s * 1e3:.2f}", f"{ratio.median:.2f}",
         f"{ratio.lowest:.2f}..{ratio.highest:.2f}"]
        for ratio in ratios
    ]  # fmt: skip
    return Table(title, columns, rows)


def spread(ratios: Sequence[float]) -> list[str]:
    """Return the cells of paired ratios: their median, and from the lowest to the highest."""
    return [f"{statistics.median(ratios):.3f}", f"{min(ratios):.3f}..{max(ratios):.3f}"]


def compare(name: str, measured: Callable[[], object], baseline: Callable[[], object], *, rounds: int) -> Ratio:
    """Run both alternately, `rounds` times after one warm-up."""
    measured(), baseline()
    pairs = [(_seconds(measured), _seconds(baseline)) for _ in range(rounds)]
    ratios = [one / other for one, other in pairs]
    return Ratio(
        name,
        baseline_s=statistics.median(other for _, other in pairs),
        measured_s=statistics.median(one for one, _ in pairs),
        median=statistics.median(ratios),
        lowest=min(ratios),
        highest=max(ratios),
    )


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
