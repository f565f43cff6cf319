"""Fetch a page of somebody else's server; what may be reached at all: `open_network.py`."""

import threading
from typing import Final, Protocol

import httpcore2

from receiver.domain.errors import FetchRefused
from receiver.gateways.open_network import CONNECT_S, PUBLIC_ADDRESS, Deadline, OpenNetwork, Resolver

BYTES_MAX: Final = 4_000_000  # a list of 10,000 things has about 3 MB
TOTAL_S: Final = 20.0
FETCHES_MAX: Final = 4  # at once; each holds one of the threads that also answer readers
JSON: Final = "application/json"
HTML: Final = "text/html,application/xhtml+xml"


class PageFetcher(Protocol):
    def fetch(self, url: str, *, accept: str = JSON) -> bytes:
        """Return the body of a page of this media type, or raise FetchRefused."""


class PublicPageFetcher:
    """Fetches over the open network, from public addresses alone; follows no redirect."""

    def __init__(self, *, resolve: Resolver | None = None, backend: httpcore2.NetworkBackend | None = None) -> None:
        self._network = OpenNetwork(resolve=resolve, backend=backend, names_at_once=FETCHES_MAX)
        self._turns = threading.BoundedSemaphore(FETCHES_MAX)

    def fetch(self, url: str, *, accept: str = JSON) -> bytes:
        match = PUBLIC_ADDRESS.fullmatch(url)
        if match is None:
            raise FetchRefused(
                "only https:// addresses with a plain host name and no port are fetched, not %(url)s", url=url
            )
        if not self._turns.acquire(blocking=False):
            raise FetchRefused(
                "%(count)s other sites are being looked at just now; try again in a minute", count=FETCHES_MAX
            )
        try:
            return self._fetch(url, match[1], accept, Deadline.in_seconds(TOTAL_S))
        finally:
            self._turns.release()

    def _fetch(self, url: str, host: str, accept: str, deadline: Deadline) -> bytes:
        try:
            with self._network.connections(host, deadline) as pool:
                return _body(pool, url, accept)
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError) as error:
            if deadline.is_over:
                raise FetchRefused(
                    "%(url)s took longer than %(seconds)s seconds", url=url, seconds=round(TOTAL_S)
                ) from error
            raise FetchRefused(
                "%(url)s could not be fetched: %(reason)s", url=url, reason=str(error) or type(error).__name__
            ) from error


def _body(pool: httpcore2.ConnectionPool, url: str, accept: str) -> bytes:
    timeout = {"connect": CONNECT_S, "read": CONNECT_S, "write": CONNECT_S, "pool": CONNECT_S}
    headers = [("accept", accept), ("accept-encoding", "identity"), ("user-agent", "selfhosted-flattr")]
    with pool.stream("GET", url, headers=headers, extensions={"timeout": timeout}) as response:
        if response.status != 200:
            raise FetchRefused(
                "%(url)s answered with status %(status)s; it must be there, without a redirect",
                url=url,
                status=response.status,
            )
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > BYTES_MAX:
                raise FetchRefused("%(url)s is longer than %(most)s bytes", url=url, most=BYTES_MAX)
    return bytes(body)
