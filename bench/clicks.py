"""Clicks a second, beside an endpoint that only reads the request: singly, in batches, and by the page's form."""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench import servers
from bench.books import Books
from bench.load import Load, load_for
from bench.machine import cores, require_load
from bench.measure import spread
from bench.presses import KINDS, Kind, Presses
from bench.rounds import Clicking, Round
from bench.scale import Scale
from bench.servers import Server
from bench.table import Table
from bench.world import World, fill

COLUMNS = [
    "request", "connections", "bare req/s", "receiver req/s", "ratio", "spread",
    "bare p50 ms", "p99", "receiver p50 ms", "p99", "failed", "not new",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A round of each side; the two follow each other at once."""

    bare: Load
    receiver: Round

    @property
    def failed(self) -> int:
        return self.bare.failed + self.receiver.load.failed

    @property
    def faults(self) -> int:
        return self.failed + self.receiver.not_new


def run(scale: Scale, made: AbstractContextManager[Books], *, named: str) -> Table:
    """Measure on these books; each kind of request begins with the same."""
    require_load()
    rows: list[list[str]] = []
    faults = 0
    with made as books, servers.bare(core=cores()[0]) as bare:
        world = fill(books, readers=scale.readers, clickers=scale.readers, things=scale.things)
        for kind in KINDS:
            with books.copy() as own:
                for connections, pairs in _pairs(scale, own, world, bare, kind):
                    rows.append(_row(kind, connections, pairs))
                    faults += sum(pair.faults for pair in pairs)
    return Table(f"clicks on {named}, beside a bare endpoint", COLUMNS, rows, faults)


def bare_requests(folder: Path, world: World, kind: Kind) -> Path:
    """Write some requests for the bare endpoint, which does not care how often it gets them."""
    file = folder / "bare.http"
    Presses(world).write(file, kind, requests=max(100, 5_000 // kind.clicks))
    return file


def _pairs(scale: Scale, books: Books, world: World, bare: Server, kind: Kind) -> Iterator[tuple[int, list[Pair]]]:
    """Return the rounds by number of connections; the first of each warms up and is left out."""
    server_core, load_core = cores()
    with (
        tempfile.TemporaryDirectory(prefix="flattr-load-") as folder,
        servers.receiver(books, core=server_core) as receiver,
    ):
        again = bare_requests(Path(folder), world, kind)
        clicking = Clicking(books, receiver, Presses(world), kind, Path(folder) / "new.http")
        for connections in scale.connections:
            pairs = []
            for seconds in [min(scale.seconds, 1), *[scale.seconds] * scale.rounds]:
                load = load_for(seconds, bare.url, again, connections=connections, core=load_core, is_again=True)
                pairs.append(Pair(load, clicking.round(seconds, connections=connections, core=load_core)))
            yield connections, pairs[1:]


def _row(kind: Kind, connections: int, pairs: list[Pair]) -> list[str]:
    bare, receiver = [pair.bare for pair in pairs], [pair.receiver.load for pair in pairs]
    return [
        kind.name,
        str(connections),
        f"{statistics.median(load.per_s for load in bare):.0f}",
        f"{statistics.median(load.per_s for load in receiver):.0f}",
        *spread([pair.receiver.load.per_s / pair.bare.per_s for pair in pairs]),
        *_percentiles(bare),
        *_percentiles(receiver),
        str(sum(pair.failed for pair in pairs)),
        str(sum(pair.receiver.not_new for pair in pairs)),
    ]


def _percentiles(loads: list[Load]) -> list[str]:
    return [
        f"{statistics.median(load.p50_ms for load in loads):.2f}",
        f"{statistics.median(load.p99_ms for load in loads):.2f}",
    ]
