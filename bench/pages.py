"""How soon a page begins to come, from books with many things and readers, beside a bare endpoint."""

import socket
import statistics
import time
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Self

from bench import servers
from bench.books import Books, begin
from bench.machine import cores, require_server, staying_on
from bench.measure import spread
from bench.scale import Scale
from bench.servers import Server
from bench.table import Table
from bench.world import Clicker, World, fill, let_click
from receiver.actions.close_month import close_month
from receiver.actions.reindex_directory import reindex_directory

COLUMNS = ["page", "who", "bare p50 ms", "p50 ms", "p99 ms", "ratio", "spread"]


Page = tuple[str, str, str, Clicker | None]  # its pattern, its address, who asks for it


def run(scale: Scale, made: AbstractContextManager[Books], *, named: str) -> Table:
    """Measure with one visitor; every reader has clicks in this month, and in a closed one before it."""
    require_server()
    with made as books:
        world = fill(
            books, readers=scale.page_readers, clickers=1, things=scale.page_things, sites=scale.page_sites,
            clicks_each=scale.clicks_each,
        )  # fmt: skip
        _close_past_month(books, world)
        let_click(books, world.past_clicks, world.past.plus(1))
        books.settle()
        rows = _measure(scale, books, _pages(world))
    title = f"time to the first byte on {named}, with {scale.page_things:,} things and {scale.page_readers:,} readers"
    return Table(title, COLUMNS, rows)


def _close_past_month(books: Books, world: World) -> None:
    parts = begin(books)
    try:
        close_month(parts.db, parts.rules, world.past, now=parts.clock())
        list(reindex_directory(parts.db))  # the world was loaded past the statements that say words
    finally:
        parts.db.close()


def _pages(world: World) -> list[Page]:
    reader, creator, site = world.clickers[0], world.creators[0], world.site_keys[0].site
    return [
        ("/", "/", "anybody", None),
        ("/sites", "/sites", "anybody", None),
        ("/things", "/things", "anybody", None),
        ("/things?q=…", "/things?q=post+17", "anybody", None),
        ("/things?sort=clicked", "/things?sort=clicked", "anybody", None),
        ("/statistics", "/statistics", "anybody", None),
        ("/sites/ID", f"/sites/{site}", "anybody", None),
        ("/sites/ID", f"/sites/{site}", "reader", reader),
        ("/f/TOKEN", f"/f/{world.buttons[0]}", "anybody", None),
        ("/f/TOKEN", f"/f/{world.buttons[0]}", "reader", reader),
        ("/me", "/me", "reader", reader),
        ("/creator", "/creator", "creator", creator),
        ("/creator/sites/ID", f"/creator/sites/{site}", "creator", creator),
        ("/healthz", "/healthz", "anybody", None),
    ]


def _measure(scale: Scale, books: Books, pages: list[Page]) -> list[list[str]]:
    server_core, visitor_core = cores()
    with ExitStack() as stack:
        bare_server = stack.enter_context(servers.bare(core=server_core))
        receiver = stack.enter_context(servers.receiver(books, core=server_core))
        stack.enter_context(staying_on(visitor_core))
        bare, visit = (stack.enter_context(Visit(server)) for server in (bare_server, receiver))
        return [_row(scale, bare, visit, page) for page in pages]


def _row(scale: Scale, bare: "Visit", visit: "Visit", page: Page) -> list[str]:
    pattern, path, who, clicker = page
    visit.first_byte_s(path, clicker)
    rounds = [
        [(bare.first_byte_s("/healthz", None), visit.first_byte_s(path, clicker)) for _ in range(scale.page_requests)]
        for _ in range(scale.rounds)
    ]
    waits = sorted(wait * 1e3 for pairs in rounds for _, wait in pairs)
    bare_waits = [wait * 1e3 for pairs in rounds for wait, _ in pairs]
    ratios = [statistics.median(wait / bare_wait for bare_wait, wait in pairs) for pairs in rounds]
    return [
        pattern,
        who,
        f"{statistics.median(bare_waits):.2f}",
        f"{statistics.median(waits):.2f}",
        f"{waits[int(len(waits) * 0.99)]:.2f}",
        *spread(ratios),
    ]


class Visit:
    """A connection that is kept, as a browser keeps it."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def first_byte_s(self, path: str, clicker: Clicker | None) -> float:
        """Ask for a page and read it all; return the seconds until it began."""
        cookie = f"Cookie: flattr-session={clicker.session}\r\n" if clicker else ""
        asked = time.perf_counter()
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n{cookie}\r\n".encode())
        answer = self._socket.recv(65_536)
        begun = time.perf_counter() - asked
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"{path} answers {answer[:60]!r}")
        self._read_to_the_end(answer)
        return begun

    def _read_to_the_end(self, answer: bytes) -> None:
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(65_536)
        head, _, body = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        left = length - len(body)
        while left > 0:
            left -= len(self._socket.recv(left))
