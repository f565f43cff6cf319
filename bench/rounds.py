"""Rounds of new clicks on a receiver: enough requests for each, and every answer checked against the books."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Final

from bench.books import Books, clicks_in
from bench.load import Load, load_for
from bench.presses import Kind, Presses
from bench.servers import Server

MARGIN: Final = 1.5
REQUESTS_MIN: Final = 50
REST_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Round:
    """A load, and how many clicks were answered as taken without being in the books as new."""

    load: Load
    not_new: int


class Clicking:
    """Sends new clicks of one kind to a receiver, round after round."""

    def __init__(self, books: Books, server: Server, presses: Presses, kind: Kind, file: Path) -> None:
        self._books, self._presses, self._kind = books, presses, kind
        self.server, self.file = server, file
        self._per_s = 1_000 / kind.clicks  # the most seen so far

    def round(self, seconds: float, *, connections: int, core: int | None) -> Round:
        """Click for a while; again with more requests, if there were not enough."""

        def press() -> Load:
            return load_for(seconds, self.server.url, self.file, connections=connections, core=core)

        while True:
            self.prepare(seconds, connections=connections)
            checked = self.checked(press)
            if not checked.load.lacking:
                return checked

    def prepare(self, seconds: float, *, connections: int) -> None:
        """Write the requests of the next round into the file."""
        enough = int(self._per_s * seconds * MARGIN) + connections + REQUESTS_MIN
        self._presses.write(self.file, self._kind, requests=min(enough, self._presses.left // self._kind.clicks))

    def checked(self, press: Callable[[], Load]) -> Round:
        """Press what is prepared, and count in the books what became of it."""
        before = clicks_in(self._books)
        load = press()
        self._presses.spend((load.sent + 1) * self._kind.clicks)
        self._per_s = max(self._per_s, load.per_s * (2 if load.lacking else 1))
        taken = (load.answers - load.refused - load.lacking) * self._kind.clicks
        return Round(load, max(0, taken - (clicks_at_rest(self._books) - before)))


def clicks_at_rest(books: Books) -> int:
    """Return how many clicks there are, once those are in whose answer nobody waits for any more."""
    known = -1
    while known != (known := clicks_in(books)):
        sleep(REST_S)
    return known
