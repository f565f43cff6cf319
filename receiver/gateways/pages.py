"""Fetch a page of somebody else's server, and never one of our own network.

A creator names the address, so it is an attacker's address until shown otherwise: https on port 443 only,
names only, every address of the name must be public, and we connect to the very address that was checked.
One deadline holds for the whole of it, from the question for the name to the last byte: a server that drips bytes,
or a name server that keeps silent, holds a thread no longer than that, and few threads at once.
`ipaddress.is_global` alone does not suffice: it calls 6to4 and NAT64 forms of private addresses global.
"""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, Protocol, Self

import httpcore2

from receiver.domain.errors import FetchRefused

BYTES_MAX: Final = 4_000_000  # a list of 10,000 things has about 3 MB
CONNECT_S: Final = 3.0
TOTAL_S: Final = 20.0
FETCHES_MAX: Final = 4  # at once; each holds one of the threads that also answer readers
JSON: Final = "application/json"
HTML: Final = "text/html,application/xhtml+xml"

# The last label of a name begins with a letter (RFC 3696, section 2); `93.184.216.34` and `127.0.0.0x1` are no names.
_ADDRESS: Final = re.compile(r"https://((?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*)(/[\x21-\x7e]*)?")
_IPV6_PUBLIC: Final = IPv6Network("2000::/3")
_IPV6_REFUSED: Final = tuple(
    IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)
_IPV4_REFUSED: Final = tuple(IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/4"))

Resolver = Callable[[str], Iterable[str]]


class PageFetcher(Protocol):
    def fetch(self, url: str, *, accept: str = JSON) -> bytes:
        """Return the body of a page of this media type, or raise FetchRefused."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of the monotonic clock after which nothing is waited for."""

    ends_at_s: float

    @classmethod
    def in_seconds(cls, seconds: float) -> Self:
        return cls(time.monotonic() + seconds)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends_at_s

    def at_most(self, timeout_s: float | None) -> float:
        """Return how long the next step may wait.  Raises a timeout of httpcore if there is no time left."""
        left_s = self.ends_at_s - time.monotonic()
        if left_s <= 0:
            raise httpcore2.ReadTimeout("no time left")
        return left_s if timeout_s is None else min(timeout_s, left_s)


class PublicPageFetcher:
    """Fetches over the open network, from public addresses alone; follows no redirect."""

    def __init__(self, *, resolve: Resolver | None = None, backend: httpcore2.NetworkBackend | None = None) -> None:
        self._resolve = resolve or _resolve
        self._backend = backend or httpcore2.SyncBackend()
        self._turns = threading.BoundedSemaphore(FETCHES_MAX)
        # The system's resolver takes no timeout, so it is asked in a thread that need not be waited for.
        self._resolvers = ThreadPoolExecutor(FETCHES_MAX, thread_name_prefix="resolve")

    def fetch(self, url: str, *, accept: str = JSON) -> bytes:
        match = _ADDRESS.fullmatch(url)
        if match is None:
            raise FetchRefused(f"only https:// addresses with a plain host name and no port are fetched, not {url}")
        if not self._turns.acquire(blocking=False):
            raise FetchRefused(f"{FETCHES_MAX} other sites are being looked at just now; try again in a minute")
        try:
            return self._fetch(url, match[1], accept, Deadline.in_seconds(TOTAL_S))
        finally:
            self._turns.release()

    def _fetch(self, url: str, host: str, accept: str, deadline: Deadline) -> bytes:
        try:
            address = public_address_of(host, lambda host: self._resolved(host, deadline))
            pinned = _Pinned(self._backend, host, address, deadline)
            with httpcore2.ConnectionPool(network_backend=pinned, ssl_context=ssl.create_default_context()) as pool:
                return _body(pool, url, accept)
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError) as error:
            if deadline.is_over:
                raise FetchRefused(f"{url} took longer than {TOTAL_S:.0f} seconds") from error
            raise FetchRefused(f"{url} could not be fetched: {error or type(error).__name__}") from error

    def _resolved(self, host: str, deadline: Deadline) -> Iterable[str]:
        asked = self._resolvers.submit(self._resolve, host)
        try:
            return asked.result(deadline.at_most(None))
        except TimeoutError:
            asked.cancel()
            raise httpcore2.ConnectTimeout("the name servers keep silent") from None


def public_address_of(host: str, resolve: Resolver) -> str:
    """Return one address of a host, all of whose addresses are public; raise FetchRefused otherwise."""
    try:
        addresses = list(resolve(host))
    except (OSError, UnicodeError):  # a label of more than 63 letters is an error of the IDNA codec
        raise FetchRefused(f"the name {host} is not known") from None
    if not addresses:
        raise FetchRefused(f"the name {host} has no address")
    if not all(is_public(address) for address in addresses):
        raise FetchRefused(f"{host} leads into a private network, where this receiver does not fetch")
    return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether an address is one of the open Internet (IANA special-purpose registries, read 2026-11-20)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        return parsed in _IPV6_PUBLIC and not any(parsed in net for net in _IPV6_REFUSED)
    assert isinstance(parsed, IPv4Address)
    return parsed.is_global and not any(parsed in net for net in _IPV4_REFUSED)


class _Pinned(httpcore2.NetworkBackend):
    """Connects to the address that was checked, whatever the name says by now (DNS rebinding)."""

    def __init__(self, backend: httpcore2.NetworkBackend, host: str, address: str, deadline: Deadline) -> None:
        self._backend = backend
        self._host = host
        self._address = address
        self._deadline = deadline

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *args: Any, **kwargs: Any
    ) -> httpcore2.NetworkStream:
        assert (host, port) == (self._host, 443)
        timeout = self._deadline.at_most(timeout)
        return _Timed(self._backend.connect_tcp(self._address, port, timeout, *args, **kwargs), self._deadline)


class _Timed(httpcore2.NetworkStream):
    """A connection whose every step ends by the deadline, however little each step brings."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.at_most(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.at_most(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        timeout = self._deadline.at_most(timeout)  # Python holds the whole handshake to it, not each of its reads
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _body(pool: httpcore2.ConnectionPool, url: str, accept: str) -> bytes:
    timeout = {"connect": CONNECT_S, "read": CONNECT_S, "write": CONNECT_S, "pool": CONNECT_S}
    headers = [("accept", accept), ("accept-encoding", "identity"), ("user-agent", "selfhosted-flattr")]
    with pool.stream("GET", url, headers=headers, extensions={"timeout": timeout}) as response:
        if response.status != 200:
            raise FetchRefused(f"{url} answered with status {response.status}; it must be there, without a redirect")
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > BYTES_MAX:
                raise FetchRefused(f"{url} is longer than {BYTES_MAX} bytes")
    return bytes(body)


def _resolve(host: str) -> Iterable[str]:
    infos = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(info[4][0]) for info in infos]
