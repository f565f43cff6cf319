"""Two receivers on one PostgreSQL, beside bare endpoints: servers on both cores, and the load shares these."""

import statistics
import tempfile
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from bench import servers
from bench.books import Books, clicks_in
from bench.clicks import bare_requests
from bench.load import Load, Pressing
from bench.machine import cores, require_load
from bench.measure import spread
from bench.presses import SINGLE, Presses
from bench.rounds import MARGIN, REQUESTS_MIN, clicks_at_rest
from bench.scale import Scale
from bench.servers import Server
from bench.table import Table
from bench.world import fill

COLUMNS = ["servers", "req/s", "÷ one bare", "spread", "÷ as many bare", "spread", "failed", "not new"]


@dataclass(frozen=True, slots=True)
class Sum:
    """What servers answered together."""

    loads: list[Load]
    not_new: int = 0

    @property
    def per_s(self) -> float:
        return sum(load.per_s for load in self.loads)

    @property
    def failed(self) -> int:
        return sum(load.failed for load in self.loads)

    @property
    def is_short(self) -> bool:
        return any(load.lacking for load in self.loads)


def run(scale: Scale, made: AbstractContextManager[Books]) -> Table:
    """Measure single signed clicks; the connections are shared out among the servers."""
    require_load()
    with made as books, ExitStack() as stack:
        world = fill(books, readers=scale.readers, clickers=scale.readers, things=scale.things)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flattr-load-")))
        bare = [stack.enter_context(servers.bare(core=core)) for core in cores()]
        receivers = [stack.enter_context(servers.receiver(books, core=core)) for core in cores()]
        again = bare_requests(folder, world, SINGLE)
        clicking = _Clicking(books, Presses(world), folder)
        rounds = [
            {
                "one bare": _press(scale, bare[:1], [again], is_again=True),
                "two bare": _press(scale, bare, [again, again], is_again=True),
                "one receiver": clicking.round(scale, receivers[:1]),
                "two receivers": clicking.round(scale, receivers),
            }
            for _ in range(1 + scale.rounds)
        ][1:]  # the first warms up
    faults = sum(one.failed + one.not_new for names in rounds for one in names.values())
    return Table("two receivers on one PostgreSQL", COLUMNS, [_row(rounds, name) for name in rounds[0]], faults)


class _Clicking:
    """New clicks for one or more receivers of the same books."""

    def __init__(self, books: Books, presses: Presses, folder: Path) -> None:
        self._books, self._presses, self._folder = books, presses, folder
        self._per_s = 1_000.0

    def round(self, scale: Scale, receivers: list[Server]) -> Sum:
        while True:
            files = [self._file(scale, number) for number, _ in enumerate(receivers)]
            before = clicks_in(self._books)
            pressed = _press(scale, receivers, files)
            if not pressed.is_short:
                taken = sum(load.answers - load.refused for load in pressed.loads)
                return Sum(pressed.loads, max(0, taken - (clicks_at_rest(self._books) - before)))
            self._per_s *= 2

    def _file(self, scale: Scale, number: int) -> Path:
        file = self._folder / f"new-{number}.http"
        requests = int(self._per_s * scale.seconds * MARGIN) + scale.busy + REQUESTS_MIN
        self._presses.write(file, SINGLE, requests=requests)
        self._presses.spend(requests)  # the next file holds others
        return file


def _press(scale: Scale, running: list[Server], files: list[Path], *, is_again: bool = False) -> Sum:
    core = cores()[1] if len(running) == 1 else None
    connections = scale.busy // len(running)
    pressing = [
        Pressing(server.url, file, connections=connections, core=core, is_again=is_again)
        for server, file in zip(running, files, strict=True)
    ]
    sleep(scale.seconds)
    return Sum([one.stop() for one in pressing])


def _row(rounds: list[dict[str, Sum]], name: str) -> list[str]:
    as_many = name.replace("receiver", "bare").removesuffix("s")
    return [
        name,
        f"{statistics.median(one[name].per_s for one in rounds):.0f}",
        *spread([one[name].per_s / one["one bare"].per_s for one in rounds]),
        *spread([one[name].per_s / one[as_many].per_s for one in rounds]),
        str(sum(one[name].failed for one in rounds)),
        str(sum(one[name].not_new for one in rounds)),
    ]
