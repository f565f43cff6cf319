"""How long a click waits, and how long it waits while the month before is closed."""

import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import servers
from bench.books import Books
from bench.load import Load, Pressing
from bench.machine import cores, require_load
from bench.measure import spread
from bench.presses import SINGLE, Presses
from bench.rounds import Clicking, Round
from bench.scale import Scale
from bench.table import Table
from bench.world import World, fill

COLUMNS = ["month", "close s", "req/s", "p50 ms", "÷ idle", "spread", "p99 ms", "÷ idle", "spread", "failed", "not new"]
CLOSE_S_MAX: Final = 5  # of a longer close, only so much is looked at
POLL_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Pair:
    """The same clicks without a close and during one."""

    idle: Round
    closing: Round
    close_s: float


def run(scale: Scale, made: AbstractContextManager[Books], *, named: str) -> Table:
    """Measure single signed clicks; each round closes the same month anew, as an operator does."""
    require_load()
    pairs: list[Pair] = []
    with made as books:
        world = fill(
            books, readers=scale.latency_readers, clickers=min(scale.readers, scale.latency_readers),
            things=scale.things, clicks_each=scale.clicks_each,
        )  # fmt: skip
        for _ in range(scale.rounds):
            with books.copy() as own:
                pairs.append(_pair(scale, own, world))
    clicks = len(world.past_clicks.packed)
    title = f"waiting for a click on {named}, {scale.busy} connections, while {clicks:,} clicks are settled"
    faults = sum(one.load.failed + one.not_new for pair in pairs for one in (pair.idle, pair.closing))
    return Table(title, COLUMNS, [_idle_row(pairs), _closing_row(pairs)], faults)


def _pair(scale: Scale, books: Books, world: World) -> Pair:
    server_core, load_core = cores()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flattr-load-")))
        receiver = stack.enter_context(servers.receiver(books, core=server_core))
        clicking = Clicking(books, receiver, Presses(world), SINGLE, folder / "new.http")
        clicking.round(min(scale.seconds, 1), connections=scale.busy, core=load_core)
        idle = clicking.round(scale.seconds, connections=scale.busy, core=load_core)
        clicking.prepare(3 * CLOSE_S_MAX, connections=scale.busy)  # it may be faster than in the rounds before
        close = _Close(books, world)

        def press_while_it_closes() -> Load:
            close.wait_until_begun()
            pressing = Pressing(receiver.url, clicking.file, connections=scale.busy, core=load_core)
            close.wait(CLOSE_S_MAX)
            return pressing.stop()

        closing = clicking.checked(press_while_it_closes)
        if closing.load.lacking:
            raise RuntimeError("there were not enough clicks for the close")
        return Pair(idle, closing, close.seconds())


class _Close:
    """A month being closed by the command, on whatever core the system gives it."""

    def __init__(self, books: Books, world: World) -> None:
        self._begun = 0.0
        self._books = books
        self._process = subprocess.Popen(
            [sys.executable, "-m", "receiver", "close", str(world.past)],
            env=servers.own_environment(books.environment()), cwd=books.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def wait_until_begun(self) -> None:
        """Wait until the month is closing in the books, or is closed already."""
        while self._process.poll() is None:
            if self._books.rows("select count(*) from months where state <> 'open'")[0][0]:
                break
            time.sleep(POLL_S)
        self._begun = time.monotonic()

    def wait(self, seconds: float) -> None:
        """Wait for the end, but not longer than this."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def seconds(self) -> float:
        """Wait for the end; return how long it took from its first progress."""
        assert self._process.stderr is not None
        told = self._process.stderr.read().decode()
        if self._process.wait() != 0:
            raise RuntimeError(f"the close failed: {told}")
        return time.monotonic() - self._begun


def _idle_row(pairs: list[Pair]) -> list[str]:
    return ["idle", "–", *_cells([pair.idle for pair in pairs], [pair.idle for pair in pairs])]


def _closing_row(pairs: list[Pair]) -> list[str]:
    close_s = statistics.median(pair.close_s for pair in pairs)
    return ["closing", f"{close_s:.1f}", *_cells([pair.closing for pair in pairs], [pair.idle for pair in pairs])]


def _cells(rounds: list[Round], idle: list[Round]) -> list[str]:
    return [
        f"{statistics.median(one.load.per_s for one in rounds):.0f}",
        f"{statistics.median(one.load.p50_ms for one in rounds):.2f}",
        *spread([one.load.p50_ms / other.load.p50_ms for one, other in zip(rounds, idle, strict=True)]),
        f"{statistics.median(one.load.p99_ms for one in rounds):.2f}",
        *spread([one.load.p99_ms / other.load.p99_ms for one, other in zip(rounds, idle, strict=True)]),
        str(sum(one.load.failed for one in rounds)),
        str(sum(one.not_new for one in rounds)),
    ]
