"""Close and check a month, beside DuckDB settling the same clicks; each in a process of its own."""

import json
import statistics
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench import duck
from bench.books import Books
from bench.machine import require_duckdb
from bench.measure import spread
from bench.scale import Scale
from bench.servers import own_environment
from bench.table import Table
from bench.world import World, fill

COLUMNS = ["what", "seconds", "÷ DuckDB", "spread", "peak MiB"]


@dataclass(frozen=True, slots=True)
class Run:
    """What a process told when it had closed the month."""

    close_s: float
    check_s: float
    mib: int


def run(scale: Scale, made: AbstractContextManager[Books], *, named: str) -> Table:
    """Measure, and compare the settlements: both have to come to the same."""
    require_duckdb()
    with made as books, tempfile.TemporaryDirectory(prefix="flattr-duck-") as folder:
        world = fill(
            books, readers=scale.close_readers, clickers=0, things=max(scale.close_readers // 10, scale.clicks_each),
            clicks_each=scale.clicks_each,
        )  # fmt: skip
        file = Path(folder) / "clicks.duckdb"
        duck.fill(file, world.past_clicks)
        pairs = [(_duck(file), _receiver(books, world, file)) for _ in range(scale.close_rounds)]
    title = f"{scale.close_readers:,} readers, {len(world.past_clicks.packed):,} clicks: closed on {named}"
    return Table(title, COLUMNS, _rows(pairs))


def _duck(file: Path) -> Run:
    return _run(["bench.duck", str(file)], {})


def _receiver(books: Books, world: World, file: Path) -> Run:
    with books.copy() as own:
        run = _run(["bench.closing", str(world.past)], own.environment())
        _require_same(own, file)
        return run


def _run(arguments: list[str], settings: dict[str, str]) -> Run:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], env=own_environment(settings), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{arguments[0]} failed: {done.stderr}")
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def _require_same(books: Books, file: Path) -> None:
    readers, things = duck.settled(file)
    own_readers = books.rows("select reader_id, things, fee_micros, share_micros from reader_settlements order by 1")
    own_things = books.rows("select thing_id, readers, amount_micros from thing_settlements order by 1")
    if (own_readers, own_things) != (readers, things):
        raise RuntimeError("DuckDB and the receiver settle the month differently")


def _rows(pairs: list[tuple[Run, Run]]) -> list[list[str]]:
    ducks, receivers = [one for one, _ in pairs], [other for _, other in pairs]
    return [
        ["DuckDB", *_cells(ducks, [one.close_s for one in ducks], ducks)],
        ["close", *_cells(receivers, [other.close_s for other in receivers], ducks)],
        ["close and check", *_cells(receivers, [other.close_s + other.check_s for other in receivers], ducks)],
    ]


def _cells(runs: list[Run], seconds: list[float], ducks: list[Run]) -> list[str]:
    ratios = [taken / one.close_s for taken, one in zip(seconds, ducks, strict=True)]
    return [f"{statistics.median(seconds):.2f}", *spread(ratios), str(max(run.mib for run in runs))]
